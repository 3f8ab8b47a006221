"""KCP's model: what it complains of, what it refuses, and that its book is the truth."""

from __future__ import annotations

import datetime as dt
import json
import random
from typing import Any

import pytest

from tests.sim.models.habits import PLAIN, Habits
from tests.sim.models.kcp import KcpContract, KcpModel
from tests.sim.models.kcp_answers import TWISTS
from tests.sim.models.shop import CERTIFICATE, SITE, START, sign, verify
from tests.sim.wire import WireRequest

APPROVAL, CANCEL, INQUIRY = "/gw/hub/v1/payment", "/gw/mod/v1/cancel", "/std/inquery"
JSON = {"Content-Type": "application/json; charset=utf-8"}

GOOD = {
    "site_cd": SITE,
    "kcp_cert_info": CERTIFICATE,
    "pay_method": "CARD",
    "cust_ip": "",
    "amount": "55000",
    "card_mny": "55000",
    "currency": "410",
    "quota": "03",
    "ordr_idxx": "20261121010000000000000001",
    "good_name": "꽃바구니",
    "buyr_name": "홍길동",
    "buyr_mail": "hong@example.com",
    "buyr_tel2": "010-1234-5678",
    "card_tx_type": "11121000",
    "card_no": "9410110000000073",
    "card_expiry": "3012",
    "card_taxno": "900101",
    "card_pwd": "12",
}


def model(habits: Habits = PLAIN, **contract: Any) -> KcpModel:
    return KcpModel(KcpContract(SITE, **contract), verify, random.Random(5), habits)


def post(
    kcp: KcpModel,
    path: str,
    fields: Any,
    *,
    headers: dict[str, str] | None = None,
    now: dt.datetime = START,
    host: str = "spl.kcp.co.kr",
    method: str = "POST",
) -> dict[str, Any]:
    body = fields if isinstance(fields, bytes) else json.dumps(fields).encode()
    reply = kcp.receive(WireRequest(method, host, path, headers or JSON, body), now)
    read: dict[str, Any] = json.loads(reply.body) if reply.body[:1] == b"{" else {}
    return read


def cancel_of(tno: str, kind: str = "STSC", **more: str) -> dict[str, str]:
    fields = {"site_cd": SITE, "kcp_cert_info": CERTIFICATE, "tno": tno, "mod_type": kind}
    fields["kcp_sign_data"] = sign(f"{SITE}^{tno}^{kind}".encode())
    return {**fields, "mod_desc": "고객 요청", **more}


def part_of(tno: str, part: int, balance: int) -> dict[str, str]:
    return cancel_of(tno, "STPC", mod_mny=str(part), rem_mny=str(balance))


def inquiry_of(tno: str, last: str = "PACA", **more: str) -> dict[str, str]:
    fields = {"site_cd": SITE, "kcp_cert_info": CERTIFICATE, "tno": tno, "pay_type": "PACA"}
    return {**fields, "kcp_sign_data": sign(f"{SITE}^{tno}^{last}".encode()), **more}


def charged(kcp: KcpModel, **changes: str) -> str:
    """Charge and return the tno."""
    assert post(kcp, APPROVAL, {**GOOD, **changes})
    return kcp.charges[-1].gateway_ref


def test_a_charge_is_in_the_book_and_told_in_texts() -> None:
    kcp = model()
    answer = post(kcp, APPROVAL, GOOD)
    (truth,) = kcp.of_order(GOOD["ordr_idxx"])
    assert kcp.complaints == []
    assert (answer["res_cd"], answer["tno"], answer["amount"]) == (
        "0000",
        truth.gateway_ref,
        "55000",
    )
    assert (truth.amount, truth.balance, truth.at) == (55_000, 55_000, START)
    assert all(isinstance(value, str) for value in answer.values())
    assert (answer["res_tax_mny"], answer["res_vat_mny"]) == ("50000", "5000")
    assert kcp.charge_requests == {GOOD["ordr_idxx"]: 1}


