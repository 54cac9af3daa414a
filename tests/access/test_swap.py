"""Two families, two shops, two sponsors, two points of contact: nothing of one side reaches the other, by any address.

Everybody of one side asks every address for everything of the other: in the address, in the query, in the form. In no
answer stands a word of the other side, and nothing of it has changed. Each run asks for what belongs in an address and
for a person; the slow one for a thing of each kind everywhere.
"""

from collections.abc import Iterator

import pytest
from django.apps import apps
from django.db import connection
from django.http import HttpResponse

from activities import selectors
from activities.models import SharedTimeEntry
from tests.access import matrix as matrices
from tests.access.asking import Asker, kind_of
from tests.access.matrix import Matrix
from tests.access.routes import Route, routes
from tests.access.town import APPS, PEOPLE, SCREEN, Side, undone

OURS = [route for route in routes() if not route.is_staff]
ASKING = [role for role in (*PEOPLE, SCREEN, *APPS) if role != "team"]
# Whoever holds one of these may go through, that is what they are for; and what everybody may see is no secret.
OPENS_BY_ITSELF = {"invitation_token", "password_token", "shown_token", "code", "proof", "sheet_in_hand",
                   "pairing_token", "desk_token", "contact_token"}  # fmt: skip
FOR_EVERYBODY = {"offer", "opportunity", "place", "shop", "text", "picture", "nothing", "run", "point"}
# What each name in a query or a form is given: what belongs there, then something else everywhere.
QUERY = {"youth": "youth", "person": "person", "laden": "shop", "partner": "shop", "next": "settlement", "art": "hold"}
FORM = {
    "youth": "youth", "person": "person", "entry": "entry_submitted", "offer": "offer_draft", "hold": "hold",
    "shop": "shop", "phone": "phone", "sign_in": "seen", "link": "invitation", "code": "code",
    "redemption": "redemption", "id": "entry_draft", "text": "trust", "next": "settlement", "purpose": "guardianship",
    "portfolio": "portfolio", "shown": "entry_approved", "pick": "entry_approved", "learned": "entry_approved",
    "host": "interest", "key": "goal",
}  # fmt: skip
ALSO = ("person", "entry_approved")
BREADTHS = [False, pytest.param(True, marks=pytest.mark.slow)]
# These lead on to the own start page, whoever's name they are given.
LEAD_AWAY = {"accounts:joined"}
# What everybody's questions leave behind: counters of tries, and what a browser is remembered by.
NOBODYS = {
    "sessions.Session", "lib.TryCount", "partners.MissCount", "accounts.SignIn", "accounts.ApiToken",
    "partners.Device", "partners.Shift",
}  # fmt: skip


@pytest.fixture(scope="module")
def matrix() -> Matrix:
    return matrices.load()


def private(side: Side) -> dict[str, str]:
    """Return a private thing of each kind a side has: the youngest youth's, where each youth has one."""
    kinds = {kind for ids in side.ids.values() for kind in ids} - FOR_EVERYBODY - OPENS_BY_ITSELF
    return {kind: side.own("youth15", kind) for kind in kinds if kind not in ("password_qr",)} | {
        "password_qr": side.own("guardian", "password_qr")
    }


def leaks(answer: HttpResponse, theirs: Side, asked: str) -> Iterator[str]:
    """Yield what an answer says of the other side that the question did not."""
    said = answer.headers.get("Location", "") + b"".join(answer).decode(errors="replace")
    if theirs.word in said:
        yield f"the word {theirs.word}"
    for ids in theirs.ids.values():
        for kind, value in ids.items():
            if kind not in FOR_EVERYBODY and value not in asked and value in said:
                yield f"their {kind}"


def open_to(role: str, matrix: Matrix) -> list[Route]:
    """Return the routes on which a role is more than a guest."""
    if role == SCREEN:
        return [route for route in OURS if any(role in said for said in matrix.rows[route.name].answers.values())]
    return [route for route in OURS if role not in APPS or route.path.startswith("api/")]


def answers(matrix: Matrix, route: Route, role: str) -> dict[str, bool]:
    """Return the methods an address has, each with whether it lets a role in at all."""
    row = matrix.rows[route.name]
    expected = {method: row.expected(method, role) for method in row.answers}
    return {method: answer not in ("401", "403", "404") for method, answer in expected.items() if answer != "405"}


