"""Ask "Wie geht es weiter?" once, and count the answer.

The row that gave the occasion notes that it was asked; the answer goes into a number of the club and year. So nobody
can say later who answered what, and an erasure has nothing to take away.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import F
from django.utils.translation import gettext_lazy as _

from accounts.birthdays import ADULT_AGE, END_AGE, SHOWN_AFTER
from accounts.models import Birthday, Ending, Erasure, User
from accounts.outlook.models import NextStep, Occasion, Outlook
from clevervibes.lib import db, periods
from clevervibes.lib.errors import DomainError

SKIPPED = ""


class StepUnknown(DomainError):
    code = "step_unknown"
    message = _("Bitte wähle eine Antwort aus, oder tippe auf „Möchte ich nicht sagen“.")
    status = 400
    field = "step"


@dataclass(frozen=True)
class Question:
    """What is asked now, and the row that says so."""

    occasion: Occasion
    about: Birthday | Ending | Erasure


def question_for(user: User, now: datetime) -> Question | None:
    """Return what `user` is asked at the moment `now`: a youth who leaves, or has just turned 18 or 21."""
    youth = getattr(user, "youth", None)
    if youth is None:
        return None
    unasked = {"outlook_at": None}
    erasure = Erasure.objects.filter(person=user, called_off_at=None, why=Erasure.Why.ASKED, **unasked).first()
    ending = Ending.objects.filter(youth=youth, called_off_at=None, why=Ending.Why.WITHDRAWN, **unasked).first()
    if leaving := erasure or ending:
        return Question(Occasion.LEAVING, leaving)
    if youth.age_at(now) < ADULT_AGE:
        return None
    birthday = (
        Birthday.objects.filter(youth=youth, years__in=(ADULT_AGE, END_AGE), **unasked)
        .filter(due_at__lte=now, due_at__gt=now - SHOWN_AFTER)
        # On joining it was over already.
        .filter(due_at__gt=youth.joined_at)
        .order_by("-due_at")
        .first()
    )
    return Question(Occasion(str(birthday.years)), birthday) if birthday else None


@db.service
def answer(*, by: User, step: str, now: datetime) -> bool:
    """Count the answer of `by`, or with SKIPPED none; the question is not asked again. False if none is open.

    :raises StepUnknown: if it is none of the answers.
    """
    if step != SKIPPED and step not in NextStep:
        raise StepUnknown
    # Two taps at once wait here for each other; the second finds nothing open.
    User.objects.select_for_update(no_key=True).get(pk=by.pk)
    question = question_for(by, now)
    if question is None:
        return False
    question.about.outlook_at = now
    question.about.save(update_fields=["outlook_at"])
    if step != SKIPPED:
        year = periods.berlin_date(now).year
        row, _new = Outlook.objects.get_or_create(club=by.club, year=year, occasion=question.occasion, step=step)
        Outlook.objects.filter(pk=row.pk).update(number=F("number") + 1)
    return True
