"""A youth joins alone, without a mail address; who is too young or too old leaves no trace."""

from datetime import date, timedelta

import pytest
from django.contrib.sessions.models import Session
from django.core import mail
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse

from accounts import families, registration
from accounts.models import User, YouthProfile
from clevervibes.lib import db, outbox, periods
from tests.factories import make_club, make_user

pytestmark = pytest.mark.django_db

PASSWORD = "tanzende blaue Lampe"


def born(years, days=0):
    today = periods.berlin_date(db.now())
    return periods.birthday(today, -years) + timedelta(days=days)


@pytest.fixture(autouse=True)
def club():
    return make_club()


def sign_up(client, *, birth_date=None, **changed):
    given = {
        "first_name": "Mia",
        "username": "mia.liest",
        "birth_date": (birth_date or born(14)).isoformat(),
        "password": PASSWORD,
        **changed,
    }
    return client.post(reverse("accounts:sign-up"), given)


def test_a_username_is_enough(client, club):
    answer = sign_up(client)

    assert (answer.status_code, answer.url) == (302, f"{reverse('accounts:add-passkey')}?neu"), "a passkey is offered"
    youth = YouthProfile.objects.get()
    assert (youth.user.username, youth.user.email, youth.user.club) == ("mia.liest", "", club)
    assert youth.birth_date == born(14)
    assert youth.user.check_password(PASSWORD)
    assert client.get(reverse("start")).context["youth"].youth == youth, "she is signed in at once"


def test_nothing_counts_before_consent(client):
    sign_up(client)

    page = client.get(reverse("start")).content.decode()
    assert "Unterschrift" in page


@pytest.mark.parametrize(("years", "days"), [(12, 0), (21, 1)])
def test_from_the_twelfth_birthday_to_the_eve_of_the_twenty_first(client, years, days):
    assert sign_up(client, birth_date=born(years, days)).status_code == 302


@pytest.mark.parametrize(("years", "days", "said"), [(12, 1, "ab 12 Jahren"), (11, 0, "ab 12"), (21, 0, "12 bis 20")])
def test_who_is_eleven_or_twenty_one_is_refused_kindly_and_leaves_no_trace(client, caplog, years, days, said):
    refused = born(years, days)

    answer = sign_up(client, birth_date=refused)

    page = answer.content.decode()
    assert answer.status_code == 400
    assert said in page
    assert "nichts von Dir gespeichert" in page
    assert str(refused) not in page
    assert not User.objects.exists()
    assert str(refused) not in caplog.text
    assert not any(str(refused) in str(session.get_decoded()) for session in Session.objects.all())
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM lib_outboxmessage")
        assert cursor.fetchone()[0] == 0


def test_the_age_comes_before_everything_else_that_is_wrong(client):
    answer = sign_up(client, birth_date=born(11), password="kurz", username="x")

    assert "ab 12 Jahren" in answer.content.decode()
    assert "Passwort" not in answer.content.decode()


@pytest.mark.parametrize("birth_date", ["31.02.2012", "0001-01-01", "9999-12-31", "gestern", "", "2099-01-01"])
def test_no_date_makes_it_stumble(client, birth_date):
    given = {"first_name": "Mia", "username": "mia2", "birth_date": birth_date, "password": PASSWORD}

    assert client.post(reverse("accounts:sign-up"), given).status_code in {200, 400}
    assert not User.objects.exists()


def test_a_taken_username_is_said_whatever_its_capitals(client):
    User.objects.create(username="Mia.Liest")

    page = sign_up(client).content.decode()

    assert "Diesen Benutzernamen hat schon jemand" in page
    assert "id_username_error" in page
    assert not YouthProfile.objects.exists()


def test_who_comes_second_with_a_username_is_told_so(client):
    """Between the form's look and the insert somebody else took it."""
    new = registration.NewPerson(username="mia", first_name="Mia", password=PASSWORD)
    User.objects.create(username="MIA")

    with pytest.raises(registration.UsernameTaken):
        families.sign_up_youth(person=new, birth_date=born(14), now=db.now())
    with pytest.raises(IntegrityError, match="accounts_one_user_per_name"), transaction.atomic():
        User.objects.create(username="mia")


@pytest.mark.parametrize("username", ["a@b.de", "mia liest", "mi", "team", "x" * 31, "<script>", "mia\x00"])
def test_odd_usernames_are_refused(client, username):
    assert sign_up(client, username=username).status_code == 200
    assert not User.objects.exists()


