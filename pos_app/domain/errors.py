"""The three kinds of error, each with a code that the catalogue turns into words.

    PosError
      UserMistake   what a person typed or chose cannot be done; say it, lose nothing
      ShopTrouble   the world is in the way (disk, network, certificate); say what to do
      Bug           our own fault; log it redacted, stop taking money, say so

A declined card is none of them: it is an answer (`domain/answers.py`).
"""

from __future__ import annotations


class PosError(Exception):
    """Root of every error this program raises on purpose.

    Attributes:
        code: message id without its ends; the catalogue holds `error.<code>.title` and `.advice`.
        params: values for the words; never card data, never secrets.
    """

    def __init__(self, code: str, **params: object) -> None:
        """Remember `code` and `params`; the words are looked up where they are shown."""
        super().__init__(code)
        self.code = code
        self.params = params

    def __str__(self) -> str:
        """Return the code and its parameters, for logs."""
        if not self.params:
            return self.code
        shown = ", ".join(f"{name}={value!r}" for name, value in sorted(self.params.items()))
        return f"{self.code} ({shown})"


class UserMistake(PosError):
    """What a person typed or chose cannot be done; nothing was sent, nothing is lost."""


class ShopTrouble(PosError):
    """Something outside the program is in the way; the words say what to do about it."""


class Bug(PosError):
    """The program contradicts itself: taking money must stop until someone has looked."""
