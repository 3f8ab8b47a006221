"""The way through every screen and state, and what is put before the camera."""

from __future__ import annotations

import asyncio
from pathlib import Path

from PySide6.QtCore import Qt

from pos_app.bootstrap.set_up import SetUpDesk
from pos_app.config.paths import find_places
from pos_app.domain import answers as a
from pos_app.domain.errors import UserMistake
from pos_app.domain.instalments import Months
from pos_app.domain.money import ZERO, Won
from pos_app.domain.order import Order
from pos_app.ui.app import App, SetUp
from tests.clerk_keys import ENTER, ESCAPE
from tests.clerk_lines import Line
from tests.clerk_watch import Refused
from tests.clerk_work import Clerk
from tests.helpers.fake_app import Bench, make_bench
from tests.helpers.fake_gateway import FakeGateway
from tests.helpers.keyrings import memory_keychain
from tests.screens_album import Album
from tests.ui.screens.settings.owner import SETTINGS, desk_in
from tests.unit.services.desk import charge

Key = Qt.Key
_LIMIT = a.Refusal(
    "CC61", "거래금액 한도 초과", "한도를 넘었습니다", "Over the limit", a.Advice.SMALLER_AMOUNT
)
_NO_PART = a.Refusal(
    "8141", "부분취소 불가", "부분 취소가 안 됩니다", "No partial cancel", a.Advice.NOTHING
)
_LINE = {
    "product": "꽃바구니",
    "buyer_name": "홍길동",
    "buyer_phone": "01012345678",
    "buyer_email": "hong@example.kr",
    "card_number": "9410110000000073",
    "expiry": "0729",
    "birth_or_brn": "900101",
    "password2": "12",
    "months": "3",
}
_ORDERS = (
    ("정하늘", "개업 화분", 88_000, 3),
    (
        "아나스타시야 알렉산드로브나",
        "아주 긴 상품 이름을 가진 특별 주문 화환과 꽃바구니 세트",
        9_999_999_999,
        12,
    ),
    ("박서연", "장미 50송이", 120_000, 0),
    ("이도윤", "돌잔치 화환 (대형)", 330_000, 6),
    ("최지우", "생일 꽃바구니", 55_000, 0),
    ("김민준", "프리저브드 플라워 박스", 64_000, 0),
)
_WAIT_S = 10.0


