"""Asking to take part, proving the mailbox, and what the team makes of it."""

import secrets
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import Club, ContactPoint, Organisation, User
from accounts.security.limits import address_of
from activities.models import Host
from clevervibes.lib import db, limits, outbox
from clevervibes.lib.errors import DomainError
from coins.models import Sponsor
from partners.models import Enquiry, Partner

Part = Enquiry.Part
ASKED, ACCEPTED, DECLINED = "enquiry_asked", "enquiry_accepted", "enquiry_declined"
DAYS_TO_CONFIRM = 7
# A town hall shares one address; whoever writes for others' mailboxes is stopped there, and at the mailbox.
FROM_ADDRESS = limits.Limit("enquiry-address", 5, timedelta(hours=1))
TO_MAILBOX = limits.Limit("enquiry-mailbox", 3, timedelta(days=1))
FROM_ALL = limits.Limit("enquiry-all", 200, timedelta(days=1))
# A person who reads the form needs longer, also with names and numbers filled in by the browser.
SHORTEST = timedelta(seconds=3)
_LINK = Signer(salt="partners.joining.link")
_DRAWN = Signer(salt="partners.joining.drawn")


class TooFast(DomainError):
    """A machine, or somebody very quick: sent again it goes through."""

    code = "too_fast"
    message = _("Das ging sehr schnell. Bitte schauen Sie noch einmal darauf und schicken Sie es dann ab.")
    status = 422


class LinkUnknown(DomainError):
    code = "link_unknown"
    message = _(
        "Diesen Link kennen wir nicht mehr. Er gilt sieben Tage. Bitte füllen Sie das Formular noch einmal aus."
    )
    status = 404


class NotOpen(DomainError):
    code = "enquiry_not_open"
    message = _("Über diese Anfrage ist schon entschieden.")


class KindMissing(DomainError):
    code = "kind_missing"
    message = _("Bitte wählen Sie, wie die Organisation fördert.")
    status = 400
    field = "sponsor_kind"


# ── The form's own mark: when it was drawn, and which one it is ──────────────────────────────────
def drawn(now: datetime) -> str:
    """Return the mark of a form drawn now."""
    return _DRAWN.sign(f"{int(now.timestamp())}.{secrets.token_hex(8)}")


def require_ours(mark: str) -> int:
    """Return when a form was drawn, in seconds since 1970.

    :raises TooFast: if we never drew it.
    """
    try:
        return int(_DRAWN.unsign(mark).partition(".")[0])
    except (BadSignature, ValueError):
        raise TooFast from None


def require_read(mark: str, now: datetime) -> None:
    """Refuse a form that came back faster than anybody reads it, or that we never drew.

    :raises TooFast: and it may be sent again.
    """
    if now.timestamp() - require_ours(mark) < SHORTEST.total_seconds():
        raise TooFast


# ── Asking ───────────────────────────────────────────────────────────────────────────────────────
def ask(*, request: HttpRequest, mark: str, club: Club, given: dict[str, Any], now: datetime) -> None:
    """Keep what an organisation wrote and send a link to the mailbox it named. The same form twice is once.

    Whether somebody is known at that mailbox changes nothing here, neither the answer nor the mail.

    :raises TooFast: see `require_read`.
    :raises lib.limits.TooOften, CannotCount: and nothing is stored.
    """
    require_read(mark, now)
    # What was changed after going back is another one; a double click or a reload is not.
    words = "\f".join(f"{name}={given[name]}" for name in sorted(given))
    key = uuid5(UUID(int=0), f"{mark}\f{club.pk}\f{words}")
    if Enquiry.objects.filter(public_id=key).exists():
        return
    counted = ((FROM_ADDRESS, address_of(request)), (TO_MAILBOX, given["email"].lower()), (FROM_ALL, "all"))
    with limits.counting(*counted, now=now):
        keep(key=key, club=club, given=given, now=now)


@db.service
def keep(*, key: UUID, club: Club, given: dict[str, Any], now: datetime) -> Enquiry:
    """Store an enquiry, once under each `key`, and have its mailbox asked."""
    enquiry, new = Enquiry.objects.get_or_create(public_id=key, defaults={**given, "club": club, "asked_at": now})
    if new:
        outbox.put(ASKED, enquiry=key, key=uuid5(key, ASKED), now=now)
    return enquiry


