"""The team's queue of organisations that want to take part."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action

from accounts.access import user_of
from clevervibes.lib import db
from clevervibes.lib.admin import ModelAdmin, OpenFirst, ReadOnly, ServicePage
from clevervibes.lib.team import ADMIN, CATALOG, FINANCE, Rule
from partners.joining import enquiries
from partners.joining.forms import AcceptForm, DeclineForm
from partners.models import Enquiry


class Undecided(OpenFirst):
    closed_by = "decided_at"


@admin.register(Enquiry)
class EnquiryAdmin(ReadOnly, ServicePage, ModelAdmin):
    """Read once the mailbox is proven; accepted it becomes an organisation, which the usual steps release."""

    rule = Rule(view=[CATALOG, FINANCE, ADMIN], change=[CATALOG, ADMIN], club="club")
    list_display = ["organisation_name", "wants", "club", "confirmed_at", "decided_at"]
    list_filter = [Undecided, "club"]
    list_select_related = ["club"]
    search_fields = ["organisation_name"]
    fields = [
        "organisation_name", "wants", "club", "contact_name", "email", "phone", "message", "asked_at", "confirmed_at",
        "decided_at", "decided_by", "organisation", "reason",
    ]  # fmt: skip
    readonly_fields = ["wants"]
    actions_detail = ["accept", "decline"]
    service_title = _("Anfrage annehmen")

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).filter(confirmed_at__isnull=False)

    @admin.display(description=_("möchte"))
    def wants(self, enquiry: Enquiry) -> str:
        return " · ".join(enquiry.part_words)

    @action(description=_("Annehmen …"), url_path="accept", icon="check", permissions=["decide"])
    def accept(self, request: HttpRequest, object_id: str) -> HttpResponse:
        enquiry = self.row_to("change", request, object_id)

        def call(request: HttpRequest, form: AcceptForm) -> str:
            place = enquiries.accept(enquiry=enquiry, **form.cleaned_data, by=user_of(request), now=db.now())
            return _("%(who)s ist angelegt. Freigeben und einladen sind die nächsten Schritte.") % {"who": place}

        form = AcceptForm(request.POST if request.method == "POST" else None, enquiry=enquiry)
        return self.serve(request, form, call, title=self._title(_("Annehmen"), enquiry), button=_("Annehmen"))

    @action(description=_("Absagen …"), url_path="decline", icon="close", permissions=["decide"])
    def decline(self, request: HttpRequest, object_id: str) -> HttpResponse:
        enquiry = self.row_to("change", request, object_id)

        def call(request: HttpRequest, form: forms.Form) -> str:
            enquiries.decline(enquiry=enquiry, **form.cleaned_data, by=user_of(request), now=db.now())
            return _("%(who)s bekommt eine Mail mit dem Grund.") % {"who": enquiry}

        form = DeclineForm(request.POST if request.method == "POST" else None)
        return self.serve(request, form, call, title=self._title(_("Absagen"), enquiry), button=_("Absagen"))

    def has_decide_permission(self, request: HttpRequest, object_id: str | int | None = None) -> bool:
        if not self.may(request, "change"):
            return False
        return object_id is None or enquiries.waiting().filter(pk=object_id).exists()

    @staticmethod
    def _title(what: Any, enquiry: Enquiry) -> str:
        return f"{what}: {enquiry}"
