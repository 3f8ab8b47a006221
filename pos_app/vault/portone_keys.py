"""PortOne's REST API key and its secret: whoever has both can cancel and charge.

The values lie in byte buffers that are overwritten when the vault closes. Who reads one gets a
text, which Python cannot overwrite, so it is read only while a token is asked for.
"""

from __future__ import annotations

import hmac
from typing import NoReturn

import msgspec


class _Stored(msgspec.Struct, frozen=True):
    """The secret `portone.keys`: one file, so that both change at once."""

    imp_key: str
    imp_secret: str


class PortOneKeys:
    """A key pair; shows neither value, and is not pickled."""

    __slots__ = ("_key", "_secret")

    def __init__(self, imp_key: str, imp_secret: str) -> None:
        """Take both; `config/rules.py` has judged their form."""
        self._key = bytearray(imp_key.encode())
        self._secret = bytearray(imp_secret.encode())

    @property
    def imp_key(self) -> str:
        """Return the REST API key; empty once wiped."""
        return self._key.decode()

    @property
    def imp_secret(self) -> str:
        """Return the REST API secret; empty once wiped."""
        return self._secret.decode()

    def is_same(self, other: PortOneKeys) -> bool:
        """Tell whether both pairs are the same, in a time that does not depend on where not."""
        key = hmac.compare_digest(self._key, other._key)
        return hmac.compare_digest(self._secret, other._secret) and key

    def wipe(self) -> None:
        """Overwrite and forget both values; twice does no harm."""
        for part in (self._key, self._secret):
            part[:] = bytes(len(part))
            part.clear()

    def stored(self) -> bytes:
        """Return what the vault encrypts."""
        return msgspec.json.encode(_Stored(self.imp_key, self.imp_secret))

    def __repr__(self) -> str:
        return "PortOneKeys(***)"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a key pair is not pickled: it stays in this process")


def restore(stored: bytes) -> PortOneKeys:
    """Return the pair that `PortOneKeys.stored` wrote; the vault has authenticated it."""
    kept = msgspec.json.decode(stored, type=_Stored)
    return PortOneKeys(kept.imp_key, kept.imp_secret)
