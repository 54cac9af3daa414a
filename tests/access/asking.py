"""Asking every address as everybody, and what kind of answer that is."""

from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.test.client import ClientHandler
from django.urls import reverse

from tests.access.routes import Route
from tests.access.town import APPS, PEOPLE, SCREEN, World, undone

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
ROLES = ("guest", *PEOPLE, SCREEN, *APPS)
# 2xx, and another address, say that somebody was let in; `input` that they were, but what was sent will not do.
_INPUT = {400, 409, 410, 415, 422}


class Asker(RequestFactory):
    """Somebody with a browser that keeps what it had when it signed in.

    Django's own test client would copy the context of every template that is drawn; this one only asks.
    """

    def __init__(self, world: World, role: str) -> None:
        super().__init__()
        self.world, self.role = world, role
        self.handler = ClientHandler(enforce_csrf_checks=False)
        if role in world.ours.people:
            browser = Client()
            browser.force_login(world.ours.people[role])
            browser.get(reverse("offline"))  # the first page notes the sign-in
            self.cookies = browser.cookies
        elif role == SCREEN:
            self.cookies = world.ours.screen.cookies

    def request(self, **request: Any) -> HttpResponse:  # type: ignore[override]
        return self.handler(self._base_environ(**request))

    def ask(self, method: str, address: str, data: object = None) -> HttpResponse:
        """Return the answer; what the question does is done."""
        more: dict[str, Any] = {"headers": {}}
        if self.role in APPS:
            more["headers"]["Authorization"] = f"Bearer {self.world.ours.tokens[self.role]}"
        if address.startswith("/api/"):
            more["headers"]["Idempotency-Key"] = str(uuid4())
            if method != "GET":
                more["content_type"], data = "application/json", data or {}
        return getattr(self, method.lower())(address, data, **more)

    def kind(self, method: str, address: str, data: object = None) -> str:
        """Return the kind of answer; what the question did is undone."""
        if method not in ("GET", "POST") and not address.startswith("/api/"):
            return kind_of(self.ask(method, address))  # refused before anything is looked at, or the matrix fails
        with undone():
            return kind_of(self.ask(method, address, data))


def kind_of(answer: HttpResponse) -> str:
    """Return an answer in one word: ok, go (somewhere else), sign-in, input, or its status."""
    if answer.status_code in (301, 302, 303):
        path = urlsplit(answer["Location"]).path
        return "sign-in" if path in (reverse("account_login"), reverse("admin:login")) else "go"
    if answer.status_code in _INPUT:
        return "input"
    return "ok" if 200 <= answer.status_code < 300 else str(answer.status_code)


def outcome(asker: Asker, route: Route, of: str | None, method: str) -> str:
    """Return the kind of answer; where an address names a thing, of one's own and of the other side's."""
    if of is None:
        return asker.kind(method, route.filled(""))
    mine = asker.kind(method, route.filled(asker.world.ours.own(asker.role, of)))
    # What the address does not do at all it does for no thing.
    if mine == "405":
        return mine
    other = asker.kind(method, route.filled(asker.world.theirs.own(asker.role, of)))
    return mine if mine == other else f"{mine}/{other}"
