"""Places: written by hosts, released by the team, found by youths, closed again."""

import html
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Membership, Notice
from activities import interests
from activities.models import Place, PlaceInterest, Topic
from activities.places import closing, hosting
from clevervibes.lib import db, periods
from tests.factories import (
    NOON,
    host_user,
    make_club,
    make_host,
    make_interest,
    make_member,
    make_place,
    make_user,
    make_youth,
)

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


@pytest.fixture
def host():
    return make_host()


@pytest.fixture
def as_host(client, host):
    client.force_login(host_user(host))
    return client


@pytest.fixture
def team():
    return make_user("Svenja", is_staff=True, is_superuser=True)


def typed(**changes):
    return {
        "kind": "placement", "title": "Zwei Wochen Werkstatt", "text": "Du feilst, bohrst und fragst.",
        "where": "Tor 2, Bus 105", "starts_on": "", "apply_until": "", "minimum_age": "14", **changes,
    }  # fmt: skip


def seen_by(client, user) -> str:
    client.force_login(user)
    return html.unescape(client.get(reverse("activities:places")).content.decode())


def release(client, team, place) -> str:
    client.force_login(team)
    answer = client.post(
        reverse("admin:activities_place_changelist"), {"action": "release", "_selected_action": [place.pk]}, follow=True
    )
    return html.unescape(answer.content.decode())


# ── Written and released ─────────────────────────────────────────────────────────────────────────
def test_a_place_goes_from_the_host_by_the_team_to_the_youths(client, as_host, host, team):
    youth = make_youth()
    key = str(uuid4())
    for _ in range(2):  # the button pressed twice
        answer = as_host.post(
            reverse("activities:host-place-new"), typed(key=key, host=host.public_id, then="draft"), follow=True
        )
    place = Place.objects.get()
    assert place.standing == "draft"
    assert "Entwurf" in answer.content.decode()
    assert "ist noch ein Entwurf" in release(client, team, place), "a draft is the host's alone"
    assert place.title not in seen_by(client, youth.user)

    client.force_login(host_user(host))
    client.post(reverse("activities:host-place-change", args=[place.public_id]), typed(then="hand-in"))
    place.refresh_from_db()
    assert place.standing == "submitted"
    assert place.title not in seen_by(client, youth.user)
    assert "ist freigegeben" in release(client, team, place)
    assert place.title in seen_by(client, youth.user)
    assert client.get(place.get_absolute_url()).status_code == 200
    assert Notice.objects.filter(topic=hosting.RELEASED, to=host_user(host)).count() == 1


def test_a_change_waits_for_the_team_again_and_no_change_does_not(client, as_host, host, team):
    place = make_place(
        host=host, **{**typed(), "starts_on": None, "apply_until": None, "minimum_age": 14, "title": "Werkstatt"}
    )
    youth = make_youth()
    same = typed(title="Werkstatt", then="hand-in")

    as_host.post(reverse("activities:host-place-change", args=[place.public_id]), same)
    place.refresh_from_db()
    assert place.standing == "released"

    as_host.post(reverse("activities:host-place-change", args=[place.public_id]), {**same, "text": "Jetzt anders."})
    place.refresh_from_db()
    assert place.standing == "submitted"
    assert place.released_by is None
    assert "Werkstatt" not in seen_by(client, youth.user)
    assert client.get(place.get_absolute_url()).status_code == 404
    release(client, team, place)
    assert "Werkstatt" in seen_by(client, youth.user)


def test_what_a_change_says_is_not_shown_to_those_who_asked_before(client, host):
    youth, place = make_youth(age=16), make_place("Werkstatt", host=host)
    interest = make_interest(youth, place=place, now=db.now())
    hosting.change(
        place_id=place.public_id, by=host_user(host), hand_in=True, now=db.now(),
        details=hosting.Details(kind="placement", title="Ruf mich an: 0176", text="Schreib mir privat."),
    )  # fmt: skip
    client.force_login(youth.user)
    said = html.unescape(client.get(interest.get_absolute_url()).content.decode())
    assert "Werkstatt" in said
    assert "0176" not in said
    bell = client.get(reverse("accounts:notices")).content.decode()
    assert "0176" not in bell


def test_only_those_who_work_there_write_and_read(client, host):
    place = make_place(host=host)
    other = make_host("Bäckerei Süd")
    shop = make_member(host.organisation, Membership.Role.MANAGER)
    for stranger in (host_user(other), shop, make_youth().user):
        client.force_login(stranger)
        for name, method in (
            ("host-place", "get"), ("host-place-change", "get"), ("host-place-change", "post"),
            ("host-place-close", "post"),
        ):  # fmt: skip
            answer = getattr(client, method)(reverse(f"activities:{name}", args=[place.public_id]), typed(how="over"))
            assert answer.status_code == 404
    client.force_login(host_user(other))
    assert client.post(reverse("activities:host-place-new"), typed(host=host.public_id)).status_code == 404
    client.force_login(shop)
    assert client.get(reverse("activities:host-places")).status_code == 404
    with pytest.raises(hosting.NotHosting):
        hosting.propose(
            host=host, by=shop, details=hosting.Details(kind="dual", title="x", text="y"), hand_in=True, now=NOON
        )
    assert Place.objects.get().standing == "released"


