"""Words: found by id in both languages, filled in, and never missing in silence."""

from __future__ import annotations

import datetime as dt
import gettext
import subprocess
import sys

import pytest

from pos_app.domain.errors import Bug, UserMistake
from pos_app.resources import resource_path
from pos_app.ui import text

MOMENT = dt.datetime(2026, 11, 21, 5, 32, 7, tzinfo=dt.UTC)  # 14:32:07 in Seoul, a Saturday


def test_korean_and_english_say_the_same_in_their_own_way() -> None:
    assert text.won_unit(88_000) == "88,000원"
    assert text.date(MOMENT) == "11월 21일 (토)"
    text.use_language("en")
    assert text.won_unit(88_000) == "₩88,000"
    assert text.date(MOMENT) == "Sat 21 Nov"
    assert text.language() == "en"


def test_times_are_shown_in_seoul() -> None:
    late = dt.datetime(2026, 12, 31, 20, 0, tzinfo=dt.UTC)
    assert text.stamp(MOMENT) == "2026-11-21 14:32:07"
    assert text.short_stamp(late) == "01-01 05:00"
    assert text.full_date(late) == "2027-01-01"
    assert text.full_date(dt.date(2026, 11, 21)) == "2026-11-21"
    assert text.clock(MOMENT) == "14:32"


def test_a_time_without_a_zone_is_a_bug() -> None:
    with pytest.raises(Bug, match=r"text\.naive_time"):
        text.clock(MOMENT.replace(tzinfo=None))


@pytest.mark.parametrize(
    ("seconds", "shown"), [(0, "00:00"), (47.9, "00:47"), (-3, "00:00"), (3600, "1:00:00")]
)
def test_waiting_times(seconds: float, shown: str) -> None:
    assert text.elapsed(seconds) == shown


@pytest.mark.parametrize("language", text.LANGUAGES)
def test_the_catalogues_are_read_as_the_standard_library_reads_them(
    language: text.Language,
) -> None:
    text.use_language(language)
    read = 0
    for path in resource_path("locale", language, "LC_MESSAGES").glob("*.mo"):
        with path.open("rb") as file:
            held = vars(gettext.GNUTranslations(file))["_catalog"]
        for message_id in filter(None, held):
            assert text.spoken_words()[message_id] == held[message_id]
            read += 1
    assert read == len(text.spoken_words())


@pytest.mark.parametrize("data", [b"", b"no catalogue at all, by its first bytes"])
def test_a_file_that_is_no_catalogue_is_a_bug(data: bytes) -> None:
    with pytest.raises(Bug, match=r"text\.catalogue"):
        text.read_catalogue(data)


def test_a_missing_id_is_a_bug() -> None:
    with pytest.raises(Bug, match=r"text\.missing"):
        text.text("no.such.id")
    assert not text.has_text("no.such.id")


def test_a_missing_value_is_a_bug() -> None:
    with pytest.raises(Bug, match=r"text\.params"):
        text.text("field.secret.count")


def test_braces_in_a_value_are_no_place_for_another() -> None:
    shown = text.text("field.amount.unclear", typed="{typed.__class__} {0}")
    assert "{typed.__class__} {0}" in shown


def test_an_error_without_words_is_shown_by_its_code() -> None:
    title, advice = text.error_text(UserMistake("no.such.code", amount=3))
    assert title == text.text("error.unworded.title")
    assert "no.such.code" in advice


def test_an_unknown_language_is_a_bug() -> None:
    with pytest.raises(Bug, match=r"text\.language"):
        text.use_language("fr")  # type: ignore[arg-type]  # what a broken settings file asks for


def test_the_commands_speak_without_qt() -> None:
    code = (
        "import sys; from pos_app.ui import text; text.won_unit(1); print('PySide6' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
