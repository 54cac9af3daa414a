"""Publishing a draft for good."""

from datetime import date, datetime
from typing import TypeVar

from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.texts.models import SiteText, Version
from clevervibes.lib import db, periods
from clevervibes.lib.errors import DomainError

V = TypeVar("V", bound=Version)


class TooEarly(DomainError):
    """What people could read on a day that is over stays what it was."""

    code = "too_early"
    message = _("Frühestens ab heute, und nicht vor einer Fassung, die schon veröffentlicht ist.")
    status = 400
    field = "valid_from"


@db.service
def publish(*, draft: V, valid_from: date, by: User | None, now: datetime) -> V:
    """Publish a draft: it is shown from 0:00 of `valid_from` on. Publishing what is published changes nothing.

    :raises TooEarly: if that day is over, or a published version starts later.
    """
    model = type(draft)
    db.lock_name(f"publish {model._meta.label}")
    row: V = model._default_manager.select_for_update().get(pk=draft.pk)
    if row.published_at:
        return row
    same = model._default_manager.filter(club=row.club, published_at__isnull=False)
    if isinstance(row, SiteText):
        same = same.filter(kind=row.kind)
    found = same.aggregate(version=Max("version"), valid_from=Max("valid_from"))
    if valid_from < max(periods.berlin_date(now), found["valid_from"] or valid_from):
        raise TooEarly
    row.version, row.valid_from = (found["version"] or 0) + 1, valid_from
    row.published_at, row.published_by = now, by
    row.save(update_fields=["version", "valid_from", "published_at", "published_by"])
    return row
