"""The data folder: private, writable, and clear words where it is neither."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from pos_app.config.environment import clear_hostile
from pos_app.config.paths import find_places, prepare
from pos_app.domain.errors import UserMistake


def test_the_practice_terminal_has_a_folder_of_its_own(tmp_path: Path) -> None:
    real = find_places(tmp_path, practice=False)
    practice = find_places(tmp_path, practice=True)
    assert practice.root == real.root / "practice"
    assert practice.vault != real.vault
    assert practice.ledger != real.ledger


def test_without_a_choice_it_is_the_users_own(clean_environment: Path) -> None:
    root = find_places(None, practice=False).root
    assert root.is_relative_to(clean_environment)
    assert root.name == "pos-app"


def test_a_new_folder_is_private_and_nothing_is_left_in_it(tmp_path: Path) -> None:
    places = find_places(tmp_path / "a" / "b", practice=True)
    prepare(places)
    assert stat.S_IMODE(places.root.stat().st_mode) == 0o700
    assert list(places.root.iterdir()) == []


def test_a_folder_open_to_others_is_closed(tmp_path: Path) -> None:
    root = tmp_path / "open"
    root.mkdir(mode=0o755)
    root.chmod(0o755)
    prepare(find_places(root, practice=False))
    assert stat.S_IMODE(root.stat().st_mode) == 0o700


def test_a_file_in_its_place_is_said(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("x")
    for practice in (False, True):
        with pytest.raises(UserMistake) as caught:
            prepare(find_places(tmp_path / "data", practice=practice))
        assert caught.value.code == "folder.not_a_folder"


def test_hostile_variables_go_and_useful_ones_stay() -> None:
    stay = {
        "PATH": "/bin",
        "HOME": "/home/x",
        "QT_QPA_PLATFORM": "offscreen",
        "QT_IM_MODULE": "ibus",
        "QT_SCALE_FACTOR": "1.5",
        "DISPLAY": ":0",
        "POS_APP_VAULT_PASSPHRASE": "x",
    }
    go = {
        "QT_PLUGIN_PATH": "/evil/evil",
        "QT_QPA_PLATFORM_PLUGIN_PATH": "/evil/evil",
        "QT_STYLE_OVERRIDE": "evil",
        "QT_LOGGING_RULES": "*=true",
        "QTWEBENGINE_REMOTE_DEBUGGING": "1",
        "QML2_IMPORT_PATH": "/evil/evil",
        "https_proxy": "http://192.0.2.1:1",
        "HTTP_PROXY": "http://192.0.2.1:1",
        "all_proxy": "socks5://192.0.2.1",
        "SSL_CERT_FILE": "/evil/evil.pem",
        "SSL_CERT_DIR": "/evil",
        "SSLKEYLOGFILE": "/evil/keys",
        "OPENSSL_CONF": "/evil/evil.cnf",
        "REQUESTS_CA_BUNDLE": "/evil/evil.pem",
        "KEYRING_PROPERTY_SCHEME": "evil",
    }
    environment = stay | go
    assert clear_hostile(environment) == tuple(sorted(go))
    assert environment == stay


def test_a_platform_with_a_path_in_it_goes() -> None:
    environment = {"QT_QPA_PLATFORM": "vnc:/evil", "QT_IM_MODULE": "../evil"}
    clear_hostile(environment)
    assert environment == {}
