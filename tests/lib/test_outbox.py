"""Messages leave if and only if the transaction that wrote them committed, and once."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.db.models import CharField, UUIDField, Value
from django.db.models.functions import MD5, Cast, JSONObject

from accounts.models import User
from clevervibes.lib import db, outbox
from clevervibes.lib.models import OutboxMessage
from clevervibes.lib.tasks import relay_outbox
from tests.concurrency import in_parallel
from tests.factories import NOON, make_user

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
def test_a_long_queue_is_drained_by_one_relay_waking_the_next(queue, monkeypatch):
    monkeypatch.setattr(outbox, "BATCH", 4)
    OutboxMessage.objects.bulk_create(
        OutboxMessage(topic="test", payload={"n": n}, created_at=NOON, due_at=NOON) for n in range(10)
    )

    # Two ticks while the queue is long: together they have one successor.
    relay_outbox()
    relay_outbox()
    assert [message.args for message in queue.take()] == [[True]]

    relay_outbox(True)
    assert queue.take() == []
    assert delivered == list(range(10))


@pytest.mark.django_db
def test_a_relay_that_delivers_nothing_wakes_nobody(queue):
    broken.append(True)
    OutboxMessage.objects.create(topic="test", payload={"n": 1}, created_at=NOON, due_at=NOON)

    relay_outbox()

    assert queue.take() == []


@pytest.mark.django_db
def test_many_messages_are_written_in_one_statement_and_once(django_assert_num_queries):
    people = [make_user() for _ in range(3)]
    rows = User.objects.values_list(
        "pk", JSONObject(n=Value(7)), Cast(MD5(Cast("pk", CharField())), UUIDField())
    )  # fmt: skip

    with transaction.atomic(), django_assert_num_queries(1):
        assert outbox.put_all("test", rows, now=NOON) == 3
    with transaction.atomic():
        assert outbox.put_all("test", rows, now=NOON) == 0
        with pytest.raises(KeyError, match="nobody"):
            outbox.put_all("nobody", rows)

    assert list(OutboxMessage.objects.order_by("due_at").values_list("to", flat=True)) == [user.pk for user in people]
    with pytest.raises(db.TransactionNeeded):
        outbox.put_all("test", rows)


@pytest.mark.django_db
def test_delivered_messages_are_forgotten_after_thirty_days_and_waiting_ones_never():
    put(1)
    now = db.now()
    outbox.relay(now)
    put(2)
    assert [outbox.forget(now + timedelta(days=days)) for days in (29, 31)] == [0, 1]
    assert OutboxMessage.objects.get().payload == {"n": 2}
