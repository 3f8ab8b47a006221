"""What goes into the Debian package, what it says of itself, and what it asks of the system."""

from __future__ import annotations

import datetime as dt
import re
import subprocess
from pathlib import Path, PurePosixPath

import pytest
from debian import contents, control, linking, stage

from tests.house.tree import ROOT

FOLDER = ROOT / "packaging" / "debian"


# ------------------------------------------------------------------------------ what goes into it


@pytest.mark.parametrize(
    "name",
    [
        "PySide6/QtWidgets.abi3.so",
        "PySide6/Qt/lib/libQt6Gui.so.6",
        "PySide6/Qt/plugins/platforms/libqxcb.so",
        "PySide6/Qt/plugins/platforminputcontexts/libibusplatforminputcontextplugin.so",
        "PySide6/Qt/translations/qtbase_ko.qm",
        "holidays/countries/south_korea.py",
        "holidays/locale/ko/LC_MESSAGES/KR.mo",
        "tzdata/zoneinfo/Asia/Seoul",
        "keyring/backends/SecretService.py",
        "certifi/cacert.pem",
        "sqlalchemy-2.1.9.dist-info/licenses/LICENSE",
    ],
)
def test_what_the_program_uses_goes_in(name: str) -> None:
    assert contents.stays(PurePosixPath(name))


@pytest.mark.parametrize(
    "name",
    [
        "PySide6/Qt/plugins/platformthemes/libqgtk3.so",
        "PySide6/Qt/lib/libQt6Quick.so.6",
        "PySide6/Qt/qml/QtQuick/qmldir",
        "PySide6/designer",
        "PySide6/QtWidgets.pyi",
        "holidays/countries/albania.py",
        "holidays/locale/fr/LC_MESSAGES/KR.mo",
        "tzdata/zoneinfo/Europe/Paris",
        "sqlalchemy/testing/suite/test_ddl.py",
        "sqlalchemy-2.1.9.dist-info/RECORD",
        "anyio/__pycache__/abc.cpython-311.pyc",
    ],
)
def test_what_it_never_reaches_stays_out(name: str) -> None:
    assert not contents.stays(PurePosixPath(name))


def test_pythons_library_loses_its_tests_and_keeps_what_is_imported() -> None:
    kept = (
        "os.py",
        "asyncio/events.py",
        "lib-dynload/_ssl.so",
        "encodings/cp949.py",
        "sqlite3/x.py",
    )
    lost = ("test/support/os_helper.py", "tkinter/ttk.py", "lib-dynload/_testcapi.so", "venv/x.py")
    assert all(contents.python_stays(PurePosixPath(name)) for name in kept)
    assert not any(contents.python_stays(PurePosixPath(name)) for name in lost)


def test_one_country_is_left_of_all() -> None:
    text = (
        "# head\n"
        "from holidays.countries.albania import Albania, AL\n"
        "from holidays.countries.french_southern_territories import (\n    A,\n    B,\n)\n"
        "from holidays.countries.south_korea import SouthKorea, KR\n"
    )
    left = "# head\nfrom holidays.countries.south_korea import SouthKorea, KR\n"
    assert contents.one_country(text) == left


@pytest.mark.parametrize(
    ("name", "wheel", "owned"),
    [
        ("PySide6", "PySide6_Essentials", True),
        ("sqlalchemy", "SQLAlchemy", True),
        ("six.py", "six", True),
        ("sqlalchemy-2.1.9.dist-info", "SQLAlchemy", True),
        ("_argon2_cffi_bindings", "argon2-cffi-bindings", True),
        ("argon2", "argon2-cffi-bindings", False),
        ("jaraco", "jaraco.context", True),
    ],
)
def test_files_know_their_wheel(name: str, wheel: str, owned: bool) -> None:
    assert stage.owner_of(name, wheel) is owned


# ---------------------------------------------------------------------------- what it asks for

PRIVATE = """
  NEEDED               libssl.so.3
  NEEDED               libQt6Core.so.6
  NEEDED               libc.so.6
  SONAME               libQt6Core.so.6
"""
DYNAMIC = "0000  DF *UND* 0000 (GLIBC_2.9) a\n0000 DF *UND* 0000 (GLIBC_2.34) b GLIBCXX_3.4.29\n"


def test_what_compiled_files_ask_for_is_read() -> None:
    found = linking.read(PRIVATE, DYNAMIC, ["libshiboken6.so"])
    assert found.needed == {"libssl.so.3", "libQt6Core.so.6", "libc.so.6"}
    assert found.bundled == {"libQt6Core.so.6", "libshiboken6.so"}
    assert found.glibc == "2.34"


def test_versions_are_compared_as_numbers() -> None:
    assert linking.newest(["2.9", "2.34", "2.4"]) == "2.34"
    assert linking.newest([]) == "0"


