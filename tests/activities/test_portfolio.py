"""Choosing, versions, the sheet, and the page behind its QR, through the doors people use."""

import html
import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts import consent, stops
from activities import entries
from activities.models import LearningGoal, Portfolio, PortfolioItem, PortfolioPick, SharedTimeEntry
from activities.portfolio import choosing, goals, links, sheet, versions
from clevervibes.lib import db, limits, qr
from tests.concurrency import in_parallel, reports
from tests.factories import (
    JOINED,
    NOON,
    guardian_of,
    make_approved,
    make_category,
    make_entry,
    make_portfolio,
    make_user,
    make_youth,
)

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


@pytest.fixture
def youth():
    return make_youth()


@pytest.fixture
def as_youth(client, youth):
    client.force_login(youth.user)
    return client


def page(client, name, *args):
    answer = client.get(reverse(f"activities:{name}", args=args))
    assert answer.status_code == 200
    return html.unescape(answer.content.decode())


def token_of(portfolio) -> str:
    return links.url_of(portfolio).rstrip("/").rpartition("/")[2]


def scan(portfolio_or_token):
    """Scan the QR of a sheet as somebody who is not signed in."""
    token = portfolio_or_token if isinstance(portfolio_or_token, str) else token_of(portfolio_or_token)
    return Client().get(reverse("activities:portfolio-proof", args=[token]))


def many_entries(youth, number, *, minutes=15, **fields):
    """Confirmed entries in bulk, one after the other: a year of a diligent youth."""
    given = {"category": make_category(), "did": "Vokabeln gelernt", "companion_relation": "parent", **fields}
    guardian = guardian_of(youth)
    first = JOINED + timedelta(minutes=30) * youth.entries.count()
    starts = [first + timedelta(minutes=30) * index for index in range(number)]
    return SharedTimeEntry.objects.bulk_create(
        SharedTimeEntry(
            youth=youth, starts_at=start, ends_at=start + timedelta(minutes=minutes), duration_minutes=minutes,
            status="approved", claimed_by=youth.user, claimed_at=start + timedelta(minutes=minutes),
            reviewed_by=guardian, approved_at=NOON, **given,
        )
        for start in starts
    )  # fmt: skip


# ── Choosing ─────────────────────────────────────────────────────────────────────────────────────
def test_a_youth_picks_makes_and_sees_the_sums(as_youth, youth):
    wanted = make_approved(youth, minutes=90, learned="Wie man einen Dübel setzt.")
    other = make_approved(youth, starts_at=NOON - timedelta(hours=8), minutes=45, did="Nicht zum Zeigen.")

    answer = as_youth.post(
        reverse("activities:portfolio-keep-choice"),
        {"shown": [wanted.public_id, other.public_id], "learned": [wanted.public_id], "then": "done"},
    )
    assert answer.url == reverse("activities:portfolio-home")
    assert "1 von 2 ausgesucht" in page(as_youth, "portfolio-home")
    made = as_youth.post(reverse("activities:portfolio-make"), {"shows_last_name": "on"}, follow=True)

    said = html.unescape(made.content.decode())
    version = Portfolio.objects.get()
    assert made.redirect_chain[-1][0] == version.get_absolute_url()
    assert (version.minutes, version.revoked_at) == (90, None)
    assert "1 h 30" in said.replace("\N{NO-BREAK SPACE}", " ")
    assert "Wie man einen Dübel setzt." in said
    assert "Nicht zum Zeigen." not in said


def test_what_was_not_on_the_page_keeps_its_choice_and_a_tick_can_be_taken_away(as_youth, youth):
    first, second = make_approved(youth), make_approved(youth, starts_at=NOON - timedelta(hours=8))
    choosing.choose_all(youth=youth)

    as_youth.post(reverse("activities:portfolio-keep-choice"), {"shown": [first.public_id]})

    assert [pick.entry for pick in PortfolioPick.objects.all()] == [second]


def test_all_and_none(as_youth, youth):
    make_approved(youth, learned="Etwas.")
    make_approved(youth, starts_at=NOON - timedelta(hours=8))
    first = youth.entries.first()
    choosing.choose(youth=youth, shown=[first.public_id], picks=[], learned=[first.public_id])
    shows = PortfolioPick.objects.get().shows_learned

    as_youth.post(reverse("activities:portfolio-keep-choice"), {"what": "all"})
    assert choosing.picked(youth).count() == 2
    assert PortfolioPick.objects.get(entry=first).shows_learned == shows, "what was chosen before stays"
    as_youth.post(reverse("activities:portfolio-keep-choice"), {"what": "none"})
    assert not PortfolioPick.objects.exists()


