"""A checker of identities that answers what a test tells it, and keeps the book of a gateway.

It fits `services/ports.IdentityChecker` by shape. Left alone it sends codes, takes the right one
and erases like a well-behaved gateway.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections import deque

from pos_app.domain import answers as a
from pos_app.domain import identity as i
from pos_app.domain.card import SecretDigits

CERTIFIED_AT = dt.datetime(2026, 11, 21, 5, 33, 8, tzinfo=dt.UTC)
RIGHT_CODE = b"246802"


def refused(trouble: i.IdentityTrouble, *, again: bool = False) -> i.IdentityRefused:
    """Return a gateway's no."""
    words = a.Refusal("400", f"raw {trouble.value}", "", "", a.Advice.NOTHING)
    return i.IdentityRefused(trouble, words, again)


class FakeChecker:
    """Identity checks in memory.

    Attributes:
        held: what the gateway holds of callers, by its number of the check.
        requests: every request for a code.
        codes_seen: how many codes were handed in.
        born: the birth date the carrier tells, None for the one that was typed.
        tells_birth: whether the carrier tells one at all.
        hold_code: requests for a code wait for it, where it is set.
    """

    def __init__(self) -> None:
        """Behave well until told otherwise."""
        self.held: dict[str, i.IdentityRequest] = {}
        self.requests: list[i.IdentityRequest] = []
        self.codes_seen = 0
        self.born: dt.date | None = None
        self.tells_birth = True
        self.erased: list[str] = []
        self.hold_code: asyncio.Event | None = None
        self._code_answers: deque[i.CodeAnswer] = deque()
        self._confirm_answers: deque[i.IdentityAnswer] = deque()
        self._erase_answers: deque[i.EraseAnswer] = deque()

    def code_with(self, *answers: i.CodeAnswer) -> None:
        """Give these to the next requests for a code."""
        self._code_answers.extend(answers)

    def confirm_with(self, *answers: i.IdentityAnswer) -> None:
        """Give these to the next codes."""
        self._confirm_answers.extend(answers)

    def erase_with(self, *answers: i.EraseAnswer) -> None:
        """Give these to the next wishes to erase."""
        self._erase_answers.extend(answers)

    async def request_code(self, request: i.IdentityRequest) -> i.CodeAnswer:
        """Send a code, or what was told."""
        self.requests.append(request)
        if self.hold_code is not None:
            await self.hold_code.wait()
        if self._code_answers:
            return self._code_answers.popleft()
        reference = f"imp_{len(self.requests):012d}"
        self.held[reference] = request
        return i.CodeSent(reference)

    async def confirm_code(self, gateway_ref: str, code: SecretDigits | None) -> i.IdentityAnswer:
        """Take the right code, or what was told."""
        self.codes_seen += 1
        right = code is None or bytes(code.view()) == RIGHT_CODE
        if self._confirm_answers:
            return self._confirm_answers.popleft()
        request = self.held.get(gateway_ref)
        if request is None:
            return refused(i.IdentityTrouble.UNKNOWN_CHECK)
        if not right:
            return refused(i.IdentityTrouble.WRONG_CODE, again=True)
        return i.IdentityConfirmed(self.identity_of(gateway_ref, request))

    def identity_of(self, gateway_ref: str, request: i.IdentityRequest) -> i.Identity:
        """Return what the carrier says of a caller."""
        seventh = request.gender_digit.encode()
        typed = i.read_birth(request.birth.encode(), seventh, CERTIFIED_AT.date())
        return i.Identity(
            gateway_ref=gateway_ref,
            name=request.name,
            birth=(self.born or typed) if self.tells_birth else None,
            phone=request.phone,
            carrier=f"{request.carrier.value}{'_MVNO' if request.mvno else ''}",
            foreigner=i.is_foreigner_digit(seventh),
            certified_at=CERTIFIED_AT,
        )

    async def erase_identity(self, gateway_ref: str) -> i.EraseAnswer:
        """Erase, or what was told."""
        if self._erase_answers:
            return self._erase_answers.popleft()
        if self.held.pop(gateway_ref, None) is None:
            return a.Absent()
        self.erased.append(gateway_ref)
        return i.Erased()
