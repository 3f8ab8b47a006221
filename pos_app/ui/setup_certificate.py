"""Taking KCP's certificate and key: dropped, chosen or typed; shown at once; the password tried.

KCP hands out two files and a password (kcp.md 1.3). Which file is which is told by what is in them,
so a person who drops both cannot get the order wrong.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QMimeData, Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QDialog, QFileDialog, QHBoxLayout, QVBoxLayout, QWidget
from shiboken6 import isValid

from pos_app.config.issued import Credentials
from pos_app.config.model import Settings
from pos_app.domain.errors import PosError, UserMistake
from pos_app.ui import theme
from pos_app.ui.app import CertificateCard, SetUp
from pos_app.ui.dialogs import await_dialog, show_error
from pos_app.ui.marks import override
from pos_app.ui.scope import TaskScope
from pos_app.ui.setup_files import FileField, read_typed_file
from pos_app.ui.setup_parts import SetupForm
from pos_app.ui.text import error_line, full_date, text
from pos_app.ui.widgets.big_button import BigButton
from pos_app.ui.widgets.field_shell import FieldShell
from pos_app.ui.widgets.labels import EmphasisLabel
from pos_app.ui.widgets.pairs import Pair, Pairs
from pos_app.ui.widgets.panel import Panel
from pos_app.ui.widgets.state_badge import Badge, BadgeTone
from pos_app.ui.widgets.text_field import SecretTextField

_ENDING = ".pem"
#: The key was read and asks for its password: the file itself is as it should be.
_KEY_IS_FINE = frozenset({"certificate.password_empty", "certificate.wrong_password"})
_ABOUT_PASSWORD = _KEY_IS_FINE
_ABOUT_THE_PAIR = frozenset({"certificate.key_mismatch", "certificate.swapped"})
_STATUS: dict[str, tuple[str, BadgeTone]] = {
    "valid": ("check", "good"),
    "expiring": ("clock", "warn"),
    "expired": ("cross", "bad"),
    "not_yet_valid": ("clock", "bad"),
}


@dataclass(slots=True, repr=False)
class CertificateTyped:
    """What was given so far; outlives the widgets, so that going back loses nothing.

    Attributes:
        card: what the certificate says, None until it was read.
        verified: password, key and certificate were seen to fit together.
    """

    certificate_path: str = ""
    private_key_path: str = ""
    password: str = ""
    certificate: bytes = b""
    private_key: bytes = b""
    card: CertificateCard | None = None
    verified: bool = False

    @property
    def is_empty(self) -> bool:
        """Tell whether nothing was given."""
        return not (self.certificate_path or self.private_key_path or self.password)

    def credentials(self) -> Credentials | None:
        """Return what to keep, None unless it was seen to fit together."""
        if not self.verified:
            return None
        return Credentials(self.certificate, self.private_key, self.password)

    def clear(self) -> None:
        """Forget everything."""
        self.certificate_path = self.private_key_path = self.password = ""
        self.certificate = self.private_key = b""
        self.card, self.verified = None, False


class CertificateView(Panel):
    """A certificate as people see it: whose, from whom, until when, and whether it serves."""

    def __init__(self, heading: str, parent: QWidget | None = None) -> None:
        """Show nothing yet."""
        super().__init__(heading, parent=parent)
        self._pairs = Pairs()
        self.add(self._pairs)
        self.body.addStretch(1)
        self.show_card(None, "")

    def show_card(self, card: CertificateCard | None, instead: str) -> None:
        """Show `card`, or the words `instead`."""
        if card is None:
            self._pairs.set_pairs([Pair(instead, "")])
            return
        icon, tone = _STATUS[card.status]
        valid = f"{full_date(card.not_before)} – {full_date(card.not_after)}"
        state = text(f"setup.certificate.status.{card.status}", days=max(0, card.days_left))
        self._pairs.set_pairs(
            [
                Pair(text("setup.certificate.owner"), card.owner, role="strong"),
                Pair(text("setup.certificate.issuer"), card.issuer),
                Pair(text("setup.certificate.valid"), valid),
                Pair(text("setup.certificate.state"), Badge(icon, tone, state)),
            ]
        )

    def words(self) -> tuple[Pair, ...]:
        """Return what is shown."""
        return self._pairs.pairs()


class CertificateForm(SetupForm):
    """Certificate, key and password.

    Signals:
        finished: all three fit together (inherited).
        working_changed: (bool) something is being read or tried.
    """

    working_changed = Signal(bool)

    def __init__(
        self,
        set_up: SetUp,
        typed: CertificateTyped,
        *,
        renewal: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        """Show `typed`; with `renewal` the certificate in use stands beside the new one."""
        super().__init__(parent)
        self._set_up = set_up
        self._typed = typed
        self._scope = TaskScope(self)
        self._working = 0
        self._dialog: QFileDialog | None = None
        self.certificate = FileField(text("setup.certificate.file"), _ENDING)
        self.private_key = FileField(text("setup.certificate.key_file"), _ENDING)
        self.password = SecretTextField(text("setup.certificate.password"))
        self.password.focus_box().setAcceptDrops(False)
        self.choose = BigButton(
            text("setup.certificate.choose"), "Ctrl+O", primary=False, height=46
        )
        self.old = CertificateView(text("setup.certificate.now")) if renewal else None
        heading = "setup.certificate.new" if renewal else "setup.certificate.read"
        self.new = CertificateView(text(heading))
        self._lay_out()
        self._join()
        self._show_typed()

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.px(12))
        drop = QHBoxLayout()
        drop.setContentsMargins(0, 0, 0, 0)
        drop.setSpacing(theme.px(16))
        drop.addWidget(EmphasisLabel(text("setup.certificate.drop"), "body"), 1)
        self.choose.setFixedWidth(self.choose.sizeHint().width() + theme.px(10))
        drop.addWidget(self.choose)
        self._asking = QWidget()
        self._asking.setLayout(drop)
        column.addWidget(self._asking)
        column.addWidget(self.certificate)
        column.addWidget(self.private_key)
        column.addWidget(self.password)
        cards = QHBoxLayout()
        cards.setSpacing(theme.px(16))
        if self.old is not None:
            cards.addWidget(self.old, 1)
        cards.addWidget(self.new, 1)
        column.addLayout(cards)
        column.addStretch(1)

    def _join(self) -> None:
        self.fields = {
            "certificate": self.certificate,
            "private_key": self.private_key,
            "password": self.password,
        }
        fields: list[FieldShell] = [self.certificate, self.private_key, self.password]
        self.join(fields)
        assert self.chain is not None
        # Enter in the password tries it; only what fits goes on.
        self.chain.finished.disconnect(self.finished)
        self.chain.finished.connect(self.try_now)
        self.certificate.taken.connect(lambda: self._take("certificate", go_on=True))
        self.certificate.left.connect(lambda: self._take("certificate", go_on=False))
        self.private_key.taken.connect(lambda: self._take("private_key", go_on=True))
        self.private_key.left.connect(lambda: self._take("private_key", go_on=False))
        for field in fields:
            field.changed.connect(self._on_typed)
        self.choose.clicked.connect(lambda: self._start(self._choose(), "choose files"))
        shortcut = QShortcut(QKeySequence("Ctrl+O"), self)
        shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        shortcut.setAutoRepeat(False)
        shortcut.activated.connect(self.choose.click)

    # -- contents ----------------------------------------------------------------------------------

    @override
    def fill(self, settings: Settings) -> None:
        """Nothing of it is in the settings."""

    @override
    def read(self, settings: Settings) -> Settings:
        return settings

    def show_current(self, card: CertificateCard | None) -> None:
        """Show the certificate in use, for a renewal."""
        if self.old is not None:
            self.old.show_card(card, text("setup.certificate.none_yet"))

    def show_only_current(self) -> None:
        """Take everything away but the certificate in use."""
        for widget in (self._asking, *self.fields.values(), self.new):
            widget.setVisible(False)

    def forget(self) -> None:
        """Empty everything."""
        self._typed.clear()
        for field in self.fields.values():
            field.clear_field()
        self._show_typed()

    def try_now(self) -> None:
        """Try the three together; `finished` if they fit, words in the fields if not."""
        self._start(self._try_password(), "try password")

    def is_working(self) -> bool:
        """Tell whether something is being read or tried."""
        return self._working > 0

    def _show_typed(self) -> None:
        """Show what was given before; texts that differ from it would count as typed."""
        typed = self._typed
        verified, card = typed.verified, typed.card
        certificate, private_key = typed.certificate, typed.private_key
        self.certificate.set_taken(typed.certificate_path)
        self.private_key.set_taken(typed.private_key_path)
        password = typed.password
        self.certificate.set_text_value(typed.certificate_path)
        self.private_key.set_text_value(typed.private_key_path)
        self.password.set_text_value(password)
        typed.verified, typed.card = verified, card
        typed.certificate, typed.private_key = certificate, private_key
        typed.password = password
        self._show_card()

    def _show_card(self) -> None:
        self.new.show_card(self._typed.card, text("setup.certificate.nothing_read"))
        self.new.set_aside(text("setup.certificate.verified") if self._typed.verified else "")
        if self._typed.verified:
            self.password.set_hint(text("setup.certificate.password_right"))
        else:
            self.password.set_hint(text("setup.certificate.password_hint"))

    def _on_typed(self) -> None:
        """Whatever is typed anew has to be tried anew."""
        typed = self._typed
        path = self.certificate.text_value()
        if path != typed.certificate_path:
            typed.certificate_path, typed.certificate, typed.card = path, b"", None
            self.certificate.set_taken("")
        path = self.private_key.text_value()
        if path != typed.private_key_path:
            typed.private_key_path, typed.private_key = path, b""
            self.private_key.set_taken("")
        typed.password = self.password.text_value()
        typed.verified = False
        self._show_card()

    # -- reading and trying ------------------------------------------------------------------------

    def _start(self, work: Coroutine[Any, Any, None], name: str) -> None:
        """Run `work` unless something is on its way; a second Enter does nothing."""
        if self._working:
            work.close()
            return
        # At once, not when the task begins: a second Enter may come before.
        self._working += 1
        self.working_changed.emit(True)
        self._scope.start(self._run(work), name)

    async def _run(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except PosError as error:
            await show_error(self, error)
        finally:
            if isValid(self):  # the window may have gone meanwhile
                self._working -= 1
                self.working_changed.emit(False)

    def _take(self, which: str, *, go_on: bool) -> None:
        self._start(self._take_and_go(which, go_on=go_on), f"read {which}")

    async def _take_and_go(self, which: str, *, go_on: bool) -> None:
        field = self.certificate if which == "certificate" else self.private_key
        good = await (self._take_certificate() if which == "certificate" else self._take_key())
        if good and go_on:
            field.advance.emit()

    async def _take_certificate(self) -> bool:
        """Read the certificate's file and show what it says; False and words if it is none."""
        self._on_typed()  # a path that completed itself was not typed
        typed, field = self._typed, self.certificate
        path = field.text_value()
        field.set_taken(path)
        field.set_error("")
        field.set_hint(text("setup.reading"))
        try:
            data = await asyncio.to_thread(read_typed_file, path)
            if path != typed.certificate_path:
                field.set_hint("")
                return False
            # Kept even if it is no certificate: with the key it shows that the two are swapped.
            typed.certificate = data
            card = await asyncio.to_thread(self._set_up.read_certificate, data)
        except UserMistake as mistake:
            field.set_hint("")
            typed.card = None
            self._show_card()
            field.set_error(error_line(mistake))
            return False
        field.set_hint("")
        typed.card = card
        self._show_card()
        return True

    async def _take_key(self) -> bool:
        """Read the key's file; with a certificate beside it, see whether it is a key at all."""
        self._on_typed()
        typed, field = self._typed, self.private_key
        path = field.text_value()
        field.set_taken(path)
        field.set_error("")
        field.set_hint(text("setup.reading"))
        try:
            data = await asyncio.to_thread(read_typed_file, path)
            if path != typed.private_key_path:
                field.set_hint("")
                return False
            typed.private_key = data
            if typed.certificate:
                unlocked = Credentials(typed.certificate, data, "")
                await asyncio.to_thread(self._set_up.check_credentials, unlocked)
        except UserMistake as mistake:
            field.set_hint("")
            if mistake.code in _KEY_IS_FINE:
                return True
            self._say(mistake)
            return not field.error()
        field.set_hint("")
        return True

    async def _try_password(self) -> None:
        """Try all three together; what fits goes on, what does not is said where it belongs."""
        typed = self._typed
        if not typed.certificate and not await self._have(self.certificate, self._take_certificate):
            return
        if not typed.private_key and not await self._have(self.private_key, self._take_key):
            return
        if not typed.verified:
            self.password.set_error("")
            self.password.set_hint(text("setup.trying"))
            given = Credentials(typed.certificate, typed.private_key, typed.password)
            try:
                card = await asyncio.to_thread(self._set_up.check_credentials, given)
            except UserMistake as mistake:
                self._show_card()
                self._say(mistake).setFocus(Qt.FocusReason.TabFocusReason)
                return
            if given != Credentials(typed.certificate, typed.private_key, typed.password):
                self._show_card()
                return
            typed.card, typed.verified = card, True
            self._show_card()
            self.changed.emit()
        self.finished.emit()

    async def _have(self, field: FileField, take: Callable[[], Awaitable[bool]]) -> bool:
        """Read a file that was not read yet; go to its field if that cannot be."""
        if field.is_empty():
            field.set_error(text("setup.certificate.file_wanted"))
        elif await take():
            return True
        field.setFocus(Qt.FocusReason.TabFocusReason)
        return False

    def _say(self, mistake: UserMistake) -> FieldShell:
        """Show a mistake in the field it is about, and return that field."""
        code = mistake.code
        if code in _ABOUT_PASSWORD:
            field: FieldShell = self.password
        elif code.startswith("private_key.") or code in _ABOUT_THE_PAIR:
            field = self.private_key
        else:
            field = self.certificate
        field.set_error(error_line(mistake))
        return field

    # -- files from outside ------------------------------------------------------------------------

    async def _choose(self) -> None:
        """Let the system's file dialog choose one file or both."""
        dialog = QFileDialog(self, text("setup.certificate.choose_title"))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
        words = text("setup.certificate.filter")
        dialog.setNameFilters([f"{words} (*{_ENDING})", f"{text('setup.certificate.all')} (*)"])
        try:
            if await await_dialog(dialog) == QDialog.DialogCode.Accepted:
                await self._sort_in(dialog.selectedFiles())
        finally:
            dialog.deleteLater()

    def take_files(self, paths: Sequence[str]) -> None:
        """Take files that were dropped."""
        self._start(self._sort_in(paths), "take files")

    async def _sort_in(self, paths: Sequence[str]) -> None:
        """Put each file where it belongs by what is in it, and go on to what is missing."""
        certificate, private_key = await self._which(paths)
        takes = []
        if certificate:
            self.certificate.set_text_value(certificate)
            takes.append(self._take_certificate)
        if private_key:
            self.private_key.set_text_value(private_key)
            takes.append(self._take_key)
        for take in takes:
            await take()
        if self.certificate.error() or self.certificate.is_empty():
            self.certificate.setFocus(Qt.FocusReason.TabFocusReason)
        elif self.private_key.error() or self.private_key.is_empty():
            self.private_key.setFocus(Qt.FocusReason.TabFocusReason)
        else:
            self.password.setFocus(Qt.FocusReason.TabFocusReason)

    async def _which(self, paths: Sequence[str]) -> tuple[str, str]:
        """Return the path of the certificate and of the key, each "" for none.

        What is neither goes where something is still missing, and is refused there in words.
        """
        certificate = private_key = ""
        neither: list[str] = []
        for path in paths:
            try:
                data = await asyncio.to_thread(read_typed_file, path)
                await asyncio.to_thread(self._set_up.read_certificate, data)
                certificate = certificate or path
            except UserMistake as mistake:
                if mistake.code == "certificate.is_private_key":
                    private_key = private_key or path
                else:
                    neither.append(path)
        for path in neither:
            if not certificate and self._typed.card is None:
                certificate = path
            elif not private_key:
                private_key = path
        return certificate, private_key


def dropped_files(mime: QMimeData) -> list[str]:
    """Return the local files in what is being dragged."""
    return [url.toLocalFile() for url in mime.urls() if url.isLocalFile()]
