"""No page of the team names a family before somebody has said why they look."""

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.apps import apps
from django.contrib import admin
from django.db.models import ForeignKey, OneToOneField
from django.urls import reverse

from accounts import consent, families, registration
from accounts.models import Reveal, User, YouthProfile
from clevervibes.lib import db
from tests.access.routes import Route, routes
from tests.factories import (
    NOON,
    give_coins,
    guardian_of,
    make_approved,
    make_consent_text,
    make_entry,
    make_hold,
    make_offer,
    make_pool,
    make_user,
    make_youth,
)

pytestmark = pytest.mark.django_db

YOUTH = ["Kanarienvogel", "Zwitschermann"]
GUARDIAN = ["Nachtigall", "Trillerfrau"]
# Adults are looked up in the list of people; that they stand there says nothing of a youth.
OF_ADULTS = {"accounts/user"}


@pytest.fixture
def desk(client):
    client.force_login(make_user("Svenja", is_staff=True, is_superuser=True))
    return client


@pytest.fixture
def family():
    """A youth and a guardian with a row in every table that is about them."""
    youth = make_youth(YOUTH[0])
    mother, user, now = guardian_of(youth), youth.user, db.now()
    mother.first_name, mother.last_name = GUARDIAN
    user.last_name, user.username, mother.username = YOUTH[1], "piep", "triller"
    mother.save()
    user.save()
    make_approved(youth)
    make_entry(youth, starts_at=NOON - timedelta(hours=5))
    give_coins(youth, 50, pool=make_pool(coins=50))
    make_hold(youth=youth, offer=make_offer(price_coins=5))
    registration.name_trusted_person(person=make_user(GUARDIAN[0]), youth=youth, by=mother, now=NOON)
    families.invite_guardian(youth=youth, by=user, now=now)
    consent.withdraw(youth=youth, by=mother, now=now)
    consent.record_on_paper(
        youth=youth, text=make_consent_text(), signed_by=mother, by=make_user(), note="Bogen", now=now
    )
    return youth


STAFF = [route for route in routes() if route.is_staff and route.staff_model]


def rows_of(route: Route, most: int) -> list[str]:
    app, _slash, model = (route.staff_model or "").partition("/")
    return [str(row.pk) for row in apps.get_model(app, model).objects.all()[:most]]


def pages(rows: int) -> Iterator[tuple[Route, str]]:
    """Yield every page of the staff: lists as they come and searched, and all there is about the first `rows`."""
    for route in STAFF:
        if route.args:
            yield from ((route, route.filled(pk)) for pk in rows_of(route, rows))
        else:
            yield route, route.filled("")
            yield route, route.filled("") + "?q=piep"


@pytest.mark.parametrize("rows", [1, pytest.param(20, marks=pytest.mark.slow)])
def test_no_page_of_the_team_names_a_family_before_a_reason_is_given(desk, family, rows):
    asked, named = 0, []
    for route, address in pages(rows):
        answer = desk.get(address)
        asked += 1
        words = YOUTH if route.staff_model in OF_ADULTS else [*YOUTH, *GUARDIAN]
        text = b"".join(answer).decode(errors="replace")
        named += [f"{address}: {word}" for word in words if word in text]

    assert asked > 150
    assert named == []
    assert not Reveal.objects.exists()
    print(f"staff pages {asked}, 0 of {len(YOUTH + GUARDIAN)} canaries")


def test_no_field_that_looks_people_up_names_a_youth(desk, family):
    fields = [
        (model, field)
        for model in admin.site._registry
        for field in model._meta.get_fields()
        if isinstance(field, ForeignKey | OneToOneField) and field.related_model in admin.site._registry
    ]
    found = {}
    for model, field in fields:
        meta = model._meta
        query = {"app_label": meta.app_label, "model_name": meta.model_name, "field_name": field.name}
        for term in ("", "piep", YOUTH[0]):
            answer = desk.get(reverse("admin:autocomplete"), {**query, "term": term})
            if answer.status_code == 200:
                found[meta.label, field.name, term] = json.dumps(answer.json(), ensure_ascii=False)

    assert any(f"K… {str(family.user.public_id)[:8]}" in text for text in found.values())
    assert [place for place, text in found.items() if any(word in text for word in YOUTH)] == []
    # Who searches everything finds what the pages are called, no people.
    for query in ({"s": YOUTH[0]}, {"s": YOUTH[0], "extended": "1"}):
        assert YOUTH[1] not in desk.get(reverse("admin:search"), query).content.decode()


def test_with_a_reason_the_names_are_there(desk, family):
    """The control: the canaries would be seen."""
    link = family.guardianships.get()
    for model, row in (("guardianship", link), ("consent", family.consents.last()), ("youthprofile", family)):
        address = reverse(f"admin:accounts_{model}_change", args=[row.pk])
        Reveal.objects.all().delete()
        page = desk.post(address, {"reason": "Anruf der Mutter"}, follow=True).content.decode()
        assert YOUTH[0] in page
    stop = desk.get(reverse("admin:accounts_guardianship_stop", args=[link.pk])).content.decode()
    assert GUARDIAN[0] in stop


def test_what_a_page_would_do_waits_for_the_reason_too(desk, family):
    sent = {"reason": "Nur für das Team.", "sentence": "Bitte melden.", "birth_date": "2012-03-04", "why": "Umzug"}
    link = family.guardianships.get()
    for name, pk in (
        ("youthprofile_stop", family.pk), ("youthprofile_birth_date", family.pk), ("guardianship_stop", link.pk),
        ("guardianship_end", link.pk), ("user_password_qr", family.user_id),
    ):  # fmt: skip
        page = desk.post(reverse(f"admin:accounts_{name}", args=[pk]), sent).content.decode()
        assert "Weshalb öffnen Sie diese Akte?" in page
    assert not Reveal.objects.exists(), "the family would read what was meant for the team"
    link.refresh_from_db()
    fresh = YouthProfile.objects.get(pk=family.pk)
    assert (fresh.paused_at, fresh.birth_date, link.ended_at) == (None, family.birth_date, None)
    assert User.objects.get(pk=family.user_id).one_time_links.filter(purpose="password").count() == 0
