"""The same loop for apps: every step that has a call is made through it, the others as the team's commands."""

from datetime import timedelta
from io import StringIO
from uuid import uuid4

import pytest
from django.core.management import call_command
from rest_framework.test import APIClient

from accounts.models import User
from clevervibes.lib import db, periods
from coins import funding
from tests.journeys.town import PASSWORD, Town, build

API = "/api/v1/"


@pytest.fixture
def town(transactional_db, settings, tmp_path) -> Town:
    settings.MEDIA_ROOT = tmp_path
    return build()


def app_of(person: User) -> APIClient:
    client = APIClient()
    assert client.login(username=person.username, password=PASSWORD)
    return client


def test_journey_of_a_coin_over_the_api(town):
    youth, mother, till = (app_of(person) for person in (town.mia.user, town.mother, town.baker))
    funding.book_deposit(
        pool=town.pool, amount_cents=5_000, received_on=periods.berlin_date(db.now()), by=town.team, now=db.now()
    )

    # The youth logs an hour and a half and sends it in.
    entry = ask(youth, "entries/", hour_and_a_half(), status=201)
    assert (entry["status"], entry["minutes"], entry["coins_estimate"]) == ("draft", 90, 15)
    assert ask(youth, f"entries/{entry['id']}/submit/")["status"] == "submitted"

    # Only her mother can confirm it.
    assert ask(youth, f"approvals/{entry['id']}/approve/", status=404)["code"] == "not_found"
    assert [row["id"] for row in mother.get(f"{API}approvals/").data["results"]] == [entry["id"]]
    assert ask(mother, f"approvals/{entry['id']}/approve/")["status"] == "approved"
    assert mother.get(f"{API}approvals/").data["results"] == []

    # The run pays, and both read why.
    call_command("convert", cutoff="now", stdout=StringIO())
    assert (balance(youth), balance(mother)) == ((15, 0, 15), (15, 0, 15))
    (line,) = youth.get(f"{API}statement/").data["results"]
    assert (line["kind"], line["coins"], line["funded_by"]) == ("conversion", 15, ["Kranz Metalltechnik"])
    assert line["run"]["counted_minutes"] == 90

    # A croissant is set aside: once, however often the app sends it.
    (offer,) = youth.get(f"{API}offers/").data["results"]
    assert (offer["title"], offer["price"]) == ("Buttercroissant", 15)
    key = str(uuid4())
    hold = ask(youth, "holds/", {"offer": offer["id"]}, key=key, status=201)
    assert ask(youth, "holds/", {"offer": offer["id"]}, key=key, status=201) == hold
    assert ask(youth, "holds/", {"offer": offer["id"]}, key=str(uuid4()), status=409)["code"] == "insufficient_balance"
    assert balance(youth) == (15, 15, 0)
    code = ask(youth, f"holds/{hold['id']}/code/")

    # The till looks it up and redeems it; a second time it is too late.
    found = ask(till, "counter/look-up/", {"code": code["code"]})
    assert (found["item"], found["price"], found["age_ok"]) == ("Buttercroissant", 15, True)
    assert ask(till, "counter/look-up/", {"token": code["token"]})["hold"] == hold["id"]
    key = str(uuid4())
    receipt = ask(till, "counter/redemptions/", {"hold": found["hold"]}, key=key, status=201)
    assert ask(till, "counter/redemptions/", {"hold": found["hold"]}, key=key, status=201) == receipt
    again = ask(till, "counter/redemptions/", {"hold": found["hold"]}, key=str(uuid4()), status=409)
    assert again["code"] == "already_redeemed"
    assert balance(youth) == (0, 0, 0)
    assert [row["coins"] for row in youth.get(f"{API}statement/").data["results"]] == [-15, 15]
    assert youth.get(f"{API}holds/").data["results"][0]["status"] == "redeemed"

    # The shop reads what it is owed.
    call_command("settle", cutoff="now", stdout=StringIO())
    (settlement,) = till.get(f"{API}settlements/").data["results"]
    assert [(line["item"], line["amount_cents"]) for line in settlement["lines"]] == [("Buttercroissant", 150)]
    assert settlement["amount_cents"] == 150


def ask(client: APIClient, call: str, body: dict | None = None, *, key: str = "", status: int = 200) -> dict:
    """POST to a call and return the answer, which must have the status."""
    headers = {"Idempotency-Key": key} if key else {}
    answer = client.post(f"{API}{call}", body or {}, format="json", headers=headers)
    assert answer.status_code == status, answer.data
    return answer.data


def balance(client: APIClient) -> tuple[int, int, int]:
    answer = client.get(f"{API}balance/").data
    return answer["balance"], answer["held"], answer["spendable"]


def hour_and_a_half() -> dict[str, object]:
    start = periods.midnight(periods.berlin_date(db.now()) - timedelta(days=1)) + timedelta(hours=15)
    return {
        "category": "lesen",
        "starts_at": start.isoformat(),
        "ends_at": (start + timedelta(minutes=90)).isoformat(),
        "companion": {"relation": "parent", "first_name": "Sabine"},
        "did": "Zwei Kapitel Momo, immer abwechselnd.",
    }
