"""Operators' PINs and passwords as records that cannot be tried out without this vault.

HMAC-SHA-256 with a pepper that only the vault holds, then Argon2id: a copied ledger alone does
not even let six digits be guessed (security.md section 4). Counting wrong tries and locking out
is the operators' rules, not this module's.
"""

from __future__ import annotations

import hmac
import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError

from pos_app.domain.errors import ShopTrouble

# 64 MiB, 3 passes, 4 lanes: 129 ms where security.md section 4 measured it; OWASP asks for 19 MiB.
_HASHER = PasswordHasher(time_cost=3, memory_cost=65_536, parallelism=4)


class PinHasher:
    """Makes and checks PIN records with the vault's pepper, which it never shows."""

    __slots__ = ("_pepper",)

    def __init__(self, pepper: bytes) -> None:
        self._pepper = pepper

    def __repr__(self) -> str:
        return "PinHasher(pepper=***)"

    def hash(self, pin: str) -> str:
        """Return a new record; takes about a tenth of a second, so call it off the loop."""
        return hash_pin(pin, self._pepper)

    def verify(self, pin: str, stored: str) -> bool:
        """Tell whether the PIN made that record; about a tenth of a second.

        Raises:
            ShopTrouble: `vault.pin_record_damaged`.
        """
        return verify_pin(pin, stored, self._pepper)

    def needs_rehash(self, stored: str) -> bool:
        """Tell whether the record was made with weaker costs than today's.

        Raises:
            ShopTrouble: `vault.pin_record_damaged`.
        """
        try:
            return _HASHER.check_needs_rehash(stored)
        except InvalidHashError as error:
            raise ShopTrouble("vault.pin_record_damaged") from error


def hash_pin(pin: str, pepper: bytes) -> str:
    """Return an Argon2id record (PHC string with its own salt) of a peppered PIN."""
    return _HASHER.hash(_peppered(pin, pepper))


def verify_pin(pin: str, stored: str, pepper: bytes) -> bool:
    """Tell whether the PIN and the pepper made that record.

    Raises:
        ShopTrouble: `vault.pin_record_damaged`.
    """
    try:
        return _HASHER.verify(stored, _peppered(pin, pepper))
    except VerifyMismatchError:
        return False
    except (InvalidHashError, VerificationError) as error:
        raise ShopTrouble("vault.pin_record_damaged") from error


def _peppered(pin: str, pepper: bytes) -> bytes:
    """Return the keyed digest of a PIN; typed in either Unicode form it is the same."""
    text = unicodedata.normalize("NFC", pin).encode("utf-8", "surrogatepass")
    return hmac.digest(pepper, b"operator pin|" + text, "sha256")
