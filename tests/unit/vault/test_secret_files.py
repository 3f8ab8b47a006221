"""Envelopes and files: only the right key, the right vault and the right name open them."""

from __future__ import annotations

import errno
import os
import stat
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

from pos_app.domain.errors import Bug, ShopTrouble
from pos_app.vault import disk, envelope
from pos_app.vault.envelope import Label
from pos_app.vault.secret_files import SecretFiles

KEYS = {"k1": bytes(range(32)), "k2": bytes(range(32, 64))}
SECRET = b"imp_secret 5a8f-canary"
LABEL = Label("a1" * 16, "portone.imp_secret")
on_posix = pytest.mark.skipif(sys.platform == "win32", reason="modes are POSIX's; ACLs elsewhere")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "vault"
    disk.make_private_folder(made)
    return made


@pytest.fixture
def files(folder: Path) -> SecretFiles:
    return SecretFiles(folder, LABEL.install_id)


def test_an_envelope_opens_with_its_key_and_never_looks_the_same_twice() -> None:
    first = envelope.seal(SECRET, LABEL, "k1", KEYS["k1"])
    second = envelope.seal(SECRET, LABEL, "k1", KEYS["k1"])
    assert envelope.unseal(first, LABEL, KEYS) == SECRET
    assert first != second
    assert SECRET not in first


def test_changing_any_single_byte_is_noticed() -> None:
    good = envelope.seal(SECRET, LABEL, "k1", KEYS["k1"])
    for position in range(len(good)):
        for change in (0x01, 0x80):
            bad = bytearray(good)
            bad[position] ^= change
            with pytest.raises(ShopTrouble, match=r"secret_damaged|secret_foreign|newer_version"):
                envelope.unseal(bytes(bad), LABEL, KEYS)


def test_cutting_or_lengthening_an_envelope_is_noticed() -> None:
    good = envelope.seal(SECRET, LABEL, "k1", KEYS["k1"])
    for size in range(len(good)):
        with pytest.raises(ShopTrouble, match="secret_damaged"):
            envelope.unseal(good[:size], LABEL, KEYS)
    with pytest.raises(ShopTrouble, match="secret_damaged"):
        envelope.unseal(good + b"\0", LABEL, KEYS)


@pytest.mark.parametrize(
    ("label", "code"),
    [
        (Label("b2" * 16, LABEL.name), "vault.secret_foreign"),
        (Label(LABEL.install_id, "portone.imp_key"), "vault.secret_damaged"),
        (Label(LABEL.install_id, "kcp.imp_secret"), "vault.secret_damaged"),
    ],
)
def test_a_file_put_in_another_place_does_not_open_there(label: Label, code: str) -> None:
    sealed = envelope.seal(SECRET, LABEL, "k1", KEYS["k1"])
    # The first line is repainted, too: the encryption itself must be bound to the place.
    repainted = label.line("k1") + sealed[len(LABEL.line("k1")) :]
    with pytest.raises(ShopTrouble) as trouble:
        envelope.unseal(sealed, label, KEYS)
    assert trouble.value.code == code
    with pytest.raises(ShopTrouble, match="secret_damaged"):
        envelope.unseal(repainted, label, KEYS)


def test_the_secret_itself_is_bound_to_its_place_even_when_its_data_key_is_known() -> None:
    elsewhere = Label(LABEL.install_id, "kcp.other")
    sealed = envelope.seal(SECRET, LABEL, "k1", KEYS["k1"])
    line = LABEL.line("k1")
    data_key = envelope.decrypt(KEYS["k1"], sealed[len(line) : len(line) + 60], line)
    there = elsewhere.line("k1")
    forged = there + envelope.encrypt(KEYS["k1"], data_key, there) + sealed[len(line) + 60 :]
    with pytest.raises(ShopTrouble, match="secret_damaged"):
        envelope.unseal(forged, elsewhere, KEYS)


def test_another_key_does_not_open_it_and_an_unknown_key_says_whose_it_is() -> None:
    sealed = envelope.seal(SECRET, LABEL, "k1", KEYS["k1"])
    with pytest.raises(ShopTrouble, match="secret_damaged"):
        envelope.unseal(sealed, LABEL, {"k1": KEYS["k2"]})
    with pytest.raises(ShopTrouble, match="secret_foreign"):
        envelope.unseal(sealed, LABEL, {"k2": KEYS["k2"]})


def test_a_newer_program_s_file_is_not_called_damaged() -> None:
    sealed = envelope.seal(SECRET, LABEL, "k1", KEYS["k1"]).replace(b"|1|", b"|2|", 1)
    with pytest.raises(ShopTrouble, match=r"^vault\.newer_version$"):
        envelope.unseal(sealed, LABEL, KEYS)


def test_rewrapping_changes_the_key_and_not_the_secret_s_own_bytes() -> None:
    sealed = envelope.seal(SECRET, LABEL, "k1", KEYS["k1"])
    again = envelope.rewrap(sealed, LABEL, KEYS, "k2")
    assert envelope.unseal(again, LABEL, {"k2": KEYS["k2"]}) == SECRET
    assert again.endswith(sealed[-(len(SECRET) + 28) :])
    with pytest.raises(ShopTrouble, match="secret_foreign"):
        envelope.unseal(again, LABEL, {"k1": KEYS["k1"]})


