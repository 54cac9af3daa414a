"""*Anhalten* by the team, and what else it decides about families, through its own pages."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from accounts import families, registration, reveals, selectors, stops
from accounts.models import EndedBy, Guardianship, User, YouthProfile
from activities import entries
from clevervibes.lib import db, outbox
from clevervibes.lib.models import OutboxMessage
from tests.factories import NOON, guardian_of, make_club, make_entry, make_user, make_youth

pytestmark = pytest.mark.django_db

WORDS = {"sentence": "Bitte melde Dich kurz im Jugendzentrum.", "reason": "Zwei Einträge passen nicht zusammen."}


@pytest.fixture
def mia():
    return make_youth()


@pytest.fixture
def team():
    return make_user("Svenja", is_staff=True, is_superuser=True)


@pytest.fixture
def desk(client, team):
    client.force_login(team)
    return client


def act(desk, model, row, name, **data):
    return desk.post(reverse(f"admin:accounts_{model}_{name}", args=[row.pk]), {**data, "then": "go"})


# ── A youth ──────────────────────────────────────────────────────────────────────────────────────
def test_a_stopped_youth_logs_nothing_and_earns_nothing_until_resumed(mia, team):
    stops.stop_youth(youth=mia, by=team, **WORDS, now=NOON)
    mia.refresh_from_db()
    assert not selectors.earning_youths(NOON).exists()
    with pytest.raises(entries.Stopped, match="Jugendzentrum"):
        make_entry(YouthProfile.objects.get(pk=mia.pk))
    stops.resume_youth(youth=mia, by=team, now=NOON)
    assert selectors.earning_youths(NOON).exists()
    make_entry(YouthProfile.objects.get(pk=mia.pk))


@pytest.mark.parametrize("missing", ["sentence", "reason"])
def test_without_both_words_nobody_is_stopped(mia, team, missing):
    words = {**WORDS, missing: "  "}
    with pytest.raises(stops.ReasonNeeded):
        stops.stop_youth(youth=mia, by=team, **words, now=NOON)
    with pytest.raises(stops.ReasonNeeded):
        stops.stop_guardianship(guardianship=mia.guardianships.get(), by=team, **words, now=NOON)
    assert not YouthProfile.objects.get(pk=mia.pk).paused_at


def test_stopped_again_the_words_change_and_the_moment_stays(mia, team):
    stops.stop_youth(youth=mia, by=team, **WORDS, now=NOON)
    again = stops.stop_youth(youth=mia, by=team, sentence="Neu.", reason="Neu.", now=NOON + timedelta(days=1))
    assert (again.paused_at, again.paused_why) == (NOON, "Neu.")
    stops.resume_youth(youth=mia, by=team, now=NOON)
    assert stops.resume_youth(youth=mia, by=team, now=NOON).paused_why == ""


def test_the_family_reads_the_sentence_and_never_the_reason(mia, team, mailoutbox):
    mother = guardian_of(mia)
    User.objects.filter(pk=mother.pk).update(email="s@example.org", first_name="Sabine")
    stops.stop_youth(youth=mia, by=team, **WORDS, now=NOON)
    outbox.relay(NOON + timedelta(minutes=1))
    (mail,) = mailoutbox
    assert WORDS["sentence"] in mail.body
    assert WORDS["reason"] not in mail.body + mail.alternatives[0][0]
    assert "Mia" not in mail.subject


def test_the_start_page_says_what_is_stopped_to_everybody_concerned(client, mia, team):
    mother, other = guardian_of(mia), make_youth("Ben")
    stops.stop_youth(youth=mia, by=team, **WORDS, now=NOON)
    link = other.guardianships.get()
    stops.stop_guardianship(guardianship=link, by=team, sentence="Wir klären das Sorgerecht.", reason="x", now=NOON)
    for user, shown in (
        (mia.user, ["Dein Zugang ist angehalten", WORDS["sentence"]]),
        (mother, ["Mia ist angehalten", WORDS["sentence"]]),
        (guardian_of(other), ["Ihre Verbindung mit Ben ist angehalten", "Wir klären das Sorgerecht."]),
    ):
        client.force_login(user)
        page = client.get(reverse("start")).content.decode()
        assert [word for word in shown if word not in page] == []
        assert WORDS["reason"] not in page
    client.force_login(other.user)
    assert "angehalten" not in client.get(reverse("start")).content.decode()


# ── A guardianship ───────────────────────────────────────────────────────────────────────────────
def test_a_stopped_guardian_sees_and_confirms_nothing(mia, team):
    mother = guardian_of(mia)
    link = mia.guardianships.get()
    stops.stop_guardianship(guardianship=link, by=team, **WORDS, now=NOON)
    assert not selectors.youths_guarded_by(mother).exists()
    assert not selectors.youths_confirmed_by(mother).exists()
    with pytest.raises(families.NotYourFamily):
        families.invite_guardian(youth=mia, by=mother, now=NOON)
    # What she consented to stands: stopping is no verdict.
    assert selectors.has_consent(mia, at=NOON)
    stops.resume_guardianship(guardianship=link, by=team, now=NOON)
    assert list(selectors.youths_guarded_by(mother)) == [mia]


def test_what_has_ended_is_not_stopped(mia, team):
    link = mia.guardianships.get()
    families.end_guardianship(guardianship=link, by=None, how=EndedBy.AGE, now=NOON)
    with pytest.raises(stops.AlreadyEnded):
        stops.stop_guardianship(guardianship=link, by=team, **WORDS, now=NOON)


# ── The team's pages ─────────────────────────────────────────────────────────────────────────────
def test_the_team_stops_and_resumes_a_youth(desk, mia, team):
    reveals.reveal(youth=mia, by=team, reason="Anruf der Mutter", now=db.now())
    assert "Anhalten" in desk.get(reverse("admin:accounts_youthprofile_change", args=[mia.pk])).content.decode()
    assert act(desk, "youthprofile", mia, "stop", sentence="x", reason="").status_code == 200
    assert not YouthProfile.objects.get(pk=mia.pk).paused_at
    assert act(desk, "youthprofile", mia, "stop", **WORDS).status_code == 302
    stopped = YouthProfile.objects.get(pk=mia.pk)
    assert (stopped.paused_why, stopped.paused_reason, stopped.paused_by) == (*WORDS.values(), team)
    assert act(desk, "youthprofile", mia, "resume").status_code == 302
    assert not YouthProfile.objects.get(pk=mia.pk).paused_at


def test_the_team_stops_resumes_and_ends_a_guardianship(desk, mia, team):
    link = mia.guardianships.get()
    reveals.reveal(youth=mia, by=team, reason="Anruf", now=db.now())
    act(desk, "guardianship", link, "stop", **WORDS)
    assert Guardianship.objects.get().paused_by == team
    act(desk, "guardianship", link, "resume")
    assert not Guardianship.objects.get().paused_at
    assert act(desk, "guardianship", link, "end", why="").status_code == 200
    act(desk, "guardianship", link, "end", why="Kein Sorgerecht mehr.")
    ended = Guardianship.objects.get()
    assert (ended.ended_how, ended.ended_by, ended.ended_why) == (EndedBy.TEAM, team, "Kein Sorgerecht mehr.")


def test_the_team_enters_a_guardian_by_the_same_rules(desk, mia):
    url, father = reverse("admin:accounts_guardianship_add"), make_user("Thomas")
    desk.post(url, {"guardian": father.username, "youth": mia.user.username})
    assert mia.guardianships.count() == 2
    answer = desk.post(url, {"guardian": mia.user.username, "youth": mia.user.username})
    assert "eigener Elternteil" in answer.content.decode()
    assert mia.guardianships.count() == 2


def test_nobody_edits_a_link_by_hand(desk, mia, team):
    link = mia.guardianships.get()
    reveals.reveal(youth=mia, by=team, reason="Anruf", now=db.now())
    url = reverse("admin:accounts_guardianship_change", args=[link.pk])
    assert desk.post(url, {"guardian": 1, "youth": 1}).status_code == 403
    assert desk.post(reverse("admin:accounts_guardianship_delete", args=[link.pk]), {"post": "yes"}).status_code == 403


def test_an_exception_takes_a_reason(desk, mia, team):
    reveals.reveal(youth=mia, by=team, reason="Anruf der Mutter", now=db.now())
    url = reverse("admin:accounts_youthprofile_change", args=[mia.pk])
    data = {
        "user": mia.user_id, "joined_at_0": "2026-06-01", "joined_at_1": "12:00", "max_guardians": "6",
        **{f"{prefix}-{name}": "0" for prefix in ("guardianships", "trusted_people", "consents", "birthdays",
           "birth_date_changes") for name in ("TOTAL_FORMS", "INITIAL_FORMS")},
    }  # fmt: skip
    assert "braucht einen Grund" in desk.post(url, data).content.decode()
    assert desk.post(url, {**data, "max_guardians_why": "Wohngruppe mit sechs Fachkräften"}).status_code == 302
    assert YouthProfile.objects.get(pk=mia.pk).max_guardians == 6
    with pytest.raises(IntegrityError, match="accounts_more_guardians_with_a_reason"), transaction.atomic():
        YouthProfile.objects.update(max_guardians=5, max_guardians_why="")
    with pytest.raises(IntegrityError, match="accounts_more_youths_with_a_reason"), transaction.atomic():
        User.objects.update(max_youths=9, max_youths_why="")


def test_the_list_of_links_shows_no_token(desk, mia, team):
    link = families.invite_guardian(youth=mia, by=mia.user, now=NOON)
    reveals.reveal(youth=mia, by=team, reason="Anruf", now=db.now())
    page = desk.get(reverse("admin:accounts_onetimelink_change", args=[link.pk])).content.decode()
    assert "Einladung an ein Elternteil" in page
    assert link.token_sha256 not in page
    assert desk.get(reverse("admin:accounts_onetimelink_changelist")).status_code == 200


def test_a_lead_of_a_home_is_allowed_more(desk):
    home = make_user("Heim", max_youths=7, max_youths_why="Vormund")
    for _ in range(7):
        registration.add_guardian(guardian=home, youth=make_youth(), now=NOON)
    with pytest.raises(registration.TooMany):
        registration.add_guardian(guardian=home, youth=make_youth(), now=NOON)
    assert not OutboxMessage.objects.filter(to=home).exists()


def test_lists_show_initials_and_a_record_asks_why(desk, mia):
    link = mia.guardianships.get()
    for model in ("guardianship", "trustedperson", "onetimelink"):
        assert "Mia" not in desk.get(reverse(f"admin:accounts_{model}_changelist")).content.decode()
    page = desk.get(reverse("admin:accounts_guardianship_change", args=[link.pk])).content.decode()
    assert "Weshalb öffnen Sie diese Akte?" in page


def test_the_team_sees_somebody_by_the_same_rules(desk, team):
    youth = make_youth(seen=False)
    url = reverse("admin:accounts_sighting_add")
    assert "Gesehen wird bis 18" in desk.post(url, {"person": youth.user.username}).content.decode()
    assert desk.post(url, {"person": guardian_of(youth).username}).status_code == 302
    assert guardian_of(youth).sighting.seen_by == team


def test_the_team_helps_who_is_locked_out_but_nobody_of_its_own(desk, mia, team):
    reveals.reveal(youth=mia, by=team, reason="Steht am Tresen", now=db.now())
    answer = act(desk, "user", mia.user, "password_qr")
    assert 'aria-label="QR-Code für ein neues Passwort"' in desk.get(answer.url).content.decode()
    colleague = make_user("Holger", is_staff=True)
    assert act(desk, "user", colleague, "password_qr").status_code == 403
    other_club = make_youth("Ben", club=make_club("Clever Vibes Werne")).user
    assert act(desk, "user", other_club, "password_qr").status_code == 403
