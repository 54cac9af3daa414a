from celery import shared_task
from django.core.cache import cache

from clevervibes.lib import db, idempotency, limits, outbox, wake

# Stands in the cache while a relay that was woken by another one waits for a worker.
NEXT = "outbox-relay-next"


@shared_task
def relay_outbox(is_next: bool = False) -> None:
    """Deliver a batch of what waits in the outbox, and have the next one delivered if there is more.

    Two relays at once share the work: each row is locked by one of them.
    """
    if is_next:
        cache.delete(NEXT)
    now = db.now()
    # At most one is on its way: else each tick during a long queue would start a chain that never ends. The cache
    # forgets the mark if the message is lost, and the ticks go on meanwhile.
    if outbox.relay(now) and outbox.is_due(now) and cache.add(NEXT, True, timeout=60):
        wake.send([(relay_outbox, (True,))])


@shared_task
def forget_what_is_old() -> None:
    """Drop answers past their 30 days, messages that were delivered as long ago, and tries that no limit counts."""
    now = db.now()
    idempotency.forget(now)
    outbox.forget(now)
    limits.forget(now)
