"""Of each kind of news about dates one that has something to say: who is told, and the ids."""

from datetime import timedelta
from typing import Any

from accounts.models import User
from activities.chances import attendance, booking, hosting, reminders
from clevervibes.lib import db
from tests.factories import guardian_of, host_person, make_booking, make_date, make_host, make_youth

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def every_kind(name: str) -> dict[str, tuple[User, dict[str, Any]]]:
    """Return a reader and ids for each topic; youths and dates are called `name`."""
    now, host = db.now(), make_host()
    by = host_person(host)

    def ahead(days: int, **more: Any):
        return make_date(name, host=host, starts_at=now + days * DAY, now=now - 9 * DAY, **more)

    grown, young = make_youth(name, age=17, now=now - 9 * DAY), make_youth(name, age=13, now=now - 9 * DAY)
    asked = make_booking(young, ahead(2), yes=False, now=now)
    answered = make_booking(young, ahead(3), now=now)
    silent = make_booking(young, ahead(6), yes=False, now=now - 4 * DAY)
    booking.free_unanswered(now=now)
    booked = make_booking(grown, ahead(4), now=now)
    off = ahead(5)
    gone = make_booking(grown, off, now=now)
    hosting.cancel(opportunity_id=off.public_id, by=by, why="ill", now=now)
    over = make_date(name, host=host, starts_at=now - 4 * HOUR, now=now - 2 * DAY)
    attended = make_booking(grown, over, now=now - DAY)
    attendance.confirm(opportunity_id=over.public_id, by=by, minutes={}, now=now)
    open_ = make_date(name, host=host, starts_at=now - 9 * HOUR, now=now - 2 * DAY)

    def about(one: Any) -> dict[str, Any]:
        return {"booking": one.public_id, "youth": one.youth.public_id}

    return {
        booking.ASK: (guardian_of(young), about(asked)),
        booking.ANSWERED: (young.user, about(answered)),
        booking.UNANSWERED: (guardian_of(young), about(silent)),
        booking.SEAT: (grown.user, about(booked)),
        booking.CANCELLED: (grown.user, about(gone)),
        booking.CHANGED: (grown.user, about(booked)),
        reminders.TOMORROW: (grown.user, about(booked)),
        attendance.CONFIRMED: (grown.user, {"booking": attended.public_id, "gave_way": 1}),
        attendance.LIST_DUE: (by, {"date": open_.public_id}),
    }
