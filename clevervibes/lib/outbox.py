"""Mail and messages leave through a row in the same transaction; a relay delivers them afterwards.

`delay()` inside a transaction runs too early or for a row that is rolled back, and `on_commit` is lost
with its process. The row is neither.
"""

import logging
import smtplib
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection, models, transaction
from django.db.models import F, Q, QuerySet

from clevervibes.lib import db, logs, post, wake
from clevervibes.lib.models import OutboxMessage

logger = logging.getLogger(__name__)

Handler = Callable[[OutboxMessage], None]
_handlers: dict[str, Handler] = {}

BATCH = 100
MANY_A_SECOND = 25
KEEP = timedelta(days=30)
# A relay that has sent for so long starts no other letter: the slowest one then still ends before its task must.
BUDGET_SECONDS = 60
# Longer than a task may take at all, so that nobody sends what somebody else is still sending.
LEASE = timedelta(seconds=330)
AT_ONCE = 2
# After about five days of growing pauses a message stays for a person to look at. What is worse counts for more: the
# server said no for good (eight tries), or had the letter and never said whether it took it (three).
MAX_ATTEMPTS = 40
REFUSAL, DOUBT = 5, 14


def handles(*topics: str) -> Callable[[Handler], Handler]:
    """Register the function that delivers `topics`, as one transaction; it writes its letter with `post.send`.

    It may be called again for a message it already delivered if the process dies in between, so it must bear that.
    """

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
        request_id=logs.request_id.get(),
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


def relay(now: datetime, *, only: str | None = None) -> int:
    """Deliver what is due, at most `BATCH` messages, and return how many were delivered.

    Nothing if two others are at it: a mail server that is slow must not keep all workers from their work. `only` one
    topic has a line of its own, for news that must leave while nothing else does.
    """
    delivered = 0
    until = time.monotonic() + BUDGET_SECONDS
    line, places = (f"outbox relay of {only}", 1) if only else ("outbox relay", AT_ONCE)
    with db.one_of(line, places) as is_in, post.Postman() as postman:
        for _ in range(BATCH if is_in else 0):
            message = _claim(now, only) if time.monotonic() < until else None
            if message is None:
                break
            delivered += _deliver(message, postman, now)
    return delivered


@db.service
def _claim(now: datetime, only: str | None = None) -> OutboxMessage | None:
    """Take the next message that is due, for longer than any task may run; None if there is none to take.

    The lease is committed before anything is sent. Whoever dies meanwhile is followed by another one when it is over.
    """
    waiting = _waiting(now).filter(topic=only) if only else _waiting(now)
    message = waiting.select_for_update(skip_locked=True).order_by("due_at", "id").first()
    if message is not None:
        message.leased_until = now + LEASE
        message.save(update_fields=["leased_until"])
    return message


def _deliver(message: OutboxMessage, postman: post.Postman, now: datetime) -> bool:
    """Call the handler, commit what it wrote, then send its letter. A transaction must not wait for a mail server."""
    token = logs.request_id.set(message.request_id)
    try:
        return _try_to_deliver(message, postman, now)
    finally:
        logs.request_id.reset(token)


def _try_to_deliver(message: OutboxMessage, postman: post.Postman, now: datetime) -> bool:
    try:
        with post.written(f"{message.pk} {message.created_at.timestamp()}") as letters, transaction.atomic():
            _handlers[message.topic](message)
        for letter in letters:
            postman.deliver(letter)
    except Exception as error:
        _failed(message, error, now)
        return False
    _update(message, attempts=F("attempts") + 1, delivered_at=now, leased_until=None)
    return True


def _failed(message: OutboxMessage, error: Exception, now: datetime) -> None:
    """Note what went wrong and when it is tried again."""
    about_mail = isinstance(error, smtplib.SMTPException | post.ServerDown | post.InDoubt)
    what = f"{type(error).__name__} {_answer_of(error) or ''}".strip()
    # What a mail server says may name people.
    logger.warning("message %s (%s) could not be delivered: %s", message.pk, message.topic, what,
                   exc_info=not about_mail)  # fmt: skip
    if isinstance(error, post.ServerDown):
        # Not its fault, however long it takes: tried again soon, after a longer time less often.
        pause = min(max((now - message.created_at) / 4, timedelta(seconds=30)), timedelta(minutes=15))
        _update(message, last_error=what, due_at=now + pause, leased_until=None)
        return
    attempts = message.attempts + _cost(error)
    pause = timedelta(seconds=min(30 * 2 ** (attempts - 1), 4 * 3600))
    _update(message, attempts=attempts, last_error=what, due_at=now + pause, leased_until=None)


def _cost(error: Exception) -> int:
    if isinstance(error, post.InDoubt):
        return DOUBT
    return REFUSAL if _answer_of(error) >= 500 else 1


def _answer_of(error: Exception) -> int:
    """Return the number by which a mail server said no; 0 if it was something else."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return max((code for code, _words in error.recipients.values()), default=0)
    return error.smtp_code if isinstance(error, smtplib.SMTPResponseException) else 0


def _update(message: OutboxMessage, **fields: object) -> None:
    # If the lease was over and somebody else has the message by now, it is theirs to say what became of it.
    OutboxMessage.objects.filter(pk=message.pk, leased_until=message.leased_until).update(**fields)


def is_due(now: datetime) -> bool:
    """Say whether a message waits that `relay` would deliver."""
    return _waiting(now).exists()


def _waiting(now: datetime) -> QuerySet[OutboxMessage]:
    is_free = Q(leased_until=None) | Q(leased_until__lte=now)
    return OutboxMessage.objects.filter(
        is_free, delivered_at=None, due_at__lte=now, attempts__lt=MAX_ATTEMPTS, topic__in=_handlers
    )


def forget(now: datetime) -> int:
    """Delete the messages that were delivered more than 30 days ago and return how many they were."""
    return OutboxMessage.objects.filter(delivered_at__lt=now - KEEP).delete()[0]
