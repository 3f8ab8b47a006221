"""Cards on file at the practice gateway, with keys only: both books agree about every charge."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import pytest

from tests.journeys.counter import (
    Answered,
    Clerk,
    Counter,
    Line,
    assert_books_agree,
    told,
    until,
    wait,
)

NAME, FIND = "홍길동", "ㅎㄱㄷ"


def card(what: str, **more: object) -> Line:
    """Return a line about a card on file."""
    return {"do": "card", "what": what, **more}


def keep(**more: object) -> Line:
    """Return a line that keeps a card."""
    typed = {
        "name": NAME,
        "phone": "01012345678",
        "card_number": "9410111122223333",
        "expiry": "0729",
        "birth_or_brn": "900101",
        "password2": "12",
    }
    return card("keep", **typed, **more)


def kept(counter: Counter) -> list[Mapping[str, Any]]:
    """Return the cards that the gateway keeps."""
    customers: list[Mapping[str, Any]] = counter.gateway.book()["portone"]["customers"]
    return customers


def schedules(counter: Counter) -> dict[str, Mapping[str, Any]]:
    """Return what the gateway has scheduled, by order number."""
    return {s["merchant_uid"]: s for s in counter.gateway.book()["portone"]["schedules"]}


@pytest.fixture
def shop(portone_counter: Counter) -> Counter:
    """A shop that has PortOne beside KCP."""
    portone_counter.provision()
    return portone_counter


def one(clerk: Clerk, line: Line) -> Answered:
    """Do one line."""
    (answer,) = clerk.do(line)
    return answer


def test_a_card_is_kept_charged_again_refunded_and_deleted(shop: Counter) -> None:
    with shop.clerk() as clerk:
        held = one(clerk, keep())
        assert held["state"] == "KEPT", held
        assert [c["customer_uid"] for c in kept(shop)] == [held["message"]]
        paid = one(clerk, card("charge", find=FIND, amount=33_000, product="꽃다발"))
        assert paid["state"] == "APPROVED", paid
        refund = {"do": "refund", "order_no": paid["order_no"], "amount": 33_000, "reason": "변심"}
        assert one(clerk, refund)["state"] == "DONE"
        assert one(clerk, card("forget", find=FIND))["state"] == "FORGOTTEN"
        assert clerk.leave() == 0, shop.errors()
    assert kept(shop) == []
    assert_books_agree(shop.export(), shop.gateway)
    shop.command("verify").check(0)


def test_a_sale_keeps_its_card(shop: Counter) -> None:
    with shop.clerk() as clerk:
        paid = one(clerk, keep(amount=44_000, product="화분"))
        assert paid["state"] == "APPROVED", paid
        again = one(clerk, card("charge", find=FIND, amount=45_000, product="꽃다발"))
        assert again["state"] == "APPROVED", again
        assert clerk.leave() == 0, shop.errors()
    assert len(kept(shop)) == 1
    assert_books_agree(shop.export(), shop.gateway)


def test_a_schedule_is_made_changed_and_cancelled(shop: Counter) -> None:
    with shop.clerk() as clerk:
        one(clerk, keep())
        made = one(clerk, card("plan", find=FIND, amount=44_000, product="정기 배송", days=2))
        other = one(clerk, card("plan", find=FIND, amount=55_000, product="화환", days=4))
        assert made["state"] == other["state"] == "SCHEDULED", (made, other)
        moved = one(clerk, card("move", find=FIND, order_no=made["order_no"], days=3))
        assert moved["state"] == "SCHEDULED"
        before, after = (dt.datetime.fromisoformat(a["message"]) for a in (made, moved))
        assert after - before == dt.timedelta(days=3)
        there = schedules(shop)[made["order_no"]]
        assert dt.datetime.fromtimestamp(there["schedule_at"], dt.UTC) == after
        gone = one(clerk, card("cancel", find=FIND, order_no=made["order_no"]))
        assert gone["state"] == "CANCELLED"
        assert clerk.leave() == 0, shop.errors()
    states = {number: s["status"] for number, s in schedules(shop).items()}
    assert states == {made["order_no"]: "revoked", other["order_no"]: "scheduled"}
    assert shop.gateway.book()["portone"]["counts"].get("whole customers unscheduled", 0) == 0


def test_killed_while_a_schedule_is_on_its_way_it_is_found_at_the_next_start(
    shop: Counter,
) -> None:
    with shop.clerk() as clerk:
        one(clerk, keep())
        told(shop.gateway, {"on": "portone.schedule", "do": "hang", "done": True})
        clerk.tell(card("plan", find=FIND, amount=44_000, product="정기 배송", days=2))
        until(lambda: bool(schedules(shop)))
        clerk.kill()
    told(shop.gateway)
    ((number, _),) = schedules(shop).items()
    with shop.clerk() as clerk:
        moved = one(clerk, card("move", find=FIND, order_no=number, days=1, timeout_s=60))
        assert moved["state"] == "SCHEDULED", moved
        assert clerk.leave() == 0, shop.errors()
    assert len(schedules(shop)) == 1


def test_taken_back_too_late_the_charge_is_in_the_books(shop: Counter) -> None:
    with shop.clerk() as clerk:
        one(clerk, keep())
        made = one(clerk, card("plan", find=FIND, amount=44_000, product="정기 배송", days=2))
        shop.gateway.ask("POST", "/control/portone", {"execute": made["order_no"]})
        late = one(clerk, card("cancel", find=FIND, order_no=made["order_no"]))
        assert late["state"] == "HANDED_OVER", late
        paid = one(clerk, wait(made["order_no"], "APPROVED"))
        assert paid["state"] == "APPROVED"
        assert clerk.leave() == 0, shop.errors()
    assert shop.row(made["order_no"])["amount"] == 44_000
    assert_books_agree(shop.export(), shop.gateway)
