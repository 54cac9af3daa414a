"""Agreements with sponsors that end soon: a queue for finance, and one letter to the sponsor's contacts."""

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid5

from django.db.models import DateTimeField, Exists, ExpressionWrapper, OuterRef, Q, QuerySet
from django.db.models.functions import Cast

from accounts.models import Membership
from accounts.notices.telling import tell
from clevervibes.lib import db, periods
from coins import contacts
from coins.models import AgreementReminder, FundingPool, Sponsor

TOPIC = "agreement_ends"
SOON = timedelta(days=30)
# A day's letters leave in the morning.
MORNING = timedelta(hours=9)


def ending(rows: QuerySet[Sponsor], *, at: datetime) -> QuerySet[Any]:
    """Return those of `rows` whose agreement ends within 30 days, with the moment `soon_since` they began to.

    What is over already counts as long as a pool is open: somebody extends it, or ends the pool.
    """
    today = periods.berlin_date(at)
    open_pools = FundingPool.objects.filter(sponsor=OuterRef("pk"), ended_at=None)
    over = Q(agreement_until__gte=today) | Exists(open_pools)
    began = ExpressionWrapper(Cast("agreement_until", DateTimeField()) - SOON, output_field=DateTimeField())
    return rows.filter(over, agreement_until__lte=today + SOON, suspended_at=None).annotate(soon_since=began)


def remind_due(*, now: datetime) -> int:
    """Tell the contacts of every sponsor whose agreement ends within 30 days, once; return how many sponsors.

    An agreement that was extended is a new one. Without a contact it waits; what is over is not told any more.
    """
    today = periods.berlin_date(now - MORNING)
    told = AgreementReminder.objects.filter(sponsor=OuterRef("pk"), agreement_until=OuterRef("agreement_until"))
    there = Membership.objects.filter(
        organisation=OuterRef("organisation"), role=Membership.Role.CONTACT, user__is_active=True
    )
    due = Sponsor.objects.filter(
        ~Exists(told), Exists(there), agreement_until__range=(today, today + SOON), suspended_at=None
    )
    return sum(_remind(sponsor=sponsor, now=now) for sponsor in due)


@db.service
def _remind(*, sponsor: Sponsor, now: datetime) -> bool:
    fresh = Sponsor.objects.select_for_update(of=("self",), no_key=True).get(pk=sponsor.pk)
    until = fresh.agreement_until
    if until is None or until != sponsor.agreement_until:
        return False  # changed a moment ago: the next look sees to it
    _row, is_new = AgreementReminder.objects.get_or_create(
        sponsor=fresh, agreement_until=until, defaults={"told_at": now}
    )
    if not is_new:
        return False
    for contact in contacts.contacts_of(fresh):
        key = uuid5(fresh.public_id, f"{TOPIC} {until} {contact.public_id}")
        tell(TOPIC, to=contact, sponsor=fresh.public_id, until=until.isoformat(), key=key, now=now)
    return True
