"""A run leaves what somebody has to look at, and takes it when they have."""

from datetime import timedelta

import pytest
from django.db import connection

from activities import selectors as shared_time
from activities.models import Sample, SharedTimeEntry
from activities.sampling import deciding
from coins import conversion, ledger
from tests.coins.test_conversion import LATER, convert, item_of
from tests.factories import NOON, make_account, make_approved, make_club, make_pool, make_user, make_youth

pytestmark = pytest.mark.django_db

WEEK = timedelta(days=7)


@pytest.fixture
def team():
    return make_user("Svenja", is_staff=True, roles=["support"])


def test_a_run_waits_for_an_open_draw_and_the_next_one_pays(settings, team):
    youth = make_youth()
    make_pool(coins=100)
    settings.SAMPLE_PERCENT = 100
    drawn = make_approved(youth, minutes=60)
    settings.SAMPLE_PERCENT = 0
    other = make_approved(youth, minutes=30, starts_at=NOON - timedelta(hours=5))

    preview = conversion.preview(club=make_club(), cutoff=LATER, now=LATER)
    convert()
    assert (preview.run.entries, ledger.balance(make_account(youth=youth))) == (1, 5)
    assert not drawn.conversion_items.exists()
    assert item_of(other)

    deciding.let_pass(sample_id=drawn.samples.get().public_id, by=team, reason="Passt.", now=LATER)
    convert(LATER + WEEK)

    assert ledger.balance(make_account(youth=youth)) == 15
    assert item_of(drawn).counted_minutes == 60


def test_a_run_compares_no_entry_with_every_open_sample(settings):
    """Also before anybody has counted them: joined, 30,000 entries took 12 seconds."""
    settings.SAMPLE_PERCENT = 100
    make_approved(make_youth())
    rows = shared_time.convertible_entries(LATER).order_by().values("pk", "youth_id")
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        sql, parameters = rows.query.sql_with_params()
        cursor.execute(f"EXPLAIN {sql}", parameters)
        plan = " ".join(row[0] for row in cursor.fetchall())

    assert "hashed SubPlan" in plan
    assert "activities_one_open_sample" in plan


def test_no_run_refuses_and_no_time_does(settings, team):
    youth = make_youth()
    make_pool(coins=100)
    settings.SAMPLE_PERCENT = 100
    entry = make_approved(youth, minutes=60)

    for weeks in range(8):
        convert(LATER + weeks * WEEK)

    entry.refresh_from_db()
    assert entry.status == SharedTimeEntry.Status.APPROVED
    assert Sample.objects.get().is_open
    deciding.let_pass(sample_id=Sample.objects.get().public_id, by=team, reason="Spät, aber gut.", now=LATER + 9 * WEEK)
    convert(LATER + 10 * WEEK)
    assert ledger.balance(make_account(youth=youth)) == 10


def test_somebody_whose_only_hour_waits_gets_no_account_yet(settings):
    youth = make_youth()
    make_pool(coins=100)
    settings.SAMPLE_PERCENT = 100
    make_approved(youth)

    convert()

    assert not hasattr(youth, "coins_account")
    assert conversion.ConversionRun.objects.get().youths == 0


def test_what_is_counted_is_marked_too_late(team):
    youth = make_youth()
    make_pool(coins=100)
    entry = make_approved(youth)
    convert()

    with pytest.raises(deciding.AlreadyTaken):
        deciding.mark(entry_id=entry.public_id, by=team, reason="Moment mal.", now=LATER)
    assert not Sample.objects.exists()


def test_three_full_weeks_leave_alone_what_a_run_has_counted():
    youth = make_youth()
    make_pool(coins=10_000)
    monday = conversion.periods.week(conversion.periods.berlin_date(NOON)).start
    made = {}
    for back in (3, 2, 1):
        for day in range(3):
            for hour in (7, 13):
                at = monday - back * WEEK + timedelta(days=day, hours=hour)
                if (back, day, hour) == (1, 0, 7):
                    run = convert(at, now=NOON + WEEK)  # the first two weeks are counted
                made[back, day, hour] = make_approved(youth, starts_at=at, minutes=120, now=at + timedelta(hours=3))

    assert run.entries == 12
    assert {sample.entry for sample in Sample.objects.all()} == {
        entry for (back, _day, _hour), entry in made.items() if back == 1
    }
