"""The calls of the API: offers, holds, counter, settlements."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client

from accounts.models import YouthProfile
from clevervibes.lib import db
from partners import redemption, settlement
from partners.models import CategoryCap, Hold, Offer, Redemption
from tests.concurrency import in_parallel
from tests.factories import (
    make_hold,
    make_manager,
    make_offer,
    make_partner,
    make_redemption,
    make_rich_youth,
    make_youth,
)

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)


@pytest.fixture
def story():
    """Return an offer, a youth who can pay it and the shop's manager."""

    class Story:
        offer = make_offer(price_coins=30, stock=5)
        youth = make_rich_youth(coins=100)
        manager = make_manager(offer.partner)
        user = youth.user

    return Story


# ── The whole way ────────────────────────────────────────────────────────────────────────────────
def test_the_way_from_the_catalog_to_the_statement(api, story):
    offer = api(story.user, "get", "offers/").json()["results"][0]
    assert (offer["id"], offer["price"], offer["sold_out"]) == (str(story.offer.public_id), 30, False)

    made = api(story.user, "post", "holds/", {"offer": offer["id"]})
    hold = made.json()
    assert made.status_code == 201
    assert {key: hold[key] for key in ("offer", "price", "status")} == {
        "offer": offer["id"],
        "price": 30,
        "status": "live",
    }
    assert api(story.user, "get", "holds/").json()["results"] == [hold]

    code = api(story.user, "post", f"holds/{hold['id']}/code/", key=None).json()
    assert set(code) == {"code", "token", "expires_at"}

    for entered in ({"code": code["code"]}, {"token": code["token"]}):
        found = api(story.manager, "post", "counter/look-up/", entered, key=None).json()
        assert found == {
            "hold": hold["id"],
            "item": "Zwei Kugeln Eis",
            "picture": None,
            "price": 30,
            "age_ok": True,
        }
    done = api(story.manager, "post", "counter/redemptions/", {"hold": found["hold"]})
    receipt = done.json()
    assert done.status_code == 201
    assert (receipt["item"], receipt["price"], receipt["undone_at"]) == ("Zwei Kugeln Eis", 30, None)

    cutoff = db.now()
    settlement.settle(partner=story.offer.partner, cutoff=cutoff, now=cutoff)
    statement = api(story.manager, "get", "settlements/").json()["results"][0]
    assert (statement["coins"], statement["amount_cents"], statement["status"]) == (30, 300, "draft")
    assert statement["lines"] == [
        {
            "kind": "redemption",
            "item": "Zwei Kugeln Eis",
            "at": receipt["redeemed_at"],
            "coins": 30,
            "amount_cents": 300,
            "vat_percent": 19,
        }
    ]


def test_cancel_and_undo(api, story):
    hold = make_hold(offer=story.offer, youth=story.youth, now=db.now())
    ended = api(story.user, "post", f"holds/{hold.public_id}/cancel/").json()
    assert ended["status"] == "cancelled"

    made = make_redemption(offer=story.offer, now=db.now())
    undone = api(story.manager, "post", f"counter/redemptions/{made.public_id}/undo/", {"reason": "Falsch"})
    assert undone.status_code == 200
    assert undone.json()["undone_at"]


def test_a_code_is_renewed_on_request(api, story):
    hold = make_hold(offer=story.offer, youth=story.youth, now=db.now())
    path = f"holds/{hold.public_id}/code/"
    shown = api(story.user, "post", path, key=None).json()

    assert api(story.user, "post", path, {}, key=None).json() == shown
    assert api(story.user, "post", path, {"renew": True}, key=None).json()["code"] != shown["code"]


def test_a_till_that_was_offline_tells_when_it_scanned(api, story):
    hold = make_hold(offer=story.offer, youth=story.youth, now=db.now() - timedelta(days=1))
    Hold.objects.update(looked_up_at=db.now())
    scanned_at = db.now() - timedelta(hours=3)

    answer = api(
        story.manager, "post", "counter/redemptions/", {"hold": hold.public_id, "scanned_at": scanned_at.isoformat()}
    )

    assert answer.status_code == 201
    assert Redemption.objects.get().redeemed_at == scanned_at


