"""Rows 27-40: answers that no gateway should send, at both gateways.

The charge was made in every one of them; the answer is not believed, the look-up finds it. The
counter lives on: the next sale is an ordinary one. Nothing grows by more than 20 MB meanwhile.
"""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from pos_app.gateways.transport import Transport
from tests.faults.fronts import Twist, twisted
from tests.faults.memory import no_more_than
from tests.faults.rows import row
from tests.faults.struck import BOTH, PATIENT, S, Struck, on_charge, sell_through
from tests.faults.terminals import run, terminal
from tests.unit.gateways.raw import Visit

OK_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n"


def survived(vendor: str, folder: Path, fault: dict[str, object] | Twist) -> Struck:
    """Sell under that answer and once more without; return the first of both."""
    found: list[Struck] = []

    async def story() -> None:
        opened = (
            terminal(vendor, folder, faults=[fault], settings=PATIENT)
            if isinstance(fault, dict)
            else twisted(vendor, folder, fault)
        )
        async with opened as till:
            with no_more_than():
                found.append(await sell_through(till))
            if isinstance(fault, dict):
                after = await till.rest(await till.sell(60_000))
                assert after.state is S.APPROVED
                await till.agrees()

    # What is imported at the first use is not the answer's doing.
    run(Transport().warm_up())
    run(story())
    return found[0]


def settled_by_look_up(vendor: str, folder: Path, fault: dict[str, object] | Twist) -> None:
    """See UNKNOWN first and APPROVED by look-up."""
    struck = survived(vendor, folder, fault)
    assert struck.states == (S.UNKNOWN, S.APPROVED)
    assert struck.kinds.count("approved") == 1


def spoiled(kind: str) -> dict[str, object]:
    """Return the rule for a spoiled body of that kind."""
    return on_charge("body", kind=kind)


def respelled(vendor: str, spelling: str) -> Twist:
    """Return a twist that writes the amount in the answer in these JSON characters."""

    async def twist(visit: Visit, answer: bytes) -> None:
        fields: dict[str, Any] = json.loads(answer.partition(b"\r\n\r\n")[2])
        inner = fields if vendor == "kcp" else fields["response"]
        inner["amount"] = "@amount@"
        await visit.answer(json.dumps(fields).replace('"@amount@"', spelling).encode())

    return twist


@row(27, *BOTH)
def test_row_027_an_empty_body(vendor: str, tmp_path: Path) -> None:
    settled_by_look_up(vendor, tmp_path, spoiled("empty"))


@row(28, *BOTH)
def test_row_028_html(vendor: str, tmp_path: Path) -> None:
    settled_by_look_up(vendor, tmp_path, spoiled("html"))


@row(29, *BOTH)
@pytest.mark.parametrize("kind", ["array", "string", "null"])
def test_row_029_json_that_is_no_object(vendor: str, kind: str, tmp_path: Path) -> None:
    settled_by_look_up(vendor, tmp_path, spoiled(kind))


@row(30, *BOTH)
def test_row_030_invalid_utf8(vendor: str, tmp_path: Path) -> None:
    settled_by_look_up(vendor, tmp_path, spoiled("invalid_utf8"))


@row(31, *BOTH)
def test_row_031_cp949(vendor: str, tmp_path: Path) -> None:
    settled_by_look_up(vendor, tmp_path, spoiled("cp949"))


@row(32, *BOTH)
def test_row_032_a_byte_order_mark(vendor: str, tmp_path: Path) -> None:
    settled_by_look_up(vendor, tmp_path, spoiled("bom"))


@row(33, *BOTH)
def test_row_033_the_code_twice(vendor: str, tmp_path: Path) -> None:
    settled_by_look_up(vendor, tmp_path, spoiled("duplicate_keys"))


@row(34, *BOTH)
@pytest.mark.parametrize("spelling", ["NaN", "Infinity", "-Infinity", '"NaN"'])
def test_row_034_an_amount_that_is_no_number(vendor: str, spelling: str, tmp_path: Path) -> None:
    settled_by_look_up(vendor, tmp_path, respelled(vendor, spelling))


