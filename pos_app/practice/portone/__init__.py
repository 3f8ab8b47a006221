"""PortOne V1's side of the practice gateway."""
