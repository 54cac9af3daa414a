"""The page where roles are proposed, given and ended."""

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display

from accounts.access import require_fresh, user_of
from accounts.models import StaffRole
from accounts.team import roles
from accounts.team.forms import RoleForm
from clevervibes.lib import db
from clevervibes.lib.admin import ModelAdmin, ReadOnly, ServicePage
from clevervibes.lib.team import ADMIN, AUDITOR, OPS, Rule

LEADING = [ADMIN, OPS]


@admin.register(StaffRole)
class StaffRoleAdmin(ServicePage, ReadOnly, ModelAdmin):
    """Given by two: one proposes, another gives. Ended by one, at once."""

    rule = Rule(view=[*LEADING, AUDITOR], add=LEADING, change=LEADING, acts={"approve": LEADING}, club="club")
    list_display = ["user", "role", "club", "stand", "asked_by", "asked_at", "granted_by", "granted_at"]
    list_filter = ["role", "club", ("granted_at", admin.EmptyFieldListFilter), ("ended_at", admin.EmptyFieldListFilter)]
    list_select_related = ["user", "club", "asked_by", "granted_by"]
    search_fields = ["user__username", "user__last_name"]
    fields = ["user", "role", "club", "asked_by", "asked_at", "granted_by", "granted_at", "ended_by", "ended_at"]
    actions_detail = ["grant", "end"]
    service_form = RoleForm
    service_title = _("Rolle vorschlagen")
    service_button = _("Vorschlagen")

    @display(
        description=_("Stand"),
        label={_("wartet auf eine zweite Person"): "warning", _("gilt"): "success", _("beendet"): "info"},
    )
    def stand(self, role: StaffRole) -> str:
        if role.ended_at:
            return str(_("beendet"))
        return str(_("gilt") if role.granted_at else _("wartet auf eine zweite Person"))

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: object = None) -> HttpResponse:
        if self.has_add_permission(request):
            require_fresh(request)
        return super().add_view(request, form_url, extra_context)

    def call_service(self, request: HttpRequest, form: forms.Form) -> str:
        row = roles.propose(**form.cleaned_data, by=user_of(request), now=db.now())
        return str(_("Vorgeschlagen: %(role)s. Jemand anders aus der Leitung vergibt sie.")) % {"role": row}

    @action(description=_("Vergeben …"), url_path="grant", icon="check", permissions=["grant"])
    def grant(self, request: HttpRequest, object_id: str) -> HttpResponse:
        row = self.row_to("approve", request, object_id)
        require_fresh(request)

        def call(request: HttpRequest, form: forms.Form) -> str:
            return str(_("Vergeben: %(role)s.")) % {"role": roles.grant(role=row, by=user_of(request), now=db.now())}

        form = forms.Form(request.POST if request.method == "POST" else None)
        return self.serve(request, form, call, title=_("Vergeben: %(role)s?") % {"role": row}, button=_("Vergeben"))

    @action(description=_("Beenden …"), url_path="end", icon="close", permissions=["end"])
    def end(self, request: HttpRequest, object_id: str) -> HttpResponse:
        row = self.row_to("change", request, object_id)
        require_fresh(request)

        def call(request: HttpRequest, form: forms.Form) -> str:
            return str(_("Beendet: %(role)s.")) % {"role": roles.end(role=row, by=user_of(request), now=db.now())}

        form = forms.Form(request.POST if request.method == "POST" else None)
        return self.serve(request, form, call, title=_("Beenden: %(role)s?") % {"role": row}, button=_("Beenden"))

    def has_grant_permission(self, request: HttpRequest, object_id: str | int | None = None) -> bool:
        if not self.may(request, "approve"):
            return False
        return object_id is None or roles.proposed_to(user_of(request)).filter(pk=object_id).exists()

    def has_end_permission(self, request: HttpRequest, object_id: str | int | None = None) -> bool:
        if not self.may(request, "change"):
            return False
        return object_id is None or StaffRole.objects.filter(pk=object_id, ended_at=None).exists()
