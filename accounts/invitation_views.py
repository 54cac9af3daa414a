"""Following a link or QR: joining a family, and a new password by somebody's help.

The token leaves the address at once: the first page puts the link into the session and leads on, so that no later page
has it in its address. Opening a link changes nothing; only the forms below do.
"""

from functools import partial
from uuid import UUID

from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import families, joining, links, phone_session, selectors, shared_phone, vouching
from accounts.access import user_of
from accounts.family_forms import AdultSignUpForm, NewPasswordForm
from accounts.models import ConsentText, OneTimeLink, User
from accounts.registration import OWN_CONSENT_AGE
from accounts.security.entering import enter
from clevervibes.lib import db
from clevervibes.lib.errors import DomainError

INVITATION, PASSWORD = "invitation", "password-link"  # what a session has come in by
LANGUAGE = "guest-language"
Purpose = OneTimeLink.Purpose


# ── The doors ────────────────────────────────────────────────────────────────────────────────────
@never_cache
@require_safe
def open_invitation(request: HttpRequest, token: str) -> HttpResponse:
    return _open(request, token, INVITATION, links.INVITATIONS, "accounts:invitation")


@never_cache
@require_safe
def open_password(request: HttpRequest, token: str) -> HttpResponse:
    return _open(request, token, PASSWORD, (Purpose.PASSWORD,), "accounts:new-password")


def _open(request: HttpRequest, token: str, kind: str, purposes: tuple[str, ...], then: str) -> HttpResponse:
    try:
        request.session[kind] = str(links.look_up(token, *purposes).public_id)
        answer: HttpResponse = redirect(then)
    except links.LinkUnknown as refusal:
        answer = _closed(request, refusal, kind)
    answer["Referrer-Policy"] = "no-referrer"
    return answer


def speak(request: HttpRequest) -> None:
    """Let a guest choose the language of these pages; kept in the session until they have an account to keep it."""
    wanted = request.GET.get("sprache")
    if wanted in dict(settings.LANGUAGES):
        request.session[LANGUAGE] = wanted
    chosen = request.session.get(LANGUAGE)
    if chosen and not request.user.is_authenticated:
        translation.activate(chosen)
        request.LANGUAGE_CODE = chosen


def _link(request: HttpRequest, kind: str, *purposes: str) -> OneTimeLink:
    """Return the link this session came in by.

    :raises LinkUnknown: without one.
    """
    public_id = request.session.get(kind)
    if public_id is None:
        raise links.LinkUnknown
    return links.get(public_id, *purposes)


def _closed(
    request: HttpRequest, refusal: links.LinkClosed, kind: str, link: OneTimeLink | None = None
) -> HttpResponse:
    """Say which of the reasons it is, and what helps."""
    context = {"refusal": refusal, "kind": kind, "link": link, "first_name": link and link.about.youth.first_name}
    return render(request, "accounts/link_closed.html", context, status=refusal.status)


# ── Joining a family ─────────────────────────────────────────────────────────────────────────────
@never_cache
@require_safe
def invitation(request: HttpRequest) -> HttpResponse:
    """Say who invites to what, and ask for the one next step of whoever looks."""
    speak(request)
    return _invitation_page(request)


def _invitation_page(
    request: HttpRequest, *, form: AdultSignUpForm | None = None, refusal: DomainError | None = None
) -> HttpResponse:
    link, now = None, db.now()
    try:
        link = _link(request, INVITATION, *links.INVITATIONS)
        links.require_open(link, now)
    except links.LinkClosed as closed:
        user = request.user
        if link and isinstance(user, User) and selectors.youths_confirmed_by(user).filter(user=link.about).exists():
            return redirect("start")  # it was they who used it
        return _closed(request, closed, INVITATION, link)
    youth = link.about.youth
    context = {
        "link": link,
        "youth": youth,
        "is_guardian": link.purpose == Purpose.GUARDIAN,
        "needs_consent": youth.age_at(now) < OWN_CONSENT_AGE,
        "text": selectors.current_text(),
        "refusal": refusal,
        "phone": phone_session.phone_of(request),
    }
    if not request.user.is_authenticated:
        context["form"] = form or AdultSignUpForm(club=youth.user.club, phone=context["phone"] is not None)
        page = "accounts/invitation_guest.html"
    elif request.user.pk == youth.user_id:
        page = "accounts/invitation_own.html"
    else:
        shares = isinstance(refusal, families.SameMailbox) or not user_of(request).email
        context["offers_move"] = bool(youth.user.email) and shares
        page = "accounts/invitation_accept.html"
    return render(request, page, context, status=refusal.status if refusal else 200)


