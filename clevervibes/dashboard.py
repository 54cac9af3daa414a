"""The own start page: what each of a person's roles comes for, most urgent first."""

from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts import birthdays, consent, links, stops, vouching
from accounts import selectors as people
from accounts.access import user_of
from accounts.models import Birthday, OneTimeLink, User, YouthProfile
from accounts.outlook import asking as outlook
from accounts.outlook.forms import OutlookForm
from accounts.registration import MAX_AGE
from activities import selectors as activities
from activities import views as time_views
from activities.chances import selectors as chances
from activities.models import Booking, LearningGoal, Opportunity, SharedTimeEntry
from activities.places import interest as interests
from activities.portfolio import badges, goals
from clevervibes import organisations
from clevervibes.lib import db, periods
from coins import conversion, room
from coins import selectors as coins
from coins.room import Room
from partners import goals as reward_goals
from partners import selectors as shops
from partners.models import Hold


@dataclass(frozen=True)
class YouthStart:
    """What a youth sees first."""

    youth: YouthProfile
    standing: coins.Standing
    timer: dict[str, object]
    may_not_log: str
    week: Room
    holds: list[Hold]
    latest: list[SharedTimeEntry]
    returned: list[SharedTimeEntry]
    proposed: list[SharedTimeEntry]
    next_dates: list[Opportunity]
    goal: LearningGoal | None
    reward_goal: reward_goals.Goal | None  # while it can be had
    badges: badges.Badges
    booked: list[Booking]
    consent: consent.Standing
    is_over: bool  # 21: nothing new is logged or asked
    birthday: Birthday | None
    birthday_is_soon: bool
    has_helper: bool
    to_be_seen: vouching.ToBeSeen | None
    invitation: dict[str, object] | None


@require_safe
@login_required
def start(request: HttpRequest) -> HttpResponse:
    user = user_of(request)
    now = db.now()
    youth = getattr(user, "youth", None)
    desks = organisations.desks_of(user, now)
    context = {
        "now": now,
        "youth": _youth_start(youth, user, now) if youth else None,
        "waiting": activities.inbox_by_youth(activities.inbox(user)),
        # One's own is said with the youth's things.
        "asked": consent.asked_of(user, now).exclude(user=user),
        "question": (question := outlook.question_for(user, now)),
        "outlook_form": OutlookForm() if question else None,
        "asked_dates": chances.asked_of(user, at=now),
        "family": people.youths_confirmed_by(user),
        "interests": interests.waiting_for(user, now),
        "stops": stops.stops_seen_by(user),
        "to_be_seen": vouching.guardian_to_be_seen(user, now),
        "guarded": set(people.youths_guarded_by(user).values_list("pk", flat=True)),
        "desks": desks,
    }
    return render(request, "start.html", context)


def _youth_start(youth: YouthProfile, user: User, now: datetime) -> YouthStart:
    today = periods.berlin_date(now)
    entries = activities.entries_of(user)
    standing = coins.balance_of(youth)
    saving_for = reward_goals.goal_of(youth, spendable=standing.spendable, at=now)
    return YouthStart(
        youth=youth,
        standing=standing,
        reward_goal=saving_for if saving_for and saving_for.is_there else None,
        timer=time_views.timer_shown(youth, now),
        may_not_log=time_views.why_not(youth, now),
        week=room.of_week(activities.entries_in(youth, periods.week(today)), conversion.policy_on(today)),
        holds=list(shops.live_holds_of(youth)[:3]),
        latest=list(activities.listed(user)[:4]),
        proposed=list(entries.filter(status=SharedTimeEntry.Status.PROPOSED).select_related("claimed_by")[:3]),
        returned=list(entries.filter(status=SharedTimeEntry.Status.RETURNED)[:3]),
        next_dates=list(chances.dates_for(user, now=now).filter(Q(own=None))[:2]),
        booked=list(chances.coming_up(user, now=now)[:2]),
        goal=goals.open_goal(user),
        badges=badges.of(youth),
        consent=consent.standing_of(youth, seen_by=user, now=now),
        is_over=youth.age_at(now) > MAX_AGE,
        birthday=(near := birthdays.shown_to(youth, now)),
        birthday_is_soon=near is not None and near.due_at > now,
        has_helper=bool(near) and youth.trusted_people.filter(ended_at=None).exists(),
        to_be_seen=vouching.still_to_be_seen(youth, now),
        invitation=_invitation(user, now),
    )


def _invitation(user: User, now: datetime) -> dict[str, object] | None:
    """Return what the page needs to show the open invitation of a youth who waits for a guardian."""
    link = links.open_link(purpose=OneTimeLink.Purpose.GUARDIAN, about=user, now=now)
    return links.shown(link) if link else None
