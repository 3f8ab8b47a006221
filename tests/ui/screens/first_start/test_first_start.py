"""The whole way from an empty folder to a terminal that is set up, by keys."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication

from pos_app.domain.errors import UserMistake
from pos_app.ui.screens.first_start.practice import practice_command
from pos_app.ui.screens.first_start.view import Step
from pos_app.ui.text import error_line, language, text, use_language
from pos_app.ui.words import gateway_words
from pos_app.vault import needs_passphrase
from tests.helpers.kcp_keys import PASSWORD
from tests.ui.screens.first_start.installer import SHOP, Installer, Key, installer, until
from tests.ui.widgets.keyboard import press

Run = Callable[[Any], Any]


def test_enter_alone_leads_from_nothing_to_a_terminal_that_is_set_up(
    run_async: Run, tmp_path: Path
) -> None:
    async def story() -> None:
        async with installer(tmp_path) as person:
            screen = person.screen
            assert person.desk.settings() is None
            await person.to_protection()
            person.press(Key.Key_Return)
            assert person.at() is Step.SUMMARY
            shown = {pair.term: pair.value for pair in screen.summary.shown()}
            assert shown[text("setup.shop.number")] == "120-81-47521"
            assert str(shown[gateway_words("kcp")]).startswith("AB123 · ")
            person.press(Key.Key_Return)
            await until(lambda: person.at() is Step.DONE)
            assert person.finished == 0
            person.press(Key.Key_Return)
            assert person.finished == 1
            settings = person.desk.settings()
            assert settings is not None
            assert (settings.shop.name, settings.shop.phone) == ("봄날꽃집", "02-123-4567")
            assert settings.kcp is not None
            assert (settings.kcp.environment, settings.kcp.site_code) == ("live", "AB123")
            card = person.desk.current_certificate()
            assert card is not None
            assert card.owner == "DEVPGWEB"
            assert not needs_passphrase(person.desk.places.vault)

    run_async(story())


def test_the_end_offers_a_practice_sale(run_async: Run, tmp_path: Path) -> None:
    async def story() -> None:
        for opens in (True, False):
            async with installer(tmp_path / str(opens), practice_opens=opens) as person:
                person.screen.show_step(Step.DONE)
                person.press(Key.Key_P)
                assert person.practised == 1
                assert person.finished == 0
                person.press(Key.Key_Return)
                assert person.finished == 1

    run_async(story())


def test_the_practice_terminal_is_this_program_in_this_language() -> None:
    use_language("en")
    assert practice_command()[-3:] == ["--practice", "--lang", "en"]
    assert "-m" in practice_command()
    assert "pos_app" in practice_command()


def test_every_empty_field_says_so_and_the_first_one_has_the_focus(
    run_async: Run, tmp_path: Path
) -> None:
    async def story() -> None:
        async with installer(tmp_path) as person:
            person.press(Key.Key_Return)
            person.press(*[Key.Key_Return] * 6)
            shop = person.screen.shop
            assert person.at() is Step.SHOP
            empty = (shop.name, shop.owner, shop.number, shop.phone, shop.address)
            assert all(field.error() for field in empty)
            assert not shop.counter.error()
            assert QApplication.focusWidget() is shop.name.focusProxy()
            person.type("봄")
            assert not shop.name.error()

    run_async(story())


def test_the_check_digit_is_tried_at_the_tenth_digit(run_async: Run, tmp_path: Path) -> None:
    async def story() -> None:
        async with installer(tmp_path) as person:
            person.press(Key.Key_Return)
            person.enter(*SHOP[:2])
            number = person.screen.shop.number
            person.type("120814752")
            assert not number.error()
            person.type("2")
            assert number.error() == error_line(UserMistake("settings.business_number_check"))
            person.press(Key.Key_Backspace)
            assert not number.error()
            person.type("1")
            assert not number.error()
            assert number.text_value() == "1208147521"

    run_async(story())


def test_a_test_site_code_is_refused_for_live_as_soon_as_it_stands_there(
    run_async: Run, tmp_path: Path
) -> None:
    async def story() -> None:
        async with installer(tmp_path) as person:
            await person.to_kcp()
            person.screen.kcp.site_code.setFocus()
            person.type("t0000")
            code = person.screen.kcp.site_code
            assert "T0000" in code.error()
            person.press(Key.Key_Return, Key.Key_Return)
            assert person.at() is Step.KCP
            person.screen.kcp.environment.setFocus()
            person.press(Key.Key_Down)
            assert not code.error()
            person.press(Key.Key_Return, Key.Key_Return, Key.Key_Return)
            assert person.at() is Step.CERTIFICATE

    run_async(story())


def test_going_back_loses_nothing_that_was_typed(run_async: Run, tmp_path: Path) -> None:
    async def story() -> None:
        async with installer(tmp_path) as person:
            await person.to_protection()
            person.press(*[Key.Key_Escape] * 4)
            assert person.at() is Step.SHOP
            assert person.screen.shop.address.text_value() == SHOP[4]
            person.press(Key.Key_Escape, Key.Key_Escape)
            assert person.at() is Step.LANGUAGE
            person.press(Key.Key_Return)
            for _ in range(5):
                person.screen.go_on()
                await person.idle()
            assert person.at() is Step.SUMMARY

    run_async(story())


def test_another_language_is_spoken_at_once_and_nothing_is_lost(
    run_async: Run, tmp_path: Path
) -> None:
    async def story() -> None:
        async with installer(tmp_path) as person:
            await person.to_protection()
            person.press(*[Key.Key_Escape] * 5)
            person.press(Key.Key_Down)
            assert language() == "en"
            screen = person.screen
            assert screen.title.words() == text("first_start.language.title")
            assert screen.shop.name.caption() == text("setup.shop.name")
            assert screen.shop.name.text_value() == SHOP[0]
            assert screen.kcp.site_code.text_value() == "AB123"
            assert screen.certificate.password.text_value() == PASSWORD
            person.press(Key.Key_Return)
            for _ in range(4):
                screen.go_on()
                await person.idle()
            assert person.at() is Step.PROTECTION
            await until(lambda: screen.protection.known)
            person.press(Key.Key_Return, Key.Key_Return)
            await until(lambda: person.at() is Step.DONE)
            settings = person.desk.settings()
            assert settings is not None
            assert settings.look.language == "en"

    run_async(story())


async def _to_passphrase(person: Installer) -> None:
    await person.to_protection()
    assert person.screen.protection.by_passphrase


def test_without_a_keyring_a_passphrase_is_asked_for_twice(run_async: Run, tmp_path: Path) -> None:
    async def story() -> None:
        async with installer(tmp_path, keyring=False) as person:
            await _to_passphrase(person)
            protection = person.screen.protection
            assert protection.trouble == "vault.keyring_missing"
            person.press(Key.Key_Return, Key.Key_Return)
            assert protection.first.error()
            person.enter("tulip stairs lamp", "tulip stairs lam")
            assert protection.second.error() == text("first_start.protection.differ")
            person.type("p")
            person.press(Key.Key_Return)
            assert person.at() is Step.SUMMARY
            person.press(Key.Key_Return)
            await until(lambda: person.at() is Step.DONE)
            assert needs_passphrase(person.desk.places.vault)
            assert protection.first.is_empty()

    run_async(story())


@pytest.mark.parametrize("weak", ["short", "aaaaaaaaaaaa"])
def test_what_the_vault_does_not_take_is_said_in_the_field(
    run_async: Run, tmp_path: Path, weak: str
) -> None:
    async def story() -> None:
        async with installer(tmp_path, keyring=False) as person:
            await _to_passphrase(person)
            person.enter(weak, weak)
            person.press(Key.Key_Return)
            await until(lambda: person.at() is Step.PROTECTION)
            assert person.screen.protection.first.error()
            assert person.desk.settings() is None

    run_async(story())


def test_a_held_enter_goes_one_step_only(run_async: Run, tmp_path: Path) -> None:
    async def story() -> None:
        async with installer(tmp_path) as person:
            press(QApplication.focusWidget() or person.screen, Key.Key_Return)
            for _ in range(5):
                press(QApplication.focusWidget() or person.screen, Key.Key_Return, held=True)
            assert person.at() is Step.SHOP
            assert not person.screen.shop.name.error()

    run_async(story())


def test_no_other_screen_comes_before_the_end(run_async: Run, tmp_path: Path) -> None:
    async def story() -> None:
        async with installer(tmp_path) as person:
            assert person.screen.holds("sale", "")
            person.screen.show_step(Step.DONE)
            assert not person.screen.holds("sale", "")

    run_async(story())