def test_secrets_are_written_listed_replaced_and_deleted(files: SecretFiles) -> None:
    files.write("kcp.one", b"1", KEYS, "k1")
    files.write("kcp.two", b"", KEYS, "k1")
    files.write("kcp.one", b"one", KEYS, "k2")
    assert files.names() == ("kcp.one", "kcp.two")
    assert files.read("kcp.one", KEYS) == b"one"
    assert files.read("kcp.two", KEYS) == b""
    assert files.delete("kcp.one")
    assert not files.delete("kcp.one")
    assert files.read("kcp.one", KEYS) is None


@pytest.mark.parametrize(
    "name",
    [
        "",
        "plain",
        "../kcp.x",
        "kcp/x.y",
        "kcp.",
        ".kcp",
        "KCP.x",
        "nul.x",
        "com1.x",
        "a." + 99 * "b",
    ],
)
def test_a_name_that_could_leave_the_folder_or_be_a_device_is_refused(
    files: SecretFiles, name: str
) -> None:
    with pytest.raises(Bug, match="bad_name"):
        files.write(name, SECRET, KEYS, "k1")


@on_posix
@pytest.mark.parametrize("umask", [0o000, 0o022, 0o777])
def test_only_the_owner_can_read_whatever_the_umask(tmp_path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        folder = tmp_path / "vault"
        folder.mkdir(mode=0o777)
        disk.make_private_folder(folder)
        with disk.only_writer(folder):
            SecretFiles(folder, "i").write("kcp.x", SECRET, KEYS, "k1")
            SecretFiles(folder, "i").write("kcp.x", SECRET, KEYS, "k1")
    finally:
        os.umask(before)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    for path in folder.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0
    assert stat.S_IMODE((folder / "kcp.x.secret").stat().st_mode) == 0o600


@on_posix
def test_the_replaced_file_s_bytes_are_overwritten(files: SecretFiles, folder: Path) -> None:
    files.write("kcp.x", SECRET, KEYS, "k1")
    with (folder / "kcp.x.secret").open("rb") as old:
        before = old.read()
        files.write("kcp.x", b"new", KEYS, "k1")
        old.seek(0)
        assert old.read() == bytes(len(before))
    with (folder / "kcp.x.secret").open("rb") as current:
        files.delete("kcp.x")
        assert set(current.read()) == {0}
    assert [path.name for path in folder.iterdir()] == []


def test_a_power_cut_in_the_middle_leaves_the_old_secret(
    files: SecretFiles, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files.write("kcp.x", SECRET, KEYS, "k1")

    def cut(self: Path, target: Path) -> None:
        raise OSError(errno.EIO, "power")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", cut)
        with pytest.raises(ShopTrouble) as trouble:
            files.write("kcp.x", b"new", KEYS, "k1")
    assert trouble.value.code == "vault.disk_trouble"
    assert trouble.value.params["reason"] == "EIO"
    assert files.read("kcp.x", KEYS) == SECRET
    assert [path.name for path in folder.iterdir()] == ["kcp.x.secret"]


def test_leftovers_of_a_power_cut_are_no_secrets_and_go_at_the_next_write(
    files: SecretFiles, folder: Path
) -> None:
    files.write("kcp.x", SECRET, KEYS, "k1")
    (folder / ".kcp.x.secret.0011223344556677.tmp").write_bytes(b"half a fi")
    (folder / ".kcp.y.secret.0011223344556677.old").write_bytes(b"an old file")
    (folder / ".kcp.x.secret.8899aabbccddeeff.old").hardlink_to(folder / "kcp.x.secret")
    assert files.names() == ("kcp.x",)
    with disk.only_writer(folder):
        assert sorted(path.name for path in folder.iterdir()) == ["kcp.x.secret", "vault.lock"]
    assert files.read("kcp.x", KEYS) == SECRET


def test_a_second_writer_is_told_to_wait(folder: Path) -> None:
    with ExitStack() as first:
        first.enter_context(disk.only_writer(folder))
        with pytest.raises(ShopTrouble, match=r"^vault\.busy"):
            first.enter_context(disk.only_writer(folder))
    with disk.only_writer(folder):
        pass


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (errno.ENOSPC, "vault.disk_full"),
        (errno.EDQUOT, "vault.disk_full"),
        (errno.EROFS, "vault.folder_not_writable"),
        (errno.EACCES, "vault.folder_not_writable"),
        (errno.EIO, "vault.disk_trouble"),
    ],
)
def test_each_trouble_of_the_disk_has_its_own_sentence(
    number: int, code: str, files: SecretFiles, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(handle: int) -> None:
        raise OSError(number, os.strerror(number))

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", fail)
        with pytest.raises(ShopTrouble) as trouble:
            files.write("kcp.x", SECRET, KEYS, "k1")
    assert trouble.value.code == code
    assert trouble.value.params["folder"] == str(folder)
    assert list(folder.iterdir()) == []


def test_a_full_disk_for_real(tmp_path: Path) -> None:
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("needs /dev/full")
    with pytest.raises(OSError) as error, full.open("wb", buffering=0) as file:  # noqa: PT011 - the number is checked below
        file.write(b"x")
    assert disk.write_trouble(error.value, tmp_path).code == "vault.disk_full"


def test_a_file_that_cannot_be_read_is_not_a_missing_one(files: SecretFiles, folder: Path) -> None:
    (folder / "kcp.x.secret").mkdir()
    with pytest.raises(ShopTrouble) as trouble:
        files.read("kcp.x", KEYS)
    assert trouble.value.code == "vault.file_not_readable"


def test_a_folder_that_cannot_be_made_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ShopTrouble, match="disk_trouble"):
        disk.make_private_folder(tmp_path / "file" / "vault")
