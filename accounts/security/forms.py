"""Forms of the door and of one's own account."""

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.forms import LoginForm as BaseLoginForm
from allauth.account.forms import ReauthenticateForm
from django import forms
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.security import mails, sessions

PASSWORD_HINT = _("Mindestens 10 Zeichen. Drei Wörter hintereinander sind gut.")


class LoginForm(BaseLoginForm):
    """Username and password, in the club's words."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        login, password = self.fields["login"], self.fields["password"]
        login.label, password.label = _("Benutzername"), _("Passwort")
        login.help_text = _("Die E-Mail-Adresse geht auch.")
        password.help_text = ""
        login.widget = forms.TextInput(
            attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false", "autofocus": True}
        )
        password.widget = forms.PasswordInput(attrs={"autocomplete": "current-password"})
        self.fields["remember"].label = _("Auf diesem Gerät angemeldet bleiben")
        self.fields["remember"].help_text = _("Nur ankreuzen, wenn sonst niemand dieses Gerät benutzt.")

    def login(self, request: HttpRequest, redirect_url: str | None = None) -> HttpResponse:
        answer: HttpResponse = super().login(request, redirect_url)
        sessions.remember(request, self.cleaned_data["remember"])
        return answer


class ProveForm(ReauthenticateForm):
    """The password once more, before something that matters."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["password"]
        field.label, field.help_text = _("Passwort"), ""
        field.widget = forms.PasswordInput(attrs={"autocomplete": "current-password", "autofocus": True})


class ResetForm(forms.Form):
    mailbox = forms.EmailField(label=_("E-Mail-Adresse"), widget=forms.EmailInput(attrs={"autocomplete": "email"}))


class NewPasswordForm(forms.Form):
    """Typed once: whoever wants to see it taps the eye."""

    password = forms.CharField(
        label=_("Neues Passwort"),
        strip=False,
        help_text=PASSWORD_HINT,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password", "minlength": "10", "maxlength": "128"}),
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        validate_password(password, self.user)
        return password


class ChangePasswordForm(NewPasswordForm):
    current = forms.CharField(
        label=_("Bisheriges Passwort"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    field_order = ["current", "password"]

    def clean_current(self) -> str:
        current: str = self.cleaned_data["current"]
        if not get_adapter().reauthenticate(self.user, current):
            raise ValidationError(_("Das Passwort stimmt nicht."))
        return current


class MailboxForm(forms.Form):
    mailbox = forms.EmailField(
        label=_("Neue E-Mail-Adresse"), max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "email"})
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        if not user.email:
            self.fields["mailbox"].label = _("E-Mail-Adresse")

    def clean_mailbox(self) -> str:
        mailbox: str = self.cleaned_data["mailbox"].lower()
        is_waiting = mails.waiting_mailboxes(self.user).filter(email=mailbox).exists()
        if mailbox == self.user.email.lower() and not is_waiting:
            raise ValidationError(_("Diese Adresse gilt schon."))
        return mailbox
