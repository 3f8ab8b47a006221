"""The commands: the window, and everything that works without one.

Exit statuses: 0 done; 1 trouble outside the program, or a fault of ours; 2 something typed or
chosen cannot be done; 3 `recover` leaves something for a person. Whatever is refused is said in one
sentence with advice on standard error, never as a traceback.

What only one command needs, and the log, are imported where they are used: the window's first
paint waits for all that stands at the top.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import io
import itertools
import logging
import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, TextIO, TypeVar

from pos_app import __version__
from pos_app.bootstrap.terminal import Terminal, make_terminal
from pos_app.config.environment import clear_hostile
from pos_app.config.glance import glance
from pos_app.config.hardening import keep_memory_private
from pos_app.domain.errors import Bug, PosError, ShopTrouble, UserMistake
from pos_app.ui.text import LANGUAGES, error_text, text, use_language

if TYPE_CHECKING:
    import datetime as dt

    from pos_app.bootstrap.set_up import SetUpDesk
    from pos_app.ledger.store import SqlLedger

PASSPHRASE_VARIABLE = "POS_APP_VAULT_PASSPHRASE"  # noqa: S105 - the name of a variable
DONE, TROUBLE, MISTAKE, PERSON_NEEDED, INTERRUPTED = 0, 1, 2, 3, 130

RECOVER_WAIT_S = 90.0
"""How long `recover` waits for look-ups: the first six come within a minute (settle.py)."""

DRAIN_S = 65.0
"""How long a request on its way is waited for at the end (money-safety.md section 8)."""

_ABOUT_PASSPHRASES = frozenset(
    {"vault.keyring_missing", "vault.keyring_not_trusted", "vault.passphrase_needed"}
)
_T = TypeVar("_T")


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status."""
    started_s = time.monotonic()
    unprotected = keep_memory_private()
    _say_anything()
    cleared = clear_hostile(os.environ)
    passphrase = os.environ.pop(PASSPHRASE_VARIABLE, None) or None
    arguments = list(sys.argv[1:] if argv is None else argv)
    use_language("en" if _asks_for_english(arguments) else "ko")
    namespace = _parser(arguments).parse_args(arguments)
    command = Command(namespace, passphrase, started_s)
    if cleared:
        command.note(logging.INFO, "environment.cleared", cleared)
    if unprotected:
        command.note(logging.WARNING, "memory.unprotected", unprotected)
    try:
        command.prepare()
        return command.run()
    except PosError as error:
        return command.refuse(error)
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read the output has gone; nothing may be written to it at exit either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return TROUBLE
    except Exception as error:  # noqa: BLE001 - the one place that must let nothing through
        return command.own_up(error)
    finally:
        command.end_log()


