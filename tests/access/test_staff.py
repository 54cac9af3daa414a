"""Each page of the admin × each role of the team, against staff.yaml; and two clubs that must not see each other."""

from collections.abc import Iterator

import pytest
from django.apps import apps
from django.core import checks
from django.test import Client
from django.urls import reverse

from accounts.models import Club, User
from accounts.team import rights
from clevervibes.lib import admin as pages_lib
from clevervibes.lib.team import EVERYBODY, OPS, rule_of
from tests import factories as make
from tests.access import staff
from tests.access.routes import routes

pytestmark = pytest.mark.django_db

MONEY = {"coins", "partners"}
# What is written once and by machines or services, and never again.
BOOKS = ("coins/transfer", "coins/ledgeraccount", "coins/ledgerseal", "coins/deposit", "coins/conversionrun",
         "partners/redemption", "partners/hold", "partners/payoutfile")  # fmt: skip
# Words of the team itself, and a sighting that was a mistake; drafts of texts nobody has agreed to.
MAY_BE_DELETED = {"activities/category", "activities/topic", "activities/heldword", "accounts/sighting",
                  "accounts/consenttext", "accounts/sitetext", "accounts/operator"}  # fmt: skip


@pytest.fixture
def team() -> dict[str, User]:
    """One person for each role, and operations, who have none."""
    people = {role: make.make_user(role.title(), roles=[role]) for role in staff.ROLES if role != OPS}
    return people | {OPS: make.make_user("Ops", is_staff=True, is_superuser=True, roles=[])}


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


# ── The matrix ───────────────────────────────────────────────────────────────────────────────────
def test_every_page_says_who_may_do_what():
    assert pages_lib.every_page_has_a_rule(None) == []


def test_a_page_without_a_rule_is_named_with_what_to_write(monkeypatch):
    """The control."""
    page = staff.pages()["coins/deposit"]
    monkeypatch.delattr(type(page), "rule")
    [error] = pages_lib.every_page_has_a_rule(None)
    assert isinstance(error, checks.Error)
    assert "DepositAdmin" in error.msg
    assert "rule = Rule(view=[" in error.hint


def test_each_role_may_on_each_page_what_is_written(team, record_property):
    pages, written, asked, wrong = staff.pages(), staff.written(), 0, []
    assert sorted(pages.keys() ^ written.keys()) == [], "not in tests/access/staff.yaml, or gone"
    for name, page in pages.items():
        said = written[name]
        for role, user in team.items():
            may = staff.done_by(page, user)
            expected = {do for do, roles in said.items() if role in roles or roles == ["all"]}
            asked += len(said | dict.fromkeys(may))
            wrong += [f"{name}: {role} {do}" for do in sorted(may ^ expected)]
    record_property("staff matrix", [len(pages), asked, len(wrong)])
    print(f"Z7 staff matrix: {len(pages)} pages × {len(team)} roles, bad {len(wrong)} of {asked}")
    assert wrong == []


def test_people_and_money_are_deleted_by_nobody_and_the_books_written_by_nobody(team):
    for name, page in staff.pages().items():
        done = set().union(*(staff.done_by(page, user) for user in team.values()))
        assert name in MAY_BE_DELETED or not done & {"delete", "do:delete_selected"}, name
        assert name not in BOOKS or "change" not in done or not page.has_change_permission(
            staff.request_of(team["finance"])
        ), name  # fmt: skip


def test_somebody_of_the_team_without_a_role_may_nothing():
    nobody = make.make_user("Neu", is_staff=True)
    assert [name for name, page in staff.pages().items() if staff.done_by(page, nobody)] == []
    client = signed_in(nobody)
    assert client.get(reverse("admin:accounts_youthprofile_changelist")).status_code == 403


def doors(name: str) -> Iterator[tuple[str, str, str, dict[str, str] | None]]:
    """Yield (what it takes, method, address, data) for the usual doors of a page."""
    base = f"admin:{name.replace('/', '_')}"
    yield "view", "get", reverse(f"{base}_changelist"), None
    yield "add", "get", reverse(f"{base}_add"), None
    yield "add", "get", reverse(f"{base}_add") + "?_popup=1", None
    yield "add", "post", reverse(f"{base}_add"), {}
    yield "view", "get", reverse(f"{base}_history", args=["1"]), None
    yield "delete", "post", reverse(f"{base}_delete", args=["1"]), {"post": "yes"}
    yield (
        "delete",
        "post",
        reverse(f"{base}_changelist"),
        {"action": "delete_selected", "_selected_action": "1", "post": "yes"},
    )


SAMPLE = ("accounts/user", "accounts/staffrole", "coins/transfer", "coins/deposit", "partners/payoutbatch")


@pytest.mark.parametrize("names", [SAMPLE, pytest.param(None, marks=pytest.mark.slow)], ids=["sample", "in full"])
def test_the_doors_answer_as_the_matrix_says(team, names):
    written, asked, wrong = staff.written(), 0, []
    for role, user in team.items():
        client = signed_in(user)
        for name in names or written:
            for takes, method, address, data in doors(name):
                answer = getattr(client, method)(address, data)
                roles = written[name].get(takes, [])
                may = role in roles or roles == ["all"]
                # The list's own action goes nowhere for whoever may look and not delete.
                refused = answer.status_code in (403, 404) or (data and "action" in data and not may)
                asked += 1
                if may == bool(refused):
                    wrong.append(f"{role} {method} {address}: {answer.status_code}")
    print(f"Z7 staff doors: bad {len(wrong)} of {asked}")
    assert wrong == []


