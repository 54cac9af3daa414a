"""Ticks of what concerns several apps at once."""

from celery import shared_task

from accounts.notices import digests
from clevervibes import birthdays, erased_list, erasure
from clevervibes.lib import db
from clevervibes.openness import figures
from clevervibes.privacy import retention


@shared_task
def turn_birthdays() -> None:
    """Announce and process birthdays; beat calls this every five minutes. Twice at once or late: each once."""
    birthdays.process(now=db.now())


@shared_task
def erase_people() -> None:
    """Erase who asked for it, and whose last 90 days are long over; beat calls this every ten minutes."""
    erasure.erase_due(now=db.now())
    erased_list.keep(now=db.now())


@shared_task
def forget_by_class() -> None:
    """Delete what is older than its class allows; beat calls this every night."""
    retention.forget(now=db.now())


@shared_task
def take_figures() -> None:
    """Count what the public page says; beat calls this every night. Twice: those of the day are replaced."""
    figures.take(now=db.now())


@shared_task
def send_digests() -> None:
    """Put the weekly digests that are due into the outbox; beat calls this every five minutes."""
    digests.plan(now=db.now())
