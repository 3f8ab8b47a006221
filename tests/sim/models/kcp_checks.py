"""What KCP's papers demand of a request, field by field (kcp.md 1.3, 2.1, 2.2, 2.4, 5.1, 5.3).

Each check yields what is wrong and the code KCP gives for it. Values of card fields are never
repeated.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from tests.sim.models.book import Refused

Wrong = tuple[str, Refused]

_CERTIFICATE = re.compile(
    r"-----BEGIN CERTIFICATE-----[A-Za-z0-9+/]+={0,2}-----END CERTIFICATE-----", re.ASCII
)
_DIGITS = re.compile(r"[0-9]+", re.ASCII)
_AMOUNT = re.compile(r"[1-9][0-9]{0,11}", re.ASCII)
_IP = re.compile(r"[0-9a-fA-F.:]{3,45}", re.ASCII)
#: kcp.md 5.1: refused in text values.
_FORBIDDEN = set(",&;\n\r\\|'\"<\0")
_ALWAYS = frozenset(
    {
        "site_cd",
        "kcp_cert_info",
        "pay_method",
        "amount",
        "card_mny",
        "currency",
        "quota",
        "ordr_idxx",
        "good_name",
        "buyr_name",
        "buyr_mail",
        "buyr_tel2",
        "card_tx_type",
        "card_no",
        "card_expiry",
    }
)
_PROOF = frozenset({"card_taxno", "card_pwd"})
_MIXED = frozenset({"tax_flag", "comm_tax_mny", "comm_vat_mny", "comm_free_mny"})
_MIXED_CANCEL = frozenset({"tax_flag", "mod_tax_mny", "mod_vat_mny", "mod_free_mny"})
AUTHENTICATED, PLAIN_CARD = "11121000", "11111000"


def all_text(fields: Mapping[str, Any]) -> Iterator[Wrong]:
    """Every value is a JSON string (kcp.md 1.2)."""
    for name, value in fields.items():
        if not isinstance(value, str):
            yield f"{name} is no string", Refused("8006", "주문정보 포맷 오류")


def common(fields: Mapping[str, str], site: str) -> Iterator[Wrong]:
    """Site code and certificate, in every request."""
    if fields.get("site_cd") != site:
        yield "site_cd is not the shop's", Refused("9200", "존재하지 않는 쇼핑몰입니다")
    if not _CERTIFICATE.fullmatch(fields.get("kcp_cert_info", "")):
        yield (
            "kcp_cert_info is not the PEM on one line with its markers",
            Refused("8002", "사이트 키 검증 오류"),
        )


def approval(
    fields: Mapping[str, str], *, authenticated: bool, mixed_tax: bool, amount_min: int
) -> Iterator[Wrong]:
    """The key-in approval."""
    allowed = _ALWAYS | {"cust_ip"} | (_PROOF if authenticated else frozenset())
    allowed |= _MIXED if mixed_tax else frozenset()
    yield from _names(fields, _ALWAYS, allowed)
    yield from _order(fields)
    yield from _money(fields, amount_min)
    yield from _card(fields, authenticated=authenticated)


def _names(
    fields: Mapping[str, str], needed: frozenset[str], allowed: frozenset[str]
) -> Iterator[Wrong]:
    """No field too few and none too many."""
    for name in sorted(needed - set(fields)):
        yield f"{name} is missing", Refused("5704", f"필수 파라미터 누락({name})")
    for name in sorted(set(fields) - allowed):
        yield f"{name} is no field of this request", Refused("8006", "주문정보 포맷 오류")


def _order(fields: Mapping[str, str]) -> Iterator[Wrong]:
    """Order number, goods and buyer."""
    if not re.fullmatch(r"[A-Za-z0-9]{1,40}", fields.get("ordr_idxx", ""), re.ASCII):
        yield (
            "ordr_idxx is not 1 to 40 letters and digits",
            Refused("8501", "주문번호 포맷 오류"),
        )
    yield from _text(fields, "good_name", 100, "8502", needed=True)
    yield from _text(fields, "buyr_name", 30, "8506")
    yield from _text(fields, "buyr_mail", 50, "8509")
    yield from _text(fields, "buyr_tel2", 20, "8508")
    if not re.fullmatch(r"[0-9-]*", fields.get("buyr_tel2", ""), re.ASCII):
        yield "buyr_tel2 is no telephone number", Refused("8508", "구매자 전화2 포맷 오류")
    address = fields.get("cust_ip", "")
    if address and not _IP.fullmatch(address):
        yield "cust_ip is no address", Refused("8055", "IP 주소 포맷 오류")
    if fields.get("pay_method") != "CARD":
        yield "pay_method is not CARD", Refused("8005", "결제정보 없음")


def _text(
    fields: Mapping[str, str], name: str, bytes_max: int, code: str, *, needed: bool = False
) -> Iterator[Wrong]:
    """One text: its length in bytes, and the characters KCP refuses."""
    value = fields.get(name, "")
    if needed and not value.strip():
        yield f"{name} is empty", Refused("9007", "상품명 없음")
    if len(value.encode("utf-8", "surrogatepass")) > bytes_max:
        yield f"{name} has more than {bytes_max} bytes", Refused(code, f"{name} 포맷 오류")
    if set(value) & _FORBIDDEN:
        yield f"{name} has characters KCP refuses", Refused(code, f"{name} 포맷 오류")


def _money(fields: Mapping[str, str], amount_min: int) -> Iterator[Wrong]:
    """Amounts, currency and months."""
    amount, quota = fields.get("amount", ""), fields.get("quota", "")
    if not _AMOUNT.fullmatch(amount):
        yield "amount is not 1 to 12 plain digits", Refused("8051", "금액 포맷 오류")
        return
    if int(amount) < amount_min:
        yield f"amount is below {amount_min}", Refused("9010", "카드 최소 1,000원")
    if fields.get("card_mny") != amount:
        yield "card_mny is not the amount", Refused("8105", "포맷에러(지불|신용카드|금액)")
    if fields.get("currency") != "410":
        yield "currency is not 410", Refused("8052", "통화코드 포맷 오류")
    if not re.fullmatch(r"00|0[2-9]|[1-9][0-9]", quota, re.ASCII):
        yield "quota is not two digits, 00 or from 02", Refused("8106", "할부기간 포맷 오류")
    elif quota != "00" and int(amount) < 50_000:
        yield "months below 50,000 won", Refused("CC16", "할부개월수 오류")
    yield from _split(fields, int(amount), ("comm_tax_mny", "comm_vat_mny", "comm_free_mny"))


def _split(fields: Mapping[str, str], amount: int, names: tuple[str, ...]) -> Iterator[Wrong]:
    """The tax split of a mixed sale: three parts that make the amount."""
    if "tax_flag" not in fields and not any(name in fields for name in names):
        return
    parts = [fields.get(name, "") for name in names]
    good = all(_DIGITS.fullmatch(part) for part in parts)
    if fields.get("tax_flag") != "TG03" or not good or sum(map(int, parts)) != amount:
        yield "the tax split does not add up", Refused("8011", "복합과세 금액 오류")


def _card(fields: Mapping[str, str], *, authenticated: bool) -> Iterator[Wrong]:
    """The card; what is wrong is said, what was sent is not."""
    kind = AUTHENTICATED if authenticated else PLAIN_CARD
    if fields.get("card_tx_type") != kind:
        yield "card_tx_type is not the contract's", Refused("8103", "거래유형 포맷 오류")
    if not re.fullmatch(r"[0-9]{13,19}", fields.get("card_no", ""), re.ASCII):
        yield "card_no is not 13 to 19 digits", Refused("8107", "카드번호 포맷 오류")
    if not re.fullmatch(r"[0-9]{2}(0[1-9]|1[0-2])", fields.get("card_expiry", ""), re.ASCII):
        yield "card_expiry is not YYMM", Refused("8109", "유효기간 포맷 오류")
    if not authenticated:
        return
    holder, password = fields.get("card_taxno", ""), fields.get("card_pwd")
    if not re.fullmatch(r"[0-9]{6}|[0-9]{10}", holder, re.ASCII):
        yield "card_taxno is not 6 or 10 digits", Refused("8110", "인증정보 포맷 오류")
    # Corporate cards often have no PIN (portone.md 5.4); KCP's papers do not say what then.
    may_lack = len(holder) == 10 and password in {None, ""}
    if not may_lack and not re.fullmatch(r"[0-9]{2}", password or "", re.ASCII):
        yield "card_pwd is not two digits", Refused("8111", "비밀번호 포맷 오류")


def cancel(fields: Mapping[str, str], *, mixed_tax: bool) -> Iterator[Wrong]:
    """The cancel, whole or in part."""
    needed = frozenset({"site_cd", "kcp_cert_info", "kcp_sign_data", "tno", "mod_type"})
    kind = fields.get("mod_type")
    if kind not in {"STSC", "STPC"}:
        yield "mod_type is neither STSC nor STPC", Refused("8009", "변경정보 포맷 오류")
    if kind == "STPC":
        needed |= {"mod_mny", "rem_mny"}
    allowed = needed | {"mod_desc"}
    if kind == "STPC" and mixed_tax:
        allowed |= _MIXED_CANCEL
    yield from _names(fields, needed, allowed)
    yield from _text(fields, "mod_desc", 256, "8009")
    yield from number(fields)
    if kind == "STPC":
        yield from _partial(fields)


def _partial(fields: Mapping[str, str]) -> Iterator[Wrong]:
    """The amounts of a partial cancel."""
    part, balance = fields.get("mod_mny", ""), fields.get("rem_mny", "")
    if not _AMOUNT.fullmatch(part):
        yield "mod_mny is not 1 to 12 plain digits", Refused("8082", "변경금액 포맷 오류")
    if not _AMOUNT.fullmatch(balance):
        yield "rem_mny is not 1 to 12 plain digits", Refused("8084", "변경전 남은금액 포맷 오류")
    if _AMOUNT.fullmatch(part) and _AMOUNT.fullmatch(balance):
        if int(part) > int(balance):
            yield "mod_mny is more than rem_mny", Refused("8036", "부분취소 가능금액 초과")
        yield from _split(fields, int(part), ("mod_tax_mny", "mod_vat_mny", "mod_free_mny"))


def number(fields: Mapping[str, str]) -> Iterator[Wrong]:
    """The transaction number: 14 digits, whole."""
    if not re.fullmatch(r"[0-9]{14}", fields.get("tno", ""), re.ASCII):
        yield "tno is not 14 digits", Refused("8072", "변경 거래번호 포맷 오류")


def inquiry(fields: Mapping[str, str], order_field: str) -> Iterator[Wrong]:
    """The inquiry; which order-number field KCP knows is open (Q1), so none is too many."""
    needed = frozenset({"site_cd", "kcp_cert_info", "kcp_sign_data", "tno", "pay_type"})
    allowed = needed | {"ordr_idxx", "mod_ordr_idxx"}
    if fields.get("mod_type") == "STSQ":
        allowed |= {"mod_type"}
    yield from _names(fields, needed, allowed)
    yield from number(fields)
    if fields.get("pay_type") != "PACA":
        yield "pay_type is not PACA", Refused("8511", "조회정보 결제유형 포맷 오류")
    by_order = fields.get("tno", "").endswith("000000") and order_field
    if by_order and not ({"ordr_idxx", "mod_ordr_idxx"} & set(fields)):
        yield "an inquiry by day without an order number", Refused("8087", "원주문번호 포맷 오류")
