"""What a youth is curious about, ticked on their page."""

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from activities import interests
from activities.models import Interest, Topic
from clevervibes.lib import db
from tests.factories import NOON, guardian_of, make_youth

pytestmark = pytest.mark.django_db
PAGE = reverse("activities:interests")


@pytest.fixture
def youth():
    return make_youth()


def slugs(youth):
    return list(interests.topics_of(youth).values_list("slug", flat=True))


def test_what_is_ticked_is_kept_and_ticked_again_next_time(client, youth):
    client.force_login(youth.user)
    client.post(PAGE, {"topics": ["natur", "handwerk"]})
    assert slugs(youth) == ["handwerk", "natur"]  # in the team's order

    page = client.get(PAGE).content.decode()
    assert page.count("checked") == 2

    client.post(PAGE, {"topics": ["natur"]})
    assert slugs(youth) == ["natur"]
    client.post(PAGE, {})
    assert slugs(youth) == []


def test_since_stays_the_first_time(youth):
    topic = Topic.objects.get(slug="natur")
    interests.choose(youth=youth, topics=[topic], now=NOON)
    interests.choose(youth=youth, topics=[topic], now=db.now())
    assert Interest.objects.get().since == NOON


@pytest.mark.parametrize("sent", [{"topics": ["gibt-es-nicht"]}, {"topics": ["natur", ""]}, {"topics": "\x00"}])
def test_what_is_no_topic_is_a_sentence_and_changes_nothing(client, youth, sent):
    client.force_login(youth.user)
    client.post(PAGE, {"topics": ["handwerk"]})
    answer = client.post(PAGE, sent)
    assert answer.status_code == 422
    assert slugs(youth) == ["handwerk"]


def test_the_page_is_there_for_youths_alone(client, youth):
    client.force_login(guardian_of(youth))
    assert client.get(PAGE).status_code == 404


def test_a_topic_is_kept_once_per_youth(youth):
    row = {"youth": youth, "topic": Topic.objects.get(slug="natur"), "since": NOON}
    Interest.objects.create(**row)
    with pytest.raises(IntegrityError), transaction.atomic():
        Interest.objects.create(**row)
