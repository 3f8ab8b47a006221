"""The sections that only the settings screen has: sale, look, printers, advanced KCP."""

from __future__ import annotations

from typing import cast

import msgspec
from PySide6.QtWidgets import QWidget

from pos_app.config.model import (
    Demand,
    KcpSettings,
    Language,
    Paper,
    PrinterSettings,
    Scheme,
    Settings,
)
from pos_app.domain.instalments import MONTHS_MAX_CEILING
from pos_app.printing.printers import available_printers
from pos_app.ui.marks import override
from pos_app.ui.setup_parts import NumberField, SetupForm
from pos_app.ui.text import LANGUAGES, text
from pos_app.ui.widgets.amount_field import AmountField
from pos_app.ui.widgets.choice_field import ChoiceField
from pos_app.ui.widgets.field_shell import FieldShell
from pos_app.ui.widgets.text_field import TextField

_DEMANDED = ("product", "buyer_name", "buyer_phone", "buyer_email")
_SCHEMES: tuple[Scheme, ...] = ("system", "light", "dark", "high_contrast")
_TEXT_PERCENTS = (100, 110, 125, 150, 175, 200)
_PAPERS: tuple[Paper, ...] = ("80mm", "58mm", "A4")
_ADDRESS_BYTES = 100


def yes_or_no(caption: str, hint: str) -> ChoiceField:
    """Return a field for a switch: chosen by the arrows like every other field."""
    field = ChoiceField(caption, [("no", text("settings.no")), ("yes", text("settings.yes"))])
    field.set_hint(hint)
    return field


def _with_kcp(settings: Settings, kcp: KcpSettings) -> Settings:
    gateways = msgspec.structs.replace(settings.gateways, kcp=kcp)
    return msgspec.structs.replace(settings, gateways=gateways)


class SaleSection(SetupForm):
    """What a sale asks for, and how far it may go."""

    def __init__(self, parent: QWidget | None = None) -> None:
        """Build the fields."""
        super().__init__(parent)
        demands = [(name, text(f"settings.demand.{name}")) for name in _demands()]
        self.demands = {
            name: ChoiceField(text(f"settings.sale.{name}"), demands) for name in _DEMANDED
        }
        self.limit = AmountField(text("settings.sale.limit"), big=False)
        self.limit.set_hint(text("settings.sale.limit_hint"))
        self.months = NumberField(text("settings.sale.months"), text("settings.sale.months_unit"))
        self.months.set_hint(text("settings.sale.months_hint", months_max=MONTHS_MAX_CEILING))
        self.mixed_tax = yes_or_no(
            text("settings.sale.mixed_tax"), text("settings.sale.mixed_tax_hint")
        )
        asked = list(self.demands.values())
        fields: dict[str, FieldShell] = {
            f"sale.{name}": field for name, field in self.demands.items()
        }
        fields |= {
            "sale.amount_limit_won": self.limit,
            "gateways.kcp.months_max": self.months,
            "gateways.kcp.mixed_tax": self.mixed_tax,
        }
        self.arrange(fields, (asked[:2], asked[2:], (self.limit, self.months), (self.mixed_tax,)))

    @override
    def fill(self, settings: Settings) -> None:
        for name, field in self.demands.items():
            field.set_value(getattr(settings.sale, name))
        limit, kcp = settings.sale.amount_limit_won, settings.kcp
        self.limit.set_text_value("" if limit is None else str(limit))
        # PortOne's own stand in its section, beside what else its contract covers.
        self.months.setVisible(kcp is not None)
        self.mixed_tax.setVisible(kcp is not None)
        if kcp is not None:
            self.months.set_number(kcp.months_max)
            self.mixed_tax.set_value("yes" if kcp.mixed_tax else "no")

    @override
    def read(self, settings: Settings) -> Settings:
        typed = self.limit.text_value()
        # An amount that is not clear ("1만5") is out of bounds, and said to be.
        limit = None if not typed else int(typed) if typed.isascii() and typed.isdigit() else 0
        demands = {name: cast("Demand", field.value()) for name, field in self.demands.items()}
        sale = msgspec.structs.replace(settings.sale, amount_limit_won=limit, **demands)
        settings = msgspec.structs.replace(settings, sale=sale)
        if settings.kcp is None:
            return settings
        kcp = msgspec.structs.replace(
            settings.kcp,
            months_max=self.months.number(),
            mixed_tax=self.mixed_tax.value() == "yes",
        )
        return _with_kcp(settings, kcp)