# ── One effect per key ───────────────────────────────────────────────────────────────────────────
KEYED = ["holds/", "cancel", "redemptions", "undo"]


def keyed_call(story, which):
    """Return who calls what, for each call that needs a key."""
    if which == "holds/":
        return story.user, "holds/", {"offer": str(story.offer.public_id)}
    hold = make_hold(offer=story.offer, youth=story.youth, now=db.now())
    if which == "cancel":
        return story.user, f"holds/{hold.public_id}/cancel/", None
    Hold.objects.update(looked_up_at=db.now())
    if which == "redemptions":
        return story.manager, "counter/redemptions/", {"hold": str(hold.public_id)}
    made = redemption.redeem(hold=hold, by=None, now=db.now())
    return story.manager, f"counter/redemptions/{made.public_id}/undo/", {"reason": "Falsch"}


@pytest.mark.parametrize("which", KEYED)
def test_the_same_key_and_body_get_the_same_answer(api, story, which):
    user, path, body = keyed_call(story, which)
    key = uuid4()

    answers = [api(user, "post", path, body, key=key) for _time in range(3)]

    first = answers[0]
    assert first.status_code < 300
    assert all((answer.status_code, answer.json()) == (first.status_code, first.json()) for answer in answers)


@pytest.mark.parametrize("which", KEYED)
def test_a_key_is_required(api, story, which):
    user, path, body = keyed_call(story, which)

    for key in (None, "quatsch", "1" * 500):
        answer = api(user, "post", path, body, key=key)
        assert answer.status_code == 400
        assert answer.json()["code"] == "idempotency_key_required"


@pytest.mark.parametrize("which", ["holds/", "redemptions", "undo"])
def test_the_same_key_with_another_body_is_refused(api, story, which):
    user, path, body = keyed_call(story, which)
    key = uuid4()
    api(user, "post", path, body, key=key)

    answer = api(user, "post", path, {**body, "more": "x"}, key=key)

    assert answer.status_code == 422
    assert answer.json()["code"] == "idempotency_key_reused"


def test_a_key_belongs_to_who_used_it(api, story):
    other, key = make_rich_youth("Ben", coins=100), uuid4()
    body = {"offer": str(story.offer.public_id)}

    ids = {api(user, "post", "holds/", body, key=key).json()["id"] for user in (story.user, other.user)}

    assert len(ids) == 2


def test_a_refusal_is_not_kept(api, story):
    hold, key = make_hold(offer=story.offer, youth=story.youth, now=db.now()), uuid4()
    Hold.objects.update(looked_up_at=db.now())
    path = f"holds/{hold.public_id}/cancel/"
    assert api(story.user, "post", path, key=key).json()["code"] == "at_the_counter"
    Hold.objects.update(looked_up_at=None)

    assert api(story.user, "post", path, key=key).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_the_same_key_many_times_at_once_has_one_effect(api, story):
    body, key = {"offer": str(story.offer.public_id)}, uuid4()

    answers = in_parallel(*[lambda: api(story.user, "post", "holds/", body, key=key)] * 8)

    assert Hold.objects.count() == 1
    assert {answer.status_code for answer in answers} <= {201, 409}
    for answer in answers:
        if answer.status_code == 409:
            assert (answer.json()["code"], answer["Retry-After"]) == ("in_flight", "1")
    assert len({answer.json()["id"] for answer in answers if answer.status_code == 201}) == 1


