"""The last seat, asked for by several at once, given back and waited for. The controls go wrong without the guards."""

import random
from datetime import timedelta
from functools import partial

import pytest

from activities.chances import booking
from activities.chances.booking import FullyBooked
from activities.models import Booking, Opportunity
from clevervibes.lib import db
from tests.concurrency import Meeting, control, in_parallel, rounds, scaled, tell
from tests.factories import NOON, make_date, make_youth

pytestmark = pytest.mark.django_db(transaction=True)

ROUNDS, CONTROL_ROUNDS, MANY_ROUNDS = 15, 10, 2000
YOUTHS = 4
Status = Booking.Status


def take_the_last_seat():
    """Return a round: one seat, several youths. Right is one booking, and FullyBooked for all others."""
    date = make_date(seats=1)
    everybody = [make_youth(age=17) for _youth in range(YOUTHS)]

    def play(_source: random.Random) -> bool:
        date.bookings.all().delete()
        results = in_parallel(
            *[lambda by=youth.user: booking.book(opportunity_id=date.public_id, by=by, now=NOON) for youth in everybody]
        )
        refused = sum(isinstance(result, FullyBooked) for result in results)
        return (date.bookings.filter(seat__isnull=False).count(), refused) != (1, YOUTHS - 1)

    return play


def test_the_last_seat_goes_to_one_of_four():
    assert rounds(ROUNDS, take_the_last_seat()).bad == 0


@pytest.mark.slow
def test_the_last_seat_goes_to_one_of_four_many_times():
    report = rounds(scaled(MANY_ROUNDS), take_the_last_seat())
    tell("one seat, four youths", bad=report.bad, of=report.of, seed=report.seed)
    assert report.bad == 0


def unlocked(monkeypatch) -> None:
    """Look first and act later, and wait in between until all have looked."""
    meeting = Meeting(YOUTHS)

    def read(opportunity_id, by):
        return Opportunity.objects.select_related("host__organisation").get(public_id=opportunity_id)

    free_seat = booking.free_seat

    def look(date):
        seat = free_seat(date)
        meeting.wait()
        return seat

    monkeypatch.setattr(booking, "_locked", read)
    monkeypatch.setattr(booking, "free_seat", look)
    monkeypatch.setattr(db, "_ATTEMPTS", 1)


def test_control_without_lock_and_constraint_the_seat_is_sold_several_times(monkeypatch, superuser_sql):
    superuser_sql.execute("DROP INDEX activities_one_per_seat")
    unlocked(monkeypatch)
    assert control(CONTROL_ROUNDS, take_the_last_seat()).broken


def test_without_the_lock_alone_the_constraint_still_sells_it_once(monkeypatch):
    unlocked(monkeypatch)
    date = make_date(seats=1)
    everybody = [make_youth(age=17) for _youth in range(YOUTHS)]
    in_parallel(
        *[lambda by=youth.user: booking.book(opportunity_id=date.public_id, by=by, now=NOON) for youth in everybody]
    )
    assert date.bookings.filter(seat__isnull=False).count() == 1


def test_two_dates_at_one_time_asked_for_at_once_are_not_both_booked():
    first, second = make_date(), make_date()
    for _round in range(ROUNDS):
        youth = make_youth(age=17)
        wishes = [partial(booking.book, opportunity_id=d.public_id, by=youth.user, now=NOON) for d in (first, second)]
        in_parallel(*wishes)
        assert Booking.objects.filter(youth=youth).count() == 1
        Booking.objects.all().delete()


def test_given_back_waited_for_and_booked_at_once_no_seat_stays_empty():
    """Two give back, one waits, one comes: afterwards both seats are taken and nobody waits."""
    date = make_date(seats=2)
    a, b, waits, comes = (make_youth(age=17) for _youth in range(4))
    bad = 0
    for _round in range(ROUNDS):
        date.bookings.all().delete()
        kept = [booking.book(opportunity_id=date.public_id, by=youth.user, now=NOON) for youth in (a, b)]
        booking.book(opportunity_id=date.public_id, by=waits.user, may_wait=True, now=NOON + timedelta(minutes=1))
        calls = [
            lambda one=one: booking.cancel(booking_id=one.public_id, by=one.youth.user, now=NOON + timedelta(hours=1))
            for one in kept
        ]
        in_parallel(
            *calls,
            lambda: booking.book(
                opportunity_id=date.public_id, by=comes.user, may_wait=True, now=NOON + timedelta(hours=1)
            ),
        )
        seated = set(date.bookings.filter(status=Status.BOOKED).values_list("youth", flat=True))
        bad += seated != {waits.pk, comes.pk}
    assert bad == 0, f"bad {bad} of {ROUNDS}"
