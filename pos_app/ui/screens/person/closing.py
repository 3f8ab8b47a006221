"""What is handed to the services: a reference to verify, or what two people saw."""

from __future__ import annotations

from pos_app.domain.errors import Bug
from pos_app.domain.operators import Operator
from pos_app.domain.record import PaymentRecord
from pos_app.services.recovery import Recovery
from pos_app.ui.screens.person.model import Job, Seen, Subject


async def verify(recovery: Recovery, job: Job) -> PaymentRecord:
    """Let the program ask the gateway, or cancel once more, and return the record it starts from.

    A reversal goes on with the number the gateway itself confirmed: a mistyped one would cancel
    somebody else's payment, so none is typed there.

    Raises:
        UserMistake: no transaction number, settled already, or a request is on its way.
    """
    reference = job.reference
    if job.subject is Subject.REVERSAL:
        reference = job.record.gateway_ref or ""
    return await recovery.give_reference(job.payment_id, reference)


async def close(recovery: Recovery, job: Job, approver: Operator) -> PaymentRecord:
    """Close the payment as two people saw it.

    Raises:
        UserMistake: too early, no evidence, a malformed number, no right, or settled already.
    """
    match job.subject, job.seen:
        case Subject.CHARGE, Seen.APPROVED:
            return await recovery.close_approved(
                job.payment_id, job.reference, job.approval_no, job.evidence, approver
            )
        case Subject.CHARGE, Seen.ABSENT:
            return await recovery.close_not_charged(job.payment_id, job.evidence, approver)
        case ((Subject.CHARGE | Subject.REVERSAL), Seen.CANCELLED):
            return await recovery.close_reversed(job.payment_id, job.evidence, approver)
        case Subject.REFUND, (Seen.REFUNDED | Seen.NOT_REFUNDED):
            done = job.seen is Seen.REFUNDED
            return await recovery.close_refund(job.payment_id, job.evidence, approver, done=done)
        case _:
            raise Bug("person.nothing_to_close", subject=job.subject.value, seen=str(job.seen))