# ── Refusals ─────────────────────────────────────────────────────────────────────────────────────
def test_refusals_carry_a_code_and_a_sentence(api, story):
    poor = make_youth("Ben")
    cases = [
        (poor.user, "insufficient_balance", story.offer),
        (story.user, "out_of_stock", make_offer(stock=0)),
        (story.user, "too_young", make_offer(minimum_age=18)),
        (story.user, "not_released", make_offer(valid_until=db.now() - MINUTE)),
    ]
    for user, code, offer in cases:
        answer = api(user, "post", "holds/", {"offer": str(offer.public_id)})
        assert (answer.status_code, answer.json()["code"]) == (409, code)
        assert answer.json()["detail"]


def test_a_code_that_was_used_says_so(api, story):
    hold = make_hold(offer=story.offer, youth=story.youth, now=db.now())
    code = redemption.show_code(hold=hold)
    redemption.redeem(hold=hold, by=None, now=db.now())

    looked_up = api(story.manager, "post", "counter/look-up/", {"code": code.code}, key=None)
    shown = api(story.user, "post", f"holds/{hold.public_id}/code/", key=None)

    for answer in (looked_up, shown):
        assert (answer.status_code, answer.json()["code"]) == (409, "already_redeemed")


def test_guessing_is_paused_and_says_for_how_long(api, story):
    for _try in range(5):
        unknown = api(story.manager, "post", "counter/look-up/", {"code": "CCCC-CCCC"}, key=None)
        assert (unknown.status_code, unknown.json()["code"]) == (404, "not_found")

    paused = api(story.manager, "post", "counter/look-up/", {"code": "CCCC-CCCC"}, key=None)

    assert (paused.status_code, paused.json()["code"], paused["Retry-After"]) == (429, "typing_paused", "900")


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("holds/", {}),
        ("holds/", {"offer": "x"}),
        ("holds/", {"offer": None}),
        ("holds/", []),
        ("holds/", '"x"'),
        ("counter/look-up/", {}),
        ("counter/look-up/", {"code": ""}),
        ("counter/look-up/", {"code": "CCCC-CCCC", "token": "0" * 32}),
        ("counter/look-up/", {"code": ["CCCC-CCCC"]}),
        ("counter/look-up/", {"code": "C" * 10_000}),
        ("counter/look-up/", {"code": "CC\0"}),
        ("counter/redemptions/", {"hold": "x"}),
        ("counter/redemptions/", {"hold": str(uuid4()), "scanned_at": "gestern"}),
        ("counter/redemptions/", {"hold": str(uuid4()), "scanned_at": "9999-99-99"}),
        ("counter/redemptions/", {"hold": str(uuid4()), "scanned_at": "9999-12-31T23:59:59Z"}),
    ],
)
def test_bad_input_is_named(api, story, path, body):
    user = story.user if path == "holds/" else story.manager

    answer = api(user, "post", path, body)

    assert answer.status_code == 400
    assert answer.json()["code"] in {"invalid", "code_typo"}
    assert answer.json()["detail"]


@pytest.mark.parametrize("scanned_at", ["1900-01-01T00:00:00Z", "9999-12-30T00:00:00Z"])
def test_a_scan_at_the_end_of_time_is_refused(api, story, scanned_at):
    hold = make_hold(offer=story.offer, youth=story.youth, now=db.now())
    Hold.objects.update(looked_up_at=db.now())

    answer = api(story.manager, "post", "counter/redemptions/", {"hold": str(hold.public_id), "scanned_at": scanned_at})

    assert (answer.status_code, answer.json()["code"]) == (400, "scan_too_old")


def test_broken_json_is_named(sign_in, story):
    browser = sign_in(story.user)

    answer = browser.post(
        "/api/v1/holds/", "{", content_type="application/json", headers={"Idempotency-Key": str(uuid4())}
    )

    assert (answer.status_code, answer.json()["code"]) == (400, "parse_error")


# ── Who may ──────────────────────────────────────────────────────────────────────────────────────
def test_guests_are_asked_who_they_are():
    for path in ("offers/", "holds/", "settlements/"):
        answer = Client().get(f"/api/v1/{path}")
        assert (answer.status_code, answer.json()["code"]) == (401, "not_authenticated")


