"""The record of processing activities (Art. 30 GDPR) and the table of the privacy page, both read off the inventory."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db import models
from django.utils.functional import Promise
from django.utils.text import capfirst

from clevervibes.privacy import export, inventory
from clevervibes.privacy.uses import Basis, Eyes, Kept


@dataclass
class Activity:
    """What is done for one purpose: with which data, on which ground, for how long, seen by whom."""

    purpose: str | Promise
    bases: list[Basis] = field(default_factory=list)
    kept: list[Kept] = field(default_factory=list)
    eyes: list[Eyes] = field(default_factory=list)
    data: dict[str, list[str]] = field(default_factory=dict)  # fields by model, in words
    told: dict[str, list[str]] = field(default_factory=dict)  # the same without what has a name in the code alone

    @property
    def is_personal(self) -> bool:
        return self.bases != [Basis.NONE]

    def words(self, name: str) -> str:
        """Return the texts of `bases`, `kept` or `eyes`, one after the other."""
        return "; ".join(str(item.value) for item in getattr(self, name))

    @property
    def basis_words(self) -> str:
        return self.words("bases")

    @property
    def kept_words(self) -> str:
        return self.words("kept")

    @property
    def eyes_words(self) -> str:
        people = [eyes for eyes in self.eyes if eyes != Eyes.MACHINE] or self.eyes
        return ", ".join(str(eyes.value) for eyes in people)


def activities() -> list[Activity]:
    """Return one activity per purpose, in the order of the inventory."""
    found: dict[str, Activity] = {}
    for row in inventory.rows():
        activity = found.setdefault(str(row.use.purpose), Activity(row.use.purpose))
        _add(activity.bases, [row.use.basis])
        _add(activity.kept, [row.use.kept])
        _add(activity.eyes, row.use.eyes)
        activity.data.setdefault(capfirst(str(row.model._meta.verbose_name)), []).append(
            capfirst(str(row.field.verbose_name))
        )
        if has_words(row.field):
            _add(activity.told.setdefault(export.name_of(row.model), []), [capfirst(str(row.field.verbose_name))])
    return list(found.values())


def has_words(field: models.Field) -> bool:
    """Say whether a field has a name that people read: numbers of rows and hashes have none."""
    return not field.primary_key and str(field.verbose_name) != field.name.replace("_", " ")


def personal() -> list[Activity]:
    """Return the activities that concern people: the rows of the table on the privacy page."""
    return [activity for activity in activities() if activity.is_personal]


def as_markdown() -> str:
    """Return the record of processing as a document."""
    lines = ["# Verzeichnis von Verarbeitungstätigkeiten (Art. 30 DSGVO)", ""]
    for number, activity in enumerate(personal(), start=1):
        lines += [
            f"## {number}. {activity.purpose}",
            "",
            f"- Rechtsgrundlage: {activity.basis_words}",
            f"- Aufbewahrung: {activity.kept_words}",
            f"- Wer es sieht: {activity.eyes_words}",
            "- Daten:",
            *(f"  - {model}: {', '.join(names)}" for model, names in activity.data.items()),
            "",
        ]
    return "\n".join(lines)


def _add(into: list, new: Iterable) -> None:
    into.extend(item for item in new if item not in into)
