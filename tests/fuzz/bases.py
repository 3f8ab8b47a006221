"""Good answers to start from: a charge, a look-up and a cancel, at each gateway, in each mood."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.unit.gateways import build as kcp
from tests.unit.gateways.portone import build as portone

Json = dict[str, Any]
CHARGE, LOOK_UP, LOOK_UP_BY_ORDER, CANCEL = "charge", "look_up", "look_up_by_order", "cancel"
OPERATIONS = (CHARGE, LOOK_UP, LOOK_UP_BY_ORDER, CANCEL)
GATEWAYS = ("kcp", "portone")
#: The number of the card that is charged; an answer may hold it, but nothing may keep it.
PAN = "9410110000000073"


@dataclass(frozen=True, slots=True)
class Base:
    """One answer as it should be.

    Attributes:
        body: the whole JSON document.
    """

    gateway: str
    operation: str
    status: int
    body: Json

    def as_bytes(self) -> bytes:
        """Return the body as it is sent."""
        return json.dumps(self.body, ensure_ascii=False).encode()


def _kcp_refused(code: str, message: str) -> Json:
    return {"res_cd": code, "res_msg": message, "res_en_msg": ""}


def _envelope(response: object, code: int = 0, message: str | None = None) -> Json:
    return {"code": code, "message": message, "response": response}


def _cancelled(amount: int) -> Json:
    row = {"pg_tid": "26112114320731", "amount": amount, "cancelled_at": portone.PAID_AT + 60}
    return portone.payment(cancel_amount=amount, cancel_history=[row], status="cancelled")


def _list(*rows: Mapping[str, object]) -> Json:
    return _envelope({"total": len(rows), "previous": 0, "next": 0, "list": list(rows)})


def _kcp() -> list[Base]:
    """Return what KCP says."""
    refusals = {
        CHARGE: ("CC61", "8128", "CC72", "8041", "9502", "ZZ99"),
        LOOK_UP: ("8132", "S032", "8041"),
        LOOK_UP_BY_ORDER: ("8132", "5530"),
        CANCEL: ("8133", "8037", "8178", "8387"),
    }
    partly = {"stat_ca_cd": "STPC", "rem_mny": "35000"}
    gone = {"stat_ca_cd": "STSC", "rem_mny": "0", "canc_card_yn": "Y"}
    made = [
        Base("kcp", operation, 200, _kcp_refused(code, "한도초과" if code == "CC61" else "거절"))
        for operation, codes in refusals.items()
        for code in codes
    ]
    good = [(CHARGE, kcp.APPROVAL), (CANCEL, kcp.CANCEL)]
    for operation in (LOOK_UP, LOOK_UP_BY_ORDER):
        good += [(operation, {**kcp.INQUIRY, **more}) for more in ({}, partly, gone)]
    made += [Base("kcp", operation, 200, dict(body)) for operation, body in good for _ in range(3)]
    return made


def _portone() -> list[Base]:
    """Return what PortOne says."""
    paid, declined = portone.payment(), portone.failed("[CC61] 한도초과")
    other = {"imp_uid": "imps_448280090639"}
    spoken = {
        CHARGE: (
            _envelope(paid),
            _envelope(paid),
            _envelope(declined),
            _envelope(portone.payment(status="ready", paid_at=0)),
            _envelope(None, -1, "[CC61] 한도초과"),
            _envelope(None, 1, "이미 결제된 주문번호입니다."),
        ),
        LOOK_UP: (_envelope(paid), _envelope(_cancelled(20_000)), _envelope(None, -1, "거절")),
        LOOK_UP_BY_ORDER: (
            _list(paid),
            _list({**declined, **other}, paid),
            _list(declined),
            _envelope([paid]),
            _list(),
        ),
        CANCEL: (
            _envelope(_cancelled(20_000)),
            _envelope(_cancelled(20_000)),
            _envelope(None, 1, "취소할 금액이 잔액보다 큽니다."),
        ),
    }
    made = [
        Base("portone", operation, 200, body)
        for operation, bodies in spoken.items()
        for body in bodies
    ]
    missing = _envelope(None, -1, "존재하지 않는 결제정보입니다.")
    made += [Base("portone", operation, 404, missing) for operation in (LOOK_UP, LOOK_UP_BY_ORDER)]
    return made


BASES: tuple[Base, ...] = (*_kcp(), *_portone())
