"""A short worst day on each commit; the night's has five hundred deeds (`worst_day.py`)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.helpers import figures
from tests.journeys.worst_day import main

DEEDS, KILLS = 14, 2


def test_a_bad_hour_ends_with_equal_books(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ["--deeds", str(DEEDS), "--kills", str(KILLS), "--dir", str(tmp_path)]
    assert main(asked) == 0, capsys.readouterr().out
    counted = json.loads(capsys.readouterr().out.splitlines()[-1])["figures"]
    assert (counted["deeds"], counted["kills"]) == (DEEDS, KILLS)
    assert counted["starts"] == KILLS + 1
    figures.add("deeds of the worst day", counted["deeds"])
    figures.add("kills of the window", counted["kills"])
