"""A statement of the bank says what became of payments to partners."""

from datetime import timedelta

import pytest

from coins import bank, ledger
from coins.models import BankLine, LedgerAccount, Transfer
from partners import payouts
from partners.models import Payout, Settlement
from tests.coins.camt_files import Entry, file
from tests.factories import make_offer, make_partner, make_redemption, make_user
from tests.partners.test_payouts import CUTOFF, exported, settled, with_account

pytestmark = pytest.mark.django_db

LATER = CUTOFF + timedelta(days=2)
ON = LATER.date()


@pytest.fixture(autouse=True)
def _own_account(settings):
    settings.CLUB_IBAN, settings.CLUB_ACCOUNT_HOLDER = "DE75512108001245126199", "Pro Lünen e.V."


@pytest.fixture
def paid_file():
    """A file with payments of 3.00 and 4.10 that the bank was given."""
    shop = make_redemption(offer=make_offer(price_coins=30))
    cinema = make_redemption(offer=make_offer(price_coins=41, partner=make_partner("Astra")))
    for made in (shop, cinema):
        with_account(made.partner)
        settled(made.partner)
    return exported(shop.partner.organisation.club, make_user("Anna"), make_user("Bert"))


def booked(*entries):
    (found,) = bank.read(data=file(*entries, opening=100_000), by=None, now=LATER)
    bank.carry_on(statement=bank.start_booking(statement=found, by=None, now=LATER), now=LATER)
    return found


def states():
    return sorted(Settlement.objects.values_list("status", flat=True))


def test_a_file_that_left_in_one_sum_is_paid(paid_file):
    found = booked(Entry(-710, batch=paid_file.message_id, on=ON))

    line = found.lines.get()
    assert (line.kind, line.state, line.about) == (BankLine.Kind.RESULT, BankLine.State.BOOKED, paid_file.public_id)
    assert states() == ["paid", "paid"]
    assert set(Payout.objects.values_list("paid_on", flat=True)) == {ON}


def test_payments_that_left_one_by_one_are_paid(paid_file):
    first, second = paid_file.payouts.order_by("amount_cents")

    booked(
        Entry(-300, end_to_end_id=first.end_to_end_id, on=ON),
        Entry(-410, text=f"Abrechnung {second.end_to_end_id[:20]} {second.end_to_end_id[20:]}", on=ON),
    )  # fmt: skip

    assert states() == ["paid", "paid"]


def test_what_came_back_is_due_again(paid_file):
    first = paid_file.payouts.get(amount_cents=300)

    booked(
        Entry(-710, batch=paid_file.message_id, on=ON),
        Entry(300, end_to_end_id=first.end_to_end_id, why="AC04", name="Kamp", on=ON),
    )  # fmt: skip

    first.refresh_from_db()
    assert (first.settlement.status, first.failed_why, first.failed_on) == ("returned", "AC04", ON)
    assert states() == ["paid", "returned"]
    payable = LedgerAccount.objects.get(kind=LedgerAccount.Kind.PAYABLE, owner=first.settlement.partner.public_id)
    assert ledger.balance(payable) == 300


def test_what_came_back_before_it_was_noted_as_paid_is_both(paid_file):
    first = paid_file.payouts.get(amount_cents=300)

    booked(
        Entry(300, end_to_end_id=first.end_to_end_id, why="AC04", on=ON),
        Entry(-710, batch=paid_file.message_id, on=ON),
    )  # fmt: skip

    assert states() == ["paid", "returned"]
    assert Transfer.objects.filter(kind=Transfer.Kind.PAYOUT).count() == 2


def test_a_sum_that_is_not_the_file_s_waits_for_somebody(paid_file):
    found = booked(Entry(-709, batch=paid_file.message_id, on=ON))

    assert found.lines.get().state == BankLine.State.WAITING
    assert states() == ["exported", "exported"]


def test_what_the_bank_refused_at_once_is_not_in_the_sum(paid_file):
    refused = paid_file.payouts.get(amount_cents=300)
    payouts.note_rejected(payout=refused, on=ON, why="AC01", by=None)

    booked(Entry(-410, batch=paid_file.message_id, on=ON))

    assert states() == ["paid", "rejected"]


def test_noted_by_hand_before_the_statement_came_nothing_is_booked_twice(paid_file):
    for payout in paid_file.payouts.all():
        payouts.note_paid(payout=payout, on=ON, by=None)

    found = booked(Entry(-710, batch=paid_file.message_id, on=ON))

    assert found.lines.get().state == BankLine.State.BOOKED
    assert Transfer.objects.filter(kind=Transfer.Kind.PAYOUT).count() == 2


def test_an_id_of_somebody_else_s_is_nobody_s(paid_file):
    found = booked(Entry(-300, end_to_end_id="CVC-E-000000000000000000000000", on=ON), Entry(5, text="CVC-M", on=ON))

    assert set(found.lines.values_list("kind", flat=True)) == {""}
    assert states() == ["exported", "exported"]