#: Of 50,000 won. As JSON numbers `50000.0` and `5e4` are what KCP never sends (all its values are
#: texts), and what PortOne may (its type is "number"): there they are the amount.
ODD = ["true", '"50,000"', '" 50000"', '"５００００"', "-50000", '"-50000"', '"5e4"', "[50000]"]
NUMBERS = ["50000.0", "5e4"]


@row(35, *BOTH)
@pytest.mark.parametrize("spelling", ODD)
def test_row_035_an_odd_amount(vendor: str, spelling: str, tmp_path: Path) -> None:
    settled_by_look_up(vendor, tmp_path, respelled(vendor, spelling))


@row(35, *BOTH)
@pytest.mark.parametrize("spelling", NUMBERS)
def test_row_035_a_number_with_a_point(vendor: str, spelling: str, tmp_path: Path) -> None:
    struck = survived(vendor, tmp_path, respelled(vendor, spelling))
    assert struck.first.state is (S.UNKNOWN if vendor == "kcp" else S.APPROVED)
    assert struck.last.state is S.APPROVED


@row(36, *BOTH)
def test_row_036_a_number_of_5000_digits(vendor: str, tmp_path: Path) -> None:
    settled_by_look_up(vendor, tmp_path, spoiled("huge_number"))


@row(37, *BOTH)
def test_row_037_a_hundred_thousand_deep(vendor: str, tmp_path: Path) -> None:
    settled_by_look_up(vendor, tmp_path, spoiled("deep"))


async def endless_body(visit: Visit, answer: bytes) -> None:
    """The proper answer, with 50 MB of blanks behind it."""
    body = answer.partition(b"\r\n\r\n")[2]
    blanks = 50 * 1024 * 1024
    await visit.send(OK_HEAD + f"Content-Length: {len(body) + blanks}\r\n\r\n".encode() + body)
    for _ in range(blanks // 65_536):
        await visit.send(b" " * 65_536)


async def bomb(visit: Visit, answer: bytes) -> None:
    """The proper answer, packed with 100 MB of blanks to 100 KB."""
    blanks = gzip.compress(b" " * 1024 * 1024) * 100
    packed = gzip.compress(answer.partition(b"\r\n\r\n")[2]) + blanks
    await visit.answer(packed, headers="Content-Encoding: gzip\r\n")


async def endless_header(visit: Visit, _answer: bytes) -> None:
    """A header of 200 MB."""
    await visit.send(OK_HEAD + b"X-Long: ")
    for _ in range(200 * 16):
        await visit.send(b"A" * 65_536)


async def ten_thousand_headers(visit: Visit, answer: bytes) -> None:
    """The proper answer behind 10,000 headers."""
    lines = b"".join(b"X-%d: 1\r\n" % number for number in range(10_000))
    body = answer.partition(b"\r\n\r\n")[2]
    await visit.send(OK_HEAD + lines + b"Content-Length: %d\r\n\r\n" % len(body) + body)


@row(38, *BOTH)
def test_row_038_a_body_of_50_mb(vendor: str, tmp_path: Path) -> None:
    struck = survived(vendor, tmp_path, endless_body)
    assert struck.states == (S.UNKNOWN, S.APPROVED)
    assert struck.first.why == "too_big"
    assert struck.first.candidate_ref == struck.last.gateway_ref


@row(39, *BOTH)
def test_row_039_a_gzip_bomb(vendor: str, tmp_path: Path) -> None:
    struck = survived(vendor, tmp_path, bomb)
    assert struck.states == (S.UNKNOWN, S.APPROVED)
    assert struck.first.why == "encoded"


@row(40, *BOTH)
@pytest.mark.parametrize("twist", [endless_header, ten_thousand_headers])
def test_row_040_huge_headers(vendor: str, twist: Twist, tmp_path: Path) -> None:
    settled_by_look_up(vendor, tmp_path, twist)
