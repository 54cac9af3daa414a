"""What becomes of a statement: put up, released by another, given to the bank, paid, refused, sent back, put right."""

import hashlib
from datetime import date, timedelta

import pytest
from defusedxml import ElementTree
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from coins import ledger
from coins.models import LedgerAccount, Lot, Transfer
from partners import bank_accounts, corrections, endings, payouts, redemption, sepa, settlement
from partners.models import BankAccount, Correction, Payout, PayoutBatch, Settlement, SettlementLine
from tests.concurrency import in_parallel
from tests.factories import (
    NOON,
    make_offer,
    make_partner,
    make_redemption,
    make_rich_youth,
    make_user,
)

pytestmark = pytest.mark.django_db

DAY, MONTH = timedelta(days=1), timedelta(days=30)
CUTOFF = NOON + DAY
KIND = LedgerAccount.Kind
IBAN, OTHER_IBAN = "DE89 3704 0044 0532 0130 00", "NL91 ABNA 0417 1643 00"
PAIN = {"": "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"}


@pytest.fixture(autouse=True)
def _own_account(settings):
    settings.CLUB_IBAN, settings.CLUB_ACCOUNT_HOLDER = "DE75512108001245126199", "Pro Lünen e.V."


@pytest.fixture
def anna():
    return make_user("Anna", is_staff=True)


@pytest.fixture
def bert():
    return make_user("Bert", is_staff=True)


def with_account(partner, iban=IBAN, holder="Bäckerei Kamp & Söhne GmbH"):
    """A bank account of a partner that is in use since long."""
    asked = NOON - 20 * DAY
    account = bank_accounts.request(partner=partner, iban=iban, holder=holder, by=make_user(), now=asked)
    return bank_accounts.approve(account=account, by=make_user(), now=asked)


def settled(partner, cutoff=CUTOFF):
    return settlement.settle(partner=partner, cutoff=cutoff, now=cutoff)


def released(club, anna, bert, now=CUTOFF):
    batch = payouts.propose(club=club, by=anna, now=now)
    report = payouts.approve(batch=batch, by=bert, now=now)
    assert not report.failed
    return batch


def exported(club, anna, bert, now=CUTOFF):
    batch = released(club, anna, bert, now)
    return payouts.export(batch=batch, executes_on=now.date(), by=anna, now=now)


def cents_of(kind, owner=None):
    """The balance of an account; nothing, where it was never opened."""
    account = LedgerAccount.objects.filter(kind=kind, owner=owner).first()
    return ledger.balance(account) if account else 0


def payable(partner):
    return cents_of(KIND.PAYABLE, partner.public_id)


def own_money(cents):
    """The club pays in money of its own."""
    with transaction.atomic():
        world, own = ledger.open_account(kind=KIND.WORLD), ledger.open_account(kind=KIND.OWN)
        ledger.post_transfer(
            debit=world, credit=own, amount=cents, kind=Transfer.Kind.OWN_IN, key=ledger.random_owner(),
            effective_on=NOON.date(),
        )  # fmt: skip


# ── From the draft to the bank ───────────────────────────────────────────────────────────────────
def test_a_month_from_the_draft_to_the_money(anna, bert):
    made = make_redemption(offer=make_offer(price_coins=30))
    partner, club = made.partner, made.partner.organisation.club
    with_account(partner)
    trust = cents_of(KIND.TRUST)
    draft = settled(partner)
    assert (draft.status, draft.due_coins) == ("draft", 30)

    batch = payouts.propose(club=club, by=anna, now=CUTOFF)
    assert ledger.balance(partner.account) == 30  # nothing has moved yet
    payouts.approve(batch=batch, by=bert, now=CUTOFF)
    assert (ledger.balance(partner.account), payable(partner), cents_of(KIND.TRUST)) == (0, 300, trust - 300)
    file = payouts.export(batch=batch, executes_on=date(2026, 12, 3), by=anna, now=CUTOFF)
    payout = Payout.objects.get()
    assert (payout.amount_cents, payout.file, payout.settlement) == (300, file, draft)
    assert payable(partner) == 300
    payouts.note_paid(payout=payout, on=date(2026, 12, 3), by=anna)

    draft.refresh_from_db()
    assert (draft.status, payable(partner)) == ("paid", 0)


