"""What a birthday means for the whole club: people, entries and coins, in one transaction per birthday."""

from datetime import datetime

from accounts import birthdays, consent
from accounts.models import Birthday, Ending
from activities import handover
from clevervibes.lib import db


def process(*, now: datetime) -> int:
    """Plan, announce and process what is due; return how many birthdays were processed.

    Twice at once, killed anywhere or days late: each of them once, and in the order in which they came.
    """
    while birthdays.plan_missing(now=now):
        pass
    done = 0
    while turn_next(now=now):
        done += 1
    while birthdays.announce_next(now=now):
        pass
    return done


@db.service
def turn_next(*, now: datetime) -> bool:
    """Process the next birthday that has come; False when there is none."""
    row = birthdays.next_due(now)
    if row is None:
        return False
    _TURN[row.years](row, now)
    birthdays.finish(row, now)
    return True


def _decide(row: Birthday, now: datetime) -> None:
    """16: the youth may confirm, change or withdraw from now on, and is told so; silence changes nothing."""


def _come_of_age(row: Birthday, now: datetime) -> None:
    """18: guardianships end, what is open goes to the trusted people, and the own consent is asked."""
    birthdays.end_guardianships(row.youth, now)
    handover.to_trusted_people(row.youth, now)


def _grow_out(row: Birthday, now: datetime) -> None:
    """21: no more earning; what is open lapses by itself, and there are 90 days to spend, counted from the day."""
    consent.start_ending(row.youth, Ending.Why.TURNED_21, row.due_at)


_TURN = {16: _decide, 18: _come_of_age, 21: _grow_out}