@never_cache
@sensitive_post_parameters("password", "pin")
@require_POST
def sign_up_invited(request: HttpRequest) -> HttpResponse:
    """Somebody invited gets an account; linked and consented is nothing yet."""
    speak(request)
    if request.user.is_authenticated:
        return redirect("accounts:invitation")
    try:
        link = _link(request, INVITATION, *links.INVITATIONS)
        links.require_open(link, db.now())
    except links.LinkClosed:
        return redirect("accounts:invitation")  # which says why
    phone = phone_session.phone_of(request)
    form = AdultSignUpForm(request.POST, club=link.about.club, phone=phone is not None)
    if not form.is_valid():
        return _invitation_page(request, form=form)
    return sign_up_adult(request, form, to=reverse("accounts:invitation")) or _invitation_page(request, form=form)


def sign_up_adult(request: HttpRequest, form: AdultSignUpForm, *, to: str) -> HttpResponse | None:
    """Give an adult an account and lead on to `to`; None if the form now says why not."""
    now = db.now()
    user = joining.sign_up(request, form, partial(families.sign_up_adult, now=now), now=now)
    if user is None:
        return None
    phone = phone_session.phone_of(request)
    remember = form.cleaned_data.get("remember", phone is not None)
    answer = enter(request, user, method="password", to=to, remember=remember)
    if phone is not None:
        shared_phone.add_person(phone=phone, user=user, pin=form.cleaned_data["pin"], now=now)
        phone_session.pin_shown(request, now)
    return answer


@never_cache
@require_POST
def hand_over(request: HttpRequest) -> HttpResponse:
    """Let the guardian go on: on this very phone, from now on shared with the youth, or signed in as themself."""
    user, invited_by = request.user, request.session.get(INVITATION)
    if not isinstance(user, User):
        return redirect("accounts:invitation")
    phone = phone_session.phone_of(request)
    if request.POST.get("phone") == "shared" and phone is None:
        try:
            phone = shared_phone.share(user=user, now=db.now())
        except DomainError as refusal:
            return _invitation_page(request, refusal=refusal)
    expiry = request.session.get("_session_expiry")
    logout(request)
    if phone and expiry is not None:
        request.session.set_expiry(expiry)  # it stays the phone that somebody called their own
    if invited_by:
        request.session[INVITATION] = invited_by
    if phone:
        phone_session.bind(request, phone)
    return redirect("accounts:invitation")


@never_cache
@require_POST
@login_required
def accept(request: HttpRequest) -> HttpResponse:
    """The one POST that uses the invitation up: link and, under 16, consent."""
    user, now = user_of(request), db.now()
    try:
        link = _link(request, INVITATION, *links.INVITATIONS)
        if link.purpose == Purpose.GUARDIAN:
            families.accept_as_guardian(
                link=link, guardian=user, text=text_read(request), move_mail="move_mail" in request.POST, now=now
            )
        else:
            families.accept_as_trusted_person(link=link, person=user, now=now)
    except links.LinkClosed:
        return _invitation_page(request)
    except DomainError as refusal:
        return _invitation_page(request, refusal=refusal)
    request.session.pop(INVITATION, None)
    return redirect("accounts:joined", link.about.youth.public_id)


def text_read(request: HttpRequest) -> ConsentText | None:
    """Return the text that stood on the page that was sent, if it is still the one that holds."""
    text = selectors.current_text()
    return text if text and request.POST.get("text") == text.sha256 else None


@never_cache
@require_safe
@login_required
def joined(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Say that it worked and what comes next."""
    user, now = user_of(request), db.now()
    youth = selectors.youths_confirmed_by(user).filter(public_id=public_id).first()
    if youth is None:
        return redirect("start")
    is_guardian = selectors.youths_guarded_by(user).filter(pk=youth.pk).exists()
    context = {
        "youth": youth,
        "is_guardian": is_guardian,
        "to_be_seen": vouching.still_to_be_seen(youth, now) if is_guardian else None,
    }
    return render(request, "accounts/joined.html", context)


# ── A new password ───────────────────────────────────────────────────────────────────────────────
@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def new_password(request: HttpRequest) -> HttpResponse:
    """Set a new password by the QR that a helper has shown. Nobody is signed in by it."""
    now = db.now()
    try:
        link = _link(request, PASSWORD, Purpose.PASSWORD)
        links.require_open(link, now)
    except links.LinkClosed as closed:
        return _closed(request, closed, PASSWORD)
    form, status = NewPasswordForm(request.POST or None), 200
    try:
        if request.method == "POST" and form.is_valid():
            person = vouching.set_password(link=link, password=form.cleaned_data["password"], now=now)
            del request.session[PASSWORD]
            return render(request, "accounts/new_password_done.html", {"person": person})
    except links.LinkClosed as closed:
        return _closed(request, closed, PASSWORD)
    except ValidationError as error:
        form.add_error("password", error)
    except DomainError as refusal:
        form.add_error(None, str(refusal))
        status = refusal.status
    return render(request, "accounts/new_password.html", {"form": form, "person": link.about}, status=status)
