"""A counter in processes of its own: a shop's data folder, a clerk at its window, both books.

Nothing of the program is imported here: what a journey knows it has read from standard output,
from `export` and from the gateway's own book.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.journeys.commands.processes import (
    RUN_TIMEOUT_S,
    Done,
    Gateway,
    environment,
    pos_app,
)

#: Cards nobody has: the first is approved, the magic ones do what practice/README.md says.
CARD = "9410111122223333"
OTHER_CARD = "6212345678901234"
LIMIT_EXCEEDED = "4000001100610005"
#: Longer than a single line may take (tests/clerk_lines.py), so that the clerk itself says so.
CLERK_TIMEOUT_S = 240.0
Line = Mapping[str, object]
Answered = dict[str, str]


def sell(amount: object = 55000, card: str = CARD, **more: object) -> dict[str, object]:
    """Return a line that sells, by the terminal's first gateway unless `gateway` names one."""
    return {
        "do": "sell",
        "amount": amount,
        "tax_free": 0,
        "product": "꽃바구니",
        "buyer_name": "홍길동",
        "buyer_phone": "01012345678",
        "buyer_email": "",
        "card_number": card,
        "expiry": "0729",
        "birth_or_brn": "900101",
        "password2": "12",
        "months": 0,
        **more,
    }


def refund(order_no: str, amount: int, **more: object) -> dict[str, object]:
    """Return a line that refunds."""
    return {"do": "refund", "order_no": order_no, "amount": amount, "reason": "고객 변심", **more}


def wait(order_no: str, *until: str, **more: object) -> dict[str, object]:
    """Return a line that waits."""
    return {"do": "wait", "order_no": order_no, "until": list(until), "timeout_s": 60, **more}


class Clerk:
    """A scripted clerk that is told one line after the other."""

    def __init__(self, process: subprocess.Popen[bytes], errors: Path) -> None:
        """Talk to `process`, whose standard error goes into the file `errors`."""
        self.process = process
        self._errors = errors
        self.said: list[bytes] = []

    def tell(self, line: Line) -> None:
        """Hand one line over."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(line, ensure_ascii=False).encode() + b"\n")
        self.process.stdin.flush()

    def hear(self) -> Answered:
        """Return the next answer."""
        assert self.process.stdout is not None
        said = self.process.stdout.readline()
        assert said, f"the clerk has ended: {self._errors.read_text(encoding='utf-8')[-2000:]}"
        self.said.append(said)
        answer: Answered = json.loads(said)
        return answer

    def do(self, *lines: Line) -> list[Answered]:
        """Hand lines over, one at a time, and return their answers."""
        answers = []
        for line in lines:
            self.tell(line)
            answers.append(self.hear())
        return answers

    def leave(self) -> int:
        """Let it close the window; return its exit status."""
        self.tell({"do": "quit"})
        return self.process.wait(RUN_TIMEOUT_S)

    def kill(self) -> None:
        """End it as a power cut does."""
        self.process.kill()
        self.process.wait(RUN_TIMEOUT_S)


@dataclass(frozen=True, slots=True)
class Counter:
    """One shop's data folder and the practice gateway it is set up against.

    Attributes:
        by: which of its gateways the shop sells by: "kcp", which it has alone, or "portone", which
            it has beside KCP and chooses for each sale.
    """

    home: Path
    gateway: Gateway
    by: str = "kcp"

    @property
    def data(self) -> Path:
        """Return the data folder."""
        return self.home / "data"

    def sell(self, amount: object = 55000, card: str = CARD, **more: object) -> dict[str, object]:
        """Return a line that sells by the gateway of this counter."""
        return sell(amount, card, **{"gateway": self.by, **more})

    def provision(self, **more: object) -> None:
        """Set the shop up, with further values for the gateway it sells by."""
        self.provision_each({self.by: more})

    def provision_each(self, more: Mapping[str, Mapping[str, object]]) -> None:
        """Set the shop up, with further values for each gateway that is named."""
        named_file = "provision.toml" if set(more) == {"kcp"} else "provision_both.toml"
        text = self.gateway.provision.with_name(named_file).read_text(encoding="utf-8")
        for name, values in more.items():
            text = _with_values(text, f"[gateways.{name}]\n", values)
        file = self.gateway.provision.with_name(f"{self.home.name}.toml")
        file.write_text(text, encoding="utf-8")
        self.command("provision", file).check(0)

    def command(self, *arguments: str | Path, timeout_s: float = RUN_TIMEOUT_S) -> Done:
        """Run a `pos-app` command on this shop."""
        return pos_app(*arguments, "--data-dir", self.data, home=self.home, timeout_s=timeout_s)

    @contextmanager
    def clerk(self) -> Iterator[Clerk]:
        """Sit a clerk down at the window; one that is left behind is killed."""
        command = [sys.executable, "-m", "tests.clerk", "-", "--data-dir", str(self.data)]
        with (self.home / "clerk.err").open("ab") as errors:
            process = subprocess.Popen(
                command,
                env=environment(self.home),
                cwd=self.home,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
            )
        guard = threading.Timer(CLERK_TIMEOUT_S, process.kill)
        guard.start()
        clerk = Clerk(process, self.home / "clerk.err")
        try:
            yield clerk
        finally:
            guard.cancel()
            guard.join()
            process.kill()
            for stream in (process.stdin, process.stdout):
                assert stream is not None
                _close(stream.close)
            process.wait(RUN_TIMEOUT_S)
            with (self.home / "clerk.out").open("ab") as out:
                out.writelines(clerk.said)

    def work(self, *lines: Line) -> list[Answered]:
        """Let a clerk do `lines` and go home."""
        with self.clerk() as clerk:
            answers = clerk.do(*lines)
            assert clerk.leave() == 0, self.errors()
        return answers

    def errors(self) -> str:
        """Return what clerks said on standard error."""
        return (self.home / "clerk.err").read_text(encoding="utf-8")

    def export(self) -> list[dict[str, Any]]:
        """Return the shop's own books."""
        out = self.command("export", "--format", "jsonl").check(0).out
        return [json.loads(line) for line in out.splitlines()]

    def row(self, order_no: str) -> dict[str, Any]:
        """Return one payment of the shop's own books."""
        (row,) = (row for row in self.export() if row["order_no"] == order_no)
        return row


