"""The sale screen is painted before anything is loaded that painting does not need."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.house.tree import ROOT

#: Modules and packages that must not be loaded at the first paint, and what each is for.
BEHIND_THE_PAINT = {
    "sqlalchemy": "the books are opened behind the paint; the dearest import of all",
    "alembic": "only a ledger of an older schema is migrated",
    "sqlite3": "as sqlalchemy",
    "keyring": "the vault is opened behind the paint",
    "secretstorage": "as keyring",
    "cryptography": "as keyring",
    "argon2": "a passphrase or a PIN is tried when somebody has typed it",
    "httpx": "the first request comes after the first sale is typed",
    "anyio": "as httpx",
    "ssl": "as httpx; brings OpenSSL",
    "_hashlib": "as httpx; brings OpenSSL",
    "asyncio": "nothing waits before the window stands; Qt's own loop paints it",
    "qasync": "as asyncio",
    "socket": "the log's handlers bring it, and the log begins behind the paint",
    "msgspec": "settings are judged when the terminal opens; the look is only glanced at",
    "platformdirs": "only where no data folder is named",
    "holidays": "a refund asks for business days; all countries of the world are loaded for it",
    "segno": "the QR code of a slip on paper",
    "openpyxl": "an export for the accountant",
    "typing_extensions": "mypy alone reads `override` (pos_app/ui/marks.py)",
    "PySide6.QtPrintSupport": "a slip on paper",
    "PySide6.QtNetwork": "nothing of Qt goes to the network",
    "pos_app.services": "what a charge needs; the screen is typed into before there is one",
    "pos_app.gateways": "as services",
    "pos_app.ledger": "as services",
    "pos_app.vault": "as services",
    "pos_app.printing": "a slip is printed after a sale",
    "pos_app.practice": "only in the practice terminal, and behind the paint",
    "pos_app.domain.facts": "two dozen classes; the first fact is written with the first sale",
    "pos_app.ui.dialogs": "nothing is asked before the window stands",
    "pos_app.ui.screens.sale.outcome": "there is an outcome after a sale",
    "pos_app.ui.widgets.table": "lists are filled from the books",
    "pos_app.ui.screens.history": "built when it is first wanted",
    "pos_app.ui.screens.refund": "as history",
    "pos_app.ui.screens.person": "as history",
    "pos_app.ui.screens.settings": "as history",
    "pos_app.ui.screens.help": "as history",
    "pos_app.ui.screens.first_start": "only where nothing is set up, and behind the paint",
}


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Return what a real start says at its first paint."""
    return start(tmp_path_factory.mktemp("start"))


def start(folder: Path, before: str = "") -> dict[str, Any]:
    """Start the window in a process of its own; `before` is run there first."""
    module = "tests.house.painted_modules"
    run = f"import runpy, sys; sys.argv = ['x', sys.argv[1]]; {before}\n"
    run += f"runpy.run_module({module!r}, run_name='__main__')"
    done = subprocess.run(
        [sys.executable, "-c", run, str(folder)],
        cwd=ROOT,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def loaded(told: dict[str, Any], name: str) -> list[str]:
    """Return which modules of a package were loaded."""
    return [one for one in told["modules"] if one == name or one.startswith(f"{name}.")]


def test_the_window_is_painted_before_the_rest_is_loaded(told: dict[str, Any]) -> None:
    assert told["painted"], f"{told['first']} was loaded before the sale screen was painted"
    assert loaded(told, "pos_app.ui.screens.sale.view")


@pytest.mark.parametrize("name", BEHIND_THE_PAINT)
def test_it_is_not_loaded_to_paint_the_sale_screen(told: dict[str, Any], name: str) -> None:
    found = loaded(told, name)
    assert not found, f"the first paint waited for {found[:3]}: {BEHIND_THE_PAINT[name]}"


def test_a_module_that_comes_too_early_is_seen(tmp_path: Path) -> None:
    early = start(tmp_path, before="import sqlalchemy")
    assert loaded(early, "sqlalchemy")


def test_no_source_is_read_to_import_a_module(told: dict[str, Any]) -> None:
    read = [file for file in told["sources"] if "pos_app" in file]
    assert not read, (
        "PySide6's import hook reads every module that is imported behind it, unless it is taken "
        f"out (pos_app/ui/plain_imports.py): {len(read)} files of ours"
    )


def test_every_name_is_one_that_exists() -> None:
    from importlib.util import find_spec

    gone = [name for name in BEHIND_THE_PAINT if find_spec(name) is None]
    assert not gone, f"these can no longer be loaded at all: {gone}"
