"""Check in at a date: the host's screen shows a code that is another one every 30 seconds, the youth's phone reads it.

A code names its date and its half-minute and is signed; it is stored nowhere. It opens a page that asks once more, and
for that page the youth gets a ticket of their own, so that nobody has to hurry with their thumb. What is photographed
and sent on helps nobody: the code is over in a minute, and checks in only who is on the list, once.
"""

import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.urls import reverse
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from activities.chances import selectors
from activities.models import Booking, Opportunity
from clevervibes.lib import db, periods
from clevervibes.lib.errors import DomainError

STEP_SECONDS = 30
SKEW_STEPS = 1  # how far two clocks, or a slow camera, may be apart
OPENS_BEFORE = timedelta(minutes=30)
TICKET_LIVES = timedelta(minutes=5)
_SIGNATURE_BYTES = 12

_TICKETS = Signer(salt="activities.check-in.ticket")


class CodeUnknown(DomainError):
    code = "code_unknown"
    message = _("Das ist kein Code zum Einchecken. Scanne den, der beim Termin auf dem Bildschirm steht.")
    status = 404


class CodeOld(DomainError):
    code = "code_old"
    message = _("Dieser Code ist abgelaufen, er wechselt alle 30 Sekunden. Scanne den, der jetzt zu sehen ist.")
    status = 410


class NotOnTheList(DomainError):
    code = "not_on_the_list"
    message = _("Du stehst nicht auf der Liste für „{title}“. Einchecken kann nur, wer gebucht hat und da ist.")
    status = 403


class OtherDate(DomainError):
    code = "other_date"
    message = _("Dieser Code gehört zu „{title}“. Du hast „{own}“ gebucht: Scanne den Code dort.")


class AnswerMissing(DomainError):
    code = "answer_missing"
    message = _("Deine Eltern haben noch nicht Ja gesagt. Sobald sie das tun, kannst Du einchecken.")


class AlreadyIn(DomainError):
    code = "already_checked_in"
    message = _("Du bist schon eingecheckt, seit {time} Uhr. Ein zweites Mal braucht es nicht.")


class NotNow(DomainError):
    code = "not_now"
    message = _("Einchecken geht ab einer halben Stunde vor dem Anfang und bis zum Ende: {day}, {start}–{end} Uhr.")


class OnlyYouths(DomainError):
    code = "only_youths"
    message = _("Dieser Code ist für Jugendliche, die gebucht haben. Sie müssen nichts tun.")
    status = 403


@dataclass(frozen=True)
class Ticket:
    """What the page of a code that was read in time asks its youth to confirm."""

    booking: Booking
    text: str


# ── The host's screen ────────────────────────────────────────────────────────────────────────────
def step_of(now: datetime) -> int:
    return int(now.timestamp()) // STEP_SECONDS


def seconds_left(now: datetime) -> int:
    """Return in how many seconds the next code is due."""
    return STEP_SECONDS - int(now.timestamp()) % STEP_SECONDS


def token_of(date: Opportunity, now: datetime) -> str:
    """Return the code of this half-minute: date, step and signature, short enough for a coarse QR code."""
    said = date.public_id.bytes + struct.pack(">I", step_of(now))
    return urlsafe_b64encode(said + _sign(said)).decode()


def url_of(date: Opportunity, now: datetime) -> str:
    return settings.PUBLIC_URL + reverse("activities:check-in", args=[token_of(date, now)])


def is_open(date: Opportunity, now: datetime) -> bool:
    return bool(date.released_at) and not date.cancelled_at and date.starts_at - OPENS_BEFORE <= now < date.ends_at


@db.service
def show(*, opportunity_id: UUID, by: User, now: datetime) -> Opportunity:
    """Note who of the hosts shows the code: whoever checks in by it was seen by them.

    :raises Opportunity.DoesNotExist: if `by` does not look after the date.
    """
    date = selectors.hosted_by(by).select_for_update(of=("self",), no_key=True).get(public_id=opportunity_id)
    if is_open(date, now) and date.code_shown_by_id is None:
        date.code_shown_by = by
        date.save(update_fields=["code_shown_by"])
    return date


