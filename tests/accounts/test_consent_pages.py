"""The pages of consent as people and the team use them."""

import pytest
from django.urls import reverse

from accounts import consent, registration
from accounts.models import Consent, ConsentText
from activities.models import SharedTimeEntry
from clevervibes.lib import db
from tests.factories import JOINED, guardian_of, make_consent_text, make_user, make_youth

pytestmark = pytest.mark.django_db


@pytest.fixture
def by(client):
    """Return the client signed in as somebody."""

    def sign_in(user):
        client.force_login(user)
        return client

    return sign_in


@pytest.fixture
def desk(by):
    return by(make_user(is_staff=True, is_superuser=True))


def page_of(youth) -> str:
    return reverse("accounts:consent", args=[youth.public_id])


def press(client, name, youth, **fields):
    return client.post(reverse(f"accounts:consent-{name}", args=[youth.public_id]), fields, follow=True)


def new_time(youth):
    return {
        "category": SharedTimeEntry._meta.get_field("category").related_model.objects.first().pk,
        "day": "2026-11-01", "starts": "15:00", "ends": "16:00",
        "companion_relation": "parent", "companion_name": "Mama", "did": "Wir haben gelesen.",
    }  # fmt: skip


# ── Families ─────────────────────────────────────────────────────────────────────────────────────
def test_a_guardian_reads_both_languages_and_the_hash_and_consents(by):
    youth = make_youth(consent=False)
    text = make_consent_text()
    mother = guardian_of(youth)
    client = by(mother)

    # With one youth the list is the page itself.
    page = client.get(reverse("accounts:consents"), follow=True).content.decode()
    assert text.german in page
    assert text.sha256 in page
    assert not Consent.objects.exists()

    assert "Haken" in press(client, "give", youth, text=text.sha256).content.decode()
    assert not Consent.objects.exists()

    answer = press(client, "give", youth, text=text.sha256, read="1").content.decode()
    assert "Die Einwilligung gilt" in answer
    given = Consent.objects.get()
    assert (given.given_by, given.text_sha256, given.how) == (mother, text.sha256, "screen")


def test_taking_back_takes_no_more_steps_than_giving(by):
    """Giving: open the page, tick, press. Taking back: open the page, unfold, press."""
    youth = make_youth()
    client = by(guardian_of(youth))
    page = client.get(page_of(youth)).content.decode()
    form = page[page.index("<details") : page.rindex("</details>")]
    assert reverse("accounts:consent-withdraw", args=[youth.public_id]) in form

    answer = press(client, "withdraw", youth).content.decode()

    assert "Die Einwilligung ist widerrufen" in answer
    assert Consent.objects.get().withdrawn_by == guardian_of(youth)


def test_the_youths_next_request_is_refused_kindly_and_looking_goes_on(by):
    youth = make_youth()
    press(by(guardian_of(youth)), "withdraw", youth)

    client = by(youth.user)
    for request in (client.get, client.post):
        answer = request(reverse("activities:new"), new_time(youth), follow=True)
        assert "nichts Neues eintragen" in answer.content.decode()
    assert not SharedTimeEntry.objects.exists()
    refused = client.post(
        "/api/v1/entries/",
        {
            "category": "lesen", "starts_at": "2026-11-01T14:00:00Z", "ends_at": "2026-11-01T15:00:00Z",
            "companion": {"relation": "parent", "first_name": "Mama"}, "did": "Wir haben gelesen.",
        },
        content_type="application/json",
    )  # fmt: skip
    assert not SharedTimeEntry.objects.exists()
    assert refused.status_code in {400, 409}
    for name in ("start", "activities:entries", "coins:statement", "partners:catalog", "accounts:consents"):
        assert client.get(reverse(name), follow=True).status_code == 200
    assert "widerrufen" in client.get(reverse("start")).content.decode()


def test_looking_at_the_page_a_hundred_times_changes_nothing(by):
    youth = make_youth(consent=False)
    client = by(guardian_of(youth))
    for name in ("give", "withdraw"):
        address = reverse(f"accounts:consent-{name}", args=[youth.public_id])
        for _ in range(50):
            assert client.get(address).status_code == 405
            assert client.head(address).status_code == 405
    assert not Consent.objects.exists()


