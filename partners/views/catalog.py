"""The catalog: for everybody to see, for youths to take from."""

import mimetypes
import uuid
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.files.storage import default_storage
from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.models import YouthProfile
from clevervibes.lib import db
from coins import ledger
from coins import selectors as coin_selectors
from partners import catalog, goals
from partners.models import Offer, Partner

PAGE = 24


def youth_of(request: HttpRequest) -> YouthProfile | None:
    return getattr(request.user, "youth", None)


def spendable_of(youth: YouthProfile | None) -> int | None:
    if youth is None:
        return None
    account = coin_selectors.account_of(youth)
    return ledger.spendable(account) if account else 0


@require_safe
def offers(request: HttpRequest) -> HttpResponse:
    now, youth = db.now(), youth_of(request)
    spendable = spendable_of(youth)
    shop = _shop(request)
    chosen = request.GET.get("kategorie", "")
    affordable = spendable is not None and "reicht" in request.GET
    wish = catalog.Wish(
        search=request.GET.get("suche", "")[:80].replace("\0", ""),
        category=chosen if chosen in Offer.Category.values else "",
        shop=shop.public_id if shop else None,
        at_most_coins=spendable if affordable else None,
    )
    found = catalog.offers(
        at=now,
        wish=wish,
        age=catalog.age_of(youth, now),
        club_id=getattr(request.user, "club_id", None),
    )
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "cards": [catalog.card(offer, spendable, at=now) for offer in page],
        "goal": goals.goal_of(youth, spendable=spendable, at=now),
        "wish": wish,
        "shop": shop,
        "affordable": affordable,
        "categories": Offer.Category.choices,
        "youth": youth,
        "spendable": spendable,
    }
    return render(request, "partners/catalog.html", context)


def _shop(request: HttpRequest) -> Partner | None:
    """Return the shop whose sign was scanned, if the address names one."""
    try:
        wanted = UUID(request.GET.get("laden", ""))
    except ValueError:
        return None
    return Partner.objects.filter(public_id=wanted, released_at__isnull=False).select_related("organisation").first()


@require_safe
def offer(request: HttpRequest, public_id: UUID) -> HttpResponse:
    return offer_page(request, public_id)


def offer_page(request: HttpRequest, public_id: UUID, *, refusal: str = "", status: int = 200) -> HttpResponse:
    """Show an offer on sale, with the reason why it could not be set aside just now."""
    now, youth = db.now(), youth_of(request)
    found = get_object_or_404(Offer.objects.on_sale(now).select_related("partner__organisation"), public_id=public_id)
    age, spendable = catalog.age_of(youth, now), spendable_of(youth)
    context = {
        "offer": found,
        "card": catalog.card(found, spendable, at=now),
        "goal": goals.goal_of(youth, spendable=spendable, at=now),
        "month": (month := catalog.month_of(youth, found, at=now)),
        "month_is_full": month is not None and month.stops(found.price_coins),
        "spendable": spendable,
        "youth": youth,
        "too_young": age is not None and age < found.minimum_age,
        "refusal": refusal,
        "request_id": uuid.uuid4(),
    }
    return render(request, "partners/offer.html", context, status=status)


@require_POST
@login_required
def pin(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Save for an offer: it stands above the catalog and on the start page, with how far it is."""
    youth = youth_of(request)
    if youth is None:
        raise Http404
    now = db.now()
    found = get_object_or_404(Offer.objects.on_sale(now), public_id=public_id)
    goals.pin(offer=found, youth=youth, now=now)
    messages.success(request, _("Angeheftet. Ab jetzt siehst Du, wie weit es noch ist."))
    return redirect("partners:offer", found.public_id)


@require_POST
@login_required
def unpin(request: HttpRequest) -> HttpResponse:
    youth = youth_of(request)
    if youth is None:
        raise Http404
    goals.unpin(youth=youth)
    messages.success(request, _("Gelöst. Du kannst jederzeit etwas anderes anheften."))
    return redirect("partners:catalog")


@require_safe
def picture(request: HttpRequest, name: str) -> FileResponse:
    """Send an offer's picture. Its random name changes with the picture, so it may be kept for a year."""
    path = f"offers/{name}"
    if not default_storage.exists(path):
        raise Http404
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    response = FileResponse(default_storage.open(path), content_type=kind)
    response["Cache-Control"] = "public, max-age=31536000, immutable"
    # Drawn inside a page all the same; opened by itself it is a file, never a page of ours.
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["X-Content-Type-Options"] = "nosniff"
    return response
