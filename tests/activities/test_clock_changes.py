"""The nights in which the clocks change, as they are typed: sixty cases, counted by hand from the offsets.

On 28 March 2027 the clock goes from 02:00 to 03:00, on 25 October 2026 and 31 October 2027 from 03:00 back to 02:00.
"""

from datetime import UTC, datetime, timedelta

import pytest

from activities import entries
from activities.forms import EntryForm, is_second
from activities.models import Category
from clevervibes.lib.periods import BERLIN
from tests.factories import make_youth

pytestmark = pytest.mark.django_db

SPRING, AUTUMN, AUTUMN_26 = "2027-03-28", "2027-10-31", "2026-10-25"
EVE = {SPRING: "2027-03-27", AUTUMN: "2027-10-30", AUTUMN_26: "2026-10-24"}
MISSING, WHICH, BACKWARDS, SHORT, LONG = "missing", "which", "backwards", "short", "long"

# From, to (both may carry 1 or 2: the first or second of the doubled hours), and the minutes that really passed.
IN_SPRING = [
    ("00:00", "01:00", 60),
    ("00:30", "01:59", 89),
    ("01:00", "03:00", 60),
    ("01:30", "03:00", 30),
    ("01:30", "03:30", 60),
    ("01:45", "03:00", 15),
    ("01:46", "03:00", SHORT),
    ("01:59", "03:14", 15),
    ("00:00", "05:00", 240),
    ("00:00", "05:01", LONG),
    ("03:00", "04:00", 60),
    ("03:15", "07:15", 240),
    ("02:00", "03:00", MISSING),
    ("02:30", "03:30", MISSING),
    ("01:30", "02:30", MISSING),
    ("02:59", "04:00", MISSING),
    ("14:00", "15:30", 90),
    ("22:00", "23:59", 119),
    ("05:00", "04:00", BACKWARDS),
    ("03:30", "01:30", BACKWARDS),
]
IN_AUTUMN = [
    ("01:00", "01:59", 59),
    ("01:30", "02:30", WHICH),
    ("01:30", "02:30 1", 60),
    ("01:30", "02:30 2", 120),
    ("02:00", "03:00", WHICH),
    ("02:00 1", "03:00", 120),
    ("02:00 2", "03:00", 60),
    ("02:15 1", "02:45 1", 30),
    ("02:15 2", "02:45 2", 30),
    ("02:15 1", "02:45 2", 90),
    ("02:45 1", "02:15 2", 30),
    ("02:30 1", "02:30 2", 60),
    ("02:45 2", "02:15 1", BACKWARDS),
    ("01:30", "03:30", 180),
    ("00:00", "03:00", 240),
    ("00:00", "03:01", LONG),
    ("03:00", "04:00", 60),
    ("02:50 2", "03:04", SHORT),
    ("02:50 1", "03:04", 74),
    ("14:00", "15:30", 90),
]
CASES = [
    *((SPRING, *case) for case in IN_SPRING),
    *((AUTUMN, *case) for case in IN_AUTUMN),
    *((AUTUMN_26, *case) for case in IN_AUTUMN),
]
OVER_MIDNIGHT = [
    (SPRING, "23:30", "01:30", 120),
    (SPRING, "23:30", "03:30", 180),
    (SPRING, "22:30", "03:30", 240),
    (AUTUMN, "23:30", "01:30", 120),
    (AUTUMN, "23:30", "02:30 1", 180),
    (AUTUMN, "23:30", "02:30 2", 240),
    (AUTUMN, "22:30", "02:30 2", LONG),
    (AUTUMN_26, "23:30", "02:00 2", 210),
]


def typed(day, starts, ends):
    (starts, _, first), (ends, _, last) = starts.partition(" "), ends.partition(" ")
    return EntryForm({
        "category": Category.objects.first().slug, "day": day, "starts": starts, "ends": ends, "starts_which": first,
        "ends_which": last, "companion_relation": "parent", "did": "Gelesen",
    })  # fmt: skip


def outcome(form, youth):
    """Return the stored minutes, or what was said instead."""
    if not form.is_valid():
        if {"starts_which", "ends_which"} & form.errors.keys():
            return WHICH
        assert "von 2 auf 3 Uhr" in str(form.errors), form.errors
        return MISSING
    now = (
        datetime(2027, 11, 1, tzinfo=UTC)
        if form.cleaned_data["day"].year == 2027
        else datetime(2026, 11, 1, tzinfo=UTC)
    )
    if form.cleaned_data["day"].month == 3:
        now = datetime(2027, 3, 30, tzinfo=UTC)
    said = {entries.EndsBeforeStart: BACKWARDS, entries.TooShort: SHORT, entries.TooLong: LONG}
    try:
        entry = entries.log(youth=youth, by=youth.user, details=form.details(), now=now)
    except tuple(said) as refusal:
        return said[type(refusal)]
    entry.refresh_from_db()
    # As the database counts, which knows nothing of clocks.
    assert entry.ends_at - entry.starts_at == timedelta(minutes=entry.duration_minutes)
    return entry.duration_minutes


def test_there_are_sixty():
    assert len(CASES) == 60


@pytest.mark.parametrize(("day", "starts", "ends", "expected"), CASES)
def test_the_minutes_are_the_real_ones(day, starts, ends, expected):
    assert outcome(typed(day, starts, ends), make_youth()) == expected


@pytest.mark.parametrize(("day", "starts", "ends", "expected"), OVER_MIDNIGHT)
def test_the_evening_before_counts_through_the_night(day, starts, ends, expected):
    assert outcome(typed(EVE[day], starts, ends), make_youth()) == expected


def test_the_question_stands_where_the_clock_was_typed_and_nothing_is_lost(client):
    form = typed(AUTUMN, "02:15", "02:45")
    assert not form.is_valid()
    assert "gab es zweimal" in str(form.errors["starts_which"])
    assert (form.asks_for_start, form.asks_for_end) == (True, True)
    quiet = typed(AUTUMN, "14:00", "15:00")
    assert quiet.is_valid()
    assert (quiet.asks_for_start, quiet.asks_for_end) == (False, False)


@pytest.mark.parametrize("fold", [0, 1])
def test_an_entry_of_the_doubled_hour_opens_as_it_was(fold):
    moment = datetime(2027, 10, 31, 2, 30, tzinfo=BERLIN, fold=fold).astimezone(UTC)
    assert is_second(moment) is bool(fold)
    assert is_second(moment + timedelta(hours=12)) is None
