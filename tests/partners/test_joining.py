"""An organisation asks to take part: what gets through, what does not, and what the team makes of it."""

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.urls import reverse

from accounts.models import ContactPoint, Organisation
from activities.models import Host
from clevervibes.lib import db, limits, outbox
from clevervibes.privacy import retention
from clevervibes.workplace import waiting
from coins.models import Sponsor
from partners.joining import enquiries
from partners.models import Enquiry, Partner
from tests.factories import make_club, make_organisation, make_user

pytestmark = pytest.mark.django_db
FORM = "/mitmachen/"


@pytest.fixture(autouse=True)
def club():
    club = make_club()
    club.contact_phone = "02306 1"
    club.save(update_fields=["contact_phone"])
    return club


def filled(**changed) -> dict:
    """Return what a person sends a minute after the form was drawn."""
    return {
        "parts": ["partner", "host"], "organisation_name": "Eiscafé Dolomiti", "contact_name": "Carla Rossi",
        "email": "carla@example.org", "phone": "02306 12", "message": "Wir geben gern Eis.", "agreed": "on",
        "homepage": "", "mark": enquiries.drawn(db.now() - timedelta(minutes=1)), **changed,
    }  # fmt: skip


def mailed() -> list[str]:
    outbox.relay(db.now())
    return [str(letter.body) for letter in mail.outbox]


def link() -> str:
    return re.search(r"https?://[^/]+(/mitmachen/bestaetigen/\S+)", mailed()[-1])[1]


def confirmed(client, **changed) -> Enquiry:
    client.post(FORM, filled(**changed))
    client.post(link())
    return Enquiry.objects.get(confirmed_at__isnull=False)


# ── The way in ───────────────────────────────────────────────────────────────────────────────────
def test_an_enquiry_reaches_the_team_once_its_mailbox_has_said_yes(client):
    team = make_user("Canan", is_staff=True, roles=["catalog"])

    answer = client.post(FORM, filled())
    assert (answer.status_code, answer.url) == (302, "/mitmachen/danke/")
    address = link()
    assert "carla" not in address
    asked = client.get(address)
    assert waiting.for_(team, db.now()) == []
    assert asked["Referrer-Policy"] == "no-referrer"
    said = client.post(address).content.decode()
    again = client.post(address)

    assert "Danke, wir melden uns" in said
    assert again.status_code == 200
    assert [(str(queue.label), queue.number) for queue in waiting.for_(team, db.now())] == [("Anfragen mitzumachen", 1)]
    assert "Eiscafé Dolomiti" not in mail.outbox[0].subject


def test_a_double_click_a_reload_and_the_way_back_are_one_enquiry(client):
    once = filled()
    for _ in range(3):
        assert client.post(FORM, once).status_code == 302
    assert Enquiry.objects.count() == 1
    assert len(mailed()) == 1

    # Going back and changing a word is another one.
    client.post(FORM, {**once, "message": "Auch Kuchen."})
    assert Enquiry.objects.count() == 2


def test_who_lost_the_link_asks_again_and_the_team_reads_it_once(client):
    client.post(FORM, filled())
    client.post(FORM, filled(email="Carla@example.org"))
    client.post(link())

    assert Enquiry.objects.get().confirmed_at


def test_a_known_mailbox_gets_the_same_answer_and_the_same_mail(client):
    make_user("Carla", email="carla@example.org")

    known = client.post(FORM, filled())
    unknown = client.post(FORM, filled(email="dario@example.org"))
    first, second = mailed()

    assert (known.status_code, known.url) == (unknown.status_code, unknown.url)
    assert re.sub(r"\S+/bestaetigen/\S+", "", first) == re.sub(r"\S+/bestaetigen/\S+", "", second)


# ── What does not get through ────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"homepage": "https://spam.example"}, "leer bleiben muss"),
        ({"mark": ""}, "sehr schnell"),
        ({"mark": "1.abc:forged"}, "sehr schnell"),
        ({"agreed": ""}, "Ohne das können wir nicht antworten"),
        ({"parts": []}, "mindestens eines"),
        ({"parts": ["admin"]}, "admin"),
        ({"email": "carla"}, "E-Mail"),
        ({"organisation_name": "Gewonnen! https://spam.example"}, "ohne Internetadresse"),
        ({"organisation_name": ""}, 'id="id_organisation_name_error"'),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_stays(client, changed, said):
    answer = client.post(FORM, filled(**changed))
    page = answer.content.decode()

    assert answer.status_code == 422
    assert said in page
    assert "Wir geben gern Eis." in page
    assert "spam.example" not in page or "organisation_name" in changed
    assert not Enquiry.objects.exists()
    assert mailed() == []


