from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin, TabularInline

from accounts import reveals
from accounts.masking import MaskedUntilReason
from accounts.models import YouthProfile
from activities import opportunities
from activities.models import Category, Host, Opportunity, Review, SharedTimeEntry, Topic
from activities.places import admin as _places  # noqa: F401 (registers its pages)
from activities.sampling.admin import MarksForALook
from clevervibes.lib import db
from clevervibes.lib.admin import ReadOnly
from clevervibes.lib.errors import DomainError


@admin.register(Category)
class CategoryAdmin(ModelAdmin):
    list_display = ["name", "counts", "weekly_cap_minutes", "position"]
    list_editable = ["position"]
    prepopulated_fields = {"slug": ["name"]}


@admin.register(Topic)
class TopicAdmin(ModelAdmin):
    list_display = ["name", "position"]
    list_editable = ["position"]
    prepopulated_fields = {"slug": ["name"]}


class ReviewInline(ReadOnly, TabularInline):
    model = Review
    fields = ["at", "step", "by", "reason"]
    extra = 0


@admin.register(SharedTimeEntry)
class SharedTimeEntryAdmin(MarksForALook, MaskedUntilReason, ReadOnly, ModelAdmin):
    list_display = ["shown_youth", "category", "starts_at", "duration_minutes", "status", "shown_reviewer"]
    list_filter = ["status", "category", "host_confirmed"]
    list_select_related = ["youth__user", "category", "reviewed_by"]
    search_fields = ["public_id", "youth__user__first_name", "youth__user__username"]
    date_hierarchy = "starts_at"
    inlines = [ReviewInline]
    actions_detail = ["mark"]

    def youth_of(self, row: SharedTimeEntry) -> YouthProfile:
        return row.youth

    @admin.display(description=_("Jugendliche/r"))
    def shown_youth(self, entry: SharedTimeEntry) -> str:
        return reveals.masked_person(entry.youth.user)

    @admin.display(description=_("bestätigt von"))
    def shown_reviewer(self, entry: SharedTimeEntry) -> str:
        return reveals.masked_person(entry.reviewed_by)


@admin.register(Host)
class HostAdmin(ModelAdmin):
    list_display = ["organisation", "industry"]
    autocomplete_fields = ["organisation"]
    search_fields = ["organisation__name"]


@admin.register(Opportunity)
class OpportunityAdmin(ModelAdmin):
    list_display = ["title", "host", "kind", "starts_at", "seats", "released_at"]
    list_filter = ["kind", "category"]
    list_select_related = ["host__organisation"]
    autocomplete_fields = ["host"]
    readonly_fields = ["released_at", "released_by"]
    search_fields = ["title"]
    actions = ["release"]

    @admin.action(description=_("Ausgewählte Chancen freigeben"))
    def release(self, request: HttpRequest, queryset: QuerySet[Opportunity]) -> None:
        for chosen in queryset:
            try:
                opportunities.release(opportunity_id=chosen.public_id, by=request.user, now=db.now())  # type: ignore[arg-type]
            except DomainError as error:
                messages.error(request, str(error))
            else:
                messages.success(request, _("„%s“ ist freigegeben.") % chosen)
