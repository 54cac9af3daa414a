"""A year in the books: opening, in by sponsor, out, outstanding; the journal; a sheet per deposit."""

from datetime import timedelta

import pytest
from django.urls import reverse

from clevervibes.lib import db, periods
from clevervibes.lib.team import AUDITOR, FINANCE, SUPPORT
from coins import funding, orders, receipt_pdf, year
from coins.models import Deposit, Sponsor
from partners import payouts
from tests.factories import NOON, make_offer, make_pool, make_redemption, make_sponsor, make_user
from tests.partners.test_payouts import CUTOFF, exported, settled, with_account

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
LAST = NOON - 300 * DAY  # a day of the year before


@pytest.fixture(autouse=True)
def _own_account(settings):
    settings.CLUB_IBAN, settings.CLUB_ACCOUNT_HOLDER = "DE75512108001245126199", "Pro Lünen e.V."


@pytest.fixture
def books():
    """2025: 50 euros in. 2026: 20.05 and 30.00 in, 10.00 back, a shop paid 3.00."""
    anna, bert = make_user("Anna"), make_user("Bert")
    gift = make_pool(sponsor=make_sponsor("Stadtwerke"), name="Spende")
    ad = make_pool(sponsor=make_sponsor("Sparkasse"), name="Werbung")
    Sponsor.objects.filter(pk=ad.sponsor_id).update(kind=Sponsor.Kind.SPONSORING)
    for pool, cents, at in ((gift, 5_000, LAST), (gift, 2_005, NOON), (ad, 3_000, NOON)):
        funding.book_deposit(pool=pool, amount_cents=cents, received_on=periods.berlin_date(at), by=anna, now=at)
    back = orders.withdraw(pool=gift, amount_cents=1_000, reason="Zu viel", by=anna, now=NOON)
    orders.approve(order=back, by=bert, now=NOON)
    made = make_redemption(offer=make_offer(price_coins=30))
    with_account(made.partner)
    settled(made.partner)
    exported(made.partner.organisation.club, anna, bert)
    payouts.note_paid(payout=made.settlement_lines.get().settlement.payout, on=CUTOFF.date(), by=anna)
    return made


def page_of(first_name, role, client, path="admin:coins_bankstatement_year", *args):
    client.force_login(make_user(first_name, is_staff=True, roles=[role]))
    return client.get(reverse(path, args=args))


@pytest.mark.usefixtures("books")
def test_a_year_adds_up_from_its_opening_to_its_closing():
    before, now = year.of(2025, now=NOON), year.of(2026, now=NOON)

    assert (before.opening_cents, before.in_cents, before.closing_cents) == (0, 5_000, 5_000)
    assert (before.coins_opening, before.coins_closing, before.is_over) == (0, 500, True)
    # The youth's own pool of the factory is a third sponsor: 3.00 in, redeemed and paid.
    assert (now.opening_cents, now.in_cents) == (5_000, 2_005 + 3_000 + 300)
    assert {part.label: part.cents for part in now.moved} == {"Auszahlung": -300, "Entnahme in Euro": -1_000}
    assert now.closing_cents == 5_000 + 5_305 - 1_300
    assert (now.coins_closing, now.adds_up, before.adds_up, now.is_over) == (900, True, True, False)
    assert [(str(giver.sponsor), giver.deposits, giver.in_cents, giver.back_cents) for giver in now.givers] == [
        ("Stadtwerke", 1, 2_005, 1_000), ("Stadtwerke Lippe", 1, 300, 0), ("Sparkasse", 1, 3_000, 0),
    ]  # fmt: skip
    assert year.years(now=NOON) == [2026, 2025]


@pytest.mark.usefixtures("books")
def test_the_page_shows_it_and_only_to_whom_it_belongs(client):
    page = page_of("Prüfung", AUDITOR, client).content.decode().replace("\N{NO-BREAK SPACE}", " ")

    assert "Bestand am 1.1.2026" in page
    assert "50,00 €" in page
    assert "Anfang, Zu- und Abgänge ergeben nicht" not in page
    assert client.get(reverse("admin:coins_bankstatement_year", args=[1999])).status_code == 404
    assert client.get(reverse("admin:coins_bankstatement_year_file", args=[2026, "alles"])).status_code == 404
    assert page_of("Begleitung", SUPPORT, client).status_code == 403
    assert client.get(reverse("admin:coins_bankstatement_year_file", args=[2026, "journal"])).status_code == 403


def test_the_journal_names_accounts_and_no_youth(client, books):
    answer = page_of("Kasse", FINANCE, client, "admin:coins_bankstatement_year_file", 2026, "journal")
    rows = [row.split(";") for row in answer.content.decode("utf-8-sig").splitlines()]

    assert rows[0][:6] == ["Nr.", "Buchungstag", "Art", "Soll", "Haben", "Betrag"]
    gift = next(row for row in rows if row[5] == "20,05")
    assert gift[3:5] == ["0945 Bank", "1602 Noch nicht zugeteilt Stadtwerke"]
    paid = next(row for row in rows if row[2] == "Auszahlung")
    assert paid[3:7] == [f"1605 Verbindlichkeit {books.partner.name}", "0945 Bank", "3,00", "EUR"]
    assert {row[6] for row in rows[1:]} == {"EUR"}
    coins = client.get(reverse("admin:coins_bankstatement_year_file", args=[2026, "journal"]) + "?coins=1")
    text = coins.content.decode()
    assert "9300 Jugendliche/r;" in text
    assert "Mia" not in text


@pytest.mark.usefixtures("books")
def test_every_deposit_of_a_year_has_a_sheet_and_what_went_back_has_none(client, monkeypatch):
    anna, bert = make_user(), make_user()
    wrong = Deposit.objects.get(amount_cents=3_000)
    back = orders.give_deposit_back(deposit=wrong, reason="Falsches Konto", by=anna, now=NOON)
    assert receipt_pdf.kept_in(2026).count() == 3
    orders.approve(order=back, by=bert, now=NOON)
    written = []
    monkeypatch.setattr(receipt_pdf.Sheet, "line_of", lambda self, text, **more: written.append(text))

    answer = page_of("Kasse", FINANCE, client, "admin:coins_bankstatement_year_file", 2026, "belege")

    assert answer["Content-Type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF-")
    assert written.count("Angaben für die Zuwendungsbestätigung") == 2
    assert "Angaben für die Rechnung" not in written
    one = Deposit.objects.get(amount_cents=2_005)
    single = client.get(reverse("admin:coins_deposit_receipt", args=[one.pk]))
    assert f'filename="E-2026-{one.pk:06d}.pdf"' in single["Content-Disposition"]
    assert receipt_pdf.draw_year(2025) == receipt_pdf.draw_year(2025)
    assert receipt_pdf.draw_year(2020).startswith(b"%PDF-")


def test_an_empty_club_has_a_year_too(client):
    page = page_of("Kasse", FINANCE, client)

    assert f"Das Jahr {periods.berlin_date(db.now()).year}" in page.content.decode()
    assert year.of(periods.berlin_date(db.now()).year, now=db.now()).closing_cents == 0
