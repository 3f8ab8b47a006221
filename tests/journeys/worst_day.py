"""The worst day: hundreds of sales and refunds by keys, a gateway that fails in every way, kills.

    python -m tests.journeys.worst_day [--deeds 500] [--kills 50] [--seed 1] [--dir DIR]

One shop sells by both gateways, at random. The practice gateway loses, cuts, delays and doubles
answers; at random moments the program is killed and started again. In the end `pos-app recover`
and `recover --sweep` run, and the books of both sides are compared to the won. The last line is a
JSON object with the figures; the exit status is 0 if the books agree. Same seed, same deeds; what
the kills hit depends on the machine.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import threading
import traceback
from collections import Counter as Tally
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from tests.journeys.commands.processes import gateway
from tests.journeys.counter import (
    Answered,
    Clerk,
    Counter,
    Line,
    assert_books_agree,
    refund,
    requests_of,
    sell,
    told,
)

#: Seconds: short, so that a day fits into minutes. The program's own are 60 and 600.
TIMEOUT_S, SETTLE_TIME_S = 3, 6
#: One deed in so many is a refund, if there is anything to give back.
REFUNDS_ONE_IN = 4
#: So many times `recover` is asked, each for so long, before the books are compared.
RECOVERIES_MAX, RECOVERY_WAIT_S = 6, 60
#: A sweep asks about every payment of the day, two a second.
SWEEP_TIMEOUT_S = 1800
#: A kill comes so long after a line was handed over at the latest.
KILL_WITHIN_S = 1.6

#: Every way in which the network or the gateway spoils one request in some. `late` arrives after
#: the settle time, too: what was taken for "not charged" is charged after all.
FAULTS: tuple[dict[str, object], ...] = (
    {"on": "charge", "chance": 0.03, "do": "reset", "done": True},
    {"on": "charge", "chance": 0.03, "do": "reset", "done": False},
    {"on": "charge", "chance": 0.02, "do": "reset_unread"},
    {"on": "charge", "chance": 0.02, "do": "close", "done": True},
    {"on": "charge", "chance": 0.02, "do": "cut", "after_bytes": 120},
    {"on": "charge", "chance": 0.02, "do": "reset_mid", "after_bytes": 300},
    {"on": "charge", "chance": 0.02, "do": "hang", "done": True},
    {"on": "charge", "chance": 0.02, "do": "hang", "done": False},
    {"on": "charge", "chance": 0.02, "do": "http", "status": 502, "done": True},
    {"on": "charge", "chance": 0.02, "do": "http", "status": 503, "done": False},
    {"on": "charge", "chance": 0.01, "do": "redirect", "done": True},
    {"on": "charge", "chance": 0.01, "do": "slow", "delay_s": 4},
    {"on": "charge", "chance": 0.02, "do": "late", "delay_s": 2, "lose": "reset"},
    {"on": "charge", "chance": 0.02, "do": "late", "delay_s": 20, "lose": "hang"},
    {"on": "charge", "chance": 0.02, "do": "duplicate", "answer": "second"},
    {"on": "charge", "chance": 0.01, "do": "duplicate", "answer": "first"},
    {"on": "charge", "chance": 0.01, "do": "body", "kind": "duplicate_keys"},
    {"on": "charge", "chance": 0.01, "do": "body", "kind": "html"},
    {"on": "charge", "chance": 0.01, "do": "body", "kind": "empty"},
    {"on": "charge", "chance": 0.01, "do": "gzip", "bomb": True},
    {"on": "charge", "chance": 0.01, "do": "huge_body", "size": 1048576},
    {"on": "charge", "chance": 0.01, "do": "drip", "bytes_per_s": 20},
    {"on": "charge", "chance": 0.02, "do": "pipelined_junk"},
    {"on": "cancel", "chance": 0.06, "do": "reset", "done": True},
    {"on": "cancel", "chance": 0.06, "do": "reset", "done": False},
    {"on": "cancel", "chance": 0.03, "do": "hang", "done": True},
    {"on": "cancel", "chance": 0.03, "do": "http", "status": 500, "done": True},
    {"on": "cancel", "chance": 0.03, "do": "http", "status": 500, "done": False},
    {"on": "cancel", "chance": 0.03, "do": "duplicate", "answer": "second"},
    {"on": "cancel", "chance": 0.02, "do": "late", "delay_s": 2, "lose": "reset"},
    {"on": "inquiry", "chance": 0.1, "do": "reset"},
    {"on": "inquiry", "chance": 0.03, "do": "http", "status": 503},
    {"on": "inquiry", "chance": 0.03, "do": "hang"},
    {"on": "inquiry", "chance": 0.02, "do": "body", "kind": "cp949"},
    {"on": "connection", "chance": 0.02, "do": "reset"},
)
#: Cards that the gateway declines, charges a won too little or too much, or loses the answer of.
ODD_CARDS = (
    "4000001100610005",
    "4000001100030006",
    "4000009000030000",
    "4000002080410002",
    "4000002100720000",
)
_AMOUNTS_WON = range(1_000, 300_000, 100)


@dataclass
class Day:
    """One day: what was done, and what is known to be refundable.

    Attributes:
        left_won: what can be given back, by order number, as far as the clerk has heard.
    """

    counter: Counter
    chance: random.Random
    figures: Tally[str] = field(default_factory=Tally)
    left_won: dict[str, int] = field(default_factory=dict)

    def deed(self) -> Line:
        """Think of the next deed."""
        refundable = [number for number, won in self.left_won.items() if won]
        if refundable and self.chance.randrange(REFUNDS_ONE_IN) == 0:
            number = self.chance.choice(refundable)
            left = self.left_won[number]
            whole = self.chance.random() < 0.4
            amount = left if whole else self.chance.randrange(min(1_000, left), left + 1)
            return refund(number, amount)
        digits = f"9410{self.chance.randrange(10**12):012d}"
        card = self.chance.choice(ODD_CARDS) if self.chance.random() < 0.06 else digits
        amount = self.chance.choice(_AMOUNTS_WON)
        months = self.chance.choice((0, 0, 0, 2, 3, 6)) if amount >= 50_000 else 0
        by = self.chance.choice(("kcp", "portone"))
        more = {"months": months, "gateway": by, "duplicate_reason": "손님이 다시 요청"}
        return sell(amount, card, **more)

    def heard(self, line: Line, answer: Answered) -> None:
        """Take down what the clerk said."""
        did, state = str(line["do"]), answer["state"]
        self.figures[f"{did} {state or 'no answer'}"] += 1
        number = answer["order_no"]
        if did == "sell" and state == "APPROVED":
            self.left_won[number] = int(str(line["amount"]))
        elif did == "refund" and state in {"DONE", "UNKNOWN", "MANUAL"}:
            self.left_won[number] -= int(str(line["amount"]))

    def done(self) -> int:
        """Return how many deeds were handed over."""
        return self.figures["deeds"]


def work(day: Day, deeds: int, kills: int) -> None:
    """Do all deeds, with so many kills spread over them at random."""
    killed_at = set(day.chance.sample(range(deeds), kills))
    pause = threading.Event()
    while day.done() < deeds:
        with day.counter.clerk() as clerk:
            day.figures["starts"] += 1
            while day.done() < deeds:
                number, line = day.done(), day.deed()
                day.figures["deeds"] += 1
                day.figures[f"{line['do']}s"] += 1
                clerk.tell(line)
                if number in killed_at:
                    pause.wait(day.chance.random() * KILL_WITHIN_S)
                    _kill(day, clerk, line)
                    break
                day.heard(line, clerk.hear())
                if day.done() % 50 == 0:
                    print(f"{day.done()} deeds, {day.figures['kills']} kills", flush=True)
            else:
                assert clerk.leave() == 0, day.counter.errors()


def _kill(day: Day, clerk: Clerk, line: Line) -> None:
    """Kill the program; what a refund came to is not known to the clerk."""
    clerk.kill()
    day.figures["kills"] += 1
    if line["do"] == "refund":
        day.left_won[str(line["order_no"])] = 0


def settle(day: Day) -> int:
    """Recover until nothing is open, then let the sweep look for what came late."""
    status = 3
    for _ in range(RECOVERIES_MAX):
        status = day.counter.command("recover", "--wait", str(RECOVERY_WAIT_S)).status
        day.figures["recoveries"] += 1
        if status == 0:
            break
    swept = day.counter.command(
        "recover", "--sweep", "--wait", str(RECOVERY_WAIT_S), timeout_s=SWEEP_TIMEOUT_S
    )
    print(swept.out, swept.err, sep="\n", flush=True)
    return max(status, swept.status)


def compare(day: Day) -> str:
    """Return why the books do not agree; empty if they do."""
    rows, shop = day.counter.export(), day.counter
    day.figures["payments"] = len(rows)
    day.figures["charge requests"] = sum(requests_of(shop.gateway, "charge").values())
    for row in rows:
        day.figures[f"ended {row['state']}"] += 1
    verified = shop.command("verify")
    try:
        assert verified.status == 0, verified
        assert_books_agree(rows, shop.gateway)
    except AssertionError:
        return f"the books do not agree: {traceback.format_exc()}"
    return ""


def main(argv: Sequence[str] | None = None) -> int:
    """Live one day; return 0 if the books agree."""
    parser = argparse.ArgumentParser(prog="tests.journeys.worst_day")
    parser.add_argument("--deeds", type=int, default=500)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--dir", type=Path, help="keep everything there")
    chosen = parser.parse_args(argv)
    with ExitStack() as stack:
        home = chosen.dir or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        for folder in (home / "gateway", home / "shop"):
            folder.mkdir(parents=True)
        bank = stack.enter_context(gateway(home / "gateway"))
        day = Day(Counter(home / "shop", bank, "both"), random.Random(chosen.seed))
        times = {"timeout_s": TIMEOUT_S, "settle_time_s": SETTLE_TIME_S}
        day.counter.provision_each({"kcp": {**times, "inquiry_by_order": True}, "portone": times})
        told(bank, *FAULTS, inquiry_by_order="both")
        work(day, chosen.deeds, chosen.kills)
        told(bank, inquiry_by_order="both")
        status = settle(day)
        trouble = compare(day) or ("something is left open" if status else "")
    print(trouble or "the books agree", flush=True)
    figures = {"machine": "worst day", "figures": day.figures, "failed": int(bool(trouble))}
    print(json.dumps(figures), flush=True)
    return int(bool(trouble))


if __name__ == "__main__":
    sys.exit(main())
