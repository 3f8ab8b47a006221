"""The journey itself: what a shop does with the setup.exe over its life, each step checked."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from screen import Screen
from till import Till, Words
from walking import Broken, Done, Steps, fingerprint, newer_schema, until

from tests.journeys.commands.processes import Gateway, can_mount
from tests.journeys.counter import OTHER_CARD, assert_books_agree, requests_of, told
from windows.wine import Prefix, assert_same_tree

TITLE = "Key-in terminal|키인 단말기"
FOLDER = r"C:\Program Files\pos-app"
HANGUL_FOLDER = r"C:\꽃집 프로그램\pos-app"
DATA = r"C:\users\clerk\AppData\Local\pos-app"
KEY = r"HKLM\Software\Microsoft\Windows\CurrentVersion\Uninstall\pos-app"
RUN_KEY = r"HKLM\Software\Microsoft\Windows\CurrentVersion\Run"
BESIDE = ("uninstall.exe",)
#: No input method sits behind Wine: what is typed is Latin.
WORDS = Words("Flower basket", "Hong Gildong", "Changed mind")
#: Exit statuses of the setup.exe (the head of setup.nsi).
RUNNING, FOREIGN, SETUP_REFUSED, NEWER, NO_ROOM, OPEN_PAYMENTS = 3, 4, 5, 6, 7, 9
NOT_WRITTEN = 2
#: Room beside the installed program: less than a second copy of it needs.
SMALL_MB = 60


@dataclass(slots=True)
class Package:
    """One built version.

    Attributes:
        version: three numbers.
        setup: the setup.exe.
        msi: the MSI.
        stage: what it was built from.
    """

    version: str
    setup: Path
    msi: Path
    stage: Path


@dataclass(slots=True)
class Shop:
    """The clerk's shop on that PC."""

    prefix: Prefix
    till: Till
    folder: str = FOLDER

    def command(self, *arguments: str) -> Done:
        """Run a command of the installed program."""
        return self.prefix.run(f"{self.folder}\\pos-app-cli.exe", *arguments)

    def rows(self) -> list[dict[str, Any]]:
        """Return the shop's own books."""
        said = self.command("export", "--format", "jsonl").check(0).out
        return [json.loads(line) for line in said.splitlines()]

    def book(self) -> dict[str, str]:
        """Return the hash of everything that must survive the program."""
        return fingerprint(self.prefix.path(DATA), ".db", ".json", ".toml")

    @contextmanager
    def window(self) -> Iterator[subprocess.Popen[bytes]]:
        """Open the real window, wait until it takes keys, and close it by its own key."""
        process = self.prefix.start(f"{self.folder}\\pos-app.exe")
        with self.till.at_window(process, TITLE, lambda: self.prefix.kill("pos-app.exe")):
            yield process


