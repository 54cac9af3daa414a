"""Hosts write dates, alone or as a series; the team releases them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from activities.chances import moving, selectors
from activities.models import Category, Host, Opportunity, Topic
from clevervibes.lib import db
from clevervibes.lib.errors import DomainError

MIN_MINUTES, MAX_MINUTES = 15, 8 * 60
MAX_AHEAD = timedelta(days=366)
MAX_SEATS = 200
MAX_IN_SERIES = 20


class WrongDate(DomainError):
    """A rule about when and how long; `field` is the form field that people look at."""

    status = 400
    field = "day"


class EndsBeforeStart(WrongDate):
    code = "ends_before_start"
    message = _("Das Ende liegt vor dem Anfang. Stimmen die Uhrzeiten?")
    field = "ends"


class WrongLength(WrongDate):
    code = "wrong_length"
    message = _("Ein Termin dauert mindestens 15 Minuten und höchstens 8 Stunden.")
    field = "ends"


class NotAhead(WrongDate):
    code = "not_ahead"
    message = _("Der Termin muss in der Zukunft liegen, höchstens ein Jahr.")


class SeatsTaken(DomainError):
    code = "seats_taken"
    message = _("Es sind schon {taken} Plätze vergeben. Weniger geht nur, wenn jemand absagt.")
    status = 400
    field = "seats"


class NotAlone(DomainError):
    code = "not_alone"
    message = _("Bitte sagen Sie zu, dass immer zwei Erwachsene dabei sind.")
    status = 400
    field = "never_alone"


class CannotChange(DomainError):
    code = "cannot_change"
    message = _("Dieser Termin lässt sich nicht mehr ändern.")


@dataclass(frozen=True, kw_only=True)
class Details:
    """What a host says about one date."""

    kind: str
    category: Category
    topic: Topic | None
    title: str
    text: str
    starts_at: datetime
    ends_at: datetime
    where: str
    way: str = ""
    wear: str = ""
    seats: int
    minimum_age: int
    contact_name: str
    never_alone: bool = False

    def __post_init__(self) -> None:
        # Two moments of one time zone are compared by their wall clocks, an hour off when it changes.
        for name in ("starts_at", "ends_at"):
            object.__setattr__(self, name, getattr(self, name).astimezone(UTC))

    def at(self, starts_at: datetime, ends_at: datetime) -> "Details":
        """Return the same on another day."""
        return replace(self, starts_at=starts_at, ends_at=ends_at)


@db.service
def draft(
    *, host: Host, by: User, details: Sequence[Details], send: bool = False, key: UUID | None = None, now: datetime
) -> list[Opportunity]:
    """Write down one date, or a series; with `send` ask the team to release them.

    A form names what it will become by `key`: sent twice, it makes the same dates once.

    :raises Host.DoesNotExist: if `by` does not post for the host.
    :raises WrongDate: if a time breaks a rule.
    :raises NotAlone: if they were to be sent without the promise that two adults are there.
    """
    # Locked, so that the same form sent twice at once is one after the other.
    host = Host.objects.select_for_update(no_key=True).get(pk=selectors.hosts_of(by).get(pk=host.pk).pk)
    series = key or uuid4()
    known = list(Opportunity.objects.filter(host=host, series=series).order_by("starts_at"))
    if known:
        return known
    for one in details:
        _require_valid(one, now)
    if send and not all(one.never_alone for one in details):
        raise NotAlone
    rows = [
        Opportunity(host=host, drafted_by=by, series=series, sent_at=now if send else None, **vars(one))
        for one in details
    ]
    return Opportunity.objects.bulk_create(rows)


@db.service
def change(*, opportunity_id: UUID, by: User, details: Details, send: bool = False, now: datetime) -> Opportunity:
    """Change a date. One that was released goes back to the team first: youths read nothing that nobody has read.

    :raises Opportunity.DoesNotExist: if `by` does not look after it.
    :raises CannotChange: if it is cancelled, or has begun.
    :raises SeatsTaken: if more seats are taken than there would be.
    :raises WrongDate, NotAlone: as in `draft`.
    """
    date = _locked(opportunity_id, by)
    if date.cancelled_at or date.starts_at <= now:
        raise CannotChange
    _require_valid(details, now)
    if (send or date.released_at) and not details.never_alone:
        raise NotAlone
    # Seats have numbers: who sits on the last one would lose theirs.
    highest = date.bookings.aggregate(highest=Max("seat"))["highest"] or 0
    if details.seats < highest:
        raise SeatsTaken(taken=highest)
    before = {name: getattr(date, name) for name in vars(details)}
    if before == vars(details):
        return _send(date, now) if send else date
    for name, value in vars(details).items():
        setattr(date, name, value)
    if date.released_at or date.changed_at:
        date.released_at, date.released_by, date.changed_at, date.sent_at = None, None, now, now
    elif send:
        date.sent_at = now
    # A certificate belongs to a person.
    if before["contact_name"] != date.contact_name:
        date.certificate_seen_on = date.certificate_valid_until = None
    date.save()
    return date


@db.service
def send(*, opportunity_id: UUID, by: User, now: datetime) -> Opportunity:
    """Ask the team to release a draft. Again changes nothing.

    :raises Opportunity.DoesNotExist: if `by` does not look after it.
    :raises NotAlone, CannotChange: if it may not go out like that.
    """
    date = _locked(opportunity_id, by)
    if date.cancelled_at or date.starts_at <= now:
        raise CannotChange
    return _send(date, now)


def _send(date: Opportunity, now: datetime) -> Opportunity:
    if date.released_at or date.sent_at:
        return date
    if not date.never_alone:
        raise NotAlone
    date.sent_at = now
    date.save(update_fields=["sent_at"])
    return date


@db.service
def cancel(*, opportunity_id: UUID, by: User, why: str, now: datetime) -> Opportunity:
    """Call a date off, as its host or as the team; everybody who booked or waits is told. Again changes nothing.

    :raises Opportunity.DoesNotExist: if `by` does not look after it.
    :raises CannotChange: once it has begun.
    """
    date = _locked(opportunity_id, by)
    if date.cancelled_at:
        return date
    if date.starts_at <= now:
        raise CannotChange
    moving.call_off(date, by=by, why=Opportunity.Why(why), now=now)
    return date


def _locked(opportunity_id: UUID, by: User) -> Opportunity:
    return selectors.hosted_by(by).select_for_update(of=("self",), no_key=True).get(public_id=opportunity_id)


def _require_valid(details: Details, now: datetime) -> None:
    if details.ends_at <= details.starts_at:
        raise EndsBeforeStart
    minutes = int((details.ends_at - details.starts_at).total_seconds()) // 60
    if not MIN_MINUTES <= minutes <= MAX_MINUTES:
        raise WrongLength
    if not now < details.starts_at <= now + MAX_AHEAD:
        raise NotAhead
