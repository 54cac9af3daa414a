"""The link of a digest mail: one person's inbox without signing in, and nothing else."""

import re
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.contrib.sessions.models import Session
from django.core import mail
from django.urls import reverse

from accounts import registration, shared_phone, stops
from accounts.models import User
from accounts.notices import digests
from accounts.security import mails
from activities import approvals, inbox_links
from activities.models import InboxLink, Review, SharedTimeEntry
from clevervibes.lib import db, outbox
from tests.factories import guardian_of, make_entry, make_user, make_youth

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
INBOX = reverse("activities:mail-inbox")


@pytest.fixture
def youth():
    youth = make_youth()
    mother = guardian_of(youth)
    mother.email, mother.first_name = "sabine@example.org", "Sabine"
    mother.save()
    return youth


@pytest.fixture
def mother(youth) -> User:
    return User.objects.get(pk=guardian_of(youth).pk)


def logged(youth, hours=3):
    now = db.now()
    return make_entry(youth, now=now, starts_at=now - hours * HOUR)


def link_of(person, now=None) -> str:
    return db.service(inbox_links.make)(person=person, now=now or db.now())


def states():
    """All that a link could change, as it is now."""
    return (
        sorted(SharedTimeEntry.objects.values_list("pk", "status", "reviewed_by", "approved_at")),
        Review.objects.count(),
        sorted(InboxLink.objects.values_list("pk", "expires_at", "revoked_at")),
    )


def test_the_digest_opens_the_list_and_one_tap_confirms_the_week(client, youth, mother):
    entries = [logged(youth, hours) for hours in (3, 5, 27)]
    User.objects.filter(pk=mother.pk).update(date_joined=db.now() - timedelta(days=30))
    digests.plan(now=db.now())
    while outbox.relay(db.now()):
        pass
    (letter,) = mail.outbox
    (address,) = set(re.findall(r"https?://\S+/bestaetigen/mail/\S+/", letter.body))

    opened = client.get(urlsplit(address).path)
    assert (opened.status_code, opened["Location"], opened["Referrer-Policy"]) == (302, INBOX, "no-referrer")
    page = client.get(INBOX)
    assert page.status_code == 200
    assert "no-store" in page["Cache-Control"]
    ids = page.context["youths"][0].ids
    client.post(reverse("activities:mail-approve"), {"all": ids})

    for entry in entries:
        entry.refresh_from_db()
        assert (entry.status, entry.reviewed_by) == ("approved", mother)


def test_ten_scanners_change_nothing(client, youth, mother):
    logged(youth)
    path = link_of(mother)
    before = states()
    for _scanner in range(10):
        client.cookies.clear()
        for method in (client.get, client.head):
            assert method(path, follow=True).status_code == 200
        for name in ("mail-approve", "mail-undo-several", "mail-end", "mail-new"):
            assert client.get(reverse(f"activities:{name}")).status_code == 405
    assert states() == before


@pytest.fixture
def by_link(client, mother):
    client.get(link_of(mother))
    return client


def test_one_several_all_and_back_again(by_link, youth, mother):
    first, second, third, fourth = (logged(youth, hours) for hours in (3, 5, 7, 9))
    approve = reverse("activities:mail-approve")

    by_link.post(approve, {"entry": first.public_id, "ticked": second.public_id})
    assert [status_of(entry) for entry in (first, second)] == ["approved", "submitted"]
    by_link.post(approve, {"then": "ticked", "ticked": [second.public_id, third.public_id]})
    assert [status_of(entry) for entry in (second, third, fourth)] == ["approved", "approved", "submitted"]

    page = by_link.get(INBOX)
    assert {entry.pk for entry in page.context["just"]} == {second.pk, third.pk}
    by_link.post(reverse("activities:mail-undo-several"), {"all": f"{second.public_id},{third.public_id},"})
    assert [status_of(entry) for entry in (first, second, third)] == ["approved", "submitted", "submitted"]
    by_link.post(reverse("activities:mail-undo", args=[first.public_id]))
    assert status_of(first) == "submitted"


def test_sending_back_takes_a_tapped_reason(by_link, youth):
    entry = logged(youth)
    url = reverse("activities:mail-return", args=[entry.public_id])
    assert by_link.get(url).status_code == 200
    assert by_link.post(url, {}).status_code == 422
    assert by_link.post(url, {"chip": "day"})["Location"] == INBOX
    assert entry.reviews.get(step="return").reason == "falscher Tag"


def status_of(entry):
    entry.refresh_from_db()
    return entry.status


