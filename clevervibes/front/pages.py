"""The front door for strangers, and what a club prints for them."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_safe

from accounts.models import Club
from accounts.texts import selectors as texts
from accounts.texts import views as asked
from clevervibes.front import flyer, network
from clevervibes.lib import db, periods


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The public front door; who is signed in goes on to the own dashboard."""
    if request.user.is_authenticated:
        return redirect("start")
    club = asked.club_of(request)
    context = {
        "network": network.of(club, at=db.now()),
        "clubs": [club] if club else list(Club.objects.all()),
        "place": club,
    }
    return render(request, "home.html", context)


@require_safe
def flyer_pdf(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The flyer of a club, in German or, with `?sprache=`, in another language."""
    club, today = get_object_or_404(Club, public_id=public_id), periods.berlin_date(db.now())
    language = asked.language_of(request)
    content = flyer.draw(
        club=club, operator=texts.operator_for(club, on=today), language=language, made_at=periods.midnight(today)
    )
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="faltblatt-{language}.pdf"'
    return response