def _demands() -> tuple[Demand, ...]:
    return ("required", "optional", "hidden")


class LookSection(SetupForm):
    """Language, colours and text size."""

    def __init__(self, parent: QWidget | None = None) -> None:
        """Build the fields."""
        super().__init__(parent)
        self.language = ChoiceField(
            text("settings.look.language"),
            [(name, text(f"settings.language.{name}")) for name in LANGUAGES],
        )
        self.scheme = ChoiceField(
            text("settings.look.theme"),
            [(name, text(f"settings.theme.{name}")) for name in _SCHEMES],
        )
        self.scheme.set_hint(text("settings.look.theme_hint"))
        self.text_size = ChoiceField(text("settings.look.text_percent"), _percents(_TEXT_PERCENTS))
        self.arrange(
            {
                "look.language": self.language,
                "look.theme": self.scheme,
                "look.text_percent": self.text_size,
            },
            ((self.language, self.scheme), (self.text_size,)),
        )

    @override
    def fill(self, settings: Settings) -> None:
        self.language.set_value(settings.look.language)
        self.scheme.set_value(settings.look.theme)
        # A size from a set-up file that is none of ours is offered as well.
        self.text_size.set_choices(_percents((*_TEXT_PERCENTS, settings.look.text_percent)))
        self.text_size.set_value(str(settings.look.text_percent))

    @override
    def read(self, settings: Settings) -> Settings:
        look = msgspec.structs.replace(
            settings.look,
            language=cast("Language", self.language.value()),
            theme=cast("Scheme", self.scheme.value()),
            text_percent=int(self.text_size.value()),
        )
        return msgspec.structs.replace(settings, look=look)


def _percents(sizes: tuple[int, ...]) -> list[tuple[str, str]]:
    return [(str(size), f"{size} %") for size in sorted(set(sizes))]


