"""Who speaks for a sponsor and reads what its money did: invited by the team by mail, removed by it, never unnoticed.

Signing up by an invitation makes an account and nothing more; only the tap on "Ja" makes somebody a contact.
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
from coins.models import ContactInvitation, Sponsor

LIFETIME = timedelta(days=7)
MOST = 10
MAIL = "contact_invitation"
JOINED, REMOVED = "contact_joined", "contact_left"


class TooManyInvitations(DomainError):
    code = "too_many_invitations"
    message = _("Mehr als 10 offene Einladungen gehen nicht. Bitte zuerst eine zurückziehen.")


class AlreadyContact(DomainError):
    code = "already_contact"
    field = "mailbox"
    message = _("Mit dieser E-Mail-Adresse ist schon jemand Kontakt dieses Förderers.")


class LastContact(DomainError):
    """Nobody would read any more; whoever removes the last one says that they know."""

    code = "last_contact"
    field = "nobody_is_left"
    message = _(
        "Das ist der letzte Kontakt: Danach liest bei diesem Förderer niemand mehr mit, und Erinnerungen kommen bei "
        "niemandem an. Laden Sie zuerst jemanden ein, oder bestätigen Sie, dass es so sein soll."
    )


# ── Who is there ─────────────────────────────────────────────────────────────────────────────────
def contacts_of(sponsor: Sponsor) -> QuerySet[User]:
    """Return who speaks for a sponsor, by name."""
    where = {"memberships__organisation": sponsor.organisation_id, "memberships__role": Membership.Role.CONTACT}
    return User.objects.filter(is_active=True, **where).order_by("first_name", "last_name", "pk")


def invitations_of(sponsor: Sponsor) -> QuerySet[ContactInvitation]:
    """Return the invitations that nobody has accepted and nobody has taken back, run out or not, the latest first."""
    return sponsor.invitations.filter(used_at=None, revoked_at=None).exclude(sent_to="").select_related("made_by")


@db.service
def remove(*, sponsor: Sponsor, contact: User, nobody_is_left: bool = False, now: datetime) -> None:
    """Let somebody read a sponsor's pages no more, from their next request on; again changes nothing. All are told.

    :raises LastContact: if nobody would be left, unless that is said.
    """
    # Locked: of two who are removed at once one is the last.
    Sponsor.objects.select_for_update(no_key=True).get(pk=sponsor.pk)
    here = list(contacts_of(sponsor))
    if contact not in here:
        return
    if len(here) == 1 and not nobody_is_left:
        raise LastContact
    Membership.objects.filter(organisation=sponsor.organisation_id, user=contact, role=Membership.Role.CONTACT).delete()
    _tell_all(REMOVED, sponsor, about=contact, to=here, now=now)


# ── Inviting ─────────────────────────────────────────────────────────────────────────────────────
@db.service
def invite(*, sponsor: Sponsor, name: str, mailbox: str, by: User, now: datetime) -> ContactInvitation:
    """Send somebody a link that makes them a contact, good for seven days and once.

    Invited again at the same mailbox, the older link opens nothing any more.

    :raises AlreadyContact: if somebody with this address is one.
    :raises TooManyInvitations: past ten open ones.
    """
    sponsor = Sponsor.objects.select_for_update(of=("self",), no_key=True).get(pk=sponsor.pk)
    if contacts_of(sponsor).filter(email__iexact=mailbox).exists():
        raise AlreadyContact
    waiting = sponsor.invitations.filter(used_at=None, revoked_at=None)
    waiting.filter(sent_to__iexact=mailbox).update(revoked_at=now)
    if waiting.filter(expires_at__gt=now).count() >= MOST:
        raise TooManyInvitations
    made = ContactInvitation(
        sponsor=sponsor, name=name.strip(), sent_to=mailbox, made_by=by, made_at=now, expires_at=now + LIFETIME
    )
    made.token_sha256 = links.digest_of(links.new_token(_called(made)))
    made.save()
    outbox.put(MAIL, invitation=made.public_id, now=now)
    return made


@db.service
def withdraw(*, invitation: ContactInvitation, now: datetime) -> None:
    """Let an invitation open nothing any more; doing it again changes nothing."""
    ContactInvitation.objects.filter(pk=invitation.pk, used_at=None, revoked_at=None).update(revoked_at=now)


def url_of(invitation: ContactInvitation) -> str:
    """Return the address in the mail, or an empty string if its key has left the settings.

    Never log it, never keep it.
    """
    token = links.shown_again(_called(invitation), invitation.token_sha256)
    return settings.PUBLIC_URL + reverse("impact-invitation", args=[token]) if token else ""


# ── Accepting ────────────────────────────────────────────────────────────────────────────────────
def look_up(token: str) -> ContactInvitation:
    """Return the invitation behind `token`, open or not.

    :raises links.LinkUnknown: if there is none.
    """
    return _found(token_sha256=links.digest_of(token))


def get(public_id: UUID | str) -> ContactInvitation:
    """Return the invitation that a session has come in by.

    :raises links.LinkUnknown: if it is gone.
    """
    return _found(public_id=public_id)


@db.service
def accept(*, invitation: ContactInvitation, user: User, now: datetime) -> None:
    """Make `user` a contact of the sponsor, who is told with all others. Of two who come at once one gets in.

    :raises links.LinkUsed, links.LinkRevoked, links.LinkExpired: whichever it is.
    """
    fresh = ContactInvitation.objects.select_for_update(of=("self",), no_key=True).select_related("sponsor").get(
        pk=invitation.pk
    )  # fmt: skip
    links.require_open(fresh, now)
    fresh.used_at, fresh.used_by = now, user
    fresh.save(update_fields=["used_at", "used_by"])
    _membership, is_new = Membership.objects.get_or_create(
        user=user, organisation_id=fresh.sponsor.organisation_id, role=Membership.Role.CONTACT
    )
    if is_new:
        _tell_all(JOINED, fresh.sponsor, about=user, to=list(contacts_of(fresh.sponsor)), now=now)


def _tell_all(topic: str, sponsor: Sponsor, *, about: User, to: list[User], now: datetime) -> None:
    for person in to:
        tell(topic, to=person, sponsor=sponsor.public_id, about=about.public_id, now=now)


def _found(**where: object) -> ContactInvitation:
    found = ContactInvitation.objects.filter(**where).select_related("sponsor__organisation__club", "made_by").first()
    if found is None:
        raise links.LinkUnknown
    return found


def _called(invitation: ContactInvitation) -> str:
    return f"contact:{invitation.public_id}"
