"""What the team does for partners: release them and their offers, look at what happened."""

from collections.abc import Callable, Iterable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import label_for_field
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, Field, Model, OuterRef, QuerySet
from django.db.models.functions import Now
from django.forms import Field as FormField
from django.forms import ModelForm
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import display
from unfold.widgets import UnfoldAdminTextareaWidget

from accounts.access import require_fresh, user_of
from accounts.stop_pages import CanBeStopped
from clevervibes.lib import db
from clevervibes.lib.admin import ModelAdmin, ReadOnly, ServicePage, TabularInline
from clevervibes.lib.errors import DomainError
from clevervibes.lib.team import ADMIN, APPROVER, AUDITOR, CATALOG, FINANCE, SUPPORT, Rule
from coins.numbers import euros
from partners import late_admin as _late  # noqa: F401 (registers its pages)
from partners import offers, payout_desk, redemption, signs, volume
from partners.counters import admin as _counters  # noqa: F401 (registers its pages)
from partners.joining import admin as _joining  # noqa: F401 (registers its pages)
from partners.models import (
    TERMS,
    CategoryCap,
    Hold,
    Offer,
    OfferChange,
    Partner,
    Redemption,
    Settlement,
    SettlementLine,
    SettlementRun,
)
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
class PartnerAdmin(CanBeStopped, ModelAdmin):
    rule = Rule(
        view=[SUPPORT, CATALOG, FINANCE, APPROVER, AUDITOR, ADMIN], add=[CATALOG], change=[CATALOG],
        acts={"stop": [SUPPORT, CATALOG, ADMIN]},
        club="organisation__club",
    )  # fmt: skip
    list_display = ["name", "club", "released_at", "paused_at"]
    list_filter = ["organisation__club", ("released_at", admin.EmptyFieldListFilter)]
    list_select_related = ["organisation__club"]
    search_fields = ["organisation__name"]
    autocomplete_fields = ["organisation"]
    readonly_fields = ["account", "released_at", "released_by", "paused_with_all"]
    actions = ["release"]
    actions_detail = ["stop", "resume"]
    change_form_template = "partners/admin/partner.html"

    @admin.display(description=gettext_lazy("Name"), ordering="organisation__name")
    def name(self, partner: Partner) -> str:
        return str(partner.name)

    @admin.display(description=gettext_lazy("Club"), ordering="organisation__club__name")
    def club(self, partner: Partner) -> str:
        return str(partner.organisation.club)

    @admin.action(description=gettext_lazy("Ausgewählte Partner freigeben"), permissions=["change"])
    def release(self, request: HttpRequest, queryset: QuerySet[Partner]) -> None:
        by, now = user_of(request), db.now()
        chosen = list(queryset)
        _release_each(request, chosen, lambda row: offers.release_partner(partner=row, by=by, now=now))
        for row in queryset.model.objects.filter(
            pk__in=[row.pk for row in chosen], released_at=now, paused_with_all=True
        ):
            messages.warning(request, _("„%s“ steht still wie alle, bis es weitergeht.") % row)

    def get_urls(self) -> list[URLPattern]:
        return [
            path("<int:pk>/schild/", self.admin_site.admin_view(self.sign_view), name="partners_partner_sign"),
            *super().get_urls(),
        ]

    def sign_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Send the sign for the shop's door, to be printed and brought along."""
        partner = self.row_to("view", request, pk)
        if partner.released_at is None:
            raise Http404
        return signs.sign_answer(partner, released_at=partner.released_at)

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


