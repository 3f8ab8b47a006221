"""PortOne: key and secret, the channel found by asking with them, and what its contract covers.

With a channel that does not exist PortOne silently charges by another (portone.md 2.1). So the
channel is chosen from the list that PortOne gives out for the key pair, and nothing is kept before
that list was seen.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import cast

import msgspec
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QWidget
from shiboken6 import isValid

from pos_app.config.issued import ApiKeys
from pos_app.config.model import PROOFS, Environment, PortOneSettings, Proof, Settings
from pos_app.config.rules import check_api_secret
from pos_app.domain.errors import PosError, UserMistake
from pos_app.domain.instalments import MONTHS_MAX_CEILING
from pos_app.services import doctor
from pos_app.ui import theme
from pos_app.ui.app import ChannelCard, SetUp
from pos_app.ui.marks import override
from pos_app.ui.scope import TaskScope
from pos_app.ui.setup_parts import NumberField, SetupForm
from pos_app.ui.text import error_line, text
from pos_app.ui.widgets.big_button import BigButton
from pos_app.ui.widgets.choice_field import ChoiceField
from pos_app.ui.widgets.labels import Tone, label
from pos_app.ui.widgets.text_field import SecretTextField, TextField

CHECK_KEY = "Ctrl+K"
KEY_IN, IDENTITY = "api_payment", "certification"
"""`type` of a channel (portone.md 4.1)."""

_ADDRESS_BYTES = 400
_TONES: dict[doctor.Level, Tone] = {
    doctor.Level.OK: "good",
    doctor.Level.WARNING: "warn",
    doctor.Level.FAILED: "muted",
}


@dataclass(slots=True, repr=False)
class PortOneTyped:
    """What was given so far; outlives the widgets, so that going back loses nothing.

    Attributes:
        channels: as PortOne listed them last; None while it was not asked.
        asked: the environment and address it was asked at.
    """

    imp_key: str = ""
    imp_secret: str = ""
    channels: tuple[ChannelCard, ...] | None = None
    asked: tuple[str, str] = field(default=("", ""))

    @property
    def is_empty(self) -> bool:
        """Tell whether no key was typed."""
        return not (self.imp_key or self.imp_secret)

    def keys(self) -> ApiKeys | None:
        """Return what to ask with and to keep; None where the vault's pair serves."""
        return None if self.is_empty else ApiKeys(self.imp_key.strip(), self.imp_secret.strip())

    def forget_channels(self) -> None:
        """The list belongs to another key pair or another address."""
        self.channels, self.asked = None, ("", "")

    def clear(self) -> None:
        """Forget everything."""
        self.imp_key = self.imp_secret = ""
        self.forget_channels()


