"""The story of a payment: every fact as a line with its time, its words and its people.

One message a kind of fact, `story.<kind>`, and a short word for the badge before it,
`story.badge.<kind>`. The history screen shows every line, the refund screen the milestones.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from pos_app.domain import facts as f
from pos_app.domain.answers import Refusal
from pos_app.domain.errors import Bug
from pos_app.domain.identity import IdentityEvidence
from pos_app.domain.order import RefundId
from pos_app.services.settle import PROGRAM
from pos_app.ui import text as t
from pos_app.ui.cards import grouped, months_words
from pos_app.ui.text import has_text, text
from pos_app.ui.widgets.state_badge import Badge, BadgeTone
from pos_app.ui.widgets.steps import Step
from pos_app.ui.words import why_words

#: Icon and tone of each kind; open questions are clocks, money back is the arrow back.
_LOOKS: dict[type[f.Fact], tuple[str, BadgeTone]] = {
    f.Prepared: ("dash", "neutral"),
    f.Sending: ("clock", "neutral"),
    f.ChargeApproved: ("check", "good"),
    f.ChargeDeclined: ("cross", "bad"),
    f.ChargeNotSent: ("dash", "neutral"),
    f.ChargeNoAnswer: ("clock", "warn"),
    f.ChargeMismatched: ("alert", "bad"),
    f.LookedUp: ("info", "neutral"),
    f.ReferenceGiven: ("person", "neutral"),
    f.NotCharged: ("dash", "neutral"),
    f.PersonNeeded: ("person", "warn"),
    f.Unwanted: ("back", "warn"),
    f.ReversalSending: ("clock", "neutral"),
    f.Reversed: ("back", "neutral"),
    f.ReversalNotDone: ("alert", "warn"),
    f.ReversalNoAnswer: ("clock", "warn"),
    f.RefundPrepared: ("dash", "neutral"),
    f.RefundSending: ("clock", "neutral"),
    f.RefundDone: ("back", "neutral"),
    f.RefundRefused: ("cross", "bad"),
    f.RefundNotSent: ("dash", "neutral"),
    f.RefundNoAnswer: ("clock", "warn"),
    f.RefundNotDone: ("alert", "warn"),
    f.BalanceSeen: ("info", "neutral"),
}
#: Facts that only frame a request, or change nothing: left out of the short story.
_IN_BETWEEN = (
    f.Prepared,
    f.Sending,
    f.LookedUp,
    f.ReversalSending,
    f.RefundPrepared,
    f.RefundSending,
)


@dataclass(frozen=True, slots=True)
class StoryLine:
    """One fact in words.

    Attributes:
        words: what happened, with amounts and codes.
        who: the people behind it, or the program.
        milestone: belongs to the short story, too.
    """

    seq: int
    at: dt.datetime
    badge: Badge
    words: str
    who: str
    milestone: bool


@dataclass(slots=True)
class _Told:
    """What was told so far, because a refund's end names only its id."""

    prepared: f.Prepared | None = None
    refunds: dict[RefundId, f.RefundPrepared] = field(default_factory=dict)


def tell_story(entries: Iterable[f.Entry]) -> tuple[StoryLine, ...]:
    """Put all entries of one payment, oldest first, into words."""
    told = _Told()
    return tuple(_line(entry, told) for entry in entries)


def milestones(lines: Iterable[StoryLine]) -> tuple[StoryLine, ...]:
    """Return the short story: what came of it, not how it was sent."""
    return tuple(line for line in lines if line.milestone)


def story_steps(lines: Sequence[StoryLine]) -> tuple[Step, ...]:
    """Return lines for the `Steps` widget: badge, words and people, time to the second."""
    return tuple(
        Step(
            joined(line.words, line.who),
            f"{t.short_stamp(line.at)[:5]} {t.clock_s(line.at)}",
            tone=line.badge.tone,
            icon=line.badge.icon,
            badge=line.badge.words,
        )
        for line in lines
    )


def who_words(author: f.Author) -> str:
    """Name the people behind a fact: `김점원`, `김점원 → 승인 박점장`, or the program."""
    operator = text("story.program") if author.operator == PROGRAM else author.operator
    if not author.approver:
        return operator
    return text("story.approved_by", operator=operator, approver=author.approver)


def refusal_words(refusal: Refusal) -> str:
    """Return our words for a refusal, or the vendor's where we have none, without the code."""
    meaning = refusal.meaning_ko if t.language() == "ko" else refusal.meaning_en
    return meaning or refusal.raw_message or text("story.refused_without_words")


def _checked(identity: IdentityEvidence | None) -> str:
    """Say that the caller was checked, and who went on in spite of another birth date."""
    if identity is None:
        return ""
    words = text(f"story.identity.{identity.birth.value}")
    approver = identity.approver
    return joined(words, text("story.identity.approver", approver=approver) if approver else "")


def joined(*parts: str) -> str:
    """Join the parts that say something."""
    return " · ".join(part for part in parts if part)


def _line(entry: f.Entry, told: _Told) -> StoryLine:
    fact = entry.fact
    if isinstance(fact, f.Prepared):
        told.prepared = fact
    elif isinstance(fact, f.RefundPrepared):
        told.refunds[fact.refund_id] = fact
    icon, tone = _LOOKS[type(fact)]
    return StoryLine(
        seq=entry.seq,
        at=entry.at,
        badge=Badge(icon, tone, text(f"story.badge.{fact.KIND}")),
        words=_words(fact, told),
        who=who_words(entry.author),
        milestone=not isinstance(fact, _IN_BETWEEN),
    )


