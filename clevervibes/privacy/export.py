"""Everything that is stored about a person, by the inventory: to be read, and as JSON to be taken along."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.apps import apps
from django.db import models
from django.db.models import Q
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.timezone import localtime
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from clevervibes.lib import history, limits
from clevervibes.lib.limits import Limit
from clevervibes.privacy import inventory
from clevervibes.privacy.uses import Use

A_DAY = Limit("export-day", 3, timedelta(days=1))

_ACCOUNT = "account__youth_link__youth__user"
# How the rows of a model lead to whom they are about. What leads nowhere is about nobody, or only names somebody who
# worked on it.
ABOUT: dict[str, tuple[str, ...]] = {
    "accounts.User": ("pk",),
    "accounts.User_groups": ("user",),
    "accounts.User_user_permissions": ("user",),
    "accounts.YouthProfile": ("user",),
    "accounts.Guardianship": ("guardian", "youth__user"),
    "accounts.TrustedPerson": ("person", "youth__user"),
    "accounts.OneTimeLink": ("about",),
    "accounts.ConfirmPin": ("user",),
    "accounts.SharedPhone": ("places__person",),
    "accounts.SharedPhonePerson": ("person",),
    "accounts.Consent": ("youth__user", "given_by"),
    "accounts.Ending": ("youth__user",),
    "accounts.Birthday": ("youth__user",),
    "accounts.BirthDateChange": ("youth__user",),
    "accounts.Reveal": ("youth__user",),
    "accounts.Erasure": ("person",),
    "accounts.Sighting": ("person",),
    "accounts.Membership": ("user",),
    "accounts.SignIn": ("user",),
    "accounts.ApiToken": ("user",),
    "accounts.MailLink": ("user",),
    "accounts.Case": ("by",),
    "accounts.CaseWord": ("case__by",),
    "accounts.ProtectionMember": ("person",),
    "accounts.StaffRole": ("user",),
    "accounts.SavedView": ("owner",),
    "mfa.Authenticator": ("user",),
    "accounts.Notice": ("to",),
    "accounts.MailSettings": ("person",),
    "accounts.Digest": ("to",),
    "account.EmailAddress": ("user",),
    "account.EmailConfirmation": ("email_address__user",),
    "activities.SharedTimeEntry": ("youth__user",),
    "activities.Review": ("entry__youth__user",),
    "activities.Interest": ("youth__user",),
    "activities.Sample": ("entry__youth__user",),
    "activities.PortfolioPick": ("entry__youth__user",),
    "activities.Portfolio": ("youth__user",),
    "activities.PortfolioItem": ("portfolio__youth__user",),
    "activities.LearningGoal": ("youth__user",),
    "activities.PlaceInterest": ("youth__user",),
    "activities.InterestStep": ("interest__youth__user",),
    "activities.InboxLink": ("person",),
    "activities.Reminder": ("to", "entry__youth__user"),
    "activities.Sheet": ("youth__user", "signed_by"),
    "activities.Booking": ("youth__user",),
    "coins.YouthAccount": ("youth__user",),
    "coins.Axis": (_ACCOUNT,),
    "coins.ConversionItem": (_ACCOUNT,),
    "coins.ConversionLine": (_ACCOUNT,),
    "coins.Payment": (_ACCOUNT,),
    "coins.Lot": (_ACCOUNT,),
    "coins.LotMove": (f"lot__{_ACCOUNT}",),
    "coins.Backflow": (_ACCOUNT,),
    "coins.ExpiryNotice": (_ACCOUNT,),
    "coins.LedgerAccount": ("youth_link__youth__user",),
    "coins.Balance": (_ACCOUNT,),
    "coins.LedgerHold": (_ACCOUNT,),
    "coins.LedgerHoldEnd": (f"hold__{_ACCOUNT}",),
    "coins.Transfer": ("debit__youth_link__youth__user", "credit__youth_link__youth__user"),
    "coins.MoneyOrder": (_ACCOUNT,),
    "coins.ContactInvitation": ("made_by", "used_by"),
    "partners.Hold": (_ACCOUNT,),
    "partners.Redemption": (f"hold__{_ACCOUNT}",),
    "partners.LateScan": (f"hold__{_ACCOUNT}",),
    "partners.DeskInvitation": ("made_by", "used_by"),
    "partners.RewardGoal": (_ACCOUNT,),
    "lib.OutboxMessage": ("to",),
    "admin.LogEntry": ("user",),
}

# What is kept of changes to rows about people leads to whom the row leads to.
ABOUT |= {
    trace._meta.label: tuple(f"pgh_obj__{path}" for path in ABOUT[trace.pgh_tracked_model._meta.label])
    for trace in history.traces()
    if trace.pgh_tracked_model in history.ABOUT_PEOPLE
}

# About somebody, but found by a word and not by a key; or the same rows seen another way.
_BY_HAND = {
    "lib.KeptAnswer": lambda person: Q(scope__in=[f"user:{person.pk}", f"form:{person.pk}"]),
}


# What these hold is nobody's daily business and has no name in the admin.
_TABLES = {
    "accounts.User_groups": _("Gruppen"),
    "mfa.Authenticator": _("Passkeys und Code-Apps"),
    "accounts.User_user_permissions": _("Rechte"),
    "coins.Axis": _("Stand der Umrechnung"),
    "coins.LotMove": _("Bewegungen der Coin-Lose"),
    "coins.ExpiryNotice": _("Hinweise auf ablaufende Coins"),
    "coins.LedgerEntry": _("Buchungen nach Konto"),
    "coins.RunPool": _("Töpfe eines Laufs"),
    "coins.RunStop": _("Halte eines Laufs"),
    "coins.LedgerHold": _("Vorgemerkte Coins"),
    "coins.LedgerHoldEnd": _("Beendete Vormerkungen"),
    "coins.Balance": _("Kontostand"),
    "lib.OutboxMessage": _("Nachrichten"),
    "lib.KeptAnswer": _("Gemerkte Antworten"),
}


@dataclass(frozen=True)
class Field:
    name: str
    label: str
    value: Any  # for machines
    words: str  # for people


@dataclass(frozen=True)
class Table:
    """The rows of one model that are about a person."""

    name: str
    label: str
    rows: list[list[Field]]


def count(person: User, *, now: datetime) -> None:
    """Count an export of `person`.

    :raises lib.limits.TooOften: past three a day.
    """
    limits.take((A_DAY, str(person.public_id)), now=now)


def tables(person: User) -> list[Table]:
    """Return everything that is stored about `person`, model by model in the order of the inventory."""
    known = _family_of(person)
    found = []
    for label, by_use in inventory.INVENTORY.items():
        model = apps.get_model(label)
        rows = [_fields(row, by_use, person, known) for row in _rows_about(model, label, person)]
        if rows:
            found.append(Table(label, name_of(model), rows))
    return found


def name_of(model: type[models.Model]) -> str:
    """Return what the rows of a model are called, in words."""
    if issubclass(model, history.Trace):
        return gettext("Verlauf: %s") % name_of(model.pgh_tracked_model)
    return str(_TABLES.get(model._meta.label) or capfirst(str(model._meta.verbose_name_plural)))


def as_json(person: User, *, now: datetime) -> dict[str, Any]:
    """Return the same for machines: per model a list of rows, each field by its name."""
    return {
        "made_at": now.isoformat(),
        "person": str(person.public_id),
        "data": {
            table.name: [{field.name: field.value for field in row} for row in table.rows] for table in tables(person)
        },
    }


def _rows_about(model: type[models.Model], label: str, person: User) -> list[models.Model]:
    if by_hand := _BY_HAND.get(label):
        return list(model._default_manager.filter(by_hand(person)))
    if label not in ABOUT:
        return []
    about = Q()
    for path in ABOUT[label]:
        about |= Q(**{path: person.pk})
    return list(model._default_manager.filter(about).distinct().order_by("pk"))


def _fields(row: models.Model, by_use: dict[Use, str], person: User, known: dict[int, str]) -> list[Field]:
    fields = {field.name: field for field in row._meta.local_fields}
    return [_field(row, fields[name], use, person, known) for use, names in by_use.items() for name in names.split()]


def _field(row: models.Model, field: models.Field, use: Use, person: User, known: dict[int, str]) -> Field:
    label = capfirst(str(field.verbose_name))
    raw = getattr(row, field.attname)
    if use.secret:
        kept = gettext("gespeichert, aber geheim") if raw else ""
        return Field(field.name, label, kept, kept)
    if field.name == "pgh_context":
        who = _who((raw or {}).get("by"), person, known)
        return Field(field.name, gettext("geändert von"), who, who)
    if field.is_relation and field.related_model is User:
        who = _who(raw, person, known)
        return Field(field.name, label, who, who)
    if isinstance(raw, datetime):
        words = date_format(localtime(raw), "j. F Y, H:i")
    elif raw is None or raw == "":
        words = "–"
    elif isinstance(raw, bool):
        words = gettext("ja") if raw else gettext("nein")
    elif field.choices:
        words = str(getattr(row, f"get_{field.name}_display")())
    elif hasattr(raw, "year"):
        words = date_format(raw, "DATE_FORMAT")
    else:
        words = str(raw)
    return Field(field.name, label, raw if isinstance(raw, int | bool | dict | list | None) else str(raw), words)


def _who(pk: int | None, person: User, known: dict[int, str]) -> str:
    """Name a person only to themself and their family; everybody else is somebody of the club."""
    if pk is None:
        return ""
    if pk == person.pk:
        return gettext("die Person selbst")
    if pk in known:
        return known[pk] or gettext("jemand aus der Familie")
    return gettext("jemand vom Club")


def _family_of(person: User) -> dict[int, str]:
    links = (
        Q(guardianships__youth__user=person)
        | Q(trusted_by__youth__user=person)
        | Q(youth__guardianships__guardian=person)
        | Q(youth__trusted_people__person=person)
    )
    return dict(User.objects.filter(links).values_list("pk", "first_name"))


def names() -> Iterator[str]:
    """Yield the labels of all models of which an export can hold rows."""
    yield from ABOUT
    yield from _BY_HAND
