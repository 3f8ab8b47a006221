"""After the last start: does the ledger say what the gateway's own book says, and what was told?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tests.crash import cards
from tests.crash.lives import Ended
from tests.crash.stories import Story

_HELD = {"APPROVED", "REVERSED"}
#: What a person was told for good. An approval may still be given back, never be forgotten.
_FINAL = {"APPROVED", "DECLINED", "NOT_SENT", "NOT_CHARGED", "REVERSED"}
_ENDED = _FINAL


def complaints(lives: Sequence[Ended], book: Mapping[str, Any], story: Story) -> list[str]:
    """Return everything that is wrong after these lives, of which the last one ended by itself.

    Args:
        lives: in order; the last one told what the books are.
        book: of the gateway, when everything that arrived was handled.
        story: that was told.
    """
    found = [f"a life failed: {life.fault}" for life in lives if life.fault]
    if lives[-1].killed or lives[-1].fault:
        return [*found, "the last life did not end well"]
    calm = lives[1:] if story.full else lives
    found += [f"a job failed: {one['error']}" for life in calm for one in life.all("job_failed")]
    found += [f"halted: {o['code']}" for life in calm for o in life.all("trouble") if o["halted"]]
    for life in lives:
        for one in life.all("left_alone"):
            found += [f"nobody is at {payment}" for payment in one["payments"]]
    (books,) = lives[-1].all("books")
    if not books["sound"]:
        found.append(f"the chain is broken: {books['why']}")
    mine = {payment["order_no"]: payment for payment in books["payments"]}
    found += _against_the_gateway(mine, book, may_undo=story.full)
    found += _against_what_was_told(mine, lives)
    found += _among_themselves(mine)
    for shown in lives[-1].all("card_books"):
        found += cards.complaints(shown, book)
    total = sum(payment["balance"] for payment in book["payments"])
    if total not in story.paid:
        found.append(f"the customer paid {total} won, not one of {sorted(story.paid)}")
    return found


def _against_the_gateway(
    mine: Mapping[str, Any], book: Mapping[str, Any], *, may_undo: bool
) -> list[str]:
    """Compare to the won, and look for requests without their intent on disk, or twice."""
    found = []
    theirs = {payment["order_no"]: payment for payment in book["payments"]}
    if len(theirs) != len(book["payments"]):
        found.append("an order is charged twice at the gateway")
    found += [f"{number} is not in the ledger" for number in theirs if number not in mine]
    for number, times in book["counters"]["charge_requests"].items():
        if times != 1:
            found.append(f"{number} was sent {times} times")
        if "Sending" not in mine.get(number, {"facts": ()})["facts"]:
            found.append(f"{number} was sent without a Sending on disk")
    for number, payment in mine.items():
        their = theirs.get(number)
        facts = payment["facts"]
        if payment["open"] or payment["state"] not in _ENDED:
            found.append(f"open at the end: {payment}")
        elif (their is not None) != (payment["state"] in _HELD):
            found.append(f"{payment}, at the gateway {their}")
        elif their is not None and their["balance"] != payment["balance"]:
            found.append(f"{payment}: at the gateway {their['balance']} won are left")
        if their is not None and their["balance"] < 0:
            found.append(f"more went back than was charged: {their}")
        cancels = [] if their is None else their["cancels"]
        intents = facts.count("RefundSending") + facts.count("ReversalSending")
        if len(cancels) > intents + may_undo:
            found.append(f"{number}: {len(cancels)} cancels, {intents} intents on disk")
    return found


def _against_what_was_told(mine: Mapping[str, Any], lives: Sequence[Ended]) -> list[str]:
    """What a person was shown as final is still so."""
    found = []
    for told in (one for life in lives for one in life.all("told")):
        number = told["order_no"]
        now = mine.get(number)
        if now is None:
            found.append(f"{number} was shown and is lost")
        elif told["state"] in _FINAL and now["state"] != told["state"]:
            found.append(f"{number} was shown as {told['state']}, now it is {now['state']}")
        else:
            done = [r for r in told["refunds"] if r[0] in {"DONE", "REFUSED"}]
            if now["refunds"][: len(done)] != done:
                found.append(f"{number}: refunds {told['refunds']} were shown: {now['refunds']}")
    return found


def _among_themselves(mine: Mapping[str, Any]) -> list[str]:
    """A charge in place of another goes with the end of the other."""
    by_id = {payment["payment_id"]: payment for payment in mine.values()}
    return [
        f"{payment['order_no']} stands beside the charge it replaced"
        for payment in mine.values()
        if payment["supersedes"] and by_id[payment["supersedes"]]["state"] == "APPROVED"
    ]
