"""What is due by the clock. Beat only asks; the database says what there is to do."""

from celery import shared_task

from activities import reminders, timer
from activities.chances import reminders as dates
from activities.places import interest
from clevervibes.lib import db


@shared_task
def end_forgotten_timers() -> None:
    """Turn timers that ran past four hours into drafts. Run twice or late, it does the same once."""
    timer.end_forgotten(now=db.now())


@shared_task
def end_interests() -> None:
    """End interests in places that are past their time. Run twice or late, it does the same once."""
    interest.end_due(now=db.now())


@shared_task
def remind_of_entries() -> None:
    """Remind of what waits since three and seven days. Run twice or late, everybody hears of it once."""
    reminders.remind(now=db.now())


@shared_task
def look_at_dates() -> None:
    """Free seats nobody answered for, remind, and keep who checked in. Run twice or late, it does the same once."""
    dates.look(now=db.now())
