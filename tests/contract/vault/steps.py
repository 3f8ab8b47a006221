"""The child program of the Secret Service tests: does one thing with a vault, says how it went.

    python -m tests.contract.vault.steps STEP FOLDER

One JSON line on standard output: the answer, or the code of the trouble.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import secretstorage

from pos_app.domain.errors import PosError
from pos_app.vault import Vault, create_vault, find_keychain, open_vault

NAME = "portone.imp_secret"
SECRET = b"imp-secret-canary-51d0"


def _create(folder: Path) -> object:
    with create_vault(folder, keychain=find_keychain(), passphrase=None) as vault:
        vault.put_secret(NAME, SECRET)
        return {"install_id": vault.install_id, "ledger_key": vault.ledger_key().hex()}


def _read(folder: Path) -> object:
    with _opened(folder) as vault:
        found = vault.get_secret(NAME)
        return {
            "secret": None if found is None else found.decode(),
            "ledger_key": vault.ledger_key().hex(),
        }


def _replace(folder: Path) -> object:
    with _opened(folder) as vault:
        vault.put_secret(NAME, b"replaced")
        vault.rotate()
        return {"pending": vault.rotation_pending}


def _delete(folder: Path) -> object:
    with _opened(folder) as vault:
        return {"deleted": vault.delete_secret(NAME)}


def _entries(folder: Path) -> object:
    """Return every entry of the keyring that is ours: its service and its secret."""
    with closing(secretstorage.dbus_init()) as bus:
        items = secretstorage.get_default_collection(bus).get_all_items()
        return [[item.get_attributes()["service"], item.get_secret().decode()] for item in items]


def _remove_key(folder: Path) -> object:
    """Do what a person does who clears the keyring in its own window."""
    with closing(secretstorage.dbus_init()) as bus:
        for item in secretstorage.get_default_collection(bus).get_all_items():
            item.delete()
    return {}


def _name(folder: Path) -> object:
    return {"name": find_keychain().name}


def _opened(folder: Path) -> Vault:
    return open_vault(folder, keychain=find_keychain(), passphrase=None)


_STEPS: dict[str, Callable[[Path], object]] = {
    "create": _create,
    "read": _read,
    "replace": _replace,
    "delete": _delete,
    "entries": _entries,
    "remove_key": _remove_key,
    "name": _name,
}


def main() -> None:
    """Do the step that the command line names."""
    step, folder = sys.argv[1], Path(sys.argv[2])
    try:
        answer = _STEPS[step](folder)
    except PosError as error:
        answer = {"trouble": error.code, **{key: str(value) for key, value in error.params.items()}}
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
