"""`/partner/team/`: who serves at the counter and who manages the shop, behind a second factor and a fresh proof."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import fresh_sign_in_required, second_factor_required
from clevervibes.lib import db, periods, sheets
from clevervibes.lib.errors import DomainError
from partners import selectors
from partners.access import Counter, at_desk
from partners.counters import clerks, managers
from partners.counters.forms import ClerkForm, PinForm
from partners.models import Clerk


@never_cache
@sensitive_post_parameters("pin")
@require_http_methods(["GET", "HEAD", "POST"])
@at_desk
@second_factor_required
@fresh_sign_in_required
def team(request: HttpRequest, here: Counter, /) -> HttpResponse:
    """List them; sent, the form adds a clerk."""
    form = ClerkForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            clerk = clerks.add(partner=here.partner, **form.cleaned_data, now=db.now())
        except DomainError as error:
            form.refuse(error)
        else:
            messages.success(request, _("%s kann jetzt an der Theke arbeiten.") % clerk.name)
            return redirect("partners:team")
    context = {
        "counter": here,
        "form": form,
        "clerks": list(clerks.clerks_of(here.partner)),
        "former": list(clerks.former_clerks_of(here.partner)[:20]),
        "managers": list(managers.managers_of(here.partner)),
        "invitations": list(managers.open_invitations(here.partner, now=db.now())),
    }
    return render(request, "partners/counters/team.html", context, status=400 if form.errors else 200)


@never_cache
@sensitive_post_parameters("pin")
@require_http_methods(["GET", "HEAD", "POST"])
@at_desk
@second_factor_required
@fresh_sign_in_required
def clerk(request: HttpRequest, here: Counter, /, public_id: UUID) -> HttpResponse:
    """One clerk: what they redeemed; sent, the form gives a new PIN."""
    row = _own(here, public_id)
    form = PinForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        clerks.set_pin(clerk=row, pin=form.cleaned_data["pin"], now=db.now())
        messages.success(request, _("Die neue PIN gilt ab sofort."))
        return redirect("partners:clerk", row.public_id)
    theirs = selectors.redemptions_at(here.partner).filter(clerk=row)
    context = {
        "counter": here,
        "clerk": row,
        "form": form,
        "sums": selectors.sums(theirs),
        "rows": list(theirs[:20]),
    }
    return render(request, "partners/counters/clerk.html", context, status=400 if form.errors else 200)


@never_cache
@require_POST
@at_desk
@second_factor_required
@fresh_sign_in_required
def end_clerk(request: HttpRequest, here: Counter, /, public_id: UUID) -> HttpResponse:
    row = _own(here, public_id)
    clerks.end(clerk=row, now=db.now())
    messages.success(request, _("%s ist abgemeldet.") % row.name)
    return redirect("partners:team")


@never_cache
@require_POST
@at_desk
@second_factor_required
@fresh_sign_in_required
def erase_clerk(request: HttpRequest, here: Counter, /, public_id: UUID) -> HttpResponse:
    row = _own(here, public_id)
    try:
        clerks.erase(clerk=row)
    except DomainError as error:
        messages.error(request, str(error))
        return redirect("partners:clerk", row.public_id)
    messages.success(request, _("Der Name ist gelöscht. Die Einlösungen bleiben, ohne ihn."))
    return redirect("partners:team")


@never_cache
@require_safe
@at_desk
@second_factor_required
@fresh_sign_in_required
def clerk_data(request: HttpRequest, here: Counter, /, public_id: UUID) -> HttpResponse:
    """Hand out all that is stored about a clerk, for the person who asks their employer."""
    row = _own(here, public_id)
    rows: list[list[object]] = [
        [_("Name"), sheets.text(row.name)],
        [_("angelegt"), _moment(row.made_at)],
        [_("PIN gesetzt"), _moment(row.pin_set_at)],
        [_("abgemeldet"), _moment(row.ended_at) if row.ended_at else ""],
        [],
        [_("Einlösung"), _("Wann"), _("Coins"), _("Gerät"), _("zurückgenommen")],
    ]
    rows += [
        [sheets.text(redeemed.title), _moment(redeemed.redeemed_at), redeemed.price_coins,
         sheets.text(redeemed.device.name if redeemed.device else ""),
         _moment(redeemed.undone_at) if redeemed.undone_at else ""]
        for redeemed in selectors.redemptions_at(here.partner).filter(clerk=row)
    ]  # fmt: skip
    return sheets.download("person-an-der-theke.csv", rows)


def _moment(at: object) -> str:
    return f"{at.astimezone(periods.BERLIN):%d.%m.%Y %H:%M}"  # type: ignore[attr-defined]


def _own(here: Counter, public_id: UUID) -> Clerk:
    return get_object_or_404(Clerk, partner=here.partner, public_id=public_id)
