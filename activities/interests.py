"""What a youth is curious about orders dates and places; nobody else is told."""

from collections.abc import Collection
from datetime import datetime

from django.db.models import Exists, OuterRef, QuerySet

from accounts.models import User, YouthProfile
from activities.models import Interest, Topic
from clevervibes.lib import db


def topics() -> QuerySet[Topic]:
    """Return all topics, in the team's order."""
    return Topic.objects.all()


def topics_of(youth: YouthProfile) -> QuerySet[Topic]:
    """Return what `youth` is interested in, in the team's order."""
    return Topic.objects.filter(interests__youth=youth)


def is_of_interest(user: User, topic: str = "topic") -> Exists:
    """Return an expression: whether the topic of a row is one `user` is interested in; `topic` is the field's name."""
    return Exists(Interest.objects.filter(youth__user=user, topic=OuterRef(topic)))


@db.service
def choose(*, youth: YouthProfile, topics: Collection[Topic], now: datetime) -> None:
    """Keep exactly `topics` as the interests of `youth`; the same again changes nothing."""
    # Two phones at once: one after the other, the last one counts.
    YouthProfile.objects.select_for_update(no_key=True).get(pk=youth.pk)
    Interest.objects.filter(youth=youth).exclude(topic__in=topics).delete()
    rows = [Interest(youth=youth, topic=topic, since=now) for topic in topics]
    Interest.objects.bulk_create(rows, ignore_conflicts=True)
