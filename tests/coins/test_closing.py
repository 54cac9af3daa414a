"""A closed year takes no bookings: not by a service, not by hand, not at the same moment."""

from datetime import UTC, date, datetime, timedelta
from threading import Event
from uuid import uuid4

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.urls import reverse

from clevervibes.lib import db
from clevervibes.lib.errors import DomainError
from clevervibes.lib.team import APPROVER, AUDITOR, FINANCE
from clevervibes.workplace import waiting
from coins import closing, conversion, funding, ledger, orders
from coins.models import BankStatement, LedgerAccount, Transfer, YearClosing
from tests.concurrency import in_parallel
from tests.factories import NOON, make_club, make_pool, make_user

pytestmark = pytest.mark.django_db

LAST = datetime(2025, 12, 10, 10, 0, tzinfo=UTC)
LAST_DAY = date(2025, 12, 31)
WHY = "Das Konto kam erst im Januar dazu."


@pytest.fixture
def pool():
    """Something was paid in last year."""
    return make_pool(coins=100, now=LAST)


def closed(on=2025, *, now=NOON):
    asked = closing.ask(on=on, why=WHY, by=make_user("Anna"), now=now)
    return closing.approve(closing=asked, by=make_user("Bert"), now=now)


def deposit(pool, *, day=LAST_DAY, cents=500):
    return funding.book_deposit(pool=pool, amount_cents=cents, received_on=day, by=None, now=NOON)


@db.service
def by_ledger(pool, day):
    world, own = ledger.open_account(kind=LedgerAccount.Kind.WORLD), ledger.open_account(kind=LedgerAccount.Kind.OWN)
    given = {"debit": world, "credit": own, "amount": 5, "kind": Transfer.Kind.OWN_IN, "effective_on": day}
    return ledger.post_transfer(**given, key=uuid4())


@db.service
def by_many(pool, day):
    world, own = ledger.open_account(kind=LedgerAccount.Kind.WORLD), ledger.open_account(kind=LedgerAccount.Kind.OWN)
    return ledger.post_transfers([ledger.Posting(world, own, 5, Transfer.Kind.OWN_IN, day, uuid4())])


# ── What is refused ──────────────────────────────────────────────────────────────────────────────
def test_no_service_books_into_a_closed_year_and_all_do_into_the_next(pool):
    services = {
        "deposit": lambda day: deposit(pool, day=day),
        "ledger": lambda day: by_ledger(pool, day),
        "many": lambda day: by_many(pool, day),
        "run": lambda day: conversion.start(
            club=make_club(), cutoff=datetime(day.year, day.month, day.day, 10, tzinfo=UTC), now=NOON
        ),
    }
    closed()
    before = Transfer.objects.count()

    for name, call in services.items():
        with pytest.raises(ledger.YearClosed):
            call(LAST_DAY)
        assert Transfer.objects.count() == before, name
    for call in services.values():
        call(date(2026, 1, 1))
    with pytest.raises(ledger.YearClosed):
        by_ledger(pool, date(2024, 5, 5))


def test_nothing_is_refused_while_it_is_only_asked_for(pool):
    closing.ask(on=2025, why=WHY, by=make_user(), now=NOON)

    assert deposit(pool).coins == 50


def test_a_hand_at_the_database_is_refused_too(pool):
    world, own = (LedgerAccount.objects.create(
        kind=kind, asset=2, stored=kind == LedgerAccount.Kind.OWN, owner=uuid4()
    ) for kind in (LedgerAccount.Kind.WORLD, LedgerAccount.Kind.OWN))  # fmt: skip
    done = closed()
    row = {"debit": world, "credit": own, "amount": 5, "kind": Transfer.Kind.OWN_IN, "asset": 2}

    for zone in ("UTC", "Etc/GMT+12", "Etc/GMT-14"):
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('TimeZone', %s, true)", [zone])
        with pytest.raises(IntegrityError, match="is closed"), transaction.atomic():
            Transfer.objects.create(**row, effective_on=LAST_DAY, idempotency_key=uuid4())
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('TimeZone', 'UTC', true)")
    for change in ({"approved_at": None}, {"year": 2020}, {"why_without_bank": "anders"}):
        with pytest.raises(DatabaseError, match="for good"), transaction.atomic():
            YearClosing.objects.filter(pk=done.pk).update(**change)
    with pytest.raises(DatabaseError, match="for good"), transaction.atomic():
        YearClosing.objects.filter(pk=done.pk).delete()
    assert YearClosing.objects.get().approved_at == NOON


