"""One whole demonstration at the real widgets, in practice mode, told line by line.

    python -m tests.demonstration --out DIR [--lang ko|en]

A sale in three instalments with its slip, a partial refund, a declined card, and an answer that is
lost and settles itself; all by keys, at a terminal of its own that is gone afterwards. Pictures and
the slip lie in DIR. Exit status 0 only if every payment ended as it should and both books agree.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from pos_app.bootstrap.terminal import Terminal, make_terminal
from pos_app.domain.record import PaymentState
from pos_app.logs import set_up_logging, shut_down_logging
from pos_app.practice import PracticeOptions, PracticeServer
from pos_app.ui.application import Application
from pos_app.ui.scope import TaskScope
from pos_app.ui.start import run_window
from pos_app.ui.text import LANGUAGES, use_language, won
from tests.clerk import opened
from tests.clerk_keys import picture_of
from tests.clerk_lines import Answer, Line
from tests.clerk_watch import Watch
from tests.clerk_work import Clerk

#: Cards of nobody; what the magic ones do is told in pos_app/practice/README.md.
_GOOD_CARD = "9410111122223333"
_LIMIT_EXCEEDED = "4000001100610005"
_CUT_AFTER_REFERENCE = "4000009000090004"
_WORDS = {
    "ko": ("꽃바구니", "홍길동", "한 송이가 모자랐음"),
    "en": ("Flower basket", "Gil-dong Hong", "One rose was missing"),
}


def main(argv: Sequence[str] | None = None) -> int:
    """Make the demonstration and return the exit status."""
    parser = argparse.ArgumentParser(prog="tests.demonstration")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR")
    parser.add_argument("--lang", choices=LANGUAGES, default="ko")
    arguments = parser.parse_args(argv)
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    out: Path = arguments.out.resolve()
    out.mkdir(parents=True, exist_ok=True)
    use_language(arguments.lang)
    with tempfile.TemporaryDirectory(prefix="demonstration-") as folder:
        terminal = make_terminal(Path(folder), practice=True)
        root = terminal.set_up.places.root
        root.mkdir(mode=0o700)
        set_up_logging(root / "logs", debug=False)
        show = Demonstration(terminal, out, arguments.lang)
        try:
            run_window(terminal, scheme="light", on_built=show.begin)
        finally:
            shut_down_logging()
        if show.ended:
            show.compare_books(asyncio.run(_net_of_gateway(terminal)))
    return 0 if show.ended and not show.wrong else 1


async def _net_of_gateway(terminal: Terminal) -> int:
    """Return what the practice gateway's own book holds, in won, once the terminal is closed."""
    book = terminal.set_up.places.practice_gateway / "book.jsonl"
    async with PracticeServer(PracticeOptions(book_path=book)) as server:
        totals = server.book()["totals"]
    assert isinstance(totals, dict)
    return int(totals["net"])


