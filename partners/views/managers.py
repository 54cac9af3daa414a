"""Who manages a shop: inviting somebody from the desk, and following the invitation.

The token leaves the address at once, as with a family's invitation; opening a link makes nobody a manager.
"""

from functools import partial
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import families, joining, links
from accounts.access import fresh_sign_in_required, second_factor_required, user_of
from accounts.family_forms import AdultSignUpForm
from accounts.security import limits
from accounts.security.entering import enter
from clevervibes.lib import db, qr
from clevervibes.lib.errors import DomainError
from clevervibes.lib.limits import give_back
from partners import access
from partners.access import Counter, at_desk
from partners.counters import managers
from partners.counters.forms import InviteForm
from partners.models import DeskInvitation

CAME_BY = "desk-invitation"  # in the session


# ── From the desk ────────────────────────────────────────────────────────────────────────────────
@never_cache
@require_POST
@at_desk
@second_factor_required
@fresh_sign_in_required
def invite(request: HttpRequest, here: Counter, /) -> HttpResponse:
    try:
        made = managers.invite(partner=here.partner, by=user_of(request), now=db.now())
    except DomainError as refusal:
        messages.error(request, str(refusal))
        return redirect("partners:team")
    return redirect("partners:invitation", made.public_id)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@at_desk
@second_factor_required
@fresh_sign_in_required
def invitation(request: HttpRequest, here: Counter, /, public_id: UUID) -> HttpResponse:
    """Show an open invitation as QR; sent, the form mails it, as often as needed."""
    now = db.now()
    made = get_object_or_404(DeskInvitation, partner=here.partner, public_id=public_id)
    if not managers.open_invitations(here.partner, now=now).filter(pk=made.pk).exists():
        messages.info(request, _("Diese Einladung ist nicht mehr offen."))
        return redirect("partners:team")
    form, status = InviteForm(request.POST if request.method == "POST" else None), 200
    if request.method == "POST":
        if form.is_valid():
            mailbox, counted = form.cleaned_data["mailbox"], None
            try:
                counted = limits.count_mail(request, mailbox=mailbox, now=now)
                managers.send(invitation=made, mailbox=mailbox, now=now)
            except DomainError as refusal:
                if counted:
                    give_back(counted)
                form.add_error("mailbox", str(refusal))
                status = refusal.status
            else:
                messages.success(request, _("Die Einladung ist unterwegs."))
                return redirect("partners:invitation", made.public_id)
        else:
            status = 400
    url = managers.url_of(made)
    context = {"counter": here, "link": made, "url": url, "qr": qr.draw(url) if url else None, "form": form}
    return render(request, "partners/counters/invitation.html", context, status=status)


@never_cache
@require_POST
@at_desk
@second_factor_required
@fresh_sign_in_required
def withdraw(request: HttpRequest, here: Counter, /, public_id: UUID) -> HttpResponse:
    made = get_object_or_404(DeskInvitation, partner=here.partner, public_id=public_id)
    managers.withdraw(invitation=made, now=db.now())
    messages.success(request, _("Die Einladung gilt nicht mehr."))
    return redirect("partners:team")


@never_cache
@require_POST
@at_desk
@second_factor_required
@fresh_sign_in_required
def remove(request: HttpRequest, here: Counter, /, public_id: UUID) -> HttpResponse:
    manager = get_object_or_404(managers.managers_of(here.partner), public_id=public_id)
    try:
        managers.remove(partner=here.partner, manager=manager, now=db.now())
    except DomainError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("%s leitet den Laden nicht mehr.") % manager)
        if manager == request.user:
            return redirect("start")
    return redirect("partners:team")


# ── Following an invitation ──────────────────────────────────────────────────────────────────────
@never_cache
@require_safe
def open_invitation(request: HttpRequest, token: str) -> HttpResponse:
    try:
        request.session[CAME_BY] = str(managers.look_up(token).public_id)
        answer: HttpResponse = redirect("partners:join")
    except links.LinkClosed as refusal:
        answer = _closed(request, refusal)
    answer["Referrer-Policy"] = "no-referrer"
    return answer


@never_cache
@require_safe
def join(request: HttpRequest) -> HttpResponse:
    """Say which shop invites to what, and ask for the one next step of whoever looks."""
    return _join_page(request)


@never_cache
@sensitive_post_parameters("password")
@require_POST
def join_sign_up(request: HttpRequest) -> HttpResponse:
    """Somebody invited gets an account; a manager they are only after the next step."""
    if request.user.is_authenticated:
        return redirect("partners:join")
    try:
        made = _came_by(request)
        links.require_open(made, db.now())
    except links.LinkClosed as refusal:
        return _closed(request, refusal)
    form, now = AdultSignUpForm(request.POST, club=made.partner.organisation.club), db.now()
    if not form.is_valid():
        return _join_page(request, form=form)
    user = joining.sign_up(request, form, partial(families.sign_up_adult, now=now), now=now)
    if user is None:
        return _join_page(request, form=form)
    return enter(
        request, user, method="password", to=reverse("partners:join"), remember=form.cleaned_data.get("remember", False)
    )


@never_cache
@require_POST
@login_required
def accept(request: HttpRequest) -> HttpResponse:
    """The one POST that uses the invitation up."""
    try:
        made = _came_by(request)
        managers.accept(invitation=made, user=user_of(request), now=db.now())
    except links.LinkClosed as refusal:
        return _closed(request, refusal)
    request.session.pop(CAME_BY, None)
    request.session[access.SHOP] = str(made.partner.public_id)
    messages.success(request, _("Willkommen! Sie leiten jetzt %s mit.") % made.partner.name)
    return redirect("partners:desk")


def _join_page(request: HttpRequest, *, form: AdultSignUpForm | None = None) -> HttpResponse:
    try:
        made = _came_by(request)
        links.require_open(made, db.now())
    except links.LinkClosed as refusal:
        return _closed(request, refusal)
    context = {"invitation": made, "shop": made.partner.name}
    if request.user.is_authenticated:
        return render(request, "partners/counters/join.html", context)
    context["form"] = form or AdultSignUpForm(club=made.partner.organisation.club)
    return render(request, "partners/counters/join_guest.html", context, status=400 if form else 200)


def _came_by(request: HttpRequest) -> DeskInvitation:
    named = request.session.get(CAME_BY)
    if named is None:
        raise links.LinkUnknown
    return managers.get(named)


def _closed(request: HttpRequest, refusal: links.LinkClosed) -> HttpResponse:
    return render(request, "accounts/link_closed.html", {"refusal": refusal, "kind": CAME_BY}, status=refusal.status)
