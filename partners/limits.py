"""How often a counter may guess. Counted in PostgreSQL before the look-up, so parallel tries cannot slip through.

A try is counted and committed first and given back when the code exists; counted inside the look-up's transaction it
would be rolled back together with the refusal. Scanned tokens cannot be guessed and are not counted.
"""

from datetime import datetime, timedelta

from django.db import connection
from django.db.models import Sum
from django.utils.translation import gettext_lazy as _

from clevervibes.lib import db, periods
from clevervibes.lib.errors import DomainError
from coins import alarm
from coins.models import Alarm
from partners.models import MissCount

PER_DEVICE, WINDOW, PAUSE = 5, timedelta(minutes=10), timedelta(minutes=15)
PER_PARTNER_AND_DAY = 20
# Of all partners together; it stops nobody. An early word, and a second one.
ALARMS_PER_DAY = (50, 300)

# One row per scope is lock, counter and rule at once; no row comes back when the limit is reached.
_TAKE = """
    INSERT INTO partners_misscount AS c (scope, misses, first_at, last_at) VALUES (%(scope)s, 1, %(now)s, %(now)s)
    ON CONFLICT (scope) DO UPDATE SET
        misses = CASE WHEN c.first_at <= %(window)s OR c.misses >= %(limit)s THEN 1 ELSE c.misses + 1 END,
        first_at = CASE WHEN c.first_at <= %(window)s OR c.misses >= %(limit)s THEN %(now)s ELSE c.first_at END,
        last_at = %(now)s
    WHERE c.misses < %(limit)s OR c.last_at <= %(pause)s
    RETURNING c.misses
"""


class TypingPaused(DomainError):
    """Too many unknown codes were typed. Scanning goes on."""

    code = "typing_paused"
    message = _("Es wurden zu viele unbekannte Codes eingetippt. Bitte scannen Sie den QR-Code oder warten Sie {wait}.")
    status = 429
    retry_after_seconds = int(PAUSE.total_seconds())


@db.service
def take_try(*, device: str, partner_id: int, now: datetime) -> None:
    """Count a typed code as a miss until it proves to be a hit.

    :raises TypingPaused: after 5 misses in 10 minutes at a device (for 15 minutes), or 20 on one day at a partner.
    """
    if not _take(f"device:{device}", PER_DEVICE, now - WINDOW, now - PAUSE, now):
        raise TypingPaused(wait=_("15 Minuten"))
    day = periods.day(periods.berlin_date(now))
    if not _take(_partner_scope(partner_id, now), PER_PARTNER_AND_DAY, day.start, day.start, now):
        raise TypingPaused(wait=_("bis morgen"))


@db.service
def give_back(*, device: str, partner_id: int, now: datetime) -> None:
    """Take the last try off again: the code was there."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE partners_misscount SET misses = greatest(misses - 1, 0) WHERE scope = ANY(%s)",
            [[f"device:{device}", _partner_scope(partner_id, now)]],
        )


def watch(*, now: datetime) -> None:
    """Raise an alarm if all counters together typed 50 unknown codes on a day, and once more at 300.

    Added up after a miss and not counted beside it: one row for everybody would have all counters wait in line.
    """
    today = periods.berlin_date(now)
    missed = MissCount.objects.filter(scope__startswith="partner:", scope__endswith=f":{today}")
    total = missed.aggregate(total=Sum("misses", default=0))["total"]
    raised = Alarm.objects.filter(kind=Alarm.Kind.GUESSING, raised_at__gte=periods.day(today).start)
    if raised.count() < sum(total >= many for many in ALARMS_PER_DAY):
        alarm.raise_(Alarm.Kind.GUESSING, f"{total} unknown codes typed at {missed.count()} partners on {today}")


def _partner_scope(partner_id: int, now: datetime) -> str:
    return f"partner:{partner_id}:{periods.berlin_date(now)}"


def _take(scope: str, limit: int, window: datetime, pause: datetime, now: datetime) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, {"scope": scope, "limit": limit, "window": window, "pause": pause, "now": now})
        return cursor.fetchone() is not None
