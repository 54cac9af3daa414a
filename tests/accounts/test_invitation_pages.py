"""Following an invitation through the browser's eyes: what each door shows, and what only a POST does."""

from datetime import date, timedelta

import pytest
from django.urls import reverse

from accounts import families, links, registration
from accounts.models import Guardianship, OneTimeLink, SharedPhone, User
from clevervibes.lib import db
from tests.factories import JOINED, guardian_of, make_consent_text, make_user, make_youth

pytestmark = pytest.mark.django_db

PASSWORD = "drei kluge worte"
FORM = {"first_name": "Sabine", "last_name": "Berger", "username": "sabine", "password": PASSWORD, "remember": "on"}


@pytest.fixture
def text():
    return make_consent_text()


@pytest.fixture
def mia(text):
    """A thirteen-year-old who signed up alone."""
    today = db.now().date()
    return registration.join(user=make_user("Mia"), birth_date=date(today.year - 13, 1, 1), now=JOINED)


def invite(youth, by=None):
    return families.invite_guardian(youth=youth, by=by or youth.user, now=db.now())


def path_of(link):
    return links.url_of(link).partition("/einladung/")[1] + links.url_of(link).partition("/einladung/")[2]


def follow(client, link):
    answer = client.get(path_of(link))
    assert answer.url == reverse("accounts:invitation")
    return client.get(answer.url)


def accept(client, text, **more):
    return client.post(reverse("accounts:invitation-accept"), {"text": text.sha256, **more})


# ── The whole way ────────────────────────────────────────────────────────────────────────────────
def test_a_mother_without_mail_signs_up_and_consents(client, mia, text):
    page = follow(client, invite(mia)).content.decode()
    assert "Mia lädt Sie ein" in page
    assert not User.objects.filter(username="sabine").exists()

    answer = client.post(reverse("accounts:invitation-sign-up"), FORM)
    assert answer.url == reverse("accounts:invitation")
    page = client.get(answer.url).content.decode()
    assert text.german in page
    assert not Guardianship.objects.exists()

    answer = accept(client, text)
    mother = User.objects.get(username="sabine")
    assert (mother.email, mother.club) == ("", mia.user.club)
    assert guardian_of(mia) == mother
    assert mia.consents.get().given_by == mother
    assert "Noch ein Weg" in client.get(answer.url).content.decode()


def test_who_has_an_account_signs_in_and_lands_at_the_invitation(client, mia, text):
    mother = make_user("Sabine")
    follow(client, invite(mia))
    client.force_login(mother)  # keeps what the guest's session knew, as signing in does
    assert "Ich willige ein" in client.get(reverse("accounts:invitation")).content.decode()
    accept(client, text)
    assert guardian_of(mia) == mother


def test_from_sixteen_on_no_consent_is_asked_of_a_guardian(client, text):
    youth = make_youth("Lena", age=17)
    client.force_login(make_user("Thomas"))
    page = follow(client, invite(youth)).content.decode()
    assert text.german not in page
    accept(client, text)
    assert youth.guardianships.count() == 2


def test_a_grandmother_becomes_a_trusted_person_and_sees_the_inbox_alone(client, text):
    youth = make_youth("Lena", age=17)
    client.force_login(youth.user)
    answer = client.post(reverse("accounts:family-invite", args=[youth.public_id]), {"purpose": "trusted"})
    link = OneTimeLink.objects.get()
    assert links.url_of(link) in client.get(answer.url).content.decode()

    phone = type(client)()
    assert "Als Vertrauensperson" in follow(phone, link).content.decode()
    phone.post(reverse("accounts:invitation-sign-up"), {**FORM, "username": "ursula"})
    page = phone.get(reverse("accounts:invitation")).content.decode()
    assert "Ja, ich bestätige" in page
    assert text.german not in page
    answer = phone.post(reverse("accounts:invitation-accept"))
    assert "Sie bestätigen jetzt für Lena" in phone.get(answer.url).content.decode()
    assert youth.trusted_people.get().person.username == "ursula"
    assert phone.get(reverse("activities:inbox")).status_code == 200
    assert phone.get(reverse("coins:statement"), {"youth": youth.public_id}).status_code == 404


# ── GET changes nothing ──────────────────────────────────────────────────────────────────────────
def test_ten_scanners_use_nothing_up(client, mia, text, django_user_model):
    link = invite(mia)
    before = OneTimeLink.objects.values().get()
    for _ in range(10):
        follow(type(client)(), link)
        assert type(client)().head(path_of(link)).status_code == 302
    assert OneTimeLink.objects.values().get() == before

    client.force_login(make_user())
    follow(client, link)
    assert OneTimeLink.objects.values().get() == before
    accept(client, text)
    assert OneTimeLink.objects.get().used_at


def test_the_token_leaves_the_address_and_no_referrer_carries_it(client, mia):
    link = invite(mia)
    answer = client.get(path_of(link))
    token = path_of(link).split("/")[2]
    assert answer["Referrer-Policy"] == "no-referrer"
    assert "no-store" in answer["Cache-Control"]
    assert token not in answer.url
    page = client.get(answer.url)
    assert token not in page.content.decode()
    assert "no-store" in page["Cache-Control"]
    assert token not in str(dict(client.session))


