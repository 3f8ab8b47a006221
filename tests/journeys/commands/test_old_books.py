"""Answers in the spool and books that were put back, as the commands tell of them."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

from pos_app.bootstrap.anchoring import keep_head
from pos_app.bootstrap.check_up import CheckUp
from pos_app.bootstrap.set_up import SetUpDesk
from pos_app.bootstrap.terminal import make_terminal
from pos_app.config.paths import find_places
from pos_app.domain import facts as f
from pos_app.domain.spooled import Spooled
from pos_app.services.doctor import Finding, Level
from tests.contract.ledger.cases import OWNER, approval, prepared
from tests.journeys.commands.processes import PASSPHRASE, Gateway, pos_app
from tests.journeys.commands.test_money import exported, sell


def day(data: Path) -> None:
    """Open the terminal, sell once, close it."""

    async def work() -> None:
        app = await make_terminal(data, passphrase=PASSPHRASE).open(None)
        await sell(app)
        assert await app.close(30.0)

    asyncio.run(work())


def leave_in_spool(data: Path) -> None:
    """Leave what a killed program leaves that could write its answer into the spool only."""
    desk = SetUpDesk(find_places(data, practice=False), PASSPHRASE)
    with desk.open_vault() as vault, desk.open_ledger(desk.load().settings, vault) as ledger:

        async def work() -> None:
            first = prepared(1)
            await ledger.prepare(OWNER, first, f.Sending(60.0))
            answer = (f.ChargeApproved(approval()),)
            await ledger.spool.put(Spooled(first.payment_id, 2, OWNER, answer))

        asyncio.run(work())


def checked(data: Path, part: str) -> Finding:
    """Return what the doctor says about a part."""
    desk = SetUpDesk(find_places(data, practice=False), PASSPHRASE)
    found = asyncio.run(CheckUp(desk).run())
    return {finding.subject: finding for finding in found}[part]


def test_recover_writes_what_was_spooled(practice: Gateway, data: Path, tmp_path: Path) -> None:
    leave_in_spool(data)
    assert checked(data, "spool").code == "waiting"
    pos_app("recover", "--data-dir", data, home=tmp_path).check(0)
    assert exported(data, tmp_path)[0]["state"] == "APPROVED"
    assert checked(data, "spool").code == "empty"


def test_a_ledger_folder_that_was_put_back_is_refused_read_and_accepted(
    practice: Gateway, data: Path, tmp_path: Path
) -> None:
    """Row 70, with everything beside the ledger put back as well: the vault remembers."""
    day(data)
    shutil.copytree(data / "ledger", tmp_path / "older")
    day_two(data)
    shutil.rmtree(data / "ledger")
    shutil.copytree(tmp_path / "older", data / "ledger")
    refused = pos_app("recover", "--data-dir", data, home=tmp_path).check(1)
    assert "예전 장부" in refused.err
    assert "예전 장부" in pos_app("verify", "--data-dir", data, home=tmp_path).check(1).err
    assert len(exported(data, tmp_path)) == 1, "what is there can be read"
    assert checked(data, "chain").level is Level.FAILED
    accepted = pos_app("verify", "--accept", "백업 복원", "--data-dir", data, home=tmp_path)
    assert "받아들였습니다" in accepted.check(0).out
    pos_app("recover", "--data-dir", data, home=tmp_path).check(0)
    log = "".join(path.read_text("utf-8") for path in (data / "logs").iterdir())
    assert "ledger.older_accepted" in log
    assert "백업 복원" in log


def day_two(data: Path) -> None:
    """Leave another payment that is settled."""
    desk = SetUpDesk(find_places(data, practice=False), PASSPHRASE)
    with desk.open_vault() as vault, desk.open_ledger(desk.load().settings, vault) as ledger:
        first = prepared(2)
        sold = (f.Sending(60.0), f.ChargeApproved(approval(2)))
        asyncio.run(ledger.prepare(OWNER, first, *sold))
        asyncio.run(keep_head(vault, ledger))
