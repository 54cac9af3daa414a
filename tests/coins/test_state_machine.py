"""Everything that moves coins, in any order that Hypothesis can think of, against books kept in dictionaries.

After every step the real books must say the same: each account, each lot, what is held, the euros behind it. A step
that the rules refuse must be refused by name and leave everything as it was.
"""

from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any

import hypothesis
import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from activities.models import SharedTimeEntry
from clevervibes.lib import periods
from coins import conversion, departure, expiry, funding, ledger, moves, orders, reconciliation
from coins.models import Balance, ConversionLine, FundingPool, LedgerAccount, Lot, MoneyOrder, YouthAccount
from partners import redemption, settlement
from partners.models import SettlementLine
from tests.coins import conversion_model as model
from tests.coins.test_conversion_arithmetic import nothing_stays
from tests.concurrency import chosen_seed, scaled, tell
from tests.factories import (
    NOON,
    make_category,
    make_club,
    make_offer,
    make_partner,
    make_pool,
    make_sponsor,
    make_user,
    make_youth,
)

pytestmark = pytest.mark.django_db

Kind = LedgerAccount.Kind
WHY = "wie besprochen"


# ── The books in dictionaries ────────────────────────────────────────────────────────────────────
@dataclass
class MyLot:
    pk: int
    pool: int
    coins: int
    left: int
    valid_until: date
    line: int | None = None  # of a run

    @property
    def age(self) -> tuple[date, int]:
        return self.valid_until, self.pk


@dataclass
class MyHold:
    row: Any
    youth: "MyYouth"
    price: int
    offer: int
    placed_on: date
    expires_at: datetime


@dataclass
class MyRedemption:
    row: Any
    youth: "MyYouth"
    price: int
    offer: int
    taken: list[tuple[MyLot, int]]
    booked_at: datetime
    undone: bool = False
    settled: bool = False


@dataclass
class MyYouth:
    row: Any
    account: int | None = None
    lots: list[MyLot] = field(default_factory=list)
    holds: list[MyHold] = field(default_factory=list)
    hours: model.Youth = field(default_factory=model.Youth)
    new: list[model.Entry] = field(default_factory=list)
    gone: bool = False

    @property
    def coins(self) -> int:
        return sum(lot.left for lot in self.lots)

    @property
    def held(self) -> int:
        return sum(hold.price for hold in self.holds)

    @property
    def spendable(self) -> int:
        return self.coins - self.held

    def spend(self, coins: int, *, good_on: date) -> list[tuple[MyLot, int]]:
        """Take coins out of the oldest lots, those that were over by `good_on` last."""
        taken = []
        for lot in sorted(self.lots, key=lambda lot: (lot.valid_until < good_on, *lot.age)):
            if part := min(lot.left, coins):
                lot.left -= part
                coins -= part
                taken.append((lot, part))
        assert coins == 0
        return taken


