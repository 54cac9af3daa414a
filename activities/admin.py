from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.decorators import action

from accounts import reveals
from accounts.access import user_of
from accounts.masking import MaskedUntilReason
from accounts.models import YouthProfile
from activities import approvals, opportunities, reminders
from activities.admin_forms import RejectForm
from activities.chances import attendance, hosting, words
from activities.models import (
    Booking,
    Category,
    HeldWord,
    Host,
    Opportunity,
    Review,
    SharedTimeEntry,
    Sheet,
    Topic,
    WaitingEntry,
)
from activities.places import admin as _places  # noqa: F401 (registers its pages)
from activities.sampling.admin import MarksForALook
from clevervibes.lib import db, periods
from clevervibes.lib.admin import ModelAdmin, ReadOnly, ServicePage, TabularInline
from clevervibes.lib.errors import DomainError
from clevervibes.lib.team import CATALOG, EVERYBODY, OPS, SUPPORT, Rule


@admin.register(Category)
class CategoryAdmin(ModelAdmin):
    rule = Rule(view=EVERYBODY, add=[CATALOG, OPS], change=[CATALOG, OPS], delete=[CATALOG, OPS])
    list_display = ["name", "counts", "weekly_cap_minutes", "position"]
    list_editable = ["position"]
    prepopulated_fields = {"slug": ["name"]}


@admin.register(Topic)
class TopicAdmin(ModelAdmin):
    rule = Rule(view=EVERYBODY, add=[CATALOG, OPS], change=[CATALOG, OPS], delete=[CATALOG, OPS])
    list_display = ["name", "position"]
    list_editable = ["position"]
    prepopulated_fields = {"slug": ["name"]}


class ReviewInline(ReadOnly, TabularInline):
    model = Review
    fields = ["at", "step", "by", "reason"]
    extra = 0


class EntryPage(MarksForALook, MaskedUntilReason, ReadOnly, ModelAdmin):
    """One entry as the team sees it: its steps, and what to do about it."""

    rule = Rule(view=[SUPPORT], change=[SUPPORT], club="youth__user__club")
    list_select_related = ["youth__user", "category", "reviewed_by"]
    inlines = [ReviewInline]
    change_form_after_template = "admin/_way.html"
    actions_detail = ["mark", "reject"]
    serve = ServicePage.serve

    def youth_of(self, row: SharedTimeEntry) -> YouthProfile:
        return row.youth

    @admin.display(description=_("Jugendliche/r"))
    def shown_youth(self, entry: SharedTimeEntry) -> str:
        return reveals.masked_person(entry.youth.user)

    @action(description=_("Ablehnen …"), url_path="reject", icon="block", permissions=["reject"])
    def reject(self, request: HttpRequest, object_id: str) -> HttpResponse:
        if asked := self.ask_first(request, object_id):
            return asked
        entry = self.row_to("change", request, object_id)

        def call(request: HttpRequest, form: RejectForm) -> str:
            approvals.reject(entry_id=entry.public_id, by=user_of(request), now=db.now(), **form.cleaned_data)
            return str(_("Abgelehnt. Die Familie liest den Grund."))

        form = RejectForm(request.POST or None, initial={"seen": entry.status})
        return self.serve(request, form, call, title=_("Ablehnen: %(what)s") % {"what": entry}, button=_("Ablehnen"))

    def has_reject_permission(self, request: HttpRequest, object_id: str | int | None = None) -> bool:
        rejectable = SharedTimeEntry.objects.filter(status__in=approvals.REJECTABLE)
        return self.may(request, "change") and (object_id is None or rejectable.filter(pk=object_id).exists())


@admin.register(SharedTimeEntry)
class SharedTimeEntryAdmin(EntryPage):
    list_display = ["shown_youth", "category", "starts_at", "duration_minutes", "status", "shown_reviewer"]
    list_filter = ["status", "category", "host_confirmed", ("sheet", admin.EmptyFieldListFilter)]
    search_fields = ["public_id", "youth__user__first_name", "youth__user__username"]
    date_hierarchy = "starts_at"

    @admin.display(description=_("bestätigt von"))
    def shown_reviewer(self, entry: SharedTimeEntry) -> str:
        return reveals.masked_person(entry.reviewed_by)


class WaitingForDays(admin.SimpleListFilter):
    title = _("wartet seit")
    parameter_name = "days"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        return [("3", str(_("3 Tagen"))), ("7", str(_("7 Tagen"))), ("14", str(_("14 Tagen")))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[WaitingEntry]) -> QuerySet[WaitingEntry]:
        if self.value() is None:
            return queryset
        today = periods.berlin_date(db.now())
        return queryset.filter(reminders.waiting_since(int(self.value() or 0), today))


