"""The desk for orders about money, and a youth's account as the team needs it to give or take back."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.decorators import display

from accounts import reveals
from accounts.access import require_fresh, user_of
from clevervibes.lib import db
from clevervibes.lib.admin import ModelAdmin, ReadOnly, ServicePage, steps
from clevervibes.lib.team import APPROVER, AUDITOR, FINANCE, SUPPORT, Rule
from coins import order_forms, orders, selectors
from coins.models import ConversionLine, LedgerAccount, Lot, MoneyOrder, YouthAccount
from coins.numbers import euros, said

Kind, State = MoneyOrder.Kind, MoneyOrder.State
Rows = list[tuple[str | Promise, str]]


@dataclass(frozen=True)
class Door:
    """How one kind of order is asked for."""

    kind: MoneyOrder.Kind
    form: type[order_forms.OrderForm]
    call: Callable[..., MoneyOrder]
    says: str | Promise


DOORS = {
    door.kind.value: door
    for door in (
        Door(Kind.GRANT, order_forms.GrantForm, orders.grant,
             _("Coins aus einem Topf für eine Person. Über 500 gibt eine zweite Person frei.")),
        Door(Kind.TAKE_BACK, order_forms.TakeBackForm, orders.take_back,
             _("Falsch gezahlte Coins zurück in ihren Topf, so weit sie noch da sind.")),
        Door(Kind.REALLOCATION, order_forms.ReallocationForm, orders.reallocate,
             _("Coins aus einem Topf in einen anderen. Zu zweit.")),
        Door(Kind.WITHDRAWAL, order_forms.WithdrawalForm, orders.withdraw,
             _("Geld zurück an einen Förderer. Zu zweit.")),
        Door(Kind.DEPOSIT_BACK, order_forms.DepositBackForm, orders.give_deposit_back,
             _("Eine falsche oder zurückgegebene Einzahlung. Zu zweit.")),
        Door(Kind.END_POOL, order_forms.EndPoolForm, orders.end_pool,
             _("Ein Topf, aus dem nichts mehr unterwegs ist. Mit Geld darin zu zweit.")),
    )
}  # fmt: skip


@admin.register(MoneyOrder)
class MoneyOrderAdmin(ServicePage, ReadOnly, ModelAdmin):
    rule = Rule(
        view=[FINANCE, APPROVER, AUDITOR], add=[FINANCE], acts={"approve": [APPROVER]},
        club=("pool__sponsor__organisation__club", "pool__club", "deposit__sponsor__organisation__club",
              "account__youth_link__youth__user__club"),
    )  # fmt: skip
    list_display = ["what", "status", "amount", "reason", "requested_by", "requested_at"]
    list_filter = ["state", "kind"]
    list_select_related = ["pool", "to_pool", "requested_by", "account__youth_link__youth__user", "deposit__sponsor"]
    search_fields = ["reason", "pool__name", "account__youth_link__youth__user__username"]
    date_hierarchy = "requested_at"
    service_title = _("Geldauftrag")
    change_form_template = "coins/admin/order.html"
    fields = ["group"]
    readonly_fields = ["group"]

    @admin.display(description=_("Vorgang"))
    def group(self, order: MoneyOrder) -> str:
        # What the list of transfers is searched by.
        return str(order.public_id)

    @admin.display(description=_("Auftrag"))
    def what(self, order: MoneyOrder) -> str:
        return f"{order.get_kind_display()}: {about(order)}"

    @display(description=_("Stand"), label={State.OPEN.label: "warning", State.DONE.label: "success"})
    def status(self, order: MoneyOrder) -> str:
        return order.get_state_display()

    @admin.display(description=_("Betrag"))
    def amount(self, order: MoneyOrder) -> str:
        return amount_of(order)

    # ── Asking ──
    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        door = DOORS.get(request.GET.get("art", ""))
        line = self._line(request) if door and door.kind == Kind.TAKE_BACK else None
        if door is None or (door.kind == Kind.TAKE_BACK and line is None):
            return self._doors(request)
        require_fresh(request)
        form = door.form(request.POST or None, initial=_given(request, door.form))
        notice = {"notice_template": "coins/admin/_rows.html", "rows": rows_of_line(line)} if line else {}
        return self.serve(request, form, self._ask(door), title=door.kind.label, button=_("Beantragen"), **notice)

    def _ask(self, door: Door) -> Callable[[HttpRequest, forms.Form], str]:
        def ask(request: HttpRequest, form: forms.Form) -> str:
            given = dict(form.cleaned_data)
            if "username" in given:
                given["youth"] = given.pop("username")
            return report(door.call(**given, by=user_of(request), now=db.now()))

        return ask

    def _line(self, request: HttpRequest) -> ConversionLine | None:
        number = request.POST.get("line") or request.GET.get("line") or ""
        if not number.isascii() or not number.isdecimal() or len(number) > 18:
            return None
        lines = ConversionLine.objects.filter(
            run__club__in=user_of(request).clubs_working_on(MoneyOrder)
        ).select_related("run", "account__youth_link__youth__user")
        return lines.filter(pk=int(number)).first()

    def _doors(self, request: HttpRequest) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request), "opts": self.opts, "title": _("Was soll geschehen?"),
            "doors": DOORS.values(),
        }  # fmt: skip
        return render(request, "coins/admin/orders.html", context)

    # ── Deciding ──
    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [
            path("<int:pk>/freigeben/", wrap(self.approve_view), name="coins_moneyorder_approve"),
            path("<int:pk>/ablehnen/", wrap(self.refuse_view), name="coins_moneyorder_refuse"),
            *super().get_urls(),
        ]

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "",
                    extra_context: Any = None) -> HttpResponse:  # fmt: skip
        order = self.get_object(request, object_id)
        context = {}
        if isinstance(order, MoneyOrder):
            is_open, own = order.state == State.OPEN, order.requested_by_id == user_of(request).pk
            context = {
                "rows": rows_of(order),
                "order": order,
                "may_approve": is_open and not own and self.may(request, "approve", order),
                "may_refuse": is_open and (own or self.may(request, "approve", order)),
                "waits_for_another": is_open and own,
            }
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), **context})

    def approve_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        order = self._to_decide(request, pk)
        require_fresh(request)

        def approve(request: HttpRequest, form: forms.Form) -> str:
            return report(orders.approve(order=order, by=user_of(request), now=db.now()))

        return self.serve(
            request, forms.Form(request.POST or None), approve, title=_("Auftrag freigeben?"), button=_("Freigeben"),
            notice_template="coins/admin/_rows.html", rows=rows_of(order),
        )  # fmt: skip

    def refuse_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        order = self._to_decide(request, pk, own_too=True)
        own = order.requested_by_id == user_of(request).pk

        def refuse(request: HttpRequest, form: forms.Form) -> str:
            why = form.cleaned_data.get("why", "")
            orders.refuse(order=order, by=user_of(request), why=why, now=db.now())
            return str(_("Der Auftrag ist zurückgezogen.") if own else _("Der Auftrag ist abgelehnt."))

        form_class: type[forms.Form] = forms.Form if own else order_forms.RefusalForm
        return self.serve(
            request, form_class(request.POST or None), refuse,
            title=_("Auftrag zurückziehen?") if own else _("Auftrag ablehnen?"),
            button=_("Zurückziehen") if own else _("Ablehnen"),
            notice_template="coins/admin/_rows.html", rows=rows_of(order),
        )  # fmt: skip

    def _to_decide(self, request: HttpRequest, pk: int, *, own_too: bool = False) -> MoneyOrder:
        """Return the order that this person may decide about; to others its page does not exist."""
        order: MoneyOrder = self.row_to("view", request, pk)
        own = order.requested_by_id == user_of(request).pk
        if not (self.may(request, "approve", order) or (own and own_too)):
            raise PermissionDenied
        return order


def _given(request: HttpRequest, form: type[forms.Form]) -> dict[str, str]:
    return {name: request.GET.get(name, "") for name in request.GET if name in form.base_fields and name != "key"}


# ── What an order says ───────────────────────────────────────────────────────────────────────────
def person(order: MoneyOrder) -> str:
    """Return whose account it is, as long as somebody stands behind it."""
    return owner(order.account) if order.account else ""


def owner(account: LedgerAccount) -> str:
    link = getattr(account, "youth_link", None)
    if link is None:
        return str(_("nicht mehr im Club"))
    return f"{reveals.masked(link.youth.user.first_name)} ({link.youth.user.username})"


def about(order: MoneyOrder) -> str:
    """Say in a few words what an order is about."""
    if order.kind in (Kind.GRANT, Kind.TAKE_BACK):
        return person(order)
    if order.kind == Kind.REALLOCATION:
        return f"{order.pool} → {order.to_pool}"
    return str(order.deposit) if order.deposit else str(order.pool)


def amount_of(order: MoneyOrder) -> str:
    if order.kind == Kind.DEPOSIT_BACK and order.deposit:
        return euros(order.deposit.amount_cents)
    coins = order.moved_coins if order.state == State.DONE else order.coins
    text = ngettext("%(n)s Coin", "%(n)s Coins", coins) % {"n": said(coins)}
    return f"{text} ({euros(coins * settings.COIN_VALUE_CENTS)})"


def rows_of(order: MoneyOrder) -> Rows:
    """Return all that somebody who decides has to know."""
    rows: Rows = [(_("Art"), order.get_kind_display()), (_("Stand"), order.get_state_display())]
    if order.account:
        rows.append((_("Person"), person(order)))
    if order.line:
        rows += rows_of_line(order.line)[1:]
    if order.pool:
        rows.append((_("Topf"), str(order.pool)))
    if order.deposit:
        rows.append((_("Einzahlung"), str(order.deposit)))
    if order.to_pool:
        rows.append((_("in den Topf"), str(order.to_pool)))
    elif order.kind == Kind.END_POOL and order.coins:
        rows.append((_("Der Rest geht"), str(_("zurück an den Förderer"))))
    rows.append((_("Betrag"), amount_of(order)))
    rows.append((_("Grund"), order.reason or "–"))
    rows += steps(
        (_("Beantragt"), order.requested_by, order.requested_at),
        (_("Freigegeben"), order.approved_by, order.approved_at),
        (_("Abgelehnt"), order.refused_by, order.refused_at),
    )
    if order.refused_why:
        rows.append((_("Warum abgelehnt"), order.refused_why))
    return rows


def rows_of_line(line: ConversionLine) -> Rows:
    return [
        (_("Person"), owner(line.account)),
        (_("Umrechnung vom"), f"{line.run.effective_on:%d.%m.%Y}"),
        (_("In dieser Umrechnung gezahlt"), f"{said(line.paid_coins)} Coins"),
    ]


def report(order: MoneyOrder) -> str:
    """Say what an order has come to."""
    if order.state != State.DONE:
        return str(_("Der Auftrag wartet auf die Freigabe durch eine zweite Person."))
    values = {"coins": said(order.moved_coins), "euros": euros(order.paid_cents), "about": about(order)}
    if order.paid_cents:
        return str(_("%(euros)s sind ausgebucht. Bitte überweisen Sie sie jetzt.")) % values
    if order.kind == Kind.TAKE_BACK and order.moved_coins < order.coins:
        text = _("%(coins)s Coins sind zurück im Topf; mehr war nicht mehr da.")
    elif order.kind == Kind.END_POOL:
        text = _("Der Topf „%(about)s“ ist beendet.")
    else:
        text = _("Erledigt: %(coins)s Coins, %(about)s.")
    return str(text) % values


# ── A youth's account ────────────────────────────────────────────────────────────────────────────
@admin.register(YouthAccount)
class YouthAccountAdmin(ReadOnly, ModelAdmin):
    rule = Rule(view=[SUPPORT, FINANCE], club="youth__user__club")
    list_display = ["username", "first_name", "coins"]
    list_select_related = ["youth__user", "account__stored_balance"]
    search_fields = ["youth__user__username", "youth__user__first_name"]
    ordering = ["youth__user__username"]
    change_form_template = "coins/admin/youth_account.html"
    fields = ["number"]
    readonly_fields = ["number"]

    @admin.display(description=_("Konto"))
    def number(self, link: YouthAccount) -> str:
        return str(link.account)

    @admin.display(description=_("Benutzername"), ordering="youth__user__username")
    def username(self, link: YouthAccount) -> str:
        return link.youth.user.username

    @admin.display(description=_("Vorname"), ordering="youth__user__first_name")
    def first_name(self, link: YouthAccount) -> str:
        return reveals.masked(link.youth.user.first_name)

    @admin.display(description=_("Coins"), ordering="account__stored_balance__posted")
    def coins(self, link: YouthAccount) -> str:
        return said(link.account.stored_balance.posted)

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "",
                    extra_context: Any = None) -> HttpResponse:  # fmt: skip
        link = self.get_object(request, object_id)
        context = {}
        if isinstance(link, YouthAccount):
            lines = link.account.conversion_lines.select_related("run").order_by("-run__cutoff")
            context = {
                "username": link.youth.user.username,
                "first_name": self.first_name(link),
                "standing": selectors.standing_of(link.account),
                "lots": Lot.objects.filter(account=link.account, left__gt=0)
                .select_related("pool__sponsor__organisation").order_by("valid_until", "pk"),
                "lines": lines[:52],
                "may_order": user_of(request).has_perm("coins.add_moneyorder"),
            }  # fmt: skip
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), **context})
