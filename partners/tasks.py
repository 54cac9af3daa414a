"""What is due by the clock. Beat only asks; the database says what there is to do."""

from celery import shared_task

from clevervibes.lib import db
from partners import corrections, goodwill, payouts, redemption, reminders, settlement, volume


@shared_task
def expire_holds() -> None:
    """End the holds whose 14 days are over. Run twice or late, it does the same once."""
    redemption.expire_due(now=db.now())


@shared_task
def remind_of_holds() -> None:
    """Tell youths whose codes end in three days. Run twice or late, each is told once."""
    reminders.remind_due(now=db.now())


@shared_task
def book_released() -> None:
    """Book what was released and is not booked yet: statements, corrections, late scans. Twice, it is done once."""
    now = db.now()
    payouts.post_released(now=now)
    corrections.book_waiting(now=now)
    goodwill.book_waiting(now=now)


@shared_task
def settle_due() -> None:
    """Draft the statements of every month that is over; beat asks every five minutes. Twice or late, each once."""
    settlement.settle_due(now=db.now())


@shared_task
def look_at_volume() -> None:
    """Warn before a club redeems what the law wants to hear of; beat asks every hour. Each stage is told once."""
    volume.warn(at=db.now())