class Books(RuleBasedStateMachine):
    """Three youths, two sponsors with three pools, two shops, one clock that only goes forward."""

    # ── Beginning ────────────────────────────────────────────────────────────────────────────────
    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        self.stack.enter_context(nothing_stays())
        self.now = NOON
        self.club = make_club()
        self.category = make_category()
        self.anna, self.bert = make_user("Anna", is_staff=True), make_user("Bert", is_staff=True)
        self.sponsors = [make_sponsor("Eins"), make_sponsor("Zwei")]
        rich, poor = self.sponsors
        self.pool_rows = [make_pool(sponsor=s, name=n) for s, n in ((rich, "A"), (rich, "B"), (poor, "C"))]
        self.shops = [make_partner("Bäckerei"), make_partner("Kino")]
        self.offer_rows = [
            make_offer("Brötchen", partner=self.shops[0], price_coins=5),
            make_offer("Torte", partner=self.shops[0], price_coins=20, stock=2),
            make_offer("Film", partner=self.shops[1], price_coins=33),
        ]
        self.youths = [MyYouth(make_youth(name, age=13)) for name in ("Mia", "Noah", "Elif")]
        self.pools = {pool.pk: 0 for pool in self.pool_rows}
        self.last_run = dict.fromkeys(self.pools, 0)
        self.unallotted = {sponsor.pk: 0 for sponsor in self.sponsors}
        self.stock = [None, 2, None]
        self.shop_coins = {shop.pk: 0 for shop in self.shops}
        self.redemptions: list[MyRedemption] = []
        self.deposits: list[tuple[Any, bool]] = []
        self.lines: list[dict[str, Any]] = []
        self.given: dict[int, list[tuple[datetime, int]]] = {}
        self.runs = 0
        self.year = 0
        self.much_later = False

    def teardown(self) -> None:
        self.stack.close()

    @property
    def today(self) -> date:
        return periods.berlin_date(self.now)

    def attempt(self, call, refusal: type[Exception] | None = None) -> Any:
        """Do something, or see it refused; then a minute has passed."""
        try:
            if refusal is None:
                with transaction.atomic():
                    return call()
            with pytest.raises(refusal), transaction.atomic():
                call()
            return None
        finally:
            self.now += timedelta(minutes=1)

    def sponsor_of(self, pool: FundingPool) -> int:
        return pool.sponsor_id

    def back_to_pool(self, lot: MyLot, coins: int) -> None:
        lot.left -= coins
        self.pools[lot.pool] += coins

    # ── Money ────────────────────────────────────────────────────────────────────────────────────
    @initialize(coins=st.integers(80, 400), given=st.integers(10, 60), minutes=st.integers(60, 240))
    def first_weeks(self, coins, given, minutes):
        """Money in every pool, coins from two of them, and a run."""
        for pool in range(3):
            self.deposit(pool, coins * 10 + pool)
        for who, pool in ((0, 0), (0, 1), (1, 2), (2, 1)):
            self.grant(who, pool, given)
        for who in (0, 1, 1):
            self.confirmed_hours(who, minutes, False)
        self.run()

    @rule(pool=st.integers(0, 2), cents=st.sampled_from([0, 7, 99, 240, 1_003, 4_000]))
    def deposit(self, pool, cents):
        row = self.pool_rows[pool]
        book = partial(
            funding.book_deposit, pool=row, amount_cents=cents, received_on=self.today, by=self.anna, now=self.now
        )
        if cents <= 0:
            self.attempt(book, funding.NothingToBook)
            return
        made = self.attempt(book)
        coins, self.unallotted[row.sponsor_id] = divmod(self.unallotted[row.sponsor_id] + cents, 10)
        assert made.coins == coins
        self.pools[row.pk] += coins
        self.deposits.append((made, False))

    @precondition(lambda self: len(self.deposits) > 3)
    @rule(which=st.integers(0, 50))
    def give_deposit_back(self, which):
        place = -1 - which % len(self.deposits)  # mostly the last one, whose coins may still be there
        made, is_back = self.deposits[place]
        ask = partial(orders.give_deposit_back, deposit=made, reason=WHY, by=self.anna, now=self.now)
        if is_back:
            self.attempt(ask, orders.DepositAlreadyBack)
            return
        missing = made.amount_cents - self.unallotted[made.sponsor_id]
        coins = max(0, -(-missing // 10))
        if self.pools[made.pool_id] < coins:
            self.attempt(ask, moves.DepositSpent)
            return
        order = self.attempt(ask)
        self.attempt(partial(orders.approve, order=order, by=self.bert, now=self.now))
        self.pools[made.pool_id] -= coins
        self.unallotted[made.sponsor_id] += coins * 10 - made.amount_cents
        self.deposits[place] = (made, True)

    @rule(one=st.integers(0, 2), other=st.integers(0, 2), coins=st.integers(1, 40))
    def reallocate(self, one, other, coins):
        source, target = self.pool_rows[one], self.pool_rows[other]
        ask = partial(
            orders.reallocate, pool=source, to_pool=target, coins=coins, reason=WHY, by=self.anna, now=self.now
        )
        if source == target:
            self.attempt(ask, moves.SamePool)
        elif source.sponsor_id != target.sponsor_id:
            self.attempt(ask, moves.ForeignPool)
        elif self.pools[source.pk] < coins:
            self.attempt(ask, moves.PoolHasLess)
        else:
            order = self.attempt(ask)
            self.attempt(partial(orders.approve, order=order, by=self.anna, now=self.now), orders.OwnOrder)
            self.attempt(partial(orders.approve, order=order, by=self.bert, now=self.now))
            self.pools[source.pk] -= coins
            self.pools[target.pk] += coins

    @rule(pool=st.integers(0, 2), cents=st.integers(1, 40))
    def withdraw(self, pool, cents):
        row = self.pool_rows[pool]
        ask = partial(orders.withdraw, pool=row, amount_cents=cents * 5, reason=WHY, by=self.anna, now=self.now)
        if cents * 5 % 10:
            self.attempt(ask, orders.NotInTens)
        elif self.pools[row.pk] < cents // 2:
            self.attempt(ask, moves.PoolHasLess)
        else:
            order = self.attempt(ask)
            self.attempt(partial(orders.approve, order=order, by=self.bert, now=self.now))
            self.pools[row.pk] -= cents // 2

    # ── Coins come ───────────────────────────────────────────────────────────────────────────────
    @rule(who=st.integers(0, 2), pool=st.integers(0, 2), coins=st.sampled_from([3, 17, 40, 180]))
    def grant(self, who, pool, coins):
        youth, row = self.youths[who], self.pool_rows[pool]
        if youth.gone:
            return
        ask = partial(orders.grant, pool=row, youth=youth.row, coins=coins, reason=WHY, by=self.anna, now=self.now)
        if self.pools[row.pk] < coins:
            self.attempt(ask, moves.PoolHasLess)
            return
        recently = sum(n for at, n in self.given.get(who, []) if at > self.now - timedelta(days=30))
        asked_at = self.now
        order = self.attempt(ask)
        if recently + coins > 500:
            assert order.state == MoneyOrder.State.OPEN
            self.attempt(partial(orders.approve, order=order, by=self.bert, now=self.now))
        else:
            assert order.state == MoneyOrder.State.DONE
            self.given.setdefault(who, []).append((asked_at, coins))
        self.pools[row.pk] -= coins
        youth.account = YouthAccount.objects.get(youth=youth.row).account_id
        lot = Lot.objects.latest("pk")
        youth.lots.append(MyLot(lot.pk, row.pk, coins, coins, date(self.today.year + 3, 12, 31)))

    @rule(who=st.integers(0, 2), minutes=st.integers(15, 240), host=st.booleans())
    def confirmed_hours(self, who, minutes, host):
        youth = self.youths[who]
        if youth.gone:
            return
        start = self.now
        self.now += timedelta(minutes=minutes)
        entry = SharedTimeEntry.objects.create(
            youth=youth.row, category=self.category, starts_at=start, ends_at=self.now, duration_minutes=minutes,
            status="approved", companion_relation="parent", did="gelesen", claimed_at=self.now, host_confirmed=host,
            approved_at=self.now,
        )  # fmt: skip
        youth.new.append(
            model.Entry(
                order=(start, entry.public_id), day=periods.berlin_date(start), minutes=minutes,
                category=self.category.slug, category_cap=None, host=host,
            )
        )  # fmt: skip
        self.now += timedelta(minutes=1)

    @precondition(lambda self: any(youth.new for youth in self.youths))
    @rule()
    def run(self):
        cutoff = self.now
        run = self.attempt(partial(conversion.convert, club=self.club, cutoff=cutoff, by=self.anna, now=cutoff))
        assert self.attempt(partial(conversion.convert, club=self.club, cutoff=cutoff, now=self.now)) == run
        self.runs += 1
        members = [youth for youth in self.youths if not youth.gone]
        for youth in members:
            link = YouthAccount.objects.filter(youth=youth.row).first()
            assert (link is not None) == bool(youth.account or youth.new)
            youth.account = link.account_id if link else None
        members = sorted((youth for youth in members if youth.account), key=lambda youth: youth.account)
        if self.year != cutoff.astimezone(periods.BERLIN).year:
            self.year = cutoff.astimezone(periods.BERLIN).year
            for youth in members:
                youth.hours.paid_in_year = 0
        new, available = [youth.new for youth in members], sum(self.pools.values())
        lines = model.run([youth.hours for youth in members], new, available, model.Rules().year_cap)
        # Youths in the order of their accounts are laid along the pools, those who paid longest ago first.
        line_of_pools = sorted(self.pools, key=lambda pool: (self.last_run[pool], pool))
        queue = [[pool, self.pools[pool]] for pool in line_of_pools if self.pools[pool]]
        for youth, line in zip(members, lines, strict=True):
            youth.new = []
            if line is None:
                continue
            stored = ConversionLine.objects.get(run=run, account=youth.account)
            assert (stored.paid_coins, stored.open_out_coins) == (line["paid"], line["open_out"])
            self.lines.append({"row": stored, "youth": youth, "paid": line["paid"], "back": 0})
            to_pay = line["paid"]
            while to_pay:
                pool, part = queue[0][0], min(queue[0][1], to_pay)
                to_pay -= part
                queue[0][1] -= part
                self.pools[pool] -= part
                self.last_run[pool] = self.runs
                lot = Lot.objects.filter(account=youth.account, pool=pool).latest("pk")
                mine = MyLot(lot.pk, pool, part, part, date(self.year + 3, 12, 31), stored.pk)
                youth.lots.append(mine)
                if not queue[0][1]:
                    queue.pop(0)

    @precondition(lambda self: any(line["paid"] for line in self.lines))
    @rule(which=st.integers(0, 50), coins=st.integers(1, 60))
    def take_back(self, which, coins):
        paid = [line for line in self.lines if line["paid"]]
        line = paid[which % len(paid)]
        youth = line["youth"]
        ask = partial(orders.take_back, line=line["row"], coins=coins, reason=WHY, by=self.anna, now=self.now)
        if youth.gone:
            self.attempt(ask, moves.HasLeft)
        elif coins > line["paid"] - line["back"]:
            self.attempt(ask, moves.MoreThanPaid)
        elif not youth.spendable:
            self.attempt(ask, moves.NothingLeft)
        else:
            wanted = min(coins, youth.spendable)
            order = self.attempt(ask)
            assert order.moved_coins == wanted
            line["back"] += wanted
            # The very coins first, then the youngest.
            for lot in sorted(youth.lots, key=lambda lot: (lot.line == line["row"].pk, *lot.age), reverse=True):
                part = min(lot.left, wanted)
                self.back_to_pool(lot, part)
                wanted -= part

    # ── Coins go ─────────────────────────────────────────────────────────────────────────────────
    @rule(who=st.integers(0, 2), offer=st.integers(0, 2))
    def another_hold(self, who, offer):
        self.hold(who, offer)

    @rule(who=st.integers(0, 2), offer=st.integers(0, 2))
    def hold(self, who, offer):
        youth, row = self.youths[who], self.offer_rows[offer]
        if youth.gone:
            return
        place = partial(redemption.hold, offer=row, youth=youth.row, now=self.now)
        price = row.price_coins
        over = self.over(youth) if youth.account else []
        if youth.account is None:
            self.attempt(place, ledger.InsufficientBalance)
        elif self.stock[offer] == 0:
            self.attempt(place, redemption.OutOfStock)
        elif youth.spendable - sum(coins for _lot, coins in over) < price:
            self.attempt(place, ledger.InsufficientBalance)
        else:
            placed_on, expires_at = self.today, self.now + timedelta(days=14)
            made = self.attempt(place)
            for lot, coins in over:
                self.back_to_pool(lot, coins)
            youth.holds.append(MyHold(made, youth, price, offer, placed_on, expires_at))
            if self.stock[offer] is not None:
                self.stock[offer] -= 1

    def live(self) -> list[MyHold]:
        return [hold for youth in self.youths for hold in youth.holds]

    @precondition(lambda self: self.live())
    @rule(which=st.integers(0, 20))
    def another_redeem(self, which):
        self.redeem(which)

    @precondition(lambda self: self.live())
    @rule(which=st.integers(0, 20))
    def redeem(self, which):
        hold = self.live()[which % len(self.live())]
        redeem = partial(redemption.redeem, hold=hold.row, by=None, now=self.now)
        if self.now >= hold.expires_at:
            self.attempt(redeem, redemption.CodeExpired)
            return
        booked_at = self.now
        made = self.attempt(redeem)
        self.attempt(partial(redemption.redeem, hold=hold.row, by=None, now=self.now), redemption.AlreadyRedeemed)
        hold.youth.holds.remove(hold)
        taken = hold.youth.spend(hold.price, good_on=hold.placed_on)
        self.redemptions.append(MyRedemption(made, hold.youth, hold.price, hold.offer, taken, booked_at))
        self.shop_coins[self.shop_of(hold.offer)] += hold.price

    def shop_of(self, offer: int) -> int:
        return self.offer_rows[offer].partner_id

    @precondition(lambda self: self.live())
    @rule(which=st.integers(0, 20))
    def cancel(self, which):
        hold = self.live()[which % len(self.live())]
        self.attempt(partial(redemption.cancel, hold=hold.row, now=self.now))
        self.attempt(partial(redemption.redeem, hold=hold.row, by=None, now=self.now), redemption.CodeCancelled)
        self.give_up(hold)

    def give_up(self, hold: MyHold) -> None:
        hold.youth.holds.remove(hold)
        if self.stock[hold.offer] is not None:
            self.stock[hold.offer] += 1

    @precondition(lambda self: self.live())
    @rule()
    def expire_holds(self):
        due = [hold for hold in self.live() if hold.expires_at <= self.now]
        assert self.attempt(partial(redemption.expire_due, now=self.now)) == len(due)
        for hold in due:
            self.give_up(hold)

    @precondition(lambda self: self.redemptions)
    @rule(which=st.integers(0, 20))
    def undo(self, which):
        # Mostly the last one, which may still be undone.
        made = self.redemptions[-1 - which % 4 % len(self.redemptions)]
        undo = partial(redemption.undo, redemption=made.row, by=None, reason="verwechselt", now=self.now)
        if made.undone:
            self.attempt(undo)
        elif made.settled:
            self.attempt(undo, redemption.AlreadySettled)
        elif self.now >= made.booked_at + timedelta(minutes=15):
            self.attempt(undo, redemption.TooLateToUndo)
        else:
            at_least = self.today + timedelta(days=30)
            self.attempt(undo)
            made.undone = True
            self.shop_coins[self.shop_of(made.offer)] -= made.price
            if self.stock[made.offer] is not None:
                self.stock[made.offer] += 1
            for lot, coins in made.taken:
                if made.youth.gone:
                    self.pools[lot.pool] += coins
                else:
                    lot.left += coins
                    lot.valid_until = max(lot.valid_until, at_least)

    @precondition(lambda self: any(not made.settled for made in self.redemptions))
    @rule(shop=st.integers(0, 1))
    def settle(self, shop):
        partner = self.shops[shop]
        due = [
            made for made in self.redemptions
            if self.shop_of(made.offer) == partner.pk and not made.settled and made.booked_at < self.now
        ]  # fmt: skip
        cutoff = self.now
        made = self.attempt(partial(settlement.settle, partner=partner, cutoff=cutoff, by=self.anna, now=cutoff))
        assert (made is not None) == bool(due)
        if made:
            lines = SettlementLine.objects.filter(settlement=made).values_list("amount_coins", flat=True)
            assert sum(lines) == sum(one.price for one in due if not one.undone)
            assert self.attempt(partial(settlement.settle, partner=partner, cutoff=cutoff, now=self.now)) == made
        for one in due:
            one.settled = True

    # ── Coins end ────────────────────────────────────────────────────────────────────────────────
    def over(self, youth: MyYouth) -> list[tuple[MyLot, int]]:
        """What of the lots whose last day is over nobody has set aside."""
        free = {lot.pk: lot.left for lot in youth.lots}
        for hold in sorted(youth.holds, key=lambda hold: hold.placed_on, reverse=True):
            wanted = hold.price
            for lot in sorted(youth.lots, key=lambda lot: (lot.valid_until < hold.placed_on, *lot.age)):
                part = min(free[lot.pk], wanted)
                free[lot.pk] -= part
                wanted -= part
        return [(lot, free[lot.pk]) for lot in youth.lots if lot.valid_until < self.today and free[lot.pk]]

    @precondition(lambda self: self.much_later)
    @rule()
    def expire_lots(self):
        over = [part for youth in self.youths for part in self.over(youth)]
        assert self.attempt(partial(expiry.expire_due, now=self.now)) == sum(coins for _lot, coins in over)
        for lot, coins in over:
            self.back_to_pool(lot, coins)

    @precondition(lambda self: self.redemptions and not any(youth.gone for youth in self.youths))
    @rule(who=st.integers(0, 2))
    def leave(self, who):
        youth = self.youths[who]
        if youth.gone:
            return

        def erase():
            departure.leave(youth=youth.row, now=self.now)
            youth.row.entries.all().delete()
            youth.row.user.delete()

        if youth.holds:
            self.attempt(erase, departure.HoldsLive)
            return
        self.attempt(erase)
        for lot in youth.lots:
            self.back_to_pool(lot, lot.left)
        youth.gone, youth.new = True, []

    # ── Time ─────────────────────────────────────────────────────────────────────────────────────
    @rule(hours=st.sampled_from([1, 24, 7 * 24, 15 * 24]))
    def time_passes(self, hours):
        self.now += timedelta(hours=hours)

    @precondition(lambda self: not self.much_later and self.live() and any(youth.coins for youth in self.youths))
    @rule()
    def years_pass(self):
        """To the last hours of the oldest coins, so that some are held over midnight."""
        first = min(lot.valid_until for youth in self.youths for lot in youth.lots)
        self.now = max(self.now, datetime(first.year, 12, 31, 20, tzinfo=UTC))
        self.much_later = True

    # ── What must hold ───────────────────────────────────────────────────────────────────────────
    @invariant()
    def books_say_the_same(self):
        balances = dict(Balance.objects.values_list("account", "posted"))
        held = dict(Balance.objects.values_list("account", "held"))
        account_of = {(a.kind, a.owner): a for a in LedgerAccount.objects.all()}
        for pool in self.pool_rows:
            assert balances[account_of[Kind.POOL, pool.public_id].pk] == self.pools[pool.pk], pool.name
        for youth in self.youths:
            if youth.account:
                assert (balances[youth.account], held[youth.account]) == (youth.coins, youth.held)
        for shop in self.shops:
            assert ledger.balance(shop.account) == self.shop_coins[shop.pk]
        for sponsor in self.sponsors:
            account = account_of.get((Kind.UNALLOTTED, sponsor.public_id))
            assert (balances[account.pk] if account else 0) == self.unallotted[sponsor.pk]
        outstanding = sum(self.pools.values()) + sum(y.coins for y in self.youths) + sum(self.shop_coins.values())
        trust = account_of.get((Kind.TRUST, None))
        assert (balances[trust.pk] if trust else 0) == 10 * outstanding
        lots = {lot.pk: lot for youth in self.youths for lot in youth.lots}
        assert {
            pk: (pool, left, until)
            for pk, pool, left, until in Lot.objects.values_list("pk", "pool", "left", "valid_until")
        } == {pk: (lot.pool, lot.left, lot.valid_until) for pk, lot in lots.items()}
        assert [row.stock for row in type(self.offer_rows[0]).objects.order_by("pk")] == self.stock

    @invariant()
    def ledger_check_is_clean(self):
        assert not [result for result in reconciliation.check() if result.bad]


def play(*, examples: int, steps: int, seed: int | None = None) -> None:
    chosen = settings(
        max_examples=examples, stateful_step_count=steps, deadline=None, suppress_health_check=list(HealthCheck),
        database=None,
    )  # fmt: skip
    machine = Books if seed is None else hypothesis.seed(seed)(type("Books", (Books,), {}))
    run_state_machine_as_test(machine, settings=chosen)


def test_a_few_days_of_any_steps():
    play(examples=3, steps=12)


@pytest.mark.slow
def test_long_days_of_any_steps():
    seed, examples, steps = chosen_seed(), scaled(60), 40
    bad = 1
    try:
        play(examples=examples, steps=steps, seed=seed)
        bad = 0
    finally:
        tell(f"state machine, examples of up to {steps} steps", bad=bad, of=examples, seed=seed)
