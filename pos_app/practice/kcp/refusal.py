"""A request the vendor would turn down: the code, and the field it is about."""

from __future__ import annotations

from pos_app.practice.kcp.codes import text_of


class Refusal(Exception):
    """Carries the reply code and the field; never a value of the request."""

    def __init__(self, code: str, field: str = "") -> None:
        """Refuse with `code` because of `field` (a wire name, or empty)."""
        super().__init__(code, field)
        self.code = code
        self.field = field

    @property
    def message(self) -> str:
        """The res_msg to send: the vendor's words, and the field as a help while developing."""
        words = text_of(self.code)
        return f"{words} [{self.field}]" if self.field else words
