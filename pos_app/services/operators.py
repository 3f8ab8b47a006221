"""Who is at the counter, and who approves.

Sign-in screens come later; until then the owner works the counter. Where operators with PINs were
set up, a second person approves by typing a PIN; where none were, by name.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pos_app.domain.errors import UserMistake
from pos_app.domain.facts import Author
from pos_app.domain.operators import Operator, Right, Role, check_right


@dataclass(frozen=True, slots=True)
class OperatorEntry:
    """A person known to the shop; `pin_hash` is what the vault made of the PIN."""

    name: str
    role: Role
    pin_hash: str


class OperatorDesk:
    """The person working this counter and the people who can approve.

    Args:
        entries: everyone set up; may be empty.
        owner: the owner's name, used while nobody is set up.
        counter: the counter's two letters or digits.
        verify_pin: (typed, stored hash) -> bool; slow on purpose, run in a thread.
    """

    def __init__(
        self,
        *,
        entries: Sequence[OperatorEntry],
        owner: str,
        counter: str,
        verify_pin: Callable[[str, str], bool],
    ) -> None:
        """Put the first administrator, or else the owner, at the counter."""
        self._entries = tuple(entries)
        self._verify_pin = verify_pin
        self.counter = counter
        chief = next((e.name for e in entries if e.role is Role.ADMINISTRATOR), owner)
        self.current = Operator(chief, Role.ADMINISTRATOR)

    @property
    def pins_in_use(self) -> bool:
        """Tell whether an approver types a PIN (else a name)."""
        return any(entry.name != self.current.name for entry in self._entries)

    async def approver(self, typed: str) -> Operator:
        """Return who approves: the owner of the typed PIN, or the person of that name.

        Raises:
            UserMistake: nobody has that PIN, or the name is empty or the operator's own.
        """
        if self.pins_in_use:
            for entry in self._entries:
                if await asyncio.to_thread(self._verify_pin, typed, entry.pin_hash):
                    return Operator(entry.name, entry.role)
            raise UserMistake("pin.wrong")
        name = " ".join(typed.split())
        if not name:
            raise UserMistake("approver.name_empty")
        if name == self.current.name:
            raise UserMistake("right.same_person")
        return Operator(name, Role.MANAGER)

    def author(self, right: Right, approver: Operator | None = None) -> Author:
        """Return who stands behind what is done now.

        Raises:
            UserMistake: the right is missing; see `domain/operators.check_right`.
        """
        check_right(self.current, right, approver)
        return Author(self.current.name, approver.name if approver else "", self.counter)
