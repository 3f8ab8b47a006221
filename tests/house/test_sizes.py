"""Size and promises: no module or function too long to grasp, none without its sentence."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.house import sizes
from tests.house.tree import Finding, Source, planted, report, sources

Rule = Callable[[Source], Iterator[Finding]]


def test_no_module_is_over_the_wall() -> None:
    found = [f for s in sources("pos_app", "tests", "packaging") for f in sizes.long_modules(s)]
    assert not found, report(found)


def test_no_function_is_over_the_wall() -> None:
    found = [f for s in sources("pos_app", "tests", "packaging") for f in sizes.long_functions(s)]
    assert not found, report(found)


def test_everything_public_says_what_it_promises() -> None:
    found = [f for s in sources("pos_app", "packaging") for f in sizes.undocumented(s)]
    assert not found, report(found)


DOC = '"""A module."""\n'


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        (sizes.long_modules, "x = 1\n" * 501),
        (sizes.long_functions, "def f():\n" + "    x = 1\n" * 70),
        (sizes.long_functions, "class C:\n    async def f(self):\n" + "        x = 1\n" * 70),
        (sizes.undocumented, "x = 1\n"),
        (sizes.undocumented, DOC + "class C:\n    x = 1\n"),
        (sizes.undocumented, DOC + "class _C:\n    x = 1\n"),
        (sizes.undocumented, DOC + "def f():\n    pass\n"),
        (
            sizes.undocumented,
            DOC + 'class C:\n    """C."""\n    async def f(self):\n        pass\n',
        ),
        (sizes.undocumented, DOC + "if x:\n    def f():\n        pass\n"),
    ],
)
def test_the_rule_sees_what_breaks_it(rule: Rule, text: str) -> None:
    assert len(list(rule(planted("pos_app/x.py", text)))) == 1


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        (sizes.long_modules, "x = 1\n" * 500),
        (sizes.long_functions, "def f():\n" + "    x = 1\n" * 69),
        (sizes.undocumented, DOC + "def _f():\n    pass\n"),
        (sizes.undocumented, DOC + "def f():\n    '''F.'''\n    def g():\n        pass\n"),
        (sizes.undocumented, DOC + "class _C:\n    '''C.'''\n    def f(self):\n        pass\n"),
        (sizes.undocumented, DOC + "class C:\n    '''C.'''\n    @override\n    def f(self): ...\n"),
    ],
)
def test_the_rule_lets_good_code_pass(rule: Rule, text: str) -> None:
    assert not list(rule(planted("pos_app/x.py", text)))
