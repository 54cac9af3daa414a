"""Tell people what happened: a notice for everybody, and a message in the outbox for who has a mail address."""

from datetime import datetime
from uuid import UUID, uuid4

from django.db import connection
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from accounts.models import User
from accounts.notices import kinds
from accounts.notices.models import Notice
from clevervibes.lib import db, outbox


def tell(topic: str, *, to: User, now: datetime | None = None, key: UUID | None = None, **ids: object) -> None:
    """Tell one person, as a part of a service. With a `key` it is told once.

    `ids` holds ids and whole numbers, never names or texts.

    :raises TransactionNeeded: outside a service.
    :raises KeyError: if nobody knows what `topic` says.
    """
    db.require_transaction()
    at, key, known = now or db.now(), key or uuid4(), kinds.KINDS[topic]
    plain = {name: str(value) if isinstance(value, UUID) else value for name, value in ids.items()}
    notice = Notice(to=to, topic=known.topic, ids=plain, key=key, at=at)
    Notice.objects.bulk_create([notice], ignore_conflicts=True)
    if to.email:
        outbox.put(topic, to=to, now=at, key=key, **ids)


def tell_all(topic: str, messages: QuerySet, *, now: datetime | None = None) -> int:
    """Tell many people in two statements and return how many are told for the first time; see `tell`.

    `messages` yields user, ids and key.
    """
    db.require_transaction()
    at, known = now or db.now(), kinds.KINDS[topic]
    rows, parameters = messages.order_by().query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(_TELL_ALL.format(rows=rows), [known.topic, at, *parameters])
        told: int = cursor.rowcount
    by_mail = Notice.objects.filter(topic=topic, at=at, to__email__gt="")
    outbox.put_all(topic, by_mail.values_list("to", "ids", "key"), now=at)
    return told


_TELL_ALL = """
    INSERT INTO accounts_notice (public_id, topic, at, to_id, ids, key)
    SELECT gen_random_uuid(), %s, %s, to_id, ids, key FROM ({rows}) AS message (to_id, ids, key)
    ON CONFLICT (key) DO NOTHING
"""


# ── Reading ──────────────────────────────────────────────────────────────────────────────────────
def notices_of(person: User) -> QuerySet[Notice]:
    """Return what `person` is told, newest first."""
    return Notice.objects.filter(to=person, topic__in=kinds.KINDS).order_by("-at", "-pk")


def unread() -> Coalesce:
    """Return the number of unread notices, to be asked with a person."""
    new = Notice.objects.filter(to=OuterRef("pk"), read_at=None, topic__in=kinds.KINDS).order_by()
    return Coalesce(Subquery(new.values("to").annotate(number=Count("pk")).values("number")), 0)


@db.service
def mark_read(*, notice: Notice, now: datetime) -> None:
    """Note that its person has read a notice; again changes nothing."""
    Notice.objects.filter(pk=notice.pk, read_at=None).update(read_at=now)


@db.service
def mark_all_read(*, person: User, until: datetime, now: datetime) -> int:
    """Note that `person` has read all up to `until`: what came in after their page was drawn stays new."""
    return Notice.objects.filter(to=person, read_at=None, at__lte=until).update(read_at=now)