def test_a_form_that_comes_back_at_once_is_asked_to_come_again_and_then_passes(client):
    drawn = re.search(r'name="mark" value="([^"]+)"', client.get(FORM).content.decode())[1]

    refused = client.post(FORM, filled(mark=drawn)).content.decode()

    assert "sehr schnell" in refused
    # The same mark: by the time a person presses again it is old enough.
    assert f'value="{drawn}"' in refused
    enquiries.require_read(drawn, db.now() + timedelta(seconds=4))


def test_limits_hold_for_an_address_and_for_a_mailbox(client):
    for number in range(3):
        assert client.post(FORM, filled(message=f"Nummer {number}")).status_code == 302
    mailbox = client.post(FORM, filled(message="Nummer 4"))
    for number in range(2):
        assert client.post(FORM, filled(email=f"{number}@example.org")).status_code == 302
    address = client.post(FORM, filled(email="noch@example.org"))

    assert (mailbox.status_code, address.status_code) == (429, 429)
    assert "Wir geben gern Eis." in address.content.decode()
    assert Enquiry.objects.count() == 5
    assert limits.TooOften.status == 429


def test_a_link_is_good_for_a_week_and_none_can_be_made_up(client):
    client.post(FORM, filled())
    address = link()
    forged = address.replace(":", "x:", 1)

    assert client.get(forged).status_code == 404
    assert client.post(forged).status_code == 404
    Enquiry.objects.update(asked_at=db.now() - timedelta(days=7))
    assert client.get(address).status_code == 404
    assert client.post(address).status_code == 404
    assert Enquiry.objects.get().confirmed_at is None


# ── The team ─────────────────────────────────────────────────────────────────────────────────────
def test_accepted_it_is_an_organisation_that_still_waits_for_its_release(client):
    enquiry = confirmed(client, parts=["partner", "sponsor", "host", "point"])
    client.force_login(make_user("Canan", is_staff=True, roles=["catalog"]))
    page = reverse("admin:partners_enquiry_accept", args=[enquiry.pk])

    missing = client.post(page, {"organisation": "", "sponsor_kind": ""}).content.decode()
    assert "wie die Organisation fördert" in missing
    assert not Organisation.objects.exists()
    client.post(page, {"organisation": "", "sponsor_kind": "donation"})

    place = Organisation.objects.get()
    assert Partner.objects.get().released_at is None
    assert {row.organisation for row in (Host.objects.get(), Sponsor.objects.get(), ContactPoint.objects.get())} == {
        place
    }
    assert "Eiscafé Dolomiti ist beim" in mailed()[-1]
    assert client.post(page, {"organisation": "", "sponsor_kind": "donation"}).status_code in {403, 404}
    assert len(mailed()) == 2


def test_accepted_it_may_join_an_organisation_that_is_there(client):
    enquiry, place = confirmed(client), make_organisation("Dolomiti")
    Partner.objects.create(organisation=place)

    enquiries.accept(enquiry=enquiry, organisation=place, by=make_user(), now=db.now())
    enquiries.accept(enquiry=enquiry, by=make_user(), now=db.now())

    assert Organisation.objects.get() == place
    assert Partner.objects.get().organisation == Host.objects.get().organisation == place


def test_declined_it_gets_the_sentence(client):
    enquiry, by = confirmed(client), make_user()

    enquiries.decline(enquiry=enquiry, reason="Wir haben schon drei Eiscafés.", by=by, now=db.now())
    with pytest.raises(enquiries.NotOpen):
        enquiries.accept(enquiry=enquiry, by=by, now=db.now())

    assert "Wir haben schon drei Eiscafés." in mailed()[-1]


def test_nothing_is_decided_before_the_mailbox_said_yes(client):
    client.post(FORM, filled())
    client.force_login(make_user("Canan", is_staff=True, roles=["catalog"]))
    enquiry = Enquiry.objects.get()

    with pytest.raises(enquiries.NotOpen):
        enquiries.accept(enquiry=enquiry, by=make_user(), now=db.now())
    assert client.get(reverse("admin:partners_enquiry_accept", args=[enquiry.pk])).status_code in {403, 404}


def test_it_is_kept_no_longer_than_needed(client):
    now = db.now()
    client.post(FORM, filled())
    assert retention.overdue(now)["enquiries never confirmed"] == 0
    retention.forget(now=now + timedelta(days=8))
    assert not Enquiry.objects.exists()

    enquiry = confirmed(client)
    retention.forget(now=now + timedelta(days=80))
    enquiries.decline(enquiry=enquiry, reason="Leider nein.", by=make_user(), now=now)
    retention.forget(now=now + timedelta(days=80))
    assert Enquiry.objects.exists()
    retention.forget(now=now + timedelta(days=91))
    assert not Enquiry.objects.exists()