class Demonstration:
    """The clerk's day in one minute.

    Attributes:
        wrong: what did not come as it should.
        ended: whether the day was worked to its end.
    """

    def __init__(self, terminal: Terminal, out: Path, language: str) -> None:
        """Put pictures and slip into `out`."""
        self._terminal = terminal
        self._out = out
        self._product, self._buyer, self._reason = _WORDS[language]
        self._pictures = 0
        self._net = 0
        self.wrong: list[str] = []
        self.ended = False

    def begin(self, application: Application) -> None:
        """Begin as soon as the loop runs."""
        watch = Watch(application)
        scope = TaskScope(application)
        asyncio.get_event_loop().call_soon(lambda: scope.start(self._work(watch), "demonstration"))

    async def _work(self, watch: Watch) -> None:
        clerk = Clerk(watch)
        try:
            if await opened(watch, clerk):
                await self._sale(clerk)
                await self._refund(clerk)
                await self._decline(clerk)
                await self._lost_answer(clerk)
                await self._history(clerk)
                self._net = _net_of_shop(watch)
                self.ended = True
        finally:
            watch.shell.close()

    # -- the day -----------------------------------------------------------------------------------

    async def _sale(self, clerk: Clerk) -> None:
        _tell("1. A phone order: 55,000 won in three instalments.")
        line = self._line(_GOOD_CARD, amount="55000", months="3")
        await clerk.type_sale(line)
        await self._picture(clerk, "last-look", "everything typed, the last look before charging")
        self._check("APPROVED", await clerk.charge(line))
        await self._picture(clerk, "approved", "the approval and its slip")
        saved = await clerk.do(Line("save_slip", {}))
        slips = sorted(self._terminal.set_up.places.slips.glob("*.pdf"))
        if not slips:
            self.wrong.append(f"no slip was saved: {saved.message}")
            return
        slip = shutil.copy(slips[-1], self._out / "slip.pdf")
        _tell(f"   The slip as PDF: {slip}")

    async def _refund(self, clerk: Clerk) -> None:
        _tell("2. The customer gets 20,000 won of it back.")
        texts = {"order_no": "@1", "amount": "20000", "reason": self._reason}
        self._check("DONE", await clerk.refund(Line("refund", texts)))
        await self._picture(
            clerk, "refunded", "the refund: what went back, what is left, and when it is there"
        )

    async def _decline(self, clerk: Clerk) -> None:
        _tell("3. Another order; the card's limit is exceeded.")
        answer = await clerk.sell(self._line(_LIMIT_EXCEEDED, amount="30000"))
        self._check("DECLINED", answer)
        await self._picture(clerk, "declined", "the refusal, in words for the customer")

    async def _lost_answer(self, clerk: Clerk) -> None:
        _tell("4. The next charge reaches the gateway, but its answer is cut off on the way.")
        answer = await clerk.sell(self._line(_CUT_AFTER_REFERENCE, amount="88000"))
        self._check("UNKNOWN", answer)
        await self._picture(clerk, "unknown", "nobody knows: the screen says not to charge again")
        _tell("   The terminal asks the gateway what became of it; nobody touches a key.")
        texts = {"order_no": answer.order_no}
        until = frozenset({"APPROVED", "REVERSED", "NOT_CHARGED"})
        self._check("APPROVED", await clerk.wait(Line("wait", texts, until)))
        await self._picture(clerk, "settled", "settled by itself, charged once")

    async def _history(self, clerk: Clerk) -> None:
        _tell("5. The day's payments.")
        await clerk.show(Line("show", {"screen": "history"}))
        await self._picture(clerk, "history", "the history")

    def compare_books(self, net_of_gateway: int) -> None:
        """Compare what the shop and the gateway believe, to the won."""
        both = f"the shop's books {won(self._net)} won, the gateway's {won(net_of_gateway)} won"
        if self._net != net_of_gateway:
            self.wrong.append(both)
        _tell(f"6. What is left of it all: {both}.")
        for words in self.wrong:
            _tell(f"NOT AS IT SHOULD BE: {words}")
        if not self.wrong:
            _tell("Everything went as it should.")

    # -- telling -----------------------------------------------------------------------------------

    def _line(self, card: str, **more: str) -> Line:
        """Return a sale of that card."""
        texts = {
            "product": self._product,
            "buyer_name": self._buyer,
            "buyer_phone": "01012345678",
            "card_number": card,
            "expiry": "0729",
            "birth_or_brn": "900101",
            "password2": "12",
            **more,
        }
        return Line("sell", texts)

    def _check(self, expected: str, answer: Answer) -> None:
        """Tell what happened; remember it if it should not have."""
        number = f", approval number {answer.approval_no}" if answer.approval_no else ""
        _tell(f"   {answer.state}{number}" + (f': "{answer.message}"' if answer.message else ""))
        if answer.state != expected:
            self.wrong.append(f"{answer.did} ended {answer.state}, not {expected}")

    async def _picture(self, clerk: Clerk, name: str, words: str) -> None:
        """Save a picture of the window and say where it lies."""
        await clerk.watch.quiet(10)
        self._pictures += 1
        path = self._out / f"{self._pictures:02d}-{name}.png"
        if not picture_of(clerk.shell).save(str(path)):
            self.wrong.append(f"{path} cannot be written")
        _tell(f"   Picture of {words}: {path}")


def _net_of_shop(watch: Watch) -> int:
    """Return what the shop believes to have taken, in won."""
    approved = [r for r in watch.records.values() if r.state is PaymentState.APPROVED]
    return sum(record.balance.amount for record in approved)


def _tell(words: str) -> None:
    print(words, flush=True)


if __name__ == "__main__":
    sys.exit(main())
