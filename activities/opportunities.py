"""Dates: released by the team, only with a contact whose certificate was seen."""

from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from accounts.models import User
from activities.models import Opportunity
from clevervibes.lib import db, periods
from clevervibes.lib.errors import DomainError


class CertificateMissing(DomainError):
    code = "certificate_missing"
    message = _("„{title}“: Erst wenn das Führungszeugnis von {contact} gesehen wurde und noch gilt, geht es online.")


@db.service
def release(*, opportunity_id: UUID, by: User, now: datetime) -> Opportunity:
    """Show a date to the youths. Releasing it twice changes nothing.

    :raises CertificateMissing: unless the named contact's certificate was seen and is valid on the day itself.
    """
    found = Opportunity.objects.select_for_update(no_key=True).get(public_id=opportunity_id)
    if found.released_at:
        return found
    valid_until = found.certificate_valid_until
    if not found.certificate_seen_on or not valid_until or valid_until < periods.berlin_date(found.starts_at):
        raise CertificateMissing(title=found.title, contact=found.contact_name)
    found.released_at, found.released_by = now, by
    found.save(update_fields=["released_at", "released_by"])
    return found