# ── Which of the reasons, and what helps ─────────────────────────────────────────────────────────
def test_a_tampered_link_is_unknown_and_says_what_helps(client, mia):
    path = path_of(invite(mia))
    answer = client.get(path[:-5] + "AAAA/")
    assert answer.status_code == 404
    assert answer["Referrer-Policy"] == "no-referrer"
    assert "Unbekannter Link" in answer.content.decode()


@pytest.mark.parametrize(
    ("change", "title"),
    [
        ({"expires_at": JOINED}, "Abgelaufen"),
        ({"used_at": JOINED}, "Schon benutzt"),
        ({"revoked_at": JOINED}, "Gilt nicht mehr"),
    ],
)
def test_a_link_that_opens_nothing_says_why_at_every_step(client, mia, text, change, title):
    link = invite(mia)
    follow(client, link)
    OneTimeLink.objects.update(**change)
    for answer in (client.get(reverse("accounts:invitation")), follow(client, link)):
        assert answer.status_code == 410
        page = answer.content.decode()
        assert title in page
        assert "Mia" in page
    assert client.post(reverse("accounts:invitation-sign-up"), FORM).url == reverse("accounts:invitation")
    client.force_login(make_user())
    assert title in accept(client, text).content.decode()
    assert not Guardianship.objects.exists()
    assert not User.objects.filter(username="sabine").exists()


def test_who_used_it_already_is_led_on(client, mia, text):
    link = invite(mia)
    client.force_login(make_user("Sabine"))
    follow(client, link)
    accept(client, text)
    client.get(path_of(link))
    assert client.get(reverse("accounts:invitation")).url == reverse("start")


def test_a_text_that_changed_meanwhile_is_read_again(client, mia, text):
    client.force_login(make_user("Sabine"))
    follow(client, invite(mia))
    answer = client.post(reverse("accounts:invitation-accept"), {"text": "0" * 64})
    assert answer.status_code == 409
    assert "neuer Text" in answer.content.decode()
    assert not Guardianship.objects.exists()


def test_a_page_without_a_link_leads_nowhere(client):
    assert client.get(reverse("accounts:invitation")).status_code == 404
    client.force_login(make_user())
    assert client.post(reverse("accounts:invitation-accept")).status_code == 404


# ── Same person, same mailbox ────────────────────────────────────────────────────────────────────
def test_a_youth_who_opens_the_own_invitation_is_shown_two_ways_on(client, mia, text):
    client.force_login(mia.user)
    page = follow(client, invite(mia)).content.decode()
    assert "Wir teilen uns dieses Handy" in page
    assert accept(client, text).status_code == 409
    assert not Guardianship.objects.exists()


def test_the_same_mailbox_is_offered_to_move(client, mia, text):
    User.objects.filter(pk=mia.user_id).update(email="mia.berger@example.org")
    mother = make_user("Sabine", email="miaberger+mama@example.org")
    client.force_login(mother)
    follow(client, invite(mia))
    answer = accept(client, text)
    assert answer.status_code == 409
    assert 'name="move_mail"' in answer.content.decode()
    accept(client, text, move_mail="1")
    mother.refresh_from_db()
    assert mother.email == "mia.berger@example.org"
    assert User.objects.get(pk=mia.user_id).email == ""


def test_a_mother_without_a_mailbox_may_take_the_childs(client, mia, text):
    User.objects.filter(pk=mia.user_id).update(email="mia@example.org")
    mother = make_user("Sabine")
    client.force_login(mother)
    assert 'name="move_mail"' in follow(client, invite(mia)).content.decode()
    accept(client, text, move_mail="1")
    mother.refresh_from_db()
    assert mother.email == "mia@example.org"


# ── The youth's side ─────────────────────────────────────────────────────────────────────────────
def test_the_start_page_of_who_waits_shows_the_qr(client, mia):
    client.force_login(mia.user)
    page = client.get(reverse("start")).content.decode()
    assert "Elternteil einladen" in page
    assert not OneTimeLink.objects.exists()
    answer = client.post(reverse("accounts:family-invite", args=[mia.public_id]), {"purpose": "guardian"})
    link = OneTimeLink.objects.get()
    for shown in (client.get(answer.url), client.get(reverse("start"))):
        assert links.url_of(link) in shown.content.decode()
        assert 'aria-label="QR-Code der Einladung"' in shown.content.decode()


def test_renewing_and_withdrawing(client, mia):
    client.force_login(mia.user)
    url = reverse("accounts:family-invite", args=[mia.public_id])
    client.post(url, {"purpose": "guardian"})
    client.post(url, {"purpose": "guardian"})
    old, new = OneTimeLink.objects.order_by("pk")
    assert old.revoked_at
    assert client.get(reverse("accounts:family-invitation", args=[old.public_id])).url == reverse("accounts:family")
    client.post(reverse("accounts:family-invitation-withdraw", args=[new.public_id]))
    new.refresh_from_db()
    assert new.revoked_at
    assert client.post(url, {"purpose": "password"}).status_code == 400


