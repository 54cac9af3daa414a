"""What people are told about dates."""

from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.notices import digests, mails
from accounts.notices.kinds import Group, News
from activities.chances import attendance, booking, reminders, selectors
from activities.models import Booking

Ids = dict[str, Any]
Status = Booking.Status


def _booking_of(to: User, ids: Ids, now: datetime) -> Booking | None:
    """Return the booking a notice is about, if it is the reader's own or that of a youth they guard."""
    known = Booking.objects.select_related("youth__user", "opportunity__host__organisation", "entry")
    found = known.filter(public_id=ids["booking"]).first()
    if found is None:
        return None
    guarded = selectors.bookings_guarded_by(to, at=now).filter(pk=found.pk)
    return found if found.youth.user_id == to.pk or guarded.exists() else None


def _news(template: str, found: Booking, to: User, *, url: str = "", label: Any = "", **context: object) -> News:
    own = found.youth.user_id == to.pk
    return News(
        template=template,
        url=url or (_page(found) if own else reverse("activities:guarded-dates")),
        label=label or _("Termin ansehen"),
        context={"booking": found, "date": found.opportunity, "own": own, **context},
    )


def _page(found: Booking) -> str:
    """Return where a youth reads more: the date's own page only while somebody of the team has read it."""
    if found.opportunity.released_at and not found.opportunity.cancelled_at:
        return found.opportunity.get_absolute_url()
    return reverse("activities:my-dates")


@mails.kind(booking.ASK, group=Group.TIMES, title=_("Darf Ihr Kind dorthin?"), icon="hand", tint="amber")
def asked(to: User, topic: str, ids: Ids, now: datetime) -> News | None:
    """Ask a guardian; nothing once somebody has answered, or the time for it is over."""
    found = selectors.asked_of(to, at=now).filter(public_id=ids["booking"]).first()
    if found is None:
        return None
    url = reverse("activities:date-question", args=[found.public_id])
    return _news("activities/news/chance_asked.html", found, to, url=url, label=_("Ansehen und antworten"))


@mails.kind(booking.ANSWERED, group=Group.TIMES, title=_("Deine Eltern haben geantwortet"), icon="hand", tint="mint")
def answered(to: User, topic: str, ids: Ids, now: datetime) -> News | None:
    found = _booking_of(to, ids, now)
    said_no = found is not None and found.ended_why == Booking.Ended.GUARDIAN
    if found is None or not (said_no or found.status == Status.BOOKED):
        return None
    return _news("activities/news/chance_answered.html", found, to, said_no=said_no)


@mails.kind(
    booking.UNANSWERED,
    group=Group.TIMES, title=_("Ein Platz ist wieder frei"), icon="hourglass", tint="amber",
)  # fmt: skip
def unanswered(to: User, topic: str, ids: Ids, now: datetime) -> News | None:
    found = _booking_of(to, ids, now)
    return _news("activities/news/chance_unanswered.html", found, to) if found else None


@mails.kind(booking.SEAT, group=Group.TIMES, title=_("Ein Platz für Dich"), icon="ticket", tint="mint")
def seat(to: User, topic: str, ids: Ids, now: datetime) -> News | None:
    found = _booking_of(to, ids, now)
    if found is None or found.status not in Booking.COMING or found.starts_at <= now:
        return None
    return _news("activities/news/chance_seat.html", found, to, asked=found.status == Status.ASKED)


@mails.kind(booking.CANCELLED, group=Group.TIMES, title=_("Ein Termin fällt aus"), icon="x", tint="rose")
def cancelled(to: User, topic: str, ids: Ids, now: datetime) -> News | None:
    found = _booking_of(to, ids, now)
    if found is None or found.status != Status.CANCELLED:
        return None
    url = reverse("activities:opportunities" if found.youth.user_id == to.pk else "activities:guarded-dates")
    return _news("activities/news/chance_cancelled.html", found, to, url=url, label=_("Andere Termine ansehen"))


@mails.kind(booking.CHANGED, group=Group.TIMES, title=_("Ein Termin hat sich geändert"), icon="calendar", tint="amber")
def changed(to: User, topic: str, ids: Ids, now: datetime) -> News | None:
    found = _booking_of(to, ids, now)
    if found is None or not found.is_live or not found.opportunity.released_at:
        return None
    return _news("activities/news/chance_changed.html", found, to)


@mails.kind(reminders.TOMORROW, group=Group.TIMES, title=_("Bald geht es los"), icon="calendar", tint="sky")
def tomorrow(to: User, topic: str, ids: Ids, now: datetime) -> News | None:
    """Say where to be, when, and what to wear."""
    found = _booking_of(to, ids, now)
    if found is None or found.status != Status.BOOKED or not found.opportunity.released_at:
        return None
    return _news("activities/news/chance_tomorrow.html", found, to)


@mails.kind(attendance.CONFIRMED, group=Group.TIMES, title=_("Wer da war, steht fest"), icon="check-check", tint="mint")
def confirmed(to: User, topic: str, ids: Ids, now: datetime) -> News | None:
    """Say what the host has ticked, and what came of an own entry for that time."""
    found = _booking_of(to, ids, now)
    if found is None or found.status not in (Status.ATTENDED, Status.MISSED):
        return None
    url = found.entry.get_absolute_url() if found.entry else reverse("activities:my-dates")
    context = {"was_there": found.status == Status.ATTENDED, "gave_way": ids.get("gave_way", 0)}
    return _news("activities/news/chance_confirmed.html", found, to, url=url, label=_("Ansehen"), **context)


@mails.kind(attendance.LIST_DUE, group=Group.TIMES, title=_("Bitte sagen Sie, wer da war"), icon="users", tint="violet")
def list_due(to: User, topic: str, ids: Ids, now: datetime) -> News | None:
    date = selectors.hosted_by(to).filter(public_id=ids["date"], listed_at=None).first()
    if date is None:
        return None
    return News(
        template="activities/news/chance_list_due.html",
        url=reverse("activities:host-date", args=[date.public_id]),
        label=_("Liste bestätigen"),
        context={"date": date, "until": date.ends_at + attendance.WITHIN},
    )


@digests.section(order=20)
def questions_that_wait(person: User, now: datetime) -> digests.Section | None:
    """Say that a youth waits for a yes."""
    waiting = list(selectors.asked_of(person, at=now))
    if not waiting:
        return None
    return digests.Section(
        title=_("Darf Ihr Kind dorthin?"),
        template="activities/news/chances_waiting.html",
        context={"bookings": waiting},
        url=reverse("activities:guarded-dates"),
        label=_("Ansehen und antworten"),
    )
