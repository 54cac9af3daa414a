"""Random months of redemptions, refunds and corrections, with a crash between any two steps on the way to the money.

Whatever dies is started again as a person or beat would: the same call. At the end each redemption stands in exactly
one statement, each payment has ids of its own, and what left the bank is what the shops sold, to the cent.
"""

import random
from collections import Counter
from datetime import date, timedelta

import pytest
from sepaxml.validation import try_valid_xml

from clevervibes.lib import periods
from coins import ledger
from coins.models import LedgerAccount, Transfer
from partners import payouts, redemption, sepa, settlement
from partners.models import Partner, Payout, PayoutFile, Redemption, Settlement, SettlementLine
from tests.concurrency import chosen_seed, tell
from tests.factories import NOON, make_club, make_offer, make_partner, make_rich_youth, make_user
from tests.partners.test_payouts import with_account

pytestmark = pytest.mark.django_db

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
START = date(2026, 10, 1)  # the month after NOON


@pytest.fixture(autouse=True)
def _own_account(settings):
    settings.CLUB_IBAN, settings.CLUB_ACCOUNT_HOLDER = "DE75512108001245126199", "Pro Lünen e.V."


class Crash(BaseException):
    """The process is gone: nothing that catches errors may catch this."""


class World:
    """Shops, youths with coins, and a bank that pays, refuses and sends back as the dice fall."""

    def __init__(self, dice: random.Random, monkeypatch) -> None:
        self.dice = dice
        self.anna, self.bert = make_user("Anna"), make_user("Bert")
        self.offers = [make_offer(partner=make_partner(name), price_coins=price)
                       for name, price in (("Kamp", 3), ("Astra", 7), ("Kiosk", 11))]  # fmt: skip
        for offer in self.offers:
            with_account(offer.partner)
        self.youths = [make_rich_youth(f"Mia{number}", coins=20_000) for number in range(2)]
        self.crashes = 0
        for module, name in ((payouts, "_post"), (payouts, "_note"), (settlement, "_finish"), (sepa, "file")):
            self._make_brittle(monkeypatch, module, name)

    def _make_brittle(self, monkeypatch, module, name) -> None:
        whole = getattr(module, name)

        def brittle(*args, **given):
            if self.dice.random() < 0.15:
                self.crashes += 1
                raise Crash
            done = whole(*args, **given)
            if self.dice.random() < 0.1:
                self.crashes += 1
                raise Crash
            return done

        monkeypatch.setattr(module, name, brittle)

    def until_done(self, call):
        """Start a call again until it comes to its end, as whoever finds it undone would."""
        while True:
            try:
                return call()
            except Crash:
                continue

    def sell(self, month: date) -> None:
        days = (periods.next_month(month) - month).days
        for _each in range(self.dice.randrange(2, 7)):
            at = periods.midnight(month) + self.dice.randrange(days) * DAY + self.dice.randrange(24) * HOUR
            offer, youth = self.dice.choice(self.offers), self.dice.choice(self.youths)
            made = redemption.redeem(hold=redemption.hold(offer=offer, youth=youth, now=at), by=None, now=at)
            if self.dice.random() < 0.15:
                redemption.undo(redemption=made, by=self.bert, reason="Falsch", now=at)

    def pay(self, now) -> None:
        self.until_done(lambda: settlement.settle_due(now=now))
        try:
            batch = payouts.propose(club=make_club(), by=self.anna, now=now)
        except payouts.NothingToPay:
            return
        self.until_done(lambda: payouts.approve(batch=batch, by=self.bert, now=now))
        self.until_done(lambda: payouts.post_released(now=now))
        self.until_done(lambda: self._export(batch, now))
        for payout in Payout.objects.filter(settlement__batch=batch).order_by("pk"):
            self._bank(payout, now.date())

    def _export(self, batch, now) -> None:
        # Who does not know whether the file was made asks for it again, and finds it.
        try:
            payouts.export(batch=batch, executes_on=now.date(), by=self.anna, now=now)
        except payouts.NothingToPay:
            assert batch.files.exists()

    def _bank(self, payout: Payout, on: date) -> None:
        fate = self.dice.random()
        if fate < 0.15:
            self.until_done(lambda: payouts.note_rejected(payout=payout, on=on, why="AC04", by=self.anna))
            return
        self.until_done(lambda: payouts.note_paid(payout=payout, on=on, by=self.anna))
        if fate < 0.3:
            self.until_done(lambda: payouts.note_returned(payout=payout, on=on, why="MS03", by=self.anna))


