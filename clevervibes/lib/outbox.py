"""Mail and messages leave through a row in the same transaction; a relay delivers them afterwards.

`delay()` inside a transaction runs too early or for a row that is rolled back, and `on_commit` is lost
with its process. The row is neither.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection, models, transaction
from django.db.models import F, QuerySet

from clevervibes.lib import db, wake
from clevervibes.lib.models import OutboxMessage

logger = logging.getLogger(__name__)

Handler = Callable[[OutboxMessage], None]
_handlers: dict[str, Handler] = {}

BATCH = 100
MANY_A_SECOND = 25
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


def put_all(topic: str, messages: QuerySet, *, now: datetime | None = None) -> int:
    """Write many messages in one statement and return how many were new; see `put`.

    `messages` yields user, payload and key. They become due at a pace that a mail server bears, so that whoever
    else has news meanwhile does not wait behind them.
    """
    db.require_transaction()
    if topic not in _handlers:
        raise KeyError(f"No handler for outbox topic {topic!r}; register one with outbox.handles.")
    at = now or db.now()
    rows, parameters = messages.order_by().query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(_PUT_ALL.format(rows=rows), [topic, at, at, 1 / MANY_A_SECOND, *parameters])
        written: int = cursor.rowcount
    if written:
        wake_relay()
    return written


_PUT_ALL = """
    INSERT INTO lib_outboxmessage (topic, to_id, payload, key, created_at, due_at, attempts, last_error)
    SELECT %s, to_id, payload, key, %s, %s + (row_number() OVER () - 1) * %s * interval '1 second', 0, ''
      FROM ({rows}) AS message (to_id, payload, key)
    ON CONFLICT (key) DO NOTHING
"""


def wake_relay() -> None:
    """Ask the relay to look now instead of at its next tick. Only shortens the wait: a lost call loses nothing."""
    from clevervibes.lib.tasks import relay_outbox

    transaction.on_commit(lambda: wake.send([(relay_outbox, ())]), robust=True)


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
        message = _waiting(now).select_for_update(skip_locked=True).order_by("due_at", "id").first()
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


def is_due(now: datetime) -> bool:
    """Say whether a message waits that `relay` would deliver."""
    return _waiting(now).exists()


def _waiting(now: datetime) -> QuerySet[OutboxMessage]:
    return OutboxMessage.objects.filter(
        delivered_at=None, due_at__lte=now, attempts__lt=MAX_ATTEMPTS, topic__in=_handlers
    )


def forget(now: datetime) -> int:
    """Delete the messages that were delivered more than 30 days ago and return how many they were."""
    return OutboxMessage.objects.filter(delivered_at__lt=now - KEEP).delete()[0]