class Waiting(admin.SimpleListFilter):
    """What the team has to look at."""

    title = gettext_lazy("Freigabe")
    parameter_name = "freigabe"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, Any]]:
        return [("wartet", gettext_lazy("wartet auf Freigabe"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        return queryset.filter(pk__in=offers.waiting()) if self.value() else queryset


class SendBackForm(forms.Form):
    why = forms.CharField(
        label=gettext_lazy("Was soll der Laden ändern?"),
        max_length=300,
        widget=UnfoldAdminTextareaWidget,
        help_text=gettext_lazy("Der Satz steht beim Angebot, und die Leitung des Ladens bekommt ihn als Nachricht."),
        error_messages={"required": offers.ReasonNeeded.message},
    )


class SeenForm(forms.Form):
    """Carries what stood on the page: a shop must not change the words while the team reads them."""

    seen = forms.CharField(max_length=64, widget=forms.HiddenInput)


@admin.register(Offer)
class OfferAdmin(CanBeStopped, ServicePage, ModelAdmin):
    rule = Rule(
        view=[SUPPORT, CATALOG, FINANCE, AUDITOR], add=[CATALOG], change=[CATALOG],
        acts={"stop": [SUPPORT, CATALOG]}, club="partner__organisation__club",
    )  # fmt: skip
    list_display = ["title", "partner", "category", "price_coins", "stock", "standing", "released_at"]
    list_filter = [Waiting, "category", ("released_at", admin.EmptyFieldListFilter), "partner"]
    list_select_related = ["partner__organisation"]
    search_fields = ["title", "partner__organisation__name"]
    autocomplete_fields = ["partner"]
    fields = ["partner", *TERMS, "stock", "per_youth_per_month", "valid_from", "valid_until", "event_ends_at",
              "paused_at", "paused_by", "paused_why", "paused_reason", "released_at", "released_by"]  # fmt: skip
    readonly_fields = ["released_at", "released_by", *CanBeStopped.stop_fields]
    actions = ["release"]
    actions_detail = ["stop", "resume"]
    change_form_template = "partners/admin/offer.html"
    service_title = ""  # each page has its own

    def get_queryset(self, request: HttpRequest) -> QuerySet[Offer]:
        found: QuerySet[Offer] = super().get_queryset(request)
        on_sale = Offer.objects.on_sale(Now()).filter(pk=OuterRef("pk"))
        return found.annotate(waits=Exists(offers.waiting().filter(pk=OuterRef("pk"))), shown=Exists(on_sale))

    def get_readonly_fields(self, request: HttpRequest, obj: Offer | None = None) -> list[str]:
        # What is set aside belongs to the shop whose codes it carries.
        return [*self.readonly_fields, "partner"] if obj else self.readonly_fields

    @display(description=gettext_lazy("Stand"), label={
        gettext_lazy("wartet auf Freigabe"): "warning", gettext_lazy("im Katalog"): "success",
        gettext_lazy("angehalten"): "danger",
    })  # fmt: skip
    def standing(self, offer: Offer) -> str:
        return str(gettext_lazy("wartet auf Freigabe") if getattr(offer, "waits", False) else _standing(offer))

    @admin.action(description=gettext_lazy("Ausgewählte Angebote freigeben"), permissions=["change"])
    def release(self, request: HttpRequest, queryset: QuerySet[Offer]) -> None:
        by, now = user_of(request), db.now()
        _release_each(request, queryset, lambda row: offers.release(offer=row, by=by, now=now))

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        # The ordinary form: a new offer waits for its release anyhow.
        return ModelAdmin.add_view(self, request, form_url, extra_context)

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [
            path("<int:pk>/freigeben/", wrap(self.release_view), name="partners_offer_release"),
            path("<int:pk>/zurueckgeben/", wrap(self.send_back_view), name="partners_offer_send_back"),
            *super().get_urls(),
        ]

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "",
                    extra_context: Any = None) -> HttpResponse:  # fmt: skip
        found = self.get_object(request, object_id)
        context = {}
        if isinstance(found, Offer):
            waits = getattr(found, "waits", False) and self.has_change_permission(request, found)
            context = {"offer": found, "waits": waits, "refused_why": found.refused_why}
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), **context})

    def release_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        offer = self.row_to("change", request, pk)
        asked = offers.sent_change(offer) or offer

        def call(request: HttpRequest, form: forms.Form) -> str:
            offers.release(offer=offer, by=user_of(request), now=db.now(), seen=form.cleaned_data["seen"])
            return _("„%s“ ist freigegeben.") % offer

        form = SeenForm(request.POST if request.method == "POST" else None, initial={"seen": offers.mark(asked)})
        return self.serve(
            request, form, call, title=_("Angebot freigeben?"), button=_("Freigeben"),
            notice_template="partners/admin/_side_by_side.html", offer=offer, asked=asked,
            rows=side_by_side(offer, asked), send_back=True,
        )  # fmt: skip

    def send_back_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        offer = self.row_to("change", request, pk)
        asked = offers.sent_change(offer) or offer

        def call(request: HttpRequest, form: forms.Form) -> str:
            offers.refuse(offer=offer, by=user_of(request), why=form.cleaned_data["why"], now=db.now())
            return _("„%s“ ist zurück beim Laden.") % offer

        return self.serve(
            request, SendBackForm(request.POST if request.method == "POST" else None), call,
            title=_("Angebot zurückgeben?"), button=_("Zurückgeben"),
            notice_template="partners/admin/_side_by_side.html", offer=offer, asked=asked,
            rows=side_by_side(offer, asked),
        )  # fmt: skip

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
        changed = list(form.changed_data)
        before = Offer.objects.get(pk=obj.pk)
        if before.released_at is not None and set(changed) & set(TERMS):
            given = {name: form.cleaned_data[name] for name in TERMS if name in form.cleaned_data}
            given["picture"] = offers.picture_given(form.cleaned_data.get("picture"), before)
            terms = {**offers.terms_of(before), **given}
            offers.ask_for(offer=before, terms=terms, by=user_of(request), send=True, now=db.now())
            changed = [name for name in changed if name not in TERMS]
            messages.warning(
                request, _("Die neuen Angaben warten auf ihre Freigabe. Bis dahin gilt im Katalog, was dort steht.")
            )
        if "stock" in changed:
            shown = form.fields["stock"].clean(form.data.get(form.add_initial_prefix("stock")))
            obj.stock = offers.changed_stock(shown=shown, wanted=obj.stock)
        obj.save(update_fields=changed)
        if "picture" in changed:
            offers.forget_picture(before.picture.name)

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


