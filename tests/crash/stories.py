"""What happens at the counter before the program is killed: sales and refunds that go well or not.

The stories are those of `tests/unit/services/test_interruptions.py`, with real parts.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from pos_app.ledger.spool import ROOM_BYTES
from tests.contract.gateways.shop import Shop as Magic
from tests.crash import cards
from tests.crash.terminal import SECOND, Till

_LOST = {"do": "reset", "done": True}
_ABSENT = {"do": "reset", "done": False}
#: PortOne's requests that keep a card, charge it again, and schedule.
_OF_CARDS = ("portone.customer_make", "charge", "portone.schedule")


@dataclass(frozen=True, slots=True)
class Story:
    """One story.

    Attributes:
        faults: what the gateway does wrong.
        shops: names of those it is told at.
        paid: what customers may have paid in the end, in won, wherever it was cut off.
        full: neither the ledger nor what is told of its trouble is as on other days: money taking
            may stop, and an approval be taken back without an intent on disk.
    """

    name: str
    tell: Callable[[Till], Awaitable[None]]
    paid: frozenset[int]
    faults: tuple[Mapping[str, object], ...] = ()
    shops: tuple[str, ...] = ("kcp", "kcp_by_order", "portone")
    full: bool = False


async def _sale_and_refunds(till: Till) -> None:
    """Sell, give back a part, give back the rest."""
    await till.charge()
    await till.refund(30_000)
    await till.refund(70_000)


async def _declined(till: Till) -> None:
    """Be declined."""
    await till.charge(card=Magic.magic_declined)


async def _lost_answers(till: Till) -> None:
    """Lose the answer to the charge and to both refunds, of which one was not carried out."""
    await till.charge()
    await till.help()
    await till.refund(30_000)
    await till.refund(20_000)


async def _lost_charge(till: Till) -> None:
    """Lose the answer to a charge, whatever became of it."""
    await till.charge()
    await till.help()


async def _wrong_amount(till: Till) -> None:
    """Be charged for something else, and lose the answers to the net cancel."""
    await till.charge(card=Magic.magic_mismatched)


async def _superseded(till: Till) -> None:
    """Charge again in place of a charge of which nobody knows that it was made."""
    await till.charge(rest=False)
    await till.charge(duplicate_reason="손님이 다시 요청", approver=SECOND)
    await till.help()


async def _ledger_is_full(till: Till) -> None:
    """Be approved when the ledger cannot take it: the spool, which has its room, can."""
    till.fill_disk_while_sending(ROOM_BYTES)
    await till.charge(rest=False)  # the ledger is tried again as long as the program runs


async def _all_is_full(till: Till) -> None:
    """Be approved when neither ledger nor spool can take it: it is undone at the gateway."""
    till.fill_disk_while_sending(1)
    await till.charge()


STORIES = (
    Story("sale_and_refunds", _sale_and_refunds, frozenset({0, 70_000, 100_000})),
    Story("declined", _declined, frozenset({0})),
    Story(
        "lost_answers",
        _lost_answers,
        frozenset({0, 50_000, 70_000, 80_000, 100_000}),
        (
            {"on": "charge", "nth": 1, **_LOST},
            {"on": "cancel", "nth": 1, **_LOST},
            {"on": "cancel", "nth": 2, **_ABSENT},
        ),
    ),
    Story("never_charged", _lost_charge, frozenset({0, 100_000}), ({"on": "charge", **_ABSENT},)),
    Story(
        "half_an_answer",
        _lost_charge,
        frozenset({0, 100_000}),
        ({"on": "charge", "do": "cut", "after_field": "tno"},),
        ("kcp", "kcp_by_order"),
    ),
    Story(
        "wrong_amount",
        _wrong_amount,
        frozenset({0}),
        ({"on": "cancel", "nth": 1, **_ABSENT}, {"on": "cancel", "nth": 2, **_LOST}),
    ),
    Story(
        "superseded",
        _superseded,
        frozenset({0, 100_000}),
        ({"on": "charge", "nth": 1, **_LOST}, {"on": "inquiry", "times": 8, **_ABSENT}),
    ),
    Story("ledger_is_full", _ledger_is_full, frozenset({0, 100_000}), full=True),
    Story("all_is_full", _all_is_full, frozenset({0, 100_000}), full=True),
    Story(
        "cards_and_schedules",
        cards.keep_charge_and_plan,
        frozenset({0, 50_000}),
        shops=("portone",),
    ),
    Story(
        "cards_and_lost_answers",
        cards.keep_charge_and_plan,
        frozenset({0, 50_000}),
        tuple({"on": on, "nth": 1, **_LOST} for on in _OF_CARDS),
        shops=("portone",),
    ),
)
