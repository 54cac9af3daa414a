"""The screens and tills of a shop: paired or made by its manager, stopped by the team, gone at the next request.

A screen is paired by a QR code that opens once, within 15 minutes, and only by a tap on the device itself. What it has
from then on stands in its session (see partners.counters.session); a till shows its token with each call.
"""

import secrets
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts import links
from accounts.models import User
from accounts.security.sessions import PAIRED_DEVICE
from clevervibes.lib import db
from clevervibes.lib.errors import DomainError
from partners.models import Device, Partner, Shift

PAIRING = timedelta(minutes=15)
MOST = 20
# Written at most once in this time: a page of the counter is many requests.
GRAIN = timedelta(minutes=1)
# Says what it is to whoever finds one in a log or a repository.
TILL_PREFIX = "cvt_"


class TooManyDevices(DomainError):
    code = "too_many_devices"
    message = _("Mehr als 20 Geräte auf einmal gehen nicht. Bitte zuerst eines trennen.")


class DevicePaused(DomainError):
    code = "device_paused"
    message = _("Dieses Gerät ist gerade angehalten. {why}")


# ── The manager's side ───────────────────────────────────────────────────────────────────────────
def devices_of(partner: Partner, *, now: datetime) -> QuerySet[Device]:
    """Return what stands at a shop's counter or waits to be connected, by name."""
    live = Q(expires_at__gt=now) | Q(connected_at=None, pairing_until__gt=now)
    return partner.devices.filter(live, revoked_at=None).select_related("shift__clerk")


@db.service
def begin_pairing(*, partner: Partner, name: str, by: User, now: datetime) -> Device:
    """Make a screen that a QR code connects within 15 minutes, once.

    :raises TooManyDevices: past twenty.
    """
    _require_room(partner, now)
    device = Device(
        partner=partner, kind=Device.Kind.SCREEN, name=name, made_by=by, made_at=now, pairing_until=now + PAIRING
    )
    device.token_sha256 = links.digest_of(links.new_token(_called(device)))
    device.save()
    return device


@db.service
def make_till(*, partner: Partner, name: str, by: User, now: datetime) -> tuple[str, Device]:
    """Return the token of a new till, good for twelve months, and its row; the token is shown this once.

    :raises TooManyDevices: past twenty.
    """
    _require_room(partner, now)
    token = TILL_PREFIX + secrets.token_urlsafe(32)  # 256 bits
    device = Device.objects.create(
        partner=partner, kind=Device.Kind.TILL, name=name, token_sha256=_digest_of_till(token), made_by=by, made_at=now,
        connected_at=now, expires_at=now + PAIRED_DEVICE,
    )  # fmt: skip
    return token, device


def _require_room(partner: Partner, now: datetime) -> None:
    # Locked: two managers at once must not both make the twentieth.
    Partner.objects.select_for_update(no_key=True).get(pk=partner.pk)
    if devices_of(partner, now=now).count() >= MOST:
        raise TooManyDevices


def pairing_url(device: Device) -> str:
    """Return the address behind the QR code, or an empty string if its key has left the settings.

    Never log it, never keep it.
    """
    token = links.shown_again(_called(device), device.token_sha256)
    return settings.PUBLIC_URL + reverse("partners:pair", args=[token]) if token else ""


@db.service
def rename(*, device: Device, name: str) -> None:
    Device.objects.filter(pk=device.pk).update(name=name)


@db.service
def revoke(*, device: Device, by: User, now: datetime) -> None:
    """Take a device away from the counter at its next request; doing it again changes nothing."""
    Device.objects.filter(pk=device.pk, revoked_at=None).update(revoked_at=now, revoked_by=by)
    Shift.objects.filter(device=device).delete()


# ── The device's side ────────────────────────────────────────────────────────────────────────────
def to_pair(token: str) -> Device:
    """Return the screen that a QR code is for, whether it opens still or not.

    :raises links.LinkUnknown: if there is none.
    """
    return _screen(token_sha256=links.digest_of(token))


def waiting(public_id: UUID | str) -> Device:
    """Return the screen that a session has come in for.

    :raises links.LinkUnknown: if it is gone.
    """
    return _screen(public_id=public_id)


def _screen(**where: object) -> Device:
    found = Device.objects.filter(**where, kind=Device.Kind.SCREEN).select_related("partner__organisation").first()
    if found is None:
        raise links.LinkUnknown
    return found


def require_pairable(device: Device, now: datetime) -> None:
    """Refuse a QR code that opens nothing any more.

    :raises links.LinkUsed, links.LinkRevoked, links.LinkExpired: whichever it is.
    """
    if device.connected_at:
        raise links.LinkUsed
    if device.revoked_at:
        raise links.LinkRevoked
    if device.pairing_until is None or device.pairing_until <= now:
        raise links.LinkExpired


@db.service
def connect(*, device: Device, now: datetime) -> Device:
    """Make the browser that asks a screen of the shop for twelve months. Of two that ask at once one gets it.

    :raises links.LinkUsed, links.LinkRevoked, links.LinkExpired: whichever it is.
    """
    fresh = Device.objects.select_for_update(of=("self",), no_key=True).select_related("partner").get(pk=device.pk)
    require_pairable(fresh, now)
    fresh.connected_at, fresh.expires_at, fresh.last_seen_at = now, now + PAIRED_DEVICE, now
    fresh.save(update_fields=["connected_at", "expires_at", "last_seen_at"])
    return fresh


def screen(public_id: str, *, now: datetime) -> Device | None:
    """Return the live screen that a session names, a stopped one too, and note that it was used."""
    try:
        return _seen(_live(now).filter(public_id=UUID(public_id), kind=Device.Kind.SCREEN), now)
    except ValueError:
        return None


def till(token: str, *, now: datetime) -> Device | None:
    """Return the live till that shows `token`, a stopped one too, and note that it was used."""
    return _seen(_live(now).filter(token_sha256=_digest_of_till(token), kind=Device.Kind.TILL), now)


def require_going(device: Device) -> None:
    """Refuse a device that the team stopped.

    :raises DevicePaused: with the sentence for the counter.
    """
    if device.paused_at is not None:
        raise DevicePaused(why=device.paused_why)


def _live(now: datetime) -> QuerySet[Device]:
    return Device.objects.filter(expires_at__gt=now, revoked_at=None)


def _seen(found: QuerySet[Device], now: datetime) -> Device | None:
    device = found.select_related("partner__organisation__club", "partner__account").first()
    if device is not None and (device.last_seen_at is None or now - device.last_seen_at >= GRAIN):
        Device.objects.filter(pk=device.pk).update(last_seen_at=now)
    return device


def _called(device: Device) -> str:
    return f"device:{device.public_id}"


def _digest_of_till(token: str) -> str:
    return links.sha256(token)
