"""A shared phone in the hand of a child: what a tap shows, and what it must not do."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.urls import reverse

from accounts import consent, families, links, phone_session, shared_phone
from accounts.models import SharedPhone, User
from activities.models import SharedTimeEntry
from clevervibes.lib import db
from tests.factories import guardian_of, make_consent_text, make_entry, make_user, make_youth

pytestmark = pytest.mark.django_db

PASSWORD, PIN = "drei kluge worte", "4711"


@pytest.fixture
def mia():
    youth = make_youth()
    youth.user.set_password(PASSWORD)
    youth.user.save()
    return youth


@pytest.fixture
def mother(mia):
    mother = guardian_of(mia)
    mother.set_password(PASSWORD)
    mother.save()
    return mother


@pytest.fixture
def phone(client, mia, mother):
    """The youth's session on a phone that her mother has signed in on."""
    client.force_login(mia.user)
    client.post(reverse("accounts:phone-share"))
    answer = client.post(
        reverse("accounts:phone-add"), {"login": mother.username, "password": PASSWORD, "pin": PIN}
    )  # fmt: skip
    assert answer.status_code == 302
    return client


def tap(client, person):
    return client.post(reverse("accounts:phone-switch"), {"person": person.public_id})


def who(client):
    return User.objects.get(pk=client.session["_auth_user_id"])


@pytest.fixture
def entry(mia):
    return make_entry(mia, now=db.now(), starts_at=db.now() - timedelta(hours=3))


def approve(client, entry, **more):
    return client.post(reverse("activities:approve"), {"entry": [entry.public_id], **more})


def status_of(entry):
    return SharedTimeEntry.objects.get(pk=entry.pk).status


# ── Switching ────────────────────────────────────────────────────────────────────────────────────
def test_one_tap_leads_to_the_other_persons_pages_and_back(phone, mia, mother):
    assert tap(phone, mother).url == reverse("start")
    assert who(phone) == mother
    assert f"Zu {mia.first_name} wechseln" in phone.get(reverse("start")).content.decode()
    tap(phone, mia.user)
    assert who(phone) == mia.user


def test_who_never_signed_in_here_is_not_switched_to(phone, mia):
    father, stranger = make_user("Thomas"), make_user()
    for person in (father, stranger):
        tap(phone, person)
        assert who(phone) == mia.user
    assert phone.post(reverse("accounts:phone-switch"), {"person": "x"}).status_code == 302
    assert phone.post(reverse("accounts:phone-switch")).status_code == 302
    assert who(phone) == mia.user


def test_without_a_shared_phone_nobody_is_switched_to(client, mia, mother, phone):
    elsewhere = type(client)()
    elsewhere.force_login(mia.user)
    tap(elsewhere, mother)
    assert who(elsewhere) == mia.user


def test_a_wrong_password_adds_nobody(phone, mother):
    stranger = make_user("Oma")
    answer = phone.post(reverse("accounts:phone-add"), {"login": stranger.username, "password": "falsch"})
    assert answer.status_code == 400
    assert SharedPhone.objects.get().places.count() == 2


def test_a_new_password_elsewhere_ends_the_tap(phone, mia, mother):
    mother.set_password("etwas ganz anderes")
    mother.save()
    tap(phone, mother)
    assert who(phone) == mia.user


def test_signing_out_ends_it_for_all(phone, mother):
    phone.post(reverse("account_logout"))
    assert SharedPhone.objects.get().ended_at
    assert phone_session.PHONE not in phone.session


def test_ended_from_afar(phone, client, mia, mother):
    afar = type(client)()
    afar.force_login(mother)
    url = reverse("accounts:phone-end", args=[SharedPhone.objects.get().public_id])
    stranger = type(client)()
    stranger.force_login(make_user())
    assert stranger.post(url).status_code == 404
    afar.post(url)
    tap(phone, mother)
    assert who(phone) == mia.user


# ── The PIN ──────────────────────────────────────────────────────────────────────────────────────
def test_a_child_who_taps_on_her_mother_confirms_nothing(phone, mother, entry):
    tap(phone, mother)
    answer = approve(phone, entry)
    assert answer.status_code == 403
    assert "Ihre PIN, bitte" in answer.content.decode()
    assert status_of(entry) == "submitted"
    assert approve(phone, entry, confirm_pin="0000").status_code == 403
    assert status_of(entry) == "submitted"


def test_the_right_pin_finishes_what_was_sent_and_holds_for_ten_minutes(phone, mia, mother, entry):
    tap(phone, mother)
    assert approve(phone, entry, confirm_pin=PIN).status_code == 302
    assert status_of(entry) == "approved"
    phone.post(reverse("activities:undo", args=[entry.public_id]))
    assert status_of(entry) == "submitted"
    # Until somebody else is switched to.
    tap(phone, mia.user)
    tap(phone, mother)
    assert approve(phone, entry).status_code == 403


def test_the_pin_page_carries_what_was_sent(phone, mother, entry):
    tap(phone, mother)
    answer = phone.post(reverse("activities:return", args=[entry.public_id]), {"reason": "<b>Uhrzeit</b>", "more": "x"})
    page = answer.content.decode()
    assert 'name="reason" value="&lt;b&gt;Uhrzeit&lt;/b&gt;"' in page
    assert 'name="more" value="x"' in page


