"""Every list page of the admin, asked in every way its own links offer: searched, filtered, sorted, leafed through.

And the lists that families, shops, companies and sponsors read.
"""

import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from math import ceil
from statistics import median, quantiles
from typing import Any

from django.contrib.admin.options import ModelAdmin
from django.db import connection
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.test.client import ClientHandler
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from tests.access import staff

WORD = "a"
MANY = 10_000
# Who reads which lists outside the admin; the name of an address, with what stands behind its question mark.
READ = {
    "": ("home", "partners:catalog", "transparency", "api:transparency"),
    "youth": (
        "start", "activities:entries", "activities:entries?page=2", "activities:calendar", "year", "activities:sheets",
        "coins:statement", "coins:statement?page=2", "partners:catalog", "partners:holds", "activities:opportunities",
        "activities:places", "activities:my-dates", "activities:requests", "accounts:notices", "accounts:family",
        "data", "api:entries", "api:statement", "api:balance", "api:offers", "api:holds",
    ),
    "guardian": ("start", "activities:inbox", "activities:guarded-dates", "accounts:family", "api:approvals"),
    "manager": (
        "start", "partners:desk", "partners:desk-offers", "partners:desk-redemptions",
        "partners:desk-redemptions?page=2", "partners:desk-redemptions-csv", "partners:settlements", "partners:team",
        "partners:devices", "partners:counter", "api:settlements",
    ),
    "host": ("start", "activities:hosting", "activities:host-places"),
    "contact": ("start", "impact"),
    "voucher": ("start", "accounts:contact-point", "activities:sheet-desk"),
    "team": ("start", "admin:index"),
}  # fmt: skip


class Reader(RequestFactory):
    """Somebody with a browser. Django's own test client would copy the context of every template that is drawn, and
    takes as long over that as over the page."""

    def __init__(self, user: User | None) -> None:
        super().__init__()
        self.handler = ClientHandler(enforce_csrf_checks=False)
        if user is not None:
            browser = Client()
            browser.force_login(user)
            browser.get(reverse("offline"))  # the first page notes the sign-in
            self.cookies = browser.cookies

    def request(self, **request: Any) -> HttpResponse:  # type: ignore[override]
        return self.handler(self._base_environ(**request))


@dataclass
class Asked:
    """The answers of one list."""

    rows: int = 0
    queries: dict[str, int] = field(default_factory=dict)
    seconds: list[float] = field(default_factory=list)
    slowest: tuple[float, str] = (0.0, "")

    @property
    def p50_ms(self) -> float:
        return median(self.seconds) * 1000

    @property
    def p95_ms(self) -> float:
        return quantiles(self.seconds, n=20, method="inclusive")[-1] * 1000

    def ask(self, reader: Reader, address: str, way: str, times: int) -> None:
        self.queries[way] = MANY
        for _ in range(times):
            with CaptureQueriesContext(connection) as queries:
                began = time.perf_counter()
                answer = reader.get(address)
                took = time.perf_counter() - began
            assert answer.status_code == 200, (address, answer.status_code)
            self.seconds.append(took)
            self.slowest = max(self.slowest, (took, way))
            # Now and then a request also writes when the session was last seen.
            self.queries[way] = min(self.queries[way], len(queries))


def ways(page: ModelAdmin, user: User) -> Iterator[tuple[str, str]]:
    """Yield what can be done to the list of `page`, and the query that does it."""
    request = staff.request_of(user)
    shown = page.get_changelist_instance(request)
    yield "plain", ""
    if page.get_search_fields(request):
        yield "searched", f"?q={WORD}"
    for spec in shown.filter_specs:
        choices = [choice for choice in spec.choices(shown) if choice.get("query_string") and not choice["selected"]]
        if choices:
            yield f"filter {spec.title}", choices[-1]["query_string"]
    for number, name in enumerate(shown.list_display):
        if shown.get_ordering_field(name):
            yield f"sorted by {name}", f"?o={number}"
    if shown.paginator.num_pages > 1:
        yield "page 2", "?p=2"
        yield "last page", f"?p={shown.paginator.num_pages}"


def ask(user: User, *, at_least: int = 1, plain_only: bool = False) -> dict[str, Asked]:
    """Ask each list of the team that `user` may see, in each way, `at_least` so often; return what it took."""
    found: dict[str, Asked] = defaultdict(Asked)
    reader = Reader(user)
    for name, page in staff.pages().items():
        if not page.has_view_permission(staff.request_of(user)):
            continue
        asked = found[name]
        asked.rows = page.get_queryset(staff.request_of(user)).count()
        address = reverse(f"admin:{page.opts.app_label}_{page.opts.model_name}_changelist")
        reader.get(address)  # what is asked once per process
        each = [("plain", "")] if plain_only else list(ways(page, user))
        for way, query in each:
            asked.ask(reader, address + query, way, ceil(at_least / len(each)))
    return dict(found)


def ask_people(people: dict[str, User], *, times: int) -> dict[str, Asked]:
    """Ask what everybody else reads; return what it took."""
    found = {}
    for role, names in READ.items():
        reader = Reader(people.get(role))
        for name in names:
            route, mark, query = name.partition("?")
            address = reverse(route) + mark + query
            answer = reader.get(address)  # what is asked once per process; and some lead on to the one there is
            address = answer["Location"] if answer.status_code == 302 else address
            found[f"{role} {name}".strip()] = asked = Asked()
            asked.ask(reader, address, "plain", times)
    return found
