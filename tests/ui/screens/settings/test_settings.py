"""Changing, saving, refusing, leaving and practising, by keys."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from PySide6.QtWidgets import QApplication, QWidget

from pos_app.config.model import Gateways, KcpSettings
from pos_app.domain import answers as a
from pos_app.ui import theme
from pos_app.ui.screens.settings.sections import FIXED_IN_PRACTICE, Section
from pos_app.ui.text import text
from tests.ui.screens.settings.owner import SETTINGS, SLIP_PRINTER, Key, Owner, owner, until
from tests.unit.services.desk import charge

Run = Callable[[Any], Any]


def test_a_change_is_saved_and_the_terminal_is_opened_anew(run_async: Run, tmp_path: Path) -> None:
    async def story() -> None:
        async with owner(tmp_path) as person:
            assert not person.screen.save.isEnabled()
            person.press(Key.Key_Return)
            person.retype("봄날꽃집 종로점")
            assert person.screen.list.rows()[0].mark == "changed"
            assert person.screen.unsaved.words() == text("settings.unsaved")
            person.save()
            await until(lambda: person.reopened)
            assert person.stored().shop.name == "봄날꽃집 종로점"
            assert person.stored().kcp == SETTINGS.kcp
            assert not person.screen.is_changed()

    run_async(story())


def test_enter_leads_through_a_section_to_the_key_that_saves(
    run_async: Run, tmp_path: Path
) -> None:
    async def story() -> None:
        async with owner(tmp_path) as person:
            person.press(Key.Key_Return, Key.Key_End)
            person.type(" 2")
            person.press(*[Key.Key_Return] * 6)
            assert QApplication.focusWidget() is person.screen.save
            person.press(Key.Key_Return)
            await until(lambda: person.reopened)
            assert person.stored().shop.name == f"{SETTINGS.shop.name} 2"

    run_async(story())


def test_nothing_changed_is_nothing_saved(run_async: Run, tmp_path: Path) -> None:
    async def story() -> None:
        async with owner(tmp_path) as person:
            for section in person.screen.sections()[:-1]:
                person.go_to(section)
                await person.idle()
                assert not person.screen.is_changed(), section
            person.save()
            await person.idle()
            assert person.reopened == 0

    run_async(story())


@pytest.mark.parametrize(
    ("section", "steps", "typed", "words"),
    [
        (Section.SHOP, 2, "1208147522", "settings.business_number_check"),
        (Section.KCP, 1, "ab1", "settings.site_code_form"),
        (Section.SALE, 5, "37", "settings.months_max"),
        (Section.SALE, 5, "1", "settings.months_max"),
        (Section.ADVANCED, 2, "5", "settings.out_of_bounds"),
        (Section.ADVANCED, 3, "0", "settings.out_of_bounds"),
    ],
)
def test_what_the_rules_refuse_is_said_in_its_field_and_nothing_is_saved(
    run_async: Run, tmp_path: Path, section: Section, steps: int, typed: str, words: str
) -> None:
    async def story() -> None:
        async with owner(tmp_path) as person:
            person.go_to(section)
            person.press(Key.Key_Return, *[Key.Key_Return] * steps)
            person.retype(typed)
            person.go_to(Section.LOOK)
            person.save()
            await person.idle()
            assert person.screen.section is section
            form = person.screen.forms[section]
            told = [field for field in form.fields.values() if field.error()]
            assert len(told) == 1
            assert told[0].focusProxy() is QApplication.focusWidget()
            params = {"months_max": 36, "field": "", "value": typed, "least": 0, "most": 0}
            assert text(f"error.{words}.title", **params) in told[0].error()
            assert (
                person.screen.list.rows()[person.screen.sections().index(section)].mark == "alert"
            )
            assert person.stored() == SETTINGS

    run_async(story())


async def _switch_to_tests(person: Owner) -> None:
    person.go_to(Section.KCP)
    person.press(Key.Key_Return, Key.Key_Down)
    assert person.screen.kcp.environment.value() == "staging"
    person.save()
    shown = await person.dialog()
    assert shown.accessibleName() == text("settings.switch.title")


def test_another_environment_needs_more_than_an_enter(run_async: Run, tmp_path: Path) -> None:
    async def story() -> None:
        async with owner(tmp_path) as person:
            await _switch_to_tests(person)
            person.press(Key.Key_Return)
            await person.idle()
            assert person.stored() == SETTINGS
            await _switch_to_tests_again(person)
            person.press(Key.Key_Tab, Key.Key_Return)
            await until(lambda: person.reopened)
            kcp = person.stored().kcp
            assert kcp is not None
            assert kcp.environment == "staging"

    async def _switch_to_tests_again(person: Owner) -> None:
        person.save()
        await person.dialog()

    run_async(story())


def test_the_question_tells_of_payments_in_doubt(run_async: Run, tmp_path: Path) -> None:
    async def story() -> None:
        async with owner(tmp_path) as person:
            person.bench.gateway.answer_with(a.NoAnswer("timeout"))
            person.bench.gateway.look_up_with(a.CannotTell("off"))
            await charge(person.bench)
            person.go_to(Section.KCP)
            person.press(Key.Key_Return, Key.Key_Return)
            person.retype("CD345")
            person.save()
            shown = await person.dialog()
            words = " ".join(child.accessibleName() for child in shown.findChildren(QWidget))
            assert text("settings.switch.waiting", count=1).replace("**", "") in words
            person.press(Key.Key_Escape)
            await person.idle()

    run_async(story())


def test_a_window_that_goes_while_something_is_asked_harms_nothing(
    run_async: Run, tmp_path: Path
) -> None:
    async def story() -> None:
        async with owner(tmp_path) as person:
            await _switch_to_tests(person)
        assert person.stored() == SETTINGS

    run_async(story())


def test_leaving_with_changes_asks_and_staying_keeps_them(run_async: Run, tmp_path: Path) -> None:
    async def story() -> None:
        async with owner(tmp_path) as person:
            person.press(Key.Key_Return, Key.Key_End)
            person.type("!")
            assert person.screen.holds("history", "")
            await person.dialog()
            person.press(Key.Key_Escape)
            await person.idle()
            assert person.went == []
            assert person.screen.shop.name.text_value() == f"{SETTINGS.shop.name}!"

    run_async(story())


def test_leaving_may_throw_the_changes_away(run_async: Run, tmp_path: Path) -> None:
    async def story() -> None:
        async with owner(tmp_path) as person:
            person.press(Key.Key_Return, Key.Key_End)
            person.type("!")
            person.press(Key.Key_Escape, Key.Key_Escape)
            await person.dialog()
            person.press(Key.Key_D)
            await person.idle()
            assert person.went == [("sale", "")]
            assert not person.screen.is_changed()
            assert person.screen.shop.name.text_value() == SETTINGS.shop.name
            assert not person.screen.holds("history", "")

    run_async(story())


def test_leaving_may_save_first(run_async: Run, tmp_path: Path) -> None:
    async def story() -> None:
        async with owner(tmp_path) as person:
            person.press(Key.Key_Return, Key.Key_End)
            person.type("!")
            assert person.screen.holds("history", "")
            await person.dialog()
            person.press(Key.Key_Return)
            await until(lambda: person.reopened)
            assert person.stored().shop.name == f"{SETTINGS.shop.name}!"

    run_async(story())


def test_without_changes_esc_leads_to_the_sale(run_async: Run, tmp_path: Path) -> None:
    async def story() -> None:
        async with owner(tmp_path) as person:
            person.press(Key.Key_Return, Key.Key_Escape)
            assert person.screen.list.hasFocus()
            assert person.went == []
            person.press(Key.Key_Escape)
            assert person.went == [("sale", "")]

    run_async(story())


def test_colours_are_shown_at_once_and_taken_back_when_thrown_away(
    run_async: Run, tmp_path: Path
) -> None:
    light = msgspec.structs.replace(
        SETTINGS, look=msgspec.structs.replace(SETTINGS.look, theme="light")
    )

    async def story() -> None:
        async with owner(tmp_path, settings=light) as person:
            person.go_to(Section.LOOK)
            person.press(Key.Key_Return, Key.Key_Return, Key.Key_Down)
            assert theme.current().scheme == "dark"
            person.press(Key.Key_Escape, Key.Key_Escape)
            await person.dialog()
            person.press(Key.Key_D)
            await person.idle()
            assert theme.current().scheme == "light"

    run_async(story())


def test_sale_fields_and_limits_are_kept(run_async: Run, tmp_path: Path) -> None:
    async def story() -> None:
        async with owner(tmp_path) as person:
            person.go_to(Section.SALE)
            person.press(Key.Key_Return, Key.Key_Down, Key.Key_Down)
            person.press(*[Key.Key_Return] * 4)
            person.type("300만")
            person.press(Key.Key_Return)
            person.retype("24")
            person.press(Key.Key_Return, Key.Key_Down)
            person.save()
            await until(lambda: person.reopened)
            stored = person.stored()
            assert stored.kcp is not None
            assert stored.sale.product == "hidden"
            assert stored.sale.amount_limit_won == 3_000_000
            assert (stored.kcp.months_max, stored.kcp.mixed_tax) == (24, True)

    run_async(story())


def test_an_address_is_sent_only_where_one_is_given(run_async: Run, tmp_path: Path) -> None:
    async def story() -> None:
        async with owner(tmp_path) as person:
            person.go_to(Section.ADVANCED)
            person.press(Key.Key_Return, *[Key.Key_Return] * 4)
            person.press(Key.Key_Down, Key.Key_Down)
            person.save()
            await person.idle()
            assert person.screen.advanced.address.error()
            person.type("203.0.113.9")
            person.save()
            await until(lambda: person.reopened)
            kcp = person.stored().kcp
            assert kcp is not None
            assert kcp.cust_ip == "203.0.113.9"

    run_async(story())


def test_in_practice_shop_and_gateway_are_fixed_and_the_screen_says_why(
    run_async: Run, tmp_path: Path
) -> None:
    async def story() -> None:
        async with owner(tmp_path, environment="practice") as person:
            for section in person.screen.sections():
                person.go_to(section)
                fixed = section in FIXED_IN_PRACTICE
                assert person.screen.fixed.isVisible() == fixed, section
                if fixed:
                    person.press(Key.Key_Return)
                    assert person.screen.list.hasFocus()
            person.go_to(Section.SALE)
            person.press(Key.Key_Return, Key.Key_Down)
            person.save()
            await until(lambda: person.reopened)
            assert person.stored().sale.product == "optional"
            assert person.stored().shop == SETTINGS.shop

    run_async(story())


def test_a_held_key_saves_once(run_async: Run, tmp_path: Path) -> None:
    async def story() -> None:
        async with owner(tmp_path) as person:
            person.press(Key.Key_Return, Key.Key_End)
            person.type("!")
            for _ in range(4):
                person.save()
            await until(lambda: person.reopened)
            await person.idle()
            assert person.reopened == 1

    run_async(story())


def test_a_disk_that_cannot_be_written_is_said_and_nothing_typed_is_lost(
    run_async: Run, tmp_path: Path
) -> None:
    async def story() -> None:
        async with owner(tmp_path) as person:
            person.press(Key.Key_Return, Key.Key_End)
            person.type("!")
            in_the_way = person.desk.store.file
            in_the_way.unlink()
            in_the_way.mkdir()
            (in_the_way / "x").write_text("x")
            person.save()
            await person.dialog()
            person.press(Key.Key_Return)
            await person.idle()
            assert person.reopened == 0
            assert person.screen.shop.name.text_value() == f"{SETTINGS.shop.name}!"
            assert person.screen.save.isEnabled()

    run_async(story())


def test_what_the_screen_does_not_show_stays_as_it_was(run_async: Run, tmp_path: Path) -> None:
    kcp = KcpSettings(
        site_code="AB123", slip_site="https://slips.example", partner_site="https://p"
    )
    settings = msgspec.structs.replace(SETTINGS, gateways=Gateways(kcp=kcp))

    async def story() -> None:
        async with owner(tmp_path, settings=settings) as person:
            person.press(Key.Key_Return, Key.Key_End)
            person.type("2")
            person.save()
            await until(lambda: person.reopened)
            assert person.stored().kcp == kcp
            assert person.stored().printers == (SLIP_PRINTER,)

    run_async(story())


def test_an_identity_check_is_made_compulsory_and_zero_means_always(
    run_async: Run, tmp_path: Path
) -> None:
    async def story() -> None:
        async with owner(tmp_path) as person:
            person.go_to(Section.IDENTITY)
            person.press(Key.Key_Return)
            person.type("0")
            person.press(Key.Key_Return)
            person.type("봄날꽃집")
            person.press(Key.Key_Return, Key.Key_Down)
            person.save()
            await until(lambda: person.reopened)
            kept = person.stored().identity
            assert (kept.compulsory_above_won, kept.company) == (0, "봄날꽃집")
            assert kept.keep_at_gateway is True

    run_async(story())


def test_a_compulsory_amount_that_is_none_is_said_in_its_field(
    run_async: Run, tmp_path: Path
) -> None:
    async def story() -> None:
        async with owner(tmp_path) as person:
            person.go_to(Section.IDENTITY)
            person.press(Key.Key_Return)
            person.type("1만5")
            person.save()
            await person.idle()
            assert person.screen.identity.above.error()
            assert person.stored() == SETTINGS

    run_async(story())