def _sign(said: bytes) -> bytes:
    return salted_hmac("activities.check-in", said, algorithm="sha256").digest()[:_SIGNATURE_BYTES]


# ── The youth's phone ────────────────────────────────────────────────────────────────────────────
def look(token: str, *, by: User, now: datetime) -> Ticket:
    """Return what a code that was just read lets `by` confirm. Looking changes nothing.

    :raises CodeUnknown, CodeOld: if it is none of ours, or more than a step away from now.
    :raises OnlyYouths, NotOnTheList, OtherDate, AnswerMissing, AlreadyIn, NotNow: if it is not for them, or not now.
    """
    date = _read(token, now)
    booking = _booking_at(date, by)
    _require_may_enter(booking, now)
    return Ticket(booking, _TICKETS.sign_object([booking.public_id.hex, int(now.timestamp())]))


@db.service
def check_in(*, ticket: str, by: User, now: datetime) -> Booking:
    """Check `by` in by the ticket that `look` gave them, once.

    :raises CodeOld: after five minutes.
    :raises CodeUnknown: with somebody else's ticket, or none.
    :raises AlreadyIn, AnswerMissing, NotOnTheList, NotNow: as in `look`.
    """
    try:
        found, since = _TICKETS.unsign_object(ticket)
    except (BadSignature, ValueError):
        raise CodeUnknown from None
    if int(now.timestamp()) - since > TICKET_LIVES.total_seconds():
        raise CodeOld
    bookings = Booking.objects.select_for_update(of=("self",), no_key=True).select_related("opportunity")
    booking = bookings.filter(public_id=UUID(found), youth__user=by).first()
    if booking is None:
        raise CodeUnknown
    _require_may_enter(booking, now)
    booking.checked_in_at = now
    booking.save(update_fields=["checked_in_at"])
    return booking


def _read(token: str, now: datetime) -> Opportunity:
    try:
        raw = urlsafe_b64decode(token.encode())
    except ValueError:
        raise CodeUnknown from None
    said, signature = raw[:20], raw[20:]
    # The last character has two bits that say nothing: of the four ways to write a code, ours is one.
    if urlsafe_b64encode(raw).decode() != token or len(said) != 20 or not constant_time_compare(signature, _sign(said)):
        raise CodeUnknown
    date = Opportunity.objects.filter(public_id=UUID(bytes=said[:16])).first()
    if date is None:
        raise CodeUnknown
    (step,) = struct.unpack(">I", said[16:])
    if abs(step - step_of(now)) > SKEW_STEPS:
        raise CodeOld
    return date


def _booking_at(date: Opportunity, by: User) -> Booking:
    if not hasattr(by, "youth"):
        raise OnlyYouths
    mine = Booking.objects.filter(youth__user=by).select_related("opportunity")
    booking = mine.filter(opportunity=date).exclude(status=Booking.Status.CANCELLED).first()
    if booking is not None:
        return booking
    # Two dates in one house: the door beside it.
    beside = mine.filter(
        status=Booking.Status.BOOKED, starts_at__lt=date.ends_at, ends_at__gt=date.starts_at - OPENS_BEFORE
    ).first()
    if beside is not None:
        raise OtherDate(title=date.title, own=beside.opportunity.title)
    raise NotOnTheList(title=date.title)


def _require_may_enter(booking: Booking, now: datetime) -> None:
    date = booking.opportunity
    if booking.checked_in_at:
        raise AlreadyIn(time=_clock(booking.checked_in_at))
    if booking.status == Booking.Status.ASKED:
        raise AnswerMissing
    if booking.status != Booking.Status.BOOKED:
        raise NotOnTheList(title=date.title)
    if not is_open(date, now):
        day = date_format(localtime(date.starts_at, periods.BERLIN), "j. F")
        raise NotNow(day=day, start=_clock(date.starts_at), end=_clock(date.ends_at))


def _clock(moment: datetime) -> str:
    return date_format(localtime(moment.astimezone(UTC), periods.BERLIN), "H:i")