@pytest.mark.parametrize(
    "wrong",
    [
        {"title": ""}, {"title": "x" * 121}, {"text": ""}, {"text": "x" * 2001}, {"kind": "job"}, {"minimum_age": "11"},
        {"minimum_age": "-1"}, {"minimum_age": "١٤"[:0]}, {"minimum_age": "99999999999"}, {"starts_on": "31.02.2027"},
        {"starts_on": "0001-01-01"}, {"starts_on": "9999-12-31"}, {"apply_until": "2020-01-01"},
        {"title": "a\x00b"},
    ],
)  # fmt: skip
def test_bad_input_gets_a_sentence_and_nothing_is_lost(as_host, wrong):
    answer = as_host.post(reverse("activities:host-place-new"), typed(**wrong))
    assert answer.status_code == 422
    said = html.unescape(answer.content.decode())
    assert "field__error" in said or "error" in said
    if "text" not in wrong:
        assert "Du feilst, bohrst und fragst." in said
    assert not Place.objects.exists()


def test_a_past_date_that_was_there_before_does_not_hold_up_a_correction(as_host, host):
    place = make_place(host=host, starts_on=periods.berlin_date(NOON), minimum_age=14)
    answer = as_host.post(
        reverse("activities:host-place-change", args=[place.public_id]),
        typed(starts_on=place.starts_on.isoformat(), then="hand-in"),
    )
    assert answer.status_code == 302


# ── Found ────────────────────────────────────────────────────────────────────────────────────────
def test_youths_see_what_is_open_in_their_club_and_filter_by_kind(client):
    youth = make_youth(age=16)
    today = periods.berlin_date(db.now())
    make_place("Praktikum Holz")
    make_place("Lehre Metall", kind="apprenticeship")
    make_place("Zu spät", apply_until=today - DAY)
    make_place("Heute noch", apply_until=today)
    make_place("Anderswo", host=make_host("Betrieb Selm", club=make_club("Clever Vibes Selm")))
    gone = make_place("Besetzt")
    closing.close(place_id=gone.public_id, by=host_user(gone.host), how="filled", now=NOON)
    make_place("Ungesehen", release=False)

    said = seen_by(client, youth.user)

    assert [title in said for title in ("Praktikum Holz", "Lehre Metall", "Heute noch")] == [True] * 3
    assert not any(title in said for title in ("Zu spät", "Anderswo", "Besetzt", "Ungesehen"))
    filtered = client.get(reverse("activities:places"), {"art": "apprenticeship"}).content.decode()
    assert "Lehre Metall" in filtered
    assert "Praktikum Holz" not in filtered
    for bad in ("x", "\x00", "placement'--"):
        assert client.get(reverse("activities:places"), {"art": bad, "page": "x"}).status_code == 200


def test_lists_ask_as_many_questions_for_many_places_as_for_few(client, host):
    youth, user = make_youth(age=16), host_user(host)
    asked = []
    for more in (3, 40):
        for number in range(more):
            place = make_place(f"Platz {number}", host=host)
            if number < 2:
                make_interest(make_youth(age=17), place=place, now=db.now())
        counts = []
        for person, address in (
            (youth.user, reverse("activities:places")), (user, reverse("activities:host-places")),
            (user, reverse("activities:host-place", args=[place.public_id])),
        ):  # fmt: skip
            client.force_login(person)
            client.get(address)
            with CaptureQueriesContext(connection) as queries:
                assert client.get(address).status_code == 200
            counts.append(len(queries))
        asked.append(counts)
    assert asked[0] == asked[1]


# ── Closed ───────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(("how", "reply"), [("filled", "filled"), ("over", "no")])
def test_closing_answers_whoever_waits_and_keeps_invitations(as_host, host, how, reply):
    now = db.now()
    place = make_place(host=host)
    waiting = make_interest(make_youth(age=16), place=place, now=now)
    unasked = make_interest(make_youth(age=14), place=place, agree=False, now=now)
    invited = make_interest(make_youth(age=17), place=place, now=now)
    PlaceInterest.objects.filter(pk=invited.pk).update(
        reply="invite", replied_at=now, meets_at=now + DAY, meets_where="Am Tor"
    )
    for _ in range(2):
        as_host.post(reverse("activities:host-place-close", args=[place.public_id]), {"how": how})

    states = {row.pk: (row.state, row.reply) for row in PlaceInterest.objects.all()}
    assert states == {waiting.pk: ("open", reply), unasked.pk: ("ended", ""), invited.pk: ("open", "invite")}
    assert Notice.objects.filter(to=waiting.youth.user, topic="interest_answered").count() == 1
    assert as_host.get(reverse("activities:host-place-change", args=[place.public_id])).status_code == 404
    with pytest.raises(hosting.Closed):
        hosting.change(
            place_id=place.public_id, by=host_user(host), hand_in=True, now=now,
            details=hosting.Details(kind="dual", title="Neu", text="Neu"),
        )  # fmt: skip


def test_the_database_wants_a_reason_for_a_closed_place(host):
    place = make_place(host=host)
    with pytest.raises(IntegrityError), transaction.atomic():
        Place.objects.filter(pk=place.pk).update(closed_at=NOON)
    with pytest.raises(IntegrityError), transaction.atomic():
        Place.objects.filter(pk=place.pk).update(closed_how="filled")


def test_the_team_writes_a_place_itself(client, team, host):
    client.force_login(team)
    client.post(reverse("admin:activities_place_add"), {**typed(), "host": host.pk, "starts_on": "", "apply_until": ""})
    place = Place.objects.get()
    assert place.standing == "submitted"
    assert "ist freigegeben" in release(client, team, place)


def test_what_a_youth_is_curious_about_stands_first(client, host):
    youth = make_youth(age=16)
    wood, care = Topic.objects.all()[:2]
    make_place("Aaa", host=host, topic=wood)
    make_place("Bbb", host=host, topic=care)
    assert (said := seen_by(client, youth.user)).index("Aaa") < said.index("Bbb")
    interests.choose(youth=youth, topics=[care], now=NOON)
    said = seen_by(client, youth.user)
    assert said.index("Bbb") < said.index("Aaa")
    assert said.count("passt zu Dir") == 1
