"""What the page says is left of a week is what a run leaves of it."""

import random
from datetime import timedelta

import pytest

from activities.models import SharedTimeEntry
from clevervibes.lib import periods
from coins import room
from coins.conversion import policy_on
from coins.models import ConversionItem
from tests.coins.test_conversion import LATER, approve_host_time, convert
from tests.factories import NOON, make_approved, make_category, make_entry, make_pool, make_youth

pytestmark = pytest.mark.django_db

MONDAY = periods.week(periods.berlin_date(NOON)).start - timedelta(days=7)


def room_of(youth):
    entries = SharedTimeEntry.objects.filter(youth=youth).select_related("category")
    return room.of_week(entries, policy_on(periods.berlin_date(MONDAY)))


def test_an_empty_week_has_all_its_room():
    assert room.of_week([], policy_on(periods.berlin_date(NOON))) == room.Room(720, 0, 0, [])


def test_what_waits_is_reckoned_with_and_what_is_withdrawn_is_not():
    youth = make_youth()
    make_entry(youth, starts_at=MONDAY + timedelta(hours=10), minutes=60)
    make_entry(youth, starts_at=MONDAY + timedelta(hours=14), minutes=45, submit=False)
    assert (room_of(youth).counted_minutes, room_of(youth).left_minutes) == (60, 660)


@pytest.mark.parametrize("seed", range(6))
def test_the_room_is_that_of_a_run(seed):
    dice = random.Random(seed)
    youth = make_youth()
    make_pool(coins=1000)
    capped = make_category("Alltag lernen", weekly_cap_minutes=100)
    plain = make_category()
    for day in range(7):
        for hour in (6, 11, 16):
            minutes = dice.choice((30, 120, 200, 240))
            at = {"starts_at": MONDAY + timedelta(days=day, hours=hour), "minutes": minutes}
            chosen = dice.choice((capped, plain))
            if dice.random() < 0.2:
                approve_host_time(youth, category=chosen, **at)
            elif dice.random() < 0.6:
                make_approved(youth, category=chosen, **at)
    expected = room_of(youth)

    convert(cutoff=LATER)

    items = ConversionItem.objects.all()
    assert sum(item.counted_minutes for item in items) == expected.counted_minutes
    assert sum(item.minutes for item in items) == expected.minutes
    of_capped = sum(item.counted_minutes for item in items if item.category_id == capped.pk)
    assert of_capped == sum(one.counted_minutes for one in expected.categories)
    assert expected.left_minutes >= 0
