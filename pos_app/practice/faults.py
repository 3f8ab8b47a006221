"""The seeded fault plan: which request or connection is treated badly, and how.

Same seed, same rules and same requests give the same faults: each rule has a counter and a chance
source of its own, advanced only by the requests that match it.
"""

from __future__ import annotations

import json
import random
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pos_app.practice import actions
from pos_app.practice.trouble import PracticeTrouble

if TYPE_CHECKING:
    from pathlib import Path

    from pos_app.practice.actions import Action

CONNECTION: Final = "connection"
KINDS: Final = ("charge", "cancel", "inquiry")
"""What an operation is, whatever the vendor: a rule about one of these is about all vendors."""
_ON: Final = (*KINDS, "any", CONNECTION)
_WHEN: Final = ("nth", "every", "chance")
_FILTERS: Final = ("order_no", "amount", "tno")
_OWN: Final = ("on", "times", *_WHEN, *_FILTERS)


@dataclass(frozen=True, slots=True)
class Subject:
    """What a request is about, as far as it can be read: what filters and the log go by."""

    operation: str
    order_no: str | None = None
    amount: int | None = None
    tno: str | None = None
    kind: str = ""
    """One of `KINDS`, for an operation with a name of its own; empty: the name says it."""


@dataclass(slots=True)
class _Rule:
    """One rule of a plan, its own chance, and how often it matched and fired."""

    given: Mapping[str, object]
    action: Action
    chance: random.Random
    seen: int = 0
    fired: int = 0

    def matches(self, subject: Subject) -> bool:
        on = self.given["on"]
        named = on in (subject.operation, subject.kind)
        if not named and (on != "any" or subject.operation == CONNECTION):
            return False
        return self._order_fits(subject) and all(
            name not in self.given or self.given[name] == getattr(subject, name)
            for name in ("amount", "tno")
        )

    def _order_fits(self, subject: Subject) -> bool:
        wanted = self.given.get("order_no")
        if wanted is None:
            return True
        text = str(wanted)
        if text.endswith("*"):
            return subject.order_no is not None and subject.order_no.startswith(text[:-1])
        return subject.order_no == text

    def fires(self) -> bool:
        self.seen += 1
        now = self._due()
        if now and "times" in self.given and self.fired >= int(str(self.given["times"])):
            return False
        self.fired += now
        return now

    def _due(self) -> bool:
        if "nth" in self.given:
            return self.seen == self.given["nth"]
        if "every" in self.given:
            return self.seen % int(str(self.given["every"])) == 0
        if "chance" in self.given:
            return self.chance.random() < float(str(self.given["chance"]))
        return True


class FaultPlan:
    """The rules of a run, in order; the first that fires decides."""

    def __init__(
        self,
        rules: Sequence[Mapping[str, object]] = (),
        seed: int = 0,
        named: Collection[str] = (),
    ) -> None:
        """Check and take the rules; `named` are the operations with names of their own.

        Raises:
            PracticeTrouble: a rule is not understood; the text names which.
        """
        self.seed = seed
        self._rules: list[_Rule] = []
        for number, given in enumerate(rules):
            try:
                action = _checked(given, named)
            except PracticeTrouble as trouble:
                raise PracticeTrouble(f"fault rule {number}: {trouble}") from trouble
            # Not secret: repeatable chance is the point.
            chance = random.Random(f"{seed}:{number}")
            self._rules.append(_Rule(dict(given), action, chance))

    def choose(self, subject: Subject, *, body_read: bool = True) -> Action | None:
        """Return what to do wrong with this request or connection, None = nothing.

        Rules that act before the body is read are asked with `body_read=False`, the others with
        True, so that each rule counts a request once.
        """
        chosen: Action | None = None
        for rule in self._rules:
            early = rule.action.do == "reset_unread"
            if early == body_read or not rule.matches(subject):
                continue
            if rule.fires() and chosen is None:
                chosen = rule.action
        return chosen

    def given(self) -> list[Mapping[str, object]]:
        """Return the rules as they were given."""
        return [rule.given for rule in self._rules]

    def as_json(self) -> list[dict[str, object]]:
        """Return the rules as they were given, with how often each matched and fired."""
        return [{**rule.given, "seen": rule.seen, "fired": rule.fired} for rule in self._rules]


def read_plan(path: Path) -> tuple[list[Mapping[str, object]], int | None]:
    """Read a plan file: the rules, and its seed if it names one.

    Raises:
        PracticeTrouble: the file cannot be read or is not a plan.
    """
    try:
        plan = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise PracticeTrouble(f"the fault plan {path} cannot be read: {error}") from error
    return split_plan(plan)


def split_plan(plan: object) -> tuple[list[Mapping[str, object]], int | None]:
    """Take apart a list of rules, or `{"seed": n, "rules": [...]}`.

    Raises:
        PracticeTrouble: it is neither.
    """
    seed: object = None
    if isinstance(plan, dict) and set(plan) <= {"seed", "rules"}:
        seed, plan = plan.get("seed"), plan.get("rules", [])
    if not isinstance(plan, list) or not all(isinstance(rule, dict) for rule in plan):
        raise PracticeTrouble('a fault plan is a list of rules or {"seed": n, "rules": [...]}')
    if seed is not None and (isinstance(seed, bool) or not isinstance(seed, int)):
        raise PracticeTrouble(f"the seed of a fault plan is a whole number, not {seed!r}")
    return plan, seed


def _checked(given: Mapping[str, object], named: Collection[str]) -> Action:
    if given.get("on") not in (*_ON, *named):
        known = ", ".join((*_ON, *named))
        raise PracticeTrouble(f"'on' has to be one of {known}, not {given.get('on')!r}")
    if sum(name in given for name in _WHEN) > 1:
        raise PracticeTrouble("only one of nth, every and chance can be given")
    for name in ("nth", "every", "times", "amount"):
        _check_whole(given, name)
    _check_chance(given)
    for name in ("order_no", "tno"):
        if name in given and not isinstance(given[name], str):
            raise PracticeTrouble(f"{name!r} has to be a text")
    rest = {name: value for name, value in given.items() if name not in _OWN}
    action = actions.build(rest)
    _check_place(given, action)
    return action


def _check_whole(given: Mapping[str, object], name: str) -> None:
    value = given.get(name, 1)
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise PracticeTrouble(f"{name!r} has to be a whole number from 1")


def _check_chance(given: Mapping[str, object]) -> None:
    value = given.get("chance", 0)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise PracticeTrouble("'chance' has to be from 0 to 1")


def _check_place(given: Mapping[str, object], action: Action) -> None:
    filtered = [name for name in _FILTERS if name in given]
    if given["on"] == CONNECTION and not actions.KINDS[action.do].on_connection:
        raise PracticeTrouble(f"{action.do} cannot be done to a connection")
    if filtered and (given["on"] == CONNECTION or action.do == "reset_unread"):
        raise PracticeTrouble(f"{action.do} comes before the body is read and cannot be filtered")
