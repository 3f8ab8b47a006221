"""Secrets: one key in the keyring, everything else encrypted in files."""

from __future__ import annotations

from pos_app.vault.certificate import (
    CertificateInfo,
    CertificateStatus,
    certificate_status,
    one_line_pem,
)
from pos_app.vault.kcp_credentials import (
    KcpCredentials,
    Signer,
    read_certificate,
    read_credentials,
)
from pos_app.vault.kcp_files import MAX_FILE_BYTES
from pos_app.vault.keychain import Keychain, OsKeychain, find_keychain
from pos_app.vault.pins import PinHasher, hash_pin, verify_pin
from pos_app.vault.portone_keys import PortOneKeys
from pos_app.vault.store import (
    Vault,
    create_vault,
    needs_keychain,
    needs_passphrase,
    open_vault,
)

__all__ = [
    "MAX_FILE_BYTES",
    "CertificateInfo",
    "CertificateStatus",
    "KcpCredentials",
    "Keychain",
    "OsKeychain",
    "PinHasher",
    "PortOneKeys",
    "Signer",
    "Vault",
    "certificate_status",
    "create_vault",
    "find_keychain",
    "hash_pin",
    "needs_keychain",
    "needs_passphrase",
    "one_line_pem",
    "open_vault",
    "read_certificate",
    "read_credentials",
    "verify_pin",
]
