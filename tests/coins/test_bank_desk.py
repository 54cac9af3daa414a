"""Statements of the bank through the pages people use: read, look, book, place what nobody knew."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from clevervibes.lib import db, periods
from clevervibes.lib.team import AUDITOR, FINANCE, SUPPORT
from coins import bank, references
from coins.models import BankLine, BankStatement, Deposit, FundingPool, Sponsor
from tests.coins.camt_files import Entry, file
from tests.factories import make_pool, make_sponsor, make_user

pytestmark = pytest.mark.django_db

ADD = reverse("admin:coins_bankstatement_add")
State = BankLine.State


def desk_of(first_name, *roles):
    user = make_user(first_name, is_staff=True, roles=roles)
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def kasse():
    return desk_of("Kasse", FINANCE)


@pytest.fixture
def pool():
    return make_pool(sponsor=make_sponsor("Stadtwerke"))


def today():
    return periods.berlin_date(db.now())


def upload(client, data, name="auszug.xml"):
    assert client.get(ADD).status_code == 200
    return client.post(ADD, {"file": SimpleUploadedFile(name, data)}, follow=True)


def text(answer):
    return answer.content.decode().replace("\N{NO-BREAK SPACE}", " ")


def test_thirty_lines_are_read_looked_at_booked_and_the_rest_placed(kasse, pool):
    purpose = references.of(references.POOL, pool.pk)
    entries = [Entry(1_000 + number, name="Stadtwerke", text=purpose, on=today()) for number in range(28)]
    odd = [
        Entry(4_200, name="Oma Ilse", iban="DE89370400440532013000", on=today()),
        Entry(-150, text="Entgelt", on=today()),
    ]

    page = text(upload(kasse, file(*entries, *odd, on=today())))
    found = BankStatement.objects.get()
    assert "Gelesen, noch nichts gebucht." in page
    assert "Einzahlung" in page
    assert not Deposit.objects.exists()

    page = text(kasse.post(reverse("admin:coins_bankstatement_book", args=[found.pk]), follow=True))
    assert "Gebucht: 28. Wartet auf Zuordnung: 2." in page
    queue = text(kasse.get(reverse("admin:coins_bankline_changelist")))
    assert "Oma Ilse" in queue
    assert "Entgelt" in queue
    assert purpose not in queue

    line = BankLine.objects.get(name="Oma Ilse")
    url = reverse("admin:coins_bankline_assign", args=[line.pk])
    assert url in text(kasse.get(reverse("admin:coins_bankline_change", args=[line.pk])))
    assert "Stadtwerke" in text(kasse.get(url))
    page = text(kasse.post(url, {"kind": "deposit", "pool": pool.pk, "remember": "on"}, follow=True))
    assert "Gebucht: Einzahlung, 42,00 €." in page
    assert Sponsor.objects.get().iban == "DE89370400440532013000"
    fee = BankLine.objects.get(text="Entgelt")
    page = text(kasse.post(reverse("admin:coins_bankline_assign", args=[fee.pk]), {"kind": "own"}, follow=True))
    assert "Dafür reicht das Guthaben nicht." in page
    assert Deposit.objects.count() == 29
    page = text(kasse.get(reverse("admin:coins_bankstatement_changelist")))
    assert "Umsätze, die auf Zuordnung warten: 1" in page
    assert "Unterschied" in page
    assert bank.latest().agrees


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"PK\x03\x04 zip", "kein vollständiges XML"),
        (b"", "leer"),
        (file(Entry(100, currency="USD")), "Zeile 4: Hier steht ein Betrag, der nicht in Euro ist."),
        (b'<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>', "Zeile 1: Die Datei enthält Verweise"),
    ],
)
def test_a_wrong_file_is_told_by_line_and_reason_beside_the_field(kasse, data, sentence):
    page = text(upload(kasse, data))

    assert sentence in page
    assert not BankStatement.objects.exists()


def test_the_same_file_again_says_so(kasse):
    data = file(Entry(100, on=today()), on=today())
    upload(kasse, data)

    assert "Diesen Auszug gibt es schon" in text(upload(kasse, data))
    assert BankStatement.objects.count() == 1


def test_a_big_statement_is_a_worker_s_and_its_page_says_how_far_it_is(kasse, pool, monkeypatch, queue):
    monkeypatch.setattr(bank, "AT_ONCE", 2)
    purpose = references.of(references.POOL, pool.pk)
    upload(kasse, file(*[Entry(100, text=purpose, on=today())] * 5, on=today()))
    found = BankStatement.objects.get()

    page = text(kasse.post(reverse("admin:coins_bankstatement_book", args=[found.pk]), follow=True))

    assert "Der Auszug wird gebucht." in page
    assert "0 von 5 Umsätzen" in page
    bank.carry_on(statement=BankStatement.objects.get(), now=db.now(), at_most=3)
    url = reverse("admin:coins_bankstatement_change", args=[found.pk])
    fragment = kasse.get(url, headers={"HX-Request": "true"})
    assert "3 von 5 Umsätzen" in text(fragment)
    bank.carry_on_all(now=db.now())
    assert kasse.get(url, headers={"HX-Request": "true"})["HX-Refresh"] == "true"
    assert Deposit.objects.count() == 5


def test_who_may_not_does_not(pool):
    looks_on = desk_of("Otto", AUDITOR)
    (found,) = bank.read(data=file(Entry(100)), by=None, now=db.now())
    line = found.lines.get()

    assert looks_on.get(ADD).status_code == 403
    assert looks_on.post(ADD, {"file": SimpleUploadedFile("a.xml", b"x")}).status_code == 403
    assert looks_on.post(reverse("admin:coins_bankstatement_book", args=[found.pk])).status_code == 403
    assert looks_on.get(reverse("admin:coins_bankstatement_book", args=[found.pk])).status_code == 405
    assert looks_on.post(reverse("admin:coins_bankline_assign", args=[line.pk]), {"kind": "own"}).status_code == 403
    assert "Buchen</button>" not in text(looks_on.get(reverse("admin:coins_bankstatement_change", args=[found.pk])))
    assert desk_of("Uwe", SUPPORT).get(reverse("admin:coins_bankstatement_changelist")).status_code == 403
    found.refresh_from_db()
    assert found.booked_at is None


def test_lists_ask_as_often_for_many_as_for_few(kasse, django_assert_max_num_queries):
    for number in range(3):
        (found,) = bank.read(data=file(*[Entry(100 + number)] * 40), by=None, now=db.now())
        bank.carry_on(statement=bank.start_booking(statement=found, by=None, now=db.now()), now=db.now())
    for name in ("bankline", "bankstatement"):
        with django_assert_max_num_queries(22):
            assert kasse.get(reverse(f"admin:coins_{name}_changelist")).status_code == 200


def test_a_sponsor_s_iban_is_checked_and_a_pool_says_its_words(pool):
    team = desk_of("Team", FINANCE)
    sponsor = pool.sponsor
    url = reverse("admin:coins_sponsor_change", args=[sponsor.pk])
    given = {"organisation": sponsor.organisation_id, "kind": sponsor.kind, "agreement_from": "", "agreement_until": ""}

    assert "Diese IBAN stimmt nicht" in text(team.post(url, {**given, "iban": "DE89 3704 0044 0532 0130 01"}))
    team.post(url, {**given, "iban": "de89 3704 0044 0532 0130 00"})
    assert Sponsor.objects.get().iban == "DE89370400440532013000"
    words = references.of(references.POOL, FundingPool.objects.get().pk)
    assert words in text(team.get(reverse("admin:coins_fundingpool_change", args=[pool.pk])))
