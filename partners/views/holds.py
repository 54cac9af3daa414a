"""A youth's own holds: set aside, show the code, cancel."""

import uuid
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.http import http_date
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts import phone_session
from accounts.models import YouthProfile
from clevervibes.lib import db, qr
from clevervibes.lib.errors import DomainError
from clevervibes.lib.forms import redirect_once
from partners import redemption, selectors, signs
from partners.models import Hold, Offer
from partners.views.catalog import offer_page, youth_of

PAGE = 20


def _youth(request: HttpRequest) -> YouthProfile:
    youth = youth_of(request)
    if youth is None:
        raise Http404
    return youth


def _own_hold(request: HttpRequest, public_id: UUID) -> Hold:
    return get_object_or_404(selectors.holds_of(_youth(request)), public_id=public_id)


@require_POST
@login_required
def place(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Set an offer aside; *Jetzt einlösen* goes on to the code at once."""
    youth = _youth(request)
    offer = get_object_or_404(Offer.objects.select_related("partner__organisation"), public_id=public_id)
    price = request.POST.get("price", "")

    def call() -> str:
        # The price the page showed: nobody pays more than what they tapped on.
        seen = int(price) if price.isascii() and price.isdigit() and len(price) < 9 else None
        hold = redemption.hold(offer=offer, youth=youth, price_coins=seen, now=db.now())
        return reverse("partners:hold", args=[hold.public_id])

    try:
        answer = redirect_once(request, call)
    except DomainError as error:
        return offer_page(request, public_id, refusal=str(error), status=error.status)
    if request.POST.get("then") == "later":
        at_one_time = offer.event_ends_at is not None
        messages.success(
            request,
            _("Vorgemerkt! Der Code wartet hier, bis es so weit ist.")
            if at_one_time
            else _("Vorgemerkt! Du hast 14 Tage Zeit, es abzuholen."),
        )
        return redirect("partners:holds")
    return answer


@require_safe
@login_required
def holds(request: HttpRequest) -> HttpResponse:
    found = selectors.holds_of(_youth(request))
    live = list(found.filter(status=Hold.Status.LIVE))
    past = Paginator(found.exclude(status=Hold.Status.LIVE), PAGE).get_page(request.GET.get("page"))
    return render(request, "partners/holds.html", {"live": live, "page": past})


@require_safe
@login_required
def hold(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Show the code; asked by htmx, answer only once something changed."""
    found = _own_hold(request, public_id)
    now = db.now()
    live = found.status == Hold.Status.LIVE and now < found.expires_at
    if request.htmx and live:  # type: ignore[attr-defined]
        response = HttpResponse(status=204)
    elif request.htmx:  # type: ignore[attr-defined]
        response = render(request, "partners/_ended.html", _ended(found))
    else:
        response = _hold_page(request, found, live=live)
    patch_vary_headers(response, ["HX-Request"])
    return response


def _hold_page(request: HttpRequest, found: Hold, *, live: bool, refusal: str = "", status: int = 200) -> HttpResponse:
    context = {
        "hold": found,
        "live": live,
        "refusal": refusal,
        "request_id": uuid.uuid4(),
        "stopped": selectors.stop_of(found),
    }
    if live:
        code = redemption.show_code(hold=found)
        # Not on a phone that several people share: who reloads without a connection need not be whose code it is.
        keep = phone_session.phone_of(request) is None
        context |= {"code": code, "qr": qr.draw(code.url), "keep": keep}
    else:
        context |= _ended(found)
    return render(request, "partners/hold.html", context, status=status)


def _ended(found: Hold) -> dict[str, object]:
    redeemed = getattr(found, "redemption", None)
    now = db.now()
    return {
        "hold": found,
        "redemption": redeemed,
        "again": redeemed is not None
        and redeemed.undone_at is not None
        and now < redeemed.undone_at + redemption.AGAIN_WITHIN,
        "request_id": uuid.uuid4(),
    }


@require_safe
@login_required
def code_sheet(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Send a live hold's code on paper."""
    found = _own_hold(request, public_id)
    try:
        code = redemption.show_code(hold=found)
    except DomainError as error:
        messages.error(request, str(error))
        return redirect("partners:hold", found.public_id)
    return signs.code_answer(found, code)


@require_safe
@login_required
def card(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Draw a live code without a word about whose it is; the phone keeps this page for when it has no connection."""
    found = _own_hold(request, public_id)
    if found.status != Hold.Status.LIVE or db.now() >= found.expires_at:
        raise Http404
    code = redemption.show_code(hold=found)
    response = render(request, "partners/card.html", {"hold": found, "code": code, "qr": qr.draw(code.url)})
    response["Expires"] = http_date(found.expires_at.timestamp())
    return response


@require_POST
@login_required
def cancel(request: HttpRequest, public_id: UUID) -> HttpResponse:
    found = _own_hold(request, public_id)
    now = db.now()
    try:
        redemption.cancel(hold=found, now=now)
    except DomainError as error:
        found.refresh_from_db()
        live = found.status == Hold.Status.LIVE and now < found.expires_at
        return _hold_page(request, found, live=live, refusal=str(error), status=error.status)
    messages.success(request, _("Storniert. Deine Coins sind wieder frei."))
    return redirect("partners:holds")


@require_POST
@login_required
def renew(request: HttpRequest, public_id: UUID) -> HttpResponse:
    found = _own_hold(request, public_id)
    try:
        redemption.renew_code(hold=found)
    except DomainError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Hier ist Dein neuer Code. Der alte gilt nicht mehr."))
    return redirect("partners:hold", found.public_id)


@require_POST
@login_required
def again(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Set the same thing aside again at its old price after the shop took the redemption back."""
    youth, found = _youth(request), _own_hold(request, public_id)

    def call() -> str:
        new = redemption.hold_again(hold=found, youth=youth, now=db.now())
        return reverse("partners:hold", args=[new.public_id])

    try:
        return redirect_once(request, call)
    except DomainError as error:
        messages.error(request, str(error))
        return redirect("partners:hold", found.public_id)