@dataclass(slots=True)
class Walk:
    """One journey through one Windows.

    Attributes:
        prefix: where.
        screen: what the clerk sees.
        gateway: the practice gateway beside it, with the merchant's files.
        old: an older version.
        new: the version under test.
        out: where pictures go.
    """

    prefix: Prefix
    screen: Screen
    gateway: Gateway
    old: Package
    new: Package
    out: Path

    def take(self) -> int:
        """Take the whole journey and return how many steps that were."""
        steps, shop = Steps(self.screen, self.out), self._shop()
        steps.step("a fresh prefix", self.prefix.make)
        steps.step("an older version is installed, silently", self._install_old)
        steps.step("doctor and a first paint, before any set-up", lambda: self._first_look(shop))
        steps.step("a shop set up, its secret in the Windows vault", lambda: self._set_up(shop))
        steps.step("sale, slip and refund by keys", lambda: self._trade(shop))
        steps.step("after a restart the secret is found", lambda: self._restart(shop))
        steps.step("upgrade and removal while it runs are refused", lambda: self._refused(shop))
        steps.step("no room for the upgrade", lambda: self._no_room(shop))
        steps.step("upgrade", lambda: self._upgrade(shop))
        steps.step("killed in the middle of a charge", lambda: self._killed(shop))
        steps.step("an older setup over a newer program", lambda: self._older(shop))
        steps.step("an older program over newer data", lambda: self._newer_data(shop))
        steps.step("the practice gateway from the installed tree", lambda: self._gateway(shop))
        steps.step("cut off between two changes of names", lambda: self._cut_off(shop))
        steps.step("a second user of the PC", self._second_user)
        steps.step("removed, data kept", lambda: self._removed(shop))
        steps.step("a folder with Hangul and spaces", lambda: self._hangul(shop))
        steps.step("a folder that holds something else", self._foreign)
        steps.step("removal with data", lambda: self._purged(shop))
        steps.step("the MSI", self._msi)
        return steps.taken

    def _shop(self) -> Shop:
        return Shop(self.prefix, Till(self.screen, self.gateway, self.out, WORDS))

    def setup(self, package: Package, *arguments: str) -> Done:
        """Run a setup.exe silently."""
        return self.prefix.run(str(package.setup), "/S", *arguments)

    def uninstall(self, folder: str, *arguments: str) -> None:
        """Run the uninstaller; it answers before it is done: wait for the folder."""
        self.prefix.run(f"{folder}\\uninstall.exe", "/S", *arguments)
        until(lambda: not self.prefix.path(folder).exists(), f"{folder} does not go")

    def sentences(self) -> list[str]:
        """Return what silent setups and removals have written down."""
        log = self.prefix.path(r"C:\users\clerk\Temp\pos-app-setup.log")
        return log.read_text(encoding="utf-16").strip().splitlines() if log.exists() else []

    def said_by_setup(self) -> str:
        """Return the last sentence that a silent setup has written down."""
        return self.sentences()[-1].partition(": ")[2]

    def refused_removal(self, *arguments: str) -> str:
        """Run the uninstaller, which must refuse, wait for its words and return them."""
        before = len(self.sentences())
        self.prefix.run(f"{FOLDER}\\uninstall.exe", "/S", *arguments)
        until(lambda: len(self.sentences()) > before, "the uninstaller said nothing")
        return self.said_by_setup()

    def works(self, package: Package, folder: str = FOLDER) -> str:
        """Return what the installed program says of itself, if it is that one and whole."""
        files = assert_same_tree(package.stage, self.prefix.path(folder), BESIDE)
        said = self.prefix.run(f"{folder}\\pos-app-cli.exe", "--version").check(0).out.strip()
        if said != f"pos-app {package.version}":
            raise Broken(f"{said} is installed, not {package.version}")
        return f"{said}, {files} files equal to the stage"

    # ---------------------------------------------------------------------------------- the steps

    def _install_old(self) -> str:
        self.setup(self.old, "/AUTOSTART=1").check(0)
        said = self.works(self.old)
        links = self.prefix.shortcuts()
        if len(links) != len(("menu and desktop", "practice")):
            raise Broken(f"shortcuts: {links}")
        if "pos-app.exe" not in self.prefix.registry(RUN_KEY):
            raise Broken("it does not start with Windows")
        if self.old.version not in self.prefix.registry(KEY):
            raise Broken("Windows does not know of it")
        return f"{said}; {', '.join(links)}"

    def _first_look(self, shop: Shop) -> str:
        doctor = shop.command("doctor", "--lang", "en").check(1).saying("Settings", "Disk")
        done = self.prefix.run(f"{FOLDER}\\pos-app.exe", "--practice", "--exit-when-ready")
        timings = json.loads(done.check(0).out)
        if not timings.keys() >= {"first_paint_ms", "ready_ms"}:
            raise Broken(done.said)
        return f"{len(doctor.out.splitlines())} findings; practice window {timings}"

    def _set_up(self, shop: Shop) -> str:
        plan = self.gateway.provision
        text = plan.read_text(encoding="utf-8")
        quick = "inquiry_by_order = true\nsettle_time_s = 1\n"
        plan.write_text(text.replace("inquiry_by_order = false\n", quick), encoding="utf-8")
        told(self.gateway, inquiry_by_order="both")
        file = Prefix.name(plan)
        said = shop.command("provision", file).check(0).out
        again = shop.command("provision", file).check(0).out
        doctor = shop.command("doctor").check(0).out
        keyring = next(line for line in doctor.splitlines() if "WinVault" in line)
        broken = shop.command("provision", file + ".not").check(2).err
        first = (words.splitlines()[0] for words in (said, again, keyring, broken))
        return " / ".join(first)

    def _trade(self, shop: Shop) -> str:
        slips = self.prefix.path(DATA + r"\slips")
        with shop.window():
            shop.till.picture("1-opened")
            shop.till.sell(55000, "2-sale")
            slip = shop.till.save_slip(slips, "3-sale")
            (order_no,) = requests_of(self.gateway, "charge")
            shop.till.refund(order_no, 20000, "4-refund")
        rows = shop.rows()
        assert_books_agree(rows, self.gateway)
        (row,) = rows
        if (row["state"], row["amount"], row["refunded"]) != ("APPROVED", 55000, 20000):
            raise Broken(f"the books say {row}")
        subprocess.run(["pdftoppm", "-r", "110", "-png", slip, self.out / "3-slip"], check=True)
        verify = shop.command("verify").check(0).out.strip()
        export = shop.command("export", "--format", "xlsx", "--out", r"C:\장부.xlsx").check(0)
        return f"{row['order_no']} 55,000 - 20,000; {slip.name}; {verify} {export.out.strip()}"

    def _restart(self, shop: Shop) -> str:
        self.prefix.end()
        vault = shop.command("doctor").check(0).saying("WinVault")
        with shop.window():
            self.screen.hit("F3")
            shop.till.picture("5-history-after-restart")
        return f"{len(vault.out.splitlines())} findings, all good, after all of Windows had ended"

    def _refused(self, shop: Shop) -> str:
        with shop.window() as window:
            status = self.setup(self.new).check(RUNNING).status
            words = self.said_by_setup()
            if self.refused_removal() != words:
                raise Broken(f"the uninstaller said {self.said_by_setup()!r}")
            if window.poll() is not None:
                raise Broken("the running program ended")
            self.works(self.old)
            shop.till.sell(30000, "6-sale-after-refused-upgrade")
        assert_books_agree(shop.rows(), self.gateway)
        return f"exit status {status}, {words!r}; the window went on selling"

    def _no_room(self, shop: Shop) -> str:
        """Fill the disk in two ways: seen before anything is written, and met in the middle."""
        place, books = self.prefix.path(r"C:\Program Files"), shop.book()
        if not can_mount(place):
            return "not tried: this machine lets nobody mount a small disk"
        size_mb = sum(f.stat().st_size for f in place.rglob("*") if f.is_file()) >> 20
        with _small_disk(place, f"size={size_mb + SMALL_MB}m"):
            self.setup(self.new).check(NO_ROOM)
            seen = self.said_by_setup()
            self.works(self.old)
        files = sum(1 for _ in place.rglob("*"))
        with _small_disk(place, f"size={4 * size_mb}m,nr_inodes={files + 200}"):
            self.setup(self.new).check(NOT_WRITTEN)
            met = self.said_by_setup()
            if self.prefix.path(FOLDER + ".new").exists():
                raise Broken("half a version was left behind")
            self.works(self.old)
        if shop.book() != books:
            raise Broken("the books changed")
        return f"{seen!r}; {met!r}; the old version is whole"

    def _upgrade(self, shop: Shop) -> str:
        rows = shop.rows()
        self.setup(self.new).check(0)
        said = self.works(self.new)
        if shop.rows() != rows:
            raise Broken("the books changed by the upgrade")
        if "pos-app.exe" not in self.prefix.registry(RUN_KEY):
            raise Broken("the choice to start with Windows was forgotten")
        return f"{said}; {shop.command('verify').check(0).out.strip()}"

    def _killed(self, shop: Shop) -> str:
        told(self.gateway, {"on": "charge", "do": "hang", "done": True}, inquiry_by_order="both")
        with shop.window() as window:
            shop.till.type_sale(70000, OTHER_CARD)
            shop.till.charge()
            shop.till.picture("7-charging")
            if self.prefix.kill("pos-app.exe") != 1:
                raise Broken("not one process was killed")
            window.wait(30)
        told(self.gateway, inquiry_by_order="both")
        states = [row["state"] for row in shop.rows()]
        if "SENDING" not in states:
            raise Broken(f"nothing was on its way: {states}")
        said = shop.command("recover").check(0).out.strip()
        assert_books_agree(shop.rows(), self.gateway)
        shop.command("verify").check(0)
        return f"{states}, then {said!r}; the books equal those of the gateway"

    def _older(self, shop: Shop) -> str:
        books = shop.book()
        self.setup(self.old).check(NEWER)
        said = self.said_by_setup()
        self.works(self.new)
        if shop.book() != books:
            raise Broken("the books changed")
        return repr(said)

    def _newer_data(self, shop: Shop) -> str:
        ledger = self.prefix.path(DATA) / "ledger" / "ledger.db"
        with newer_schema(ledger):
            before = shop.book()
            said = [
                shop.command(verb).check(1).err.strip().splitlines()[0]
                for verb in ("verify", "recover")
            ]
            if shop.book() != before:
                raise Broken("a refused program changed the data")
        shop.command("verify").check(0)
        return " / ".join(dict.fromkeys(said))

    def _gateway(self, shop: Shop) -> str:
        process = self.prefix.start(
            f"{FOLDER}\\pos-app-cli.exe",
            "practice-gateway",
            "--port",
            "0",
            "--merchant",
            r"C:\merchant",
        )
        try:
            assert process.stdout is not None
            ready = json.loads(process.stdout.readline())
            book = Gateway(ready["port"], Path()).book()
        finally:
            self.prefix.kill("pos-app-cli.exe")
            process.wait(30)
        return f"it listens and has a book of {len(book['payments'])} payments"

    def _cut_off(self, shop: Shop) -> str:
        """A power cut left the old version under its waiting name: the next setup mends it."""
        place = self.prefix.path(FOLDER)
        place.rename(place.with_name("pos-app.old"))
        self.setup(self.new).check(0)
        if place.with_name("pos-app.old").exists():
            raise Broken("the waiting version was left behind")
        shop.command("verify").check(0)
        return self.works(self.new)

    def _second_user(self) -> str:
        said = (
            self.prefix.run(
                f"{FOLDER}\\pos-app.exe", "--practice", "--exit-when-ready", USER="owner"
            )
            .check(0)
            .out
        )
        theirs = self.prefix.path(r"C:\users\owner\AppData\Local\pos-app\practice")
        if not theirs.is_dir():
            raise Broken("the second user has no data folder of their own")
        return f"{said.strip()}, with a data folder of their own"

    def _removed(self, shop: Shop) -> str:
        books = shop.book()
        self.uninstall(FOLDER)
        left = [*self.prefix.shortcuts(), self.prefix.registry(KEY)]
        if any(left) or "pos-app" in self.prefix.registry(RUN_KEY):
            raise Broken(f"left behind: {left}")
        if shop.book() != books:
            raise Broken("removing the program touched the books")
        return f"no folder, no link, no entry; {len(books)} files of data untouched"

    def _hangul(self, shop: Shop) -> str:
        rows = len(shop.book())
        self.setup(self.new, f"/D={HANGUL_FOLDER}").check(0)
        said = self.works(self.new, HANGUL_FOLDER)
        shop.folder = HANGUL_FOLDER
        assert_books_agree(shop.rows(), self.gateway)
        with shop.window():
            shop.till.sell(12000, "8-hangul-folder")
        assert_books_agree(shop.rows(), self.gateway)
        self.setup(self.new).check(0)
        self.works(self.new, HANGUL_FOLDER)
        return f"{said}; it went on with {rows} files of data, and an upgrade finds it there"

    def _foreign(self) -> str:
        self.uninstall(HANGUL_FOLDER)
        other = self.prefix.path(r"C:\other\pos-app")
        other.mkdir(parents=True)
        (other / "a file of theirs.txt").write_text("dear")
        self.setup(self.new, r"/D=C:\other").check(FOREIGN)
        if [path.name for path in other.iterdir()] != ["a file of theirs.txt"]:
            raise Broken("it was touched")
        return repr(self.said_by_setup())

    def _purged(self, shop: Shop) -> str:
        plan = Prefix.name(self.gateway.provision)
        self.setup(self.new, f"/PROVISION={plan}.not").check(SETUP_REFUSED)
        refused = self.said_by_setup()
        (self.prefix.drive / "나쁜 설정.toml").write_text("[shop]\nname = 7\n", encoding="utf-8")
        self.setup(self.new, "/PROVISION=C:\\나쁜 설정.toml").check(SETUP_REFUSED)
        self.works(self.new)
        reason = self.prefix.path(r"C:\users\clerk\Temp\pos-app-provision.txt")
        why = reason.read_text(encoding="utf-8").splitlines()[0]
        self.setup(self.new, f"/PROVISION={plan}").check(0)
        shop.folder = FOLDER
        told(self.gateway, {"on": "charge", "do": "hang", "done": True}, inquiry_by_order="off")
        with shop.window() as window:
            shop.till.type_sale(33000, OTHER_CARD)
            shop.till.charge()
            self.prefix.kill("pos-app.exe")
            window.wait(30)
        kept = self.refused_removal("/PURGE")
        self.works(self.new)
        told(self.gateway, inquiry_by_order="both")
        shop.command("recover").check(0, 3)
        self.uninstall(FOLDER, "/PURGE")
        until(lambda: not self.prefix.path(DATA).exists(), "the data does not go")
        return f"{refused!r}; {why!r}; with an open payment {kept!r}; settled, all is gone"

    def _msi(self) -> str:
        def call(*arguments: str) -> int:
            return self.prefix.run("msiexec", *arguments, "/qn").status

        if call("/i", str(self.old.msi)) != 0 or call("/i", str(self.new.msi)) != 0:
            raise Broken("the MSI was not installed, or did not follow an older one")
        files = assert_same_tree(self.new.stage, self.prefix.path(FOLDER))
        if call("/i", str(self.old.msi)) == 0 or self.setup(self.new).status != FOREIGN:
            raise Broken("an older MSI, or a setup.exe, was taken over a newer MSI")
        assert_same_tree(self.new.stage, self.prefix.path(FOLDER))
        process = self.prefix.start(f"{FOLDER}\\pos-app.exe", "--practice")
        self.screen.wait_for(TITLE)
        refused = call("/x", str(self.new.msi))
        self.screen.hit("alt+F4")
        process.wait(90)
        if refused == 0:
            raise Broken("it was removed while it ran")
        if call("/x", str(self.new.msi)) != 0 or self.prefix.path(FOLDER).exists():
            raise Broken("the MSI left something behind")
        return f"{files} files equal to the stage, upgrade, refusals (running: {refused}), removal"


@contextmanager
def _small_disk(place: Path, options: str) -> Iterator[None]:
    """Put what lies in a folder on a disk of its own while it lasts."""
    kept = place.with_name(f"{place.name} kept")
    shutil.copytree(place, kept)
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(place)], check=True)
    try:
        shutil.copytree(kept, place, dirs_exist_ok=True)
        yield
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)
        shutil.rmtree(kept)
