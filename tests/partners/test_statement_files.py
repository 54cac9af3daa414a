"""What a shop can take home: statements as PDF, its redemptions as CSV, its months as a plot with a table."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse

from clevervibes.lib import db, periods
from clevervibes.lib.team import AUDITOR, CATALOG
from partners import bank_accounts, redemption, settlement, statement_pdf, volume
from partners.models import Redemption, SettlementLine
from tests.factories import NOON, make_manager, make_offer, make_partner, make_redemption, make_rich_youth, make_user

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
IBAN = "DE89 3704 0044 0532 0130 00"


def settled_month(title="Zwei Kugeln Eis", **offer):
    made = make_redemption(offer=make_offer(title, price_coins=30, **offer))
    cutoff = settlement.month_cutoff(periods.berlin_date(NOON))
    return settlement.settle(partner=made.partner, cutoff=cutoff, now=cutoff)


def pages_of(file):
    return len(re.findall(rb"/Type /Page\b", file))


def test_a_manager_takes_the_statement_home(sign_in):
    found = settled_month(vat_percent=7)
    manager = make_manager(found.partner)

    answer = sign_in(manager).get(reverse("partners:statement-pdf", args=[found.public_id]))

    assert answer["Content-Type"] == "application/pdf"
    assert f'filename="{found.number}.pdf"' in answer["Content-Disposition"]
    assert answer.content.startswith(b"%PDF-")
    stranger = make_manager(make_partner("Kino Astra"))
    assert sign_in(stranger).get(reverse("partners:statement-pdf", args=[found.public_id])).status_code == 404


def test_a_statement_says_who_what_when_and_to_which_account(monkeypatch):
    written = []
    monkeypatch.setattr(statement_pdf.pdf, "printable", lambda text: written.append(text) or text)
    found = settled_month(vat_percent=7)
    found.partner.organisation.street, found.partner.organisation.postcode = "Marktstr. 3", "44532"
    asked = NOON - 20 * DAY
    account = bank_accounts.request(partner=found.partner, iban=IBAN, holder="Kamp", by=make_user(), now=asked)
    bank_accounts.approve(account=account, by=make_user(), now=asked)

    statement_pdf.draw(found)

    said = " | ".join(written)
    for part in ("Bäckerei Kamp", "Marktstr. 3", "44532 Lünen", found.number, "bis 30.09.2026", "3,00 €",
                 "DE … 3000", "Sie zahlen nichts", "Zwei Kugeln Eis"):  # fmt: skip
        assert part in said
    assert IBAN.replace(" ", "") not in said.replace(" ", "")


def test_the_same_statement_is_the_same_file():
    found = settled_month()

    assert statement_pdf.draw(found) == statement_pdf.draw(found)


def test_the_period_starts_where_the_one_before_ended():
    first = settled_month()
    make_redemption(offer=make_offer(partner=first.partner), now=NOON + 20 * DAY)
    cutoff = settlement.month_cutoff(periods.berlin_date(NOON + 20 * DAY))
    second = settlement.settle(partner=first.partner, cutoff=cutoff, now=cutoff)
    third_cutoff = cutoff + timedelta(hours=20, minutes=30)
    make_redemption(offer=make_offer(partner=first.partner), now=cutoff)
    third = settlement.settle(partner=first.partner, cutoff=third_cutoff, now=third_cutoff)

    assert statement_pdf.period_of(second) == "01.10.2026 – 31.10.2026"
    assert statement_pdf.period_of(third) == "01.11.2026 – 01.11.2026, 20:30"


def test_a_thousand_lines_with_any_title_fit(monkeypatch):
    found = settled_month("🍦 <b>Eis</b> & =1+1 " + "Sahne " * 8)
    line = SettlementLine.objects.get()
    monkeypatch.setattr(statement_pdf.selectors, "lines_of", lambda settlement: [line] * 1000)

    file = statement_pdf.draw(found)

    assert 15 <= pages_of(file) <= 60


def test_the_team_takes_it_from_the_statement_s_page(client):
    found = settled_month()
    user = make_user("Anna", is_staff=True, roles=[AUDITOR])
    client.force_login(user)
    url = reverse("admin:partners_settlement_statement", args=[found.pk])

    assert url in client.get(reverse("admin:partners_settlement_change", args=[found.pk])).content.decode()
    assert client.get(url).content.startswith(b"%PDF-")
    client.force_login(make_user("Berta", is_staff=True, roles=[CATALOG]))
    assert client.get(url).status_code == 403


def test_redemptions_as_csv_say_what_was_taken_back_and_where_each_was_settled(sign_in):
    found = settled_month("=cmd()")
    offer, youth = make_offer(partner=found.partner, price_coins=5), make_rich_youth()
    later = redemption.redeem(hold=redemption.hold(offer=offer, youth=youth, now=NOON), by=None, now=NOON)
    redemption.undo(redemption=later, by=make_user(), reason="Falsch", now=NOON)

    manager = make_manager(found.partner)
    rows = sign_in(manager).get(reverse("partners:desk-redemptions-csv")).content.decode("utf-8-sig").splitlines()

    assert len(rows) == 3
    assert any(row.startswith("16.09.2026;12:00;'=cmd();30;3,00;") and f";;{found.number};" in row for row in rows)
    assert any(";5;0,50;" in row and ";16.09.2026 12:00;;" in row for row in rows)


def test_months_are_added_up_as_berlin_counts_them():
    partner = make_partner()
    offer = make_offer(partner=partner, price_coins=10)
    end = periods.midnight(periods.berlin_date(NOON).replace(month=10, day=1))
    for moment in (end - timedelta(seconds=1), end, end, NOON):
        make_redemption(offer=offer, now=moment)

    months = volume.by_month(Redemption.objects.all(), at=end + DAY)

    assert [(month.label, month.cents) for month in months[-3:]] == [("08/26", 0), ("09/26", 200), ("10/26", 200)]
    assert len(months) == 12
    assert volume.by_month(Redemption.objects.all(), at=end - DAY)[-1].cents == 100


def test_the_months_are_drawn_with_their_table(sign_in):
    made = make_redemption(offer=make_offer(price_coins=125), now=db.now() - timedelta(minutes=1))
    manager = make_manager(made.partner)

    page = sign_in(manager).get(reverse("partners:settlements")).content.decode()

    assert "Eingelöst je Monat" in page
    assert '<td class="end">12,50</td>' in page
