"""What the team does for partners: release them and their offers, look at what happened."""

from collections.abc import Callable, Iterable
from typing import Any

from django.contrib import admin, messages
from django.db.models import Field, Model, QuerySet
from django.forms import Field as FormField
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.access import user_of
from clevervibes.lib import db
from clevervibes.lib.admin import ModelAdmin, ReadOnly, TabularInline
from clevervibes.lib.errors import DomainError
from clevervibes.lib.team import ADMIN, APPROVER, AUDITOR, CATALOG, FINANCE, SUPPORT, Rule
from coins.numbers import euros
from partners import late_admin as _late  # noqa: F401 (registers its pages)
from partners import offers, payout_desk, volume
from partners.models import Hold, Offer, Partner, Redemption, Settlement, SettlementLine, SettlementRun
from partners.settlement import cents


def _release_each(request: HttpRequest, chosen: Iterable[Model], release: Callable[[Any], object]) -> None:
    for row in chosen:
        try:
            release(row)
        except DomainError as error:
            messages.error(request, f"{row}: {error}")
        else:
            messages.success(request, _("„%s“ ist freigegeben.") % row)


@admin.register(Partner)
class PartnerAdmin(ModelAdmin):
    rule = Rule(
        view=[SUPPORT, CATALOG, FINANCE, APPROVER, AUDITOR, ADMIN], add=[CATALOG], change=[CATALOG],
        club="organisation__club",
    )  # fmt: skip
    list_display = ["name", "club", "released_at", "paused_at"]
    list_filter = ["organisation__club"]
    list_select_related = ["organisation__club"]
    search_fields = ["organisation__name"]
    autocomplete_fields = ["organisation"]
    readonly_fields = ["account", "released_at", "released_by"]
    actions = ["release"]

    @admin.display(description=gettext_lazy("Club"), ordering="organisation__club__name")
    def club(self, partner: Partner) -> str:
        return str(partner.organisation.club)

    @admin.action(description=gettext_lazy("Ausgewählte Partner freigeben"), permissions=["change"])
    def release(self, request: HttpRequest, queryset: QuerySet[Partner]) -> None:
        by, now = user_of(request), db.now()
        _release_each(request, queryset, lambda row: offers.release_partner(partner=row, by=by, now=now))

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


@admin.register(Offer)
class OfferAdmin(ModelAdmin):
    rule = Rule(
        view=[SUPPORT, CATALOG, FINANCE, AUDITOR], add=[CATALOG], change=[CATALOG], club="partner__organisation__club",
    )  # fmt: skip
    list_display = ["title", "partner", "category", "price_coins", "stock", "released_at", "paused_at"]
    list_filter = ["category", ("released_at", admin.EmptyFieldListFilter), "partner"]
    list_select_related = ["partner__organisation"]
    search_fields = ["title", "partner__organisation__name"]
    autocomplete_fields = ["partner"]
    readonly_fields = ["released_at", "released_by"]
    actions = ["release"]

    @admin.action(description=gettext_lazy("Ausgewählte Angebote freigeben"), permissions=["change"])
    def release(self, request: HttpRequest, queryset: QuerySet[Offer]) -> None:
        by, now = user_of(request), db.now()
        _release_each(request, queryset, lambda row: offers.release(offer=row, by=by, now=now))

    def formfield_for_dbfield(self, db_field: Field, request: HttpRequest, **kwargs: Any) -> FormField | None:
        field: FormField | None = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field and db_field.name == "stock":
            # The form remembers what it showed: youths take from the stock while it is open.
            field.show_hidden_initial = True
        return field

    def save_model(self, request: HttpRequest, obj: Offer, form: ModelForm, change: bool) -> None:
        if not change:
            super().save_model(request, obj, form, change)
            return
        withdrawn = offers.withdraw_release_if_terms_changed(offer=obj, changed=form.changed_data)
        if "stock" in form.changed_data:
            shown = form.fields["stock"].clean(form.data.get(form.add_initial_prefix("stock")))
            obj.stock = offers.changed_stock(shown=shown, wanted=obj.stock)
        obj.save(update_fields=[*form.changed_data, *withdrawn])
        if withdrawn:
            messages.warning(request, _("Preis oder Text sind neu: Das Angebot wartet wieder auf seine Freigabe."))

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


