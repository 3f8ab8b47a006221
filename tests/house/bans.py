"""The list of bans. To add one: say what goes wrong, match it, give a line that breaks it."""

from __future__ import annotations

import ast

from tests.house.banned import (
    EVERYWHERE,
    Rule,
    calling,
    either,
    importing,
    inside_while,
    logging_by_hand,
    loose_task,
    mentioning,
    sql_from_pieces,
    true_division,
    waiting_for_time,
    with_keyword,
    without_arguments,
)
from tests.house.tree import dotted

QT = ("pos_app/ui/*", "pos_app/printing/*", "pos_app/bootstrap*")
#: Modules whose fields take card data: by their names.
CARD_FIELDS = (
    "pos_app/ui/*card*",
    "pos_app/ui/*digit*",
    "pos_app/ui/*secret*",
    "pos_app/ui/*expiry*",
    "pos_app/ui/*password*",
)


def _raw_label(node: ast.AST) -> bool:
    """Match a QLabel made or inherited from."""
    if isinstance(node, ast.Call):
        return dotted(node.func).split(".")[-1] == "QLabel"
    return isinstance(node, ast.ClassDef) and any(
        dotted(base).split(".")[-1] == "QLabel" for base in node.bases
    )


def _patching_ours(node: ast.AST) -> bool:
    """Match `monkeypatch.setattr("pos_app...", ...)`: our code has ports to pass fakes through."""
    if not isinstance(node, ast.Call) or not dotted(node.func).endswith("monkeypatch.setattr"):
        return False
    first = node.args[0] if node.args else None
    if isinstance(first, ast.Constant):
        return str(first.value).startswith("pos_app")
    return first is not None and dotted(first).startswith("pos_app")


def _suppressing_all(node: ast.AST) -> bool:
    """Match `suppress(Exception)` and `suppress(BaseException)`."""
    return (
        isinstance(node, ast.Call)
        and dotted(node.func).split(".")[-1] == "suppress"
        and any(dotted(argument) in {"Exception", "BaseException"} for argument in node.args)
    )


QT_BANS = (
    Rule(
        "exec",
        "a dialog run by exec() stops every other task of the loop; open() it and await finished",
        calling(".exec", ".exec_"),
        "dialog.exec()",
        where=QT,
    ),
    Rule(
        "processEvents",
        "it lets events in where nobody expects them, a second Enter among them",
        mentioning("processEvents"),
        "app.processEvents()",
    ),
    Rule(
        "async slots",
        "their tasks outlive the widget; a screen's tasks belong to its TaskScope",
        mentioning("asyncSlot", "asyncClose"),
        "from qasync import asyncSlot",
    ),
    Rule(
        "threads of Qt",
        "one thread runs Qt and asyncio, one more the ledger; a third makes races",
        mentioning("QThread", "QThreadPool", "QRunnable", "QtConcurrent"),
        "class Worker(QThread): ...",
    ),
    Rule(
        "labels by hand",
        "a QLabel reads HTML and loads pictures; make labels by pos_app/ui/widgets/labels.py",
        _raw_label,
        "QLabel('x')",
        allowed=("pos_app/ui/widgets/labels.py",),
    ),
    Rule(
        "message boxes",
        "they read HTML, block, and forget the state of the sale; use our dialogs",
        mentioning("QMessageBox", "QErrorMessage", "QInputDialog"),
        "QMessageBox.warning(None, 'a', 'b')",
    ),
    Rule(
        "rich text",
        "a gateway's words shown as HTML load files and reach over the network",
        mentioning("RichText", "AutoText", "MarkdownText", "setHtml", "insertHtml", "QTextBrowser"),
        "label.setTextFormat(Qt.TextFormat.RichText)",
        allowed=("pos_app/ui/screens/manual/*", "pos_app/ui/manual*"),
    ),
    Rule(
        "line edits for card data",
        "QLineEdit keeps what was typed in its undo history and in copies nobody can wipe",
        mentioning("QLineEdit", "QTextEdit", "QPlainTextEdit"),
        "class CardField(QLineEdit): ...",
        where=CARD_FIELDS,
        example_in="pos_app/ui/widgets/card_field.py",
    ),
)

TASK_BANS = (
    Rule(
        "loose tasks",
        "a task nobody owns is lost at shutdown; use TaskScope, MoneyJobs or a TaskGroup",
        loose_task,
        "asyncio.create_task(f())",
        allowed=(
            "pos_app/ui/scope.py",
            "pos_app/services/money_jobs.py",
            "pos_app/gateways/portone/tokens.py",  # one task, shared, ended with the gateway
            "pos_app/gateways/transport.py",  # one task, ended in the call that made it
            "pos_app/practice/server.py",  # its own set, ended with the server
        ),
    ),
    Rule(
        "sleeping",
        "it stops the one loop, and in a test it hides an order nobody made sure of",
        either(calling("time.sleep"), importing("sched")),
        "time.sleep(1)",
        where=EVERYWHERE,
    ),
    Rule(
        "waiting for time in tests",
        "a slow machine fails it, a fast one wastes it; wait for the event itself",
        either(waiting_for_time, calling("qtbot.wait", "QTest.qWait")),
        "await_ = asyncio.sleep(0.1)",
        where=("tests/*",),
        allowed=(
            "tests/sim/*",  # the loop's time is virtual there: waiting costs nothing
            "tests/crash/terminal.py",  # a clock of its own, on which time passes faster
            "tests/faults/test_rows_080_086.py",  # clicks some milliseconds apart are its subject
        ),
        example_in="tests/x.py",
        excused=inside_while,
    ),
    Rule(
        "patching",
        "a test that patches our code tests the patch; ports take fakes",
        either(importing("unittest.mock", "mock", "pytest_mock"), _patching_ours),
        "monkeypatch.setattr('pos_app.services.x', 1)",
        where=EVERYWHERE,
        example_in="tests/x.py",
    ),
)

