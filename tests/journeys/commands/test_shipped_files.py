"""`pos-app doctor` from an installed tree: whether the files are as they were shipped."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import checksums
import pytest

from tests.journeys.commands.processes import ROOT, pos_app


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """Return the program as the Windows installer lays it out, without its runtime."""
    top = tmp_path / "Program Files" / "pos-app"
    leave = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "pos_app", top / "app" / "pos_app", ignore=leave)
    shutil.copytree(ROOT / "resources", top / "app" / "pos_app" / "_resources", ignore=leave)
    checksums.write_manifest(top)
    return top


def asked(installed: Path, home: Path) -> dict[str, Any]:
    """Run the doctor of that tree and return what it says about the program files."""
    done = pos_app(
        "doctor",
        "--practice",
        "--json",
        "--lang",
        "en",
        home=home,
        PYTHONPATH=str(installed / "app"),
        PYTHONDONTWRITEBYTECODE="1",
    )
    findings = {line["check"]: line for line in map(json.loads, done.out.splitlines())}
    found: dict[str, Any] = findings["program"]
    assert done.status == 1 or found["status"] != "failed", "a failed check has exit status 1"
    return found


def test_as_shipped_then_one_byte_then_a_stranger(installed: Path, tmp_path: Path) -> None:
    whole = asked(installed, tmp_path)
    assert (whole["status"], whole["code"]) == ("ok", "as_shipped")
    fingerprint = checksums.fingerprint(checksums.tree_hash(installed))
    assert fingerprint.startswith(whole["params"]["fingerprint"])

    stranger = installed / "app" / "sitecustomize.cfg"
    stranger.write_text("x")
    added = asked(installed, tmp_path)
    assert (added["status"], added["params"]["file"]) == ("warning", "app/sitecustomize.cfg")

    cards = installed / "app" / "pos_app" / "_resources" / "tables" / "card_bins.tsv"
    content = bytearray(cards.read_bytes())
    content[len(content) // 2] ^= 1
    cards.write_bytes(content)
    changed = asked(installed, tmp_path)
    assert changed["status"] == "failed"
    assert "app/pos_app/_resources/tables/card_bins.tsv" in changed["words"]
