"""`/transparenz/`: what the club did, whether the money is there, what proves it. For everybody, without a cookie."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.models import Club
from accounts.security.limits import address_of
from activities.models import Category
from clevervibes.lib import db, limits, sheets
from clevervibes.openness import drawing, figures, standing
from coins import publication

SCRIPT = Path(__file__).with_name("verify.py")
EXPORTS = limits.Limit("seal-export", 30, timedelta(hours=1))


@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """The public page."""
    now = db.now()
    taken = figures.latest(now=now)
    proof = standing.last_proof()
    money = taken.figures["bank"]
    context = {
        "taken_on": taken.taken_on,
        "figures": taken.figures,
        "people": taken.figures["people"],
        "books": taken.figures["books"],
        "upto": _day(taken.figures["upto"]),
        "some_wait": drawing.some_wait(taken.figures),
        "hours": drawing.hours(taken.figures["minutes"]),
        "charts": drawing.charts(taken.figures),
        "troubles": standing.troubles(taken.figures, proof, now=now),
        "compared_on": _day(money["closing_on"]) if money else None,
        "proof": proof,
        "seals": standing.seals(),
        "clubs": Club.objects.exclude(contact_email="", contact_phone=""),
    }
    return render(request, "openness/page.html", context)


@require_safe
def table(request: HttpRequest) -> HttpResponse:
    """The public figures as CSV: one line a month, as the plots show them."""
    return sheets.download("clever-vibes-club-zahlen.csv", _table(figures.latest(now=db.now()).figures))


def _table(found: dict[str, Any]) -> Iterator[list[object]]:
    names = {category.pk: str(category) for category in Category.objects.all()}
    themes = sorted({category for month in found["months"] for category, _minutes in month["by_category"]})
    yield [
        _("erster Tag"), _("letzter Tag"), _("Stunden"), _("Coins verdient"), _("Coins eingelöst"),
        _("Coins im Umlauf am Ende"), _("Euro zurückgelegt am Ende"),
        *(sheets.text(_("Stunden: %(theme)s") % {"theme": names.get(theme, theme)}) for theme in themes),
        _("Stunden: weitere Themen"),
    ]  # fmt: skip
    for month in found["months"]:
        minutes = dict(month["by_category"])
        yield [
            month["from"], month["to"], drawing.hours(month["minutes"]), month["earned"], month["redeemed"],
            month["outstanding"], sheets.amount(month["set_aside_cents"]),
            *(drawing.hours(minutes.get(theme, 0)) for theme in themes),
            drawing.hours(month["other_minutes"]),
        ]  # fmt: skip


@require_safe
def seal_file(request: HttpRequest) -> HttpResponse | StreamingHttpResponse:
    """Everything published of the seals, in parts: what the verifier reads."""
    try:
        limits.take((EXPORTS, address_of(request)), now=db.now())
    except limits.TooOften as error:
        refusal = HttpResponse(f"{error}\n", status=error.status, content_type="text/plain; charset=utf-8")
        refusal["Retry-After"] = str(error.retry_after_seconds)
        return refusal
    answer = StreamingHttpResponse(
        (part.encode() for part in publication.export()), content_type="text/plain; charset=us-ascii"
    )
    answer["Content-Disposition"] = 'attachment; filename="siegel.txt"'
    return answer


@require_safe
def script(request: HttpRequest) -> HttpResponse:
    """The program that checks that file; anybody can read it."""
    answer = HttpResponse(SCRIPT.read_bytes(), content_type="text/x-python; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="verify.py"'
    return answer


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
