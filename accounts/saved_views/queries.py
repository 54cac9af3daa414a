"""What of a list's address is worth keeping: what the list itself offers, and never a name to look for."""

import copy

from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.utils import get_fields_from_path
from django.contrib.admin.views.main import ORDER_VAR, SEARCH_VAR
from django.core.exceptions import FieldDoesNotExist, FieldError, SuspiciousOperation, ValidationError
from django.http import HttpRequest, QueryDict
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from accounts.masking import MaskedUntilReason
from accounts.models import User
from accounts.saved_views.models import QUERY_LENGTH
from clevervibes.lib.admin import ModelAdmin
from clevervibes.lib.errors import DomainError


class NotAccepted(DomainError):
    code = "not_accepted"
    message = _("Diese Filter kennt die Liste nicht. Stellen Sie sie neu ein und speichern Sie dann.")
    status = 400


class NothingToKeep(DomainError):
    code = "nothing_to_keep"
    message = _("Hier ist nichts gefiltert oder sortiert. Eine Ansicht merkt sich Filter, Suche und Reihenfolge.")
    status = 400


def kept(page: ModelAdmin, request: HttpRequest, query: str, *, search_too: bool) -> str:
    """Return `query` with what the list offers and no more, in one order: alike views are written alike."""
    offered = _offered(page, request)
    sent = QueryDict(query)
    found = {
        key: values
        for key, values in sent.lists()
        if any(values) and (key == ORDER_VAR or (key == SEARCH_VAR and search_too) or fits(key, offered))
    }
    return urlencode(sorted(found.items()), doseq=True)


def fits_still(page: ModelAdmin, request: HttpRequest, query: str) -> bool:
    """Say whether the list still offers each filter of a stored query."""
    offered = _offered(page, request)
    return all(key in (ORDER_VAR, SEARCH_VAR) or fits(key, offered) for key in QueryDict(query))


def fits(key: str, offered: set[str]) -> bool:
    return any(key == name or key.startswith(f"{name}_") for name in offered)


def accepted(page: ModelAdmin, request: HttpRequest, query: str) -> str:
    """Build the list with `query`, as the page itself would, and return what of it the list has heeded.

    :raises NothingToKeep: if it is the list as it is.
    :raises NotAccepted: if the list refuses it.
    """
    if not query:
        raise NothingToKeep
    if len(query) > QUERY_LENGTH or "%00" in query:
        raise NotAccepted
    asked = copy.copy(request)
    asked.GET = QueryDict(query)
    try:
        shown = page.get_changelist_instance(asked)
    except (IncorrectLookupParameters, SuspiciousOperation, FieldError, ValidationError, ValueError) as error:
        raise NotAccepted from error
    # A filter with a single choice is not drawn, and what is asked of it passes by.
    names = {ORDER_VAR, SEARCH_VAR}.union(*(spec.expected_parameters() for spec in shown.filter_specs))
    if page.date_hierarchy:
        names |= {f"{page.date_hierarchy}__{part}" for part in ("year", "month", "day")}
    heeded = {key: values for key, values in asked.GET.lists() if key in names}
    if not heeded:
        raise NothingToKeep
    return urlencode(sorted(heeded.items()), doseq=True)


def may_name_somebody(page: ModelAdmin, request: HttpRequest) -> bool:
    """Say whether the search of this list goes through people: what is typed there may be somebody's name."""
    return isinstance(page, MaskedUntilReason) or any(
        _is_about_people(page, path.lstrip("^=@")) for path in page.get_search_fields(request)
    )


def _is_about_people(page: ModelAdmin, path: str) -> bool:
    try:
        return any(field.model is User for field in get_fields_from_path(page.model, path))
    except FieldDoesNotExist:
        return True  # not a plain path, and so not known to be harmless


def _offered(page: ModelAdmin, request: HttpRequest) -> set[str]:
    """Return what the keys of the list's own filters start with. Building the filters would ask the database."""
    names = {_name_of(one) for one in page.get_list_filter(request)}
    return names | ({page.date_hierarchy} if page.date_hierarchy else set())


def _name_of(one: object) -> str:
    if isinstance(one, (list, tuple)):
        one = one[0]
    return one if isinstance(one, str) else str(one.parameter_name)  # type: ignore[attr-defined]
