"""Every word shown to a person, looked up by a symbolic id in the gettext catalogues.

`text("sale.approved.title", amount=won(88000))` finds the id in any `*.mo` below
`resources/locale/<language>/LC_MESSAGES` and fills `{amount}` by `str.format`. Korean is the first
language, English is complete too. No Qt here: the commands speak through the same catalogues.
"""

from __future__ import annotations

import datetime as dt
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from pos_app.domain.errors import Bug, PosError
from pos_app.resources import resource_path

Language = Literal["ko", "en"]
LANGUAGES: tuple[Language, ...] = ("ko", "en")

#: Korea has kept UTC+9 without summer time since 1988; a fixed offset needs no tz database.
KST = dt.timezone(dt.timedelta(hours=9), "KST")


@dataclass(frozen=True, slots=True)
class _Spoken:
    """One language with everything found for it."""

    language: Language
    words: Mapping[str, str]


class _Voice:
    """The language in use; one for the program, because one person sits before it."""

    spoken: _Spoken | None = None


def _load(language: Language) -> _Spoken:
    """Merge every compiled catalogue of `language`, in the order of their names."""
    words: dict[str, str] = {}
    for path in sorted(resource_path("locale", language, "LC_MESSAGES").glob("*.mo")):
        words |= read_catalogue(path.read_bytes())
    return _Spoken(language, MappingProxyType(words))


#: A compiled catalogue: mark, version, count, where the ids and where the words are listed, each
#: list as (length, place); gettext manual, "The Format of GNU MO Files". Babel writes this order.
_HEAD, _MARK = struct.Struct("<5I"), 0x950412DE


def read_catalogue(data: bytes) -> dict[str, str]:
    """Return id and words of one compiled catalogue, without the header (whose id is empty).

    The standard library has no public way to list a catalogue, and what it does for each one
    besides (a plural rule of its own, compiled) takes four times as long as all of this; a test
    compares the two.

    Raises:
        Bug: it is no catalogue of ours.
    """
    try:
        mark, _version, count, ids_at, words_at = _HEAD.unpack_from(data)
        if mark != _MARK:
            raise Bug("text.catalogue")
        ids = struct.unpack_from(f"<{2 * count}I", data, ids_at)
        words = struct.unpack_from(f"<{2 * count}I", data, words_at)
    except struct.error as error:
        raise Bug("text.catalogue") from error
    places = zip(ids[::2], ids[1::2], words[::2], words[1::2], strict=True)
    return {
        data[at : at + size].decode(): data[found : found + length].decode()
        for size, at, length, found in places
        if size
    }


def use_language(language: Language) -> None:
    """Speak `language` from now on; what is already on screen must be built again.

    Raises:
        Bug: there is no such language.
    """
    if language not in LANGUAGES:
        raise Bug("text.language", language=language)
    if _Voice.spoken is not None and _Voice.spoken.language == language:
        return
    _Voice.spoken = _load(language)


def _spoken() -> _Spoken:
    if _Voice.spoken is None:
        use_language("ko")
    assert _Voice.spoken is not None
    return _Voice.spoken


def language() -> Language:
    """Return the language in use."""
    return _spoken().language


def spoken_words() -> Mapping[str, str]:
    """Return every id of the language in use with its words."""
    return _spoken().words


def has_text(message_id: str) -> bool:
    """Tell whether the catalogues hold `message_id`."""
    return message_id in _spoken().words


def text(message_id: str, /, **params: object) -> str:
    """Return the words for `message_id` with `params` filled in.

    Raises:
        Bug: the catalogues lack the id, or its words name a parameter that was not given.
    """
    try:
        words = _spoken().words[message_id]
    except KeyError:
        raise Bug("text.missing", message_id=message_id) from None
    try:
        return words.format(**params)
    except (KeyError, IndexError, ValueError) as error:
        raise Bug("text.params", message_id=message_id) from error


def error_text(error: PosError) -> tuple[str, str]:
    """Return title and advice for `error`.

    Never fails: an error that cannot be shown would hide the first one, so an error without words
    of its own is shown by its code.
    """
    title_id, advice_id = f"error.{error.code}.title", f"error.{error.code}.advice"
    # Whole numbers in errors are amounts and counts: grouped, as everywhere on the screen.
    shown = {name: won(v) if type(v) is int else v for name, v in error.params.items()}
    try:
        return text(title_id, **shown), text(advice_id, **shown)
    except Bug:
        return text("error.unworded.title"), text("error.unworded.advice", code=error.code)


def error_line(error: PosError) -> str:
    """Return title and advice for `error` as one line, each a sentence of its own."""
    title, advice = error_text(error)
    if advice and not title.endswith((".", "!", "?", "…")):
        title = f"{title}."
    return f"{title} {advice}".strip()


# ------------------------------------------------------------------------------------------ formats


def won(amount: int) -> str:
    """Return an amount in won grouped by thousands: `88,000`."""
    return f"{amount:,}"


def won_unit(amount: int) -> str:
    """Return an amount with its unit as the language writes it: `88,000원`."""
    return text("format.won", amount=won(amount))


def _local(moment: dt.datetime) -> dt.datetime:
    if moment.tzinfo is None:
        raise Bug("text.naive_time")
    return moment.astimezone(KST)


def date(moment: dt.datetime) -> str:
    """Return day and weekday in KST: `11월 21일 (토)`."""
    local = _local(moment)
    return text(
        "format.date",
        month=text(f"format.month.{local.month}"),
        day=local.day,
        weekday=text(f"format.weekday.{local.weekday()}"),
    )


def full_date(moment: dt.datetime | dt.date) -> str:
    """Return `2026-11-21`; a moment is turned to KST first."""
    day = _local(moment).date() if isinstance(moment, dt.datetime) else moment
    return day.isoformat()


def clock(moment: dt.datetime) -> str:
    """Return hour and minute in KST: `14:32`."""
    return _local(moment).strftime("%H:%M")


def clock_s(moment: dt.datetime) -> str:
    """Return the time to the second in KST: `14:32:07`."""
    return _local(moment).strftime("%H:%M:%S")


def stamp(moment: dt.datetime) -> str:
    """Return day and time to the second in KST: `2026-11-21 14:32:07`."""
    return f"{full_date(moment)} {clock_s(moment)}"


def short_stamp(moment: dt.datetime) -> str:
    """Return month, day and minute in KST: `11-21 14:32`."""
    return _local(moment).strftime("%m-%d %H:%M")


def elapsed(seconds: float) -> str:
    """Return a waiting time: `00:47`, from an hour on `1:00:47`."""
    whole = max(0, int(seconds))
    hours, rest = divmod(whole, 3600)
    minutes, left = divmod(rest, 60)
    return f"{hours}:{minutes:02}:{left:02}" if hours else f"{minutes:02}:{left:02}"