@admin.register(WaitingEntry)
class WaitingEntryAdmin(EntryPage):
    """What nobody has confirmed yet, the oldest first: whom to call."""

    list_display = [
        "shown_youth",
        "category",
        "starts_at",
        "submitted_at",
        "shown_days",
        "shown_reminder",
        "shown_askable",
    ]
    list_filter = [WaitingForDays, "youth__user__club"]
    search_fields = ["public_id", "youth__user__first_name", "youth__user__username"]
    list_select_related = ["youth__user", "category"]
    ordering = ["submitted_at", "pk"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[WaitingEntry]:
        return reminders.ageing(super().get_queryset(request), at=db.now())

    @admin.display(description=_("wartet"), ordering="submitted_at")
    def shown_days(self, entry: WaitingEntry) -> str:
        days = (periods.berlin_date(timezone.now()) - periods.berlin_date(entry.submitted_at or entry.claimed_at)).days
        return ngettext("%d Tag", "%d Tage", days) % days

    @admin.display(description=_("erinnert"))
    def shown_reminder(self, entry: WaitingEntry) -> str:
        return _("Tag %d") % entry.reminded_day if entry.reminded_day else "–"  # type: ignore[attr-defined]

    @admin.display(description=_("kann bestätigt werden von"))
    def shown_askable(self, entry: WaitingEntry) -> str:
        number: int = entry.askable  # type: ignore[attr-defined]
        return ngettext("%d Person", "%d Personen", number) % number if number else str(_("niemandem: bitte anrufen"))


@admin.register(Sheet)
class SheetAdmin(MaskedUntilReason, ReadOnly, ModelAdmin):
    """Which weeks were confirmed on paper, signed by whom, seen by whom."""

    rule = Rule(view=[SUPPORT], acts={"enter": [SUPPORT]}, club="youth__user__club")
    list_display = ["code", "shown_youth", "monday", "shown_signer", "entered_by", "contact_point", "entered_at"]
    list_filter = [("entered_at", admin.EmptyFieldListFilter), "youth__user__club"]
    list_select_related = ["youth__user", "signed_by", "entered_by", "contact_point__organisation"]
    search_fields = ["code", "youth__user__username"]
    actions_list = ["from_paper"]

    @action(description=_("Vom Papier eintragen"), url_path="from-paper", icon="edit_note")
    def from_paper(self, request: HttpRequest) -> HttpResponse:
        return redirect("activities:sheet-desk")

    def youth_of(self, row: Sheet) -> YouthProfile:
        return row.youth

    @admin.display(description=_("Jugendliche/r"))
    def shown_youth(self, sheet: Sheet) -> str:
        return reveals.masked_person(sheet.youth.user)

    @admin.display(description=_("unterschrieben von"))
    def shown_signer(self, sheet: Sheet) -> str:
        return reveals.masked_person(sheet.signed_by)


@admin.register(Host)
class HostAdmin(ModelAdmin):
    rule = Rule(view=[SUPPORT, CATALOG], add=[CATALOG], change=[CATALOG], club="organisation__club")
    list_display = ["organisation", "industry"]
    autocomplete_fields = ["organisation"]
    search_fields = ["organisation__name"]


class StateFilter(admin.SimpleListFilter):
    """What the team has to do comes first: release, and lists that no host has ticked within a day."""

    title = _("Stand")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin) -> list[tuple[str, object]]:  # type: ignore[override]
        return [
            ("sent", _("wartet auf Freigabe")),
            ("late", _("Anwesenheit fehlt seit über 24 Stunden")),
            ("ahead", _("freigegeben, kommt noch")),
            ("cancelled", _("abgesagt")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Opportunity]) -> QuerySet[Opportunity]:
        now = db.now()
        seated = Booking.objects.filter(opportunity=OuterRef("pk"), status=Booking.Status.BOOKED)
        chosen = {
            "sent": Q(released_at=None, sent_at__isnull=False, cancelled_at=None),
            "late": Q(Exists(seated), listed_at=None, cancelled_at=None, ends_at__lte=now - attendance.WITHIN),
            "ahead": Q(released_at__isnull=False, cancelled_at=None, starts_at__gt=now),
            "cancelled": Q(cancelled_at__isnull=False),
        }
        condition = chosen.get(self.value() or "")
        return queryset.filter(condition) if condition else queryset


