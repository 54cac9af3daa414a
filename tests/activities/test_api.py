"""The calls of an app: the same services, errors with a code."""

from datetime import timedelta

import pytest
from rest_framework.test import APIClient

from activities.api import EntrySerializer
from clevervibes.lib import db
from tests.factories import guardian_of, make_category, make_entry, make_user, make_youth

pytestmark = pytest.mark.django_db
API = "/api/v1/"


def signed_in(user):
    client = APIClient()
    client.force_login(user)
    return client


@pytest.fixture
def youth():
    return make_youth()


def body(**changes):
    start = db.now().replace(minute=0, second=0, microsecond=0) - timedelta(hours=5)
    return {
        "category": make_category().slug,
        "starts_at": start.isoformat(),
        "ends_at": (start + timedelta(minutes=90)).isoformat(),
        "companion": {"relation": "parent", "first_name": "Papa"},
        "did": "Vokabeln geübt.",
        **changes,
    }


def test_a_youth_writes_changes_and_sends_in(youth):
    client = signed_in(youth.user)

    made = client.post(f"{API}entries/", body(), format="json")
    assert (made.status_code, made.data["status"], made.data["minutes"]) == (201, "draft", 90)
    assert made.data["coins_estimate"] == 15
    assert made.data["companion"] == {"relation": "parent", "first_name": "Papa"}

    changed = client.patch(f"{API}entries/{made.data['id']}/", {"learned": "Zehn neue Wörter."}, format="json")
    assert (changed.data["learned"], changed.data["did"]) == ("Zehn neue Wörter.", "Vokabeln geübt.")

    for _ in range(2):
        assert client.post(f"{API}entries/{made.data['id']}/submit/").data["status"] == "submitted"
    assert [row["id"] for row in client.get(f"{API}entries/").data["results"]] == [made.data["id"]]


def test_twenty_entries_a_day_and_what_was_refused_is_none(youth):
    client, first = signed_in(youth.user), db.now() - timedelta(hours=12)

    def log(number):
        starts = first + number * timedelta(minutes=15)
        times = {"starts_at": starts.isoformat(), "ends_at": (starts + timedelta(minutes=15)).isoformat()}
        return client.post(f"{API}entries/", body(**times), format="json")

    assert [log(number).status_code for number in range(19)] == [201] * 19
    assert [log(0).status_code for _again in range(3)] == [400] * 3
    assert [log(number).status_code for number in (19, 20)] == [201, 429]
    assert log(20)["Retry-After"]
    assert youth.entries.count() == 20


def test_a_guardian_sees_approves_undoes_and_returns(youth):
    now = db.now()
    entry = make_entry(youth, now=now, starts_at=now - timedelta(hours=3))
    client = signed_in(guardian_of(youth))
    url = f"{API}approvals/{entry.public_id}/"

    assert [row["id"] for row in client.get(f"{API}approvals/").data["results"]] == [str(entry.public_id)]
    assert client.post(f"{url}approve/").data["status"] == "approved"
    assert client.post(f"{url}undo/").data["status"] == "submitted"
    assert client.post(f"{url}return/", {}, format="json").data["fields"].keys() == {"reason"}
    assert client.post(f"{url}return/", {"reason": "falscher Tag"}, format="json").data["status"] == "returned"
    refused = client.post(f"{url}approve/")
    assert (refused.status_code, refused.data["code"]) == (409, "entry_not_open")


def test_who_is_not_signed_in_gets_401_and_who_has_no_part_404(youth):
    now = db.now()
    entry = make_entry(youth, now=now, starts_at=now - timedelta(hours=3))
    paths = [f"entries/{entry.public_id}/submit/", f"approvals/{entry.public_id}/approve/"]
    assert {APIClient().post(API + path).status_code for path in paths} == {401}
    assert {signed_in(make_user()).post(API + path).status_code for path in paths} == {404}
    assert signed_in(youth.user).post(API + paths[1]).status_code == 404
    assert signed_in(make_user()).post(f"{API}entries/", body(), format="json").status_code == 404


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"ends_at": "gestern"}, 400, "invalid"),
        ({"companion": "Papa"}, 400, "invalid"),
        ({"did": "x" * 501}, 400, "invalid"),
        ({"category": None}, 400, "invalid"),
        ({"ends_at": "2020-01-01T10:00:00Z"}, 400, "ends_before_start"),
        ({"starts_at": "2020-01-01T10:00:00Z", "ends_at": "2020-01-01T11:00:00Z"}, 400, "too_long_ago"),
    ],
)
def test_bad_input_is_answered_with_a_code(youth, changes, status, code):
    answer = signed_in(youth.user).post(f"{API}entries/", body(**changes), format="json")
    assert (answer.status_code, answer.data["code"]) == (status, code)
    assert not youth.entries.exists()