def test_what_was_booked_before_is_found_again_and_not_booked_twice(pool):
    key = uuid4()
    given = {"pool": pool, "amount_cents": 500, "received_on": LAST_DAY, "by": None, "now": NOON, "key": key}
    first = funding.book_deposit(**given)
    closed()

    assert funding.book_deposit(**given) == first


def test_a_deposit_of_a_closed_year_goes_back_in_the_new_one(pool):
    gift = deposit(pool)
    closed()

    back = orders.give_deposit_back(deposit=gift, reason="Rückgabe", by=make_user(), now=NOON)
    orders.approve(order=back, by=make_user(), now=NOON)

    assert set(Transfer.objects.filter(group=back.public_id).values_list("effective_on", flat=True)) == {NOON.date()}


# ── Who closes it, and when ──────────────────────────────────────────────────────────────────────
def test_it_takes_two_people_a_year_that_is_over_and_a_word_about_the_bank(pool):
    anna = make_user("Anna")
    for on, why, refusal in (
        (2026, WHY, closing.YearNotOver), (2025, "  ", closing.NotCompared),
    ):  # fmt: skip
        with pytest.raises(refusal):
            closing.ask(on=on, why=why, by=anna, now=NOON)
    with pytest.raises(closing.YearNotOver):
        closing.ask(on=2025, why=WHY, by=anna, now=datetime(2026, 1, 2, 22, 0, tzinfo=UTC))
    asked = closing.ask(on=2025, why=WHY, by=anna, now=NOON)
    with pytest.raises(closing.AlreadyAsked):
        closing.ask(on=2025, why=WHY, by=anna, now=NOON)
    with pytest.raises(closing.OwnClosing):
        closing.approve(closing=asked, by=anna, now=NOON)
    with pytest.raises(IntegrityError), transaction.atomic():
        YearClosing.objects.filter(pk=asked.pk).update(approved_by=anna, approved_at=NOON)
    done = closing.approve(closing=asked, by=make_user("Bert"), now=NOON)
    with pytest.raises(closing.AlreadyClosed):
        closing.withdraw(closing=done, now=NOON)
    with pytest.raises(closing.AlreadyClosed):
        closing.ask(on=2025, why=WHY, by=anna, now=NOON)


def test_the_database_itself_closes_no_year_that_is_not_over():
    this = db.now().year
    row = {"books_cents": 0, "bank_cents": 0, "asked_at": NOON, "approved_at": NOON}

    with pytest.raises(IntegrityError, match="not over"), transaction.atomic():
        YearClosing.objects.create(year=this, **row)


def test_with_the_banks_word_no_reason_is_asked(pool):
    BankStatement.objects.create(
        iban="DE75512108001245126199", statement_id="12", closing_on=LAST_DAY, closing_cents=1_000, opening_cents=0,
        file_sha256="0" * 64, imported_at=NOON, booked_at=NOON,
    )  # fmt: skip

    asked = closing.ask(on=2025, by=make_user(), now=NOON)

    assert (asked.bank_cents, asked.books_cents, asked.why_without_bank) == (1_000, 1_000, "")


def test_a_year_that_changed_since_it_was_asked_for_is_looked_at_again(pool):
    asked = closing.ask(on=2025, why=WHY, by=make_user(), now=NOON)
    deposit(pool)

    with pytest.raises(closing.BooksChanged):
        closing.approve(closing=asked, by=make_user(), now=NOON)
    closing.withdraw(closing=asked, now=NOON)
    assert closed().books_cents == 1_500


