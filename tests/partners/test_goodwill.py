"""A late scan that no coins pay for, paid by the club: asked for by one, released by another, due next month."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from clevervibes.lib import db
from clevervibes.lib.team import APPROVER, FINANCE, SUPPORT
from coins import ledger
from coins.models import LedgerAccount, Transfer
from partners import bank_accounts, booking, corrections, goodwill, payouts, redemption, settlement
from partners.models import Correction, Goodwill, LateScan, Offer, Payout, Redemption
from tests.concurrency import in_parallel
from tests.factories import (
    make_hold,
    make_manager,
    make_offer,
    make_partner,
    make_redemption,
    make_rich_youth,
    make_user,
)
from tests.partners.test_payouts import IBAN, own_money

pytestmark = pytest.mark.django_db

HOUR, DAY, MONTH = timedelta(hours=1), timedelta(days=1), timedelta(days=31)
KIND = LedgerAccount.Kind


@pytest.fixture(autouse=True)
def _own_account(settings):
    settings.CLUB_IBAN, settings.CLUB_ACCOUNT_HOLDER = "DE75512108001245126199", "Pro Lünen e.V."


@pytest.fixture
def anna():
    return make_user("Anna", is_staff=True)


@pytest.fixture
def bert():
    return make_user("Bert", is_staff=True)


@pytest.fixture
def shop():
    return make_partner("Bäckerei Kamp")


def late_scan_at(shop, *, hold=None, price_coins=30, cancelled=True):
    """What the shop handed out while its line was down; meanwhile the youth cancelled."""
    now = db.now()
    if hold is None:
        offer = make_offer(title="Käsekuchen", partner=shop, price_coins=price_coins, vat_percent=Offer.Vat.REDUCED)
        hold = make_hold(offer=offer, youth=make_rich_youth(coins=100), now=now)
        code = redemption.show_code(hold=hold)
        if cancelled:
            redemption.cancel(hold=hold, now=now)
    else:
        code = redemption.show_code(hold=hold)
    booking.book_late(
        partner=shop, text=code.token, device=f"{uuid4()}", by=None, key=uuid4(),
        elapsed=HOUR if cancelled else 25 * HOUR, now=now,
    )  # fmt: skip
    return LateScan.objects.latest("pk")


def ask(late_scan, by, coins=30, reason="Ausgegeben, der Bon liegt vor."):
    return goodwill.request(late_scan=late_scan, amount_coins=coins, reason=reason, by=by, now=db.now())


def promised(late_scan, anna, bert, coins=30):
    return goodwill.approve(goodwill=ask(late_scan, anna, coins), by=bert, now=db.now())


def cents_of(kind, owner=None):
    account = LedgerAccount.objects.filter(kind=kind, owner=owner).first()
    return ledger.balance(account) if account else 0


def settled(shop):
    now = db.now()
    return settlement.settle(partner=shop, cutoff=now, now=now)


def released(shop, anna, bert):
    batch = payouts.propose(club=shop.organisation.club, by=anna, now=db.now())
    return batch, payouts.approve(batch=batch, by=bert, now=db.now())


# ── The whole way ────────────────────────────────────────────────────────────────────────────────
def desk_of(first_name, *roles):
    client = Client()
    client.force_login(make_user(first_name, is_staff=True, roles=roles))
    return client


def test_from_the_late_scan_to_the_line_and_the_money(shop, sign_in):
    finance, approver = desk_of("Anna", FINANCE), desk_of("Bert", FINANCE, APPROVER)
    then = db.now() - 30 * DAY
    account = bank_accounts.request(partner=shop, iban=IBAN, holder="Kamp", by=make_user(), now=then)
    bank_accounts.approve(account=account, by=make_user(), now=then)
    make_redemption(offer=make_offer(partner=shop, price_coins=50, vat_percent=Offer.Vat.FULL), now=db.now() - HOUR)
    late = late_scan_at(shop)
    own_money(1000)
    coins_before = Transfer.objects.filter(asset=LedgerAccount.Asset.COIN).count()

    pay = f"/admin/partners/latescan/{late.pk}/pay/"
    assert pay in finance.get(f"/admin/partners/latescan/{late.pk}/change/").content.decode()
    assert 'value="30"' in finance.get(pay).content.decode()
    assert "gibt die Zahlung frei" in finance.post(
        pay, {"amount_coins": 20, "reason": "Der Bon liegt vor."}, follow=True
    ).content.decode()  # fmt: skip
    asked = Goodwill.objects.get()
    late.refresh_from_db()
    assert (late.note, late.decided_by) == ("Der Bon liegt vor.", asked.requested_by)
    assert finance.get(pay).status_code == 403  # once
    waits = approver.get(reverse("admin:partners_goodwill_changelist")).content.decode()
    assert "Käsekuchen" in waits
    release = reverse("admin:partners_goodwill_approve", args=[asked.pk])
    assert release in approver.get(reverse("admin:partners_goodwill_change", args=[asked.pk])).content.decode()
    assert "2,00" in approver.get(release).content.decode()
    assert "nächsten Abrechnung" in approver.post(release, follow=True).content.decode()
    assert cents_of(KIND.OWN) == 1000  # promised; the money moves with the statement

    anna, bert = make_user("A", is_staff=True), make_user("B", is_staff=True)
    draft = settled(shop)
    batch, report = released(shop, anna, bert)

    assert (draft.due_coins, report.failed) == (70, [])
    assert (cents_of(KIND.OWN), cents_of(KIND.PAYABLE, shop.public_id)) == (800, 700)
    moved = Transfer.objects.get(kind=Transfer.Kind.GOODWILL)
    line = draft.lines.get(kind="goodwill")
    assert (moved.amount, moved.source_id, moved.group) == (200, line.pk, draft.public_id)
    settled_coins = Transfer.objects.filter(asset=LedgerAccount.Asset.COIN).count() - coins_before
    assert settled_coins == 1  # the redemption's own
    file = payouts.export(batch=batch, executes_on=db.now().date(), by=anna, now=db.now())
    assert '<InstdAmt Ccy="EUR">7.00</InstdAmt>' in file.content
    payouts.note_paid(payout=Payout.objects.get(), on=db.now().date(), by=anna)
    assert cents_of(KIND.PAYABLE, shop.public_id) == 0

    # What the shop sees: page, table, file, programs.
    manager = sign_in(make_manager(shop))
    page = manager.get(reverse("partners:statement", args=[draft.public_id])).content.decode()
    assert "Käsekuchen" in page
    assert "Späterer Ausgleich" in page
    table = manager.get(reverse("partners:statement-csv", args=[draft.public_id])).content.decode()
    assert "Späterer Ausgleich;Käsekuchen;20;2,00;7" in table
    assert manager.get(reverse("partners:statement-pdf", args=[draft.public_id])).content.startswith(b"%PDF")
    rows = manager.get("/api/v1/settlements/").json()["results"][0]["lines"]
    paid = next(row for row in rows if row["kind"] == "goodwill")
    assert (paid["item"], paid["coins"], paid["amount_cents"], paid["vat_percent"]) == ("Käsekuchen", 20, 200, 7)


def test_it_is_taxed_at_its_own_rate(shop, anna, bert):
    make_redemption(offer=make_offer(partner=shop, price_coins=50, vat_percent=Offer.Vat.FULL), now=db.now() - HOUR)
    own_money(1000)
    late = late_scan_at(shop)
    promised(late, anna, bert)
    # What the offer says later is not what was handed out.
    Offer.objects.filter(pk=late.hold.offer_id).update(vat_percent=Offer.Vat.FULL)

    sums = settlement.vat_sums(list(settled(shop).lines.all()))

    assert [(part.percent, part.coins, part.vat_cents) for part in sums] == [(19, 50, 80), (7, 30, 20)]


def test_it_stands_in_one_statement_and_pays_for_a_correction_first(shop, anna, bert):
    made = make_redemption(offer=make_offer(partner=shop, price_coins=50), now=db.now() - HOUR)
    own_money(1000)
    settled(shop)
    released(shop, anna, bert)
    asked = corrections.request(
        redemption=made, incident=Correction.Incident.NOT_GIVEN, reason="Aus", by=anna, now=db.now()
    )
    corrections.approve(correction=asked, by=bert, now=db.now())
    promised(late_scan_at(shop), anna, bert)

    short = settled(shop)
    assert (short.status, short.due_coins) == ("rolled", -20)
    make_redemption(offer=make_offer(partner=shop, price_coins=60), now=db.now())
    enough = settled(shop)
    _batch, report = released(shop, anna, bert)

    assert (enough.due_coins, report.failed) == (40, [])
    assert (cents_of(KIND.OWN), cents_of(KIND.PAYABLE, shop.public_id)) == (1000 - 300, 500 + 400)
    assert Transfer.objects.filter(kind=Transfer.Kind.GOODWILL).count() == 1


# ── Two people ───────────────────────────────────────────────────────────────────────────────────
def test_nobody_releases_what_they_asked_for(shop, anna, bert):
    own_money(1000)
    asked = ask(late_scan_at(shop), anna)

    with pytest.raises(goodwill.OwnGoodwill):
        goodwill.approve(goodwill=asked, by=anna, now=db.now())
    with pytest.raises(IntegrityError, match="partners_goodwill_by_two"), transaction.atomic():
        Goodwill.objects.update(approved_by=anna, approved_at=db.now())
    with pytest.raises(IntegrityError, match="partners_goodwill_booked_if_released"), transaction.atomic():
        Goodwill.objects.update(booked_at=db.now())
    assert settled(shop) is None


def test_who_may_not_ask_or_release_does_not(shop, anna):
    late = late_scan_at(shop)
    pay = f"/admin/partners/latescan/{late.pk}/pay/"
    support, finance = desk_of("Susi", SUPPORT), desk_of("Fina", FINANCE)

    assert pay not in support.get(f"/admin/partners/latescan/{late.pk}/change/").content.decode()
    assert support.post(pay, {"amount_coins": 1, "reason": "Nein"}).status_code == 403
    asked = ask(late, anna)
    assert finance.post(reverse("admin:partners_goodwill_approve", args=[asked.pk])).status_code == 403
    assert Goodwill.objects.get().approved_at is None


def test_without_a_fresh_proof_there_is_no_form(shop):
    late = late_scan_at(shop)
    user, client = make_user("Fina", is_staff=True, roles=[FINANCE]), Client()
    user.set_password("sehr-geheim-1")
    user.save(update_fields=["password"])
    client.force_login(user)
    session = client.session
    session["account_authentication_methods"] = [{"method": "password", "at": db.now().timestamp() - 3600}]
    session.save()

    assert client.get(f"/admin/partners/latescan/{late.pk}/pay/").status_code == 302


# ── Once, and of this shop ───────────────────────────────────────────────────────────────────────
def test_asked_for_twice_it_is_once(shop, anna, bert):
    own_money(1000)
    late = late_scan_at(shop)

    first, again = ask(late, anna), ask(late, bert, coins=10, reason="Noch einmal")
    assert first == again
    for _each in range(2):
        goodwill.approve(goodwill=first, by=bert, now=db.now())
    draft = settled(shop)
    for _each in range(2):
        payouts.post_released(now=db.now())

    assert [line.amount_coins for line in draft.lines.all()] == [30]
    with pytest.raises(IntegrityError, match="late_scan_id"), transaction.atomic():
        Goodwill.objects.create(
            late_scan=late, amount_coins=1, vat_percent=7, reason="x", requested_by=anna, requested_at=db.now()
        )


@pytest.mark.django_db(transaction=True)
def test_a_scan_is_booked_or_paid_and_never_both(shop, anna, bert):
    late = late_scan_at(shop, cancelled=False)

    # While the hold lives, the way is to redeem it.
    with pytest.raises(goodwill.HoldLives):
        ask(late, anna)
    results = in_parallel(
        lambda: booking.decide(late_scan=LateScan.objects.get(), by=anna, note="Gebucht", book=True, now=db.now()),
        lambda: ask(late, bert),
    )

    assert Redemption.objects.count() == 1
    assert not Goodwill.objects.exists()
    assert sorted(type(result).__name__ for result in results)[-1] == "LateScan"
    with pytest.raises(goodwill.AlreadyBooked):
        ask(late, anna)


def test_what_is_paid_is_decided(shop, anna, bert):
    late = late_scan_at(shop)
    before = LateScan.objects.get()
    ask(late, anna)

    with pytest.raises(booking.AlreadyDecided):
        booking.decide(late_scan=before, by=bert, note="Zu spät", now=db.now())
    assert LateScan.objects.get().decided_by == anna


def test_another_shops_hold_or_an_unknown_code_is_not_paid(shop, anna):
    elsewhere = make_hold(
        offer=make_offer(partner=make_partner("Kino")), youth=make_rich_youth(coins=100), now=db.now()
    )
    late = late_scan_at(shop, hold=elsewhere)
    assert late.hold == elsewhere
    booking.book_late(partner=shop, text="CCCC-CCCC", device="x", by=None, key=uuid4(), elapsed=HOUR, now=db.now())

    for scan in LateScan.objects.all():
        with pytest.raises(goodwill.NotThisShopsHold):
            ask(scan, anna, coins=1)
    finance = desk_of("Fina", FINANCE)
    assert "/pay/" not in finance.get(f"/admin/partners/latescan/{late.pk}/change/").content.decode()
    assert finance.post(f"/admin/partners/latescan/{late.pk}/pay/").status_code == 403


@pytest.mark.parametrize("coins", [0, -1, 31, 10**9])
def test_more_than_the_price_is_not_paid(shop, anna, coins):
    late = late_scan_at(shop)

    with pytest.raises(goodwill.AmountOutside):
        ask(late, anna, coins)
    page = desk_of("Fina", FINANCE).post(
        f"/admin/partners/latescan/{late.pk}/pay/", {"amount_coins": coins, "reason": "Der Bon"}
    )
    assert page.status_code == 200
    assert "Der Bon" in page.content.decode()
    with pytest.raises(goodwill.ReasonMissing):
        ask(late, anna, reason=" ")
    assert not Goodwill.objects.exists()


# ── Out of the club's own money ──────────────────────────────────────────────────────────────────
def test_it_waits_for_the_clubs_own_money_and_nothing_else_takes_what_is_promised(shop, anna, bert):
    first = promised(late_scan_at(shop), anna, bert)
    assert first.booked_at is None
    assert settled(shop) is None
    own_money(299)
    assert goodwill.book_waiting(now=db.now()) == 0
    own_money(1)
    assert goodwill.book_waiting(now=db.now()) == 1
    assert goodwill.book_waiting(now=db.now()) == 0

    # Promised is promised: neither a second one nor a correction has it.
    assert promised(late_scan_at(shop), anna, bert, coins=1).booked_at is None
    other = make_redemption(offer=make_offer(partner=make_partner("Kino"), price_coins=30), now=db.now() - HOUR)
    settled(other.partner)
    asked = corrections.request(
        redemption=other, incident=Correction.Incident.NOT_GIVEN, reason="Aus", by=anna, now=db.now()
    )
    assert corrections.approve(correction=asked, by=bert, now=db.now()).booked_at is None
    assert cents_of(KIND.OWN) == 300

    draft = settled(shop)
    _batch, report = released(shop, anna, bert)
    draft.refresh_from_db()
    assert (draft.status, report.failed, cents_of(KIND.OWN)) == ("approved", [], 0)
    own_money(310)
    assert (goodwill.book_waiting(now=db.now()), corrections.book_waiting(now=db.now())) == (1, 1)


def test_a_line_says_what_it_is_for(shop, anna, bert):
    own_money(1000)
    asked = promised(late_scan_at(shop), anna, bert)
    draft = settled(shop)
    line = draft.lines.get()

    for wrong in ({"goodwill": None}, {"kind": "retry"}):
        with pytest.raises(IntegrityError, match="partners_line_of_what"), transaction.atomic():
            draft.lines.update(**wrong)
    with pytest.raises(IntegrityError, match="partners_line_sign"), transaction.atomic():
        draft.lines.update(amount_coins=-1)
    assert (line.what, line.happened_at) == ("Käsekuchen", asked.late_scan.scanned_at)
