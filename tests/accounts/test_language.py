"""Pages speak the language a person chose, on every phone; a guest's follow the phone."""

import pytest
from django.urls import reverse

from tests.factories import guardian_of, make_youth

pytestmark = pytest.mark.django_db


def language_of(client, **headers):
    page = client.get(reverse("activities:inbox"), headers=headers).content.decode()
    return page.partition('lang="')[2][:2]


@pytest.fixture
def guardian(client):
    guardian = guardian_of(make_youth())
    client.force_login(guardian)
    return guardian


def test_the_choice_is_kept_with_the_person_and_beats_the_phone(client, guardian):
    assert language_of(client, accept_language="en") == "de"

    answer = client.post(reverse("accounts:language"), {"language": "tr", "next": reverse("activities:inbox")})

    assert answer.url == reverse("activities:inbox")
    assert language_of(client, accept_language="en") == "tr"
    guardian.refresh_from_db()
    assert guardian.language == "tr"


def test_a_guest_gets_the_language_of_the_phone(client):
    page = client.get(reverse("home"), headers={"accept-language": "tr"}).content.decode()
    assert '<html lang="tr"' in page


@pytest.mark.parametrize("sent", [{}, {"language": "xx"}])
def test_an_unknown_language_is_refused(client, guardian, sent):
    assert client.post(reverse("accounts:language"), sent).status_code == 400


def test_the_way_back_stays_in_the_house(client, guardian):
    for foreign in ("https://example.org/", "//example.org", "javascript:alert(1)"):
        answer = client.post(reverse("accounts:language"), {"language": "de", "next": foreign})
        assert answer.url == reverse("start")
