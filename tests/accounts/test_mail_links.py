"""Links that go by mail: good once, used by a button alone, and a page that says what is wrong with a dead one."""

from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.db import transaction
from django.test import Client
from django.urls import reverse

from accounts import families
from accounts.models import MailLink, User
from accounts.security import mails
from clevervibes.lib import db, outbox
from clevervibes.lib.models import OutboxMessage
from clevervibes.privacy import retention
from tests.factories import make_user, make_youth

pytestmark = pytest.mark.django_db

PASSWORD, NEW = "tanzende blaue Lampe", "rosa Elefanten fliegen"


@pytest.fixture
def mia():
    person = make_youth("Mia").user
    person.email = "mia@example.org"
    person.set_password(PASSWORD)
    person.save()
    return person


def delivered():
    mail.outbox.clear()
    outbox.relay(db.now())
    return mail.outbox


def link_in(message):
    link = next(word for word in message.body.split() if "/anmelden/" in word and "/link/" in word)
    assert link in message.alternatives[0].content
    return link[link.index("/anmelden/") :]


def reset_link(client):
    client.post(reverse("account_reset_password"), {"mailbox": "mia@example.org"})
    return link_in(delivered()[0])


def set_password(client, password=NEW):
    return client.post(reverse("account_new_password"), {"password": password})


# ── A forgotten password ─────────────────────────────────────────────────────────────────────────
def test_a_link_leads_to_a_new_password_and_in(client, mia):
    link = reset_link(client)

    form = client.get(link, follow=True)
    assert form.redirect_chain == [(reverse("account_new_password"), 302)], "the token leaves the address"
    assert form["Referrer-Policy"] == "no-referrer"
    assert mia.username in form.content.decode()
    answer = set_password(client)

    mia.refresh_from_db()
    assert mia.check_password(NEW)
    assert answer.url == reverse("start")
    assert client.get(reverse("start")).status_code == 200
    [word] = delivered()
    assert "geändert" in word.body


def test_nothing_personal_stands_in_subject_or_outbox(client, mia):
    link = reset_link(client)
    assert "mia" not in mail.outbox[0].subject.lower()
    token = link.rstrip("/").rpartition("/")[2]
    kept = str(list(OutboxMessage.objects.values())) + str(list(MailLink.objects.values("digest")))
    assert token not in kept
    assert "mia@example.org" not in kept


def test_ten_looks_of_a_scanner_use_nothing_up(client, mia):
    link = reset_link(client)
    for _ in range(10):
        assert Client().get(link, follow=True).status_code == 200
    client.get(link, follow=True)
    assert set_password(client).url == reverse("start")


@pytest.mark.parametrize("age", [timedelta(seconds=3599), timedelta(seconds=3600)])
def test_it_lives_an_hour(client, mia, monkeypatch, age):
    link = reset_link(client)
    made_at = MailLink.objects.get().made_at
    monkeypatch.setattr(db, "now", lambda: made_at + age)

    answer = client.get(link, follow=True)

    if age < timedelta(hours=1):
        assert answer.status_code == 200
    else:
        assert answer.status_code == 410
        assert "abgelaufen" in answer.content.decode()
        assert reverse("account_reset_password") in answer.content.decode()
        assert set_password(client).status_code == 410


def test_used_tampered_or_made_for_something_else(client, mia):
    link = reset_link(client)
    client.get(link, follow=True)
    set_password(client)
    client.logout()

    for dead, status, said in (
        (link, 410, "schon benutzt"),
        (link[:-4] + "xyz/", 404, "kennen wir nicht"),
        (link.replace("/passwort/", "/mail/"), 404, "kennen wir nicht"),
    ):
        answer = client.get(dead, follow=True)
        assert answer.status_code == status
        assert said in answer.content.decode()
        assert set_password(client, "noch ein anderes Wort").status_code in {404, 410}
    mia.refresh_from_db()
    assert mia.check_password(NEW)


def test_one_password_takes_all_links_with_it(client, mia):
    first, second = reset_link(client), reset_link(client)
    client.get(second, follow=True)
    set_password(client)
    answer = Client().get(first, follow=True)
    assert "schon benutzt" in answer.content.decode()


def test_a_weak_password_does_not_use_the_link_up(client, mia):
    client.get(reset_link(client), follow=True)
    assert set_password(client, "kurz").status_code == 200
    assert set_password(client).status_code == 302


