"""The team's pages of places: what waits for a release, and what goes on between youths and companies."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts import reveals
from accounts.access import user_of
from accounts.masking import MaskedUntilReason
from accounts.models import YouthProfile
from activities.models import InterestStep, Place, PlaceInterest
from activities.places import hosting
from activities.places import interest as interests
from clevervibes.lib import db
from clevervibes.lib.admin import ModelAdmin, ReadOnly, TabularInline
from clevervibes.lib.errors import DomainError
from clevervibes.lib.team import CATALOG, SUPPORT, Rule


class Waiting(admin.SimpleListFilter):
    title = _("Stand")
    parameter_name = "stand"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("waits", _("wartet auf Freigabe")), ("released", _("freigegeben")), ("closed", _("geschlossen"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Place]) -> QuerySet[Place]:
        if self.value() == "waits":
            return queryset.filter(submitted_at__isnull=False, released_at=None, closed_at=None)
        if self.value() == "released":
            return queryset.filter(released_at__isnull=False, closed_at=None)
        return queryset.filter(closed_at__isnull=False) if self.value() == "closed" else queryset


@admin.register(Place)
class PlaceAdmin(ModelAdmin):
    rule = Rule(view=[SUPPORT, CATALOG], add=[CATALOG], change=[CATALOG], club="host__organisation__club")
    list_display = ["title", "host", "kind", "starts_on", "submitted_at", "released_at", "closed_at"]
    list_filter = [Waiting, "kind"]
    list_select_related = ["host__organisation"]
    autocomplete_fields = ["host"]
    readonly_fields = ["submitted_at", "released_at", "released_by", "closed_at", "closed_how"]
    search_fields = ["title"]
    actions = ["release"]

    def save_model(self, request: HttpRequest, obj: Place, form: ModelForm, change: bool) -> None:
        # What the team writes down itself needs no handing in, and its own corrections no second look.
        obj.submitted_at = obj.submitted_at or db.now()
        super().save_model(request, obj, form, change)

    @admin.action(description=_("Ausgewählte Plätze freigeben"), permissions=["change"])
    def release(self, request: HttpRequest, queryset: QuerySet[Place]) -> None:
        for chosen in queryset:
            try:
                hosting.release(place_id=chosen.public_id, by=user_of(request), now=db.now())
            except DomainError as error:
                messages.error(request, str(error))
            else:
                messages.success(request, _("„%s“ ist freigegeben.") % chosen)


class StepInline(ReadOnly, TabularInline):
    model = InterestStep
    fields = ["at", "step", "by"]
    extra = 0


@admin.register(PlaceInterest)
class PlaceInterestAdmin(MaskedUntilReason, ReadOnly, ModelAdmin):
    rule = Rule(view=[SUPPORT], change=[SUPPORT], club="youth__user__club")
    list_display = ["title", "shown_host", "shown_youth", "state", "reply", "asked_at", "until"]
    list_filter = ["state", "reply"]
    list_select_related = ["place__host__organisation", "youth__user"]
    search_fields = ["title", "public_id"]
    exclude = ["portfolio"]
    inlines = [StepInline]
    actions = ["end"]

    def youth_of(self, row: PlaceInterest) -> YouthProfile:
        return row.youth

    @admin.display(description=_("Betrieb"))
    def shown_host(self, row: PlaceInterest) -> str:
        return str(row.place.host)

    @admin.display(description=_("Jugendliche/r"))
    def shown_youth(self, row: PlaceInterest) -> str:
        return reveals.masked_person(row.youth.user)

    def has_end_permission(self, request: HttpRequest) -> bool:
        return user_of(request).has_perm("activities.change_placeinterest")

    @admin.action(description=_("Ausgewählte beenden: Der Betrieb sieht nichts mehr"), permissions=["end"])
    def end(self, request: HttpRequest, queryset: QuerySet[PlaceInterest]) -> None:
        for chosen in queryset:
            interests.stop(interest_id=chosen.public_id, by=user_of(request), now=db.now())
            messages.success(request, _("Beendet. Die Familie erfährt es."))
