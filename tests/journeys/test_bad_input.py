"""What is typed wrong gets its own sentence where it was typed, and nothing is sent."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.journeys.commands.processes import gateway
from tests.journeys.counter import Answered, Counter, sell

#: What is typed instead of the right thing, and a word of the sentence that answers it.
TYPED: dict[str, tuple[dict[str, Any], str]] = {
    "no amount": ({"amount": ""}, "금액을 입력"),
    "zero": ({"amount": 0}, "0원은"),
    "negative": ({"amount": -1}, "0보다 커야"),
    "a fraction": ({"amount": 1.5}, "원 단위로만"),
    "thirteen digits": ({"amount": "1234567890123"}, "12자리"),
    "words": ({"amount": "오만원"}, "숫자로"),
    "months of a small amount": ({"amount": 49999, "months": 2}, "50,000원부터"),
    "months nobody offers": ({"months": 13}, "할부"),
    "no card": ({"card_number": ""}, "카드번호를 입력"),
    "a short card": ({"card_number": "411111111111"}, "짧습니다"),
    "a long card": ({"card_number": "41111111111111111111"}, "19자리"),
    "a card of zeros": ({"card_number": "0000000000000000"}, "카드번호가 아닙니다"),
    "past expiry": ({"expiry": "0125"}, "지난 카드"),
    "swapped expiry": ({"expiry": "2907"}, "바뀐 것"),
    "the thirteenth month": ({"expiry": "1329"}, "그런 달"),
    "half an expiry": ({"expiry": "072"}, "유효기간 4자리"),
    "a seven digit birth date": ({"birth_or_brn": "9001011"}, "주민등록번호"),
    "no such day": ({"birth_or_brn": "900230"}, "그런 생년월일"),
    "a wrong business number": ({"birth_or_brn": "1208147522"}, "사업자번호"),
    "nobody's birth date": ({"birth_or_brn": ""}, "생년월일 또는"),
    "one password digit": ({"password2": "1"}, "비밀번호 앞 2자리"),
    "half a telephone number": ({"buyer_phone": "010"}, "전화번호"),
    "no mail address": ({"buyer_email": "nobody"}, "전자우편"),
    "a long product": ({"product": "꽃" * 40}, "100바이트"),
}


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Answered]]:
    """Everything typed at one window, and a good sale at the end: what came back."""
    home = tmp_path_factory.mktemp("shop")
    with gateway(tmp_path_factory.mktemp("gateway")) as kcp:
        counter = Counter(home, kcp)
        counter.provision()
        *wrong, good = counter.work(*(sell(**typed) for typed, _ in TYPED.values()), sell())
        book = kcp.book()
        assert [row["order_no"] for row in counter.export()] == [good["order_no"]]
        assert book["counters"]["charge_requests"] == {good["order_no"]: 1}
        yield dict(zip(TYPED, wrong, strict=True))


@pytest.mark.parametrize("name", TYPED)
def test_it_is_refused_where_it_was_typed(answers: dict[str, Answered], name: str) -> None:
    answer = answers[name]
    assert (answer["state"], answer["order_no"], answer["payment_id"]) == ("REFUSED", "", "")
    assert TYPED[name][1] in answer["message"]
