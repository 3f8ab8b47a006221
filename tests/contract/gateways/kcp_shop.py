"""A shop with the real vault's signer, the real KCP client and the practice gateway."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any

from pos_app.gateways.kcp.client import KcpGateway
from pos_app.gateways.kcp.needs import Signer
from pos_app.gateways.kcp.settings import KcpSettings
from pos_app.gateways.registry import make_kcp
from pos_app.vault import read_credentials
from pos_app.vault.kcp_credentials import signer_of
from tests.contract.gateways.shop import PracticeShop, now
from tests.helpers import kcp_keys


def make_signer(number: int = 0) -> Signer:
    """Return a signer of a fresh certificate, read the way the vault reads KCP's files."""
    start, end = now() - dt.timedelta(days=1), now() + dt.timedelta(days=900)
    issued = kcp_keys.issue(number=number, not_before=start, not_after=end)
    return signer_of(read_credentials(issued.certificate, issued.key_file, issued.password))


class KcpShop(PracticeShop):
    """A shop at KCP."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.signer = make_signer()
        self._gateway: KcpGateway | None = None

    @property
    def gateway(self) -> KcpGateway:
        """Return the client, made at the first use; it remembers what works."""
        if self._gateway is None:
            settings = KcpSettings(
                environment="loopback", site_code="T0000", loopback_url=self.server.url
            )
            settings = dataclasses.replace(settings, **self.settings_changes)
            self._gateway = make_kcp(settings, self.signer, now=self.now, transport=self.transport)
        return self._gateway

    def use_other_certificate(self) -> None:
        """Go on with a certificate and key the gateway has not seen before."""
        self.signer, self._gateway = make_signer(number=1), None
