"""The journey itself: what a shop does with the package over its life, each step checked."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from screen import Screen
from till import Till, Words
from walking import Broken, Done, Steps, newer_schema

from debian.room import Room
from debian.shop import PROGRAM, Shop, gateway
from tests.journeys.counter import CARD, OTHER_CARD, assert_books_agree, requests_of, told

WORDS = Words()
HANGUL_HOME = "/home/김 사장"
TREE = "/opt/pos-app"
PASSPHRASE = "암호 for a PC without a keyring"  # noqa: S105 - opens a practice vault only
OFFSCREEN = {"QT_QPA_PLATFORM": "offscreen"}
NO_KEYRING = {"POS_APP_VAULT_PASSPHRASE": PASSPHRASE, **OFFSCREEN}
DISK_MIB_BESIDE = 60
"""Room left on the small disk: too little for a second copy of the tree."""


@dataclass(slots=True)
class Walk:
    """One journey through one Debian.

    Attributes:
        room: where.
        screen: what the clerk sees.
        old: the older package, named from inside.
        new: the package under test, named from inside.
        version: that of `new`.
        out: where pictures go.
    """

    room: Room
    screen: Screen
    old: str
    new: str
    version: str
    out: Path

    def apt(self, *arguments: str) -> Done:
        """Run apt-get without questions and without what is only recommended."""
        return self.room.run("apt-get", "-y", "-qq", "--no-install-recommends", *arguments)

    def version_installed(self) -> str:
        """Return what dpkg knows of the package: state and version."""
        asked = ("dpkg-query", "-W", "-f", "${Status} ${Version}", "pos-app")
        return self.room.run(*asked).out

    def works(self, version: str) -> str:
        """Return what the installed program says of itself, if it is that one and whole."""
        said = self.room.run("pos-app", "--version", user="clerk").check(0).out.strip()
        if said != f"pos-app {version}" or self.room.run("dpkg", "--verify", "pos-app").said:
            raise Broken(f"{said} is installed, not whole or not {version}")
        return said

    # ---------------------------------------------------------------------------------- the steps

    def take(self) -> int:
        """Take the whole journey and return how many steps that were."""
        steps = Steps(self.screen, self.out)
        steps.step("bare system", self._bare)
        steps.step("an older version is installed", self._install_old)
        steps.step("doctor and a first paint, before any set-up", self._first_look)
        with gateway(self.room) as kcp:
            shop = Shop(self.room, "clerk", Till(self.screen, kcp, self.out, WORDS))
            steps.step("a Secret Service, and a shop set up", lambda: self._set_up(shop))
            steps.step("sale, slip and refund by keys", lambda: self._trade(shop))
            steps.step("after a restart the secret is found", lambda: self._restart(shop))
            steps.step("upgrade and removal while it runs are refused", lambda: self._refused(shop))
            steps.step("no room for the upgrade", lambda: self._disk_full(shop))
            steps.step("upgrade", lambda: self._upgrade(shop))
            steps.step("killed in the middle of a charge", lambda: self._killed(shop))
            steps.step("an older version over newer data", lambda: self._downgrade(shop))
            steps.step("interrupted in the middle of an upgrade", self._interrupted)
            steps.step("a home with Hangul and a space, a second user", self._others)
            steps.step("no right to write the data folder", self._no_rights)
            steps.step("removed and purged", lambda: self._removed(shop))
            steps.step("installed again", lambda: self._again(shop))
        return steps.taken

    def _bare(self) -> str:
        self.room.run("apt-get", "update", "-qq").check(0)
        for name, home in (
            ("clerk", "/home/clerk"),
            ("boss", HANGUL_HOME),
            ("guest", "/home/guest"),
        ):
            self.room.add_user(name, home)
        if self.room.run("sh", "-c", "ls /usr/bin/python3* 2>&1").status == 0:
            raise Broken("there is a Python already")
        release = self.room.path("/etc/debian_version").read_text().strip()
        return f"Debian {release} without Python"

    def _install_old(self) -> str:
        before = self._packages()
        self._small_disk(600)
        began = time.monotonic()
        self.apt("install", self.old).check(0)
        took = time.monotonic() - began
        if self.room.run("sh", "-c", "ls /usr/bin/python3* 2>&1").status == 0:
            raise Broken("it brought a Python along")
        said = self.works("0.0.9")
        for place in ("man1/pos-app.1.gz", "ko/man1/pos-app.1.gz"):
            if not self.room.path(f"/usr/share/man/{place}").exists():
                raise Broken(f"no manual page {place}")
        tree = self.room.run("du", "-sm", TREE).out.split()[0]
        return f"{said}, {len(self._packages() - before)} new packages, {tree} MB, {took:.0f} s"

    def _packages(self) -> set[str]:
        asked = ("dpkg-query", "-W", "-f", "${Package}\\n")
        return set(self.room.run(*asked).out.split())

    def _small_disk(self, size_mib: int) -> None:
        """Put /opt on a disk of that size, or give the one it is on another size."""
        mounted = subprocess.run(["mountpoint", "-q", self.room.path("/opt")], check=False)
        size = f"size={size_mib}m"
        again = f"remount,{size}" if mounted.returncode == 0 else f"{size},mode=755"
        subprocess.run(
            ["mount", "-t", "tmpfs", "-o", again, "tmpfs", self.room.path("/opt")], check=True
        )

    def _first_look(self) -> str:
        doctor = self.room.run("pos-app", "doctor", user="clerk", **OFFSCREEN).check(0, 1)
        self.room.run("pos-app", user="clerk").check(2).saying("화면이 없어")
        ready = self.room.run(
            "pos-app", "--practice", "--exit-when-ready", user="clerk", **NO_KEYRING
        ).check(0)
        timings = json.loads(ready.out)
        process = self.room.start("pos-app", "practice-gateway", "--port", "0", user="clerk")
        assert process.stdout is not None
        if not json.loads(process.stdout.readline())["ready"]:
            raise Broken("the practice gateway is not ready")
        process.terminate()
        process.wait(30)
        return f"{doctor.out.splitlines()[0]} {timings}; the practice gateway answers"

    def _set_up(self, shop: Shop) -> str:
        self.apt("install", "dbus", "gnome-keyring").check(0)
        script = Path(__file__).resolve().parents[2] / "tests/helpers/with-secret-service.sh"
        shutil.copy(script, self.room.path("/srv/with-secret-service.sh"))
        told(shop.gateway, inquiry_by_order="both")
        file = shop.gateway.provision
        text = file.read_text(encoding="utf-8")
        quick = "inquiry_by_order = true\nsettle_time_s = 1\n"
        file.write_text(text.replace("inquiry_by_order = false\n", quick), encoding="utf-8")
        self.room.run("chmod", "-R", "a+rX", "/srv/merchant").check(0)
        said = shop.pos_app("provision", "/srv/merchant/provision.toml").check(0).out
        again = shop.pos_app("provision", "/srv/merchant/provision.toml").check(0).out
        doctor = shop.pos_app("doctor").check(0).out
        keyring = next(line for line in doctor.splitlines() if "비밀 정보함" in line)
        if "SecretService" not in keyring:
            raise Broken(keyring)
        files = next(line for line in doctor.splitlines() if "프로그램 파일" in line)
        if not files.startswith("[정상]"):
            raise Broken(files)
        return f"{said.splitlines()[0]} / {again.splitlines()[0]} / {keyring} / {files}"

    def _trade(self, shop: Shop) -> str:
        with shop.window():
            shop.till.picture("1-opened")
            shop.till.sell(55000, "2-sale")
            shop.till.save_slip(self.room.path(f"{shop.data}/slips"), "3-sale")
            (order_no,) = requests_of(shop.gateway, "charge")
            shop.till.refund(order_no, 20000, "4-refund")
        rows = shop.rows()
        assert_books_agree(rows, shop.gateway)
        (row,) = rows
        if (row["state"], row["amount"], row["refunded"]) != ("APPROVED", 55000, 20000):
            raise Broken(f"the books say {row}")
        (slip,) = shop.slips()
        subprocess.run(["pdftoppm", "-r", "110", "-png", slip, self.out / "3-slip"], check=True)
        read = subprocess.run(["pdftotext", slip, "-"], capture_output=True, text=True, check=True)
        missing = [
            words for words in (WORDS.product, WORDS.buyer, "55,000") if words not in read.stdout
        ]
        if missing or CARD in read.stdout.replace(" ", ""):
            raise Broken(f"the slip lacks {missing} or shows the card: {read.stdout}")
        verify = shop.pos_app("verify").check(0).out.strip()
        book = f"{shop.home}/장부.xlsx"
        export = shop.pos_app("export", "--format", "xlsx", "--out", book).check(0).out.strip()
        return f"{row['order_no']} 55,000 - 20,000; {slip.name}; {verify} {export}"

    def _restart(self, shop: Shop) -> str:
        said = self.room.run("pos-app", "verify", user="clerk").check(1, 2).said
        with shop.window():
            shop.till.screen.hit("F3")
            shop.till.picture("5-history-after-restart")
        return f"with it the window opens; without it: {said.splitlines()[0]}"

    def _refused(self, shop: Shop) -> str:
        with shop.window() as window:
            upgrade = self.apt("install", self.new).check(100)
            upgrade.saying("실행 중입니다", "it is running")
            remove = self.apt("remove", "pos-app").check(100).saying("실행 중입니다")
            if window.poll() is not None or not remove.said:
                raise Broken("the running program ended")
            self.works("0.0.9")
            shop.till.sell(30000, "6-sale-after-refused-upgrade")
        state = self.version_installed()
        if state != "install ok installed 0.0.9":
            raise Broken(state)
        line = next(line for line in upgrade.said.splitlines() if "it is running" in line)
        assert_books_agree(shop.rows(), shop.gateway)
        return f"{line} The window went on selling."

    def _disk_full(self, shop: Shop) -> str:
        used = int(self.room.run("du", "-sm", TREE).out.split()[0])
        self._small_disk(used + DISK_MIB_BESIDE)
        refused = self.apt("install", self.new).check(100)
        refused.saying("No space left on device")
        state = self.version_installed()
        self.works("0.0.9")
        shop.pos_app("verify").check(0)
        self._small_disk(2 * used + 200)
        return f"dpkg: No space left on device; {state}, whole, books whole"

    def _upgrade(self, shop: Shop) -> str:
        rows = shop.rows()
        self.apt("install", self.new).check(0)
        said = self.works(self.version)
        if shop.rows() != rows:
            raise Broken("the books changed by the upgrade")
        return f"{said}; {shop.pos_app('verify').check(0).out.strip()}"

    def _killed(self, shop: Shop) -> str:
        told(shop.gateway, {"on": "charge", "do": "hang", "done": True}, inquiry_by_order="both")
        with shop.window() as window:
            shop.till.type_sale(70000, OTHER_CARD)
            shop.till.charge()
            shop.till.picture("7-charging")
            if self.room.kill(PROGRAM) != 1:
                raise Broken("not one process was killed")
            window.wait(30)
        told(shop.gateway, inquiry_by_order="both")
        states = [row["state"] for row in shop.rows()]
        if "SENDING" not in states:
            raise Broken(f"nothing was on its way: {states}")
        said = shop.pos_app("recover").check(0).out.strip()
        assert_books_agree(shop.rows(), shop.gateway)
        shop.pos_app("verify").check(0)
        return f"{states}, then {said} Books equal those of the gateway."

    def _downgrade(self, shop: Shop) -> str:
        self.apt("install", "--allow-downgrades", self.old).check(0)
        self.works("0.0.9")
        said = []
        ledger = self.room.path(f"{shop.data}/ledger/ledger.db")
        with newer_schema(ledger):
            said += self._untouched(shop, ("verify",), ("recover",), ("--exit-when-ready",))
        settings = self.room.path(f"{shop.data}/settings.json")
        kept = settings.read_text(encoding="utf-8")
        later = {**json.loads(kept), "schema_version": 99}
        settings.write_text(json.dumps(later, ensure_ascii=False), encoding="utf-8")
        said += self._untouched(shop, ("verify",), ("--exit-when-ready",))
        settings.write_text(kept, encoding="utf-8")
        shop.pos_app("verify").check(0)
        self.apt("install", self.new).check(0)
        shop.pos_app("verify").check(0)
        return " / ".join(dict.fromkeys(said))

    def _untouched(self, shop: Shop, *commands: tuple[str, ...]) -> list[str]:
        """Run commands that must all be refused in words and leave the data as it is."""
        before = self.room.fingerprint(shop.data, ".db", ".json")
        said = []
        for command in commands:
            done = shop.pos_app(*command, **OFFSCREEN)
            said.append(done.check(1, 2).err.strip().splitlines()[0])
        if self.room.fingerprint(shop.data, ".db", ".json") != before:
            raise Broken("a refused program changed the data")
        return said

    def _interrupted(self) -> str:
        self.room.path(f"{TREE}/.changing").touch()
        korean = self.room.run("pos-app", "verify", user="clerk").check(1).err
        english = (
            self.room.run("pos-app", "verify", user="clerk", LC_ALL="en_US.UTF-8").check(1).err
        )
        self.apt("install", "--reinstall", self.new).check(0)
        self.works(self.version)
        return f"{korean.splitlines()[0]} / {english.splitlines()[0]}; reinstalled, it works"

    def _others(self) -> str:
        for user in ("boss", "guest"):
            self.room.run(
                "pos-app", "--practice", "--exit-when-ready", user=user, **NO_KEYRING
            ).check(0)
            self.room.run("pos-app", "verify", "--practice", user=user, **NO_KEYRING).check(0)
        book = f"{HANGUL_HOME}/내 장부.xlsx"
        export = ("export", "--practice", "--format", "xlsx", "--out", book)
        said = self.room.run("pos-app", *export, user="boss", **NO_KEYRING).check(0).out.strip()
        if not self.room.path(book).exists():
            raise Broken("no export in the folder with Hangul")
        peek = ("pos-app", "verify", "--data-dir", "/home/clerk/.local/share/pos-app")
        refused = self.room.run(*peek, user="guest").check(1, 2).err.strip().splitlines()[0]
        mode = self.room.path(f"{HANGUL_HOME}/.local/share/pos-app/practice").stat().st_mode & 0o777
        if mode != 0o700:
            raise Broken(f"others may look into the data folder: {mode:o}")
        return f"{said}; a guest at the clerk's books: {refused}"

    def _no_rights(self) -> str:
        self.room.run("install", "-d", "-m", "555", "/srv/locked").check(0)
        said = []
        for arguments in (
            ("--exit-when-ready",),
            ("--practice", "--exit-when-ready"),
            ("recover",),
        ):
            done = self.room.run(
                "pos-app", "--data-dir", "/srv/locked/data", *arguments, user="guest", **NO_KEYRING
            )
            said.append(f"{done.check(1, 2).err.strip().splitlines()[0]} (exit {done.status})")
        return " / ".join(dict.fromkeys(said))

    def _removed(self, shop: Shop) -> str:
        before = self.room.fingerprint(shop.data)
        self.apt("remove", "pos-app").check(0)
        left = self.room.run("sh", "-c", f"ls -A {TREE} /usr/bin/pos-app 2>/dev/null").out.strip()
        purge = self.apt("purge", "pos-app").check(0)
        gone = (
            TREE,
            "/usr/bin/pos-app",
            "/usr/share/doc/pos-app",
            "/usr/share/applications/pos-app.desktop",
        )
        left += "".join(place for place in gone if self.room.path(place).exists())
        if left or self.version_installed().startswith("install ok"):
            raise Broken(f"left behind: {left}")
        if self.room.fingerprint(shop.data) != before:
            raise Broken("removing the package touched the books")
        purge.saying("books and settings stay")
        return f"nothing left, {len(before)} files of the clerk's data untouched"

    def _again(self, shop: Shop) -> str:
        self.apt("install", self.new).check(0)
        rows = shop.rows()
        assert_books_agree(rows, shop.gateway)
        return f"{len(rows)} payments still there, equal to the gateway's"
