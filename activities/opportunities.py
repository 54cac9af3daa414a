"""Dates: released by the team, only with a contact whose certificate was seen."""

from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from accounts.models import User
from activities.chances import moving, words
from activities.models import Opportunity
from clevervibes.lib import db, periods
from clevervibes.lib.errors import DomainError


class CertificateMissing(DomainError):
    code = "certificate_missing"
    message = _("„{title}“: Erst wenn das Führungszeugnis von {contact} gesehen wurde und noch gilt, geht es online.")


class WordsToRead(DomainError):
    code = "words_to_read"
    message = _("„{title}“: Bitte erst ändern oder bewusst freigeben. Gefunden: {words}.")


class WasCancelled(DomainError):
    code = "was_cancelled"
    message = _("„{title}“ ist abgesagt.")


@db.service
def release(*, opportunity_id: UUID, by: User, words_read: bool = False, now: datetime) -> Opportunity:
    """Show a date to the youths. Releasing it twice changes nothing.

    A certificate that was seen for the same contact at another date of the host counts for this one too. Who has
    booked a date that was changed is told, and keeps the seat unless they are elsewhere at the new time.

    :raises CertificateMissing: unless the named contact's certificate was seen and is valid on the day itself.
    :raises WordsToRead: if a text holds what may be a way of contact, unless `words_read` says that that is fine.
    :raises WasCancelled: if it does not take place.
    """
    found = Opportunity.objects.select_for_update(no_key=True).get(public_id=opportunity_id)
    if found.cancelled_at:
        raise WasCancelled(title=found.title)
    if found.released_at:
        return found
    _take_over_certificate(found)
    valid_until = found.certificate_valid_until
    if not found.certificate_seen_on or not valid_until or valid_until < periods.berlin_date(found.starts_at):
        raise CertificateMissing(title=found.title, contact=found.contact_name)
    held = [] if words_read else words.found_on(found)
    if held:
        raise WordsToRead(title=found.title, words=", ".join(held))
    was_changed, found.changed_at = found.changed_at is not None, None
    found.released_at, found.released_by = now, by
    found.save(
        update_fields=[
            "released_at", "released_by", "changed_at", "certificate_seen_on", "certificate_valid_until",
        ]
    )  # fmt: skip
    if was_changed:
        moving.follow(found, now)
    return found


def _take_over_certificate(date: Opportunity) -> None:
    """Fill in what was seen for the same person of the same host, if it is valid for longer."""
    seen = (
        Opportunity.objects.filter(
            host=date.host_id, contact_name=date.contact_name, certificate_seen_on__isnull=False,
            certificate_valid_until__gte=periods.berlin_date(date.starts_at),
        )
        .exclude(pk=date.pk)
        .order_by("-certificate_valid_until")
        .first()
    )  # fmt: skip
    if seen and not date.certificate_seen_on:
        date.certificate_seen_on, date.certificate_valid_until = seen.certificate_seen_on, seen.certificate_valid_until
