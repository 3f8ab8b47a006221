"""PortOne's side of the practice gateway, against its papers."""