class PrinterSection(SetupForm):
    """The printer of this computer that slips go to, and the paper in it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        """Build the fields; `list_printers` asks the system."""
        super().__init__(parent)
        self._chosen = ""
        self.printer = ChoiceField(text("settings.printers.printer"), [])
        self.printer.setProperty("wide", True)
        self.paper = ChoiceField(
            text("settings.printers.paper"),
            [(paper, text(f"settings.paper.{paper.lower()}")) for paper in _PAPERS],
        )
        self.paper.set_hint(text("settings.printers.paper_hint"))
        self.arrange(
            {"printers.1.name": self.printer, "printers.1.paper": self.paper},
            ((self.printer,), (self.paper,)),
        )
        self.printer.changed.connect(self._on_printer)
        self._offer([], "")
        self._on_printer()

    def _on_printer(self) -> None:
        """The usual printer brings its own paper."""
        self.paper.setEnabled(self.printer.value() != "default")

    def list_printers(self) -> None:
        """Ask the system for its printers and offer them."""
        found = available_printers()
        names = [(printer.name, printer.description) for printer in found]
        self._offer(names, self.printer.value())
        self.printer.set_hint(
            text("settings.printers.found" if found else "settings.printers.none_found")
        )

    def _offer(self, found: list[tuple[str, str]], chosen: str) -> None:
        """Offer `found`, the usual printer, and the one that is set even if it is not there."""
        offered = [("default", text("settings.printers.default")), *found]
        if self._chosen and self._chosen not in {name for name, _ in offered}:
            offered.append((self._chosen, text("settings.printers.away", name=self._chosen)))
        blocked = self.printer.blockSignals(True)
        self.printer.set_choices(offered)
        self.printer.set_value(chosen or "default")
        self.printer.blockSignals(blocked)

    @override
    def fill(self, settings: Settings) -> None:
        ours = _system_printer(settings)
        self._chosen = "" if ours is None else ours.address or ours.name
        self._offer([], self._chosen)
        self.paper.set_value("A4" if ours is None else ours.paper)
        self._on_printer()

    @override
    def read(self, settings: Settings) -> Settings:
        ours, name = _system_printer(settings), self.printer.value()
        others = tuple(printer for printer in settings.printers if printer is not ours)
        if name == "default":
            return msgspec.structs.replace(settings, printers=others)
        paper = cast("Paper", self.paper.value())
        if ours is not None and (ours.address or ours.name) == name:
            mine = msgspec.structs.replace(ours, paper=paper)
        else:
            mine = PrinterSettings(name=name, kind="system", address=name, paper=paper)
        at = 0 if ours is None else settings.printers.index(ours)
        printers = (*others[:at], mine, *others[at:])
        return msgspec.structs.replace(settings, printers=printers)


def _system_printer(settings: Settings) -> PrinterSettings | None:
    """Return the desktop printer that slips are printed on: the first one."""
    return next((printer for printer in settings.printers if printer.kind == "system"), None)


class AdvancedSection(SetupForm):
    """What KCP answers only on the telephone; each choice with the reason it is one."""

    def __init__(self, parent: QWidget | None = None) -> None:
        """Build the fields."""
        super().__init__(parent)
        self.by_order = yes_or_no(
            text("settings.kcp.inquiry_by_order"), text("settings.kcp.inquiry_by_order_why")
        )
        self.order_field = ChoiceField(
            text("settings.kcp.inquiry_order_field"),
            [
                ("auto", text("settings.kcp.inquiry_order_field.auto")),
                ("ordr_idxx", "ordr_idxx"),
                ("mod_ordr_idxx", "mod_ordr_idxx"),
            ],
        )
        self.order_field.set_hint(text("settings.kcp.inquiry_order_field_why"))
        self.sign = ChoiceField(
            text("settings.kcp.inquiry_sign"), [("pay_type", "pay_type"), ("mod_type", "mod_type")]
        )
        self.sign.set_hint(text("settings.kcp.inquiry_sign_why"))
        self.cust_ip = ChoiceField(
            text("settings.kcp.cust_ip"),
            [(way, text(f"settings.kcp.cust_ip.{way}")) for way in ("empty", "omit", "address")],
        )
        self.cust_ip.set_hint(text("settings.kcp.cust_ip_why"))
        self.address = TextField(text("settings.kcp.cust_ip.own"), max_bytes=_ADDRESS_BYTES)
        self.timeout = NumberField(text("settings.kcp.timeout"), text("settings.kcp.seconds"))
        self.timeout.set_hint(text("settings.kcp.timeout_why"))
        self.settle = NumberField(text("settings.kcp.settle_time"), text("settings.kcp.seconds"))
        self.settle.set_hint(text("settings.kcp.settle_time_why"))
        self.arrange(
            {
                "gateways.kcp.inquiry_by_order": self.by_order,
                "gateways.kcp.inquiry_order_field": self.order_field,
                "gateways.kcp.inquiry_sign": self.sign,
                "gateways.kcp.timeout_s": self.timeout,
                "gateways.kcp.settle_time_s": self.settle,
                "gateways.kcp.cust_ip_way": self.cust_ip,
                "gateways.kcp.cust_ip": self.address,
            },
            (
                (self.by_order, self.order_field),
                (self.sign, self.timeout),
                (self.settle, self.cust_ip),
                (self.address,),
            ),
        )
        self.cust_ip.changed.connect(self._show_what_matters)
        self.by_order.changed.connect(self._show_what_matters)
        self._show_what_matters()

    def _show_what_matters(self) -> None:
        """What has no effect cannot be typed."""
        self.address.setVisible(self.cust_ip.value() == "address")
        self.order_field.setEnabled(self.by_order.value() == "yes")

    @override
    def fill(self, settings: Settings) -> None:
        kcp = settings.kcp or KcpSettings()
        self.by_order.set_value("yes" if kcp.inquiry_by_order else "no")
        self.order_field.set_value(kcp.inquiry_order_field)
        self.sign.set_value(kcp.inquiry_sign)
        own = kcp.cust_ip not in {"empty", "omit"}
        self.cust_ip.set_value("address" if own else kcp.cust_ip)
        self.address.set_text_value(kcp.cust_ip if own else "")
        self.timeout.set_number(kcp.timeout_s)
        self.settle.set_number(kcp.settle_time_s)
        self._show_what_matters()

    @override
    def read(self, settings: Settings) -> Settings:
        if settings.kcp is None:
            return settings
        way = self.cust_ip.value()
        kcp = msgspec.structs.replace(
            settings.kcp,
            inquiry_by_order=self.by_order.value() == "yes",
            inquiry_order_field=self.order_field.value(),
            inquiry_sign=self.sign.value(),
            cust_ip=self.address.text_value() if way == "address" else way,
            timeout_s=self.timeout.number(),
            settle_time_s=self.settle.number(),
        )
        return _with_kcp(settings, kcp)
