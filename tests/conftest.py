"""What holds for every test: a clean environment, and the guards for logs and leftovers."""

from __future__ import annotations

import gc
import os
from pathlib import Path

# Before anything imports Qt: tests draw into memory unless they are told a real platform.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import pytest
from hypothesis import HealthCheck, settings

from tests.helpers import figures
from tests.helpers.leakguard import leak_guard
from tests.helpers.logguard import expect_log, log_guard

__all__ = ["clean_environment", "expect_log", "leak_guard", "log_guard"]

# A slow machine is no failure: no deadlines, no complaints about speed.
settings.register_profile("house", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("house")

# See `pytest_runtest_teardown`.
gc.disable()


def pytest_configure(config: pytest.Config) -> None:
    """Let the run print its figures at the end."""
    config.pluginmanager.register(figures, "figures")


#: Beginnings of the variables that change what our program or its libraries do.
_STRANGE = ("QT_", "QML", "POS_APP_", "SSL_", "SSLKEYLOGFILE", "PYTHON_KEYRING", "LC_", "LANG")
_KEPT = {"QT_QPA_PLATFORM"}


def strange_variables() -> list[str]:
    """Return the environment variables that no test should see, proxies among them."""
    return [
        name
        for name in os.environ
        if (name.startswith(_STRANGE) or name.lower().endswith("_proxy") or "CA_BUNDLE" in name)
        and name not in _KEPT
    ]


#: Every so many tests all generations are collected, in between only the youngest two.
_WHOLE_COLLECTION_EVERY = 40


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(item: pytest.Item) -> None:
    """Collect garbage on the main thread only, as the program does (`pos_app/ui/collector.py`).

    A worker thread that happens to collect would destroy another test's Qt objects and take the
    process down with it.
    """
    gc.disable()
    count = item.config.stash.get(_TESTS_RUN, 0) + 1
    item.config.stash[_TESTS_RUN] = count
    gc.collect(2 if count % _WHOLE_COLLECTION_EVERY == 0 else 1)


_TESTS_RUN = pytest.StashKey[int]()


@pytest.fixture(autouse=True)
def clean_environment(
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """Give each test an environment of its own and a home folder that is empty.

    Nobody's proxy, certificates, keyring or settings may decide what a test sees. A test marked
    `secret_service` keeps its session bus; no other can reach a keyring.
    """
    for name in strange_variables():
        monkeypatch.delenv(name)
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("USERPROFILE", str(home))
    monkeypatch.setenv("APPDATA", str(home / "AppData" / "Roaming"))
    monkeypatch.setenv("LOCALAPPDATA", str(home / "AppData" / "Local"))
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME"):
        monkeypatch.setenv(name, str(home / name.lower()))
    runtime = home / "runtime"
    runtime.mkdir(mode=0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(runtime))
    monkeypatch.setenv("LANG", "C.UTF-8")
    if request.node.get_closest_marker("secret_service") is None:
        monkeypatch.delenv("DBUS_SESSION_BUS_ADDRESS", raising=False)
        monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")
    return home
