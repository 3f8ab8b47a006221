"""Gateways without a gateway: raw sockets, broken answers, mutated bytes."""