# ── At the same moment ───────────────────────────────────────────────────────────────────────────
@pytest.mark.django_db(transaction=True)
def test_a_booking_at_the_same_moment_is_in_the_closed_year_or_refused():
    pool = make_pool(coins=100, now=LAST)
    asked = closing.ask(on=2025, why=WHY, by=make_user(), now=NOON)
    bert = make_user("Bert")

    done = in_parallel(lambda: closing.approve(closing=asked, by=bert, now=NOON), lambda: deposit(pool))

    shut, booked = YearClosing.objects.get(), Transfer.objects.filter(effective_on=LAST_DAY).exists()
    kinds = {type(one) for one in done if isinstance(one, DomainError)}
    # Either the deposit came first, then what was asked for is not what is there; or the year was closed first.
    assert (bool(shut.approved_at), booked, kinds) in (
        (False, True, {closing.BooksChanged}), (True, False, {ledger.YearClosed}),
    )  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_a_booking_under_way_holds_the_closing_up(monkeypatch):
    """The control: without the shared lock a posting that is not committed would be missed."""
    pool = make_pool(coins=100, now=LAST)
    asked = closing.ask(on=2025, why=WHY, by=make_user(), now=NOON)
    bert, posted, seen = make_user("Bert"), Event(), []

    @db.service
    def slow():
        transfer = by_ledger.__wrapped__(pool, LAST_DAY)
        posted.set()
        with connection.cursor() as cursor:
            for _try in range(200):
                cursor.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
                if cursor.fetchone()[0]:
                    seen.append("waits")
                    break
                cursor.execute("SELECT pg_sleep(0.02)")
        return transfer

    def close():
        posted.wait(30)
        return closing.approve(closing=asked, by=bert, now=NOON)

    done = in_parallel(slow, close)

    assert seen == ["waits"]
    assert {type(one) for one in done} == {Transfer, closing.BooksChanged}


# ── The page ─────────────────────────────────────────────────────────────────────────────────────
def test_two_of_the_team_close_a_year_by_form(client, pool):
    asks = make_user("Kasse", is_staff=True, roles=[FINANCE])
    decides = make_user("Freigabe", is_staff=True, roles=[APPROVER])
    client.force_login(asks)
    page = client.post(reverse("admin:coins_yearclosing_add"), {"year": "2025", "why": ""})
    assert "Für den 31.12. gibt es keinen Kontoauszug" in page.content.decode()
    client.post(reverse("admin:coins_yearclosing_add"), {"year": "2025", "why": WHY})
    one = YearClosing.objects.get()
    page = client.get(reverse("admin:coins_yearclosing_change", args=[one.pk])).content.decode()
    assert "Jemand anders aus dem Team gibt es frei" in page
    assert client.post(reverse("admin:coins_yearclosing_approve", args=[one.pk])).status_code == 403
    client.force_login(make_user("Prüfung", is_staff=True, roles=[AUDITOR]))
    assert client.post(reverse("admin:coins_yearclosing_approve", args=[one.pk])).status_code == 403
    client.force_login(decides)
    closing.approve(closing=closing.ask(on=2024, why=WHY, by=asks, now=NOON), by=decides, now=NOON)
    queue = next(queue for queue in waiting.for_(decides, db.now()) if queue.number == 1)
    assert client.get(queue.url).context["cl"].result_count == 1
    page = client.get(reverse("admin:coins_yearclosing_approve", args=[one.pk])).content.decode()
    assert WHY in page
    client.post(reverse("admin:coins_yearclosing_approve", args=[one.pk]))

    one.refresh_from_db()
    assert (one.approved_by, one.asked_by) == (decides, asks)
    assert one.approved_at - db.now() < timedelta(minutes=1)
    assert client.post(reverse("admin:coins_yearclosing_withdraw", args=[one.pk])).status_code == 403
