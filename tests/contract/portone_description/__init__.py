"""Every request of the PortOne client, checked by PortOne's own published description."""
