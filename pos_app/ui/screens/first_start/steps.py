"""The steps that only the first start has: language, protection, summary, the end."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from pos_app.config.model import Settings
from pos_app.domain.errors import PosError, ShopTrouble, UserMistake
from pos_app.ui import theme
from pos_app.ui.app import CertificateCard, SetUp
from pos_app.ui.dialogs import show_error
from pos_app.ui.marks import override
from pos_app.ui.scope import TaskScope
from pos_app.ui.setup_parts import SetupForm, SideList, SideRow
from pos_app.ui.text import LANGUAGES, Language, error_line, full_date, language, text
from pos_app.ui.widgets.big_button import BigButton
from pos_app.ui.widgets.field_shell import FieldShell
from pos_app.ui.widgets.hero import Hero
from pos_app.ui.widgets.labels import EmphasisLabel
from pos_app.ui.widgets.pairs import Pair, Pairs
from pos_app.ui.widgets.panel import Panel, divider
from pos_app.ui.widgets.text_field import SecretTextField
from pos_app.ui.words import gateway_words


class LanguageStep(SetupForm):
    """Korean or English; each says its own name.

    Signals:
        picked: the language chosen now.
    """

    picked = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        """Show the language in use."""
        super().__init__(parent)
        self.list = SideList(text("first_start.language"), choosing=True)
        self.list.set_rows(
            [
                SideRow(text(f"settings.language.{name}"), str(place))
                for place, name in enumerate(LANGUAGES, start=1)
            ]
        )
        self.list.set_current(LANGUAGES.index(language()))
        self.list.chosen.connect(lambda index: self.picked.emit(LANGUAGES[index]))
        self.list.entered.connect(self.finished)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.list)
        column.addStretch(1)

    def language(self) -> Language:
        """Return the language chosen."""
        return LANGUAGES[self.list.current()]

    @override
    def enter(self, *, at_start: bool = False) -> None:
        self.list.setFocus(Qt.FocusReason.TabFocusReason)

    @override
    def fill(self, settings: Settings) -> None:
        """The language in use is what is chosen; nothing to fill."""

    @override
    def read(self, settings: Settings) -> Settings:
        return settings


class ProtectionStep(SetupForm):
    """What keeps the vault's key: the system's keyring, or a passphrase typed twice.

    Signals:
        looked: whether there is a keyring is known now.
    """

    looked = Signal()

    def __init__(self, set_up: SetUp, parent: QWidget | None = None) -> None:
        """Build it; `enter` looks for the keyring."""
        super().__init__(parent)
        self._set_up = set_up
        self._scope = TaskScope(self)
        self._forced = False
        self.trouble: str | None = None
        self.hero = Hero()
        self.words = EmphasisLabel(text("first_start.protection.passphrase"), "body")
        self.first = SecretTextField(text("first_start.protection.first"))
        self.second = SecretTextField(text("first_start.protection.second"))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.px(14))
        for widget in (self.hero, self.words, self.first, self.second):
            column.addWidget(widget)
        column.addStretch(1)
        fields: list[FieldShell] = [self.first, self.second]
        self.fields = {"passphrase": self.first, "passphrase_again": self.second}
        self.join(fields)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setProperty("ringless", True)
        self._show()

    @property
    def by_passphrase(self) -> bool:
        """Tell whether a passphrase is needed."""
        return self._forced or bool(self.trouble)

    @property
    def known(self) -> bool:
        """Tell whether it is known what protects the vault."""
        return self._forced or self.trouble is not None

    def passphrase(self) -> str | None:
        """Return the passphrase, None where the keyring does it."""
        return self.first.text_value() if self.by_passphrase else None

    def refuse(self, mistake: UserMistake) -> None:
        """Say why the vault did not take the passphrase; it asks for one even with a keyring."""
        self._forced = True
        self._show()
        self.second.set_error("")
        self.first.set_error(error_line(mistake))

    def mistaken(self) -> bool:
        """Say in the fields what is missing, and tell whether anything is."""
        if not self.by_passphrase:
            return False
        self.second.set_error("")
        if self.first.is_empty():
            self.first.set_error(text("first_start.protection.empty"))
        elif self.first.text_value() != self.second.text_value():
            self.second.set_error(text("first_start.protection.differ"))
        else:
            return False
        return True

    @override
    def enter(self, *, at_start: bool = False) -> None:
        if self.trouble is None:
            self.setFocus()
            self._scope.start(self._look(), "look for a keyring")
        elif self.by_passphrase:
            super().enter(at_start=at_start)
        else:
            self.setFocus()

    async def _look(self) -> None:
        try:
            self.trouble = await asyncio.to_thread(self._set_up.keyring_trouble)
        except PosError as error:
            await show_error(self, error)
            return
        self._show()
        self.looked.emit()

    def _show(self) -> None:
        """Say what is known."""
        for widget in (self.words, self.first, self.second):
            widget.setVisible(self.by_passphrase)
        if self.trouble:
            # Some of these words name the keyring or the cause; here they are told in general.
            why = ShopTrouble(
                self.trouble, backend=text("first_start.protection.some_keyring"), reason="-"
            )
            self.hero.show_verdict(
                tone="warn",
                icon="lock",
                title=text("first_start.protection.no_keyring"),
                lines=[error_line(why)],
            )
        elif self.trouble is None and not self._forced:
            self.hero.show_verdict(
                tone="neutral", icon="clock", title=text("first_start.protection.looking")
            )
        else:
            self.hero.show_verdict(
                tone="good",
                icon="lock",
                title=text("first_start.protection.keyring"),
                lines=[text("first_start.protection.keyring_means")],
            )

    @override
    def fill(self, settings: Settings) -> None:
        """Nothing of it is in the settings."""

    @override
    def read(self, settings: Settings) -> Settings:
        return settings


class SummaryStep(SetupForm):
    """Everything once more, before it is kept."""

    def __init__(self, parent: QWidget | None = None) -> None:
        """Show nothing yet."""
        super().__init__(parent)
        self._pairs = Pairs()
        panel = Panel()
        panel.add(self._pairs)
        panel.add(divider())
        panel.add(EmphasisLabel(text("first_start.summary.kept"), "small", ink="muted"))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(panel)
        column.addStretch(1)

    def show_summary(
        self, settings: Settings, card: CertificateCard | None, *, by_passphrase: bool
    ) -> None:
        """Show what will be kept."""
        shop = settings.shop
        pairs = [
            Pair(text("setup.shop.name"), shop.name, role="strong"),
            Pair(text("setup.shop.owner"), shop.owner),
            Pair(text("setup.shop.number"), shop.business_number_shown),
            Pair(text("setup.shop.address"), shop.address),
            Pair(text("setup.shop.phone"), shop.phone),
            Pair(text("setup.shop.counter"), shop.counter),
            *_gateway_pairs(settings),
        ]
        if card is not None:
            until = text("setup.certificate.until", day=full_date(card.not_after))
            words = f"{card.owner} · {until}"
            pairs.append(Pair(text("first_start.step.certificate"), words))
        protection = "passphrase" if by_passphrase else "keyring"
        words = text(f"first_start.summary.{protection}")
        pairs.append(Pair(text("first_start.step.protection"), words))
        self._pairs.set_pairs(pairs)

    def shown(self) -> Sequence[Pair]:
        """Return what is shown."""
        return self._pairs.pairs()

    @override
    def fill(self, settings: Settings) -> None:
        """`show_summary` shows it."""

    @override
    def read(self, settings: Settings) -> Settings:
        return settings


def _gateway_pairs(settings: Settings) -> list[Pair]:
    """Say by which gateways sales go, and which one is first."""
    pairs, kcp, portone = [], settings.kcp, settings.portone
    names = settings.gateways.names
    if len(names) > 1:
        pairs.append(Pair(text("setup.gateways.first"), gateway_words(names[0]), role="strong"))
    if kcp is not None:
        where = text(f"setup.kcp.environment.{kcp.environment}")
        pairs += [
            Pair(gateway_words("kcp"), f"{kcp.site_code} · {where}", role="strong"),
            Pair(text("setup.kcp.contract"), text(f"setup.kcp.contract.{kcp.authentication}")),
        ]
    if portone is not None:
        where = text(f"setup.portone.environment.{portone.environment}")
        pairs.append(Pair(gateway_words("portone"), f"{portone.pg} · {where}", role="strong"))
    return pairs


class DonePage(QWidget):
    """The end: everything is kept; try a sale that charges nobody, or begin.

    Signals:
        practise: open the practice terminal.
        begin: go to the sale.
    """

    practise = Signal()
    begin = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        """Build it."""
        super().__init__(parent)
        self.hero = Hero()
        self.hero.show_verdict(
            tone="good",
            icon="check",
            title=text("first_start.done.title"),
            lines=[text("first_start.done.practice"), text("first_start.done.begin_means")],
        )
        self.open_practice = BigButton(text("first_start.done.try"), "P", primary=False)
        self.open_practice.clicked.connect(self.practise)
        self.start = BigButton(text("first_start.done.begin"), "Enter")
        self.start.clicked.connect(self.begin)
        row = QHBoxLayout()
        row.setSpacing(theme.px(12))
        row.addWidget(self.open_practice, 1)
        row.addWidget(self.start, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.px(16))
        column.addWidget(self.hero)
        column.addLayout(row)
        column.addStretch(1)

    def show_practice(self, *, opened: bool) -> None:
        """Say whether the practice terminal is coming."""
        self.hero.set_hint(
            text("first_start.done.practice_opens" if opened else "first_start.done.practice_not")
        )
