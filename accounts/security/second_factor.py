"""The second factor: who has one, who is asked for it, codes of an app, and codes for an emergency.

allauth keeps the secrets (encrypted, see accounts.adapter) and speaks with passkeys. The codes are compared here: each
of an app once, by its time step and not only for half a minute; those for an emergency hashed like passwords.
"""

import hmac
import secrets
from datetime import datetime

from allauth.mfa import app_settings
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from allauth.mfa.utils import decrypt, encrypt
from django.conf import settings
from django.contrib.auth.hashers import check_password, make_password

from accounts.models import Membership, User
from accounts.security import mails
from clevervibes.lib import db

FACTORS = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]
RECOVERY_CODES = 10
# Symbols that nobody mixes up, and no vowels, so no words.
ALPHABET = "34679CDFGHJKMNPQRTVWXY"


def exists(user: User) -> bool:
    """Say whether `user` could show a second factor."""
    return Authenticator.objects.filter(user=user, type__in=FACTORS).exists()


def is_asked_of(user: User) -> bool:
    """Say whether a password alone does not let `user` in.

    A code app is set up for just that. A passkey alone is a comfort to youths and guardians, who keep the password
    beside it; to those who hold others' money and data it is the second factor.
    """
    types = set(Authenticator.objects.filter(user=user, type__in=FACTORS).values_list("type", flat=True))
    if Authenticator.Type.TOTP in types:
        return True
    return bool(types) and (user.is_staff or manages(user))


def manages(user: User) -> bool:
    return Membership.objects.filter(user=user, role=Membership.Role.MANAGER).exists()


def is_missing(user: User) -> bool:
    """Say whether `user` belongs to the team and has yet to set up a second factor. Never in the demo."""
    return settings.SECOND_FACTOR_DUTY and user.is_staff and not exists(user)


# ── Codes ────────────────────────────────────────────────────────────────────────────────────────
@db.service
def use_code(*, user: User, code: str, now: datetime) -> Authenticator | None:
    """Use up a code of the app or for an emergency and return what it belongs to; None if it is wrong or was used."""
    code = code.replace(" ", "").replace("-", "").upper()
    # Locked: of two who show the same code at once, one comes second.
    rows = Authenticator.objects.select_for_update().filter(user=user).order_by("pk")
    for authenticator in rows.exclude(type=Authenticator.Type.WEBAUTHN):
        use = _use_of_app if authenticator.type == Authenticator.Type.TOTP else _use_for_emergency
        if use(authenticator, code, now):
            authenticator.save(update_fields=["data"])
            return authenticator
    return None


def step_of(secret: str, code: str, *, now: datetime) -> int | None:
    """Return the time step of which `code` is, one before and after allowed for clocks that are a little off."""
    step = int(now.timestamp()) // app_settings.TOTP_PERIOD
    for near in (step, step - 1, step + 1):
        if hmac.compare_digest(format_hotp_value(hotp_value(secret, near)), code.encode("ascii", "replace").decode()):
            return near
    return None


def _use_of_app(authenticator: Authenticator, code: str, now: datetime) -> bool:
    step = step_of(decrypt(authenticator.data["secret"]), code, now=now)
    # Each step lets in once, and none after a later one: a code read over somebody's shoulder is worth nothing.
    if step is None or step <= authenticator.data.get("last_step", -1):
        return False
    authenticator.data["last_step"] = step
    return True


def _use_for_emergency(authenticator: Authenticator, code: str, now: datetime) -> bool:
    if len(code) != 8 or not set(code) <= set(ALPHABET):
        return False  # hashing is slow, and nobody guesses what cannot be one
    for kept in authenticator.data["hashes"]:
        if check_password(code, kept):
            authenticator.data["hashes"].remove(kept)
            return True
    return False


# ── Codes for an emergency ───────────────────────────────────────────────────────────────────────
@db.service
def make_recovery_codes(*, user: User, now: datetime) -> list[str]:
    """Return ten new codes, for this one look at them. Those of before are void."""
    codes = ["".join(secrets.choice(ALPHABET) for _ in range(8)) for _ in range(RECOVERY_CODES)]
    User.objects.select_for_update(no_key=True).get(pk=user.pk)
    Authenticator.objects.update_or_create(
        user=user,
        type=Authenticator.Type.RECOVERY_CODES,
        defaults={"data": {"hashes": [make_password(code) for code in codes]}, "created_at": now},
    )
    mails.notify(user, "codes", now=now)
    return [f"{code[:4]}-{code[4:]}" for code in codes]


def reseal_apps() -> int:
    """Seal the secret of every code app with the newest of `CODE_KEYS`; return how many there were.

    What an app shows stays the same. Once the key of its day has left the settings, nobody would get in by it.
    """
    apps = Authenticator.objects.filter(type=Authenticator.Type.TOTP).order_by("pk").values_list("pk", flat=True)
    return sum(_reseal(pk) for pk in list(apps))


@db.service
def _reseal(pk: int) -> bool:
    app = Authenticator.objects.select_for_update().filter(pk=pk).first()
    if app is None:
        return False
    app.data["secret"] = encrypt(decrypt(app.data["secret"]))
    app.save(update_fields=["data"])
    return True


def recovery_codes_left(user: User) -> int:
    kept = Authenticator.objects.filter(user=user, type=Authenticator.Type.RECOVERY_CODES).first()
    return len(kept.data["hashes"]) if kept else 0


def app_of(user: User) -> Authenticator | None:
    return Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).first()


def passkeys_of(user: User) -> list[Authenticator]:
    return list(Authenticator.objects.filter(user=user, type=Authenticator.Type.WEBAUTHN).order_by("created_at"))
