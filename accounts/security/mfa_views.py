"""The second factor and passkeys: setting up, showing, taking away."""

from collections.abc import Callable
from typing import Any

from allauth.account.models import Login
from allauth.account.utils import get_next_redirect_url
from allauth.mfa.base import views as mfa
from allauth.mfa.base.internal.flows import post_authentication
from allauth.mfa.models import Authenticator
from allauth.mfa.totp import views as totp
from allauth.mfa.totp.internal import flows as totp_flows
from allauth.mfa.webauthn import views as webauthn
from allauth.mfa.webauthn.internal import auth as webauthn_auth
from allauth.mfa.webauthn.internal import flows as webauthn_flows
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse_lazy
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.access import fresh_sign_in_required, user_of
from accounts.security import second_factor, sessions
from clevervibes.lib import db, qr


@never_cache
@require_safe
@login_required
def overview(request: HttpRequest) -> HttpResponse:
    """Show what stands beside the password, and set it up."""
    user = user_of(request)
    context = {
        "app": second_factor.app_of(user),
        "passkeys": second_factor.passkeys_of(user),
        "is_asked": second_factor.is_asked_of(user),
        "is_missing": second_factor.is_missing(user),
        "codes_left": second_factor.recovery_codes_left(user),
    }
    return render(request, "accounts/second_factor.html", context)


class SecondStep(mfa.AuthenticateView):
    """Offer what somebody has: a code, a passkey or both."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user = self.stage.login.user
        has_code = second_factor.app_of(user) or second_factor.recovery_codes_left(user)
        return {
            **super().get_context_data(**kwargs),
            "has_code": has_code,
            "has_passkey": second_factor.passkeys_of(user),
        }


# ── The code app ─────────────────────────────────────────────────────────────────────────────────
def _behind_proof(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    return never_cache(login_required(fresh_sign_in_required(view)))


@method_decorator(_behind_proof, name="dispatch")
class SetUpApp(totp.ActivateTOTPView):
    template_name = "accounts/set_up_app.html"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        if second_factor.app_of(user_of(request)):
            return redirect("accounts:second-factor")
        return super().dispatch(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        secret = context["form"].secret
        context["qr"] = qr.draw(context["totp_url"])
        context["secret"] = " ".join(secret[i : i + 4] for i in range(0, len(secret), 4))
        return context

    def form_valid(self, form: Any) -> HttpResponse:
        authenticator, _codes = totp_flows.activate_totp(self.request, form)
        authenticator.data["last_step"] = form.step
        authenticator.save(update_fields=["data"])
        return _after_set_up(self.request, authenticator)


@never_cache
@login_required
@fresh_sign_in_required
def remove_app(request: HttpRequest) -> HttpResponse:
    user = user_of(request)
    app = second_factor.app_of(user)
    if request.method != "POST" or app is None:
        return redirect("accounts:second-factor")
    if _is_last(user) and user.is_staff:
        messages.error(request, _("Einen zweiten Faktor braucht das Team immer. Bitte erst einen anderen einrichten."))
        return redirect("accounts:second-factor")
    totp_flows.deactivate_totp(request, app)
    messages.success(request, _("Der Code aus der App wird nicht mehr verlangt."))
    return redirect("accounts:second-factor")


# ── Passkeys ─────────────────────────────────────────────────────────────────────────────────────
@method_decorator(_behind_proof, name="dispatch")
class AddPasskey(webauthn.AddWebAuthnView):
    template_name = "accounts/add_passkey.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        # allauth forgets the form here, and asks for a key that cannot let in by itself.
        context["form"] = kwargs.get("form") or self.get_form()
        context["js_data"] = {"creation_options": webauthn_auth.begin_registration(user_of(self.request), True)}
        context["is_new"] = "neu" in self.request.GET
        return context

    def form_valid(self, form: Any) -> HttpResponse:
        authenticator, _codes = webauthn_flows.add_authenticator(
            self.request, name=form.cleaned_data["name"][:40], credential=form.cleaned_data["credential"]
        )
        messages.success(self.request, _("Der Passkey ist eingerichtet."))
        if "neu" in self.request.GET and not second_factor.is_asked_of(user_of(self.request)):
            return redirect("start")
        return _after_set_up(self.request, authenticator)


@require_POST
@login_required
@fresh_sign_in_required
def remove_passkey(request: HttpRequest) -> HttpResponse:
    user = user_of(request)
    given = request.POST.get("passkey", "")
    passkey = next((row for row in second_factor.passkeys_of(user) if str(row.pk) == given), None)
    if passkey is None:
        raise Http404
    if _is_last(user) and user.is_staff:
        messages.error(request, _("Einen zweiten Faktor braucht das Team immer. Bitte erst einen anderen einrichten."))
        return redirect("accounts:second-factor")
    webauthn_flows.remove_authenticator(request, passkey)
    messages.success(request, _("Der Passkey ist entfernt."))
    return redirect("accounts:second-factor")


class SignInByPasskey(webauthn.LoginWebAuthnView):
    success_url = reverse_lazy("start")

    def form_valid(self, form: Any) -> HttpResponse:
        authenticator = form.cleaned_data["credential"]
        login = Login(user=authenticator.user, redirect_url=self._next())
        answer: HttpResponse = webauthn_flows.perform_passwordless_login(self.request, authenticator, login)
        sessions.remember(self.request, bool(self.request.POST.get("remember")))
        return answer

    def _next(self) -> str | None:
        return get_next_redirect_url(self.request)


def _is_last(user: Any) -> bool:
    return Authenticator.objects.filter(user=user, type__in=second_factor.FACTORS).count() == 1


def _after_set_up(request: HttpRequest, authenticator: Authenticator) -> HttpResponse:
    """Lead on to the codes for an emergency, where they would be needed and there are none."""
    # Whoever set it up has just shown it.
    post_authentication(request, authenticator, reauthenticated=True)
    user = user_of(request)
    if second_factor.is_asked_of(user) and not second_factor.recovery_codes_left(user):
        return redirect("accounts:recovery-codes")
    return redirect("accounts:second-factor")


# ── Codes for an emergency ───────────────────────────────────────────────────────────────────────
@never_cache
@login_required
@fresh_sign_in_required
def recovery_codes(request: HttpRequest) -> HttpResponse:
    """Make new codes and show them, this once."""
    user = user_of(request)
    if not second_factor.exists(user):
        return redirect("accounts:second-factor")
    codes = second_factor.make_recovery_codes(user=user, now=db.now()) if request.method == "POST" else []
    context = {"codes": codes, "left": second_factor.recovery_codes_left(user)}
    return render(request, "accounts/recovery_codes.html", context)