def test_nobody_releases_what_they_put_up_themselves(anna, bert):
    made = make_redemption()
    settled(made.partner)
    batch = payouts.propose(club=made.partner.organisation.club, by=anna, now=CUTOFF)

    with pytest.raises(payouts.OwnBatch):
        payouts.approve(batch=batch, by=anna, now=CUTOFF)
    with pytest.raises(IntegrityError, match="partners_batch_by_two"), transaction.atomic():
        PayoutBatch.objects.update(approved_by=anna, approved_at=CUTOFF)
    assert Settlement.objects.get().status == "draft"
    assert not Transfer.objects.filter(kind=Transfer.Kind.SETTLEMENT).exists()


def test_released_again_it_books_nothing_twice_and_by_a_third_person_not_at_all(anna, bert):
    made = make_redemption()
    settled(made.partner)
    batch = released(made.partner.organisation.club, anna, bert)

    again = payouts.approve(batch=batch, by=bert, now=CUTOFF)

    assert (again.posted, again.failed) == ([], [])
    assert Transfer.objects.filter(kind=Transfer.Kind.SETTLEMENT).count() == 1
    with pytest.raises(payouts.BatchClosed):
        payouts.approve(batch=batch, by=make_user(), now=CUTOFF)


def test_the_same_button_pressed_twice_is_one_batch(anna):
    made = make_redemption()
    settled(made.partner)
    key = ledger.random_owner()
    club = made.partner.organisation.club

    assert payouts.propose(club=club, by=anna, key=key, now=CUTOFF) == payouts.propose(
        club=club, by=anna, key=key, now=CUTOFF
    )
    with pytest.raises(payouts.NothingToPay):
        payouts.propose(club=club, by=anna, now=CUTOFF)


def test_one_taken_out_waits_and_is_paid_with_a_later_month(anna, bert):
    shop, cinema = make_redemption(), make_redemption(offer=make_offer(partner=make_partner("Kino Astra")))
    club = shop.partner.organisation.club
    settled(shop.partner)
    odd = settled(cinema.partner)
    with pytest.raises(payouts.ReasonMissing):
        payouts.take_out(settlement=odd, why="  ", by=anna, now=CUTOFF)
    payouts.take_out(settlement=odd, why="Die Bons fehlen noch.", by=anna, now=CUTOFF)

    batch = released(club, anna, bert)
    assert [row.partner for row in batch.settlements.all()] == [shop.partner]
    payouts.put_back(settlement=odd, by=bert)
    later = released(club, anna, bert, CUTOFF + MONTH)

    assert [row.partner for row in later.settlements.all()] == [cinema.partner]


def test_a_refused_batch_leaves_drafts_that_can_be_put_up_again(anna, bert):
    made = make_redemption()
    club, draft = made.partner.organisation.club, settled(made.partner)
    batch = payouts.propose(club=club, by=anna, now=CUTOFF)
    with pytest.raises(payouts.InABatch):
        payouts.take_out(settlement=draft, why="Doch nicht", by=anna, now=CUTOFF)

    payouts.refuse(batch=batch, by=bert, why="Erst den Kontoauszug ansehen.", now=CUTOFF)

    with pytest.raises(payouts.BatchClosed):
        payouts.approve(batch=batch, by=bert, now=CUTOFF)
    assert released(club, anna, bert).settlements.get() == draft


def test_whatever_cannot_be_booked_is_tried_again_and_stops_nobody(anna, bert, monkeypatch, caplog):
    broken, fine = make_redemption(), make_redemption(offer=make_offer(partner=make_partner("Kino Astra")))
    club = broken.partner.organisation.club
    settled(broken.partner), settled(fine.partner)
    batch = payouts.propose(club=club, by=anna, now=CUTOFF)
    whole = payouts._postings

    def breaks_once(row, on):
        if row.partner == broken.partner:
            raise ZeroDivisionError
        return whole(row, on)

    monkeypatch.setattr(payouts, "_postings", breaks_once)
    report = payouts.approve(batch=batch, by=bert, now=CUTOFF)
    assert [row.partner for row in report.posted] == [fine.partner]
    monkeypatch.undo()

    assert [row.partner for row in payouts.post_released(now=CUTOFF + DAY).posted] == [broken.partner]
    assert payouts.post_released(now=CUTOFF + DAY).posted == []


