"""How somebody wants to hear by mail."""

from datetime import datetime

from accounts.models import User
from accounts.notices.kinds import Channel
from accounts.notices.mails import DIGEST
from accounts.notices.models import MailSettings
from clevervibes.lib import db

Weekday = MailSettings.Weekday


@db.service
def choose(*, person: User, weekday: int, now: datetime, **channels: str) -> MailSettings:
    """Keep how `person` wants each group of kinds (by its field), and the day of the digest (ISO, 0 for none)."""
    chosen = _locked(person)
    if chosen.weekday != weekday:
        chosen.weekday, chosen.weekday_since = weekday, now
    for group, channel in channels.items():
        setattr(chosen, group, Channel(channel))
    chosen.save()
    return chosen


@db.service
def switch_off(*, person: User, what: str, now: datetime) -> MailSettings:
    """Send `person` no more mails about `what`: a group, or the digest. Again changes nothing."""
    chosen = _locked(person)
    if what == DIGEST:
        chosen.weekday = Weekday.NONE
        # What was to be in it is not to come by itself either; it stays behind the bell.
        for group in ("times", "coins"):
            if getattr(chosen, group) == Channel.DIGEST:
                setattr(chosen, group, Channel.NEVER)
    else:
        setattr(chosen, what, Channel.NEVER)
    chosen.save()
    return chosen


def _locked(person: User) -> MailSettings:
    MailSettings.objects.bulk_create(
        [MailSettings(person=person, weekday_since=person.date_joined)], ignore_conflicts=True
    )
    return MailSettings.objects.select_for_update(no_key=True).get(person=person)
