"""How long the ledger takes with many payments; prints times, promises none.

python -m tests.bench.ledger_search [PAYMENTS]     (100000 if not told)
"""

from __future__ import annotations

import asyncio
import functools
import random
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from sqlalchemy import insert, update

from pos_app.domain import facts as f
from pos_app.domain.folding import apply, open_record
from pos_app.domain.money import Won
from pos_app.domain.order import PaymentId
from pos_app.domain.requests import HistoryQuery
from pos_app.ledger.book import Book
from pos_app.ledger.chain import Head, Line
from pos_app.ledger.codec import encode_fact
from pos_app.ledger.engines import writing
from pos_app.ledger.projection import payment_row, stamp
from pos_app.ledger.schema import facts, ledger_head, payments, search_texts
from pos_app.ledger.search import search_text
from pos_app.ledger.store import SqlLedger
from tests.contract.ledger.cases import (
    OWNER,
    START,
    StillClock,
    approval,
    memory_folder,
    opened,
    prepared,
)

_FAMILY, _GIVEN = (
    "김이박최정강조윤장임한오서신권황안송류홍",
    "민서준하은지우현영수진호연경미정아석동길",
)
_ITEMS = ("꽃바구니", "장미 100송이", "난 화분", "과일 세트", "한우 선물", "Wine set")
_AT_ONCE = 5_000


def fill(book: Book, count: int) -> None:
    """Write `count` approved payments straight into the tables, chained as the program would."""
    chance = random.Random(1)
    head = book.chain.start()
    with writing(book.storage.engine).begin() as connection:
        connection.exec_driver_sql("DROP TRIGGER payments_begin")
        connection.exec_driver_sql("DROP TRIGGER ledger_head_forward")
        for first in range(1, count + 1, _AT_ONCE):
            rows: dict[str, list[dict[str, object]]] = {"facts": [], "payments": [], "texts": []}
            for number in range(first, min(first + _AT_ONCE, count + 1)):
                head = _add(book, head, number, chance, rows)
            connection.execute(insert(facts), rows["facts"])
            connection.execute(insert(payments), rows["payments"])
            connection.execute(insert(search_texts), rows["texts"])
        seal = book.chain.seal_of(head)
        connection.execute(update(ledger_head).values(seq=head.seq, mac=head.mac, seal=seal))


def _add(
    book: Book,
    head: Head,
    number: int,
    chance: random.Random,
    rows: dict[str, list[dict[str, object]]],
) -> Head:
    """Add one approved payment to the rows; return the new end of the chain."""
    phone = f"010-{chance.randint(1000, 9999)}-{chance.randint(1000, 9999)}"
    begun = prepared(
        number,
        buyer_name=chance.choice(_FAMILY) + "".join(chance.choices(_GIVEN, k=2)),
        buyer_phone=phone,
        product=chance.choice(_ITEMS),
        amount=Won(chance.randint(10, 900) * 500),
        card_masked=f"943112******{chance.randint(0, 9999):04d}",
    )
    first_seq = head.seq + 1
    record = None
    story: list[f.Fact] = [begun, f.Sending(60.0), f.ChargeApproved(approval(number))]
    for version, fact in enumerate(story, start=1):
        author = (OWNER.operator, OWNER.approver, OWNER.counter)
        bare = Line(
            head.seq + 1,
            begun.payment_id,
            version,
            fact.KIND,
            encode_fact(fact),
            stamp(START),
            *author,
            head.mac,
            "",
        )
        line = book.chain.signed(bare)
        entry = f.Entry(line.seq, begun.payment_id, START, OWNER, fact)
        record = open_record(entry) if record is None else apply(record, entry)
        rows["facts"].append({name: getattr(line, name) for name in Line.__slots__})
        head = Head(line.seq, line.mac)
    assert record is not None
    rows["payments"].append(payment_row(record, first_seq, START))
    rows["texts"].append({"first_seq": first_seq, "words": search_text(record)})
    return head


def timed(what: str, job: Callable[[], object]) -> None:
    """Print how long the best of three takes."""
    best = float("inf")
    result: object = None
    for _ in range(3):
        began = time.perf_counter()
        result = job()
        best = min(best, time.perf_counter() - began)
    found = len(result) if isinstance(result, (list, tuple)) else result
    print(f"{what:<28} {best * 1000:9.1f} ms   {found}")


def ask(ledger: SqlLedger, query: HistoryQuery) -> Sequence[object]:
    """Search."""
    return asyncio.run(ledger.search(query))


def main(count: int) -> None:
    """Fill a ledger and time what the window and the commands ask of it."""
    with memory_folder() as folder:
        with opened(folder) as ledger:
            fill(ledger._book, count)
        print(f"{count} payments, {Path(folder, 'ledger.db').stat().st_size >> 20} MB")
        timed("open", lambda: opened(folder).close())
        with opened(folder, StillClock()) as ledger:
            for text in ("", "ㅎㄱㄷ", "홍길동", "장미", "1234", "010-1234", "5만", "없는말"):
                query = HistoryQuery(text=text)
                timed(f"search {text!r}", functools.partial(ask, ledger, query))
            timed("open payments", lambda: asyncio.run(ledger.open_payments()))
            timed("recent 20", lambda: asyncio.run(ledger.recent(20)))
            timed("get", lambda: asyncio.run(ledger.get(PaymentId("pay77"))).state)
            timed(
                "same card",
                lambda: asyncio.run(ledger.same_card("943112******4242", Won(50_000), START)),
            )
            timed("export", lambda: sum(1 for _ in ledger.export_rows()))
            timed("verify", lambda: asyncio.run(ledger.verify()).ok)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
