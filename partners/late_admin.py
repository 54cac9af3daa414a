"""The team's queue of scans that could not be booked as they stood."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils.timesince import timesince
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action
from unfold.widgets import UnfoldAdminTextInputWidget, UnfoldBooleanSwitchWidget

from accounts.access import user_of
from clevervibes.lib import db
from clevervibes.lib.admin import ModelAdmin, OpenFirst, ReadOnly, ServicePage
from clevervibes.lib.team import FINANCE, SUPPORT, Rule
from partners import booking
from partners.models import LateScan


class DecideForm(forms.Form):
    note = forms.CharField(
        label=_("Was wurde entschieden?"),
        max_length=300,
        widget=UnfoldAdminTextInputWidget,
        help_text=_("Mit wem gesprochen, was vereinbart. Der Laden hat die Ware schon ausgegeben."),
    )
    book = forms.BooleanField(
        label=_("Jetzt einlösen"),
        required=False,
        widget=UnfoldBooleanSwitchWidget,
        help_text=_("Geht, solange die Vormerkung dieses Ladens noch lebt: Die Coins liegen bereit."),
    )


class StillOpen(OpenFirst):
    closed_by = "decided_at"


@admin.register(LateScan)
class LateScanAdmin(ReadOnly, ServicePage, ModelAdmin):
    """The oldest first; each is decided by a person, with a sentence."""

    rule = Rule(view=[SUPPORT, FINANCE], change=[SUPPORT, FINANCE], club="partner__organisation__club")
    list_display = ["what", "partner", "scanned_at", "why", "waits", "decided_at"]
    list_filter = [StillOpen, "partner"]
    list_select_related = ["partner__organisation", "hold"]
    search_fields = ["partner__organisation__name"]
    fields = ["partner", "hold", "scanned_at", "received_at", "why", "by", "device", "decided_at", "decided_by", "note",
              "redemption"]  # fmt: skip
    actions_detail = ["decide"]
    service_title = _("Späten Scan entscheiden")

    @action(description=_("Entscheiden …"), url_path="decide", icon="check", permissions=["decide"])
    def decide(self, request: HttpRequest, object_id: str) -> HttpResponse:
        late_scan = self.row_to("change", request, object_id)

        def call(request: HttpRequest, form: forms.Form) -> str:
            booking.decide(late_scan=late_scan, by=user_of(request), now=db.now(), **form.cleaned_data)
            return gettext("Entschieden.")

        form = DecideForm(request.POST if request.method == "POST" else None)
        return self.serve(request, form, call, title=self.service_title, button=_("Entscheiden"))

    def has_decide_permission(self, request: HttpRequest, object_id: str | int | None = None) -> bool:
        if not self.may(request, "change"):
            return False
        return object_id is None or LateScan.objects.filter(pk=object_id, decided_at=None).exists()

    @admin.display(description=_("Angebot"))
    def what(self, late_scan: LateScan) -> str:
        return late_scan.get_what()

    @admin.display(description=_("wartet seit"), ordering="received_at")
    def waits(self, late_scan: LateScan) -> Any:
        return "–" if late_scan.decided_at else timesince(late_scan.received_at, depth=1)
