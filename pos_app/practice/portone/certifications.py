"""Identity checks by a code in an SMS or in the carrier's app (portone.md 2.7).

Any six digits pass, as on KCP's test MID, but for a few (`CODES`). Who is checked stays in memory
and goes nowhere but into the answer.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from typing import Final

from pos_app.practice import holder
from pos_app.practice.face import Reply
from pos_app.practice.kcp.magic import magic_code
from pos_app.practice.portone import desk as answers
from pos_app.practice.portone.asked import Asked
from pos_app.practice.portone.cards import channel_by_key
from pos_app.practice.portone.desk import Desk
from pos_app.practice.portone.records import Check
from pos_app.practice.portone.refusal import (
    BAD_REQUEST,
    BUSINESS,
    FAILED,
    NO_CERTIFICATION,
    Refusal,
    bad_field,
    not_found,
)

WRONG: Final = "인증번호가 일치하지 않습니다."
EXPIRED: Final = "인증번호 유효시간이 지났습니다."
TOO_MANY: Final = "인증 시도 횟수를 초과하였습니다."
NOT_YET: Final = "아직 인증이 완료되지 않았습니다."
ALREADY: Final = "이미 인증이 완료되었습니다."
CODES: Final[Mapping[str, str]] = {"000000": WRONG, "000001": EXPIRED, "000002": TOO_MANY}
"""Codes that do not pass, whatever was sent; 000003 is an error of the gateway."""
BROKEN_CODE: Final = "000003"
BROKEN: Final = "PG사 통신 오류가 발생하였습니다."

_PG_ERROR: Final = 500
_CENTURY: Final = {"1": "19", "2": "19", "3": "20", "4": "20", "5": "19", "6": "19", "7": "20",
                   "8": "20"}  # fmt: skip
"""What the gender digit says of the century; 5 to 8 are foreigners."""
_MALE: Final = "1357"
_FOREIGN: Final = "5678"
_OTP: Final = re.compile(r"[0-9]{6}", re.ASCII)
_BIRTH: Final = re.compile(r"[0-9]{6}", re.ASCII)
_PHONE: Final = re.compile(r"01[0-9]{8,9}", re.ASCII)
_UID: Final = re.compile(r"[A-Za-z0-9]{1,40}", re.ASCII)
_CALLBACK: Final = re.compile(r"[0-9-]{8,14}", re.ASCII)
_PLACE_OF_CODE: Final = "[000000]"
_MEDIA: Final = ("MC01", "MC02")
_BYPASS: Final = ("media_type", "web_siteid", "cp_sms_msg", "cp_callback")
OLD_KEY: Final = "channelKey"
"""The spelling of the guides; the operations table says channel_key (Q3)."""


def request(desk: Desk, asked: Asked) -> Reply:
    """POST /certifications/otp/request."""
    person = _person(desk, asked)
    channel_by_key(desk, _channel_key(desk, asked), "certification", "channel_key")
    _check_bypass(desk, asked.body.get("bypass"))
    uid = asked.text("merchant_uid")
    if uid and _UID.fullmatch(uid) is None:
        raise bad_field("merchant_uid")
    if uid and any(check.merchant_uid == uid for check in desk.records.checks.values()):
        raise bad_field("merchant_uid", "중복되었습니다")
    code = magic_code(asked.text("name")) if desk.switches.magic else ""
    if code:
        raise Refusal(f"[{code}]본인인증 요청에 실패하였습니다.", status=_PG_ERROR, code=FAILED)
    if not asked.commit:
        return answers.NOT_DONE
    now = desk.seconds()
    method = asked.text("verification_method") or "SMS"
    check = Check(desk.records.fresh_uid(now), uid, method, now)
    desk.records.save(check)
    desk.records.persons[check.imp_uid] = person
    return answers.answer({"imp_uid": check.imp_uid}, "code sent", tno=check.imp_uid)


def confirm(desk: Desk, asked: Asked) -> Reply:
    """POST /certifications/otp/confirm/{imp_uid}."""
    check = _found(desk, asked)
    if check.certified_at:
        raise Refusal(ALREADY, status=BAD_REQUEST, code=FAILED)
    otp = asked.text("otp")
    if check.method == "SMS" and not otp:
        raise bad_field("otp", "필수 파라메터가 누락되었습니다")
    if otp and _OTP.fullmatch(otp) is None:
        raise bad_field("otp")
    if not asked.commit:
        return answers.NOT_DONE
    check.confirms += 1
    trouble = _trouble(desk, check, otp)
    check.wrong += trouble == WRONG
    check.certified_at = 0 if trouble else desk.seconds()
    desk.records.save(check)
    if trouble == BROKEN:
        raise Refusal(BROKEN, status=_PG_ERROR, code=FAILED)
    if trouble:
        raise _refusal(desk, trouble)
    return answers.answer(_shown(desk, check), "certified", tno=check.imp_uid)


def get(desk: Desk, asked: Asked) -> Reply:
    """GET /certifications/{imp_uid}."""
    check = _found(desk, asked)
    return answers.answer(_shown(desk, check), "found", tno=check.imp_uid)


def delete(desk: Desk, asked: Asked) -> Reply:
    """DELETE /certifications/{imp_uid}: afterwards nothing of it is left to find."""
    check = _found(desk, asked)
    if not asked.commit:
        return answers.NOT_DONE
    shown = _shown(desk, check)
    check.deleted = True
    desk.records.save(check)
    desk.records.persons.pop(check.imp_uid, None)
    return answers.answer(shown, "deleted", tno=check.imp_uid)


def _trouble(desk: Desk, check: Check, otp: str) -> str:
    """Return why a confirm does not pass; empty: it does."""
    if check.method == "APP" and not otp:
        return NOT_YET if check.confirms <= desk.switches.portone_app_waits else ""
    if check.wrong >= desk.switches.portone_otp_tries:
        return TOO_MANY
    if desk.seconds() - check.asked_at > desk.switches.portone_otp_life_s:
        return EXPIRED
    if not desk.switches.magic:
        return ""
    return BROKEN if otp == BROKEN_CODE else CODES.get(otp, "")


def _refusal(desk: Desk, words: str) -> Refusal:
    how = desk.switches.portone_otp_refusal
    if how == "1":
        return Refusal(words, code=BUSINESS)
    return Refusal(words, status=int(how), code=FAILED)


def _found(desk: Desk, asked: Asked) -> Check:
    check = desk.records.checks.get(asked.path["imp_uid"])
    if check is None or check.deleted:
        raise not_found(NO_CERTIFICATION)
    return check


def _person(desk: Desk, asked: Asked) -> dict[str, object]:
    """Return who is to be checked.

    Raises:
        Refusal: a field is not of its form.
    """
    name, birth, digit = asked.text("name"), asked.text("birth"), asked.text("gender_digit")
    phone = re.sub(r"[^0-9]", "", asked.text("phone"), flags=re.ASCII)
    if not name.strip():
        raise bad_field("name")
    if _PHONE.fullmatch(phone) is None:
        raise bad_field("phone")
    if digit not in _CENTURY:
        raise bad_field("gender_digit")
    day = _CENTURY[digit] + birth
    if _BIRTH.fullmatch(birth) is None or not holder.past_day(day, desk.now()):
        raise bad_field("birth")
    mvno = asked.body.get("is_mvno") is True
    return {
        "merchant_uid": asked.text("merchant_uid") or None,
        "name": name.strip(),
        "gender": "male" if digit in _MALE else "female",
        "birthday": f"{day[:4]}-{day[4:6]}-{day[6:]}",
        "foreigner": digit in _FOREIGN,
        "foreigner_v2": digit in _FOREIGN,
        "phone": phone,
        "carrier": asked.text("carrier") + ("_MVNO" if mvno else ""),
    }


def _channel_key(desk: Desk, asked: Asked) -> str:
    """Return the channel key under the spelling this run takes (Q3)."""
    new, old = asked.body.get("channel_key"), asked.body.get(OLD_KEY)
    wanted = desk.switches.portone_channel_key_name
    if wanted == "both" and (new != old or not new):
        raise bad_field(OLD_KEY if new else "channel_key")
    found = {"channelKey": old, "channel_key": new}.get(wanted, new or old)
    if not isinstance(found, str) or not found:
        name = OLD_KEY if wanted == OLD_KEY else "channel_key"
        raise bad_field(name, "필수 파라메터가 누락되었습니다")
    return found


def _check_bypass(desk: Desk, bypass: object) -> None:
    """Check the kcpV2 part of bypass: a JSON text or an object, as the switch says (Q3)."""
    if bypass is None or bypass == "":
        return
    form = "string" if isinstance(bypass, str) else "object"
    if desk.switches.portone_bypass not in ("either", form):
        raise bad_field("bypass", f"{desk.switches.portone_bypass} 형식이어야 합니다")
    try:
        read = json.loads(bypass) if isinstance(bypass, str) else bypass
    except (ValueError, RecursionError) as error:
        raise bad_field("bypass", "JSON 문자열이어야 합니다") from error
    kcp = read.get("kcpV2", {}) if isinstance(read, dict) else None
    if not isinstance(kcp, dict) or not all(isinstance(value, str) for value in kcp.values()):
        raise bad_field("bypass")
    _check_kcp(desk, kcp)


def _check_kcp(desk: Desk, kcp: Mapping[str, str]) -> None:
    for name in kcp:
        if desk.switches.portone_strict and name not in _BYPASS:
            raise bad_field(f"bypass.kcpV2.{name}" if name.isidentifier() else "bypass")
    if kcp.get("media_type", _MEDIA[0]) not in _MEDIA:
        raise bad_field("bypass.kcpV2.media_type")
    if _PLACE_OF_CODE not in kcp.get("cp_sms_msg", _PLACE_OF_CODE):
        raise bad_field("bypass.kcpV2.cp_sms_msg", f"{_PLACE_OF_CODE} 문구가 필요합니다")
    if "cp_callback" in kcp and _CALLBACK.fullmatch(kcp["cp_callback"]) is None:
        raise bad_field("bypass.kcpV2.cp_callback")


def _shown(desk: Desk, check: Check) -> dict[str, object]:
    """Return a check as answers show it; who it was only while it is in memory."""
    person = desk.records.persons.get(check.imp_uid, {})
    shown: dict[str, object] = {
        "imp_uid": check.imp_uid,
        "merchant_uid": check.merchant_uid or None,
        "pg_provider": "kcp_v2",
        "pg_tid": f"{check.asked_at}{check.imp_uid[-4:]}",
        "foreigner": False,
        "certified": bool(check.certified_at),
        "certified_at": check.certified_at,
        "origin": "api",
    }
    if not check.certified_at:
        return shown
    return {**shown, **person, **_identifiers(person)}


def _identifiers(person: Mapping[str, object]) -> dict[str, object]:
    """Return CI and DI: of the real lengths, always the same for the same person."""
    known = "|".join(str(person.get(name)) for name in ("name", "birthday", "gender"))
    ci = base64.b64encode(hashlib.sha512(b"CI" + known.encode()).digest()).decode()
    di = base64.b64encode(hashlib.sha384(b"DI" + known.encode()).digest()).decode()
    return {"unique_key": ci, "unique_in_site": di}
