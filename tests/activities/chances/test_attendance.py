"""Who was there becomes shared time that nobody else has to confirm."""

from datetime import timedelta

import pytest
from django.urls import reverse

from accounts.models import Membership, Notice
from activities import approvals, entries
from activities.chances import attendance, check_in, reminders
from activities.models import Booking, SharedTimeEntry
from clevervibes.lib import db
from coins import conversion
from tests.factories import (
    NOON,
    guardian_of,
    host_person,
    make_booking,
    make_date,
    make_details,
    make_entry,
    make_pool,
    make_user,
    make_youth,
)

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
Status, Entry = Booking.Status, SharedTimeEntry.Status
OVER = NOON + 2 * DAY


@pytest.fixture
def date():
    return make_date(starts_at=NOON + DAY, minutes=150, seats=5)


def confirm(date, minutes=None, *, by=None, now=OVER):
    by = by or host_person(date.host)
    return attendance.confirm(opportunity_id=date.public_id, by=by, minutes=minutes or {}, now=now)


def test_all_were_there_unless_somebody_was_shortened_or_struck(date):
    whole, shorter, away = (make_booking(make_youth(age=17), date) for _ in range(3))
    confirm(date, {shorter.public_id: 90, away.public_id: 0})

    for made in (whole, shorter, away):
        made.refresh_from_db()
    assert [made.status for made in (whole, shorter, away)] == [Status.ATTENDED, Status.ATTENDED, Status.MISSED]
    assert (whole.entry.duration_minutes, shorter.entry.duration_minutes, away.entry) == (150, 90, None)
    assert Notice.objects.filter(topic="chance_confirmed").count() == 3


def test_the_entry_counts_without_anybody_else(date):
    youth = make_youth(age=14)
    made = make_booking(youth, date)
    confirm(date)
    made.refresh_from_db()
    entry = made.entry
    assert (entry.status, entry.host_confirmed, entry.category) == (Entry.APPROVED, True, date.category)
    assert (entry.claimed_by, entry.reviewed_by) == (youth.user, host_person(date.host))
    assert [step.step for step in entry.reviews.all()] == ["log", "approve"]


def test_a_list_is_confirmed_once(date):
    make_booking(make_youth(age=17), date)
    confirm(date)
    confirm(date, {Booking.objects.get().public_id: 0}, now=OVER + HOUR)
    assert SharedTimeEntry.objects.count() == 1


def test_before_the_end_and_a_day_later_there_is_no_list(date):
    make_booking(make_youth(age=17), date)
    with pytest.raises(attendance.NotOver):
        confirm(date, now=date.ends_at - timedelta(seconds=1))
    with pytest.raises(attendance.ListClosed):
        confirm(date, now=date.ends_at + DAY + timedelta(seconds=1))
    team = make_user("Svenja", is_staff=True, is_superuser=True)
    confirm(date, by=team, now=date.ends_at + 5 * DAY)
    assert SharedTimeEntry.objects.get().reviewed_by == team


def test_nobody_confirms_themself(date):
    youth = make_youth(age=18)
    Membership.objects.create(user=youth.user, organisation=date.host.organisation, role=Membership.Role.HOST)
    make_booking(youth, date)
    with pytest.raises(attendance.OwnTime):
        confirm(date, by=youth.user)


def test_eight_hours_are_one_entry():
    date = make_date(starts_at=NOON + DAY, minutes=480)
    make_booking(make_youth(age=17), date)
    confirm(date)
    assert SharedTimeEntry.objects.get().duration_minutes == 480


# ── What the youth had written down for the same time ────────────────────────────────────────────
def own_entry(youth, date, *, approve=False, minutes=60):
    entry = entries.log(
        youth=youth, by=youth.user, details=make_details(starts_at=date.starts_at, minutes=minutes), submit=True,
        now=OVER,
    )  # fmt: skip
    if approve:
        approvals.approve(entry_id=entry.public_id, by=guardian_of(youth), now=OVER)
    return entry


@pytest.mark.parametrize("approve", [False, True])
def test_it_gives_way_and_the_youth_reads_why(client, date, approve):
    youth = make_youth(age=15)
    make_booking(youth, date)
    own = own_entry(youth, date, approve=approve)
    confirm(date, now=OVER + HOUR)

    own.refresh_from_db()
    assert own.status == Entry.WITHDRAWN
    assert "Der Betrieb hat diese Zeit bestätigt" in own.reviews.latest("pk").reason
    assert SharedTimeEntry.objects.get(host_confirmed=True).duration_minutes == 150
    client.force_login(youth.user)
    assert "ist dafür zurückgezogen" in client.get(reverse("accounts:notices")).content.decode()


