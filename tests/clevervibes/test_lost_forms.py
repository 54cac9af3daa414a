"""A form that was open too long: nothing is stored, and the way back is one tap."""

import pytest
from django.test import Client
from django.urls import reverse

from tests.factories import guardian_of, make_youth

pytestmark = pytest.mark.django_db

INBOX = reverse("activities:inbox")


def lost(client, referer=f"http://testserver{INBOX}"):
    answer = client.post(reverse("activities:approve"), {}, headers={"referer": referer})
    assert answer.status_code == 403
    return answer.content.decode()


def test_whose_session_ended_signs_in_and_is_back_at_the_inbox():
    assert f'href="{reverse("account_login")}?next={INBOX}"' in lost(Client(enforce_csrf_checks=True))


def test_who_is_still_signed_in_goes_straight_back():
    client = Client(enforce_csrf_checks=True)
    client.force_login(guardian_of(make_youth()))
    assert f'href="{INBOX}"' in lost(client)


def test_the_way_back_never_leaves_the_house():
    page = lost(Client(enforce_csrf_checks=True), referer="https://example.org/bestaetigen/")
    assert "example.org" not in page
    assert f"?next={reverse('home')}" in page
