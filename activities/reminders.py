"""Reminders of what waits to be confirmed: one person on day 3, everybody who may confirm on day 7.

Beat only asks. In the afternoon, Berlin time, each entry that has waited so long is due once for each person, and a row
says that it was taken care of. Nobody gets more than one reminder a day, and none an hour after the digest that said
the same; what is about to become due is reminded of along with what is. Nothing is ever confirmed by itself.
"""

from datetime import UTC, date, datetime, time, timedelta
from hashlib import md5
from uuid import UUID

from django.db.models import Count, Exists, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from accounts import selectors as people
from accounts.models import Digest, Guardianship, TrustedPerson, User, YouthProfile
from accounts.notices.telling import tell
from activities import sheets
from activities.models import Reminder, Review, SharedTimeEntry, WaitingEntry
from clevervibes.lib import db, periods

TOPIC = "entries_wait"
HOUR = time(17)
FIRST, SECOND = 3, 7  # days since it was sent in
AHEAD = 2  # days before it is due, an entry goes along with another one's reminder

Status = SharedTimeEntry.Status


def last_due(now: datetime) -> date:
    """Return the latest Berlin day whose 17:00 has come."""
    today = periods.berlin_date(now)
    has_come = datetime.combine(today, HOUR, periods.BERLIN).astimezone(UTC) <= now
    return today if has_come else today - timedelta(days=1)


def remind(*, now: datetime) -> int:
    """Remind of what is due and return for how many youths; twice at once or late: each once."""
    on = last_due(now)
    count = 0
    for youth in list(_youths_with_due(on)):
        count += _remind_of(youth, on, now)
    return count


def waiting_since(days: int, on: date) -> Q:
    """Return the condition of entries that were sent in at least `days` Berlin days before `on`."""
    return Q(status=Status.SUBMITTED, submitted_at__lt=periods.midnight(on - timedelta(days=days - 1)))


def _youths_with_due(on: date) -> QuerySet[YouthProfile]:
    reminded = Reminder.objects.filter(entry=OuterRef("pk"), since=OuterRef("submitted_at"))
    due = SharedTimeEntry.objects.filter(
        waiting_since(SECOND, on) & ~Exists(reminded.filter(day=SECOND)) | waiting_since(FIRST, on) & ~Exists(reminded),
        youth=OuterRef("pk"),
    )
    return YouthProfile.objects.filter(Exists(due), paused_at=None, left_at=None).select_related("user").order_by("pk")


@db.service
def _remind_of(youth: YouthProfile, on: date, now: datetime) -> bool:
    # One beat after the other; the second one finds the rows of the first.
    db.lock_name(f"remind of youth {youth.pk}")
    everybody = list(sheets.signers(youth, now))
    if not everybody:
        return False
    due = {day: list(_due(youth, day, on)) for day in (SECOND, FIRST)}
    if not any(due.values()):
        return False
    day = SECOND if due[SECOND] else FIRST
    for person in everybody if day == SECOND else [_usual(youth, everybody)]:
        _note(youth, person, day, on, now)
        if not Digest.objects.filter(to=person, on=on).exists():
            tell(TOPIC, to=person, now=now, key=_key(person, on), day=day)
    return True


def _due(youth: YouthProfile, day: int, on: date) -> QuerySet[SharedTimeEntry]:
    reminded = Reminder.objects.filter(entry=OuterRef("pk"), since=OuterRef("submitted_at"), day__gte=day)
    return SharedTimeEntry.objects.filter(waiting_since(day, on), ~Exists(reminded), youth=youth)


def _note(youth: YouthProfile, person: User, day: int, on: date, now: datetime) -> None:
    """Write down of what `person` is reminded: all that is due, and what would be within the next days."""
    rows = []
    for reached in (FIRST, SECOND)[: 2 if day == SECOND else 1]:
        entries = SharedTimeEntry.objects.filter(waiting_since(reached - AHEAD, on), youth=youth)
        rows += [
            Reminder(entry=entry, to=person, day=reached, since=entry.submitted_at, at=now)
            for entry in entries if entry.submitted_at
        ]  # fmt: skip
    Reminder.objects.bulk_create(rows, ignore_conflicts=True)


def _usual(youth: YouthProfile, everybody: list[User]) -> User:
    """Return who is asked first: whoever answered last, else the guardian of the longest standing."""
    answered = Review.objects.filter(
        entry__youth=youth, by__in=everybody, step__in=(Review.Step.APPROVE, Review.Step.RETURN)
    )
    last = answered.order_by("-at", "-pk").values_list("by", flat=True).first()
    guards = Guardianship.objects.filter(youth=youth, ended_at=None, guardian__in=everybody)
    eldest = guards.order_by("started_at", "pk").values_list("guardian", flat=True).first()
    wanted = last or eldest
    return next((person for person in everybody if person.pk == wanted), everybody[0])


def _key(person: User, on: date) -> UUID:
    # One a day, for however many youths.
    return UUID(md5(f"entries wait {person.pk} {on}".encode(), usedforsecurity=False).hexdigest())


# ── For the team ─────────────────────────────────────────────────────────────────────────────────
def ageing(entries: QuerySet[WaitingEntry], *, at: datetime) -> QuerySet[WaitingEntry]:
    """Return what of `entries` waits to be confirmed, the oldest first, each with `reminded_day` (the last one, or
    None) and `askable`, how many people may confirm it at the moment `at`.
    """
    last = Reminder.objects.filter(entry=OuterRef("pk"), since=OuterRef("submitted_at")).order_by("-at", "-day")
    adult_since = people.birth_date_of_age(people.ADULT_AGE, periods.berlin_date(at))
    guards = Guardianship.objects.filter(
        youth=OuterRef("youth"), ended_at=None, paused_at=None, youth__birth_date__gt=adult_since
    )
    trusted = TrustedPerson.objects.filter(youth=OuterRef("youth"), ended_at=None)
    found: QuerySet[WaitingEntry] = (
        entries.filter(status=Status.SUBMITTED)
        .annotate(reminded_day=last.values("day")[:1], askable=_number(guards) + _number(trusted))
        .order_by("submitted_at", "pk")
    )
    return found


def _number(rows: QuerySet) -> Coalesce:
    found = rows.order_by().values("youth").annotate(number=Count("pk")).values("number")
    return Coalesce(Subquery(found, output_field=IntegerField()), 0)
