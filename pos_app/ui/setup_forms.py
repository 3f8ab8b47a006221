"""The forms over shop and KCP, used by the guided set-up and by the settings screen."""

from __future__ import annotations

import re
from typing import cast

import msgspec
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from pos_app.config.model import Environment, Gateways, KcpSettings, Settings, Shop
from pos_app.config.rules import normal_business_number
from pos_app.config.rules_gateways import TEST_SITE_CODES
from pos_app.domain.card import brn_ok
from pos_app.domain.errors import UserMistake
from pos_app.ui.marks import override
from pos_app.ui.setup_parts import SetupForm
from pos_app.ui.text import error_line, text
from pos_app.ui.widgets.choice_field import ChoiceField
from pos_app.ui.widgets.line_field import LineField
from pos_app.ui.widgets.phone_text import grouped_phone, phone_digits
from pos_app.ui.widgets.text_field import PhoneField, TextField

_BUSINESS_DIGITS = 10
_NAME_BYTES = 400
_CODE = re.compile(r"[^0-9A-Z]")


class BusinessNumberField(LineField):
    """A business number (사업자등록번호): grouped as typed, its check digit tried at once."""

    def __init__(self, caption: str, parent: QWidget | None = None) -> None:
        """Name the field."""
        super().__init__(caption, None, parent)
        self._edit.setAttribute(Qt.WidgetAttribute.WA_InputMethodEnabled, False)
        self._edit.setInputMethodHints(Qt.InputMethodHint.ImhDigitsOnly)

    @override
    def text_value(self) -> str:
        """Return the digits."""
        return normal_business_number(self._edit.text())

    @override
    def set_text_value(self, value: str) -> None:
        """Show a number given with or without hyphens."""
        if normal_business_number(value) != self.text_value():
            self._edit.setText(_grouped(normal_business_number(value)))
            self._judge()
            self.changed.emit()

    @override
    def _on_edited(self, typed: str) -> None:
        digits = "".join(char for char in typed if char in "0123456789")[:_BUSINESS_DIGITS]
        self.retype(_grouped(digits), "0123456789")
        super()._on_edited(typed)
        self._judge()

    def _judge(self) -> None:
        """Say at the tenth digit whether the number can be one."""
        digits = self.text_value()
        complete = len(digits) == _BUSINESS_DIGITS and digits.isascii() and digits.isdigit()
        right = complete and brn_ok(digits.encode("ascii"))
        self.set_aside(text("setup.shop.number_right") if right else "")
        if complete and not right:
            self.set_error(error_line(UserMistake("settings.business_number_check")))


def _grouped(digits: str) -> str:
    parts = (digits[:3], digits[3:5], digits[5:])
    return "-".join(part for part in parts if part)


class CodeField(LineField):
    """Capital letters and digits of a fixed length, whatever the input method is doing."""

    def __init__(self, caption: str, length: int, parent: QWidget | None = None) -> None:
        """Name the field; more than `length` characters are not taken."""
        super().__init__(caption, None, parent)
        self._length = length
        self._edit.setAttribute(Qt.WidgetAttribute.WA_InputMethodEnabled, False)

    @override
    def _on_edited(self, typed: str) -> None:
        plain = _CODE.sub("", typed.upper())[: self._length]
        if plain != typed:
            self.retype(plain, plain)
        super()._on_edited(plain)


