"""Forms of the second factor: allauth's, with the club's limits and words."""

from collections.abc import Callable
from typing import Any

from allauth.mfa.adapter import get_adapter
from allauth.mfa.base import forms as base
from allauth.mfa.models import Authenticator
from allauth.mfa.totp import forms as totp
from allauth.mfa.webauthn import forms as webauthn
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.security import limits, second_factor
from clevervibes.lib import db
from clevervibes.lib.limits import CannotCount, TooOften, Try, give_back, take

_WRONG = _("Dieser Code stimmt nicht, oder er wurde schon benutzt.")
_ATTRS = {"autocomplete": "one-time-code", "autocapitalize": "characters", "spellcheck": "false", "autofocus": True}


def _count(user: User) -> Try:
    """Count a code for `user`, ten wrong ones a day."""
    try:
        return take((limits.CODE_ACCOUNT, limits.account_of(user)), now=db.now())
    except (TooOften, CannotCount) as refusal:
        raise ValidationError(str(refusal), code=refusal.code) from refusal


class _UsesCode(forms.Form):
    """A code of the app or for an emergency."""

    user: User
    authenticator: Authenticator

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["code"]
        field.label = _("Code")
        field.help_text = _("Sechs Ziffern aus der App oder einer der Notfall-Codes.")
        field.widget = forms.TextInput(attrs={**_ATTRS, "maxlength": "20"})

    def clean_code(self) -> str:
        counted = _count(self.user)
        code: str = self.cleaned_data["code"]
        found = second_factor.use_code(user=self.user, code=code, now=db.now())
        if found is None:
            raise ValidationError(_WRONG, code="incorrect_code")
        give_back(counted)
        self.authenticator = found
        return code


class AuthenticateForm(_UsesCode, base.AuthenticateForm):
    pass


class ReauthenticateForm(_UsesCode, base.ReauthenticateForm):
    pass


class ActivateTOTPForm(totp.ActivateTOTPForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["code"]
        field.label = _("Code aus der App")
        attrs = {"autocomplete": "one-time-code", "inputmode": "numeric", "maxlength": "7"}
        field.widget = forms.TextInput(attrs=attrs)

    def clean_code(self) -> str:
        counted = _count(self.user)
        code: str = self.cleaned_data["code"].replace(" ", "")
        # Kept with the secret: the code that set the app up does not let in as well.
        self.step = second_factor.step_of(self.secret, code, now=db.now())
        if self.step is None:
            raise ValidationError(_WRONG, code="incorrect_code")
        give_back(counted)
        return code


# ── Passkeys: nothing to be guessed, so nothing is counted ──
class _TakesCredential(forms.Form):
    """Whatever is sent as a browser's answer: if allauth cannot read it, it is one that does not fit."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["credential"].error_messages["required"] = get_adapter().error_messages["incorrect_code"]

    def _clean_fields(self) -> None:
        self._readable(super()._clean_fields)  # type: ignore[misc]

    def _clean_form(self) -> None:
        self._readable(super()._clean_form)  # type: ignore[misc]

    def _readable(self, clean: Callable[[], None]) -> None:
        try:
            clean()
        except (AttributeError, KeyError, TypeError, ValueError):
            self.add_error(None, get_adapter().validation_error("incorrect_code"))


class AddWebAuthnForm(_TakesCredential, webauthn.AddWebAuthnForm):
    """A passkey that lets in by itself: it stays on the device and asks for finger, face or PIN."""

    passwordless = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].label = _("Name des Passkeys")
        self.fields["name"].widget.attrs["maxlength"] = "40"
        self.fields["name"].help_text = _("Daran ist das Gerät wiederzuerkennen.")

    def clean(self) -> dict[str, Any] | None:
        self.cleaned_data["passwordless"] = True  # then allauth asks that the device has looked who it is
        return super().clean()


class LoginWebAuthnForm(_TakesCredential, webauthn.LoginWebAuthnForm):
    pass


class AuthenticateWebAuthnForm(_TakesCredential, webauthn.AuthenticateWebAuthnForm):
    pass


class ReauthenticateWebAuthnForm(_TakesCredential, webauthn.ReauthenticateWebAuthnForm):
    pass