TIME_AND_MONEY_BANS = (
    Rule(
        "naive times",
        "a time without a zone is nine hours wrong on somebody's machine; datetime.now(UTC)",
        either(
            without_arguments("datetime.now"),
            calling("datetime.utcnow", "datetime.utcfromtimestamp", "datetime.today", "date.today"),
        ),
        "x = datetime.now()",
        where=EVERYWHERE,
    ),
    Rule(
        "wall clock as a number",
        "it jumps when the clock is set; deadlines are monotonic, times are aware datetimes",
        calling("time.time", "time.time_ns", "time.localtime", "time.gmtime", "time.mktime"),
        "time.time()",
    ),
    Rule(
        "floats in the domain",
        "money is whole won; a float loses one somewhere",
        calling("float"),
        "x = float(amount)",
        where=("pos_app/domain/*",),
        example_in="pos_app/domain/x.py",
    ),
    Rule(
        "division in the domain",
        "`/` makes a float of two whole numbers; // says which way it rounds",
        true_division,
        "x = amount / 11",
        where=("pos_app/domain/*",),
        example_in="pos_app/domain/x.py",
    ),
)

OUTSIDE_BANS = (
    Rule(
        "code from data",
        "whoever writes the data runs the program",
        either(
            calling("eval", "exec", "pickle.load", "pickle.loads", "pickle.Unpickler"),
            importing("marshal", "shelve", "dill", "cloudpickle"),
        ),
        "pickle.loads(data)",
        where=EVERYWHERE,
    ),
    Rule(
        "default TLS context",
        "it writes TLS keys to SSLKEYLOGFILE; use SSLContext(PROTOCOL_TLS_CLIENT)",
        calling(
            "create_default_context",
            "ssl.create_default_context",
            "ssl._create_unverified_context",
            "ssl._create_default_https_context",
            "httpx.create_ssl_context",
        ),
        "ssl.create_default_context()",
    ),
    Rule(
        "unverified TLS",
        "somebody in between reads the card number",
        either(with_keyword("verify", value=False), mentioning("CERT_NONE")),
        "httpx.AsyncClient(verify=False)",
    ),
    Rule(
        "HTTP shortcuts",
        "they honour proxies and key logs and have no total deadline; use gateways/transport",
        either(
            importing("urllib.request", "http.client", "requests", "urllib3", "aiohttp"),
            calling(
                "httpx.get",
                "httpx.post",
                "httpx.put",
                "httpx.patch",
                "httpx.delete",
                "httpx.request",
                "httpx.stream",
            ),
        ),
        "httpx.post('https://x')",
    ),
    Rule(
        "HTTP clients elsewhere",
        "limits, roots of trust and the trace are set in one place only",
        calling("httpx.AsyncClient", "httpx.Client", "AsyncClient"),
        "client = httpx.AsyncClient()",
        allowed=("pos_app/gateways/transport*",),
    ),
    Rule(
        "SQL from pieces",
        "a name with a quote in it becomes a command; pass values as parameters",
        sql_from_pieces,
        "connection.execute(text(f'select {a}'))",
        where=("pos_app/ledger/*",),
        example_in="pos_app/ledger/x.py",
    ),
    Rule(
        "shells",
        "a file name with a semicolon becomes a command; pass a list of arguments",
        either(with_keyword("shell", value=True), calling("os.system", "os.popen")),
        "subprocess.run('x', shell=True)",
        where=EVERYWHERE,
    ),
    Rule(
        "loggers by hand",
        "only pos_app.logs.log knows which fields are harmless",
        logging_by_hand,
        "logger = logging.getLogger(__name__)",
        allowed=("pos_app/logs/*",),
    ),
    Rule(
        "tracebacks with variables",
        "they print card digits that stand in a local variable",
        either(
            importing("cgitb", "rich", "sentry_sdk"), with_keyword("capture_locals", value=True)
        ),
        "import cgitb",
    ),
    Rule(
        "printing",
        "a window has no standard output; only the commands and the practice program speak there",
        calling("print"),
        "print('x')",
        allowed=("pos_app/cli*", "pos_app/practice/__main__.py", "pos_app/practice/command.py"),
    ),
    Rule(
        "swallowing everything",
        "an error nobody hears of becomes a wrong number in the books",
        _suppressing_all,
        "with contextlib.suppress(Exception): pass",
    ),
)


BANS = (*QT_BANS, *TASK_BANS, *TIME_AND_MONEY_BANS, *OUTSIDE_BANS)
