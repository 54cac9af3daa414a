"""The weekly digest: on the day somebody picked, at 16:00 in Berlin, one mail with what waits and what is new.

Beat only asks what is due. A row per person and day decides: it is written once, by whoever is first, with the message
that leaves. After a pause the latest day is made up for; days before it are in that one too.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.db.models import CharField, DateTimeField, Exists, OuterRef, QuerySet, UUIDField, Value
from django.db.models.functions import MD5, Cast, Coalesce, Concat, JSONObject
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.notices import kinds, mails
from accounts.notices.kinds import Channel, Kind, News, Text
from accounts.notices.models import Digest, MailSettings, Notice
from clevervibes.lib import db, outbox, periods
from clevervibes.lib.models import OutboxMessage

HOUR = time(16)
TOPIC = mails.DIGEST
AT_ONCE = 500
Weekday = MailSettings.Weekday

TITLE, YOUTH_TITLE = _("Ihre Wochenübersicht"), _("Deine Wochenübersicht")


@dataclass(frozen=True)
class Section:
    """A part of a digest that some app has to say."""

    title: Text
    template: str
    url: str
    label: Text  # of the link
    context: dict[str, Any] = field(default_factory=dict)


# Given a person and the moment; None if there is nothing to say to them.
Writer = Callable[[User, datetime], Section | None]
_writers: list[tuple[int, Writer]] = []


def section(*, order: int) -> Callable[[Writer], Writer]:
    """Register what writes a section; those of a lower `order` stand above, all of them above the news."""

    def register(writer: Writer) -> Writer:
        _writers.append((order, writer))
        _writers.sort(key=lambda row: row[0])
        return writer

    return register


# ── When ─────────────────────────────────────────────────────────────────────────────────────────
def last_due(weekday: int, now: datetime) -> tuple[date, datetime]:
    """Return the latest Berlin day of an ISO weekday whose 16:00 has come, and that moment in UTC."""
    today = periods.berlin_date(now)
    on = today - timedelta(days=(today.isoweekday() - weekday) % 7)
    if due_at(on) > now:
        on -= timedelta(days=7)
    return on, due_at(on)


def due_at(on: date) -> datetime:
    """Return 16:00 Berlin of `on` in UTC; the clocks are never changed in the afternoon."""
    return datetime.combine(on, HOUR, periods.BERLIN).astimezone(UTC)


def plan(*, now: datetime) -> int:
    """Write the digests that are due, with their messages, and return how many. Twice at once or late: each once."""
    planned = 0
    for weekday in (day for day in Weekday if day != Weekday.NONE):
        while found := _plan_some(weekday, now):
            planned += found
    return planned


@db.service
def _plan_some(weekday: int, now: datetime) -> int:
    on, due = last_due(weekday, now)
    people = list(_without_digest(weekday, on, due).values_list("pk", flat=True)[:AT_ONCE])
    if not people:
        return 0
    Digest.objects.bulk_create([Digest(to_id=pk, on=on, due_at=due) for pk in people], ignore_conflicts=True)
    what = Concat(Value("digest "), Cast("to", CharField()), Value(f" {on}"))
    messages = Digest.objects.filter(on=on, to__in=people).values_list(
        "to", JSONObject(digest="id"), Cast(MD5(what), UUIDField())
    )
    # Another beat may have written some of them: its messages have the same keys.
    outbox.put_all(TOPIC, messages, now=now)
    return len(people)


def _without_digest(weekday: int, on: date, due: datetime) -> QuerySet[User]:
    have = Digest.objects.filter(to=OuterRef("pk"), on=on)
    since = Coalesce("mail_settings__weekday_since", "date_joined", output_field=DateTimeField())
    return (
        User.objects.annotate(weekday=Coalesce("mail_settings__weekday", Value(int(Weekday.SATURDAY))), since=since)
        .filter(~Exists(have), is_active=True, email__gt="", weekday=weekday, since__lt=due)
        .order_by("pk")
    )


# ── What ─────────────────────────────────────────────────────────────────────────────────────────
@dataclass(frozen=True)
class Line:
    """One piece of news in a digest."""

    kind: Kind
    title: str
    news: News


@outbox.handles(TOPIC)
def deliver(message: OutboxMessage) -> None:
    """Write one digest, as things are now. With nothing to say no mail is sent."""
    digest = Digest.objects.filter(pk=message.payload["digest"]).first()
    person = message.to
    # Switched off since it was due.
    if digest is None or person is None or kinds.settings_of(person).weekday == Weekday.NONE:
        return
    now = timezone.now()
    with translation.override(person.language):
        sections = [found for _order, write in _writers if (found := write(person, now))]
        lines = _lines(person, digest, now)
        if sections or lines:
            mails.send(
                to=person, title=YOUTH_TITLE if hasattr(person, "youth") else TITLE, template="accounts/email/digest",
                context={"sections": sections, "lines": lines}, what=TOPIC,
            )  # fmt: skip


def _lines(person: User, digest: Digest, now: datetime) -> list[Line]:
    """Return what is new and not read, and note that it stood in this digest: tried again, it is the same one."""
    topics = kinds.topics_by(Channel.DIGEST, person)
    waiting = Notice.objects.filter(to=person, topic__in=topics, read_at=None, mailed_at=None)
    waiting.filter(digest=None).update(digest=digest)
    lines = []
    for notice in waiting.filter(digest=digest).order_by("at", "pk"):
        kind = kinds.KINDS[notice.topic]
        if news := kind.read(person, notice.topic, notice.ids, now):
            lines.append(Line(kind, kind.title_for(person), news))
    return lines
