"""What is due by the clock. Beat only asks; the database says what there is to do."""

from celery import shared_task

from activities import timer
from clevervibes.lib import db


@shared_task
def end_forgotten_timers() -> None:
    """Turn timers that ran past four hours into drafts. Run twice or late, it does the same once."""
    timer.end_forgotten(now=db.now())
