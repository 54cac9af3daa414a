"""Who changed what: each change to a model marked with `kept` leaves a row, by whichever way it was written.

PostgreSQL writes the rows (triggers of pghistory): a form, a service, an update() or a hand at the database are all the
same to it. Who it was and by which door is said in front of each statement that touches such a table, and never
elsewhere: what a till asks the database stays as it was.
"""

import json
import re
import sys
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any, TypeVar

import pghistory
from celery import current_task
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from pghistory.models import Event

from clevervibes.lib import logs
from clevervibes.lib.roles import APPEND_ONLY

M = TypeVar("M", bound=type[models.Model])
Next = Callable[[HttpRequest], HttpResponse]

_request: ContextVar[HttpRequest | None] = ContextVar("request_of_changes", default=None)


# ── What is kept ──
class Trace(Event):
    """A row as it stood after a change, or before it was deleted. Written by triggers, changed by nobody."""

    app_role = APPEND_ONLY
    pgh_tracked_model: type[models.Model]  # type: ignore[assignment]
    # Made by pghistory for each model: the row, and who changed it by which door.
    pgh_obj_id: Any
    pgh_context: dict[str, Any] | None

    pgh_id = models.BigAutoField(primary_key=True)
    pgh_created_at = models.DateTimeField(_("geändert am"), auto_now_add=True)
    pgh_label = models.CharField(_("was geschah"), max_length=10)

    class Meta:
        abstract = True


# The tables of which something is kept, with the columns that are: read by each statement that writes.
_COLUMNS: dict[str, frozenset[str]] = {}
# Those whose traces are deleted with the row, by a trigger of the migration that makes them.
ABOUT_PEOPLE: list[type[models.Model]] = []


def kept(*, without: tuple[str, ...] = (), about_people: bool = False) -> Callable[[M], M]:
    """Keep each change to the rows of a model, `without` these fields: secrets, and what changes all the time.

    The traces of a row `about_people` go with it, so that nothing outlives an erasure: its migration puts the trigger
    `lib_traces_go` on the table (see 0015 of accounts). Of other rows it is kept that they were deleted.
    """
    trackers: list[pghistory.Tracker] = [pghistory.InsertEvent(), pghistory.UpdateEvent()]
    if not about_people:
        trackers.append(pghistory.DeleteEvent())

    def track(model: M) -> M:
        pghistory.track(
            *trackers,
            exclude=list(without),
            base_model=Trace,
            # In the row itself: it goes with it.
            context_field=pghistory.ContextJSONField(),
            context_id_field=None,  # type: ignore[arg-type]
            obj_field=pghistory.ObjForeignKey(related_name="+", related_query_name="+", db_index=True),
        )(model)
        _COLUMNS[model._meta.db_table] = frozenset(
            str(field.column) for field in model._meta.local_concrete_fields if field.name not in without
        )
        if about_people:
            ABOUT_PEOPLE.append(model)
        return model

    return track


def trace_of(model: type[models.Model]) -> type[Trace] | None:
    """Return the model of the traces of `model`; None if nothing is kept of it."""
    found = getattr(model._meta.concrete_model, "pgh_event_models", {})
    trace: type[Trace] | None = found.get("update")
    return trace


def traces() -> list[type[Trace]]:
    """Return the models of all traces."""
    return [model for model in Trace.__subclasses__() if not model._meta.abstract]


# ── Who, and by which door ──
def remember_request(get_response: Next) -> Next:
    def middleware(request: HttpRequest) -> HttpResponse:
        token = _request.set(request)
        try:
            return get_response(request)
        finally:
            _request.reset(token)

    return middleware


def door() -> dict[str, Any]:
    """Return who is writing right now (a number that is nobody's after an erasure), by which door, in which request.

    Never the address of a page: it may carry the token of a link.
    """
    request = _request.get()
    if request is None:
        return {"door": f"task:{current_task.name}" if current_task else _command()}
    match = request.resolver_match
    found = {"door": match.view_name if match else "", "request": logs.request_id.get()}
    # Whoever is not known yet is nobody: asking now would be a question to the database in the middle of a statement.
    user = request.__dict__.get("user")
    user = user if isinstance(user, models.Model) else getattr(request, "_cached_user", None)
    if user is not None and user.pk:
        found["by"] = user.pk
    return found


def _command() -> str:
    return f"manage:{sys.argv[1]}" if sys.argv[0].endswith("manage.py") and len(sys.argv) > 1 else ""


_WRITES = re.compile(r'\s*(?:UPDATE|INSERT\s+INTO|DELETE\s+FROM)\s+(?:ONLY\s+)?"?(\w+)"?', re.IGNORECASE)
_ASSIGNED = re.compile(r'"(\w+)" = ')


def _touches(sql: str) -> bool:
    """Say whether a statement may leave a trace. An update of other columns alone, such as a stock, does not."""
    written = _WRITES.match(sql)
    columns = _COLUMNS.get(written[1].lower()) if written else None
    if columns is None:
        return False
    assigned = set(_ASSIGNED.findall(sql.partition(" WHERE ")[0]))
    return not assigned or not assigned.isdisjoint(columns)


def say_who(execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: dict[str, Any]) -> Any:
    """Send the door along in front of a statement that leaves a trace: no round trip more."""
    if many or not isinstance(sql, str) or not _touches(sql):
        return execute(sql, params, many, context)
    said = json.dumps(door()).replace("'", "''")
    said = said.replace("%", "%%") if params is not None else said
    return execute(f"SELECT set_config('pghistory.context_metadata', '{said}', true); {sql}", params, many, context)


def listen(connection: BaseDatabaseWrapper, **kwargs: object) -> None:
    """Have a connection, just opened, say who writes."""
    if say_who not in connection.execute_wrappers:
        connection.execute_wrappers.append(say_who)
