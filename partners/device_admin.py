"""The screens and phones at the counters, as the team sees them: to look at, and to stop."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from accounts.stop_pages import CanBeStopped
from clevervibes.lib.admin import ModelAdmin, ReadOnly
from clevervibes.lib.team import AUDITOR, CATALOG, SUPPORT, Rule
from partners.models import Device


@admin.register(Device)
class DeviceAdmin(CanBeStopped, ReadOnly, ModelAdmin):
    rule = Rule(view=[SUPPORT, CATALOG, AUDITOR], acts={"stop": [SUPPORT, CATALOG]}, club="partner__organisation__club")
    list_display = ["__str__", "partner", "last_seen_at", "paused_at", "revoked_at"]
    list_filter = [("paused_at", admin.EmptyFieldListFilter), ("revoked_at", admin.EmptyFieldListFilter)]
    list_select_related = ["partner__organisation"]
    search_fields = ["partner__organisation__name"]
    actions_detail = ["stop", "resume"]
    # Never what opens it: neither its token nor a hash of it.
    fields = ["partner", "shown_name", "last_seen_at", *CanBeStopped.stop_fields, "revoked_at"]
    readonly_fields = ["shown_name"]

    @admin.display(description=_("Gerät"))
    def shown_name(self, device: Device) -> str:
        return str(device)