def test_a_pool_may_end_once_its_coins_are_booked(anna, bert):
    made = make_redemption(offer=make_offer(price_coins=30))
    pool = Lot.objects.get(moves__transfer=made.transfer).pool
    settled(made.partner)
    assert endings.unsettled_coins(pool) == 30

    released(made.partner.organisation.club, anna, bert)

    assert endings.unsettled_coins(pool) == 0


# ── The file ─────────────────────────────────────────────────────────────────────────────────────
def test_the_file_names_each_payment_and_is_the_same_each_time(anna, bert):
    shop, cinema = make_redemption(), make_redemption(offer=make_offer(price_coins=41, partner=make_partner("Astra")))
    for made in (shop, cinema):
        with_account(made.partner)
        settled(made.partner)

    file = exported(shop.partner.organisation.club, anna, bert)

    before = hashlib.sha256(file.content.encode()).hexdigest()
    file.refresh_from_db()
    assert hashlib.sha256(file.content.encode()).hexdigest() == before
    tree = ElementTree.fromstring(file.content)
    amounts = [node.text for node in tree.iterfind(".//InstdAmt", PAIN)]
    assert sorted(amounts) == ["3.00", "4.10"]
    assert tree.findtext(".//GrpHdr/CtrlSum", namespaces=PAIN) == "7.10"
    assert tree.findtext(".//GrpHdr/MsgId", namespaces=PAIN) == file.message_id
    names = {node.text for node in tree.iterfind(".//Cdtr/Nm", PAIN)}
    assert names == {"Baeckerei Kamp + Soehne GmbH"}
    ends = [node.text for node in tree.iterfind(".//EndToEndId", PAIN)]
    assert sorted(ends) == sorted(Payout.objects.values_list("end_to_end_id", flat=True))
    with pytest.raises(payouts.NothingToPay):
        payouts.export(batch=file.batch, executes_on=CUTOFF.date(), by=anna, now=CUTOFF)


def test_who_has_no_confirmed_account_comes_into_the_next_file(anna, bert):
    shop, cinema = make_redemption(), make_redemption(offer=make_offer(partner=make_partner("Astra")))
    with_account(shop.partner)
    settled(shop.partner), settled(cinema.partner)
    batch = released(shop.partner.organisation.club, anna, bert)
    payouts.export(batch=batch, executes_on=CUTOFF.date(), by=anna, now=CUTOFF)
    assert [row.partner for row in payouts.left_out(batch, at=CUTOFF)] == [cinema.partner]

    account = bank_accounts.request(partner=cinema.partner, iban=IBAN, holder="Astra", by=anna, now=CUTOFF)
    bank_accounts.approve(account=account, by=bert, now=CUTOFF)
    with pytest.raises(payouts.NothingToPay):
        payouts.export(batch=batch, executes_on=CUTOFF.date(), by=anna, now=CUTOFF + 6 * DAY)
    second = payouts.export(batch=batch, executes_on=CUTOFF.date(), by=anna, now=CUTOFF + 7 * DAY)

    assert [payout.settlement.partner for payout in second.payouts.all()] == [cinema.partner]


def test_before_the_release_there_is_no_file(anna):
    made = make_redemption()
    settled(made.partner)
    batch = payouts.propose(club=made.partner.organisation.club, by=anna, now=CUTOFF)

    with pytest.raises(payouts.NotReleased):
        payouts.export(batch=batch, executes_on=CUTOFF.date(), by=anna, now=CUTOFF)


@given(st.text(max_size=200))
@hypothesis_settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_any_name_becomes_one_that_every_bank_takes(name):
    plain = sepa.plain(name, 70)

    assert 1 <= len(plain) <= 70
    assert set(plain) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/?:().,'+ -")


def test_ids_are_never_given_twice():
    ids = {sepa.new_id("E") for _each in range(10_000)}

    assert len(ids) == 10_000
    assert {len(each) for each in ids} == {30}


