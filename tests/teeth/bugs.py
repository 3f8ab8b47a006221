"""The ten bugs: what each is, the change that makes it, and the machine that must catch it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Change:
    """A few words of one file, right and wrong; the right ones stand there exactly once."""

    file: str
    right: str
    wrong: str


@dataclass(frozen=True, slots=True)
class Bug:
    """One deliberate bug.

    Attributes:
        machine: module and arguments, run as `python -m`, that must fail on it.
    """

    number: int
    what: str
    machine: tuple[str, ...]
    changes: tuple[Change, ...]


SIM = ("tests.sim.night", "--sales", "6000", "--stop-at-first")
FUZZ = ("tests.fuzz.night", "--answers", "30000", "--sockets", "0")
POWER = ("tests.crash.night_power", "--cuts", "400")

_SEND = """        exchange = await self._post(
            wire.APPROVAL_PATH, body, request.before_send, self._settings.timeout_s, "charge"
        )
"""
_ONCE = (
    '        return await self._send("POST", path, make_body(), token,'
    " before_send, timeout_s, operation)\n"
)
_INTENT = """        try:
            self.record = await self._note(self.record, self._author, self._intent)
        except Exception as failure:
            self.failure = failure
            raise
        self.called = True
"""

BUGS = (
    Bug(
        1,
        "a charge is sent twice after a time-out",
        SIM,
        (
            Change(
                "pos_app/gateways/kcp/client.py",
                _SEND,
                "        again = bytearray(body)\n"
                + _SEND
                + """        if getattr(exchange, "left_us", False):
            exchange = await self._post(
                wire.APPROVAL_PATH, again, None, self._settings.timeout_s, "charge"
            )
""",
            ),
        ),
    ),
    Bug(
        2,
        "absent means not charged, without waiting",
        SIM,
        (Change("pos_app/domain/verdicts.py", "if over and by_order:", "if by_order:"),),
    ),
    Bug(
        3,
        "an approval is believed without a look at its amount",
        SIM,
        (Change("pos_app/gateways/kcp/approval.py", "if won != amount:", "if False:"),),
    ),
    Bug(
        4,
        "a refund is taken without a look at the balance",
        SIM,
        (Change("pos_app/domain/refunds.py", "if wish > payment.balance:", "if False:"),),
    ),
    Bug(
        5,
        "Sending is written down after the send",
        SIM,
        (
            Change(
                "pos_app/services/framing.py",
                _INTENT,
                """        self.late = self._note(self.record, self._author, self._intent)
        self.called = True
""",
            ),
            Change(
                "pos_app/services/settle.py",
                "record = before.record\n            self._open_since_s",
                "record = await before.late if before.called else before.record\n"
                "            self._open_since_s",
            ),
            Change(
                "pos_app/services/settle.py",
                "record = before.record\n            self._asked.pop",
                "record = await before.late if before.called else before.record\n"
                "            self._asked.pop",
            ),
        ),
    ),
    Bug(
        6,
        "the ledger commits with synchronous=NORMAL",
        POWER,
        (
            Change(
                "pos_app/ledger/engines.py",
                "PRAGMA synchronous = {chosen.synchronous}",
                "PRAGMA synchronous = NORMAL",
            ),
        ),
    ),
    Bug(
        7,
        "a refund whose cancel was not answered counts as done",
        SIM,
        (
            Change(
                "pos_app/domain/verdicts.py",
                "        case a.NoAnswer(why, _, _):\n"
                "            return (f.RefundNoAnswer(refund.refund_id, why),)",
                "        case a.NoAnswer():\n"
                "            return (f.RefundDone(refund.refund_id, refund.created_at),)",
            ),
        ),
    ),
    Bug(
        8,
        "a charge answered with 5xx is sent again",
        SIM,
        (
            Change(
                "pos_app/gateways/portone/speaking.py",
                _ONCE,
                """        body = make_body()
        again = bytearray(body)
        way = (token, before_send, timeout_s, operation)
        exchange = await self._send("POST", path, body, *way)
        if isinstance(exchange, Response) and exchange.status >= 500:
            way = (token, None, timeout_s, operation)
            exchange = await self._send("POST", path, again, *way)
        return exchange
""",
            ),
        ),
    ),
    Bug(
        9,
        "the text of an answer is believed, whatever its code",
        FUZZ,
        (
            Change(
                "pos_app/gateways/kcp/answers.py",
                "return self.code == codes.OK and self.status == HTTP_OK",
                'return self.code == codes.OK or "정상" in self.message',
            ),
        ),
    ),
    Bug(
        10,
        "a late approval of a charge nobody waits for is closed instead of reversed",
        SIM,
        (
            Change(
                "pos_app/domain/folding.py",
                "known, state=_S.REVERSING, person_needed=needed,",
                "known, state=_S.NOT_CHARGED, person_needed=needed,",
            ),
        ),
    ),
)