def test_what_is_coins_already_stays_and_the_rest_counts(date):
    youth = make_youth(age=15)
    make_pool(coins=1000, now=NOON)
    make_booking(youth, date)
    own = own_entry(youth, date, approve=True)
    conversion.convert(club=youth.user.club, cutoff=OVER + timedelta(minutes=1), now=OVER + timedelta(minutes=2))
    confirm(date, now=OVER + HOUR)

    own.refresh_from_db()
    counted = SharedTimeEntry.objects.get(host_confirmed=True)
    assert own.status == Entry.APPROVED
    assert (counted.starts_at, counted.duration_minutes) == (own.ends_at, 90)


def test_a_stretch_under_a_quarter_of_an_hour_is_none_and_that_is_said(client, date):
    youth = make_youth(age=15)
    make_pool(coins=1000, now=NOON)
    make_booking(youth, date)
    own_entry(youth, date, approve=True, minutes=140)
    conversion.convert(club=youth.user.club, cutoff=OVER + timedelta(minutes=1), now=OVER + timedelta(minutes=2))
    confirm(date, now=OVER + HOUR)

    made = Booking.objects.get()
    assert (made.status, made.entry) == (Status.ATTENDED, None)
    client.force_login(youth.user)
    assert "steckt schon in Deinen Coins" in client.get(reverse("accounts:notices")).content.decode()


def test_a_touching_entry_stays(date):
    youth = make_youth(age=15)
    make_booking(youth, date)
    before = make_entry(youth, starts_at=date.starts_at - HOUR, minutes=60, now=OVER)
    confirm(date)
    before.refresh_from_db()
    assert before.status == Entry.SUBMITTED


# ── Reminders, and lists nobody ticked ───────────────────────────────────────────────────────────
def test_the_host_is_asked_once_when_it_is_over(date):
    make_booking(make_youth(age=17), date)
    assert reminders.remind_hosts(now=date.ends_at - timedelta(seconds=1)) == 0
    assert reminders.remind_hosts(now=date.ends_at) == 1
    assert reminders.remind_hosts(now=date.ends_at + HOUR) == 0
    assert Notice.objects.filter(to=host_person(date.host), topic="chance_list_due").count() == 1


def test_who_checked_in_gets_the_time_though_no_host_ticked_the_list(date):
    here, away = make_youth(age=17), make_youth(age=17)
    make_booking(here, date)
    other = make_booking(away, date)
    by = host_person(date.host)
    check_in.show(opportunity_id=date.public_id, by=by, now=date.starts_at)
    ticket = check_in.look(check_in.token_of(date, date.starts_at), by=here.user, now=date.starts_at)
    check_in.check_in(ticket=ticket.text, by=here.user, now=date.starts_at)

    assert attendance.settle_checked_in(now=date.ends_at + DAY - timedelta(seconds=1)) == 0
    assert attendance.settle_checked_in(now=date.ends_at + DAY) == 1
    assert attendance.settle_checked_in(now=date.ends_at + DAY) == 0
    entry = SharedTimeEntry.objects.get()
    assert (entry.youth, entry.reviewed_by, entry.duration_minutes) == (here, by, 150)
    other.refresh_from_db()
    assert other.status == Status.BOOKED  # the team's


# ── The host's page ──────────────────────────────────────────────────────────────────────────────
def test_the_list_is_ticked_on_the_host_s_page_by_first_names_alone(client):
    now = db.now()
    date = make_date(starts_at=now - 3 * HOUR, minutes=120, now=now - 2 * DAY)
    date.host.organisation.club.emergency_phone = "02306 112233"
    date.host.organisation.club.save()
    mia, ben = (make_youth(name, age=17, now=now - 9 * DAY) for name in ("Mia", "Ben"))
    made = [make_booking(youth, date, now=now - DAY) for youth in (mia, ben)]
    client.force_login(host_person(date.host))
    address = reverse("activities:host-date", args=[date.public_id])
    page = client.get(address).content.decode()

    assert "Mia" in page
    assert "02306 112233" in page
    assert not any(secret in page for youth in (mia, ben) for secret in (youth.user.last_name, youth.user.username))

    client.post(address, {f"b-{made[0].public_id}": "105", f"b-{made[1].public_id}": "0"})
    for one in made:
        one.refresh_from_db()
    assert [one.status for one in made] == [Status.ATTENDED, Status.MISSED]
    assert made[0].entry.duration_minutes == 105


@pytest.mark.parametrize("minutes", ["999", "-1", "17", "x", "1e9", "\x00"])
def test_only_lengths_of_the_list_are_taken(client, minutes):
    now = db.now()
    date = make_date(starts_at=now - 3 * HOUR, minutes=120, now=now - 2 * DAY)
    made = make_booking(make_youth(age=17, now=now - 9 * DAY), date, now=now - DAY)
    client.force_login(host_person(date.host))
    answer = client.post(reverse("activities:host-date", args=[date.public_id]), {f"b-{made.public_id}": minutes})
    assert answer.status_code == 422
    assert not SharedTimeEntry.objects.exists()