def _standing(offer: Offer) -> Any:
    if offer.is_draft:
        return gettext_lazy("Entwurf des Ladens")
    if offer.paused_at or offer.shop_paused_at:
        return gettext_lazy("angehalten")
    return gettext_lazy("im Katalog") if getattr(offer, "shown", False) else "–"


def side_by_side(offer: Offer, asked: Offer | OfferChange) -> list[tuple[str, str, str, bool]]:
    """Return each term with its old and new words, and whether they differ; the picture is drawn beside."""
    is_new = offer.released_at is None
    rows = []
    for name in TERMS:
        if name == "picture":
            continue
        label = str(label_for_field(name, Offer))
        words = [str(getattr(row, f"get_{name}_display", lambda row=row, name=name: getattr(row, name))())
                 for row in (offer, asked)]  # fmt: skip
        rows.append((label, "" if is_new else words[0], words[1], is_new or words[0] != words[1]))
    return rows


@admin.register(CategoryCap)
class CategoryCapAdmin(ModelAdmin):
    rule = Rule(view=[SUPPORT, CATALOG, AUDITOR], add=[CATALOG], change=[CATALOG], club="club")
    list_display = ["category", "coins_per_month", "club"]
    list_filter = ["club"]
    list_select_related = ["club"]


@admin.register(Hold)
class HoldAdmin(ReadOnly, ModelAdmin):
    rule = Rule(view=[SUPPORT, FINANCE, AUDITOR], club="offer__partner__organisation__club")
    list_display = ["title", "offer", "price_coins", "status", "placed_at", "expires_at"]
    list_filter = ["status"]
    list_select_related = ["offer"]
    search_fields = ["public_id", "title"]
    date_hierarchy = "placed_at"
    change_form_after_template = "admin/_way.html"
    # Neither the code nor its hashes: nobody in the team needs them.
    fields = ["named", "offer", "account", "title", "price_coins", "status", "placed_at", "expires_at", "ended_at",
              "looked_up_at", "instead_of"]  # fmt: skip
    readonly_fields = ["named"]

    @admin.display(description=gettext_lazy("Kennung"))
    def named(self, hold: Hold) -> str:
        # What it is searched by.
        return str(hold.public_id)


class TakeBackForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("Was war?"),
        max_length=200,
        widget=UnfoldAdminTextareaWidget,
        help_text=gettext_lazy("Der Satz bleibt bei der Einlösung stehen, mit Ihrem Namen."),
        error_messages={"required": gettext_lazy("Bitte schreiben Sie in einem Satz, was war.")},
    )


