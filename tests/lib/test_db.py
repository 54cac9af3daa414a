"""The transaction guard: all or nothing, tried again when PostgreSQL names a loser, never half inside another."""

import pytest
from django.db import IntegrityError, OperationalError, connection, transaction
from django.db.models import Value
from django.db.models.functions import Concat

from accounts.models import Club
from clevervibes.lib import db
from tests.concurrency import in_parallel


class Loser(Exception):
    """Stands for psycopg2's error: only its SQLSTATE is read."""

    def __init__(self, pgcode):
        self.pgcode = pgcode


def losing(times, pgcode):
    """Return a service that is named the loser `times` times before it succeeds."""
    calls = []

    @db.service
    def write():
        calls.append(1)
        Club.objects.create(slug=f"versuch-{len(calls)}", name="Versuch", town="Lünen")
        if len(calls) <= times:
            raise OperationalError from Loser(pgcode)
        return len(calls)

    return write


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("pgcode", ["40001", "40P01"])
def test_a_service_is_repeated_whole_until_it_wins(pgcode):
    assert losing(3, pgcode)() == 4
    assert list(Club.objects.values_list("slug", flat=True)) == ["versuch-4"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("times", "pgcode"), [(6, "40001"), (1, "55P03")])
def test_a_service_gives_up_and_leaves_nothing(times, pgcode):
    with pytest.raises(OperationalError):
        losing(times, pgcode)()
    assert not Club.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_service_inside_another_transaction_is_a_mistake():
    with pytest.raises(RuntimeError, match="durable"), transaction.atomic():
        losing(0, "40001")()


# ── A service that is one statement ──────────────────────────────────────────────────────────────
@db.one_statement
def insert(slug, *, losing=0, calls=None):
    """A part that inserts a club, and is named the loser so many times."""
    db.require_transaction()
    calls = [] if calls is None else calls
    calls.append(slug)
    if len(calls) <= losing:
        raise OperationalError from Loser("40P01")
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO accounts_club (public_id, slug, name, town, contact_email, contact_phone, emergency_phone)"
            " VALUES (gen_random_uuid(), %s, 'Versuch', 'Lünen', '', '', '')",
            [slug],
        )


@pytest.mark.django_db(transaction=True)
def test_one_statement_needs_no_begin_and_no_commit(django_assert_num_queries):
    with django_assert_num_queries(1):
        insert("eins")
    assert Club.objects.count() == 1
    with pytest.raises(db.TransactionNeeded):
        db.require_transaction()


@pytest.mark.django_db(transaction=True)
def test_one_statement_is_repeated_until_it_wins():
    insert("eins", losing=3, calls=(calls := []))

    assert len(calls) == 4
    assert Club.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_one_statement_inside_another_transaction_is_a_mistake():
    with pytest.raises(RuntimeError, match="durable"), transaction.atomic():
        insert("eins")


@pytest.mark.django_db
def test_one_statement_that_is_refused_leaves_the_block_of_a_test_whole():
    insert("eins")
    with pytest.raises(IntegrityError):
        insert("eins")
    assert Club.objects.count() == 1


@pytest.mark.django_db
def test_a_part_refuses_to_work_without_its_service():
    with pytest.raises(db.TransactionNeeded):
        db.require_transaction()
    with transaction.atomic():
        db.require_transaction()


@pytest.mark.django_db(transaction=True)
def test_a_real_deadlock_is_invisible_to_both():
    first, second = (Club.objects.create(slug=slug, name=slug, town="Lünen") for slug in ("a", "b"))

    def writing(*order):
        @db.service
        def write():
            for club in order:
                Club.objects.filter(pk=club.pk).update(name=Concat("name", Value("+")))
                with connection.cursor() as cursor:
                    cursor.execute("SELECT pg_sleep(0.1)")

        return write

    results = in_parallel(writing(first, second), writing(second, first))

    assert results == [None, None]
    assert list(Club.objects.order_by("slug").values_list("name", flat=True)) == ["a++", "b++"]


@pytest.mark.django_db(transaction=True)
def test_a_named_lock_is_held_to_the_end_of_its_transaction():
    def try_it():
        with transaction.atomic():
            return db.try_lock_name("Umrechnung")

    with transaction.atomic():
        db.lock_name("Umrechnung")
        assert in_parallel(try_it) == [False]
    assert in_parallel(try_it) == [True]


@pytest.mark.django_db
def test_no_statement_of_ours_is_compiled_first():
    with connection.cursor() as cursor:
        cursor.execute("SHOW jit")
        assert cursor.fetchone() == ("off",)


@pytest.mark.django_db(transaction=True)
def test_patience_ends_with_its_transaction():
    def limits():
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('lock_timeout'), current_setting('statement_timeout')")
            return cursor.fetchone()

    before = limits()
    with transaction.atomic():
        db.be_patient(lock_seconds=7, statement_seconds=90)
        assert limits() == ("7s", "90s")
    assert limits() == before
    with pytest.raises(db.TransactionNeeded):
        db.be_patient()


@pytest.mark.django_db(transaction=True)
def test_a_lock_that_somebody_else_holds_is_seen_without_taking_it():
    with transaction.atomic():
        db.lock_name("here")
        assert not db.is_locked("here")  # one's own
        assert in_parallel(lambda: db.is_locked("here"), lambda: db.is_locked("there")) == [True, False]
    assert in_parallel(lambda: db.is_locked("here")) == [False]
