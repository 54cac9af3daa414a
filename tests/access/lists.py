"""Every list page of the admin, asked in every way its own links offer: searched, filtered, sorted, leafed through."""

import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from django.contrib.admin.options import ModelAdmin
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from tests.access import staff

WORD = "a"
MANY = 10_000


@dataclass
class Asked:
    """The answers of one list."""

    rows: int = 0
    queries: dict[str, int] = field(default_factory=dict)
    seconds: list[float] = field(default_factory=list)
    slowest: tuple[float, str] = (0.0, "")


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


def ask(client: Client, user: User, *, times: int = 1, plain_only: bool = False) -> dict[str, Asked]:
    """Ask each list that `user` may see, in each way, and return what it took."""
    found: dict[str, Asked] = defaultdict(Asked)
    for name, page in staff.pages().items():
        if not page.has_view_permission(staff.request_of(user)):
            continue
        asked = found[name]
        asked.rows = page.get_queryset(staff.request_of(user)).count()
        address = reverse(f"admin:{page.opts.app_label}_{page.opts.model_name}_changelist")
        client.get(address)  # what is asked once per process
        for way, query in [("plain", "")] if plain_only else ways(page, user):
            asked.queries[way] = MANY
            for _ in range(times):
                with CaptureQueriesContext(connection) as queries:
                    began = time.perf_counter()
                    answer = client.get(address + query)
                    took = time.perf_counter() - began
                assert answer.status_code == 200, (name, way, answer.status_code)
                asked.seconds.append(took)
                asked.slowest = max(asked.slowest, (took, way))
                # Now and then a request also writes when the session was last seen.
                asked.queries[way] = min(asked.queries[way], len(queries))
    return dict(found)
