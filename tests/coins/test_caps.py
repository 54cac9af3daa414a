"""Times from four phones at once, approved in any order, late ones too: no cap is ever passed."""

import random
from collections import defaultdict
from datetime import timedelta

import pytest

from accounts.models import YouthProfile
from activities import approvals, entries
from activities.models import Category, SharedTimeEntry
from clevervibes.lib import periods
from coins import conversion
from coins.models import ConversionItem
from tests.coins.test_conversion import approve_host_time
from tests.concurrency import chosen_seed, in_parallel, scaled, tell
from tests.factories import NOON, guardian_of, make_category, make_club, make_details, make_pool, make_youth

pytestmark = [pytest.mark.django_db(transaction=True)]

PHONES = 4
RUNS = [NOON + timedelta(days=days) for days in (1, 8, 15)]
DAY_CAP, HOST_DAY_CAP, WEEK_CAP, CATEGORY_CAP = 240, 480, 720, 150
MONDAYS = [periods.week(periods.berlin_date(NOON)).start - timedelta(days=days) for days in (14, 7)]


def times_of(source: random.Random) -> list[tuple]:
    """Return what a busy youth does in two weeks: more than any cap allows."""
    times = []
    for monday in MONDAYS:
        for day in source.sample(range(7), 5):
            for hour in source.sample((5, 10, 15), 3):
                at = monday + timedelta(days=day, hours=hour)
                if at > NOON - timedelta(days=13, hours=12):
                    times.append((at, source.choice((60, 120, 180, 240))))
    return times


def one_youth(source: random.Random, capped: Category, plain: Category) -> YouthProfile:
    """Post the times of a youth from four phones at once, and approve each before one of the runs."""
    youth = make_youth()
    times = times_of(source)
    source.shuffle(times)
    by_host = [times.pop() for _ in range(2)]
    told = [
        make_details(starts_at=at, minutes=minutes, category=source.choice((capped, plain))) for at, minutes in times
    ]

    def phone(number: int) -> None:
        for details in told[number::PHONES]:
            entries.log(youth=youth, by=youth.user, details=details, submit=True, now=NOON)

    assert in_parallel(*[lambda number=number: phone(number) for number in range(PHONES)]) == [None] * PHONES
    for at, minutes in by_host:
        approve_host_time(youth, starts_at=at, minutes=minutes, category=plain)
    waiting = list(youth.entries.filter(status="submitted"))
    source.shuffle(waiting)
    guardian = guardian_of(youth)
    for entry in waiting:
        cutoff = source.choice(RUNS)
        approvals.approve(entry_id=entry.public_id, by=guardian, now=cutoff - timedelta(hours=1))
    return youth


def sums(minutes_of) -> dict[tuple, int]:
    """Return the minutes under each cap: of a day alone and with hosts, of a week, of a category in a week."""
    under: dict[tuple, int] = defaultdict(int)
    for item in ConversionItem.objects.select_related("category"):
        monday = item.done_on - timedelta(days=item.done_on.weekday())
        minutes = minutes_of(item)
        if not item.with_host:
            under["day", item.account_id, item.done_on] += minutes
        under["host day", item.account_id, item.done_on] += minutes
        under["week", item.account_id, monday] += minutes
        if item.category.weekly_cap_minutes:
            under["category", item.account_id, monday, item.category_id] += minutes
    return under


CAPS = {"day": DAY_CAP, "host day": HOST_DAY_CAP, "week": WEEK_CAP, "category": CATEGORY_CAP}


def above(under: dict[tuple, int]) -> int:
    return sum(minutes > CAPS[key[0]] for key, minutes in under.items())


def convert_all() -> None:
    for cutoff in RUNS:
        conversion.convert(club=make_club(), cutoff=cutoff, now=RUNS[-1] + timedelta(days=1))


def play(youths: int, seed: int) -> tuple[dict[tuple, int], int]:
    """Return the counted minutes under each cap, and of how many caps there was more to count."""
    source = random.Random(seed)
    capped, plain = make_category("Alltag lernen", weekly_cap_minutes=CATEGORY_CAP), make_category()
    make_pool(coins=youths * 600)
    for _ in range(youths):
        one_youth(source, capped, plain)
    convert_all()
    assert not SharedTimeEntry.objects.filter(status="approved", conversion_items=None).exists()
    return sums(lambda item: item.counted_minutes), above(sums(lambda item: item.minutes))


def test_late_times_never_pass_a_cap():
    under, busy = play(youths=3, seed=chosen_seed())
    assert busy > 0
    assert above(under) == 0


@pytest.mark.slow
def test_thousands_of_caps_hold_whatever_the_order():
    seed = chosen_seed()
    under, busy = play(youths=scaled(115), seed=seed)
    more = f"of {busy} of them there was more to count; {ConversionItem.objects.count()} times"
    report = tell("counted above a cap", bad=above(under), of=len(under), seed=seed, more=more)
    assert report.of >= scaled(2_000)
    assert report.bad == 0
    # The control: what was done, without the caps, is above many of them.
    assert busy > report.of / 10
