"""The list of bugs stays true to the code: each still fits, and the changed file still compiles."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.teeth.bugs import BUGS, Bug
from tests.teeth.night import ROOT, copy_of_tree, plant


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.what)
def test_it_still_fits(bug: Bug) -> None:
    for change in bug.changes:
        text = (ROOT / change.file).read_text(encoding="utf-8")
        assert text.count(change.right) == 1, change.file
        changed = text.replace(change.right, change.wrong)
        ast.parse(changed)
        assert changed != text


def test_there_are_ten() -> None:
    assert [bug.number for bug in BUGS] == list(range(1, 11))


def test_planting_changes_the_copy_only(tmp_path: Path) -> None:
    """And a bug that does not fit any more is told, not passed over."""
    tree = copy_of_tree(tmp_path)
    bug = BUGS[1]
    plant(bug, tree)
    file = bug.changes[0].file
    assert bug.changes[0].wrong in (tree / file).read_text(encoding="utf-8")
    assert bug.changes[0].right in (ROOT / file).read_text(encoding="utf-8")
    with pytest.raises(ValueError, match="does not fit"):
        plant(bug, tree)
