"""The queue of the protection team, shut to everybody else of the staff, administrators too."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.timesince import timesince
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action

from accounts.access import require_fresh, user_of
from accounts.models import Concern, ConcernLook, ProtectionMember
from accounts.proof import AsksForProof
from accounts.protection import concerns, members
from accounts.protection.forms import CloseForm, MemberForm
from clevervibes.lib import db
from clevervibes.lib.admin import ModelAdmin, OpenFirst, ReadOnly, ServicePage, TabularInline
from clevervibes.lib.team import ADMIN, NOBODY, OPS, Rule


class LookInline(ReadOnly, TabularInline):
    model = ConcernLook
    fields = ["at", "by"]
    extra = 0

    def has_view_permission(self, request: HttpRequest, obj: object = None) -> bool:
        # Whoever gets this far is named; what they did here is no secret among them.
        return True


@admin.register(Concern)
class ConcernAdmin(ReadOnly, ServicePage, ModelAdmin):
    """Lists say when, never what. Each look at one is noted."""

    rule = Rule(view=NOBODY, club="club")
    list_display = ["raised_at", "club", "waits", "closed_at"]
    list_filter = [OpenFirst]
    list_select_related = ["club"]
    fields = ["raised_at", "club", "what", "place", "reach", "page", "closed_at", "closed_by", "note"]
    inlines = [LookInline]
    actions_detail = ["close"]
    service_title = _("Meldung abschließen")

    # No right of Django's opens this; see accounts.protection.concerns.
    def has_module_permission(self, request: HttpRequest) -> bool:
        return concerns.clubs_protected_by(user_of(request)).exists()

    def has_view_permission(self, request: HttpRequest, obj: Concern | None = None) -> bool:
        return self.has_module_permission(request)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Concern]:
        return concerns.concerns_read_by(user_of(request)).order_by("raised_at", "pk")

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "",
                    extra_context: Any = None) -> HttpResponse:  # fmt: skip
        concern = self.get_object(request, unquote(object_id))
        if concern is not None:
            concerns.look(concern=concern, by=user_of(request), now=db.now())
        return super().change_view(request, object_id, form_url, extra_context)

    @action(description=_("Abschließen …"), url_path="close", icon="check", permissions=["close"])
    def close(self, request: HttpRequest, object_id: str) -> HttpResponse:
        concern = get_object_or_404(self.get_queryset(request), pk=object_id)

        def call(request: HttpRequest, form: forms.Form) -> str:
            concerns.close(concern=concern, by=user_of(request), now=db.now(), **form.cleaned_data)
            return gettext("Abgeschlossen. In einem Jahr wird die Meldung gelöscht.")

        form = CloseForm(request.POST or None)
        return self.serve(request, form, call, title=_("Meldung abschließen"), button=_("Abschließen"))

    def has_close_permission(self, request: HttpRequest, object_id: str | int | None = None) -> bool:
        return self.has_module_permission(request)

    @admin.display(description=_("wartet seit"), ordering="raised_at")
    def waits(self, concern: Concern) -> str:
        return "–" if concern.closed_at else timesince(concern.raised_at, depth=1)


@admin.register(ProtectionMember)
class ProtectionMemberAdmin(AsksForProof, ServicePage, ReadOnly, ModelAdmin):
    """Who reads concerns. Named by an administrator, who does not read them by that."""

    rule = Rule(view=[ADMIN, OPS], add=[ADMIN, OPS], change=[ADMIN, OPS], club="club")
    list_display = ["person", "club", "named_by", "named_at", "ended_at"]
    list_filter = ["club", ("ended_at", admin.EmptyFieldListFilter)]
    list_select_related = ["person", "club", "named_by"]
    actions_detail = ["end"]
    service_form = MemberForm
    service_title = _("Ins Schutz-Team benennen")
    service_button = _("Benennen")

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return ServicePage.has_add_permission(self, request, obj)

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        if self.has_add_permission(request):
            require_fresh(request)
        return ServicePage.add_view(self, request, form_url, extra_context)

    def call_service(self, request: HttpRequest, form: forms.Form) -> str:
        member = members.name(**form.cleaned_data, by=user_of(request), now=db.now())
        return _("%(who)s ist im Schutz-Team.") % {"who": member.person}

    @action(description=_("Beenden …"), url_path="end", icon="close", permissions=["end"])
    def end(self, request: HttpRequest, object_id: str) -> HttpResponse:
        require_fresh(request)
        member = self.row_to("change", request, object_id)

        def call(request: HttpRequest, form: forms.Form) -> str:
            members.end(member=member, by=user_of(request), now=db.now())
            return _("%(who)s ist nicht mehr im Schutz-Team.") % {"who": member.person}

        title = _("Beenden: %(who)s") % {"who": member}
        return self.serve(request, forms.Form(request.POST or None), call, title=title, button=_("Beenden"))

    def has_end_permission(self, request: HttpRequest, object_id: str | int | None = None) -> bool:
        if not request.user.has_perm("accounts.change_protectionmember"):
            return False
        return object_id is None or ProtectionMember.objects.filter(pk=object_id, ended_at=None).exists()
