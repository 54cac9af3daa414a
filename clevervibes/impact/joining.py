"""Following an invitation to speak for a sponsor.

The token leaves the address at once, as with a family's invitation; opening a link makes nobody a contact.
"""

from functools import partial

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from accounts import families, joining, links
from accounts.access import user_of
from accounts.family_forms import AdultSignUpForm
from accounts.security.entering import enter
from clevervibes.lib import db
from coins import contacts
from coins.models import ContactInvitation

CAME_BY = "contact-invitation"  # in the session


@never_cache
@require_safe
def open_invitation(request: HttpRequest, token: str) -> HttpResponse:
    try:
        request.session[CAME_BY] = str(contacts.look_up(token).public_id)
        answer: HttpResponse = redirect("impact-join")
    except links.LinkClosed as refusal:
        answer = _closed(request, refusal)
    answer["Referrer-Policy"] = "no-referrer"
    return answer


@never_cache
@require_safe
def join(request: HttpRequest) -> HttpResponse:
    """Say which sponsor it is about, and ask for the one next step of whoever looks."""
    return _page(request)


@never_cache
@sensitive_post_parameters("password")
@require_POST
def sign_up(request: HttpRequest) -> HttpResponse:
    """Somebody invited gets an account; a contact they are only after the next step."""
    if request.user.is_authenticated:
        return redirect("impact-join")
    try:
        made = _came_by(request)
    except links.LinkClosed as refusal:
        return _closed(request, refusal)
    form, now = AdultSignUpForm(request.POST, club=made.sponsor.organisation.club), db.now()
    if not form.is_valid():
        return _page(request, form=form)
    user = joining.sign_up(request, form, partial(families.sign_up_adult, now=now), now=now)
    if user is None:
        return _page(request, form=form)
    return enter(
        request, user, method="password", to=reverse("impact-join"), remember=form.cleaned_data.get("remember", False)
    )


@never_cache
@require_POST
@login_required
def accept(request: HttpRequest) -> HttpResponse:
    """The one POST that uses the invitation up."""
    try:
        made = _came_by(request)
        contacts.accept(invitation=made, user=user_of(request), now=db.now())
    except links.LinkClosed as refusal:
        return _closed(request, refusal)
    request.session.pop(CAME_BY, None)
    messages.success(request, _("Willkommen! Hier steht, was die Förderung von %s bewirkt.") % made.sponsor)
    return redirect("impact-of", made.sponsor.public_id)


def _page(request: HttpRequest, *, form: AdultSignUpForm | None = None) -> HttpResponse:
    try:
        made = _came_by(request)
    except links.LinkClosed as refusal:
        return _closed(request, refusal)
    context: dict[str, object] = {"invitation": made, "sponsor": made.sponsor}
    if request.user.is_authenticated:
        return render(request, "impact/join.html", context)
    first, _space, last = made.name.rpartition(" ")
    known = {"first_name": first or last, "last_name": last if first else "", "mailbox": made.sent_to}
    context["form"] = form or AdultSignUpForm(club=made.sponsor.organisation.club, initial=known)
    return render(request, "impact/join_guest.html", context, status=400 if form else 200)


def _came_by(request: HttpRequest) -> ContactInvitation:
    """Return the invitation this session came in by, while it is open.

    :raises links.LinkClosed: without one, or with one that opens nothing any more.
    """
    named = request.session.get(CAME_BY)
    if named is None:
        raise links.LinkUnknown
    made = contacts.get(named)
    links.require_open(made, db.now())
    return made


def _closed(request: HttpRequest, refusal: links.LinkClosed) -> HttpResponse:
    return render(request, "accounts/link_closed.html", {"refusal": refusal, "kind": CAME_BY}, status=refusal.status)
