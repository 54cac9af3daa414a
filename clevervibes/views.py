"""Health and errors."""

from urllib.parse import urlsplit

from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template import loader
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from clevervibes.operations import health


@require_safe
@never_cache
def healthz(request: HttpRequest) -> JsonResponse:
    """Say which parts work, within a second; `?only=web` whether this process answers, `?only=pages` whether pages do.

    The second is for whoever decides about web alone: a dead worker, or a database on its way back, is no reason to
    take the pages away that say so. The third is for a page that waits for its line: a counter serves without a worker.
    """
    only = request.GET.get("only")
    if only == "pages":
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    if only in ("web", "pages"):
        return JsonResponse({"status": "ok"})
    parts = health.look()
    failing = [part.name for part in parts if part.ok is False]
    answer = {"status": "failing" if failing else "ok", "failing": failing,
              "parts": {part.name: part.as_json() for part in parts}}  # fmt: skip
    return JsonResponse(answer, status=503 if failing else 200)


@csrf_exempt  # the browser sends reports without a token; nothing is stored
@require_POST
def csp_report(request: HttpRequest) -> HttpResponse:
    return HttpResponse(status=204)


def server_error(request: HttpRequest) -> HttpResponse:
    # Without the request: Django's own view asks the session, and the database may be what is broken.
    return HttpResponse(loader.get_template("500.html").render(), status=500)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Lead back to the page that was sent, through signing in where the session has ended meanwhile."""
    sent = urlsplit(request.headers.get("referer", ""))
    context = {
        "back": sent.path if sent.netloc == request.get_host() else reverse("home"),
        "signed_in": request.user.is_authenticated,
    }
    return render(request, "403_csrf.html", context, status=403)
