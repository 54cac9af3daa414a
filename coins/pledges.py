"""What sponsors have promised, and how much of it has arrived.

Nobody books anything on a pledge: which money is for which is computed, the oldest pledge first. So a deposit that goes
back, or a pledge that is withdrawn, puts everything right by itself.
"""

import json
from calendar import monthrange
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from uuid import UUID, uuid4, uuid5

from django.db.models import (
    BigIntegerField,
    CharField,
    DateTimeField,
    F,
    Func,
    JSONField,
    QuerySet,
    TextChoices,
    TextField,
    Value,
)
from django.db.models.functions import Cast, Coalesce
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from clevervibes.lib import db, periods
from clevervibes.lib.errors import DomainError
from coins.funding import MAX_CENTS
from coins.models import Deposit, FundingPool, MoneyOrder, Pledge, Sponsor
from coins.numbers import euros

FURTHEST = timedelta(days=3660)  # ten years: further off is a year typed wrong
OLDEST = timedelta(days=366)


class Rhythm(TextChoices):
    ONCE = "once", _("einmal")
    QUARTERLY = "quarterly", _("jedes Vierteljahr")
    YEARLY = "yearly", _("jedes Jahr")


_MONTHS = {Rhythm.QUARTERLY: 3, Rhythm.YEARLY: 12}


class State(TextChoices):
    OPEN = "open", _("offen")
    PARTLY = "partly", _("teilweise erfüllt")
    OVERDUE = "overdue", _("überfällig")
    FULFILLED = "fulfilled", _("erfüllt")
    WITHDRAWN = "withdrawn", _("zurückgezogen")


class PledgeRefused(DomainError):
    """A rule about pledges; `field` is the form field that people look at."""

    status = 400
    field = "amount_cents"


class NoAmount(PledgeRefused):
    code = "pledge_without_amount"
    message = _("Bitte geben Sie einen Betrag zwischen 1 Cent und {euros} ein.")


class FarAway(PledgeRefused):
    code = "pledge_far_away"
    field = "due_on"
    message = _("Der Tag liegt mehr als ein Jahr zurück oder mehr als zehn Jahre voraus. Bitte prüfen Sie das Jahr.")


class PromisedLater(PledgeRefused):
    code = "pledge_promised_later"
    field = "promised_on"
    message = _("Der Tag der Zusage liegt in der Zukunft oder nach dem Tag, an dem sie fällig ist.")


class NotTheirPool(PledgeRefused):
    code = "pledge_for_another_pool"
    field = "pool"
    message = _("Dieser Fördertopf gehört einem anderen Förderer oder ist beendet.")


class NoAgreement(PledgeRefused):
    code = "pledge_without_agreement"
    field = "rhythm"
    message = _(
        "Eine Reihe läuft so lange wie die Vereinbarung. Tragen Sie beim Förderer zuerst ein, bis wann sie gilt, und "
        "wählen Sie einen Tag, der darin liegt."
    )


class KeyReused(PledgeRefused):
    code = "pledge_key_reused"
    status = 409
    message = _("Diese Zusage ist schon mit anderen Angaben eingetragen. Bitte laden Sie die Seite neu.")


class NoReason(PledgeRefused):
    code = "pledge_withdrawn_without_reason"
    field = "reason"
    message = _("Bitte schreiben Sie in einem Satz, warum.")


class AlreadyFulfilled(PledgeRefused):
    code = "pledge_fulfilled"
    field = "reason"
    message = _("Diese Zusage ist schon erfüllt.")


# ── Writing ──────────────────────────────────────────────────────────────────────────────────────
@db.service
def promise(*, sponsor: Sponsor, amount_cents: int, due_on: date, pool: FundingPool | None = None,
            rhythm: str = Rhythm.ONCE, promised_on: date | None = None, by: User | None, key: UUID | None = None,
            now: datetime) -> list[Pledge]:  # fmt: skip
    """Note what a sponsor promised: a sum for one day, or the same sum from that day on until the agreement ends.

    With a `pool` only money for it counts. Money counts from `promised_on` (today) on. With a `key` (of the form that
    was sent) the same is noted once.

    :raises NoAmount, FarAway, PromisedLater: if a number or a day cannot be meant.
    :raises NotTheirPool: if the pool is another sponsor's or has ended.
    :raises NoAgreement: if a series has no end, or begins outside of the agreement.
    :raises KeyReused: if `key` belongs to another pledge.
    """
    sponsor = Sponsor.objects.select_for_update(of=("self",), no_key=True).get(pk=sponsor.pk)
    today = periods.berlin_date(now)
    promised_on = promised_on or min(today, due_on)
    key = key or uuid4()
    if before := list(Pledge.objects.filter(public_id__in=[uuid5(key, str(number)) for number in range(50)])):
        if (before[0].sponsor_id, before[0].amount_cents, before[0].due_on) != (sponsor.pk, amount_cents, due_on):
            raise KeyReused
        return before
    if not 0 < amount_cents <= MAX_CENTS:
        raise NoAmount(euros=euros(MAX_CENTS))
    if not today - OLDEST <= due_on <= today + FURTHEST:
        raise FarAway
    if promised_on > min(today, due_on):
        raise PromisedLater
    if pool and (pool.ended_at or pool.sponsor_id not in (None, sponsor.pk)):
        raise NotTheirPool
    rows = [
        Pledge(
            public_id=uuid5(key, str(number)), sponsor=sponsor, pool=pool, amount_cents=amount_cents, due_on=day,
            promised_on=promised_on, created_by=by, created_at=now,
        )
        for number, day in enumerate(_days(sponsor, due_on, rhythm, today))
    ]  # fmt: skip
    return Pledge.objects.bulk_create(rows)


