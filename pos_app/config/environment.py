"""Takes away environment variables that could turn the program against its owner.

Whoever can set a variable for the user can otherwise load a plugin into the window, read the TLS
keys, or stand between the terminal and the gateway (security.md sections 5 and 8). Called first of
all, before Qt and OpenSSL look. What Python itself reads (PYTHON*) is over by then; the installed
program is started with `-I`.
"""

from __future__ import annotations

import re
from collections.abc import MutableMapping

_CLEARED = re.compile(
    r"""
    QT_?.* | QML.* | QSG_.* | QV4_.*                      # plugins, style sheets, scripts of Qt
    | .*_PROXY                                            # a stranger's proxy
    | SSL_CERT_FILE | SSL_CERT_DIR | SSLKEYLOGFILE        # other roots of trust, TLS keys on disk
    | OPENSSL_CONF | OPENSSL_MODULES | OPENSSL_ENGINES    # code loaded into OpenSSL
    | REQUESTS_CA_BUNDLE | CURL_CA_BUNDLE | HTTPX_.*
    | KEYRING_PROPERTY_.*                                 # attributes set on the keyring's back end
    """,
    re.VERBOSE | re.IGNORECASE,
)

_PLAIN = re.compile(r"[a-z0-9.]{1,20}", re.ASCII)
_KEPT = {
    # Which display; only names that Qt finds in its own folder, never a path or a list.
    "QT_QPA_PLATFORM",
    # Korean input on Linux hangs on it.
    "QT_IM_MODULE",
    "QT_ACCESSIBILITY",
    "QT_LINUX_ACCESSIBILITY_ALWAYS_ON",
    "QT_SCALE_FACTOR",
    "QT_FONT_DPI",
    "QT_ENABLE_HIGHDPI_SCALING",
    "QT_AUTO_SCREEN_SCALE_FACTOR",
}
"""Qt's variables that stay if their value is one plain word or number."""


def clear_hostile(environ: MutableMapping[str, str]) -> tuple[str, ...]:
    """Remove the variables from `environ` and return their names, sorted."""
    hostile = [
        name
        for name, value in environ.items()
        if _CLEARED.fullmatch(name) and not (name in _KEPT and _PLAIN.fullmatch(value))
    ]
    for name in hostile:
        del environ[name]
    return tuple(sorted(hostile))
