"""News about places: who asks, who answers, what is over. What a reader may not know any more is not told."""

from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.notices import mails
from accounts.notices.kinds import Group, News
from accounts.team import rights
from activities.models import Place, PlaceInterest
from activities.places import hosting
from activities.places import interest as interests

Ids = dict[str, Any]
State = PlaceInterest.State


def _found(to: User, ids: Ids, now: datetime) -> PlaceInterest | None:
    """Return the interest a notice is about, if it is (still) one of the reader's family."""
    return interests.seen_by_family(to, now).filter(public_id=ids["interest"]).first()


def _news(to: User, interest: PlaceInterest, template: str, label: Any) -> News:
    own = interest.youth.user_id == to.pk
    context = {"interest": interest, "own": own, "youth": interest.youth}
    return News(template=template, url=interest.get_absolute_url(), label=label, context=context)


# Saying yes is part of caring for somebody: nobody who got hold of a phone may silence that.
@mails.kind(interests.ASKED, group=Group.ACCOUNT, title=_("Ihre Zustimmung ist gefragt"), icon="hand", tint="amber")
def interest_asked(to: User, topic: str, ids: Ids, now: datetime) -> News | None:
    found = interests.waiting_for(to, now).filter(public_id=ids["interest"]).first()
    if found is None:
        return None
    return _news(to, found, "activities/news/interest_asked.html", _("Ansehen und antworten"))


@mails.kind(
    interests.SENT, interests.DECLINED,
    group=Group.TIMES, title=_("Antwort Deiner Eltern"), icon="users", tint="mint",
)  # fmt: skip
def interest_decided(to: User, topic: str, ids: Ids, now: datetime) -> News | None:
    found = _found(to, ids, now)
    if found is None or (topic == interests.SENT) != (found.state != State.DECLINED):
        return None
    sent, declined = "activities/news/interest_sent.html", "activities/news/interest_declined.html"
    return _news(to, found, sent if topic == interests.SENT else declined, _("Ansehen"))


@mails.kind(
    interests.ANSWERED,
    group=Group.ACCOUNT, title=_("Ein Betrieb hat geantwortet"), icon="factory", tint="sky",
)  # fmt: skip
def interest_answered(to: User, topic: str, ids: Ids, now: datetime) -> News | None:
    """Tell the youth, and under 18 the guardians, what the answer is now."""
    found = _found(to, ids, now)
    if found is None or not found.reply or not found.is_live:
        return None
    return _news(to, found, "activities/news/interest_answered.html", _("Antwort ansehen"))


@mails.kind(
    interests.WITHDRAWN, interests.ENDED,
    group=Group.TIMES, title=_("Ein Interesse ist beendet"), icon="undo-2", tint="plain",
)  # fmt: skip
def interest_over(to: User, topic: str, ids: Ids, now: datetime) -> News | None:
    """Tell the family by name, and the company only that somebody is not interested any more."""
    if found := _found(to, ids, now):
        withdrawn, ended = "activities/news/interest_withdrawn.html", "activities/news/interest_ended.html"
        return _news(to, found, withdrawn if topic == interests.WITHDRAWN else ended, _("Ansehen"))
    place = hosting.places_of(to).filter(interests__public_id=ids["interest"]).first()
    if place is None:
        return None
    return News(
        template="activities/news/interest_gone.html",
        url=reverse("activities:host-place", args=[place.public_id]),
        label=_("Platz ansehen"),
        context={"place": place},
    )


@mails.kind(interests.ARRIVED, group=Group.ACCOUNT, title=_("Jemand interessiert sich"), icon="sparkles", tint="amber")
def interest_arrived(to: User, topic: str, ids: Ids, now: datetime) -> News | None:
    """Tell the company that somebody is interested, without a name: that stands on its page alone."""
    found = interests.shown_to_host(to, now).filter(public_id=ids["interest"], reply="").first()
    if found is None:
        return None
    return News(
        template="activities/news/interest_arrived.html",
        url=reverse("activities:host-interest", args=[found.public_id]),
        label=_("Ansehen und antworten"),
        context={"interest": found},
    )


@mails.kind(interests.QUERIED, group=Group.ACCOUNT, title=_("Rückfrage eines Betriebs"), icon="phone", tint="rose")
def interest_queried(to: User, topic: str, ids: Ids, now: datetime) -> News | None:
    """Ask the team to call the company; the name stands behind a reason in the admin."""
    asked = rights.reach(to, PlaceInterest.objects.filter(reply=PlaceInterest.Reply.QUERY), "change")
    found = asked.filter(public_id=ids["interest"]).first()
    if found is None or not found.is_live:
        return None
    return News(
        template="activities/news/interest_queried.html",
        url=reverse("admin:activities_placeinterest_change", args=[found.pk]),
        label=_("Ansehen"),
        context={"interest": found},
    )


@mails.kind(hosting.RELEASED, group=Group.ACCOUNT, title=_("Ihr Platz ist freigegeben"), icon="badge-check")
def place_released(to: User, topic: str, ids: Ids, now: datetime) -> News | None:
    place: Place | None = hosting.places_of(to).filter(public_id=ids["place"], released_at__isnull=False).first()
    if place is None:
        return None
    return News(
        template="activities/news/place_released.html",
        url=reverse("activities:host-place", args=[place.public_id]),
        label=_("Platz ansehen"),
        context={"place": place},
    )
