"""The club's own money from before the books: entered by one, let in by another, and the bank's balance then agrees."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError
from django.test import Client
from django.urls import reverse

from clevervibes.lib import db, periods
from clevervibes.lib.team import APPROVER, AUDITOR, FINANCE
from clevervibes.workplace import waiting
from coins import bank, closing, ledger, opening, year
from coins.models import BankStatement, LedgerAccount, OpeningMoney, Transfer
from tests.coins.camt_files import Entry, file
from tests.concurrency import in_parallel
from tests.factories import NOON, make_user

pytestmark = pytest.mark.django_db

A_DAY = timedelta(days=1)
TODAY = NOON.date()
ADD = reverse("admin:coins_openingmoney_add")


def desk_of(first_name, *roles):
    client = Client()
    client.force_login(make_user(first_name, is_staff=True, roles=roles))
    return client


def ask(**more):
    given = {"amount_cents": 1_200_00, "held_on": TODAY, "reason": "Auszug 8, Endsaldo", "by": make_user(), "now": NOON}
    return opening.ask(**{**given, **more})


def text(answer):
    return answer.content.decode().replace("\N{NO-BREAK SPACE}", " ")


def test_one_enters_it_another_lets_it_in_and_bank_and_books_agree():
    kasse, freigabe, today = desk_of("Kasse", FINANCE, APPROVER), desk_of("Freigabe", APPROVER), (
        periods.berlin_date(db.now())
    )  # fmt: skip
    data = file(Entry(-150, text="Entgelt", on=today), opening=1_200_00, on=today)
    given = {"amount_cents": "1.200,00", "held_on": (today - A_DAY).isoformat(), "reason": "Auszug 8, Endsaldo"}
    kasse.post(ADD, given)
    one = OpeningMoney.objects.get()
    door = reverse("admin:coins_openingmoney_approve", args=[one.pk])
    page = text(kasse.get(reverse("admin:coins_openingmoney_change", args=[one.pk])))
    assert "Auszug 8, Endsaldo" in page
    assert "Jemand anders aus dem Team gibt es frei" in page
    assert "gibt eine zweite Person frei" in text(kasse.post(door))
    assert desk_of("Prüfung", AUDITOR).post(door).status_code == 403
    assert not Transfer.objects.exists()
    approver = make_user("Zweite", is_staff=True, roles=[APPROVER])
    (queue,) = [queue for queue in waiting.for_(approver, db.now()) if "openingmoney" in queue.url]
    assert freigabe.get(queue.url).context["cl"].result_count == 1

    assert "1.200,00 € sind als eigenes Geld gebucht" in text(freigabe.post(door, follow=True))

    kasse.post(reverse("admin:coins_bankstatement_add"), {"file": SimpleUploadedFile("auszug.xml", data)})
    statement = BankStatement.objects.get()
    assert bank.compare(statement).agrees
    assert ledger.balance(LedgerAccount.objects.get(kind=LedgerAccount.Kind.OWN)) == 1_200_00
    found = year.of((today - A_DAY).year, now=db.now())
    shown = text(kasse.get(reverse("admin:coins_bankstatement_year", args=[found.on])))
    assert "Anfangsbestand des Kontos" in shown
    assert "Eigenes Geld herein" not in shown
    assert (found.opening_cents, found.closing_cents, found.adds_up) == (1_200_00, 1_200_00, True)


def test_what_is_left_out_or_too_late_or_there_already_is_refused():
    for wrong, refusal in (
        ({"amount_cents": 0}, opening.NoAmount), ({"reason": " "}, opening.ReasonMissing),
        ({"held_on": TODAY + A_DAY}, opening.TooLate),
    ):  # fmt: skip
        with pytest.raises(refusal):
            ask(**wrong)
    bank.read(data=file(Entry(100, on=TODAY - 20 * A_DAY), on=TODAY), by=None, now=NOON)
    with pytest.raises(opening.TooLate):
        ask(held_on=TODAY - 19 * A_DAY)
    one = ask(held_on=TODAY - 20 * A_DAY)
    with pytest.raises(opening.AlreadyThere):
        ask(held_on=TODAY - 21 * A_DAY)
    opening.withdraw(opening=one, now=NOON)
    one = ask(held_on=TODAY - 21 * A_DAY)
    opening.approve(opening=one, by=make_user(), now=NOON)
    opening.approve(opening=one, by=make_user(), now=NOON)  # again changes nothing
    assert Transfer.objects.count() == 1
    with pytest.raises(opening.AlreadyBooked):
        opening.withdraw(opening=one, now=NOON)
    with pytest.raises(IntegrityError, match="coins_one_opening"):
        OpeningMoney.objects.create(amount_cents=1, held_on=TODAY, reason="x", asked_at=NOON)


def test_a_closed_year_is_not_opened_by_it():
    on = TODAY.year - 1
    one = ask(held_on=TODAY.replace(year=on))
    asked = closing.ask(on=on, why="Es gab noch kein Konto.", by=make_user(), now=NOON)
    closing.approve(closing=asked, by=make_user(), now=NOON)

    with pytest.raises(ledger.YearClosed):
        opening.approve(opening=one, by=make_user(), now=NOON)
    assert not Transfer.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_who_enter_it_at_once_enter_it_once():
    people = [make_user(), make_user()]

    results = in_parallel(*[lambda by=by: ask(by=by) for by in people])

    assert {type(one) for one in results} == {OpeningMoney, opening.AlreadyThere}
