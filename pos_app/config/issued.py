"""What gateways issue to a shop, on its way into the vault; no value is in any `repr`."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Credentials:
    """The two files KCP issued and the password of the key."""

    certificate: bytes = field(repr=False)
    private_key: bytes = field(repr=False)
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class ApiKeys:
    """The REST API key PortOne issued, and its secret."""

    imp_key: str = field(repr=False)
    imp_secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Issued:
    """What is to be kept; None leaves what the vault has."""

    kcp: Credentials | None = None
    portone: ApiKeys | None = None