def test_only_confirmed_entries_of_ones_own_can_be_picked(as_youth, youth):
    draft, sibling = make_entry(youth, submit=False), make_approved(make_youth("Ben"))

    as_youth.post(
        reverse("activities:portfolio-keep-choice"),
        {"shown": [draft.public_id, sibling.public_id], "pick": [draft.public_id, sibling.public_id, uuid4()]},
    )
    assert not PortfolioPick.objects.exists()
    assert as_youth.post(reverse("activities:portfolio-keep-choice"), {"pick": ["kein-uuid"]}).status_code == 404
    answer = as_youth.post(reverse("activities:portfolio-make"), follow=True)
    assert "Such Dir erst aus" in html.unescape(answer.content.decode())
    assert not Portfolio.objects.exists()


def test_a_page_of_the_choice_is_below_the_number_of_fields_a_form_may_have(as_youth, youth):
    many_entries(youth, 120, learned="Etwas.")
    shown = page(as_youth, "portfolio-choose")
    keys = re.findall(r'name="shown" value="([^"]+)"', shown)
    assert len(keys) == 50

    answer = as_youth.post(
        reverse("activities:portfolio-keep-choice"), {"shown": keys, "pick": keys, "learned": keys, "then": "2"}
    )
    assert answer.url == reverse("activities:portfolio-choose") + "?page=2"
    assert PortfolioPick.objects.filter(shows_learned=True).count() == 50
    assert as_youth.get(answer.url).status_code == 200
    for bad in ("x", "²", "99999999999", "-1", ""):
        assert as_youth.post(reverse("activities:portfolio-keep-choice"), {"then": bad}, follow=True).status_code == 200


# ── Versions ─────────────────────────────────────────────────────────────────────────────────────
def test_the_choice_stays_for_the_next_version_and_an_old_one_does_not_change(as_youth, youth):
    make_approved(youth, minutes=60)
    old = make_portfolio(youth)
    make_approved(youth, starts_at=NOON - timedelta(hours=8), minutes=30)
    new = make_portfolio(youth, now=NOON + DAY)

    assert [(version.minutes, version.items.count()) for version in (old, new)] == [(60, 1), (90, 2)]
    assert token_of(old) != token_of(new)
    assert choosing.picked(youth).count() == 2
    listed = page(as_youth, "portfolio-home")
    assert listed.index(new.sheet) < listed.index(old.sheet)


def test_nobody_makes_one_for_somebody_else_or_without_standing(youth):
    make_approved(youth)
    choosing.choose_all(youth=youth)
    with pytest.raises(entries.NotYours):
        versions.make(youth=youth, by=guardian_of(youth), now=NOON)
    stops.stop_youth(youth=youth, by=make_user(), reason="Verdacht", sentence="Wir klären etwas.", now=NOON)
    with pytest.raises(versions.NotInStanding):
        versions.make(youth=youth, by=youth.user, now=NOON)


def test_more_than_twenty_versions_a_day_are_refused(as_youth, youth):
    make_approved(youth)
    choosing.choose_all(youth=youth)
    for _ in range(versions.A_DAY.most):
        limits.take((versions.A_DAY, str(youth.public_id)), now=db.now())
    said = as_youth.post(reverse("activities:portfolio-make"), follow=True).content.decode()
    assert not Portfolio.objects.exists()
    assert "toast--error" in said


def test_the_link_is_kept_as_a_hash_and_cannot_be_read_off_the_database(youth):
    version = make_portfolio(youth)
    token = token_of(version)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM activities_portfolio p WHERE p::text LIKE %s", [f"%{token}%"])
        assert cursor.fetchone() == (0,)
    assert len(token) == 43
    assert version.token_sha256 == links.digest_of(token)
    assert links.url_of(Portfolio.objects.get()).endswith(f"/nachweis/{token}/"), "shown again, without being kept"


def test_another_key_in_front_keeps_the_old_sheets_valid_and_a_lost_one_does_not_break_the_page(
    as_youth, youth, settings
):
    version = make_portfolio(youth)
    token, keys = token_of(version), settings.CODE_KEYS
    new = "bmV1ZXItc2NobHVlc3NlbC1uZXVlci1zY2hsdWVzc2Vs"
    settings.CODE_KEYS = [new, *keys]
    assert token_of(version) == token
    settings.CODE_KEYS = [new]
    assert links.url_of(version) == ""
    page(as_youth, "portfolio", version.public_id)
    assert sheet.draw(version).startswith(b"%PDF")
    assert scan(token).status_code == 200, "what is printed stays valid"


