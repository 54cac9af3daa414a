"""The timer: one at a time, kept by the database, exact when the clocks change."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from activities import entries, selectors, timer
from activities.models import SharedTimeEntry
from tests.concurrency import in_parallel
from tests.factories import NOON, guardian_of, make_category, make_details, make_entry, make_user, make_youth

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)


def start(youth, now=NOON):
    return timer.start(youth=youth, by=youth.user, now=now)


def stop(entry, now):
    return timer.stop(entry_id=entry.public_id, by=entry.youth.user, now=now)


def test_start_and_stop_make_a_draft_of_the_minutes_between():
    youth = make_youth()

    entry = stop(start(youth, NOON + timedelta(seconds=40)), NOON + 42 * MINUTE + timedelta(seconds=10))

    assert (entry.status, entry.duration_minutes) == ("draft", 42)
    assert (entry.starts_at, entry.ends_at) == (NOON, NOON + 42 * MINUTE)
    assert [review.step for review in entry.reviews.all()] == ["start", "stop"]


def test_a_second_start_is_the_running_one():
    youth = make_youth()
    assert start(youth) == start(youth, NOON + MINUTE)
    assert youth.entries.count() == 1


def test_a_second_stop_changes_nothing():
    entry = start(make_youth())
    stop(entry, NOON + 30 * MINUTE)
    assert stop(entry, NOON + 50 * MINUTE).duration_minutes == 30


def test_the_database_keeps_a_second_timer_out():
    youth = make_youth()
    running = start(youth)
    with pytest.raises(IntegrityError, match="activities_one_timer"), transaction.atomic():
        SharedTimeEntry.objects.create(
            youth=youth, category=running.category, starts_at=NOON, status="running", claimed_at=NOON
        )


@pytest.mark.parametrize(("minutes", "ends"), [(240, True), (241, False)])
def test_past_four_hours_the_draft_asks_when_it_ended(minutes, ends):
    entry = stop(start(make_youth()), NOON + minutes * MINUTE)
    assert (entry.status, entry.lacks_end) == ("draft", not ends)


def test_a_forgotten_timer_becomes_a_draft_once_and_takes_no_time():
    youth = make_youth()
    entry = start(youth)
    late = NOON + timedelta(hours=4, minutes=1)

    assert timer.end_forgotten(now=late - MINUTE) == 0
    assert timer.end_forgotten(now=late) == 1
    assert timer.end_forgotten(now=late + MINUTE) == 0

    entry.refresh_from_db()
    assert entry.lacks_end
    assert selectors.timer_of(youth) == entry
    # Without an end it is in nobody's way, and its own end is given by the form.
    make_entry(youth, starts_at=NOON + timedelta(hours=2), minutes=30, now=late)
    details = make_details(starts_at=NOON, minutes=90)
    told = entries.edit(entry_id=entry.public_id, by=youth.user, details=details, submit=True, now=late)
    assert (told.status, told.duration_minutes) == ("submitted", 90)


def test_starting_again_after_a_forgotten_one_leaves_its_draft():
    youth = make_youth()
    first = start(youth)
    second = start(youth, NOON + timedelta(hours=9))
    first.refresh_from_db()
    assert (first.lacks_end, second.status) == (True, "running")


def test_one_timer_may_follow_the_other_in_the_same_minute():
    youth = make_youth()
    stop(start(youth), NOON + 20 * MINUTE + timedelta(seconds=10))
    second = stop(start(youth, NOON + 20 * MINUTE + timedelta(seconds=20)), NOON + 40 * MINUTE)
    assert second.duration_minutes == 20


def test_what_lasts_no_minute_is_thrown_away():
    assert stop(start(make_youth()), NOON + timedelta(seconds=59)).status == "withdrawn"


def test_a_running_timer_can_be_thrown_away_and_is_not_listed():
    youth = make_youth()
    entry = start(youth)
    assert not selectors.listed(youth.user).exists()
    entries.withdraw(entry_id=entry.public_id, by=youth.user, now=NOON + MINUTE)
    assert not selectors.listed(youth.user).exists()
    assert selectors.timer_of(youth) is None


def test_nothing_is_logged_into_the_time_of_a_running_timer():
    youth = make_youth()
    start(youth)
    with pytest.raises(entries.TimerRuns, match="seit 12:00 Uhr"):
        make_entry(youth, starts_at=NOON, minutes=30, now=NOON + 40 * MINUTE)
    make_entry(youth, starts_at=NOON - 30 * MINUTE, minutes=30, now=NOON + 40 * MINUTE)


def test_a_time_that_came_in_between_costs_the_end_and_not_the_draft():
    """As when a host confirms a visit while the youth's timer runs."""
    youth = make_youth()
    entry = start(youth)
    SharedTimeEntry.objects.create(
        youth=youth, category=make_category(), starts_at=NOON + 10 * MINUTE, ends_at=NOON + 30 * MINUTE, status="draft",
        duration_minutes=20, companion_relation="company", did="Betrieb", claimed_at=NOON + 30 * MINUTE,
    )  # fmt: skip
    assert stop(entry, NOON + 40 * MINUTE).lacks_end


def test_a_draft_that_says_nothing_is_not_sent_in():
    entry = stop(start(make_youth()), NOON + 30 * MINUTE)
    with pytest.raises(entries.Untold):
        entries.submit(entry_id=entry.public_id, by=entry.youth.user, now=NOON + 31 * MINUTE)
    with pytest.raises(IntegrityError, match="activities_told"), connection.cursor() as cursor:
        cursor.execute("UPDATE activities_sharedtimeentry SET status = 'submitted'")


def test_the_timer_can_start_in_the_minute_of_joining():
    youth = make_youth(now=NOON + timedelta(seconds=30))
    assert stop(start(youth, NOON + timedelta(seconds=50)), NOON + 20 * MINUTE).duration_minutes == 20


@pytest.mark.parametrize(
    ("from_utc", "to_utc", "minutes"),
    [
        # Both nights last from 01:30 to 03:30 on the wall.
        (datetime(2027, 3, 28, 0, 30, tzinfo=UTC), datetime(2027, 3, 28, 1, 30, tzinfo=UTC), 60),
        (datetime(2027, 10, 30, 23, 30, tzinfo=UTC), datetime(2027, 10, 31, 2, 30, tzinfo=UTC), 180),
    ],
)
def test_the_timer_counts_real_minutes_when_the_clocks_change(from_utc, to_utc, minutes):
    assert stop(start(make_youth(), from_utc), to_utc).duration_minutes == minutes


def test_nobody_starts_or_stops_the_timer_of_another():
    youth = make_youth()
    entry = start(youth)
    for person in (guardian_of(youth), make_user()):
        with pytest.raises(entries.NotYours):
            timer.start(youth=youth, by=person, now=NOON)
        with pytest.raises(SharedTimeEntry.DoesNotExist):
            timer.stop(entry_id=entry.public_id, by=person, now=NOON)


@pytest.mark.django_db(transaction=True)
def test_two_phones_at_once_start_one_and_stop_it_once():
    youth = make_youth()
    for n in range(5):
        at = NOON + timedelta(hours=n)
        started = in_parallel(*[lambda at=at: start(youth, at)] * 4)
        assert len({entry.public_id for entry in started}) == 1, started
        entry = started[0]
        stopped = in_parallel(*[lambda at=at, entry=entry: stop(entry, at + 30 * MINUTE)] * 4)
        assert {row.duration_minutes for row in stopped} == {30}, stopped
        assert [review.step for review in entry.reviews.all()] == ["start", "stop"]