def test_each_sees_only_the_own_side(api, story):
    for path in ("offers/", "holds/"):
        assert api(story.manager, "get", path).status_code == 404
    assert api(story.user, "get", "settlements/").status_code == 404
    assert api(story.user, "post", "counter/look-up/", {"code": "CCCC-CCCC"}, key=None).status_code == 404


def test_somebody_elses_ids_are_not_there(api, story):
    hold = make_hold(offer=story.offer, youth=story.youth, now=db.now())
    made = make_redemption(offer=story.offer, now=db.now())
    Hold.objects.update(looked_up_at=db.now() - timedelta(hours=1))
    stranger, shop = make_rich_youth("Ben"), make_manager(make_partner("Kino"))

    for user, path, body in (
        (stranger.user, f"holds/{hold.public_id}/cancel/", None),
        (stranger.user, f"holds/{hold.public_id}/code/", None),
        (stranger.user, "holds/", {"offer": str(make_offer(release=False).public_id)}),
        (shop, "counter/redemptions/", {"hold": str(hold.public_id)}),
        (shop, f"counter/redemptions/{made.public_id}/undo/", {"reason": "Falsch"}),
    ):
        answer = api(user, "post", path, body)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert api(stranger.user, "get", "holds/").json()["results"] == []
    hold.refresh_from_db()
    assert hold.status == Hold.Status.LIVE


@pytest.mark.parametrize(("path", "queries"), [("offers/", 8), ("holds/", 8), ("settlements/", 8)])
@pytest.mark.parametrize("size", [1, 6])
def test_lists_ask_the_same_few_times(sign_in, story, django_assert_num_queries, path, queries, size):
    now = db.now()
    for number in range(size):
        offer = make_offer(f"Brezel {number}", price_coins=1, partner=story.offer.partner)
        make_hold(offer=offer, youth=story.youth, now=now)
        make_redemption(offer=offer, now=now)
    settlement.settle(partner=story.offer.partner, cutoff=now + MINUTE, now=now + MINUTE)
    browser = sign_in(story.manager if path == "settlements/" else story.user)
    browser.get(f"/api/v1/{path}")  # the session gets its sign-in

    with django_assert_num_queries(queries):
        assert browser.get(f"/api/v1/{path}").status_code == 200


# ── Looking for something ────────────────────────────────────────────────────────────────────────
def test_offers_are_looked_for_as_on_the_page(api):
    youth, kino = make_rich_youth(coins=50), make_partner("Filmpalast")
    make_offer("Popcorn", partner=kino, category="cinema", price_coins=40)
    make_offer("Kinokarte", partner=kino, category="cinema", price_coins=95)
    make_offer("Brezel", price_coins=20)

    def titles(**query):
        answer = api(youth.user, "get", "offers/", query)
        assert answer.status_code == 200
        return [row["title"] for row in answer.json()["results"]]

    assert titles() == ["Brezel", "Popcorn", "Kinokarte"]
    assert titles(search="filmpal karte") == ["Kinokarte"]
    assert titles(category="cinema") == ["Popcorn", "Kinokarte"]
    assert titles(affordable="true") == ["Brezel", "Popcorn"]
    assert titles(shop=str(kino.public_id), affordable="1") == ["Popcorn"]
    assert titles(category="", search="") == ["Brezel", "Popcorn", "Kinokarte"]


def test_offers_come_in_pages_of_fifty(api, story):
    for number in range(55):
        make_offer(f"Brezel {number:02}", partner=story.offer.partner)

    first = api(story.user, "get", "offers/", {"search": "Brezel"}).json()

    assert (first["count"], len(first["results"])) == (55, 50)
    assert "search=Brezel" in first["next"]
    assert len(api(story.user, "get", "offers/", {"search": "Brezel", "page": 2}).json()["results"]) == 5
    assert api(story.user, "get", "offers/", {"page": 99}).status_code == 404


