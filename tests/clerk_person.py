"""The scripted clerk's way through the guided job (F9): five steps, by keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt

from pos_app.domain.order import PaymentId
from pos_app.ui.screens.person.model import Job, Seen, Stage
from pos_app.ui.screens.person.view import PersonScreen
from tests.clerk_keys import CONTROL, ENTER
from tests.clerk_lines import Answer, Line
from tests.clerk_watch import Refused, words_of_dialog, words_of_outcome

if TYPE_CHECKING:
    from tests.clerk_work import Clerk

#: More turns than a job can need; a screen that goes in circles ends here.
_TURNS_MAX = 20


async def resolve(clerk: Clerk, line: Line) -> Answer:
    """Walk the job of a payment to its end.

    Raises:
        Refused: the screen says what is wrong; the job stays where it is.
    """
    order_no = clerk.order_no(line)
    screen = await _open(clerk, order_no, line)
    done: set[Stage] = set()
    for _turn in range(_TURNS_MAX):
        job = await _at_rest(clerk, screen, line)
        if job.stage is Stage.ENDED:
            break
        if job.stage in done:
            raise Refused(_complaint(screen))
        done.add(job.stage)
        _act(clerk, screen, job, line)
        if job.stage is Stage.CHECKING:
            await clerk.watch.until(lambda: _moved_on(screen, Stage.CHECKING), line.timeout_s)
            done -= {Stage.REFERENCE, Stage.SEE}
            if _job(screen).mistake:
                raise Refused(_complaint(screen))
    record = _job(screen).record
    refund = record.live_refund or (record.refunds[-1] if record.refunds else None)
    state = record.state.value if refund is None else refund.state.value
    return clerk.answer("resolve", record, state, words_of_outcome(screen.ended))


async def _open(clerk: Clerk, order_no: str, line: Line) -> PersonScreen:
    """Choose the payment from the list of open ones."""
    await clerk.go_home(line)
    clerk.keys.hit(Qt.Key.Key_F9)
    screen = clerk.shell.screen_of("person")
    assert isinstance(screen, PersonScreen)
    await clerk.watch.quiet(line.timeout_s)
    table = screen.list.table
    for _row in table.model_rows():
        chosen = screen._open.get(PaymentId(table.current_id()))
        if chosen is not None and chosen.order_no == order_no:
            clerk.keys.hit(ENTER)
            await clerk.watch.quiet(line.timeout_s)
            return screen
        clerk.keys.hit(Qt.Key.Key_Down)
    raise Refused(f"{order_no} is not among the open payments")


async def _at_rest(clerk: Clerk, screen: PersonScreen, line: Line) -> Job:
    """Return the job when nothing of this screen is on its way any more."""
    await clerk.watch.quiet(line.timeout_s)
    dialog = clerk.keys.dialog()
    if dialog is not None:
        words = words_of_dialog(dialog)
        await clerk.close_dialogs(line)
        raise Refused(words)
    return _job(screen)


def _act(clerk: Clerk, screen: PersonScreen, job: Job, line: Line) -> None:
    """Hit the keys of one step."""
    keys, view = clerk.keys, screen.job_view
    match job.stage:
        case Stage.SITE | Stage.SEARCH:
            keys.hit(ENTER)
        case Stage.SEE:
            seen = Seen(line.get("see"))
            if seen not in job.choices:
                raise Refused(f"{seen.value} is not to be chosen here")
            keys.type(str(job.choices.index(seen) + 1))
        case Stage.REFERENCE:
            keys.hit(Qt.Key.Key_A, CONTROL)
            clerk.type_field(view.reference.field, line.get("gateway_ref"))
        case Stage.BY_HAND:
            clerk.type_field(view.by_hand.approval_no, line.get("approval_no"))
            clerk.type_field(view.by_hand.evidence, line.get("evidence"))
        case Stage.EVIDENCE:
            keys.hit(Qt.Key.Key_A, CONTROL)
            clerk.type_field(view.evidence.field, line.get("evidence"))
        case Stage.SECOND:
            keys.type_all(line.get("second"))
            keys.hit(ENTER)
        case _:
            return


def _job(screen: PersonScreen) -> Job:
    job = screen.job()
    if job is None:
        raise Refused("the job was left")
    return job


def _moved_on(screen: PersonScreen, stage: Stage) -> bool:
    return _job(screen).stage is not stage


def _complaint(screen: PersonScreen) -> str:
    """Return what the page in front says is wrong."""
    page = screen.job_view.page()
    fields = [getattr(page, name, None) for name in ("field", "approval_no", "evidence")]
    fields += [getattr(page, name, None) for name in ("pin", "name")]
    said = [field.error() for field in fields if field is not None and field.error()]
    return " ".join(said) or page.note() or page.title()
