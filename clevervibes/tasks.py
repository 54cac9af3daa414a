"""Ticks of what concerns several apps at once."""

from celery import shared_task

from clevervibes import birthdays
from clevervibes.lib import db


@shared_task
def turn_birthdays() -> None:
    """Announce and process birthdays; beat calls this every five minutes. Twice at once or late: each once."""
    birthdays.process(now=db.now())
