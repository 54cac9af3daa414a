"""Managers: invited once, told of each other, never without one."""

import re
from datetime import timedelta

import pytest
from django.conf import settings
from django.core import mail
from django.test import Client
from django.urls import reverse

from accounts import links
from accounts.models import Membership, User
from accounts.notices.models import Notice
from clevervibes.lib import db, outbox
from partners import selectors
from partners.counters import managers
from partners.models import DeskInvitation
from tests.concurrency import in_parallel
from tests.factories import NOON, make_manager, make_partner, make_user

pytestmark = pytest.mark.django_db

TEAM, JOIN, ACCEPT = "/partner/team/", "/partner/einladung/", "/partner/einladung/annehmen/"
SECOND = timedelta(seconds=1)


@pytest.fixture
def shop():
    return make_partner()


@pytest.fixture
def boss(shop):
    return make_manager(shop, "Rana")


@pytest.fixture
def desk(boss, sign_in):
    return sign_in(boss)


@pytest.fixture
def invitation(shop, boss):
    return managers.invite(partner=shop, by=boss, now=db.now())


def address(invitation):
    return managers.url_of(invitation).removeprefix(settings.PUBLIC_URL)


# ── Accepting ────────────────────────────────────────────────────────────────────────────────────
def test_somebody_with_an_account_joins_by_one_tap_and_all_are_told(shop, boss, invitation, sign_in):
    user = make_user("Tom")
    browser = sign_in(user)
    assert browser.get(address(invitation))["Location"] == JOIN
    assert shop.name in browser.get(JOIN).content.decode()
    assert browser.get("/partner/").status_code == 404  # nothing has happened yet

    assert browser.post(ACCEPT)["Location"] == "/partner/"

    assert browser.get("/partner/").status_code == 200
    assert set(managers.managers_of(shop)) == {boss, user}
    assert set(Notice.objects.filter(topic=managers.JOINED).values_list("to", flat=True)) == {boss.pk, user.pk}
    assert "leitet jetzt Bäckerei Kamp mit" in sign_in(boss).get("/nachrichten/").content.decode()


def test_a_guest_signs_up_and_then_says_yes(shop, invitation):
    browser = Client()
    browser.get(address(invitation))
    page = browser.get(JOIN).content.decode()
    assert shop.name in page
    given = {"first_name": "Tom", "last_name": "Tor", "username": "tom.tor", "password": "drei-woerter-hintereinander"}
    assert browser.post("/partner/einladung/konto/", {**given, "username": ""}).status_code == 400
    assert browser.post("/partner/einladung/konto/", given)["Location"] == JOIN
    assert not selectors.partners_of(User.objects.get(username="tom.tor")).exists()

    browser.post(ACCEPT)

    assert selectors.partners_of(User.objects.get(username="tom.tor")).get() == shop


def test_several_shops_and_the_new_one_is_in_front(shop, invitation, sign_in):
    kiosk = make_partner("Kiosk")
    user = make_manager(kiosk)
    browser = sign_in(user)
    browser.get(address(invitation))
    browser.post(ACCEPT)

    assert f'<h1 id="heading">{shop.name}' in browser.get("/partner/").content.decode()
    browser.post("/partner/wechseln/", {"shop": kiosk.public_id})
    assert '<h1 id="heading">Kiosk' in browser.get("/partner/").content.decode()


def test_scanners_use_nothing_up_and_a_used_link_lets_nobody_in(invitation, sign_in):
    for _look in range(10):
        scanner = Client()
        scanner.get(address(invitation), follow=True)
    first, second = sign_in(make_user()), sign_in(make_user())
    for browser in (first, second):
        browser.get(address(invitation))
    assert first.post(ACCEPT).status_code == 302

    assert second.post(ACCEPT).status_code == 410
    assert second.get("/partner/").status_code == 404
    token = address(invitation).rstrip("/").rpartition("/")[2]
    for wrong in (token[:-2], "x" * 43, "annehmen2"):
        assert Client().get(reverse("partners:open-invitation", args=[wrong])).status_code == 404
    # A token of another purpose opens nothing here.
    other = links.new_token("guardian:0")
    assert Client().get(reverse("partners:open-invitation", args=[other])).status_code == 404


