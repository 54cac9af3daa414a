"""Book a date, wait for one, give it back; under 16 a guardian says yes.

Whoever moves a seat has locked the date's row first and the youth's second. What the locks are for, PostgreSQL knows as
well: a seat's number is given once, and two dates of a youth never overlap.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from accounts import selectors as people
from accounts.models import Consent, User, YouthProfile
from accounts.notices.telling import tell
from accounts.registration import MAX_AGE, OWN_CONSENT_AGE
from activities import entries
from activities.chances import selectors
from activities.models import Booking, Opportunity
from clevervibes.lib import db, periods
from clevervibes.lib.errors import DomainError

ANSWER_WITHIN = timedelta(hours=72)

ASK, ANSWERED, UNANSWERED = "chance_asked", "chance_answered", "chance_unanswered"
SEAT, CANCELLED, CHANGED = "chance_seat", "chance_cancelled", "chance_changed"

Status, Ended = Booking.Status, Booking.Ended


class FullyBooked(DomainError):
    code = "fully_booked"
    message = _("Gerade war jemand schneller: Alle Plätze sind vergeben. Auf die Warteliste kannst Du noch.")


class TooLate(DomainError):
    code = "too_late"
    message = _("Das hat schon angefangen. Schau nach dem nächsten Termin.")


class TooYoung(DomainError):
    code = "too_young"
    message = _("Das ist ab {age} Jahren. Such Dir etwas anderes aus, das hier läuft nicht weg.")


class DatesClash(DomainError):
    code = "dates_clash"
    message = _("Zu dieser Zeit bist Du schon bei „{title}“ ({when}). Sag das ab, wenn Du lieber hierher willst.")


class AnswerWasNo(DomainError):
    code = "answer_was_no"
    message = _("Dazu haben Deine Eltern Nein gesagt. Sprecht noch einmal darüber: Sie können ihre Antwort ändern.")


class NotYet(DomainError):
    code = "consent_missing"
    message = _("Buchen geht, sobald die Einwilligung für Dich da ist. Auf der Startseite steht, was noch fehlt.")


class AnswerOver(DomainError):
    code = "answer_over"
    message = _("Darauf braucht es keine Antwort mehr: {status}.")


# ── Youths ───────────────────────────────────────────────────────────────────────────────────────
@db.service
def book(*, opportunity_id: UUID, by: User, may_wait: bool = False, now: datetime) -> Booking:
    """Take a seat for the youth `by`; with `may_wait` a place on the list if there is none. Again changes nothing.

    Under 16 the seat is kept for 72 hours, at most until the date begins, and the guardians are asked.

    :raises Opportunity.DoesNotExist: if the youth does not see the date.
    :raises TooLate, TooYoung, DatesClash, FullyBooked: if there is no seat for them.
    :raises AnswerWasNo: if a guardian has said no to this date.
    :raises NotYet, ConsentWithdrawn, Grown, Stopped: if nothing of the youth's counts at present.
    """
    date = _locked(opportunity_id, by)
    youth: YouthProfile = by.youth
    entries.lock_times_of(youth)
    found = Booking.objects.filter(opportunity=date, youth=youth).exclude(status=Status.CANCELLED).first()
    # Who waits and asks again for a seat that is free by now gets it from the list, in its order.
    if found is not None:
        return found
    _require_may_book(date, youth, now)
    booking = Booking(
        opportunity=date, youth=youth, starts_at=date.starts_at, ends_at=date.ends_at, made_at=now,
        status=Status.WAITING,
    )  # fmt: skip
    seat = free_seat(date)
    if seat is None and not may_wait:
        raise FullyBooked
    if seat is not None:
        _seat(booking, seat, now)
    booking.save()
    _ask(booking, now)
    return booking


@db.service
def cancel(*, booking_id: UUID, by: User, now: datetime) -> Booking:
    """Give a seat or a place on the list back; the seat goes to the first who waits. Again changes nothing.

    :raises Booking.DoesNotExist: if it is not the youth's own.
    :raises TooLate: once the date has begun.
    """
    booking = _locked_booking(booking_id, youth__user=by)
    if booking.status == Status.CANCELLED:
        return booking
    if booking.starts_at <= now or not booking.is_live:
        raise TooLate
    end(booking, Ended.YOUTH, now)
    fill(booking.opportunity, now)
    return booking


def _locked(opportunity_id: UUID, by: User) -> Opportunity:
    dates = Opportunity.objects.released().filter(host__organisation__club=by.club_id, cancelled_at=None)
    return (
        dates.select_for_update(of=("self",), no_key=True)
        .select_related("host__organisation")
        .get(public_id=opportunity_id)
    )


def _locked_booking(booking_id: UUID, **of: User) -> Booking:
    """Return a booking, read after its date was locked."""
    known = Booking.objects.get(public_id=booking_id, **of)
    date = lock(known.opportunity_id)
    booking = Booking.objects.select_related("youth__user").select_for_update(of=("self",)).get(pk=known.pk)
    booking.opportunity = date
    return booking


def lock(date_pk: int) -> Opportunity:
    """Return a date whose seats nobody else moves until the transaction ends. A part."""
    db.require_transaction()
    dates = Opportunity.objects.select_for_update(of=("self",), no_key=True)
    return dates.select_related("host__organisation__club").get(pk=date_pk)


def _require_may_book(date: Opportunity, youth: YouthProfile, now: datetime) -> None:
    if date.starts_at <= now:
        raise TooLate
    entries.require_may_log(youth, now)
    try:
        entries.require_counts(youth, now)
    except entries.ConsentMissing:
        raise NotYet from None
    age = youth.age_at(date.starts_at)
    if age > MAX_AGE:
        raise entries.Grown
    if age < date.minimum_age:
        raise TooYoung(age=date.minimum_age)
    if Booking.objects.filter(opportunity=date, youth=youth, ended_why=Ended.GUARDIAN).exists():
        raise AnswerWasNo
    clash = _clashes(youth, date).select_related("opportunity").first()
    if clash is not None:
        raise DatesClash(title=clash.opportunity.title, when=_when(clash.starts_at))


def _clashes(youth: YouthProfile, date: Opportunity) -> QuerySet[Booking]:
    return Booking.objects.filter(
        youth=youth, status__in=Booking.COMING, starts_at__lt=date.ends_at, ends_at__gt=date.starts_at
    ).exclude(opportunity=date)


def _when(moment: datetime) -> str:
    return date_format(localtime(moment, periods.BERLIN), "j. F, H:i")


# ── Seats ────────────────────────────────────────────────────────────────────────────────────────
def free_seat(date: Opportunity) -> int | None:
    """Return the lowest number that nobody has, of a date that is locked; None if all are taken."""
    taken = set(date.bookings.filter(seat__isnull=False).values_list("seat", flat=True))
    return next((seat for seat in range(1, date.seats + 1) if seat not in taken), None)


def _seat(booking: Booking, seat: int, now: datetime) -> None:
    booking.seat, booking.status = seat, Status.BOOKED
    if booking.youth.age_at(now) < OWN_CONSENT_AGE:
        booking.status, booking.answer_by = Status.ASKED, min(now + ANSWER_WITHIN, booking.starts_at)


def _ask(booking: Booking, now: datetime) -> None:
    if booking.status == Status.ASKED:
        for guardian in selectors.guardians_of(booking.youth):
            tell(ASK, to=guardian, booking=booking.public_id, youth=booking.youth.public_id, now=now)


def end(booking: Booking, why: str, now: datetime) -> None:
    """Take a booking off its seat or the list. A part."""
    db.require_transaction()
    booking.status, booking.seat, booking.ended_at, booking.ended_why = Status.CANCELLED, None, now, why
    booking.save(update_fields=["status", "seat", "ended_at", "ended_why"])


def fill(date: Opportunity, now: datetime) -> int:
    """Give the free seats of a locked date to those who wait, longest first; return how many. A part.

    Who is elsewhere at that time by now keeps waiting: they may still give that up.
    """
    db.require_transaction()
    if date.starts_at <= now or date.cancelled_at or not date.released_at:
        return 0
    given = 0
    for booking in date.bookings.filter(status=Status.WAITING).select_related("youth__user").order_by("made_at", "pk"):
        seat = free_seat(date)
        if seat is None:
            break
        given += _move_up(booking, date, seat, now)
    return given


def _move_up(booking: Booking, date: Opportunity, seat: int, now: datetime) -> bool:
    youth = booking.youth
    entries.lock_times_of(youth)
    if not is_member(youth, now) or _clashes(youth, date).exists():
        return False
    _seat(booking, seat, now)
    try:
        with transaction.atomic():
            booking.save(update_fields=["seat", "status", "answer_by"])
    except IntegrityError as error:
        # A date elsewhere was moved to this time at this moment.
        if db.constraint(error) != "activities_one_date_at_a_time":
            raise
        return False
    tell(SEAT, to=youth.user, booking=booking.public_id, now=now)
    _ask(booking, now)
    return True


def is_member(youth: YouthProfile, now: datetime) -> bool:
    """Say whether `youth` may take part in something now: joined, not stopped, with a consent that stands."""
    return not youth.paused_at and not youth.left_at and people.has_consent(youth, at=now)


# ── Guardians ────────────────────────────────────────────────────────────────────────────────────
@db.service
def answer(*, booking_id: UUID, by: User, yes: bool, now: datetime) -> Booking:
    """Say yes or no as a guardian. The same answer again changes nothing; a yes can become a no until it begins.

    :raises Booking.DoesNotExist: if `by` is not a guardian of the youth, or none was asked.
    :raises AnswerOver: if the seat is gone, or it is too late.
    """
    known = selectors.bookings_guarded_by(by, at=now).get(public_id=booking_id)
    booking = _locked_booking(known.public_id)
    already = booking.status == Status.BOOKED if yes else booking.ended_why == Ended.GUARDIAN
    if already:
        return booking
    is_open = booking.status == Status.ASKED or (booking.status == Status.BOOKED and not yes)
    if not is_open or booking.starts_at <= now:
        raise AnswerOver(status=booking.get_status_display())
    booking.answered_by, booking.answered_at = by, now
    if yes:
        booking.status = Status.BOOKED
        booking.save(update_fields=["status", "answered_by", "answered_at"])
    else:
        booking.save(update_fields=["answered_by", "answered_at"])
        end(booking, Ended.GUARDIAN, now)
        fill(booking.opportunity, now)
    tell(ANSWERED, to=booking.youth.user, booking=booking.public_id, now=now)
    return booking


@db.service
def allow_again(*, booking_id: UUID, by: User, now: datetime) -> Booking:
    """Take a no back as a guardian: the youth may book anew. Again changes nothing.

    :raises Booking.DoesNotExist: if `by` is not a guardian of the youth, or none was asked.
    """
    known = selectors.bookings_guarded_by(by, at=now).get(public_id=booking_id)
    booking = _locked_booking(known.public_id)
    if booking.ended_why == Ended.GUARDIAN:
        booking.ended_why = Ended.YOUTH
        booking.save(update_fields=["ended_why"])
    return booking


# ── By the clock ─────────────────────────────────────────────────────────────────────────────────
def free_unanswered(*, now: datetime) -> int:
    """Free the seats whose guardians have not answered in time; return how many. Twice at once or late: each once."""
    late = Booking.objects.filter(status=Status.ASKED, answer_by__lte=now)
    return _by_date(late, _free_unanswered, now)


def free_left(*, now: datetime) -> int:
    """Free what is kept for youths who may not take part any more; return how many."""
    gone = Booking.objects.filter(status__in=Booking.LIVE, starts_at__gt=now).filter(
        Q(youth__paused_at__isnull=False) | Q(youth__left_at__isnull=False) | _is_withdrawn()
    )
    return _by_date(gone, _free_left, now)


def fill_all(*, now: datetime) -> int:
    """Give seats that nobody has given: those of youths who were erased. Return how many."""
    waiting = Booking.objects.filter(status=Status.WAITING, starts_at__gt=now)
    dates = Opportunity.objects.filter(released_at__isnull=False, cancelled_at=None)
    has_room = selectors.with_counts(dates).filter(Q(taken__lt=F("seats")))
    waiting = waiting.filter(Exists(has_room.filter(pk=OuterRef("opportunity"))))
    return _by_date(waiting, fill, now)


def _is_withdrawn() -> Q:
    consents = Consent.objects.filter(youth=OuterRef("youth"))
    return Q(Exists(consents)) & ~Q(Exists(consents.filter(withdrawn_at=None)))


def _by_date(bookings: QuerySet[Booking], part: Callable[[Opportunity, datetime], int], now: datetime) -> int:
    """Do `part` to each date of `bookings`, a transaction each: one that fails does not stop the others."""

    @db.service
    def one(pk: int) -> int:
        return part(lock(pk), now)

    return sum(
        one(pk) for pk in list(bookings.order_by("opportunity").values_list("opportunity", flat=True).distinct())
    )


def _free_unanswered(date: Opportunity, now: datetime) -> int:
    late = list(date.bookings.filter(status=Status.ASKED, answer_by__lte=now).select_related("youth__user"))
    for booking in late:
        end(booking, Ended.SILENCE, now)
        for person in (booking.youth.user, *selectors.guardians_of(booking.youth)):
            tell(UNANSWERED, to=person, booking=booking.public_id, youth=booking.youth.public_id, now=now)
    fill(date, now)
    return len(late)


def _free_left(date: Opportunity, now: datetime) -> int:
    live = date.bookings.filter(status__in=Booking.LIVE).select_related("youth__user")
    gone = [booking for booking in live if not _stays(booking.youth)]
    for booking in gone:
        end(booking, Ended.MEMBER, now)
        tell(CANCELLED, to=booking.youth.user, booking=booking.public_id, now=now)
    fill(date, now)
    return len(gone)


def _stays(youth: YouthProfile) -> bool:
    return not youth.paused_at and not youth.left_at and people.standing_no(youth) is None
