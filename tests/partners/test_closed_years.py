"""A closed year at the doors people use: what comes late is refused with a sentence, and goes in the new year."""

from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from clevervibes.lib import db, periods
from clevervibes.lib.team import FINANCE
from coins import closing
from coins.models import BankLine, Deposit, Transfer
from partners import bank_accounts, payouts, settlement
from partners.models import Settlement
from tests.coins.camt_files import Entry, file
from tests.factories import make_offer, make_pool, make_redemption, make_user

pytestmark = pytest.mark.django_db

A_DAY = timedelta(days=1)
SAID = "Dieses Jahr ist abgeschlossen und nimmt keine Buchungen mehr an. Bitte buchen Sie im neuen Jahr."


@pytest.fixture
def today() -> date:
    return periods.berlin_date(db.now())


@pytest.fixture
def last(today) -> date:
    """The last day of a year that is over and closed."""
    day = date((today - 3 * A_DAY).year - 1, 12, 31)
    if today - day > 365 * A_DAY:
        pytest.skip("on these three days of the calendar no form takes a day of a year that can be closed")
    asked = closing.ask(on=day.year, why="Es gab noch kein Konto.", by=make_user("Anna"), now=db.now())
    closing.approve(closing=asked, by=make_user("Bert"), now=db.now())
    return day


@pytest.fixture
def kasse() -> Client:
    client = Client()
    client.force_login(make_user("Kasse", is_staff=True, roles=[FINANCE]))
    return client


def text(answer):
    return answer.content.decode().replace("\N{NO-BREAK SPACE}", " ")


def test_a_deposit_typed_in_is_refused_and_taken_in_the_new_year(kasse, last, today):
    pool = make_pool()
    form = {"key": uuid4(), "pool": pool.pk, "sponsor": "", "amount_cents": "50,00", "reference": ""}
    page = text(kasse.post(reverse("admin:coins_deposit_add"), {**form, "received_on": last.isoformat()}))
    assert SAID in page
    assert 'value="50,00"' in page
    assert not Deposit.objects.exists()

    kasse.post(reverse("admin:coins_deposit_add"), {**form, "received_on": today.isoformat()})

    assert Deposit.objects.get().received_on == today


def test_a_line_of_the_bank_waits_with_the_reason_until_it_is_in_the_new_year(kasse, last, today):
    pool = make_pool()
    data = file(Entry(5_000, name="Stadtwerke", on=last), on=last)
    kasse.post(reverse("admin:coins_bankstatement_add"), {"file": SimpleUploadedFile("auszug.xml", data)})
    line = BankLine.objects.get()
    kasse.post(reverse("admin:coins_bankstatement_book", args=[line.statement_id]))
    place = reverse("admin:coins_bankline_assign", args=[line.pk])
    assert SAID in text(kasse.post(place, {"kind": "deposit", "pool": pool.pk}, follow=True))
    assert SAID in text(kasse.post(place, {"kind": "own"}, follow=True))
    line.refresh_from_db()
    assert line.state == BankLine.State.WAITING
    assert not Transfer.objects.exists()

    form = {"key": uuid4(), "pool": pool.pk, "sponsor": "", "amount_cents": "50,00", "reference": ""}
    kasse.post(reverse("admin:coins_deposit_add"), {**form, "received_on": today.isoformat()})
    kasse.post(place, {"kind": "known", "deposit": Deposit.objects.get().pk})

    line.refresh_from_db()
    assert line.state == BankLine.State.BOOKED
    assert set(Transfer.objects.values_list("effective_on", flat=True)) == {today}


def test_a_payout_is_refused_in_the_closed_year_and_noted_in_the_new_one(kasse, last, today, settings):
    settings.CLUB_IBAN, settings.CLUB_ACCOUNT_HOLDER = "DE75512108001245126199", "Pro Lünen e.V."
    now, anna, bert = db.now(), make_user("Anna"), make_user("Bert")
    partner = make_redemption(offer=make_offer(price_coins=30), now=now - 3 * A_DAY).partner
    owed = settlement.settle(partner=partner, cutoff=now - A_DAY, now=now)
    account = bank_accounts.request(
        partner=partner, iban="DE89370400440532013000", holder="Bäckerei Kamp", by=anna, now=now - 30 * A_DAY
    )
    bank_accounts.approve(account=account, by=bert, now=now - 30 * A_DAY)
    batch = payouts.propose(club=partner.organisation.club, by=anna, now=now)
    payouts.approve(batch=batch, by=bert, now=now)
    payout = payouts.export(batch=batch, executes_on=today, by=anna, now=now).payouts.get()
    door = reverse("admin:partners_payout_paid", args=[payout.pk])
    assert SAID in text(kasse.post(door, {"on": last.isoformat()}))
    owed.refresh_from_db()
    assert owed.status == Settlement.Status.EXPORTED

    kasse.post(door, {"on": today.isoformat()})

    owed.refresh_from_db()
    assert owed.status == Settlement.Status.PAID
    assert Transfer.objects.get(kind=Transfer.Kind.PAYOUT).effective_on == today
