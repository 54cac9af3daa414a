"""Everything about one youth in one line of time: entry → run → coin → shop, and what the team did."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import chain

from django.contrib import admin
from django.db.models import Model
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from accounts import reveals
from accounts.models import Case, Consent, User, YouthProfile
from activities.models import Review
from coins import selectors as coins
from coins.models import ConversionLine, LedgerAccount
from coins.numbers import said
from partners.models import Hold, Redemption

AT_MOST = 300


@dataclass(frozen=True)
class Event:
    at: datetime
    icon: str
    text: str | Promise
    note: str = ""
    url: str = ""


def of(youth: YouthProfile, *, seen_by: User) -> list[Event]:
    """Return the last events about a youth, newest first, linked to the pages that `seen_by` may open."""
    account = coins.account_of(youth)
    parts: list[Iterable[Event]] = [_membership(youth), _entries(youth), _cases(youth), _looks(youth)]
    if account is not None:
        parts += [_runs(account), _holds(account), _redemptions(account)]
    found = sorted(chain(*parts), key=lambda event: event.at, reverse=True)[:AT_MOST]
    allowed = {model: seen_by.may("view", model) for model in admin.site._registry}
    return [event if _is_open(event, allowed) else Event(event.at, event.icon, event.text, event.note)
            for event in found]  # fmt: skip


def _is_open(event: Event, allowed: dict[type[Model], bool]) -> bool:
    if not event.url:
        return True
    app, model = event.url.strip("/").split("/")[1:3]  # admin/app/model/…
    return any(may for kind, may in allowed.items() if kind._meta.label_lower == f"{app}.{model}")


def _page(row: Model) -> str:
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])


def _membership(youth: YouthProfile) -> Iterable[Event]:
    yield Event(youth.joined_at, "person_add", _("Beigetreten"))
    if youth.left_at:
        yield Event(youth.left_at, "logout", _("Ausgetreten"))
    if youth.paused_at:
        yield Event(youth.paused_at, "pause", _("Angehalten"), f"{youth.paused_reason} · „{youth.paused_why}“")
    for given in Consent.objects.filter(youth=youth).select_related("given_by", "withdrawn_by"):
        yield Event(given.given_at, "signature", _("Eingewilligt"), str(given.given_by or "–"), _page(given))
        if given.withdrawn_at:
            who = str(given.withdrawn_by or "–")
            yield Event(given.withdrawn_at, "block", _("Einwilligung widerrufen"), who, _page(given))
    for link in youth.guardianships.select_related("guardian__sighting"):
        yield Event(link.started_at, "family_restroom", _("Elternteil dabei"), str(link.guardian), _page(link))
        if link.ended_at:
            yield Event(link.ended_at, "link_off", _("Elternteil nicht mehr dabei"), str(link.guardian), _page(link))
        if sighting := getattr(link.guardian, "sighting", None):
            yield Event(sighting.seen_at, "visibility", _("Gesehen"), str(link.guardian))


def _entries(youth: YouthProfile) -> Iterable[Event]:
    steps = Review.objects.filter(entry__youth=youth).select_related("entry__category", "by").order_by("-at")[:AT_MOST]
    for step in steps:
        text = _("Zeit %(step)s: %(what)s, %(minutes)s Minuten") % {
            "step": step.get_step_display(), "what": step.entry.category, "minutes": step.entry.duration_minutes or 0,
        }  # fmt: skip
        note = " · ".join(filter(None, [str(step.by or ""), step.reason]))
        yield Event(step.at, "schedule", text, note, _page(step.entry))


def _runs(account: LedgerAccount) -> Iterable[Event]:
    lines = ConversionLine.objects.filter(account=account, run__closed_at__isnull=False).select_related("run")
    for line in lines.order_by("-run__cutoff")[:AT_MOST]:
        words = {"minutes": line.counted_minutes, "coins": said(line.paid_coins)}
        note = _("offen bleiben %(n)s") % {"n": said(line.open_out_coins)} if line.open_out_coins else ""
        text = _("Coin-Tag: %(minutes)s Minuten zählen, %(coins)s Coins ausgezahlt") % words
        # Where the family's own statement puts it, also if the run came later.
        yield Event(line.run.cutoff, "toll", text, note, _page(line.run))


def _holds(account: LedgerAccount) -> Iterable[Event]:
    for hold in Hold.objects.filter(account=account).order_by("-placed_at")[:AT_MOST]:
        text = _("Vorgemerkt: %(title)s, %(coins)s Coins") % {"title": hold.title, "coins": said(hold.price_coins)}
        yield Event(hold.placed_at, "bookmark", text, hold.get_status_display(), _page(hold))


def _redemptions(account: LedgerAccount) -> Iterable[Event]:
    rows = Redemption.objects.filter(hold__account=account).select_related("partner__organisation", "hold")
    for row in rows.order_by("-redeemed_at")[:AT_MOST]:
        words = {"title": row.title, "shop": row.partner.name}
        yield Event(row.redeemed_at, "storefront", _("Eingelöst: %(title)s bei %(shop)s") % words, "", _page(row))
        if row.undone_at:
            yield Event(row.undone_at, "undo", _("Zurückgenommen: %(title)s") % words, row.undo_reason, _page(row))


def _cases(youth: YouthProfile) -> Iterable[Event]:
    for case in Case.objects.filter(by=youth.user):
        yield Event(case.asked_at, "forum", _("Frage gestellt"), case.label, _page(case))


def _looks(youth: YouthProfile) -> Iterable[Event]:
    for look in reveals.of(youth)[:AT_MOST]:
        yield Event(look.at, "lock_open", _("Akte geöffnet"), f"{look.by or '–'}: {look.reason}")