class FullTerminal:
    """A terminal with a day behind it; fits `ui/app.Starter`."""

    practice = True

    def __init__(self, folder: Path) -> None:
        """Make it over fakes, with a set-up desk in `folder`."""
        self.bench: Bench = make_bench(folder / "bench", gateway=FakeGateway(by_order=True))
        self.set_up: SetUp = desk_in(folder / "data", SETTINGS)

    async def open(self, _passphrase: str | None) -> App:
        """Sell a little, then hand the terminal over."""
        for name, product, amount, months in _ORDERS:
            self.bench.clock.pass_s(1800)
            order = Order(Won(amount), ZERO, Months(months), product, name, "01012344410", "")
            await charge(self.bench, order)
        return self.bench.app

    async def tour(self, clerk: Clerk, album: Album) -> None:
        """Walk through everything."""
        await clerk.watch.until(lambda: clerk.watch.application.app, _WAIT_S)
        self.bench.clock.hold_sleepers = True
        await self._typing(clerk, album)
        await self._outcomes(clerk, album)
        await self._refunds(clerk, album)
        await self._looking_back(clerk, album)
        await self._guided_job(clerk, album)
        await self._settings(clerk, album)

    # -- the sale ----------------------------------------------------------------------------------

    def _line(self, amount: object, **more: str) -> Line:
        return Line("sell", {**_LINE, "amount": str(amount), **more}, timeout_s=_WAIT_S)

    async def _typing(self, clerk: Clerk, album: Album) -> None:
        await album.take(clerk, "sale-empty")
        line = self._line(88_100)
        await clerk.type_sale(line)
        await album.take(clerk, "sale-last-look")
        clerk.keys.hit(ESCAPE)
        await album.take(clerk, "sale-typed")
        clerk.keys.hit(ESCAPE)
        await clerk.watch.until(clerk.keys.dialog, _WAIT_S)
        await album.take(clerk, "sale-clear-question")
        await clerk.close_dialogs(line)
        clerk.keys.hit(Key.Key_F7)
        await album.take(clerk, "sale-parked")
        clerk.keys.hit(Key.Key_F7)
        await clerk.watch.until(clerk.keys.dialog, _WAIT_S)
        await album.take(clerk, "sale-parking")
        await clerk.close_dialogs(line)
        await self._mistake(clerk, album, "expiry", self._line(77_000, expiry="2907"))
        await self._mistake(clerk, album, "amount", self._line(1.5))
        await self._mistake(clerk, album, "months", self._line(30_000))

    async def _mistake(self, clerk: Clerk, album: Album, name: str, line: Line) -> None:
        try:
            await clerk.type_sale(line)
        except Refused:
            await album.take(clerk, f"sale-mistake-{name}")
        await clerk.clear_sale(line)

    async def _outcomes(self, clerk: Clerk, album: Album) -> None:
        gateway, line = self.bench.gateway, self._line(88_200)
        gateway.hold = asyncio.Event()
        charging = asyncio.ensure_future(clerk.sell(line))
        await gateway.reached.wait()
        await _settled_down(clerk)
        await album.take(clerk, "sale-waiting", at_once=True)
        gateway.hold.set()
        gateway.hold = None
        await charging
        await album.take(clerk, "sale-approved")
        await self._ask_again(clerk, album, line)
        for name, answer in (
            ("declined", a.Declined(_LIMIT)),
            ("not-sent", a.NotSent("dns")),
            ("unknown", a.NoAnswer("timeout")),
        ):
            gateway.answer_with(answer)
            await clerk.sell(self._line(71_000 + len(name)))
            await album.take(clerk, f"sale-{name}")
        gateway.answer_with(a.NoAnswer("cut", "26112114320009"), charged=True)
        await clerk.sell(self._line(72_000))
        await album.take(clerk, "sale-unknown-with-reference")
        clerk.keys.hit(Key.Key_C)
        await clerk.watch.until(clerk.keys.dialog, _WAIT_S)
        await album.take(clerk, "sale-cancel-if-found")
        await clerk.close_dialogs(line)
        gateway.answer_with(a.Mismatched("26112114320010", "amount", "73000", "73001"))
        gateway.cancel_with(a.NoAnswer("timeout"))
        await clerk.sell(self._line(73_000))
        await album.take(clerk, "sale-reversing")

    async def _ask_again(self, clerk: Clerk, album: Album, line: Line) -> None:
        """The same card and amount once more."""
        await clerk.type_sale(line)
        clerk.keys.hit(ENTER)
        await clerk.watch.until(clerk.keys.dialog, _WAIT_S)
        await album.take(clerk, "sale-duplicate")
        await clerk.close_dialogs(line)
        await clerk.clear_sale(line)

    # -- refunds -----------------------------------------------------------------------------------

    async def _refunds(self, clerk: Clerk, album: Album) -> None:
        clerk.keys.hit(Key.Key_F2)
        clerk.keys.hit(Key.Key_F4)
        await album.take(clerk, "refund-list")
        screen = clerk.watch.refund_screen()
        clerk.keys.hit(ENTER)
        await album.take(clerk, "refund-amount")
        clerk.keys.type_all("99999999")
        await album.take(clerk, "refund-too-much")
        # After a refusal the balance is looked up first, so what follows it is of another payment.
        first, second = (record.order_no for record in [*screen.form._records.values()][:2])
        for name, number, answer in (
            ("done", first, None),
            ("refused", first, a.CancelRefused(_NO_PART)),
            ("not-sent", second, a.NotSent("dns")),
            ("unknown", second, a.NoAnswer("timeout")),
        ):
            if answer is not None:
                self.bench.gateway.cancel_with(answer)
            line = {"order_no": number, "amount": "20000", "reason": "한 송이 시듦"}
            await clerk.refund(Line("refund", line))
            await album.take(clerk, f"refund-{name}")

    # -- looking back ------------------------------------------------------------------------------

    async def _looking_back(self, clerk: Clerk, album: Album) -> None:
        clerk.keys.hit(Key.Key_F3)
        await album.take(clerk, "history")
        clerk.keys.type_all("없는이름")
        await album.take(clerk, "history-nothing")
        clerk.keys.hit(ESCAPE)
        await clerk.watch.quiet(_WAIT_S)
        clerk.keys.type_all("ㅈㅎㄴ")
        await album.take(clerk, "history-initials")
        for name in ("history-payment", "history-slip"):
            clerk.keys.hit(ENTER)
            await album.take(clerk, name)
        clerk.keys.hit(Key.Key_F1)
        await album.take(clerk, "help")
        clerk.keys.hit(Key.Key_Down)
        await album.take(clerk, "help-next")

    # -- the guided job ----------------------------------------------------------------------------

    async def _guided_job(self, clerk: Clerk, album: Album) -> None:
        clerk.keys.hit(Key.Key_F2)
        clerk.keys.hit(Key.Key_F9)
        await album.take(clerk, "person-list")
        for _reversal_and_charge_with_reference in range(2):
            clerk.keys.hit(Key.Key_Down)
        for name in ("site", "search", "see"):
            clerk.keys.hit(ENTER)
            await album.take(clerk, f"person-{name}")
        clerk.keys.type("1")
        await album.take(clerk, "person-reference")
        clerk.keys.hit(ESCAPE)
        clerk.keys.type("2")
        await album.take(clerk, "person-evidence")
        clerk.keys.type_all("거래조회에 없음")
        clerk.keys.hit(ENTER)
        await album.take(clerk, "person-too-early")
        self.bench.clock.pass_s(3600)
        clerk.keys.hit(ENTER)
        await album.take(clerk, "person-second")
        clerk.keys.type_all("이점장")
        clerk.keys.hit(ENTER)
        await album.take(clerk, "person-ended")

    # -- settings ----------------------------------------------------------------------------------

    async def _settings(self, clerk: Clerk, album: Album) -> None:
        clerk.keys.hit(Key.Key_F10)
        for section in range(9):
            await album.take(clerk, f"settings-{section + 1}")
            clerk.keys.hit(Key.Key_Down)
        clerk.shell.show_banner("", "warn")