def _days(sponsor: Sponsor, first: date, rhythm: str, today: date) -> list[date]:
    if rhythm == Rhythm.ONCE:
        return [first]
    until = sponsor.agreement_until
    if until is None or first > until or (sponsor.agreement_from and first < sponsor.agreement_from):
        raise NoAgreement
    until = min(until, today + FURTHEST)
    found: list[date] = []
    # Counted from the first day: the 31st stays the 31st wherever there is one.
    while (day := _months_later(first, len(found) * _MONTHS[Rhythm(rhythm)])) <= until:
        found.append(day)
    return found


def _months_later(first: date, months: int) -> date:
    year, month = divmod(first.year * 12 + first.month - 1 + months, 12)
    return date(year, month + 1, min(first.day, monthrange(year, month + 1)[1]))


@db.service
def withdraw(*, pledge: Pledge, reason: str, by: User | None, now: datetime) -> Pledge:
    """Take a pledge back, with the reason; again changes nothing. What arrived for it counts for the next one.

    :raises NoReason: without a reason.
    :raises AlreadyFulfilled: if all of it has arrived.
    """
    pledge = Pledge.objects.select_for_update(of=("self",), no_key=True).get(pk=pledge.pk)
    if pledge.withdrawn_at:
        return pledge
    if not reason.strip():
        raise NoReason
    if received([pledge.sponsor_id])[pledge.pk] >= pledge.amount_cents:
        raise AlreadyFulfilled
    pledge.withdrawn_at, pledge.withdrawn_by, pledge.withdrawn_why = now, by, reason.strip()
    pledge.save(update_fields=["withdrawn_at", "withdrawn_by", "withdrawn_why"])
    return pledge


# ── Reading ──────────────────────────────────────────────────────────────────────────────────────
def received(sponsors: Iterable[int] | None = None) -> dict[int, int]:
    """Return the cents that have arrived for each pledge that stands, by its id; of all sponsors without `sponsors`.

    The oldest pledge takes first, from the oldest money. A deposit that went back is no money.
    """
    standing = Pledge.objects.filter(withdrawn_at=None).order_by("due_on", "pk")
    money = Deposit.objects.exclude(
        orders__kind=MoneyOrder.Kind.DEPOSIT_BACK, orders__state=MoneyOrder.State.DONE
    ).order_by("received_on", "pk")  # fmt: skip
    if sponsors is not None:
        ids = list(sponsors)
        standing, money = standing.filter(sponsor__in=ids), money.filter(sponsor__in=ids)
    else:
        money = money.filter(sponsor__in=Pledge.objects.filter(withdrawn_at=None).values("sponsor"))
    purses: dict[int, list[list]] = {}
    for sponsor, pool, day, cents in money.values_list("sponsor", "pool", "received_on", "amount_cents"):
        purses.setdefault(sponsor, []).append([pool, day, cents])
    found: dict[int, int] = {}
    for pledge in standing:
        missing = pledge.amount_cents
        for purse in purses.get(pledge.sponsor_id, ()):
            if purse[1] >= pledge.promised_on and pledge.pool_id in (None, purse[0]):
                taken = min(missing, purse[2])
                purse[2] -= taken
                missing -= taken
        found[pledge.pk] = pledge.amount_cents - missing
    return found


def with_received(rows: QuerySet[Pledge]) -> QuerySet[Pledge]:
    """Add to each pledge what has arrived for it, as `received_cents`."""
    said = Value(json.dumps(received()))
    cents = Func(
        Cast(said, JSONField()), Cast("pk", CharField()), function="jsonb_extract_path_text", output_field=TextField()
    )
    return rows.annotate(received_cents=Coalesce(Cast(cents, BigIntegerField()), 0))


def in_state(rows: QuerySet, state: str, *, on: date) -> QuerySet:
    """Return those of `rows` (with what arrived) that are in a state on a day."""
    if state == State.WITHDRAWN:
        return rows.exclude(withdrawn_at=None)
    rows = rows.filter(withdrawn_at=None)
    if state == State.FULFILLED:
        return rows.filter(received_cents__gte=F("amount_cents"))
    rows = rows.filter(received_cents__lt=F("amount_cents"))
    if state == State.OVERDUE:
        return rows.filter(due_on__lt=on)
    rows = rows.filter(due_on__gte=on)
    return rows.filter(received_cents__gt=0) if state == State.PARTLY else rows.filter(received_cents=0)


def state_of(pledge: Pledge, received_cents: int, *, on: date) -> State:
    """Return how a pledge stands on a day."""
    if pledge.withdrawn_at:
        return State.WITHDRAWN
    if received_cents >= pledge.amount_cents:
        return State.FULFILLED
    if pledge.due_on < on:
        return State.OVERDUE
    return State.PARTLY if received_cents else State.OPEN


def overdue(at: datetime) -> QuerySet[Pledge]:
    """Return the pledges whose day is over and whose money is not all there, with the moment `fell_due_at`."""
    rows = in_state(with_received(Pledge.objects.all()), State.OVERDUE, on=periods.berlin_date(at))
    return rows.annotate(fell_due_at=Cast("due_on", DateTimeField()))
