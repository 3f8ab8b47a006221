"""Finding shipped files."""

from __future__ import annotations

import pytest

from pos_app.resources import resource_path


def test_the_tree_has_its_words() -> None:
    assert resource_path("locale", "ko").is_dir()


@pytest.mark.parametrize("parts", [("..",), ("icons", "../../x"), ("/etc",), ("",)])
def test_nothing_outside_can_be_named(parts: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="not a name inside"):
        resource_path(*parts)


def test_a_missing_file_is_an_error_with_its_name() -> None:
    with pytest.raises(FileNotFoundError, match=r"icons/nothing\.svg"):
        resource_path("icons", "nothing.svg")
