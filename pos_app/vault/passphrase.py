"""The vault's key wrapped by a passphrase, for computers without a trusted keyring.

Argon2id turns the passphrase into a key that encrypts the vault's key inside `vault.json`. The
passphrase itself is nowhere on the disk; forgetting it means setting the shop up anew.
"""

from __future__ import annotations

import secrets
import unicodedata

from cryptography.exceptions import InvalidTag

from pos_app.domain.errors import ShopTrouble, UserMistake
from pos_app.vault.envelope import KEY_BYTES, decrypt, encrypt
from pos_app.vault.header import Kdf

LEAST_CHARACTERS = 8
_LEAST_DIFFERENT = 4
_SALT_BYTES = 16
# Above the 64 MiB, 3 passes, 4 lanes asked for: a stolen disk can be tried offline, and this is
# paid once a start (about 0.4 s on the machine of security.md section 4).
_MEMORY_KIB, _PASSES, _LANES = 131_072, 4, 4
# What a header may ask for: never weaker than the floor, never so dear that opening hangs.
_FLOOR_KIB, _FLOOR_PASSES = 65_536, 3
_CEILING_KIB, _CEILING_PASSES, _CEILING_LANES = 1_048_576, 16, 16


def new_kdf() -> Kdf:
    """Return today's costs with a new salt."""
    return Kdf(_MEMORY_KIB, _PASSES, _LANES, secrets.token_bytes(_SALT_BYTES))


def check_quality(passphrase: str) -> None:
    """Accept a new passphrase.

    Raises:
        UserMistake: `vault.passphrase_short` (`least`), `vault.passphrase_plain`.
    """
    if len(passphrase) < LEAST_CHARACTERS:
        raise UserMistake("vault.passphrase_short", least=LEAST_CHARACTERS)
    if len(set(passphrase)) < _LEAST_DIFFERENT or passphrase.isspace():
        raise UserMistake("vault.passphrase_plain")


def stretch(passphrase: str, kdf: Kdf) -> bytearray:
    """Return the key of a passphrase; typed in either Unicode form it is the same key.

    Raises:
        ShopTrouble: `vault.header_damaged`: costs that this program never writes.
    """
    sane = (
        _FLOOR_KIB <= kdf.memory_kib <= _CEILING_KIB
        and _FLOOR_PASSES <= kdf.passes <= _CEILING_PASSES
        and 1 <= kdf.lanes <= _CEILING_LANES
        and len(kdf.salt) == _SALT_BYTES
    )
    if not sane:
        raise ShopTrouble("vault.header_damaged", file="vault.json")
    from argon2.low_level import Type, hash_secret_raw

    return bytearray(
        hash_secret_raw(
            secret=unicodedata.normalize("NFC", passphrase).encode("utf-8", "surrogatepass"),
            salt=kdf.salt,
            time_cost=kdf.passes,
            memory_cost=kdf.memory_kib,
            parallelism=kdf.lanes,
            hash_len=KEY_BYTES,
            type=Type.ID,
        )
    )


def wrap(key: bytes | bytearray, stretched: bytearray, install_id: str, key_id: str) -> bytes:
    """Return the vault's key, encrypted by the passphrase's key."""
    return encrypt(stretched, key, _associated(install_id, key_id))


def unwrap(box: bytes, stretched: bytearray, install_id: str, key_id: str) -> bytearray:
    """Return the vault's key.

    Raises:
        UserMistake: `vault.passphrase_wrong`. A changed byte looks the same from here.
    """
    try:
        return bytearray(decrypt(stretched, box, _associated(install_id, key_id)))
    except InvalidTag as error:
        raise UserMistake("vault.passphrase_wrong") from error


def _associated(install_id: str, key_id: str) -> bytes:
    """Return what a wrapped key is bound to."""
    return f"vault.key|1|{install_id}|{key_id}".encode()
