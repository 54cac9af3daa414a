"""Coins back: once, however many ask at once, to the lots they came from, with their dates."""

import random
from collections import Counter
from datetime import timedelta

import pytest
from django.db import transaction
from django.db.models import QuerySet, Sum
from django.urls import reverse

from clevervibes.lib import db, periods
from coins import ledger
from coins.models import LedgerAccount, Lot, Transfer
from partners import corrections, redemption, settlement
from partners.models import Correction, Offer, Redemption
from partners.redemption import AlreadySettled
from tests.concurrency import Meeting, chosen_seed, control, in_parallel, rounds, scaled, tell
from tests.factories import (
    NOON,
    give_coins,
    make_offer,
    make_pool,
    make_redemption,
    make_rich_youth,
    make_user,
    make_youth,
)

pytestmark = pytest.mark.django_db(transaction=True)

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
ROUNDS, CONTROL_ROUNDS = 12, 10
CUTOFF = settlement.month_cutoff(NOON.date())
TODAY = periods.berlin_date(NOON)


def youth_with_lots(source: random.Random, *, coins: int):
    """Return a youth with coins of five payments that end on different days, some of them within a month."""
    youth, pool = make_youth(), make_pool(coins=coins)
    parts = [coins // 5] * 4 + [coins - 4 * (coins // 5)]
    for part in parts:
        lot = give_coins(youth, part, pool=pool)
        Lot.objects.filter(pk=lot.pk).update(valid_until=TODAY + timedelta(days=source.randrange(1, 900)))
    return youth


def lots_of(youth):
    return {
        lot.pk: (lot.left, lot.valid_until)
        for lot in Lot.objects.filter(account__youth_link__youth=youth).order_by("pk")
    }


def given_back(made: Redemption) -> int:
    return Transfer.objects.filter(reverses=made.transfer).aggregate(coins=Sum("amount", default=0))["coins"]


# ── Asked for by many at once ────────────────────────────────────────────────────────────────────
def take_back_at_once():
    """Return a round: the shop and the team take one redemption back at the same moment. Right is one refund."""
    offer, youth, team = make_offer(price_coins=2, stock=9), make_rich_youth(coins=2), make_user("Team")

    def play(_source: random.Random) -> bool:
        made = redemption.redeem(hold=redemption.hold(offer=offer, youth=youth, now=NOON), by=None, now=NOON)
        before = Offer.objects.get(pk=offer.pk).stock
        by_shop = [lambda: redemption.undo(redemption=made, by=None, reason="Falsch", now=NOON)] * 2
        by_team = [lambda: redemption.undo(redemption=made, by=team, reason="Falsch", now=NOON, by_team=True)] * 2
        results = in_parallel(*by_shop, *by_team)
        stock = Offer.objects.get(pk=offer.pk).stock
        return {type(result) for result in results} != {Redemption} or (given_back(made), stock) != (2, before + 1)

    return play


def test_taken_back_by_many_at_once_it_comes_back_once():
    assert rounds(ROUNDS, take_back_at_once()).bad == 0


def test_control_without_locks_several_try_to_give_back(monkeypatch):
    meeting, restock = Meeting(4), redemption._restock

    def after_all_have_looked(offer: Offer) -> None:
        meeting.wait()
        restock(offer)

    monkeypatch.setattr(QuerySet, "select_for_update", lambda self, **_options: self)
    monkeypatch.setattr(redemption, "_restock", after_all_have_looked)
    monkeypatch.setattr(redemption, "_key", lambda _what, _public_id: ledger.random_owner())
    monkeypatch.setattr(db, "_ATTEMPTS", 1)

    assert control(CONTROL_ROUNDS, take_back_at_once()).broken


def take_back_while_settling():
    """Return a round: the team takes back what is being settled. Right is a refund, and lines that are worth nothing
    if there are any; or none, and a line worth its price."""
    offer, youth, team = make_offer(price_coins=2), make_rich_youth(coins=4000), make_user("Team")
    numbers = iter(range(100_000))

    def play(source: random.Random) -> bool:
        made = redemption.redeem(hold=redemption.hold(offer=offer, youth=youth, now=NOON), by=None, now=NOON)
        cutoff = CUTOFF + next(numbers) * MINUTE
        calls = [
            lambda: redemption.undo(redemption=made, by=team, reason="Falsch", now=cutoff, by_team=True),
            lambda: settlement.settle(partner=offer.partner, cutoff=cutoff, now=cutoff),
        ]
        order = source.sample([0, 1], 2)
        answers = dict(zip(order, in_parallel(*[calls[position] for position in order]), strict=True))
        made.refresh_from_db()
        due = made.settlement_lines.aggregate(coins=Sum("amount_coins", default=0))["coins"]
        if made.undone_at is not None:
            return (type(answers[0]), due, given_back(made)) != (Redemption, 0, 2)
        return (type(answers[0]), due, given_back(made)) != (AlreadySettled, 2, 0)

    return play


def test_what_is_taken_back_is_owed_to_nobody():
    assert rounds(ROUNDS, take_back_while_settling()).bad == 0


def correct_at_once(number: int):
    """Return a round: a settled redemption is asked for and released by several at once. Right is one correction."""
    offer, youth = make_offer(price_coins=2), make_rich_youth(coins=2 * number)
    anna, bert, carl = (make_user(name) for name in ("Anna", "Bert", "Carl"))
    for _redemption in range(number):
        redemption.redeem(hold=redemption.hold(offer=offer, youth=youth, now=NOON), by=None, now=NOON)
    settlement.settle(partner=offer.partner, cutoff=CUTOFF, now=CUTOFF)
    with transaction.atomic():
        world, own = (ledger.open_account(kind=kind) for kind in (LedgerAccount.Kind.WORLD, LedgerAccount.Kind.OWN))
        ledger.post_transfer(
            debit=world, credit=own, amount=20 * number, kind=Transfer.Kind.OWN_IN, key=ledger.random_owner(),
            effective_on=TODAY,
        )  # fmt: skip
    left = list(Redemption.objects.order_by("pk"))
    incident = Correction.Incident.NOT_GIVEN

    def play(_source: random.Random) -> bool:
        made = left.pop()
        asked = corrections.request(redemption=made, incident=incident, reason="Leer", by=anna, now=CUTOFF)
        results = in_parallel(
            lambda: corrections.approve(correction=asked, by=bert, now=CUTOFF),
            lambda: corrections.approve(correction=asked, by=carl, now=CUTOFF),
            lambda: corrections.request(redemption=made, incident=incident, reason="Leer", by=carl, now=CUTOFF),
            lambda: redemption.undo(redemption=made, by=None, reason="Falsch", now=NOON, by_team=True),
        )
        kinds = [type(result) for result in results]
        return kinds != [Correction, Correction, Correction, AlreadySettled] or given_back(made) != 2

    return play


def test_a_correction_gives_back_once():
    assert rounds(ROUNDS, correct_at_once(ROUNDS)).bad == 0


@pytest.mark.slow
def test_never_more_is_given_back_than_was_taken():
    seed, each = chosen_seed(), scaled(670)
    reports = [
        rounds(each, play, seed=seed)
        for play in (take_back_at_once(), take_back_while_settling(), correct_at_once(each))
    ]

    bad = sum(report.bad for report in reports)
    assert tell("R5 refunds over", bad=bad, of=3 * each, seed=seed).bad == 0


# ── To the same lots ─────────────────────────────────────────────────────────────────────────────
WAYS = ("cancel", "expire", "undo", "team")


def spend_and_take_back(source: random.Random, youths: list, offers: list[Offer], ways=WAYS) -> bool:
    """Play one round: hold, then cancel, let it run out, or redeem and take back. True if a lot is not as before."""
    youth, offer = source.choice(youths), source.choice(offers)
    before = lots_of(youth)
    hold = redemption.hold(offer=offer, youth=youth, now=NOON)
    way = source.choice(ways)
    if way == "cancel":
        redemption.cancel(hold=hold, now=NOON)
    elif way == "expire":
        redemption.expire_due(now=hold.expires_at)
    else:
        made = redemption.redeem(hold=hold, by=None, now=NOON)
        touched = {pk for pk, row in lots_of(youth).items() if row != before[pk]}
        taken = sum(before[pk][0] - lots_of(youth)[pk][0] for pk in before)
        if taken != offer.price_coins:
            return True
        redemption.undo(redemption=made, by=None, reason="Falsch", now=NOON + MINUTE, by_team=way == "team")
        at_least = TODAY + timedelta(days=30)
        before |= {pk: (before[pk][0], max(before[pk][1], at_least)) for pk in touched}
    return lots_of(youth) != before


def give_back_to_lots(number: int, seed: int) -> Counter:
    source = random.Random(seed)
    youths = [youth_with_lots(source, coins=source.randrange(40, 200)) for _youth in range(8)]
    offers = [make_offer(price_coins=price) for price in (1, 7, 19, 40)]
    return Counter(spend_and_take_back(source, youths, offers) for _round in range(number))


def test_coins_come_back_to_the_lots_they_came_from_with_their_dates():
    assert give_back_to_lots(15, chosen_seed())[True] == 0


@pytest.mark.corrupts_ledger
def test_control_given_back_to_any_lot_the_lots_differ(monkeypatch):
    def to_any(*, original: Transfer, refund: Transfer) -> None:
        left = refund.amount
        # What an earlier redemption took is filled up first.
        for lot in Lot.objects.filter(account=original.debit).order_by("valid_until"):
            back = min(left, lot.coins - lot.left)
            Lot.objects.filter(pk=lot.pk).update(left=lot.left + back)
            left -= back

    monkeypatch.setattr(redemption.lots, "give_back", to_any)
    source = random.Random(1)
    youths, kept = [youth_with_lots(source, coins=100) for _round in range(10)], make_offer(price_coins=45)
    for youth in youths:
        redemption.redeem(hold=redemption.hold(offer=kept, youth=youth, now=NOON), by=None, now=NOON)
    offer = make_offer(price_coins=30)

    assert sum(spend_and_take_back(source, [youth], [offer], ways=["undo"]) for youth in youths) >= 9


@pytest.mark.slow
def test_every_refund_finds_its_lots():
    seed, number = chosen_seed(), scaled(1000)

    assert tell("R13 lots off", bad=give_back_to_lots(number, seed)[True], of=number, seed=seed).bad == 0


# ── The team's page ──────────────────────────────────────────────────────────────────────────────
def test_the_team_takes_back_until_it_is_settled(client):
    made, other = make_redemption(), make_redemption()
    team = make_user("Team", is_staff=True, is_superuser=True)
    client.force_login(team)
    address = reverse("admin:partners_redemption_take_back", args=[made.pk])
    page = client.get(reverse("admin:partners_redemption_change", args=[made.pk])).content.decode()

    no_reason = client.post(address, {"reason": " "})
    client.post(address, {"reason": "Der Ofen war aus."})

    made.refresh_from_db()
    assert "Zurücknehmen" in page
    assert "in einem Satz" in no_reason.content.decode()
    assert (made.undone_by, made.undo_reason) == (team, "Der Ofen war aus.")
    settlement.settle(partner=other.partner, cutoff=CUTOFF, now=CUTOFF)
    late = client.post(reverse("admin:partners_redemption_take_back", args=[other.pk]), {"reason": "Zu spät"})
    assert "schon abgerechnet" in late.content.decode()
    assert "zwei Personen" in client.get(
        reverse("admin:partners_redemption_change", args=[other.pk])
    ).content.decode()  # fmt: skip
