"""A sponsor's contacts hear of a pledge 14 days before it is due, and 7 and 21 days after while money is missing."""

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid5

from django.db.models import Exists, OuterRef, Subquery

from accounts.models import Membership
from accounts.notices.telling import tell
from clevervibes.lib import db, periods
from coins import contacts, pledges
from coins.models import Pledge, PledgeReminder

TOPIC = "pledge_due"
Step = PledgeReminder.Step
# A day's letters leave in the morning.
MORNING = timedelta(hours=9)


def remind_due(*, now: datetime) -> int:
    """Tell everybody who is due, each pledge in a transaction of its own; return how many pledges were told of."""
    return sum(remind(pledge=pledge, step=step, now=now) for pledge, step in due(now=now))


def due(*, now: datetime) -> list[tuple[Pledge, Step]]:
    """Return the pledges of which somebody is to hear, each with its latest step: what was missed is not made up for.

    A step whose day had come when the pledge was noted is none. Without a contact, or while the sponsor is suspended,
    a pledge waits.
    """
    today = periods.berlin_date(now - MORNING)
    told = PledgeReminder.objects.filter(pledge=OuterRef("pk")).order_by("-step_days").values("step_days")[:1]
    contacts_there = Membership.objects.filter(
        organisation=OuterRef("sponsor__organisation"), role=Membership.Role.CONTACT, user__is_active=True
    )  # fmt: skip
    rows = pledges.with_received(
        Pledge.objects.filter(
            Exists(contacts_there), withdrawn_at=None, sponsor__suspended_at=None,
            due_on__lte=today - timedelta(days=Step.BEFORE),
        )
    )  # fmt: skip
    found: list[tuple[Pledge, Step]] = []
    pledge: Any
    for pledge in rows.annotate(told_days=Subquery(told)):
        step = max(step for step in Step if pledge.due_on + timedelta(days=step) <= today)
        is_new = pledge.told_days is None or pledge.told_days < step
        was_noted = periods.berlin_date(pledge.created_at) < pledge.due_on + timedelta(days=step)
        if is_new and was_noted and pledge.received_cents < pledge.amount_cents:
            found.append((pledge, step))
    return found


@db.service
def remind(*, pledge: Pledge, step: Step, now: datetime) -> bool:
    """Tell the contacts of one pledge's sponsor; False if somebody else did, or nothing is missing any more."""
    pledge = Pledge.objects.select_for_update(of=("self",), no_key=True).get(pk=pledge.pk)
    is_told = PledgeReminder.objects.filter(pledge=pledge, step_days__gte=step).exists()
    if is_told or not missing_cents(pledge):
        return False
    PledgeReminder.objects.create(pledge=pledge, step_days=step, told_at=now)
    for contact in contacts.contacts_of(pledge.sponsor):
        key = uuid5(pledge.public_id, f"{step} {contact.public_id}")
        tell(TOPIC, to=contact, pledge=pledge.public_id, key=key, now=now)
    return True


def missing_cents(pledge: Pledge) -> int:
    """Return what is still to come; 0 of a pledge that was withdrawn."""
    if pledge.withdrawn_at:
        return 0
    return pledge.amount_cents - pledges.received([pledge.sponsor_id])[pledge.pk]
