"""One sale under a fault: its first answer, its end, and what both books say then."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pos_app.domain.record import PaymentRecord, PaymentState
from tests.contract.gateways.shop import make_card
from tests.faults.terminals import Terminal, run, terminal
from tests.helpers import figures

BOTH = ("kcp", "portone")
S = PaymentState
#: The name of the gateway's own number in its answers.
REF_FIELD = {"kcp": "tno", "portone": "imp_uid"}
#: Deadlines that a busy machine does not reach by itself; what must run out sets its own.
PATIENT: dict[str, object] = {"timeout_s": 15.0, "look_up_timeout_s": 15.0}
#: What a client at a KCP that cannot be asked by order number is set to.
NOT_BY_ORDER: dict[str, object] = {"inquiry_by_order": False}


@dataclass(frozen=True)
class Struck:
    """A sale.

    Attributes:
        first: after the answer to the charge.
        last: when nothing is left to do by program.
        kinds: of its facts, oldest first.
        counts: the gateway's counters.
        held: what the gateway still holds of it, in won.
        said: everything the ledger has of it, as text.
    """

    first: PaymentRecord
    last: PaymentRecord
    kinds: list[str]
    counts: Mapping[str, Mapping[str, int]]
    held: int
    said: str

    @property
    def states(self) -> tuple[PaymentState, PaymentState]:
        """Return the state after the first answer, and the last."""
        return self.first.state, self.last.state


async def sell_through(
    till: Terminal, *, amount: int = 50_000, card: str = "", waiting: int = 0, requests: int = 1
) -> Struck:
    """Sell once, come to rest, compare the books.

    Args:
        till: the counter.
        amount: in won.
        card: a magic one, digits with or without blanks.
        waiting: how many payments wait for a person at the end.
        requests: how many requests to charge must have reached the gateway.
    """
    number = card.replace(" ", "")
    first = await till.sell(amount, make_card(number) if number else None)
    last = await till.rest(first)
    await till.agrees(open_left=waiting)
    assert till.charges(last) == requests
    assert till.heard == []
    figures.add("sales under a fault of the table", 1)
    names = ("charge_requests", "cancel_requests")
    counts = {name: till.counted(name) for name in names}
    said = repr(list(till.bench.ledger.log))
    return Struck(first, last, till.kinds(last), counts, till.balance(last), said)


def sale_under(
    vendor: str,
    folder: Path,
    *faults: dict[str, object],
    switches: dict[str, object] | None = None,
    settings: dict[str, object] | None = None,
    **sale: Any,
) -> Struck:
    """Sell once under a fault plan; `sale` as in `sell_through`."""
    found: list[Struck] = []

    async def story() -> None:
        async with terminal(
            vendor,
            folder,
            faults=faults,
            switches=switches,
            settings={**PATIENT, **(settings or {})},
        ) as till:
            found.append(await sell_through(till, **sale))

    run(story())
    return found[0]


def on_charge(do: str, **more: object) -> dict[str, object]:
    """Return a rule about the first charge."""
    return {"on": "charge", "nth": 1, "do": do, **more}
