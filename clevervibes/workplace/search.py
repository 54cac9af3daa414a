"""One field for everything: people, organisations, hours, bookings, holds. What one may not see is not found.

A youth stands there as in every list, by an initial and a short number, until somebody says why they open the record.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.contrib import admin
from django.db.models import Model, Q, QuerySet
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.text import capfirst

from accounts import reveals
from accounts.masking import label_of
from accounts.models import Organisation, User
from activities.models import SharedTimeEntry
from coins.models import ConversionRun, LedgerAccount, MoneyOrder, Transfer
from coins.numbers import said
from partners.models import Hold, Partner, Redemption, Settlement

AT_MOST = 20
BIGGEST_KEY = 2**62
LEAST_LETTERS = 2
# What a number or an id of the short kind may mean; the rest of the tables is only found by the whole id.
NUMBERED = (Transfer, ConversionRun, LedgerAccount)


@dataclass(frozen=True)
class Hit:
    text: str
    url: str
    note: str = ""


@dataclass(frozen=True)
class Found:
    """Hits of one kind."""

    kind: str | Promise
    hits: list[Hit]
    has_more: bool


def search(user: User, typed: str) -> list[Found]:
    """Return what somebody of the team finds under `typed`: a name, a number, an id or the beginning of one."""
    text = " ".join(typed.split())[:120]
    queries = list(_queries(text)) if len(text) >= LEAST_LETTERS or text.isdecimal() else []
    return [found for found in (_found(user, rows) for rows in queries) if found.hits]


def _queries(text: str) -> Iterable[QuerySet]:
    ids = _ids(text)
    if ids:
        yield from _by_id(*ids)
    if text.isascii() and text.isdecimal() and int(text) < BIGGEST_KEY:
        for model in NUMBERED:
            yield model._default_manager.filter(pk=int(text))
    # A youth is looked for by what is said on the telephone, an adult by their name as well.
    adult = Q(youth=None) & (Q(first_name__istartswith=text) | Q(last_name__istartswith=text))
    yield User.objects.filter(Q(username__istartswith=text) | adult).select_related("youth").order_by("username")
    yield Organisation.objects.filter(name__icontains=text).order_by("name")


def _ids(text: str) -> tuple[UUID, UUID] | None:
    """Return the first and the last id that begin like `text`; None unless it is eight hexadecimal digits or more."""
    digits = text.replace("-", "").lower()
    if not 8 <= len(digits) <= 32 or set(digits) - set("0123456789abcdef"):
        return None
    return UUID(digits.ljust(32, "0")), UUID(digits.ljust(32, "f"))


def _by_id(first: UUID, last: UUID) -> Iterable[QuerySet]:
    span = {"public_id__gte": first, "public_id__lte": last}
    for model in admin.site._registry:
        if any(field.name == "public_id" for field in model._meta.fields) and not model._meta.proxy:
            yield model._default_manager.filter(**span).order_by("pk")
    if first == last:
        # What one order, redemption or deposit has moved; and whose account it is.
        yield Transfer.objects.filter(group=first).order_by("pk")
        yield LedgerAccount.objects.filter(owner=first).order_by("pk")


def _found(user: User, rows: QuerySet) -> Found:
    reachable = list(user.reach(rows)[: AT_MOST + 1])
    meta = rows.model._meta
    hits = [Hit(*_said(row), note=_note(row)) for row in reachable[:AT_MOST]]
    return Found(capfirst(meta.verbose_name_plural), hits, len(reachable) > AT_MOST)


def _said(row: Model) -> tuple[str, str]:
    meta = row._meta
    return text_of(row), reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[row.pk])


def text_of(row: Model) -> str:
    """Return what stands for a row, without the name of a youth."""
    if isinstance(row, SharedTimeEntry):
        return f"{row.starts_at:%d.%m.%Y} · {row.category}"
    if isinstance(row, Transfer):
        return f"{row.pk} · {row.get_kind_display()} · {said(row.amount)}"
    if isinstance(row, Redemption | Hold):
        return f"{row.title} · {said(row.price_coins)} Coins"
    if isinstance(row, Settlement | MoneyOrder | Partner):
        return str(row) if not isinstance(row, MoneyOrder) else row.get_kind_display()
    return label_of(row)


def _note(row: Model) -> str:
    if isinstance(row, User):
        return row.username
    if isinstance(row, SharedTimeEntry):
        return reveals.masked_person(row.youth.user)
    return ""
