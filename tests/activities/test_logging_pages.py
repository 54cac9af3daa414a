"""The pages on which youths and guardians log, as a browser without a script uses them."""

import re
from datetime import date, timedelta
from html import unescape
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from activities import approvals, entries, proposals, timer
from activities.models import SharedTimeEntry
from clevervibes.lib import db, periods
from tests.activities.test_pages import queries_of, typed
from tests.factories import (
    guardian_of,
    make_category,
    make_details,
    make_entry,
    make_user,
    make_youth,
)

pytestmark = pytest.mark.django_db

NEW, LIST = reverse("activities:new"), reverse("activities:entries")
FETCH = {"X-Requested-With": "fetch"}


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


def today() -> date:
    return timezone.localtime(db.now(), periods.BERLIN).date()


def text_of(answer) -> str:
    return unescape(answer.content.decode())


def error_at(page: str, field: str) -> str:
    """Return the sentence that stands at a field of the form."""
    found = re.search(rf'id="id_{field}_error">(.*?)</ul>', page, re.S)
    return re.sub(r"<[^>]+>", " ", found[1]) if found else ""


def days_ago(days: int) -> str:
    return (today() - timedelta(days=days)).isoformat()


# ── Bad input: a sentence at the field, nothing lost ─────────────────────────────────────────────
# What is typed over the rest, the field or fields of which one tells, and what it tells. A day may be so many ago.
BAD = {
    "future": ({"day": -1}, "starts|ends", "noch gar nicht vorbei"),
    "older than fourteen days": ({"day": 15}, "starts", "länger als 14 Tage her"),
    "end before start": ({"starts": "16:00", "ends": "15:00"}, "ends", "Das Ende liegt vor dem Anfang"),
    "31 February": ({"day": "2026-02-31"}, "day", "Diesen Tag gibt es nicht"),
    "year 1": ({"day": "0001-01-01"}, "day", "Stimmt das Jahr?"),
    "year 9999": ({"day": "9999-12-31"}, "day", "Stimmt das Jahr?"),
    "no year at all": ({"day": "gestern"}, "day", "Diesen Tag gibt es nicht"),
    "emoji for a time": ({"starts": "🕒"}, "starts", "Schreib die Uhrzeit so"),
    "10,000 characters": ({"did": "lang " * 2_000}, "did", "höchstens 500 Zeichen"),
    "10,000 emoji": ({"did": "📚" * 10_000}, "did", "höchstens 500 Zeichen"),
    "10,000 characters learned": ({"learned": "x" * 10_000}, "learned", "höchstens 500 Zeichen"),
    "a long name": ({"companion_name": "Oma" * 50}, "companion_name", "höchstens 40 Zeichen"),
    "nobody": ({"companion_relation": "", "companion_name": ""}, "companion_relation", "Mit wem warst Du zusammen?"),
    "too short": ({"starts": "15:00", "ends": "15:14"}, "ends", "14 Minuten"),
    "too long": ({"starts": "10:00", "ends": "14:01"}, "ends", "mehr als 4 Stunden"),
    "a NUL": ({"did": "a\0b"}, "did", "Nullzeichen"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_gets_a_sentence_at_its_field_and_loses_nothing(as_youth, case):
    changes, field, sentence = BAD[case]
    if isinstance(changes.get("day"), int):
        changes = {**changes, "day": days_ago(changes["day"])}
    sent = typed(**{"learned": "Dass Kater lesen können", **changes})

    answer = as_youth.post(NEW, sent)

    page = text_of(answer)
    assert answer.status_code == 422
    assert any(sentence in error_at(page, name) for name in field.split("|")), case
    assert not SharedTimeEntry.objects.exists()
    for name in ("did", "learned", "companion_name"):
        assert sent[name].strip() in page, name
    for name in ("day", "starts", "ends"):
        assert f'value="{sent[name]}"' in page, name
    assert re.search(rf'value="{sent["category"]}"[^>]*checked', page)


def test_before_joining_is_said_with_the_day_of_joining(client):
    youth = make_youth(now=db.now() - timedelta(days=3))
    client.force_login(youth.user)
    page = text_of(client.post(NEW, typed(day=days_ago(5))))
    assert "vor dem Beitritt" in error_at(page, "starts")


def test_the_doubled_hour_is_asked_for_on_the_page(as_youth):
    page = text_of(as_youth.post(NEW, typed(day="2026-10-25", starts="02:15", ends="03:30")))
    assert "gab es zweimal" in error_at(page, "starts_which")
    assert "die erste (noch Sommerzeit)" in page
    assert "ends_which" not in page


def test_an_overlap_names_the_entry_and_links_it(as_youth, youth):
    as_youth.post(NEW, typed())
    page = text_of(as_youth.post(NEW, typed(starts="16:00", ends="17:00")))
    assert "15:00 bis 16:30 Uhr" in error_at(page, "starts")
    assert youth.entries.get().get_absolute_url() in page


# ── Sending ──────────────────────────────────────────────────────────────────────────────────────
def test_the_same_form_sent_twice_is_one_entry(as_youth, youth):
    sent = typed(key=str(uuid4()))
    first, second = as_youth.post(NEW, sent), as_youth.post(NEW, sent, headers=FETCH)
    assert second.json() == {"go": first.url}
    assert youth.entries.count() == 1


def test_every_form_that_is_opened_names_another_entry(as_youth):
    keys = {re.search(r'name="key" value="([^"]+)"', text_of(as_youth.get(NEW)))[1] for _ in range(2)}
    assert len(keys) == 2


def test_a_name_that_is_none_is_refused_and_not_an_error(as_youth):
    assert as_youth.post(NEW, typed(key="7")).status_code == 422


def test_the_last_companion_and_the_usual_time_are_there_before_anything_is_typed(as_youth, youth):
    now = db.now()
    for days in (2, 3):
        make_entry(youth, now=now, starts_at=now - timedelta(days=days), minutes=45, companion_name="Oma")
    page = text_of(as_youth.get(NEW))
    assert re.search(r'value="parent\|Oma"[^>]*checked', page)
    assert "Wie letztes Mal" in page
    assert not re.search(r'name="category"[^>]*checked', page)
    again = text_of(as_youth.get(f"{NEW}?wie=letztes"))
    assert re.search(r'value="lesen"[^>]*checked', again)


def test_a_companion_of_last_time_is_one_field(as_youth, youth):
    now = db.now()
    make_entry(
        youth, now=now, starts_at=now - timedelta(days=3), companion_relation="grandparent", companion_name="Oma"
    )
    sent = typed(who="grandparent|Oma")
    del sent["companion_relation"], sent["companion_name"]
    as_youth.post(NEW, sent)
    assert youth.entries.filter(companion_relation="grandparent", companion_name="Oma").count() == 2


def test_whoever_is_filled_in_by_hand_is_meant(as_youth, youth):
    now = db.now()
    make_entry(youth, now=now, starts_at=now - timedelta(days=3), companion_name="Mama")
    as_youth.post(NEW, typed(who="parent|Mama", companion_relation="friend", companion_name="Ben"))
    assert youth.entries.filter(companion_relation="friend", companion_name="Ben").exists()


def test_a_companion_nobody_has_is_refused(as_youth):
    page = text_of(as_youth.post(NEW, typed(who="parent|Fremd", companion_relation="", companion_name="")))
    assert "Mit wem warst Du zusammen?" in page


# ── Timer ────────────────────────────────────────────────────────────────────────────────────────
def test_the_timer_starts_and_stops_by_two_buttons(as_youth, youth, monkeypatch):
    assert "Timer starten" in text_of(as_youth.get(reverse("start")))
    as_youth.post(reverse("activities:timer-start"))
    running = youth.entries.get()
    for page in (LIST, reverse("start")):
        assert "Eure Zeit läuft" in text_of(as_youth.get(page))
    earlier = db.now
    monkeypatch.setattr(db, "now", lambda: earlier() + timedelta(minutes=50))

    answer = as_youth.post(reverse("activities:timer-stop", args=[running.public_id]), follow=True)

    page = text_of(answer)
    assert answer.redirect_chain[-1][0] == reverse("activities:edit", args=[running.public_id])
    running.refresh_from_db()
    for moment in (running.starts_at, running.ends_at):
        assert f'value="{timezone.localtime(moment, periods.BERLIN):%H:%M}"' in page
    # The category that the timer had to take is not the youth's answer.
    assert not re.search(r'name="category"[^>]*checked', page)


def test_a_timer_of_yesterday_asks_when_it_ended_and_pages_change_nothing(as_youth, youth):
    entry = timer.start(youth=youth, by=youth.user, now=db.now() - timedelta(hours=5))
    for page in (LIST, reverse("start")):
        assert "Wann wart Ihr fertig?" in text_of(as_youth.get(page))
    entry.refresh_from_db()
    assert entry.status == "running"
    page = text_of(as_youth.post(reverse("activities:timer-stop", args=[entry.public_id]), follow=True))
    assert "Dein Timer lief länger als 4 Stunden" in page
    assert "Ende fehlt" in text_of(as_youth.get(LIST))
    assert "Ende fehlt" in text_of(as_youth.get(reverse("activities:entry", args=[entry.public_id])))


def test_a_running_timer_has_no_page_of_its_own(as_youth, youth):
    entry = timer.start(youth=youth, by=youth.user, now=db.now())
    assert as_youth.get(entry.get_absolute_url()).url == LIST
    assert as_youth.get(reverse("activities:edit", args=[entry.public_id])).status_code == 302


# ── What a guardian writes down ──────────────────────────────────────────────────────────────────
def test_a_guardian_writes_down_and_the_youth_says_that_it_is_true(as_guardian, youth, client):
    page = text_of(as_guardian.get(reverse("activities:propose", args=[youth.public_id])))
    assert "Für Mia eintragen" in page
    sent = typed(who=f"parent|{guardian_of(youth).first_name}", companion_relation="", companion_name="")
    answer = as_guardian.post(reverse("activities:propose", args=[youth.public_id]), sent, follow=True)
    assert "wartet auf Mia" in text_of(answer)
    entry = youth.entries.get()
    assert (entry.status, entry.companion_name) == ("proposed", guardian_of(youth).first_name)

    as_guardian.post(reverse("activities:change-proposal", args=[entry.public_id]), typed(ends="16:00"))
    entry.refresh_from_db()
    assert (entry.status, entry.duration_minutes) == ("proposed", 60)

    client.force_login(youth.user)
    assert "Stimmt das so?" in text_of(client.get(reverse("start")))
    assert "hat das für Dich eingetragen" in text_of(client.get(entry.get_absolute_url()))
    client.post(reverse("activities:confirm", args=[entry.public_id]))
    entry.refresh_from_db()
    assert (entry.status, entry.reviewed_by) == ("approved", youth.user)


def test_a_guardians_mistake_is_told_in_words_for_guardians(as_guardian, youth):
    page = text_of(
        as_guardian.post(reverse("activities:propose", args=[youth.public_id]), typed(category="", did="x" * 501))
    )
    assert "Bitte wählen Sie eine Kategorie." in error_at(page, "category")
    assert "Ihr Text ist noch da" in error_at(page, "did")


def test_a_guardian_takes_a_proposal_back(as_guardian, youth):
    entry = proposals.propose(youth=youth, by=guardian_of(youth), details=recent(), now=db.now())
    answer = as_guardian.post(reverse("activities:withdraw", args=[entry.public_id]))
    assert answer.url == reverse("activities:inbox")
    entry.refresh_from_db()
    assert entry.status == "withdrawn"


def recent(**changes):
    return make_details(starts_at=db.now() - timedelta(hours=3), **changes)


def test_nobody_writes_down_or_confirms_for_somebody_elses_youth(client, youth):
    entry = proposals.propose(youth=youth, by=guardian_of(youth), details=recent(), now=db.now())
    other = make_youth("Ben")
    for person in (other.user, guardian_of(other), make_user(), youth.user):
        client.force_login(person)
        for url in (
            reverse("activities:propose", args=[youth.public_id]),
            reverse("activities:change-proposal", args=[entry.public_id]),
        ):
            assert {client.get(url).status_code, client.post(url, typed()).status_code} == {404}, person
        if person != youth.user:
            for name in ("confirm", "withdraw", "timer-stop"):
                assert client.post(reverse(f"activities:{name}", args=[entry.public_id])).status_code == 404
    entry.refresh_from_db()
    assert entry.status == "proposed"


# ── Both versions ────────────────────────────────────────────────────────────────────────────────
def test_a_corrected_entry_shows_who_why_and_both_versions(as_youth, youth):
    now = db.now()
    entry = make_entry(youth, now=now, starts_at=now - timedelta(hours=5))
    approvals.return_(entry_id=entry.public_id, by=guardian_of(youth), reason="Uhrzeit stimmt nicht", now=now)
    assert "Uhrzeit stimmt nicht" in text_of(as_youth.get(reverse("activities:edit", args=[entry.public_id])))
    better = make_details(starts_at=entry.starts_at, minutes=45, did="Nur ein halbes Kapitel.")
    entries.edit(entry_id=entry.public_id, by=youth.user, details=better, submit=True, now=now)

    page = text_of(as_youth.get(entry.get_absolute_url()))

    assert "von Sabine" in page
    assert page.index("Wir haben ein Kapitel gelesen.") < page.index("Danach")
    versions = page[page.index("Vorher") :]
    assert "Wir haben ein Kapitel gelesen." in versions
    assert "Nur ein halbes Kapitel." in versions
    # Only what was changed is told twice.
    assert "<dt>Wann</dt>" in versions
    assert "<dt>Kategorie</dt>" not in versions


# ── List, calendar, year ─────────────────────────────────────────────────────────────────────────
def test_the_week_says_what_is_left_of_it_and_of_a_category(as_youth, youth):
    now = db.now()
    make_category("Alltag lernen", weekly_cap_minutes=60)
    make_entry(
        youth, now=now, starts_at=now - timedelta(minutes=50), minutes=45, category=make_category("Alltag lernen")
    )
    page = text_of(as_youth.get(LIST)).replace("\xa0", " ")
    assert "noch 11 h 15 diese Woche" in page
    assert "Alltag lernen: noch 15 min" in page


def test_a_week_is_never_cut_by_a_page(as_youth, youth):
    now = db.now()
    start = periods.week(today() - timedelta(days=7)).start
    for n in range(50):
        make_entry(youth, now=now, starts_at=start + timedelta(hours=3 * n), minutes=15)
    assert "12 h 30" in text_of(as_youth.get(LIST)).replace("\xa0", " ")


@pytest.mark.parametrize("page", ["activities:entries", "activities:calendar", "year", "start"])
def test_pages_ask_the_database_as_often_for_a_thousand_entries(as_youth, youth, page):
    now = db.now()
    store_many(youth, now, 0, 10)
    few = queries_of(as_youth, reverse(page))
    store_many(youth, now, 10, 1_000)

    assert youth.entries.count() == 1_000
    assert queries_of(as_youth, reverse(page)) == few


def store_many(youth, now, first, last):
    """Store half-hours, one after the other back from now."""
    youth.joined_at = now - timedelta(days=300)
    youth.save()
    category = make_category()
    rows = []
    for n in range(first, last):
        end = now - timedelta(minutes=30 * n)
        rows.append(SharedTimeEntry(
            youth=youth, category=category, starts_at=end - timedelta(minutes=30), ends_at=end, claimed_at=end,
            duration_minutes=30, companion_relation="parent", companion_name=f"Kim {n % 7}", did="Gelesen",
            status="submitted", claimed_by=youth.user,
        ))  # fmt: skip
    SharedTimeEntry.objects.bulk_create(rows)


def test_the_month_shows_its_days_and_leads_to_the_others(as_youth, youth):
    now = db.now()
    made = make_entry(youth, now=now, starts_at=now - timedelta(minutes=50), minutes=45)
    day = periods.berlin_date(made.starts_at)  # yesterday, right after midnight
    url = reverse("activities:calendar")
    page = text_of(as_youth.get(f"{url}?monat={day:%Y-%m}")).replace("\xa0", " ")
    assert f'href="#tag-{day.isoformat()}"' in page
    assert "45 min" in page
    earlier = (day.replace(day=1) - timedelta(days=1)).strftime("%Y-%m")
    assert f"?monat={earlier}" in page
    assert "In diesem Monat steht noch nichts" in text_of(as_youth.get(f"{url}?monat={earlier}"))


@pytest.mark.parametrize("typed_month", ["2026-13", "0000-01", "9999-12", "gestern", "", "0001-01", "2020-01"])
def test_a_month_that_is_none_is_a_page_all_the_same(as_youth, typed_month):
    assert as_youth.get(reverse("activities:calendar"), {"monat": typed_month}).status_code == 200


def test_the_year_is_a_plot_with_a_table_behind(as_youth, youth):
    now = db.now()
    make_entry(youth, now=now, starts_at=now - timedelta(hours=3), minutes=90)
    page = text_of(as_youth.get(reverse("year")))
    assert "zusammen 1,5 Stunden." in page
    assert "heat-4" in page
    assert 'class="heat" tabindex="0"' in page  # without it no key moves it sideways
    assert "<table" in page


@pytest.mark.parametrize("typed_year", ["0", "1", "9999", "²", "abc", "2019", "-1"])
def test_a_year_that_is_none_is_a_page_all_the_same(as_youth, typed_year):
    assert as_youth.get(reverse("year"), {"jahr": typed_year}).status_code == 200


def test_what_counts_is_for_everybody_and_says_the_caps_of_the_team(client):
    make_category("Alltag lernen", weekly_cap_minutes=180)
    answer = client.get("/was-zaehlt/")
    page = text_of(answer).replace("\xa0", " ")
    assert "Set-Cookie" not in answer.headers
    assert not answer.cookies
    for part in (
        "6 Minuten sind ein Coin",
        "Vokabeln abfragen",
        "höchstens 3 h in der Woche",
        "Unterricht in der Schule",
        "15 min bis 4 h",
        "zählen 12 h",
    ):
        assert part in page, part


# ── The rest ─────────────────────────────────────────────────────────────────────────────────────
def test_a_guardian_reads_both_versions_of_what_was_corrected(as_guardian, youth):
    now = db.now()
    entry = make_entry(youth, now=now, starts_at=now - timedelta(hours=5))
    assert "Danach" not in text_of(as_guardian.get(reverse("activities:inbox")))
    approvals.return_(entry_id=entry.public_id, by=guardian_of(youth), reason="Uhrzeit stimmt nicht", now=now)
    better = make_details(starts_at=entry.starts_at, minutes=45, did="Nur ein halbes Kapitel.")
    entries.edit(entry_id=entry.public_id, by=youth.user, details=better, submit=True, now=now)

    page = text_of(as_guardian.get(reverse("activities:inbox")))

    assert page.index("Vorher") < page.index("Wir haben ein Kapitel gelesen.") < page.index("Danach")


def test_a_twenty_first_entry_of_a_day_waits_until_tomorrow(as_youth, youth):
    def post(n):
        at = timedelta(minutes=600 + 15 * n)
        clocks = {"starts": str(at)[:5], "ends": str(at + timedelta(minutes=15))[:5]}
        return as_youth.post(NEW, typed(day=days_ago(2), **clocks))

    assert {post(n).status_code for n in range(20)} == {302}
    # One that is refused anyway is not counted, and one too many is said.
    page = text_of(post(20))
    assert "Mehr als 20 Einträge am Tag gehen nicht." in page
    assert youth.entries.count() == 20


def test_what_is_refused_is_not_counted(as_youth, youth):
    for _ in range(21):
        assert as_youth.post(NEW, typed(starts="15:00", ends="15:05")).status_code == 422
    assert as_youth.post(NEW, typed()).status_code == 302
