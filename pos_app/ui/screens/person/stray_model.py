"""The guided page of a stray as plain data: what can be chosen, which step comes next.

Nothing here closes anything; `stray_view.py` hands what two people saw to the services.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from enum import StrEnum

from pos_app.domain.stray_facts import GIVEN_BACK, StrayRecord
from pos_app.domain.streams import StreamId
from pos_app.ui.screens.person.model import Stage


class Choice(StrEnum):
    """What a person can say about a stray."""

    CLEARED = "cleared"
    AGAIN = "again"
    LATER = "later"


@dataclass(frozen=True, slots=True)
class StrayJob:
    """What one person does about one stray.

    Attributes:
        stage: SEE, EVIDENCE, SECOND or ENDED.
        sending: what was chosen is on its way to the services, from the page of the stage.
        closed_here: the two people at this window closed it.
        failed_again: the program tried it once more, and it waits for a person again.
    """

    record: StrayRecord
    stage: Stage = Stage.SEE
    choice: Choice | None = None
    evidence: str = ""
    sending: bool = False
    closed_here: bool = False
    failed_again: bool = False

    @property
    def stray_id(self) -> StreamId:
        """Return the stray it is about."""
        return self.record.stream_id

    @property
    def steps(self) -> tuple[Stage, ...]:
        """Return the steps to its end: nothing is typed where the program tries again."""
        if self.choice is Choice.AGAIN:
            return (Stage.SEE, Stage.SECOND)
        return (Stage.SEE, Stage.EVIDENCE, Stage.SECOND)

    @property
    def choices(self) -> tuple[Choice, ...]:
        """Return what can be chosen, in the order of the number keys."""
        if self.record.found.why in GIVEN_BACK:
            return (Choice.CLEARED, Choice.AGAIN, Choice.LATER)
        return (Choice.CLEARED, Choice.LATER)


def begin(record: StrayRecord) -> StrayJob:
    """Return a job at its first step, or at its end where no person is needed."""
    return StrayJob(record, Stage.SEE if record.needs_person else Stage.ENDED)


def go_to(job: StrayJob, stage: Stage) -> StrayJob:
    """Return the job at another stage, where nothing is on its way any more."""
    return dataclasses.replace(job, stage=stage, sending=False)


def back(job: StrayJob) -> StrayJob | None:
    """Return the job one step back, or None where the way back leaves it."""
    if job.sending:
        return job
    match job.stage:
        case Stage.EVIDENCE:
            return dataclasses.replace(go_to(job, Stage.SEE), choice=None)
        case Stage.SECOND if job.choice is Choice.AGAIN:
            return dataclasses.replace(go_to(job, Stage.SEE), choice=None)
        case Stage.SECOND:
            return go_to(job, Stage.EVIDENCE)
        case _:
            return None


def follow(job: StrayJob, record: StrayRecord) -> StrayJob:
    """Return the job after news of its stray; older news change nothing.

    While something is on its way only the record is kept: whoever sent it says how it ended.
    """
    if record.stream_id != job.stray_id or record.version < job.record.version:
        return job
    job = dataclasses.replace(job, record=record)
    if job.sending:
        return job
    if not record.needs_person:
        return go_to(job, Stage.ENDED)
    if job.stage is Stage.ENDED:
        tried = job.choice is Choice.AGAIN
        return StrayJob(record, evidence=job.evidence, failed_again=tried)
    return job
