"""A day at the club's desk: three people of the team, each with the rights of one role, and how many clicks it takes.

A click is whatever a hand does: press, choose, fill in. Each errand begins on the first page of the admin.
"""

from contextlib import ExitStack
from datetime import timedelta

import pytest
from playwright.sync_api import Locator, Page, expect

from accounts.models import User
from clevervibes.lib import db, periods
from clevervibes.lib.team import APPROVER, CATALOG, FINANCE
from coins import references
from coins.models import BankLine, Deposit
from coins.selectors import balance_of
from partners import bank_accounts, settlement
from partners.models import Offer, Settlement
from tests.coins.camt_files import Entry, file
from tests.factories import make_offer, make_redemption, make_user
from tests.journeys.browsers import DESKTOP
from tests.journeys.test_the_way_of_a_coin import a_worker
from tests.journeys.town import PASSWORD, Town, build, hour_of_last_week

DAY = timedelta(days=1)

# What we would put up with ourselves.
ACCEPTED = {
    "Kontoauszug einlesen und buchen": 5,
    "Einen Umsatz zuordnen": 6,
    "Umrechnung ansehen und starten": 5,
    "Ein Angebot freigeben": 4,
    "Abrechnungen vorlegen": 4,
    "Als zweite Person freigeben": 4,
    "Datei für die Bank": 5,
}


class Hand:
    """Does what somebody does with a page, and counts it by errand."""

    def __init__(self) -> None:
        self.clicks: dict[str, int] = {}
        self.errand = ""

    def begin(self, page: Page, errand: str) -> None:
        page.goto("/admin/")
        self.errand, self.clicks[errand] = errand, 0

    def press(self, target: Locator) -> None:
        self._count()
        target.click()

    def choose(self, target: Locator, label: str) -> None:
        self._count()
        target.select_option(label=label)

    def tick(self, target: Locator) -> None:
        self._count()
        target.check(force=True)

    def hand_in(self, target: Locator, name: str, data: bytes) -> None:
        self._count()
        target.set_input_files({"name": name, "mimeType": "text/xml", "buffer": data})

    def _count(self) -> None:
        self.clicks[self.errand] += 1


def somebody(first_name: str, role: str, town: Town) -> User:
    user = make_user(first_name, club=town.club, is_staff=True, roles=[role])
    user.set_password(PASSWORD)
    user.save(update_fields=["password"])
    return user


@pytest.fixture
def town(transactional_db, settings, tmp_path) -> Town:
    settings.MEDIA_ROOT = tmp_path
    settings.CLUB_IBAN, settings.CLUB_ACCOUNT_HOLDER = "DE75512108001245126199", "Pro Lünen e.V."
    town = build()
    hour_of_last_week(town)
    # What is to be settled: somebody had a croissant three days ago.
    made = make_redemption(offer=town.croissant, now=db.now() - 3 * DAY)
    settlement.settle(partner=made.partner, cutoff=db.now() - DAY, now=db.now())
    then = db.now() - 30 * DAY
    asked = bank_accounts.request(
        partner=made.partner, iban="DE89370400440532013000", holder="Bäckerei Kornblum", by=make_user(), now=then
    )
    bank_accounts.approve(account=asked, by=make_user(), now=then)
    make_offer("Kirschtasche", partner=town.bakery, price_coins=20, release=False)
    return town


