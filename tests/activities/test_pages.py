"""The pages of shared time, as a browser without JavaScript uses them."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from activities.models import SharedTimeEntry
from clevervibes.lib import db, periods
from tests.concurrency import reports
from tests.factories import guardian_of, make_category, make_entry, make_user, make_youth

pytestmark = pytest.mark.django_db


@pytest.fixture
def youth():
    return make_youth()


@pytest.fixture
def as_youth(client, youth):
    client.force_login(youth.user)
    return client


@pytest.fixture
def as_guardian(client, youth):
    client.force_login(guardian_of(youth))
    return client


def typed(**changes):
    """What a youth types about yesterday afternoon."""
    yesterday = timezone.localtime(db.now(), periods.BERLIN).date() - timedelta(days=1)
    return {
        "category": make_category().slug,
        "day": yesterday.isoformat(),
        "starts": "15:00",
        "ends": "16:30",
        "companion_relation": "grandparent",
        "companion_name": "Oma",
        "did": "Wir haben zusammen gelesen 📚",
        **changes,
    }


def recent_entry(youth):
    now = db.now()
    return make_entry(youth, now=now, starts_at=now - timedelta(hours=3))


def test_a_youth_logs_and_sends_in(as_youth, youth):
    answer = as_youth.post(reverse("activities:new"), typed())

    entry = youth.entries.get()
    assert answer.url == f"{reverse('activities:entries')}?neu={entry.public_id}"
    assert (entry.status, entry.duration_minutes, entry.did) == ("submitted", 90, "Wir haben zusammen gelesen 📚")
    page = as_youth.get(answer.url).content.decode()
    assert "wartet" in page
    assert "Etwa 15 Coins, sobald bestätigt." in page


def test_a_draft_is_kept_and_sent_in_later(as_youth, youth):
    as_youth.post(reverse("activities:new"), typed(then="draft"))
    entry = youth.entries.get()
    assert entry.status == "draft"
    as_youth.post(reverse("activities:submit", args=[entry.public_id]))
    entry.refresh_from_db()
    assert entry.status == "submitted"


def test_past_midnight_ends_on_the_next_day(as_youth, youth):
    day = timezone.localtime(db.now(), periods.BERLIN).date() - timedelta(days=2)
    as_youth.post(reverse("activities:new"), typed(day=day.isoformat(), starts="23:00", ends="00:30"))
    assert youth.entries.get().duration_minutes == 90


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"category": "gibt-es-nicht"}, "Kategorie"),
        ({"day": ""}, "An welchem Tag war das?"),
        ({"day": "2026-02-31"}, "Diesen Tag gibt es nicht."),
        ({"day": "0001-01-01"}, "Stimmt das Jahr?"),
        ({"day": "9999-12-31"}, "Stimmt das Jahr?"),
        ({"starts": "25:00"}, "Schreib die Uhrzeit so: 15:30"),
        ({"ends": "15:10"}, "Ab 15 Minuten zählt es."),
        ({"starts": "10:00", "ends": "15:00"}, "mehr als 4 Stunden"),
        ({"did": ""}, "Schreib in einem Satz"),
        ({"did": "x" * 10_000}, "höchstens 500 Zeichen"),
        ({"companion_relation": ""}, "Mit wem warst Du zusammen?"),
    ],
)
def test_a_mistake_gets_a_sentence_and_loses_nothing(as_youth, changes, sentence):
    sent = typed(**changes)
    answer = as_youth.post(reverse("activities:new"), sent)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert sentence in page
    if changes.get("did") is None:
        assert sent["did"] in page
    assert not SharedTimeEntry.objects.exists()


def test_the_hour_that_the_clock_skips_is_refused_with_a_hint(as_youth):
    page = as_youth.post(
        reverse("activities:new"), typed(day="2026-03-29", starts="02:30", ends="03:30")
    ).content.decode()
    assert "von 2 auf 3 Uhr" in page


def test_an_overlap_says_what_is_in_the_way(as_youth, youth):
    as_youth.post(reverse("activities:new"), typed())
    page = as_youth.post(reverse("activities:new"), typed(starts="16:00", ends="17:00")).content.decode()
    assert "15:00 bis 16:30 Uhr" in page
    assert youth.entries.count() == 1


def test_the_guardian_confirms_on_one_page(as_guardian, youth):
    entry = recent_entry(youth)
    page = as_guardian.get(reverse("activities:inbox")).content.decode()
    assert "Wir haben ein Kapitel gelesen." in page

    answer = as_guardian.post(reverse("activities:approve"), {"entry": [entry.public_id]}, follow=True)

    assert "1 Eintrag bestätigt" in answer.content.decode()
    assert youth.entries.get().status == "approved"


def test_reading_the_inbox_confirms_nothing(as_guardian, youth):
    recent_entry(youth)
    for _ in range(3):
        as_guardian.get(reverse("activities:inbox"))
        assert as_guardian.get(reverse("activities:approve")).status_code == 405
    assert youth.entries.get().status == "submitted"


def test_the_guardian_returns_with_chips_and_words(as_guardian, youth):
    entry = recent_entry(youth)
    url = reverse("activities:return", args=[entry.public_id])
    assert as_guardian.post(url, {}).status_code == 422

    as_guardian.post(url, {"chip": ["time"], "reason": "Es war nur eine halbe Stunde."})

    entry.refresh_from_db()
    assert entry.status == "returned"
    assert entry.reviews.last().reason == "Uhrzeit stimmt nicht, Es war nur eine halbe Stunde."


@pytest.mark.parametrize(("reason", "sentence"), [("x" * 201, "höchstens 200 Zeichen"), ("a\0b", "Nullzeichen")])
def test_a_reason_that_cannot_be_kept_is_refused_beside_the_field(as_guardian, youth, reason, sentence):
    entry = recent_entry(youth)

    page = as_guardian.post(reverse("activities:return", args=[entry.public_id]), {"reason": reason, "chip": ["time"]})

    assert page.status_code == 422
    assert sentence in page.content.decode()
    assert 'value="time" checked' in page.content.decode()
    entry.refresh_from_db()
    assert entry.status == "submitted"


def test_a_confirmation_is_taken_back_from_the_page(as_guardian, youth):
    entry = recent_entry(youth)
    as_guardian.post(reverse("activities:approve"), {"entry": [entry.public_id]})
    page = reverse("activities:inbox")
    assert "Rückgängig" in as_guardian.get(page).content.decode()
    assert "Zurücknehmen" in as_guardian.get(page).content.decode()  # later, among the last ones
    as_guardian.post(reverse("activities:undo", args=[entry.public_id]))
    entry.refresh_from_db()
    assert entry.status == "submitted"


def test_somebody_elses_entry_answers_like_one_that_does_not_exist(client, youth):
    entry = recent_entry(youth)
    other = make_youth("Ben")
    for person in (other.user, guardian_of(other), make_user()):
        client.force_login(person)
        for name in ("entry", "edit", "return"):
            assert client.get(reverse(f"activities:{name}", args=[entry.public_id])).status_code == 404, (person, name)
        for name in ("submit", "withdraw", "undo", "return"):
            assert (
                client.post(reverse(f"activities:{name}", args=[entry.public_id]), {"reason": "x"}).status_code == 404
            )
        client.post(reverse("activities:approve"), {"entry": [entry.public_id]})
    entry.refresh_from_db()
    assert entry.status == "submitted"


def queries_of(client, url):
    """Return how often a page asks the database. What the session notes, by the clock, is no question."""
    client.get(url)  # the first page of a session writes it down
    with CaptureQueriesContext(connection) as captured:
        assert client.get(url).status_code == 200
    return sum(query["sql"].startswith("SELECT") for query in captured)


@pytest.mark.parametrize("who", ["youth", "guardian"])
def test_pages_ask_the_database_as_often_for_many_as_for_few(client, youth, who):
    now = db.now()
    person, url = {
        "youth": (youth.user, reverse("activities:entries")),
        "guardian": (guardian_of(youth), reverse("activities:inbox")),
    }[who]
    client.force_login(person)
    make_entry(youth, now=now, starts_at=now - timedelta(hours=3))
    few = queries_of(client, url)
    for n in range(2, 30):
        make_entry(youth, now=now, minutes=30, starts_at=now - timedelta(hours=3 * n))
    assert queries_of(client, url) == few


@pytest.mark.slow
def test_lists_ask_the_database_as_often_for_a_thousand_as_for_ten(client, youth):
    now, team = db.now(), make_user("Svenja", is_staff=True, is_superuser=True)
    pages = [
        (youth.user, reverse("activities:entries")), (youth.user, "/api/v1/entries/"),
        (guardian_of(youth), reverse("activities:inbox")), (guardian_of(youth), "/api/v1/approvals/"),
        (team, "/admin/activities/waitingentry/"), (team, "/admin/activities/sharedtimeentry/"),
    ]  # fmt: skip

    def log(first, last):
        for n in range(first, last):
            make_entry(youth, now=now, minutes=15, starts_at=now - timedelta(minutes=15 * n))

    def asked():
        found = []
        for person, url in pages:
            client.force_login(person)
            found.append(queries_of(client, url))
        return found

    log(1, 11)
    few = asked()
    log(11, 1001)
    many = asked()
    reports.append(f"list pages, queries for 10 and 1,000 entries: {few} and {many}")
    assert many == few