def test_an_invitation_holds_seven_days_and_can_be_withdrawn(shop, boss, desk):
    made = managers.invite(partner=shop, by=boss, now=NOON)
    end = NOON + timedelta(days=7)
    links.require_open(made, end - SECOND)
    with pytest.raises(links.LinkExpired):
        managers.accept(invitation=made, user=make_user(), now=end)
    fresh = managers.invite(partner=shop, by=boss, now=db.now())

    desk.post(reverse("partners:withdraw-invitation", args=[fresh.public_id]))

    with pytest.raises(links.LinkRevoked):
        managers.accept(invitation=fresh, user=make_user(), now=db.now())
    assert Membership.objects.filter(organisation=shop.organisation).count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_who_accept_at_once_one_gets_in(shop, boss, invitation):
    people, now = [make_user(), make_user()], db.now()

    results = in_parallel(
        *[lambda who=who: managers.accept(invitation=invitation, user=who, now=now) for who in people]
    )

    assert sum(isinstance(result, links.LinkUsed) for result in results) == 1
    assert managers.managers_of(shop).count() == 2


# ── From the desk ────────────────────────────────────────────────────────────────────────────────
def test_an_invitation_goes_by_mail_again_and_again(desk, shop, boss):
    shown = desk.post("/partner/team/einladen/")["Location"]
    made = DeskInvitation.objects.get()
    assert managers.url_of(made) in desk.get(shown).content.decode()
    assert desk.post(shown, {"mailbox": "keine"}).status_code == 400

    for _time in range(2):
        assert desk.post(shown, {"mailbox": "tom@example.org"}).status_code == 302
        outbox.relay(db.now())

    assert [letter.to for letter in mail.outbox] == [["tom@example.org"]] * 2
    assert managers.url_of(made) in mail.outbox[0].body
    assert shop.name in mail.outbox[0].body
    assert "tom@example.org" in desk.get(TEAM).content.decode()


def test_ten_open_invitations_are_enough(desk, shop, boss):
    for _time in range(10):
        managers.invite(partner=shop, by=boss, now=db.now())

    page = desk.post("/partner/team/einladen/", follow=True).content.decode()

    assert "Mehr als 10 offene" in page
    assert DeskInvitation.objects.count() == 10


def test_the_last_manager_stays(desk, shop, boss):
    there = reverse("partners:remove-manager", args=[boss.public_id])
    assert "Jemand muss den Laden leiten" in desk.post(there, follow=True).content.decode()

    other = make_manager(shop, "Tom")
    assert desk.post(there)["Location"] == "/start/"
    assert list(managers.managers_of(shop)) == [other]
    assert desk.get("/partner/").status_code == 404
    assert set(Notice.objects.filter(topic=managers.REMOVED).values_list("to", flat=True)) == {boss.pk, other.pk}


@pytest.mark.django_db(transaction=True)
def test_two_who_remove_each_other_at_once_leave_one(shop, boss):
    other, now = make_manager(shop, "Tom"), db.now()

    results = in_parallel(
        *[lambda who=who: managers.remove(partner=shop, manager=who, now=now) for who in (boss, other)]
    )

    assert sum(isinstance(result, managers.LastManager) for result in results) == 1
    assert managers.managers_of(shop).count() == 1


def test_people_of_another_shop_are_nobody_here(desk, invitation, sign_in):
    stranger_shop = make_partner("Kiosk")
    stranger = make_manager(stranger_shop)
    assert desk.post(reverse("partners:remove-manager", args=[stranger.public_id])).status_code == 404
    browser = sign_in(stranger)
    there = reverse("partners:invitation", args=[invitation.public_id])
    assert browser.get(there).status_code == browser.post(there).status_code == 404
    assert not re.search(r"Rana\b", browser.get(TEAM).content.decode().replace(str(stranger), ""))
