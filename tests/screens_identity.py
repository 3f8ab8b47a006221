"""Pictures of the identity check: every state a clerk can come to, by keys."""

from __future__ import annotations

import asyncio
import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt

from pos_app.domain.identity import IdentityTrouble
from pos_app.domain.instalments import InstalmentRule
from pos_app.domain.money import Won
from pos_app.domain.operators import Operator, Role
from pos_app.services.operators import OperatorEntry
from pos_app.services.sale_rules import SaleRules
from pos_app.ui.app import App, SetUp
from pos_app.ui.screens.identity.view import IdentityScreen, Phase
from tests.clerk_keys import ENTER, ESCAPE
from tests.clerk_lines import Line
from tests.clerk_watch import Refused
from tests.clerk_work import Clerk
from tests.helpers.fake_app import Bench, make_bench
from tests.helpers.fake_gateway import FakeGateway
from tests.helpers.fake_identity import RIGHT_CODE, refused
from tests.ui.screens.settings.owner import SETTINGS, desk_in

if TYPE_CHECKING:
    from tests.screens_album import Album

Key = Qt.Key
_WAIT_S = 10.0
_PEOPLE = (
    OperatorEntry("박점원", Role.CLERK, "1111"),
    OperatorEntry("이점장", Role.MANAGER, "2222"),
)
_LINE = {
    "amount": "450000",
    "product": "개업 화환",
    "buyer_name": "정하늘",
    "buyer_phone": "01012344410",
    "buyer_email": "",
    "card_number": "9410110000000073",
    "expiry": "0729",
    "birth_or_brn": "880715",
    "password2": "12",
    "months": "3",
}


class CheckingTerminal:
    """A terminal whose gateway checks identities, and whose shop wants a check above an amount."""

    practice = True

    def __init__(self, folder: Path) -> None:
        """Make it over fakes; a clerk works the counter."""
        self.bench: Bench = make_bench(
            folder / "checking",
            gateway=FakeGateway(identity_check=True, name="portone"),
            rules=SaleRules(InstalmentRule(), identity_above=Won(300_000)),
            operators=_PEOPLE,
        )
        self.bench.app.operators.current = Operator("박점원", Role.CLERK)
        self.set_up: SetUp = desk_in(folder / "checking-data", SETTINGS)

    async def open(self, _passphrase: str | None) -> App:
        """Hand the terminal over."""
        return self.bench.app

    async def tour(self, clerk: Clerk, album: Album) -> None:
        """Walk through every state."""
        await clerk.watch.until(lambda: clerk.watch.application.app, _WAIT_S)
        line = Line("sell", _LINE, timeout_s=_WAIT_S)
        try:
            await clerk.type_sale(line)
        except Refused:
            await album.take(clerk, "identity-sale-refused")
        clerk.keys.hit(Key.Key_F5)
        await album.take(clerk, "identity-typing")
        clerk.keys.type_all("900101")
        clerk.keys.type_all("3")
        for _carrier_and_way in range(2):
            clerk.keys.hit(ENTER)
        await album.take(clerk, "identity-mistake")
        await self._code(clerk, album)
        await self._ends(clerk, album)

    async def _code(self, clerk: Clerk, album: Album) -> None:
        """From the consent to a wrong code."""
        gateway = self.bench.gateway
        clerk.keys.hit(Key.Key_Backspace)
        clerk.keys.type_all("1")
        for _carrier_and_way in range(2):
            clerk.keys.hit(ENTER)
        await album.take(clerk, "identity-consent")
        gateway.hold_code = asyncio.Event()
        clerk.keys.hit(ENTER)
        await album.take(clerk, "identity-asking", at_once=True)
        gateway.hold_code.set()
        gateway.hold_code = None
        await self._until(clerk, Phase.CODE)
        self.bench.clock.pass_s(41)
        self._screen(clerk).code.tick()
        clerk.keys.type_all("1234")
        await album.take(clerk, "identity-code")
        clerk.keys.type_all("56")
        clerk.keys.hit(ENTER)
        await self._until(clerk, Phase.CODE)
        await album.take(clerk, "identity-wrong-code")
        self.bench.clock.pass_s(200)
        gateway.confirm_with(refused(IdentityTrouble.EXPIRED))
        clerk.keys.type_all("123456")
        clerk.keys.hit(ENTER)
        await self._until(clerk, Phase.TYPING)
        await album.take(clerk, "identity-expired")

    async def _ends(self, clerk: Clerk, album: Album) -> None:
        """Passed with another birth date, the sale that it stops, and passed with the same."""
        self.bench.gateway.born = dt.date(1990, 1, 1)
        await self._pass(clerk)
        await album.take(clerk, "identity-different")
        clerk.keys.hit(ENTER)
        await album.take(clerk, "identity-sale-different")
        clerk.shell.sale.last_look()
        clerk.keys.hit(ENTER)
        await clerk.watch.until(clerk.keys.dialog, _WAIT_S)
        await album.take(clerk, "identity-mismatch")
        clerk.keys.hit(ESCAPE)
        await clerk.watch.until(clerk.shell.sale.is_typing, _WAIT_S)
        self.bench.gateway.born = dt.date(1988, 7, 15)
        clerk.keys.hit(Key.Key_F5)
        clerk.keys.hit(Key.Key_R)
        clerk.keys.type_all("880715")
        clerk.keys.type_all("5")
        for _carrier_and_way in range(2):
            clerk.keys.hit(ENTER)
        await self._pass(clerk)
        await album.take(clerk, "identity-passed")
        clerk.keys.hit(ENTER)
        await album.take(clerk, "identity-sale-checked")
        await clerk.clear_sale(Line("sell", _LINE, timeout_s=_WAIT_S))

    async def _pass(self, clerk: Clerk) -> None:
        """From the last field to the end, with the right code."""
        screen = self._screen(clerk)
        if screen.phase is not Phase.CONSENT:
            clerk.keys.hit(ENTER)
        clerk.keys.hit(ENTER)
        await self._until(clerk, Phase.CODE)
        clerk.keys.type_all(RIGHT_CODE.decode())
        clerk.keys.hit(ENTER)
        await self._until(clerk, Phase.PASSED)

    async def _until(self, clerk: Clerk, phase: Phase) -> None:
        await clerk.watch.until(lambda: self._screen(clerk).phase is phase, _WAIT_S)

    def _screen(self, clerk: Clerk) -> IdentityScreen:
        screen = clerk.shell.screen_of("identity")
        assert isinstance(screen, IdentityScreen)
        return screen