def test_the_schema_describes_every_call(client):
    schema = client.get(f"{API}schema/", HTTP_ACCEPT="application/json")
    assert schema.status_code == 200
    assert b"/api/v1/approvals/{public_id}/approve/" in schema.content


def test_a_guardian_proposes_and_the_youth_confirms(youth):
    guardian, mine = signed_in(guardian_of(youth)), signed_in(youth.user)

    made = guardian.post(f"{API}entries/", body(youth=str(youth.public_id)), format="json")
    assert (made.status_code, made.data["status"], made.data["youth"]) == (201, "proposed", str(youth.public_id))
    url = f"{API}entries/{made.data['id']}/"
    assert guardian.patch(url, {"did": "Vokabeln und Grammatik."}, format="json").data["status"] == "proposed"
    assert guardian.post(f"{url}confirm/").status_code == 404

    for _ in range(2):
        assert mine.post(f"{url}confirm/").data["status"] == "approved"
    assert mine.patch(url, {"did": "Etwas anderes."}, format="json").data["code"] == "not_editable"
    assert [row["id"] for row in guardian.get(f"{API}entries/?youth={youth.public_id}").data["results"]] == [
        made.data["id"]
    ]


def test_a_guardian_sees_no_draft_and_nobody_elses_youth(youth):
    signed_in(youth.user).post(f"{API}entries/", body(), format="json")
    guardian, other = signed_in(guardian_of(youth)), make_youth("Ben")
    assert guardian.get(f"{API}entries/?youth={youth.public_id}").data["results"] == []
    for stranger in (other.public_id, "7"):
        assert guardian.get(f"{API}entries/?youth={stranger}").status_code == 404
    for person, whom in ((guardian, other), (signed_in(youth.user), youth)):
        sent = body(youth=str(whom.public_id))
        assert person.post(f"{API}entries/", sent, format="json").status_code == 404


def test_what_the_youth_wrote_cannot_be_confirmed_by_the_youth(youth):
    now = db.now()
    entry = make_entry(youth, now=now, starts_at=now - timedelta(hours=3))
    refused = signed_in(youth.user).post(f"{API}entries/{entry.public_id}/confirm/")
    assert (refused.status_code, refused.data["code"]) == (403, "own_claim")


DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("starts", "ends", "code", "sentence"),
    [
        (-HOUR, HOUR, "in_future", "noch gar nicht vorbei"),
        (-15 * DAY, -15 * DAY + HOUR, "too_long_ago", "länger als 14 Tage"),
        (-3 * HOUR, -4 * HOUR, "ends_before_start", "Das Ende liegt vor dem Anfang"),
        (-6 * HOUR, -HOUR, "too_long", "mehr als 4 Stunden"),
        (-HOUR, -HOUR + timedelta(minutes=14), "too_short", "14 Minuten"),
    ],
)
def test_a_time_outside_the_rules_is_named(youth, starts, ends, code, sentence):
    now = db.now()
    sent = body(starts_at=(now + starts).isoformat(), ends_at=(now + ends).isoformat())
    answer = signed_in(youth.user).post(f"{API}entries/", sent, format="json")
    assert (answer.status_code, answer.data["code"]) == (400, code)
    assert sentence in answer.data["detail"]
    assert not youth.entries.exists()


@pytest.mark.parametrize(
    "moment",
    [
        "2027-02-31T10:00:00+01:00", "0001-01-01T00:00:00+02:00", "9999-12-31T23:59:59-02:00", "2027-10-31T02:30:00",
        "", None, 5, "𝟚𝟘𝟚𝟞", "2026-13-01T10:00:00Z",
    ],
)  # fmt: skip
@pytest.mark.parametrize("which", ["starts_at", "ends_at"])
def test_a_moment_that_is_none_is_refused_beside_its_field(youth, moment, which):
    answer = signed_in(youth.user).post(f"{API}entries/", body(**{which: moment}), format="json")
    assert answer.status_code == 400
    assert answer.data["detail"]
    assert which in answer.data.get("fields", {which: ""}) or answer.data["code"] != "invalid"
    assert not youth.entries.exists()


def test_an_emoji_is_kept_and_ten_thousand_characters_are_refused(youth):
    client = signed_in(youth.user)
    assert client.post(f"{API}entries/", body(did="📚" * 500), format="json").data["did"] == "📚" * 500
    refused = client.post(f"{API}entries/", body(did="x" * 10_000), format="json")
    assert refused.data["fields"].keys() == {"did"}


def test_both_hours_of_the_night_in_october_are_told_apart(youth):
    """The offsets say it; subtracting wall clocks would make an hour of nothing."""
    form = EntrySerializer(data=body(starts_at="2027-10-31T02:30:00+02:00", ends_at="2027-10-31T02:30:00+01:00"))
    form.is_valid(raise_exception=True)
    assert form.validated_data["ends_at"] - form.validated_data["starts_at"] == timedelta(hours=1)