# ── The page behind the QR ───────────────────────────────────────────────────────────────────────
def test_the_proof_says_the_sums_and_nothing_else(youth):
    youth.user.first_name, youth.user.last_name = "Wiedehopf", "Pirolsen"
    youth.user.save()
    guardian = guardian_of(youth)
    make_approved(
        youth, minutes=90, did="Zaunkönig gebaut", learned="Kleiber lernen", companion_name="Opa Rotmilan",
        category=make_category("Technik & Natur"),
    )  # fmt: skip
    make_approved(youth, starts_at=NOON - timedelta(hours=8), minutes=30)
    version = make_portfolio(youth)
    choosing.choose(youth=youth, shown=[], picks=[], learned=[])

    answer = scan(version)

    said = html.unescape(answer.content.decode()).replace("\N{NO-BREAK SPACE}", " ")
    for expected in ("Der Club bestätigt", "2 h", "Technik & Natur", "1 h 30", version.sheet, "Clever Vibes Lünen"):
        assert expected in said
    for hidden in (
        "Wiedehopf", "Pirolsen", "Zaunkönig", "Kleiber", "Rotmilan", guardian.first_name, youth.user.username,
        str(youth.public_id), str(youth.user.public_id), str(version.public_id),
    ):  # fmt: skip
        assert hidden not in said
    assert answer["Referrer-Policy"] == "no-referrer"
    assert "noindex" in answer["X-Robots-Tag"]
    assert '<meta name="robots" content="noindex' in said
    assert answer["Cache-Control"] == "no-store, private"
    assert not answer.cookies


def test_unknown_and_revoked_look_the_same(as_youth, youth):
    version = make_portfolio(youth)
    token = token_of(version)
    as_youth.post(reverse("activities:portfolio-revoke", args=[version.public_id]))
    unknown = [scan("A" * 43), scan("kurz"), scan("ä" * 43), scan("A" * 5000)]

    revoked = scan(token)

    for answer in (revoked, *unknown):
        assert answer.status_code == 404
        assert answer.content == revoked.content
        headers = {name: answer[name] for name in ("Referrer-Policy", "X-Robots-Tag", "Cache-Control")}
        assert headers == {name: revoked[name] for name in headers}


def test_what_was_revoked_stays_listed_and_prints_no_more(as_youth, youth):
    version = make_portfolio(youth)
    for _ in range(2):
        as_youth.post(reverse("activities:portfolio-revoke", args=[version.public_id]))
    assert "zurückgezogen" in page(as_youth, "portfolio-home")
    assert "PDF" not in page(as_youth, "portfolio", version.public_id)
    assert as_youth.get(reverse("activities:portfolio-sheet", args=[version.public_id])).status_code == 404


def test_an_entry_that_was_taken_back_counts_no_more_and_the_page_says_so(youth):
    make_approved(youth, minutes=60)
    gone = make_approved(youth, starts_at=NOON - timedelta(hours=8), minutes=30)
    version = make_portfolio(youth)
    SharedTimeEntry.objects.filter(pk=gone.pk).update(status="rejected")

    said = html.unescape(scan(version).content.decode()).replace("\N{NO-BREAK SPACE}", " ")

    assert "Auf dem Blatt steht mehr" in said
    assert "Gedruckt sind 1 h 30" in said
    assert '<p class="proof__sum">1 h</p>' in said


def test_whoever_is_stopped_or_withdrawn_is_not_confirmed_to_strangers(youth):
    version = make_portfolio(youth)
    admin = make_user()
    stops.stop_youth(youth=youth, by=admin, reason="Verdacht", sentence="Wir klären etwas.", now=NOON)
    assert scan(version).status_code == 404
    stops.resume_youth(youth=youth, by=admin, now=NOON)
    assert scan(version).status_code == 200
    consent.withdraw(youth=youth, by=guardian_of(youth), now=NOON + DAY)
    assert scan(version).status_code == 404


