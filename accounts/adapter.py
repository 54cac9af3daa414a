"""allauth, as the club uses it."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.stages import AuthenticateStage
from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts import phone_session
from accounts.access import is_fresh
from accounts.models import User
from accounts.security import limits, mails, second_factor, sessions
from accounts.security.backend import find
from clevervibes.lib import db
from clevervibes.lib.limits import CannotCount, TooOften, give_back

_MISMATCH = _("Name oder Passwort stimmt nicht. Bitte noch einmal versuchen.")
_NOTICES = {
    "mfa/email/totp_activated": "totp_on",
    "mfa/email/totp_deactivated": "totp_off",
    "mfa/email/webauthn_added": "passkey_on",
    "mfa/email/webauthn_removed": "passkey_off",
}


class SecondFactorStage(AuthenticateStage):
    """The step after the password, for those of whom it is asked."""

    def _should_handle(self, request: HttpRequest) -> bool:
        return bool(super()._should_handle(request)) and second_factor.is_asked_of(self.login.user)


class AccountAdapter(DefaultAccountAdapter):
    error_messages = DefaultAccountAdapter.error_messages | {
        "username_password_mismatch": _MISMATCH,
        "email_password_mismatch": _MISMATCH,
        "incorrect_password": _("Das Passwort stimmt nicht."),
    }

    def logout(self, request: HttpRequest) -> None:
        phone_session.forget_phone(request)
        super().logout(request)

    def login(self, request: HttpRequest, user: User) -> None:
        sessions.start_anew(request)
        super().login(request, user)

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        # People join by our own forms; see registration.
        return False

    def get_login_stages(self) -> list[str]:
        return ["accounts.adapter.SecondFactorStage"]

    # ── Limits: counted in PostgreSQL before the password is looked at ──
    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        login = str(credentials.get("username") or credentials.get("email") or "")
        person = find(login)
        account = limits.account_of(person) if person else f"nobody:{login.lower()}"
        try:
            self._counted = limits.count_login(request, account=account, now=db.now())
        except (TooOften, CannotCount) as refusal:
            raise ValidationError(str(refusal), code=refusal.code) from refusal

    def _rollback_login_failed_rl_usage(self) -> None:
        give_back(self._counted)

    # ── Proof once more ──
    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        return not is_fresh(self.request)

    def get_reauthentication_methods(self, user: User) -> list[dict]:
        methods: list[dict] = super().get_reauthentication_methods(user)
        if user.is_authenticated and second_factor.is_asked_of(user):
            # The password alone would not have let them in.
            methods = [method for method in methods if method["id"] != "reauthenticate"]
        return methods

    def send_notification_mail(self, template_prefix: str, user: User, *args: Any, **kwargs: Any) -> None:
        if what := _NOTICES.get(template_prefix):
            mails.tell(user=user, what=what, now=db.now())


class MfaAdapter(DefaultMFAAdapter):
    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": _("Das hat nicht geklappt. Bitte noch einmal versuchen."),
    }

    def get_totp_issuer(self) -> str:
        return "Clever Vibes Club"

    def get_totp_label(self, user: User) -> str:
        return user.username

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        return {**super().get_public_key_credential_rp_entity(), "name": "Clever Vibes Club"}

    def get_public_key_credential_user_entity(self, user: User) -> dict:
        entity: dict = super().get_public_key_credential_user_entity(user)
        return {**entity, "name": user.username, "display_name": str(user)}

    def generate_authenticator_name(self, user: User, type: Authenticator.Type) -> str:
        """Name a passkey after the device it was made on."""
        browser, system = sessions.device_of(self.request.META.get("HTTP_USER_AGENT", ""))
        return system or browser or "Passkey"

    # The keys are outside the database.
    def encrypt(self, text: str) -> str:
        return _keys().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return _keys().decrypt(encrypted_text.encode()).decode()


def _keys() -> MultiFernet:
    return MultiFernet([Fernet(key) for key in settings.CODE_KEYS])
