"""What a stranger sees: the first page, full or empty, and the flyer."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse

from clevervibes.lib import db, periods
from tests.accounts.test_texts import make_operator
from tests.factories import (
    make_club,
    make_contact_point,
    make_host,
    make_organisation,
    make_partner,
    make_place,
    make_sponsor,
)
from tests.paper import text_on

pytestmark = pytest.mark.django_db


def show(organisation):
    organisation.is_shown = True
    organisation.save(update_fields=["is_shown"])
    return organisation


def first_page(client, **query) -> str:
    answer = client.get("/", query)
    assert answer.status_code == 200
    assert not answer.cookies
    return answer.content.decode()


def test_the_first_page_makes_sense_before_there_is_anybody(client):
    nobody = first_page(client)
    make_club()
    empty = first_page(client)

    for page in (nobody, empty):
        assert "Das Netz" not in page
        for name in ("accounts:sign-up", "accounts:sign-up-guardian", "partners:take-part", "what-counts", "help"):
            assert f'href="{reverse(name)}' in page
    assert "/faltblatt/" not in nobody
    assert "/faltblatt/" in empty


def test_only_who_agreed_and_takes_part_is_named(client):
    show(make_partner("Bäckerei Kamp").organisation)
    make_partner("Kino ohne Zusage")
    show(make_partner("Laden im Entwurf", release=False).organisation)
    sponsor = make_sponsor("Stadtwerke Lippe")
    show(sponsor.organisation)
    over = make_sponsor("Früher dabei GmbH")
    over.agreement_from = over.agreement_until = periods.berlin_date(db.now()) - timedelta(days=1)
    over.save(update_fields=["agreement_from", "agreement_until"])
    show(over.organisation)
    host = make_host("Metallbau Kranz")
    show(host.organisation)
    make_place(host=host)
    show(make_host("Noch nichts freigegeben KG").organisation)
    show(make_contact_point("Jugendzentrum Lükaz").organisation)
    show(make_organisation("<b>Gar nichts</b>"))

    names = re.findall(r"<li>([^<]+)</li>", first_page(client).partition('class="network"')[2])

    assert names == ["Bäckerei Kamp", "Stadtwerke Lippe", "Metallbau Kranz", "Jugendzentrum Lükaz"]


def test_a_club_is_asked_for_by_its_flyer(client):
    here, there = make_club("Lünen"), make_club("Selm")
    show(make_partner("Bäckerei Kamp", club=here).organisation)
    show(make_partner("Kiosk Selm", club=there).organisation)

    both, one = first_page(client), first_page(client, ort=there.slug)

    assert "Bäckerei Kamp" in both
    assert "Kiosk Selm" in both
    assert "Kiosk Selm" in one
    assert "Bäckerei Kamp" not in one


def words(client, language: str) -> list[str]:
    club = make_club()
    club.contact_phone, club.emergency_phone = "02306 4711", "0171 0815"
    club.save(update_fields=["contact_phone", "emergency_phone"])
    answer = client.get(reverse("flyer", args=[club.public_id]), {"sprache": language})
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
    assert not answer.cookies
    return [" ".join(page.split()) for page in text_on(answer.content, "-raw").split("\f") if page.strip()]


@pytest.mark.parametrize(
    ("language", "outside", "inside"),
    [
        ("de", ["Eure Zeit ist was wert.", "Für Eltern", "Scannen und mitmachen", "Nummer gegen Kummer"],
         ["6 Minuten zusammen = 1 Coin", "Bestätigen lassen", "Coin-Tag"]),
        ("tr", ["Zamanınız değerli.", "Veliler için", "Tara ve katıl", "izniniz"],
         ["6 dakika birlikte = 1 coin", "Onaylat", "coin günü"]),
    ],
)  # fmt: skip
def test_the_flyer_says_it_in_both_languages(client, language, outside, inside):
    make_operator("Verein für Şükriye e.V.")

    pages = words(client, language)

    assert len(pages) == 2
    for said in (*outside, "02306 4711", "0171 0815", "116 111", "Clever Vibes Lünen", "Verein für Şükriye e.V."):
        assert said in pages[0], said
    for said in inside:
        assert said in pages[1], said
    # Nothing is cut where a line was too short.
    assert "…" not in "".join(pages)


def test_the_flyer_of_a_club_without_anything_is_still_a_flyer(client):
    club = make_club()

    answer = client.get(reverse("flyer", args=[club.public_id]))

    assert answer.content.count(b"/Type /Page\n") == 2
