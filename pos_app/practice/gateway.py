"""The gateway without its sockets: book, journal, faces, fault plan, switches, one clock."""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import UTC, timedelta
from email.utils import format_datetime
from pathlib import Path

from pos_app.practice import answer, switches
from pos_app.practice.answer import Answer
from pos_app.practice.book import Book
from pos_app.practice.clock import wall_clock
from pos_app.practice.face import Face, Reply
from pos_app.practice.faults import FaultPlan, split_plan
from pos_app.practice.journal import Journal
from pos_app.practice.kcp.auth import Certificates, fingerprint_of_pem
from pos_app.practice.kcp.face import KcpFace
from pos_app.practice.keeping import Keeping
from pos_app.practice.options import PracticeOptions
from pos_app.practice.portone.desk import Desk
from pos_app.practice.portone.face import NAMED, PortOneFace
from pos_app.practice.portone.records import Records
from pos_app.practice.switches import Switches
from pos_app.practice.trouble import PracticeTrouble


class Gateway:
    """Everything requests work on; lives as long as its server."""

    def __init__(self, options: PracticeOptions) -> None:
        """Read options, plan, certificates and the book's file.

        Raises:
            PracticeTrouble: any of them cannot be used.
        """
        self.plan = FaultPlan(options.faults, options.seed, NAMED)
        self.noise = random.Random(options.seed)
        self.switches = switches.changed(Switches(), options.switches)
        self.clock = options.clock or wall_clock
        self._keeping = Keeping(options.book_path)
        self.book = Book(self._keeping)
        self.portone = Records(self._keeping)
        self.journal = Journal(self._keeping, self.clock)
        pinned = {site: _fingerprint(pem) for site, pem in options.certificates.items()}
        certificates = Certificates(pinned, self._keeping)
        for line in self._keeping.read():
            self.book.take(line)
            self.portone.take(line)
            self.journal.take(line)
            certificates.take(line)
        self._portone = PortOneFace(Desk(self.book, self.journal, self.portone, self.clock))
        kcp = KcpFace(self.book, self.journal, certificates, self.clock)
        self.faces: tuple[Face, ...] = (kcp, self._portone)
        self._tell_faces()

    def open(self) -> None:
        """Begin to write the book's file.

        Raises:
            PracticeTrouble: it cannot be written.
        """
        self._keeping.open()

    def close(self) -> None:
        """Close the book's file."""
        self._keeping.close()

    def date(self) -> str:
        """Return the Date header, off by the switch `date_skew_s`."""
        now = self.clock() + timedelta(seconds=self.switches.date_skew_s)
        return format_datetime(now.astimezone(UTC), usegmt=True)

    def answer(self, reply: Reply) -> Answer:
        """Turn a face's reply into an HTTP answer."""
        if reply.bare:
            page = answer.html_answer(reply.status, date=self.date())
            return page if reply.bare == "html" else page.with_body(b"")
        return answer.json_answer(reply.status, reply.fields, date=self.date())

    def book_json(self, last_rows: int | None = None) -> dict[str, object]:
        """Return what `GET /book` shows."""
        self._portone.catch_up()
        return {
            "gateway": "practice",
            "seed": self.plan.seed,
            "payments": [
                *(payment.as_json() for payment in self.book.payments()),
                *self.portone.charged(),
            ],
            "totals": {
                name: won + self.portone.totals()[name] for name, won in self.book.totals().items()
            },
            "portone": self.portone.as_json(),
            "counters": self.journal.counters(),
            "log": self.journal.log(last_rows),
        }

    def settings_json(self) -> dict[str, object]:
        """Return what `GET /control` shows."""
        return {
            "switches": switches.as_json(self.switches),
            "faults": self.plan.as_json(),
            "seed": self.plan.seed,
        }

    def change(self, wanted: Mapping[str, object]) -> float | None:
        """Change switches, fault plan and seed, all or none; return `refuse_for_s` if asked for.

        Raises:
            PracticeTrouble: something in it does not fit; nothing has changed.
        """
        unknown = set(wanted) - {"switches", "faults", "seed", "refuse_for_s"}
        if unknown:
            raise PracticeTrouble(f"nothing to change is called {min(unknown)!r}")
        changes = wanted.get("switches", {})
        if not isinstance(changes, dict):
            raise PracticeTrouble("switches are an object")
        new = switches.changed(self.switches, changes)
        plan = self._new_plan(wanted)
        refuse_for_s = wanted.get("refuse_for_s")
        if refuse_for_s is not None and (
            isinstance(refuse_for_s, bool)
            or not isinstance(refuse_for_s, int | float)
            or not 0 <= refuse_for_s <= 3600
        ):
            raise PracticeTrouble("refuse_for_s is a number of seconds from 0 to 3600")
        if plan is not None:
            self.plan = plan
            self.noise = random.Random(plan.seed)
        self.switches = new
        self._tell_faces()
        return None if refuse_for_s is None else float(refuse_for_s)

    def admin_cancel(self, tno: object, amount: object = None) -> dict[str, object]:
        """Cancel in the vendor's admin pages, so to say; return the payment.

        Raises:
            LookupError: there is no such payment.
            PracticeTrouble: the amount is not between one won and the balance.
        """
        payment = self.book.get(tno) if isinstance(tno, str) else None
        theirs = self.portone.payments.get(tno) if isinstance(tno, str) else None
        if payment is None and theirs is None:
            raise LookupError("no such payment")
        if amount is not None and (isinstance(amount, bool) or not isinstance(amount, int)):
            raise PracticeTrouble("the amount is a whole number of won")
        if theirs is not None:
            return self._portone.admin_cancel(theirs, amount)
        assert payment is not None  # one of the two was found
        wanted = payment.balance if amount is None else amount
        self.book.cancel(payment, wanted, by="admin", now=self.clock())
        return payment.as_json()

    def portone_control(self, wanted: Mapping[str, object]) -> dict[str, object]:
        """Do what `POST /control/portone` asks; see `PortOneFace.control`."""
        return self._portone.control(wanted)

    def _tell_faces(self) -> None:
        for face in self.faces:
            face.switches = self.switches

    def _new_plan(self, wanted: Mapping[str, object]) -> FaultPlan | None:
        if "faults" not in wanted and "seed" not in wanted:
            return None
        rules, seed = split_plan(wanted.get("faults", self.plan.given()))
        chosen = wanted.get("seed", self.plan.seed if seed is None else seed)
        if isinstance(chosen, bool) or not isinstance(chosen, int):
            raise PracticeTrouble("the seed is a whole number")
        return FaultPlan(rules, chosen, NAMED)


def _fingerprint(pem: Path | str) -> str:
    try:
        text = pem.read_text(encoding="ascii") if isinstance(pem, Path) else pem
        return fingerprint_of_pem(text)
    except (OSError, ValueError) as error:
        raise PracticeTrouble(f"not a certificate: {error}") from error
