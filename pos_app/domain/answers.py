"""What a gateway's answer means, in our words. Gateways make these; nobody else reads wire fields.

To a charge: Approved | Declined | Mismatched | NoAnswer | NotSent.
To a look-up: Found | Absent | CannotTell.
To a cancel: Cancelled | CancelRefused | NoAnswer | NotSent.

`NotSent` is only said when provably no byte of the request left this PC (money-safety.md 4).
Anything unexpected is `NoAnswer`, never `Declined` (rule R10).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from pos_app.domain.money import Won


class Advice(StrEnum):
    """What the clerk can do about a refusal; the catalogue has the words (`advice.<value>`)."""

    OTHER_CARD = "other_card"
    CHECK_ENTRY = "check_entry"
    CALL_ISSUER = "call_issuer"
    LUMP_SUM = "lump_sum"
    SMALLER_AMOUNT = "smaller_amount"
    TRY_LATER = "try_later"
    CALL_GATEWAY = "call_gateway"
    CALL_SUPPORT = "call_support"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Refusal:
    """A gateway's no: its code, our plain words for it and its own raw text.

    Attributes:
        code: the vendor's reply code, e.g. "CC61".
        raw_message: the vendor's text, control characters removed, at most 200 characters.
        meaning_ko: what the code means, for the clerk; empty if the code is not in our table.
        meaning_en: the same in English.
        advice: what to do next.
    """

    code: str
    raw_message: str
    meaning_ko: str
    meaning_en: str
    advice: Advice


@dataclass(frozen=True, slots=True)
class Approval:
    """What an approval says; every optional text may be empty.

    Attributes:
        gateway_ref: the gateway's transaction number (KCP `tno`), kept whole.
        approval_no: the card company's number (승인번호).
        approved_at: aware; as the gateway says, else when we read the answer.
        merchant_no: our number at the card company (가맹점번호).
        issuer_code: the gateway's issuer code, e.g. CCKM.
        card_masked: the gateway's number masked again by our mask, may be empty.
        interest_free: 무이자.
        partial_cancel: False if the gateway says this sale cannot be cancelled in part.
        corporate: True/False for corporate/personal, None if not told.
        check_card: True/False for debit/credit, None if not told.
        sandbox: made on a test channel: no money moves.
        receipt_url: the gateway's own slip page as the gateway itself named it, may be empty.
    """

    gateway_ref: str
    approval_no: str
    approved_at: dt.datetime
    issuer_code: str = ""
    issuer: str = ""
    acquirer: str = ""
    merchant_no: str = ""
    card_masked: str = ""
    interest_free: bool = False
    partial_cancel: bool = True
    corporate: bool | None = None
    check_card: bool | None = None
    warning: str = ""
    sandbox: bool = False
    receipt_url: str = ""


@dataclass(frozen=True, slots=True)
class Approved:
    """The charge was made, and amount and order number are ours."""

    approval: Approval


@dataclass(frozen=True, slots=True)
class Declined:
    """A well-formed refusal of a listed kind: nothing was charged."""

    refusal: Refusal


@dataclass(frozen=True, slots=True)
class Mismatched:
    """The gateway approved something that we did not ask for; it must be cancelled at once.

    An answer that names another order is none of these but `NoAnswer("wrong_order")`.

    Attributes:
        gateway_ref: transaction number to cancel.
        field: which field of our order differs, e.g. "amount".
        expected: ours, as text.
        seen: the gateway's, as text, at most 40 characters.
    """

    gateway_ref: str
    field: str
    expected: str
    seen: str


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """The request may have been carried out; nobody here knows.

    Attributes:
        why: short code, e.g. "timeout", "reset", "code.CC72"; the catalogue has `why.*`.
        candidate_ref: a transaction number found in the remains of an answer, unverified.
        refusal: the vendor's words when it answered with an outcome-unknown code.
    """

    why: str
    candidate_ref: str | None = None
    refusal: Refusal | None = None


@dataclass(frozen=True, slots=True)
class NotSent:
    """Provably no byte of the request left.

    Attributes:
        why: short code, e.g. "dns", "refused", "tls", "connect_timeout", "ledger".
    """

    why: str


class FoundState(StrEnum):
    """State of a payment as a look-up shows it."""

    APPROVED = "approved"
    PARTLY_CANCELLED = "partly_cancelled"
    CANCELLED = "cancelled"
    FAILED = "failed"
    PENDING = "pending"


@dataclass(frozen=True, slots=True)
class Other:
    """A further record that holds money under an order number, beside the one that is kept."""

    gateway_ref: str
    amount: Won
    balance: Won


@dataclass(frozen=True, slots=True)
class Found:
    """A look-up found the payment of this order number.

    Attributes:
        state: as the gateway says.
        approval: reference, numbers and names, as far as told.
        amount: what was charged at first.
        balance: what can still be cancelled.
        cancelled_at: when it was last cancelled, if the gateway says so; aware.
        refusal: why it failed, where the gateway says so.
        others: further records of this order number that hold money: each is a charge too many.
    """

    state: FoundState
    approval: Approval
    amount: Won
    balance: Won
    cancelled_at: dt.datetime | None = None
    refusal: Refusal | None = None
    others: tuple[Other, ...] = ()


@dataclass(frozen=True, slots=True)
class Absent:
    """The gateway answered properly and knows no such payment. No proof by itself."""


@dataclass(frozen=True, slots=True)
class CannotTell:
    """The look-up said nothing about the payment.

    Attributes:
        why: short code, e.g. "timeout", "no_right", "wrong_order".
        final: True when asking again cannot help (no right to inquire, another shop's payment).
    """

    why: str
    final: bool = False


@dataclass(frozen=True, slots=True)
class SweptPayment:
    """One payment in the gateway's own list of a day.

    Attributes:
        order_no: as the gateway has it; it need not be one of ours.
        balance: what can still be cancelled.
        paid_at: aware.
        sandbox: made on a test channel.
    """

    order_no: str
    gateway_ref: str
    amount: Won
    balance: Won
    paid_at: dt.datetime
    sandbox: bool


@dataclass(frozen=True, slots=True)
class Refused:
    """A well-formed no to something that moves no money: it was not done."""

    refusal: Refusal


@dataclass(frozen=True, slots=True)
class Cancelled:
    """The cancel was carried out.

    Attributes:
        balance: what is left, None if the gateway does not say (full cancel).
        cancelled_at: aware.
        serial: the gateway's number of this partial cancel, may be empty.
    """

    cancelled_at: dt.datetime
    balance: Won | None = None
    serial: str = ""


class RefusalKind(StrEnum):
    """Why a cancel was refused, as far as it decides what comes next.

    FINAL: it will not be done. LATER: it may be done another time (closing hours). BALANCE: the
    gateway's balance is not ours, or a partial cancel exists: look it up, then go on with the rest.
    """

    FINAL = "final"
    LATER = "later"
    BALANCE = "balance"


@dataclass(frozen=True, slots=True)
class CancelRefused:
    """A well-formed refusal: the cancel was not carried out.

    "Already cancelled" and "in progress" are not refusals but `NoAnswer`: a look-up decides.
    """

    refusal: Refusal
    kind: RefusalKind = RefusalKind.FINAL


ChargeAnswer = Approved | Declined | Mismatched | NoAnswer | NotSent
LookUpAnswer = Found | Absent | CannotTell
CancelAnswer = Cancelled | CancelRefused | NoAnswer | NotSent


@dataclass(frozen=True, slots=True)
class Abilities:
    """What a gateway can do; `next_step` and the screens follow it.

    Attributes:
        look_up_by_order: it can be asked by our order number.
        cancel_by_order: it can cancel by our order number.
        partial_cancel: it can cancel a part.
        saved_cards: it can keep a card as a billing key (`ports.CardKeeper`).
        schedules: it can charge a kept card by itself, later (`ports.Scheduler`).
        identity_check: it can check who the caller is.
        authenticated: birth date and password digits are part of the contract.
        reference_form: what the gateway's transaction number looks like, as a regular expression
            over the whole of it, for what people type from its admin site.
    """

    look_up_by_order: bool
    cancel_by_order: bool = False
    partial_cancel: bool = True
    saved_cards: bool = False
    schedules: bool = False
    identity_check: bool = False
    authenticated: bool = True
    reference_form: str = r"[0-9]{14}"