# ── In the address ───────────────────────────────────────────────────────────────────────────────
def in_addresses(asker: Asker, matrix: Matrix, *, every_kind: bool = False) -> Iterator[tuple[str, list[str]]]:
    role, theirs = asker.role, asker.world.theirs
    others = private(theirs)
    if not every_kind:
        others = {"person": others["person"]}
    for route in open_to(role, matrix):
        of = matrix.rows[route.name].of
        if of is None or of in OPENS_BY_ITSELF | FOR_EVERYBODY - {"run", "point"}:
            continue
        fitting = {of: theirs.own(role, of)}
        for method, lets_in in answers(matrix, route, role).items():
            for kind, value in ((others | fitting) if lets_in else fitting).items():
                answer = asker.ask(method, route.filled(value))
                found = list(leaks(answer, theirs, value))
                if answer.status_code not in (403, 404, 405) and route.name not in LEAD_AWAY:
                    found.append(kind_of(answer))
                yield f"{method} {route.path} with their {kind} as {role}", found


@pytest.mark.parametrize("every_kind", BREADTHS, ids=["", "every kind"])
@pytest.mark.parametrize("role", ASKING)
def test_nothing_of_the_other_side_is_found_by_its_address(role, every_kind, world, matrix, record_property):
    asker = Asker(world, role)
    with undone():
        before = everything()
        asked = dict(in_addresses(asker, matrix, every_kind=every_kind))
        changed = [table for table, rows in everything().items() if rows != before[table]]

    found = {question: said for question, said in asked.items() if said}
    record_property("swap", [len(asked), len(found)])
    assert found == {}
    assert changed == []


def everything() -> dict[str, str]:
    """Return a fingerprint of the rows of each table that a question must not change."""
    models = [model for model in apps.get_models(include_auto_created=True) if model._meta.label not in NOBODYS]
    # Events is a question over all traces, made by pghistory: no table.
    tables = sorted({model._meta.db_table for model in models if model._meta.managed} - {"pghistory_events"})
    with connection.cursor() as cursor:
        cursor.execute(
            " UNION ALL ".join(
                f"SELECT '{table}', md5(string_agg(md5(t::text), '' ORDER BY md5(t::text))) FROM {table} t"
                for table in tables
            )
        )
        return dict(cursor.fetchall())


# ── In the query and the form ────────────────────────────────────────────────────────────────────
def in_what_is_sent(asker: Asker, matrix: Matrix, *, every_kind: bool = False) -> Iterator[tuple[str, list[str]]]:
    role, theirs = asker.role, asker.world.theirs
    for route in open_to(role, matrix):
        of = matrix.rows[route.name].of
        address = route.filled(asker.world.ours.own(role, of) if of else "")
        for method, lets_in in answers(matrix, route, role).items():
            names = QUERY if method == "GET" else FORM
            for kind in ("what belongs there", *(ALSO if every_kind else ())) if lets_in else ():
                data = {name: theirs.own("youth15", kind if kind in ALSO else names[name]) for name in names}
                with undone():
                    answer = asker.ask(method, address, data)
                    found = list(leaks(answer, theirs, " ".join(data.values())))
                # Of what nobody started here /healthz says that it does not run.
                if answer.status_code >= 500 and route.name != "healthz":
                    found.append(kind_of(answer))
                yield f"{method} {route.path} sent {kind} of theirs as {role}", found


@pytest.mark.parametrize("every_kind", BREADTHS, ids=["", "every kind"])
@pytest.mark.parametrize("role", ASKING)
def test_nothing_of_the_other_side_is_found_by_what_is_sent(role, every_kind, world, matrix, record_property):
    asked = dict(in_what_is_sent(Asker(world, role), matrix, every_kind=every_kind))

    found = {question: said for question, said in asked.items() if said}
    record_property("swap", [len(asked), len(found)])
    assert found == {}


def test_a_selector_that_shows_too_much_is_noticed(world, matrix, monkeypatch):
    """The control: with the guard taken out, words of the other side turn up."""
    monkeypatch.setattr(selectors, "entries_of", lambda user: SharedTimeEntry.objects.select_related("category"))
    pages = [route for route in OURS if route.name in {"activities:entry", "activities:entries"}]
    monkeypatch.setattr("tests.access.test_swap.OURS", pages)
    asker = Asker(world, "youth15")
    with undone():
        by_address = {question: said for question, said in in_addresses(asker, matrix, every_kind=True) if said}
    sent = {question: said for question, said in in_what_is_sent(asker, matrix) if said}

    assert by_address["GET zeiten/<public_id>/ with their entry_draft as youth15"][0] == "the word fremdvogel"
    assert any(question.startswith("GET zeiten/ ") for question in sent)
