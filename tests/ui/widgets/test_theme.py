"""The look: measured contrast, a filled-in stylesheet, scaled sizes, the system's wish."""

from __future__ import annotations

import re

import pytest
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication

from pos_app.resources import resource_path
from pos_app.ui import theme
from pos_app.ui.theme import SCHEMES, Scheme, contrast, load_tokens

GROUNDS = ("bg", "surface", "sunken")
SOFT = ("accent_soft", "good_soft", "warn_soft", "bad_soft")
TONES = ("accent", "good", "warn", "bad")

#: Pairs of words and ground that meet on screen: WCAG 2.2, 1.4.3, 4.5:1.
READ = [
    *(("text", ground) for ground in (*GROUNDS, *SOFT)),
    *(("muted", ground) for ground in (*GROUNDS, *SOFT)),
    *((f"on_{tone}", tone) for tone in (*TONES, "practice", "staging")),
    *((tone, f"{tone}_soft") for tone in TONES),
    *((tone, ground) for tone in TONES for ground in ("bg", "surface")),
]
#: Borders and parts one has to make out: 1.4.11, 3:1.
SEEN = [("edge", "surface"), ("accent", "surface"), ("bad", "surface"), ("muted", "sunken")]


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize(("ink", "ground"), READ)
def test_words_can_be_read(scheme: Scheme, ink: str, ground: str) -> None:
    colors = load_tokens()[scheme].colors
    assert contrast(QColor(colors[ink]), QColor(colors[ground])) >= 4.5


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize(("ink", "ground"), SEEN)
def test_borders_can_be_seen(scheme: Scheme, ink: str, ground: str) -> None:
    colors = load_tokens()[scheme].colors
    assert contrast(QColor(colors[ink]), QColor(colors[ground])) >= 3.0


def test_the_ratio_is_the_one_of_the_guidelines() -> None:
    assert contrast(QColor("#000"), QColor("#fff")) == pytest.approx(21)
    # The example of WebAIM's checker: #777 on white is just below the bound.
    assert contrast(QColor("#777777"), QColor("#ffffff")) == pytest.approx(4.48, abs=0.005)


def test_every_scheme_names_the_same_colours() -> None:
    assert len({frozenset(table.colors) for table in load_tokens().values()}) == 1


def test_every_colour_is_used() -> None:
    code = "".join(
        path.read_text("utf-8")
        for path in [
            *resource_path().parent.joinpath("pos_app", "ui").rglob("*.py"),
            resource_path("themes", "app.qss"),
        ]
    )
    tones = {*TONES, "practice", "staging"}
    built = {f"on_{tone}" for tone in tones} | {f"{tone}_soft" for tone in TONES}
    for name in load_tokens()["light"].colors:
        assert name in built or re.search(rf"[\"@]{name}[\"@]", code), name


def test_the_stylesheet_is_filled_in(qapp: QApplication) -> None:
    filled = theme.current().stylesheet()
    assert "@" not in filled
    assert not re.search(r"\dsp\b", filled)
    assert theme.color("accent").name() in filled


def test_a_larger_text_makes_everything_larger(qapp: QApplication) -> None:
    small = theme.font("body").pixelSize()
    theme.apply_theme(qapp, "dark", 200)
    assert theme.font("body").pixelSize() == 2 * small
    assert theme.px(40) == 80
    assert qapp.font().pixelSize() == 2 * small
    assert "font-size: 28px" in qapp.styleSheet()
    assert qapp.palette().window().color() == theme.color("bg")


@pytest.mark.parametrize(("asked", "got"), [(50, 100), (125, 125), (900, 200)])
def test_the_text_scale_stays_in_its_range(qapp: QApplication, asked: int, got: int) -> None:
    assert theme.apply_theme(qapp, "light", asked).text_percent == got


def test_the_system_is_followed_only_if_it_was_chosen(qapp: QApplication) -> None:
    chosen = theme.apply_theme(qapp, "high_contrast")
    chosen.follow_system()
    assert chosen.scheme == "high_contrast"
    chosen = theme.apply_theme(qapp, "system")
    assert chosen.scheme in {"light", "dark"}
