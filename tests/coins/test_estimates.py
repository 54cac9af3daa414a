"""About how many coins an entry may bring."""

from datetime import date, timedelta

import pytest

from coins import conversion
from coins.estimates import Estimator
from tests.factories import NOON, make_entry, make_youth

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("minutes", "host", "coins"), [(60, False, 10), (60, True, 15), (59, False, 9), (17, False, 2)]
)
def test_six_minutes_are_a_coin_and_time_with_a_company_counts_one_and_a_half(minutes, host, coins):
    entry = make_entry(make_youth(), minutes=minutes)
    entry.host_confirmed = host
    assert Estimator().coins(entry) == coins


def test_the_policy_of_the_day_it_started_applies():
    conversion.set_policy(valid_from=date(2026, 9, 21), minutes_per_coin=12, now=NOON)
    youth = make_youth()
    before = make_entry(youth)
    after = make_entry(youth, starts_at=NOON + timedelta(days=6), now=NOON + timedelta(days=7))
    assert [Estimator().coins(entry) for entry in (before, after)] == [10, 5]


def test_many_entries_look_at_the_policies_once(django_assert_num_queries):
    youth = make_youth()
    entries = [make_entry(youth, minutes=30, starts_at=NOON - timedelta(hours=2 * n)) for n in range(1, 9)]
    estimator = Estimator()
    with django_assert_num_queries(1):
        assert sum(estimator.coins(entry) for entry in entries) == 40
