"""Where a shop is paid: looked at and asked for by its manager, behind a second factor and a fresh proof."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import fresh_sign_in_required, second_factor_required, user_of
from clevervibes.lib import db
from clevervibes.lib.errors import DomainError
from partners import bank_accounts, selectors
from partners.access import Counter, at_desk
from partners.forms import BankAccountForm


@require_http_methods(["GET", "HEAD", "POST"])
@at_desk
@second_factor_required
@fresh_sign_in_required
def account(request: HttpRequest, here: Counter, /) -> HttpResponse:
    now = db.now()
    given = request.POST if request.method == "POST" else None
    form = BankAccountForm(given, initial={"holder": here.partner.name})
    if request.method == "POST" and form.is_valid():
        try:
            bank_accounts.request(partner=here.partner, **form.cleaned_data, by=user_of(request), now=now)
        except DomainError as error:
            form.refuse(error)
        else:
            messages.success(request, _("Danke! Das Club-Team bestätigt die Bankverbindung."))
            return redirect("partners:bank")
    context = {
        "counter": here,
        "form": form,
        "used": bank_accounts.usable(here.partner, at=now),
        "coming": selectors.coming_account(here.partner, at=now),
    }
    return render(request, "partners/bank.html", context, status=400 if form.errors else 200)


@require_POST
@at_desk
@second_factor_required
@fresh_sign_in_required
def take_back(request: HttpRequest, here: Counter, /) -> HttpResponse:
    """Stop an account that is not used yet: one's own typing mistake, or one that nobody in the shop knows."""
    now = db.now()
    coming = selectors.coming_account(here.partner, at=now)
    if coming is not None:
        why = _("Vom Laden zurückgezogen.")
        bank_accounts.refuse(account=coming, by=user_of(request), why=why, now=now)
        messages.success(request, _("Die neue Bankverbindung ist zurückgezogen."))
    return redirect("partners:bank")
