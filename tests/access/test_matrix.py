"""Who gets which answer where: every address, every role, every method, one's own thing and somebody else's."""

from collections.abc import Iterable, Iterator

import pytest

from activities import selectors
from activities.models import SharedTimeEntry
from tests.access import matrix as matrices
from tests.access.asking import METHODS, ROLES, Asker, outcome
from tests.access.matrix import Matrix
from tests.access.routes import Route, routes
from tests.access.town import APPS, World, undone

ROUTES = routes()
OURS = [route for route in ROUTES if not route.is_staff]
STAFF = [route for route in ROUTES if route.is_staff]
# They lead to the pages of everybody.
OPEN_TO_ALL = {"admin/login/", "admin/logout/", "admin/password_change/"}
REFUSED = {"sign-in", "403", "405"}
# Each run asks what no browser sends of three, and pages by token of one: a middleware answers the same to the others.
SENDS_ANYTHING = {"guest", "youth15", "team", "app-youth"}


@pytest.fixture(scope="module")
def matrix() -> Matrix:
    return matrices.load()


# ── The list ─────────────────────────────────────────────────────────────────────────────────────
def test_every_route_is_in_the_matrix_and_nothing_else(matrix):
    there = {route.name: route.path for route in OURS}
    listed = {name: row.path for name, row in matrix.rows.items()}

    assert len(there) == len(OURS), "two addresses share a name"
    assert {name: path for name, path in there.items() if listed.get(name) != path} == {}, "not in matrix.yaml"
    assert sorted(listed.keys() - there.keys()) == [], "in matrix.yaml, but gone"
    unsaid = [name for name, row in matrix.rows.items() if set(row.answers) != set(METHODS)]
    assert unsaid == [], "methods without an answer"
    needs = {route.name for route in OURS if route.args}
    assert {name for name, row in matrix.rows.items() if row.of} == needs, "`of` says whose thing an argument names"


def test_every_page_of_the_staff_is_in_the_matrix_and_nothing_else(matrix):
    assert {route.staff_model for route in STAFF} - {None} == matrix.staff_models
    assert {route.path for route in STAFF if not route.staff_model} - OPEN_TO_ALL == matrix.staff_pages


def test_an_unlisted_and_a_lost_route_are_named(matrix, monkeypatch):
    """The control: the list would say so."""
    here, all_but_one, staff = "tests.access.test_matrix", OURS[1:], STAFF
    monkeypatch.setattr(f"{here}.OURS", [*all_but_one, Route("activities:secret", "zeiten/x/", ())])
    with pytest.raises(AssertionError, match="activities:secret"):
        test_every_route_is_in_the_matrix_and_nothing_else(matrix)
    monkeypatch.setattr(f"{here}.OURS", all_but_one)
    with pytest.raises(AssertionError, match="but gone"):
        test_every_route_is_in_the_matrix_and_nothing_else(matrix)
    monkeypatch.setattr(f"{here}.STAFF", [*staff, Route("admin:x_add", "admin/accounts/secret/add/", ())])
    with pytest.raises(AssertionError, match="accounts/secret"):
        test_every_page_of_the_staff_is_in_the_matrix_and_nothing_else(matrix)


# ── The answers ──────────────────────────────────────────────────────────────────────────────────
def questions(role: str, *, in_full: bool) -> Iterator[tuple[Route, str]]:
    """Yield each address with each method that is asked as `role`."""
    for route in OURS:
        is_page = not route.path.startswith("api/")
        for method in METHODS:
            plain = method in ("GET", "POST") and role not in APPS
            if in_full or not is_page or plain or role in SENDS_ANYTHING:
                yield route, method


def mismatches(world: World, matrix: Matrix, role: str, asked: Iterable[tuple[Route, str]]) -> Iterator[str]:
    asker = Asker(world, role)
    for route, method in asked:
        row = matrix.rows.get(route.name)
        if row is None:
            continue  # said by the list
        seen, expected = outcome(asker, route, row.of, method), row.expected(method, role)
        if seen != expected:
            yield f"{method} {route.path} as {role}: {seen} instead of {expected}"


@pytest.mark.parametrize("in_full", [False, pytest.param(True, marks=pytest.mark.slow)], ids=["", "in full"])
@pytest.mark.parametrize("role", ROLES)
def test_each_route_answers_as_the_matrix_says(role, in_full, world, matrix, record_property):
    asked = list(questions(role, in_full=in_full))
    wrong = list(mismatches(world, matrix, role, asked))

    record_property("matrix", [len(asked), len(wrong)])
    assert wrong == []


@pytest.mark.parametrize("role", [role for role in ROLES if role != "team"])
def test_the_staff_pages_let_in_nobody_else(role, world, record_property):
    asker = Asker(world, role)
    asked = [(method, route) for route in STAFF if route.path not in OPEN_TO_ALL for method in ("GET", "POST")]
    with undone():
        seen = {(method, route.path): asker.kind(method, route.filled("1")) for method, route in asked}
    wrong = {question: answer for question, answer in seen.items() if answer not in REFUSED}

    record_property("matrix", [len(asked), len(wrong)])
    assert wrong == {}


def test_the_staff_pages_let_in_the_team(world):
    asker = Asker(world, "team")
    lists = ["admin/", *(route.path for route in STAFF if route.name.endswith("_changelist"))]

    assert len(lists) > 30
    assert {path: asker.kind("GET", f"/{path}") for path in lists} == dict.fromkeys(lists, "ok")


def test_a_selector_that_shows_too_much_is_noticed(world, matrix, monkeypatch):
    """The control: with the guard taken out the matrix does not hold."""
    monkeypatch.setattr(selectors, "entries_of", lambda user: SharedTimeEntry.objects.select_related("category"))
    everything = questions("youth15", in_full=True)
    entries = [(route, method) for route, method in everything if route.path.startswith(("zeiten/", "api/v1/entries/"))]

    wrong = list(mismatches(world, matrix, "youth15", entries))

    assert any("zeiten/<public_id>/" in line and "ok instead of ok/404" in line for line in wrong)
    assert any("api/v1/entries/" in line for line in wrong)
