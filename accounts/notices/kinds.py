"""The one registry of what people are told: which kinds there are, what each says, and how it may reach them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any

from django.utils.functional import Promise

from accounts.models import User
from accounts.notices.models import MailSettings

Text = str | Promise
Channel = MailSettings.Channel


class Group(Enum):
    """Kinds that are switched together. The value is the field of MailSettings; without one they always go by mail."""

    # Who may act for whom, consent, the account itself: nobody who got hold of a phone may silence that.
    ACCOUNT = ""
    TIMES = "times"
    COINS = "coins"

    @property
    def can_be_switched(self) -> bool:
        return bool(self.value)


def label_of(field: str) -> Text:
    """Return what a group is called: by the field of MailSettings that switches it."""
    return next(known.verbose_name for known in MailSettings._meta.local_fields if known.name == field)


@dataclass(frozen=True)
class News:
    """What a notice says to its reader now: words out of a template, and where they lead."""

    template: str
    url: str
    label: Text  # of the link
    context: dict[str, Any] = field(default_factory=dict)
    # Makes the link of a mail about it, where that opens more than the page does for a guest.
    way_in: Callable[[User, datetime], str] | None = None


# A reader is given whom it is told, the topic and the ids; None if there is nothing (any more) to tell them.
Reader = Callable[[User, str, dict[str, Any], datetime], News | None]


@dataclass(frozen=True)
class Kind:
    """One kind of news. Its titles stand in subject lines, so nothing is ever filled into them."""

    topic: str
    group: Group
    title: Text
    youth_title: Text  # the same, said to a youth
    icon: str
    tint: str
    read: Reader

    def title_for(self, person: User) -> str:
        return str(self.youth_title if hasattr(person, "youth") else self.title)

    def channel(self, person: User) -> str:
        """Return how `person` hears of it by mail."""
        if not self.group.can_be_switched:
            return Channel.NOW
        chosen: str = getattr(settings_of(person), self.group.value)
        return chosen


KINDS: dict[str, Kind] = {}


def settings_of(person: User) -> MailSettings:
    """Return what `person` has chosen, or the default."""
    return getattr(person, "mail_settings", None) or MailSettings(person=person, weekday_since=person.date_joined)


def topics_by(channel: str, person: User) -> list[str]:
    """Return the kinds that `person` hears of by `channel`."""
    return [topic for topic, kind in KINDS.items() if kind.channel(person) == channel]
