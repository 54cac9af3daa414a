"""Pages of the team beside those of single tables."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe
from unfold.widgets import UnfoldAdminSelectWidget

from accounts.access import user_of
from accounts.models import Club
from accounts.stop_pages import HaltForm
from accounts.team import rights
from clevervibes.lib import db
from clevervibes.workplace import search
from partners import halting
from partners.models import Partner


class HaltAllForm(HaltForm):
    club = forms.ModelChoiceField(Club.objects.none(), label=_("Club"), widget=UnfoldAdminSelectWidget)
    field_order = ["club", "sentence", "reason"]


def halt_redemptions(request: HttpRequest) -> HttpResponse:
    """Stop all redemptions of a club at once, or let them go on."""
    user = user_of(request)
    clubs = Club.objects.filter(pk__in=rights.clubs_for(user, "stop", Partner))
    if not clubs:
        raise PermissionDenied
    going_on = request.POST.get("then") == "preview"
    form = HaltAllForm(request.POST if request.method == "POST" else None, initial={"club": clubs[0]})
    choice: Any = form.fields["club"]
    choice.queryset = clubs
    if going_on:
        for name in ("sentence", "reason"):
            form.fields[name].required = False
    if request.method == "POST" and form.is_valid():
        club = form.cleaned_data.pop("club")
        if going_on:
            messages.success(request, _("Es geht weiter: %(n)s Läden.") % {"n": halting.resume_all(club=club)})
        else:
            number = halting.stop_all(club=club, by=user, now=db.now(), **form.cleaned_data)
            messages.success(request, _("Angehalten: %(n)s Läden. Niemand löst gerade etwas ein.") % {"n": number})
        return redirect("staff-halt")
    rows = [(str(club), _("%(n)s Läden zusammen angehalten") % {"n": halting.stopped_together(club)}) for club in clubs]
    context = {
        **admin.site.each_context(request), "title": _("Alle Einlösungen anhalten"), "form": form, "media": form.media,
        "button": _("Anhalten"), "second_button": _("Weitermachen lassen"),
        "notice_template": "coins/admin/_rows.html", "rows": rows,
    }  # fmt: skip
    return render(request, "admin/service_page.html", context)


@require_safe
def find(request: HttpRequest) -> HttpResponse:
    """Show what one field finds, by kind."""
    typed = request.GET.get("q", "").replace("\x00", "")
    context = {
        **admin.site.each_context(request), "title": _("Suche"), "typed": typed,
        "found": search.search(user_of(request), typed),
    }  # fmt: skip
    return render(request, "admin/search_results.html", context)
