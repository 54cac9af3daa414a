"""A shop's own till: its key opens one counter, and the client in docs/till gets through a bad line."""

import importlib.util
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from clevervibes.lib import db, halting
from partners import redemption, settlement
from partners.counters import devices
from partners.models import Device, Redemption
from tests.factories import (
    NOON,
    make_hold,
    make_manager,
    make_offer,
    make_partner,
    make_redemption,
    make_till,
    make_user,
)

SECOND = timedelta(seconds=1)


@pytest.fixture
def shop():
    return make_partner()


@pytest.fixture
def hold(shop):
    return make_hold(offer=make_offer(partner=shop), now=db.now())


@pytest.fixture
def till(shop):
    """Return a function that calls the API as the shop's till, with its row and token."""
    token, device = make_till(partner=shop, now=db.now())
    return caller(token, device)


def caller(token, device):
    def call(method, path, body=None, *, key="new"):
        headers = {"Authorization": f"Bearer {token}"}
        if key:
            headers["Idempotency-Key"] = str(uuid4() if key == "new" else key)
        return getattr(Client(), method)(f"/api/v1/{path}", body, content_type="application/json", headers=headers)

    call.device, call.token = device, token
    return call


def look_up(till, hold):
    return till("post", "counter/look-up/", {"code": redemption.show_code(hold=hold).code}, key=None)


# ── The key ──────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.django_db
def test_a_key_is_shown_once_and_only_its_hash_is_kept(shop, sign_in):
    desk = sign_in(make_manager(shop))

    page = desk.post(reverse("partners:make-till"), {"name": "Kasse 1"}).content.decode()

    token = page.partition("<code>")[2].partition("</code>")[0]
    made = Device.objects.get()
    assert token.startswith("cvt_")
    assert devices.till(token, now=db.now()) == made
    assert token not in str(Device.objects.values())
    for there in (reverse("partners:devices"), reverse("partners:device", args=[made.public_id])):
        assert token not in desk.get(there).content.decode()


@pytest.mark.django_db
def test_a_key_lasts_twelve_months(shop):
    token, made = make_till(partner=shop, now=NOON)
    end = NOON + timedelta(days=365)

    assert devices.till(token, now=end - SECOND) == made
    assert devices.till(token, now=end) is None


@pytest.mark.django_db
def test_the_whole_way_names_the_till(till, hold):
    found = look_up(till, hold).json()
    assert (found["hold"], found["price"]) == (str(hold.public_id), 30)
    made = till("post", "counter/redemptions/", {"hold": found["hold"]})
    assert made.status_code == 201
    row = Redemption.objects.get()
    assert (row.by, row.clerk, row.device, row.who) == (None, None, till.device, "Kasse 1")

    undone = till("post", f"counter/redemptions/{row.public_id}/undo/", {"reason": "Falsch"})

    assert undone.json()["undone_at"]
    assert not made.cookies


@pytest.mark.django_db
def test_one_key_of_idempotency_is_one_redemption_and_each_till_has_its_own(till, hold, shop):
    look_up(till, hold)
    key = uuid4()
    answers = [till("post", "counter/redemptions/", {"hold": str(hold.public_id)}, key=key) for _call in range(2)]
    assert answers[0].json() == answers[1].json()
    assert Redemption.objects.count() == 1
    other = caller(*make_till("Kasse 2", partner=shop, now=db.now()))

    assert till("post", "counter/redemptions/", {"hold": str(uuid4())}, key=key).status_code == 422
    assert other("post", "counter/redemptions/", {"hold": str(hold.public_id)}, key=key).json()["code"] == (
        "already_redeemed"
    )
    assert till("post", "counter/redemptions/", {"hold": str(hold.public_id)}, key=None).status_code == 400


@pytest.mark.django_db
def test_another_shop_s_till_sees_the_same_as_of_an_unknown_code(till, hold):
    stranger = caller(*make_till(partner=make_partner("Kiosk"), now=db.now()))
    theirs, unknown = look_up(stranger, hold), stranger("post", "counter/look-up/", {"code": "CCCC-CCCC"}, key=None)
    assert (theirs.status_code, theirs.content) == (unknown.status_code, unknown.content) == (404, unknown.content)

    look_up(till, hold)
    made = till("post", "counter/redemptions/", {"hold": str(hold.public_id)}).json()
    for path, body in (
        ("counter/redemptions/", {"hold": str(hold.public_id)}),
        (f"counter/redemptions/{made['id']}/undo/", {"reason": "Falsch"}),
    ):
        assert stranger("post", path, body).status_code == 404
    assert Redemption.objects.get().undone_at is None


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["settlements/", "me/", "balance/", "holds/", "offers/", "entries/", "approvals/"])
def test_a_till_may_do_nothing_else(till, path):
    answer = till("get", path)

    assert answer.status_code == 403
    assert answer.json()["code"] == "scope_missing"


