"""A phone that a family shares: who is on it, switching, the PIN."""

from datetime import datetime
from uuid import UUID

from allauth.account.adapter import get_adapter
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import phone_session, shared_phone
from accounts.access import user_of
from accounts.family_forms import AddPersonForm, ChoosePinForm
from accounts.models import SharedPhone, User
from clevervibes.lib import db
from clevervibes.lib.errors import DomainError


@never_cache
@require_safe
@login_required
def phone(request: HttpRequest) -> HttpResponse:
    user = user_of(request)
    here = phone_session.phone_of(request)
    context = {
        "phone": here,
        "people": shared_phone.people_on(here) if here else [],
        "others": [other for other in shared_phone.phones_of(user) if other != here],
        "needs_pin": shared_phone.needs_pin(user),
        "has_pin": shared_phone.has_pin(user),
        "form": AddPersonForm(),
    }
    return render(request, "accounts/phone.html", context)


@require_POST
@login_required
def share(request: HttpRequest) -> HttpResponse:
    """Mark this phone as shared; whoever confirms needs a PIN first."""
    user = user_of(request)
    if phone_session.phone_of(request) is None:
        if shared_phone.needs_pin(user) and not shared_phone.has_pin(user):
            return redirect(f"{reverse('accounts:phone-pin')}?{urlencode({'share': 1})}")
        try:
            phone_session.bind(request, shared_phone.share(user=user, now=db.now()))
        except DomainError as refusal:
            messages.error(request, str(refusal))
    return redirect("accounts:phone")


@never_cache
@sensitive_post_parameters("password", "pin")
@require_POST
@login_required
def add_person(request: HttpRequest) -> HttpResponse:
    """Somebody of the family signs in here once; from then on a tap leads to their pages."""
    here, now = phone_session.phone_of(request), db.now()
    if here is None:
        return redirect("accounts:phone")
    form, status = AddPersonForm(request.POST), 400
    if form.is_valid():
        given = form.cleaned_data
        try:
            # By the adapter, so that tries count like those at the sign-in page.
            person = get_adapter().authenticate(request, username=given["login"], password=given["password"])
            if person is None:
                form.add_error(None, _("Name oder Passwort stimmt nicht. Bitte noch einmal versuchen."))
            else:
                shared_phone.add_person(phone=here, user=person, pin=given["pin"], now=now)
                messages.success(request, _("%s ist jetzt auch auf diesem Handy.") % (person.first_name or person))
                return redirect("accounts:phone")
        except ValidationError as refusal:
            form.add_error(None, refusal)  # too many tries, says the sign-in
            status = 429
        except DomainError as refusal:
            form.refuse(refusal)
            status = refusal.status
    context = {"phone": here, "people": shared_phone.people_on(here), "form": form, "others": []}
    return render(request, "accounts/phone.html", context, status=status)


@require_POST
@login_required
def switch(request: HttpRequest) -> HttpResponse:
    """Lead to another person's pages by one tap."""
    here = phone_session.phone_of(request)
    if here is None:
        return redirect("start")
    try:
        person = shared_phone.person_on(here, UUID(request.POST.get("person", "")))
    except ValueError:
        return redirect("start")
    except DomainError as refusal:
        messages.error(request, str(refusal))
        return redirect("accounts:phone")
    phone_session.switch(request, here, person)
    return redirect("start")


@never_cache
@sensitive_post_parameters("password", "pin")
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def pin(request: HttpRequest) -> HttpResponse:
    """Choose a PIN. Who has just a phone in their hand is asked for the password with it."""
    user, now = user_of(request), db.now()
    form, status = ChoosePinForm(request.POST or None), 200
    if request.method == "POST" and form.is_valid():
        try:
            # By the adapter, so that tries count like those at the sign-in page.
            known = get_adapter().authenticate(
                request, username=user.username, password=form.cleaned_data["password"]
            )  # fmt: skip
        except ValidationError as refusal:
            form.add_error("password", refusal)
            status = 429
        else:
            if known == user:
                return _set_pin(request, user, form.cleaned_data["pin"], now)
            form.add_error("password", _("Das Passwort stimmt nicht."))
            status = 403
    return render(request, "accounts/choose_pin.html", {"form": form}, status=status)


def _set_pin(request: HttpRequest, user: User, pin: str, now: datetime) -> HttpResponse:
    shared_phone.set_pin(user=user, pin=pin, now=now)
    if "share" in request.GET and phone_session.phone_of(request) is None:
        try:
            phone_session.bind(request, shared_phone.share(user=user, now=now))
        except DomainError as refusal:
            messages.error(request, str(refusal))
            return redirect("accounts:phone")
    phone_session.pin_shown(request, now)
    messages.success(request, _("Die PIN ist gesetzt."))
    return redirect("accounts:phone")


@require_POST
@login_required
def leave(request: HttpRequest) -> HttpResponse:
    """Take oneself off this phone."""
    here, user = phone_session.phone_of(request), user_of(request)
    if here is not None:
        shared_phone.leave(phone=here, user=user, now=db.now())
        phone_session.unbind(request)
    return redirect("accounts:phone")


@require_POST
@login_required
def end(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Stop sharing one of one's phones, also from afar."""
    user = user_of(request)
    gone = get_object_or_404(SharedPhone.objects.filter(people=user), public_id=public_id)
    shared_phone.end(phone=gone, now=db.now())
    messages.success(request, _("Das Handy ist kein gemeinsames mehr."))
    return redirect("accounts:phone")