@admin.register(Redemption)
class RedemptionAdmin(ServicePage, ReadOnly, ModelAdmin):
    rule = Rule(
        view=[SUPPORT, FINANCE, APPROVER, AUDITOR], acts={"undo": [SUPPORT, FINANCE]},
        club="partner__organisation__club",
    )  # fmt: skip
    change_form_template = "partners/admin/redemption.html"
    change_form_after_template = "admin/_way.html"
    service_title = ""  # the page has its own
    list_display = ["title", "partner", "price_coins", "redeemed_at", "by", "clerk", "device", "undone_at"]
    exclude = ["hold"]  # stands on the way below
    list_filter = ["partner", ("undone_at", admin.EmptyFieldListFilter)]
    list_select_related = ["partner__organisation", "by", "clerk", "device"]
    search_fields = ["public_id", "title"]
    date_hierarchy = "redeemed_at"

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def get_urls(self) -> list[URLPattern]:
        taking_back = self.admin_site.admin_view(self.take_back_view)
        return [path("<int:pk>/zuruecknehmen/", taking_back, name="partners_redemption_take_back"), *super().get_urls()]

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "",
                    extra_context: Any = None) -> HttpResponse:  # fmt: skip
        found = self.get_object(request, object_id)
        context = {}
        if isinstance(found, Redemption):
            settled = SettlementLine.objects.filter(redemption=found).exists()
            may = found.undone_at is None and self.may(request, "undo", found)
            context = {"redemption": found, "may_take_back": may and not settled, "is_settled": may and settled}
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), **context})

    def take_back_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Take a redemption back that is in no statement yet; afterwards it needs a correction by two people."""
        found = self.row_to("view", request, pk)
        if not self.may(request, "undo", found):
            raise PermissionDenied
        require_fresh(request)

        def call(request: HttpRequest, form: forms.Form) -> str:
            redemption.undo(
                redemption=found, by=user_of(request), reason=form.cleaned_data["reason"], now=db.now(), by_team=True
            )
            return _("Zurückgenommen. Die Coins sind wieder auf dem Konto.")

        rows = [
            (_("Partner"), str(found.partner)),
            (_("Was"), found.title),
            (_("Coins"), str(found.price_coins)),
            (_("Eingelöst"), payout_desk.moment(found.redeemed_at)),
        ]
        return self.serve(
            request, TakeBackForm(request.POST if request.method == "POST" else None), call,
            title=_("Einlösung zurücknehmen?"), button=_("Zurücknehmen"), notice_template=payout_desk.ROWS, rows=rows,
        )  # fmt: skip


@admin.register(SettlementRun)
class SettlementRunAdmin(ReadOnly, ModelAdmin):
    rule = Rule(view=[FINANCE, APPROVER, AUDITOR], club="club")
    list_display = ["club", "cutoff_at", "started_at", "started_by", "finished_at"]
    list_filter = ["club"]
    list_select_related = ["club", "started_by"]


class SettlementLineInline(ReadOnly, TabularInline):
    model = SettlementLine
    fk_name = "settlement"
    fields = ["kind", "redemption", "failed", "goodwill", "amount_coins"]
    extra = 0

    def get_queryset(self, request: HttpRequest) -> QuerySet[SettlementLine]:
        found: QuerySet[SettlementLine] = super().get_queryset(request)
        return found.select_related(
            "redemption", "goodwill__late_scan__hold", "goodwill__late_scan__partner__organisation"
        )


@admin.register(Settlement)
class SettlementAdmin(payout_desk.SettlementSteps):
    rule = Rule(view=[FINANCE, APPROVER, AUDITOR], change=[FINANCE], club="partner__organisation__club")
    list_display = ["called", "partner", "cutoff_at", "status", "due", "held_why"]
    list_filter = ["status", ("held_at", admin.EmptyFieldListFilter), "partner"]
    list_select_related = ["partner__organisation"]
    search_fields = ["public_id", "partner__organisation__name"]
    date_hierarchy = "cutoff_at"
    inlines = [SettlementLineInline]
    change_form_template = "partners/admin/settlement.html"
    change_form_after_template = "admin/_way.html"
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

    @admin.display(description=gettext_lazy("Nummer"), ordering="pk")
    def called(self, settlement: Settlement) -> str:
        return settlement.number

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
