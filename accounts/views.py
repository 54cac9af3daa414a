"""Joining, and what people set for themselves."""

from functools import partial

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from accounts import families, joining, registration
from accounts.access import user_of
from accounts.forms import YouthSignUpForm
from accounts.security import mails, second_factor, sessions, tokens
from accounts.security.entering import enter
from clevervibes.lib import db


@never_cache
@sensitive_post_parameters("password")
def sign_up(request: HttpRequest) -> HttpResponse:
    """A youth joins alone. A birth date that does not fit is refused kindly and goes nowhere."""
    if request.user.is_authenticated:
        return redirect("start")
    form = YouthSignUpForm(request.POST or None)
    now = db.now()
    is_complete = form.is_valid()
    birth_date = form.cleaned_data.get("birth_date") if form.is_bound else None
    try:
        # First of all: nobody who cannot join is made to think of a better password.
        if birth_date:
            registration.require_age(birth_date, now=now)
    except (registration.TooYoung, registration.TooOld) as refusal:
        return render(request, "accounts/sign_up_refused.html", {"refusal": refusal}, status=refusal.status)
    if is_complete and birth_date:
        make = partial(families.sign_up_youth, birth_date=birth_date, now=now)
        youth = joining.sign_up(request, form, make, now=now)
        if youth is not None:
            to, remember = f"{reverse('accounts:add-passkey')}?neu", form.cleaned_data["remember"]
            return enter(request, youth.user, method="password", to=to, remember=remember)
    return render(request, "accounts/sign_up.html", {"form": form})


@never_cache
@require_safe
@login_required
def profile(request: HttpRequest) -> HttpResponse:
    """Everything that somebody sets or looks up about themself; each section is a page part of its own."""
    user = user_of(request)
    security = {
        "waiting": mails.waiting_mailboxes(user).first(),
        "app": second_factor.app_of(user),
        "passkeys": second_factor.passkeys_of(user),
        "devices": sessions.sign_ins_of(user).count(),
        "apps": len(tokens.tokens_of(user, now=db.now())),
    }
    return render(request, "accounts/profile.html", {"person": user, "security": security})


@require_POST
@login_required
def set_language(request: HttpRequest) -> HttpResponse:
    """Keep the language of the pages and mails with the person, and go back to where they were."""
    language = request.POST.get("language", "")
    if language not in dict(settings.LANGUAGES):
        return HttpResponseBadRequest()
    user = user_of(request)
    user.language = language
    user.save(update_fields=["language"])
    back = request.POST.get("next", "")
    # A path, not a word: `redirect` would look for an address of that name.
    safe = back.startswith("/") and url_has_allowed_host_and_scheme(back, allowed_hosts=None)
    return redirect(back if safe else "start")
