"""What Python's reader would let through (security.md 6), and what must be read."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pos_app.gateways.strict_json import BYTES_MAX, Unreadable, read_object


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "not_json"),
        (b"   ", "not_json"),
        (b"<html></html>", "not_json"),
        (b"[]", "not_an_object"),
        (b'"text"', "not_an_object"),
        (b"null", "not_an_object"),
        (b"1", "not_an_object"),
        (b'{"res_cd":"0000","res_cd":"9999"}', "duplicate_key"),
        (b'{"a":{"b":1,"b":1}}', "duplicate_key"),
        (b'{"a":"1","\\u0061":"2"}', "duplicate_key"),
        (b'{"amount":NaN}', "not_a_number"),
        (b'{"amount":Infinity}', "not_a_number"),
        (b'{"amount":-Infinity}', "not_a_number"),
        (b'{"amount":1e1000}', "number_too_long"),
        (b'{"amount":' + b"9" * 5_000 + b"}", "number_too_long"),
        (b'{"a":1}{"b":2}', "not_json"),
        (b'{"a":1} x', "not_json"),
        (b"\xef\xbb\xbf{}", "bom"),
        ('{"a":"승인"}'.encode("cp949"), "not_utf8"),
        ('{"a":"b"}'.encode("utf-16"), "not_utf8"),
        (b'{"a":"\xff"}', "not_utf8"),
        (b'{"a":"\xed\xa0\x80"}', "not_utf8"),
        (b'{"a":' * 40_000, "too_deep"),
        (b'{"a":' + b"[" * 32 + b"]" * 32 + b"}", "too_deep"),
        (b'{"a":"line\nbreak"}', "not_json"),
        (b"{'a':'b'}", "not_json"),
        (b'{"a":1,}', "not_json"),
        (b'{"a":"' + b" " * BYTES_MAX + b'"}', "too_big"),
        (b'{"' + b'\\"' * 100_000, "not_json"),
        (b'"' * 200_001, "not_json"),
    ],
)
def test_refused(data: bytes, why: str) -> None:
    assert read_object(data) == Unreadable(why)


def test_a_plain_answer_is_read_with_its_types() -> None:
    found = read_object('{"a":"승인","n":1000,"t":true,"z":null,"f":1.5,"l":[{}]}'.encode())
    assert found == {"a": "승인", "n": 1000, "t": True, "z": None, "f": 1.5, "l": [{}]}
    assert isinstance(found, dict)
    assert type(found["n"]) is int
    assert type(found["t"]) is bool


def test_brackets_in_texts_are_not_depth() -> None:
    deep = "[{" * 500 + '\\"' + "]" * 9
    assert isinstance(read_object(json.dumps({"a": deep}).encode()), dict)


_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**15), 10**15) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=12,
)


@given(st.dictionaries(st.text(), _values))
def test_whatever_json_makes_of_an_object_comes_back(value: dict[str, object]) -> None:
    assert read_object(json.dumps(value).encode()) in (value, Unreadable("too_deep"))


@given(st.binary(max_size=300))
def test_any_bytes_give_an_object_or_a_reason(data: bytes) -> None:
    assert isinstance(read_object(data), dict | Unreadable)


@given(st.text(alphabet='{}[]",:\\ 0123456789.eE+-tfnul', max_size=80))
def test_what_is_read_is_what_the_standard_reader_reads(text: str) -> None:
    found = read_object(text.encode())
    if isinstance(found, dict):
        assert found == json.loads(text)