@pytest.mark.parametrize(
    ("name", "value", "complaint"),
    [
        ("site_cd", "ZZ999", "site_cd"),
        ("kcp_cert_info", CERTIFICATE.replace("BEGIN CERT", "BEGINCERT"), "one line"),
        ("kcp_cert_info", CERTIFICATE.replace("MIID", "MI\nID"), "one line"),
        ("pay_method", "BATCH", "pay_method"),
        ("cust_ip", "my shop", "cust_ip"),
        ("amount", "55,000", "amount is not"),
        ("amount", "055000", "amount is not"),
        ("amount", "5500000000000", "amount is not"),
        ("amount", "999", "below 1000"),
        ("amount", 55000, "amount is no string"),
        ("card_mny", "54999", "card_mny"),
        ("currency", "840", "currency"),
        ("quota", "3", "quota"),
        ("quota", "01", "quota"),
        ("ordr_idxx", "2026-1121", "ordr_idxx"),
        ("ordr_idxx", "A" * 41, "ordr_idxx"),
        ("good_name", " ", "good_name is empty"),
        ("good_name", "꽃" * 34, "good_name has more than 100"),
        ("good_name", "꽃;바구니", "good_name has characters"),
        ("buyr_name", "홍" * 11, "buyr_name"),
        ("buyr_mail", "a" * 51, "buyr_mail"),
        ("buyr_tel2", "0" * 21, "buyr_tel2"),
        ("buyr_tel2", "전화", "telephone"),
        ("card_tx_type", "11111000", "card_tx_type"),
        ("card_no", "9410-1100-0000-0073", "card_no"),
        ("card_expiry", "1230", "card_expiry"),
        ("card_taxno", "1990", "card_taxno"),
        ("card_pwd", "1", "card_pwd"),
        ("kcp_sign_data", "x", "kcp_sign_data is no field"),
        ("tax_flag", "TG03", "tax_flag is no field"),
    ],
)
def test_what_no_paper_allows_is_written_down_and_not_charged(
    name: str, value: object, complaint: str
) -> None:
    kcp = model()
    answer = post(kcp, APPROVAL, {**GOOD, name: value})
    assert any(complaint in line for line in kcp.complaints), kcp.complaints
    assert answer["res_cd"] != "0000"
    assert kcp.charges == []


@pytest.mark.parametrize("name", sorted(set(GOOD) - {"cust_ip"}))
def test_a_field_left_out_is_missed(name: str) -> None:
    kcp = model()
    post(kcp, APPROVAL, {key: value for key, value in GOOD.items() if key != name})
    assert any(name in line for line in kcp.complaints)
    assert kcp.charges == []


def test_months_below_fifty_thousand_are_a_complaint() -> None:
    kcp = model()
    post(kcp, APPROVAL, {**GOOD, "amount": "49000", "card_mny": "49000"})
    assert any("months" in line for line in kcp.complaints)


def test_more_months_than_the_contract_are_a_decline_and_no_complaint() -> None:
    kcp = model()
    assert post(kcp, APPROVAL, {**GOOD, "quota": "24"})["res_cd"] == "8125"
    assert kcp.complaints == []


def test_without_authentication_no_proof_may_come() -> None:
    kcp = model(authenticated=False)
    post(kcp, APPROVAL, {**GOOD, "card_tx_type": "11111000"})
    assert any("card_pwd is no field" in line for line in kcp.complaints)


def test_a_corporate_card_may_come_without_password_digits() -> None:
    kcp = model()
    post(kcp, APPROVAL, {**GOOD, "card_taxno": "1234567890", "card_pwd": ""})
    assert kcp.complaints == []


def test_a_tax_split_must_add_up() -> None:
    kcp = model(mixed_tax=True)
    split = {"tax_flag": "TG03", "comm_tax_mny": "40000", "comm_vat_mny": "4000"}
    post(kcp, APPROVAL, {**GOOD, **split, "comm_free_mny": "11000"})
    assert kcp.complaints == []
    post(kcp, APPROVAL, {**GOOD, **split, "comm_free_mny": "10999"})
    assert any("tax split" in line for line in kcp.complaints)


@pytest.mark.parametrize(
    ("body", "headers", "complaint"),
    [
        (b'{"a": "1", "a": "2"}', JSON, "each key once"),
        ('{"a": "가"}'.encode("cp949"), JSON, "JSON in UTF-8"),
        (b"[]", JSON, "no JSON object"),
        (b"{}", {"Content-Type": "text/plain"}, "content type"),
        (b"{}", {**JSON, "Content-Length": "3"}, "content length"),
    ],
)
def test_a_body_that_is_no_json_object_is_a_complaint(
    body: bytes, headers: dict[str, str], complaint: str
) -> None:
    kcp = model()
    post(kcp, APPROVAL, body, headers=headers)
    assert any(complaint in line for line in kcp.complaints), kcp.complaints


