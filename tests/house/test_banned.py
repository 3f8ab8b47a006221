"""Banned calls stay out of the house, and each ban is seen to work."""

from __future__ import annotations

import pytest

from tests.house.banned import Rule
from tests.house.bans import BANS
from tests.house.tree import planted, report, sources

ids = [rule.name for rule in BANS]


@pytest.mark.parametrize("rule", BANS, ids=ids)
def test_nobody_does_what_is_banned(rule: Rule) -> None:
    found = [
        finding
        for source in sources("pos_app", "tests", "packaging")
        for finding in rule.findings(source)
    ]
    assert not found, report(found)


@pytest.mark.parametrize("rule", BANS, ids=ids)
def test_the_ban_sees_its_example(rule: Rule) -> None:
    assert list(rule.findings(planted(rule.example_in, rule.example)))


@pytest.mark.parametrize("rule", BANS, ids=ids)
def test_the_ban_says_why(rule: Rule) -> None:
    assert len(rule.reason.split()) >= 5


@pytest.mark.parametrize(
    ("where", "text"),
    [
        ("pos_app/ui/x.py", "async with asyncio.TaskGroup() as group:\n    group.create_task(f())"),
        ("pos_app/ui/scope.py", "asyncio.create_task(f())"),
        ("pos_app/ui/x.py", "now = clock.now()"),
        ("pos_app/ledger/x.py", "connection.execute(text('select :a'), {'a': 1})"),
        ("pos_app/ui/x.py", "text(f'format.month.{month}')"),
        ("pos_app/ui/widgets/labels.py", "class Label(QLabel): ..."),
        ("pos_app/ledger/x.py", "connection.execute(f'PRAGMA user_version = {n}')"),
        ("pos_app/gateways/x.py", "logging.getLogger('httpx').setLevel(logging.WARNING)"),
        ("tests/x.py", "await asyncio.sleep(0)"),
        ("tests/x.py", "while not seen():\n    await asyncio.sleep(0.01)"),
        ("pos_app/domain/x.py", "supply = taxable * 10 // 11"),
    ],
)
def test_good_code_passes_every_ban(where: str, text: str) -> None:
    source = planted(where, f"async def f():\n    {text.replace(chr(10), chr(10) + '    ')}\n")
    found = [finding for rule in BANS for finding in rule.findings(source)]
    assert not found, report(found)


def test_a_line_may_break_a_ban_only_by_name_and_with_a_reason() -> None:
    (ban,) = [rule for rule in BANS if rule.name == "sleeping"]
    good = planted("tests/x.py", "time.sleep(1)  # house: sleeping - the stall is what is tested\n")
    other = planted(
        "tests/x.py", "time.sleep(1)  # house: printing - the stall is what is tested\n"
    )
    bare = planted("tests/x.py", "time.sleep(1)  # house: sleeping\n")
    assert not list(ban.findings(good))
    assert list(ban.findings(other))
    assert list(ban.findings(bare))
