"""Two people at one payment. Each race has a control: the same rounds with the lock taken out must go wrong."""

import random
from datetime import timedelta
from itertools import count

import pytest

from clevervibes.lib import db
from coins.models import Transfer
from partners import payouts, settlement
from partners.models import Payout, PayoutBatch, Settlement
from tests.concurrency import Meeting, control, in_parallel, rounds
from tests.factories import NOON, make_offer, make_redemption, make_user
from tests.partners.test_payouts import with_account

pytestmark = pytest.mark.django_db(transaction=True)

DAY = timedelta(days=1)
ROUNDS = 10


@pytest.fixture(autouse=True)
def _own_account(settings):
    settings.CLUB_IBAN, settings.CLUB_ACCOUNT_HOLDER = "DE75512108001245126199", "Pro Lünen e.V."


@pytest.fixture
def month():
    """Return a function that settles one more redemption of the same shop: the draft, and the day after it."""
    offer, days = make_offer(price_coins=1), count()
    with_account(offer.partner)

    def settle() -> tuple[Settlement, object]:
        at = NOON + next(days) * DAY
        make_redemption(offer=offer, now=at)
        cutoff = at + timedelta(hours=1)
        return settlement.settle(partner=offer.partner, cutoff=cutoff, now=cutoff), cutoff

    return settle


def notes_two_ends(month):
    """A round: one notes a payment as paid, another as refused. Right is one of them, and the other is told."""
    anna, bert = make_user("Anna"), make_user("Bert")

    def play(_source: random.Random) -> bool:
        draft, now = month()
        batch = payouts.propose(club=draft.run.club, by=anna, now=now)
        payouts.approve(batch=batch, by=bert, now=now)
        payouts.export(batch=batch, executes_on=now.date(), by=anna, now=now)
        payout = draft.payout
        results = in_parallel(
            lambda: payouts.note_paid(payout=payout, on=now.date(), by=anna),
            lambda: payouts.note_rejected(payout=payout, on=now.date(), why="AC04", by=bert),
        )
        draft.refresh_from_db()
        paid = Transfer.objects.filter(kind=Transfer.Kind.PAYOUT, source_id=payout.pk).count()
        said = sorted(type(result).__name__ for result in results)
        if bad := said != ["Payout", "WrongState"] or paid != (draft.status == "paid"):
            # The next month would bring the failed payment along.
            Settlement.objects.filter(pk=draft.pk).update(status="paid")
        return bad

    return play


def releases_twice(month):
    """A round: two people release what a third put up. Right is one release, and the other is told."""
    anna, bert, cem = make_user("Anna"), make_user("Bert"), make_user("Cem")

    def play(_source: random.Random) -> bool:
        draft, now = month()
        batch = payouts.propose(club=draft.run.club, by=anna, now=now)
        results = in_parallel(*(lambda by=by: payouts.approve(batch=batch, by=by, now=now) for by in (bert, cem)))
        refused = sum(isinstance(result, payouts.BatchClosed) for result in results)
        lines = draft.lines.values_list("pk", flat=True)
        booked = Transfer.objects.filter(kind=Transfer.Kind.SETTLEMENT, source_id__in=list(lines)).count()
        return (refused, booked) != (1, 1)

    return play


def test_of_two_ends_noted_at_once_one_counts(month):
    assert rounds(ROUNDS, notes_two_ends(month)).bad == 0


@pytest.mark.corrupts_ledger
def test_control_without_the_lock_both_ends_count(month, monkeypatch):
    meeting = Meeting(2)

    def read(payout: Payout) -> tuple[Payout, Settlement]:
        found = Settlement.objects.select_related("partner").get(payout=payout)
        meeting.wait()
        return Payout.objects.get(pk=payout.pk), found

    monkeypatch.setattr(payouts, "_payout", read)
    monkeypatch.setattr(db, "_ATTEMPTS", 1)

    assert control(ROUNDS, notes_two_ends(month)).broken


def test_two_who_release_at_once_are_one_release(month):
    assert rounds(ROUNDS, releases_twice(month)).bad == 0


def test_control_without_the_lock_both_release(month, monkeypatch):
    meeting = Meeting(2)

    def read(batch: PayoutBatch) -> PayoutBatch:
        found = PayoutBatch.objects.get(pk=batch.pk)
        meeting.wait()
        return found

    monkeypatch.setattr(payouts, "_locked_batch", read)

    assert control(ROUNDS, releases_twice(month)).broken