def test_twenty_invitations_a_day(client, mia):
    client.force_login(mia.user)
    url = reverse("accounts:family-invite", args=[mia.public_id])
    for _ in range(21):
        answer = client.post(url, {"purpose": "guardian"})
    assert answer.url == reverse("accounts:family")
    assert OneTimeLink.objects.count() == 20


def test_two_mails_an_hour_to_one_mailbox(client, mia, mailoutbox):
    client.force_login(mia.user)
    url = reverse("accounts:family-invitation", args=[invite(mia).public_id])
    answers = [client.post(url, {"email": "Mama@example.org"}).status_code for _ in range(3)]
    assert answers == [302, 302, 429]


def test_the_own_address_is_not_invited(client, mia):
    User.objects.filter(pk=mia.user_id).update(email="mia@example.org")
    client.force_login(User.objects.get(pk=mia.user_id))
    answer = client.post(
        reverse("accounts:family-invitation", args=[invite(mia).public_id]), {"email": "mia+x@example.org"}
    )
    assert answer.status_code == 409
    assert "eigene Adresse" in answer.content.decode()


# ── One phone ────────────────────────────────────────────────────────────────────────────────────
def test_a_mother_joins_on_her_childs_phone(client, mia, text):
    client.force_login(mia.user)
    follow(client, invite(mia))
    answer = client.post(reverse("accounts:invitation-hand-over"), {"phone": "shared"})
    page = client.get(answer.url).content.decode()
    assert "PIN aus vier Ziffern" in page
    answer = client.post(reverse("accounts:invitation-sign-up"), {**FORM, "pin": "1234"})
    assert answer.status_code == 200
    answer = client.post(reverse("accounts:invitation-sign-up"), {**FORM, "pin": "4711"})
    assert answer.status_code == 302
    accept(client, text)

    mother = User.objects.get(username="sabine")
    assert guardian_of(mia) == mother
    phone = SharedPhone.objects.get()
    assert set(phone.people.all()) == {mia.user, mother}
    assert "Zu Mia wechseln" in client.get(reverse("start")).content.decode()


def test_handing_an_own_phone_over_signs_out(client, mia):
    client.force_login(mia.user)
    follow(client, invite(mia))
    answer = client.post(reverse("accounts:invitation-hand-over"), {"phone": "own"})
    assert "_auth_user_id" not in client.session
    assert "Mia lädt Sie ein" in client.get(answer.url).content.decode()
    assert not SharedPhone.objects.exists()


# ── Guardian first ───────────────────────────────────────────────────────────────────────────────
def kim(**more):
    born = date(db.now().year - 13, 1, 1)
    return {"first_name": "Kim", "username": "kim", "birth_date": born.isoformat(), "password": PASSWORD, **more}


def test_a_father_joins_first_and_brings_his_child(client, text):
    answer = client.post(reverse("accounts:sign-up-guardian"), FORM)
    assert answer.url == reverse("accounts:bring-youth")
    answer = client.post(answer.url, kim(text=text.sha256))
    youth = User.objects.get(username="kim").youth
    assert answer.url == reverse("accounts:joined", args=[youth.public_id])
    assert youth.guardianships.count() == youth.consents.count() == 1


def test_the_child_sets_the_password_by_qr_on_the_own_phone(client, text):
    client.post(reverse("accounts:sign-up-guardian"), FORM)
    answer = client.post(reverse("accounts:bring-youth"), kim(text=text.sha256, password=""))
    assert "QR-Code für ein neues Passwort" in client.get(answer.url).content.decode()
    other_phone = type(client)()
    other_phone.get("/passwort/" + links.url_of(OneTimeLink.objects.get()).split("/")[-2] + "/")
    answer = other_phone.post(reverse("accounts:new-password"), {"password": PASSWORD})
    assert answer.status_code == 200
    assert User.objects.get(username="kim").check_password(PASSWORD)


@pytest.mark.parametrize("years", [11, 18, 21])
def test_a_child_whose_age_does_not_fit_is_refused_kindly_and_not_kept(client, text, years):
    client.force_login(make_user())
    born = db.now().date() - timedelta(days=round(365.25 * years) + 40)
    answer = client.post(reverse("accounts:bring-youth"), kim(text=text.sha256, birth_date=born.isoformat()))
    assert answer.status_code in {400, 409}
    assert not User.objects.filter(username="kim").exists()


def test_the_pages_speak_the_language_a_guest_picks(client, mia):
    follow(client, invite(mia))
    assert '<html lang="tr"' in client.get(reverse("accounts:invitation") + "?sprache=tr").content.decode()
    assert '<html lang="tr"' in client.get(reverse("accounts:invitation")).content.decode()
    client.post(reverse("accounts:invitation-sign-up"), FORM)
    assert User.objects.get(username="sabine").language == "tr"
