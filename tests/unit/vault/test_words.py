"""Whatever the vault refuses, it has words for it in both languages."""

from __future__ import annotations

import gettext
import re
from pathlib import Path

import pytest

import pos_app.vault
from pos_app.resources import resource_path

_CODE = re.compile(r'"((?:vault|certificate|private_key)\.(?!json|lock)[a-z_]+)"')


@pytest.mark.parametrize("language", ["ko", "en"])
def test_every_code_has_a_title_and_an_advice(language: str) -> None:
    folder = Path(pos_app.vault.__file__).parent
    codes = {
        code for file in folder.glob("*.py") for code in _CODE.findall(file.read_text("utf-8"))
    }
    with resource_path("locale", language, "LC_MESSAGES", "vault.mo").open("rb") as stream:
        words = gettext.GNUTranslations(stream)
    wanted = {f"error.{code}.{part}" for code in codes for part in ("title", "advice")}
    assert len(codes) > 50
    assert {message for message in wanted if words.gettext(message) == message} == set()