def test_dependencies_bring_what_is_not_bundled() -> None:
    asked = control.depends(["libssl.so.3", "libQt6Core.so.6", "libc.so.6"], ["libQt6Core.so.6"])
    assert asked == [f"libc6 (>= {control.LIBC})", "libssl3t64 | libssl3", control.FONT]


def test_a_library_nobody_knows_ends_the_build() -> None:
    with pytest.raises(control.UnknownLibrary, match=r"libnew\.so\.7"):
        control.depends(["libnew.so.7", "libc.so.6"], [])


def test_the_readme_states_the_glibc_that_is_promised() -> None:
    text = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert re.findall(r"glibc (\d+\.\d+)", text)[0] == control.LIBC


# ------------------------------------------------------------ what it says of itself

PACKAGE = control.Package(
    version="1.2.3",
    maintainer="A shop <a@example.com>",
    installed_kib=1000,
    depends=["libc6 (>= 2.35)", "zlib1g"],
    made=dt.datetime(2026, 11, 21, 7, 8, tzinfo=dt.UTC),
)


def test_the_control_file_names_everything_once() -> None:
    lines = control.control(PACKAGE).splitlines()
    fields = [line.partition(":")[0] for line in lines if line and not line.startswith(" ")]
    assert len(fields) == len(set(fields))
    assert "Depends: libc6 (>= 2.35), zlib1g" in lines
    assert {"Package", "Version", "Architecture", "Maintainer", "Description"} <= set(fields)
    assert all(len(line) <= 80 for line in lines if line.startswith(" "))


def test_the_changelog_has_debians_form() -> None:
    head, *_rest, tail = control.changelog(PACKAGE).splitlines()
    assert head == "pos-app (1.2.3) stable; urgency=medium"
    assert tail == " -- A shop <a@example.com>  Sat, 21 Nov 2026 07:08:00 +0000"


def test_the_desktop_entry_speaks_korean_and_english() -> None:
    entry = control.desktop_entry()
    for key in ("Name", "GenericName", "Comment", "Keywords"):
        assert re.search(rf"^{key}=.*[a-z]", entry, re.MULTILINE)
        assert re.search(rf"^{key}\[ko\]=.*[가-힣]", entry, re.MULTILINE)


def test_every_licence_named_has_a_paragraph() -> None:
    text = control.copyright_file(
        [
            control.Part("A", ("a/*",), "Apache-2.0 OR (MIT AND Zlib)"),
            control.Part("B", ("b/*", "b.py"), "PSF-2.0"),
        ]
    )
    assert "Files: b/* b.py\nCopyright: the authors of B, named in /opt/pos-app/licences/B/" in text
    paragraphs = re.findall(r"(?:^|\n\n)License: (\S+)\n \S", text)
    assert sorted(paragraphs) == ["Apache-2.0", "MIT", "PSF-2.0", "Zlib"]


# ------------------------------------------------------------ maintainer scripts

SCRIPTS = ("preinst", "prerm", "postinst", "postrm", "pos-app", "guard.sh")


@pytest.mark.parametrize("name", SCRIPTS)
def test_the_scripts_are_plain_sh(name: str) -> None:
    done = subprocess.run(
        ["sh", "-n", FOLDER / "root" / name], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


def ran(script: str, tmp_path: Path, **env: str) -> subprocess.CompletedProcess[str]:
    """Run shell lines after the guard, over a tree of its own instead of /opt/pos-app."""
    guard = (FOLDER / "root" / "guard.sh").read_text(encoding="utf-8")
    text = guard.replace("/opt/pos-app", str(tmp_path)) + script
    return subprocess.run(
        ["sh", "-e", "-c", text],
        env={"PATH": "/usr/bin:/bin", **env},
        capture_output=True,
        text=True,
        check=False,
    )


def test_nothing_is_refused_while_nothing_runs(tmp_path: Path) -> None:
    done = ran("refuse_while_running; echo went on", tmp_path)
    assert (done.returncode, done.stdout) == (0, "went on\n")


def test_a_running_program_is_named_in_both_languages(tmp_path: Path) -> None:
    program = tmp_path / "program"
    program.write_bytes(Path("/bin/sleep").read_bytes())
    program.chmod(0o755)
    with subprocess.Popen([program, "600"]) as running:
        try:
            done = ran("refuse_while_running; echo went on", tmp_path)
            assert (done.returncode, done.stdout) == (1, "")
            for words in ("실행 중입니다", "it is running", f" {running.pid} "):
                assert words in done.stderr
            forced = ran(
                "refuse_while_running; echo on", tmp_path, POS_APP_CHANGE_WHILE_RUNNING="1"
            )
            assert (forced.returncode, forced.stdout) == (0, "on\n")
        finally:
            running.kill()
