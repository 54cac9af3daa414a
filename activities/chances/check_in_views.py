"""The youth's side of the code: a scan opens a page, one tap checks in."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from accounts.models import User
from activities.chances import check_in
from clevervibes.lib import db
from clevervibes.lib.errors import DomainError


@never_cache
def enter(request: HttpRequest, token: str) -> HttpResponse:
    """Show what a code is for and ask once more; POST checks in. Whoever is not signed in is told what to do first.

    The address may be told to our own pages: without it the button's POST would come from nowhere, and be refused.
    """
    if not isinstance(request.user, User):
        return _page(request, status=401, refusal=_("Melde Dich erst an, und scanne dann den Code noch einmal."))
    try:
        if request.method == "POST":
            done = check_in.check_in(ticket=request.POST.get("ticket", ""), by=request.user, now=db.now())
            return _page(request, done=done)
        return _page(request, ticket=check_in.look(token, by=request.user, now=db.now()))
    except DomainError as error:
        return _page(request, status=error.status, refusal=str(error))


def _page(request: HttpRequest, *, status: int = 200, **context: object) -> HttpResponse:
    context["sign_in"] = reverse("account_login")
    return render(request, "activities/chances/check_in.html", context, status=status)
