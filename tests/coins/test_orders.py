"""Money orders: asked for with a reason, released by a second person, and what is not possible is said."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction

from accounts.models import User
from clevervibes.lib import db, periods
from coins import conversion, departure, funding, impact, ledger, moves, orders
from coins.models import (
    Balance,
    ConversionLine,
    ConversionRun,
    Deposit,
    FundingPool,
    LedgerAccount,
    Lot,
    MoneyOrder,
    Transfer,
    YouthAccount,
)
from partners import redemption
from partners.models import Hold
from tests.coins import books
from tests.concurrency import Meeting, control, in_parallel, rounds
from tests.factories import (
    NOON,
    give_coins,
    make_account,
    make_approved,
    make_club,
    make_hold,
    make_offer,
    make_pool,
    make_redemption,
    make_sponsor,
    make_user,
    make_youth,
)

pytestmark = pytest.mark.django_db

State = MoneyOrder.State
LATER = NOON + timedelta(hours=1)
WHY = "Pokal beim Lesefest"


@pytest.fixture
def anna() -> User:
    return make_user("Anna", is_staff=True)


@pytest.fixture
def bert() -> User:
    return make_user("Bert", is_staff=True)


def in_pool(pool) -> int:
    return ledger.balance(books.open_account(books.Kind.POOL, pool.public_id))


def single(kind) -> int:
    account = LedgerAccount.objects.filter(kind=kind).first()
    return ledger.balance(account) if account else 0


def spendable(youth) -> int:
    return ledger.spendable(make_account(youth=youth))


# ── Grants ───────────────────────────────────────────────────────────────────────────────────────
def test_a_small_grant_is_given_at_once_by_one_person(anna):
    youth, pool = make_youth(), make_pool(coins=600)

    order = orders.grant(pool=pool, youth=youth, coins=500, reason=WHY, by=anna, now=NOON)

    assert (order.state, order.two_people, order.moved_coins) == (State.DONE, False, 500)
    assert (spendable(youth), in_pool(pool)) == (500, 100)
    lot = Lot.objects.get()
    assert (lot.pool, lot.valid_until.isoformat()) == (pool, "2029-12-31")
    assert (lot.transfer.source_id, lot.transfer.group) == (order.pk, order.public_id)


def test_a_big_grant_waits_for_a_second_person(anna, bert):
    youth, pool = make_youth(), make_pool(coins=600)

    order = orders.grant(pool=pool, youth=youth, coins=501, reason=WHY, by=anna, now=NOON)
    assert (order.state, spendable(youth)) == (State.OPEN, 0)
    with pytest.raises(orders.OwnOrder, match="gibt eine zweite Person frei"):
        orders.approve(order=order, by=anna, now=NOON)

    order = orders.approve(order=order, by=bert, now=NOON)
    assert (order.state, order.approved_by, spendable(youth)) == (State.DONE, bert, 501)


def test_ten_small_grants_are_a_big_one(anna, bert):
    youth, pool = make_youth(), make_pool(coins=2_000)
    given = [
        orders.grant(pool=pool, youth=youth, coins=200, reason=WHY, by=anna, now=NOON + timedelta(days=day))
        for day in range(3)
    ]
    assert [order.two_people for order in given] == [False, False, True]
    # Somebody else, somebody else's youth, and a month later count for themselves.
    for by, whom, day in ((bert, youth, 3), (anna, make_youth(), 3), (anna, youth, 32)):
        order = orders.grant(pool=pool, youth=whom, coins=200, reason=WHY, by=by, now=NOON + timedelta(days=day))
        assert not order.two_people


def test_a_grant_needs_a_pool_that_is_open_and_has_enough(anna):
    youth, pool = make_youth(), make_pool(coins=10)
    with pytest.raises(moves.PoolHasLess, match=r"nur noch 10 Coins \(1,00 €\)"):
        orders.grant(pool=pool, youth=youth, coins=11, reason=WHY, by=anna, now=NOON)
    FundingPool.objects.update(paused_at=NOON)
    with pytest.raises(funding.PoolNotOpen):
        orders.grant(pool=pool, youth=youth, coins=1, reason=WHY, by=anna, now=NOON)
    FundingPool.objects.update(paused_at=None)
    pool.sponsor.suspended_at = NOON
    pool.sponsor.save()
    with pytest.raises(funding.SponsorSuspended):
        orders.grant(pool=pool, youth=youth, coins=1, reason=WHY, by=anna, now=NOON)
    assert not MoneyOrder.objects.exists()


@pytest.mark.parametrize("coins", [0, -1, 10_000_001, 2**31, 2**62, 2**63, 2**200])
def test_no_amount_is_too_strange_to_be_refused_with_a_sentence(anna, coins):
    pool, other, youth = make_pool(coins=10), make_pool(), make_youth()
    given = {"reason": WHY, "by": anna, "now": NOON}
    with pytest.raises(orders.AmountRefused, match=r"zwischen 1 und 10\.000\.000"):
        orders.grant(pool=pool, youth=youth, coins=coins, **given)
    with pytest.raises(orders.AmountRefused):
        orders.reallocate(pool=pool, to_pool=other, coins=coins, **given)
    with pytest.raises(orders.AmountRefused, match=r"1\.000\.000,00 €"):
        orders.withdraw(pool=pool, amount_cents=coins * 10, **given)
    with pytest.raises(funding.DepositRefused):
        funding.book_deposit(
            pool=pool, amount_cents=coins * 10, received_on=periods.berlin_date(NOON), by=anna, now=NOON
        )
    assert not MoneyOrder.objects.exists()


@pytest.mark.parametrize("reason", ["", "   "])
def test_nothing_moves_without_a_reason(anna, reason):
    with pytest.raises(orders.ReasonMissing, match="in einem Satz"):
        orders.grant(pool=make_pool(coins=5), youth=make_youth(), coins=5, reason=reason, by=anna, now=NOON)


def test_one_form_is_one_order(anna):
    youth, pool, key = make_youth(), make_pool(coins=100), uuid4()
    given = {"pool": pool, "youth": youth, "reason": WHY, "by": anna, "key": key, "now": NOON}

    assert orders.grant(coins=5, **given) == orders.grant(coins=5, **given)

    assert spendable(youth) == 5
    with pytest.raises(orders.KeyReused):
        orders.grant(coins=6, **given)


def test_a_grant_to_somebody_who_left_meanwhile_is_refused_and_stays_open(anna, bert):
    youth, pool = make_youth(), make_pool(coins=600)
    order = orders.grant(pool=pool, youth=youth, coins=501, reason="Mia hat geholfen", by=anna, now=NOON)
    db.service(departure.leave)(youth=youth, now=NOON)

    with pytest.raises(moves.HasLeft, match="hat den Club verlassen"):
        orders.approve(order=order, by=bert, now=NOON)

    order.refresh_from_db()
    assert (order.state, order.reason) == (State.OPEN, "")


# ── Taking back ──────────────────────────────────────────────────────────────────────────────────
def make_paid(*, minutes=60, pool=None, youth=None, day=0) -> ConversionLine:
    """A line of a run: 60 minutes are 10 coins."""
    youth = youth or make_youth()
    pool = pool or make_pool(coins=1_000)
    moment = NOON + timedelta(days=day)
    make_approved(youth, minutes=minutes, now=moment, starts_at=moment - timedelta(hours=5))
    conversion.convert(club=youth.user.club, cutoff=moment + timedelta(hours=1), now=moment + timedelta(hours=1))
    return ConversionLine.objects.latest("pk")


def take_back(line, coins, by, **more) -> MoneyOrder:
    return orders.take_back(line=line, coins=coins, reason="Doppelt eingetragen", by=by, now=NOON, **more)


def test_what_was_paid_wrongly_goes_back_to_its_pool(anna):
    pool = make_pool(coins=1_000)
    line = make_paid(pool=pool)

    order = take_back(line, 4, anna)

    assert (order.state, order.moved_coins) == (State.DONE, 4)
    assert (ledger.balance(line.account), in_pool(pool)) == (6, 994)
    transfer = Transfer.objects.get(kind=Transfer.Kind.TAKE_BACK)
    assert (transfer.amount, transfer.group) == (4, order.public_id)


def test_nobody_owes_what_is_spent_already(anna):
    line = make_paid()
    youth = YouthAccount.objects.get(account=line.account).youth
    hold = make_hold(offer=make_offer(price_coins=7), youth=youth)
    redemption.redeem(hold=hold, by=None, now=NOON)

    assert take_back(line, 10, anna).moved_coins == 3

    assert ledger.balance(line.account) == 0
    with pytest.raises(moves.NothingLeft, match="nichts mehr da"):
        take_back(line, 5, anna)


def test_what_is_set_aside_stays_set_aside(anna):
    line = make_paid()
    youth = YouthAccount.objects.get(account=line.account).youth
    hold = make_hold(offer=make_offer(price_coins=9), youth=youth)

    assert take_back(line, 10, anna).moved_coins == 1

    assert redemption.redeem(hold=hold, by=None, now=NOON).price_coins == 9


def test_the_wrong_coins_go_first_then_the_youngest(anna):
    youth = make_youth()
    grants = [give_coins(youth, 5, pool=make_pool(coins=5, name=name)) for name in ("Alt", "Neu")]
    line = make_paid(youth=youth)
    wrong = Lot.objects.get(transfer__kind=Transfer.Kind.CONVERSION)
    latest = give_coins(youth, 5, pool=make_pool(coins=5))

    def left():
        return [Lot.objects.get(pk=lot.pk).left for lot in (*grants, wrong, latest)]

    redemption.redeem(hold=make_hold(offer=make_offer(price_coins=13), youth=youth), by=None, now=NOON)
    assert left() == [0, 0, 7, 5]
    take_back(line, 8, anna)
    assert left() == [0, 0, 0, 4]


def test_a_line_gives_back_at_most_what_it_paid(anna):
    line = make_paid()
    give_coins(YouthAccount.objects.get().youth, 50, pool=make_pool(coins=50))

    take_back(line, 8, anna)
    with pytest.raises(moves.MoreThanPaid, match="wurden 10 Coins gezahlt, davon sind 8 schon zurückgenommen"):
        take_back(line, 3, anna)
    take_back(line, 2, anna)

    assert ledger.balance(line.account) == 50


def test_two_pools_of_one_payment_get_their_own_back(anna):
    first, second = make_pool(coins=4), make_pool(coins=100)
    line = make_paid(pool=first)
    assert (in_pool(first), in_pool(second)) == (0, 94)

    take_back(line, 10, anna)

    assert (in_pool(first), in_pool(second)) == (4, 100)


# ── Moving between pools ─────────────────────────────────────────────────────────────────────────
def test_a_reallocation_moves_coins_and_no_euros(anna, bert):
    pool = make_pool(coins=100)
    other = make_pool(sponsor=pool.sponsor, name="Zweiter Topf")

    order = orders.reallocate(pool=pool, to_pool=other, coins=30, reason=WHY, by=anna, now=NOON)
    assert in_pool(other) == 0
    orders.approve(order=order, by=bert, now=NOON)

    assert (in_pool(pool), in_pool(other)) == (70, 30)
    assert (single(books.Kind.TRUST), order.public_id) == (1_000, Transfer.objects.latest("pk").group)


def test_money_never_becomes_another_sponsor_s(anna):
    pool, foreign = make_pool(coins=100), make_pool()
    common = funding.open_pool(sponsor=None, name="Gemeinschaftstopf", club=make_club())
    given = {"coins": 10, "reason": WHY, "by": anna, "now": NOON}

    with pytest.raises(moves.ForeignPool, match="desselben Förderers oder in einen Gemeinschaftstopf"):
        orders.reallocate(pool=pool, to_pool=foreign, **given)
    with pytest.raises(moves.ForeignPool):
        orders.reallocate(pool=common, to_pool=pool, **given)
    with pytest.raises(moves.SamePool):
        orders.reallocate(pool=pool, to_pool=pool, **given)
    assert orders.reallocate(pool=pool, to_pool=common, **given).state == State.OPEN


@pytest.mark.parametrize("field", ["paused_at", "ended_at"])
def test_nothing_moves_into_a_pool_that_is_not_open(anna, field):
    pool = make_pool(coins=100)
    other = make_pool(sponsor=pool.sponsor)
    FundingPool.objects.filter(pk=other.pk).update(**{field: NOON})

    with pytest.raises(moves.TargetNotOpen):
        orders.reallocate(pool=pool, to_pool=other, coins=10, reason=WHY, by=anna, now=NOON)


def test_what_is_gone_at_the_release_is_said_and_the_order_stays_open(anna, bert):
    pool = make_pool(coins=100)
    other = make_pool(sponsor=pool.sponsor)
    first, second = (
        orders.reallocate(pool=pool, to_pool=other, coins=60, reason=WHY, by=anna, now=NOON) for _ in range(2)
    )
    orders.approve(order=first, by=bert, now=NOON)

    with pytest.raises(moves.PoolHasLess, match="nur noch 40 Coins"):
        orders.approve(order=second, by=bert, now=NOON)

    second.refresh_from_db()
    assert (second.state, second.approved_by) == (State.OPEN, None)
    funding.book_deposit(pool=pool, amount_cents=200, received_on=periods.berlin_date(NOON), by=None, now=NOON)
    assert orders.approve(order=second, by=bert, now=NOON).state == State.DONE


# ── Back to the sponsor ──────────────────────────────────────────────────────────────────────────
def test_a_withdrawal_takes_coins_out_of_the_world_and_euros_out_of_the_trust(anna, bert):
    pool = make_pool(coins=100)

    order = orders.withdraw(pool=pool, amount_cents=400, reason=WHY, by=anna, now=NOON)
    order = orders.approve(order=order, by=bert, now=NOON)

    assert (order.moved_coins, order.paid_cents) == (40, 400)
    assert (in_pool(pool), single(books.Kind.TRUST), single(books.Kind.WORLD)) == (60, 600, -600)


def test_a_withdrawal_is_whole_coins_of_a_sponsor(anna):
    pool, common = make_pool(coins=100), funding.open_pool(sponsor=None, name="Gemeinschaftstopf", club=make_club())
    with pytest.raises(orders.NotInTens, match="zum Beispiel 4,00 €"):
        orders.withdraw(pool=pool, amount_cents=405, reason=WHY, by=anna, now=NOON)
    with pytest.raises(moves.NobodyToPay):
        orders.withdraw(pool=common, amount_cents=400, reason=WHY, by=anna, now=NOON)
    with pytest.raises(moves.PoolHasLess, match=r"nur noch 100 Coins \(10,00 €\)"):
        orders.withdraw(pool=pool, amount_cents=1_010, reason=WHY, by=anna, now=NOON)


def deposit(pool, cents, **more) -> Deposit:
    return funding.book_deposit(
        pool=pool, amount_cents=cents, received_on=periods.berlin_date(NOON), by=None, now=NOON, **more
    )


def give_back(row, by, **more) -> MoneyOrder:
    return orders.give_deposit_back(deposit=row, reason="Falscher Betrag", by=by, now=NOON, **more)


def test_a_deposit_is_taken_back_to_the_cent(anna, bert):
    pool = make_pool()
    row = deposit(pool, 1_005)
    assert (row.coins, single(books.Kind.UNALLOTTED)) == (100, 5)

    order = orders.approve(order=give_back(row, anna), by=bert, now=NOON)

    assert (order.moved_coins, order.paid_cents) == (100, 1_005)
    found = [single(kind) for kind in (books.Kind.TRUST, books.Kind.UNALLOTTED, books.Kind.WORLD)]
    assert (in_pool(pool), found) == (0, [0, 0, 0])


@pytest.mark.parametrize(("first", "second", "coins"), [(105, 105, 11), (105, 106, 11), (15, 5, 2), (4, 3, 0)])
def test_cents_that_made_a_coin_of_a_later_deposit_wait_again(anna, bert, first, second, coins):
    pool = make_pool()
    row = deposit(pool, first)
    deposit(pool, second)

    order = orders.approve(order=give_back(row, anna), by=bert, now=NOON)

    assert order.moved_coins == coins
    assert single(books.Kind.UNALLOTTED) + single(books.Kind.TRUST) == second
    assert (single(books.Kind.TRUST), single(books.Kind.WORLD)) == (in_pool(pool) * 10, -second)


def test_what_is_half_spent_is_refused_with_what_is_left(anna, bert):
    pool = make_pool()
    row = deposit(pool, 1_000)
    order = give_back(row, anna)
    give_coins(make_youth(), 30, pool=pool)

    with pytest.raises(moves.DepositSpent, match=r"\(100 Coins\) sind im Topf .* nur noch 70 Coins, also 7,00 €"):
        orders.approve(order=order, by=bert, now=NOON)

    assert Deposit.objects.get() == row
    assert in_pool(pool) == 70


def test_a_deposit_goes_back_once(anna, bert):
    row = deposit(make_pool(), 1_000)
    order, key = give_back(row, anna), uuid4()
    with pytest.raises(orders.DepositAlreadyBack, match="wartet auf Freigabe"):
        give_back(row, bert)
    orders.refuse(order=order, by=bert, why="War doch richtig", now=NOON)

    again = give_back(row, anna, key=key)
    assert give_back(row, anna, key=key) == again
    orders.approve(order=again, by=bert, now=NOON)
    with pytest.raises(orders.DepositAlreadyBack, match="ausgeführt"):
        give_back(row, anna)


def test_a_deposit_to_a_common_pool_goes_back_to_who_paid_it(anna, bert):
    common = funding.open_pool(sponsor=None, name="Gemeinschaftstopf", club=make_club())
    row = deposit(common, 1_003, sponsor=make_sponsor())

    orders.approve(order=give_back(row, anna), by=bert, now=NOON)

    assert (in_pool(common), single(books.Kind.UNALLOTTED), single(books.Kind.WORLD)) == (0, 0, 0)


# ── The end of a pool ────────────────────────────────────────────────────────────────────────────
def end(pool, by, **more) -> MoneyOrder:
    return orders.end_pool(pool=pool, reason="Vereinbarung ausgelaufen", by=by, now=NOON, **more)


def test_an_empty_pool_ends_at_once(anna):
    pool, key = make_pool(), uuid4()

    assert end(pool, anna, key=key).state == State.DONE
    assert end(pool, anna, key=key).state == State.DONE

    pool.refresh_from_db()
    assert pool.ended_at == NOON
    with pytest.raises(moves.PoolEnded):
        end(pool, anna)


def test_the_rest_goes_to_the_common_pool(anna, bert):
    pool = make_pool(coins=100)

    order = end(pool, anna)
    pool.refresh_from_db()
    assert (order.state, pool.ended_at) == (State.OPEN, None)
    with pytest.raises(orders.AlreadyEnding):
        end(pool, bert)
    order = orders.approve(order=order, by=bert, now=NOON)

    common = FundingPool.objects.get(sponsor=None)
    assert (in_pool(pool), in_pool(common), order.moved_coins, order.paid_cents) == (0, 100, 100, 0)
    assert common.club == pool.sponsor.organisation.club


def test_or_back_to_the_sponsor_if_the_agreement_says_so(anna, bert):
    pool = make_pool(coins=100, name="Nur für Lesen")
    FundingPool.objects.update(rest_goes="sponsor")

    order = orders.approve(order=end(pool, anna), by=bert, now=NOON)

    assert (in_pool(pool), single(books.Kind.TRUST), order.paid_cents) == (0, 0, 1_000)
    assert not FundingPool.objects.filter(sponsor=None).exists()


def test_a_pool_does_not_end_while_youths_have_coins_of_it(anna, bert):
    youth, pool = make_youth(), make_pool(coins=100)
    order = end(pool, anna)
    give_coins(youth, 30, pool=pool)

    with pytest.raises(moves.PoolBusy, match="Es gibt noch: 30 Coins bei Jugendlichen"):
        orders.approve(order=order, by=bert, now=NOON)
    order.refresh_from_db()
    assert order.state == State.OPEN


def test_nor_while_redeemed_coins_are_not_settled(anna):
    sold = make_redemption(offer=make_offer(price_coins=12))
    pool = Lot.objects.get().pool

    with pytest.raises(moves.PoolBusy, match="12 eingelöste Coins ohne Abrechnung"):
        end(pool, anna)

    redemption.undo(redemption=sold, by=None, reason="vertippt", now=NOON)
    with pytest.raises(moves.PoolBusy, match="Es gibt noch: 12 Coins bei Jugendlichen"):
        end(pool, anna)


def test_nor_while_a_run_pays_from_it(anna):
    youth, pool = make_youth(), make_pool(coins=100)
    make_approved(youth, minutes=60)
    run = conversion.plan(run=conversion.start(club=youth.user.club, cutoff=LATER, now=LATER))

    with pytest.raises(moves.PoolBusy, match="ein Umrechnungslauf, der noch zahlt"):
        end(pool, anna)

    conversion.carry_on(run)
    assert ConversionRun.objects.get().state == ConversionRun.State.CLOSED


def test_money_that_came_meanwhile_is_no_one_person_s_to_decide(anna, monkeypatch):
    pool = make_pool(coins=10)
    monkeypatch.setattr(orders.pools, "coins_in", lambda pool: 0)

    with pytest.raises(moves.MoneyMeanwhile):
        end(pool, anna)


def test_a_common_pool_ends_empty_only(anna):
    common = funding.open_pool(sponsor=None, name="Gemeinschaftstopf", club=make_club())
    row = deposit(common, 100, sponsor=make_sponsor())
    assert row.coins
    with pytest.raises(moves.CommonPoolNotEmpty):
        end(common, anna)


# ── Two people, in the database too ──────────────────────────────────────────────────────────────
def test_the_database_lets_nobody_release_their_own(anna, bert):
    order = orders.withdraw(pool=make_pool(coins=10), amount_cents=10, reason=WHY, by=anna, now=NOON)
    account = make_account()

    with pytest.raises(IntegrityError, match="coins_order_approved_by_another"), transaction.atomic():
        MoneyOrder.objects.filter(pk=order.pk).update(state=2, done_at=NOON, approved_at=NOON, approved_by=anna)
    with pytest.raises(IntegrityError, match="coins_order_state_has_its_moment"), transaction.atomic():
        MoneyOrder.objects.filter(pk=order.pk).update(state=2, done_at=NOON)
    with pytest.raises(IntegrityError, match="coins_order_decided_by_two"), transaction.atomic():
        MoneyOrder.objects.filter(pk=order.pk).update(two_people=False)
    with pytest.raises(IntegrityError, match="coins_order_decided_by_two"), transaction.atomic():
        MoneyOrder.objects.create(
            kind="grant", pool=order.pool, account=account, coins=501, two_people=False, requested_by=bert,
            requested_at=NOON,
        )  # fmt: skip
    with pytest.raises(IntegrityError, match="coins_order_names_its_parts"), transaction.atomic():
        MoneyOrder.objects.filter(pk=order.pk).update(pool=None)
    with pytest.raises(IntegrityError, match="coins_order_positive"), transaction.atomic():
        MoneyOrder.objects.filter(pk=order.pk).update(coins=0)


def test_refusing_and_taking_one_s_own_back(anna, bert):
    pool = make_pool(coins=100)
    first, second = (orders.withdraw(pool=pool, amount_cents=100, reason=WHY, by=anna, now=NOON) for _ in range(2))

    with pytest.raises(orders.ReasonMissing):
        orders.refuse(order=first, by=bert, now=NOON)
    refused = orders.refuse(order=first, by=bert, why="Noch nicht gedeckt", now=NOON)
    assert (refused.state, refused.refused_by, refused.refused_why) == (State.REFUSED, bert, "Noch nicht gedeckt")
    assert orders.refuse(order=first, by=bert, why="noch einmal", now=NOON).refused_why == "Noch nicht gedeckt"
    assert orders.refuse(order=second, by=anna, now=NOON).state == State.REFUSED
    with pytest.raises(orders.OrderClosed, match="abgelehnt"):
        orders.approve(order=first, by=bert, now=NOON)
    assert in_pool(pool) == 100


def test_released_twice_by_the_same_person_is_released_once(anna, bert):
    order = orders.withdraw(pool=make_pool(coins=100), amount_cents=100, reason=WHY, by=anna, now=NOON)

    assert orders.approve(order=order, by=bert, now=NOON) == orders.approve(order=order, by=bert, now=NOON)

    assert Transfer.objects.filter(kind=Transfer.Kind.WITHDRAWAL).count() == 1
    with pytest.raises(orders.OrderClosed, match="ausgeführt"):
        orders.approve(order=order, by=make_user("Cem"), now=NOON)
    with pytest.raises(orders.OrderClosed):
        orders.refuse(order=order, by=bert, why="zu spät", now=NOON)


# ── Two at once ──────────────────────────────────────────────────────────────────────────────────
def approvals_at_once(source) -> bool:
    anna, people = make_user("Anna"), [make_user("Bert"), make_user("Cem"), make_user("Dana")]
    pool = make_pool(coins=100)
    order = orders.withdraw(pool=pool, amount_cents=100, reason=WHY, by=anna, now=NOON)

    results = in_parallel(*[lambda by=by: orders.approve(order=order, by=by, now=NOON) for by in people])

    done = [result for result in results if isinstance(result, MoneyOrder)]
    assert all(isinstance(result, MoneyOrder | orders.OrderClosed) for result in results), results
    return len(done) != 1 or in_pool(pool) != 90


@pytest.mark.django_db(transaction=True)
def test_three_who_release_at_once_are_one_release():
    assert rounds(6, approvals_at_once).bad == 0


@pytest.mark.django_db(transaction=True)
def test_control_without_the_order_s_lock_several_believe_they_released_it(monkeypatch):
    meeting = Meeting(3)

    def unlocked(order):
        found = MoneyOrder.objects.get(pk=order.pk)
        meeting.wait()
        return found

    monkeypatch.setattr(orders, "_locked", unlocked)

    assert control(5, approvals_at_once).broken
    # The ledger's keys still let the money move once.
    assert Transfer.objects.filter(kind=Transfer.Kind.WITHDRAWAL).count() == MoneyOrder.objects.count()


def undo_against_run(source) -> bool:
    """A deposit is taken back while a run wants its coins. True if they went both ways."""
    club = make_club(f"Club {uuid4()}")
    youth = make_youth(club=club)
    pool = funding.open_pool(sponsor=make_sponsor(club=club), name="Lesen", club=club)
    row = deposit(pool, 100)
    make_approved(youth, minutes=60)
    order = give_back(row, make_user("Anna"))
    by = make_user("Bert")
    calls = [
        lambda: orders.approve(order=order, by=by, now=NOON),
        lambda: conversion.convert(club=club, cutoff=LATER, now=LATER),
    ]
    source.shuffle(calls)

    results = in_parallel(*calls)

    allowed = MoneyOrder | ConversionRun | moves.DepositSpent | conversion.PoolsChanged
    assert all(isinstance(result, allowed) for result in results), results
    # What found its pool changed stays planned and is carried on.
    conversion.convert(club=club, cutoff=LATER, now=LATER)
    order.refresh_from_db()
    paid = sum(Lot.objects.filter(pool=pool).values_list("coins", flat=True))
    back = 10 if order.state == State.DONE else 0
    return paid + back + in_pool(pool) != 10 or (paid, back) == (10, 10)


@pytest.mark.django_db(transaction=True)
def test_a_deposit_goes_back_or_is_paid_out_never_both():
    assert rounds(6, undo_against_run).bad == 0


@pytest.mark.django_db(transaction=True)
def test_control_without_the_lock_the_run_comes_in_between(monkeypatch):
    club = make_club()
    youth = make_youth(club=club)
    pool = make_pool(coins=10)
    make_approved(youth, minutes=60)
    order, bert = give_back(Deposit.objects.get(pool=pool), make_user("Anna")), make_user("Bert")
    in_between = books.look_without_lock(monkeypatch)

    def run():
        in_between(lambda: conversion.convert(club=club, cutoff=LATER, now=LATER))

    result, _run = in_parallel(lambda: orders.approve(order=order, by=bert, now=NOON), run)

    # No sentence that says what is left: only the ledger's own guard stopped it.
    assert isinstance(result, ledger.InsufficientBalance)


def take_back_against_hold(source) -> bool:
    line = make_paid(youth=make_youth(club=make_club(f"Club {uuid4()}")))
    youth = YouthAccount.objects.get(account=line.account).youth
    offer, by = make_offer(price_coins=8), make_user("Anna")
    calls = [lambda: take_back(line, 10, by), lambda: redemption.hold(offer=offer, youth=youth, now=NOON)]
    source.shuffle(calls)

    results = in_parallel(*calls)

    assert all(isinstance(one, MoneyOrder | Hold | ledger.InsufficientBalance) for one in results), results
    balance = Balance.objects.get(pk=line.account_id)
    # Either all went back and the hold was refused, or the hold stands and two coins went back.
    return (balance.posted, balance.held) not in {(0, 0), (8, 8)}


@pytest.mark.django_db(transaction=True)
def test_what_is_taken_back_is_not_set_aside_at_the_same_time():
    assert rounds(8, take_back_against_hold).bad == 0


@pytest.mark.django_db(transaction=True)
def test_control_without_the_lock_the_hold_comes_in_between(monkeypatch):
    line = make_paid()
    youth = YouthAccount.objects.get(account=line.account).youth
    offer, by = make_offer(price_coins=8), make_user("Anna")
    in_between = books.look_without_lock(monkeypatch)

    def hold():
        in_between(lambda: redemption.hold(offer=offer, youth=youth, now=NOON))

    result, _hold = in_parallel(lambda: take_back(line, 10, by), hold)

    assert isinstance(result, ledger.InsufficientBalance)


# ── What a sponsor sees of it ────────────────────────────────────────────────────────────────────
def test_what_was_moved_or_paid_back_does_not_look_spent(anna, bert):
    pool = make_pool(coins=100)
    other = make_pool(sponsor=pool.sponsor, name="Zweiter Topf")
    give_coins(make_youth(), 7, pool=pool)
    for order in (
        orders.withdraw(pool=pool, amount_cents=400, reason=WHY, by=anna, now=NOON),
        orders.reallocate(pool=pool, to_pool=other, coins=30, reason=WHY, by=anna, now=NOON),
    ):
        orders.approve(order=order, by=bert, now=NOON)

    assert (impact.funded([pool]), impact.funded([other]), impact.funded([pool, other])) == (30, 30, 60)
