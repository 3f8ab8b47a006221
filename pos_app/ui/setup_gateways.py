"""Which gateways the shop has a contract with, and which one a sale uses by itself."""

from __future__ import annotations

from typing import cast

import msgspec
from PySide6.QtWidgets import QWidget

from pos_app.config.model import GATEWAYS, GatewayName, KcpSettings, PortOneSettings, Settings
from pos_app.ui.marks import override
from pos_app.ui.setup_parts import SetupForm
from pos_app.ui.text import text
from pos_app.ui.widgets.choice_field import ChoiceField
from pos_app.ui.words import gateway_words

BOTH = "both"


class GatewaysForm(SetupForm):
    """KCP, PortOne or both.

    What is chosen here and not filled in yet is made with its defaults: the rules then say in its
    own form what is missing.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        """Build the fields."""
        super().__init__(parent)
        names = [(name, gateway_words(name)) for name in GATEWAYS]
        self.which = ChoiceField(
            text("setup.gateways.which"), [*names, (BOTH, text("setup.gateways.both"))]
        )
        self.which.setProperty("wide", True)
        self.first = ChoiceField(text("setup.gateways.first"), names)
        self.first.setProperty("wide", True)
        self.first.set_hint(text("setup.gateways.first_hint"))
        self.arrange(
            {"gateways.which": self.which, "gateways.first": self.first},
            ((self.which,), (self.first,)),
        )
        self.which.changed.connect(self._explain)
        self._explain()

    def chosen(self) -> tuple[GatewayName, ...]:
        """Return what was chosen."""
        which = self.which.value()
        return GATEWAYS if which == BOTH else (cast("GatewayName", which),)

    def _explain(self) -> None:
        """Say what the choice needs; which one is first is a question only where there are two."""
        which = self.which.value()
        self.which.set_hint(text(f"setup.gateways.hint.{which}"))
        self.first.setVisible(which == BOTH)

    @override
    def fill(self, settings: Settings) -> None:
        names = settings.gateways.names
        self.which.set_value(BOTH if len(names) > 1 else (names or GATEWAYS)[0])
        self.first.set_value((names or GATEWAYS)[0])
        self._explain()

    @override
    def read(self, settings: Settings) -> Settings:
        chosen, gateways = self.chosen(), settings.gateways
        first = cast("GatewayName", self.first.value()) if len(chosen) > 1 else chosen[0]
        gateways = msgspec.structs.replace(
            gateways,
            first=first,
            kcp=(gateways.kcp or KcpSettings()) if "kcp" in chosen else None,
            portone=(gateways.portone or PortOneSettings()) if "portone" in chosen else None,
        )
        return msgspec.structs.replace(settings, gateways=gateways)
