"""Who manages a shop: invited by a link or QR that works once, within seven days; removed by another, never the last.

Signing up by an invitation makes an account and nothing more; only the tap on "Ja" makes somebody a manager.
"""

from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts import links
from accounts.models import Membership, User
from accounts.notices.telling import tell
from clevervibes.lib import db, outbox
from clevervibes.lib.errors import DomainError
from partners.models import DeskInvitation, Partner

LIFETIME = timedelta(days=7)
MOST = 10
MAIL = "desk_invitation"
JOINED, REMOVED = "desk_joined", "desk_left"


class TooManyInvitations(DomainError):
    code = "too_many_invitations"
    message = _("Mehr als 10 offene Einladungen gehen nicht. Bitte zuerst eine zurückziehen.")


class LastManager(DomainError):
    code = "last_manager"
    message = _("Jemand muss den Laden leiten. Laden Sie zuerst eine andere Person ein.")


# ── Who is there ─────────────────────────────────────────────────────────────────────────────────
def managers_of(partner: Partner) -> QuerySet[User]:
    """Return who manages a shop, by name."""
    where = {"memberships__organisation": partner.organisation_id, "memberships__role": Membership.Role.MANAGER}
    return User.objects.filter(**where).order_by("first_name", "last_name", "pk")


def open_invitations(partner: Partner, *, now: datetime) -> QuerySet[DeskInvitation]:
    """Return the invitations that somebody could still accept, the latest first."""
    return partner.invitations.filter(used_at=None, revoked_at=None, expires_at__gt=now)


@db.service
def remove(*, partner: Partner, manager: User, now: datetime) -> None:
    """Take somebody off a shop's desk at their next request; removing them again changes nothing. All are told.

    :raises LastManager: if nobody would be left.
    """
    # Locked: two who remove each other at once must not both be gone.
    Partner.objects.select_for_update(no_key=True).get(pk=partner.pk)
    here = list(managers_of(partner))
    if manager not in here:
        return
    if len(here) == 1:
        raise LastManager
    Membership.objects.filter(organisation=partner.organisation_id, user=manager, role=Membership.Role.MANAGER).delete()
    _tell_all(REMOVED, partner, about=manager, to=here, now=now)


# ── Inviting ─────────────────────────────────────────────────────────────────────────────────────
@db.service
def invite(*, partner: Partner, by: User, now: datetime) -> DeskInvitation:
    """Make an invitation for one more manager, good for seven days and once.

    :raises TooManyInvitations: past ten open ones.
    """
    Partner.objects.select_for_update(no_key=True).get(pk=partner.pk)
    if open_invitations(partner, now=now).count() >= MOST:
        raise TooManyInvitations
    made = DeskInvitation(partner=partner, made_by=by, made_at=now, expires_at=now + LIFETIME)
    made.token_sha256 = links.digest_of(links.new_token(_called(made)))
    made.save()
    return made


@db.service
def send(*, invitation: DeskInvitation, mailbox: str, now: datetime) -> None:
    """Send an open invitation to a mailbox, as often as it is asked; the link stays the same.

    :raises links.LinkClosed: if it is open no more.
    """
    fresh = DeskInvitation.objects.select_for_update(no_key=True).get(pk=invitation.pk)
    links.require_open(fresh, now)
    fresh.sent_to = mailbox
    fresh.save(update_fields=["sent_to"])
    outbox.put(MAIL, invitation=fresh.public_id, now=now)


@db.service
def withdraw(*, invitation: DeskInvitation, now: datetime) -> None:
    """Let an invitation open nothing any more; doing it again changes nothing."""
    DeskInvitation.objects.filter(pk=invitation.pk, used_at=None, revoked_at=None).update(revoked_at=now)


def url_of(invitation: DeskInvitation) -> str:
    """Return the address behind the QR code, or an empty string if its key has left the settings.

    Never log it, never keep it.
    """
    token = links.shown_again(_called(invitation), invitation.token_sha256)
    return settings.PUBLIC_URL + reverse("partners:open-invitation", args=[token]) if token else ""


# ── Accepting ────────────────────────────────────────────────────────────────────────────────────
def look_up(token: str) -> DeskInvitation:
    """Return the invitation behind `token`, open or not.

    :raises links.LinkUnknown: if there is none.
    """
    return _found(token_sha256=links.digest_of(token))


def get(public_id: UUID | str) -> DeskInvitation:
    """Return the invitation that a session has come in by.

    :raises links.LinkUnknown: if it is gone.
    """
    return _found(public_id=public_id)


@db.service
def accept(*, invitation: DeskInvitation, user: User, now: datetime) -> None:
    """Make `user` a manager of the shop, who is told with all others. Of two who come at once one gets in.

    :raises links.LinkUsed, links.LinkRevoked, links.LinkExpired: whichever it is.
    """
    fresh = DeskInvitation.objects.select_for_update(of=("self",), no_key=True).select_related("partner").get(
        pk=invitation.pk
    )  # fmt: skip
    links.require_open(fresh, now)
    fresh.used_at, fresh.used_by = now, user
    fresh.save(update_fields=["used_at", "used_by"])
    _membership, is_new = Membership.objects.get_or_create(
        user=user, organisation_id=fresh.partner.organisation_id, role=Membership.Role.MANAGER
    )
    if is_new:
        _tell_all(JOINED, fresh.partner, about=user, to=list(managers_of(fresh.partner)), now=now)


def _tell_all(topic: str, partner: Partner, *, about: User, to: list[User], now: datetime) -> None:
    for person in to:
        tell(topic, to=person, partner=partner.public_id, about=about.public_id, now=now)


def _found(**where: object) -> DeskInvitation:
    found = DeskInvitation.objects.filter(**where).select_related("partner__organisation__club", "made_by").first()
    if found is None:
        raise links.LinkUnknown
    return found


def _called(invitation: DeskInvitation) -> str:
    return f"desk:{invitation.public_id}"
