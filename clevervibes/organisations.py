"""What people of a shop, a company or a point of contact find on their start page: what waits, and how the day went."""

from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts import vouching
from accounts.models import Membership, User
from activities.chances import attendance
from activities.chances import selectors as chances
from activities.models import Opportunity
from activities.places import interest as interests
from clevervibes.templatetags.club import moment
from coins import numbers
from partners import selectors as shops
from partners import shelf

AT_MOST = 3  # of one kind, and only as many as need a hand


@dataclass(frozen=True)
class Line:
    """One thing to know or to do, and where."""

    icon: str
    title: str
    more: str
    url: str
    is_asked: bool = False  # somebody waits for it


@dataclass(frozen=True)
class Desk:
    """A person's place at an organisation."""

    membership: Membership
    lines: list[Line]


def desks_of(user: User, now: datetime) -> list[Desk]:
    """Return where `user` works, by name, each with what is urgent first."""
    say = {
        Membership.Role.HOST: _of_host,
        Membership.Role.MANAGER: _of_manager,
        Membership.Role.VOUCHER: _of_voucher,
    }
    memberships = user.memberships.select_related("organisation").order_by("organisation__name", "role")
    return [Desk(one, say[Membership.Role(one.role)](one, now) if one.role in say else []) for one in memberships]


def _of_host(membership: Membership, now: datetime) -> list[Line]:
    dates = Opportunity.objects.filter(host__organisation=membership.organisation_id)
    asked = [
        Line("list", _("Wer war da? %(title)s") % {"title": date.title},
             _("bitte bis %(until)s bestätigen") % {"until": moment(date.ends_at + attendance.WITHIN)},
             reverse("activities:host-date", args=[date.public_id]), is_asked=True)
        for date in attendance.lists_due(chances.with_counts(dates), now)[:AT_MOST]
    ]  # fmt: skip
    answers = interests.shown_to_host(membership.user, now).filter(
        reply="", place__host__organisation=membership.organisation_id
    )
    if number := answers.count():
        said = ngettext(
            "%(number)d Interesse wartet auf Ihre Antwort", "%(number)d Interessen warten auf Ihre Antwort", number
        )
        places = reverse("activities:host-places")
        asked.append(Line("mail", said % {"number": number}, _("Vier Antworten stehen bereit."), places, is_asked=True))
    coming = dates.filter(released_at__isnull=False, cancelled_at=None, ends_at__gt=now).order_by("starts_at", "pk")
    return asked + [
        Line("calendar", date.title,
             _("%(when)s · %(taken)d von %(seats)d Plätzen")
             % {"when": moment(date.starts_at), "taken": chances.list_of(date).count(), "seats": date.seats},
             reverse("activities:host-date", args=[date.public_id]))
        for date in coming[:1]
    ]  # fmt: skip


def _of_manager(membership: Membership, now: datetime) -> list[Line]:
    shop = shops.partners_of(membership.user).filter(organisation=membership.organisation_id).first()
    if shop is None:
        return []
    back = [offer for offer in shelf.offers_of(shop).filter(is_draft=True) if offer.refused_why]
    asked = [
        Line("undo-2", _("Zurück vom Team: %(title)s") % {"title": offer.title}, offer.refused_why,
             reverse("partners:shelf-offer", args=[offer.public_id]), is_asked=True)
        for offer in back[:AT_MOST]
    ]  # fmt: skip
    today = shops.sums(shops.redemptions_on(shop, now))
    said = (
        ngettext("Heute %(count)d Einlösung", "Heute %(count)d Einlösungen", today["count"])
        if today["count"]
        else _("Heute noch nichts eingelöst")
    )
    coins = ngettext("%(n)s Coin", "%(n)s Coins", today["coins"]) % {"n": numbers.said(today["coins"])}
    more = coins if today["count"] else _("Der erste Code des Tages erscheint hier.")
    return [*asked, Line("check-check", said % today, more, reverse("partners:desk-redemptions"))]


def _of_voucher(membership: Membership, now: datetime) -> list[Line]:
    point = vouching.points_of(membership.user).filter(organisation=membership.organisation_id).first()
    if point is None:
        return []
    number = vouching.seen_today(point, now).count()
    said = ngettext("Heute %(number)d Person gesehen", "Heute %(number)d Personen gesehen", number)
    title = said % {"number": number} if number else _("Heute noch niemand")
    return [Line("users", title, _("Wer gesehen wurde, steht bis Mitternacht auf der Liste."),
                 reverse("accounts:contact-point"))]  # fmt: skip
