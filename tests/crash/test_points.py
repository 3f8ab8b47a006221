"""Killed around every send and at a draw of other points, at both gateways; everywhere at night."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.helpers import figures

ROOT = Path(__file__).resolve().parents[2]
SENT_LATE = {
    """        before = Before[PaymentRecord, f.Fact](self.note, record, author, intent)
        self._tell(record, Doing.CONNECTING)
""": """        async def later(record: PaymentRecord, *_: object) -> PaymentRecord:
            return record

        before = Before[PaymentRecord, f.Fact](later, record, author, intent)
        self._tell(record, Doing.CONNECTING)
""",
    """            if not before.called and not isinstance(answer, a.NotSent):
                facts = (intent, *facts)
            undo""": """            if not isinstance(answer, a.NotSent):
                facts = (intent, *facts)
            undo""",
}
SENT_AGAIN = {
    """            return record if self.is_elsewhere(record) else await self.settle(record)
""": """
            async def again() -> None: ...

            if record.state is PaymentState.UNKNOWN and record.customer_uid:
                order = ChargeRequest(record.order_no, record.order, again, record.customer_uid)
                await self.gateway_of(record).approve(order, None)
            return await self.settle(record)
"""
}

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL and fork are Unix's"),
]


def night(*arguments: str, tree: Path = ROOT) -> tuple[dict[str, Any], str]:
    """Run the night's program; return its last line, and what it said was wrong."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.crash.night", "--workers", "1", *arguments],
        cwd=tree,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout, done.stderr
    said: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    assert done.returncode == (1 if said["failed"] else 0), done.stderr
    return said, done.stderr


@pytest.mark.parametrize(
    ("gateway", "stories"),
    [
        ("kcp", ("sale_and_refunds", "wrong_amount", "ledger_is_full")),
        ("portone", ("sale_and_refunds", "wrong_amount", "cards_and_lost_answers")),
        ("migration", ()),
    ],
)
def test_killed_anywhere(gateway: str, stories: tuple[str, ...]) -> None:
    only = ("--story", *stories) if stories else ()
    said, wrong = night("--gateway", gateway, "--points", "24", *only)
    assert not said["failed"], wrong
    for what, count in said["figures"].items():
        figures.add(f"crash: {what}", count)
    kills = said["figures"].get(f"kills, {gateway}", said["figures"].get("migrations killed"))
    assert kills >= 50


@pytest.mark.parametrize(
    ("changes", "story", "caught"),
    [
        (SENT_LATE, ("kcp", "sale_and_refunds"), "was sent without a Sending on disk"),
        (SENT_AGAIN, ("portone", "cards_and_schedules"), "was sent 2 times"),
    ],
    ids=["Sending after the send", "sent again after a start"],
)
def test_it_has_teeth(
    tmp_path: Path, changes: dict[str, str], story: tuple[str, str], caught: str
) -> None:
    """A bug planted in a copy is caught by a run as small as these."""
    for part in ("pos_app", "tests", "resources"):
        shutil.copytree(ROOT / part, tmp_path / part, ignore=shutil.ignore_patterns("__pycache__"))
    file = tmp_path / "pos_app" / "services" / "settle.py"
    text = file.read_text("utf-8")
    for right, wrong in changes.items():
        assert text.count(right) == 1, right
        text = text.replace(right, wrong)
    file.write_text(text, "utf-8")
    said, told = night("--gateway", story[0], "--story", story[1], "--points", "1", tree=tmp_path)
    assert said["failed"]
    assert caught in told, told
