"""allauth, as the club uses it."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts import phone_session

_MISMATCH = _("Name oder Passwort stimmt nicht. Bitte noch einmal versuchen.")


class AccountAdapter(DefaultAccountAdapter):
    error_messages = DefaultAccountAdapter.error_messages | {
        "username_password_mismatch": _MISMATCH,
        "email_password_mismatch": _MISMATCH,
        "too_many_login_attempts": _("Das waren zu viele Versuche. In einer halben Stunde geht es weiter."),
    }

    def logout(self, request: HttpRequest) -> None:
        phone_session.forget_phone(request)
        super().logout(request)

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        # Joining needs consent and a guardian's invitation, which come with the membership pages.
        return False
