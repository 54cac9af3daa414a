"""Who notices that beat stands still: a process that needs PostgreSQL and a mail server, and nothing else.

A beat that is dead cannot say so, a worker without beat is told nothing, and web only looks when somebody asks. So one
small process looks every minute, raises alarms and posts them itself: the outbox may be what stands still. Whether
the watch lives is part of /healthz, for whoever looks from outside.
"""

import logging

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import DatabaseError, close_old_connections
from django.template.loader import render_to_string
from django.utils.translation import gettext

from clevervibes.lib import db, heartbeats, outbox, post
from clevervibes.operations import health
from coins import alarm

logger = logging.getLogger(__name__)

KINDS = {
    "beat": alarm.Kind.BEAT,
    "worker": alarm.Kind.WORKER,
    "outbox": alarm.Kind.OUTBOX,
    "backup": alarm.Kind.BACKUP,
    "cache": alarm.Kind.CACHE,
}
# Stores are restarted now and then; twice in a row is no restart.
TWICE = {"database", "cache"}


class Watch:
    """What was wrong at the last look, so that a cause is told when it comes and not as long as it lasts."""

    def __init__(self) -> None:
        self.failing: dict[str, int] = {}  # looks in a row
        self.told: set[str] = set()

    def look(self) -> None:
        """Look once: raise alarms for what has begun to fail, and send those that wait. Never raises."""
        close_old_connections()
        try:
            self._raise(health.look())
        except Exception:
            # A watch that dies of what it sees is none.
            logger.exception("the watch could not look")

    def _raise(self, parts: list[health.Part]) -> None:
        failing = [part for part in parts if part.ok is False]
        self.failing = {part.name: self.failing.get(part.name, 0) + 1 for part in failing}
        self.told &= self.failing.keys()
        for part in failing:
            lasts = self.failing[part.name] >= (2 if part.name in TWICE else 1)
            if lasts and part.name not in self.told and self._tell(part):
                self.told.add(part.name)
        if "database" not in self.failing:
            heartbeats.beat(heartbeats.WATCH)
            outbox.relay(db.now(), only="alarm")

    def _tell(self, part: health.Part) -> bool:
        if part.name == "database":
            return _post_without_database(part)
        if part.name not in KINDS:
            return True
        since = f", {part.age_seconds} s" if part.age_seconds is not None else ""
        try:
            alarm.raise_(KINDS[part.name], f"{part.name}: {part.why}{since}")
        except DatabaseError:
            return False
        return True


def _post_without_database(part: health.Part) -> bool:
    """Write to ALARM_MAIL at once; no row can keep the alarm now. False if it is to be tried again."""
    logger.error("alarm database: %s", part.why)
    if not settings.ALARM_MAIL:
        return True
    letter = EmailMessage(
        subject=gettext("Clever Vibes Club: Alarm – %(what)s") % {"what": gettext("Die Datenbank antwortet nicht")},
        body=render_to_string("operations/database_mail.txt", {"why": part.why, "public_url": settings.PUBLIC_URL}),
        to=settings.ALARM_MAIL,
    )
    try:
        with post.Postman() as postman:
            postman.deliver(letter)
    except Exception as error:  # any: the next look tries again
        logger.error("the alarm could not be posted: %s", type(error).__name__)
        return False
    return True