class ShopForm(SetupForm):
    """Who sells, as every slip prints it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        """Build the fields."""
        super().__init__(parent)
        self.name = TextField(text("setup.shop.name"), max_bytes=_NAME_BYTES)
        self.owner = TextField(text("setup.shop.owner"), max_bytes=_NAME_BYTES)
        self.number = BusinessNumberField(text("setup.shop.number"))
        self.phone = PhoneField(text("setup.shop.phone"))
        self.address = TextField(text("setup.shop.address"), max_bytes=_NAME_BYTES)
        self.address.setProperty("wide", True)
        self.counter = CodeField(text("setup.shop.counter"), 2)
        self.counter.set_hint(text("setup.shop.counter_hint"))
        self.arrange(
            {
                "shop.name": self.name,
                "shop.owner": self.owner,
                "shop.business_number": self.number,
                "shop.phone": self.phone,
                "shop.address": self.address,
                "shop.counter": self.counter,
            },
            ((self.name, self.owner), (self.number, self.phone), (self.address,), (self.counter,)),
        )

    @override
    def fill(self, settings: Settings) -> None:
        shop = settings.shop
        self.name.set_text_value(shop.name)
        self.owner.set_text_value(shop.owner)
        self.number.set_text_value(shop.business_number)
        self.phone.set_text_value(shop.phone)
        self.address.set_text_value(shop.address)
        self.counter.set_text_value(shop.counter)

    @override
    def read(self, settings: Settings) -> Settings:
        digits = self.phone.text_value()
        # A number written another way ("+82 2 ...") stays as it was while nobody retypes it.
        kept = settings.shop.phone
        phone = kept if digits == phone_digits(kept) else grouped_phone(digits)
        shop = Shop(
            name=self.name.text_value(),
            owner=self.owner.text_value(),
            business_number=self.number.text_value(),
            address=self.address.text_value(),
            phone=phone,
            counter=self.counter.text_value(),
        )
        return msgspec.structs.replace(settings, shop=shop)


class KcpForm(SetupForm):
    """Which KCP system is charged, as whom, and what the contract covers."""

    def __init__(self, *, loopback: bool = False, parent: QWidget | None = None) -> None:
        """Build the fields; `loopback` offers a practice gateway on this PC as well."""
        super().__init__(parent)
        offered = ("live", "staging", "loopback") if loopback else ("live", "staging")
        self.environment = ChoiceField(
            text("setup.kcp.environment"),
            [(name, text(f"setup.kcp.environment.{name}")) for name in offered],
        )
        self.site_code = CodeField(text("setup.kcp.site_code"), 5)
        self.contract = ChoiceField(
            text("setup.kcp.contract"),
            [
                (kind, text(f"setup.kcp.contract.{kind}"))
                for kind in ("authenticated", "unauthenticated")
            ],
        )
        self.contract.setProperty("wide", True)
        self.address = TextField(text("setup.kcp.loopback_url"), max_bytes=_NAME_BYTES)
        self.address.setProperty("wide", True)
        self.arrange(
            {
                "gateways.kcp.environment": self.environment,
                "gateways.kcp.site_code": self.site_code,
                "gateways.kcp.authentication": self.contract,
                "gateways.kcp.loopback_url": self.address,
            },
            ((self.environment, self.site_code), (self.contract,), (self.address,)),
        )
        self.environment.changed.connect(self._explain)
        self.site_code.changed.connect(self._explain)
        self.contract.changed.connect(self._explain)
        self._explain()

    def is_begun(self) -> bool:
        """Tell whether a site code was typed."""
        return not self.site_code.is_empty()

    def _explain(self) -> None:
        """Say what the choice means, and at once where live and a test code meet."""
        environment, code = self.environment.value(), self.site_code.text_value()
        self.environment.set_hint(text(f"setup.kcp.environment_hint.{environment}"))
        self.contract.set_hint(text(f"setup.kcp.contract_hint.{self.contract.value()}"))
        self.address.setVisible(environment == "loopback")
        hint = "setup.kcp.site_code_hint" if environment == "live" else "setup.kcp.test_code_hint"
        self.site_code.set_hint(text(hint))
        clash = environment == "live" and code in TEST_SITE_CODES
        mistake = UserMistake("settings.live_test_code", site_code=code)
        self.site_code.set_error(error_line(mistake) if clash else "")

    @override
    def fill(self, settings: Settings) -> None:
        kcp = settings.kcp or KcpSettings()
        self.environment.set_value(kcp.environment)
        self.site_code.set_text_value(kcp.site_code)
        self.contract.set_value(kcp.authentication)
        self.address.set_text_value(kcp.loopback_url)
        self._explain()

    @override
    def read(self, settings: Settings) -> Settings:
        environment = cast("Environment", self.environment.value())
        authenticated = self.contract.value() == "authenticated"
        kcp = msgspec.structs.replace(
            settings.kcp or KcpSettings(),
            environment=environment,
            site_code=self.site_code.text_value(),
            authentication="authenticated" if authenticated else "unauthenticated",
            loopback_url=self.address.text_value() if environment == "loopback" else "",
        )
        gateways: Gateways = msgspec.structs.replace(settings.gateways, kcp=kcp)
        return msgspec.structs.replace(settings, gateways=gateways)