def test_another_host_path_or_method_is_a_complaint() -> None:
    for wrong in ({"host": "api.iamport.kr"}, {"method": "GET"}):
        kcp = model()
        post(kcp, APPROVAL, GOOD, **wrong)  # type: ignore[arg-type] # texts both
        assert kcp.complaints
    kcp = model()
    post(kcp, APPROVAL + "?x=1", GOOD)
    assert any("no call" in line for line in kcp.complaints)


def test_complaints_never_repeat_a_card() -> None:
    kcp = model()
    digits = "941011000000007355555"
    post(kcp, APPROVAL, {**GOOD, "card_no": digits, "card_expiry": "9999", "card_pwd": "777"})
    assert kcp.complaints
    assert not any(secret in "".join(kcp.complaints) for secret in (digits, "9999", "777"))


# -- duplicates, declines and misbehaviour -------------------------------------------------------


def test_a_repeated_order_number_is_refused_or_charged_by_choice() -> None:
    kcp = model()
    charged(kcp)
    again = post(kcp, APPROVAL, GOOD)["res_cd"]
    assert again in {"8094", "8128", "8338", "9167", "8586"}
    kcp.habits = Habits(repeats="charge")
    assert post(kcp, APPROVAL, GOOD)["res_cd"] == "0000"
    assert len(kcp.of_order(GOOD["ordr_idxx"])) == 2
    assert kcp.charge_requests[GOOD["ordr_idxx"]] == 3


def test_declines_come_by_magic_and_by_chance() -> None:
    assert post(model(Habits(magic={55_000: "CC61"})), APPROVAL, GOOD)["res_cd"] == "CC61"
    kcp = model(Habits(decline=1.0))
    assert post(kcp, APPROVAL, GOOD)["res_cd"] != "0000"
    assert kcp.charges == []


def test_a_doubtful_code_may_have_charged_or_not() -> None:
    done, undone = model(Habits(doubt_done=1.0)), model(Habits(doubt_undone=1.0))
    assert post(done, APPROVAL, GOOD)["res_cd"] != "0000"
    assert post(undone, APPROVAL, GOOD)["res_cd"] != "0000"
    assert (len(done.charges), len(undone.charges)) == (1, 0)


def test_a_charge_taken_back_by_kcp_is_9047_and_has_no_balance() -> None:
    kcp = model(Habits(reversed=1.0))
    assert post(kcp, APPROVAL, GOOD)["res_cd"] == "9047"
    (truth,) = kcp.charges
    assert truth.balance == 0
    assert not truth.cancels[0].by_shop


def test_another_amount_is_told_and_true() -> None:
    kcp = model(Habits(other_amount=1.0))
    answer = post(kcp, APPROVAL, GOOD)
    assert answer["amount"] == str(kcp.charges[0].amount) != "55000"


def test_a_twisted_answer_is_never_the_true_one() -> None:
    kcp = model()
    charged(kcp, ordr_idxx="OTHER")
    kcp.habits = Habits(twisted=1.0)
    for number in range(200):
        answer = post(kcp, APPROVAL, {**GOOD, "ordr_idxx": f"N{number}"})
        (truth,) = kcp.of_order(f"N{number}")
        told = (answer.get("res_cd"), answer.get("tno"), answer.get("order_no"))
        same = (*told, answer.get("amount")) == (
            "0000",
            truth.gateway_ref,
            truth.order_no,
            str(truth.amount),
        )
        assert not same
        assert (truth.amount, truth.balance) == (55_000, 55_000)
    assert {kind for kind in TWISTS if kcp.outcomes[f"twisted {kind}"]} == set(TWISTS)


def test_one_seed_is_one_story() -> None:
    def story() -> list[dict[str, Any]]:
        kcp = model(Habits(decline=0.3, twisted=0.2, extra_fields=0.5, optional_missing=0.5))
        return [post(kcp, APPROVAL, {**GOOD, "ordr_idxx": f"N{n}"}) for n in range(50)]

    assert story() == story()


# -- cancels -------------------------------------------------------------------------------------


