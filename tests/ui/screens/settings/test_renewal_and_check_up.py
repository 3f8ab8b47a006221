"""A new certificate beside the old one, the doctor's page, and the printers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from pos_app.config.model import PrinterSettings
from pos_app.domain.errors import ShopTrouble
from pos_app.ui.app import CheckLine
from pos_app.ui.screens.settings.forms import PrinterSection
from pos_app.ui.screens.settings.sections import Section
from pos_app.ui.text import error_line, text
from pos_app.ui.widgets.pairs import Pair
from tests.helpers.kcp_keys import NOT_AFTER, issue
from tests.ui.screens.settings.owner import SETTINGS, SLIP_PRINTER, Desk, Key, Owner, owner, until

Run = Callable[[Any], Any]
LATER = NOT_AFTER + dt.timedelta(days=365)


def in_use(person: Owner) -> tuple[Pair, ...]:
    """Return what is shown of the certificate in use."""
    shown = person.screen.certificate.old
    assert shown is not None
    return shown.words()


async def _give_new_one(person: Owner, folder: Path) -> None:
    """Type the paths of a renewed pair."""
    issued = issue(number=1, not_after=LATER)
    person.go_to(Section.CERTIFICATE)
    await until(lambda: len(in_use(person)) > 1)
    person.press(Key.Key_Return)
    for name, data in (("cert.pem", issued.certificate), ("key.pem", issued.key_file)):
        (folder / name).write_bytes(data)
        person.type(str(folder / name))
        person.press(Key.Key_Return)
        await person.idle()


def test_a_renewed_certificate_stands_beside_the_old_one_and_takes_its_place(
    run_async: Run, tmp_path: Path
) -> None:
    async def story() -> None:
        async with owner(tmp_path) as person:
            await _give_new_one(person, tmp_path)
            form = person.screen.certificate
            assert any("2031-01-01" in str(pair.value) for pair in in_use(person))
            assert any("2032-01-01" in str(pair.value) for pair in form.new.words())
            person.type("changeit")
            person.press(Key.Key_Return)
            await person.idle()
            assert person.screen.save.hasFocus()
            person.press(Key.Key_Return)
            await until(lambda: person.reopened)
            card = person.desk.current_certificate()
            assert card is not None
            assert card.not_after == LATER
            assert form.certificate.is_empty()
            assert form.password.is_empty()

    run_async(story())


def test_an_untried_certificate_is_not_saved(run_async: Run, tmp_path: Path) -> None:
    async def story() -> None:
        async with owner(tmp_path) as person:
            await _give_new_one(person, tmp_path)
            person.type("wrong")
            person.go_to(Section.SHOP)
            person.save()
            await until(person.screen.certificate.password.error)
            await person.idle()
            assert person.screen.section is Section.CERTIFICATE
            assert person.reopened == 0
            card = person.desk.current_certificate()
            assert card is not None
            assert card.not_after == NOT_AFTER

    run_async(story())


def test_the_check_up_says_what_is_wrong_and_can_be_run_again(
    run_async: Run, tmp_path: Path
) -> None:
    async def story() -> None:
        async with owner(tmp_path) as person:
            doctor = person.screen.doctor
            person.desk.findings = (
                CheckLine("doctor.disk", "warning", "자리가 적습니다."),
                CheckLine("doctor.gateway", "failed", "연결할 수 없습니다."),
            )
            person.go_to(Section.DOCTOR)
            await until(lambda: len(doctor.lines.steps()) == 2)
            assert doctor.verdict.words() == text("settings.doctor.failed", count=1)
            assert "연결할 수 없습니다." in doctor.lines.steps()[1].words
            assert doctor.lines.steps()[1].tone == "bad"
            person.desk.findings = person.desk.findings[:1]
            person.press(Key.Key_R)
            await until(lambda: len(doctor.lines.steps()) == 1)
            assert doctor.verdict.words() == text("settings.doctor.warning", count=1)
            person.desk.findings = (CheckLine("doctor.disk", "ok", "넉넉합니다."),)
            person.press(Key.Key_Return)
            await until(lambda: doctor.verdict.words() == text("settings.doctor.good"))
            assert person.desk.examined == 3

    run_async(story())


def test_a_check_up_that_cannot_be_made_says_why(run_async: Run, tmp_path: Path) -> None:
    trouble = ShopTrouble("vault.keyring_locked")

    class Locked(Desk):
        def check_up(self) -> tuple[CheckLine, ...]:
            raise trouble

    async def story() -> None:
        async with owner(tmp_path) as person:
            person.desk.__class__ = Locked
            person.go_to(Section.DOCTOR)
            doctor = person.screen.doctor
            await until(lambda: doctor.verdict.words() == error_line(trouble))
            assert doctor.again.isEnabled()

    run_async(story())


def test_a_printer_that_is_not_there_now_is_still_the_one_that_is_set(qtbot: object) -> None:
    laser = PrinterSettings(name="레이저", kind="system", address="HP_1020", paper="80mm")
    settings = msgspec.structs.replace(SETTINGS, printers=(SLIP_PRINTER, laser))
    section = PrinterSection()
    section.fill(settings)
    section.list_printers()
    assert section.printer.value() == "HP_1020"
    assert section.read(settings) == settings
    section.paper.set_value("A4")
    (kept, changed) = section.read(settings).printers
    assert kept == SLIP_PRINTER
    assert (changed.name, changed.address, changed.paper) == ("레이저", "HP_1020", "A4")
    section.printer.set_value("default")
    assert section.read(settings).printers == (SLIP_PRINTER,)
    section.deleteLater()
