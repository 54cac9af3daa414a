"""The ground the tests stand on: roles, isolation, races."""

import pytest
from django.core.cache import cache
from django.db import ProgrammingError, connection

from accounts.models import Club
from tests.concurrency import in_parallel, rounds


@pytest.mark.django_db
def test_tests_run_as_the_role_that_owns_nothing():
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user, count(*) FROM pg_tables WHERE tableowner = current_user GROUP BY 1")
        assert cursor.fetchall() == []
        cursor.execute("SELECT current_user, rolsuper, rolcreatedb FROM pg_roles WHERE rolname = current_user")
        assert cursor.fetchone() == ("club_app", False, False)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "statement", ["CREATE TABLE mine (id int)", "TRUNCATE accounts_club", "DROP TABLE accounts_club"]
)
def test_app_role_may_not_change_the_schema(statement):
    with pytest.raises(ProgrammingError, match=r"permission denied|must be owner"), connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("time", ["first", "second"])
def test_what_a_transactional_test_commits_is_gone_in_the_next(time):
    assert not Club.objects.filter(slug="left").exists()
    Club.objects.create(slug="left", name="Left", town="Lünen")
    cache.set("left", 1)


def test_cache_is_empty_at_the_start_of_a_test():
    assert cache.get("left") is None


@pytest.mark.django_db(transaction=True)
def test_parallel_calls_have_connections_of_their_own_and_answer_in_order():
    def backend():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid(), current_user")
            return cursor.fetchone()

    def refuse():
        raise LookupError("no")

    first, refused, second = in_parallel(backend, refuse, backend)

    assert first[0] != second[0]
    assert {first[1], second[1]} == {"club_app"}
    assert isinstance(refused, LookupError)


def test_rounds_report_what_went_wrong_and_the_seed_that_repeats_it():
    report = rounds(20, lambda source: source.random() < 0.5, seed=7)

    assert str(report) == f"bad {report.bad} of 20 (seed 7)"
    assert rounds(20, lambda source: source.random() < 0.5, seed=7) == report
    assert 0 < report.bad < 20
