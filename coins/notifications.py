"""News about coins."""

from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.db.models import Sum
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.notices import mails
from accounts.notices.kinds import Group, News
from clevervibes.lib import db, outbox, periods, post
from clevervibes.lib.models import OutboxMessage
from coins import agreements, contacts, expiry, impact, pledge_reminders, references
from coins.models import Alarm, ContactInvitation, Lot, Pledge, Sponsor, YouthAccount
from coins.numbers import euros

Ids = dict[str, Any]


@mails.kind("coins_paid", group=Group.COINS, title=_("Neue Coins für Dich"), icon="coins", tint="amber")
def coins_paid(to: User, topic: str, ids: Ids, now: datetime) -> News | None:
    """Tell a youth that a run has paid coins."""
    return News(
        template="coins/news/coins_paid.html",
        url=reverse("coins:statement"),
        label=_("Deine Coins ansehen"),
        context={"coins": ids["coins"], "open_coins": ids["open"]},
    )


@mails.kind(
    expiry.TOPIC,
    group=Group.COINS, title=_("Deine Coins gelten nicht mehr lange"), icon="hourglass", tint="rose",
)  # fmt: skip
def coins_expiring(to: User, topic: str, ids: Ids, now: datetime) -> News | None:
    """Tell a youth how many coins are good until a day, as it is now."""
    account, until = ids["account"], date.fromisoformat(ids["until"])
    is_theirs = YouthAccount.objects.filter(account=account, youth__user=to).exists()
    coins = Lot.objects.filter(account=account, valid_until=until).aggregate(left=Sum("left", default=0))["left"]
    # Spent or gone in the meantime: there is nothing to tell.
    if not is_theirs or not coins:
        return None
    return News(
        template="coins/news/coins_expiring.html",
        url="/belohnungen/",
        label=_("Belohnungen ansehen"),
        context={"coins": coins, "until": until},
    )


@mails.kind(
    pledge_reminders.TOPIC,
    group=Group.COINS, title=_("Erinnerung an Ihre Zusage"), icon="calendar", tint="amber",
)  # fmt: skip
def pledge_due(to: User, topic: str, ids: Ids, now: datetime) -> News | None:
    """Tell a sponsor's contact what is still to come of a pledge, as it is now."""
    pledge = Pledge.objects.filter(public_id=ids["pledge"], sponsor__in=impact.sponsors_seen_by(to)).first()
    missing_cents = pledge_reminders.missing_cents(pledge) if pledge else 0
    if pledge is None or not missing_cents:
        return None
    return News(
        template="coins/news/pledge_due.html",
        url=reverse("impact-of", args=[pledge.sponsor.public_id]),
        label=_("Ihre Förderung ansehen"),
        context={
            "pledge": pledge, "amount": euros(pledge.amount_cents), "missing": euros(missing_cents),
            "is_past": pledge.due_on < periods.berlin_date(now),
            "reference": references.of(references.POOL, pledge.pool_id) if pledge.pool_id else "",
        },
    )  # fmt: skip


@mails.kind(
    agreements.TOPIC,
    group=Group.COINS, title=_("Ihre Vereinbarung endet bald"), icon="calendar", tint="amber",
)  # fmt: skip
def agreement_ends(to: User, topic: str, ids: Ids, now: datetime) -> News | None:
    """Tell a sponsor's contact when the agreement ends, unless it was extended meanwhile."""
    until = date.fromisoformat(ids["until"])
    sponsor = impact.sponsors_seen_by(to).filter(public_id=ids["sponsor"], agreement_until=until).first()
    if sponsor is None:
        return None
    return News(
        template="coins/news/agreement_ends.html",
        url=reverse("impact-of", args=[sponsor.public_id]),
        label=_("Ihre Förderung ansehen"),
        context={
            "sponsor": sponsor, "until": until, "mail": sponsor.organisation.club.contact_email,
            "is_past": until < periods.berlin_date(now),
        },
    )  # fmt: skip


@mails.kind(
    contacts.JOINED, contacts.REMOVED,
    group=Group.ACCOUNT, title=_("Wer Ihre Förderung mitliest, hat sich geändert"), icon="users", tint="amber",
)  # fmt: skip
def contacts_changed(to: User, topic: str, ids: Ids, now: datetime) -> News | None:
    """Tell all who speak for a sponsor who came or went; whoever went is told as well."""
    sponsor = Sponsor.objects.select_related("organisation").filter(public_id=ids["sponsor"]).first()
    about = User.objects.filter(public_id=ids["about"]).first()
    if sponsor is None or about is None:
        return None
    here = impact.sponsors_seen_by(to).filter(pk=sponsor.pk).exists()
    if not here and about != to:
        return None  # no longer theirs to know
    return News(
        template="coins/news/contacts_changed.html",
        url=reverse("impact-of", args=[sponsor.public_id]) if here else reverse("start"),
        label=_("Ihre Förderung ansehen") if here else _("Zum Club"),
        context={"sponsor": sponsor, "about": about, "own": about == to, "joined": topic == contacts.JOINED},
    )


@outbox.handles(contacts.MAIL)
def contact_invited(message: OutboxMessage) -> None:
    """Send an invitation to an address that belongs to nobody here yet, in the language of whoever invites."""
    found = ContactInvitation.objects.filter(public_id=message.payload["invitation"])
    made = found.select_related("sponsor__organisation", "made_by").first()
    if made is None or not made.sent_to or made.made_by is None:
        return
    if made.used_at or made.revoked_at or made.expires_at <= db.now():
        return
    with translation.override(made.made_by.language):
        mails.send(
            to=made.made_by,
            mailbox=made.sent_to,
            title=_("eine Einladung"),
            template="coins/email/contact_invited",
            context={
                "sponsor": made.sponsor, "by": made.made_by, "name": made.name, "url": contacts.url_of(made),
            },
        )  # fmt: skip


@outbox.handles("alarm")
def alarm_raised(message: OutboxMessage) -> None:
    """Write to ALARM_MAIL. Without an address the log and the team's first page say it."""
    alarm = Alarm.objects.filter(pk=message.payload["alarm"]).first()
    if alarm is None or not settings.ALARM_MAIL:
        return
    context = {"alarm": alarm, "public_url": settings.PUBLIC_URL}
    mail = EmailMessage(
        subject=gettext("Clever Vibes Club: Alarm – %(what)s") % {"what": alarm},
        body=render_to_string("coins/admin/alarm_mail.txt", context),
        to=settings.ALARM_MAIL,
    )
    post.send(mail)
