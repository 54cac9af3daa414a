"""The own start page: what each of a person's roles comes for, most urgent first."""

from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.decorators import login_required
from django.db.models import Count, Min, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from accounts import birthdays, consent, links, stops, vouching
from accounts import selectors as people
from accounts.access import user_of
from accounts.cases import asking
from accounts.models import Birthday, OneTimeLink, User, YouthProfile
from accounts.protection import concerns
from accounts.registration import MAX_AGE
from activities import selectors as activities
from activities import views as time_views
from activities.chances import selectors as chances
from activities.models import Booking, LearningGoal, Opportunity, SharedTimeEntry
from activities.places import interest as interests
from activities.portfolio import badges, goals
from activities.sampling import deciding
from clevervibes.lib import db, periods
from coins import alarm, bank, conversion, impact, room
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
    memberships = list(user.memberships.select_related("organisation").order_by("organisation__name"))
    context = {
        "now": now,
        "youth": _youth_start(youth, user, now) if youth else None,
        "waiting": activities.inbox_by_youth(activities.inbox(user)),
        # One's own is said with the youth's things.
        "asked": consent.asked_of(user, now).exclude(user=user),
        "asked_dates": chances.asked_of(user, at=now),
        "family": people.youths_confirmed_by(user),
        "interests": interests.waiting_for(user, now),
        "stops": stops.stops_seen_by(user),
        "to_be_seen": vouching.guardian_to_be_seen(user, now),
        "guarded": set(people.youths_guarded_by(user).values_list("pk", flat=True)),
        "memberships": memberships,
        "pools": impact.pools_seen_by(user) if memberships else [],
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


def staff(request: HttpRequest, context: dict[str, object]) -> dict[str, object]:
    """Put what the team must see first above the list of its pages."""
    if user_of(request).has_perm("coins.view_alarm"):
        context["alarms"] = alarm.unseen()
    context["queues"] = [queue for queue in _queues(request) if queue.number]
    return context


@dataclass(frozen=True)
class Queue:
    """What waits for the team, and since when the first of it does."""

    label: str | Promise
    url: str
    number: int
    since: datetime | None


def _queues(request: HttpRequest) -> list[Queue]:
    user, found = user_of(request), []
    if user.has_perm("activities.view_sample"):
        found.append(_queue(_("Stichproben"), "activities_sample", deciding.open_samples(), "raised_at"))
    if user.has_perm("accounts.view_case"):
        found.append(_queue(_("Fragen"), "accounts_case", asking.waiting(user), "since"))
    if user.has_perm("partners.view_latescan"):
        found.append(_queue(_("Späte Scans"), "partners_latescan", shops.open_late_scans(), "received_at"))
    if user.has_perm("coins.view_bankline"):
        found.append(
            _queue(_("Kontoumsätze ohne Zuordnung"), "coins_bankline", bank.waiting(), "statement__imported_at")
        )
    # For those who read them alone; nobody else sees that there are any.
    read = concerns.concerns_read_by(user).filter(closed_at=None)
    found.append(_queue(_("Etwas war nicht okay"), "accounts_concern", read, "raised_at"))
    return found


def _queue(label: str | Promise, page: str, rows: QuerySet, since: str) -> Queue:
    found = rows.order_by().aggregate(number=Count("pk"), since=Min(since))
    return Queue(label, reverse(f"admin:{page}_changelist"), found["number"], found["since"])
