"""Magic on PortOne's side: KCP's cards, amounts and words, with what differs here, and some more.

The tables of the README one folder up hold here too; README.md in this folder lists the rest.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from pos_app.practice.kcp.magic import BEHAVIOURS as KCP_BEHAVIOURS
from pos_app.practice.kcp.magic import Behaviours, Script

SHAPE: Final = "decline"
"""In an aftermath: the shape of this one decline, instead of the switch `portone_decline`."""


def _wire(name: str, **do: object) -> Script:
    return Script(name, do=do)


def _after(name: str, **aftermath: object) -> Script:
    return Script(name, aftermath=aftermath)


def _declined(name: str, shape: str) -> Script:
    return Script(name, code="CC61", charged=False, aftermath={SHAPE: shape})


OWN: Final[Mapping[int, tuple[str, Script]]] = {
    5: ("paid; the answer names another merchant_uid",
        _wire("order", do="edit", set={"merchant_uid": "ANOTHERORDER0001"})),
    6: ("paid; the answer has no imp_uid", _wire("no-imp_uid", do="edit", remove=["imp_uid"])),
    9: ("paid, answer cut right after the imp_uid",
        _wire("cut-after-imp_uid", do="cut", after_field="imp_uid")),
    10: ("paid, answer cut before the imp_uid",
         _wire("cut-before-imp_uid", do="cut", before_field="imp_uid")),
    19: ("paid; the answer names other instalment months",
         _wire("quota", do="edit", set={"card_quota": 36})),
    21: ("paid; the answer's imp_uid is none",
         _wire("bad-imp_uid", do="edit", set={"imp_uid": "imp'; --"})),
    22: ("paid; the amount is a text", _wire("text", do="edit", set={"amount": "1,000"})),
    25: ("paid; look-ups name another merchant_uid",
         _after("inquiry-order", inquiry_do={
             "do": "edit", "set": {"merchant_uid": "ANOTHER0001"}})),
    26: ("first cancel done; its answer names another imp_uid",
         _after("cancel-imp_uid", cancel_do={
             "do": "edit", "set": {"imp_uid": "imp_200001010001"}})),
    27: ("first cancel done; its answer has a wrong cancel_amount",
         _after("cancel-amount", cancel_do={"do": "edit", "set": {"cancel_amount": 1}})),
    30: ("paid; name and fail_reason are hostile text (HTML, control and direction marks)",
         _wire("hostile", do="edit", set={
             "message": "<img src=x onerror=1>",
             "name": "<img src=x onerror=1>\u202e\u0007\x1b[31m" + "A" * 2000})),
    31: ("paid; look-ups find it `ready` for slow_s", _after("ready", hidden=True, ready=True)),
    32: ("paid; the answer names another currency",
         _wire("currency", do="edit", set={"currency": "USD"})),
    33: ("declined with code 0 and status failed", _declined("failed", "failed")),
    34: ("declined with code 1, response null", _declined("code 1", "1")),
    35: ("declined with code -1, response null", _declined("code -1", "-1")),
    36: ("charged, HTTP 500 with an envelope",
         _wire("500-done", do="reply", res_cd="-1", http_status=500, done=True)),
    37: ("not charged, HTTP 500 with an envelope",
         _wire("500", do="reply", res_cd="-1", http_status=500, done=False)),
    38: ("paid; the answer's status is one nobody knows",
         _wire("status", do="edit", set={"status": "in_review"})),
    39: ("not charged, 401 though the token is good",
         _wire("401", do="reply", res_cd="-1", res_msg="Unauthorized", http_status=401,
               done=False)),
    40: ("paid; the answer has fields and values nobody knows yet",
         _wire("new", do="edit", set={"brand_new": {"a": [1]}, "channel": "kiosk"})),
    41: ("paid on a live channel although the channel is for tests, and the other way round",
         _after("sandbox", sandbox_turned=True)),
}  # fmt: skip
"""Behaviours that differ from KCP's, or have no like there; words for the README."""

BEHAVIOURS: Final[Behaviours] = {**KCP_BEHAVIOURS, **OWN}
"""Behaviours of the magic numbers 4000 0090 00nn and amounts 10,1nn on PortOne's side."""
