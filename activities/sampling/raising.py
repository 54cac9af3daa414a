"""What a confirmed entry waits for: asked by the service that confirms it, in the same transaction.

Who has something to hide must gain nothing by starting anew. An open sample stays with its entry when the confirmation
is undone, and comes up again when it is confirmed again; if the entry is withdrawn instead, whatever the youth has
confirmed until the team has looked waits too. What the team did not let pass and is entered anew on the same day waits.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from django.db.models import Count, Q

from accounts.models import User, YouthProfile
from activities.models import Review, Sample, SharedTimeEntry
from activities.sampling import draw, weeks
from clevervibes.lib import db, periods

Why, Decision, Status = Sample.Why, Sample.Decision, SharedTimeEntry.Status
_WEIGHT = {why: place for place, why in enumerate(Why)}


def consider(entries: Iterable[SharedTimeEntry], *, now: datetime, on_paper: bool = False) -> None:
    """Put into the sample what of `entries`, confirmed a moment ago, is to be looked at. A part.

    Considering the same again adds nothing.
    """
    db.require_transaction()
    by_youth: dict[YouthProfile, list[SharedTimeEntry]] = defaultdict(list)
    for entry in entries:
        by_youth[entry.youth].append(entry)
    for youth in sorted(by_youth, key=lambda youth: youth.pk):
        _consider(youth, by_youth[youth], on_paper, now)


def _consider(youth: YouthProfile, entries: list[SharedTimeEntry], on_paper: bool, now: datetime) -> None:
    # Two guardians may each confirm half of what fills a week: the second sees what the first has done.
    db.lock_name(f"samples of {youth.pk}")
    before = list(Sample.objects.filter(entry__youth=youth).select_related("entry").order_by("pk"))
    of_entry: dict[int, list[Sample]] = defaultdict(list)
    for sample in before:
        of_entry[sample.entry_id].append(sample)
    drawn = _drawn(entries)
    whys = {
        entry: _why(entry, of_entry[entry.pk], before, entry.pk in drawn, on_paper)
        for entry in entries
        if not _has_passed(entry, of_entry[entry.pk])
    }
    if weeks.are_full_around(youth, {weeks.monday_of(entry) for entry in entries}):
        for entry in weeks.uncounted(youth):
            if not _has_passed(entry, of_entry[entry.pk]):
                whys[entry] = _heavier(whys.get(entry), Why.WEEKS)
    for entry, why in whys.items():
        if why:
            raise_(entry, why, now=now, drawn=drawn[entry.pk] if why == Why.DRAWN else None)


def _why(entry: SharedTimeEntry, own: list[Sample], all_of_youth: list[Sample], drawn: bool, on_paper: bool) -> str:
    if on_paper:
        return Why.PAPER
    if own and own[-1].decision == Decision.FAMILY:
        # Sent back by the team: they want to see what became of it.
        return Why.AGAIN
    if any(_starts_anew(entry, sample) for sample in all_of_youth):
        return Why.AGAIN
    return Why.DRAWN if drawn else ""


def _has_passed(entry: SharedTimeEntry, own: list[Sample]) -> bool:
    """Say whether somebody has looked at just this version and found it right."""
    last = own[-1] if own else None
    if last is None or last.decided_at is None or last.decision != Decision.FITS:
        return False
    return last.decided_at >= entry.claimed_at


def _starts_anew(entry: SharedTimeEntry, sample: Sample) -> bool:
    other = sample.entry
    if other.pk == entry.pk:
        return False
    if sample.is_open:
        return other.status == Status.WITHDRAWN
    ended = other.status in (Status.WITHDRAWN, Status.REJECTED)
    same_day = periods.berlin_date(other.starts_at) == periods.berlin_date(entry.starts_at)
    return ended and sample.decision != Decision.FITS and same_day


def _drawn(entries: list[SharedTimeEntry]) -> dict[int, dict[str, int]]:
    """Return which of `entries` are drawn, each with what it takes to repeat it."""
    percent = draw.percent()
    if not percent:
        return {}
    secret, versions = draw.secret(), versions_of(entries)
    return {
        entry.pk: {"drawn_percent": percent, "drawn_version": versions[entry.pk]}
        for entry in entries
        if draw.is_below(draw.number_of(secret, entry.public_id, versions[entry.pk]), percent)
    }


def versions_of(entries: Iterable[SharedTimeEntry]) -> dict[int, int]:
    """Return which version of each entry was confirmed: how often it was sent in."""
    sent = Count("reviews", filter=Q(reviews__step=Review.Step.SUBMIT))
    rows = SharedTimeEntry.objects.filter(pk__in=[entry.pk for entry in entries]).annotate(sent=sent)
    return {pk: max(sent, 1) for pk, sent in rows.values_list("pk", "sent")}


def _heavier(one: str | None, other: str) -> str:
    return min((why for why in (one, other) if why), key=lambda why: _WEIGHT[Why(why)])


def raise_(
    entry: SharedTimeEntry,
    why: str,
    *,
    now: datetime,
    by: User | None = None,
    note: str = "",
    drawn: dict[str, int] | None = None,
) -> Sample:
    """Have `entry` wait for a look. One that waits already keeps its place and says the heavier reason. A part."""
    db.require_transaction()
    given = {"why": why, "raised_by": by, "note": note[:300], **(drawn or {})}
    sample, new = Sample.objects.get_or_create(entry=entry, decided_at=None, defaults={"raised_at": now, **given})
    if not new and _WEIGHT[Why(why)] < _WEIGHT[Why(sample.why)]:
        sample.why, sample.raised_by, sample.note = why, by, note[:300]
        sample.save(update_fields=["why", "raised_by", "note"])
    return sample


def decide_open(entry: SharedTimeEntry, decision: str, *, by: User, reason: str, now: datetime) -> None:
    """Decide the open sample of `entry`, if it has one, with what was decided about the entry itself. A part."""
    db.require_transaction()
    Sample.objects.filter(entry=entry, decided_at=None).update(
        decision=decision, reason=reason.strip()[:300], decided_by=by, decided_at=now
    )