def _say_anything() -> None:
    """Let no letter stop a sentence: a redirected output of Windows may know no Hangul."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _complain(*sentences: str) -> None:
    """Say what is wrong on standard error, or in a window where the program has none."""
    stream: TextIO | None = sys.stderr
    if stream is not None:
        print(*sentences, sep="\n", file=stream)
        return
    from pos_app.config.message_box import show_message

    show_message("\n".join(sentences))


def _asks_for_english(arguments: Sequence[str]) -> bool:
    """Tell whether `--lang en` is among the arguments, before a parser with words is made."""
    pairs = itertools.pairwise(arguments)
    return "--lang=en" in arguments or ("--lang", "en") in pairs


class _Parser(argparse.ArgumentParser):
    """Says what is wrong with the arguments in the chosen language."""

    def error(self, message: str) -> NoReturn:
        """Print usage and the complaint, and leave with the status of a mistake."""
        _complain(self.format_usage().rstrip(), text("cli.bad_arguments", problem=message))
        self.exit(MISTAKE)


def _are_of_window(arguments: Sequence[str]) -> bool:
    """Tell whether there are options of the window only, spelled out: then no verb is looked for.

    Making the verbs' parsers is a good part of what the window's first paint would wait for.
    """
    rest = iter(arguments)
    for argument in rest:
        name, _, value = argument.partition("=")
        if name in {"--data-dir", "--lang"}:
            if not value and next(rest, "").startswith("-"):
                return False
        elif argument not in {"--practice", "--exit-when-ready"}:
            return False
    return True


def _parser(arguments: Sequence[str]) -> argparse.ArgumentParser:
    common = _Parser(add_help=False, argument_default=argparse.SUPPRESS)
    common.add_argument("--data-dir", type=Path, metavar="DIR", help=text("cli.help.data_dir"))
    common.add_argument("--lang", choices=LANGUAGES, help=text("cli.help.lang"))
    practice = _Parser(add_help=False, argument_default=argparse.SUPPRESS)
    practice.add_argument("--practice", action="store_true", help=text("cli.help.practice"))
    parser = _Parser(prog="pos-app", description=text("cli.about"), parents=[common, practice])
    parser.add_argument("--version", action="version", version=f"pos-app {__version__}")
    parser.add_argument("--exit-when-ready", action="store_true", help=text("cli.help.exit"))
    parser.set_defaults(command=Command.window)
    if _are_of_window(arguments):
        return parser
    verbs = parser.add_subparsers(metavar="COMMAND", parser_class=_Parser)
    shared = [common, practice]

    verb = verbs.add_parser("provision", parents=[common], help=text("cli.help.provision"))
    verb.add_argument("file", type=Path, metavar="FILE.toml")
    verb.set_defaults(command=Command.provision)

    verb = verbs.add_parser("recover", parents=shared, help=text("cli.help.recover"))
    wait = text("cli.help.wait", seconds=int(RECOVER_WAIT_S))
    verb.add_argument("--wait", type=float, default=RECOVER_WAIT_S, metavar="S", help=wait)
    verb.add_argument("--sweep", action="store_true", help=text("cli.help.sweep"))
    verb.add_argument("--day", action="append", metavar="D", help=text("cli.help.day"))
    verb.add_argument("--list", type=Path, metavar="FILE.csv", help=text("cli.help.list"))
    verb.add_argument("--seen", action="append", metavar="REF", help=text("cli.help.seen"))
    verb.add_argument("--note", default="", metavar="TEXT", help=text("cli.help.note"))
    verb.set_defaults(command=Command.recover)

    verb = verbs.add_parser("export", parents=shared, help=text("cli.help.export"))
    verb.add_argument("--format", required=True, choices=("jsonl", "csv", "xlsx"))
    verb.add_argument("--from", dest="since", metavar="D", help=text("cli.help.from"))
    verb.add_argument("--to", dest="until", metavar="D", help=text("cli.help.to"))
    verb.add_argument("--out", type=Path, metavar="FILE", help=text("cli.help.out"))
    verb.set_defaults(command=Command.export)

    verb = verbs.add_parser("doctor", parents=shared, help=text("cli.help.doctor"))
    verb.add_argument("--json", action="store_true", help=text("cli.help.json"))
    verb.set_defaults(command=Command.doctor)

    verb = verbs.add_parser("verify", parents=shared, help=text("cli.help.verify"))
    verb.set_defaults(command=Command.verify)

    verb = verbs.add_parser("practice-gateway", parents=[common], help=text("cli.help.gateway"))
    verb.set_defaults(command=Command.practice_gateway)
    if "practice-gateway" in arguments:
        # A program of its own names its own options; loading it would delay the window's paint.
        from pos_app.practice.command import add_arguments

        add_arguments(verb)
    return parser


class Command:
    """One run of the program without, or up to, its window."""

    def __init__(
        self, namespace: argparse.Namespace, passphrase: str | None, started_s: float
    ) -> None:
        """Find out which terminal is meant; nothing is opened."""
        self._arguments = namespace
        self._started_s = started_s
        practice = bool(getattr(namespace, "practice", False))
        self._terminal: Terminal = make_terminal(
            getattr(namespace, "data_dir", None), practice=practice, passphrase=passphrase
        )
        self._verb: Callable[[Command], int] = namespace.command
        self._look = glance(self._terminal.places.root)
        self._notes: list[tuple[int, str, str]] = []
        self._logs = False

    @property
    def _desk(self) -> SetUpDesk:
        return self._terminal.set_up

    def note(self, level: int, event: str, names: Sequence[str]) -> None:
        """Keep something for the log that happened before there is one."""
        self._notes.append((level, event, ",".join(names)))

    def prepare(self) -> None:
        """Choose the language and begin to log, where there is a folder to log into.

        The window begins to log when it is painted.
        """
        # What is wrong with the folder is said where it is opened, with advice; until there is a
        # log nothing may reach standard error unredacted.
        logging.root.addHandler(logging.NullHandler())
        if self._verb is Command.practice_gateway:
            return
        chosen: str | None = getattr(self._arguments, "lang", None)
        use_language("en" if (chosen or self._look.language) == "en" else "ko")
        if self._verb is not Command.window:
            self.begin_log()

    def begin_log(self) -> None:
        """Begin to log, with what was kept for it first; a second time does nothing."""
        if self._logs or self._verb is Command.practice_gateway:
            return
        from pos_app.logs import log, log_event, set_up_logging

        places = self._terminal.places
        with contextlib.suppress(OSError):
            if self._verb in {Command.window, Command.provision, Command.recover}:
                places.root.mkdir(mode=0o700, parents=True, exist_ok=True)
            if places.root.is_dir():
                set_up_logging(places.logs, debug=False)
                self._logs = True
        if self._logs:
            for level, event, names in self._notes:
                log_event(log.ui, level, event, setting=names)

    def end_log(self) -> None:
        """Close the log, if there is one."""
        if self._logs:
            from pos_app.logs import shut_down_logging

            shut_down_logging()

    def run(self) -> int:
        """Do what was asked for and return the exit status."""
        return self._verb(self)

    # -------------------------------------------------------------------------------- the commands

    def window(self) -> int:
        """Open the window and stay until it is closed."""
        _check_display(os.environ)
        # The window's collector takes over (ui/collector.py); until then nothing lets go of a
        # cycle, and walking all that is being imported again and again takes a tenth of the start.
        gc.disable()
        try:
            from pos_app.ui.plain_imports import keep_imports_plain

            keep_imports_plain()
            from pos_app.ui.start import run_window
        except ImportError as error:
            if "PySide6" in str(error) or ".so" in str(error):
                raise ShopTrouble("window.qt_missing", reason=str(error)) from error
            raise
        return run_window(
            self._terminal,
            scheme=self._look.theme,
            text_percent=self._look.text_percent,
            exit_when_ready=self._arguments.exit_when_ready,
            started_s=self._started_s,
            on_painted=self.begin_log,
        )

    def provision(self) -> int:
        """Set the terminal up from a file; running it again changes nothing."""
        from pos_app.config.provision import read_provision

        plan = read_provision(
            self._arguments.file, self._desk.settings(), environment=os.environ, ask=_ask_secret
        )
        changed = self._with_vault(lambda: self._desk.provision(plan))
        print(text("cli.provision.done" if changed else "cli.provision.same"))
        print(text("cli.provision.folder", folder=self._desk.places.root))
        if plan.plain_secrets:
            print(text("cli.provision.plain"))
        return DONE

    def recover(self) -> int:
        """Settle what is open by the same loop as the window; list what needs a person."""
        import asyncio

        from pos_app.bootstrap.recovering import Wish, lines_of, read_list, recover
        from pos_app.config.paths import prepare

        prepare(self._desk.places)
        self._unlock()
        wish = Wish(
            self._arguments.wait,
            sweep=self._arguments.sweep or bool(self._arguments.day),
            days=tuple(day for typed in self._arguments.day or () if (day := _day(typed))),
            lines=read_list(self._arguments.list),
            seen=tuple(self._arguments.seen or ()),
            note=self._arguments.note,
        )
        outcome = asyncio.run(recover(self._terminal, wish, DRAIN_S))
        print(*lines_of(outcome), sep="\n")
        if outcome.needs_person:
            return PERSON_NEEDED
        return DONE if outcome.is_clear else TROUBLE

    def export(self) -> int:
        """Write the books, one object a payment."""
        import asyncio

        from pos_app.ledger.exports import write_export, write_export_to

        form, out = self._arguments.format, self._arguments.out
        since, until = (_day(getattr(self._arguments, name)) for name in ("since", "until"))
        if since is not None and until is not None and since > until:
            raise UserMistake("export.days_swapped")
        if form == "xlsx" and out is None:
            raise UserMistake("export.needs_out")

        def write(ledger: SqlLedger) -> int:
            # Changed books must not go to the accountant as if they were whole (security.md 4).
            report = asyncio.run(ledger.verify())
            if not report.ok:
                raise ShopTrouble("ledger.chain_broken", seq=report.first_bad_seq or 0)
            rows = ledger.export_rows(since, until)
            if out is not None:
                return write_export(rows, form, out)
            return write_export_to(rows, form, sys.stdout.buffer)

        count = self._read_books(write)
        sys.stdout.flush()
        if out is not None:
            print(text("cli.export.done", count=count, file=out))
        return DONE

    def verify(self) -> int:
        """Check the books: the file, and that no fact was changed, lost or slipped in."""
        import asyncio

        report = self._read_books(lambda ledger: asyncio.run(ledger.verify()))
        if report.ok:
            print(text("cli.verify.whole", entries=report.entries))
            return DONE
        where = report.first_bad_seq or 0
        _complain(text("cli.verify.broken", why=report.why, seq=where))
        return TROUBLE

    def doctor(self) -> int:
        """Ask every part how it is."""
        import asyncio
        import json

        from pos_app.bootstrap.check_up import CheckUp, finding_words
        from pos_app.services.doctor import Level, worst

        with contextlib.suppress(PosError):  # the check-up says it with the rest
            self._unlock()
        findings = asyncio.run(CheckUp(self._desk).run())
        for finding in findings:
            words = finding_words(finding)
            if self._arguments.json:
                line = {
                    "check": finding.subject,
                    "status": finding.level.value,
                    "code": finding.code,
                    "params": {name: str(value) for name, value in finding.params.items()},
                    "words": words,
                }
                print(json.dumps(line, ensure_ascii=False))
            else:
                mark = text(f"cli.doctor.{finding.level.value}")
                print(f"{mark} {text(f'doctor.{finding.subject}')}: {words}")
        return TROUBLE if worst(findings) is Level.FAILED else DONE

    def practice_gateway(self) -> int:
        """Run the practice gateway alone."""
        from pos_app.practice.command import run

        return run(self._arguments)

    # ------------------------------------------------------------------------------------- helpers

    def _read_books(self, read: Callable[[SqlLedger], _T]) -> _T:
        """Open the books for reading, hand them to `read`, close them."""
        settings = self._desk.load().settings
        with (
            self._with_vault(self._desk.open_vault) as vault,
            self._desk.open_ledger_to_read(settings, vault) as ledger,
        ):
            return read(ledger)

    def _unlock(self) -> None:
        """Ask for the vault's passphrase if it is needed, not known, and a person is there."""
        if self._desk.lacks_passphrase() and sys.stdin.isatty():
            self._with_vault(lambda: self._desk.open_vault().close())

    def _with_vault(self, work: Callable[[], _T]) -> _T:
        """Do `work`; if a passphrase is missing and a person is there, ask for it and try again."""
        try:
            return work()
        except PosError as error:
            if error.code not in _ABOUT_PASSPHRASES or not sys.stdin.isatty():
                raise
            new = error.code != "vault.passphrase_needed"
        import getpass

        passphrase = getpass.getpass(f"{text('cli.ask.new' if new else 'cli.ask.passphrase')}: ")
        if new and getpass.getpass(f"{text('cli.ask.again')}: ") != passphrase:
            raise UserMistake("vault.passphrases_differ")
        self._desk.use_passphrase(passphrase)
        return work()

    def refuse(self, error: PosError) -> int:
        """Say why something was not done; return the exit status that fits."""
        if isinstance(error, Bug):
            return self.own_up(error)
        title, advice = error_text(error)
        place = ""
        if "line" in error.params and "key" in error.params:
            place = "{file}:{line} {section} {key}".format_map(error.params).rstrip() + ": "
        said = [f"{place}{title}", advice]
        if error.code in _ABOUT_PASSPHRASES:
            said.append(text("cli.set_passphrase", variable=PASSPHRASE_VARIABLE))
        _complain(*said)
        self.begin_log()
        from pos_app.logs import log, log_event

        log_event(log.ui, logging.INFO, "command.refused", code=error.code)
        return MISTAKE if isinstance(error, UserMistake) else TROUBLE

    def own_up(self, error: Exception) -> int:
        """Log a fault of ours, without any variable's content, and say that it is ours."""
        self.begin_log()
        from pos_app.logs import log, log_event

        log_event(log.ui, logging.ERROR, "command.failed", failure=error)
        name = error.code if isinstance(error, Bug) else type(error).__name__
        folder = self._desk.places.logs
        _complain(text("cli.our_fault", name=name, folder=folder))
        return TROUBLE


def _check_display(environ: Mapping[str, str]) -> None:
    """Return if a window can be shown; Qt itself would end the process with a core dump."""
    if sys.platform != "linux":
        return
    if not any(environ.get(n) for n in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")):
        raise UserMistake("window.no_display")


def _ask_secret(section: str, key: str) -> str | None:
    """Ask for a secret of a set-up file; None where nobody sits at a keyboard."""
    if not sys.stdin.isatty():
        return None
    import getpass

    return getpass.getpass(f"{text('cli.ask.secret', section=section, key=key)}: ")


def _day(typed: str | None) -> dt.date | None:
    """Read a day typed as 2026-11-21."""
    if typed is None:
        return None
    import datetime as dt

    try:
        return dt.date.fromisoformat(typed)
    except ValueError as error:
        raise UserMistake("export.not_a_day", typed=typed[:20]) from error
