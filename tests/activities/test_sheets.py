"""The Wochenzettel: printed, signed, entered by somebody else, once."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.db import IntegrityError, transaction
from django.urls import reverse

from accounts import registration, vouching
from accounts.models import Membership, Notice
from activities import approvals, entries, sheet_pdf, sheets
from activities.models import SharedTimeEntry, Sheet
from activities.proposals import CannotCount
from clevervibes.lib import db, periods
from tests.factories import (
    NOON,
    guardian_of,
    make_category,
    make_club,
    make_contact_point,
    make_details,
    make_entry,
    make_member,
    make_user,
    make_youth,
)

pytestmark = pytest.mark.django_db

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
MONDAY = (NOON - 2 * DAY).date()


@pytest.fixture
def youth():
    return make_youth()


@pytest.fixture
def point():
    return make_contact_point()


@pytest.fixture
def karin(point):
    return make_member(point.organisation, Membership.Role.VOUCHER, "Karin")


@pytest.fixture
def sheet(youth):
    return sheets.make(youth=youth, monday=MONDAY, by=youth.user, now=NOON)


def entered(sheet, by, *, signed_by=None, ticked=(), lines=(), now=NOON):
    paper = sheets.Paper(
        signed_by=signed_by or guardian_of(sheet.youth), ticked=[entry.public_id for entry in ticked], lines=lines
    )
    return sheets.enter(sheet_id=sheet.public_id, paper=paper, by=by, now=now)


# ── Printing ─────────────────────────────────────────────────────────────────────────────────────
def test_printed_twice_it_is_one_sheet_until_it_was_entered(youth, sheet, karin):
    again = sheets.make(youth=youth, monday=MONDAY + DAY, by=guardian_of(youth), now=NOON)
    assert again == sheet
    entered(sheet, karin, lines=[make_details()])
    assert sheets.make(youth=youth, monday=MONDAY, by=karin, now=NOON) != sheet


def test_who_may_print(youth, karin):
    team, grandmother = make_user("Svenja", is_staff=True, roles=["support"]), make_user("Ursula")
    registration.name_trusted_person(person=grandmother, youth=youth, by=guardian_of(youth), now=NOON)
    for person in (youth.user, guardian_of(youth), grandmother, karin, team):
        assert sheets.make(youth=youth, monday=MONDAY, by=person, now=NOON)
    elsewhere = make_user("Sven", is_staff=True, roles=["support"], club=make_club("Clever Vibes Unna"))
    for person in (make_user(), guardian_of(make_youth("Ben")), elsewhere):
        with pytest.raises(entries.NotYours):
            sheets.make(youth=youth, monday=MONDAY, by=person, now=NOON)


@pytest.mark.parametrize("language", ["de", "tr", "en"])
@pytest.mark.parametrize("waiting", [0, 1, 12])
def test_the_paper_is_drawn_in_every_language_for_any_number(youth, sheet, point, language, waiting):
    for n in range(waiting):
        starts_at = periods.midnight(MONDAY) + (n + 1) * 4 * HOUR
        make_entry(youth, starts_at=starts_at, minutes=60, did="Ünlü şarkılar söyledik 📚 " * 8, now=NOON + 2 * DAY)
    drawn = sheet_pdf.draw(sheet, now=NOON, language=language)
    assert drawn.startswith(b"%PDF-")
    assert drawn.count(b"/Type /Page\n") == (1 if waiting < 12 else 2)


# ── Entering ─────────────────────────────────────────────────────────────────────────────────────
def test_ticked_and_written_times_are_approved_in_the_name_of_the_signature(youth, sheet, karin, point):
    mother, logged = guardian_of(youth), make_entry(youth)

    entered(sheet, karin, ticked=[logged], lines=[make_details(starts_at=NOON - 20 * HOUR, did="Reifen geflickt.")])

    written = youth.entries.exclude(pk=logged.pk).get()
    logged.refresh_from_db()
    for entry, claimant in ((logged, youth.user), (written, karin)):
        assert (entry.status, entry.reviewed_by, entry.claimed_by) == ("approved", mother, claimant)
        assert (entry.sheet, entry.on_paper, entry.approved_at) == (sheet, True, NOON)
        assert entry.reviews.get(step="approve").by == mother
    sheet.refresh_from_db()
    assert (sheet.signed_by, sheet.entered_by, sheet.contact_point) == (mother, karin, point)
    told = Notice.objects.filter(topic=sheets.ENTERED).values_list("to", flat=True)
    assert set(told) == {youth.user_id, mother.pk}


def test_a_sheet_is_entered_once(youth, sheet, karin):
    entered(sheet, karin, lines=[make_details()])
    with pytest.raises(sheets.AlreadyEntered):
        entered(sheet, karin, lines=[make_details(starts_at=NOON - 8 * HOUR)])
    assert youth.entries.count() == 1


def test_what_the_guardian_never_signed_is_taken_back_from_the_inbox(youth, sheet, karin):
    logged = make_entry(youth)
    entered(sheet, karin, ticked=[logged])
    approvals.undo(entry_id=logged.public_id, by=guardian_of(youth), now=NOON)
    logged.refresh_from_db()
    assert (logged.status, logged.on_paper) == ("submitted", False)


@pytest.mark.parametrize("who", ["youth", "guardian", "trusted", "stranger", "other club"])
def test_who_may_not_enter(youth, sheet, point, who):
    trusted = make_user("Ursula")
    registration.name_trusted_person(person=trusted, youth=youth, by=guardian_of(youth), now=NOON)
    by = {
        "youth": youth.user, "guardian": guardian_of(youth), "trusted": trusted, "stranger": make_user(),
        "other club": make_user("Sven", is_staff=True, roles=["support"], club=make_club("Clever Vibes Unna")),
    }[who]  # fmt: skip
    with pytest.raises(Sheet.DoesNotExist):
        entered(sheet, by, lines=[make_details()])
    # Nor if they work at a point of contact: the own family's paper is somebody else's.
    if who != "other club":
        Membership.objects.create(user=by, organisation=point.organisation, role=Membership.Role.VOUCHER)
        if who != "stranger":
            with pytest.raises(sheets.OwnFamily):
                entered(sheet, by, lines=[make_details()])
    assert not youth.entries.exists()


def test_only_who_confirms_may_have_signed(youth, sheet, karin):
    for person in (karin, youth.user, make_user()):
        with pytest.raises(sheets.NotASigner):
            entered(sheet, karin, signed_by=person, lines=[make_details()])


def test_nothing_on_it_and_what_changed_meanwhile(youth, sheet, karin):
    logged, foreign = make_entry(youth), make_entry(make_youth("Ben"))
    with pytest.raises(sheets.NothingOnIt):
        entered(sheet, karin)
    with pytest.raises(sheets.ChangedMeanwhile):
        entered(sheet, karin, ticked=[logged, foreign])
    entries.withdraw(entry_id=logged.public_id, by=youth.user, now=NOON)
    with pytest.raises(sheets.ChangedMeanwhile):
        entered(sheet, karin, ticked=[logged])
    sheet.refresh_from_db()
    assert sheet.entered_at is None


def test_a_line_that_breaks_a_rule_is_named_and_nothing_of_the_sheet_is_kept(youth, sheet, karin):
    make_entry(youth, starts_at=NOON - 3 * HOUR, minutes=60)
    good = make_details(starts_at=NOON - 20 * HOUR)
    for bad, why in (
        (make_details(starts_at=NOON - 3 * HOUR), entries.Overlaps),
        (make_details(starts_at=NOON - HOUR / 2), entries.InFuture),
        (make_details(starts_at=NOON - 9 * DAY), sheets.NotInWeek),
        (make_details(minutes=10), entries.TooShort),
        (make_details(starts_at=NOON - 10 * HOUR, minutes=300), entries.TooLong),
        (make_details(category=make_category("Feiern", counts=False)), entries.DoesNotCount),
    ):
        with pytest.raises(sheets.LineRefused) as refused:
            entered(sheet, karin, lines=[good, bad])
        assert (refused.value.number, type(refused.value.why)) == (1, why)
    assert youth.entries.count() == 1


def test_a_point_of_contact_goes_two_weeks_back_the_team_four(youth, karin):
    team = make_user("Svenja", is_staff=True, roles=["support"])
    later = NOON + 16 * DAY
    old = sheets.make(youth=youth, monday=MONDAY, by=youth.user, now=NOON)
    with pytest.raises(sheets.LineRefused) as refused:
        entered(old, karin, lines=[make_details()], now=later)
    assert isinstance(refused.value.why, entries.TooLongAgo)
    entered(old, team, lines=[make_details()], now=later)
    assert youth.entries.get().claimed_by == team


def test_without_consent_nothing_counts_on_paper_either(karin):
    youth = make_youth(consent=False)
    sheet = sheets.make(youth=youth, monday=MONDAY, by=youth.user, now=NOON)
    with pytest.raises(CannotCount):
        entered(sheet, karin, lines=[make_details()])


def test_the_database_knows_two_people_too(sheet, karin, youth):
    with pytest.raises(IntegrityError, match="activities_sheet_seen_by_another"), transaction.atomic():
        Sheet.objects.update(signed_by=karin, entered_by=karin, entered_at=NOON)
    with pytest.raises(IntegrityError, match="activities_one_open_sheet_a_week"), transaction.atomic():
        Sheet.objects.create(code="AAAA-AAAA", youth=youth, monday=MONDAY, made_at=NOON)


# ── Pages ────────────────────────────────────────────────────────────────────────────────────────
def this_week(youth, by):
    return sheets.make(youth=youth, monday=periods.berlin_date(db.now()), by=by, now=db.now())


def test_from_the_print_button_to_the_paper(client, youth):
    for person in (youth.user, guardian_of(youth)):
        client.force_login(person)
        assert "Diese Woche" in client.get(reverse("activities:sheets")).content.decode()
        made = client.post(reverse("activities:make-sheet", args=[youth.public_id]), {"week": "kaputt"})
        paper = client.get(made["Location"])
        assert paper["Content-Type"] == "application/pdf"
        assert paper.content.startswith(b"%PDF-")
    client.force_login(guardian_of(make_youth("Ben")))
    assert client.get(made["Location"]).status_code == 404
    assert client.post(reverse("activities:make-sheet", args=[youth.public_id])).status_code == 404
    client.force_login(make_user())
    assert client.get(reverse("activities:sheets")).status_code == 404


def test_at_a_point_of_contact_it_is_printed_for_who_stands_there(client, youth, karin):
    client.force_login(karin)
    url = reverse("activities:make-sheet", args=[youth.public_id])
    assert client.post(url).status_code == 404
    client.get(vouching.url_to_show(guardian_of(youth), db.now()).removeprefix(settings.PUBLIC_URL), follow=True)
    assert client.get(client.post(url)["Location"])["Content-Type"] == "application/pdf"
    foreign = sheets.make(youth=youth, monday=MONDAY - 7 * DAY, by=youth.user, now=NOON)
    assert client.get(reverse("activities:sheet-paper", args=[foreign.public_id])).status_code == 404


def line(sheet, number=0, **given):
    told = {
        "day": sheet.monday.isoformat(), "starts": "00:15", "ends": "01:15", "category": make_category().slug,
        "companion_relation": "parent", "companion_name": "Mama", "did": "Zusammen gekocht.", **given,
    }  # fmt: skip
    return {f"line-{number}-{name}": value for name, value in told.items()}


FORMS = {"line-TOTAL_FORMS": "6", "line-INITIAL_FORMS": "0"}


def test_a_point_of_contact_types_it_in(client, youth, karin):
    now = db.now()
    last_week = periods.berlin_date(now) - 7 * DAY
    sheet = sheets.make(youth=youth, monday=last_week, by=youth.user, now=now)
    client.force_login(karin)
    desk, url = reverse("activities:sheet-desk"), reverse("activities:enter-sheet", args=[sheet.public_id])
    assert client.post(desk, {"code": "XXXX-XXXX"}).status_code == 404
    assert client.post(desk, {"code": sheet.code.lower().replace("-", " ")})["Location"] == url
    assert client.get(url).status_code == 200

    signed = {"signed_by": str(guardian_of(youth).public_id)}
    wrong = client.post(url, {**FORMS, **signed, **line(sheet, ends="00:20")})
    assert wrong.status_code == 422
    assert "Ab 15 Minuten" in wrong.content.decode()
    assert "Zusammen gekocht." in wrong.content.decode()
    assert client.post(url, {**FORMS, **line(sheet)}).status_code == 422
    assert client.post(url, {**FORMS, **signed}).status_code == 400
    done = client.post(url, {**FORMS, **signed, **line(sheet)}, follow=True)
    assert "Auf Papier bestätigt von Sabine, gesehen von Karin" in " ".join(done.content.decode().split())
    assert client.post(url, {**FORMS, **signed, **line(sheet, starts="02:00", ends="03:00")}).status_code == 409
    assert SharedTimeEntry.objects.get(youth=youth).on_paper
    assert sheet.code not in client.get(desk).content.decode()

    client.force_login(youth.user)
    entry = SharedTimeEntry.objects.get(youth=youth)
    assert "gesehen von Karin" in client.get(entry.get_absolute_url()).content.decode()


def test_the_desk_is_for_points_of_contact_and_the_team(client, youth):
    sheet = this_week(youth, youth.user)
    urls = [reverse("activities:sheet-desk"), reverse("activities:enter-sheet", args=[sheet.public_id])]
    for person in (youth.user, guardian_of(youth), make_user()):
        client.force_login(person)
        assert {client.get(url).status_code for url in urls} == {404}
        assert {client.post(url, FORMS).status_code for url in urls} == {404}
    client.force_login(make_user("Svenja", is_staff=True, roles=["support"]))
    assert {client.get(url).status_code for url in urls} == {200}
    client.force_login(make_user("Sven", is_staff=True, roles=["support"], club=make_club("Clever Vibes Unna")))
    assert client.get(urls[1]).status_code == 404
    # Of the team and of the club is not enough: it is not everybody's work there.
    for role in ("finance", "catalog", "auditor", "admin"):
        client.force_login(make_user("Kai", roles=[role]))
        assert {client.get(url).status_code for url in urls} == {404}, role
        assert client.post(reverse("activities:make-sheet", args=[youth.public_id])).status_code == 404