class FirstTerminal:
    """A terminal before its first set-up."""

    practice = False

    def __init__(self, folder: Path) -> None:
        """Make it in an empty folder."""
        chain = memory_keychain()
        places = find_places(folder / "first", practice=False)
        self.set_up: SetUp = SetUpDesk(places, keychain=lambda: chain)

    async def open(self, _passphrase: str | None) -> App:
        """Say that nothing is there yet."""
        raise UserMistake("settings.missing", folder="")

    async def tour(self, clerk: Clerk, album: Album) -> None:
        """Walk through the steps as far as typing goes."""
        at_first = clerk.shell
        await clerk.watch.until(lambda: at_first.current_screen() == "first_start", _WAIT_S)
        await album.take(clerk, "first-language")
        clerk.keys.hit(ENTER)
        await album.take(clerk, "first-shop")
        shop = ("봄날꽃집", "김봄날", "1208147521", "021234567", "서울 종로구 꽃길 7", "")
        for words in shop:
            clerk.keys.type_all(words)
            clerk.keys.hit(ENTER)
        await album.take(clerk, "first-gateways")
        clerk.keys.hit(ENTER)
        await album.take(clerk, "first-gateway")
        clerk.keys.type_all("ab123")
        clerk.keys.hit(ENTER)
        clerk.keys.hit(ENTER)
        await album.take(clerk, "first-certificate")


class LockedTerminal:
    """A terminal whose vault wants a passphrase."""

    practice = False

    def __init__(self, folder: Path) -> None:
        """Make it; nothing is opened."""
        self.set_up: SetUp = desk_in(folder / "locked", SETTINGS)
        self._asked = 0

    async def open(self, passphrase: str | None) -> App:
        """Ask for a passphrase, then say that it was wrong."""
        code = "vault.passphrase_needed" if passphrase is None else "vault.passphrase_wrong"
        raise UserMistake(code)

    async def tour(self, clerk: Clerk, album: Album) -> None:
        """Be asked, be wrong, give up."""
        first = await clerk.watch.until(clerk.keys.dialog, _WAIT_S)
        await album.take(clerk, "passphrase")
        clerk.keys.type_all("wrong")
        clerk.keys.hit(ENTER)
        await clerk.watch.until(lambda: clerk.keys.dialog() not in {None, first}, _WAIT_S)
        await album.take(clerk, "passphrase-wrong")
        clerk.keys.hit(ESCAPE)


async def _settled_down(clerk: Clerk) -> None:
    """Let the news of the charge that is on its way reach the window."""
    sale = clerk.shell.sale
    await clerk.watch.until(sale.outcome.record, _WAIT_S)
