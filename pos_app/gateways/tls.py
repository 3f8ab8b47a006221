"""Whom to trust on the other end of a connection.

The roots are those bundled with certifi, so that neither an antivirus program nor the environment
(`SSL_CERT_FILE`, `SSLKEYLOGFILE`) can put itself between the counter and the gateway. The
operating system's own store is an administrator's explicit choice (security.md section 5).
"""

from __future__ import annotations

import importlib
import ssl

from pos_app.domain.errors import ShopTrouble


def make_ssl_context(*, use_os_roots: bool = False) -> ssl.SSLContext:
    """Return a context that checks name and chain and speaks TLS 1.2 or later.

    `ssl.create_default_context` is not used because it writes session keys to the file that
    `SSLKEYLOGFILE` names; a bare `SSLContext(PROTOCOL_TLS_CLIENT)` does not (measured).

    Args:
        use_os_roots: trust what the operating system trusts instead of certifi's roots.

    Raises:
        ShopTrouble: `gateway.os_roots_unavailable`, the library for the system's store is missing.
    """
    if use_os_roots:
        context = _os_context()
    else:
        import certifi

        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(cafile=certifi.where())
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _os_context() -> ssl.SSLContext:
    """Return a context over the system's store; the library for it is an optional part."""
    try:
        truststore = importlib.import_module("truststore")
    except ModuleNotFoundError as missing:
        raise ShopTrouble("gateway.os_roots_unavailable") from missing
    context: ssl.SSLContext = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    return context
