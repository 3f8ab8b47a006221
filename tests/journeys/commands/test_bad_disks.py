"""A data folder that is a file, read-only or full: said in a sentence, and nothing is sent."""

from __future__ import annotations

import shlex
import shutil
from pathlib import Path

import pytest

from tests.journeys.commands.processes import Gateway, pos_app

WRITERS = (("recover",), ("recover", "--practice"))
READERS = (("verify",), ("export", "--format", "csv"), ("--exit-when-ready",))


def requests(practice: Gateway) -> object:
    """Return how often the gateway was asked for anything."""
    return practice.book()["counters"]


def read_only(disk: Path, data: Path) -> str:
    """Return shell commands that put a copy of `data` on a disk and make it read-only."""
    source, target = shlex.quote(str(data)), shlex.quote(str(disk))
    return (
        f"mount -t tmpfs tmpfs {target}; cp -a {source} {target}/data;"
        f" mount -o remount,ro tmpfs {target}"
    )


def full(disk: Path, data: Path) -> str:
    """Return shell commands that put a copy of `data` on a disk and fill it to the last byte."""
    source, target = shlex.quote(str(data)), shlex.quote(str(disk))
    return (
        f"mount -t tmpfs -o size=2m tmpfs {target}; cp -a {source} {target}/data;"
        f" dd if=/dev/zero of={target}/filler bs=4k 2>/dev/null || true"
    )


@pytest.mark.parametrize("verb", [*WRITERS, *READERS])
def test_a_file_where_the_folder_should_be(tmp_path: Path, verb: tuple[str, ...]) -> None:
    (tmp_path / "data").write_text("x")
    done = pos_app(*verb, "--data-dir", tmp_path / "data", home=tmp_path).check(2)
    assert "파일이 있습니다" in done.err
    assert (tmp_path / "data").read_text() == "x"


@pytest.mark.parametrize("verb", WRITERS)
def test_a_read_only_folder(
    practice: Gateway, data: Path, small_disk: Path, verb: tuple[str, ...]
) -> None:
    before = requests(practice)
    done = pos_app(
        *verb,
        "--data-dir",
        small_disk / "data",
        home=small_disk.parent,
        before=read_only(small_disk, data),
    ).check(1)
    assert "쓸 수 없습니다" in done.err
    assert requests(practice) == before


@pytest.mark.parametrize("verb", WRITERS)
def test_a_full_disk(
    practice: Gateway, data: Path, small_disk: Path, verb: tuple[str, ...]
) -> None:
    before = requests(practice)
    done = pos_app(
        *verb,
        "--data-dir",
        small_disk / "data",
        home=small_disk.parent,
        before=full(small_disk, data),
    ).check(1)
    assert "가득" in done.err
    assert requests(practice) == before


def test_provision_onto_a_full_disk_loses_nothing(
    practice: Gateway, data: Path, small_disk: Path, tmp_path: Path
) -> None:
    merchant = Path(shutil.copytree(practice.provision.parent, tmp_path / "merchant"))
    file = merchant / "provision.toml"
    file.write_text(file.read_text().replace('counter = "01"', 'counter = "K7"'))
    keep = shlex.quote(str(tmp_path / "kept.json"))
    done = pos_app(
        "provision",
        file,
        "--data-dir",
        small_disk / "data",
        home=tmp_path,
        before=f"{full(small_disk, data)}; cp {small_disk}/data/settings.json {keep}",
    ).check(1)
    assert "가득" in done.err
    assert (tmp_path / "kept.json").read_bytes() == (data / "settings.json").read_bytes()


@pytest.mark.parametrize(
    "verb", [("verify",), ("export", "--format", "csv"), ("doctor",)], ids=lambda verb: verb[0]
)
def test_what_only_reads_works_on_a_read_only_disk(
    data: Path, small_disk: Path, verb: tuple[str, ...]
) -> None:
    done = pos_app(
        *verb,
        "--data-dir",
        small_disk / "data",
        home=small_disk.parent,
        before=read_only(small_disk, data),
    )
    assert done.check(0).out
