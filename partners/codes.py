"""Redemption codes: made, hashed for looking up, sealed for showing again, and read off what a counter typed.

A code is eight of 22 symbols that nobody mixes up (35.7 bits), good at one shop's counter for as long as its hold
lives. The QR carries a token of 128 bits instead. The database keeps a keyed hash of the code, a hash of the token
and both encrypted; the keys are outside of it.
"""

import base64
import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from urllib.parse import urlsplit

from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from clevervibes.lib.errors import DomainError

# No vowels, so no words; none of 0 O 1 I L 2 Z 5 S 8 B U, which hands and eyes mix up.
ALPHABET = "34679CDFGHJKMNPQRTVWXY"
LENGTH = 8
# Longer than any address we print. What is longer is not read at all.
MAX_INPUT = 200

# Hex on purpose: a hand scanner is a keyboard, and one with the wrong layout swaps Y and Z and breaks / : # - but
# never touches 0-9 and a-f.
_TOKEN = re.compile(r"(?<![0-9a-f])([0-9a-f]{32})$")


class Typo(DomainError):
    """Something that cannot be one of our codes. Nobody guesses this way, so it is not counted as a miss."""

    code = "code_typo"
    status = 400


class WrongLength(Typo):
    message = _("Ein Code hat acht Zeichen, hier sind es {count}.")


class WrongSymbol(Typo):
    message = _("„{symbol}“ kommt in unseren Codes nicht vor. Es gibt nur {alphabet}.")


class ForeignAddress(Typo):
    message = _("Dieser QR-Code gehört nicht zum Club. Bitte lassen Sie sich den Code in der Club-App zeigen.")


@dataclass(frozen=True)
class Code:
    """What the youth shows. Never log it, never keep it."""

    code: str  # XXXX-XXXX
    token: str  # 32 hex digits
    expires_at: datetime

    @property
    def url(self) -> str:
        """The QR's content: behind the # it reaches no server log and no Referer."""
        return f"{settings.PUBLIC_URL}/c#{self.token}"

    def __repr__(self) -> str:
        return "Code(…)"


@dataclass(frozen=True)
class Typed:
    """Eight symbols from the alphabet: may be a guess, so misses count."""

    code: str

    def __repr__(self) -> str:
        return "Typed(…)"


@dataclass(frozen=True)
class Scanned:
    token: str

    def __repr__(self) -> str:
        return "Scanned(…)"


def new_code() -> str:
    return "".join(secrets.choice(ALPHABET) for _symbol in range(LENGTH))


def new_token() -> str:
    return secrets.token_hex(16)


def spaced(code: str) -> str:
    return f"{code[:4]}-{code[4:]}"


def read(text: str) -> Typed | Scanned:
    """Read what was typed or scanned, forgiving case, spaces and dashes.

    :raises Typo: if it cannot be a code or token of ours.
    """
    text = text.strip()
    if len(text) > MAX_INPUT:
        raise WrongLength(count=len(text))
    address = urlsplit(text) if text.lower().startswith(("http://", "https://")) else None
    if address is not None and address.netloc.lower() != host():
        raise ForeignAddress
    if found := _TOKEN.search(text.lower()):
        return Scanned(found[1])
    if address is not None:
        raise ForeignAddress
    code = re.sub(r"[\s\-–—_.]+", "", text).upper()
    for symbol in code:
        if symbol not in ALPHABET:
            raise WrongSymbol(symbol=symbol, alphabet=" ".join(ALPHABET))
    if len(code) != LENGTH:
        raise WrongLength(count=len(code))
    return Typed(code)


def host() -> str:
    """Return the one host whose addresses lead to codes of ours."""
    return urlsplit(settings.PUBLIC_URL).netloc.lower()


def code_hmac(code: str) -> str:
    """Return the hash under which a new code is stored."""
    return _hmac(_hash_keys()[0], code)


def code_hmacs(code: str) -> list[str]:
    """Return the hashes a code may be stored under: one per key, while keys are being changed."""
    return [_hmac(key, code) for key in _hash_keys()]


def token_hash(token: str) -> str:
    # 128 random bits need no key and no salt.
    return hashlib.sha256(token.encode()).hexdigest()


def seal(code: str, token: str) -> str:
    return _fernet(tuple(settings.CODE_KEYS)).encrypt(f"{code} {token}".encode()).decode()


def resealed(sealed: str) -> tuple[str, str]:
    """Return the hash and the seal of a sealed code under the newest key."""
    code, token = _fernet(tuple(settings.CODE_KEYS)).decrypt(sealed.encode()).decode().split()
    return code_hmac(code), seal(code, token)


def unseal(sealed: str, *, expires_at: datetime) -> Code:
    code, token = _fernet(tuple(settings.CODE_KEYS)).decrypt(sealed.encode()).decode().split()
    return Code(spaced(code), token, expires_at)


def _hash_keys() -> list[bytes]:
    # Derived, so that the key that hashes is not the key that encrypts.
    return [
        hmac.digest(base64.urlsafe_b64decode(key), b"clevervibes redemption codes", "sha256")
        for key in settings.CODE_KEYS
    ]


def _hmac(key: bytes, code: str) -> str:
    return hmac.new(key, code.encode(), "sha256").hexdigest()


@cache
def _fernet(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])