def test_somebody_elses_consent_is_not_there(by):
    youth, other = make_youth(), make_youth("Ben")
    grandmother = make_user("Ursula")
    registration.name_trusted_person(person=grandmother, youth=youth, by=guardian_of(youth), now=JOINED)
    text = make_consent_text()
    for stranger in (guardian_of(other), other.user, grandmother, make_user()):
        client = by(stranger)
        assert client.get(page_of(youth)).status_code == 404
        assert press(client, "give", youth, text=text.sha256, read="1").status_code == 404
        assert press(client, "withdraw", youth).status_code == 404
    assert Consent.objects.filter(withdrawn_at=None).count() == 2


def test_a_page_that_was_open_while_a_new_text_came_consents_to_nothing(by):
    youth = make_youth(consent=False)
    old = make_consent_text()
    new = ConsentText.objects.create(version=2, german="Neuer Text.")
    consent.publish(text=new, now=db.now())

    answer = press(by(guardian_of(youth)), "give", youth, text=old.sha256, read="1")

    assert answer.status_code == 422
    assert "Neuer Text." in answer.content.decode()
    assert not Consent.objects.exists()


def test_an_old_version_stays_readable_and_a_draft_is_nobodys_business(by):
    youth = make_youth()
    old, draft = make_consent_text(), ConsentText.objects.create(version=2, german="Noch geheim.")
    client = by(youth.user)
    assert old.german in client.get(reverse("accounts:consent-text", args=[old.sha256])).content.decode()
    assert client.get(reverse("accounts:consent-text", args=[draft.sha256])).status_code == 404
    assert "Noch geheim" not in client.get(page_of(youth)).content.decode()


def test_a_youth_of_sixteen_decides_and_the_start_page_asks(by):
    youth = make_youth(age=16)
    new = ConsentText.objects.create(version=2, german="Neuer Text.")
    consent.publish(text=new, now=db.now())
    client = by(youth.user)

    assert page_of(youth) in client.get(reverse("start")).content.decode()
    press(client, "give", youth, text=new.sha256, read="1")
    assert page_of(youth) not in client.get(reverse("start")).content.decode()
    assert youth.consents.filter(text=new, given_by=youth.user).exists()


def test_a_guardians_start_page_asks_for_what_is_missing(by):
    youth, text = make_youth(consent=False), make_consent_text()
    client = by(guardian_of(youth))
    assert page_of(youth) in client.get(reverse("start")).content.decode()
    press(client, "give", youth, text=text.sha256, read="1")
    assert "Ihre Einwilligung für" not in client.get(reverse("start")).content.decode()


# ── The team ─────────────────────────────────────────────────────────────────────────────────────
def test_the_team_drafts_publishes_and_cannot_change_it_afterwards(desk):
    make_consent_text()
    desk.post(reverse("admin:accounts_consenttext_add"), {"german": "Neu.\r\nZeile.", "turkish": "Yeni."})
    draft = ConsentText.objects.get(version=2)
    address = reverse("admin:accounts_consenttext_publish", args=[draft.pk])

    assert draft.sha256 in desk.get(address).content.decode()
    assert desk.post(address, {"days_to_answer": "91"}).status_code == 200
    draft.refresh_from_db()
    assert draft.published_at is None

    desk.post(address, {"days_to_answer": "7"})
    draft.refresh_from_db()
    assert draft.published_at
    assert desk.get(address).status_code in {302, 403, 404}
    change = reverse("admin:accounts_consenttext_change", args=[draft.pk])
    assert desk.post(change, {"german": "Anders.", "turkish": ""}).status_code == 403
    assert draft.sha256 in desk.get(change).content.decode()


def test_the_team_enters_what_is_on_paper_and_what_was_said_by_telephone(desk):
    youth = make_youth(consent=False)
    make_consent_text()
    add = reverse("admin:accounts_consent_add")
    fields = {"youth": youth.user.username, "signed_by": guardian_of(youth).username, "note": "Bogen vom 3. Mai"}

    assert "Diesen Benutzernamen gibt es nicht" in desk.post(add, {**fields, "youth": "wer"}).content.decode()
    assert (
        "entscheidet jemand anderes" in desk.post(add, {**fields, "signed_by": make_user().username}).content.decode()
    )
    desk.post(add, fields)
    given = youth.consents.get()
    assert (given.how, given.note, given.given_by) == ("paper", "Bogen vom 3. Mai", guardian_of(youth))

    address = reverse("admin:accounts_consent_withdraw", args=[given.pk])
    desk.post(address, {"reason": "Anruf der Mutter"})
    assert desk.get(address).status_code == 200
    desk.post(address, {"said_by": guardian_of(youth).pk})
    given.refresh_from_db()
    assert (given.withdrawn_how, given.withdrawn_by) == ("paper", guardian_of(youth))