@admin.register(Hold)
class HoldAdmin(ReadOnly, ModelAdmin):
    rule = Rule(view=[SUPPORT, FINANCE, AUDITOR], club="offer__partner__organisation__club")
    list_display = ["title", "offer", "price_coins", "status", "placed_at", "expires_at"]
    list_filter = ["status"]
    list_select_related = ["offer"]
    search_fields = ["public_id", "title"]
    date_hierarchy = "placed_at"
    # Neither the code nor its hashes: nobody in the team needs them.
    fields = ["public_id", "offer", "account", "title", "price_coins", "status", "placed_at", "expires_at", "ended_at",
              "looked_up_at", "instead_of"]  # fmt: skip


@admin.register(Redemption)
class RedemptionAdmin(ReadOnly, ModelAdmin):
    rule = Rule(view=[SUPPORT, FINANCE, APPROVER, AUDITOR], club="partner__organisation__club")
    list_display = ["title", "partner", "price_coins", "redeemed_at", "by", "undone_at"]
    list_filter = ["partner", ("undone_at", admin.EmptyFieldListFilter)]
    list_select_related = ["partner__organisation", "by"]
    search_fields = ["public_id", "title"]
    date_hierarchy = "redeemed_at"


@admin.register(SettlementRun)
class SettlementRunAdmin(ReadOnly, ModelAdmin):
    rule = Rule(view=[FINANCE, APPROVER, AUDITOR], club="club")
    list_display = ["club", "cutoff_at", "started_at", "started_by", "finished_at"]
    list_filter = ["club"]
    list_select_related = ["club", "started_by"]


class SettlementLineInline(ReadOnly, TabularInline):
    model = SettlementLine
    fk_name = "settlement"
    fields = ["kind", "redemption", "failed", "amount_coins"]
    extra = 0

    def get_queryset(self, request: HttpRequest) -> QuerySet[SettlementLine]:
        found: QuerySet[SettlementLine] = super().get_queryset(request)
        return found.select_related("redemption")


@admin.register(Settlement)
class SettlementAdmin(payout_desk.SettlementSteps):
    rule = Rule(view=[FINANCE, APPROVER, AUDITOR], change=[FINANCE], club="partner__organisation__club")
    list_display = ["number", "partner", "cutoff_at", "status", "due", "held_why"]
    list_filter = ["status", ("held_at", admin.EmptyFieldListFilter), "partner"]
    list_select_related = ["partner__organisation"]
    search_fields = ["public_id", "partner__organisation__name"]
    date_hierarchy = "cutoff_at"
    inlines = [SettlementLineInline]
    change_form_template = "partners/admin/settlement.html"
    list_before_template = "partners/admin/_volume.html"

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        now = db.now()
        figures = {
            "volume": volume.rolling(at=now), "line_cents": volume.LINE_CENTS,
            "months": volume.by_month(Redemption.objects.all(), at=now),
        }  # fmt: skip
        return super().changelist_view(request, {**(extra_context or {}), **figures})

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    @admin.display(description=gettext_lazy("Betrag"))
    def due(self, settlement: Settlement) -> str:
        return euros(cents(settlement.due_coins))

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "",
                    extra_context: Any = None) -> HttpResponse:  # fmt: skip
        found = self.get_object(request, object_id)
        context = {}
        if isinstance(found, Settlement):
            free = (
                found.status == Settlement.Status.DRAFT
                and found.batch_id is None
                and self.may(request, "change", found)
            )
            context = {
                "rows": payout_desk.rows_of_settlement(found), "settlement": found,
                "may_take_out": free and found.held_at is None, "may_put_back": free and found.held_at is not None,
            }  # fmt: skip
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), **context})
