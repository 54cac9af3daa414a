"""The pages of dates: found, filtered, booked, answered, with as many queries for ten as for a thousand."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from activities import interests
from activities.models import Booking, Opportunity, Topic
from clevervibes.lib import db
from tests.factories import (
    guardian_of,
    host_person,
    make_booking,
    make_category,
    make_club,
    make_date,
    make_host,
    make_youth,
)

pytestmark = pytest.mark.django_db
LIST = reverse("activities:opportunities")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def now():
    return db.now()


@pytest.fixture
def youth(now):
    return make_youth(age=14, now=now - 9 * DAY)


@pytest.fixture
def as_youth(client, youth):
    client.force_login(youth.user)
    return client


def titles(answer):
    return [date.title for date in answer.context["page"]]


def test_what_is_of_interest_comes_first_then_the_soonest(as_youth, youth, now):
    nature = Topic.objects.get(slug="natur")
    for title, days, topic in (("bald", 1, None), ("später", 5, None), ("im Garten", 9, nature)):
        make_date(title, starts_at=now + days * DAY, topic=topic, now=now)
    assert titles(as_youth.get(LIST)) == ["bald", "später", "im Garten"]
    interests.choose(youth=youth, topics=[nature], now=now)
    answer = as_youth.get(LIST)
    assert titles(answer) == ["im Garten", "bald", "später"]
    assert "passt zu Dir" in answer.content.decode()


@pytest.mark.parametrize(
    ("filter_", "found"),
    [
        ({"thema": "natur"}, ["im Garten"]),
        ({"art": "trial"}, ["schnuppern"]),
        ({"wann": "woche"}, ["schnuppern"]),
        ({"frei": "1"}, ["schnuppern", "im Garten"]),
        ({"suche": "bahnhof"}, ["schnuppern"]),
        ({"thema": "gibt-es-nicht", "art": "\x00", "wann": "nie", "page": "x"}, ["schnuppern", "im Garten", "voll"]),
    ],
)
def test_the_list_is_narrowed_down(as_youth, now, filter_, found):
    make_date("schnuppern", starts_at=now + 2 * DAY, kind="trial", way="10 Minuten vom Bahnhof", now=now)
    make_date("im Garten", starts_at=now + 9 * DAY, topic=Topic.objects.get(slug="natur"), now=now)
    full = make_date("voll", starts_at=now + 10 * DAY, seats=1, now=now)
    make_booking(make_youth(age=17, now=now - 9 * DAY), full, now=now)
    assert titles(as_youth.get(LIST, filter_)) == found


def test_booked_asked_answered_by_the_doors_people_use(client, youth, now):
    date = make_date(starts_at=now + 5 * DAY, now=now)
    client.force_login(youth.user)
    client.post(reverse("activities:book", args=[date.public_id]))
    assert "Deine Eltern sind gefragt" in client.get(date.get_absolute_url()).content.decode()

    made = Booking.objects.get()
    client.force_login(guardian_of(youth))
    question = reverse("activities:date-question", args=[made.public_id])
    assert "Darf Ihr Kind dorthin?" in client.get(reverse("start")).content.decode()
    for _ in range(10):
        client.get(question)
    made.refresh_from_db()
    assert made.status == Booking.Status.ASKED

    client.post(reverse("activities:date-answer", args=[made.public_id]), {"answer": "yes"})
    client.force_login(youth.user)
    assert "Du hast einen Platz" in client.get(date.get_absolute_url()).content.decode()
    client.post(reverse("activities:give-back", args=[date.public_id]))
    made.refresh_from_db()
    assert made.ended_why == Booking.Ended.YOUTH


def test_the_question_is_asked_in_turkish(client, youth, now):
    made = make_booking(youth, make_date(starts_at=now + 5 * DAY, now=now), yes=False, now=now)
    guardian = guardian_of(youth)
    guardian.language = "tr"
    guardian.save()
    client.force_login(guardian)
    page = client.get(reverse("activities:date-question", args=[made.public_id])).content.decode()
    assert "Kabul ediyor musunuz?" in page
    assert "Sind Sie einverstanden" not in page


def test_a_full_date_offers_the_list(as_youth, now):
    date = make_date(starts_at=now + 5 * DAY, seats=1, now=now)
    make_booking(make_youth(age=17, now=now - 9 * DAY), date, now=now)
    assert "Auf die Warteliste" in as_youth.get(date.get_absolute_url()).content.decode()
    as_youth.post(reverse("activities:book", args=[date.public_id]), {"then": "wait"})
    assert "Warteliste, Platz 1" in as_youth.get(date.get_absolute_url()).content.decode()


def test_a_date_of_another_club_is_not_there(as_youth, now):
    elsewhere = make_date(host=make_host("Betrieb in Selm", club=make_club("Clever Vibes Selm")),
                          starts_at=now + 5 * DAY, now=now)  # fmt: skip
    assert titles(as_youth.get(LIST)) == []
    assert as_youth.get(elsewhere.get_absolute_url()).status_code == 404
    assert as_youth.post(reverse("activities:book", args=[elsewhere.public_id])).status_code == 404


def many(number, host, now):
    Opportunity.objects.bulk_create(
        Opportunity(
            host=host, kind="visit", category=make_category(), title=f"Termin {n}", text="Kommt vorbei.",
            starts_at=now + DAY + n * HOUR, ends_at=now + DAY + (n + 1) * HOUR, where="Tor 2", seats=5,
            contact_name="Petra", certificate_seen_on=now.date(), certificate_valid_until=(now + 900 * DAY).date(),
            released_at=now, sent_at=now, topic=Topic.objects.all()[n % 12],
        )
        for n in range(number)
    )  # fmt: skip


def questions(client, address):
    with CaptureQueriesContext(
        connection,
    ) as asked:
        assert client.get(address).status_code == 200
    return len(asked)


@pytest.mark.usefixtures("unhurried")
def test_lists_ask_as_often_for_ten_as_for_a_thousand(client, youth, now):
    host = make_host()
    interests.choose(youth=youth, topics=list(Topic.objects.all()[:3]), now=now)
    looked = {}
    for number in (10, 990):
        many(number, host, now)
        client.force_login(youth.user)
        client.get(LIST)
        mine = [questions(client, LIST), questions(client, f"{LIST}?page=2")]
        client.force_login(host_person(host))
        client.get(LIST)
        looked[number] = [*mine, questions(client, reverse("activities:hosting"))]
    # Page 2 of ten is page 1.
    assert looked[10] == looked[990]