def test_it_acts_with_the_token_of_its_own_form_alone(youth, mother):
    from django.test import Client

    entry = logged(youth)
    strict = Client(enforce_csrf_checks=True)
    strict.get(link_of(mother))
    strict.get(INBOX)
    assert strict.post(reverse("activities:mail-approve"), {"entry": entry.public_id}).status_code == 403
    assert status_of(entry) == "submitted"


def test_nothing_of_another_family_is_reached(by_link):
    foreign = logged(make_youth("Ben"))
    assert by_link.get(reverse("activities:mail-return", args=[foreign.public_id])).status_code == 404
    assert by_link.post(reverse("activities:mail-undo", args=[foreign.public_id])).status_code == 404
    by_link.post(reverse("activities:mail-approve"), {"entry": foreign.public_id})
    assert status_of(foreign) == "submitted"


def test_nothing_else_of_the_house_opens(by_link):
    """What a guest is shown or sent to is all that the link's session gets."""
    from django.test import Client
    from django.urls import NoReverseMatch, get_resolver

    guest, names = Client(), []
    for name in sorted(key for key in get_resolver().namespace_dict["activities"][1].reverse_dict if type(key) is str):
        names.append(f"activities:{name}")
    names += ["start", "year", "accounts:profile", "accounts:family", "accounts:notices", "privacy:data", "admin:index"]
    asked = 0
    for name in names:
        try:
            url = reverse(name)
        except NoReverseMatch:
            continue
        if "/bestaetigen/mail/" in url:
            continue
        asked += 1
        mine, theirs = by_link.get(url), guest.get(url)
        assert (mine.status_code, mine.headers.get("Location")) == (theirs.status_code, theirs.headers.get("Location"))
    assert asked >= 10
    assert by_link.get("/api/v1/approvals/").status_code == 401


# ── Until when ───────────────────────────────────────────────────────────────────────────────────
def closed(client, code, status=410):
    page = client.get(INBOX)
    assert (page.status_code, page.context["refusal"].code) == (status, code)
    return page


def test_fourteen_days_and_no_longer(client, youth, mother, monkeypatch):
    client.get(link_of(mother))
    now = db.now
    monkeypatch.setattr(db, "now", lambda: now() + timedelta(days=14) - HOUR)
    assert client.get(INBOX).status_code == 200
    monkeypatch.setattr(db, "now", lambda: now() + timedelta(days=14))
    closed(client, "link_expired")


@pytest.mark.parametrize("how", ["by the page", "by themself", "password", "stopped", "ended", "inactive", "erased"])
def test_what_ends_it(client, youth, mother, how):
    entry = logged(youth)
    path = link_of(mother)
    client.get(path)
    link = mother.guardianships.get()
    if how == "by the page":
        client.post(reverse("activities:mail-end"))
    elif how == "by themself":
        inbox_links.end_all(person=mother, now=db.now())
    elif how == "password":
        mails.change_password(user=mother, password="ein-ganz-neues-passwort", now=db.now())
    elif how == "stopped":
        team = make_user("Svenja", is_staff=True, roles=["support"])
        stops.stop_guardianship(guardianship=link, sentence="Wir klären etwas.", reason="Test", by=team, now=db.now())
    elif how == "ended":
        youth.guardianships.update(ended_at=db.now())
    elif how == "inactive":
        User.objects.filter(pk=mother.pk).update(is_active=False)
    else:
        mother.delete()
    code = {"stopped": "nothing_to_confirm", "ended": "nothing_to_confirm", "inactive": "link_unknown",
            "erased": "link_unknown"}.get(how, "link_ended")  # fmt: skip
    closed(client, code, 404 if code == "link_unknown" else 410)
    client.post(reverse("activities:mail-approve"), {"entry": entry.public_id})
    assert status_of(entry) == "submitted"
    closed_again = client.get(path, follow=True)
    assert closed_again.status_code in (404, 410)


def test_a_closed_one_sends_a_new_one_to_its_own_mailbox(client, mother, youth):
    client.get(link_of(mother))
    inbox_links.end_all(person=mother, now=db.now())
    assert "Neuen Link schicken" in closed(client, "link_ended").content.decode()

    assert client.post(reverse("activities:mail-new")).context["sent"]
    while outbox.relay(db.now()):
        pass
    (letter,) = mail.outbox
    assert letter.to == ["sabine@example.org"]
    (address,) = set(re.findall(r"https?://\S+/bestaetigen/mail/\S+/", letter.body))
    assert client.get(urlsplit(address).path, follow=True).status_code == 200

    for status in (410, 429):
        inbox_links.end_all(person=mother, now=db.now())
        assert client.post(reverse("activities:mail-new")).status_code == status


