"""Asking, answering, asking again, and when it is done."""

from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.cases.subjects import Subject
from accounts.models import Case, CaseWord, User
from accounts.notices.telling import tell
from accounts.team import rights
from clevervibes.lib import db, limits
from clevervibes.lib.errors import DomainError

ANSWERED = "case_answered"
LONGEST = 2000
ASKED = limits.Limit("case-words", 20, timedelta(days=1))

State = Case.State


class NothingSaid(DomainError):
    code = "nothing_said"
    message = _("Da steht noch nichts.")
    status = 400
    field = "text"


class TooLong(DomainError):
    code = "too_long"
    message = _("Das ist zu lang: höchstens {most} Zeichen. Der Text ist noch da.")
    status = 400
    field = "text"


class NotOfTheTeam(DomainError):
    code = "not_of_the_team"
    message = _("Antworten kann nur das Team des eigenen Clubs.")
    status = 403


def cases_of(person: User) -> QuerySet[Case]:
    """Return what `person` has asked, newest first."""
    return Case.objects.filter(by=person)


def cases_for(worker: User) -> QuerySet[Case]:
    """Return the questions of people of the clubs in which `worker` answers them."""
    return rights.reach(worker, Case.objects.all(), "change")


def ask(*, by: User, text: str, about: Subject, now: datetime, key: UUID | None = None) -> Case:
    """Ask the team. A form names the question it becomes by `key`: sent twice, it is one.

    :raises NothingSaid, TooLong: and nothing is stored.
    :raises lib.limits.TooOften: past twenty questions and words a day.
    """
    if key and (known := cases_of(by).filter(public_id=key).first()):
        return known
    with limits.counting((ASKED, f"user:{by.pk}"), now=now):
        return _ask(by=by, text=text, about=about, now=now, key=key or uuid4())


@db.service
def _ask(*, by: User, text: str, about: Subject, now: datetime, key: UUID) -> Case:
    text = _said(text)
    # Somebody else's name for theirs is no name for this one.
    taken = Case.objects.filter(public_id=key).exists()
    case = Case.objects.create(
        by=by, path=about.path, label=about.label, asked_at=now, since=now, public_id=uuid4() if taken else key
    )
    CaseWord.objects.create(case=case, by=by, text=text, at=now)
    return case


def add(*, case_id: UUID, by: User, text: str, now: datetime) -> Case:
    """Say more about one's own question; it is open again.

    :raises Case.DoesNotExist: if it is not one's own.
    :raises NothingSaid, TooLong, lib.limits.TooOften: as in `ask`.
    """
    with limits.counting((ASKED, f"user:{by.pk}"), now=now):
        return _add(case_id=case_id, by=by, text=text, now=now)


@db.service
def _add(*, case_id: UUID, by: User, text: str, now: datetime) -> Case:
    case = cases_of(by).select_for_update(no_key=True).get(public_id=case_id)
    text = _said(text)
    last = case.words.last()
    if last and not last.from_team and last.text == text:
        return case  # sent twice
    CaseWord.objects.create(case=case, by=by, text=text, at=now)
    # Asked again before anybody answered, it still waits since the first time.
    if not case.is_open:
        _move(case, State.OPEN, now)
    return case


@db.service
def close(*, case_id: UUID, by: User, now: datetime) -> Case:
    """Say that one's own question is done. Saying so again changes nothing.

    :raises Case.DoesNotExist: if it is not one's own.
    """
    case = cases_of(by).select_for_update(no_key=True).get(public_id=case_id)
    if case.state != State.CLOSED:
        _move(case, State.CLOSED, now)
    return case


@db.service
def answer(*, case_id: UUID, by: User, text: str, now: datetime, closing: bool = False) -> Case:
    """Answer as somebody of the team; whoever asked is told. With `closing` nothing more is expected.

    :raises NotOfTheTeam: unless `by` works for the club of whoever asked.
    :raises NothingSaid, TooLong: and nothing is stored.
    """
    case = _locked_for(by, case_id)
    CaseWord.objects.create(case=case, by=by, from_team=True, text=_said(text), at=now)
    _move(case, State.CLOSED if closing else State.ANSWERED, now)
    tell(ANSWERED, to=case.by, case=case.public_id, now=now)
    return case


@db.service
def set_aside(*, case_id: UUID, by: User, now: datetime) -> Case:
    """Close a question without an answer of its own: it was settled on the telephone, or by whoever asked.

    :raises NotOfTheTeam: as in `answer`.
    """
    case = _locked_for(by, case_id)
    if case.state != State.CLOSED:
        _move(case, State.CLOSED, now)
    return case


def _locked_for(worker: User, case_id: UUID) -> Case:
    found = cases_for(worker).select_for_update(of=("self",), no_key=True).select_related("by")
    case = found.filter(public_id=case_id).first()
    if case is None:
        raise NotOfTheTeam
    return case


def _move(case: Case, state: str, now: datetime) -> None:
    case.state, case.since = state, now
    case.closed_at = now if state == State.CLOSED else None
    case.save(update_fields=["state", "since", "closed_at"])


def _said(text: str) -> str:
    text = text.replace("\x00", "").strip()
    if not text:
        raise NothingSaid
    if len(text) > LONGEST:
        raise TooLong(most=LONGEST)
    return text


def waiting(worker: User) -> QuerySet[Case]:
    """Return the open questions that `worker` answers, the longest waiting first."""
    return cases_for(worker).filter(state=State.OPEN).order_by("since", "pk")
