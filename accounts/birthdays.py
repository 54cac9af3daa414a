"""The 16th, 18th and 21st birthday: rows that are due at 00:00 in Berlin, announced before and processed once.

What an age allows follows from the birth date alone and holds from the first second (see accounts.selectors); these
rows say what has to be *done* on the day. What a birthday means for entries and coins is put together in
clevervibes.birthdays.
"""

from datetime import date, datetime, timedelta

from django.db.models import Exists, OuterRef
from django.utils.translation import gettext_lazy as _

from accounts.models import BirthDateChange, Birthday, EndedBy, Ending, Guardianship, User, YouthProfile
from accounts.notices.telling import tell
from accounts.registration import ADULT_AGE, MAX_AGE, MIN_AGE, OWN_CONSENT_AGE
from clevervibes.lib import db, periods
from clevervibes.lib.errors import DomainError

END_AGE = MAX_AGE + 1
AGES = (OWN_CONSENT_AGE, ADULT_AGE, END_AGE)
TOLD_BEFORE = timedelta(days=14)
SHOWN_AFTER = timedelta(days=30)
AT_ONCE = 500

SOON, TODAY = "birthday_soon", "birthday_today"


class WrongBirthDate(DomainError):
    code = "wrong_birth_date"
    message = _("Mit diesem Geburtsdatum wäre das Alter beim Beitritt {age} gewesen. Möglich sind 12 bis 20.")
    status = 400
    field = "birth_date"


class ReasonMissing(DomainError):
    code = "reason_missing"
    message = _("Bitte schreiben Sie dazu, weshalb das Geburtsdatum berichtigt wird.")
    status = 400
    field = "reason"


# ── Which days ───────────────────────────────────────────────────────────────────────────────────
def plan(youth: YouthProfile, *, now: datetime) -> None:
    """Write down the birthdays to come. A part; called again after a correction it moves them.

    A birthday that the correction moves into the future is announced and processed then, also if it was once before.
    One that was over on joining has nothing to change.
    """
    db.require_transaction()
    for years in AGES:
        due_at = periods.midnight(periods.birthday(youth.birth_date, years))
        row = Birthday.objects.filter(youth=youth, years=years).first() or Birthday(youth=youth, years=years)
        if row.due_at == due_at:
            continue
        row.due_at = due_at
        if due_at <= youth.joined_at:
            row.done_at = youth.joined_at
        elif row.done_at and due_at <= now:
            row.done_at = max(row.done_at, due_at)
        else:
            row.told_at = row.done_at = None
        row.save()


@db.service
def plan_missing(*, now: datetime) -> int:
    """Write down the birthdays of those who have joined since the last look, at most 500; return how many.

    Nobody who lets somebody in has to think of it, and a few minutes do not matter: no rule reads these rows.
    """
    rows = Birthday.objects.filter(youth=OuterRef("pk"))
    youths = YouthProfile.objects.filter(~Exists(rows)).select_for_update(no_key=True, skip_locked=True)[:AT_ONCE]
    for youth in (found := list(youths)):
        plan(youth, now=now)
    return len(found)


@db.service
def change_birth_date(*, youth: YouthProfile, birth_date: date, reason: str, by: User,
                      now: datetime) -> YouthProfile:  # fmt: skip
    """Correct a birth date as the team, with the reason; the birthdays to come move with it.

    :raises ReasonMissing: without a reason.
    :raises WrongBirthDate: if the youth would have been under 12 or over 20 on joining.
    """
    reason = reason.strip()
    if not reason:
        raise ReasonMissing
    youth = YouthProfile.objects.select_for_update(no_key=True).get(pk=youth.pk)
    age = periods.age(birth_date, periods.berlin_date(youth.joined_at))
    if not MIN_AGE <= age <= MAX_AGE:
        raise WrongBirthDate(age=age)
    if birth_date == youth.birth_date:
        return youth
    BirthDateChange.objects.create(
        youth=youth, before=youth.birth_date, after=birth_date, reason=reason[:300], by=by, at=now
    )
    youth.birth_date = birth_date
    youth.save(update_fields=["birth_date"])
    plan(youth, now=now)
    if youth.age_at(now) < END_AGE:
        Ending.objects.filter(youth=youth, why=Ending.Why.TURNED_21, called_off_at=None).update(called_off_at=now)
    return youth


# ── Telling before ───────────────────────────────────────────────────────────────────────────────
@db.service
def announce_next(*, now: datetime) -> bool:
    """Tell the next one whose birthday is at most 14 days away; False when there is none."""
    row = (
        Birthday.objects.filter(done_at=None, told_at=None, due_at__gt=now, due_at__lte=now + TOLD_BEFORE)
        .select_for_update(of=("self",), no_key=True, skip_locked=True)
        .select_related("youth__user")
        .order_by("due_at", "pk")
        .first()
    )
    if row is None:
        return False
    row.told_at = now
    row.save(update_fields=["told_at"])
    guardians = live_guardians(row.youth) if row.years == ADULT_AGE else []
    for person in [row.youth.user, *guardians]:
        tell(SOON, to=person, birthday=row.pk, now=now)
    return True


def live_guardians(youth: YouthProfile) -> list[User]:
    """Return whose guardianship has not been ended, whatever the age."""
    return list(User.objects.filter(guardianships__youth=youth, guardianships__ended_at=None).distinct())


def shown_to(youth: YouthProfile, now: datetime) -> Birthday | None:
    """Return the birthday that the start page speaks of: from 14 days before until 30 days after."""
    near = Birthday.objects.filter(youth=youth, due_at__gt=now - SHOWN_AFTER, due_at__lte=now + TOLD_BEFORE)
    # On joining it was over already: nothing has changed.
    return near.filter(due_at__gt=youth.joined_at).order_by("-due_at").first()


# ── On the day ───────────────────────────────────────────────────────────────────────────────────
def next_due(now: datetime) -> Birthday | None:
    """Return the next birthday that has come and is not processed, locked. A part: two ticks share the work."""
    db.require_transaction()
    return (
        Birthday.objects.filter(done_at=None, due_at__lte=now)
        .select_for_update(of=("self",), no_key=True, skip_locked=True)
        .select_related("youth__user")
        .order_by("due_at", "pk")
        .first()
    )


def finish(row: Birthday, now: datetime) -> None:
    """Note a birthday as processed and tell the youth. A part."""
    db.require_transaction()
    row.done_at = now
    row.save(update_fields=["done_at"])
    tell(TODAY, to=row.youth.user, birthday=row.pk, now=now)


def end_guardianships(youth: YouthProfile, now: datetime) -> list[User]:
    """End every guardianship by age and return whose they were. A part of the 18th birthday.

    Guardians see nothing any more, new or old: not by these rows alone, but from midnight on by the birth date.
    """
    db.require_transaction()
    guardians = live_guardians(youth)
    Guardianship.objects.filter(youth=youth, ended_at=None).update(ended_at=now, ended_how=EndedBy.AGE)
    for guardian in guardians:
        tell(TODAY, to=guardian, birthday=Birthday.objects.get(youth=youth, years=ADULT_AGE).pk, now=now)
    return guardians
