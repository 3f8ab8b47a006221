"""PortOne V1 (i'mport) as a gateway."""
