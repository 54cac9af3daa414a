"""News for those who manage a shop, for youths with something set aside, and for those of the team who pay."""

from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.notices import mails
from accounts.notices.kinds import Group, News
from clevervibes.lib import db, outbox
from clevervibes.lib.models import OutboxMessage
from partners import bank_accounts, offers, payouts, reminders, selectors, settlement
from partners.counters import managers
from partners.models import BankAccount, DeskInvitation, Offer, Partner, Settlement, SettlementRun

Ids = dict[str, Any]


@mails.kind(
    bank_accounts.TOPIC,
    group=Group.ACCOUNT, title=_("Eine neue Bankverbindung ist eingetragen"), icon="landmark", tint="amber",
)  # fmt: skip
def bank_account_asked(to: User, topic: str, ids: Ids, now: datetime) -> News | None:
    """Tell a shop's managers of a new account, while there is time to stop it."""
    account = BankAccount.objects.filter(
        public_id=ids["account"], partner__in=selectors.partners_of(to), refused_at=None
    ).first()
    if account is None:
        return None
    return News(
        template="partners/news/bank_account.html",
        url=reverse("partners:bank"),
        label=_("Bankverbindung ansehen"),
        context={"account": account},
    )


@mails.kind(
    payouts.TOPIC, group=Group.COINS, title=_("Ihre Abrechnung ist freigegeben"), icon="receipt-text", tint="green"
)
def settlement_released(to: User, topic: str, ids: Ids, now: datetime) -> News | None:
    """Tell a shop's managers that a statement will be paid."""
    settlement = Settlement.objects.filter(public_id=ids["settlement"], partner__in=selectors.partners_of(to)).first()
    if settlement is None:
        return None
    return News(
        template="partners/news/settlement_released.html",
        url=reverse("partners:statement", args=[settlement.public_id]),
        label=_("Abrechnung ansehen"),
        context={"settlement": settlement},
    )


@mails.kind(
    settlement.TOPIC, group=Group.ACCOUNT, title=_("Abrechnungen liegen als Entwurf bereit"), icon="receipt-text",
    tint="sky",
)  # fmt: skip
def settlements_drafted(to: User, topic: str, ids: Ids, now: datetime) -> News | None:
    """Tell those who put up payments that a month is settled."""
    run = SettlementRun.objects.filter(public_id=ids["run"]).select_related("club").first()
    if run is None or not to.has_perm("partners.add_payoutbatch"):
        return None
    drafts = run.settlements.filter(status=Settlement.Status.DRAFT)
    return News(
        template="partners/news/settlements_drafted.html",
        url=reverse("admin:partners_payoutbatch_add"),
        label=_("Zur Auszahlung vorlegen"),
        context={
            "until": settlement.last_day_before(run.cutoff_at),
            "club": run.club,
            "drafts": drafts.count(),
            "held": drafts.exclude(held_at=None).count(),
        },
    )


@mails.kind(
    offers.RELEASED, group=Group.ACCOUNT, title=_("Ein Angebot ist freigegeben"), icon="circle-check", tint="green"
)
@mails.kind(
    offers.REFUSED, group=Group.ACCOUNT, title=_("Ein Angebot braucht noch eine Änderung"), icon="pencil", tint="amber"
)
def offer_decided(to: User, topic: str, ids: Ids, now: datetime) -> News | None:
    """Tell a shop's managers what the team said to an offer."""
    offer = Offer.objects.filter(public_id=ids["offer"], partner__in=selectors.partners_of(to)).first()
    if offer is None:
        return None
    return News(
        template="partners/news/offer_decided.html",
        url=reverse("partners:shelf-offer", args=[offer.public_id]),
        label=_("Angebot ansehen"),
        context={"offer": offer, "released": topic == offers.RELEASED, "why": offers.last_word(offer)},
    )


@mails.kind(
    reminders.TOPIC, group=Group.COINS, title=_("Eine Vormerkung läuft bald ab"),
    youth_title=_("Dein Code läuft bald ab"), icon="clock", tint="amber",
)  # fmt: skip
def hold_ends_soon(to: User, topic: str, ids: Ids, now: datetime) -> News | None:
    """Tell a youth that a code of theirs ends in three days."""
    youth = getattr(to, "youth", None)
    hold = selectors.live_holds_of(youth).filter(public_id=ids["hold"]).first() if youth else None
    if hold is None or now >= hold.expires_at:
        return None
    return News(
        template="partners/news/hold_ends_soon.html",
        url=reverse("partners:hold", args=[hold.public_id]),
        label=_("Code zeigen"),
        context={"hold": hold},
    )


@mails.kind(
    managers.JOINED, managers.REMOVED,
    group=Group.ACCOUNT, title=_("Wer Ihren Laden leitet, hat sich geändert"), icon="users", tint="amber",
)  # fmt: skip
def managers_changed(to: User, topic: str, ids: Ids, now: datetime) -> News | None:
    """Tell all who manage a shop who came or went; whoever went is told as well."""
    shop = Partner.objects.select_related("organisation").filter(public_id=ids["partner"]).first()
    about = User.objects.filter(public_id=ids["about"]).first()
    if shop is None or about is None:
        return None
    here = selectors.partners_of(to).filter(pk=shop.pk).exists()
    if not here and about != to:
        return None  # no longer theirs to know
    return News(
        template="partners/news/managers_changed.html",
        url=reverse("partners:team" if here else "start"),
        label=_("Team ansehen") if here else _("Zum Club"),
        context={"shop": shop.name, "about": about, "own": about == to, "joined": topic == managers.JOINED},
    )


@outbox.handles(managers.MAIL)
def invited(message: OutboxMessage) -> None:
    """Send an invitation to an address that belongs to nobody here yet, in the language of whoever invites."""
    found = DeskInvitation.objects.filter(public_id=message.payload["invitation"])
    made = found.select_related("partner__organisation", "made_by").first()
    if made is None or not made.sent_to or made.made_by is None:
        return
    if made.used_at or made.revoked_at or made.expires_at <= db.now():
        return
    with translation.override(made.made_by.language):
        mails.send(
            to=made.made_by,
            mailbox=made.sent_to,
            title=_("eine Einladung"),
            template="partners/email/invited",
            context={"shop": made.partner.name, "by": made.made_by, "url": managers.url_of(made)},
        )
