"""„Wie geht es weiter?“: asked once at 18, at 21 and on leaving; answered by whoever likes, counted without a name."""

from datetime import date, timedelta

import pytest
from django.urls import reverse

from accounts import birthdays, consent, erasures
from accounts.models import Birthday, Outlook
from accounts.outlook import asking
from clevervibes import birthdays as turning
from clevervibes.lib import db, periods
from tests.concurrency import in_parallel
from tests.factories import guardian_of, make_user, make_youth

pytestmark = pytest.mark.django_db

ASKED = "Wie geht es weiter?"


def turned(years: int, *, days_ago: int = 1):
    """A youth who has had that birthday so many days ago, here in the club."""
    now = db.now()
    youth = make_youth(age=years - 1)
    today = periods.berlin_date(now) - timedelta(days=days_ago)
    born = date(today.year - years, today.month, min(today.day, 28))
    type(youth).objects.filter(pk=youth.pk).update(birth_date=born, joined_at=now - timedelta(days=200))
    youth.refresh_from_db()
    Birthday.objects.filter(youth=youth).delete()
    turning.process(now=now)
    return youth


def start(client, user) -> str:
    client.force_login(user)
    return client.get(reverse("start")).content.decode()


def counted() -> list[tuple]:
    return list(Outlook.objects.values_list("club__slug", "occasion", "step", "number"))


@pytest.mark.parametrize("years", [18, 21])
def test_asked_once_after_the_birthday_and_counted_without_a_name(client, years):
    youth = turned(years)
    assert ASKED in start(client, youth.user)

    answer = client.post(reverse("accounts:outlook"), {"step": "network"}, follow=True)

    assert "Danke! Gezählt ist nur die Antwort" in answer.content.decode()
    assert ASKED not in answer.content.decode()
    assert counted() == [(youth.user.club.slug, str(years), "network", 1)]
    assert not [
        field for field in Outlook._meta.get_fields() if field.related_model not in (None, type(youth.user.club))
    ]


def test_nobody_is_asked_at_16_before_the_day_or_long_after(client):
    assert ASKED not in start(client, turned(16).user)
    assert ASKED not in start(client, make_youth(age=17).user)
    assert ASKED not in start(client, turned(18, days_ago=birthdays.SHOWN_AFTER.days + 3).user)
    assert ASKED not in start(client, guardian_of(make_youth()))


def test_who_leaves_is_asked_beside_the_order_and_may_keep_it_to_themself(client):
    youth = make_youth(age=17)
    erasures.order(person=youth.user, by=youth.user, now=db.now())
    client.force_login(youth.user)
    assert ASKED in client.get(reverse("data")).content.decode()

    answer = client.post(reverse("accounts:outlook"), {"leaving": "1", "skip": "1", "step": "work"}, follow=True)

    assert answer.redirect_chain[0][0] == reverse("data")
    assert ASKED not in answer.content.decode()
    assert counted() == []


def test_who_withdraws_is_asked_too(client):
    youth = make_youth(age=17)
    consent.withdraw(youth=youth, by=youth.user, now=db.now())
    assert ASKED in start(client, youth.user)
    client.post(reverse("accounts:outlook"), {"step": "studies", "leaving": "1"})
    assert counted() == [(youth.user.club.slug, "leaving", "studies", 1)]


@pytest.mark.parametrize("sent", [{}, {"step": ""}, {"step": "millionaire"}, {"step": "network\x00"}])
def test_what_is_no_answer_is_said_and_the_question_stays(client, sent):
    youth = turned(18)
    client.force_login(youth.user)
    answer = client.post(reverse("accounts:outlook"), sent, follow=True).content.decode()
    assert "Bitte wähle eine Antwort aus" in answer
    assert ASKED in answer
    assert counted() == []


@pytest.mark.django_db(transaction=True)
def test_two_taps_at_once_are_one_answer():
    youth = turned(18)
    taps = [lambda: asking.answer(by=youth.user, step="open", now=db.now())] * 4
    assert sorted(in_parallel(*taps)) == [False, False, False, True]
    assert [row[-1] for row in counted()] == [1]


def test_the_team_reads_numbers_from_five_on(client):
    club = make_youth().user.club
    for number, step in ((4, "work"), (5, "school")):
        Outlook.objects.create(club=club, year=2026, occasion="18", step=step, number=number)
    client.force_login(make_user("Svenja", roles=["support"]))
    page = client.get(reverse("admin:accounts_outlook_changelist")).content.decode()
    assert "unter 5" in page
    assert ">5<" in page
    assert ">4<" not in page