def test_every_other_device_is_signed_out(client, mia):
    other = Client()
    other.post(reverse("account_login"), {"login": mia.username, "password": PASSWORD})
    assert other.get(reverse("start")).status_code == 200
    client.get(reset_link(client), follow=True)
    set_password(client)
    assert other.get(reverse("start")).status_code == 302


def test_somebody_else_who_was_signed_in_here_is_signed_out(client, mia):
    client.force_login(make_user("Ben"))
    client.get(reset_link(client), follow=True)
    set_password(client)
    assert client.session["_auth_user_id"] == str(mia.pk)


def test_known_and_unknown_addresses_get_one_answer(client, mia):
    answers = {}
    for mailbox in ("mia@example.org", "niemand@example.org"):
        before = OutboxMessage.objects.count()
        answer = client.post(reverse("account_reset_password"), {"mailbox": mailbox}, follow=True)
        page = answer.content.decode()
        answers[mailbox] = answer.redirect_chain, page[page.index("<main") :]
        assert OutboxMessage.objects.count() == before + 1, "as much work for one as for the other"
    assert answers["mia@example.org"] == answers["niemand@example.org"]
    assert len(delivered()) == 1


def test_a_stopped_person_gets_no_link(client, mia):
    User.objects.update(is_active=False)
    client.post(reverse("account_reset_password"), {"mailbox": "mia@example.org"})
    assert delivered() == []


def test_two_mails_an_hour_to_a_mailbox_known_or_not(client, mia):
    for mailbox in ("mia@example.org", "niemand@example.org"):
        statuses = [
            client.post(reverse("account_reset_password"), {"mailbox": mailbox}, REMOTE_ADDR=f"192.0.2.{n}").status_code
            for n in range(3)
        ]
        assert statuses == [302, 302, 429]
    assert len(delivered()) == 2


def test_five_mails_a_day_from_an_address(client):
    statuses = [
        client.post(reverse("account_reset_password"), {"mailbox": f"jemand{n}@example.org"}).status_code
        for n in range(6)
    ]
    assert statuses == [302] * 5 + [429]


# ── A mail address ───────────────────────────────────────────────────────────────────────────────
def ask(client, mailbox):
    return client.post(reverse("accounts:mailbox"), {"mailbox": mailbox})


def test_an_address_counts_once_it_is_confirmed(client):
    ben = make_youth("Ben").user
    client.force_login(ben)
    ask(client, "Ben@Example.org")
    ben.refresh_from_db()
    assert ben.email == ""
    assert "ben@example.org" in client.get(reverse("accounts:mailbox")).content.decode()

    [message] = delivered()
    assert message.to == ["ben@example.org"]
    for _ in range(10):
        page = Client().get(link_in(message), follow=True)
        assert page.status_code == 200
    ben.refresh_from_db()
    assert ben.email == "", "opening the link confirms nothing"
    reader = Client()  # in the mail program's browser nobody is signed in
    reader.get(link_in(message), follow=True)
    answer = reader.post(reverse("account_confirm_opened"))

    ben.refresh_from_db()
    assert ben.email == "ben@example.org"
    assert answer.url == reverse("account_login")
    assert EmailAddress.objects.get(user=ben).verified
    assert "schon benutzt" in Client().get(link_in(message), follow=True).content.decode()


def test_changing_it_warns_the_old_address_and_keeps_it_until_then(client, mia):
    client.force_login(mia)
    ask(client, "neu@example.org")
    messages = {message.to[0]: message for message in delivered()}
    assert messages.keys() == {"mia@example.org", "neu@example.org"}
    assert "andere E-Mail-Adresse" in messages["mia@example.org"].body
    mia.refresh_from_db()
    assert mia.email == "mia@example.org"

    client.get(link_in(messages["neu@example.org"]), follow=True)
    client.post(reverse("account_confirm_opened"))
    mia.refresh_from_db()
    assert mia.email == "neu@example.org"


@pytest.mark.parametrize("age", [timedelta(hours=24, seconds=-1), timedelta(hours=24)])
def test_the_question_waits_a_day(client, monkeypatch, age):
    client.force_login(make_user())
    ask(client, "neu@example.org")
    link = link_in(delivered()[0])
    made_at = MailLink.objects.get().made_at
    monkeypatch.setattr(db, "now", lambda: made_at + age)
    assert Client().get(link, follow=True).status_code == (200 if age < timedelta(hours=24) else 410)


def test_another_address_given_meanwhile_takes_the_first_link_away(client):
    ben = make_user("Ben")
    client.force_login(ben)
    ask(client, "eins@example.org")
    first = link_in(delivered()[0])
    ask(client, "zwei@example.org")
    client.get(first, follow=True)
    assert client.post(reverse("account_confirm_opened")).status_code == 410
    ben.refresh_from_db()
    assert ben.email == ""


