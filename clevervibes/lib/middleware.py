"""What every answer carries: a request id for the logs and the headers of SAFETY's table."""

import logging
import time
import uuid
from collections.abc import Callable

from csp.constants import UNSAFE_EVAL, UNSAFE_INLINE
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import render

from clevervibes.lib import logs

Next = Callable[[HttpRequest], HttpResponse]

access = logging.getLogger("access")

_OF_PAGES = ["GET", "HEAD", "POST"]
PERMISSIONS = "camera=(), microphone=(), geolocation=(), payment=(), usb=()"


def request_id(get_response: Next) -> Next:
    def middleware(request: HttpRequest) -> HttpResponse:
        # Left as it is afterwards: Django speaks of an answer that is an error when all middleware is done.
        logs.request_id.set(uuid.uuid4().hex[:12])
        began = time.monotonic()
        response = get_response(request)
        if request.resolver_match:  # files that lie about are nobody's news
            took = round((time.monotonic() - began) * 1000)
            access.info("%s %s %s, %s ms", response.status_code, request.method, logs.route(request), took)
        return response

    return middleware


def security_headers(get_response: Next) -> Next:
    """Add what Django and django-csp leave out. A view that set one of them (the counter's camera) keeps its own."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.headers.setdefault("Permissions-Policy", PERMISSIONS)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        user = getattr(request, "user", None)
        if user is not None and user.is_authenticated:
            # A shared phone must not show the last person's page to the next one.
            response.headers.setdefault("Cache-Control", "no-store, private")
        return response

    return middleware


def dead_ends(get_response: Next) -> Next:
    """Draw a page for whoever opens the address of a button, by a reload or from the history."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if response.status_code != 405 or request.method != "GET" or request.path.startswith("/api/"):
            return response
        page = render(request, "404.html", status=405)
        page["Allow"] = response["Allow"]
        return page

    return middleware


def methods_of_pages(get_response: Next) -> Next:
    """Refuse what no form of a browser sends: a page that does not ask for the method would answer it as a look."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.method in _OF_PAGES or request.path.startswith("/api/"):
            return get_response(request)
        return HttpResponseNotAllowed(_OF_PAGES)

    return middleware


def admin_csp(get_response: Next) -> Next:
    """Loosen the content policy for the staff pages alone, exactly as far as their theme needs it."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if request.path.startswith("/admin/"):
            # Alpine evaluates the attributes of unfold's pages, its charts set widths by style.
            response._csp_update = {"script-src": [UNSAFE_EVAL], "style-src": [UNSAFE_INLINE]}  # type: ignore[attr-defined]
        return response

    return middleware
