"""Who may do what: three roles, and for each right one of three answers.

Allowed, needs approval (a manager types a PIN on the spot), denied: the model of the best tills
(field.md 1.4). Sign-in screens come later; until then one owner works the counter.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from pos_app.domain.errors import UserMistake


class Role(StrEnum):
    """점원, 점장, 관리자."""

    CLERK = "clerk"
    MANAGER = "manager"
    ADMINISTRATOR = "administrator"


class Right(StrEnum):
    """What may be done at a counter; the catalogue has words under `right.*`."""

    CHARGE = "charge"
    CHARGE_DUPLICATE = "charge_duplicate"
    SUPERSEDE = "supersede"
    IDENTITY_DIFFERS = "identity_differs"
    REFUND = "refund"
    CLOSE_UNKNOWN = "close_unknown"
    KEEP_CARD = "keep_card"
    FORGET_CARD = "forget_card"
    SCHEDULE = "schedule"
    SETTINGS = "settings"
    EXPORT = "export"


class Permission(StrEnum):
    """The answer to "may I?"."""

    ALLOWED = "allowed"
    NEEDS_APPROVAL = "needs_approval"
    DENIED = "denied"


_ALLOWED, _ASK, _DENIED = Permission.ALLOWED, Permission.NEEDS_APPROVAL, Permission.DENIED
_TABLE: dict[Role, dict[Right, Permission]] = {
    Role.CLERK: {
        Right.CHARGE: _ALLOWED,
        Right.CHARGE_DUPLICATE: _ALLOWED,
        Right.SUPERSEDE: _ASK,
        Right.IDENTITY_DIFFERS: _ASK,
        Right.REFUND: _ASK,
        Right.CLOSE_UNKNOWN: _ASK,
        Right.KEEP_CARD: _ALLOWED,
        Right.FORGET_CARD: _ASK,
        Right.SCHEDULE: _ASK,
        Right.SETTINGS: _DENIED,
        Right.EXPORT: _ASK,
    },
    Role.MANAGER: {
        Right.CHARGE: _ALLOWED,
        Right.CHARGE_DUPLICATE: _ALLOWED,
        Right.SUPERSEDE: _ALLOWED,
        Right.IDENTITY_DIFFERS: _ALLOWED,
        Right.REFUND: _ALLOWED,
        Right.CLOSE_UNKNOWN: _ASK,
        Right.KEEP_CARD: _ALLOWED,
        Right.FORGET_CARD: _ALLOWED,
        Right.SCHEDULE: _ALLOWED,
        Right.SETTINGS: _DENIED,
        Right.EXPORT: _ALLOWED,
    },
    Role.ADMINISTRATOR: {
        Right.CHARGE: _ALLOWED,
        Right.CHARGE_DUPLICATE: _ALLOWED,
        Right.SUPERSEDE: _ALLOWED,
        Right.IDENTITY_DIFFERS: _ALLOWED,
        Right.REFUND: _ALLOWED,
        Right.CLOSE_UNKNOWN: _ASK,
        Right.KEEP_CARD: _ALLOWED,
        Right.FORGET_CARD: _ALLOWED,
        Right.SCHEDULE: _ALLOWED,
        Right.SETTINGS: _ALLOWED,
        Right.EXPORT: _ALLOWED,
    },
}


@dataclass(frozen=True, slots=True)
class Operator:
    """A person at the counter."""

    name: str
    role: Role


def permission(role: Role, right: Right) -> Permission:
    """Return what `role` may do. Closing an unknown payment always takes a second person."""
    return _TABLE[role][right]


def check_right(operator: Operator, right: Right, approver: Operator | None) -> None:
    """Return if `operator` may use `right`, with the approval of `approver` where one is needed.

    Raises:
        UserMistake: denied, nobody approved, the approver is the same person, or has no right.
    """
    answer = permission(operator.role, right)
    if answer is Permission.DENIED:
        raise UserMistake("right.denied", right=right.value)
    if answer is Permission.ALLOWED:
        return
    if approver is None:
        raise UserMistake("right.needs_approval", right=right.value)
    if approver.name == operator.name:
        raise UserMistake("right.same_person")
    if approver.role is Role.CLERK:
        raise UserMistake("right.approver_without_right", right=right.value)