def _words(fact: f.Fact, told: _Told) -> str:
    if isinstance(fact, f.RefundFact):
        return _refund_words(fact, told)
    return _charge_words(fact, told)


def _charge_words(fact: f.ChargeFact, told: _Told) -> str:
    """Word what happened between the order and the answer to it."""
    match fact:
        case f.Prepared(order=order, reason=reason):
            return joined(
                text(
                    "story.prepared",
                    amount=t.won_unit(order.amount.amount),
                    months=months_words(order.months),
                    card=grouped(fact.card_masked),
                ),
                text("story.reason", reason=reason) if reason else "",
                text("story.supersedes") if fact.supersedes else "",
                _checked(fact.identity),
            )
        case f.Sending(timeout_s):
            return text("story.sending", seconds=f"{timeout_s:.0f}")
        case f.ChargeApproved():
            return _approval_words(fact, told)
        case f.ChargeDeclined(refusal):
            return _refused("story.declined", refusal)
        case f.ChargeNotSent(why):
            return text("story.not_sent", why=why_words(why))
        case f.ChargeNoAnswer(why, reference):
            found = text("story.candidate", ref=reference) if reference else ""
            return joined(text("story.no_answer", why=why_words(why)), found)
        case f.ChargeMismatched(reference, name, expected, seen):
            what = text("story.mismatched", field=name, expected=expected, seen=seen)
            return joined(what, text("story.reference", ref=reference))
        case f.LookedUp(result):
            return text("story.looked_up", result=_look_up_words(result))
        case f.ReferenceGiven(reference):
            return text("story.reference_given", ref=reference)
        case f.NotCharged(by_person, evidence):
            how = "story.not_charged_by_person" if by_person else "story.not_charged"
            return joined(text(how), _seen(evidence))
        case f.PersonNeeded(why):
            return text(f"story.person_needed.{why}")
        case _:
            return _reversal_words(fact)


def _approval_words(fact: f.ChargeApproved, told: _Told) -> str:
    amount = months = ""
    if told.prepared is not None:
        order, free = told.prepared.order, fact.approval.interest_free
        amount = t.won_unit(order.amount.amount)
        months = months_words(order.months, interest_free=free)
    how = ""
    if fact.by_person:
        how = text("story.by_person")
    elif fact.by_look_up:
        how = text("story.by_look_up")
    number = text("story.approved", number=fact.approval.approval_no or fact.approval.gateway_ref)
    return joined(amount, months, number, how, _seen(fact.evidence))


def _reversal_words(fact: f.ChargeFact) -> str:
    """Word how a charge nobody wants is taken back."""
    match fact:
        case f.Unwanted(why):
            return text(f"story.unwanted.{why}")
        case f.ReversalSending(reference):
            return text("story.reversal_sending", ref=reference)
        case f.Reversed():
            how = ""
            if fact.by_person:
                how = text("story.by_person")
            elif fact.by_look_up:
                how = text("story.by_look_up")
            return joined(text("story.reversed"), how, _seen(fact.evidence))
        case f.ReversalNotDone(why, refusal):
            if refusal is not None:
                return _refused("story.reversal_not_done", refusal)
            return text("story.reversal_not_done", why=why_words(why))
        case f.ReversalNoAnswer(why):
            return text("story.reversal_no_answer", why=why_words(why))
        case _:
            raise Bug("story.fact", kind=fact.KIND)


def _refund_words(fact: f.RefundFact, told: _Told) -> str:
    """Word what happened to a refund; its amount and reason stand in its first fact."""
    if isinstance(fact, f.BalanceSeen):
        return text("story.balance_seen", amount=t.won_unit(fact.balance.amount))
    first = fact if isinstance(fact, f.RefundPrepared) else told.refunds.get(fact.refund_id)
    amount = t.won_unit(first.amount.amount) if first is not None else ""
    reason = first.reason if first is not None else ""
    match fact:
        case f.RefundPrepared():
            kind = "partial" if fact.partial else "full"
            return joined(amount, text(f"story.refund_prepared.{kind}"), reason)
        case f.RefundSending():
            return joined(amount, text("story.refund_sending"))
        case f.RefundDone():
            how = text("story.by_look_up") if fact.by_look_up else ""
            serial = text("story.serial", serial=fact.serial) if fact.serial else ""
            return joined(amount, reason, serial, how, _seen(fact.evidence))
        case f.RefundRefused(refusal=refusal):
            return joined(amount, _refused("story.refund_refused", refusal))
        case f.RefundNotSent(why=why):
            return joined(amount, text("story.refund_not_sent", why=why_words(why)))
        case f.RefundNoAnswer(why=why):
            return joined(amount, text("story.refund_no_answer", why=why_words(why)))
        case f.RefundNotDone():
            end = "final" if fact.final else "again"
            return joined(amount, text(f"story.refund_not_done.{end}"), _seen(fact.evidence))


def _refused(message_id: str, refusal: Refusal) -> str:
    """Word a refusal with its code."""
    return joined(
        text(message_id, why=refusal_words(refusal)),
        text("story.code", code=refusal.code) if refusal.code.strip("-") else "",
    )


def _look_up_words(result: str) -> str:
    """Word what a look-up said."""
    kind, _, why = result.partition(".")
    if kind == "cannot_tell":
        return why_words(why)
    name = f"story.found.{kind}"
    return text(name) if has_text(name) else why_words(result)


def _seen(evidence: str) -> str:
    """Quote what people saw, if they did."""
    return text("story.evidence", evidence=evidence) if evidence else ""