def test_a_password_is_not_written_into_the_pin_page(phone, mother):
    session = phone.session
    bound = session[phone_session.PHONE]
    phone.force_login(mother)
    session = phone.session
    session[phone_session.PHONE] = bound
    session.save()
    answer = phone.post(reverse("accounts:bring-youth"), {"first_name": "Kim", "password": PASSWORD})
    assert answer.status_code == 403
    assert PASSWORD not in answer.content.decode()


def test_after_five_misses_the_right_pin_waits(phone, mother, entry):
    tap(phone, mother)
    for _ in range(5):
        assert approve(phone, entry, confirm_pin="0000").status_code == 403
    answer = approve(phone, entry, confirm_pin=PIN)
    assert answer.status_code == 429
    assert int(answer["Retry-After"]) > 0
    assert status_of(entry) == "submitted"


def test_the_pin_is_asked_of_whoever_signed_in_with_a_password_too(phone, mother, entry):
    """The mother put the phone down: the child picks it up."""
    phone.session.save()
    session = phone.session
    bound = session[phone_session.PHONE]
    phone.force_login(mother)
    session = phone.session
    session[phone_session.PHONE] = bound
    session.save()
    assert approve(phone, entry).status_code == 403


def test_the_api_asks_for_the_pin_too(phone, mother, entry):
    tap(phone, mother)
    answer = phone.post(f"/api/v1/approvals/{entry.public_id}/approve/")
    assert (answer.status_code, answer.json()["code"]) == (403, "pin_required")
    assert status_of(entry) == "submitted"


def test_a_youth_logs_on_a_shared_phone_without_a_pin(phone, mia, mother):
    tap(phone, mother)
    tap(phone, mia.user)
    answer = phone.post(reverse("activities:new"), {"then": "draft"})
    assert "Ihre PIN, bitte" not in answer.content.decode()
    assert answer.status_code != 403


# ── What is more than family business ────────────────────────────────────────────────────────────
def asks_for_the_password(answer):
    return answer.status_code == 302 and answer.url.startswith(reverse("account_reauthenticate"))


def test_a_tap_withdraws_no_consent_and_ends_no_family(phone, mia, mother):
    tap(phone, mother)
    for url in (
        reverse("accounts:consent-withdraw", args=[mia.public_id]),
        reverse("accounts:end-guardianship", args=[mia.guardianships.get().public_id]),
        reverse("accounts:family-password", args=[mia.public_id]),
        reverse("accounts:bring-youth"),
    ):
        for more in ({}, {"confirm_pin": PIN}):
            answer = phone.post(url, more)
            assert asks_for_the_password(answer), url
    assert consent.standing_of(mia, seen_by=mother, now=db.now()).stands
    assert not mia.guardianships.get().ended_at


def test_a_pin_is_set_with_the_password_alone(phone, mother):
    tap(phone, mother)
    url = reverse("accounts:phone-pin")
    assert phone.get(url).status_code == 200
    assert phone.post(url, {"pin": "2580", "password": "falsch"}).status_code == 403
    assert phone.post(url, {"pin": "2580"}).status_code == 200
    shared_phone.check_pin(user=mother, pin=PIN, now=db.now())
    assert phone.post(url, {"pin": "2580", "password": PASSWORD}).status_code == 302
    shared_phone.check_pin(user=mother, pin="2580", now=db.now())


def test_the_password_is_not_guessed_at_the_pin_page(phone, mother):
    tap(phone, mother)
    answers = [
        phone.post(reverse("accounts:phone-pin"), {"pin": "2580", "password": "falsch"}).status_code for _ in range(8)
    ]
    assert answers.count(403) <= 5
    assert phone.post(reverse("accounts:phone-pin"), {"pin": "2580", "password": PASSWORD}).status_code != 302
    shared_phone.check_pin(user=mother, pin=PIN, now=db.now())


def test_a_guardian_without_a_pin_shares_a_phone_by_setting_one(client, mother):
    client.force_login(mother)
    answer = client.post(reverse("accounts:phone-share"))
    client.post(answer.url, {"pin": PIN, "password": PASSWORD})
    assert list(SharedPhone.objects.get().people.all()) == [mother]
    assert phone_session.PHONE in client.session


def test_what_a_tap_may_look_at(phone, mia, mother):
    shown = families.invite_trusted_person(youth=mia, by=mother, now=db.now())
    tap(phone, mother)
    for name in ("profile", "family", "phone", "show-me"):
        assert phone.get(reverse(f"accounts:{name}")).status_code == 200, name
    # The QR that makes a stranger a trusted person is not for whoever holds the phone.
    assert asks_for_the_password(phone.get(reverse("accounts:family-invitation", args=[shown.public_id])))
    assert asks_for_the_password(phone.get(reverse("accounts:bring-youth")))


def test_a_tap_consents_to_nothing(phone, mia, mother):
    other = make_youth("Kim", consent=False)
    link = families.invite_guardian(youth=other, by=other.user, now=db.now())
    tap(phone, mother)
    phone.get(links.url_of(link).removeprefix(settings.PUBLIC_URL))
    for more in ({}, {"confirm_pin": PIN}):
        answer = phone.post(reverse("accounts:invitation-accept"), {"text": make_consent_text().sha256, **more})
        assert asks_for_the_password(answer)
    assert other.guardianships.count() == 1


def test_one_cookie_and_nothing_personal_in_it(phone, mother):
    tap(phone, mother)
    assert set(phone.cookies) <= {"sid", "__Host-sid"}
    assert mother.username not in str(phone.cookies)
