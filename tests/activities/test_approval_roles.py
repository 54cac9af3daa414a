"""Who confirms whose time, over every route and every verb: never one's own, never a sibling's, never a stranger's."""

import itertools

import pytest
from django.test import Client
from django.urls import NoReverseMatch, URLPattern, URLResolver, get_resolver, reverse

from accounts.models import Membership
from activities import approvals, proposals
from clevervibes.lib import db
from tests.activities.test_inbox_links import HOUR, link_of
from tests.concurrency import reports
from tests.factories import (
    guardian_of,
    make_contact_point,
    make_details,
    make_entry,
    make_member,
    make_user,
    make_youth,
)

pytestmark = pytest.mark.django_db


def address(name, entry):
    try:
        return reverse(name, args=[entry.public_id])
    except NoReverseMatch:
        return reverse(name)


METHODS = ("get", "head", "post", "put", "patch", "delete")


def routes(resolver, prefix="", namespace=""):
    """Yield the full name and pattern of every route of the house."""
    for pattern in resolver.url_patterns:
        path = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            space = ":".join(filter(None, (namespace, pattern.namespace)))
            yield from routes(pattern, path, space)
        elif isinstance(pattern, URLPattern) and pattern.name:
            yield ":".join(filter(None, (namespace, pattern.name))), path


APPROVING = sorted(
    name
    for name, path in routes(get_resolver())
    if (path.startswith("bestaetigen/") and name != "activities:mail-link")
    or path.startswith("api/v1/approvals/")
    or name in ("api:entry-confirm", "activities:confirm", "activities:enter-sheet")
)


def test_the_routes_that_approve_are_found():
    assert len(APPROVING) >= 18, APPROVING


@pytest.fixture
def family():
    """Two siblings with one guardian; what the first has logged waits."""
    mother = make_user("Sabine")
    mia, ben = make_youth("Mia", guardian=mother), make_youth("Ben", guardian=mother)
    now = db.now()
    waiting = make_entry(mia, now=now, starts_at=now - 3 * HOUR)
    approved = make_entry(mia, now=now, starts_at=now - 6 * HOUR)
    approvals.approve(entry_id=approved.public_id, by=mother, now=now)
    return mia, ben, waiting, approved


def who(role, mia, ben):
    return {
        "own": lambda: mia.user,
        "sibling": lambda: ben.user,
        "stranger": lambda: make_user(),
        "other guardian": lambda: guardian_of(make_youth("Cem")),
        "other youth": lambda: make_youth("Dila").user,
        "point of contact": lambda: make_member(make_contact_point().organisation, Membership.Role.VOUCHER),
        "team": lambda: make_user("Svenja", is_staff=True, roles=["support"]),
    }[role]()


NEAR, FAR = ("own", "sibling"), ("stranger", "other guardian", "other youth", "team", "point of contact")


@pytest.mark.parametrize("role", [*NEAR, *(pytest.param(role, marks=pytest.mark.slow) for role in FAR)])
def test_no_route_and_no_verb_lets_them_approve(family, role):
    mia, ben, waiting, approved = family
    client, asked = Client(), 0
    client.force_login(who(role, mia, ben))
    for name, entry, method in itertools.product(APPROVING, (waiting, approved), METHODS):
        url = address(name, entry)
        sent = {"entry": str(entry.public_id), "all": str(entry.public_id), "reason": "falscher Tag", "chip": "day"}
        body = [sent] if method in ("get", "head", "post") else []
        answer = getattr(client, method)(url, *body)
        asked += 1
        # Other people have inboxes of their own; this entry is in none of them.
        allowed = {403, 404, 405} if str(entry.public_id) in url or role in NEAR else {200, 302, 400, 403, 404, 405}
        assert answer.status_code in allowed, (role, method, url, answer.status_code)
        waiting.refresh_from_db()
        approved.refresh_from_db()
        assert (waiting.status, approved.status) == ("submitted", "approved"), (role, method, url)
    reports.append(f"approval routes as {role}: {asked} requests, let through 0")


def test_with_the_mothers_link_on_the_own_phone_neither(family):
    mia, ben, waiting, _approved = family
    for youth in (mia, ben):
        client = Client()
        client.force_login(youth.user)
        client.get(link_of(guardian_of(mia)))
        for name in (
            name for name in APPROVING if name.startswith("activities:mail-") and name != "activities:mail-new"
        ):
            url = address(name, waiting)
            answer = client.post(url, {"entry": str(waiting.public_id), "chip": "day"})
            assert answer.status_code in (403, 404, 405), url
        waiting.refresh_from_db()
        assert waiting.status == "submitted"


def test_a_guardian_does_not_approve_what_they_wrote_themselves(family):
    mia, *_others = family
    mother, now = guardian_of(mia), db.now()
    told = make_details(starts_at=now - 30 * HOUR)
    entry = proposals.propose(youth=mia, by=mother, details=told, now=now)
    client = Client()
    client.force_login(mother)
    client.post(reverse("activities:approve"), {"entry": entry.public_id})
    assert client.post(f"/api/v1/approvals/{entry.public_id}/approve/").status_code == 403
    assert client.post(f"/api/v1/entries/{entry.public_id}/confirm/").status_code == 404
    entry.refresh_from_db()
    assert entry.status == "proposed"
