"""What the server asks of a vendor's face, and what it gets back.

One folder a vendor (`kcp/`); a second vendor is one more class of this shape in the server's list.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from pos_app.practice.actions import Action
from pos_app.practice.faults import Subject
from pos_app.practice.switches import Switches


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request to a vendor's address, whole; its body may hold a card number."""

    operation: str
    """What `Face.operation` named it: `charge`, `cancel`, `inquiry`, `portone.onetime`."""
    content_type: str
    body: bytes = field(repr=False)
    method: str = "POST"
    target: str = field(default="", repr=False)
    """Path and query as they came, still percent-encoded."""
    authorization: str = field(default="", repr=False)
    """The header of that name; empty when there was none."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What the face answers: JSON fields and status; `tno` and `amount` are for the log."""

    status: int
    fields: Mapping[str, object]
    verdict: str
    tno: str | None = None
    amount: int | None = None
    bare: str = ""
    """`html` or `empty`: this body instead of the fields."""

    @property
    def res_cd(self) -> str | None:
        """The reply code in the fields (KCP's res_cd, the code of an envelope), if there is one."""
        code = self.fields.get("res_cd", self.fields.get("code"))
        return str(code) if isinstance(code, str | int) else None


class Face(Protocol):
    """A vendor's operations on the gateway's book."""

    switches: Switches
    """What `POST /control` last set."""

    def operation(self, method: str, path: str) -> str | None:
        """Name the operation behind an address; None: not this vendor's, "" wrong method."""

    def kind(self, operation: str) -> str:
        """Say which of `faults.KINDS` an operation is; any other name is a kind of its own."""

    def subject(self, request: Request) -> Subject:
        """Say what a request is about, however broken it may be; never card data."""

    def magic(self, request: Request) -> tuple[str, Action] | None:
        """Return name and action of what a magic card, amount or word does to the answer."""

    def handle(self, request: Request, *, commit: bool) -> Reply:
        """Check a request and carry it out; `commit=False` stops after the checks."""

    def saying(self, code: str, message: str) -> Mapping[str, object]:
        """Return the fields of an answer with this reply code; no message: the vendor's words."""
