"""Stop a run and let it go on. What is paid stays paid; nobody takes another chunk until somebody resumes it."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from clevervibes.lib import db
from clevervibes.lib.errors import DomainError
from coins.models import ConversionRun, RunStop


class RunIsOver(DomainError):
    code = "run_is_over"
    message = _("Dieser Lauf ist abgeschlossen. Da gibt es nichts mehr anzuhalten.")


@db.service
def stop(*, run: ConversionRun, by: User, reason: str, now: datetime) -> RunStop:
    """Stop a run; one that stands still already stays as it was stopped.

    What a worker has in hand at this moment it brings to its end: a chunk is whole, or not begun.

    :raises RunIsOver: if the run is closed.
    """
    if ConversionRun.objects.filter(pk=run.pk, closed_at__isnull=False).exists():
        raise RunIsOver
    try:
        with transaction.atomic():
            return RunStop.objects.create(run=run, at=now, by=by, reason=reason)
    except IntegrityError as error:
        if db.constraint(error) != "coins_run_stopped_once_at_a_time":
            raise
    return run.stops.get(resumed_at=None)


@db.service
def resume(*, run: ConversionRun, by: User, reason: str, now: datetime) -> RunStop | None:
    """Let a stopped run go on and return the stop that has ended; None if it goes on already."""
    stop = run.stops.select_for_update(no_key=True).filter(resumed_at=None).first()
    if stop is not None:
        stop.resumed_at, stop.resumed_by, stop.resumed_reason = now, by, reason
        stop.save(update_fields=["resumed_at", "resumed_by", "resumed_reason"])
    return stop
