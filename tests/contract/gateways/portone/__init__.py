"""The PortOne client against the practice gateway's PortOne side."""