# ── What the bank says ───────────────────────────────────────────────────────────────────────────
def test_what_the_bank_refuses_stays_due_and_comes_with_the_next_month_under_new_ids(anna, bert):
    offer = make_offer(price_coins=30)
    made = make_redemption(offer=offer)
    partner, club = made.partner, made.partner.organisation.club
    with_account(partner)
    first = settled(partner)
    exported(club, anna, bert)
    payout = first.payout

    payouts.note_rejected(payout=payout, on=CUTOFF.date(), why="AC04 Konto aufgelöst", by=anna)
    with pytest.raises(payouts.WrongState):
        payouts.note_paid(payout=payout, on=CUTOFF.date(), by=anna)
    assert payable(partner) == 300
    make_redemption(offer=offer, now=CUTOFF + DAY)
    second = settled(partner, CUTOFF + MONTH)
    assert sorted(second.lines.values_list("kind", "amount_coins")) == [("redemption", 30), ("retry", 30)]
    exported(club, anna, bert, CUTOFF + MONTH)

    assert second.payout.amount_cents == 600
    assert second.payout.end_to_end_id != payout.end_to_end_id
    payouts.note_paid(payout=second.payout, on=CUTOFF.date(), by=anna)
    assert payable(partner) == 0


def test_money_that_comes_back_is_due_again(anna, bert):
    made = make_redemption(offer=make_offer(price_coins=30))
    partner, club = made.partner, made.partner.organisation.club
    with_account(partner)
    first = settled(partner)
    exported(club, anna, bert)
    with pytest.raises(payouts.WrongState):
        payouts.note_returned(payout=first.payout, on=CUTOFF.date(), why="zurück", by=anna)
    payouts.note_paid(payout=first.payout, on=CUTOFF.date(), by=anna)

    payouts.note_returned(payout=first.payout, on=CUTOFF.date(), why="MS03", by=anna)
    payouts.note_returned(payout=first.payout, on=CUTOFF.date(), why="MS03", by=anna)

    assert payable(partner) == 300
    again = settled(partner, CUTOFF + MONTH)
    assert list(again.lines.values_list("kind", "failed")) == [("retry", first.pk)]
    exported(club, anna, bert, CUTOFF + MONTH)
    payouts.note_paid(payout=again.payout, on=CUTOFF.date(), by=anna)
    assert payable(partner) == 0


@pytest.mark.django_db(transaction=True)
def test_two_people_note_different_ends_at_once_and_one_of_them_counts(anna, bert):
    made = make_redemption()
    with_account(made.partner)
    settled(made.partner)
    exported(made.partner.organisation.club, anna, bert)
    payout = Payout.objects.get()

    results = in_parallel(
        lambda: payouts.note_paid(payout=payout, on=CUTOFF.date(), by=anna),
        lambda: payouts.note_rejected(payout=payout, on=CUTOFF.date(), why="AC04", by=bert),
    )

    assert sorted(type(result).__name__ for result in results) == ["Payout", "WrongState"]
    assert Transfer.objects.filter(kind=Transfer.Kind.PAYOUT).count() == (Settlement.objects.get().status == "paid")


@pytest.mark.django_db(transaction=True)
def test_two_people_release_at_once_and_it_is_booked_once(anna, bert):
    made = make_redemption()
    settled(made.partner)
    batch = payouts.propose(club=made.partner.organisation.club, by=anna, now=CUTOFF)
    third = make_user()

    results = in_parallel(
        *(lambda by=by: payouts.approve(batch=batch, by=by, now=CUTOFF) for by in (bert, third, bert, third))
    )

    assert sum(isinstance(result, payouts.BatchClosed) for result in results) == 2
    assert Transfer.objects.filter(kind=Transfer.Kind.SETTLEMENT).count() == 1


# ── Put right afterwards ─────────────────────────────────────────────────────────────────────────
def correct(made, anna, bert, now=CUTOFF):
    asked = corrections.request(
        redemption=made, incident=Correction.Incident.NOT_GIVEN, reason="Das Eis war aus.", by=anna, now=now
    )
    return corrections.approve(correction=asked, by=bert, now=now)


