"""*Anhalten* in the admin: one page for whatever can be stopped, with the reason, the sentence and the way back."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action
from unfold.widgets import UnfoldAdminTextInputWidget

from accounts.access import user_of
from clevervibes.lib import db, halting
from clevervibes.lib.admin import ServicePage


class HaltForm(forms.Form):
    sentence = forms.CharField(
        label=_("Satz, den die Leute lesen"), max_length=300, widget=UnfoldAdminTextInputWidget,
        help_text=_("Steht überall, wo es jetzt nicht weitergeht. Was ist los, und wer hilft?"),
    )  # fmt: skip
    reason = forms.CharField(label=_("Grund, nur für das Team"), max_length=300, widget=UnfoldAdminTextInputWidget)


class CanBeStopped:
    """For pages of rows that `clevervibes.lib.halting` stops. The rule names who may, as the act `stop`."""

    stop_fields = ("paused_at", "paused_by", "paused_why", "paused_reason")
    service_title: Any = _("Anhalten")
    service_button: Any = _("Anhalten")
    service_page = ServicePage.service_page

    @action(description=_("Anhalten …"), url_path="stop", icon="pause", permissions=["stop"])
    def stop(self, request: HttpRequest, object_id: str) -> HttpResponse:
        row = self.row_to("stop", request, object_id)  # type: ignore[attr-defined]

        def call(request: HttpRequest, form: forms.Form) -> str:
            by = user_of(request)
            self.log_change(request, halting.stop(row=row, by=by, now=db.now(), **form.cleaned_data),  # type: ignore[attr-defined]
                            f"angehalten: {form.cleaned_data['reason']}")  # fmt: skip
            return str(_("„%s“ ist angehalten.")) % row

        given = {"sentence": row.paused_why, "reason": row.paused_reason}
        form = HaltForm(request.POST if request.method == "POST" else None, initial=given)
        return self._served(request, form, call, title=_("Anhalten: %(who)s") % {"who": row}, button=_("Anhalten"))

    @action(description=_("Weitermachen lassen …"), url_path="resume", icon="play_arrow", permissions=["resume"])
    def resume(self, request: HttpRequest, object_id: str) -> HttpResponse:
        row = self.row_to("stop", request, object_id)  # type: ignore[attr-defined]

        def call(request: HttpRequest, form: forms.Form) -> str:
            self.log_change(request, halting.resume(row=row), "geht weiter")  # type: ignore[attr-defined]
            return str(_("„%s“ geht weiter.")) % row

        title = _("Weitermachen lassen: %(who)s") % {"who": row}
        form = forms.Form(request.POST if request.method == "POST" else None)
        return self._served(request, form, call, title=title, button=_("Weitermachen lassen"))

    def _served(self, request: HttpRequest, form: forms.Form, call: Any, **more: Any) -> HttpResponse:
        return ServicePage.serve(self, request, form, call, **more)  # type: ignore[arg-type]

    def has_stop_permission(self, request: HttpRequest, object_id: str | int | None = None) -> bool:
        return bool(self.may(request, "stop"))  # type: ignore[attr-defined]

    def has_resume_permission(self, request: HttpRequest, object_id: str | int | None = None) -> bool:
        stopped = self.model._default_manager.filter(paused_at__isnull=False)  # type: ignore[attr-defined]
        return self.has_stop_permission(request) and (object_id is None or stopped.filter(pk=object_id).exists())

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return [*dict.fromkeys([*super().get_readonly_fields(request, obj), *self.stop_fields])]  # type: ignore[misc]
