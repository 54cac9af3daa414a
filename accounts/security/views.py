"""Signing in and out, a forgotten password, and what somebody sets about their own account."""

from typing import Any

from allauth.account import views
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from accounts.access import fresh_sign_in_required, user_of
from accounts.models import MailLink, User
from accounts.security import limits, links, mails, sessions
from accounts.security.entering import enter
from accounts.security.forms import ChangePasswordForm, MailboxForm, NewPasswordForm, ResetForm
from clevervibes.lib import db
from clevervibes.lib.errors import DomainError

DEMO_LOGINS = 16  # the first ones seed_demo makes: one per role
_OPENED = "opened_mail_link"  # in the session: the hash of the link that was opened


class Login(views.LoginView):
    def get_initial(self) -> dict[str, object]:
        return {**super().get_initial(), "login": self.request.GET.get("name", "")}

    def get_context_data(self, **kwargs: object) -> dict[str, object]:
        people = User.objects.filter(is_demo=True, is_active=True).order_by("pk")[:DEMO_LOGINS] if settings.DEMO else []
        return {**super().get_context_data(**kwargs), "demo_people": people}

    def form_invalid(self, form: Any) -> HttpResponse:
        answer: HttpResponse = super().form_invalid(form)
        # Programs read the status, people the sentence.
        statuses = {"too_often": 429, "cannot_count": 503}
        answer.status_code = next(
            (statuses[error.code] for error in form.non_field_errors().as_data() if error.code in statuses),
            answer.status_code,
        )
        return answer


