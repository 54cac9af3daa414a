"""Alarms: what the proof found, said where somebody sees it."""

import logging
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from accounts.models import User
from clevervibes.lib import db, outbox
from clevervibes.lib.errors import DomainError
from coins.models import Alarm

logger = logging.getLogger(__name__)

Kind = Alarm.Kind


class NoteMissing(DomainError):
    field = "note"
    code = "note_missing"
    message = _("Bitte schreiben Sie, was los war und was getan ist.")
    status = 400


@db.service
def raise_(kind: str, detail: str) -> Alarm:
    """Tell the team: a line in the log each time, a row and a mail once until somebody has seen it."""
    logger.error("alarm %s: %s", kind, detail)
    now = db.now()
    alarm, new = Alarm.objects.get_or_create(kind=kind, seen_at=None, defaults={"detail": detail, "raised_at": now})
    if new:
        outbox.put("alarm", now=now, alarm=alarm.pk)
    return alarm


def acknowledge(*, alarm: Alarm, by: User, note: str, now: datetime) -> Alarm:
    """Say what was done about an alarm; it is raised again if its cause comes back. Part of a staff page's transaction.

    :raises NoteMissing: without a note.
    """
    if not note.strip():
        raise NoteMissing
    alarm = Alarm.objects.select_for_update(no_key=True).get(pk=alarm.pk)
    if alarm.seen_at is None:
        alarm.seen_by, alarm.seen_at, alarm.note = by, now, note.strip()
        alarm.save(update_fields=["seen_by", "seen_at", "note"])
    return alarm


def unseen() -> list[Alarm]:
    """Return the alarms that nobody has acknowledged, the oldest first."""
    return list(Alarm.objects.filter(seen_at=None).order_by("raised_at", "pk"))
