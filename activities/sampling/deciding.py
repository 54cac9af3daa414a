"""What the team decides about an entry in the sample. Nothing here happens by itself."""

from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from accounts import selectors as people
from accounts.models import User
from accounts.notices.telling import tell
from activities import entries
from activities.approvals import TAKEN, AlreadyTaken, EntryNotOpen, rejected
from activities.models import Review, Sample, SharedTimeEntry
from activities.sampling import raising, weeks
from clevervibes.lib import db
from clevervibes.lib.errors import DomainError

Decision, Status = Sample.Decision, SharedTimeEntry.Status
# What the team can still stop.
_STANDS = (Status.SUBMITTED, Status.APPROVED)


class WithoutReason(DomainError):
    code = "reason_missing"
    message = _("Bitte schreiben Sie in einem Satz, weshalb.")
    status = 400
    field = "words"


class AlreadyDecided(DomainError):
    code = "already_decided"
    message = _("Über diese Stichprobe ist schon entschieden: {decision}.")


class OwnFamily(DomainError):
    code = "own_family"
    message = _("Über Zeiten der eigenen Familie, und über selbst Bestätigtes, entscheidet jemand anders aus dem Team.")
    status = 403


@db.service
def let_pass(*, sample_id: UUID, by: User, reason: str, now: datetime) -> Sample:
    """Find nothing wrong: the next run takes the entry, if it is still confirmed.

    :raises WithoutReason, AlreadyDecided, OwnFamily: and nothing has changed.
    """
    sample = _locked(sample_id, by, reason)
    return _decide(sample, Decision.FITS, by, reason, now)


@db.service
def send_back(*, sample_id: UUID, by: User, reason: str, now: datetime) -> Sample:
    """Give the entry back to the family, who read the reason. Confirmed again, it is looked at again.

    :raises WithoutReason, AlreadyDecided, OwnFamily: and nothing has changed.
    :raises EntryNotOpen: if the family has taken it back already.
    :raises AlreadyTaken: if a run has counted it.
    """
    sample = _locked(sample_id, by, reason)
    _return(sample.entry, by, reason, now)
    tell("entry_returned", to=sample.entry.youth.user, entry=sample.entry.public_id, now=now)
    return _decide(sample, Decision.FAMILY, by, reason, now)


@db.service
def reject(*, sample_id: UUID, by: User, reason: str, now: datetime) -> Sample:
    """Refuse the entry for good; the youth and whoever confirmed it read the reason.

    :raises WithoutReason, AlreadyDecided, OwnFamily, EntryNotOpen, AlreadyTaken: as in `send_back`.
    :raises NotOfTheTeam: unless `by` works for the youth's club.
    """
    sample = _locked(sample_id, by, reason)
    rejected(sample.entry, by=by, reason=reason, now=now)
    # Whichever way an entry is rejected, its open sample is decided with it.
    sample.refresh_from_db()
    return sample


@db.service
def mark(*, entry_id: UUID, by: User, reason: str, now: datetime) -> Sample:
    """Have an entry that waits or is confirmed looked at before it counts.

    :raises SharedTimeEntry.DoesNotExist: if there is no such entry.
    :raises WithoutReason: without a reason.
    :raises EntryNotOpen: if it is no longer on its way.
    :raises AlreadyTaken: if a run has counted it.
    """
    _require_reason(reason)
    found = SharedTimeEntry.objects.select_related("youth").select_for_update(of=("self",), no_key=True)
    entry = found.get(public_id=entry_id)
    if entry.status not in _STANDS:
        raise EntryNotOpen(status=entry.get_status_display())
    if entry.status == Status.APPROVED and not weeks.uncounted(entry.youth).filter(pk=entry.pk).exists():
        raise AlreadyTaken
    db.lock_name(f"samples of {entry.youth_id}")
    return raising.raise_(entry, Sample.Why.MARKED, now=now, by=by, note=reason.strip())


def open_samples() -> QuerySet[Sample]:
    return Sample.objects.filter(decided_at=None)


def _locked(sample_id: UUID, by: User, reason: str) -> Sample:
    """Return an open sample that `by` may decide, its entry locked first, as whoever confirms does."""
    _require_reason(reason)
    entry_of = Sample.objects.values_list("entry", flat=True).get(public_id=sample_id)
    rows = SharedTimeEntry.objects.select_related("youth__user", "category")
    entry = rows.select_for_update(of=("self",), no_key=True).get(pk=entry_of)
    sample = Sample.objects.select_for_update(no_key=True).get(public_id=sample_id)
    sample.entry = entry
    if sample.decided_at:
        raise AlreadyDecided(decision=sample.get_decision_display())
    involved = by.pk in (entry.claimed_by_id, entry.reviewed_by_id, entry.youth.user_id)
    if involved or people.youths_confirmed_by(by).filter(pk=entry.youth_id).exists():
        raise OwnFamily
    return sample


def _require_reason(reason: str) -> None:
    if not reason.strip():
        raise WithoutReason


def _return(entry: SharedTimeEntry, by: User, reason: str, now: datetime) -> None:
    if entry.status not in _STANDS:
        raise EntryNotOpen(status=entry.get_status_display())
    entry.status, entry.reviewed_by, entry.approved_at, entry.sheet = Status.RETURNED, by, None, None
    try:
        with transaction.atomic():
            entry.save(update_fields=["status", "reviewed_by", "approved_at", "sheet"])
    except IntegrityError as error:
        # A run has counted it meanwhile: it is put right by taking coins back, not here.
        if db.constraint(error) != TAKEN:
            raise
        raise AlreadyTaken from None
    entries.note(entry, Review.Step.RETURN, by, now, reason=reason.strip())


def _decide(sample: Sample, decision: str, by: User, reason: str, now: datetime) -> Sample:
    raising.decide_open(sample.entry, decision, by=by, reason=reason, now=now)
    sample.refresh_from_db()
    return sample
