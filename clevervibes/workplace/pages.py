"""Pages of the team beside those of single tables."""

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from accounts.access import user_of
from clevervibes.workplace import search


@require_safe
def find(request: HttpRequest) -> HttpResponse:
    """Show what one field finds, by kind."""
    typed = request.GET.get("q", "").replace("\x00", "")
    context = {
        **admin.site.each_context(request), "title": _("Suche"), "typed": typed,
        "found": search.search(user_of(request), typed),
    }  # fmt: skip
    return render(request, "admin/search_results.html", context)
