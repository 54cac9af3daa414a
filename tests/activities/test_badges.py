"""Badges: for habits, read off confirmed entries, in words that shame nobody."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from activities.models import SharedTimeEntry
from activities.portfolio import badges
from tests.activities.test_portfolio import many_entries
from tests.factories import JOINED, NOON, guardian_of, make_category, make_entry, make_youth

pytestmark = pytest.mark.django_db

WEEK = timedelta(days=7)
# A Wednesday evening, early enough for twelve weeks.
FIRST = JOINED + timedelta(days=1)


@pytest.fixture
def youth():
    return make_youth()


def did(youth, *weeks, category="Lesen & Vorlesen", number=0, **fields):
    """Confirmed entries in the given weeks from the first on."""
    guardian = guardian_of(youth)
    kind = make_category(category)
    for week in weeks:
        start = FIRST + WEEK * week + timedelta(hours=3 * number)
        given = {"did": "Etwas gelernt", "companion_relation": "parent", **fields}
        SharedTimeEntry.objects.create(
            youth=youth, category=kind, starts_at=start, ends_at=start + timedelta(minutes=30), duration_minutes=30,
            status="approved", claimed_by=youth.user, claimed_at=start + timedelta(days=1), reviewed_by=guardian,
            approved_at=NOON, **given,
        )  # fmt: skip


def earned(youth) -> set[str]:
    return {badge.slug for badge in badges.of(youth).earned}


def badge(youth, slug):
    return next(found for found in badges.of(youth).all if found.slug == slug)


def test_without_anything_none_is_earned_and_the_nearest_is_named(youth):
    found = badges.of(youth)
    assert found.earned == []
    assert found.next is not None
    assert len(found.all) == 7


def test_four_weeks_in_a_row_and_a_gap_takes_nothing_away(youth):
    did(youth, 0, 1, 2)
    assert badge(youth, "in-a-row").missing == "3 von 4 Wochen"
    did(youth, 4, 5, 6)
    assert not badge(youth, "in-a-row").is_earned
    did(youth, 3)
    assert badge(youth, "in-a-row").is_earned
    # Weeks later, with nothing in between, it is still there.
    did(youth, 12)
    assert badge(youth, "in-a-row").is_earned


def test_volume_alone_earns_nothing(youth):
    many_entries(youth, 40, minutes=15)  # twenty hours within one day
    assert earned(youth) == set()


def test_a_week_is_one_in_berlin(youth):
    """Half past eleven on Sunday night is another week than half past twelve, though both are one day in UTC."""
    guardian = guardian_of(youth)
    sunday = FIRST + timedelta(days=(6 - FIRST.weekday()))
    night = sunday.replace(hour=21, minute=15)  # 23:15 in Berlin, in summer
    for start in (night, night + timedelta(hours=1)):
        SharedTimeEntry.objects.create(
            youth=youth, category=make_category(), starts_at=start, ends_at=start + timedelta(minutes=30),
            duration_minutes=30, did="Gelesen", companion_relation="parent", status="approved", claimed_by=youth.user,
            claimed_at=start + timedelta(days=1), reviewed_by=guardian, approved_at=NOON,
        )  # fmt: skip
    assert badge(youth, "season").reached == 2


@pytest.mark.parametrize(
    ("slug", "arrange"),
    [
        ("many-sided", lambda youth: [did(youth, 0, category=name, number=number) for number, name in enumerate(
            ("Lesen & Vorlesen", "Kultur & Museum", "Sprachen", "Technik & Natur"))]),
        ("company", lambda youth: did(youth, 0, host_confirmed=True)),
        ("reader", lambda youth: did(youth, 0, 2, 5, 9)),
        ("thinker", lambda youth: [did(youth, 0, number=number, learned="Etwas.") for number in range(5)]),
        ("helper", lambda youth: did(youth, 0, 3, 8, category="Ehrenamt")),
        ("season", lambda youth: did(youth, *range(0, 12), category="Sprachen")),
    ],
)  # fmt: skip
def test_each_is_earned_by_its_habit(youth, slug, arrange):
    assert slug not in earned(youth)
    arrange(youth)
    assert slug in earned(youth)


def test_what_is_not_confirmed_counts_for_none(youth):
    make_entry(youth)
    assert badges.of(youth).next.reached == 0


def test_profile_and_start_show_them_in_words_too(client, youth):
    did(youth, 0, 1, 2, 3)
    client.force_login(youth.user)
    for name in ("start", "accounts:profile", "activities:portfolio-home"):
        said = client.get(reverse(name)).content.decode()
        assert "Vier Wochen am Stück" in said
        assert "<svg" in said
    assert "von 4 Wochen" not in client.get(reverse("accounts:profile")).content.decode()
    client.force_login(guardian_of(youth))
    assert "Portfolio und Abzeichen" not in client.get(reverse("accounts:profile")).content.decode()


def test_a_thousand_entries_are_one_question(youth):
    many_entries(youth, 1000)
    with CaptureQueriesContext(connection) as queries:
        badges.of(youth)
    assert len(queries) == 1