# ── Whose it is ──────────────────────────────────────────────────────────────────────────────────
def test_nobody_else_opens_prints_or_revokes_a_version(client, youth):
    version = make_portfolio(youth)
    for stranger in (make_youth("Ben").user, guardian_of(youth), make_user("Svenja", is_staff=True)):
        client.force_login(stranger)
        for name, method in (("portfolio", "get"), ("portfolio-sheet", "get"), ("portfolio-revoke", "post")):
            answer = getattr(client, method)(reverse(f"activities:{name}", args=[version.public_id]))
            assert answer.status_code == 404
    version.refresh_from_db()
    assert version.revoked_at is None


def test_these_pages_exist_for_youths_alone(client, youth):
    client.force_login(guardian_of(youth))
    for name in ("portfolio-home", "portfolio-choose"):
        assert client.get(reverse(f"activities:{name}")).status_code == 404
    for name in ("portfolio-make", "portfolio-keep-choice", "goal-set"):
        assert client.post(reverse(f"activities:{name}"), {"text": "Löten", "what": "all"}).status_code == 404
    assert not LearningGoal.objects.exists()


# ── The sheet ────────────────────────────────────────────────────────────────────────────────────
def test_the_sheet_is_a_pdf_of_its_own_every_time_the_same(as_youth, youth):
    make_approved(youth, minutes=90, learned="Ünlü çöğüş – ß ẞ ł ő ğ ı İ „Zitat“", did="Äpfel & Öl 🍎🚀")
    version = make_portfolio(youth)

    answer = as_youth.get(reverse("activities:portfolio-sheet", args=[version.public_id]))

    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"] == f'attachment; filename="portfolio-{version.sheet.lower()}.pdf"'
    assert answer["Cache-Control"] == "no-store, private"
    assert answer.content.startswith(b"%PDF-")
    assert answer.content == sheet.draw(version)
    assert b"Rubik" in answer.content


@pytest.mark.parametrize(
    "name",
    [
        ("Mia", "Berger"), ("Żaneta", "Brzęczyszczykiewicz-Wolfeschlegelsteinhausenbergerdorff"), ("Ğülşah", "İçöz"),
        ("Софія", "Петренко"), ("🦄", ""), ("محمد", ""), ("X" * 150, "Y" * 150), ("<b>Mia</b>", "& Co"),
    ],
)  # fmt: skip
def test_the_sheet_bears_every_name(youth, name):
    youth.user.first_name, youth.user.last_name = name
    youth.user.save()
    version = make_portfolio(youth)
    version.refresh_from_db()

    assert sheet.draw(Portfolio.objects.get()).startswith(b"%PDF")
    assert sheet.name_on(Portfolio.objects.get()), "somebody without printable letters goes by the user name"


def test_without_the_last_name_it_is_not_on_the_sheet(youth):
    youth.user.first_name, youth.user.last_name = "Mia", "Pirolsen"
    youth.user.save()
    version = make_portfolio(youth, shows_last_name=False)
    assert sheet.name_on(Portfolio.objects.get(pk=version.pk)) == "Mia"
    with_it = make_portfolio(youth, now=NOON + DAY)
    assert sheet.name_on(Portfolio.objects.get(pk=with_it.pk)) == "Mia Pirolsen"


def test_a_thousand_entries_make_a_sheet_and_no_page_asks_more_questions(as_youth, youth):
    asked, entries_ = [], many_entries(youth, 10)
    for more in (0, 990):
        entries_ += many_entries(youth, more)
        version = make_portfolio(youth, now=NOON + DAY * len(asked))
        names = [("portfolio-home",), ("portfolio-choose",), ("portfolio", version.public_id)]
        for name, *args in names:
            page(as_youth, name, *args)  # what is asked once a session
        counts = []
        for name, *args in names:
            with CaptureQueriesContext(connection) as queries:
                page(as_youth, name, *args)
            counts.append(len(queries))
        with CaptureQueriesContext(connection) as queries:
            scan(version)
        asked.append([*counts, len(queries)])
        last = sheet.draw(version)

    assert len(entries_) == 1000
    assert asked[0] == asked[1]
    assert last.count(b"/Type /Page\n") > 20
    pages = last.count(b"/Type /Page\n")
    reports.append(
        f"portfolio: {asked[1]} queries for 10 and 1,000 entries; a sheet of {pages} pages, {len(last)} bytes"
    )


