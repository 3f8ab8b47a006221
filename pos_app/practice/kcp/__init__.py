"""The KCP face of the practice gateway, written from the vendor's papers alone."""
