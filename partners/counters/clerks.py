"""The people who serve at a shop's counter: a name, four digits, and the shift they are on.

A PIN is no password: it works on a paired screen of the shop alone. A try is counted and committed before it is looked
at and given back when it was right, so parallel tries cannot slip through; what cannot be counted is not looked at.
"""

from datetime import datetime, timedelta
from uuid import UUID

from django.contrib.auth.hashers import check_password, make_password
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.security.sessions import CLERK_REST
from accounts.shared_phone import is_good_pin
from clevervibes.lib import db, limits
from clevervibes.lib.errors import DomainError
from partners.models import Clerk, Device, Partner, Redemption, Shift

MOST = 60
# Four digits are 10,000. A colleague who stands at the screen all year gets 30 guesses in three months at one name;
# then the manager gives a new PIN. Over all names a screen takes 20 a day.
PER_QUARTER = limits.Limit("clerk-quarter-hour", 5, timedelta(minutes=15))
PER_DAY = limits.Limit("clerk-day", 10, timedelta(days=1))
PER_SEASON = limits.Limit("clerk-season", 30, timedelta(days=90))
PER_SCREEN = limits.Limit("clerk-screen-day", 20, timedelta(days=1))
# Written at most once in this time: what lies between is too little to matter for the rest.
GRAIN = timedelta(seconds=1)


class NameTaken(DomainError):
    code = "name_taken"
    message = _("„{name}“ gibt es in Ihrem Laden schon. Vielleicht mit einem Buchstaben vom Nachnamen?")


class TooManyClerks(DomainError):
    code = "too_many_clerks"
    message = _("Mehr als 60 Personen gehen nicht. Bitte zuerst jemanden abmelden.")


class BadPin(DomainError):
    code = "bad_pin"
    message = _("Bitte wählen Sie vier Ziffern, die nicht alle gleich sind und nicht aufeinander folgen.")
    status = 400


class WrongPin(DomainError):
    code = "wrong_pin"
    message = _("Diese PIN passt nicht zu diesem Namen.")
    status = 403


class StillHere(DomainError):
    code = "still_here"
    message = _("Wer noch an der Theke steht, wird zuerst abgemeldet.")


# ── The manager's side ───────────────────────────────────────────────────────────────────────────
def clerks_of(partner: Partner) -> QuerySet[Clerk]:
    """Return who may stand at a shop's counter, by name."""
    return partner.clerks.filter(ended_at=None).order_by("name", "pk")


def former_clerks_of(partner: Partner) -> QuerySet[Clerk]:
    """Return who left and is still named by redemptions of the last months, the latest first."""
    return partner.clerks.filter(ended_at__isnull=False).order_by("-ended_at", "pk")


@db.service
def add(*, partner: Partner, name: str, pin: str, now: datetime) -> Clerk:
    """Let somebody serve at the counter.

    :raises BadPin: if it is not four digits, or one of those everybody tries first.
    :raises NameTaken: at this shop, in whatever case.
    :raises TooManyClerks: past sixty.
    """
    # Locked: of two who add the same name at once the second is told so.
    Partner.objects.select_for_update(no_key=True).get(pk=partner.pk)
    if clerks_of(partner).filter(name__iexact=name).exists():
        raise NameTaken(name=name)
    if clerks_of(partner).count() >= MOST:
        raise TooManyClerks
    return Clerk.objects.create(partner=partner, name=name, pin_hash=_hashed(pin), pin_set_at=now, made_at=now)


def set_pin(*, clerk: Clerk, pin: str, now: datetime) -> None:
    """Give a new PIN: shifts under the old one end, misses of it are forgotten.

    :raises BadPin: if it is not four digits, or one of those everybody tries first.
    """
    _store_pin(clerk, pin, now)
    for limit in (PER_QUARTER, PER_DAY, PER_SEASON):
        limits.clear(limit, str(clerk.pk))


@db.service
def _store_pin(clerk: Clerk, pin: str, now: datetime) -> None:
    Clerk.objects.filter(pk=clerk.pk, ended_at=None).update(pin_hash=_hashed(pin), pin_set_at=now)
    Shift.objects.filter(clerk=clerk).delete()


def _hashed(pin: str) -> str:
    if not is_good_pin(pin):
        raise BadPin
    return make_password(pin)


@db.service
def end(*, clerk: Clerk, now: datetime) -> None:
    """Let somebody serve no more, from the next request on. Their name stays with what they redeemed for 90 days."""
    Clerk.objects.filter(pk=clerk.pk, ended_at=None).update(ended_at=now, pin_hash="")
    Shift.objects.filter(clerk=clerk).delete()


@db.service
def erase(*, clerk: Clerk) -> None:
    """Forget somebody who left: the redemptions stay and name nobody.

    :raises StillHere: if they did not leave.
    """
    fresh = Clerk.objects.select_for_update().filter(pk=clerk.pk).first()
    if fresh is None:
        return
    if fresh.ended_at is None:
        raise StillHere
    fresh.delete()


# ── The clerk's side ─────────────────────────────────────────────────────────────────────────────
def begin_shift(*, device: Device, clerk_id: UUID, pin: str, now: datetime) -> Shift:
    """Let a clerk of the shop work at a screen, in the place of whoever did.

    :raises WrongPin: if the PIN is another; a name that is not (any more) at this shop answers the same.
    :raises TooOften: after 5 misses in a quarter of an hour, 10 a day or 30 in 90 days; 20 a day at one screen.
    :raises CannotCount: if tries cannot be counted; nothing is looked at then.
    """
    clerk = clerks_of(device.partner).filter(public_id=clerk_id).first()
    whose = str(clerk.pk) if clerk else f"{device.pk}:{clerk_id}"
    tried = limits.take(
        (PER_QUARTER, whose), (PER_DAY, whose), (PER_SEASON, whose), (PER_SCREEN, str(device.pk)), now=now
    )
    if clerk is None or not check_password(pin, clerk.pin_hash):
        raise WrongPin
    limits.give_back(tried)
    return _begin(device, clerk, now)


@db.service
def _begin(device: Device, clerk: Clerk, now: datetime) -> Shift:
    # Read again under the lock: the manager may be giving a new PIN, or signing the clerk off, right now.
    fresh = Clerk.objects.select_for_update(no_key=True).get(pk=clerk.pk)
    if fresh.pin_hash != clerk.pin_hash:
        raise WrongPin
    shift, _made = Shift.objects.update_or_create(
        device=device, defaults={"clerk": fresh, "began_at": now, "last_seen_at": now}
    )
    return shift


def shift_at(device: Device, *, now: datetime, used: bool = True) -> Shift | None:
    """Return who works at a screen and note that they do, unless `used` is off; None after 30 minutes of rest."""
    shift = Shift.objects.select_related("clerk").filter(device=device, clerk__ended_at=None).first()
    if shift is None or now - shift.last_seen_at >= CLERK_REST:
        return None
    # The condition once more: a request that waited must not wake a shift that has come to rest meanwhile.
    if (
        used
        and now - shift.last_seen_at >= GRAIN
        and not Shift.objects.filter(pk=shift.pk, last_seen_at__gt=now - CLERK_REST).update(last_seen_at=now)
    ):
        return None
    return shift


@db.service
def end_shift(*, device: Device) -> None:
    """End the shift at a screen; ending it again changes nothing."""
    Shift.objects.filter(device=device).delete()


def redeemed_in(shift: Shift) -> QuerySet[Redemption]:
    """Return what the clerk handed over at this screen since the shift began, the latest first."""
    return Redemption.objects.filter(clerk=shift.clerk_id, device=shift.device_id, booked_at__gte=shift.began_at)
