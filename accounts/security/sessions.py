"""How long a sign-in lasts, and the devices somebody is signed in on."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.contrib.auth import SESSION_KEY
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest

from accounts.models import Membership, User
from accounts.security.models import SignIn
from clevervibes.lib import db

KEY = "sign_in"  # in the session: the public_id of its row


@dataclass(frozen=True)
class Rest:
    """A sign-in is over after `idle` without a request, and `absolute` after it began."""

    idle: timedelta
    absolute: timedelta


OWN_DEVICE = Rest(idle=timedelta(days=90), absolute=timedelta(days=365))
# Ends with the browser. Some restore their tabs for ever, so a day is the most.
SHARED_DEVICE = Rest(idle=timedelta(days=1), absolute=timedelta(days=1))
MANAGER = Rest(idle=timedelta(hours=2), absolute=timedelta(hours=12))
# A screen at a shop's counter, which nobody is signed in on; its clerk shows a PIN after a rest.
PAIRED_DEVICE = timedelta(days=365)
CLERK_REST = timedelta(minutes=30)
PAIRED = "paired-device"  # in the session: the screen that this browser is
STAFF = Rest(idle=timedelta(minutes=30), absolute=timedelta(hours=10))
# Written at most once in this time: what lies between is too little to matter to any limit.
GRAIN = timedelta(seconds=1)


def rest_of(*, is_staff: bool, is_manager: bool, remembered: bool) -> Rest:
    """Return the strictest limits that a person's roles ask for, whatever they ticked."""
    if is_staff:
        return STAFF
    if is_manager:
        return MANAGER
    return OWN_DEVICE if remembered else SHARED_DEVICE


def is_over(sign_in: SignIn, rest: Rest, *, now: datetime) -> bool:
    return now - sign_in.last_seen_at >= rest.idle or now - sign_in.signed_in_at >= rest.absolute


def begin(request: HttpRequest, user: User, *, now: datetime) -> SignIn:
    """Note a sign-in and name it in the session."""
    browser, system = device_of(request.META.get("HTTP_USER_AGENT", ""))
    sign_in = SignIn.objects.create(user=user, browser=browser, system=system, signed_in_at=now, last_seen_at=now)
    request.session[KEY] = str(sign_in.public_id)
    return sign_in


def remember(request: HttpRequest, own_device: bool) -> None:
    """Keep the session beyond the browser, or not."""
    request.session.set_expiry(OWN_DEVICE.absolute if own_device else 0)


def go_on(request: HttpRequest, user: User, *, now: datetime) -> bool:
    """Say whether the session of this request goes on, and note that it was used."""
    if KEY not in request.session:
        begin(request, user, now=now)
        return True
    manages = Membership.objects.filter(user=OuterRef("user"), role=Membership.Role.MANAGER)
    named = named_in(request)
    if named is None:
        return False
    sign_in = SignIn.objects.filter(public_id=named, user=user).annotate(manages=Exists(manages)).first()
    if sign_in is None:
        return False
    # The cookie of a paired screen lasts a year; whoever signs in there is on a device of many.
    remembered = not request.session.get_expire_at_browser_close() and PAIRED not in request.session
    rest = rest_of(is_staff=user.is_staff, is_manager=sign_in.manages, remembered=remembered)
    if is_over(sign_in, rest, now=now):
        sign_in.delete()
        return False
    if now - sign_in.last_seen_at >= GRAIN:
        SignIn.objects.filter(pk=sign_in.pk).update(last_seen_at=now)
    return True


def follow(request: HttpRequest, before: UUID | None, *, now: Callable[[], datetime]) -> None:
    """Note what a request did to its session: begin the sign-in it brought, forget the one it left."""
    named = named_in(request)
    if before and before != named:
        SignIn.objects.filter(public_id=before).delete()
    # Of an app or a till, which come with a token, the session knows nothing.
    if named is None and SESSION_KEY in request.session and request.user.is_authenticated:
        begin(request, request.user, now=now())


def named_in(request: HttpRequest) -> UUID | None:
    """Return the sign-in that the session of this request names."""
    try:
        return UUID(request.session.get(KEY, ""))
    except ValueError:
        return None


def start_anew(request: HttpRequest) -> None:
    """Let the next sign-in of this session be one of its own, whoever was signed in here before."""
    request.session.pop(KEY, None)


# ── The owner's list ─────────────────────────────────────────────────────────────────────────────
def sign_ins_of(user: User) -> QuerySet[SignIn]:
    return SignIn.objects.filter(user=user).order_by("-last_seen_at")


def is_current(request: HttpRequest, sign_in: SignIn) -> bool:
    return sign_in.public_id == named_in(request)


@db.service
def end_one(*, user: User, public_id: UUID) -> None:
    """End a sign-in of one's own. Its device is signed out at its next request; ending it again changes nothing."""
    SignIn.objects.filter(user=user, public_id=public_id).delete()


@db.service
def end_others(*, user: User, keep: HttpRequest) -> None:
    """End all sign-ins but the one of the request `keep`."""
    others = SignIn.objects.filter(user=user)
    if kept := named_in(keep):
        others = others.exclude(public_id=kept)
    others.delete()


def end_all(user: User) -> None:
    """End every sign-in, as a part of a service that changes who may get in."""
    db.require_transaction()
    SignIn.objects.filter(user=user).delete()


# ── What a device is called ──────────────────────────────────────────────────────────────────────
# The first that is found: most browsers also claim to be the ones below them.
_BROWSERS = [
    ("Edg", "Edge"), ("OPR|Opera", "Opera"), ("SamsungBrowser", "Samsung Internet"), ("Firefox|FxiOS", "Firefox"),
    ("Chrome|CriOS", "Chrome"), ("Safari", "Safari"),
]  # fmt: skip
_SYSTEMS = [
    ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"), ("CrOS", "Chromebook"),
    ("Mac OS X|Macintosh", "Mac"), ("Linux", "Linux"),
]  # fmt: skip


def device_of(user_agent: str) -> tuple[str, str]:
    """Return browser and device in the words people use, empty where nobody knows."""
    return _first(_BROWSERS, user_agent), _first(_SYSTEMS, user_agent)


def _first(names: list[tuple[str, str]], text: str) -> str:
    return next((name for pattern, name in names if re.search(pattern, text)), "")
