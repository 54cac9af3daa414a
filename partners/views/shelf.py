"""`/partner/angebote/`: a manager's own offers, from the first draft to the last piece."""

from collections.abc import Callable
from functools import partial
from uuid import UUID, uuid4

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import user_of
from clevervibes.lib import db
from clevervibes.lib.errors import DomainError
from partners import catalog, shelf, signs
from partners.access import Counter, at_desk
from partners.models import Offer
from partners.offer_forms import OfferForm, StockForm

PAGE = 30


@require_safe
@at_desk
def offers(request: HttpRequest, here: Counter) -> HttpResponse:
    now = db.now()
    page = Paginator(shelf.offers_of(here.partner), PAGE).get_page(request.GET.get("page"))
    rows = [(offer, shelf.standing(offer, now).value) for offer in page]
    return render(request, "partners/shelf.html", {"counter": here, "page": page, "rows": rows})


@require_http_methods(["GET", "HEAD", "POST"])
@at_desk
def new(request: HttpRequest, here: Counter) -> HttpResponse:
    sent = request.method == "POST"
    form = OfferForm(request.POST if sent else None, request.FILES if sent else None, now=db.now())
    if sent and form.is_valid():
        key = _uuid(request.POST.get("key")) or uuid4()
        try:
            made = shelf.draft(
                partner=here.partner, terms=form.terms(), conditions=form.conditions(), public_id=key
            )  # fmt: skip
        except ValidationError as error:
            _refused(form, error)
        else:
            messages.success(request, _("Als Entwurf gespeichert. So sehen es Jugendliche: Passt alles?"))
            return redirect("partners:shelf-offer", made.public_id)
    context = {"counter": here, "form": form, "key": request.POST.get("key") or uuid4()}
    return render(request, "partners/shelf_form.html", context, status=422 if form.errors else 200)


@require_safe
@at_desk
def offer(request: HttpRequest, here: Counter, public_id: UUID) -> HttpResponse:
    """Show an offer as youths see it, and what may be done with it."""
    return _page(request, here, _own(here, public_id))


def _page(request: HttpRequest, here: Counter, found: Offer, *, stock: StockForm | None = None,
          status: int = 200) -> HttpResponse:  # fmt: skip
    now, change = db.now(), shelf.open_change(found)
    shown = shelf.with_terms(found, change)
    context = {
        "counter": here,
        "offer": found,
        "change": change,
        "refused": shelf.refused_change(found) if change is None else None,
        "standing": shelf.standing(found, now).value,
        "card": catalog.card(shown, shown.price_coins, at=now),
        "old_card": catalog.card(found, found.price_coins, at=now) if change else None,
        "stock_form": stock or StockForm(initial={"stock": found.stock}),
        "key": uuid4(),
    }
    return render(request, "partners/shelf_offer.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@at_desk
def change(request: HttpRequest, here: Counter, public_id: UUID) -> HttpResponse:
    found = _own(here, public_id)
    draft, sent = shelf.open_change(found) or shelf.refused_change(found), request.method == "POST"
    form = OfferForm(
        request.POST if sent else None, request.FILES if sent else None, offer=found, change=draft, now=db.now()
    )
    if sent and form.is_valid():
        try:
            shelf.change(
                offer=found, terms=form.terms(), conditions=form.conditions(), stock_shown=form.stock_shown(),
                by=user_of(request), now=db.now(),
            )  # fmt: skip
        except ValidationError as error:
            _refused(form, error)
        else:
            if found.released_at and shelf.open_change(found):
                said = _("Gespeichert. Im Katalog steht noch das Alte: Geben Sie das Neue zur Freigabe, wenn es passt.")
            else:
                said = _("Gespeichert.")
            messages.success(request, said)
            return redirect("partners:shelf-offer", found.public_id)
    context = {"counter": here, "form": form, "offer": found, "shown": draft or found}
    return render(request, "partners/shelf_form.html", context, status=422 if form.errors else 200)


@require_POST
@at_desk
def send(request: HttpRequest, here: Counter, public_id: UUID) -> HttpResponse:
    found = _own(here, public_id)
    return _done(
        request,
        found,
        lambda: shelf.send(offer=found, now=db.now()),
        _("Danke! Das Club-Team schaut darüber und gibt Ihnen Bescheid."),
    )


@require_POST
@at_desk
def pause(request: HttpRequest, here: Counter, public_id: UUID) -> HttpResponse:
    found = _own(here, public_id)
    said = _("Pausiert: Neu vormerken kann es niemand. Was schon vorgemerkt ist, geben Sie bitte noch heraus.")
    return _done(request, found, lambda: shelf.pause(offer=found, now=db.now()), said)


@require_POST
@at_desk
def resume(request: HttpRequest, here: Counter, public_id: UUID) -> HttpResponse:
    found = _own(here, public_id)
    return _done(request, found, lambda: shelf.resume(offer=found), _("Es geht weiter."))


@require_POST
@at_desk
def stock(request: HttpRequest, here: Counter, public_id: UUID) -> HttpResponse:
    found = _own(here, public_id)
    form = StockForm(request.POST)
    if not form.is_valid():
        return _page(request, here, found, stock=form, status=422)
    call = partial(shelf.restock, offer=found, shown=form.stock_shown(), wanted=form.cleaned_data["stock"])
    return _done(request, found, call, _("Bestand geändert."))


@require_POST
@at_desk
def copy(request: HttpRequest, here: Counter, public_id: UUID) -> HttpResponse:
    found = _own(here, public_id)
    made = shelf.copy(offer=found, public_id=_uuid(request.POST.get("key")) or uuid4(), now=db.now())
    messages.success(request, _("Das ist die Kopie. Ändern Sie, was anders sein soll."))
    return redirect("partners:shelf-change", made.public_id)


@require_POST
@at_desk
def discard(request: HttpRequest, here: Counter, public_id: UUID) -> HttpResponse:
    found = _own(here, public_id)
    try:
        left = shelf.discard(offer=found)
    except DomainError as error:
        messages.error(request, str(error))
        return redirect("partners:shelf-offer", found.public_id)
    messages.success(request, _("Verworfen."))
    return redirect("partners:shelf-offer", left.public_id) if left else redirect("partners:desk-offers")


@require_safe
@at_desk
def sign(request: HttpRequest, here: Counter) -> HttpResponse:
    """Send the sign for the shop's door."""
    if here.partner.released_at is None:
        raise Http404
    return signs.sign_answer(here.partner, released_at=here.partner.released_at)


def _own(here: Counter, public_id: UUID) -> Offer:
    return get_object_or_404(shelf.offers_of(here.partner), public_id=public_id)


def _done(request: HttpRequest, found: Offer, call: Callable[[], object], said: str) -> HttpResponse:
    try:
        call()
    except DomainError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, said)
    return redirect("partners:shelf-offer", found.public_id)


def _refused(form: OfferForm, error: ValidationError) -> None:
    """Put what the model refused beside its field, if the form has it."""
    for field, said in error.message_dict.items():
        form.add_error(field if field in form.fields else None, said)


def _uuid(text: str | None) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        raise Http404 from None
