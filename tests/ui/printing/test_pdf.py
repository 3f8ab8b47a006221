"""The slip as a PDF file, read back by poppler."""

from __future__ import annotations

import re
import stat
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication

from pos_app.domain.errors import ShopTrouble
from pos_app.domain.receipt import Receipt
from pos_app.printing.layout import Style, slip_lines
from pos_app.printing.painter import slip_picture
from pos_app.printing.paper import Paper
from pos_app.printing.pdf import document_title, file_name, pdf_bytes, save_pdf
from tests.ui.printing.ink import difference
from tests.unit.printing.samples import (
    CASES,
    ENGLISH,
    KOREAN,
    NORMAL,
    PAGE_URL,
    PARTIAL,
    receipts,
)

poppler = pytest.mark.skipif(sys.platform == "win32", reason="poppler-utils is a Debian package")


def tool(*command: str | Path) -> str:
    """Run one of poppler's tools and return what it prints."""
    arguments = [str(part) for part in command]
    return subprocess.run(arguments, check=True, capture_output=True, timeout=60).stdout.decode()


@poppler
@pytest.mark.parametrize("words", [KOREAN, ENGLISH], ids=["ko", "en"])
@pytest.mark.parametrize("paper", Paper)
def test_every_word_can_be_found_in_the_file(
    qapp: QApplication, tmp_path: Path, paper: Paper, words: object
) -> None:
    assert callable(words)
    receipt = CASES["staging_reprint"]
    path = tmp_path / "slip.pdf"
    save_pdf(receipt, path, words, paper)
    found = " ".join(tool("pdftotext", "-raw", path, "-").split())
    for line in slip_lines(receipt, words):
        if line.style not in {Style.RULE, Style.NOTE, Style.NOTICE, Style.MARK}:
            assert f"{line.label} {line.value}".strip() in found
    for note in ("120-81-47521", "서울특별시 강남구", "02-123-4567"):
        assert note in found


@poppler
@pytest.mark.parametrize("paper", Paper)
@pytest.mark.parametrize("name", CASES)
def test_the_file_is_the_picture_on_the_screen(
    qapp: QApplication, tmp_path: Path, name: str, paper: Paper
) -> None:
    path = tmp_path / "slip.pdf"
    save_pdf(CASES[name], path, KOREAN, paper, page_url=PAGE_URL)
    tool("pdftoppm", "-r", "192", "-singlefile", "-png", path, tmp_path / "slip")
    printed = QImage(str(tmp_path / "slip.png"))
    shown = slip_picture(CASES[name], KOREAN, paper, 2, page_url=PAGE_URL)
    assert abs(printed.width() - shown.width()) <= 3
    assert abs(printed.height() - shown.height()) <= 3
    assert difference(shown, printed) < 90


@poppler
def test_one_page_with_embedded_fonts_and_a_title_without_the_buyer(
    qapp: QApplication, tmp_path: Path
) -> None:
    path = tmp_path / "slip.pdf"
    save_pdf(NORMAL, path, KOREAN)
    about = tool("pdfinfo", path)
    assert re.search(r"^Pages:\s+1$", about, re.MULTILINE)
    assert re.search(r"^Title:\s+매출전표 2026112101K7QF3M2Z8ABCDEFG$", about, re.MULTILINE)
    assert re.search(r"^Page size:.*\(A4\)$", about, re.MULTILINE)
    assert "0073" not in about
    assert "정하늘" not in about
    fonts = tool("pdffonts", path).splitlines()[2:]
    assert fonts
    assert all(re.search(r"\byes\b", font) for font in fonts)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows keeps rights elsewhere")
def test_only_its_owner_may_read_the_file(qapp: QApplication, tmp_path: Path) -> None:
    path = tmp_path / "slip.pdf"
    path.write_text("old")
    path.chmod(0o644)
    save_pdf(NORMAL, path, KOREAN, Paper.ROLL_80)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_bytes().startswith(b"%PDF-")
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_that_is_not_there_is_said_and_nothing_is_left(
    qapp: QApplication, tmp_path: Path
) -> None:
    with pytest.raises(ShopTrouble) as caught:
        save_pdf(NORMAL, tmp_path / "gone" / "slip.pdf", KOREAN)
    assert caught.value.code == "printer.file"
    assert set(caught.value.params) == {"path", "reason"}
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_cannot_be_replaced_leaves_no_half_one(
    qapp: QApplication, tmp_path: Path
) -> None:
    taken = tmp_path / "slip.pdf"
    taken.mkdir()
    with pytest.raises(ShopTrouble, match=r"printer\.file"):
        save_pdf(NORMAL, taken, KOREAN)
    assert list(tmp_path.iterdir()) == [taken]


def test_the_bytes_are_the_file(qapp: QApplication) -> None:
    assert pdf_bytes(NORMAL, KOREAN).rstrip().endswith(b"%%EOF")


@pytest.mark.parametrize(
    ("receipt", "name"),
    [
        (NORMAL, "slip-2026112101K7QF3M2Z8ABCDEFG.pdf"),
        (PARTIAL, "slip-2026112101K7QF3M2Z8ABCDEFG-cancel-20261122-100000.pdf"),
        (replace(NORMAL, order_no="../../etc/passwd"), "slip-etcpasswd.pdf"),
        (replace(NORMAL, order_no="\x00가"), "slip-unnumbered.pdf"),
    ],
)
def test_a_file_is_named_by_its_order_number(receipt: Receipt, name: str) -> None:
    assert file_name(receipt) == name


@given(receipts())
def test_any_file_name_is_safe_everywhere(case: tuple[Receipt, str]) -> None:
    assert re.fullmatch(r"slip-[0-9A-Za-z-]{1,90}\.pdf", file_name(case[0]), re.ASCII)


def test_the_title_of_a_cancel_says_so() -> None:
    assert document_title(PARTIAL, ENGLISH) == "Cancel slip 2026112101K7QF3M2Z8ABCDEFG"
