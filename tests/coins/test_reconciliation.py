"""ledger_check: silent on good books, and it names the row that somebody changed behind the triggers' back."""

import json
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from coins import conversion, orders, publication, reconciliation
from coins.models import Backflow, ConversionLine, Deposit, Lot, Payment, Transfer
from tests.coins import books
from tests.coins.test_lots import redeem
from tests.factories import NOON, make_approved, make_pool, make_user, make_youth

pytestmark = pytest.mark.django_db(transaction=True)


def make_books() -> dict[str, int]:
    """A little of everything; returns the ids that the statements below break."""
    pool, other = books.make_pool(coins=100), books.make_pool(coins=10)
    original = books.move(pool, other, 20)
    books.reverse(original, 5)
    live, captured = books.hold(pool, 7), books.hold(pool, 8)
    capture = books.capture(captured, other)
    youth, funds = make_youth(), make_pool(coins=100)
    make_approved(youth, minutes=60)
    conversion.convert(club=youth.user.club, cutoff=NOON + timedelta(hours=1), now=NOON + timedelta(hours=1))
    payment = Payment.objects.get()
    account, shop = books.make_youth(coins=10), books.open_account(books.Kind.PARTNER)
    redeem(account, shop, 4)
    lot = Lot.objects.get(account=account)
    paid = Transfer.objects.get(kind=Transfer.Kind.CONVERSION)
    anna, bert = make_user("Anna"), make_user("Bert")
    order = orders.withdraw(pool=funds, amount_cents=10, reason="Ein Coin zurück", by=anna, now=NOON)
    orders.approve(order=order, by=bert, now=NOON)
    orders.take_back(line=ConversionLine.objects.get(), coins=1, reason="Ein Coin zu viel", by=anna, now=NOON)
    publication.publish(day=books.TODAY)
    return {
        "pool": pool.pk, "other": other.pk, "original": original.pk, "live": live.pk, "captured": captured.pk,
        "capture": capture.pk, "account": account.pk, "lot": lot.pk,
        "deposit": Deposit.objects.latest("pk").pk, "funds": funds.pk, "youth": payment.account_id,
        "run": payment.run_id, "payment": payment.pk, "paid": paid.pk, "run_clearing": paid.debit_id,
        "order": order.pk, "backflow": Backflow.objects.get().pk, "sponsor": funds.sponsor_id,
    }  # fmt: skip


def run(*arguments: str) -> tuple[int, str]:
    out = StringIO()
    try:
        call_command("ledger_check", *arguments, stdout=out)
    except CommandError as error:
        return error.returncode, out.getvalue()
    return 0, out.getvalue()


def test_good_books_are_reported_good():
    make_books()

    code, printed = run("--json")

    results = json.loads(printed)
    assert code == 0
    assert len(results) >= 10
    assert {result["bad"] for result in results} == {0}


