"""How everything looks: colours from one table, one type scale, one stylesheet, one font.

`apply_theme()` reads `resources/themes/tokens.toml`, builds the palette and fills
`resources/themes/app.qss` in. Widgets that paint themselves ask `color()`, `font()` and `px()` at
each paint, so a change of scheme shows at once. A change of the text scale changes sizes that were
given to layouts, so the shell builds its screens anew after one.
"""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, get_args

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontDatabase, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication

from pos_app.domain.errors import Bug
from pos_app.resources import resource_path

Scheme = Literal["light", "dark", "high_contrast"]
SchemeChoice = Literal["system", "light", "dark", "high_contrast"]
SCHEMES: tuple[Scheme, ...] = get_args(Scheme)
Role = Literal[
    "hint",
    "caption",
    "small",
    "body",
    "strong",
    "heading",
    "field",
    "title",
    "button",
    "total",
    "verdict",
    "amount",
    "cap",
    "code",
    "card_mono",
    "read_back",
    "chip",
]
TEXT_PERCENT_MIN, TEXT_PERCENT_MAX = 100, 200


@dataclass(frozen=True, slots=True)
class TypeStyle:
    """One step of the type scale: height in px at 100 %, weight, and whether it is monospaced."""

    size_px: float
    bold: bool = False
    mono: bool = False


#: The type scale of the design mock: 30 amounts and verdicts, 16-18 fields, 13-15 text, 12 hints.
TYPE_SCALE: Mapping[Role, TypeStyle] = MappingProxyType(
    {
        "hint": TypeStyle(12),
        "caption": TypeStyle(13),
        "small": TypeStyle(14),
        "body": TypeStyle(15),
        "strong": TypeStyle(15, bold=True),
        "heading": TypeStyle(13, bold=True),
        "field": TypeStyle(16),
        "title": TypeStyle(18, bold=True),
        "button": TypeStyle(18, bold=True),
        "total": TypeStyle(25, bold=True),
        "verdict": TypeStyle(30, bold=True),
        "amount": TypeStyle(30, bold=True),
        "cap": TypeStyle(11, bold=True, mono=True),
        "code": TypeStyle(15, bold=True, mono=True),
        "card_mono": TypeStyle(21, bold=True, mono=True),
        "read_back": TypeStyle(28, bold=True, mono=True),
        "chip": TypeStyle(12.5, bold=True),
    }
)

# All of these draw every digit equally wide, which amounts in a column need (a test measures it);
# a font that is not there is skipped by Qt. Malgun Gothic comes with every Korean Windows.
_NANUM = ("NanumBarunGothic", "NanumGothic")
_FAMILIES = (*_NANUM, "Malgun Gothic")
_WINDOWS_FAMILIES = ("Malgun Gothic", *_NANUM)
_MONO_FAMILIES = ("NanumGothicCoding", "D2Coding", "Consolas", "DejaVu Sans Mono")

_TOKEN = re.compile(r"@([a-z_]+)@")
_SCALED = re.compile(r"(\d+(?:\.\d+)?)sp\b")


@dataclass(frozen=True, slots=True)
class Tokens:
    """The named colours of one scheme, as `#rrggbb`, and whether soft grounds need an outline."""

    colors: Mapping[str, str]
    outline: bool


def load_tokens() -> Mapping[Scheme, Tokens]:
    """Read the table of colours for every scheme."""
    with resource_path("themes", "tokens.toml").open("rb") as file:
        table = tomllib.load(file)
    return MappingProxyType(
        {
            scheme: Tokens(
                MappingProxyType({n: v for n, v in table[scheme].items() if n != "outline"}),
                bool(table[scheme]["outline"]),
            )
            for scheme in SCHEMES
        }
    )


