"""What admin pages share."""

from collections.abc import Callable
from typing import Any, TypeVar

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from clevervibes.lib.errors import DomainError

Form = TypeVar("Form", bound=forms.Form)


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
        meta = self.model._meta  # type: ignore[attr-defined]
        return request.user.has_perm(f"{meta.app_label}.add_{meta.model_name}")

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        return self.serve(request, self.service_form(request.POST or None), self.call_service)

    def serve(self, request: HttpRequest, form: Form, call: Callable[[HttpRequest, Form], str | HttpResponse],
              **more: object) -> HttpResponse:  # fmt: skip
        """Show `form`, or do what it says by `call`; `more` goes to the page."""
        if request.method == "POST" and form.is_valid():
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
