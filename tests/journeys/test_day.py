"""A day at the counter by keys alone: both books agree to the won, and no card is left anywhere."""

from __future__ import annotations

from pathlib import Path

from tests.journeys.commands.processes import Gateway
from tests.journeys.counter import (
    CARD,
    LIMIT_EXCEEDED,
    OTHER_CARD,
    Counter,
    assert_books_agree,
    refund,
    requests_of,
)
from tests.journeys.traces import traces_of

BUSINESS_NUMBER = "1208147521"


def test_a_day(either_counter: Counter, kcp: Gateway) -> None:
    counter = either_counter
    counter.provision()
    pictures = counter.home / "pictures"
    answers = counter.work(
        counter.sell(55000),
        {"do": "save_slip"},
        {"do": "screenshot", "path": str(pictures / "approved.png")},
        counter.sell(120000, OTHER_CARD, months=3, birth_or_brn=BUSINESS_NUMBER),
        counter.sell(30000, LIMIT_EXCEEDED),
        {"do": "screenshot", "path": str(pictures / "declined.png")},
        refund("@1", 20000),
        refund("@1", 40000),
        refund("@2", 120000),
        refund("@1", 35000),
        refund("@1", 1000),
        counter.sell(55000, CARD),
        counter.sell(55000, CARD, duplicate_reason="둘째 바구니"),
        counter.sell(9_999_999_999, "5409260000000009"),
    )
    states = [answer["state"] for answer in answers if answer["did"] in {"sell", "refund"}]
    assert states == [
        "APPROVED",
        "APPROVED",
        "DECLINED",
        "DONE",
        "REFUSED",
        "DONE",
        "DONE",
        "REFUSED",
        "REFUSED",
        "APPROVED",
        "APPROVED",
    ]
    rows = counter.export()
    assert_books_agree(rows, kcp)
    assert [row["state"] for row in rows].count("DECLINED") == 1
    assert requests_of(kcp, "charge").keys() == {row["order_no"] for row in rows}
    assert sum(requests_of(kcp, "cancel").values()) == 3
    by_number = {row["order_no"]: row for row in rows}
    for answer in answers:
        if answer["did"] == "sell" and answer["order_no"]:
            row = by_number[answer["order_no"]]
            for name in ("payment_id", "state", "approval_no", "gateway_ref"):
                assert answer[name] == (row[name] or "")
    _assert_nothing_left(counter, [CARD, OTHER_CARD, LIMIT_EXCEEDED])


def _assert_nothing_left(counter: Counter, cards: list[str]) -> None:
    """Look for cards in everything a day leaves: books, logs, slips, pictures, output."""
    files = [path for path in counter.home.rglob("*") if path.is_file()]
    kinds = {path.suffix for path in files}
    assert {".db", ".pdf", ".png", ".log", ".out", ".err"} <= kinds
    found = {path: traces_of(path, cards, BUSINESS_NUMBER) for path in files}
    assert not {path: traces for path, traces in found.items() if traces}


def test_traces_are_found_where_there_are_some(tmp_path: Path) -> None:
    grouped = f"{CARD[:4]}-{CARD[4:8]}-{CARD[8:12]}-{CARD[12:]}"
    planted = [CARD.encode(), CARD.encode("utf-16-le"), grouped.encode(), CARD.encode("utf-16-be")]
    for number, content in enumerate(planted):
        file = tmp_path / f"{number}.bin"
        file.write_bytes(b"before" + content + b"after")
        assert traces_of(file, [CARD], BUSINESS_NUMBER)
    file = tmp_path / "masked.txt"
    file.write_text(f"{CARD[:6]}******{CARD[-4:]}")
    assert not traces_of(file, [CARD], BUSINESS_NUMBER)
