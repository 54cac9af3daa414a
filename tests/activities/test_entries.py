"""Logging: what counts, what is refused, and what the refusal says."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection

from accounts import consent
from activities import approvals, entries
from activities.models import Review, SharedTimeEntry
from clevervibes.lib import db
from tests.factories import (
    JOINED,
    NOON,
    guardian_of,
    make_category,
    make_consent_text,
    make_details,
    make_entry,
    make_user,
    make_youth,
)

pytestmark = pytest.mark.django_db


def log(youth, *, now=NOON, submit=False, **details):
    return entries.log(youth=youth, by=youth.user, details=make_details(**details), submit=submit, now=now)


def test_log_keeps_a_draft_with_real_minutes():
    youth = make_youth()

    entry = log(youth, minutes=75)

    assert (entry.status, entry.duration_minutes) == ("draft", 75)
    assert [review.step for review in entry.reviews.all()] == [Review.Step.LOG]


def test_submit_twice_changes_nothing_the_second_time():
    youth = make_youth()
    entry = log(youth)

    for _ in range(2):
        entries.submit(entry_id=entry.public_id, by=youth.user, now=NOON)

    entry.refresh_from_db()
    assert entry.status == "submitted"
    assert [review.step for review in entry.reviews.all()] == ["log", "submit"]


@pytest.mark.parametrize(
    ("details", "refusal"),
    [
        ({"minutes": 14}, entries.TooShort),
        ({"minutes": -30}, entries.EndsBeforeStart),
        ({"minutes": 0}, entries.EndsBeforeStart),
        ({"minutes": 241, "starts_at": NOON - timedelta(hours=6)}, entries.TooLong),
        ({"starts_at": NOON + timedelta(days=1)}, entries.InFuture),
        ({"starts_at": NOON - timedelta(minutes=59)}, entries.InFuture),
        ({"starts_at": NOON - timedelta(days=15)}, entries.TooLongAgo),
    ],
)
def test_a_time_outside_the_rules_is_refused_and_nothing_is_stored(details, refusal):
    youth = make_youth()

    with pytest.raises(refusal):
        log(youth, **details)

    assert not SharedTimeEntry.objects.exists()


@pytest.mark.parametrize("minutes", [15, 240])
def test_the_shortest_and_the_longest_time_count(minutes):
    assert log(make_youth(), minutes=minutes, starts_at=NOON - timedelta(hours=5)).duration_minutes == minutes


def test_the_fourteenth_day_back_counts_by_the_berlin_calendar():
    # 00:30 Berlin on the 14th day back is still the 15th day back in UTC.
    start = datetime(2026, 9, 1, 22, 30, tzinfo=UTC)
    assert log(make_youth(), starts_at=start).duration_minutes == 60


def test_time_before_joining_is_refused():
    youth = make_youth(now=NOON - timedelta(days=3))
    with pytest.raises(entries.BeforeJoining, match=r"13\. September 2026"):
        log(youth, starts_at=NOON - timedelta(days=5))


def test_overlap_names_the_entry_in_the_way():
    youth = make_youth()
    first = log(youth, minutes=60)

    with pytest.raises(entries.Overlaps, match=r"Lesen & Vorlesen.* 10:00 bis 11:00") as refused:
        log(youth, starts_at=first.ends_at - timedelta(minutes=1), minutes=30)

    assert refused.value.other == first


def test_touching_entries_and_another_youth_are_fine():
    youth = make_youth()
    first = log(youth, starts_at=NOON - timedelta(hours=3))
    log(youth, starts_at=first.ends_at)
    log(make_youth("Ben"), starts_at=first.starts_at)
    assert SharedTimeEntry.objects.count() == 3


def test_a_withdrawn_entry_frees_its_time():
    youth = make_youth()
    first = log(youth)
    entries.withdraw(entry_id=first.public_id, by=youth.user, now=NOON)
    log(youth)


def test_the_database_refuses_an_overlap_whoever_writes_it():
    youth = make_youth()
    first = log(youth)
    with pytest.raises(IntegrityError, match="activities_no_overlap"):
        SharedTimeEntry.objects.create(
            youth=youth, category=first.category, starts_at=first.starts_at, ends_at=first.ends_at,
            duration_minutes=60, companion_relation="parent", did="Noch einmal", claimed_at=NOON,
        )  # fmt: skip


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ("status = 'approved'", "activities_approved_has_moment"),
        ("reviewed_by_id = claimed_by_id", "activities_claimant_is_not_reviewer"),
        ("ends_at = starts_at", "activities_ends_after_start"),
        ("status = 'submitted', duration_minutes = 10", "activities_counting_length"),
        ("status = 'submitted', duration_minutes = 300", "activities_counting_length"),
        ("status = 'submitted', host_confirmed = true, duration_minutes = 500", "activities_counting_length"),
    ],
)
def test_impossible_states_cannot_be_stored(change, constraint):
    log(make_youth())
    with pytest.raises(IntegrityError, match=constraint), connection.cursor() as cursor:
        cursor.execute(f"UPDATE activities_sharedtimeentry SET {change}")


def test_submitting_needs_consent_and_keeps_the_draft():
    youth = make_youth(consent=False)
    entry = log(youth)
    with pytest.raises(entries.ConsentMissing):
        entries.submit(entry_id=entry.public_id, by=youth.user, now=NOON)
    entry.refresh_from_db()
    assert entry.status == "draft"


def test_a_stopped_youth_reads_why():
    youth = make_youth()
    youth.paused_at, youth.paused_why = NOON, "Bitte melde Dich beim Club-Team."
    youth.save()
    with pytest.raises(entries.Stopped, match="Bitte melde Dich"):
        log(youth, submit=True)


def test_nobody_logs_for_another_youth():
    with pytest.raises(entries.NotYours):
        entries.log(youth=make_youth(), by=make_user(), details=make_details(), now=NOON)


def test_a_category_that_does_not_count_is_refused():
    paid_work = make_category("Nebenjob", counts=False)
    with pytest.raises(entries.DoesNotCount):
        log(make_youth(), category=paid_work)


def test_editing_a_submitted_entry_is_refused():
    youth = make_youth()
    entry = make_entry(youth)
    with pytest.raises(entries.NotEditable, match="wartet"):
        entries.edit(entry_id=entry.public_id, by=youth.user, details=make_details(), now=NOON)


def test_the_version_before_an_edit_stays_readable():
    youth = make_youth()
    entry = log(youth)

    entries.edit(entry_id=entry.public_id, by=youth.user, details=make_details(did="Zwei Kapitel gelesen."), now=NOON)

    entry.refresh_from_db()
    assert entry.did == "Zwei Kapitel gelesen."
    assert entry.reviews.last().before["did"] == "Wir haben ein Kapitel gelesen."


def test_the_night_of_the_clock_change_has_its_real_minutes():
    # 25 October 2026: from 01:30 to 03:30 on the wall are three hours.
    start, end = datetime(2026, 10, 24, 23, 30, tzinfo=UTC), datetime(2026, 10, 25, 2, 30, tzinfo=UTC)
    entry = log(make_youth(), starts_at=start, minutes=180, now=end + timedelta(hours=8))
    assert (entry.ends_at, entry.duration_minutes) == (end, 180)


def test_joining_is_where_time_begins():
    youth = make_youth(now=JOINED)
    assert youth.joined_at == JOINED


@pytest.mark.parametrize(("days", "sent"), [(14, True), (15, False)])
def test_a_draft_is_sent_in_within_fourteen_days(days, sent):
    youth = make_youth()
    entry = log(youth)
    now = NOON + timedelta(days=days)
    if sent:
        assert entries.submit(entry_id=entry.public_id, by=youth.user, now=now).status == "submitted"
    else:
        with pytest.raises(entries.TooLongAgo):
            entries.submit(entry_id=entry.public_id, by=youth.user, now=now)


@pytest.mark.parametrize(("days", "sent"), [(14, True), (15, False)])
def test_a_draft_that_waited_for_consent_has_fourteen_days_from_then(days, sent):
    youth = make_youth(consent=False)
    entry = log(youth)
    consented = NOON + timedelta(days=40)
    consent.give(youth=youth, text=make_consent_text(), by=guardian_of(youth), now=consented)
    now = consented + timedelta(days=days)
    if sent:
        assert entries.submit(entry_id=entry.public_id, by=youth.user, now=now).status == "submitted"
    else:
        with pytest.raises(entries.TooLongAgo):
            entries.submit(entry_id=entry.public_id, by=youth.user, now=now)


def test_a_returned_entry_is_corrected_however_late_but_not_moved_further_back():
    youth = make_youth()
    entry = make_entry(youth)
    approvals.return_(entry_id=entry.public_id, by=guardian_of(youth), reason="Uhrzeit stimmt nicht", now=NOON)
    late = NOON + timedelta(days=30)

    back = make_details(starts_at=NOON - timedelta(days=15))
    with pytest.raises(entries.TooLongAgo):
        entries.edit(entry_id=entry.public_id, by=youth.user, details=back, now=late)
    details = make_details(minutes=45)
    corrected = entries.edit(entry_id=entry.public_id, by=youth.user, details=details, submit=True, now=late)

    assert (corrected.status, corrected.duration_minutes) == ("submitted", 45)


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"starts_at": NOON - timedelta(days=15)}, "activities_too_long_ago"),
        (
            {"starts_at": JOINED - timedelta(minutes=1), "claimed_at": JOINED + timedelta(days=1)},
            "activities_before_joining",
        ),
        ({"starts_at": NOON - timedelta(minutes=59)}, "activities_not_in_future"),
    ],
)
def test_the_database_knows_the_windows_too(change, rule):
    youth = make_youth()
    row = {
        "youth": youth, "category": make_category(), "duration_minutes": 60, "companion_relation": "parent",
        "did": "Gelesen", "claimed_at": NOON, "claimed_by": youth.user, **change,
    }  # fmt: skip
    with pytest.raises(IntegrityError) as refused:
        SharedTimeEntry.objects.create(**row, ends_at=row["starts_at"] + timedelta(hours=1))
    assert db.constraint(refused.value) == rule


def test_the_team_may_write_down_twenty_eight_days_back_in_the_database():
    youth, staff = make_youth(), make_user(is_staff=True, roles=["support"])
    row = {"youth": youth, "category": make_category(), "claimed_at": NOON, "claimed_by": staff}
    SharedTimeEntry.objects.create(**row, starts_at=NOON - timedelta(days=28), ends_at=NOON - timedelta(days=27))
    with pytest.raises(IntegrityError):
        SharedTimeEntry.objects.create(
            **row, starts_at=NOON - timedelta(days=29), ends_at=NOON - timedelta(days=28, hours=2)
        )


def test_a_time_moves_within_the_window_of_its_first_writing():
    youth = make_youth()
    entry = log(youth, starts_at=NOON - timedelta(days=14))
    with pytest.raises(IntegrityError) as refused:
        SharedTimeEntry.objects.filter(pk=entry.pk).update(starts_at=NOON - timedelta(days=15))
    assert db.constraint(refused.value) == "activities_too_long_ago"


def test_the_same_time_sent_twice_under_one_name_is_one_entry():
    youth = make_youth()
    key, details = uuid4(), make_details()

    first, second = (
        entries.log(youth=youth, by=youth.user, details=details, submit=True, now=NOON, public_id=key) for _ in range(2)
    )

    assert first == second
    assert first.public_id == key
    assert [review.step for review in first.reviews.all()] == ["log", "submit"]


def test_another_time_under_a_taken_name_is_another_entry():
    youth = make_youth()
    key = uuid4()
    entries.log(youth=youth, by=youth.user, details=make_details(), now=NOON, public_id=key)
    earlier = make_details(starts_at=NOON - timedelta(hours=5))
    assert entries.log(youth=youth, by=youth.user, details=earlier, now=NOON, public_id=key).public_id != key
    # Nor does a name say anything about the entries of others.
    other = make_youth("Ben")
    assert entries.log(youth=other, by=other.user, details=make_details(), now=NOON, public_id=key).youth == other