def test_somebody_elses_address_is_not_told_but_its_owner_is(client, mia):
    ben = make_user("Ben")
    client.force_login(ben)
    free, taken = ask(client, "frei@example.org"), ask(client, "mia@example.org")
    assert (taken.status_code, taken.url) == (free.status_code, free.url)

    [message] = delivered()
    assert message.to == ["mia@example.org"]
    assert "gehört schon zum Konto" in message.body
    assert not MailLink.objects.exists()


def test_who_confirms_second_is_told_that_the_address_is_gone(client):
    ben, eva = make_user("Ben"), make_user("Eva")
    links = {}
    for person in (ben, eva):
        client.force_login(person)
        ask(client, "eins@example.org")
        links[person] = link_in(delivered()[0])
    for person, status in ((ben, 302), (eva, 409)):
        reader = Client()
        reader.get(links[person], follow=True)
        assert reader.post(reverse("account_confirm_opened")).status_code == status
    eva.refresh_from_db()
    assert eva.email == ""


def test_an_address_that_moved_is_good_for_a_new_password_once_its_new_owner_has_confirmed_it(client, mia):
    """Else the child, who reads there, would set the mother's password and confirm in her name."""
    mother = make_user("Sabine")
    with transaction.atomic():
        families.move_mailbox(youth=mia.youth, guardian=mother, now=db.now())
    [question] = delivered()
    assert question.to == ["mia@example.org"]
    client.post(reverse("account_reset_password"), {"mailbox": "mia@example.org"})
    assert delivered() == []
    client.force_login(mother)
    assert "noch nicht bestätigt" in client.get(reverse("accounts:profile")).content.decode()
    assert ask(client, "mia@example.org").status_code == 302, "the question is asked again"

    client.get(link_in(delivered()[0]), follow=True)
    client.post(reverse("account_confirm_opened"))

    assert "Diese Adresse gilt schon" in ask(client, "mia@example.org").content.decode()
    mails.ask_for_reset(mailbox="mia@example.org", now=db.now())
    assert "neues Passwort" in delivered()[0].subject


def test_another_address_asked_for_does_not_confirm_the_one_that_moved(client, mia):
    mother = make_user("Sabine")
    with transaction.atomic():
        families.move_mailbox(youth=mia.youth, guardian=mother, now=db.now())
    client.force_login(mother)
    ask(client, "sabine@example.org")
    delivered()
    mails.ask_for_reset(mailbox="mia@example.org", now=db.now())
    assert delivered() == []


def test_an_address_can_be_taken_back(client, mia):
    client.force_login(mia)
    client.post(reverse("accounts:mailbox"), {"drop": "yes"})
    mia.refresh_from_db()
    assert mia.email == ""
    assert not EmailAddress.objects.filter(user=mia).exists()


def test_dead_links_are_forgotten_after_a_month(client, mia):
    reset_link(client)
    expires_at = MailLink.objects.get().expires_at
    retention.forget(now=expires_at + timedelta(days=30))
    assert MailLink.objects.exists()
    retention.forget(now=expires_at + timedelta(days=30, seconds=1))
    assert not MailLink.objects.exists()


# ── The password, by who knows the old one ───────────────────────────────────────────────────────
def change(client, current, password=NEW):
    return client.post(reverse("accounts:password"), {"current": current, "password": password})


def test_changing_the_password_keeps_this_device_and_ends_the_others(mia):
    here, there = Client(), Client()
    for client in (here, there):
        client.post(reverse("account_login"), {"login": mia.username, "password": PASSWORD})

    assert change(here, PASSWORD).url == reverse("accounts:profile")

    assert here.get(reverse("start")).status_code == 200
    assert there.get(reverse("start")).status_code == 302
    assert mia.sign_ins.count() == 1


def test_guessing_the_old_password_is_limited_like_signing_in(client, mia):
    client.force_login(mia)
    for _ in range(5):
        assert "Das Passwort stimmt nicht" in change(client, "falsch").content.decode()
    assert "zu viele Versuche" in change(client, PASSWORD).content.decode()
    mia.refresh_from_db()
    assert mia.check_password(PASSWORD)


def test_every_notice_has_words():
    for what in mails.NOTICES:
        person = make_user(email=f"{what}@example.org")
        mails.tell(user=person, what=what, now=db.now())
    assert len(delivered()) == len(mails.NOTICES)
