"""Compiles the text catalogues: each `.po` under resources/locale to the `.mo` beside it.

    catalogue.py           compile
    catalogue.py --check   exit status 1 where a `.mo` is missing or differs from its `.po`

The compiled files are kept in the tree, so that a clone runs without a compiler. Needs Babel.
"""

from __future__ import annotations

import datetime as dt
import io
import sys
from pathlib import Path

from babel.messages import mofile, pofile

ALWAYS = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
LOCALES = Path(__file__).resolve().parent.parent / "resources" / "locale"


def compiled(source: Path) -> bytes:
    """Return the bytes of the compiled catalogue; the same source always gives the same bytes.

    Raises:
        ValueError: a message has no words, is marked fuzzy, or the file is no catalogue.
    """
    with source.open("rb") as stream:
        catalogue = pofile.read_po(stream, locale=source.parts[-3], abort_invalid=True)
    # Babel fills dates in that are not there, with now: two builds would differ.
    catalogue.creation_date = catalogue.revision_date = ALWAYS
    for message in catalogue:
        if message.id and (not message.string or message.fuzzy):
            raise ValueError(f"{source}: {message.id!r} has no final words")
    result = io.BytesIO()
    mofile.write_mo(result, catalogue)
    return result.getvalue()


def main(arguments: list[str]) -> int:
    """Compile or check every catalogue and return the exit status."""
    stale = 0
    for source in sorted(LOCALES.glob("*/LC_MESSAGES/*.po")):
        target = source.with_suffix(".mo")
        wanted = compiled(source)
        if target.exists() and target.read_bytes() == wanted:
            continue
        stale += 1
        if "--check" in arguments:
            print(f"stale: {target}")
        else:
            target.write_bytes(wanted)
            print(f"compiled: {target}")
    return int(stale > 0 and "--check" in arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
