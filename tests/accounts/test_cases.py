"""*Frag uns*: a question with a link to its thing, the team's answer, and nothing lost in between."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.urls import reverse

from accounts.cases import asking, subjects
from accounts.cases.subjects import Subject
from accounts.models import Case, CaseWord, Notice
from clevervibes.erasure import erase_person
from clevervibes.lib import db, limits, outbox
from tests.coins.test_conversion import convert
from tests.factories import (
    NOON,
    give_coins,
    guardian_of,
    make_approved,
    make_club,
    make_entry,
    make_pool,
    make_user,
    make_youth,
)

pytestmark = pytest.mark.django_db

State = Case.State
LATER = NOON + timedelta(hours=3)


@pytest.fixture
def mia():
    return make_youth()


@pytest.fixture
def team():
    return make_user("Svenja", is_staff=True, is_superuser=True)


@pytest.fixture
def as_mia(client, mia):
    client.force_login(mia.user)
    return client


@pytest.fixture
def case(mia):
    return asking.ask(by=mia.user, text="Warum nur 9?", about=Subject("/was-zaehlt/", "Was zählt?"), now=NOON)


def link_on(page, label="Frag uns"):
    """Return the address behind the first link to the form, with what it names."""
    href = next(part.split('"')[0] for part in page.split('href="') if part.startswith("/fragen/neu/?"))
    assert label in page
    query = parse_qs(urlsplit(href.replace("&amp;", "&")).query)
    return href.replace("&amp;", "&"), query["zu"][0], query["was"][0]


# ── Where it starts ──────────────────────────────────────────────────────────────────────────────
def test_each_entry_leads_to_a_question_about_it(as_mia, mia):
    entry = make_entry(mia)
    href, path, label = link_on(as_mia.get(entry.get_absolute_url()).content.decode())

    form = as_mia.get(href).content.decode()
    assert path == entry.get_absolute_url()
    assert "Lesen" in label
    assert label.split(",")[0].replace("&", "&amp;") in form
    answer = as_mia.post(reverse("accounts:ask"), {"text": "Stimmt die Zeit?", "zu": path, "was": label}, follow=True)
    case = Case.objects.get()
    assert (case.path, case.label, case.by) == (path, label, mia.user)
    assert "Stimmt die Zeit?" in answer.content.decode()


def test_who_confirms_asks_about_an_entry_where_they_see_it(client, mia):
    entry = make_entry(mia)
    client.force_login(guardian_of(mia))

    for address in (reverse("activities:inbox"), reverse("activities:return", args=[entry.public_id])):
        href, path, label = link_on(client.get(address).content.decode(), "Fragen Sie uns")
        assert path == reverse("activities:return", args=[entry.public_id])
        assert mia.first_name not in href
        assert client.get(path).status_code == 200
    assert Subject(path, label).staff_url.endswith("/change/")


def test_each_line_of_the_statement_leads_to_a_question_about_it(as_mia, mia):
    pool = make_pool(coins=100)
    give_coins(mia, 7, pool=pool)
    make_approved(mia)
    run = convert()
    page = as_mia.get(reverse("coins:statement")).content.decode()

    assert page.count('class="ask-us"') == page.count('<li id="buchung-') == 2
    _href, path, label = link_on(page)
    assert path == reverse("coins:run", args=[run.public_id])
    assert "+10 Coins" in label
    of_run = as_mia.get(path)
    assert of_run.status_code == 200
    assert link_on(of_run.content.decode())[1] == path


def test_a_guardian_asks_about_the_coins_of_a_youth_and_is_not_addressed_as_one(client, mia):
    give_coins(mia, 7, pool=make_pool(coins=100))
    client.force_login(guardian_of(mia))
    page = client.get(reverse("coins:statement")).content.decode()

    href, path, _label = link_on(page, "Fragen Sie uns")
    assert path.startswith(f"{reverse('coins:statement')}?youth={mia.public_id}#buchung-")
    assert mia.first_name not in href
    assert "Ihre Fragen" in client.get(href).content.decode()


@pytest.mark.parametrize(
    "path",
    [
        "https://example.org/", "//example.org/", "/gibt-es-nicht/", "javascript:alert(1)", "zeiten/", "/zeiten/?x=1",
        "/passwort/geheim/", "/einladung/abc/", "/zeiten/\n", "/zeiten/#" + "a" * 200, "/zeiten/<b>/", None, "",
    ],
)  # fmt: skip
def test_nothing_but_a_page_of_ours_without_secrets_is_kept(as_mia, path):
    assert subjects.read(path, "Etwas").path == ""
    page = as_mia.get(reverse("accounts:ask"), {"zu": path or "", "was": "Etwas"}).content.decode()
    assert "Es geht um" not in page
    as_mia.post(reverse("accounts:ask"), {"text": "Hallo?", "zu": path or "", "was": "Etwas"})
    assert Case.objects.get().path == ""


# ── The form ─────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("text", ["", "   ", "x" * 2001])
def test_what_is_refused_stays_in_the_form(as_mia, text):
    answer = as_mia.post(reverse("accounts:ask"), {"text": text, "zu": "/zeiten/", "was": "Meine Zeiten"})

    assert answer.status_code == 422
    page = answer.content.decode()
    assert text.strip() in page
    assert "Meine Zeiten" in page
    assert not Case.objects.exists()


def test_sent_twice_it_is_one_question_and_somebody_elses_key_is_nobodys_door(as_mia, mia):
    key = "6f9619ff-8b86-4d01-b42d-00cf4fc964ff"
    for _ in range(2):
        as_mia.post(reverse("accounts:ask"), {"text": "Hallo?", "key": key})
    asking.ask(by=guardian_of(mia), text="Etwas anderes", about=Subject(), now=NOON, key=key)

    assert {str(case.public_id) for case in asking.cases_of(mia.user)} == {key}
    assert asking.cases_of(guardian_of(mia)).count() == 1
    assert Case.objects.count() == 2


def test_past_twenty_a_day_the_text_is_kept_in_the_form(as_mia, mia):
    for number in range(20):
        asking.ask(by=mia.user, text=f"Frage {number}", about=Subject(), now=db.now())
    with pytest.raises(limits.TooOften):
        asking.ask(by=mia.user, text="Noch eine", about=Subject(), now=db.now())

    answer = as_mia.post(reverse("accounts:ask"), {"text": "Ein langer Text"})
    assert answer.status_code == 422
    assert "Ein langer Text" in answer.content.decode()
    assert "zu viele" in answer.content.decode()


def test_nobody_reads_anybody_elses(client, case):
    for person in (guardian_of(case.by.youth), make_youth("Ben").user):
        client.force_login(person)
        for name in ("case", "case-add", "case-close"):
            address = reverse(f"accounts:{name}", args=[case.public_id])
            assert client.post(address, {"text": "x"}).status_code in (404, 405)
            assert client.get(address).status_code in (404, 405)
        assert "Warum nur 9?" not in client.get(reverse("accounts:cases")).content.decode()
    assert case.words.count() == 1


# ── Back and forth ───────────────────────────────────────────────────────────────────────────────
def test_answered_asked_again_answered_and_done(as_mia, mia, team, case):
    asking.answer(case_id=case.public_id, by=team, text="Weil eine Minute fehlt.", now=LATER)
    case.refresh_from_db()
    assert (case.state, case.since) == (State.ANSWERED, LATER)
    assert Notice.objects.filter(to=mia.user, topic=asking.ANSWERED).count() == 1

    page = as_mia.get(reverse("accounts:case", args=[case.public_id])).content.decode()
    assert "Weil eine Minute fehlt." in page
    assert "Svenja" not in page
    as_mia.post(reverse("accounts:case-add", args=[case.public_id]), {"text": "Und morgen?"})
    case.refresh_from_db()
    assert case.state == State.OPEN

    asking.answer(case_id=case.public_id, by=team, text="Dann zählt sie mit.", now=db.now())
    as_mia.post(reverse("accounts:case-close", args=[case.public_id]))
    case.refresh_from_db()
    assert case.state == State.CLOSED
    assert case.closed_at
    assert [word.from_team for word in case.words.all()] == [False, True, False, True]


def test_the_mail_says_that_there_is_an_answer_and_not_which(mia, team, case, mailoutbox):
    mia.user.email = "mia@example.org"
    mia.user.save()
    asking.answer(case_id=case.public_id, by=team, text="Geheimnisvoll.", now=db.now())
    outbox.relay(db.now())

    (mail,) = mailoutbox
    assert "Antwort auf Deine Frage" in mail.subject
    assert "Geheimnisvoll" not in mail.body + str(mail.alternatives)
    assert str(case.public_id) in mail.body


def test_asking_more_before_an_answer_does_not_start_the_waiting_anew(mia, case):
    asking.add(case_id=case.public_id, by=mia.user, text="Und noch etwas.", now=LATER)
    asking.add(case_id=case.public_id, by=mia.user, text="Und noch etwas.", now=LATER)

    case.refresh_from_db()
    assert (case.state, case.since, case.words.count()) == (State.OPEN, NOON, 2)


# ── The team ─────────────────────────────────────────────────────────────────────────────────────
@pytest.fixture
def desk(client, team):
    client.force_login(team)
    return client


def test_the_queue_shows_what_waits_longest_first_and_names_nobody(desk, case):
    ben = make_youth("Kanarienvogel")
    asking.ask(by=ben.user, text="Später gefragt", about=Subject("", "Neuer"), now=LATER)
    page = desk.get(reverse("admin:accounts_case_changelist")).content.decode()

    assert page.index("Was zählt?") < page.index("Neuer")
    assert "Kanarienvogel" not in page
    assert "Tage" in page or "Woche" in page or "Monat" in page
    start = desk.get(reverse("admin:index"))
    assert ("Fragen", 2) in [(str(queue.label), queue.number) for queue in start.context["queues"]]


def test_the_team_answers_on_the_page_and_closes_with_it(desk, team, case):
    address = reverse("admin:accounts_case_answer", args=[case.pk])
    assert "Warum nur 9?" in desk.get(address).content.decode()
    assert desk.post(address, {"text": ""}).status_code == 200
    assert desk.post(address, {"text": "Darum.", "closing": "on"}).status_code == 302

    case.refresh_from_db()
    assert case.state == State.CLOSED
    assert case.words.last().by == team
    assert "Was zählt?" not in desk.get(reverse("admin:accounts_case_changelist")).content.decode()
    shown = desk.get(reverse("admin:accounts_case_change", args=[case.pk])).content.decode()
    assert "Darum." in shown


def test_a_question_about_an_entry_leads_the_team_to_its_record(desk, mia):
    entry = make_entry(mia)
    about = Subject(entry.get_absolute_url(), "Lesen")
    asked = asking.ask(by=mia.user, text="Hm?", about=about, now=NOON)

    page = desk.get(reverse("admin:accounts_case_change", args=[asked.pk])).content.decode()
    record = reverse("admin:activities_sharedtimeentry_change", args=[entry.pk])
    assert record in page
    # Which asks for a reason, as always.
    assert entry.did not in desk.get(record).content.decode()


def test_only_the_team_of_that_club_answers(case):
    stranger = make_user("Rolf", is_staff=True, roles=["support"], club=make_club("Clever Vibes Selm"))
    for person in (stranger, make_user("Gast"), guardian_of(case.by.youth)):
        with pytest.raises(asking.NotOfTheTeam):
            asking.answer(case_id=case.public_id, by=person, text="Hallo", now=LATER)
    assert case.words.count() == 1


# ── Going ────────────────────────────────────────────────────────────────────────────────────────
def test_erasing_a_youth_takes_their_questions_and_the_trace_in_a_guardians(mia):
    asking.ask(by=mia.user, text="Kanarienvogel", about=Subject(), now=NOON)
    path = f"{reverse('coins:statement')}?youth={mia.public_id}#buchung-1"
    kept = asking.ask(by=guardian_of(mia), text="Stimmt das?", about=Subject(path, "7 Coins"), now=NOON)

    db.service(erase_person)(mia.user, NOON)

    assert list(Case.objects.all()) == [kept]
    kept.refresh_from_db()
    assert (kept.path, kept.label) == ("", "")
    assert CaseWord.objects.count() == 1
