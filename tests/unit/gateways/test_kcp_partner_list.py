"""The transaction list of KCP's partner site: read where it surely is one, else refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pos_app.domain.errors import UserMistake
from pos_app.domain.money import Won
from pos_app.gateways.kcp.partner_list import read_partner_list

ORDER = "20261121010000000000000001"
TNO = "26112114320001"


@pytest.mark.parametrize(
    "text",
    [
        f"주문번호,거래번호,거래금액\n{ORDER},{TNO},55000\n",
        f"거래내역\n기간,11-21 ~ 11-21\n\nNo,KCP 거래번호,주문번호,금액\n1,{TNO},{ORDER},55000\n",
        f'상점주문번호\tKCP거래고유번호\t승인금액\n="{ORDER}"\t="{TNO}"\t"55,000"\n',
        f"tno;ordr_idxx;amount\n'{TNO};{ORDER};55000\n합계;;55000\n",
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp949"])
def test_a_list_is_known_by_the_names_of_its_columns(text: str, encoding: str) -> None:
    assert read_partner_list(text.encode(encoding)) == ((ORDER, TNO, Won(55_000)),)


def test_a_line_counts_once_and_an_amount_may_be_missing() -> None:
    text = f"주문번호,거래번호,금액\n{ORDER},{TNO},-55000\n{ORDER},{TNO},-\n{ORDER},{TNO[:-1]}2,1\n"
    found = read_partner_list(text.encode())
    assert found == ((ORDER, TNO, None), (ORDER, f"{TNO[:-1]}2", Won(1)))


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"PK\x03\x04rest of a workbook", "list.is_excel"),
        (b"\xd0\xcf\x11\xe0old workbook", "list.is_excel"),
        (b"\xff\xfe\x00\x81", "list.unreadable"),
        (b"", "list.no_columns"),
        ("이름,금액\n김,1\n".encode(), "list.no_columns"),
        ("주문번호,거래번호\n".encode(), "list.empty"),
        (f"주문번호,거래번호\n{ORDER},2.61121E+13\n".encode(), "list.rounded"),
        (f"주문번호,거래번호\n{ORDER},123\n".encode(), "list.bad_reference"),
        (f"주문번호,거래번호\n{'A' * 41},{TNO}\n".encode(), "list.bad_order"),
        (f"주문번호,거래번호\n<b>,{TNO}\n".encode(), "list.bad_order"),
        (b"x" * 20_000_001, "list.too_big"),
        (("주문번호,거래번호\n" + "\n" * 50_001).encode(), "list.too_big"),
    ],
)
def test_what_is_no_such_list_is_refused(data: bytes, code: str) -> None:
    with pytest.raises(UserMistake, match=code):
        read_partner_list(data)


def test_a_refused_line_is_named() -> None:
    data = f"제목\n주문번호,거래번호\n{ORDER},{TNO}\n{ORDER},12\n".encode()
    with pytest.raises(UserMistake) as refused:
        read_partner_list(data)
    assert refused.value.params == {"line": 4}


@given(st.binary(max_size=400) | st.text(max_size=400).map(lambda text: text.encode("utf-8")))
def test_nothing_crashes_it(data: bytes) -> None:
    head = "주문번호,거래번호,금액\n".encode()
    for given_data in (data, head + data):
        try:
            lines = read_partner_list(given_data)
        except UserMistake:
            continue
        assert all(len(reference) == 14 for _, reference, _ in lines)
