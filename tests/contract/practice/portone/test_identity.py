"""Identity checks: fields and their rules, codes, the app, and what is left after deletion."""

from __future__ import annotations

import json

import pytest

from pos_app.practice.portone.switches import IDENTITY_CHANNEL, KEYIN_CHANNEL
from tests.contract.practice.portone.till import AT, Json, Till, check_of, serve
from tests.contract.practice.shop import MISSING

REQUEST = "/certifications/otp/request"
KCP = {"media_type": "MC01", "web_siteid": "J26", "cp_sms_msg": "[000000] 연습 꽃집 인증번호",
       "cp_callback": "02-120-0000"}  # fmt: skip


async def asked(till: Till, **changes: object) -> str:
    answer = await till.told("POST", REQUEST, check_of(**changes))
    assert answer["code"] == 0, answer
    found: str = answer["response"]["imp_uid"]
    return found


async def confirm(till: Till, uid: str, otp: str | None = "123456") -> Json:
    body: Json = {} if otp is None else {"otp": otp}
    return await till.told("POST", f"/certifications/otp/confirm/{uid}", body)


def test_a_check() -> None:
    async def work(till: Till) -> None:
        uid = await asked(till, merchant_uid="C1", is_mvno=True, company="연습 꽃집")
        early = (await till.told("GET", f"/certifications/{uid}"))["response"]
        assert early["certified"] is False
        assert not {"name", "birthday", "unique_key"} & set(early)
        done = await confirm(till, uid)
        wanted = {
            "imp_uid": uid, "merchant_uid": "C1", "pg_provider": "kcp_v2", "name": "홍길동",
            "gender": "male", "birthday": "1990-01-01", "foreigner": False,
            "phone": "01012345678", "carrier": "SKT_MVNO", "certified": True,
            "certified_at": AT,
        }  # fmt: skip
        assert {name: done["response"][name] for name in wanted} == wanted
        assert len(done["response"]["unique_key"]) == 88
        assert len(done["response"]["unique_in_site"]) == 64
        path = f"/certifications/{uid}"
        assert (await till.told("GET", path))["response"] == done["response"]
        assert (await till.told("DELETE", path))["response"] == done["response"]
        for method in ("GET", "DELETE"):
            gone = await till.told(method, path)
            assert (gone["http"], gone["message"]) == (404, "인증결과가 존재하지 않습니다.")
        assert (await confirm(till, uid))["http"] == 404
        (row,) = (await till.book())["portone"]["certifications"]
        assert (row["imp_uid"], row["deleted"]) == (uid, True)
        assert till.server.gateway.portone.persons == {}

    serve(work)


@pytest.mark.parametrize(
    ("name", "value"),
    [("name", MISSING), ("name", " "), ("phone", MISSING), ("phone", "02-120-0000"),
     ("phone", "010-1234"), ("birth", MISSING), ("birth", "19900101"), ("birth", "900231"),
     ("birth", "900132"), ("gender_digit", MISSING), ("gender_digit", "9"),
     ("gender_digit", "0"), ("gender_digit", 1), ("carrier", MISSING), ("carrier", "KTF"),
     ("carrier", "LGU"), ("is_mvno", "true"), ("channel_key", MISSING), ("channel_key", "x"),
     ("channel_key", KEYIN_CHANNEL), ("merchant_uid", "A-1"), ("merchant_uid", "A" * 41),
     ("verification_method", "ARS")],
)  # fmt: skip
def test_a_field_out_of_form(name: str, value: object) -> None:
    async def work(till: Till) -> None:
        answer = await till.told("POST", REQUEST, check_of(**{name: value}))
        assert (answer["http"], answer["code"], answer["response"]) == (400, -1, None)
        assert answer["message"].startswith(f"{name}: ")

    serve(work)


@pytest.mark.parametrize(
    ("digit", "birth", "day", "gender", "foreign"),
    [("1", "991231", "1999-12-31", "male", False), ("2", "000101", "1900-01-01", "female", False),
     ("3", "000101", "2000-01-01", "male", False), ("4", "010203", "2001-02-03", "female", False),
     ("5", "800101", "1980-01-01", "male", True), ("6", "800101", "1980-01-01", "female", True),
     ("7", "010203", "2001-02-03", "male", True), ("8", "010203", "2001-02-03", "female", True)],
)  # fmt: skip
def test_the_digit_says_century_sex_and_foreigner(
    digit: str, birth: str, day: str, gender: str, *, foreign: bool
) -> None:
    async def work(till: Till) -> None:
        uid = await asked(till, gender_digit=digit, birth=birth)
        found = (await confirm(till, uid))["response"]
        assert (found["birthday"], found["gender"]) == (day, gender)
        assert (found["foreigner"], found["foreigner_v2"]) == (foreign, foreign)

    serve(work)


@pytest.mark.parametrize("digit", ["3", "7"])
def test_a_birth_that_is_still_to_come(digit: str) -> None:
    async def work(till: Till) -> None:
        answer = await till.told("POST", REQUEST, check_of(gender_digit=digit, birth="900101"))
        assert (answer["http"], answer["message"].startswith("birth: ")) == (400, True)

    serve(work)


NEW, OLD = {"channel_key": IDENTITY_CHANNEL}, {"channelKey": IDENTITY_CHANNEL}


