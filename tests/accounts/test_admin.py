"""The team's pages about people."""

import pytest
from django.urls import reverse

from tests.factories import make_consent_text, make_user, make_youth

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(client):
    client.force_login(make_user(is_staff=True, is_superuser=True))
    return client


def test_nobody_who_has_coins_is_deleted_by_a_click(desk):
    youth = make_youth()

    for name, row in (("youthprofile", youth), ("user", youth.user)):
        url = reverse(f"admin:accounts_{name}_delete", args=[row.pk])
        assert desk.post(url, {"post": "yes"}).status_code == 403

    youth.refresh_from_db()


def test_a_youths_page_speaks_of_parents(desk):
    address = reverse("admin:accounts_youthprofile_change", args=[make_youth().pk])
    page = desk.post(address, {"reason": "Anruf der Mutter"}, follow=True).content.decode()

    assert "Eltern" in page
    assert "Sorgen" not in page


def test_a_published_consent_text_stays_as_people_agreed_to_it(desk):
    text = make_consent_text()
    url = reverse("admin:accounts_consenttext_change", args=[text.pk])

    assert desk.post(url, {"version": 1, "german": "Anders.", "turkish": ""}).status_code == 403
    assert desk.post(reverse("admin:accounts_consenttext_delete", args=[text.pk]), {"post": "yes"}).status_code == 403

    before = text.german
    text.refresh_from_db()
    assert text.german == before