class Logout(views.LogoutView):
    def post(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        response: HttpResponse = super().post(request, *args, **kwargs)
        # A shared phone forgets everything the last person saw.
        response["Clear-Site-Data"] = '"cache", "storage"'
        return response


# ── A forgotten password ─────────────────────────────────────────────────────────────────────────
@never_cache
def ask_for_reset(request: HttpRequest) -> HttpResponse:
    """Send a link to a new password. Known and unknown addresses get the same answer."""
    form = ResetForm(request.POST or None)
    if form.is_valid():
        mailbox, now = form.cleaned_data["mailbox"], db.now()
        try:
            limits.count_mail(request, mailbox=mailbox, now=now)
        except DomainError as refusal:
            form.add_error(None, str(refusal))
            return render(request, "accounts/reset.html", {"form": form}, status=refusal.status)
        mails.ask_for_reset(mailbox=mailbox, now=now)
        return redirect("account_reset_password_done")
    return render(request, "accounts/reset.html", {"form": form})


@require_safe
def reset_asked(request: HttpRequest) -> HttpResponse:
    return render(request, "accounts/reset_asked.html")


@never_cache
def open_reset_link(request: HttpRequest, token: str) -> HttpResponse:
    """Take the token out of the address, where history and logs would keep it. Nothing is used up."""
    return _exchange(request, token, "account_new_password")


@never_cache
@sensitive_post_parameters("password")
def new_password(request: HttpRequest) -> HttpResponse:
    """Set a new password with the link that was opened, and go on signed in."""
    now, digest = db.now(), request.session.get(_OPENED, "")
    try:
        link = links.look(digest, purpose=MailLink.Purpose.RESET, now=now)
        form = NewPasswordForm(request.POST or None, user=link.user)
        if form.is_valid():
            user = mails.set_password_by_link(digest=digest, password=form.cleaned_data["password"], now=now)
            request.session.pop(_OPENED, None)
            messages.success(request, _("Das neue Passwort gilt ab jetzt."))
            return _unseen(enter(request, user, method="mail_link", to=reverse("start")))
    except DomainError as refusal:
        return _dead(request, refusal, reverse("account_reset_password"), _("Neuen Link anfordern"))
    return _unseen(render(request, "accounts/choose_password.html", {"form": form, "person": link.user}))


# ── A mail address to be confirmed ───────────────────────────────────────────────────────────────
@never_cache
def open_confirm_link(request: HttpRequest, token: str) -> HttpResponse:
    return _exchange(request, token, "account_confirm_opened")


@never_cache
def confirm_mailbox(request: HttpRequest) -> HttpResponse:
    """Ask by a button, since mail scanners open links; the press of it confirms."""
    now, digest = db.now(), request.session.get(_OPENED, "")
    try:
        link = links.look(digest, purpose=MailLink.Purpose.CONFIRM, now=now)
        if request.method == "POST":
            mails.confirm_mailbox(digest=digest, now=now)
            request.session.pop(_OPENED, None)
            messages.success(request, _("Die E-Mail-Adresse ist bestätigt."))
            return _unseen(redirect("start" if request.user.is_authenticated else "account_login"))
    except DomainError as refusal:
        return _dead(request, refusal, reverse("accounts:mailbox"), _("Zur E-Mail-Adresse im Profil"))
    return _unseen(render(request, "accounts/confirm_mailbox.html", {"link": link}))


def _exchange(request: HttpRequest, token: str, name: str) -> HttpResponse:
    request.session[_OPENED] = links.digest_of(token)
    return _unseen(redirect(name))


def _dead(request: HttpRequest, refusal: DomainError, again: str, again_label: object) -> HttpResponse:
    context = {"refusal": refusal, "again": again, "again_label": again_label}
    return _unseen(render(request, "accounts/dead_link.html", context, status=refusal.status))


def _unseen(answer: HttpResponse) -> HttpResponse:
    """Let no page that is asked for next learn where somebody came from."""
    answer["Referrer-Policy"] = "no-referrer"
    return answer


# ── One's own account ────────────────────────────────────────────────────────────────────────────
@never_cache
@login_required
@sensitive_post_parameters("current", "password")
def change_password(request: HttpRequest) -> HttpResponse:
    """Change the password by showing the old one. Every other device is signed out."""
    user = user_of(request)
    form = ChangePasswordForm(request.POST or None, user=user)
    if form.is_valid():
        now = db.now()
        mails.change_password(user=user, password=form.cleaned_data["password"], now=now)
        update_session_auth_hash(request, user)
        sessions.start_anew(request)
        messages.success(request, _("Das neue Passwort gilt ab jetzt. Alle anderen Geräte sind abgemeldet."))
        return redirect("accounts:profile")
    return render(request, "accounts/change_password.html", {"form": form})


@never_cache
@login_required
@fresh_sign_in_required
def mailbox(request: HttpRequest) -> HttpResponse:
    """Give, change or take back one's mail address. The old one counts until the new one is confirmed."""
    user, now = user_of(request), db.now()
    form = MailboxForm(request.POST if "mailbox" in request.POST else None, user=user)
    if request.method == "POST" and "drop" in request.POST:
        mails.drop_mailbox(user=user, now=now)
        messages.success(request, _("Die E-Mail-Adresse ist gelöscht."))
        return redirect("accounts:profile")
    if form.is_valid():
        given = form.cleaned_data["mailbox"]
        try:
            limits.count_mail(request, mailbox=given, now=now)
        except DomainError as refusal:
            form.add_error(None, str(refusal))
        else:
            mails.ask_to_confirm(user=user, mailbox=given, now=now)
            messages.success(request, _("Bitte ins Postfach schauen: Der Link in der Mail bestätigt die Adresse."))
            return redirect("accounts:mailbox")
    waiting = mails.waiting_mailboxes(user).first()
    return render(request, "accounts/mailbox.html", {"form": form, "waiting": waiting})


@never_cache
@require_safe
@login_required
def devices(request: HttpRequest) -> HttpResponse:
    """Show where somebody is signed in."""
    user = user_of(request)
    rows = [(sign_in, sessions.is_current(request, sign_in)) for sign_in in sessions.sign_ins_of(user)]
    return render(request, "accounts/devices.html", {"rows": rows})


@require_POST
@login_required
def end_device(request: HttpRequest) -> HttpResponse:
    """End one sign-in, or all others."""
    user = user_of(request)
    if given := request.POST.get("sign_in"):
        sign_in = next((row for row in sessions.sign_ins_of(user) if str(row.public_id) == given), None)
        if sign_in is None:
            raise Http404
        sessions.end_one(user=user, public_id=sign_in.public_id)
        messages.success(request, _("Das Gerät ist abgemeldet."))
    else:
        sessions.end_others(user=user, keep=request)
        messages.success(request, _("Alle anderen Geräte sind abgemeldet."))
    return redirect("accounts:devices")
