"""An account's book at the desk: two signed lines a transfer, running balances, any day, any number."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from coins import journal, ledger, statement
from coins.models import LedgerEntry, Transfer
from tests.coins import books
from tests.factories import make_user

pytestmark = pytest.mark.django_db

YESTERDAY, TOMORROW = books.TODAY - timedelta(days=1), books.TODAY + timedelta(days=1)


@pytest.fixture
def desk(client):
    client.force_login(make_user("Team", is_staff=True, is_superuser=True))
    return client


@pytest.fixture
def pools():
    """A pool that got 100 coins and gave 30 today, and 5 that belong to yesterday but were booked last."""
    pool, other = books.make_pool(coins=100), books.make_pool()
    books.move(pool, other, 30)
    books.move(pool, other, 7, effective_on=TOMORROW)
    books.move(pool, other, 5, effective_on=YESTERDAY)
    return pool, other


def address(account) -> str:
    return reverse("admin:coins_ledgeraccount_journal", args=[account.pk])


def text_of(response) -> str:
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


# ── Balances ─────────────────────────────────────────────────────────────────────────────────────
def test_a_day_asks_what_belongs_to_it_and_to_days_before(pools):
    pool, other = pools

    assert journal.balance_on(pool, YESTERDAY - timedelta(days=1)) == 0
    assert [journal.balance_on(other, day) for day in (YESTERDAY, books.TODAY, TOMORROW)] == [5, 35, 42]
    assert journal.balance_on(other, TOMORROW) == ledger.balance(other)
    assert [transfer.amount for transfer in statement.until(other, books.TODAY)] == [5, 30]


def test_a_number_asks_what_was_booked_up_to_it(pools):
    pool, other = pools
    first, second, third = Transfer.objects.filter(credit=other).order_by("pk")

    assert journal.balance_after(other, first.pk - 1) == 0
    assert [journal.balance_after(other, row.pk) for row in (first, second, third)] == [30, 37, 42]
    assert journal.balance_after(pool, third.pk + 1_000) == 58


def test_a_transfer_s_page_says_what_both_accounts_had_after_it(desk, pools):
    _pool, other = pools
    second = Transfer.objects.filter(credit=other).order_by("pk")[1]

    page = text_of(desk.get(reverse("admin:coins_transfer_change", args=[second.pk])))

    after = page.partition("Stand danach, abgebendes Konto")[2]
    assert "63" in after.partition("Stand danach, empfangendes Konto")[0]
    assert "37" in after.partition("Stand danach, empfangendes Konto")[2]


@pytest.mark.corrupts_ledger
@pytest.mark.django_db(transaction=True)
def test_a_number_is_answered_from_the_last_snapshot_before_it(superuser_sql):
    own, bank = books.open_account(books.Kind.OWN), books.open_account(books.Kind.WORLD)
    first, second, third = (books.move(bank, own, amount, Transfer.Kind.OWN_IN) for amount in (1, 2, 4))
    # A false one shows that it is used.
    superuser_sql.execute(
        "INSERT INTO coins_balancesnapshot (account_id, upto_id, balance) VALUES (%s, %s, -1000)", [bank.pk, second.pk]
    )

    assert [journal.balance_after(bank, row.pk) for row in (first, second, third)] == [-1, -1_000, -1_004]


def test_every_transfer_is_two_lines_that_cancel_out(pools):
    for transfer in Transfer.objects.all():
        assert sum(LedgerEntry.objects.filter(transfer=transfer).values_list("amount", flat=True)) == 0
        assert LedgerEntry.objects.filter(transfer=transfer).count() == 2


# ── The page ─────────────────────────────────────────────────────────────────────────────────────
def test_the_account_s_page_leads_there(desk, pools):
    pool, _other = pools

    assert address(pool) in desk.get(reverse("admin:coins_ledgeraccount_change", args=[pool.pk])).content.decode()


def test_the_page_shows_lines_and_running_balances(desk, pools):
    pool, other = pools

    answer = desk.get(address(pool))

    assert [(line["amount"], line["balance"]) for line in answer.context["lines"]] == [
        ("-5", "58"), ("-7", "63"), ("-30", "70"), ("100", "100"),
    ]  # fmt: skip
    assert "Stand jetzt: <strong>58</strong>" in text_of(answer)
    assert address(other) in text_of(answer)


def test_the_page_shows_how_things_stood_on_a_day(desk, pools):
    pool, _other = pools

    answer = desk.get(address(pool), {"on": books.TODAY.isoformat()})

    assert "Stand am Ende des 16. September 2026: <strong>65</strong>" in text_of(answer)
    assert [line["balance"] for line in answer.context["lines"]] == ["65", "70", "100"]


@pytest.mark.parametrize("day", ["2026-02-31", "gestern", "99999-01-01", "\x00"])
def test_what_is_no_day_is_said(desk, pools, day):
    answer = desk.get(address(pools[0]), {"on": day})

    assert "Das ist kein Tag." in text_of(answer)
    assert answer.context["until"] is None


def test_euros_are_written_as_euros(desk, pools):
    own, bank = books.open_account(books.Kind.OWN), books.open_account(books.Kind.WORLD)
    books.move(bank, own, 123_456, Transfer.Kind.OWN_IN)

    assert desk.get(address(bank)).context["lines"][0]["amount"] == "-1.234,56 €"
    sheet = desk.get(address(bank), {"as": "csv"}).content.decode("utf-8-sig")
    assert sheet.splitlines()[1].split(";")[4:6] == ["-1234,56", "-1234,56"]


def test_pages_carry_the_balance_on(desk, pools, monkeypatch):
    monkeypatch.setattr("coins.admin.LINES_ON_A_PAGE", 3)
    pool, _other = pools

    answer = desk.get(address(pool), {"page": 2})

    assert [(line["amount"], line["balance"]) for line in answer.context["lines"]] == [("100", "100")]
    assert "Seite 2 von 2" in text_of(answer)


def test_the_page_asks_no_more_for_more_lines(desk, unhurried):
    pool, other = books.make_pool(coins=100), books.make_pool()

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert desk.get(address(pool)).status_code == 200
        return len(captured)

    queries()
    few = queries()
    for _ in range(6):
        books.move(pool, other, 1)

    assert queries() == few


def test_the_whole_book_as_a_sheet(desk, pools):
    pool, other = pools

    answer = desk.get(address(pool), {"as": "csv", "on": books.TODAY.isoformat()})

    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert f"konto-{pool.pk}.csv" in answer["Content-Disposition"]
    assert answer.content.startswith(b"\xef\xbb\xbf")
    head, *lines = (line.split(";") for line in answer.content.decode("utf-8-sig").splitlines())
    assert head == ["Nr.", "Buchungstag", "Art", "Gegenkonto", "Betrag", "Saldo", "Vorgang"]
    assert [(line[1], line[3], line[4], line[5]) for line in lines[1:]] == [
        ("2026-09-16", str(other), "-30", "70"), ("2026-09-15", str(other), "-5", "65"),
    ]  # fmt: skip


def test_an_empty_account_and_one_that_is_none(desk):
    assert "Hier ist noch nichts gebucht." in text_of(desk.get(address(books.make_pool())))
    assert desk.get(reverse("admin:coins_ledgeraccount_journal", args=[10**9])).status_code == 404


def test_who_may_not_look_at_accounts_sees_no_book(client, pools):
    client.force_login(make_user("Hilfe", is_staff=True))
    assert client.get(address(pools[0])).status_code == 403
    client.logout()
    assert client.get(address(pools[0])).status_code == 302
