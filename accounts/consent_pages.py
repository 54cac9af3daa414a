"""Pages on which people read what they consent to, say yes, and take it back as easily."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts import consent as consents_of_youths
from accounts.access import user_of
from accounts.models import ConsentText, YouthProfile
from clevervibes.lib import db
from clevervibes.lib.errors import DomainError


@require_safe
@login_required
def consents(request: HttpRequest) -> HttpResponse:
    """Everybody whose consent this person gives or looks at; a single one is shown at once."""
    user, now = user_of(request), db.now()
    youths = list(consents_of_youths.youths_seen_by(user, now))
    if len(youths) == 1:
        return redirect("accounts:consent", youths[0].public_id)
    standings = [consents_of_youths.standing_of(youth, seen_by=user, now=now) for youth in youths]
    return render(request, "accounts/consents.html", {"standings": standings})


@require_safe
@login_required
def consent(request: HttpRequest, public_id: UUID) -> HttpResponse:
    return _page(request, _youth(request, public_id))


@require_safe
@login_required
def text(request: HttpRequest, sha256: str) -> HttpResponse:
    """A version as it was published, also when newer ones came; whoever consented can always read it again."""
    found = get_object_or_404(ConsentText, sha256=sha256, published_at__isnull=False)
    return render(request, "accounts/consent_text.html", {"text": found})


@require_POST
@login_required
def give(request: HttpRequest, public_id: UUID) -> HttpResponse:
    youth = _youth(request, public_id)
    if not request.POST.get("read"):
        return _page(request, youth, _("Bitte setzen Sie zuerst den Haken unter den Text."))
    # The text that stood on this person's screen, not the one that is the newest by now.
    seen = ConsentText.objects.filter(sha256=request.POST.get("text", "")).order_by("-version").first()
    try:
        if seen is None:
            raise consents_of_youths.TextChanged
        consents_of_youths.give(youth=youth, text=seen, by=user_of(request), now=db.now())
    except DomainError as error:
        return _page(request, youth, str(error))
    if youth.user_id == request.user.pk:
        messages.success(request, _("Danke! Deine Einwilligung ist gespeichert."))
    else:
        messages.success(request, _("Danke! Ihre Einwilligung für %s ist gespeichert.") % youth)
    return redirect("accounts:consent", public_id)


@require_POST
@login_required
def withdraw(request: HttpRequest, public_id: UUID) -> HttpResponse:
    youth = _youth(request, public_id)
    try:
        consents_of_youths.withdraw(youth=youth, by=user_of(request), now=db.now())
    except DomainError as error:
        return _page(request, youth, str(error))
    messages.info(request, _("Die Einwilligung ist widerrufen. Ab jetzt wird nichts Neues mehr eingetragen."))
    return redirect("accounts:consent", public_id)


def _youth(request: HttpRequest, public_id: UUID) -> YouthProfile:
    return get_object_or_404(consents_of_youths.youths_seen_by(user_of(request), db.now()), public_id=public_id)


def _page(request: HttpRequest, youth: YouthProfile, error: str = "") -> HttpResponse:
    user = user_of(request)
    standing = consents_of_youths.standing_of(youth, seen_by=user, now=db.now())
    context = {
        "standing": standing,
        "youth": youth,
        "own": youth.user_id == user.pk,
        "error": error,
        "records": youth.consents.select_related("text", "given_by", "withdrawn_by").order_by("-given_at", "-pk"),
    }
    return render(request, "accounts/consent.html", context, status=422 if error else 200)