def _with_values(text: str, section: str, values: Mapping[str, object]) -> str:
    """Return a provision file with values set in one of its sections."""
    head, found, rest = text.partition(section)
    assert found, section
    own, mark, others = rest.partition("\n[")
    kept = [
        line for line in own.splitlines(keepends=True) if line.split("=")[0].strip() not in values
    ]
    named = "".join(f"{name} = {json.dumps(value)}\n" for name, value in values.items())
    return head + found + named + "".join(kept) + mark + others


def _close(close: Callable[[], None]) -> None:
    """Close a pipe; what was still in it is lost with the process it was meant for."""
    try:
        close()
    except BrokenPipeError:
        return


def until(seen: Callable[[], bool]) -> None:
    """Wait until the gateway shows something; it cannot be waited for in any other way."""
    pause = threading.Event()
    for _try in range(RUN_TIMEOUT_S * 50):
        if seen():
            return
        pause.wait(0.02)
    raise AssertionError("the gateway never showed it")


def told(gateway: Gateway, *faults: Mapping[str, object], **switches: object) -> None:
    """Replace the gateway's fault plan, and set switches."""
    gateway.ask("POST", "/control", {"faults": list(faults), "switches": switches})


def requests_of(gateway: Gateway, kind: str) -> dict[str, int]:
    """Return how many charge or cancel requests arrived, by order number or reference."""
    counted: dict[str, int] = gateway.book()["counters"][f"{kind}_requests"]
    return counted


def assert_books_agree(rows: Sequence[Mapping[str, Any]], gateway: Gateway) -> None:
    """Compare the shop's books with the gateway's own, to the won.

    No payment may be open any more, and no order number may have been charged twice.
    """
    book = gateway.book()
    mine = {row["order_no"]: row for row in rows}
    theirs = {payment["order_no"]: payment for payment in book["payments"]}
    assert len(mine) == len(rows)
    assert len(theirs) == len(book["payments"])
    held = {number for number, row in mine.items() if row["state"] in {"APPROVED", "REVERSED"}}
    assert held == set(theirs)
    ended = {"APPROVED", "DECLINED", "NOT_SENT", "NOT_CHARGED", "REVERSED"}
    assert {row["state"] for row in rows} <= ended
    for number, payment in theirs.items():
        row = mine[number]
        left = row["amount"] - row["refunded"] if row["state"] == "APPROVED" else 0
        assert left == payment["balance"], number
        assert row["gateway_ref"] == payment["tno"]
        if row["state"] == "APPROVED":
            assert row["amount"] == payment["amount"], number
            assert row["approval_no"] == payment["app_no"]
            assert row["months"] == int(payment["quota"])
    net = sum(r["amount"] - r["refunded"] for r in rows if r["state"] == "APPROVED")
    assert net == book["totals"]["net"]
    assert set(book["counters"]["charge_requests"].values()) <= {1}
