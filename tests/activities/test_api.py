"""The calls of an app: the same services, errors with a code."""

from datetime import timedelta

import pytest
from rest_framework.test import APIClient

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