def test_a_correction_gives_the_same_lots_back_and_the_shop_pays_with_its_next_month(anna, bert):
    offer, youth = make_offer(price_coins=30), make_rich_youth(coins=100)
    made = redemption.redeem(hold=redemption.hold(offer=offer, youth=youth, now=NOON), by=None, now=NOON)
    partner, club = made.partner, made.partner.organisation.club
    with_account(partner)
    lot = Lot.objects.get(moves__transfer=made.transfer)
    own_money(1000)
    settled(partner)
    exported(club, anna, bert)
    payouts.note_paid(payout=Payout.objects.get(), on=CUTOFF.date(), by=anna)
    assert Lot.objects.get(pk=lot.pk).left == 70

    correct(made, anna, bert)

    assert (Lot.objects.get(pk=lot.pk).left, cents_of(KIND.OWN)) == (100, 700)
    make_redemption(offer=make_offer(partner=partner, price_coins=50), now=CUTOFF + DAY)
    second = settled(partner, CUTOFF + MONTH)
    assert second.due_coins == 20
    exported(club, anna, bert, CUTOFF + MONTH)
    assert (second.payout.amount_cents, cents_of(KIND.OWN), payable(partner)) == (200, 1000, 200)


def test_what_a_shop_falls_short_of_is_carried_over(anna, bert):
    made = make_redemption(offer=make_offer(price_coins=30))
    partner, club = made.partner, made.partner.organisation.club
    with_account(partner)
    own_money(1000)
    settled(partner)
    exported(club, anna, bert)
    correct(made, anna, bert)
    make_redemption(offer=make_offer(partner=partner, price_coins=10), now=CUTOFF + DAY)

    short = settled(partner, CUTOFF + MONTH)
    assert (short.status, short.due_coins, cents_of(KIND.OWN)) == ("rolled", -20, 700)
    shorter = make_redemption(offer=make_offer(partner=partner, price_coins=5), now=CUTOFF + MONTH)
    still = settled(partner, CUTOFF + 2 * MONTH)
    assert (still.status, still.net_coins, still.carried_coins) == ("rolled", 5, -20)
    make_redemption(offer=make_offer(partner=partner, price_coins=40), now=CUTOFF + 2 * MONTH)
    enough = settled(partner, CUTOFF + 3 * MONTH)
    assert (enough.status, enough.due_coins) == ("draft", 25)
    exported(club, anna, bert, CUTOFF + 3 * MONTH)

    assert (enough.payout.amount_cents, cents_of(KIND.OWN), ledger.balance(partner.account)) == (250, 1000, 0)
    assert payable(partner) == 300 + 250  # the first month's was given to the bank, and is not noted as paid
    assert Settlement.objects.filter(rolled_into=None, status="rolled").count() == 0
    assert shorter.settlement_lines.get().settlement == still


def test_a_correction_waits_for_the_clubs_own_money(anna, bert, caplog):
    made = make_redemption(offer=make_offer(price_coins=30))
    settled(made.partner)

    waits = correct(made, anna, bert)
    assert waits.booked_at is None
    own_money(299)
    assert corrections.book_waiting(now=CUTOFF) == 0
    own_money(1)
    assert corrections.book_waiting(now=CUTOFF + DAY) == 1
    assert corrections.book_waiting(now=CUTOFF + DAY) == 0

    waits.refresh_from_db()
    assert (waits.booked_at, cents_of(KIND.OWN)) == (CUTOFF + DAY, 0)


def test_a_correction_takes_two_people_a_reason_and_a_settled_redemption(anna, bert):
    made = make_redemption()
    ask = {"redemption": made, "incident": Correction.Incident.WRONG, "by": anna, "now": CUTOFF}
    with pytest.raises(corrections.NotSettled):
        corrections.request(reason="Falsch", **ask)
    settled(made.partner)
    with pytest.raises(corrections.ReasonMissing):
        corrections.request(reason=" ", **ask)

    asked = corrections.request(reason="Falsch", **ask)

    with pytest.raises(corrections.OwnCorrection):
        corrections.approve(correction=asked, by=anna, now=CUTOFF)
    with pytest.raises(IntegrityError, match="partners_correction_by_two"), transaction.atomic():
        Correction.objects.update(approved_by=anna)
    assert corrections.request(reason="Noch einmal", **ask) == asked


def test_of_a_youth_who_has_left_the_coins_go_back_to_their_pools(anna, bert):
    offer, youth = make_offer(price_coins=100), make_rich_youth(coins=100)
    made = redemption.redeem(hold=redemption.hold(offer=offer, youth=youth, now=NOON), by=None, now=NOON)
    pool = Lot.objects.get(moves__transfer=made.transfer).pool
    settled(made.partner)
    own_money(1000)
    with transaction.atomic():
        ledger.close_account(made.hold.account)
    before = cents_of(KIND.POOL, pool.public_id)

    correct(made, anna, bert)

    assert cents_of(KIND.POOL, pool.public_id) == before + 100


