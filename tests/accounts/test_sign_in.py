"""The door: name or mail and a password, never more tries than the limit, and a way in for the owner all the same."""

import re
from functools import partial

import pytest
from django.core import mail
from django.db import transaction
from django.test import Client
from django.urls import reverse

from accounts.models import User
from accounts.security import limits
from clevervibes.lib import db, outbox
from clevervibes.lib import limits as counting
from tests.concurrency import in_parallel
from tests.factories import make_user

pytestmark = pytest.mark.django_db

PASSWORD = "tanzende blaue Lampe"


@pytest.fixture
def mia():
    return make_person("Mia", email="mia@example.org")


def make_person(first_name, **fields):
    person = make_user(first_name, **fields)
    person.set_password(PASSWORD)
    person.save(update_fields=["password"])
    return person


def sign_in(client, login, password=PASSWORD, *, address="192.0.2.1", **more):
    given = {"login": login, "password": password, **more}
    return client.post(reverse("account_login"), given, REMOTE_ADDR=address)


def is_signed_in(client):
    return "_auth_user_id" in client.session


# ── In ───────────────────────────────────────────────────────────────────────────────────────────
def test_by_username_or_mail_whatever_the_capitals(client, mia):
    for login in (mia.username, mia.username.upper(), "mia@example.org", "Mia@Example.ORG", f" {mia.username} "):
        assert sign_in(client, login).url == reverse("start"), login
        client.post(reverse("account_logout"))


def test_a_username_that_looks_like_a_mail_is_its_owners(client, mia):
    """Made by the team; people cannot choose one."""
    odd = make_person("Odd")
    User.objects.filter(pk=odd.pk).update(username="mia@example.org")
    sign_in(client, "mia@example.org")
    assert client.session["_auth_user_id"] == str(odd.pk)


def test_a_stopped_account_is_told_so_only_by_its_password(client, mia):
    User.objects.update(is_active=False)
    assert sign_in(client, mia.username, "falsch").status_code == 200
    assert sign_in(client, mia.username).url == reverse("account_inactive")
    assert not is_signed_in(client)


@pytest.mark.parametrize("foreign", ["https://example.org/", "//example.org", "/\\example.org", "javascript:alert(1)"])
def test_the_way_on_stays_in_the_house(client, mia, foreign):
    assert sign_in(client, mia.username, next=foreign).url == reverse("start")


def test_a_session_cannot_be_prepared_by_somebody_else(client, mia):
    client.get(reverse("account_login"))
    before = client.session.session_key
    sign_in(client, mia.username)
    assert client.session.session_key != before


# ── Limits ───────────────────────────────────────────────────────────────────────────────────────
def test_five_wrong_passwords_in_half_an_hour_then_not_even_the_right_one(client, mia):
    for _ in range(5):
        assert "stimmt nicht" in sign_in(client, mia.username, "falsch-falsch").content.decode()

    answer = sign_in(client, mia.username)

    assert answer.status_code == 429
    assert "zu viele Versuche" in answer.content.decode()
    assert not is_signed_in(client)


def test_name_and_mail_are_one_account(client, mia):
    for login in (mia.username, "mia@example.org", mia.username.upper(), "MIA@example.org", mia.username):
        sign_in(client, login, "falsch-falsch")
    assert sign_in(client, "mia@example.org").status_code == 429


def test_right_passwords_are_not_counted(client, mia):
    for _ in range(7):
        assert sign_in(client, mia.username).status_code == 302
        client.post(reverse("account_logout"))


def test_twenty_misses_an_hour_from_one_address_whomever_they_are_aimed_at(client, mia):
    statuses = [sign_in(client, f"jemand{number}", "passwort123").status_code for number in range(22)]
    assert statuses == [200] * 20 + [429] * 2
    assert sign_in(client, mia.username).status_code == 429
    assert sign_in(client, mia.username, address="192.0.2.2").status_code == 302