@pytest.mark.parametrize(
    ("strict", "switch", "new", "old", "both"),
    [(False, "either", 200, 200, 200), (False, "channel_key", 200, 400, 200),
     (False, "channelKey", 400, 200, 200), (False, "both", 400, 400, 200),
     # The operations table knows one spelling; strict takes the other only if told so.
     (True, "either", 200, 400, 400), (True, "channel_key", 200, 400, 400),
     (True, "channelKey", 400, 200, 200), (True, "both", 400, 400, 200)],
)  # fmt: skip
def test_two_spellings_of_the_channel_key(
    switch: str, new: int, old: int, both: int, *, strict: bool
) -> None:
    async def work(till: Till) -> None:
        for fields, status in ((NEW, new), (OLD, old), ({**NEW, **OLD}, both)):
            body = {**check_of(channel_key=MISSING), **fields}
            assert (await till.told("POST", REQUEST, body))["http"] == status

    serve(work, switches={"portone_channel_key_name": switch, "portone_strict": strict})


@pytest.mark.parametrize(
    ("switch", "text", "table"),
    [("either", 200, 200), ("string", 200, 400), ("object", 400, 200)],
)
def test_two_forms_of_bypass(switch: str, text: int, table: int) -> None:
    async def work(till: Till) -> None:
        bypass = {"kcpV2": KCP}
        for form, status in ((json.dumps(bypass), text), (bypass, table)):
            answer = await till.told("POST", REQUEST, check_of(bypass=form))
            assert answer["http"] == status

    serve(work, switches={"portone_bypass": switch})


@pytest.mark.parametrize(
    ("name", "value"),
    [("media_type", "MC03"), ("cp_sms_msg", "인증번호 000000"), ("cp_callback", "전화"),
     ("web_siteid", 1)],
)  # fmt: skip
def test_a_bypass_out_of_form(name: str, value: object) -> None:
    async def work(till: Till) -> None:
        bypass = {"kcpV2": {**KCP, name: value}}
        answer = await till.told("POST", REQUEST, check_of(bypass=bypass))
        assert (answer["http"], answer["message"].startswith("bypass")) == (400, True)
        for broken in ("{", "[]", '{"kcpV2": 1}'):
            assert (await till.told("POST", REQUEST, check_of(bypass=broken)))["http"] == 400

    serve(work)


def test_a_number_only_once() -> None:
    async def work(till: Till) -> None:
        await asked(till, merchant_uid="C1")
        again = await till.told("POST", REQUEST, check_of(merchant_uid="C1"))
        assert again["http"] == 400

    serve(work)


REFUSALS = [("500", 500, -1), ("400", 400, -1), ("1", 200, 1)]


@pytest.mark.parametrize(("switch", "http", "code"), REFUSALS)
@pytest.mark.parametrize(
    ("otp", "words"),
    [("000000", "일치하지 않습니다"), ("000001", "유효시간"), ("000002", "횟수를 초과")],
)
def test_a_code_that_does_not_pass(switch: str, http: int, code: int, otp: str, words: str) -> None:
    async def work(till: Till) -> None:
        uid = await asked(till)
        answer = await confirm(till, uid, otp)
        assert (answer["http"], answer["code"], answer["response"]) == (http, code, None)
        assert words in answer["message"]
        assert (await confirm(till, uid))["response"]["certified"] is True
        again = await confirm(till, uid)
        assert (again["http"], again["message"]) == (400, "이미 인증이 완료되었습니다.")

    serve(work, switches={"portone_otp_refusal": switch})


@pytest.mark.parametrize("otp", [None, "", "12345", "1234567", "12345x", "１２３４５６"])
def test_a_code_out_of_form(otp: str | None) -> None:
    async def work(till: Till) -> None:
        answer = await confirm(till, await asked(till), otp)
        assert (answer["http"], answer["message"].startswith("otp: ")) == (400, True)

    serve(work)


def test_a_code_too_late_or_too_often() -> None:
    async def work(till: Till) -> None:
        late = await asked(till)
        till.clock.move(181)
        assert "유효시간" in (await confirm(till, late))["message"]
        often = await asked(till)
        for _ in range(5):
            assert "일치" in (await confirm(till, often, "000000"))["message"]
        assert "횟수" in (await confirm(till, often))["message"]

    serve(work)


def test_an_error_of_the_gateway() -> None:
    async def work(till: Till) -> None:
        uid = await asked(till)
        assert (await confirm(till, uid, "000003"))["http"] == 500
        assert (await confirm(till, uid))["code"] == 0
        refused = await till.told("POST", REQUEST, check_of(name="PRACTICE 0086"))
        assert (refused["http"], refused["message"][:6]) == (500, "[0086]")

    serve(work, switches={"portone_otp_refusal": "400"})


def test_the_app_needs_no_code_but_its_holder() -> None:
    async def work(till: Till) -> None:
        uid = await asked(till, verification_method="APP")
        early = await confirm(till, uid, None)
        assert (early["http"], early["response"]) == (500, None)
        assert (await till.told("GET", f"/certifications/{uid}"))["response"]["certified"] is False
        assert (await confirm(till, uid, None))["response"]["certified"] is True

    serve(work)