class PortOneForm(SetupForm):
    """The shop at PortOne.

    Signals:
        working_changed: (bool) PortOne is being asked, or was.
    """

    working_changed = Signal(bool)

    def __init__(
        self,
        set_up: SetUp,
        typed: PortOneTyped,
        *,
        loopback: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        """Build the fields; `loopback` offers a practice gateway on this PC as well."""
        super().__init__(parent)
        self._set_up, self._typed = set_up, typed
        self._scope = TaskScope(self)
        self._kept = False
        self._working = False
        self._filling = False
        self._make_fields(("live", "staging", "loopback") if loopback else ("live", "staging"))
        self._lay_out()
        self._join()
        self._offer_channels("")
        self._explain()

    def _make_fields(self, environments: tuple[str, ...]) -> None:
        at = "setup.portone"
        self.environment = ChoiceField(
            text(f"{at}.environment"),
            [(name, text(f"{at}.environment.{name}")) for name in environments],
        )
        self.address = TextField(text("setup.kcp.loopback_url"), max_bytes=_ADDRESS_BYTES)
        self.imp_key = SecretTextField(text(f"{at}.imp_key"))
        self.imp_secret = SecretTextField(text(f"{at}.imp_secret"))
        self.pg = ChoiceField(text(f"{at}.pg"), [])
        proofs = [(proof, text(f"{at}.proof.{proof}")) for proof in PROOFS]
        self.birth = ChoiceField(text(f"{at}.birth"), proofs)
        self.password = ChoiceField(text(f"{at}.password"), proofs)
        self.birth.set_hint(text(f"{at}.birth_hint"))
        self.password.set_hint(text(f"{at}.password_hint"))
        self.months = NumberField(text("settings.sale.months"), text("settings.sale.months_unit"))
        self.months.set_hint(text("settings.sale.months_hint", months_max=MONTHS_MAX_CEILING))
        self.mixed_tax = ChoiceField(
            text("settings.sale.mixed_tax"),
            [("no", text("settings.no")), ("yes", text("settings.yes"))],
        )
        self.mixed_tax.set_hint(text(f"{at}.mixed_tax_hint"))
        self.identity = ChoiceField(text(f"{at}.identity"), [])
        self.identity.set_hint(text(f"{at}.identity_hint"))
        self.identity.setProperty("wide", True)

    def _lay_out(self) -> None:
        self.check = BigButton(text("setup.portone.check"), CHECK_KEY, primary=False, height=40)
        self.said = label("", "small", wrap=True)
        asking = QWidget()
        asking.setProperty("wide", True)
        row = QHBoxLayout(asking)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.px(12))
        self.check.setFixedWidth(theme.px(220))
        row.addWidget(self.check)
        row.addWidget(self.said, 1)
        at = "gateways.portone"
        self.arrange(
            {
                "imp_key": self.imp_key,
                "imp_secret": self.imp_secret,
                f"{at}.environment": self.environment,
                f"{at}.loopback_url": self.address,
                f"{at}.pg": self.pg,
                f"{at}.birth": self.birth,
                f"{at}.password": self.password,
                f"{at}.months_max": self.months,
                f"{at}.mixed_tax": self.mixed_tax,
                f"{at}.identity_channel_key": self.identity,
            },
            (
                (self.imp_key, self.imp_secret),
                (self.environment, self.address),
                (asking,),
                (self.pg, self.identity),
                (self.birth, self.password),
                (self.months, self.mixed_tax),
            ),
        )

    def _join(self) -> None:
        self.check.clicked.connect(self.ask)
        shortcut = QShortcut(QKeySequence(CHECK_KEY), self)
        shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        shortcut.setAutoRepeat(False)
        shortcut.activated.connect(self.ask)
        for typed in (self.imp_key, self.imp_secret, self.environment, self.address):
            typed.changed.connect(self._on_asked_otherwise)
        self.pg.changed.connect(self._explain)

    # -- contents ----------------------------------------------------------------------------------

    @override
    def fill(self, settings: Settings) -> None:
        portone = settings.portone or PortOneSettings()
        self._filling = True
        self.environment.set_value(portone.environment)
        self.address.set_text_value(portone.loopback_url)
        self.imp_key.set_text_value(self._typed.imp_key)
        self.imp_secret.set_text_value(self._typed.imp_secret)
        self._filling = False
        self.birth.set_value(portone.birth)
        self.password.set_value(portone.password)
        self.months.set_number(portone.months_max)
        self.mixed_tax.set_value("yes" if portone.mixed_tax else "no")
        self._offer_channels(portone.pg, portone.identity_channel_key)
        self._explain()

    @override
    def read(self, settings: Settings) -> Settings:
        portone = settings.portone or PortOneSettings()
        environment = cast("Environment", self.environment.value())
        portone = msgspec.structs.replace(
            portone,
            environment=environment,
            loopback_url=self.address.text_value() if environment == "loopback" else "",
            pg=self.pg.value(),
            birth=cast("Proof", self.birth.value()),
            password=cast("Proof", self.password.value()),
            months_max=self.months.number(),
            mixed_tax=self.mixed_tax.value() == "yes",
            identity_channel_key=self.identity.value(),
        )
        gateways = msgspec.structs.replace(settings.gateways, portone=portone)
        return msgspec.structs.replace(settings, gateways=gateways)

    def show_kept(self, *, kept: bool) -> None:
        """Say whether a key pair is in the vault: it need not be typed again."""
        self._kept = kept
        words = text("setup.portone.kept") if kept else text("setup.portone.key_hint")
        self.imp_key.set_hint(words)

    def forget(self) -> None:
        """Empty the key pair's fields and forget what PortOne said."""
        self._typed.clear()
        self._filling = True
        for secret in (self.imp_key, self.imp_secret):
            secret.clear_field()
            secret.set_error("")
        self._filling = False
        self._explain()

    # -- asking ------------------------------------------------------------------------------------

    def is_working(self) -> bool:
        """Tell whether PortOne is being asked."""
        return self._working

    def is_seen(self) -> bool:
        """Tell whether the channel chosen was seen in PortOne's list and is what it should be."""
        return self._typed.channels is not None and self._judged().level is not doctor.Level.FAILED

    def ask(self) -> None:
        """Ask PortOne for the channels of the key pair, unless it is being asked."""
        if self._working:
            return
        if not self._keys_there():
            return
        self._working = True
        self.check.setEnabled(False)
        self.working_changed.emit(True)
        self._scope.start(self._ask(), "ask for channels")

    def _keys_there(self) -> bool:
        """Say what is missing of the key pair; with one in the vault nothing need be typed."""
        if self._typed.is_empty and self._kept:
            return True
        for name, typed in (("imp_key", self.imp_key), ("imp_secret", self.imp_secret)):
            try:
                check_api_secret(name, typed.text_value())
            except UserMistake as mistake:
                typed.set_error(error_line(mistake))
                typed.setFocus(Qt.FocusReason.TabFocusReason)
                return False
        return True

    async def _ask(self) -> None:
        """Ask off the loop; what was typed meanwhile makes the answer worthless."""
        self._say(text("setup.portone.asking"), "muted")
        asked, keys = self._address(), self._typed.keys()
        base = self.read(Settings()).portone
        assert base is not None
        try:
            channels = await asyncio.to_thread(self._set_up.list_channels, base, keys)
        except PosError as error:
            if isValid(self):
                self._typed.forget_channels()
                self._say(error_line(error), "bad")
                self.imp_key.setFocus(Qt.FocusReason.TabFocusReason)
            return
        finally:
            if isValid(self):
                self._working = False
                self.check.setEnabled(True)
                self.working_changed.emit(False)
        if asked != self._address() or keys != self._typed.keys():
            return
        self._typed.channels, self._typed.asked = channels, asked
        self._offer_channels(self.pg.value(), self.identity.value())
        self._explain()
        self.changed.emit()
        self.pg.setFocus(Qt.FocusReason.TabFocusReason)

    def _address(self) -> tuple[str, str]:
        return self.environment.value(), self.address.text_value()

    def _on_asked_otherwise(self) -> None:
        """Another key pair or address: what PortOne said does not count any more."""
        typed = self._typed
        if self._filling:
            return
        typed.imp_key, typed.imp_secret = self.imp_key.text_value(), self.imp_secret.text_value()
        for secret in (self.imp_key, self.imp_secret):
            secret.set_error("")
        typed.forget_channels()
        self._explain()

    # -- showing -----------------------------------------------------------------------------------

    def _offer_channels(self, pg: str, identity: str = "") -> None:
        """Offer the channels that were listed, and the ones that are set even if they were not."""
        channels = self._typed.channels or ()
        typed = [c for c in channels if c.kind == KEY_IN]
        offered = [(card.pg, _channel_words(card)) for card in typed]
        if pg and pg not in {value for value, _ in offered}:
            offered.append((pg, pg))
        identities = [("", text("setup.portone.identity.none"))]
        identities += [(c.key, _channel_words(c)) for c in channels if c.kind == IDENTITY and c.key]
        if identity and identity not in {value for value, _ in identities}:
            identities.append((identity, identity))
        test = self.environment.value() == "staging"
        fits = next((card.pg for card in typed if card.sandbox == test), "")
        for choice, values, chosen in (
            (self.pg, offered, pg or fits),
            (self.identity, identities, identity),
        ):
            blocked = choice.blockSignals(True)
            choice.set_choices(values)
            choice.set_value(chosen)
            choice.blockSignals(blocked)

    def _explain(self) -> None:
        """Say what the environment means, and what is known of the channel."""
        environment = self.environment.value()
        self.environment.set_hint(text(f"setup.portone.environment_hint.{environment}"))
        self.address.setVisible(environment == "loopback")
        self.pg.set_error("")
        if self._typed.channels is None:
            self._say(text("setup.portone.not_asked"), "muted")
            return
        found = self._judged()
        words = text(f"doctor.channel.{found.code}", **found.params)
        failed = found.level is doctor.Level.FAILED
        self._say("" if failed else words, _TONES[found.level])
        if failed:
            self.pg.set_error(words)

    def _judged(self) -> doctor.Finding:
        seen = [
            doctor.SeenChannel(c.pg, typed=c.kind == KEY_IN, sandbox=c.sandbox)
            for c in self._typed.channels or ()
        ]
        return doctor.judge_channel(self.pg.value(), self.environment.value(), seen)

    def _say(self, words: str, tone: Tone) -> None:
        self.said.set_words(words)
        self.said.set_tone(tone)


def _channel_words(card: ChannelCard) -> str:
    """Name a channel; a test channel says so."""
    kind = text("setup.portone.channel.test" if card.sandbox else "setup.portone.channel.live")
    return " · ".join(part for part in (card.pg, card.name, kind) if part)
