"""What happens next to a card on file, what a restart means, and which facts answers make."""

from __future__ import annotations

from dataclasses import dataclass

from pos_app.domain.answers import Absent, CannotTell, NoAnswer, NotSent, Refused
from pos_app.domain.card_facts import (
    CardForgetEnded,
    CardForgetNoAnswer,
    CardForgetNotDone,
    CardIsForgotten,
    CardIsKept,
    CardLookedUp,
    CardNoAnswer,
    CardNotKept,
    CardNotSent,
    CardRecord,
    CardState,
)
from pos_app.domain.errors import Bug
from pos_app.domain.saved_cards import (
    CardForgotten,
    CardKept,
    ForgetCardAnswer,
    KeepCardAnswer,
    SavedCardAnswer,
)
from pos_app.domain.streams import StreamFact

#: How often deleting goes out by itself, each time after a look-up that shows the card kept.
FORGET_TRIES_MAX = 3


@dataclass(frozen=True, slots=True)
class Keep:
    """Send the request that keeps the card, once, with the card that is at hand."""


@dataclass(frozen=True, slots=True)
class AskForCard:
    """Ask the gateway what it keeps under that name."""


@dataclass(frozen=True, slots=True)
class Forget:
    """Ask the gateway to delete it."""


@dataclass(frozen=True, slots=True)
class GiveUpForgetting:
    """Write down that deleting was tried often enough; the card stays kept."""


CardStep = Keep | AskForCard | Forget | GiveUpForgetting


def next_card_step(record: CardRecord) -> CardStep | None:
    """Decide what happens next to a card on file, or None when it is at rest.

    Raises:
        Bug: a request is on its way; only `card_after_restart` may end that from outside.
    """
    match record.state:
        case CardState.CONSENTED:
            return Keep()
        case CardState.UNKNOWN | CardState.FORGET_UNKNOWN:
            return AskForCard()
        case CardState.FORGET_WANTED:
            return GiveUpForgetting() if record.forget_tries >= FORGET_TRIES_MAX else Forget()
        case CardState.KEEPING | CardState.FORGETTING:
            raise Bug("stream.in_flight", state=record.state.value)
        case _:
            return None


def card_after_restart(record: CardRecord) -> StreamFact | None:
    """Say what a stopped program leaves behind: requests that were on their way are unknown."""
    match record.state:
        case CardState.CONSENTED:
            return CardNotSent("restart")
        case CardState.KEEPING:
            return CardNoAnswer("restart")
        case CardState.FORGETTING:
            return CardForgetNoAnswer("restart")
        case _:
            return None


def keep_facts(answer: KeepCardAnswer) -> tuple[StreamFact, ...]:
    """Return what the answer to the keeping request makes true."""
    match answer:
        case CardKept(card):
            return (CardIsKept(card),)
        case Refused(refusal):
            return (CardNotKept("refused", refusal),)
        case NotSent(why):
            return (CardNotSent(why),)
        case NoAnswer(why, _, _):
            return (CardNoAnswer(why),)


def seen_facts(
    record: CardRecord, answer: SavedCardAnswer, *, settle_time_over: bool
) -> tuple[StreamFact, ...]:
    """Return what a look-up makes true of an UNKNOWN or FORGET_UNKNOWN card.

    Args:
        record: the card asked about.
        answer: what came back.
        settle_time_over: so long after the request that a late key is not to be expected.
    """
    forgetting = record.state is CardState.FORGET_UNKNOWN
    match answer:
        case CardKept(card):
            return (CardForgetNotDone(),) if forgetting else (CardIsKept(card, by_look_up=True),)
        case Absent():
            if forgetting:
                return (CardIsForgotten(by_look_up=True),)
            return (CardNotKept("absent"),) if settle_time_over else (CardLookedUp("absent"),)
        case CannotTell(why, _):
            return (CardLookedUp(f"cannot_tell.{why}"),)


def forget_facts(answer: ForgetCardAnswer) -> tuple[StreamFact, ...]:
    """Return what the answer to the deleting request makes true."""
    match answer:
        case CardForgotten() | Absent():
            return (CardIsForgotten(),)
        case Refused(refusal):
            return (CardForgetEnded("refused", refusal),)
        case NotSent(why):
            return (CardForgetEnded(why),)
        case NoAnswer(why, _, _):
            return (CardForgetNoAnswer(why),)
