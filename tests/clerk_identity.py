"""The scripted clerk's identity check (F5): with keys only, in the middle of a sale."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt

from pos_app.ui.screens.identity.view import IdentityScreen, Phase
from pos_app.ui.text import text
from tests.clerk_keys import ENTER, ESCAPE
from tests.clerk_lines import Line
from tests.clerk_watch import Refused

if TYPE_CHECKING:
    from tests.clerk_work import Clerk

#: So often a caller is asked whether the app has been confirmed.
_APP_TRIES = 3
#: In the order of the field's choices.
CARRIERS = ("skt", "kt", "lgu", "skt_mvno", "kt_mvno", "lgu_mvno")


async def identify(clerk: Clerk, line: Line) -> None:
    """Check the caller of the sale being typed, and come back to it.

    Name and phone are the buyer's. The line says `caller_birth`, `caller_digit`, and `caller_code`
    (empty: by the app); `caller_carrier` where it is not the first.

    Raises:
        Refused: the window says why not; the sale is in front again.
    """
    clerk.keys.hit(Qt.Key.Key_F5)
    screen = clerk.shell.screen_of("identity")
    assert isinstance(screen, IdentityScreen)
    if screen.phase is Phase.CLOSED:
        words = screen.outcome.title()
        clerk.keys.hit(ENTER)
        raise Refused(words)
    clerk.keys.type_all(line.get("caller_birth"))
    clerk.keys.type_all(line.get("caller_digit"))
    for _ in range(CARRIERS.index(line.get("caller_carrier") or CARRIERS[0])):
        clerk.keys.hit(Qt.Key.Key_Down)
    clerk.keys.hit(ENTER)
    if not line.get("caller_code"):
        clerk.keys.hit(Qt.Key.Key_Down)
    clerk.keys.hit(ENTER)
    if screen.phase is not Phase.CONSENT:
        await _give_up(clerk, line, screen)
    clerk.keys.hit(ENTER)
    await _answered(clerk, line, screen)
    if screen.phase is not Phase.CODE:
        await _give_up(clerk, line, screen)
    clerk.keys.type_all(line.get("caller_code"))
    clerk.keys.hit(ENTER)
    await _answered(clerk, line, screen)
    for _ in range(_APP_TRIES):
        if screen.code.note() != text("identity.trouble.not_confirmed_yet"):
            break
        clerk.keys.hit(ENTER)
        await _answered(clerk, line, screen)
    if screen.phase is not Phase.PASSED:
        await _give_up(clerk, line, screen)
    clerk.keys.hit(ENTER)


async def _answered(clerk: Clerk, line: Line, screen: IdentityScreen) -> None:
    """Wait for the gateway."""
    busy = {Phase.ASKING, Phase.CONFIRMING}
    await clerk.watch.until(lambda: screen.phase not in busy, line.timeout_s)


async def _give_up(clerk: Clerk, line: Line, screen: IdentityScreen) -> None:
    """Leave the check, agree that it is over, and say what the screen said."""
    words = screen.code.note() if screen.phase is Phase.CODE else screen.aside.note()
    while clerk.shell.current_screen() == "identity":
        clerk.keys.hit(ESCAPE)
        if clerk.keys.dialog() is not None or screen.form.is_begun():
            await clerk.watch.until(clerk.keys.dialog, line.timeout_s)
            clerk.keys.hit(ENTER)
            await clerk.watch.until(lambda: clerk.keys.dialog() is None, line.timeout_s)
            await clerk.watch.quiet(line.timeout_s)
    raise Refused(words)