def test_the_qr_on_the_sheet_is_drawn_from_the_modules_that_pages_draw():
    text = "https://club.example.org/nachweis/" + "a" * 43
    drawn, rows = qr.draw(text), qr.modules(text)
    assert drawn.size == len(rows)
    dark = sum(int(length) for length in re.findall(r"h(\d+)v1", drawn.path))
    assert dark == sum(map(sum, rows)) == sum(length for row in rows for _start, length in qr.runs(row))


# ── At once ──────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.django_db(transaction=True)
def test_two_phones_making_and_choosing_at_once_leave_whole_versions():
    youth = make_youth()
    make_approved(youth)
    make_approved(youth, starts_at=NOON - timedelta(hours=8), minutes=30)

    def everything():
        choosing.choose_all(youth=youth)
        return versions.make(youth=youth, by=youth.user, now=NOON)

    results = in_parallel(everything, everything, everything)

    assert {type(result) for result in results} == {Portfolio}
    assert [version.minutes for version in Portfolio.objects.all()] == [90, 90, 90]
    assert PortfolioItem.objects.count() == 6


# ── The learning goal ────────────────────────────────────────────────────────────────────────────
def test_one_goal_at_a_time_pinned_reached_and_kept(as_youth, youth):
    as_youth.post(reverse("activities:goal-set"), {"text": "  Bruchrechnen   verstehen "})
    goal = LearningGoal.objects.get()
    assert goal.text == "Bruchrechnen verstehen"
    assert "Bruchrechnen verstehen" in html.unescape(as_youth.get(reverse("start")).content.decode())

    again = as_youth.post(reverse("activities:goal-set"), {"text": "Löten"})
    assert again.status_code == 422
    assert "Eins nach dem anderen" in html.unescape(again.content.decode())

    for _ in range(2):
        as_youth.post(reverse("activities:goal-reach", args=[goal.public_id]))
    as_youth.post(reverse("activities:goal-let-go", args=[goal.public_id]))
    goal.refresh_from_db()
    assert goal.reached_at
    assert goal.let_go_at is None
    as_youth.post(reverse("activities:goal-set"), {"text": "Löten"})
    said = page(as_youth, "portfolio-home")
    assert "Schon geschafft" in said
    assert "Bruchrechnen verstehen" in said
    assert goals.open_goal(youth.user).text == "Löten"


@pytest.mark.parametrize("text", ["", "ab", "x" * 121, " " * 10])
def test_a_goal_that_says_nothing_or_too_much_gets_a_sentence_and_is_not_lost(as_youth, text):
    answer = as_youth.post(reverse("activities:goal-set"), {"text": text})
    assert answer.status_code == 422
    assert not LearningGoal.objects.exists()
    if len(text) > 120:
        assert text in answer.content.decode()


def test_nobody_marks_the_goal_of_somebody_else(client, youth):
    goal = goals.set_goal(youth=youth, by=youth.user, text="Löten", now=NOON)
    client.force_login(make_youth("Ben").user)
    for name in ("goal-reach", "goal-let-go"):
        assert client.post(reverse(f"activities:{name}", args=[goal.public_id])).status_code == 404
    with pytest.raises(entries.NotYours):
        goals.set_goal(youth=youth, by=guardian_of(youth), text="Aufräumen", now=NOON)


@pytest.mark.django_db(transaction=True)
def test_two_taps_pin_one_goal():
    youth = make_youth()

    def pin():
        return goals.set_goal(youth=youth, by=youth.user, text="Löten", now=NOON)

    assert len({goal.pk for goal in in_parallel(pin, pin, pin)}) == 1


def test_the_database_itself_keeps_one_goal_open_and_versions_honest(youth):
    goals.set_goal(youth=youth, by=youth.user, text="Löten", now=NOON)
    with pytest.raises(IntegrityError), transaction.atomic():
        LearningGoal.objects.create(youth=youth, text="Kochen", set_at=NOON)
    with pytest.raises(IntegrityError), transaction.atomic():
        LearningGoal.objects.create(youth=youth, text="Kochen", set_at=NOON, reached_at=NOON, let_go_at=NOON)
    with pytest.raises(IntegrityError), transaction.atomic():
        Portfolio.objects.create(youth=youth, made_at=NOON, minutes=0, token_sha256="x")
    version = make_portfolio(youth)
    with pytest.raises(IntegrityError), transaction.atomic():
        Portfolio.objects.filter(pk=version.pk).update(revoked_at=NOON - DAY)
    with pytest.raises(IntegrityError), transaction.atomic():
        PortfolioItem.objects.create(portfolio=version, entry=version.entries.get())
