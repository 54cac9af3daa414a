"""The matrix as people write it (matrix.yaml), and as the test asks it."""

from dataclasses import dataclass
from pathlib import Path

import yaml

from tests.access.asking import METHODS, ROLES
from tests.access.town import APPS, SCREEN

FILE = Path(__file__).with_name("matrix.yaml")
REST = "else"
# What a page does with a method that no browser's form sends, for everybody.
OF_PAGES = {"PUT": "405", "PATCH": "405", "DELETE": "405"}


@dataclass(frozen=True)
class Row:
    """What the matrix says of one route: its address, whose thing its argument names, and the answers."""

    path: str
    of: str | None
    answers: dict[str, dict[str, str]]  # by method, then by role

    def expected(self, method: str, role: str) -> str:
        """Return the answer a role is to get.

        :raises KeyError: if the matrix forgot that role or method.
        """
        said = self.answers[method]
        if role in APPS and not self.path.startswith("api/"):
            role = "guest"  # a token is no session
        if role == SCREEN and role not in said and "guest" in said:
            role = "guest"  # nobody is signed in there
        return said[role] if role in said else said[REST]


@dataclass(frozen=True)
class Matrix:
    rows: dict[str, Row]
    staff_models: set[str]  # `app/model` whose pages are the team's alone
    staff_pages: set[str]  # the other pages of the staff


def load() -> Matrix:
    given = yaml.safe_load(FILE.read_text())
    rows = {name: _row(row) for name, row in given["routes"].items()}
    staff = given["team only"]
    models = {f"{app}/{model}" for app, names in staff["models"].items() for model in names}
    return Matrix(rows, models, set(staff["pages"]))


def _row(given: dict) -> Row:
    methods = {method: _answers(given[method]) for method in METHODS if method in given}
    if not given["path"].startswith("api/"):
        methods = {method: _answers(said) for method, said in OF_PAGES.items()} | methods
    return Row(given["path"], given.get("of"), methods)


def _answers(given: object) -> dict[str, str]:
    """Return answers by role from `ok` for everybody, or `{guest: sign-in, youth15 youth17: ok/404, else: 404}`."""
    if not isinstance(given, dict):
        return {REST: str(given)}
    return {role: str(answer) for roles, answer in given.items() for role in str(roles).split()}


def written(answers: dict[str, str]) -> str:
    """Return what was seen, by role, as the matrix would say it."""
    by_answer: dict[str, list[str]] = {}
    for role in ROLES:
        if role in answers:
            by_answer.setdefault(answers[role], []).append(role)
    if len(by_answer) == 1:
        return next(iter(by_answer))
    rest = max(by_answer, key=lambda answer: (len(by_answer[answer]), answer))
    parts = [f"{' '.join(roles)}: {answer}" for answer, roles in by_answer.items() if answer != rest]
    return "{" + ", ".join([*parts, f"{REST}: {rest}"]) + "}"
