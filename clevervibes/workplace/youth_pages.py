"""Two looks at one youth: everything in one line of time, and what the family sees. Both open as records do."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from accounts import reveals, stops
from accounts.access import user_of
from accounts.masking import RevealForm
from accounts.models import YouthProfile
from activities import selectors as activities
from clevervibes import statement as shops_say
from clevervibes.lib import db
from clevervibes.lib.errors import DomainError
from clevervibes.workplace import timeline
from coins import selectors as coins
from coins import statement
from partners import selectors as shops

LINES = 40


def _page() -> Any:
    return admin.site._registry[YouthProfile]


@require_safe
def events(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one line of time, behind the reason that opens the record."""
    youth: YouthProfile = _page().row_to("view", request, pk)
    found = timeline.of(youth, seen_by=user_of(request))
    context = {**admin.site.each_context(request), "title": _("Verlauf: %(who)s") % {"who": youth}, "youth": youth,
               "events": found}  # fmt: skip
    return render(request, "admin/timeline.html", context)


def timeline_page(request: HttpRequest, pk: int) -> HttpResponse:
    _page().row_to("view", request, pk)
    asked: HttpResponse | None = _page().ask_first(request, str(pk))
    return asked or events(request, pk)


def family_view(request: HttpRequest, pk: int) -> HttpResponse:
    """Show what the family reads. Asks each time: every look is a row with its reason, which the family sees."""
    youth: YouthProfile = _page().row_to("view", request, pk)
    now, form = db.now(), RevealForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            reveals.reveal(youth=youth, by=user_of(request), now=now, **form.cleaned_data)
        except DomainError as error:
            form.add_error("reason", str(error))
        else:
            return render(request, "admin/family_view.html", {**admin.site.each_context(request), **_seen(youth)})
    context = {
        **admin.site.each_context(request), "title": _("Wie die Familie es sieht"), "form": form, "media": form.media,
        "button": _("Öffnen"),
    }  # fmt: skip
    return render(request, "admin/service_page.html", context)


def _seen(youth: YouthProfile) -> dict[str, object]:
    account = coins.account_of(youth)
    transfers = list(statement.transfers_of(account)[:LINES]) if account else []
    return {
        "title": _("So sieht es die Familie von %(who)s") % {"who": youth},
        "youth": youth,
        "stops": stops.stops_seen_by(youth.user),
        "standing": coins.balance_of(youth),
        "entries": activities.listed(youth.user)[:LINES],
        "lines": statement.lines(account, transfers, describe=shops_say.describe) if account else [],
        "holds": shops.live_holds_of(youth),
    }
