"""Apps: a token for the password, good for its scopes, and ended by all that ends a sign-in."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from rest_framework.test import APIClient

from accounts import erasures, registration, stops
from accounts.models import ApiToken, Membership, SignIn, User
from accounts.security import second_factor, tokens
from clevervibes import erasure
from clevervibes.lib import db
from clevervibes.privacy import retention
from tests.accounts.test_second_factor import code_at, give_app
from tests.concurrency import in_parallel
from tests.factories import (
    NOON,
    guardian_of,
    make_entry,
    make_manager,
    make_organisation,
    make_partner,
    make_rich_youth,
    make_user,
    make_youth,
)

pytestmark = pytest.mark.django_db
API = "/api/v1/"
PASSWORD = "drei-woerter-hintereinander"


def with_password(user: User) -> User:
    user.set_password(PASSWORD)
    user.save(update_fields=["password"])
    return user


def sign_in(user: User, *scopes: str, password: str = PASSWORD, name: str = "Mein Handy", **more: str):
    body = {"username": user.username, "password": password, "name": name, "scopes": list(scopes), **more}
    return APIClient().post(f"{API}tokens/", body, format="json")


def app(token: str) -> APIClient:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
    return client


def app_of(user: User, *scopes: str) -> APIClient:
    answer = sign_in(with_password(user), *scopes)
    assert answer.status_code == 201, answer.data
    return app(answer.data["token"])


# ── Signing in ───────────────────────────────────────────────────────────────────────────────────
def test_a_youths_app_signs_in_and_works(client):
    youth = make_rich_youth(coins=30)
    answer = sign_in(with_password(youth.user), "youth")

    assert answer.status_code == 201
    assert answer.data.keys() == {"token", "scopes", "expires_at"}
    assert answer.data["scopes"] == ["youth"]
    assert app(answer.data["token"]).get(f"{API}balance/").data["balance"] == 30
    row = ApiToken.objects.get()
    assert answer.data["token"] not in {row.token_sha256, row.password_mark}
    assert row.token_sha256 == tokens.digest_of(answer.data["token"])
    assert row.expires_at - row.created_at == timedelta(days=90)


def test_me_says_who_it_is_and_shows_youths_to_the_scope_for_them():
    youth = make_youth("Mia")
    mother = guardian_of(youth)
    me = app_of(mother, "guardian").get(f"{API}me/").data
    assert me == {
        "id": str(mother.public_id),
        "first_name": "Sabine",
        "roles": ["guardian"],
        "youths": [{"id": str(youth.public_id), "first_name": "Mia"}],
    }
    Membership.objects.create(user=mother, organisation=make_organisation(), role=Membership.Role.MANAGER)
    me = app_of(mother, "manager").get(f"{API}me/").data
    assert (me["roles"], me["youths"]) == (["guardian", "manager"], [])
    browser = APIClient()
    browser.force_login(mother)
    assert len(browser.get(f"{API}me/").data["youths"]) == 1


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"password": "falsch-falsch-falsch"}, 401, "wrong_credentials"),
        ({"username": "niemand"}, 401, "wrong_credentials"),
        ({"scopes": ["guardian"]}, 409, "scope_not_yours"),
        ({"scopes": ["manager"]}, 409, "scope_not_yours"),
        ({"scopes": ["device"]}, 400, "invalid"),
        ({"scopes": []}, 400, "invalid"),
        ({"scopes": "youth"}, 400, "invalid"),
        ({"name": " "}, 400, "invalid"),
        ({"name": "x" * 61}, 400, "invalid"),
        ({"password": None}, 400, "invalid"),
    ],
)
def test_what_does_not_fit_is_refused_with_a_code(changes, status, code):
    youth = make_youth()
    body = {"username": with_password(youth.user).username, "password": PASSWORD, "name": "App", "scopes": ["youth"]}
    answer = APIClient().post(f"{API}tokens/", {**body, **changes}, format="json")
    assert (answer.status_code, answer.data["code"]) == (status, code)
    assert not ApiToken.objects.exists()


def test_the_team_gets_none_and_whoever_joins_it_loses_theirs():
    staff = with_password(make_user("Svenja", is_staff=True))
    assert sign_in(staff, "youth").data["code"] == "team_gets_no_token"
    youth = make_youth()
    here = app_of(youth.user, "youth")
    User.objects.filter(pk=youth.user_id).update(is_staff=True)
    assert (here.get(f"{API}me/").status_code, here.get(f"{API}me/").data["code"]) == (401, "token_invalid")


def test_tries_are_counted_with_those_at_the_door(client):
    user = with_password(make_youth().user)
    for _ in range(3):
        assert sign_in(user, "youth", password="falsch-falsch-falsch").status_code == 401
    for _ in range(2):
        client.post(reverse("account_login"), {"login": user.username, "password": "falsch-falsch-falsch"})
    late = sign_in(user, "youth")
    assert (late.status_code, late.data["code"]) == (429, "too_often")
    assert int(late.headers["Retry-After"]) > 60
    assert client.post(reverse("account_login"), {"login": user.username, "password": PASSWORD}).status_code == 429


def test_who_has_a_second_factor_shows_a_code_each_once():
    user = with_password(make_manager(make_partner()))
    secret = give_app(user)
    now = db.now()
    assert sign_in(user, "manager").data["code"] == "otp_required"
    assert sign_in(user, "manager", otp="000000").data["code"] == "otp_wrong"
    code = code_at(secret, now)
    answer = sign_in(user, "manager", otp=code)
    assert answer.status_code == 201
    assert sign_in(user, "manager", otp=code).data["code"] == "otp_wrong"
    spare = second_factor.make_recovery_codes(user=user, now=now)[0]
    assert sign_in(user, "manager", otp=spare).status_code == 201
    row = ApiToken.objects.latest("pk")
    assert row.expires_at - row.created_at == timedelta(days=30)


def test_a_manager_without_a_second_factor_gets_none_where_the_duty_holds(settings):
    user = with_password(make_manager(make_partner()))
    assert sign_in(user, "manager").status_code == 201
    settings.SECOND_FACTOR_DUTY = True
    assert sign_in(user, "manager").data["code"] == "second_factor_missing"


def test_ten_at_once_are_the_most():
    user = with_password(make_youth().user)
    assert {sign_in(user, "youth").status_code for _ in range(10)} == {201}
    assert sign_in(user, "youth").data["code"] == "too_many_tokens"
    tokens.revoke(user=user, public_id=ApiToken.objects.first().public_id, now=db.now())
    assert sign_in(user, "youth").status_code == 201


@pytest.mark.django_db(transaction=True)
def test_two_apps_at_once_are_not_both_the_tenth():
    user = with_password(make_youth().user)
    for _ in range(9):
        tokens.issue(user=user, name="App", scopes=["youth"], now=NOON)

    def one_more():
        return tokens.issue(user=user, name="App", scopes=["youth"], now=NOON)

    results = in_parallel(one_more, one_more)
    assert sorted(isinstance(result, tokens.TooManyTokens) for result in results) == [False, True]
    assert ApiToken.objects.count() == 10


# ── Scopes ───────────────────────────────────────────────────────────────────────────────────────
def test_a_token_does_what_its_scopes_say_and_nothing_else():
    youth = make_youth()
    entry = make_entry(youth, now=db.now(), starts_at=db.now() - timedelta(hours=3))
    mother = guardian_of(youth)
    for number in range(2):
        Membership.objects.create(
            user=mother, organisation=make_partner(f"Laden {number}").organisation, role=Membership.Role.MANAGER
        )
    calls = [
        ("get", "approvals/", "guardian"),
        ("post", f"approvals/{entry.public_id}/approve/", "guardian"),
        ("get", "settlements/", "manager"),
        ("get", f"balance/?youth={youth.public_id}", "guardian"),
        ("post", "counter/look-up/", "device"),
        ("get", "offers/", "youth"),
    ]
    for scope in ("guardian", "manager"):
        here = app_of(mother, scope)
        for method, path, needed in calls:
            answer = getattr(here, method)(API + path)
            refused = (answer.status_code, answer.data.get("code")) == (403, "scope_missing")
            assert refused == (scope != needed), (scope, path, answer.data)


def test_ones_own_coins_and_those_of_a_youth_one_guards_are_two_scopes():
    grown, child = make_rich_youth("Lea", age=19, coins=20), make_rich_youth("Mia", coins=30, age=13)
    registration.add_guardian(guardian=grown.user, youth=child, now=NOON)
    query = f"?youth={child.public_id}"
    own, guard = app_of(grown.user, "youth"), app(sign_in(grown.user, "guardian").data["token"])
    assert own.get(f"{API}balance/").data["balance"] == 20
    assert own.get(f"{API}balance/{query}").status_code == 404
    assert guard.get(f"{API}balance/{query}").data["balance"] == 30
    assert guard.get(f"{API}balance/").data["balance"] == 30
    assert guard.get(f"{API}balance/?youth={grown.public_id}").status_code == 404


def test_a_token_is_no_session(client):
    youth = make_youth()
    here = app_of(youth.user, "youth")
    assert here.get(reverse("accounts:profile")).status_code == 302
    there = APIClient()
    there.credentials(**here._credentials)
    before = SignIn.objects.count()
    assert there.get(f"{API}balance/").status_code == 200
    assert settings.SESSION_COOKIE_NAME not in there.cookies
    assert SignIn.objects.count() == before
    # And it wins over one: the app of one person in the browser of another is still the app.
    client.force_login(guardian_of(youth))
    header = {"Authorization": here._credentials["HTTP_AUTHORIZATION"]}
    assert client.get(f"{API}me/", headers=header).json()["id"] == str(youth.user.public_id)


# ── The end ──────────────────────────────────────────────────────────────────────────────────────
def ended(here: APIClient) -> bool:
    answer = here.get(f"{API}me/")
    assert answer.status_code in (200, 401)
    return answer.status_code == 401


def test_the_profile_lists_apps_and_ends_them_at_once(client):
    youth = make_youth()
    here = app_of(youth.user, "youth")
    client.force_login(youth.user)
    assert "noch nicht benutzt" in client.get(reverse("accounts:apps")).content.decode()
    here.get(f"{API}me/")
    page = client.get(reverse("accounts:apps")).content.decode()
    assert all(said in page for said in ("Mein Handy", "Zeiten, Coins und Belohnungen", "zuletzt"))
    assert "angemeldet: 1" in client.get(reverse("accounts:profile")).content.decode()

    end = reverse("accounts:end-app", args=[ApiToken.objects.get().public_id])
    stranger = Client()
    stranger.force_login(make_user())
    assert stranger.post(end).status_code == 404
    assert not ended(here)
    assert client.post(end).status_code == 302
    assert ended(here)
    assert "Keine App" in client.get(reverse("accounts:apps")).content.decode()


def test_a_new_password_a_stop_and_a_closed_account_end_all_apps():
    for end in (
        lambda youth: with_password(youth.user),
        lambda youth: stops.stop_youth(youth=youth, by=make_user(), reason="Anruf", sentence="Kurz warten.", now=NOON),
        lambda youth: User.objects.filter(pk=youth.user_id).update(is_active=False),
        lambda youth: ApiToken.objects.update(
            created_at=db.now() - timedelta(days=90), expires_at=db.now() - timedelta(seconds=1)
        ),
    ):
        youth = make_youth()
        here = app_of(youth.user, "youth")
        assert not ended(here)
        end(youth)
        assert ended(here)


def test_a_stopped_guardian_is_signed_out_and_gets_no_new_token():
    youth = make_youth()
    mother = guardian_of(youth)
    here = app_of(mother, "guardian")
    link = youth.guardianships.get()
    stops.stop_guardianship(guardianship=link, by=make_user(), reason="Anruf", sentence="Kurz warten.", now=NOON)
    assert ended(here)
    assert sign_in(mother, "guardian").data["code"] == "scope_not_yours"


def test_with_a_person_their_tokens_go():
    youth = make_youth()
    here = app_of(youth.user, "youth")
    erasures.order(person=youth.user, by=youth.user, now=NOON)
    assert erasure.erase_due(now=NOON + erasures.COOLING_OFF) == 1
    assert not ApiToken.objects.exists()
    assert ended(here)


def test_what_has_ended_is_forgotten_after_thirty_days():
    user = with_password(make_youth().user)
    tokens.issue(user=user, name="App", scopes=["youth"], now=NOON)
    tokens.issue(user=user, name="Weg", scopes=["youth"], now=NOON)
    tokens.revoke(user=user, public_id=ApiToken.objects.get(name="Weg").public_id, now=NOON)
    retention.forget(now=NOON + timedelta(days=30))
    assert ApiToken.objects.count() == 2
    retention.forget(now=NOON + timedelta(days=31))
    assert [row.name for row in ApiToken.objects.all()] == ["App"]
    retention.forget(now=NOON + timedelta(days=121))
    assert not ApiToken.objects.exists()


def test_a_token_is_for_known_scopes_and_has_an_end():
    token = {"user": make_user(), "name": "App", "token_sha256": "a" * 64, "password_mark": "b" * 64}
    for wrong in ({"scopes": []}, {"scopes": ["device"]}, {"scopes": ["youth"], "expires_at": NOON}):
        with pytest.raises(IntegrityError), transaction.atomic():
            ApiToken.objects.create(**{**token, "created_at": NOON, "expires_at": NOON + timedelta(days=1), **wrong})
