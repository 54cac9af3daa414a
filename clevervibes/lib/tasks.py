from celery import shared_task

from clevervibes.lib import db, idempotency, outbox


@shared_task
def relay_outbox() -> None:
    """Deliver what waits in the outbox. Two relays at once share the work: each row is locked by one of them."""
    outbox.relay(db.now())


@shared_task
def forget_what_is_old() -> None:
    """Drop answers past their 30 days and messages that were delivered as long ago."""
    now = db.now()
    idempotency.forget(now)
    outbox.forget(now)
