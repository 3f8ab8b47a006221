"""Answers are lost: one request each, UNKNOWN on the screen, settled all the same."""

from __future__ import annotations

from tests.journeys.commands.processes import Gateway
from tests.journeys.counter import (
    CARD,
    OTHER_CARD,
    Clerk,
    Counter,
    assert_books_agree,
    refund,
    requests_of,
    sell,
    told,
    wait,
)

CUT = {"on": "charge", "nth": 1, "do": "cut", "after_field": "tno"}
LOST = {"on": "charge", "nth": 1, "do": "reset", "done": True}
UNSENT = {"on": "charge", "nth": 2, "do": "reset", "done": False}
ABSENT = {"do": "resolve", "see": "absent", "evidence": "거래조회에 없음"}


def test_what_has_a_reference_settles_itself(counter: Counter, kcp: Gateway) -> None:
    """A charge cut after its reference, a refund that was done, and one that was not."""
    counter.provision()
    lost = {"on": "cancel", "do": "reset"}
    told(kcp, CUT, {**lost, "nth": 1, "done": True}, {**lost, "nth": 2, "done": False}, UNSENT)
    of_refund = {"of": "refund"}
    sold, found, *refunds, unsent, early = counter.work(
        sell(),
        wait("@1", "APPROVED"),
        refund("@1", 15000),
        wait("@1", "DONE", **of_refund),
        refund("@1", 20000),
        wait("@1", "DONE", **of_refund),
        sell(70000, OTHER_CARD),
        {**ABSENT, "order_no": "@2", "second": "이점장"},
    )
    assert (sold["state"], sold["gateway_ref"], found["state"]) == ("UNKNOWN", "", "APPROVED")
    assert [answer["state"] for answer in refunds] == ["UNKNOWN", "DONE"] * 2
    _is_not_believed_yet(counter, unsent["order_no"], early["state"])
    rows = [row for row in counter.export() if row["state"] != "UNKNOWN"]
    assert_books_agree(rows, kcp)
    assert rows[0]["refunded"] == 35000
    assert requests_of(kcp, "charge") == {sold["order_no"]: 1, unsent["order_no"]: 1}


def _is_not_believed_yet(counter: Counter, order_no: str, closed: str) -> None:
    """Not there proves nothing before the settle time, whoever says so."""
    assert closed == "REFUSED"
    assert counter.row(order_no)["state"] == "UNKNOWN"
    left = counter.command("recover", "--wait", "0").check(3).out
    assert left.count(order_no) == 1


def test_what_has_none_is_found_by_order_number(counter: Counter, kcp: Gateway) -> None:
    """A charge that was done, and one that was not."""
    counter.provision(inquiry_by_order=True, settle_time_s=1)
    told(kcp, LOST, UNSENT, inquiry_by_order="both")
    states = [
        answer["state"]
        for answer in counter.work(
            sell(),
            sell(70000, OTHER_CARD),
            wait("@1", "APPROVED", "NOT_CHARGED"),
            wait("@2", "APPROVED", "NOT_CHARGED"),
        )
    ]
    assert states == ["UNKNOWN", "UNKNOWN", "APPROVED", "NOT_CHARGED"]
    assert set(requests_of(kcp, "charge").values()) == {1}
    assert_books_agree(counter.export(), kcp)
    counter.command("recover").check(0)


def test_portone_settles_itself_by_the_order_number(portone_counter: Counter, kcp: Gateway) -> None:
    """A charge that was done and one that was not; a refund that was done and one that was not."""
    counter = portone_counter
    counter.provision(settle_time_s=1)
    lost = {"on": "cancel", "do": "reset"}
    told(kcp, LOST, UNSENT, {**lost, "nth": 1, "done": True}, {**lost, "nth": 2, "done": False})
    of_refund = {"of": "refund"}
    answers = counter.work(
        counter.sell(),
        counter.sell(70000, OTHER_CARD),
        wait("@1", "APPROVED", "NOT_CHARGED"),
        wait("@2", "APPROVED", "NOT_CHARGED"),
        refund("@1", 15000),
        wait("@1", "DONE", **of_refund),
        refund("@1", 20000),
        wait("@1", "DONE", **of_refund),
    )
    states = [answer["state"] for answer in answers]
    assert states[:4] == ["UNKNOWN", "UNKNOWN", "APPROVED", "NOT_CHARGED"]
    assert states[4:] == ["UNKNOWN", "DONE"] * 2
    assert set(requests_of(kcp, "charge").values()) == {1}
    rows = counter.export()
    assert {row["gateway"] for row in rows} == {"portone"}
    assert rows[0]["refunded"] == 35000
    assert_books_agree(rows, kcp)
    counter.command("recover").check(0)


def test_after_no_answer_the_same_card_is_asked_about_at_the_other_gateway_too(
    portone_counter: Counter, kcp: Gateway
) -> None:
    counter = portone_counter
    counter.provision()
    told(kcp, LOST)
    lost, other = counter.work(counter.sell(gateway="kcp"), counter.sell(gateway="portone"))
    assert (lost["state"], other["state"], other["order_no"]) == ("UNKNOWN", "REFUSED", "")
    assert requests_of(kcp, "charge") == {lost["order_no"]: 1}


def test_the_guided_job_settles_what_cannot_be_looked_up(counter: Counter, kcp: Gateway) -> None:
    counter.provision(settle_time_s=2)
    told(kcp, LOST, UNSENT)
    with counter.clerk() as clerk:
        charged, unsent = clerk.do(sell(), sell(70000, OTHER_CARD))
        assert {row["state"] for row in counter.export()} == {"UNKNOWN"}
        _takes_no_second_one(clerk)
        _closes_by_reference(clerk, charged["order_no"], kcp)
        owner = counter.row(unsent["order_no"])["operator"]
        _closes_as_absent(clerk, unsent["order_no"], owner)
        assert clerk.leave() == 0, counter.errors()
    assert set(requests_of(kcp, "charge").values()) == {1}
    assert_books_agree(counter.export(), kcp)


def _takes_no_second_one(clerk: Clerk) -> None:
    """While nobody knows, the same card is asked about and nothing can be refunded."""
    again, back = clerk.do(sell(55000, CARD), refund("@1", 55000))
    assert (again["state"], again["order_no"]) == ("REFUSED", "")
    assert back["state"] == "REFUSED"


def _closes_by_reference(clerk: Clerk, order_no: str, kcp: Gateway) -> None:
    """A number that is none, one of another payment, then the right one, which is looked up."""
    (payment,) = (p for p in kcp.book()["payments"] if p["order_no"] == order_no)
    job = {"do": "resolve", "order_no": order_no, "see": "approved"}
    short, wrong, right = clerk.do(
        {**job, "gateway_ref": payment["tno"][:-1]},
        {**job, "gateway_ref": "20200101000001"},
        {**job, "gateway_ref": payment["tno"]},
    )
    assert (short["state"], wrong["state"]) == ("REFUSED", "REFUSED")
    assert short["message"] != wrong["message"]
    assert (right["state"], right["gateway_ref"]) == ("APPROVED", payment["tno"])
    assert right["approval_no"] == payment["app_no"]


def _closes_as_absent(clerk: Clerk, order_no: str, owner: str) -> None:
    """Two people and what they saw are wanted; one of them alone is not enough."""
    job = {**ABSENT, "order_no": order_no}
    silent, alone, both = clerk.do(
        {**job, "evidence": "", "second": "이점장"},
        {**job, "second": owner},
        {**job, "second": "이점장"},
    )
    assert (silent["state"], alone["state"]) == ("REFUSED", "REFUSED")
    assert both["state"] == "NOT_CHARGED"