def test_a_whole_cancel_empties_the_sale_once() -> None:
    kcp = model()
    tno = charged(kcp)
    answer = post(kcp, CANCEL, cancel_of(tno))
    assert (answer["res_cd"], answer["tno"]) == ("0000", tno)
    assert kcp.charges[0].balance == 0
    assert kcp.charges[0].cancels[0].by_shop
    assert post(kcp, CANCEL, cancel_of(tno))["res_cd"] in {"8133", "8023", "CCA4"}
    assert kcp.complaints == []


def test_a_partial_cancel_is_a_compare_and_set() -> None:
    kcp = model()
    tno = charged(kcp)
    answer = post(kcp, CANCEL, part_of(tno, 20_000, 55_000))
    assert (answer["mod_mny"], answer["rem_mny"]) == ("20000", "35000")
    assert post(kcp, CANCEL, part_of(tno, 20_000, 55_000))["res_cd"] in {"8037", "8038"}
    assert post(kcp, CANCEL, cancel_of(tno))["res_cd"] in {"8040", "CCA9"}
    assert post(kcp, CANCEL, part_of(tno, 35_000, 35_000))["rem_mny"] == "0"
    assert kcp.charges[0].balance == 0
    assert kcp.complaints == []


def test_a_sale_may_refuse_partial_cancels() -> None:
    kcp = model(Habits(no_partial=1.0))
    assert post(kcp, APPROVAL, GOOD)["partcanc_yn"] == "N"
    tno = kcp.charges[0].gateway_ref
    assert post(kcp, CANCEL, part_of(tno, 1_000, 55_000))["res_cd"] in {"8141", "8142", "8392"}
    assert post(kcp, CANCEL, cancel_of(tno))["res_cd"] == "0000"


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"kcp_sign_data": "forged"}, "does not sign"),
        ({"mod_type": "STXX"}, "mod_type"),
        ({"mod_mny": "1"}, "mod_mny is no field"),
        ({"mod_desc": "요" * 86}, "mod_desc has more"),
        ({"mod_desc": "a;b"}, "mod_desc has characters"),
        ({"mod_ip": "1.2.3.4"}, "mod_ip is no field"),
        ({"tno": "1234"}, "14 digits"),
    ],
)
def test_a_whole_cancel_no_paper_allows_is_a_complaint(
    change: dict[str, str], complaint: str
) -> None:
    kcp = model()
    post(kcp, CANCEL, {**cancel_of(charged(kcp)), **change})
    assert any(complaint in line for line in kcp.complaints), kcp.complaints
    assert kcp.charges[0].balance == 55_000


@pytest.mark.parametrize(
    ("part", "balance", "complaint"),
    [
        ("0", "55000", "mod_mny is not"),
        ("1000", "", "rem_mny is not"),
        ("55001", "55000", "more than rem_mny"),
    ],
)
def test_a_partial_cancel_no_paper_allows_is_a_complaint(
    part: str, balance: str, complaint: str
) -> None:
    kcp = model()
    fields = cancel_of(charged(kcp), "STPC", mod_mny=part, rem_mny=balance)
    post(kcp, CANCEL, fields)
    assert any(complaint in line for line in kcp.complaints), kcp.complaints
    assert kcp.charges[0].balance == 55_000


def test_a_number_kcp_never_gave_is_a_complaint() -> None:
    kcp = model()
    post(kcp, CANCEL, cancel_of("26112199999999"))
    post(kcp, INQUIRY, inquiry_of("26112199999999"))
    assert len([line for line in kcp.complaints if "never gave" in line]) == 2


def test_doubtful_cancels_are_done_or_not() -> None:
    for habits, left in (
        (Habits(cancel_doubt_done=1.0), 0),
        (Habits(cancel_doubt_undone=1.0), 55_000),
        (Habits(cancel_refused=1.0), 55_000),
    ):
        kcp = model(habits)
        assert post(kcp, CANCEL, cancel_of(charged(kcp)))["res_cd"] != "0000"
        assert kcp.charges[0].balance == left


def test_the_admin_site_cancels_behind_the_shop() -> None:
    kcp = model()
    tno = charged(kcp)
    kcp.cancel_behind(tno, 5_000, START)
    assert not kcp.charges[0].cancels[0].by_shop
    assert post(kcp, CANCEL, part_of(tno, 1_000, 55_000))["res_cd"] in {"8037", "8038"}
    with pytest.raises(ValueError, match="cannot be cancelled"):
        kcp.cancel_behind(tno, 50_001, START)


