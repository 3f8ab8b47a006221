"""The guided set-up of a shop with PortOne: alone, and beside KCP."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt

from pos_app.domain.errors import UserMistake
from pos_app.ui.screens.first_start.view import Step
from pos_app.ui.setup_gateways import BOTH
from pos_app.ui.text import error_line
from tests.ui.screens.first_start.installer import Installer, installer, until

Key = Qt.Key
Run = Callable[[Any], Any]


async def to_portone(person: Installer, which: str) -> None:
    """Walk to the keys."""
    await person.to_gateways()
    person.screen.gateways.which.set_value(which)
    person.press(Key.Key_Return)
    if which == BOTH:
        person.press(Key.Key_Return)
        assert person.at() is Step.KCP
        return
    assert person.at() is Step.PORTONE


def test_portone_alone_leads_past_kcp_to_a_terminal_that_is_set_up(
    run_async: Run, tmp_path: Path
) -> None:
    async def story() -> None:
        async with installer(tmp_path) as person:
            screen = person.screen
            await to_portone(person, "portone")
            assert {Step.KCP, Step.CERTIFICATE}.isdisjoint(screen.steps())
            assert len(screen.list.rows()) == len(screen.steps()) - 1
            person.enter("4820010012345678", "secret-canary")
            screen.go_on()
            await until(screen.portone.is_seen)
            screen.go_on()
            await until(lambda: screen.protection.known)
            assert person.at() is Step.PROTECTION
            person.press(Key.Key_Return)
            assert person.at() is Step.SUMMARY
            person.press(Key.Key_Return)
            await until(lambda: person.at() is Step.DONE)
            settings = person.desk.settings()
            assert settings is not None
            assert settings.gateways.names == ("portone",)
            assert settings.portone is not None
            assert settings.portone.pg == "kcp.AB123"
            with await asyncio.to_thread(person.desk.open_vault) as vault:
                assert vault.portone_keys().imp_secret == "secret-canary"
                assert not vault.has_kcp_credentials()

    run_async(story())


def test_keys_that_are_refused_go_no_further(run_async: Run, tmp_path: Path) -> None:
    async def story() -> None:
        async with installer(tmp_path) as person:
            refused = UserMistake("portone.keys_refused", message="인증에 실패하였습니다.")
            person.desk.channels = refused
            await to_portone(person, "portone")
            person.enter("4820010012345678", "wrong")
            person.screen.go_on()
            await until(lambda: person.screen.portone.said.words() == error_line(refused))
            assert person.at() is Step.PORTONE

    run_async(story())


def test_both_ask_for_each_in_turn(run_async: Run, tmp_path: Path) -> None:
    async def story() -> None:
        async with installer(tmp_path) as person:
            await to_portone(person, BOTH)
            assert {Step.KCP, Step.CERTIFICATE, Step.PORTONE} <= set(person.screen.steps())
            person.screen.go_back()
            assert person.at() is Step.GATEWAYS
            person.screen.gateways.which.set_value("kcp")
            assert Step.PORTONE not in person.screen.steps()

    run_async(story())
