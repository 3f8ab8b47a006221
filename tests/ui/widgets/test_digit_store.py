"""The buffer of secret digits: edits in place, zero after use, nothing to read in its text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pos_app.ui.widgets.digit_store import DigitStore, pasted_digits


def filled(digits: str, capacity: int = 19) -> DigitStore:
    store = DigitStore(capacity)
    for digit in digits:
        store.insert(len(store), int(digit))
    return store


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 19), st.integers(0, 9))))
def test_it_edits_like_a_list(edits: list[tuple[bool, int, int]]) -> None:
    store, model = DigitStore(19), list[int]()
    for insert, place, digit in edits:
        at = min(place, len(model))
        if insert and len(model) < 19:
            model.insert(at, digit)
        elif not insert and at < len(model):
            del model[at]
        assert store.insert(at, digit) if insert and len(store) < 19 else True
        if not insert:
            store.delete(at)
    assert [code - 48 for code in store.view()] == model


def test_deleted_digits_do_not_stay_behind_the_end() -> None:
    store = filled("4242424242424242")
    while store.delete(len(store) - 1):
        pass
    assert not any(store._buffer)


def test_taking_leaves_zeros() -> None:
    store = filled("9410110000000073")
    buffer = store._buffer
    assert store.take() == bytearray(b"9410110000000073")
    assert not any(buffer)
    assert len(store) == 0


def test_wiping_reaches_a_view_lent_before() -> None:
    store = filled("941011")
    with store.view() as lent:
        store.wipe()
        assert bytes(lent) == bytes(6)


def test_a_full_buffer_never_grows() -> None:
    store = filled("12", 2)
    assert not store.insert(1, 9)
    assert store.take() == b"12"


def test_a_view_is_read_only() -> None:
    with filled("941011").view() as lent, pytest.raises(TypeError):
        lent[0] = 0


def test_its_text_tells_only_how_many() -> None:
    assert repr(filled("941011")) == "<DigitStore of 6 digits>"


@pytest.mark.parametrize(
    "pasted",
    [
        "9410110000000073",
        "9410-1100-0000-0073",
        " 9410 1100\t0000 0073\r\n",
        "９４１０－１１００－００００－００７３",
        "9410–1100—0000−0073",
        "9410\u30001100\u00a00000\u200b0073",
    ],
)
def test_numbers_as_people_copy_them_are_taken(pasted: str) -> None:
    assert pasted_digits(bytearray(pasted.encode()), 19) == bytearray(b"9410110000000073")


@pytest.mark.parametrize(
    "pasted", ["", "-- --", "9410 1100 카드", "4242.4242", "1" * 20, "12/34", "94a1", "9410\x00"]
)
def test_anything_else_is_refused(pasted: str) -> None:
    assert pasted_digits(bytearray(pasted.encode()), 19) is None


@given(st.binary(max_size=60))
def test_no_bytes_break_it(source: bytes) -> None:
    found = pasted_digits(bytearray(source), 19)
    assert found is None or (1 <= len(found) <= 19 and found.isdigit())
