"""Where this program may connect to: a fixed list, and this PC itself."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import SplitResult, urlsplit

from pos_app.domain.errors import Bug

#: Every host this program may ever talk to (security.md section 5).
HOSTS = frozenset({"spl.kcp.co.kr", "stg-spl.kcp.co.kr", "api.iamport.kr", "static-api.iamport.kr"})
#: The two loopback addresses a practice gateway or a local relay may listen on.
LOOPBACK = frozenset({IPv4Address("127.0.0.1"), IPv6Address("::1")})


def checked_address(url: str, hosts: frozenset[str]) -> SplitResult:
    """Return the parts of an address this program may talk to.

    Raises:
        Bug: any other address.
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    plain = not parts.username and not parts.password and not parts.fragment
    if plain and parts.scheme == "https" and host in hosts and parts.port in {None, 443}:
        return parts
    if plain and parts.scheme in {"http", "https"} and is_loopback(host):
        return parts
    raise Bug("gateway.forbidden_address", host=host[:100])


def is_loopback(host: str) -> bool:
    """Tell whether `host` is 127.0.0.1 or ::1, written as an address; names are not looked up."""
    try:
        return ip_address(host) in LOOPBACK
    except ValueError:
        return False
