"""What admin pages share: the rule that says who may do what, lists of one's own clubs, pages that call a service."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import label_for_field, lookup_field, unquote
from django.contrib.admin.views.main import ERROR_FLAG, ORDER_VAR, PAGE_VAR
from django.core import checks
from django.core.exceptions import PermissionDenied
from django.db.models import ForeignKey, Model, QuerySet
from django.forms import Field as FormField
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.response import TemplateResponse
from django.utils.functional import Promise
from django.utils.html import strip_tags
from django.utils.text import capfirst
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin as UnfoldModelAdmin
from unfold.admin import TabularInline as UnfoldTabularInline
from unfold.views import ChangeList

from clevervibes.lib import changes, periods, sheets
from clevervibes.lib.errors import DomainError
from clevervibes.lib.team import Rule, rule_of

Form = TypeVar("Form", bound=forms.Form)
BIGGEST_KEY = 2**62


class Rows(ChangeList):
    """The rows of a list. It sorts their keys and reads those of one page.

    Sorted with all that names them, every row of the table is joined for the fifty that are shown.
    """

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        if self.list_select_related and not self.list_editable:  # a form of rows needs its queryset
            keys = list(self.result_list.values_list("pk", flat=True))
            rows = self.queryset.order_by().in_bulk(keys)
            self.result_list: Any = [rows[key] for key in keys if key in rows]

    def get_query_string(self, new_params: Any = None, remove: Any = None) -> str:
        # Unfold builds the links of the head anew for each row.
        known = self.__dict__.setdefault("_addresses", {})
        asked = repr((new_params, remove))
        if asked not in known:
            known[asked] = super().get_query_string(new_params, remove)
        return str(known[asked])


class ModelAdmin(UnfoldModelAdmin):
    """A page of the admin with a rule: who may look, change and act, and whose club a row is.

    Lists, look-ups, forms and actions reach the rows of one's own clubs only. Without a rule nobody sees the page, and
    `manage.py check` says what to write.
    """

    rule: Rule
    object_history_template = "admin/history.html"
    change_list_template = "admin/list.html"
    list_per_page = 50
    # How many there would be without the search is one question more over all rows, and nobody's.
    show_full_result_count = False
    csv_export = True  # of the rows chosen on a list, its columns; names stay covered as they are there

    # ── May they? ──
    def may(self, request: HttpRequest, do: str, row: Model | None = None) -> bool:
        """Say whether somebody may `do` something to a row, or to any row; `do` is view, change, … or an act."""
        meta = self.opts
        return bool(request.user.has_perm(f"{meta.app_label}.{do}_{meta.model_name}", row))

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.may(request, "view")

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.may(request, "view", obj)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.may(request, "add")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.may(request, "change", obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.may(request, "delete", obj)

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """Show what changed, by whichever way, and what was done in the admin (Django's log: with the reasons)."""
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        row = self.get_object(request, unquote(object_id))
        context = dict(extra_context or {})
        if row is not None and self.has_view_or_change_permission(request, row):
            context["changes"] = changes.of(self.model, row.pk, page=request.GET.get("seite", 1))
            context["title"] = _("Änderungen: %(row)s") % {"row": row}
        return super().history_view(request, object_id, context)

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        answer = super().changelist_view(request, extra_context)
        drawn = answer.context_data if isinstance(answer, TemplateResponse) else None
        if drawn and "cl" in drawn:
            drawn["views"] = above(self, request)
            if not set(request.GET) - {ORDER_VAR, PAGE_VAR, ERROR_FLAG}:
                # Said only of what was filtered: else "show all" stands above a list that shows all.
                drawn["cl"].full_result_count = drawn["cl"].result_count
        return answer

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return Rows

    # ── Whose rows? ──
    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return request.user.reach(super().get_queryset(request))  # type: ignore[union-attr]

    def row_to(self, do: str, request: HttpRequest, key: object) -> Any:
        """Return the row that somebody wants to `do` something to; to others it does not exist.

        :raises PermissionDenied: for what they may look at and no more.
        """
        if not self.may(request, do):
            raise PermissionDenied
        text = str(key)
        if not text.isascii() or not text.isdecimal() or int(text) > BIGGEST_KEY:
            raise Http404
        row = self.get_queryset(request).filter(pk=int(text)).first()
        if row is None:
            raise Http404
        if not self.may(request, do, row):
            raise PermissionDenied
        return row

    def response_action(self, request: HttpRequest, queryset: QuerySet) -> HttpResponse | None:
        # Whoever looks at two clubs and acts for one acts on the rows of that one.
        do = {"delete_selected": "delete", "as_csv": "view"}.get(request.POST.get("action", ""), "change")
        return super().response_action(request, request.user.reach(queryset, do))  # type: ignore[union-attr]

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Offer an action to whoever may change rows, unless it names what it needs itself."""
        found = super().get_actions(request)
        if not self.may(request, "change"):
            found = {name: act for name, act in found.items() if hasattr(act[0], "allowed_permissions")}
        if self.csv_export and self.has_view_permission(request):
            found["as_csv"] = (_as_csv, "as_csv", _("Als CSV herunterladen"))
        return found

    def formfield_for_foreignkey(self, db_field: ForeignKey, request: HttpRequest, **kwargs: Any) -> FormField | None:
        field: Any = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if field is not None:
            offer_own(field, request, self.opts.model)
        return field


class RelatedFilter(admin.RelatedFieldListFilter):
    """The rows of another table that a list is filtered by: read with what names them, in one query for all."""

    def field_choices(self, field: Any, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, Any]]:
        model = field.remote_field.model
        rows = model._default_manager.complex_filter(field.get_limit_choices_to())
        page = model_admin.admin_site._registry.get(model)
        named_by = getattr(page, "list_select_related", False)
        if named_by and named_by is not True:
            rows = rows.select_related(*named_by)
        ordering = self.field_admin_ordering(field, request, model_admin)
        return [(row.pk, str(row)) for row in (rows.order_by(*ordering) if ordering else rows)]


admin.FieldListFilter.register(lambda field: bool(field.remote_field), RelatedFilter, take_priority=True)


def prove(request: HttpRequest) -> None:
    """Go no further unless somebody has shown a short while ago who they are. Put in place by `accounts.proof`."""
    raise PermissionDenied


def above(page: ModelAdmin, request: HttpRequest) -> dict[str, Any]:
    """Return what stands above a list: the kept views of it. Put in place by `accounts.saved_views.pages`."""
    return {}


def _as_csv(page: ModelAdmin, request: HttpRequest, rows: QuerySet) -> HttpResponse:
    """Answer the chosen rows with the columns of their list. Who takes much away shows once more who they are."""
    prove(request)
    names = page.get_list_display(request)
    head = [capfirst(str(label_for_field(name, page.model, page))) for name in names]
    lines = ([_cell(name, row, page) for name in names] for row in rows)
    return sheets.download(f"{page.opts.model_name}.csv", [head, *lines])


def _cell(name: Any, row: Model, page: ModelAdmin) -> str:
    field, _attribute, value = lookup_field(name, row, page)
    if isinstance(value, datetime):
        value = f"{localtime(value):%d.%m.%Y %H:%M}"
    elif field is not None and getattr(field, "flatchoices", None):
        value = dict(field.flatchoices).get(value, value)
    elif isinstance(value, bool):
        value = _("ja") if value else _("nein")
    return str(value) if isinstance(value, int) else sheets.text("" if value is None else strip_tags(str(value)))


def steps(*taken: tuple[Any, Any, datetime | None]) -> list[tuple[Any, str]]:
    """Return who took which step, and when in Berlin: of (label, person, moment) those that were taken."""
    return [
        (label, f"{localtime(when, periods.BERLIN):%d.%m.%Y, %H:%M}" + (f", {who}" if who else ""))
        for label, who, when in taken
        if when
    ]


class TabularInline(UnfoldTabularInline):
    """Rows that stand on the page of another row: who may see or change that, may see or change these."""

    def _page(self) -> Any:
        return self.admin_site._registry[self.parent_model]

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(self._page().has_view_permission(request, obj))

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(self._page().has_change_permission(request, obj))

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(self._page().has_change_permission(request, obj))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(self._page().has_change_permission(request, obj))


def offer_own(field: Any, request: HttpRequest, page_model: type[Model]) -> None:
    """Let a field that chooses rows offer those of the clubs in which somebody does the work of this page."""
    rows: Any = getattr(field, "queryset", None)
    rule = rule_of(rows.model) if rows is not None else None
    if rows is not None and rule is not None and rule.ways:
        clubs = request.user.clubs_working_on(page_model)  # type: ignore[union-attr]
        field.queryset = rows.filter(rule.of_clubs(clubs, shared_too=True))


def all_are_own(form: forms.Form, request: HttpRequest, page_model: type[Model]) -> bool:
    """Refuse what a form has found by a typed name if it is of a club one does not work for."""
    clubs = request.user.clubs_working_on(page_model)  # type: ignore[union-attr]
    for name, value in list(form.cleaned_data.items()):
        rule = rule_of(type(value)) if isinstance(value, Model) else None
        club = rule.club_of(value) if rule else None
        if club is not None and club not in clubs:
            form.add_error(name if name in form.fields else None, _("Das gehört zu einem anderen Club."))
    return form.is_valid()


@checks.register
def every_page_has_a_rule(app_configs: object, **kwargs: object) -> list[checks.CheckMessage]:
    """Name the pages of the admin that nobody has thought about."""
    return [
        checks.Error(
            f"{type(page).__module__}.{type(page).__name__} does not say who may do what.",
            hint="Derive it from clevervibes.lib.admin.ModelAdmin and write, for instance, `rule = Rule(view=[FINANCE, "
            'AUDITOR], add=[FINANCE], club="organisation__club")` (clevervibes.lib.team); then list it in '
            "tests/access/staff.yaml. See docs/decisions/0039.",
            obj=model._meta.label,
            id="clevervibes.E010",
        )
        for model, page in admin.site._registry.items()
        if not (isinstance(page, ModelAdmin) and isinstance(getattr(page, "rule", None), Rule))
    ]


class ReadOnly:
    """To be looked at, never rewritten: money, and people's own words."""

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


class ServicePage:
    """Replace a model's add form by one that calls a service.

    Django's own add form runs in a transaction, and a service must open its own. A refusal stands beside the field
    that the error names with `field`, else above the form; what was typed stays.
    """

    service_form: type[forms.Form]
    service_title: str | Promise
    service_button: str | Promise = _("Speichern")

    def call_service(self, request: HttpRequest, form: forms.Form) -> str | HttpResponse:
        """Do what the form says and return the sentence that reports it, or a page of its own."""
        raise NotImplementedError

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return bool(self.may(request, "add"))  # type: ignore[attr-defined]

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        return self.serve(request, self.service_form(request.POST or None), self.call_service)

    def serve(self, request: HttpRequest, form: Form, call: Callable[[HttpRequest, Form], str | HttpResponse],
              **more: object) -> HttpResponse:  # fmt: skip
        """Show `form`, or do what it says by `call`; `more` goes to the page."""
        for one in form.fields.values():
            offer_own(one, request, self.opts.model)  # type: ignore[attr-defined]
        if request.method == "POST" and form.is_valid() and all_are_own(form, request, self.opts.model):  # type: ignore[attr-defined]
            try:
                done = call(request, form)
            except DomainError as error:
                field = getattr(error, "field", None)
                form.add_error(field if field in form.fields else None, str(error))
            else:
                if isinstance(done, HttpResponse):
                    return done
                messages.success(request, done)
                return redirect(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")  # type: ignore[attr-defined]
        return self.service_page(request, form, **more)

    def service_page(self, request: HttpRequest, form: forms.Form, **more: object) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),  # type: ignore[attr-defined]
            "opts": self.opts,  # type: ignore[attr-defined]
            "title": self.service_title,
            "button": self.service_button,
            "form": form,
            "media": form.media,
            **more,
        }
        return render(request, "admin/service_page.html", context)


class OpenFirst(admin.SimpleListFilter):
    """What a queue shows: what is open, unless something else is asked for. `closed_by` is the moment that ends it."""

    title = _("Stand")
    parameter_name = "stand"
    closed_by = "closed_at"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, Any]]:
        return [("erledigt", _("erledigt")), ("alle", _("alle"))]

    def choices(self, changelist: Any) -> Any:
        chosen = self.value()
        yield {
            "selected": chosen is None,
            "query_string": changelist.get_query_string(remove=[self.parameter_name]),
            "display": _("offen"),
        }
        for value, label in self.lookup_choices:
            yield {
                "selected": chosen == value,
                "query_string": changelist.get_query_string({self.parameter_name: value}),
                "display": label,
            }

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        if self.value() == "alle":
            return queryset
        return queryset.filter(**{f"{self.closed_by}__isnull": self.value() != "erledigt"})
