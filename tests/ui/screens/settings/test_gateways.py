"""Which gateways a shop uses: chosen, found by asking PortOne, kept only when seen."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import msgspec
from PySide6.QtCore import Qt

from pos_app.config.issued import ApiKeys, Issued
from pos_app.config.model import PortOneSettings
from pos_app.domain.errors import ShopTrouble, UserMistake
from pos_app.ui.screens.settings.sections import Section
from pos_app.ui.setup_gateways import BOTH
from pos_app.ui.text import error_line
from tests.helpers.asked_desk import CHANNELS
from tests.ui.screens.settings.owner import SETTINGS, Owner, desk_in, owner, until

Key = Qt.Key
Run = Callable[[Any], Any]
KEYS = ("4820010012345678", "secret-canary")


@contextlib.asynccontextmanager
async def person_at(folder: Path, *, kept: bool = False) -> AsyncIterator[Owner]:
    """Open the settings of a KCP shop, `kept`: of one with PortOne beside it."""
    settings = SETTINGS
    desk = desk_in(folder / "data", SETTINGS)
    if kept:
        portone = PortOneSettings(pg="kcp.AB123")
        gateways = msgspec.structs.replace(SETTINGS.gateways, portone=portone)
        settings = msgspec.structs.replace(SETTINGS, gateways=gateways)
        desk.save(settings, Issued(portone=ApiKeys(*KEYS)), None)
    async with owner(folder, settings=settings, desk=desk) as person:
        yield person


def test_a_shop_with_one_gateway_has_only_its_sections(run_async: Run, tmp_path: Path) -> None:
    async def story() -> None:
        async with person_at(tmp_path) as person:
            screen = person.screen
            assert Section.PORTONE not in screen.sections()
            screen.gateways.which.set_value(BOTH)
            assert {Section.KCP, Section.PORTONE} <= set(screen.sections())
            assert len(screen.list.rows()) == len(screen.sections())
            screen.gateways.which.set_value("portone")
            gone = {Section.KCP, Section.CERTIFICATE, Section.ADVANCED}
            assert not gone & set(screen.sections())

    run_async(story())


def test_portone_is_added_with_its_keys_and_a_channel_that_was_seen(
    run_async: Run, tmp_path: Path
) -> None:
    async def story() -> None:
        async with person_at(tmp_path) as person:
            screen = person.screen
            screen.gateways.which.set_value(BOTH)
            person.go_to(Section.PORTONE)
            person.press(Key.Key_Return)
            person.type(KEYS[0])
            person.press(Key.Key_Return)
            person.type(KEYS[1])
            person.save()  # the rules want a channel first
            await person.idle()
            assert person.reopened == 0
            assert screen.portone.pg.error()
            screen.portone.ask()
            await until(lambda: not screen.portone.is_working())
            assert screen.portone.pg.value() == "kcp.AB123"
            person.save()
            await until(lambda: person.reopened)
            portone = person.stored().portone
            assert portone is not None
            assert portone.pg == "kcp.AB123"
            assert person.stored().gateways.names == ("kcp", "portone")
            with person.desk.open_vault() as vault:
                assert vault.portone_keys().imp_secret == KEYS[1]
            assert screen.portone.imp_secret.text_value() == ""

    run_async(story())


def test_a_test_channel_is_never_kept_for_real_payments(run_async: Run, tmp_path: Path) -> None:
    async def story() -> None:
        async with person_at(tmp_path, kept=True) as person:
            form = person.screen.portone
            person.go_to(Section.PORTONE)
            await person.idle()
            form.ask()
            await until(lambda: not form.is_working())
            form.pg.set_value("kcp.T0000")
            assert form.pg.error()
            form.environment.set_value("staging")
            form.environment.set_value("live")
            form.ask()
            await until(lambda: not form.is_working())
            assert form.pg.error()
            person.save()
            await person.idle()
            assert person.reopened == 0
            kept = person.stored().portone
            assert kept is not None
            assert kept.pg == "kcp.AB123"

    run_async(story())


def test_another_key_pair_is_tried_before_it_is_kept(run_async: Run, tmp_path: Path) -> None:
    async def story() -> None:
        async with person_at(tmp_path, kept=True) as person:
            refused = UserMistake("portone.keys_refused", message="인증에 실패하였습니다.")
            person.desk.channels = refused
            form = person.screen.portone
            form.imp_key.set_text_value("1111111111111111")
            form.imp_secret.set_text_value("wrong")
            person.save()
            await until(lambda: form.said.words() == error_line(refused))
            await person.idle()
            assert person.reopened == 0
            person.desk.channels = CHANNELS
            person.save()
            await until(form.is_seen)
            await person.idle()
            person.save()
            await until(lambda: person.reopened)
            with person.desk.open_vault() as vault:
                assert vault.portone_keys().imp_key == "1111111111111111"

    run_async(story())


def test_half_a_key_pair_is_said_in_its_field(run_async: Run, tmp_path: Path) -> None:
    async def story() -> None:
        async with person_at(tmp_path, kept=True) as person:
            form = person.screen.portone
            form.imp_key.set_text_value("1111111111111111")
            form.ask()
            assert not form.is_working()
            assert form.imp_secret.error() == error_line(UserMistake("settings.imp_secret_empty"))

    run_async(story())


def test_without_internet_nothing_is_kept_and_the_reason_stands_there(
    run_async: Run, tmp_path: Path
) -> None:
    async def story() -> None:
        async with person_at(tmp_path) as person:
            away = ShopTrouble("portone.not_reached", why="dns")
            person.desk.channels = away
            person.screen.gateways.which.set_value(BOTH)
            person.go_to(Section.PORTONE)
            form = person.screen.portone
            form.imp_key.set_text_value(KEYS[0])
            form.imp_secret.set_text_value(KEYS[1])
            form.ask()
            await until(lambda: not form.is_working())
            assert form.said.words() == error_line(away)
            assert not form.is_seen()

    run_async(story())


def test_taking_a_gateway_off_is_asked_about(run_async: Run, tmp_path: Path) -> None:
    async def story() -> None:
        async with person_at(tmp_path, kept=True) as person:
            person.screen.gateways.which.set_value("kcp")
            person.save()
            dialog = await person.dialog()
            dialog.reject()
            await person.idle()
            assert person.reopened == 0
            assert person.stored().portone is not None

    run_async(story())
