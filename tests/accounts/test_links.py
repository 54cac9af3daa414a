"""Links that open one door once."""

import hashlib
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from accounts import links
from accounts.models import OneTimeLink
from clevervibes.lib import db
from tests.concurrency import in_parallel
from tests.factories import NOON, make_user, make_youth

pytestmark = pytest.mark.django_db

Purpose = OneTimeLink.Purpose
make, use = db.service(links.make), db.service(links.use)
DAYS = {
    Purpose.GUARDIAN: timedelta(days=7),
    Purpose.TRUSTED: timedelta(days=7),
    Purpose.PASSWORD: timedelta(minutes=15),
}


def make_link(purpose=Purpose.GUARDIAN, about=None):
    about = about or make_youth().user
    return make(purpose=purpose, about=about, by=about, now=NOON)


def token_of(link):
    return links.url_of(link).rstrip("/").rpartition("/")[2]


def test_only_the_hash_of_the_token_is_in_the_database():
    link = make_link()
    token = token_of(link)
    with connection.cursor() as cursor:
        cursor.execute("SELECT row_to_json(l)::text FROM accounts_onetimelink l")
        row = cursor.fetchone()[0]

    assert len(token) == 43  # 256 bits
    assert token not in row
    assert hashlib.sha256(token.encode()).hexdigest() in row


def test_the_page_of_whoever_made_it_shows_the_same_link_again():
    link = make_link()
    assert links.url_of(OneTimeLink.objects.get(pk=link.pk)) == links.url_of(link)
    assert links.look_up(token_of(link), *links.INVITATIONS) == link


def test_without_its_key_an_old_link_is_not_shown_but_still_opens(settings):
    link = make_link()
    token = token_of(link)
    settings.CODE_KEYS = ["b3RoZXIga2V5IG90aGVyIGtleSBvdGhlciBrZXkgb3Q="]

    assert links.url_of(link) == ""
    assert links.look_up(token, Purpose.GUARDIAN) == link


@pytest.mark.parametrize("purpose", Purpose.values)
def test_a_link_lives_its_time_to_the_second(purpose):
    link = make_link(purpose)
    end = NOON + DAYS[purpose]

    links.require_open(link, end - timedelta(seconds=1))
    with pytest.raises(links.LinkExpired):
        links.require_open(link, end)


def test_what_was_tampered_with_is_unknown():
    token = token_of(make_link())
    wrong = [token[:-1], token + "A", "B" + token[1:], token.swapcase(), "", "nothing", token[:20] + "/" + token[21:]]
    for tampered in wrong:
        with pytest.raises(links.LinkUnknown):
            links.look_up(tampered, *Purpose.values)


def test_a_link_for_one_purpose_opens_no_other_door():
    for purpose in Purpose.values:
        token = token_of(make_link(purpose))
        others = [other for other in Purpose.values if other != purpose]
        with pytest.raises(links.LinkUnknown):
            links.look_up(token, *others)


def test_a_new_link_takes_the_place_of_the_old_one():
    old = make_link()
    new = make_link(about=old.about)
    old.refresh_from_db()

    with pytest.raises(links.LinkRevoked):
        links.require_open(old, NOON)
    links.require_open(new, NOON)
    assert links.open_link(purpose=Purpose.GUARDIAN, about=old.about, now=NOON) == new
    with pytest.raises(IntegrityError, match="accounts_one_open_link_per_purpose"), transaction.atomic():
        OneTimeLink.objects.filter(pk=old.pk).update(revoked_at=None)


def test_a_link_is_used_once_and_never_after_it_was_revoked():
    link, guardian = make_link(), make_user()
    use(link, by=guardian, now=NOON)
    with pytest.raises(links.LinkUsed):
        use(link, by=guardian, now=NOON)
    link.refresh_from_db()
    assert (link.used_at, link.used_by) == (NOON, guardian)
    with pytest.raises(IntegrityError, match="accounts_link_used_or_revoked"), transaction.atomic():
        OneTimeLink.objects.filter(pk=link.pk).update(revoked_at=NOON)

    revoked = make_link()
    make_link(about=revoked.about)
    with pytest.raises(links.LinkRevoked):
        use(revoked, by=guardian, now=NOON)


@pytest.mark.django_db(transaction=True)
def test_two_who_use_a_link_at_once_are_one():
    link, people = make_link(), [make_user() for _ in range(6)]
    results = in_parallel(*[lambda person=person: use(link, by=person, now=NOON) for person in people])

    assert results.count(None) == 1
    assert sum(isinstance(result, links.LinkUsed) for result in results) == 5