def test_a_day_of_the_team(town, studio, settings):
    today = periods.berlin_date(db.now())
    purpose = references.of(references.POOL, town.pool.pk)
    known = [Entry(1_000 + n, name="Kranz Metalltechnik", text=purpose, on=today) for n in range(29)]
    odd = Entry(4_200, name="Oma Ilse", iban="DE02120300000000202051", text="für die Kinder", on=today)
    statement = file(*known, odd, on=today)
    hand = Hand()

    with ExitStack() as house:
        finance, approver, catalog = (
            house.enter_context(studio.browser(somebody(name, role, town), DESKTOP))
            for name, role in (("Karin", FINANCE), ("Frank", APPROVER), ("Andrea", CATALOG))
        )

        # Thirty movements of the bank: 29 say themselves what they are, one is told by somebody who knows.
        hand.begin(finance, "Kontoauszug einlesen und buchen")
        hand.press(finance.locator('a[href="/admin/coins/bankstatement/"]').first)
        hand.press(finance.locator('a[href="/admin/coins/bankstatement/add/"]').first)
        hand.hand_in(finance.locator("input[type=file]"), "auszug.xml", statement)
        hand.press(finance.get_by_role("button", name="Lesen und ansehen"))
        expect(finance.get_by_text("Gelesen, noch nichts gebucht.").first).to_be_visible()
        hand.press(finance.get_by_role("button", name="Buchen", exact=True))
        expect(finance.get_by_text("Gebucht: 29. Wartet auf Zuordnung: 1.").first).to_be_visible()
        studio.keep(finance, "desk-statement")

        hand.begin(finance, "Einen Umsatz zuordnen")
        hand.press(finance.get_by_role("link", name="Kontoumsätze ohne Zuordnung"))
        hand.press(finance.locator("#result_list tbody a").first)
        hand.press(finance.get_by_role("link", name="Zuordnen", exact=True))
        hand.tick(finance.get_by_label("Einzahlung").first)
        hand.choose(finance.get_by_label("Fördertopf"), "Kranz liest mit")
        hand.press(finance.get_by_role("button", name="Zuordnen und buchen"))
        expect(finance.get_by_text("Gebucht: Einzahlung, 42,00").first).to_be_visible()
        assert Deposit.objects.count() == 30 + 1  # one paid for the croissant
        assert not BankLine.objects.filter(state=BankLine.State.WAITING).exists()

        # What would the next run do? That, and then it does.
        with a_worker(settings):
            hand.begin(finance, "Umrechnung ansehen und starten")
            hand.press(finance.locator('a[href="/admin/coins/conversionrun/"]').first)
            hand.press(finance.locator('a[href="/admin/coins/conversionrun/add/"]').first)
            hand.press(finance.get_by_role("button", name="Vorschau"))
            expect(finance.get_by_text("Alle fälligen Coins: 10 von 10").first).to_be_visible()
            studio.keep(finance, "desk-preview")
            hand.press(finance.get_by_role("button", name="Lauf starten"))
            expect(finance.get_by_role("heading", name="Der Lauf ist abgeschlossen.")).to_be_visible(timeout=30_000)
        expect(finance.get_by_role("heading", name="Verlauf")).to_be_visible()
        studio.keep(finance, "desk-run")
        assert balance_of(town.mia).spendable == 10

        hand.begin(catalog, "Ein Angebot freigeben")
        hand.press(catalog.get_by_role("link", name="Angebote freigeben"))
        hand.press(catalog.get_by_role("link", name="Kirschtasche").first)
        hand.press(catalog.get_by_role("link", name="Ansehen und freigeben"))
        hand.press(catalog.get_by_role("button", name="Freigeben"))
        expect(catalog.get_by_text("„Kirschtasche“ ist freigegeben.").first).to_be_visible()
        assert Offer.objects.get(title="Kirschtasche").released_at

        # Who puts it up does not let it go.
        hand.begin(finance, "Abrechnungen vorlegen")
        hand.press(finance.locator('a[href="/admin/partners/payoutbatch/"]').first)
        hand.press(finance.locator('a[href="/admin/partners/payoutbatch/add/"]').first)
        hand.choose(finance.get_by_label("Club"), str(town.club))
        hand.press(finance.get_by_role("button", name="Vorlegen"))
        expect(finance.get_by_text("1 Abrechnung liegt zur Freigabe vor.").first).to_be_visible()

        hand.begin(approver, "Als zweite Person freigeben")
        hand.press(approver.get_by_role("link", name="Auszahlungen freigeben"))
        hand.press(approver.locator("#result_list tbody a").first)
        hand.press(approver.get_by_role("link", name="Freigeben", exact=True))
        hand.press(approver.get_by_role("button", name="Freigeben", exact=True))
        expect(approver.get_by_text("Freigegeben und gebucht.").first).to_be_visible()

        hand.begin(finance, "Datei für die Bank")
        hand.press(finance.locator('a[href="/admin/partners/payoutbatch/"]').first)
        hand.press(finance.locator("#result_list tbody a").first)
        hand.press(finance.get_by_role("link", name="Datei für die Bank erstellen"))
        hand.press(finance.get_by_role("button", name="Erstellen"))
        expect(finance.get_by_text("Sie liegt auf der Seite dieser Auszahlung.").first).to_be_visible()
        studio.keep(finance, "desk-payouts")

        assert Settlement.objects.get().status == Settlement.Status.EXPORTED

    print("\n".join(f"{clicks} von höchstens {ACCEPTED[errand]}: {errand}" for errand, clicks in hand.clicks.items()))
    assert hand.clicks.keys() == ACCEPTED.keys()
    assert {errand: clicks for errand, clicks in hand.clicks.items() if clicks > ACCEPTED[errand]} == {}
    assert studio.complaints == []
