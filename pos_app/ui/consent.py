"""The text a customer agrees to before a card is kept, and its version.

Older versions stay in `resources/consent`: the ledger names the one that was read.
"""

from __future__ import annotations

from dataclasses import dataclass

from pos_app.resources import resource_path
from pos_app.services.card_desk import Consent
from pos_app.ui import text as t
from pos_app.ui.words import gateway_words

#: The version in use; changed words are a new one.
WORDING_VERSION = "1"


@dataclass(frozen=True, slots=True)
class ConsentText:
    """The words to read aloud, and what is kept of them."""

    words: str
    consent: Consent


def consent_text(shop: str, gateway: str) -> ConsentText:
    """Return the consent text in the language in use.

    Args:
        shop: its name, as customers know it.
        gateway: short name of the one that keeps the card.
    """
    language = t.language()
    path = resource_path("consent", f"card-{WORDING_VERSION}.{language}.txt")
    words = path.read_text("utf-8").strip().format(shop=shop, gateway=gateway_words(gateway))
    return ConsentText(words, Consent(WORDING_VERSION, language))
