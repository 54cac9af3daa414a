"""*Etwas war nicht okay*: for everybody, from every page, read by named people alone."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from accounts.models import Concern, ConcernLook, Notice, ProtectionMember, User
from accounts.protection import concerns, members
from clevervibes.lib import db, outbox
from clevervibes.lib.models import OutboxMessage, TryCount
from clevervibes.privacy import retention
from tests.factories import NOON, guardian_of, make_approved, make_club, make_user, make_youth

pytestmark = pytest.mark.django_db

FORM, THANKS = reverse("accounts:concern"), reverse("accounts:concern-thanks")
WHAT = "Der Trainer hat mich angeschrien."


def written(**more):
    return {"what": WHAT, "key": str(uuid4()), **more}


@pytest.fixture
def club():
    club = make_club()
    club.emergency_phone = "0171 2345678"
    club.save()
    return club


@pytest.fixture
def admin_user(club):
    return make_user("Svenja", is_staff=True, is_superuser=True, email="svenja@example.org")


@pytest.fixture
def protector(club, admin_user):
    person = make_user("Petra", is_staff=True, email="petra@example.org")
    members.name(club=club, person=person, by=admin_user, now=NOON)
    Notice.objects.all().delete()
    OutboxMessage.objects.all().delete()
    return person


def keep(club=None, what=WHAT):
    return concerns.keep(what=what, place="", reach="", page="", club=club, key=uuid4(), now=NOON)


# ── Writing ──────────────────────────────────────────────────────────────────────────────────────
def test_without_login_one_sentence_is_enough(client, club):
    page = client.get(FORM).content.decode()
    for number in ("116 111", "0171 2345678", "tel:110"):
        assert number in page

    answer = client.post(FORM, written())

    assert answer.status_code == 302
    assert answer["Location"] == THANKS
    concern = Concern.objects.get()
    assert (concern.what, concern.place, concern.reach, concern.club) == (WHAT, "", "", club)
    said = client.get(THANKS).content.decode()
    assert "Was jetzt passiert" in said
    assert "116 111" in said


def test_it_is_guarded_against_foreign_forms_and_works_with_its_own(club):
    client = Client(enforce_csrf_checks=True)
    assert client.post(FORM, written()).status_code == 403
    page = client.get(FORM).content.decode()
    token = page.split('name="csrfmiddlewaretoken" value="')[1].split('"')[0]
    assert client.post(FORM, written(csrfmiddlewaretoken=token)).status_code == 302
    assert Concern.objects.count() == 1


def test_who_is_signed_in_is_not_kept(client, club):
    mia = make_youth().user
    client.force_login(mia)
    client.post(FORM, written(place="Im Betrieb"))

    concern = Concern.objects.get()
    assert concern.club == mia.club
    kept = {field.name: str(getattr(concern, field.attname)) for field in Concern._meta.local_fields}
    assert not [value for value in kept.values() if mia.username in value or str(mia.public_id) in value]
    people = {field.name for field in Concern._meta.local_fields if field.related_model is User}
    assert people == {"closed_by"}
    scopes = " ".join(TryCount.objects.values_list("scope", flat=True))
    assert "127.0.0.1" not in scopes


def test_the_page_it_was_opened_from_is_kept_without_query_and_without_secrets(client, club):
    mia = make_youth()
    entry = make_approved(mia)
    client.force_login(mia.user)
    for referer, kept in (
        (f"http://testserver{entry.get_absolute_url()}?neu=1", entry.get_absolute_url()),
        ("http://testserver/belohnungen/?q=eis#oben", "/belohnungen/"),
        ("http://testserver/passwort/geheimes-wort/", "/passwort/"),
        ("http://testserver/gibt/es/nicht/", ""),
        ("https://example.org/belohnungen/", ""),
        ("", ""),
    ):
        page = client.get(FORM, headers={"referer": referer} if referer else {}).content.decode()
        hidden = page.split('name="page"')[1].split(">")[0]
        assert (f'value="{kept}"' in hidden) == bool(kept), referer
        client.post(FORM, written(page=kept))
        assert Concern.objects.latest("pk").page == kept
    client.post(FORM, written(page="/passwort/geheimes-wort/"))
    assert Concern.objects.latest("pk").page == "/passwort/"


def test_where_there_are_several_clubs_a_guest_may_say_which(client, club):
    other = make_club("Clever Vibes Selm")
    assert "Welcher Club?" in client.get(FORM).content.decode()

    client.post(FORM, written(club=other.pk))
    client.post(FORM, written())
    assert [concern.club for concern in Concern.objects.order_by("pk")] == [other, None]
    client.force_login(make_youth().user)
    assert "Welcher Club?" not in client.get(FORM).content.decode()


@pytest.mark.parametrize("what", ["", "   ", "x" * 4001])
def test_what_is_refused_stays_in_the_form(client, club, what):
    answer = client.post(FORM, {**written(place="Im Laden", reach="0171 1"), "what": what})

    assert answer.status_code == 422
    page = answer.content.decode()
    assert what.strip() in page
    assert "Im Laden" in page
    assert "0171 1" in page
    assert not Concern.objects.exists()


def test_sent_twice_it_is_one(client, club, protector):
    once = written()
    for _ in range(2):
        assert client.post(FORM, once).status_code == 302
    assert Concern.objects.count() == 1
    assert Notice.objects.filter(topic=concerns.RAISED).count() == 1


def test_a_flood_is_stopped_with_the_text_and_the_numbers_still_there(client, club):
    for _ in range(10):
        assert client.post(FORM, written()).status_code == 302
    answer = client.post(FORM, written())

    assert answer.status_code == 429
    page = answer.content.decode()
    assert WHAT in page
    assert "116 111" in page
    assert Concern.objects.count() == 10
    # Somebody else, elsewhere, is not hindered.
    assert client.post(FORM, written(), REMOTE_ADDR="192.0.2.7").status_code == 302


# ── From everywhere ──────────────────────────────────────────────────────────────────────────────
def test_every_page_leads_there(client, club):
    def leads(address):
        return f'href="{FORM}"' in client.get(address, follow=True).content.decode()

    for address in ("/", "/anmelden/", "/was-zaehlt/", "/datenschutz/", "/gibt-es-nicht/", "/offline/", FORM):
        assert leads(address), address
    mia = make_youth()
    entry = make_approved(mia)
    for person, addresses in (
        (mia.user, ["/start/", "/zeiten/", "/zeiten/neu/", entry.get_absolute_url(), "/coins/", "/belohnungen/",
                    "/profil/", "/chancen/", "/nachrichten/", "/fragen/"]),
        (guardian_of(mia), ["/start/", "/bestaetigen/", "/profil/familie/"]),
    ):  # fmt: skip
        client.force_login(person)
        for address in addresses:
            assert leads(address), address


# ── Called ───────────────────────────────────────────────────────────────────────────────────────
def test_those_who_are_named_are_called_and_the_mail_says_nothing(club, admin_user, protector):
    keep(club)
    outbox.relay(db.now())

    assert [letter.to for letter in mail.outbox] == [["petra@example.org"]]
    (letter,) = mail.outbox
    said = letter.subject + letter.body + str(letter.alternatives)
    assert "Bitte schauen Sie in die Verwaltung" in letter.subject
    for word in (WHAT, "Trainer", "okay", "Meldung"):
        assert word not in said


def test_where_nobody_is_named_the_administrators_learn_just_that(club, admin_user):
    keep(club)

    (notice,) = Notice.objects.all()
    assert (notice.to, notice.topic) == (admin_user, concerns.UNREAD)


def test_another_clubs_are_called_where_ones_own_has_nobody_and_all_where_none_is_named(club, protector):
    selm = make_club("Clever Vibes Selm")
    assert concerns.readers_of(keep(selm)) == [protector]
    rolf = make_user("Rolf", is_staff=True, club=selm)
    members.name(club=selm, person=rolf, by=protector, now=NOON)
    assert concerns.readers_of(keep(selm)) == [rolf]
    assert concerns.readers_of(keep(None)) == [protector, rolf]


# ── Read ─────────────────────────────────────────────────────────────────────────────────────────
LIST = reverse("admin:accounts_concern_changelist")


def page_of(concern):
    return reverse("admin:accounts_concern_change", args=[concern.pk])


def test_an_administrator_who_is_not_named_sees_neither_list_nor_row_nor_number(client, club, admin_user, protector):
    concern = keep(club)
    client.force_login(admin_user)

    for address in (LIST, page_of(concern), reverse("admin:accounts_concern_close", args=[concern.pk])):
        answer = client.get(address)
        assert answer.status_code in (302, 403), address
        assert WHAT.encode() not in answer.content
    start = client.get(reverse("admin:index")).content.decode()
    assert LIST not in start
    history = client.get(reverse("admin:accounts_concern_history", args=[concern.pk]))
    assert history.status_code in (302, 403)
    with pytest.raises(concerns.NotProtecting):
        concerns.close(concern=concern, by=admin_user, note="Weg damit.", now=NOON)
    assert not ConcernLook.objects.exists()


def test_who_is_named_reads_it_and_each_look_is_noted(client, club, protector):
    concern = keep(club)
    client.force_login(protector)

    listed = client.get(LIST).content.decode()
    assert WHAT not in listed
    waits = client.get(reverse("admin:index")).context["queues"]
    assert next((str(queue.label), queue.number) for queue in waits) == ("Etwas war nicht okay", 1)
    assert not ConcernLook.objects.exists()
    for number in (1, 2):
        assert WHAT in client.get(page_of(concern)).content.decode()
        assert ConcernLook.objects.filter(concern=concern, by=protector).count() == number


def test_it_is_closed_with_what_was_done(client, club, protector):
    concern = keep(club)
    client.force_login(protector)
    address = reverse("admin:accounts_concern_close", args=[concern.pk])

    assert client.post(address, {"note": ""}).status_code == 200
    assert client.post(address, {"note": "Mit dem Verein gesprochen."}).status_code == 302
    concern.refresh_from_db()
    assert (concern.closed_by, concern.note) == (protector, "Mit dem Verein gesprochen.")
    assert page_of(concern) not in client.get(LIST).content.decode()


def test_who_left_the_team_or_was_ended_reads_no_more(client, club, admin_user, protector):
    concern = keep(club)
    members.end(member=ProtectionMember.objects.get(), by=admin_user, now=NOON)
    client.force_login(protector)
    assert client.get(LIST).status_code == 403
    members.name(club=club, person=protector, by=admin_user, now=NOON)
    assert client.get(LIST).status_code == 200
    protector.is_staff = False
    protector.save()
    assert client.get(LIST).status_code == 302
    assert not concerns.concerns_read_by(protector).filter(pk=concern.pk).exists()


def test_nobody_joins_those_who_read_unseen(club, admin_user, protector):
    members.name(club=club, person=admin_user, by=admin_user, now=db.now())
    told = set(Notice.objects.filter(topic=members.CHANGED).values_list("to", flat=True))

    assert told == {protector.pk, admin_user.pk}
    with pytest.raises(members.NotOfTheTeam):
        members.name(club=club, person=make_user("Gast"), by=admin_user, now=NOON)


def test_somebody_is_named_on_the_page_after_fresh_proof(client, club, admin_user, protector):
    client.force_login(admin_user)
    address = reverse("admin:accounts_protectionmember_add")
    new = make_user("Nadine", is_staff=True)
    assert client.post(address, {"club": club.pk, "person": new.username}).status_code == 302

    assert concerns.clubs_protected_by(new).get() == club
    member = ProtectionMember.objects.get(person=new)
    client.post(reverse("admin:accounts_protectionmember_end", args=[member.pk]), {"then": "go"})
    assert not concerns.clubs_protected_by(new).exists()


def test_what_is_closed_is_kept_for_a_year(club, protector):
    concern = keep(club)
    concerns.look(concern=concern, by=protector, now=NOON)
    concerns.close(concern=concern, by=protector, note="Erledigt.", now=NOON)
    retention.forget(now=NOON + timedelta(days=364))
    assert Concern.objects.exists()
    retention.forget(now=NOON + timedelta(days=366))
    assert not Concern.objects.exists()