@pytest.mark.parametrize(
    ("field", "value"),
    [("category", "quatsch"), ("shop", "quatsch"), ("affordable", "vielleicht"), ("search", "x" * 81)],
)
def test_a_strange_wish_is_named(api, story, field, value):
    answer = api(story.user, "get", "offers/", {field: value})

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")
    assert field in answer.json()["fields"]


def without_coins(story):
    return {"user": make_youth().user}


def sold_out(story):
    Offer.objects.update(stock=0)


def had_enough(story):
    Offer.objects.update(per_youth_per_month=1)
    redemption.hold(offer=story.offer, youth=story.youth, now=db.now())


def over_the_cap(story):
    CategoryCap.objects.create(club=story.user.club, category=story.offer.category, coins_per_month=10)


def too_young(story):
    Offer.objects.update(minimum_age=20)


def stopped(story):
    YouthProfile.objects.filter(pk=story.youth.pk).update(paused_at=db.now(), paused_why="Frag uns.")


def paused(story):
    Offer.objects.update(paused_at=db.now())


def dearer(story):
    Offer.objects.update(price_coins=31)


@pytest.mark.parametrize(
    ("arrange", "code"),
    [
        (without_coins, "insufficient_balance"), (sold_out, "out_of_stock"), (had_enough, "limit_reached"),
        (over_the_cap, "category_limit_reached"), (too_young, "too_young"), (stopped, "youth_paused"),
        (paused, "not_released"), (dearer, "price_changed"),
    ],
)  # fmt: skip
def test_each_refusal_to_hold_has_its_code(api, story, arrange, code):
    user = (arrange(story) or {}).get("user", story.user)

    answer = api(user, "post", "holds/", {"offer": str(story.offer.public_id), "price": 30})

    assert (answer.status_code, answer.json()["code"]) == (409, code)
    assert answer.json()["detail"]


def cancelled(hold):
    redemption.cancel(hold=hold, now=db.now())


def expired(hold):
    Hold.objects.filter(pk=hold.pk).update(
        placed_at=db.now() - timedelta(days=20), expires_at=db.now() - timedelta(days=6)
    )
    redemption.expire_due(now=db.now())


def redeemed(hold):
    redemption.redeem(hold=hold, by=None, now=db.now())


def taken_back(hold):
    made = redemption.redeem(hold=hold, by=None, now=db.now())
    redemption.undo(redemption=made, by=None, reason="Falsch", now=db.now())


def looked_up(hold):
    Hold.objects.filter(pk=hold.pk).update(looked_up_at=db.now())


@pytest.mark.parametrize(
    ("arrange", "call", "code"),
    [
        (cancelled, "code", "code_cancelled"), (expired, "code", "code_expired"),
        (redeemed, "code", "already_redeemed"),
        (taken_back, "code", "redemption_undone"), (expired, "cancel", "code_expired"),
        (redeemed, "cancel", "already_redeemed"), (taken_back, "cancel", "redemption_undone"),
        (looked_up, "cancel", "at_the_counter"),
    ],
)  # fmt: skip
def test_each_end_of_a_hold_has_its_code(api, story, arrange, call, code):
    hold = make_hold(offer=story.offer, youth=story.youth, now=db.now())
    arrange(hold)

    answer = api(story.user, "post", f"holds/{hold.public_id}/{call}/")

    assert (answer.status_code, answer.json()["code"]) == (409, code)
    assert answer.json()["detail"]


# ── The schema ───────────────────────────────────────────────────────────────────────────────────
def test_the_schema_names_the_key_and_the_errors():
    answer = Client().get("/api/v1/schema/", headers={"Accept": "application/vnd.oai.openapi+json"})

    schema = answer.json()
    hold = schema["paths"]["/api/v1/holds/"]["post"]
    assert any(p["name"] == "Idempotency-Key" and p["required"] for p in hold["parameters"])
    assert {"201", "400", "401", "404", "409", "422"} <= set(hold["responses"])
    assert "422" not in schema["paths"]["/api/v1/offers/"]["get"]["responses"]