# ── Where the money goes ─────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("iban", "refusal"),
    [
        ("DE89 3704 0044 0532 0130 01", bank_accounts.WrongIban),
        ("DE89", bank_accounts.WrongIban),
        ("", bank_accounts.WrongIban),
        ("🍦" * 20, bank_accounts.WrongIban),
        ("DE" + "8" * 1_000_000, bank_accounts.WrongIban),
        ("BR15 0000 0000 0000 1093 2840 814P 2", bank_accounts.CountryNotPaid),
    ],
)
def test_an_iban_that_cannot_be_paid_is_refused_with_a_sentence(iban, refusal):
    with pytest.raises(refusal):
        bank_accounts.request(partner=make_partner(), iban=iban, holder="Kamp", by=make_user(), now=NOON)
    assert not BankAccount.objects.exists()


def test_a_new_account_takes_two_people_and_a_week(anna, bert):
    partner = make_partner()
    old = with_account(partner)

    asked = bank_accounts.request(partner=partner, iban=OTHER_IBAN, holder="Kamp", by=anna, now=NOON)
    with pytest.raises(bank_accounts.OwnAccount):
        bank_accounts.approve(account=asked, by=anna, now=NOON)
    with pytest.raises(IntegrityError, match="partners_iban_by_two"), transaction.atomic():
        BankAccount.objects.filter(pk=asked.pk).update(approved_by=anna)
    with pytest.raises(bank_accounts.AlreadyAsked):
        bank_accounts.request(partner=partner, iban=IBAN, holder="Kamp", by=anna, now=NOON)
    bank_accounts.approve(account=asked, by=bert, now=NOON)

    assert bank_accounts.usable(partner, at=NOON + 7 * DAY - timedelta(seconds=1)) == old
    assert bank_accounts.usable(partner, at=NOON + 7 * DAY) == asked


def test_within_the_week_a_new_account_can_still_be_refused(anna, bert):
    partner = make_partner()
    old = with_account(partner)
    asked = bank_accounts.request(partner=partner, iban=OTHER_IBAN, holder="Kamp", by=anna, now=NOON)
    bank_accounts.approve(account=asked, by=bert, now=NOON)
    with pytest.raises(bank_accounts.ReasonMissing):
        bank_accounts.refuse(account=asked, by=bert, why="", now=NOON)

    bank_accounts.refuse(account=asked, by=bert, why="Die Chefin weiß von nichts.", now=NOON + DAY)

    assert bank_accounts.usable(partner, at=NOON + MONTH) == old
    with pytest.raises(bank_accounts.AccountDecided):
        bank_accounts.refuse(account=old, by=bert, why="Zu spät", now=NOON)


# ── Somebody looks first ─────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(("youths", "is_held"), [(10, True), (9, False)])
def test_a_shop_where_ten_youths_spend_all_on_one_day_is_looked_at_before_it_is_paid(youths, is_held):
    offer = make_offer(price_coins=90)
    for number in range(youths):
        youth = make_rich_youth(f"Mia{number}", coins=100)
        redemption.redeem(hold=redemption.hold(offer=offer, youth=youth, now=NOON), by=None, now=NOON)
    # Spending less than that is not conspicuous.
    youth = make_rich_youth(coins=101)
    redemption.redeem(hold=redemption.hold(offer=offer, youth=youth, now=NOON), by=None, now=NOON)

    draft = settled(offer.partner)

    assert (draft.held_at is not None) == is_held
    assert ("10 Jugendliche" in draft.held_why) == is_held


def test_each_redemption_and_its_kinds_stand_in_one_statement_only():
    made = make_redemption()
    draft = settled(made.partner)

    with pytest.raises(IntegrityError, match="partners_settled_once"), transaction.atomic():
        SettlementLine.objects.create(settlement=draft, kind="redemption", redemption=made, amount_coins=30)
    with pytest.raises(IntegrityError, match="partners_line_of_what"), transaction.atomic():
        SettlementLine.objects.create(settlement=draft, kind="retry", redemption=made, amount_coins=30)
