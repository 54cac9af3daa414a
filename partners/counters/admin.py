"""What the team does about devices at counters: look, stop one with a reason and a sentence, let it go on."""

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action
from unfold.widgets import UnfoldAdminTextInputWidget

from accounts.access import user_of
from clevervibes.lib import db, halting
from clevervibes.lib.admin import ModelAdmin, ReadOnly, ServicePage
from clevervibes.lib.team import AUDITOR, CATALOG, SUPPORT, Rule
from partners.models import Device


class StopDeviceForm(forms.Form):
    sentence = forms.CharField(
        label=_("Satz für die Theke"), max_length=300, widget=UnfoldAdminTextInputWidget,
        help_text=_("Liest, wer am Gerät steht. Was ist los, und wer hilft?"),
    )  # fmt: skip
    reason = forms.CharField(label=_("Grund, nur für das Team"), max_length=300, widget=UnfoldAdminTextInputWidget)


@admin.register(Device)
class DeviceAdmin(ReadOnly, ServicePage, ModelAdmin):
    """The token's hash is shown to nobody."""

    rule = Rule(
        view=[SUPPORT, CATALOG, AUDITOR], change=[SUPPORT, CATALOG], club="partner__organisation__club"
    )  # fmt: skip
    list_display = ["name", "partner", "kind", "last_seen_at", "paused_at", "revoked_at"]
    list_filter = ["kind", ("paused_at", admin.EmptyFieldListFilter), ("revoked_at", admin.EmptyFieldListFilter)]
    list_select_related = ["partner__organisation"]
    search_fields = ["name", "partner__organisation__name"]
    fields = ["partner", "kind", "name", "made_by", "made_at", "connected_at", "expires_at", "last_seen_at",
              "revoked_at", "revoked_by", "paused_at", "paused_why", "paused_reason", "paused_by"]  # fmt: skip
    actions_detail = ["stop", "resume"]
    service_title = _("Gerät anhalten")

    @action(description=_("Anhalten …"), url_path="stop", icon="pause", permissions=["decide"])
    def stop(self, request: HttpRequest, object_id: str) -> HttpResponse:
        device = self.row_to("change", request, object_id)

        def call(request: HttpRequest, form: forms.Form) -> str:
            halting.stop(row=device, **form.cleaned_data, by=user_of(request), now=db.now())
            return gettext("%(device)s ist angehalten.") % {"device": device}

        initial = {"sentence": device.paused_why, "reason": device.paused_reason}
        form = StopDeviceForm(request.POST if request.method == "POST" else None, initial=initial)
        return self.serve(request, form, call, title=self.service_title, button=_("Anhalten"))

    @action(description=_("Weitermachen lassen …"), url_path="resume", icon="play_arrow", permissions=["resume"])
    def resume(self, request: HttpRequest, object_id: str) -> HttpResponse:
        device = self.row_to("change", request, object_id)

        def call(request: HttpRequest, form: forms.Form) -> str:
            halting.resume(row=device)
            return gettext("%(device)s macht weiter.") % {"device": device}

        form = forms.Form(request.POST if request.method == "POST" else None)
        return self.serve(request, form, call, title=_("Gerät weitermachen lassen"), button=_("Weitermachen lassen"))

    def has_decide_permission(self, request: HttpRequest, object_id: str | int | None = None) -> bool:
        if not self.may(request, "change"):
            return False
        return object_id is None or Device.objects.filter(pk=object_id, revoked_at=None).exists()

    def has_resume_permission(self, request: HttpRequest, object_id: str | int | None = None) -> bool:
        if not self.may(request, "change"):
            return False
        return object_id is None or Device.objects.filter(pk=object_id, paused_at__isnull=False).exists()