def test_what_looks_people_up_asks_the_rule_too(team):
    fields = [
        (model, field) for model, page in staff.admin.site._registry.items() for field in model._meta.fields
        if field.related_model in staff.admin.site._registry and field.name in page.autocomplete_fields
    ]  # fmt: skip
    assert len(fields) > 5
    for role in ("support", "auditor"):
        client = signed_in(team[role])
        for model, field in fields:
            query = {"app_label": model._meta.app_label, "model_name": model._meta.model_name, "field_name": field.name}
            answer = client.get(reverse("admin:autocomplete"), {**query, "term": ""})
            assert (answer.status_code == 200) == rights.may(team[role], "view", field.related_model), (role, query)


# ── Two clubs ────────────────────────────────────────────────────────────────────────────────────
def rows_in(club: Club, name: str) -> None:
    """Make a row in as many tables as a few services reach, all of one club."""
    guardian = make.make_user(f"Eltern {name}", club=club)
    youth = make.make_youth(f"Kind {name}", club=club, guardian=guardian)
    make.make_approved(youth)
    partner = make.make_partner(f"Laden {name}", club=club)
    sponsor = make.make_sponsor(f"Werk {name}", club=club)
    pool = make.make_pool(coins=500, sponsor=sponsor, club=club)
    make.give_coins(youth, 100, pool=pool)
    make.make_hold(offer=make.make_offer(partner=partner, price_coins=5), youth=youth)
    host = make.make_host(f"Betrieb {name}", club=club)
    make.make_place(host=host)
    make.make_date(host=host)


@pytest.fixture
def elsewhere() -> Club:
    club = make.make_club("Clever Vibes Unna")
    rows_in(make.make_club(), "hier")
    rows_in(club, "dort")
    return club


def foreign_rows(club: Club) -> list[tuple[str, object]]:
    found = []
    for name in staff.pages():
        model = apps.get_model(*name.split("/"))
        rule = rule_of(model)
        found += [(name, row) for row in model._default_manager.all() if rule.ways and rule.club_of(row) == club.pk]
    return found


def test_no_role_sees_or_changes_a_row_of_another_club(team, elsewhere):
    theirs, seen, opened = foreign_rows(elsewhere), [], []
    assert len({name for name, _row in theirs}) > 15
    everything = make.make_user("Alles", is_staff=True, roles=staff.Role.values)
    for role, user in {**team, "everything": everything}.items():
        if role == OPS:
            continue
        for name, row in theirs:
            page = staff.pages()[name]
            request = staff.request_of(user)
            if page.get_queryset(request).filter(pk=row.pk).exists():
                seen.append((role, name))
            opened += [
                (role, name, do) for do in (*staff.ACTS, *page.rule.acts) if do != "add" and page.may(request, do, row)
            ]
    assert (seen, opened) == ([], [])
    print(f"clubs: seen {len(seen)}, changed {len(opened)} of {len(theirs)} rows × {len(team)} roles")


@pytest.mark.slow
def test_no_page_about_a_row_of_another_club_opens(elsewhere):
    client = signed_in(make.make_user("Alles", is_staff=True, roles=staff.Role.values))
    about = [route for route in routes() if route.is_staff and route.staff_model and len(route.args) == 1]
    asked, wrong = 0, []
    for name, row in foreign_rows(elsewhere):
        for route in (one for one in about if one.staff_model == name):
            path = route.filled(str(row.pk))
            # Back to where nothing of the row stands, or on to its page, which is asked as well.
            elsewhere_to = ("/admin/", route.filled(""), f"{path}change/")
            for method in ("get", "post"):
                answer = getattr(client, method)(path)
                asked += 1
                if answer.status_code == 200 or (answer.status_code == 302 and answer.url not in elsewhere_to):
                    wrong.append(f"{method} {path}: {answer.status_code} {answer.get('Location', '')}")
    print(f"pages about rows of another club: bad {len(wrong)} of {asked}")
    assert wrong == []


def test_a_role_in_two_clubs_acts_for_the_one_it_is_given_in(elsewhere):
    user = make.make_user("Zwei", is_staff=True, roles=["auditor"])
    make.team.set_up(user=make.make_user("Drei", club=elsewhere), club=elsewhere, role="finance", now=make.NOON)
    assert rights.clubs_for(user, "view", apps.get_model("coins.Deposit")) == {user.club_id}
    assert not rights.clubs_worked_in(user, apps.get_model("coins.Deposit"))


def test_what_all_clubs_share_is_changed_by_operations_or_by_who_has_the_role_in_each(elsewhere, team):
    topic = make.make_category()
    here = make.make_user("Hier", is_staff=True, roles=["catalog"])
    assert rights.may(here, "view", type(topic), topic)
    assert not rights.may(here, "change", type(topic), topic)
    assert rights.may(team[OPS], "change", type(topic), topic)
    assert OPS in EVERYBODY
