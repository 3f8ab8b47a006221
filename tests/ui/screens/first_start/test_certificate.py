"""What people give instead of a certificate, and what they are told; the files in any order."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication, QFileDialog

from pos_app.domain.errors import UserMistake
from pos_app.ui.screens.first_start.view import Step
from pos_app.ui.setup_files import read_typed_file, typed_path
from pos_app.ui.text import error_line
from tests.helpers.kcp_keys import PASSWORD, issue
from tests.ui.screens.first_start.installer import Installer, Key, installer, until

Run = Callable[[Any], Any]
NOT_A_CERTIFICATE = {
    "certificate.is_picture": b"\xff\xd8\xff\xe0" + b"x" * 400,
    "certificate.is_pdf": b"%PDF-1.7\n" + b"x" * 400,
    "certificate.is_zip": b"PK\x03\x04" + b"x" * 400,
    "certificate.is_empty": b"",
    "certificate.is_text": "인증서는 메일로 보냈습니다.".encode(),
    "certificate.too_big": b"-----BEGIN CERTIFICATE-----\n" + b"A" * 70_000,
}


def test_both_files_dropped_in_the_wrong_order_are_sorted_by_what_is_in_them(
    run_async: Run, tmp_path: Path
) -> None:
    async def story() -> None:
        async with installer(tmp_path) as person:
            await person.to_certificate()
            person.drop(person.files.private_key, person.files.certificate)
            await person.idle()
            form = person.screen.certificate
            assert form.certificate.text_value() == str(person.files.certificate)
            assert form.private_key.text_value() == str(person.files.private_key)
            assert any("DEVPGWEB" in str(pair.value) for pair in form.new.words())
            assert QApplication.focusWidget() is form.password.focusProxy()

    run_async(story())


def test_a_key_dropped_alone_goes_where_keys_go(run_async: Run, tmp_path: Path) -> None:
    async def story() -> None:
        async with installer(tmp_path) as person:
            await person.to_certificate()
            person.drop(person.files.private_key)
            await person.idle()
            form = person.screen.certificate
            assert form.private_key.text_value() == str(person.files.private_key)
            assert form.certificate.is_empty()
            assert QApplication.focusWidget() is form.certificate.focusProxy()

    run_async(story())


@pytest.mark.parametrize("code", sorted(NOT_A_CERTIFICATE))
def test_what_is_no_certificate_is_called_by_its_name(
    run_async: Run, tmp_path: Path, code: str
) -> None:
    async def story() -> None:
        async with installer(tmp_path) as person:
            await person.to_certificate()
            person.drop(person.files.put("something.pem", NOT_A_CERTIFICATE[code]))
            await person.idle()
            form = person.screen.certificate
            assert form.certificate.error() == error_line(UserMistake(code))
            assert QApplication.focusWidget() is form.certificate.focusProxy()

    run_async(story())


async def _type_paths(person: Installer, certificate: Path, private_key: Path) -> None:
    for path in (certificate, private_key):
        person.type(str(path))
        person.press(Key.Key_Return)
        await person.idle()


def test_a_photo_instead_of_the_key_is_said_before_the_password(
    run_async: Run, tmp_path: Path
) -> None:
    async def story() -> None:
        async with installer(tmp_path) as person:
            await person.to_certificate()
            photo = person.files.put("IMG_1.jpg", NOT_A_CERTIFICATE["certificate.is_picture"])
            await _type_paths(person, person.files.certificate, photo)
            form = person.screen.certificate
            assert form.private_key.error() == error_line(UserMistake("private_key.is_picture"))
            assert QApplication.focusWidget() is form.private_key.focusProxy()

    run_async(story())


def test_swapped_files_are_said_to_be_swapped(run_async: Run, tmp_path: Path) -> None:
    async def story() -> None:
        async with installer(tmp_path) as person:
            await person.to_certificate()
            form = person.screen.certificate
            person.type(str(person.files.private_key))
            person.press(Key.Key_Return)
            await person.idle()
            assert form.certificate.error() == error_line(UserMistake("certificate.is_private_key"))
            person.press(Key.Key_Tab)
            person.type(str(person.files.certificate))
            person.press(Key.Key_Return)
            await person.idle()
            assert form.private_key.error() == error_line(UserMistake("certificate.swapped"))

    run_async(story())


def test_a_wrong_password_is_said_in_its_field_and_can_be_typed_again(
    run_async: Run, tmp_path: Path
) -> None:
    async def story() -> None:
        async with installer(tmp_path) as person:
            await person.to_certificate()
            await _type_paths(person, person.files.certificate, person.files.private_key)
            form = person.screen.certificate
            for wrong, code in (("", "password_empty"), ("changeIt", "wrong_password")):
                person.enter(wrong)
                await person.idle()
                assert form.password.error() == error_line(UserMistake(f"certificate.{code}"))
            assert person.at() is Step.CERTIFICATE
            form.password.clear_field()
            person.enter(PASSWORD)
            await person.idle()
            assert person.at() is Step.PROTECTION

    run_async(story())


def test_a_key_of_another_certificate_is_found_out(run_async: Run, tmp_path: Path) -> None:
    async def story() -> None:
        async with installer(tmp_path) as person:
            await person.to_certificate()
            other = person.files.put("other.pem", issue(number=1).key_file)
            await _type_paths(person, person.files.certificate, other)
            person.enter(PASSWORD)
            await person.idle()
            form = person.screen.certificate
            assert form.private_key.error()
            assert person.at() is Step.CERTIFICATE
            assert QApplication.focusWidget() is form.private_key.focusProxy()

    run_async(story())


def test_another_file_after_the_trial_has_to_be_tried_again(run_async: Run, tmp_path: Path) -> None:
    async def story() -> None:
        async with installer(tmp_path) as person:
            await person.to_protection()
            person.press(Key.Key_Escape)
            form = person.screen.certificate
            other = person.files.put("other.pem", issue(number=1).certificate)
            form.certificate.setFocus()
            form.certificate.clear_field()
            person.type(str(other))
            person.press(Key.Key_Return)
            await person.idle()
            person.screen.go_on()
            await person.idle()
            assert person.at() is Step.CERTIFICATE
            assert form.private_key.error()

    run_async(story())


def test_a_path_completes_itself_while_it_is_typed(run_async: Run, tmp_path: Path) -> None:
    async def story() -> None:
        async with installer(tmp_path) as person:
            await person.to_certificate()
            form = person.screen.certificate
            person.type(str(person.files.folder / "KCP_AUTH_AB123_C"))
            assert form.certificate.text_value() == str(person.files.certificate)
            person.press(Key.Key_Return)
            await person.idle()
            assert not form.certificate.error()
            assert QApplication.focusWidget() is form.private_key.focusProxy()

    run_async(story())


def test_ctrl_o_opens_the_file_dialog_without_stopping_the_program(
    run_async: Run, tmp_path: Path
) -> None:
    async def story() -> None:
        async with installer(tmp_path) as person:
            await person.to_certificate()
            person.screen.certificate.choose.click()
            await until(lambda: isinstance(QApplication.activeModalWidget(), QFileDialog))
            dialog = QApplication.activeModalWidget()
            assert isinstance(dialog, QFileDialog)
            dialog.reject()
            await person.idle()
            assert not person.screen.certificate.certificate.error()

    run_async(story())


def test_files_dropped_on_another_step_are_left_alone(run_async: Run, tmp_path: Path) -> None:
    async def story() -> None:
        async with installer(tmp_path) as person:
            await person.to_kcp()
            person.drop(person.files.certificate)
            await person.idle()
            assert person.screen.certificate.certificate.is_empty()
            assert person.screen.kcp.site_code.is_empty()

    run_async(story())


@pytest.mark.parametrize(
    "typed",
    ["{}", '"{}"', "  {}  ", "file://{}"],
)
def test_a_path_is_understood_as_other_programs_write_it(tmp_path: Path, typed: str) -> None:
    path = tmp_path / "a b.pem"
    path.write_bytes(b"x")
    assert typed_path(typed.format(path)) == path
    assert read_typed_file(typed.format(path)) == b"x"


@pytest.mark.parametrize(("name", "code"), [("gone.pem", "not_found"), ("", "is_folder")])
def test_what_is_no_file_is_said(tmp_path: Path, name: str, code: str) -> None:
    with pytest.raises(UserMistake, match=f"file.{code}"):
        read_typed_file(str(tmp_path / name))