class BookingInline(ReadOnly, TabularInline):
    """Who booked; names stay covered in lists, the list of who was there opens by its own page."""

    model = Booking
    fields = ["shown_youth", "status", "made_at", "answer_by", "checked_in_at", "ended_why"]
    readonly_fields = ["shown_youth"]
    extra = 0

    def get_queryset(self, request: HttpRequest) -> QuerySet[Booking]:
        return super().get_queryset(request).select_related("youth__user")

    @admin.display(description=_("Jugendliche/r"))
    def shown_youth(self, booking: Booking) -> str:
        return reveals.masked_person(booking.youth.user)


@admin.register(Opportunity)
class OpportunityAdmin(ModelAdmin):
    rule = Rule(view=[SUPPORT, CATALOG], add=[CATALOG], change=[CATALOG], club="host__organisation__club")
    list_display = ["title", "host", "kind", "starts_at", "seats", "shown_state", "to_read"]
    list_filter = [StateFilter, "kind", "category", "topic"]
    list_select_related = ["host__organisation"]
    autocomplete_fields = ["host"]
    readonly_fields = [
        "released_at", "released_by", "sent_at", "drafted_by", "changed_at", "cancelled_at", "cancelled_why",
        "listed_at", "listed_by", "to_read", "shown_list",
    ]  # fmt: skip
    search_fields = ["title", "host__organisation__name", "contact_name"]
    inlines = [BookingInline]
    actions = ["release", "release_read"]

    @admin.display(description=_("Stand"))
    def shown_state(self, date: Opportunity) -> str:
        return str(date.state_at(timezone.now()).label)

    @admin.display(description=_("Bitte lesen"))
    def to_read(self, date: Opportunity) -> str:
        if not date.pk or date.released_at:
            return "–"
        return ", ".join(words.found_on(date, words=getattr(date, "words_listed", None)))

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        shown = super().get_changelist_instance(request)
        listed = words.listed()  # once, not for each date
        for date in shown.result_list:
            date.words_listed = listed
        return shown

    @admin.display(description=_("Anwesenheit"))
    def shown_list(self, date: Opportunity) -> str:
        if not date.pk:
            return "–"
        return format_html(
            '<a href="{}">{}</a>', reverse("activities:host-date", args=[date.public_id]), _("Liste öffnen")
        )

    @admin.action(description=_("Ausgewählte Chancen freigeben"), permissions=["change"])
    def release(self, request: HttpRequest, queryset: QuerySet[Opportunity]) -> None:
        self._release(request, queryset, words_read=False)

    @admin.action(description=_("Texte gelesen, trotz Hinweis freigeben"), permissions=["change"])
    def release_read(self, request: HttpRequest, queryset: QuerySet[Opportunity]) -> None:
        self._release(request, queryset, words_read=True)

    def _release(self, request: HttpRequest, queryset: QuerySet[Opportunity], *, words_read: bool) -> None:
        by = user_of(request)
        for chosen in queryset.order_by("starts_at"):
            try:
                opportunities.release(opportunity_id=chosen.public_id, by=by, words_read=words_read, now=db.now())
            except DomainError as error:
                messages.error(request, str(error))
            else:
                messages.success(request, _("„%s“ ist freigegeben.") % chosen)

    def get_actions(self, request: HttpRequest) -> dict:
        """Add a way to call dates off for each reason that youths may be told."""
        found = super().get_actions(request)
        for why in Opportunity.Why if self.has_change_permission(request) else []:
            label = _("Absagen: %s") % why.label
            found[f"cancel_{why.value}"] = (_canceller(why), f"cancel_{why.value}", label)
        return found


def _canceller(why: Opportunity.Why) -> Callable[[ModelAdmin, HttpRequest, QuerySet[Opportunity]], None]:
    def cancel(model_admin: ModelAdmin, request: HttpRequest, queryset: QuerySet[Opportunity]) -> None:
        for chosen in queryset:
            try:
                hosting.cancel(opportunity_id=chosen.public_id, by=user_of(request), why=why, now=db.now())
            except Opportunity.DoesNotExist:
                messages.error(request, _("„%s“ gehört zu einem anderen Club.") % chosen)
            except DomainError as error:
                messages.error(request, str(error))
            else:
                messages.success(request, _("„%s“ ist abgesagt.") % chosen)

    return cancel


@admin.register(HeldWord)
class HeldWordAdmin(ModelAdmin):
    rule = Rule(view=[SUPPORT, CATALOG, OPS], add=[CATALOG, OPS], change=[CATALOG, OPS], delete=[CATALOG, OPS])
    list_display = ["word"]
    search_fields = ["word"]