def test_a_network_of_ipv6_is_one_address(client):
    for number in range(20):
        sign_in(client, f"jemand{number}", "x", address=f"2001:db8:0:1::{number + 1:x}")
    assert sign_in(client, "noch-jemand", "x", address="2001:db8:0:1:ffff::1").status_code == 429
    assert sign_in(client, "noch-jemand", "x", address="2001:db8:0:2::1").status_code == 200


def test_a_hundred_wrong_passwords_from_fifty_addresses_and_the_owner_gets_in_by_mail(client, mia, monkeypatch):
    looked_at = []
    monkeypatch.setattr(User, "check_password", lambda person, raw: looked_at.append(raw) or False)
    for number in range(100):
        sign_in(client, mia.username, f"geraten-{number}", address=f"192.0.2.{number % 50}")
    assert len(looked_at) == limits.LOGIN_ACCOUNT.most
    monkeypatch.undo()
    assert sign_in(client, mia.username).status_code == 429

    client.post(reverse("account_reset_password"), {"mailbox": "mia@example.org"})
    outbox.relay(db.now())
    link = next(word for word in mail.outbox[0].body.split() if "/anmelden/passwort/link/" in word)
    opened = client.get(link.partition("example.org")[2] or link[link.index("/anmelden") :], follow=True)
    assert opened.status_code == 200
    client.post(reverse("account_new_password"), {"password": "rosa Elefanten fliegen"})

    assert is_signed_in(client)
    other = Client()
    assert sign_in(other, mia.username, "rosa Elefanten fliegen").status_code == 302, "tries of before are forgotten"


@pytest.mark.django_db(transaction=True)
def test_of_a_hundred_tries_at_once_five_passwords_are_looked_at():
    mia = make_person("Mia")
    answers = []
    for _ in range(10):
        answers += in_parallel(*[partial(sign_in, Client(), mia.username, "falsch-falsch")] * 10)

    assert sum(answer.status_code == 200 for answer in answers) == 5
    assert sum(answer.status_code == 429 for answer in answers) == 95


def test_a_try_that_cannot_be_counted_is_answered_with_a_text(client, mia, monkeypatch):
    def stuck(*counted, now):
        raise counting.CannotCount

    monkeypatch.setattr(limits, "take", stuck)
    answer = sign_in(client, mia.username)
    assert answer.status_code == 503
    assert "überlastet" in answer.content.decode()
    assert not is_signed_in(client)


# ── Nobody learns who is a member ────────────────────────────────────────────────────────────────
def test_known_and_unknown_names_read_the_same(client, mia):
    def page(login):
        text = sign_in(client, login, "falsch-falsch").content.decode()
        text = re.sub(r'csrfmiddlewaretoken" value="\w+"', "", text)
        return text[text.index("<main") : text.index("</main")].replace(login, "NAME")

    assert page(mia.username) == page("gibt-es-nicht")
    assert page("mia@example.org") == page("niemand@example.org")


def test_every_try_compares_one_password(client, mia, monkeypatch):
    """The time a try takes is that of its hashing: once for a username, a known address, an unknown one."""
    hashed = []
    from django.contrib.auth import hashers

    honest = hashers.MD5PasswordHasher.encode
    monkeypatch.setattr(hashers.MD5PasswordHasher, "encode", lambda *args: hashed.append(1) or honest(*args))
    for login in (mia.username, "mia@example.org", "gibt-es-nicht", "niemand@example.org"):
        hashed.clear()
        sign_in(client, login, "falsch-falsch")
        assert len(hashed) == 1, login


# ── Out ──────────────────────────────────────────────────────────────────────────────────────────
def test_signing_out_ends_the_session_for_good(client, mia):
    sign_in(client, mia.username)
    kept = client.cookies["sid"].value
    client.post(reverse("account_logout"))
    client.cookies["sid"] = kept
    assert client.get(reverse("start")).url.startswith(reverse("account_login"))
    with transaction.atomic():
        assert not mia.sign_ins.exists()