@pytest.mark.django_db
def test_a_till_is_nobody_on_pages(till):
    for page in ("/theke/", "/partner/", "/start/"):
        answer = Client().get(page, headers={"Authorization": f"Bearer {till.token}"})
        assert answer["Location"].startswith("/anmelden/")


@pytest.mark.django_db
def test_revoked_it_is_out_at_the_next_call(till, hold, shop):
    assert look_up(till, hold).status_code == 200
    devices.revoke(device=till.device, by=make_manager(shop), now=db.now())

    answer = look_up(till, hold)
    assert answer.status_code == 401
    assert answer.json()["code"] == "token_invalid"
    for wrong in ("cvt_", "cvt_x", f"{till.token}x"):
        assert caller(wrong, None)("get", "me/").status_code == 401


@pytest.mark.django_db
def test_stopped_it_says_why(till, hold):
    halting.stop(row=till.device, by=make_user(), reason="Prüfung", sentence="Bitte anrufen.", now=db.now())

    answer = look_up(till, hold)

    assert (answer.status_code, answer.json()["code"]) == (409, "device_paused")
    assert "Bitte anrufen." in answer.json()["detail"]


# ── Statements of several shops ──────────────────────────────────────────────────────────────────
@pytest.mark.django_db
def test_a_manager_of_two_shops_reads_the_statements_of_both_or_of_one(api, shop):
    kiosk, stranger = make_partner("Kiosk"), make_partner("Fremd")
    manager = make_manager(shop)
    make_member_of(kiosk, manager)
    for partner in (shop, kiosk, stranger):
        make_redemption(offer=make_offer(partner=partner), now=NOON)
        settlement.settle(partner=partner, cutoff=NOON + timedelta(days=1), now=NOON + timedelta(days=2))

    both = api(manager, "get", "settlements/").json()["results"]
    one = api(manager, "get", f"settlements/?shop={kiosk.public_id}").json()["results"]

    assert {row["shop"]["name"] for row in both} == {"Bäckerei Kamp", "Kiosk"}
    assert [row["shop"] for row in one] == [{"id": str(kiosk.public_id), "name": "Kiosk"}]
    for other in (stranger.public_id, uuid4(), "x"):
        assert api(manager, "get", f"settlements/?shop={other}").status_code == 404


def make_member_of(partner, user):
    partner.organisation.memberships.create(user=user, role="manager")


# ── The client of docs/till, against a running server ────────────────────────────────────────────
def client_module():
    path = Path(__file__).resolve().parents[2] / "docs" / "till" / "till.py"
    spec = importlib.util.spec_from_file_location("till", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.django_db(transaction=True)
def test_the_example_client_redeems_once_whatever_happens_to_an_answer(live_server, shop, hold):
    client = client_module()
    token, device = make_till(partner=shop, now=db.now())
    paused = []
    till = client.Till(live_server.url, token, sleep=paused.append)
    with pytest.raises(client.Refused) as refusal:
        till.look_up("CCCC-CCCC")
    assert (refusal.value.status, refusal.value.code) == (404, "not_found")
    found = till.look_up(redemption.show_code(hold=hold).code)
    assert till.look_up(redemption.show_code(hold=hold).url.partition("#")[2])["hold"] == found["hold"]

    # Booked, but the answer is lost on the way; then the server is away; then the call is in flight.
    once, lost = till._once, iter([True, ConnectionResetError("away"), False])

    def on_a_bad_line(path, body, key):
        fate = next(lost, False)
        if isinstance(fate, Exception):
            raise fate
        answer = once(path, body, key)
        if fate:
            raise ConnectionResetError("lost on the way")
        return answer

    till._once = on_a_bad_line
    key = str(uuid4())
    made = till.redeem(found["hold"], key=key)
    till._once = once

    assert Redemption.objects.get().device == device
    assert made["id"] == str(Redemption.objects.get().public_id)
    assert paused == [2, 4]
    with pytest.raises(client.Refused) as refusal:
        till.redeem(found["hold"], key=str(uuid4()))
    assert refusal.value.code == "already_redeemed"
    assert till.undo(made["id"], "Falsch eingelöst", key=str(uuid4()))["undone_at"]

    till.url = "http://127.0.0.1:9"  # nobody listens
    with pytest.raises(client.NoAnswer):
        till.look_up("CCCC-CCCC")
