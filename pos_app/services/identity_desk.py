"""The identity check (본인확인): ask for a code, take it, and bind the result to one sale.

What was typed of the caller passes through and is not kept. Of the answer only this lives on, until
the sale is over: the gateway's number of the check, its time, and the birth date in one wiped
buffer, to be compared with the card holder's that is typed for the sale.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from pos_app.domain.card import Digits, HolderId, SecretDigits
from pos_app.domain.errors import PosError, UserMistake
from pos_app.domain.identity import (
    BirthMatch,
    Carrier,
    CodeAnswer,
    CodeBy,
    CodeSent,
    EraseDue,
    Identity,
    IdentityAnswer,
    IdentityConfirmed,
    IdentityEvidence,
    IdentityRefused,
    IdentityRequest,
    IdentityTrouble,
    birth_digits,
    match_birth,
)
from pos_app.domain.order import SaleId, make_order_no
from pos_app.services.identity_erasing import Eraser
from pos_app.services.money_jobs import MoneyJobs
from pos_app.services.ports import Clock, IdentityChecker, Ids

#: A check is good for a sale that is charged within this time: the same caller is on the phone.
HOLDS_FOR_S = 600.0
#: The carriers give a code three minutes; an estimate, for only the gateway knows when it was sent.
CODE_LIVES_S = 180.0
#: After so many wrong codes a new one is asked for, before the gateway blocks the shop's address
#: (Danal: 30 tries an hour, portone.md 1.3).
CODE_TRIES_MAX = 5


@dataclass(frozen=True, slots=True)
class IdentityRules:
    """The shop's settings of the check.

    Attributes:
        company: named in the message to the caller.
        keep_at_gateway: a confirmed check stays at the gateway, because the shop needs its CI/DI.
    """

    company: str
    keep_at_gateway: bool = False


@dataclass(frozen=True, slots=True)
class Caller:
    """Whom to check, as typed; see `IdentityRequest`."""

    name: str = field(repr=False)
    phone: str = field(repr=False)
    birth: str = field(repr=False)
    gender_digit: str = field(repr=False)
    carrier: Carrier
    mvno: bool
    code_by: CodeBy


class CheckedCaller:
    """A check that was passed, on its way into one sale.

    Attributes:
        gateway: short name of the gateway that made it.
        certified_at: aware.
    """

    def __init__(self, gateway: str, identity: Identity, until_s: float) -> None:
        """Keep what the sale needs; `until_s` is a reading of the monotonic clock."""
        self.gateway = gateway
        self.gateway_ref = identity.gateway_ref
        self.certified_at: dt.datetime = identity.certified_at
        self._birth = None if identity.birth is None else birth_digits(identity.birth)
        self._until_s = until_s
        self._dropped = False
        self._sale: SaleId | None = None

    def __repr__(self) -> str:
        """Return nothing of the person."""
        return f"<CheckedCaller {self.gateway_ref}>"

    @property
    def tells_birth(self) -> bool:
        """Tell whether the gateway told a birth date."""
        return self._birth is not None

    def holds(self, now_s: float) -> bool:
        """Tell whether it may still be charged with."""
        return not self._dropped and now_s < self._until_s

    def match(self, holder: Digits | None) -> BirthMatch:
        """Compare with what was typed of the card holder; the digits are only looked at."""
        return match_birth(self._birth, holder)

    def check_for(self, sale_id: SaleId | None, now_s: float) -> None:
        """Return if this check may stand behind an attempt of that sale.

        Raises:
            UserMistake: it is too old or was dropped, or stands behind another sale already.
        """
        if not self.holds(now_s):
            raise UserMistake("identity.lapsed")
        if self._sale is not None and self._sale != sale_id:
            raise UserMistake("identity.other_sale")

    def evidence(self, holder: HolderId | None, approver: str) -> IdentityEvidence:
        """Return what is kept of it with the sale; `approver` counts only at a difference."""
        if holder is None:
            match = self.match(None)
        else:
            with holder.view() as digits:
                match = self.match(digits)
        return IdentityEvidence(
            gateway_ref=self.gateway_ref,
            certified_at=self.certified_at,
            birth=match,
            approver=approver if match is BirthMatch.DIFFERENT else "",
            gateway=self.gateway,
        )

    def use_for(self, sale_id: SaleId) -> None:
        """Belong to that sale and to no other from now on."""
        self._sale = sale_id

    def drop(self) -> None:
        """Be good for nothing any more; the birth date is overwritten."""
        self._dropped = True
        if self._birth is not None:
            self._birth.wipe()


@dataclass(slots=True)
class _Asked:
    """A code that is on its way to the caller."""

    due: EraseDue
    code_by: CodeBy
    at_s: float
    wrong: int = 0


class IdentityDesk:
    """Identity checks by the gateway that can make them; one check at a time."""

    def __init__(
        self,
        *,
        checkers: Mapping[str, IdentityChecker],
        eraser: Eraser,
        jobs: MoneyJobs,
        clock: Clock,
        ids: Ids,
        counter: str,
        rules: IdentityRules,
    ) -> None:
        """Join the parts; the first of `checkers` makes the checks, none makes none."""
        self._gateway = next(iter(checkers), "")
        self._checkers = checkers
        self._eraser = eraser
        self._jobs = jobs
        self._clock = clock
        self._ids = ids
        self._counter = counter
        self._rules = rules
        self._asked: _Asked | None = None
        self._bound: CheckedCaller | None = None
        #: Counts what was given up, so that a late answer knows that nobody waits for it.
        self._given_up = 0

    @property
    def gateway(self) -> str:
        """Return the short name of the gateway that checks, empty where none can."""
        return self._gateway

    @property
    def rules(self) -> IdentityRules:
        """Return the shop's settings of the check."""
        return self._rules

    @property
    def bound(self) -> CheckedCaller | None:
        """Return the check that the sale being typed is bound to; what is too old is dropped."""
        if self._bound is not None and not self._bound.holds(self._clock.monotonic_s()):
            self.drop()
        return self._bound

    @property
    def waits_for_code(self) -> bool:
        """Tell whether a code is on its way."""
        return self._asked is not None

    def code_left_s(self) -> float:
        """Return for how long the code is good, by estimate, in seconds; 0 when it is over."""
        if self._asked is None:
            return 0.0
        return max(0.0, self._asked.at_s + CODE_LIVES_S - self._clock.monotonic_s())

    # -- asking and confirming ---------------------------------------------------------------------

    async def ask(self, caller: Caller) -> CodeAnswer:
        """Have a code sent to the caller; a code that was sent before is good no longer.

        Raises:
            UserMistake: `identity.no_gateway`.
            ShopTrouble: the ledger cannot note what is to be erased later.
        """
        checker = self._checker()
        # Shielded: only the answer tells the number under which the caller's data is to be erased.
        return await self._jobs.shielded(self._ask(checker, caller, self._given_up))

    async def _ask(self, checker: IdentityChecker, caller: Caller, given_up: int) -> CodeAnswer:
        now = self._clock.now()
        request = IdentityRequest(
            order_no=make_order_no(now, self._counter, self._ids.random_bits(80)),
            name=caller.name,
            phone=caller.phone,
            birth=caller.birth,
            gender_digit=caller.gender_digit,
            carrier=caller.carrier,
            mvno=caller.mvno,
            code_by=caller.code_by,
            company=self._rules.company,
        )
        asked_s = self._clock.monotonic_s()
        answer = await checker.request_code(request)
        if isinstance(answer, CodeSent):
            due = EraseDue(self._gateway, answer.gateway_ref)
            await self._eraser.expect(due)
            if given_up == self._given_up:
                self._end_asked()
                self._asked = _Asked(due, caller.code_by, asked_s)
            else:
                self._eraser.begin(due)
        return answer

    async def confirm(self, code: SecretDigits | None) -> IdentityAnswer:
        """Hand the caller's code in; None where the caller confirmed in an app. It is wiped.

        A check that was passed is bound to the sale being typed; an earlier one is dropped.

        Raises:
            UserMistake: no code was asked for.
        """
        try:
            checker, asked = self._checker(), self._asked
            if asked is None:
                raise UserMistake("identity.not_asked")
            return await self._jobs.shielded(self._confirm(checker, asked, code))
        finally:
            if code is not None:
                code.wipe()

    async def _confirm(
        self, checker: IdentityChecker, asked: _Asked, code: SecretDigits | None
    ) -> IdentityAnswer:
        answer = await checker.confirm_code(asked.due.gateway_ref, code)
        if isinstance(answer, IdentityConfirmed):
            await self._passed(asked, answer.identity)
        elif isinstance(answer, IdentityRefused):
            asked.wrong += answer.trouble is IdentityTrouble.WRONG_CODE
            if asked.wrong >= CODE_TRIES_MAX:
                answer = replace(answer, trouble=IdentityTrouble.TOO_MANY, again=False)
            if self._asked is asked and not answer.again:
                self._end_asked()
        return answer

    async def _passed(self, asked: _Asked, identity: Identity) -> None:
        """Bind the check, unless the clerk has given it up meanwhile."""
        if self._asked is not asked:
            return  # given up, and being erased
        self._asked = None
        self.drop()
        until_s = self._clock.monotonic_s() + HOLDS_FOR_S
        self._bound = CheckedCaller(asked.due.gateway, identity, until_s)
        if not self._rules.keep_at_gateway:
            self._eraser.begin(asked.due)
            return
        try:
            await self._eraser.keep(asked.due)
        except PosError as error:  # the check is passed all the same
            self._jobs.report(error)

    # -- giving up ---------------------------------------------------------------------------------

    def give_up(self) -> None:
        """Wait for no code any more; what the gateway holds of the caller is erased."""
        self._given_up += 1
        self._end_asked()

    def drop(self) -> None:
        """Part the check from the sale: the order was cleared, the counter locked, time is over."""
        bound, self._bound = self._bound, None
        if bound is not None:
            bound.drop()

    async def resume(self) -> None:
        """Take up what the last run left to be erased."""
        await self._eraser.resume()

    def _end_asked(self) -> None:
        asked, self._asked = self._asked, None
        if asked is not None:
            self._eraser.begin(asked.due)

    def _checker(self) -> IdentityChecker:
        checker = self._checkers.get(self._gateway)
        if checker is None:
            raise UserMistake("identity.no_gateway")
        return checker
