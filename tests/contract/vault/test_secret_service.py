"""The vault on a real Secret Service: kept, restarted, locked, replaced, deleted, missing.

Each step is a process of its own, as after a restart of the program; the keyring's files stay
from step to step in a folder of the test.
"""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.contract.vault.steps import SECRET
from tests.helpers.secret_service import (
    needs_secret_service,
    our_program,
    with_locked_up_bus,
    with_no_bus,
    with_secret_service,
)

pytestmark = [pytest.mark.secret_service, needs_secret_service]


@dataclass
class _Counter:
    """One counter PC: its keyring's files and its vault."""

    home: Path
    folder: Path

    def do(self, step: str, *, password: str = "not-a-secret") -> Any:
        return _answer(with_secret_service(self._command(step), self.home, password=password))

    def do_without_bus(self, step: str) -> Any:
        return _answer(with_no_bus(self._command(step), self.home))

    def do_without_password(self, step: str) -> Any:
        return _answer(with_locked_up_bus(self._command(step), self.home))

    def _command(self, step: str) -> list[str]:
        return our_program("tests.contract.vault.steps", step, str(self.folder))


@pytest.fixture
def counter(tmp_path: Path) -> _Counter:
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    return _Counter(home, tmp_path / "data" / "vault")


def _answer(done: subprocess.CompletedProcess[str]) -> Any:
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_secret_survives_a_restart(counter: _Counter) -> None:
    made = counter.do("create")
    (entry,) = counter.do("entries")
    assert made["install_id"] in entry[0]
    assert len(base64.b64decode(entry[1], validate=True)) == 32
    assert counter.do("read") == {"secret": SECRET.decode(), "ledger_key": made["ledger_key"]}


def test_the_folder_alone_opens_nothing_and_shows_nothing(counter: _Counter) -> None:
    made = counter.do("create")
    (entry,) = counter.do("entries")
    on_disk = b"".join(path.read_bytes() for path in counter.folder.iterdir())
    key = base64.b64decode(entry[1])
    hidden = [SECRET, bytes.fromhex(made["ledger_key"]), key, entry[1].encode()]
    assert [needle for needle in hidden if needle in on_disk] == []
    counter.do("remove_key")
    assert counter.do("read") == {"trouble": "vault.key_missing"}


def test_a_locked_keyring_says_so_and_loses_nothing(counter: _Counter) -> None:
    counter.do("create")
    assert counter.do("read", password="another")["trouble"] == "vault.keyring_locked"
    assert counter.do("create", password="another")["trouble"] == "vault.exists"
    assert counter.do("read")["secret"] == SECRET.decode()


def test_replacing_leaves_neither_the_old_key_nor_the_old_secret(counter: _Counter) -> None:
    made = counter.do("create")
    (before,) = counter.do("entries")
    assert counter.do("replace") == {"pending": False}
    (after,) = counter.do("entries")
    assert before[0] != after[0]
    assert before[1] != after[1]
    assert counter.do("read") == {"secret": "replaced", "ledger_key": made["ledger_key"]}


def test_a_deleted_secret_is_gone_after_a_restart(counter: _Counter) -> None:
    counter.do("create")
    assert counter.do("delete") == {"deleted": True}
    assert counter.do("read")["secret"] is None
    assert counter.do("delete") == {"deleted": False}


def test_without_a_bus_the_shop_is_told_that_no_keyring_runs(counter: _Counter) -> None:
    assert counter.do_without_bus("name") == {"trouble": "vault.keyring_missing"}
    assert counter.do_without_bus("create") == {"trouble": "vault.keyring_missing"}
    assert not counter.folder.exists()


def test_a_keyring_that_nobody_ever_unlocked_is_a_dismissed_prompt(counter: _Counter) -> None:
    answer = counter.do_without_password("create")
    assert answer == {"trouble": "vault.keyring_dismissed"}
    assert list(counter.folder.glob("*.secret")) == []
    assert counter.do("create")["install_id"]
    assert len(counter.do("entries")) == 1


@pytest.mark.parametrize(
    ("priority", "picked"), [(99, "rogue_keyring.Keyring"), (0.5, "ChainerBackend")]
)
def test_a_plaintext_keyring_beside_the_real_one_is_never_used(
    priority: float, picked: str, counter: _Counter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A package that offers itself to keyring, and writes in clear text what it gets.
    package = tmp_path / "site"
    info = package / "rogue-1.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: rogue\nVersion: 1\n")
    (info / "entry_points.txt").write_text("[keyring.backends]\nrogue = rogue_keyring\n")
    (package / "rogue_keyring.py").write_text(
        "from pathlib import Path\n"
        "from keyring.backend import KeyringBackend\n"
        "class Keyring(KeyringBackend):\n"
        f"    priority = {priority}\n"
        "    def get_password(self, service, username):\n"
        "        return None\n"
        "    def set_password(self, service, username, password):\n"
        f"        Path({str(tmp_path / 'plaintext')!r}).write_text(password)\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(package))
    looks = [sys.executable, "-c", "import keyring; print(keyring.get_keyring())"]
    assert picked in with_secret_service(looks, counter.home).stdout
    assert counter.do("name") == {"name": "keyring.backends.SecretService.Keyring"}
    counter.do("create")
    assert counter.do("read")["secret"] == SECRET.decode()
    assert not (tmp_path / "plaintext").exists()
    assert counter.do_without_bus("name") == {"trouble": "vault.keyring_missing"}
    assert not (tmp_path / "plaintext").exists()
