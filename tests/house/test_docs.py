"""Documents are true: every folder has one, and what they name is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.house import docs
from tests.house.tree import ROOT, documents, folders, report

#: Folders that hold one kind of file only, described by the folder above.
SELF_EVIDENT = ("resources/locale/", "packaging/requirements", "pos_app/ledger/migrations/versions")


def test_every_folder_explains_itself() -> None:
    silent = [
        folder.relative_to(ROOT).as_posix()
        for folder in folders("pos_app", "resources", "tests", "packaging")
        if not (folder / "README.md").exists()
        and not f"{folder.relative_to(ROOT).as_posix()}/".startswith(SELF_EVIDENT)
        and any(child.is_file() for child in folder.iterdir())
    ]
    assert not silent, (
        "a folder without a README.md is a room without a name; these have none:\n"
        + "\n".join(silent)
    )


def test_documents_name_things_that_exist() -> None:
    found = [
        finding
        for file in documents()
        for finding in docs.document_findings(file.read_text(encoding="utf-8"), file)
    ]
    assert not found, report(found)


def test_the_walk_of_one_sale_is_true_to_the_files() -> None:
    map_of_the_house = ROOT / "pos_app" / "README.md"
    text = map_of_the_house.read_text(encoding="utf-8") if map_of_the_house.exists() else ""
    found = list(docs.hop_findings(text))
    assert not found, report(found)


def test_every_command_of_the_program_is_in_a_document() -> None:
    said = "\n".join(file.read_text(encoding="utf-8") for file in documents())
    unsaid = sorted(name for name in docs.commands() if not re.search(rf"\b{name}\b", said))
    assert not unsaid, f"commands that no document mentions: {unsaid}"


def changelog_complaints(text: str) -> list[str]:
    """Return what is wrong with the form of a changelog (keepachangelog.com)."""
    kinds = {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}
    wrong = []
    lines = text.splitlines()
    if not lines or lines[0] != "# Changelog":
        wrong.append("the first line is `# Changelog`")
    versions = [line for line in lines if line.startswith("## ")]
    if not versions or versions[0] != "## [Unreleased]":
        wrong.append("the first version is `## [Unreleased]`")
    wrong += [
        f"no version with its day: {line}"
        for line in versions[1:]
        if not re.fullmatch(r"## \[\d+\.\d+\.\d+\] - \d{4}-\d\d-\d\d", line)
    ]
    wrong += [
        f"no kind of change: {line}"
        for line in lines
        if line.startswith("### ") and line[4:] not in kinds
    ]
    return wrong


def test_the_changelog_has_its_form() -> None:
    wrong = changelog_complaints((ROOT / "CHANGELOG.md").read_text(encoding="utf-8"))
    assert not wrong, "people look for what changed for them:\n" + "\n".join(wrong)


# ------------------------------------------------------------------------ the rules themselves

HERE = ROOT / "README.md"


@pytest.mark.parametrize(
    "text",
    [
        "see `pos_app/nowhere.py`",
        "see `nowhere.py`",
        "    python3 packaging/dev.py paint",
        "run `pos-app fly --now`",
        "`python -m pos_app fly`",
        "`python -m tests.nobody`",
        "`pos_app.resources.nothing`",
        "`pos_app.nothing.at_all`",
        "[here](pos_app/nowhere.md)",
        "```\ntests/unit/nowhere.py\n```",
        "`resources/none*/x`",
    ],
)
def test_a_name_of_nothing_is_seen(text: str) -> None:
    assert list(docs.document_findings(text + "\n", HERE))


@pytest.mark.parametrize(
    "text",
    [
        "see `pos_app/resources.py`, `resources.py` and `tests/`",
        "    python3 packaging/dev.py test",
        "`pos_app.resources.resource_path` and `pos_app.logs.log_event`",
        "[here](pyproject.toml) and [there](https://example.com/x.md)",
        "`resources/*/README.md`, `resources/locale/{ko,en}/x.po`, `/tmp/x.py`",
        "`text/plain` and `1/2`",
        "the folder `demonstration/` comes later",
    ],
)
def test_a_name_of_something_passes(text: str) -> None:
    assert not list(docs.document_findings(text + "\n", HERE))


def hops(*lines: str) -> str:
    """Return a walk whose first hops are these lines and whose others are good."""
    good = [f"{n}. `resources.py` `resource_path` - finds" for n in range(len(lines) + 1, 11)]
    return "\n".join([*lines, *good])


@pytest.mark.parametrize(
    "text",
    [
        "",
        hops("1. `ui/nowhere.py` `Nobody.nothing` - x"),
        hops("1. `resources.py` `nothing` - x"),
        hops("1. `logs/setup.py` `JsonLineFormatter.nothing()` - x"),
        hops("2. `resources.py` `resource_path` - x"),
    ],
)
def test_a_walk_that_is_not_true_is_seen(text: str) -> None:
    assert list(docs.hop_findings(text))


def test_a_true_walk_passes() -> None:
    assert not list(docs.hop_findings(hops("1. `logs/setup.py` `JsonLineFormatter.format()` - x")))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# Changes\n## [Unreleased]",
        "# Changelog\n## 1.0",
        "# Changelog\n## [Unreleased]\n### New",
    ],
)
def test_a_changelog_without_form_is_seen(text: str) -> None:
    assert changelog_complaints(text)


def test_documents_are_found_in_every_part_of_the_tree() -> None:
    assert {Path("README.md"), Path("tests/README.md")} <= {
        file.relative_to(ROOT) for file in documents()
    }
