"""Words outside the catalogue: what a person reads stands in resources/locale, twice."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from tests.house.tree import Finding, Source, dotted, strings

HANGUL = re.compile(r"[\u1100-\u11ff\u3131-\u318e\uac00-\ud7a3]")

#: Hangul that is not shown but read: what a person types, or what a vendor sends.
READ_NOT_SHOWN = {
    "pos_app/domain/money.py": "만, 천 and 원 are typed with an amount",
    "pos_app/gateways/kcp_codes.py": "words in a gateway's message that leave the outcome open",
    "pos_app/gateways/portone/codes.py": "words in PortOne's message that speak of a balance",
    "pos_app/gateways/portone/identity.py": "words of a refused code, to choose the clerk's",
    "pos_app/ledger/search.py": "initial consonants are typed to find a name",
    "pos_app/printing/cleaning.py": "fillers without a shape are taken out of names",
    "pos_app/ui/widgets/amount_text.py": "만, 천 and 원 are typed with an amount",
    "pos_app/ui/widgets/keys.py": "what the keys give while the input method is on",
}

#: Calls that put their arguments before a person's eyes or ears.
SHOWING = {
    "addAction",
    "addItem",
    "addItems",
    "addMenu",
    "addTab",
    "setAccessibleDescription",
    "setAccessibleName",
    "setHeaderLabels",
    "setHorizontalHeaderLabels",
    "setPlaceholderText",
    "setStatusTip",
    "setText",
    "setTitle",
    "setToolTip",
    "setVerticalHeaderLabels",
    "setWhatsThis",
    "setWindowTitle",
    "set_words",
    "showMessage",
}
#: Makers whose first argument is words.
MAKERS = {
    "QAction",
    "QCheckBox",
    "QCommandLinkButton",
    "QGroupBox",
    "QPushButton",
    "QRadioButton",
    "QToolButton",
    "EmphasisLabel",
    "label",
}


def hangul_in_code(source: Source) -> Iterator[Finding]:
    """Find Korean in string literals: the English screen would show it."""
    if source.where in READ_NOT_SHOWN or source.where.startswith("pos_app/practice/"):
        return
    for node in strings(source.tree):
        if HANGUL.search(str(node.value)):
            yield source.finding(node, f"words outside the catalogue: {node.value!r}")


def _worded(node: ast.expr) -> Iterator[str]:
    """Return the literal pieces with letters in an argument."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        if any(letter.isalpha() for letter in node.value):
            yield node.value
    elif isinstance(node, ast.JoinedStr):
        for part in node.values:
            if isinstance(part, ast.Constant):
                yield from _worded(part)
    elif isinstance(node, (ast.List, ast.Tuple)):
        for element in node.elts:
            yield from _worded(element)
    elif isinstance(node, ast.IfExp):
        yield from _worded(node.body)
        yield from _worded(node.orelse)
    elif isinstance(node, ast.BinOp):
        yield from _worded(node.left)
        yield from _worded(node.right)


def literals_in_widgets(source: Source) -> Iterator[Finding]:
    """Find literals handed to what shows them: the Korean screen would show English."""
    for node in ast.walk(source.tree):
        if not isinstance(node, ast.Call):
            continue
        name = dotted(node.func).split(".")[-1]
        shown = node.args if name in SHOWING else node.args[:1] if name in MAKERS else []
        for argument in shown:
            for words in _worded(argument):
                yield source.finding(node, f"words outside the catalogue: {name}({words!r})")