class Theme(QObject):
    """The look in use; `changed` tells those who keep something they drew."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._tables = load_tokens()
        self._choice: SchemeChoice = "light"
        self._scheme: Scheme = "light"
        self._percent = TEXT_PERCENT_MIN

    @property
    def scheme(self) -> Scheme:
        """The scheme that is shown now."""
        return self._scheme

    @property
    def text_percent(self) -> int:
        """The text scale, 100 to 200."""
        return self._percent

    @property
    def outline(self) -> bool:
        """Whether soft grounds need an outline of their own colour (high contrast)."""
        return self._tables[self._scheme].outline

    def color(self, token: str) -> QColor:
        """Return the colour called `token`.

        Raises:
            Bug: the table holds no such name.
        """
        try:
            return QColor(self._tables[self._scheme].colors[token])
        except KeyError:
            raise Bug("theme.token", token=token) from None

    def px(self, size: float) -> int:
        """Return `size` px at 100 % in px at the text scale in use."""
        return round(size * self._percent / 100)

    def font(self, role: Role) -> QFont:
        """Return the font of one step of the type scale."""
        style = TYPE_SCALE[role]
        font = QFont()
        font.setFamilies(list(_MONO_FAMILIES if style.mono else _families()))
        font.setPixelSize(self.px(style.size_px))
        font.setBold(style.bold)
        return font

    def choose(self, choice: SchemeChoice, text_percent: int) -> None:
        """Take a scheme and a text scale; out of range scales are brought into it."""
        self._choice = choice
        self._percent = min(max(text_percent, TEXT_PERCENT_MIN), TEXT_PERCENT_MAX)
        self._scheme = _system_scheme() if choice == "system" else choice

    def follow_system(self) -> None:
        """Show the system's scheme again after it has changed, if that is what was chosen."""
        if self._choice == "system" and _system_scheme() != self._scheme:
            self._scheme = _system_scheme()
            _dress(self)

    def stylesheet(self) -> str:
        """Return `app.qss` with colours (`@token@`) and scaled sizes (`13sp`) filled in."""
        template = resource_path("themes", "app.qss").read_text(encoding="utf-8")
        coloured = _TOKEN.sub(lambda m: self.color(m[1]).name(), template)
        return _SCALED.sub(lambda m: f"{self.px(float(m[1]))}px", coloured)

    def palette(self) -> QPalette:
        """Return the palette, for what the stylesheet does not reach."""
        palette = QPalette()
        role = QPalette.ColorRole
        pairs = {
            role.Window: "bg",
            role.Base: "surface",
            role.AlternateBase: "sunken",
            role.Button: "sunken",
            role.WindowText: "text",
            role.Text: "text",
            role.ButtonText: "text",
            role.PlaceholderText: "muted",
            role.Highlight: "accent",
            role.HighlightedText: "on_accent",
            role.ToolTipBase: "surface",
            role.ToolTipText: "text",
            role.Link: "accent",
            role.Mid: "line",
            role.Accent: "accent",
        }
        for target, token in pairs.items():
            palette.setColor(target, self.color(token))
        return palette


class _Wardrobe:
    """The one theme of the program; a QApplication is one, too."""

    theme: Theme | None = None


def current() -> Theme:
    """Return the theme in use (light at 100 % until one was applied)."""
    if _Wardrobe.theme is None:
        _Wardrobe.theme = Theme()
    return _Wardrobe.theme


def color(token: str) -> QColor:
    """Return a colour of the theme in use."""
    return current().color(token)


def font(role: Role) -> QFont:
    """Return a font of the theme in use."""
    return current().font(role)


def px(size: float) -> int:
    """Return a size at the text scale in use."""
    return current().px(size)


def apply_theme(
    app: QApplication, scheme: SchemeChoice = "system", text_percent: int = TEXT_PERCENT_MIN
) -> Theme:
    """Dress `app`; call it again whenever the choice changes."""
    theme = current()
    if app.property("pos_dressed") is None:
        _load_fonts()
        app.setStyle("Fusion")  # the same bones on Windows and Linux
        QGuiApplication.styleHints().colorSchemeChanged.connect(theme.follow_system)
        app.setProperty("pos_dressed", True)
    theme.choose(scheme, text_percent)
    hints = QGuiApplication.styleHints()
    if scheme == "system":
        hints.unsetColorScheme()
    else:  # so that the window's own frame goes along
        light = scheme == "light"
        hints.setColorScheme(Qt.ColorScheme.Light if light else Qt.ColorScheme.Dark)
    _dress(theme)
    return theme


def _dress(theme: Theme) -> None:
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    app.setFont(theme.font("body"))
    app.setPalette(theme.palette())
    app.setStyleSheet(theme.stylesheet())
    theme.changed.emit()


def _families() -> tuple[str, ...]:
    return _WINDOWS_FAMILIES if sys.platform == "win32" else _FAMILIES


def _load_fonts() -> None:
    """Load the fonts an installer put into `resources/fonts`; a source tree has none there."""
    for path in sorted(resource_path("fonts").glob("*.ttf")):
        QFontDatabase.addApplicationFont(str(path))


def _system_scheme() -> Scheme:
    hints = QGuiApplication.styleHints()
    if hints.accessibility().contrastPreference() == Qt.ContrastPreference.HighContrast:
        return "high_contrast"
    return "dark" if hints.colorScheme() == Qt.ColorScheme.Dark else "light"


# ----------------------------------------------------------------------------------------- contrast


def contrast(one: QColor, other: QColor) -> float:
    """Return the WCAG 2.2 contrast ratio of two opaque colours, 1 to 21."""
    lights = sorted((_luminance(one), _luminance(other)))
    return (lights[1] + 0.05) / (lights[0] + 0.05)


def _luminance(tone: QColor) -> float:
    """Relative luminance, https://www.w3.org/TR/WCAG22/#dfn-relative-luminance."""

    def linear(part: float) -> float:
        return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4

    red, green, blue = linear(tone.redF()), linear(tone.greenF()), linear(tone.blueF())
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
