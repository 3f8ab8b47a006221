"""Settings and set-up files that are right, to be spoilt one value at a time."""

from __future__ import annotations

from pos_app.config.model import Gateways, KcpSettings, Settings, Shop

SHOP = Shop(
    name="봄꽃집",
    owner="홍길동",
    business_number="1248100998",
    address="서울특별시 중구 세종대로 110",
    phone="02-120-0000",
)
KCP = KcpSettings(environment="loopback", loopback_url="http://127.0.0.1:8765", site_code="T0000")
SETTINGS = Settings(shop=SHOP, gateways=Gateways(kcp=KCP))

PROVISION = """\
[shop]
name = "봄꽃집"
owner = "홍길동"
business_number = "124-81-00998"
address = "서울특별시 중구 세종대로 110"
phone = "02-120-0000"
counter = "07"

[ledger]
url = "sqlite"

[gateways]
first = "kcp"

[gateways.kcp]
environment = "loopback"
loopback_url = "http://127.0.0.1:8765"
site_code = "T0000"
certificate = "cert.pem"
private_key = "key.pem"
private_key_password = "changeit"
authentication = "unauthenticated"
inquiry_by_order = true
months_max = 24

[[operators]]
name = "사장"
role = "administrator"
pin = "135790"

[[operators]]
name = "점원"
role = "clerk"
pin_env = "CLERK_PIN"

[[printers]]
name = "영수증"
kind = "escpos"
address = "tcp://192.0.2.7:9100"
paper = "58mm"
"""

PORTONE = """\
[gateways.portone]
environment = "loopback"
loopback_url = "http://127.0.0.1:8765"
imp_key = "4820010012345678"
imp_secret_env = "IMP_SECRET"
pg = "kcp.T0000"
birth = "optional"
password = "never"
months_max = 6

"""
