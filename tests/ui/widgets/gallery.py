"""Every widget in every scheme, language and text scale, as pictures to look at.

QT_QPA_PLATFORM=offscreen python -m tests.ui.widgets.gallery --out DIR [--only sale-light-ko-100]
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from pathlib import Path

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QGuiApplication, QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFrame, QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from pos_app.ui import dialogs, text, theme
from pos_app.ui.theme import SCHEMES
from pos_app.ui.widgets import state_badge as badges
from pos_app.ui.widgets.amount_field import AmountField
from pos_app.ui.widgets.bar import ProportionBar
from pos_app.ui.widgets.big_button import BigButton
from pos_app.ui.widgets.card_field import CardLook, CardNumberField
from pos_app.ui.widgets.choice_field import CheckField, ChoiceField
from pos_app.ui.widgets.clock import ElapsedLabel
from pos_app.ui.widgets.digits_field import BirthField, ExpiryField, PasswordDigitsField, PinField
from pos_app.ui.widgets.focus_ring import FocusRing
from pos_app.ui.widgets.hero import Hero
from pos_app.ui.widgets.labels import label
from pos_app.ui.widgets.months_row import MonthsRow
from pos_app.ui.widgets.nav import NavKey, StatusDot
from pos_app.ui.widgets.pairs import Pair, Pairs
from pos_app.ui.widgets.panel import Panel, divider
from pos_app.ui.widgets.practice_frame import PracticeFrame
from pos_app.ui.widgets.say import Say
from pos_app.ui.widgets.state_badge import Badge, StateBadge, badge_of
from pos_app.ui.widgets.steps import Step, Steps
from pos_app.ui.widgets.table import CalmTable, Column, Row
from pos_app.ui.widgets.text_field import PhoneField, SearchField, SecretTextField, TextField
from tests.ui.widgets.gallery_words import ENGLISH, KOREAN

Words = Mapping[str, str]


def _look_up(digits: bytes) -> CardLook | None:
    if digits.startswith((b"34", b"37")):
        return CardLook("American Express", (4, 6, 5), 15)
    return CardLook(_Chip.words)


class _Chip:
    words = ""


def _typed(field: QWidget, keys: str) -> None:
    for key in keys:
        event = QKeyEvent(QEvent.Type.KeyPress, 0, Qt.KeyboardModifier.NoModifier, key)
        QApplication.sendEvent(field.focusProxy() or field, event)


def _row(*parts: QWidget, gap: int = 12) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(theme.px(gap))
    for part in parts:
        row.addWidget(part)
    return row


def _header(w: Words) -> QWidget:
    head = QFrame()
    head.setObjectName("header")
    head.setFixedHeight(theme.px(52))
    row = _row(label(w["shop"], "strong"), gap=2)
    row.setContentsMargins(theme.px(20), 0, theme.px(20), 0)
    row.addSpacing(theme.px(16))
    for key, name in (("F2", "sale"), ("F3", "history"), ("F4", "refund"), ("F8", "close")):
        tab = NavKey(w[name], key)
        tab.setChecked(name == "sale")
        row.addWidget(tab)
    row.addStretch(1)
    row.addWidget(StatusDot("NHN KCP"))
    head.setLayout(row)
    return head


def _recent(w: Words) -> Panel:
    panel = Panel(w["recent"])
    panel.add_key_hint("F3", w["all"])
    table = CalmTable(
        [
            Column(w["time"]),
            Column(w["product"], stretch=2),
            Column(w["buyer"], stretch=1),
            Column(w["card"], stretch=2),
            Column(w["amount"], align="right", stretch=1),
            Column(w["state"], stretch=2),
        ]
    )
    table.set_rows(
        [
            Row(
                "1",
                (
                    "14:21",
                    "장미 50송이",
                    "박서연 ··3321",
                    "우리 5365 99** **** 1022",
                    "62,000",
                    badge_of("charge", "UNKNOWN"),
                ),
            ),
            Row(
                "2",
                (
                    "14:02",
                    "근조 화환",
                    "최민호 ··7780",
                    "삼성 3791 83** ***1 004",
                    "110,000",
                    badge_of("charge", "APPROVED"),
                ),
            ),
            Row(
                "3",
                (
                    "13:47",
                    "꽃바구니 (중)",
                    "이수빈 ··9001",
                    "신한 4518 42** **** 7711",
                    "9,999,999,999",
                    badge_of("charge", "DECLINED"),
                ),
            ),
        ]
    )
    panel.add(table, 1)
    return panel


def _slip(w: Words) -> Panel:
    panel = Panel(flush=True)
    panel.setFixedWidth(theme.px(392))
    head = QVBoxLayout()
    head.setContentsMargins(0, theme.px(14), 0, theme.px(10))
    head.addWidget(label(w["slip"], "title", align="center"))
    head.addWidget(label(f"{w['shop']} · 120-81-47521 · 02-123-4567", "hint", align="center"))
    panel.add(head)
    panel.add(divider())
    for part in (
        [
            Pair(w["card"], "국민 9410 11** **** 0073"),
            Pair(w["months"], "3"),
            Pair(w["product"], w["pot"]),
            Pair(w["state"], badge_of("charge", "UNKNOWN")),
        ],
        [
            Pair("공급가액", "80,000"),
            Pair("부가세", "8,000"),
            Pair(w["total"], text.won_unit(88_000), "total"),
        ],
    ):
        pairs = Pairs()
        pairs.set_pairs(part)
        inset = QVBoxLayout()
        inset.setContentsMargins(theme.px(20), 0, theme.px(20), 0)
        inset.addWidget(pairs)
        panel.add(inset)
        panel.add(divider())
    foot = QVBoxLayout()
    foot.setContentsMargins(*(theme.px(s) for s in (20, 0, 20, 18)))
    foot.addWidget(label(w["left"], "hint", wrap=True))
    foot.addStretch(1)
    foot.addWidget(BigButton(w["charge"], "Enter"))
    panel.add(foot, 1)
    return panel


def _columns(page: QWidget, head: QWidget, left: list[QWidget], right: QWidget) -> None:
    column = QVBoxLayout()
    column.setSpacing(theme.px(12))
    for part in left:
        column.addWidget(part, 1 if part is left[-1] else 0)
    main = QHBoxLayout()
    main.setContentsMargins(*(theme.px(s) for s in (20, 16, 20, 16)))
    main.setSpacing(theme.px(16))
    main.addLayout(column, 1)
    main.addWidget(right)
    outer = QVBoxLayout(page)
    outer.setContentsMargins(0, 0, 0, 0)
    outer.setSpacing(0)
    outer.addWidget(head)
    outer.addLayout(main)


def sale(page: QWidget, w: Words) -> Callable[[], None]:
    """The sale as the mock draws it."""
    order, card, months = (
        Panel(w["order"]),
        Panel(w["card"], w["card_aside"]),
        Panel(w["months"], w["months_aside"]),
    )
    order.add_key_hint("F7", w["none"])
    amount = AmountField(w["amount"])
    amount.set_hint(w["tax"])
    product, buyer = TextField(w["product"]), TextField(w["buyer"])
    phone, mail = PhoneField(w["phone"]), TextField(w["mail"], aside=w["mail_aside"])
    mail.set_placeholder(w["none"])
    grid = QGridLayout()
    grid.setHorizontalSpacing(theme.px(12))
    grid.setVerticalSpacing(theme.px(8))
    grid.addWidget(amount, 0, 0, 2, 1)
    amount.setFixedWidth(theme.px(250))
    for at, field in enumerate((product, buyer, phone, mail)):
        grid.addWidget(field, at // 2, 1 + at % 2)
        grid.setColumnStretch(1 + at % 2, 1)
    order.add(grid)
    number = CardNumberField(w["number"], _look_up)
    expiry, birth = ExpiryField(w["expiry"]), BirthField(w["birth"])
    password = PasswordDigitsField(w["password"])
    for short, width in ((expiry, 118), (birth, 170), (password, 118)):
        short.setFixedWidth(theme.px(width))
    card.add(_row(number, expiry, birth, password))
    row = MonthsRow()
    row.set_free({2, 3})
    row.set_months(3)
    months.add(row)
    _columns(page, _header(w), [order, card, months, _recent(w)], _slip(w))

    def fill() -> None:
        amount.set_text_value("88000")
        product.set_text_value(w["pot"])
        buyer.set_text_value("정하늘")
        phone.set_text_value("01012344410")
        _typed(number, "9410110000000073")
        _typed(expiry, "0729")
        birth.setFocus()
        _typed(birth, "8807")

    return fill


def fields(page: QWidget, w: Words) -> Callable[[], None]:
    """Fields in all their states."""
    left, right = Panel("SecretField"), Panel("LineField")
    left.setMinimumWidth(theme.px(560))
    cards = [CardNumberField(f"{w['number']} {n}", _look_up) for n in range(1, 6)]
    for card in cards:
        left.add(card)
    cards[1].set_warning(w["warn"])
    blank, expiry, birth, pin = (
        ExpiryField(w["expiry"]),
        ExpiryField(w["expiry"]),
        BirthField(w["birth"]),
        PinField("PIN"),
    )
    off = BirthField(w["birth"])
    off.setEnabled(False)
    left.add(_row(blank, expiry, birth))
    left.add(_row(pin, off))
    amount, small = AmountField(w["amount"]), AmountField(w["amount"], big=False)
    search = SearchField(w["recent"], w["find"])
    faulty, phone = TextField(w["product"]), PhoneField(w["phone"])
    faulty.set_text_value(w["pot"])
    faulty.set_error(w["error"])
    choice = ChoiceField(w["why"], [("mind", w["mind"])])
    secret = SecretTextField(w["password"])
    tick, tock = CheckField(w["tick"]), CheckField(w["tick"])
    tick.setChecked(True)
    disabled = TextField(w["buyer"])
    disabled.set_text_value("정하늘")
    disabled.setEnabled(False)
    for part in (search, amount, small, faulty, phone, choice, secret, disabled, tick, tock):
        right.add(part)
    left.body.addStretch(1)
    right.body.addStretch(1)
    outer = QHBoxLayout(page)
    outer.addWidget(left, 1)
    outer.addWidget(right, 1)

    def fill() -> None:
        _typed(cards[0], "9410110")
        _typed(cards[1], "9410110000000074")
        _typed(cards[2], "378282246310005")
        _typed(cards[3], "9410110000000073123")
        _typed(expiry, "0729")
        expiry.set_error(w["error"])
        _typed(birth, "1208147521")
        _typed(pin, "482913")
        _typed(amount, "1만5천")
        small.set_text_value("9999999999")
        phone.set_text_value("0212345678")
        secret.set_text_value("geheimnis")
        _typed(cards[4], "9410110000000073")
        cards[4].read_back(3600)

    return fill


def outcomes(page: QWidget, w: Words) -> Callable[[], None]:
    """Verdicts, sentences, steps, months, bars."""
    good, warn, bad, neutral = (Hero() for _ in range(4))
    hint = "1.4 s · NHN KCP · 26112114320731"
    good.show_verdict(tone="good", icon="check", title=w["title"], lines=[w["line"]], hint=hint)
    warn.show_verdict(
        tone="warn", icon="clock", title=w["unknown"], lines=[w["unknown_line"]], hint=hint
    )
    bad.show_verdict(tone="bad", icon="cross", title=w["declined"], lines=[w["declined_line"]])
    neutral.show_verdict(tone="neutral", icon="dash", title=w["not_sent"], lines=[w["line"]])
    doing, buttons = Panel(w["doing"]), QWidget()
    steps = Steps()
    steps.set_steps(
        [
            Step(w["stored"], "14:21:40"),
            Step(w["asking"], "14:22:27", tone="warn", icon="clock"),
            Step(w["then"], tone="neutral", icon="", badge=w["next_word"]),
        ]
    )
    doing.add(steps)
    doing.add(Say(w["say"]))
    row = _row(
        *(BigButton(w["print"], k, primary=False, height=46) for k in "PE"),
        BigButton(w["refund"], "F4", primary=False, height=46),
        BigButton(w["next"], "F2", height=46),
        gap=10,
    )
    row.setContentsMargins(0, 0, 0, 0)
    buttons.setLayout(row)
    left = QVBoxLayout()
    for hero in (good, warn, bad, neutral, doing, buttons):
        left.addWidget(hero)
    left.addStretch(1)
    plain, blocked, long = MonthsRow(), MonthsRow(), MonthsRow(max_months=36)
    plain.set_free({2, 3})
    blocked.set_blocked(w["reason"])
    long.set_months(24)
    bar = ProportionBar()
    first, second, third = w["bar"].split("|")
    bar.set_parts(88_000, 20_000, 30_000, (first, second, third))
    panel = Panel(w["months"], w["months_aside"])
    off = BigButton(w["charge"], "Enter")
    off.setEnabled(False)
    clock = ElapsedLabel(lambda: 47.0)
    clock.start(0.0)
    clock.stop()
    for part in (plain, blocked, long, bar, off, BigButton(w["yes"], danger=True), clock):
        panel.add(part)
    cloud = QGridLayout()
    at = 0
    for kind, looks in (("charge", badges.CHARGE_LOOKS), ("refund", badges.REFUND_LOOKS)):
        for state in looks:
            badge = badge_of("charge" if kind == "charge" else "refund", state)
            cloud.addWidget(StateBadge(badge), at // 4, at % 4)
            at += 1
    cloud.addWidget(StateBadge(Badge("back", "neutral", f"{w['refund']} 20,000")), at // 4, at % 4)
    panel.add(cloud)
    panel.body.addStretch(1)
    outer = QHBoxLayout(page)
    outer.addLayout(left, 5)
    outer.addWidget(panel, 4)
    return plain.setFocus


PAGES: Mapping[str, Callable[[QWidget, Words], Callable[[], None]]] = {
    "sale": sale,
    "fields": fields,
    "outcomes": outcomes,
}


def shoot(page_name: str, words: Words, target: Path, frame: bool) -> None:
    """Build one page, fill it in and save its picture."""
    page = QWidget()
    page.setObjectName("page")
    page.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
    fill = PAGES[page_name](page, words)
    scale = theme.current().text_percent / 100
    page.resize(round(1366 * scale), round(768 * scale))
    FocusRing(page)
    PracticeFrame(page, "practice" if frame else "")
    page.show()
    page.activateWindow()
    QTest.qWaitForWindowActive(page)
    fill()
    QGuiApplication.processEvents()
    page.grab().save(str(target))
    least = page.minimumSizeHint()
    if least.width() > page.width() or least.height() > page.height():
        print(f"{target.name}: needs {least.width()} x {least.height()}")
    page.close()
    page.deleteLater()


def shoot_dialog(words: Words, target: Path) -> None:
    """Save the picture of a question."""
    dialog = dialogs.Dialog(None, words["ask"], icon="info")
    dialog.add_words(words["ask_body"])
    dialog.add_buttons(words["yes"], words["no"])
    dialog.open()
    QGuiApplication.processEvents()
    dialog.grab().save(str(target))
    dialog.close()
    dialog.deleteLater()


def main() -> None:
    """Make the pictures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--only", default="")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    app = QApplication([])
    for scheme in SCHEMES:
        for language, words in (("ko", KOREAN), ("en", ENGLISH)):
            for percent in (100, 150, 200):
                text.use_language("ko" if language == "ko" else "en")
                theme.apply_theme(app, scheme, percent)
                _Chip.words = words["chip"]
                for name in (*PAGES, "dialog"):
                    file = f"{name}-{scheme}-{language}-{percent}.png"
                    if options.only not in file:
                        continue
                    if name == "dialog":
                        shoot_dialog(words, options.out / file)
                    else:
                        shoot(name, words, options.out / file, scheme != "high_contrast")


if __name__ == "__main__":
    main()
