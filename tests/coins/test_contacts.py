"""People who speak for a sponsor: invited by the finance desk by mail, once; none of them gone unnoticed."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.core import mail
from django.test import Client
from django.urls import reverse

from accounts import links
from accounts.models import Membership, Notice, User
from clevervibes.lib import db, outbox
from clevervibes.lib.team import AUDITOR, CATALOG, FINANCE
from coins import contacts
from coins.models import ContactInvitation
from tests.concurrency import in_parallel
from tests.factories import NOON, make_club, make_member, make_sponsor, make_user

pytestmark = pytest.mark.django_db

JOIN, ACCEPT = "/foerderung/einladung/", "/foerderung/einladung/annehmen/"
GIVEN = {"name": "Karin Kranz", "mailbox": "karin@example.org"}
SECOND = timedelta(seconds=1)


@pytest.fixture
def sponsor():
    return make_sponsor("Stadtwerke Lippe")


@pytest.fixture
def finance():
    return make_user("Kasse", is_staff=True, roles=[FINANCE])


def sign_in(user):
    browser = Client()
    browser.force_login(user)
    return browser


@pytest.fixture
def desk(finance):
    return sign_in(finance)


@pytest.fixture
def invitation(sponsor, finance):
    return contacts.invite(sponsor=sponsor, by=finance, now=db.now(), **GIVEN)


def address(invitation):
    return contacts.url_of(invitation).removeprefix(settings.PUBLIC_URL)


def page_of(sponsor):
    return reverse("admin:coins_sponsor_change", args=[sponsor.pk])


def invite_page(sponsor):
    return reverse("admin:coins_sponsor_invite", args=[sponsor.pk])


# ── The whole way ────────────────────────────────────────────────────────────────────────────────
def test_finance_invites_by_mail_and_whoever_says_yes_reads_the_impact(desk, sponsor):
    assert "Niemand: Was das Geld bewirkt" in desk.get(page_of(sponsor)).content.decode()
    assert desk.post(invite_page(sponsor), GIVEN)["Location"] == page_of(sponsor)
    outbox.relay(db.now())
    made = ContactInvitation.objects.get()
    (letter,) = mail.outbox
    assert letter.to == ["karin@example.org"]
    assert contacts.url_of(made) in letter.body
    assert "Karin" not in letter.subject
    assert "karin@example.org" in desk.get(page_of(sponsor)).content.decode()

    guest = Client()
    assert guest.get(address(made))["Location"] == JOIN
    shown = guest.get(JOIN).content.decode()
    for words in ("Stadtwerke Lippe", 'value="Karin"', 'value="Kranz"', 'value="karin@example.org"'):
        assert words in shown
    given = {"first_name": "Karin", "last_name": "Kranz", "username": "karin.kranz", "password": "drei-neue-woerter-9"}
    assert guest.post("/foerderung/einladung/konto/", {**given, "username": ""}).status_code == 400
    assert guest.post("/foerderung/einladung/konto/", given)["Location"] == JOIN
    assert guest.get("/foerderung/").status_code == 404  # nothing has happened yet

    there = guest.post(ACCEPT)["Location"]

    assert there == reverse("impact-of", args=[sponsor.public_id])
    assert guest.get(there).status_code == 200
    karin = User.objects.get(username="karin.kranz")
    assert list(contacts.contacts_of(sponsor)) == [karin]
    shown = desk.get(page_of(sponsor)).content.decode()
    assert "Karin Kranz" in shown
    assert "karin@example.org" not in shown  # the invitation is done with


def test_others_who_read_along_hear_of_who_came_and_who_went(desk, sponsor, invitation):
    before, comes = make_member(sponsor.organisation, Membership.Role.CONTACT, "Gerd"), make_user("Karin")
    browser = sign_in(comes)
    browser.get(address(invitation))
    browser.post(ACCEPT)
    assert set(Notice.objects.filter(topic=contacts.JOINED).values_list("to", flat=True)) == {before.pk, comes.pk}
    assert "ist jetzt auch Kontakt von" in sign_in(before).get("/nachrichten/").content.decode()

    gone = Membership.objects.get(user=before)
    assert desk.post(reverse("admin:coins_sponsor_remove", args=[gone.pk])).status_code == 302

    assert list(contacts.contacts_of(sponsor)) == [comes]
    assert sign_in(before).get("/foerderung/").status_code == 404
    assert "ist nicht mehr Kontakt von" in browser.get("/nachrichten/").content.decode()


# ── What an invitation is good for ───────────────────────────────────────────────────────────────
def test_it_holds_seven_days_once_and_can_be_withdrawn(desk, sponsor, finance):
    made = contacts.invite(sponsor=sponsor, by=finance, now=NOON, **GIVEN)
    end = NOON + timedelta(days=7)
    links.require_open(made, end - SECOND)
    with pytest.raises(links.LinkExpired):
        contacts.accept(invitation=made, user=make_user(), now=end)
    contacts.accept(invitation=made, user=make_user(), now=end - SECOND)
    with pytest.raises(links.LinkUsed):
        contacts.accept(invitation=made, user=make_user(), now=NOON)
    fresh = contacts.invite(sponsor=sponsor, by=finance, now=db.now(), **GIVEN)

    assert desk.post(reverse("admin:coins_sponsor_withdraw", args=[fresh.public_id]))["Location"] == page_of(sponsor)

    assert Client().get(address(fresh), follow=True).status_code == 410
    outbox.relay(db.now())
    assert mail.outbox == []  # the letter that had not left stays here


def test_invited_again_the_older_link_opens_nothing_and_the_newer_does(desk, sponsor, invitation):
    again = reverse("admin:coins_sponsor_invite_again", args=[invitation.public_id])
    assert 'value="karin@example.org"' in desk.get(again).content.decode()

    assert desk.post(again, {**GIVEN, "mailbox": "Karin@example.org"}).status_code == 302

    invitation.refresh_from_db()
    with pytest.raises(links.LinkRevoked):
        links.require_open(invitation, db.now())
    links.require_open(contacts.invitations_of(sponsor).get(), db.now())
    assert desk.get(again).status_code == 404


def test_whoever_is_a_contact_already_and_an_eleventh_are_not_invited(desk, sponsor, finance):
    karin = make_member(sponsor.organisation, Membership.Role.CONTACT, "Karin")
    User.objects.filter(pk=karin.pk).update(email="KARIN@example.org")
    assert "schon jemand Kontakt" in desk.post(invite_page(sponsor), GIVEN).content.decode()
    for number in range(10):
        contacts.invite(sponsor=sponsor, name="", mailbox=f"{number}@example.org", by=finance, now=db.now())

    refused = desk.post(invite_page(sponsor), {"name": "Gerd", "mailbox": "gerd@example.org"})

    assert "Mehr als 10 offene" in refused.content.decode()
    assert ContactInvitation.objects.count() == 10


@pytest.mark.django_db(transaction=True)
def test_of_two_who_accept_at_once_one_gets_in(sponsor, invitation):
    people, now = [make_user(), make_user()], db.now()

    results = in_parallel(
        *[lambda who=who: contacts.accept(invitation=invitation, user=who, now=now) for who in people]
    )

    assert sum(isinstance(result, links.LinkUsed) for result in results) == 1
    assert contacts.contacts_of(sponsor).count() == 1


# ── Who goes ─────────────────────────────────────────────────────────────────────────────────────
def test_the_last_one_goes_only_if_somebody_says_that_nobody_is_left(desk, sponsor):
    karin = make_member(sponsor.organisation, Membership.Role.CONTACT, "Karin")
    there = reverse("admin:coins_sponsor_remove", args=[karin.memberships.get().pk])
    assert "Das ist der letzte Kontakt" in desk.post(there).content.decode()
    assert list(contacts.contacts_of(sponsor)) == [karin]

    assert desk.post(there, {"nobody_is_left": "on"}).status_code == 302

    assert not contacts.contacts_of(sponsor).exists()
    assert Notice.objects.get(topic=contacts.REMOVED).to == karin


@pytest.mark.django_db(transaction=True)
def test_two_who_are_removed_at_once_leave_one(sponsor):
    people = [make_member(sponsor.organisation, Membership.Role.CONTACT) for _each in range(2)]
    now = db.now()

    results = in_parallel(*[lambda who=who: contacts.remove(sponsor=sponsor, contact=who, now=now) for who in people])

    assert sum(isinstance(result, contacts.LastContact) for result in results) == 1
    assert contacts.contacts_of(sponsor).count() == 1


# ── Who may ──────────────────────────────────────────────────────────────────────────────────────
def test_only_finance_of_the_club_invites_and_removes(sponsor, invitation):
    karin = make_member(sponsor.organisation, Membership.Role.CONTACT, "Karin")
    doors = [
        (invite_page(sponsor), {"name": "Ute", "mailbox": "ute@example.org"}),
        (reverse("admin:coins_sponsor_invite_again", args=[invitation.public_id]), GIVEN),
        (reverse("admin:coins_sponsor_withdraw", args=[invitation.public_id]), {}),
        (reverse("admin:coins_sponsor_remove", args=[karin.memberships.get().pk]), {"nobody_is_left": "on"}),
    ]
    elsewhere = make_user("Dort", club=make_club("Clever Vibes Unna"), is_staff=True, roles=[FINANCE])
    looks = make_user("Prüfung", is_staff=True, roles=[AUDITOR])
    for person, status in (
        (elsewhere, 404), (looks, 403), (make_user("Angebote", is_staff=True, roles=[CATALOG]), 403),
    ):  # fmt: skip
        browser = sign_in(person)
        assert [browser.post(door, data).status_code for door, data in doors] == [status] * 4, person

    shown = sign_in(looks).get(page_of(sponsor)).content.decode()
    assert "Karin" in shown
    assert "karin@example.org" not in shown
    assert list(contacts.contacts_of(sponsor)) == [karin]
    assert contacts.invitations_of(sponsor).get() == invitation
