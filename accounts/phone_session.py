"""What a session knows of a shared phone: which one it is, and until when the PIN was shown."""

from collections.abc import Callable
from datetime import datetime
from urllib.parse import urlencode, urlsplit

from allauth.account.internal.flows.login import AUTHENTICATION_METHODS_SESSION_KEY
from django.conf import settings
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _

from accounts import shared_phone
from accounts.access import is_fresh, user_of
from accounts.models import SharedPhone, User
from clevervibes.lib import db
from clevervibes.lib.errors import DomainError


class PinNeeded(DomainError):
    code = "pin_required"
    message = _("Auf diesem gemeinsamen Handy braucht das die PIN.")
    status = 403


class PasswordNeeded(DomainError):
    code = "password_required"
    message = _("Auf diesem gemeinsamen Handy braucht das das Passwort.")
    status = 403


PHONE, BY_TAP, PIN_UNTIL = "shared-phone", "by-tap", "pin-until"
PIN_FIELD = "confirm_pin"
SAFE = {"GET", "HEAD", "OPTIONS", "TRACE"}
# What a person on a shared phone may send without a PIN: leaving, and saying who they are.
FREE = {
    "account_logout", "accounts:language", "accounts:phone-switch", "accounts:invitation-hand-over",
    "accounts:phone-add", "accounts:phone-pin", "account_reauthenticate", "mfa_reauthenticate",
    "mfa_reauthenticate_webauthn", "csp-report",
    "accounts:unsubscribe",  # its link says whose it is
    # So does that to an inbox, and its pages ask for the PIN of that person themselves.
    "activities:mail-approve", "activities:mail-return", "activities:mail-undo", "activities:mail-undo-several",
    "activities:mail-new", "activities:mail-end",
}  # fmt: skip
# More than family business. A tap is no sign-in, so these ask for the password, some of them already to be looked at.
ACCOUNT = ("/profil/", "/anmelden/", "/einladung/annehmen/", "/api/v1/tokens/")
SEEN_BY_TAP = {"accounts:profile", "accounts:family", "accounts:phone", "accounts:show-me"}

Next = Callable[[HttpRequest], HttpResponse]


def bind(request: HttpRequest, phone: SharedPhone) -> None:
    request.session[PHONE] = str(phone.public_id)


def unbind(request: HttpRequest) -> None:
    for key in (PHONE, BY_TAP, PIN_UNTIL):
        request.session.pop(key, None)


def others_here(request: HttpRequest) -> list[User]:
    """Return who else is on the shared phone that this request comes from."""
    if settings.SESSION_COOKIE_NAME not in request.COOKIES or PHONE not in request.session:
        return []
    phone = phone_of(request)
    return [person for person in shared_phone.people_on(phone) if person != request.user] if phone else []


def forget_phone(request: HttpRequest) -> None:
    """Signing out on a shared phone is for all who are on it: the session that knew the phone is gone."""
    phone = phone_of(request)
    if phone is not None:
        shared_phone.end(phone=phone, now=db.now())


def phone_of(request: HttpRequest) -> SharedPhone | None:
    """Return the shared phone this request comes from."""
    return shared_phone.phone_of(request.session.get(PHONE))


def switch(request: HttpRequest, phone: SharedPhone, person: User) -> None:
    """Show another person's pages on this phone. It proves nothing: `BY_TAP` stands in the session from now on."""
    expiry = request.session.get("_session_expiry")
    login(request, person, backend=settings.AUTHENTICATION_BACKENDS[0])
    request.session.pop(AUTHENTICATION_METHODS_SESSION_KEY, None)
    request.session.pop(PIN_UNTIL, None)
    if expiry is not None:
        request.session.set_expiry(expiry)
    bind(request, phone)
    request.session[BY_TAP] = True


def pin_shown(request: HttpRequest, now: datetime) -> None:
    request.session[PIN_UNTIL] = (now + shared_phone.PIN_GOOD_FOR).isoformat()


def pin_is_fresh(request: HttpRequest, now: datetime) -> bool:
    until = parse_datetime(request.session.get(PIN_UNTIL, ""))
    return until is not None and now < until


class PhoneGuard:
    """On a shared phone, let nobody change anything in a guardian's name who does not know the PIN.

    Asked of every unsafe request, whatever its address: a page that is added tomorrow is guarded too.
    """

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: object, args: object, kwargs: object) -> HttpResponse | None:
        name = request.resolver_match.view_name if request.resolver_match else ""
        if settings.SESSION_COOKIE_NAME not in request.COOKIES or name in FREE:
            return None
        if PHONE not in request.session or not isinstance(request.user, User):
            return None
        is_look = request.method in SAFE
        if request.session.get(BY_TAP) and request.path.startswith(ACCOUNT) and not (is_look and name in SEEN_BY_TAP):
            return None if is_fresh(request) else _ask_password(request, is_look=is_look)
        return None if is_look else _require_pin(request, request.user)


def _require_pin(request: HttpRequest, user: User) -> HttpResponse | None:
    now = db.now()
    # Not even a password of a minute ago: the phone may have been put down since.
    if pin_is_fresh(request, now) or not shared_phone.needs_pin(user):
        return None
    refusal: DomainError | None = None
    if PIN_FIELD in request.POST:
        try:
            shared_phone.check_pin(user=user, pin=request.POST[PIN_FIELD], now=now)
        except DomainError as error:
            refusal = error
        else:
            pin_shown(request, now)
            return None
    return _ask_pin(request, refusal)


def _ask_password(request: HttpRequest, *, is_look: bool) -> HttpResponse:
    if _is_api(request):
        return JsonResponse({"code": "password_required", "detail": str(PasswordNeeded.message)}, status=403)
    back = request.path if is_look else urlsplit(request.headers.get("referer", "")).path or reverse("start")
    return redirect(way_to_prove(back))


def way_to_prove(back: str) -> str:
    """Return the page that asks for the password and leads back."""
    return f"{reverse('account_reauthenticate')}?{urlencode({'next': back})}"


def _ask_pin(request: HttpRequest, refusal: DomainError | None) -> HttpResponse:
    """Ask for the PIN on a page that carries what was sent: with the right one it arrives after all."""
    if _is_api(request):
        return JsonResponse({"code": "pin_required", "detail": str(PinNeeded.message)}, status=403)
    if request.headers.get("HX-Request") and not request.headers.get("HX-Boosted"):
        # The fragment that was asked for has no room for a form: htmx draws the page it came from anew.
        return HttpResponse(status=403, headers={"HX-Refresh": "true"})
    # A password is not written into a page: whoever sent one types it again.
    carries_secret = any("password" in name for name in request.POST)
    sent = [] if carries_secret else [
        (name, value)
        for name, values in request.POST.lists() if name not in {PIN_FIELD, "csrfmiddlewaretoken"}
        for value in values
    ]  # fmt: skip
    context = {"sent": sent, "refusal": refusal, "has_pin": shared_phone.has_pin(user_of(request)), "field": PIN_FIELD}
    answer = render(request, "accounts/phone_pin.html", context, status=refusal.status if refusal else 403)
    if refusal and refusal.retry_after_seconds:
        answer["Retry-After"] = str(refusal.retry_after_seconds)
    return answer


def _is_api(request: HttpRequest) -> bool:
    return request.path.startswith("/api/")