@pytest.mark.parametrize("password", ["zu kurz 9", "1234567890", "mia.liest1", "password123"])
def test_a_weak_password_is_refused_beside_its_field(client, password):
    answer = sign_up(client, password=password)

    assert answer.status_code == 200
    assert answer.context["form"].errors.keys() == {"password"}
    assert password not in answer.content.decode()
    assert not User.objects.exists()


# ── With a mail address ──────────────────────────────────────────────────────────────────────────
def mails_sent():
    mail.outbox.clear()
    outbox.relay(db.now())
    return [message.to[0] for message in mail.outbox]


def test_an_address_is_optional_and_counts_once_confirmed(client):
    page = sign_up(client, mailbox="Mia@Example.org")

    assert page.status_code == 302
    assert User.objects.get().email == ""
    assert mails_sent() == ["mia@example.org"]
    assert "Postfach" in client.get(page.url).content.decode()
    link = next(word for word in mail.outbox[0].body.split() if "/anmelden/mail/link/" in word)
    client.get(link[link.index("/anmelden") :])
    client.post(reverse("account_confirm_opened"))
    assert User.objects.get().email == "mia@example.org"


def test_whether_an_address_is_known_is_told_to_its_owner_alone(client):
    make_user("Ben", email="ben@example.org")

    answers = [
        sign_up(Client(), username=f"mia{number}", mailbox=mailbox)
        for number, mailbox in enumerate(["ben@example.org", "frei@example.org"])
    ]

    assert [(answer.status_code, answer.url) for answer in answers] == [(302, answers[0].url)] * 2
    assert sorted(mails_sent()) == ["ben@example.org", "frei@example.org"]
    assert [message.body for message in mail.outbox if "gehört schon zum Konto" in message.body]
    assert User.objects.get(username="mia0").email == ""


def test_too_many_mails_cost_the_address_and_not_the_account(client):
    for number in range(3):
        answer = sign_up(Client(), username=f"mia{number}", mailbox="eine@example.org")
        assert answer.status_code == 302
    assert User.objects.count() == 3
    assert len(mails_sent()) == 2


def test_what_was_refused_has_sent_and_counted_nothing(client):
    User.objects.create(username="mia.liest")
    for _ in range(4):
        assert sign_up(client, mailbox="eine@example.org").status_code == 200
    assert mails_sent() == []
    sign_up(client, username="mia2", mailbox="eine@example.org")
    assert mails_sent() == ["eine@example.org"]


@pytest.mark.parametrize("mailbox", ["mia", "mia@", "@example.org", "mia@example.org\nBcc: x@example.org", "x" * 300])
def test_what_is_no_address_is_said_beside_its_field(client, mailbox):
    answer = sign_up(client, mailbox=mailbox)
    assert answer.context["form"].errors.keys() == {"mailbox"}
    assert not User.objects.exists()


def test_where_there_are_two_clubs_the_youth_says_which(client, club):
    assert "id_club" not in client.get(reverse("accounts:sign-up")).content.decode()
    other = make_club("Clever Vibes Selm")

    assert sign_up(client).status_code == 200
    sign_up(client, club=other.pk)

    assert User.objects.get().club == other


def test_five_accounts_an_hour_from_one_address(client):
    for number in range(5):
        assert sign_up(client, username=f"mia{number}").status_code == 302
        client.logout()
    assert sign_up(client, username="mia").status_code == 200, "what the form refuses is no account"

    answer = sign_up(client, username="mia5")

    assert "zu viele" in answer.content.decode()
    assert User.objects.count() == 5
    assert client.post(reverse("accounts:sign-up"), {}).status_code == 200


def test_who_is_signed_in_does_not_join_again(client):
    sign_up(client)

    assert client.get(reverse("accounts:sign-up")).url == reverse("start")


def test_only_a_remembered_device_keeps_the_session(client):
    sign_up(client)
    assert client.session.get_expire_at_browser_close()
    client.logout()

    sign_up(client, username="ben", remember="on")
    assert not client.session.get_expire_at_browser_close()


def test_today_is_berlins_today():
    """At 23:30 UTC it is tomorrow in Berlin."""
    late = periods.midnight(date(2026, 9, 16)) - timedelta(minutes=30)
    assert registration.require_age(date(2014, 9, 15), now=late) == 12
    with pytest.raises(registration.TooYoung):
        registration.require_age(date(2014, 9, 16), now=late)
    assert registration.require_age(date(2014, 9, 16), now=late + timedelta(minutes=30)) == 12