@pytest.mark.parametrize("token", ["nichts", "A" * 43, "%00", "ü" * 43])
def test_a_token_that_is_none_is_told_so(client, token):
    page = client.get(f"/bestaetigen/mail/{token}/")
    assert (page.status_code, page.context["refusal"].code) == (404, "link_unknown")
    assert client.post(reverse("activities:mail-new")).status_code == 404


def test_the_token_is_kept_nowhere(client, mother, youth):
    path = link_of(mother)
    token = path.rstrip("/").rpartition("/")[2]
    client.get(path)
    assert InboxLink.objects.get().token_sha256 != token
    assert all(token not in str(row.get_decoded()) for row in Session.objects.all())


def test_the_language_is_that_of_its_person(client, mother, youth):
    logged(youth)
    User.objects.filter(pk=mother.pk).update(language="tr")
    client.get(link_of(mother))
    page = client.get(INBOX, headers={"accept-language": "de"}).content.decode()
    assert 'lang="tr"' in page
    assert "Stimmt" not in page


# ── Phones ───────────────────────────────────────────────────────────────────────────────────────
def test_where_the_youth_is_signed_in_it_does_not_open(client, youth, mother):
    entry = logged(youth)
    client.force_login(youth.user)
    client.get(link_of(mother))
    assert client.get(INBOX).status_code == 403
    assert client.post(reverse("activities:mail-approve"), {"entry": entry.public_id}).status_code == 403
    assert status_of(entry) == "submitted"


def test_signed_in_as_oneself_it_leads_to_the_same_page(client, mother, youth):
    client.force_login(mother)
    assert client.get(link_of(mother), follow=True).redirect_chain[-1][0] == reverse("activities:inbox")


def test_on_a_shared_phone_it_asks_for_the_pin_of_its_person(client, youth, mother):
    entry, other = logged(youth), logged(youth, 9)
    shared_phone.set_pin(user=mother, pin="4711", now=db.now())
    client.force_login(youth.user)
    client.post(reverse("accounts:phone-share"))
    client.get(link_of(mother))
    assert client.get(INBOX).status_code == 200
    approve, sent = reverse("activities:mail-approve"), {"entry": str(entry.public_id)}

    asked = client.post(approve, sent)
    assert asked.status_code == 403
    assert ("entry", str(entry.public_id)) in asked.context["sent"]
    assert client.post(approve, {**sent, "confirm_pin": "1234"}).status_code == 403
    assert status_of(entry) == "submitted"
    assert client.post(approve, {**sent, "confirm_pin": "4711"}).status_code == 302
    assert status_of(entry) == "approved"
    # For ten minutes not again; the youth's own pages gain nothing by it.
    assert client.post(approve, {"entry": str(other.public_id)}).status_code == 302
    assert client.get(reverse("activities:inbox")).status_code == 404


def test_without_a_pin_nothing_is_confirmed_there(client, youth, mother):
    entry = logged(youth)
    client.force_login(youth.user)
    client.post(reverse("accounts:phone-share"))
    client.get(link_of(mother))
    sent = {"entry": str(entry.public_id), "confirm_pin": ""}
    assert client.post(reverse("activities:mail-approve"), sent).status_code in (403, 409)
    assert status_of(entry) == "submitted"


def test_a_trusted_person_gets_one_too(client, youth, mother):
    entry = logged(youth)
    grandmother = make_user("Ursula", email="ursula@example.org")
    registration.name_trusted_person(person=grandmother, youth=youth, by=mother, now=db.now())
    client.get(link_of(grandmother))
    client.post(reverse("activities:mail-approve"), {"entry": entry.public_id})
    assert (status_of(entry), entry.reviewed_by) == ("approved", grandmother)


def test_signed_in_links_are_ended_from_the_inbox(client, youth, mother):
    link_of(mother)
    client.force_login(mother)
    assert client.get(reverse("activities:inbox")).context["open_until"]
    client.post(reverse("activities:end-links"))
    assert client.get(reverse("activities:inbox")).context["open_until"] is None


def test_more_than_a_form_may_have_fields_are_confirmed_by_one_tap(by_link, youth, settings):
    settings.DATA_UPLOAD_MAX_NUMBER_FIELDS = 20
    now = db.now()
    entries = [make_entry(youth, now=now, minutes=15, starts_at=now - n * HOUR) for n in range(1, 31)]
    ids = by_link.get(INBOX).context["youths"][0].ids
    by_link.post(reverse("activities:mail-approve"), {"all": ids})
    assert {status_of(entry) for entry in entries} == {"approved"}
    assert approvals.undo_all(entry_ids=[entry.public_id for entry in entries], by=guardian_of(youth), now=db.now())
