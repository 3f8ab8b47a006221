"""The pictures of a shop with two gateways: the sale, the offer after NOT_SENT, the settings."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import msgspec
from PySide6.QtCore import Qt

from pos_app.config.issued import ApiKeys, Issued
from pos_app.config.model import PortOneSettings
from pos_app.domain import answers as a
from pos_app.domain.errors import ShopTrouble
from pos_app.domain.instalments import InstalmentRule
from pos_app.services.sale_rules import SaleGateway, SaleRules
from pos_app.ui.app import App, GatewayTrouble, SetUp
from pos_app.ui.screens.settings.sections import Section
from pos_app.ui.screens.settings.view import SettingsScreen
from tests.clerk_keys import ENTER
from tests.clerk_lines import Line
from tests.clerk_work import Clerk
from tests.helpers.fake_app import Bench, make_bench
from tests.helpers.fake_gateway import FakeGateway
from tests.screens_album import Album
from tests.ui.screens.settings.owner import SETTINGS, desk_in

Key = Qt.Key
_WAIT_S = 10.0
_LINE = {
    "product": "어버이날 카네이션 바구니",
    "buyer_name": "정하늘",
    "buyer_phone": "01012344410",
    "card_number": "9410111122220073",
    "expiry": "0729",
    "birth_or_brn": "880715",
    "password2": "12",
    "months": "3",
}


class TwoGateways:
    """A terminal with KCP first and PortOne beside it; fits `ui/app.Starter`."""

    practice = False

    def __init__(self, folder: Path) -> None:
        """Make it over fakes, with a set-up desk in `folder`."""
        second = SaleGateway(FakeGateway(name="portone"), SaleRules(InstalmentRule()))
        self.bench: Bench = make_bench(folder / "two-bench", second=second, environment="live")
        portone = PortOneSettings(pg="kcp.AB123", password="optional")
        gateways = msgspec.structs.replace(SETTINGS.gateways, portone=portone)
        self._settings = msgspec.structs.replace(SETTINGS, gateways=gateways)
        desk = desk_in(folder / "two-data", SETTINGS)
        keys = ApiKeys("4820010012345678", "practice-secret")
        desk.save(self._settings, Issued(portone=keys), None)
        self.set_up: SetUp = desk

    async def open(self, _passphrase: str | None) -> App:
        """Hand the terminal over."""
        return dataclasses.replace(self.bench.app, settings=self._settings)

    async def tour(self, clerk: Clerk, album: Album) -> None:
        """Walk through what a second gateway changes."""
        await clerk.watch.until(lambda: clerk.watch.application.app, _WAIT_S)
        await album.take(clerk, "two-sale-empty")
        line = Line("sell", {**_LINE, "gateway": "portone", "amount": "1234000"}, timeout_s=_WAIT_S)
        await clerk.type_sale(line)
        await album.take(clerk, "two-sale-portone")
        await clerk.clear_sale(line)
        self.bench.gateway.answer_with(a.NotSent("refused"))
        await clerk.sell(Line("sell", {**_LINE, "amount": "88000"}, timeout_s=_WAIT_S))
        await album.take(clerk, "two-not-sent")
        clerk.keys.type("o")
        await album.take(clerk, "two-other-gateway")
        await clerk.clear_sale(line)
        await self._settings_pages(clerk, album)
        trouble = ShopTrouble("portone.keys_missing")
        clerk.shell._show_troubles(_without(self.bench.app, trouble))
        await album.take(clerk, "two-out-of-order")
        clerk.shell.show_banner("", "warn")

    async def _settings_pages(self, clerk: Clerk, album: Album) -> None:
        clerk.keys.hit(Key.Key_F10)
        screen = clerk.shell.screen_of("settings")
        assert isinstance(screen, SettingsScreen)
        for name in (Section.GATEWAYS, Section.PORTONE):
            screen.show_section(name)
            await album.take(clerk, f"two-settings-{name.value}")
        clerk.keys.hit(ENTER)
        screen.portone.ask()
        await clerk.watch.until(lambda: not screen.portone.is_working(), _WAIT_S)
        await album.take(clerk, "two-settings-channels")
        screen.portone.pg.set_value("kcp.T0000")
        await album.take(clerk, "two-settings-test-channel")
        screen.discard()
        clerk.keys.hit(Key.Key_F2)


def _without(app: App, trouble: ShopTrouble) -> App:
    """Return a terminal whose second gateway cannot be used."""
    return dataclasses.replace(app, out_of_order=(GatewayTrouble("portone", trouble),))
