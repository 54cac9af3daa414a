"""Counted tries: never more than the limit, also from a hundred hands at once."""

from datetime import timedelta
from functools import partial

import pytest
from django.db import connection, transaction

from clevervibes.lib import limits
from tests.concurrency import in_parallel
from tests.factories import NOON

FIVE = limits.Limit("five", 5, timedelta(minutes=30))
DAY = limits.Limit("day", 7, timedelta(days=1))


def tries(number, *, now=NOON, limit=FIVE, key="mia"):
    """Return how many of `number` tries were let through."""
    passed = 0
    for _ in range(number):
        try:
            limits.take((limit, key), now=now)
        except limits.TooOften:
            continue
        passed += 1
    return passed


@pytest.mark.django_db
def test_the_sixth_try_waits_until_the_first_is_long_enough_ago():
    assert tries(1) == 1
    assert tries(6, now=NOON + timedelta(minutes=10)) == 4

    assert tries(1, now=NOON + timedelta(minutes=30, seconds=-1)) == 0
    assert tries(2, now=NOON + timedelta(minutes=30)) == 1
    assert tries(6, now=NOON + timedelta(minutes=40)) == 4


@pytest.mark.django_db
def test_a_refusal_says_when_it_goes_on():
    tries(5)
    with pytest.raises(limits.TooOften, match="in 20 Minuten") as refusal:
        limits.take((FIVE, "mia"), now=NOON + timedelta(minutes=10))
    assert refusal.value.retry_after_seconds == 20 * 60


@pytest.mark.django_db
def test_keys_and_limits_are_counted_apart_and_under_both_or_none():
    tries(5)
    assert tries(1, key="ben") == 1

    with pytest.raises(limits.TooOften):
        limits.take((DAY, "mia"), (FIVE, "mia"), now=NOON)

    assert tries(8, limit=DAY) == 7, "the try that one limit refused was not counted by the other"


@pytest.mark.django_db
def test_what_was_no_miss_is_given_back_once():
    first = limits.take((FIVE, "mia"), (DAY, "mia"), now=NOON)
    limits.take((FIVE, "mia"), now=NOON)
    limits.give_back(first)
    assert tries(9) == 4
    limits.clear(FIVE, "mia")
    assert tries(9) == 5


@pytest.mark.django_db
def test_nobody_can_be_read_off_the_counts_and_they_are_forgotten():
    limits.take((FIVE, "mia@example.org"), now=NOON)
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM lib_trycount")
        assert "mia" not in str(cursor.fetchall())
    assert limits.forget(NOON + timedelta(minutes=30, seconds=-1)) == 0
    assert limits.forget(NOON + timedelta(minutes=30)) == 1


@pytest.mark.django_db(transaction=True)
def test_of_a_hundred_tries_at_once_five_are_let_through():
    passed = 0
    for _ in range(10):
        results = in_parallel(*[partial(limits.take, (FIVE, "mia"), now=NOON)] * 10)
        passed += sum(isinstance(result, limits.Try) for result in results)

    assert passed == 5


@pytest.mark.django_db(transaction=True)
def test_control_without_the_one_statement_more_than_five_slip_through():
    """The same tries with the count looked up first and written afterwards, as a cache would."""
    look = (
        "SELECT 1 WHERE (SELECT coalesce(max(cardinality(tries)), 0) FROM lib_trycount WHERE scope = %(scope)s)"
        " < %(most)s"
    )
    write = (
        "INSERT INTO lib_trycount AS c (scope, tries, over_at) VALUES (%(scope)s, ARRAY[%(now)s], %(over)s)"
        " ON CONFLICT (scope) DO UPDATE SET tries = c.tries || EXCLUDED.tries RETURNING pg_sleep(0.01)"
    )

    def look_then_write():
        values = {"scope": "five:mia", "now": NOON, "over": NOON, "most": 5}
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(look, values)
            if cursor.fetchone() is None:
                return False
            cursor.execute("SELECT pg_sleep(0.05)")
            cursor.execute(write, values)
            return True

    passed = sum(in_parallel(*[look_then_write] * 20))

    assert passed > 5


@pytest.mark.django_db(transaction=True)
def test_what_cannot_be_counted_is_not_tried():
    tries(1)
    with transaction.atomic(), connection.cursor() as cursor:
        # Somebody holds the row for longer than a page waits.
        cursor.execute("SELECT 1 FROM lib_trycount FOR UPDATE")

        def impatient():
            with connection.cursor() as own:
                own.execute("SET lock_timeout = '50ms'")
            limits.take((FIVE, "mia"), now=NOON)

        [result] = in_parallel(impatient)

    assert isinstance(result, limits.CannotCount)
    assert result.status == 503
