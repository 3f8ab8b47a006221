"""The import contracts of pyproject.toml hold, and each of them is seen to break."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.house.tree import ROOT

ROOMS = (
    "bootstrap",
    "cli",
    "__main__",
    "resources",
    "config.x",
    "domain.x",
    "logs.x",
    "ledger.x",
    "vault.x",
    "practice.x",
    "printing.x",
    "services.x",
    "ui.x",
    "ui.screens.sale.view",
    "ui.screens.refund.view",
    "gateways.registry",
    "gateways.transport",
    "gateways.kcp.client",
    "gateways.portone.client",
)
"""One module for each kind of place in the house."""


def run_contracts(tree: Path) -> subprocess.CompletedProcess[str]:
    """Run every contract of a tree's own pyproject.toml over it."""
    command = "import sys; from importlinter.cli import lint_imports_command as run; run()"
    return subprocess.run(
        [sys.executable, "-c", command, "--no-cache"],
        cwd=tree,
        env={**os.environ, "COLUMNS": "400"},  # names of contracts in one piece
        capture_output=True,
        text=True,
        check=False,
    )


def skeleton(tree: Path) -> None:
    """Make a house of empty rooms under the real contracts."""
    (tree / "pyproject.toml").write_bytes((ROOT / "pyproject.toml").read_bytes())
    for room in ROOMS:
        module = tree.joinpath("pos_app", *room.split(".")).with_suffix(".py")
        module.parent.mkdir(parents=True, exist_ok=True)
        module.touch()
        for folder in (module.parent, *module.parent.parents):
            if folder == tree:
                break
            (folder / "__init__.py").touch()


def contract_name(contract_id: str) -> str:
    """Return the name of a contract in pyproject.toml."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = project["tool"]["importlinter"]["contracts"]
    return str(next(one["name"] for one in contracts if one["id"] == contract_id))


def all_contracts() -> set[str]:
    """Return the ids of all contracts."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return {str(one["id"]) for one in project["tool"]["importlinter"]["contracts"]}


def test_the_contracts_hold() -> None:
    done = run_contracts(ROOT)
    assert done.returncode == 0, "imports go one way (architecture.md):\n" + done.stdout


def test_an_empty_house_keeps_every_contract(tmp_path: Path) -> None:
    skeleton(tmp_path)
    done = run_contracts(tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr


BREACHES = [
    ("layers", "domain.x", "import pos_app.services.x"),
    ("layers", "services.x", "import pos_app.ledger.x"),
    ("layers", "ledger.x", "import pos_app.vault.x"),
    ("layers", "gateways.kcp.client", "import pos_app.services.x"),
    ("layers", "printing.x", "import pos_app.ui.x"),
    ("layers", "ui.x", "import pos_app.bootstrap"),
    ("layers", "logs.x", "import pos_app.domain.x"),
    ("ui-money", "ui.x", "import pos_app.gateways.registry"),
    ("ui-money", "ui.x", "import pos_app.ledger.x"),
    ("ui-money", "ui.x", "import pos_app.vault.x"),
    ("ui-money", "ui.x", "import pos_app.practice.x"),
    ("practice-alone", "practice.x", "import pos_app.domain.x"),
    ("practice-alone", "practice.x", "import pos_app.resources"),
    ("vendors-apart", "gateways.portone.client", "import pos_app.gateways.kcp.client"),
    ("vendors-apart", "gateways.kcp.client", "import pos_app.gateways.portone.client"),
    ("vendors-apart", "gateways.transport", "import pos_app.gateways.kcp.client"),
    ("screens-apart", "ui.screens.sale.view", "import pos_app.ui.screens.refund.view"),
    ("qt-home", "services.x", "import PySide6.QtCore"),
    ("qt-home", "gateways.kcp.client", "import qasync"),
    ("qt-commands", "cli", "import PySide6.QtWidgets"),
    ("http-home", "services.x", "import httpx"),
    ("http-home", "ui.x", "import httpcore"),
    ("sql-home", "services.x", "import sqlalchemy"),
    ("sql-home", "ui.x", "import sqlite3"),
    ("keys-home", "gateways.kcp.client", "import cryptography.hazmat.primitives.hashes"),
    ("keys-home", "ledger.x", "import keyring"),
    ("keyring-practice", "practice.x", "import keyring"),
    ("wiring", "bootstrap", "import httpx"),
    ("domain-pure", "domain.x", "import asyncio"),
    ("domain-pure", "domain.x", "from pathlib import Path"),
    ("domain-pure", "domain.x", "import time"),
]


@pytest.mark.slow
@pytest.mark.parametrize(("contract", "room", "line"), BREACHES)
def test_a_breach_is_seen(contract: str, room: str, line: str, tmp_path: Path) -> None:
    skeleton(tmp_path)
    tmp_path.joinpath("pos_app", *room.split(".")).with_suffix(".py").write_text(line + "\n")
    done = run_contracts(tmp_path)
    assert done.returncode == 1
    assert f"{contract_name(contract)} BROKEN" in done.stdout


def test_every_contract_is_seen_to_break() -> None:
    assert {contract for contract, _, _ in BREACHES} == all_contracts()


def test_a_new_room_is_refused_until_it_has_its_place(tmp_path: Path) -> None:
    skeleton(tmp_path)
    (tmp_path / "pos_app" / "utils").mkdir()
    (tmp_path / "pos_app" / "utils" / "__init__.py").touch()
    done = run_contracts(tmp_path)
    assert done.returncode == 1
    assert "utils" in done.stdout