def link_of(enquiry: Enquiry) -> str:
    """Return the address that goes to the mailbox, and nowhere else."""
    token = _LINK.sign(enquiry.public_id.hex)
    return settings.PUBLIC_URL + reverse("partners:enquiry-confirm", args=[token])


def look_up(token: str, *, now: datetime) -> Enquiry:
    """Return the enquiry behind a link, confirmed or not.

    :raises LinkUnknown: if we did not make it, or seven days are over.
    """
    try:
        key = UUID(_LINK.unsign(token))
    except (BadSignature, ValueError):
        raise LinkUnknown from None
    found = Enquiry.objects.select_related("club").filter(public_id=key).first()
    if found is None or (found.confirmed_at is None and found.asked_at <= now - timedelta(days=DAYS_TO_CONFIRM)):
        raise LinkUnknown
    return found


@db.service
def confirm(*, token: str, now: datetime) -> Enquiry:
    """Let an enquiry reach the team. Confirming it again changes nothing.

    :raises LinkUnknown: see `look_up`.
    """
    found = look_up(token, now=now)
    enquiry = Enquiry.objects.select_for_update(no_key=True).get(pk=found.pk)
    if enquiry.confirmed_at is None:
        enquiry.confirmed_at = now
        enquiry.save(update_fields=["confirmed_at"])
        # Whoever lost the first link has asked twice.
        same = Enquiry.objects.filter(club=enquiry.club, email__iexact=enquiry.email, confirmed_at=None)
        same.filter(organisation_name__iexact=enquiry.organisation_name).delete()
    return enquiry


def waiting() -> QuerySet[Enquiry]:
    """Return what the team has to decide about."""
    return Enquiry.objects.filter(confirmed_at__isnull=False, decided_at=None)


# ── Deciding ─────────────────────────────────────────────────────────────────────────────────────
@db.service
def accept(*, enquiry: Enquiry, organisation: Organisation | None = None, sponsor_kind: str = "", by: User,
           now: datetime) -> Organisation:  # fmt: skip
    """Make an organisation of an enquiry, or add to one that is there already, as a draft of what it wants to be.

    Whatever needs a release still needs it. Accepting again changes nothing; the mailbox is told.

    :raises NotOpen: if it was declined, or is not confirmed yet.
    :raises KindMissing: for a sponsor, unless it is one already.
    """
    row = _locked(enquiry)
    if row.organisation is not None:
        return row.organisation
    _require_open(row)
    place = organisation or Organisation.objects.create(club=row.club, name=row.organisation_name)
    for part in row.parts:
        _add(place, part, sponsor_kind)
    row.organisation = place
    _decide(row, by, now)
    outbox.put(ACCEPTED, enquiry=row.public_id, key=uuid5(row.public_id, ACCEPTED), now=now)
    return place


def _add(place: Organisation, part: str, sponsor_kind: str) -> None:
    if part == Part.PARTNER:
        Partner.objects.get_or_create(organisation=place)
    elif part == Part.HOST:
        Host.objects.get_or_create(organisation=place)
    elif part == Part.POINT:
        ContactPoint.objects.get_or_create(organisation=place)
    elif not Sponsor.objects.filter(organisation=place).exists():
        if sponsor_kind not in Sponsor.Kind.values:
            raise KindMissing
        Sponsor.objects.create(organisation=place, kind=sponsor_kind)


@db.service
def decline(*, enquiry: Enquiry, reason: str, by: User, now: datetime) -> Enquiry:
    """Decline with a sentence that the mailbox gets. Declining again changes nothing.

    :raises NotOpen: if it was accepted, or is not confirmed yet.
    """
    row = _locked(enquiry)
    if row.decided_at and row.reason:
        return row
    _require_open(row)
    row.reason = reason.strip()
    _decide(row, by, now)
    outbox.put(DECLINED, enquiry=row.public_id, key=uuid5(row.public_id, DECLINED), now=now)
    return row


def _locked(enquiry: Enquiry) -> Enquiry:
    rows = Enquiry.objects.select_for_update(of=("self",), no_key=True).select_related("organisation", "club")
    return rows.get(pk=enquiry.pk)


def _require_open(row: Enquiry) -> None:
    if row.confirmed_at is None or row.decided_at is not None:
        raise NotOpen


def _decide(row: Enquiry, by: User, now: datetime) -> None:
    row.decided_at, row.decided_by = now, by
    row.save(update_fields=["decided_at", "decided_by", "organisation", "reason"])
