"""*Anhalten* of things: shop, offer, pool, device. Such a row says since when, why, what people read and who it was.

Its model has `paused_at`, `paused_why` (the sentence people read), `paused_reason` (for the team) and `paused_by`.
"""

from datetime import datetime
from typing import Any

from django.db.models import Model, QuerySet
from django.utils.translation import gettext_lazy as _

from clevervibes.lib import db
from clevervibes.lib.errors import DomainError

FIELDS = ["paused_at", "paused_why", "paused_reason", "paused_by"]


class ReasonNeeded(DomainError):
    code = "reason_needed"
    message = _("Bitte schreiben Sie den Grund und den Satz auf, den die Leute lesen.")
    status = 400


@db.service
def stop(*, row: Model, by: Model, reason: str, sentence: str, now: datetime) -> Any:
    """Stop a row until it is resumed. Stopped again, the words change and the moment stays.

    :raises ReasonNeeded: without a reason or without a sentence.
    """
    require_words(reason, sentence)
    fresh = _locked(row)
    fresh.paused_at = fresh.paused_at or now
    fresh.paused_why, fresh.paused_reason, fresh.paused_by = sentence, reason, by
    fresh.save(update_fields=FIELDS)
    return fresh


@db.service
def resume(*, row: Model) -> Any:
    """Let a row go on; resuming what is not stopped changes nothing. Who had stopped it is in the history."""
    fresh = _locked(row)
    fresh.paused_at, fresh.paused_why, fresh.paused_reason, fresh.paused_by = None, "", "", None
    fields = list(FIELDS)
    if hasattr(fresh, "paused_with_all"):
        fresh.paused_with_all = False
        fields.append("paused_with_all")
    fresh.save(update_fields=fields)
    return fresh


def require_words(reason: str, sentence: str) -> None:
    """Refuse to stop anything without a reason for the team and a sentence for those who are stopped.

    :raises ReasonNeeded: if one of them is missing.
    """
    if not reason.strip() or not sentence.strip():
        raise ReasonNeeded


def _locked(row: Model) -> Any:
    rows: QuerySet[Any] = type(row)._default_manager.select_for_update(of=("self",), no_key=True)
    return rows.get(pk=row.pk)