def test_an_unregistered_address_cancels_nothing() -> None:
    kcp = model(cancel_ip_unknown=True)
    assert post(kcp, CANCEL, cancel_of(charged(kcp)))["res_cd"] == "8012"
    assert kcp.charges[0].balance == 55_000


# -- inquiries -----------------------------------------------------------------------------------


def by_order(day: str = "20261121", name: str = "ordr_idxx") -> dict[str, str]:
    return inquiry_of(f"{day}000000", **{name: GOOD["ordr_idxx"]})


def test_an_inquiry_tells_state_and_balance() -> None:
    kcp = model()
    tno = charged(kcp)
    states = []
    for change in (None, part_of(tno, 5_000, 55_000), part_of(tno, 50_000, 50_000)):
        if change:
            post(kcp, CANCEL, change)
        told = post(kcp, INQUIRY, inquiry_of(tno))
        states.append((told["stat_ca_cd"], told["rem_mny"], told["canc_card_yn"]))
    assert states == [("STSR", "55000", "N"), ("STPC", "50000", "N"), ("STSC", "0", "Y")]
    assert kcp.complaints == []


def test_an_order_is_found_by_its_day_and_the_right_name() -> None:
    kcp = model()
    charged(kcp)
    assert post(kcp, INQUIRY, by_order())["order_no"] == GOOD["ordr_idxx"]
    for other in (by_order("20261120"), by_order(name="mod_ordr_idxx")):
        assert post(kcp, INQUIRY, other)["res_cd"] in {"8132", "8061", "5530"}
    assert kcp.complaints == []


def test_a_declined_order_is_shown_as_failed_until_it_is_charged() -> None:
    kcp = model(Habits(decline=1.0))
    post(kcp, APPROVAL, GOOD)
    told = post(kcp, INQUIRY, by_order())
    assert told["stat_ca_cd"] in {"STAF", "STVF"}
    assert post(kcp, INQUIRY, inquiry_of(told["tno"]))["order_no"] == GOOD["ordr_idxx"]
    kcp.habits = PLAIN
    charged(kcp)
    assert post(kcp, INQUIRY, by_order())["stat_ca_cd"] == "STSR"
    assert kcp.complaints == []


def test_a_charge_may_be_seen_late_and_unfinished() -> None:
    kcp = model(Habits(lag=1.0, pending=0.0))
    charged(kcp)
    assert post(kcp, INQUIRY, by_order())["res_cd"] != "0000"
    later = START + dt.timedelta(seconds=121)
    assert post(kcp, INQUIRY, by_order(), now=later)["stat_ca_cd"] == "STSR"
    kcp = model(Habits(pending=1.0))
    charged(kcp)
    assert post(kcp, INQUIRY, by_order())["stat_ca_cd"] in {"STIR", "STSF"}
    assert post(kcp, INQUIRY, by_order(), now=later)["stat_ca_cd"] == "STSR"


def test_no_right_to_inquire_says_nothing() -> None:
    kcp = model(no_inquiry=True)
    assert post(kcp, INQUIRY, inquiry_of(charged(kcp)))["res_cd"] == "S032"


def test_the_signed_text_of_an_inquiry_is_as_agreed() -> None:
    kcp = model(inquiry_sign="mod_type")
    tno = charged(kcp)
    assert post(kcp, INQUIRY, inquiry_of(tno, "STSQ"))["res_cd"] == "0000"
    post(kcp, INQUIRY, inquiry_of(tno, "PACA"))
    assert any("does not sign" in line for line in kcp.complaints)


@pytest.mark.parametrize(
    ("change", "complaint"),
    [({"pay_type": "PABK"}, "pay_type"), ({"order_no": "1"}, "order_no is no field")],
)
def test_an_inquiry_no_paper_allows_is_a_complaint(change: dict[str, str], complaint: str) -> None:
    kcp = model()
    post(kcp, INQUIRY, {**inquiry_of(charged(kcp)), **change})
    assert any(complaint in line for line in kcp.complaints), kcp.complaints


def test_a_day_without_an_order_number_is_a_complaint() -> None:
    kcp = model()
    post(kcp, INQUIRY, inquiry_of("20261121000000"))
    assert any("without an order number" in line for line in kcp.complaints)
