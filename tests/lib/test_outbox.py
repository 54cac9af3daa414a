"""Messages leave if and only if the transaction that wrote them committed, and once."""

from datetime import timedelta

import pytest
from django.db import transaction

from clevervibes.lib import db, outbox
from clevervibes.lib.models import OutboxMessage
from tests.concurrency import in_parallel

delivered = []
broken = []


@outbox.handles("test")
def deliver(message):
    if broken:
        raise ConnectionError("the mail server is down")
    delivered.append(message.payload["n"])


@pytest.fixture(autouse=True)
def empty_letterbox():
    delivered.clear()
    broken.clear()


def put(*numbers):
    with transaction.atomic():
        for number in numbers:
            outbox.put("test", n=number)


@pytest.mark.django_db
def test_a_message_is_delivered_once():
    put(1, 2)
    assert [outbox.relay(db.now()) for _ in range(2)] == [2, 0]
    assert delivered == [1, 2]


@pytest.mark.django_db
def test_a_message_of_a_transaction_that_failed_never_leaves():
    def fail():
        with transaction.atomic():
            outbox.put("test", n=1)
            raise ConnectionError

    with pytest.raises(ConnectionError):
        fail()
    assert outbox.relay(db.now()) == 0


@pytest.mark.django_db
def test_a_message_needs_a_transaction_and_a_handler():
    with pytest.raises(db.TransactionNeeded):
        outbox.put("test", n=1)
    with pytest.raises(KeyError, match="nobody"), transaction.atomic():
        outbox.put("nobody reads this")


@pytest.mark.django_db
def test_a_failed_delivery_waits_and_is_tried_again():
    put(1)
    broken.append(True)
    now = db.now()
    assert outbox.relay(now) == 0
    message = OutboxMessage.objects.get()
    assert (message.attempts, message.last_error) == (1, "ConnectionError")
    assert message.due_at > now

    broken.clear()
    assert outbox.relay(now) == 0
    assert outbox.relay(message.due_at) == 1


@pytest.mark.django_db(transaction=True)
def test_two_relays_share_the_work():
    put(*range(30))
    counts = in_parallel(*[lambda: outbox.relay(db.now())] * 2)
    assert sum(counts) == 30
    assert sorted(delivered) == list(range(30))


@pytest.mark.django_db
def test_delivered_messages_are_forgotten_after_thirty_days_and_waiting_ones_never():
    put(1)
    now = db.now()
    outbox.relay(now)
    put(2)
    assert [outbox.forget(now + timedelta(days=days)) for days in (29, 31)] == [0, 1]
    assert OutboxMessage.objects.get().payload == {"n": 2}
