"""Mail and messages leave through a row in the same transaction; a relay delivers them afterwards.

`delay()` inside a transaction runs too early or for a row that is rolled back, and `on_commit` is lost
with its process. The row is neither.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import models, transaction
from django.db.models import F

from clevervibes.lib import db
from clevervibes.lib.models import OutboxMessage

logger = logging.getLogger(__name__)

Handler = Callable[[OutboxMessage], None]
_handlers: dict[str, Handler] = {}

BATCH = 100
KEEP = timedelta(days=30)
# After about a day of growing pauses a message stays for a person to look at.
MAX_ATTEMPTS = 12


def handles(*topics: str) -> Callable[[Handler], Handler]:
    """Register the function that delivers `topics`. It may be called again for a message it already delivered
    if the process dies in between, so it must bear that."""

    def register(handler: Handler) -> Handler:
        _handlers.update(dict.fromkeys(topics, handler))
        return handler

    return register


def put(topic: str, *, to: models.Model | None = None, now: datetime | None = None, key: UUID | None = None,
        **payload: object) -> None:  # fmt: skip
    """Write a message that leaves if, and only if, the caller's transaction commits.

    `payload` holds ids and whole numbers, never names or texts. With a `key` the message is written once.

    :raises TransactionNeeded: outside a service.
    :raises KeyError: if nobody handles `topic`.
    """
    db.require_transaction()
    if topic not in _handlers:
        raise KeyError(f"No handler for outbox topic {topic!r}; register one with outbox.handles.")
    at = now or db.now()
    row = OutboxMessage(
        topic=topic,
        to_id=to.pk if to else None,
        payload={name: str(value) if isinstance(value, UUID) else value for name, value in payload.items()},
        key=key,
        created_at=at,
        due_at=at,
    )
    OutboxMessage.objects.bulk_create([row], ignore_conflicts=key is not None)
    wake_relay()


def wake_relay() -> None:
    """Ask the relay to look now instead of at its next tick. Only shortens the wait: a lost call loses nothing."""
    from clevervibes.lib.tasks import relay_outbox

    if settings.WAKE_RELAY:
        transaction.on_commit(lambda: _quietly(relay_outbox.delay), robust=True)


def _quietly(call: Callable[[], object]) -> None:
    try:
        call()
    except Exception:
        # The broker is down. Beat will find the row.
        logger.warning("the relay could not be woken", exc_info=True)


def relay(now: datetime) -> int:
    """Deliver what is due, at most `BATCH` messages, and return how many were delivered."""
    delivered = 0
    for _ in range(BATCH):
        outcome = _deliver_next(now)
        if outcome is None:
            break
        delivered += outcome
    return delivered


def _deliver_next(now: datetime) -> bool | None:
    """Deliver the next message; None when nothing is due, False when delivery failed and waits for its next try."""
    with transaction.atomic(durable=True):
        message = (
            OutboxMessage.objects.select_for_update(skip_locked=True)
            .filter(delivered_at=None, due_at__lte=now, attempts__lt=MAX_ATTEMPTS, topic__in=_handlers)
            .order_by("due_at", "id")
            .first()
        )
        if message is None:
            return None
        try:
            with transaction.atomic():
                _handlers[message.topic](message)
        except Exception as error:
            logger.warning("message %s (%s) could not be delivered", message.pk, message.topic, exc_info=True)
            pause = timedelta(seconds=min(30 * 2**message.attempts, 4 * 3600))
            OutboxMessage.objects.filter(pk=message.pk).update(
                attempts=F("attempts") + 1, last_error=type(error).__name__, due_at=now + pause
            )
            return False
        OutboxMessage.objects.filter(pk=message.pk).update(attempts=F("attempts") + 1, delivered_at=now)
        return True


def forget(now: datetime) -> int:
    """Delete the messages that were delivered more than 30 days ago and return how many they were."""
    return OutboxMessage.objects.filter(delivered_at__lt=now - KEEP).delete()[0]
