"""How a modelled gateway behaves where the papers leave it free, and how often it misbehaves.

Everything here is the *gateway's* doing, so its book says what the right ending is. What the
network does is `tests.sim.network`'s. Every number is a chance from 0 to 1 unless it says seconds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Habits:
    """Chances and choices of one gateway.

    Attributes:
        decline: the card company says no. Right ending: declined, no charge.
        doubt_done: answered with an outcome-unknown code though it was charged. Right ending:
            approved after a look-up.
        doubt_undone: the same, and nothing was charged. Right ending: not charged.
        reversed: charged, then taken back by the gateway itself because the result could not be
            delivered (KCP 9047). The charge is in the book with its cancel. Right ending: no sale.
        other_amount: another amount is really charged, and told. Right ending: that charge is
            cancelled in full; it never stands as the sale that was asked for.
        twisted: charged rightly, but the answer is about something else or malformed (another
            order, another transaction, another site, no reference, a code with a blank). Right
            ending: approved after a look-up. The answer alone must not be believed, and what it
            names must not be cancelled.
        twists: the kinds of twist that may strike (`TWISTS` of the answers); empty for all.
        lag: a charge is invisible to look-ups for up to `lag_max_s` seconds.
        pending: a charge is shown as unfinished for up to `lag_max_s` seconds.
        cancel_refused: a cancel is refused for a reason of the gateway's. Nothing happens.
        cancel_doubt_done: a cancel is carried out and answered with an outcome-unknown code.
        cancel_doubt_undone: the same, and nothing was cancelled.
        look_up_refused: a look-up ends in a code or an error that says nothing about the payment.
        no_partial: a sale that cannot be cancelled in part.
        optional_missing: each optional field of an answer is left out.
        extra_fields: an answer has fields that no paper knows, Korean text among them.
        repeats: "refuse" a repeated order number, or "charge" it again (kcp.md Q9, portone.md Q14).
        magic: amount -> reply code; such an amount is declined with that code, always.
        odd_status: a refusal in JSON comes with another HTTP status than 200 (kcp.md Q10).
    """

    decline: float = 0.0
    doubt_done: float = 0.0
    doubt_undone: float = 0.0
    reversed: float = 0.0
    other_amount: float = 0.0
    twisted: float = 0.0
    twists: frozenset[str] = frozenset()
    lag: float = 0.0
    pending: float = 0.0
    lag_max_s: float = 120.0
    cancel_refused: float = 0.0
    cancel_doubt_done: float = 0.0
    cancel_doubt_undone: float = 0.0
    look_up_refused: float = 0.0
    no_partial: float = 0.0
    optional_missing: float = 0.0
    extra_fields: float = 0.0
    repeats: str = "refuse"
    magic: Mapping[int, str] = field(default_factory=dict)
    odd_status: float = 0.0


#: A gateway on a good day: it does what it is asked and says so.
PLAIN = Habits()

#: A gateway on its worst day. A charge goes wrong in one way or another every fourth time.
STORMY = Habits(
    decline=0.08,
    doubt_done=0.03,
    doubt_undone=0.03,
    reversed=0.01,
    other_amount=0.01,
    twisted=0.04,
    lag=0.10,
    pending=0.05,
    cancel_refused=0.03,
    cancel_doubt_done=0.03,
    cancel_doubt_undone=0.03,
    look_up_refused=0.05,
    no_partial=0.05,
    optional_missing=0.15,
    extra_fields=0.3,
    odd_status=0.1,
)
