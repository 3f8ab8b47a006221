"""Reasons of which the ledger keeps a code only are still sentences."""

from __future__ import annotations

import pytest

from pos_app.ui.text import LANGUAGES, use_language
from pos_app.ui.words import why_words

#: Codes of errors that can stop a request before it leaves; the first two name a value.
CODES = ["gateway.certificate_expired", "ledger.disk_full", "gateway.holder_missing"]


@pytest.mark.parametrize("code", CODES)
def test_an_error_without_its_values_still_says_what_to_do(code: str) -> None:
    for language in reversed(LANGUAGES):  # ends as the tests began
        use_language(language)
        words = why_words(code)
        assert code not in words
        assert "{" not in words
        assert len(words) > 10