def play(months: int, dice: random.Random, monkeypatch) -> tuple[list[str], World]:
    """Play that many months; return what is wrong at the end."""
    world, month = World(dice, monkeypatch), START
    for _month in range(months):
        world.sell(month)
        month = periods.next_month(month)
        world.pay(periods.midnight(month) + 2 * HOUR)
    monkeypatch.undo()
    return _wrong(), world


def _wrong() -> list[str]:
    lines = SettlementLine.objects.filter(kind=SettlementLine.Kind.REDEMPTION)
    settled = Counter(lines.values_list("redemption", flat=True))
    wrong = [f"redemption {pk}: in {settled[pk]} statements" for pk in Redemption.objects.values_list("pk", flat=True)
             if settled[pk] != 1]  # fmt: skip
    ids = [
        *Payout.objects.values_list("end_to_end_id", flat=True),
        *PayoutFile.objects.values_list("message_id", flat=True),
    ]
    wrong += [f"id {name} twice" for name, number in Counter(ids).items() if number > 1]
    for made in PayoutFile.objects.all():
        try_valid_xml(made.content.encode(), sepa.SCHEMA)
        total = sum(made.payouts.values_list("amount_cents", flat=True))
        if f"<CtrlSum>{total // 100}.{total % 100:02}</CtrlSum>" not in made.content:
            wrong.append(f"file {made.message_id}: another sum")
    sold = sum(Redemption.objects.filter(undone_at=None).values_list("price_coins", flat=True)) * 10
    moved = dict.fromkeys((Transfer.Kind.PAYOUT, Transfer.Kind.PAYOUT_RETURNED), 0)
    for kind, amount in Transfer.objects.filter(kind__in=moved).values_list("kind", "amount"):
        moved[kind] += amount
    left = moved[Transfer.Kind.PAYOUT] - moved[Transfer.Kind.PAYOUT_RETURNED]
    accounts = LedgerAccount.objects.filter(kind=LedgerAccount.Kind.PAYABLE)
    waiting = sum(ledger.balance(account) for account in accounts)
    unpaid = sum(ledger.balance(partner.account) for partner in Partner.objects.all()) * 10
    if sold != left + waiting + unpaid:
        wrong.append(f"sold {sold}, paid {left}, due {waiting}, not settled {unpaid}")
    twice = Payout.objects.filter(settlement__status=Settlement.Status.PAID, paid_on=None)
    return wrong + [f"payment {payout} without a day" for payout in twice]


def test_months_with_crashes_pay_each_redemption_once(monkeypatch):
    seed = chosen_seed()

    wrong, world = play(4, random.Random(seed), monkeypatch)

    assert wrong == [], f"seed {seed}"
    assert world.crashes, f"seed {seed}"
    assert NOON.month < START.month


@pytest.mark.slow
def test_twenty_four_months_with_crashes(monkeypatch):
    seed = chosen_seed()

    wrong, world = play(24, random.Random(seed), monkeypatch)

    payments, files = Payout.objects.count(), PayoutFile.objects.count()
    tell(
        "R14/R15 months with crashes, redemptions not in exactly one statement, ids twice, sums off", bad=len(wrong),
        of=Redemption.objects.count(), seed=seed,
        more=f"24 months, {world.crashes} crashes, {payments} payments, {files} files",
    )  # fmt: skip
    assert wrong == []