BREAKS = {
    "transfers join two accounts of one asset": (
        "UPDATE coins_transfer SET credit_id = 999999 WHERE id = {original}",
        "transfer {original}",
    ),
    "transfers follow the chart of accounts": (
        "UPDATE coins_transfer SET kind = 5 WHERE id = {original}",
        "transfer {original}",
    ),
    "balances sum to zero per asset": (
        "UPDATE coins_balance SET posted = posted + 1 WHERE account_id = {pool}",
        "asset 1: 1",
    ),
    "stored balances equal their transfers": (
        "UPDATE coins_transfer SET amount = amount + 1 WHERE id = {original}",
        "account {pool}: stored ",
    ),
    "held coins equal live holds": (
        "UPDATE coins_balance SET held = held + 1 WHERE account_id = {pool}",
        "account {pool}: held 8, live holds say 7",
    ),
    "no account is below its floor": (
        "UPDATE coins_balance SET floor = 1000 WHERE account_id = {pool}",
        "account {pool}",
    ),
    "closed accounts are empty": (
        "UPDATE coins_ledgeraccount SET closed_at = now() WHERE id = {other}",
        "account {other}: 33, held 0",
    ),
    "captured holds have their transfer": (
        "UPDATE coins_ledgerholdend SET transfer_id = 1 WHERE hold_id = {captured}",
        "hold {captured}",
    ),
    "reversals stay within their original": (
        "UPDATE coins_transfer SET reverses_id = id WHERE id = {original}",
        "transfer {original}",
    ),
    "every coin is backed": (
        "UPDATE coins_transfer SET amount = amount + 10 WHERE kind = 1; UPDATE coins_balance b SET posted = posted + 10"
        " FROM coins_ledgeraccount a WHERE a.id = b.account_id AND a.kind = 2",
        "259 coins are outstanding, 2190 cents are set aside",
    ),
    "the bank holds what the books say": (
        "UPDATE coins_transfer SET amount = amount + 1 WHERE id = (SELECT min(id) FROM coins_transfer WHERE kind = 31)",
        "paid in and not out: 2191 cents, in the books: 2190",
    ),
    "lots hold what their youth has": (
        'UPDATE coins_lot SET "left" = "left" + 1 WHERE id = {lot}',
        "account {account}: 6 coins, in lots 7",
    ),
    "lots add up": (
        "UPDATE coins_lot SET coins = coins + 1 WHERE id = {lot}",
        "lot {lot}: 6 left of 11, moves -4",
    ),
    "what leaves a youth leaves its lots": (
        "DELETE FROM coins_lotmove",
        ": 4 coins, lots moved 0",
    ),
    "deposits equal their transfers": (
        "UPDATE coins_deposit SET amount_cents = amount_cents + 1 WHERE id = {deposit}",
        "deposit {deposit}: 101 cents, 10 coins",
    ),
    "clearing holds what open runs still owe": (
        "DELETE FROM coins_payment WHERE id = {payment};"
        "UPDATE coins_conversionrun SET closed_at = NULL, state = 2 WHERE id = {run}",
        "account {run_clearing}: 0 coins, still to pay 10",
    ),
    "runs pay what their pools release": (
        "UPDATE coins_runpool SET coins = coins + 1 WHERE run_id = {run}",
        "run {run}, pool {funds}: released 11, back 0, paid 10",
    ),
    "payments equal their transfers": (
        "UPDATE coins_payment SET account_id = {account} WHERE id = {payment}",
        "transfer {paid}: 10 to account {youth}, payment {payment}",
    ),
    "lines equal their items and payments": (
        "UPDATE coins_conversionitem SET minutes = minutes + 1 WHERE run_id = {run}",
        "run {run}, account {youth}: 1 lines, minutes off by -1, counted by 0, units by 0, coins by 0",
    ),
    "axes add up": (
        "UPDATE coins_axis SET covered_units = 0 WHERE account_id = {youth}",
        "account {youth}: axis 0/2520000, payments 2520000, items 2520000",
    ),
    "the coins of each pool are somewhere": (
        'UPDATE coins_lot SET "left" = "left" - 1 WHERE pool_id = {funds}',
        "pool {funds}: received 99, found 98",
    ),
    "the euros of each sponsor are its coins": (
        "UPDATE coins_transfer SET amount = amount + 10 WHERE kind = 36 AND source_id = {order}",
        "sponsor {sponsor}: 980 cents set aside, 99 coins issued",
    ),
    "orders equal their transfers": (
        "UPDATE coins_moneyorder SET moved_coins = 2 WHERE id = {order}",
        "order {order}: 2 coins, 10 cents, transfers say 1 and 10",
    ),
    "backflows equal their transfers": (
        "UPDATE coins_backflow SET coins = 2 WHERE id = {backflow}",
        "backflow {backflow}: 2 of account {youth}",
    ),
    "snapshots say what the transfers said": (
        "INSERT INTO coins_balancesnapshot (account_id, upto_id, balance) VALUES"
        " ({run_clearing}, {paid} - 1, 10), ({run_clearing}, {paid}, 7)",
        "account {run_clearing} up to transfer {paid}: 7, transfers say 0",
    ),
    "no row points at nothing": (
        "UPDATE coins_conversionline SET run_id = run_id + 1000",
        ": run 100",
    ),
    "the seal has no gap": (
        "DELETE FROM coins_ledgerseal; INSERT INTO coins_ledgerseal (seq, epoch, first_id, from_xid, from_id, to_xid,"
        " to_id, transfers, highest_id, previous, hash, leaves) VALUES"
        " (1, 1, 0, 0, 0, 10, 0, 0, 0, '', 'a', ''), (3, 1, 0, 10, 0, 20, 0, 0, 0, 'a', 'b', '')",
        "seal 3",
    ),
    "the published seals are those of the chain": (
        "UPDATE coins_dayseal SET head = 'another'",
        "day seal 1: seal ",
    ),
    "the published seals have no gap": ("UPDATE coins_dayseal SET day = day - 1", "day seal 1"),
}


@pytest.mark.corrupts_ledger
@pytest.mark.parametrize("invariant", BREAKS)
def test_a_row_changed_with_the_triggers_off_is_named(invariant, superuser_sql):
    ids = make_books()
    statement, named = BREAKS[invariant]
    # The CHECKs would refuse what the check has to find.
    superuser_sql.execute(
        "SET session_replication_role = replica;"
        "ALTER TABLE coins_balance DROP CONSTRAINT coins_balance_no_overdraft;" + statement.format(**ids)
    )

    code, printed = run("--json")

    result = next(result for result in json.loads(printed) if result["name"] == invariant)
    assert result["bad"] > 0
    assert named.format(**ids) in result["example"]
    assert code == 1


ORPHANS = {
    "UPDATE coins_ledgerhold SET account_id = 99999 WHERE id = {live}": "hold {live}: account 99999",
    "INSERT INTO coins_balance (account_id, posted, held, floor) VALUES (99999, 0, 0, 0)": "balance of account 99999",
    "UPDATE coins_axis SET account_id = 99999": "axis of account 99999",
    "UPDATE coins_lotmove SET transfer_id = 99999": ": transfer 99999",
    "UPDATE coins_conversionline SET account_id = {pool}": ", account {pool}",
    "UPDATE coins_conversionitem SET category_id = 99999": ": category 99999, policy ",
    "UPDATE coins_conversionitem SET policy_id = 99999": ", policy 99999",
    "UPDATE coins_payment SET pool_id = 99999": ": pool 99999",
}


@pytest.mark.corrupts_ledger
@pytest.mark.parametrize("statement", ORPHANS)
def test_a_row_that_points_at_nothing_is_named(statement, superuser_sql):
    ids = make_books()
    superuser_sql.execute("SET session_replication_role = replica;" + statement.format(**ids))

    results = {result.name: result for result in reconciliation.check()}

    assert ORPHANS[statement].format(**ids) in results["no row points at nothing"].example


def test_each_invariant_has_a_test_that_breaks_it():
    assert set(BREAKS) == {result.name for result in reconciliation.check()}


@pytest.mark.corrupts_ledger
def test_the_table_for_people_names_it_too(superuser_sql):
    ids = make_books()
    superuser_sql.execute("UPDATE coins_balance SET posted = posted + 1 WHERE account_id = %s", [ids["other"]])

    code, printed = run()

    assert code == 1
    assert f"account {ids['other']}: stored 34, transfers say 33" in printed
