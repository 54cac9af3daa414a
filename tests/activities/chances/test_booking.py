"""Seats: taken, waited for, given back; a guardian's yes under 16."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.urls import reverse

from accounts import registration
from accounts.models import Notice
from activities import entries
from activities.chances import booking, hosting, reminders
from activities.models import Booking, Opportunity
from clevervibes.lib import db
from tests.factories import NOON, guardian_of, host_person, make_booking, make_date, make_user, make_youth

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
Status, Ended = Booking.Status, Booking.Ended


def told(person):
    news = Notice.objects.filter(to=person, topic__startswith="chance_").order_by("pk")
    return list(news.values_list("topic", flat=True))


def book(youth, date, *, wait=False, now=NOON):
    return booking.book(opportunity_id=date.public_id, by=youth.user, may_wait=wait, now=now)


# ── From 16 on ───────────────────────────────────────────────────────────────────────────────────
def test_from_16_on_a_seat_is_booked_at_once_and_twice_is_once():
    youth, date = make_youth(age=16), make_date()
    made = book(youth, date)
    assert (made.status, made.seat, made.answer_by) == (Status.BOOKED, 1, None)
    assert book(youth, date) == made
    assert Booking.objects.count() == 1
    assert told(guardian_of(youth)) == []


def test_a_full_date_has_a_list_in_the_order_of_asking():
    date = make_date(seats=1)
    first, second, third = (make_youth(age=17) for _ in range(3))
    kept = book(first, date)
    with pytest.raises(booking.FullyBooked):
        book(second, date)
    waiting = book(second, date, wait=True, now=NOON + HOUR)
    last = book(third, date, wait=True, now=NOON + 2 * HOUR)
    assert (waiting.status, waiting.seat) == (Status.WAITING, None)

    booking.cancel(booking_id=kept.public_id, by=first.user, now=NOON + DAY)

    waiting.refresh_from_db(), last.refresh_from_db()
    assert (waiting.status, waiting.seat, last.status) == (Status.BOOKED, 1, Status.WAITING)
    assert told(second.user) == ["chance_seat"]
    assert told(third.user) == []


def test_who_is_elsewhere_by_then_keeps_waiting_and_the_next_moves_up():
    date, beside = make_date(seats=1), make_date("Nebenan")
    holder, elsewhere, free = (make_youth(age=17) for _ in range(3))
    kept = book(holder, date)
    waits = book(elsewhere, date, wait=True)
    book(elsewhere, beside)
    next_one = book(free, date, wait=True, now=NOON + HOUR)

    booking.cancel(booking_id=kept.public_id, by=holder.user, now=NOON + DAY)

    waits.refresh_from_db(), next_one.refresh_from_db()
    assert (waits.status, next_one.status) == (Status.WAITING, Status.BOOKED)


def test_dates_that_overlap_are_not_both_booked_and_touching_ones_are():
    youth, date = make_youth(age=17), make_date()
    book(youth, date)
    with pytest.raises(booking.DatesClash) as refusal:
        book(youth, make_date("Zur selben Zeit", starts_at=date.starts_at + HOUR))
    assert "Frühstücksbrett" in str(refusal.value)
    assert book(youth, make_date("Danach", starts_at=date.ends_at)).status == Status.BOOKED


@pytest.mark.parametrize(
    ("age", "date", "refusal"),
    [
        (13, {"minimum_age": 14}, booking.TooYoung),
        (17, {"starts_at": NOON - HOUR, "now": NOON - DAY}, booking.TooLate),
    ],
)
def test_who_may_not_come_is_told_why(age, date, refusal):
    with pytest.raises(refusal):
        book(make_youth(age=age), make_date(**date))
    assert not Booking.objects.exists()


def test_the_birthday_on_the_day_itself_is_in_time():
    youth = make_youth(age=13)
    at_14 = NOON.replace(year=youth.birth_date.year + 14, month=youth.birth_date.month, day=youth.birth_date.day)
    date = make_date(minimum_age=14, starts_at=at_14)
    assert book(youth, date).status == Status.ASKED


def test_without_a_consent_nothing_is_booked():
    with pytest.raises(booking.NotYet):
        book(make_youth(age=15, consent=False), make_date())


def test_what_is_not_released_or_called_off_is_not_there():
    youth = make_youth(age=17)
    draft, date = make_date(release=False), make_date()
    hosting.cancel(opportunity_id=date.public_id, by=host_person(date.host), why="ill", now=NOON)
    for gone in (draft, date):
        with pytest.raises(Opportunity.DoesNotExist):
            book(youth, gone)


# ── Under 16 ─────────────────────────────────────────────────────────────────────────────────────
def test_under_16_the_seat_is_kept_and_every_guardian_is_asked():
    youth, other = make_youth(age=14), make_user("Thomas")
    registration.add_guardian(guardian=other, youth=youth, now=NOON)
    made = book(youth, make_date(seats=1))

    assert (made.status, made.seat, made.answer_by) == (Status.ASKED, 1, NOON + 72 * HOUR)
    assert told(guardian_of_first(youth)) == told(other) == ["chance_asked"]
    with pytest.raises(booking.FullyBooked):
        book(make_youth(age=17), made.opportunity)


def guardian_of_first(youth):
    return youth.guardianships.order_by("pk").first().guardian


def test_the_answer_is_due_before_the_date_begins():
    date = make_date(starts_at=NOON + 5 * HOUR)
    assert book(make_youth(age=14), date).answer_by == date.starts_at


def test_a_yes_books_and_a_no_frees_and_a_no_after_the_yes_too():
    youth, date = make_youth(age=14), make_date(seats=1)
    waiting = make_youth(age=17)
    made = book(youth, date)
    rest = book(waiting, date, wait=True)
    guardian = guardian_of(youth)

    said = booking.answer(booking_id=made.public_id, by=guardian, yes=True, now=NOON + HOUR)
    assert (said.status, said.answered_by) == (Status.BOOKED, guardian)
    assert booking.answer(booking_id=made.public_id, by=guardian, yes=True, now=NOON + DAY).answered_at == NOON + HOUR

    said = booking.answer(booking_id=made.public_id, by=guardian, yes=False, now=NOON + DAY)
    assert (said.status, said.ended_why, said.seat) == (Status.CANCELLED, Ended.GUARDIAN, None)
    rest.refresh_from_db()
    assert rest.status == Status.BOOKED
    assert told(youth.user) == ["chance_answered", "chance_answered"]


def test_a_no_stands_until_the_guardian_takes_it_back():
    youth, date = make_youth(age=14), make_date()
    made, guardian = book(youth, date), guardian_of(youth)
    booking.answer(booking_id=made.public_id, by=guardian, yes=False, now=NOON)
    with pytest.raises(booking.AnswerWasNo):
        book(youth, date)
    booking.allow_again(booking_id=made.public_id, by=guardian, now=NOON)
    assert book(youth, date).status == Status.ASKED


def test_nobody_else_answers():
    youth = make_youth(age=14)
    made = book(youth, make_date())
    for person in (youth.user, guardian_of(make_youth(age=14)), host_person(made.opportunity.host)):
        with pytest.raises(Booking.DoesNotExist):
            booking.answer(booking_id=made.public_id, by=person, yes=True, now=NOON)


def test_after_72_hours_the_seat_is_free_again_and_everybody_knows():
    youth, date = make_youth(age=14), make_date(seats=1, starts_at=NOON + 9 * DAY)
    made = book(youth, date)
    rest = book(make_youth(age=17), date, wait=True)

    assert booking.free_unanswered(now=NOON + 72 * HOUR - timedelta(seconds=1)) == 0
    assert booking.free_unanswered(now=NOON + 72 * HOUR) == 1
    assert booking.free_unanswered(now=NOON + 73 * HOUR) == 0

    made.refresh_from_db(), rest.refresh_from_db()
    assert (made.ended_why, rest.status, rest.seat) == (Ended.SILENCE, Status.BOOKED, 1)
    assert told(youth.user) == ["chance_unanswered"]
    assert told(guardian_of(youth)) == ["chance_asked", "chance_unanswered"]
    with pytest.raises(booking.AnswerOver):
        booking.answer(booking_id=made.public_id, by=guardian_of(youth), yes=True, now=NOON + 73 * HOUR)


def test_who_moves_up_under_16_is_asked_about_then():
    date = make_date(seats=1, starts_at=NOON + 9 * DAY)
    holder, young = make_youth(age=17), make_youth(age=14)
    kept = book(holder, date)
    waits = book(young, date, wait=True)
    assert told(guardian_of(young)) == []
    booking.cancel(booking_id=kept.public_id, by=holder.user, now=NOON + DAY)
    waits.refresh_from_db()
    assert (waits.status, waits.answer_by) == (Status.ASKED, NOON + 4 * DAY)
    assert told(guardian_of(young)) == ["chance_asked"]


# ── Nothing stays of those who may not come ──────────────────────────────────────────────────────
def test_who_is_stopped_gives_the_seat_back():
    youth, date = make_youth(age=17), make_date()
    made = book(youth, date)
    youth.paused_at, youth.paused_why = NOON, "Bitte melde Dich."
    youth.save()
    assert booking.free_left(now=NOON + HOUR) == 1
    made.refresh_from_db()
    assert made.ended_why == Ended.MEMBER
    with pytest.raises(entries.Stopped):
        book(youth, date)


def test_a_seat_that_nobody_gave_back_is_given_by_the_clock():
    date = make_date(seats=1)
    gone, waits = make_youth(age=17), make_youth(age=17)
    kept = book(gone, date)
    rest = book(waits, date, wait=True)
    kept.delete()  # as with the erasure of a person
    assert booking.fill_all(now=NOON + HOUR) == 1
    rest.refresh_from_db()
    assert rest.status == Status.BOOKED


# ── What PostgreSQL knows itself ─────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ({"seat": 1}, "activities_one_per_seat"),
        ({"seat": 4}, "activities_no_such_seat"),
        ({"status": "waiting"}, "activities_seat_by_status"),
        ({"status": "asked", "seat": 2}, "activities_asked_until"),
        ({"status": "cancelled", "seat": None}, "activities_booking_ended_why"),
    ],
)
def test_impossible_bookings_cannot_be_stored(change, constraint):
    date = make_date()
    make_booking(make_youth(age=17), date)
    row = {
        "opportunity": date, "youth": make_youth(age=17), "status": "booked", "seat": 2, "made_at": NOON,
        "starts_at": date.starts_at, "ends_at": date.ends_at, **change,
    }  # fmt: skip
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        Booking.objects.create(**row)
    assert db.constraint(error.value) == constraint


def test_one_youth_is_stored_once_a_date_and_never_at_two_at_once():
    youth, date = make_youth(age=17), make_date()
    made = book(youth, date)
    row = {"youth": youth, "status": "booked", "seat": 2, "made_at": NOON,
           "starts_at": made.starts_at, "ends_at": made.ends_at}  # fmt: skip
    late = {"starts_at": made.ends_at, "ends_at": made.ends_at + HOUR}
    for other, constraint in (
        ({"opportunity": date, **late}, "activities_booked_once"),
        ({"opportunity": make_date()}, "activities_one_date_at_a_time"),
    ):
        with pytest.raises(IntegrityError) as error, transaction.atomic():
            Booking.objects.create(**{**row, **other})
        assert db.constraint(error.value) == constraint


# ── The day before ───────────────────────────────────────────────────────────────────────────────
def test_the_day_before_at_four_each_is_reminded_once_of_place_time_and_clothes(mailoutbox):
    youth = make_youth(age=17)
    date = make_date(where="Tor 2", wear="Feste Schuhe", way="10 Minuten vom Bahnhof")
    made = book(youth, date)
    due = reminders.due_at(date.starts_at)

    assert (due.hour, due.date()) == (16, (date.starts_at - DAY).date())
    assert reminders.remind(now=due - timedelta(seconds=1)) == 0
    assert reminders.remind(now=due) == 1
    assert reminders.remind(now=due + HOUR) == 0
    made.refresh_from_db()
    assert made.reminded_at == due
    assert told(youth.user) == ["chance_tomorrow"]


def test_the_reminder_is_read_behind_the_bell(client):
    youth = make_youth(age=17)
    now = db.now()
    date = make_date(where="Tor 2", wear="Feste Schuhe", starts_at=now + 5 * HOUR, now=now)
    book(youth, date, now=now)
    assert reminders.remind(now=now) == 1
    client.force_login(youth.user)
    page = client.get(reverse("accounts:notices")).content.decode()
    assert "Tor 2" in page
    assert "Feste Schuhe" in page


def test_only_who_has_a_seat_for_sure_is_reminded():
    date = make_date(seats=1)
    asked = make_youth(age=14)
    book(asked, date)
    book(make_youth(age=17), date, wait=True)
    assert reminders.remind(now=reminders.due_at(date.starts_at)) == 0


# ── Called off, moved ────────────────────────────────────────────────────────────────────────────
def test_called_off_all_are_told_once_and_guardians_under_16_too():
    date = make_date(seats=2)
    grown, young, waiting = make_youth(age=17), make_youth(age=14), make_youth(age=17)
    make_booking(grown, date)
    make_booking(young, date)
    make_booking(waiting, date, wait=True)
    by = host_person(date.host)
    for _ in range(2):
        hosting.cancel(opportunity_id=date.public_id, by=by, why="ill", now=NOON)

    assert set(Booking.objects.values_list("status", "ended_why")) == {(Status.CANCELLED, Ended.DATE)}
    assert told(grown.user) == told(waiting.user) == ["chance_cancelled"]
    assert told(guardian_of(young)) == ["chance_asked", "chance_cancelled"]
    assert told(guardian_of(grown)) == []


def test_the_row_of_a_date_is_locked_before_its_seats_move():
    """What the order of locks hangs on: the date first, then the youth."""
    youth, date = make_youth(age=17), make_date()
    seen = _Locks()
    with connection.execute_wrapper(seen):
        book(youth, date)
    assert seen.tables == ["activities_opportunity", "accounts_youthprofile"]


class _Locks:
    def __init__(self):
        self.tables = []

    def __call__(self, execute, sql, params, many, context):
        if "FOR NO KEY UPDATE" in sql or "FOR UPDATE" in sql:
            self.tables.append(sql.partition('FROM "')[2].partition('"')[0])
        return execute(sql, params, many, context)
