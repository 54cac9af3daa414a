"""The history of a row for people to read: when, who, by which door, which fields from what to what."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.contrib.auth import get_user_model
from django.core.paginator import Page, Paginator
from django.db import models
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.timezone import localtime
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from clevervibes.lib.history import Trace, trace_of

LINES_ON_A_PAGE = 50
WORDS_AT_MOST = 300


@dataclass(frozen=True)
class Change:
    """One trace, as people read it."""

    at: datetime
    what: str
    who: str
    door: str
    fields: list[tuple[str, str, str]]  # what it is called, from, to


def name(row: models.Model) -> str:
    """Return what stands for a row of another table; accounts.masking has youths stand there by an initial."""
    return str(row)


def of(model: type[models.Model], pk: object, *, page: str | int = 1) -> Page | None:
    """Return a page of the changes to one row, the newest first; None where nothing is kept.

    The questions are as many for a long history as for a short one: one for the traces, one per table they name.
    """
    trace = trace_of(model)
    if trace is None:
        return None
    of_row: Any = trace._default_manager.filter(**{"pgh_obj_id": pk}).order_by("-pgh_id")
    found = Paginator(of_row, LINES_ON_A_PAGE).get_page(page)
    rows = list(found.object_list)
    # What the oldest on this page was before stands on the next one.
    older = of_row.filter(pgh_id__lt=rows[-1].pk).first() if rows else None
    names = _Names(rows + [older] * (older is not None))
    lines: Any = [_change(row, before, names) for row, before in zip(rows, [*rows, older][1:], strict=True)]
    found.object_list = lines
    return found


_WHAT = {"insert": _("angelegt"), "update": _("geändert"), "delete": _("gelöscht")}


def _change(row: Trace, before: Trace | None, names: "_Names") -> Change:
    said = row.pgh_context or {}
    fields = []
    for field in _fields_of(type(row)):
        now = getattr(row, field.attname)
        was = getattr(before, field.attname) if before is not None else None
        told = row.pgh_label == "update" and before is not None and now != was
        # Of what was there before anything was kept, or was just made, the words are all there is.
        if told or (row.pgh_label != "update" and now not in (None, "", False)):
            words = (names.say(field, was) if told else ""), names.say(field, now)
            fields.append((capfirst(str(field.verbose_name)), *words))
    return Change(
        at=row.pgh_created_at, what=str(_WHAT[row.pgh_label]), who=names.person(said.get("by")),
        door=_door_in_words(said.get("door", "")), fields=fields,
    )  # fmt: skip


def _fields_of(trace: type[models.Model]) -> list[Any]:
    own = {"id", "public_id"}
    return [f for f in trace._meta.local_fields if not f.name.startswith("pgh_") and f.name not in own]


def _door_in_words(door: str) -> str:
    kind, _colon, rest = door.partition(":")
    if not door:
        return gettext("unmittelbar in der Datenbank")
    if kind == "task":
        return gettext("von selbst: %s") % rest.rpartition(".")[2]
    if kind == "manage":
        return gettext("Befehl: %s") % rest
    return gettext("im Admin") if kind == "admin" else door


class _Names:
    """The rows that traces name, read once per table."""

    def __init__(self, rows: list[Any]) -> None:
        self._found: dict[type[models.Model], dict[Any, str]] = {}
        wanted: dict[Any, set[Any]] = defaultdict(set)
        self._people = get_user_model()
        for row in rows:
            wanted[self._people].add((row.pgh_context or {}).get("by"))
            for field in _fields_of(type(row)):
                if field.is_relation:
                    wanted[field.related_model].add(getattr(row, field.attname))
        for model, keys in wanted.items():
            found = model._default_manager.filter(pk__in=keys - {None})
            self._found[model] = {row.pk: name(row) for row in _with_what_names_them(found)}

    def person(self, pk: Any) -> str:
        return self.of(self._people, pk) if pk is not None else "–"

    def of(self, model: type[models.Model], pk: Any) -> str:
        return self._found[model].get(pk, gettext("nicht mehr da"))

    def say(self, field: Any, value: Any) -> str:
        if value is None or value == "":
            return "–"
        if field.is_relation:
            return self.of(field.related_model, value)
        if isinstance(value, bool):
            return gettext("ja") if value else gettext("nein")
        if field.flatchoices:
            return str(dict(field.flatchoices).get(value, value))
        if isinstance(value, datetime):
            return date_format(localtime(value), "d.m.Y H:i")
        if isinstance(value, date):
            return date_format(value, "d.m.Y")
        words = str(value)
        return words if len(words) <= WORDS_AT_MOST else f"{words[:WORDS_AT_MOST]}…"


def _with_what_names_them(rows: models.QuerySet) -> models.QuerySet:
    """Read along what a row is called by: its organisation or its person, and whether a person is a youth."""
    ways = {field.name for field in rows.model._meta.get_fields() if field.one_to_one or field.many_to_one}
    return rows.select_related(*({"organisation", "user", "youth"} & ways))
