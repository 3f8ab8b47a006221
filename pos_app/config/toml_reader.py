"""Reads a TOML file that a person wrote, key by key, and names every mistake by section and line.

A decoder that maps a whole file to types says "expected int at $.gateways.kcp.months_max"; an
installer needs the line. What nobody asked for is a mistake too: a misspelt key must not quietly
leave a setting at its default.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar, cast

from pos_app.config.files import read_at_most
from pos_app.domain.errors import UserMistake

_T = TypeVar("_T", bound=str)

BYTES_MAX = 1_000_000
_WHERE = re.compile(r"at line (\d+)", re.ASCII)
_HEADER = re.compile(r"\s*\[\[?\s*([^\[\]]+?)\s*\]\]?\s*(#.*)?")
_KEY = re.compile(r"""\s*["']?([A-Za-z0-9_-]+)["']?\s*=""")


@dataclass(frozen=True, slots=True)
class Source:
    """The file and its text, for telling where something stands."""

    path: Path
    text: str

    def line(self, section: str, key: str | None = None) -> int:
        """Return the line of `key` in `section`, of the section's head, or 1; lines count from 1.

        Args:
            section: "" for the top, "gateways.kcp", or "operators 2" for the second of a list.
            key: None for the head itself.
        """
        found, current, counts = 1, "", dict[str, int]()
        as_head = f"{section}.{key}".lstrip(".")
        for number, line in enumerate(self.text.splitlines(), start=1):
            header = _HEADER.fullmatch(line)
            if header:
                name = header[1].replace('"', "").replace(" ", "")
                counts[name] = counts.get(name, 0) + 1
                current = f"{name} {counts[name]}" if line.lstrip().startswith("[[") else name
                if key is not None and name == as_head:
                    return number
                if current == section:
                    found = number
                continue
            named = _KEY.match(line)
            if key is not None and current == section and named and named[1] == key:
                return number
        return found

    def mistake(self, code: str, section: str, key: str = "", **params: object) -> UserMistake:
        """Return a mistake that names file, section, key and line."""
        return UserMistake(
            f"provision.{code}",
            file=self.path.name,
            section=f"[{section}]" if section else "[]",
            key=key,
            line=self.line(section, key or None),
            **params,
        )


@dataclass(slots=True)
class Table:
    """One table of the file: each key is asked for by name, then `end()` refuses the rest."""

    source: Source
    section: str
    values: dict[str, object]
    _asked: set[str] = field(default_factory=set)

    def has(self, key: str) -> bool:
        """Tell whether the file gives `key`, which counts as asked for."""
        self._asked.add(key)
        return key in self.values

    def string(self, key: str, default: str | None = None) -> str:
        """Return a text.

        Raises:
            UserMistake: it is missing and there is no `default`, or it is no text.
        """
        if not self.has(key):
            if default is None:
                raise self.mistake("missing_key", key)
            return default
        value = self.values[key]
        if not isinstance(value, str):
            raise self._wrong_type(key, "text")
        return value

    def choice(self, key: str, choices: Iterable[_T], default: _T | None = None) -> _T:
        """Return a text that is one of `choices`.

        Raises:
            UserMistake: as `string`, or another value.
        """
        value = self.string(key, default)
        allowed = tuple(choices)
        for one in allowed:
            if one == value:
                return one
        raise self.mistake("not_a_choice", key, value=value[:40], choices=", ".join(allowed))

    def flag(self, key: str) -> bool:
        """Return true or false; the caller has seen that it is there.

        Raises:
            UserMistake: something else.
        """
        value = self.values[key]
        if not isinstance(value, bool):
            raise self._wrong_type(key, "flag")
        return value

    def whole(self, key: str) -> int:
        """Return a whole number; the caller has seen that it is there.

        Raises:
            UserMistake: something else; true and 1.0 are no whole numbers.
        """
        value = self.values[key]
        if type(value) is not int:
            raise self._wrong_type(key, "whole")
        return value

    def table(self, key: str) -> Table | None:
        """Return the table of that name below this one, None where there is none.

        Raises:
            UserMistake: it is no table.
        """
        if not self.has(key):
            return None
        value = self.values[key]
        if not isinstance(value, dict):
            raise self._wrong_type(key, "table")
        name = f"{self.section}.{key}" if self.section else key
        return Table(self.source, name, cast("dict[str, object]", value))

    def tables(self, key: str) -> tuple[Table, ...] | None:
        """Return the `[[key]]` tables, None where there is none.

        Raises:
            UserMistake: it is no list of tables.
        """
        if not self.has(key):
            return None
        value = self.values[key]
        if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
            raise self._wrong_type(key, "tables")
        return tuple(
            Table(self.source, f"{key} {place}", one) for place, one in enumerate(value, start=1)
        )

    def end(self) -> None:
        """Refuse every key that was not asked for.

        Raises:
            UserMistake: `provision.unknown_key`, or `.unknown_key_near` with the likely name.
        """
        for key in self.values:
            if key in self._asked:
                continue
            near = difflib.get_close_matches(key, sorted(self._asked), n=1)
            if near:
                raise self.mistake("unknown_key_near", key, near=near[0])
            raise self.mistake("unknown_key", key)

    def mistake(self, code: str, key: str = "", **params: object) -> UserMistake:
        """Return a mistake about `key` of this table."""
        return self.source.mistake(code, self.section, key, **params)

    def _wrong_type(self, key: str, wanted: str) -> UserMistake:
        """Return the mistake for a value of another type; the catalogue has `wanted` words."""
        return self.mistake(f"wants_{wanted}", key)


def read_toml(path: Path) -> Table:
    """Return the top table of a TOML file; a byte order mark, as Notepad writes it, is no harm.

    Raises:
        UserMistake: `provision.not_found`, `.not_readable`, `.too_large`, `.not_text`, `.syntax`.
    """
    try:
        data = read_at_most(path, BYTES_MAX)
    except OSError as error:
        raise UserMistake("provision.not_readable", file=str(path)) from error
    if data is None:
        raise UserMistake("provision.not_found", file=str(path))
    if len(data) > BYTES_MAX:
        raise UserMistake("provision.too_large", file=str(path))
    try:
        text = data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise UserMistake("provision.not_text", file=str(path)) from error
    try:
        values = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        where = _WHERE.search(str(error))
        line = int(where[1]) if where else text.count("\n") + 1
        raise UserMistake("provision.syntax", file=path.name, line=line) from error
    return Table(Source(path, text), "", values)
