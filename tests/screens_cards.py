"""The way through the screens of cards on file, put before the camera by `tests/screens.py`."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from PySide6.QtCore import Qt

from pos_app.domain import answers as a
from pos_app.domain.card import Card, parse_card_number, parse_expiry
from pos_app.domain.card_facts import CardRecord
from pos_app.domain.instalments import Months
from pos_app.domain.money import ZERO, Won
from pos_app.domain.order import Order
from pos_app.services.card_desk import Consent, KeepRequest
from pos_app.services.schedule_desk import PlanRequest
from pos_app.ui.app import App, SetUp
from pos_app.ui.screens.cards.view import CardsScreen
from tests.clerk_keys import CONTROL, ENTER, ESCAPE
from tests.clerk_work import Clerk
from tests.helpers.fake_app import Bench, make_bench
from tests.helpers.fake_cards import REFUSAL, FakeCardGateway
from tests.screens_album import Album
from tests.ui.screens.settings.owner import SETTINGS, desk_in

Key = Qt.Key
_SHIFT = Qt.KeyboardModifier.ShiftModifier
_WAIT_S = 10.0
_CONSENT = Consent("1", "ko")
_CUSTOMERS = (
    ("정하늘", "01012344410", b"9410110000000073"),
    ("아나스타시야 알렉산", "01098765432", b"4111111111111111"),
    ("박서연", "0212345678", b"5555555555554444"),
    ("이도윤", "01055556666", b"9410110000000081"),
)


class CardTerminal:
    """A terminal that keeps cards; fits `ui/app.Starter`."""

    practice = True

    def __init__(self, folder: Path) -> None:
        """Make it over fakes, with a set-up desk in `folder`."""
        self.gateway = FakeCardGateway()
        self.bench: Bench = make_bench(folder / "cards", gateway=self.gateway)
        self.set_up: SetUp = desk_in(folder / "cards-data", SETTINGS)

    async def open(self, _passphrase: str | None) -> App:
        """Keep a few cards and plan a few payments, then hand the terminal over."""
        cards = [await self._keep(*who) for who in _CUSTOMERS]
        for days, amount, product in (
            (3, 55_000, "꽃 구독"),
            (3, 120_000, "화환"),
            (9, 33_000, "난"),
        ):
            await self._plan(cards[0], days, amount, product)
        await self._plan(cards[1], 17, 9_999_999_999, "아주 긴 상품 이름을 가진 정기 배송 꽃다발")
        return self.bench.app

    async def _keep(self, name: str, phone: str, number: bytes) -> CardRecord:
        today = self.bench.app.sale_desk.today()
        card = Card(
            parse_card_number(bytearray(number)),
            parse_expiry(bytearray(b"0729"), today),
            None,
            None,
        )
        request = KeepRequest(name, phone, "portone", _CONSENT)
        return await self.bench.app.card_desk.keep(request, card)

    async def _plan(self, card: CardRecord, days: int, amount: int, product: str) -> None:
        order = Order(Won(amount), ZERO, Months(0), product, card.customer_name)
        at = self.bench.app.schedule_desk.now() + dt.timedelta(days=days)
        await self.bench.app.schedule_desk.plan(PlanRequest(card.stream_id, order, at))

    # -- the way -----------------------------------------------------------------------------------

    async def tour(self, clerk: Clerk, album: Album) -> None:
        """Walk through everything."""
        await clerk.watch.until(lambda: clerk.watch.application.app, _WAIT_S)
        self.bench.clock.hold_sleepers = True
        clerk.keys.hit(Key.Key_F2, _SHIFT)
        await album.take(clerk, "cards-list")
        screen = self._screen(clerk)
        clerk.watch.stirred_by(screen.shown)
        clerk.keys.type_all("ㅈㅎㄴ")
        await clerk.watch.until(lambda: len(screen.list.table.model_rows()) == 1, _WAIT_S)
        await album.take(clerk, "cards-found")
        clerk.keys.hit(ENTER)
        await self._on(clerk, screen.card_page)
        await album.take(clerk, "card")
        await self._charging(clerk, album)
        await self._planning(clerk, album)
        await self._keeping(clerk, album)
        await self._calendar(clerk, album)
        await self._deleting(clerk, album)

    def _screen(self, clerk: Clerk) -> CardsScreen:
        screen = clerk.shell.screen_of("cards")
        assert isinstance(screen, CardsScreen)
        return screen

    async def _charging(self, clerk: Clerk, album: Album) -> None:
        clerk.keys.type("c")
        clerk.keys.type_all("88000")
        clerk.keys.hit(ENTER)
        clerk.keys.type_all("생일 꽃바구니")
        clerk.keys.hit(ENTER)
        await album.take(clerk, "card-charge")
        clerk.keys.hit(ENTER)
        clerk.keys.hit(ENTER)
        await clerk.watch.until(lambda: clerk.shell.current_screen() == "sale", _WAIT_S)
        await album.take(clerk, "card-charged")

    async def _planning(self, clerk: Clerk, album: Album) -> None:
        await self._open_first(clerk)
        clerk.keys.type("s")
        await album.take(clerk, "plan-empty")
        clerk.keys.type_all("44000")
        clerk.keys.hit(ENTER)
        clerk.keys.type_all("정기 배송")
        for _months_calendar in range(2):
            clerk.keys.hit(ENTER)
        for _ in range(6):
            clerk.keys.hit(Key.Key_Right)
        await album.take(clerk, "plan-day")
        for _time_button in range(3):
            clerk.keys.hit(ENTER)
        await self._on(clerk, self._screen(clerk).plan_page)
        await album.take(clerk, "plan-scheduled")
        clerk.keys.type("m")
        clerk.keys.hit(Key.Key_Down)
        await album.take(clerk, "plan-move")
        self.gateway.lose("reschedule")
        for _calendar_time_button in range(3):
            clerk.keys.hit(ENTER)
        await self._on(clerk, self._screen(clerk).plan_page)
        await album.take(clerk, "plan-move-unknown")
        self.bench.clock.wake()
        page = self._screen(clerk).plan_page
        await clerk.watch.until(lambda: "move" in page.side.offered(), _WAIT_S)
        await album.take(clerk, "plan-moved")
        clerk.keys.type("x")
        await clerk.watch.until(clerk.keys.dialog, _WAIT_S)
        await album.take(clerk, "plan-cancel-question")
        clerk.keys.hit(ENTER)
        clerk.keys.hit(ENTER)
        await clerk.watch.until(lambda: clerk.keys.dialog() is None, _WAIT_S)
        await album.take(clerk, "plan-cancelled")

    async def _open_first(self, clerk: Clerk) -> None:
        clerk.keys.hit(Key.Key_F2, _SHIFT)
        screen = self._screen(clerk)
        while screen.page() is not screen.list:
            clerk.keys.hit(ESCAPE)
        screen.list.search_field.clear_field()
        clerk.keys.type_all("ㅈㅎㄴ")
        await clerk.watch.quiet(_WAIT_S)
        await clerk.watch.until(lambda: len(screen.list.table.model_rows()) == 1, _WAIT_S)
        clerk.keys.hit(ENTER)
        await self._on(clerk, screen.card_page)

    async def _on(self, clerk: Clerk, page: object) -> None:
        screen = self._screen(clerk)
        await clerk.watch.until(lambda: screen.page() is page and not screen.busy, _WAIT_S)

    async def _keeping(self, clerk: Clerk, album: Album) -> None:
        screen = self._screen(clerk)
        while screen.page() is not screen.list:
            clerk.keys.hit(ESCAPE)
        screen.list.take_focus()
        clerk.keys.hit(Key.Key_N, CONTROL)
        clerk.keys.type_all("최지우")
        clerk.keys.hit(ENTER)
        clerk.keys.type_all("01033334444")
        clerk.keys.hit(ENTER)
        await album.take(clerk, "keep-consent")
        clerk.keys.hit(ENTER)
        clerk.keys.type_all("5105105105105100")
        clerk.keys.type_all("0729")
        await album.take(clerk, "keep-card")
        clerk.keys.type_all("900101")
        clerk.keys.hit(ENTER)
        clerk.keys.type_all("12")
        clerk.keys.type_all("330000")
        await album.take(clerk, "keep-and-charge")
        screen.keep_page.amount.clear_field()
        self.gateway.say("keep", a.Refused(REFUSAL))
        clerk.keys.hit(ENTER)
        clerk.keys.hit(ENTER)
        await self._on(clerk, screen.card_page)
        await album.take(clerk, "keep-refused")

    async def _calendar(self, clerk: Clerk, album: Album) -> None:
        clerk.keys.hit(ESCAPE)
        clerk.keys.hit(Key.Key_L, CONTROL)
        for _ in range(3):
            clerk.keys.hit(Key.Key_Right)
        await album.take(clerk, "calendar")

    async def _deleting(self, clerk: Clerk, album: Album) -> None:
        clerk.keys.hit(ESCAPE)
        await self._open_first(clerk)
        clerk.keys.type("d")
        await clerk.watch.until(clerk.keys.dialog, _WAIT_S)
        await album.take(clerk, "forget-with-plans")
        clerk.keys.hit(ESCAPE)
        clerk.keys.hit(ESCAPE)
        screen = self._screen(clerk)
        screen.list.search_field.clear_field()
        clerk.keys.type_all("ㅇㄷㅇ")
        await clerk.watch.quiet(_WAIT_S)
        await clerk.watch.until(lambda: len(screen.list.table.model_rows()) == 1, _WAIT_S)
        clerk.keys.hit(ENTER)
        await self._on(clerk, screen.card_page)
        clerk.keys.type("d")
        await clerk.watch.until(clerk.keys.dialog, _WAIT_S)
        await album.take(clerk, "forget-question")
        clerk.keys.hit(ENTER)
        clerk.keys.hit(ENTER)
        await clerk.watch.until(lambda: clerk.keys.dialog() is None, _WAIT_S)
        await album.take(clerk, "forgotten")
