"""The desk for paying partners, through the pages people use: two of the team, and a shop's manager."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from clevervibes.lib import db, periods
from clevervibes.lib.team import APPROVER, AUDITOR, FINANCE
from partners import bank_accounts, settlement
from partners.models import BankAccount, Correction, Payout, PayoutBatch, PayoutFile, Settlement
from tests.factories import make_manager, make_offer, make_partner, make_redemption, make_user

pytestmark = pytest.mark.django_db

IBAN = "DE89 3704 0044 0532 0130 00"
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _own_account(settings):
    settings.CLUB_IBAN, settings.CLUB_ACCOUNT_HOLDER = "DE75512108001245126199", "Pro Lünen e.V."


def desk_of(first_name, *roles):
    user = make_user(first_name, is_staff=True, roles=roles)
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def anna():
    """Puts up, exports, notes."""
    return desk_of("Anna", FINANCE)


@pytest.fixture
def bert():
    """Releases."""
    return desk_of("Bert", FINANCE, APPROVER)


@pytest.fixture
def draft():
    made = make_redemption(offer=make_offer(price_coins=30), now=db.now() - 3 * DAY)
    return settlement.settle(partner=made.partner, cutoff=db.now() - DAY, now=db.now())


def paid_to(partner):
    then = db.now() - 30 * DAY
    asked = bank_accounts.request(partner=partner, iban=IBAN, holder="Bäckerei Kamp", by=make_user(), now=then)
    return bank_accounts.approve(account=asked, by=make_user(), now=then)


def do(client, url, **data):
    """Press the button of a page; the page itself must be there before."""
    assert client.get(url).status_code == 200
    return client.post(url, data, follow=True)


def step(model, name, row):
    return reverse(f"admin:partners_{model}_{name}", args=[row.pk])


def propose(client, draft):
    return do(client, reverse("admin:partners_payoutbatch_add"), key="0b6b1e52-6f4c-4a0e-9d5c-3f0f6f7a5a10",
              club=draft.run.club_id)  # fmt: skip


def test_a_month_is_put_up_released_given_to_the_bank_and_paid(anna, bert, draft):
    paid_to(draft.partner)

    assert "1 Abrechnung liegt zur Freigabe vor" in propose(anna, draft).content.decode()
    batch = PayoutBatch.objects.get()
    page = bert.get(step("payoutbatch", "change", batch)).content.decode()
    assert draft.number in page
    assert "3,00" in page
    assert "Freigegeben und gebucht" in do(bert, step("payoutbatch", "approve", batch)).content.decode()
    today = periods.berlin_date(db.now()).isoformat()
    assert "ist erstellt" in do(anna, step("payoutbatch", "export", batch), executes_on=today).content.decode()
    file = PayoutFile.objects.get()
    first, again = (anna.get(step("payoutfile", "download", file)) for _each in range(2))
    assert first.content == again.content
    assert first["Content-Disposition"] == f'attachment; filename="{file.message_id}.xml"'
    assert "Baeckerei Kamp" in first.content.decode()
    assert "als bezahlt vermerkt" in do(anna, step("payoutfile", "all_paid", file), on=today).content.decode()

    draft.refresh_from_db()
    assert draft.status == Settlement.Status.PAID


def test_nobody_finds_a_button_for_what_they_put_up(bert, draft):
    propose(bert, draft)
    batch = PayoutBatch.objects.get()
    url = step("payoutbatch", "approve", batch)

    assert url not in bert.get(step("payoutbatch", "change", batch)).content.decode()
    assert "gibt eine zweite Person frei" in bert.post(url, follow=True).content.decode()
    batch.refresh_from_db()
    assert batch.approved_at is None


def test_who_may_not_release_does_not(anna, bert, draft):
    propose(bert, draft)

    assert anna.post(step("payoutbatch", "approve", PayoutBatch.objects.get())).status_code == 403
    outsider = desk_of("Otto", AUDITOR)
    for name in ("approve", "refuse", "export"):
        assert outsider.post(step("payoutbatch", name, PayoutBatch.objects.get())).status_code == 403
    assert outsider.get(reverse("admin:partners_payoutbatch_add")).status_code == 403


def test_a_refusal_needs_a_reason_and_keeps_what_was_typed(anna, bert, draft):
    propose(anna, draft)
    batch = PayoutBatch.objects.get()
    url = step("payoutbatch", "refuse", batch)

    assert "Grund" in bert.post(url, {"why": ""}).content.decode()
    long = "x" * 301
    assert long in bert.post(url, {"why": long}).content.decode()
    do(bert, url, why="Erst den Kontoauszug.")

    batch.refresh_from_db()
    assert batch.refused_why == "Erst den Kontoauszug."
    assert Settlement.objects.get().batch is None


def test_one_is_taken_out_and_put_back(anna, draft):
    do(anna, step("settlement", "take_out", draft), why="Die Bons fehlen.")
    assert "Es gibt nichts auszuzahlen" in propose(anna, draft).content.decode()

    do(anna, step("settlement", "put_back", draft))

    assert "1 Abrechnung liegt" in propose(anna, draft).content.decode()


@pytest.mark.parametrize(("day", "says"), [(-1, "nächsten zwei Monaten"), (90, "nächsten zwei Monaten")])
def test_a_day_that_no_bank_takes_is_refused(anna, bert, draft, day, says):
    paid_to(draft.partner)
    propose(anna, draft)
    batch = PayoutBatch.objects.get()
    do(bert, step("payoutbatch", "approve", batch))
    on = periods.berlin_date(db.now() + day * DAY).isoformat()

    assert says in anna.post(step("payoutbatch", "export", batch), {"executes_on": on}).content.decode()
    assert not PayoutFile.objects.exists()


def test_the_page_says_who_cannot_be_paid_yet(anna, bert, draft):
    propose(anna, draft)
    batch = PayoutBatch.objects.get()
    do(bert, step("payoutbatch", "approve", batch))

    page = anna.get(step("payoutbatch", "change", batch)).content.decode()

    assert "Ohne bestätigte Bankverbindung" in page
    assert draft.partner.name in page


def test_what_the_bank_says_is_noted(anna, bert, draft):
    paid_to(draft.partner)
    propose(anna, draft)
    batch, today = PayoutBatch.objects.get(), periods.berlin_date(db.now()).isoformat()
    do(bert, step("payoutbatch", "approve", batch))
    do(anna, step("payoutbatch", "export", batch), executes_on=today)
    payout = Payout.objects.get()

    assert "Was die Bank sagt" in anna.post(step("payout", "rejected", payout), {"on": today}).content.decode()
    do(anna, step("payout", "rejected", payout), on=today, why="AC04")
    draft.refresh_from_db()
    assert draft.status == Settlement.Status.REJECTED
    assert "Das geht nicht" in anna.post(step("payout", "paid", payout), {"on": today}).content.decode()


def test_a_correction_is_asked_for_and_released(anna, bert, draft):
    redeemed = draft.lines.get().redemption
    add = reverse("admin:partners_correction_add")
    assert (
        "gibt es nicht"
        in do(
            anna, add, redemption="0b6b1e52-6f4c-4a0e-9d5c-3f0f6f7a5a10", incident="wrong", reason="Falsch"
        ).content.decode()
    )

    do(anna, add, redemption=redeemed.public_id, incident="wrong", reason="Falscher Preis")
    correction = Correction.objects.get()
    page = do(bert, step("correction", "approve", correction)).content.decode()

    assert "sobald das eigene Geld des Clubs" in page
    correction.refresh_from_db()
    assert correction.approved_at
    assert not correction.booked_at


# ── The shop's own page ──────────────────────────────────────────────────────────────────────────
@pytest.fixture
def shop():
    return make_partner()


@pytest.fixture
def manager(client, shop):
    client.force_login(make_manager(shop))
    return client


BANK = "/partner/konto/"


def test_a_manager_asks_for_an_account_and_the_team_confirms_it(manager, shop, bert):
    page = do(manager, BANK, iban=IBAN, holder="Bäckerei Kamp")
    assert "wartet auf Bestätigung" in page.content.decode()
    account = BankAccount.objects.get()
    assert "DE89 3704 0044 0532 0130 00" in bert.get(step("bankaccount", "change", account)).content.decode()

    do(bert, step("bankaccount", "approve", account))

    page = manager.get(BANK).content.decode()
    assert "DE … 3000" in page
    assert "überweisen wir dorthin" in page
    assert "370400440532" not in page.replace(" ", "")
    assert bank_accounts.usable(shop, at=db.now() + 8 * DAY) == account


def test_every_manager_is_told_and_any_of_them_stops_it(manager, shop, bert):
    other = Client()
    other.force_login(make_manager(shop, "Paul"))
    do(manager, BANK, iban=IBAN, holder="Fremd")

    assert "neue Bankverbindung" in other.get("/nachrichten/").content.decode()
    other.post(f"{BANK}zurueckziehen/")

    assert BankAccount.objects.get().refused_at
    assert "Noch keine Bankverbindung" in other.get(BANK).content.decode()


def test_a_wrong_digit_is_said_at_the_field_and_nothing_is_lost(manager):
    answer = manager.post(BANK, {"iban": "DE89 3704 0044 0532 0130 01", "holder": "Bäckerei Kamp & Söhne"})

    assert answer.status_code == 400
    page = answer.content.decode()
    assert "Diese IBAN stimmt nicht" in page
    assert "DE89 3704 0044 0532 0130 01" in page
    assert "Bäckerei Kamp &amp; Söhne" in page
    assert not BankAccount.objects.exists()


def test_without_a_second_factor_no_account_is_shown_or_asked_for(manager, settings):
    settings.SECOND_FACTOR_DUTY = True

    for answer in (manager.get(BANK), manager.post(BANK, {"iban": IBAN, "holder": "Kamp"})):
        assert answer.status_code == 302
        assert answer["Location"].startswith(reverse("accounts:second-factor"))
    assert not BankAccount.objects.exists()
