"""Pictures of what does not agree with a gateway: the list, its page, two people, the end."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt

from pos_app.domain.money import Won
from pos_app.domain.operators import Operator, Role
from pos_app.domain.stray_facts import StrayRecord, StrayWhy
from pos_app.services.operators import OperatorEntry
from pos_app.ui.app import App, SetUp
from pos_app.ui.screens.person.view import PersonScreen
from tests.clerk_keys import ENTER, ESCAPE
from tests.clerk_work import Clerk
from tests.helpers.fake_app import Bench, make_bench
from tests.helpers.listing_gateway import TwinGateway
from tests.screens_album import Album
from tests.ui.screens.person.counter import (
    foreign_stray,
    found_about,
    lost_charge,
    refused_stray,
)
from tests.ui.screens.settings.owner import SETTINGS, desk_in

Key = Qt.Key
_WAIT_S = 30.0
_PEOPLE = (
    OperatorEntry("박점원", Role.CLERK, "1111"),
    OperatorEntry("이점장", Role.MANAGER, "2222"),
)
_LONG = "MALL-ORDER-NUMBER-OF-FORTY-CHARACTERS-01"
_LONG_REF = "imp_482001001234567890"
_MOST = 9_999_999_999


class StrayTerminal:
    """A terminal with a payment and findings that wait for a person; fits `ui/app.Starter`."""

    practice = False

    def __init__(self, folder: Path) -> None:
        """Make it over fakes, with a set-up desk in `folder`."""
        self.gateway = TwinGateway(by_order=False, name="kcp")
        self.bench: Bench = make_bench(
            folder / "strays", gateway=self.gateway, environment="live", operators=_PEOPLE
        )
        self.bench.app.operators.current = Operator("박점원", Role.CLERK)
        self.set_up: SetUp = desk_in(folder / "strays-data", SETTINGS)
        self._strays: dict[str, StrayRecord] = {}

    async def open(self, _passphrase: str | None) -> App:
        """Lose an answer, charge an order twice, and find an order nobody knows."""
        await lost_charge(self.bench)
        self.bench.clock.pass_s(600)
        self._strays["second"] = await refused_stray(self.bench, self.gateway)
        self.bench.clock.pass_s(600)
        self._strays["foreign"] = await foreign_stray(self.bench)
        return self.bench.app

    async def tour(self, clerk: Clerk, album: Album) -> None:
        """Walk through every state."""
        await clerk.watch.until(lambda: clerk.watch.application.app, _WAIT_S)
        clerk.keys.hit(Key.Key_F9)
        await album.take(clerk, "strays-list")
        await self._choose(clerk, "second")
        await album.take(clerk, "strays-second")
        clerk.keys.type("w")
        await album.take(clerk, "strays-copied")
        await self._again(clerk, album)
        await self._close(clerk, album)
        await self._choose(clerk, "foreign")
        await album.take(clerk, "strays-foreign")
        clerk.keys.hit(ESCAPE)
        await self._longest(clerk, album)

    async def _again(self, clerk: Clerk, album: Album) -> None:
        """A clerk asks for the cancel once more, which takes a second person."""
        clerk.keys.type("2")
        await album.take(clerk, "strays-again-second")
        clerk.keys.hit(ESCAPE)

    async def _close(self, clerk: Clerk, album: Album) -> None:
        clerk.keys.type("1")
        await album.take(clerk, "strays-evidence")
        clerk.keys.hit(ENTER)
        await album.take(clerk, "strays-evidence-empty")
        clerk.keys.type_all("사이트에서 직접 취소함, 11/21 15:02")
        clerk.keys.hit(ENTER)
        await album.take(clerk, "strays-second-person")
        clerk.keys.type_all("9999")
        clerk.keys.hit(ENTER)
        await album.take(clerk, "strays-wrong-pin")
        clerk.keys.type_all("2222")
        clerk.keys.hit(ENTER)
        await album.take(clerk, "strays-closed")
        clerk.keys.hit(ENTER)
        await clerk.watch.quiet(_WAIT_S)

    async def _longest(self, clerk: Clerk, album: Album) -> None:
        """Every kind of finding, the largest amount and the longest number."""
        twin = await refused_stray(self.bench, self.gateway, amount=_MOST, ref=_LONG_REF)
        self._strays["most"] = twin
        known = twin.found.payment_id
        for why in (StrayWhy.MISSING, StrayWhy.CANCELLED, StrayWhy.ABOVE):
            self._strays[why.value] = await self.bench.app.strays.note(
                found_about(self.bench, why, amount=Won(_MOST), payment_id=known)
            )
        self._strays["long"] = await foreign_stray(self.bench, _LONG, _LONG_REF)
        clerk.keys.hit(Key.Key_F2)
        clerk.keys.hit(Key.Key_F9)
        await album.take(clerk, "strays-every-kind")
        for name in ("most", "missing", "cancelled", "above", "long"):
            await self._choose(clerk, name)
            await album.take(clerk, f"strays-{name}")
            clerk.keys.hit(ESCAPE)
            await clerk.watch.quiet(_WAIT_S)
        await self._choose(clerk, "long")
        clerk.keys.type("1")
        clerk.keys.type_all(
            "쇼핑몰 관리자 화면의 주문 목록에서 같은 금액과 시간의 주문을 찾았음. " * 6
        )
        clerk.keys.hit(ENTER)
        await album.take(clerk, "strays-long-second-person")

    async def _choose(self, clerk: Clerk, name: str) -> None:
        """Choose a finding from the list, by the arrows."""
        await clerk.watch.quiet(_WAIT_S)
        table = self._screen(clerk).list.table
        rows = [row.id for row in table.model_rows()]
        for _row in rows:
            clerk.keys.hit(Key.Key_Up)
        for _row in rows[: rows.index(self._strays[name].stream_id)]:
            clerk.keys.hit(Key.Key_Down)
        clerk.keys.hit(ENTER)
        await clerk.watch.quiet(_WAIT_S)

    def _screen(self, clerk: Clerk) -> PersonScreen:
        screen = clerk.shell.screen_of("person")
        assert isinstance(screen, PersonScreen)
        return screen
