"""Dates as youths see them: find one, take a seat, give it back."""

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.access import user_of
from activities import interests
from activities.chances import booking, selectors
from activities.chances.forms import FilterForm
from activities.models import Booking, Opportunity
from activities.places import interest as places
from activities.views import youth_of
from clevervibes.lib import db
from clevervibes.lib.errors import DomainError

A_PAGE = 20


@require_safe
@login_required
def listed(request: HttpRequest) -> HttpResponse:
    """All dates to come: what is of interest first, then the soonest."""
    user, now = user_of(request), db.now()
    filters = FilterForm(request.GET)
    page = Paginator(filters.narrow(selectors.dates_for(user, now=now), now=now), A_PAGE).get_page(
        request.GET.get("page")
    )
    is_youth = hasattr(user, "youth")
    context = {
        "page": page,
        "filters": filters,
        "kinds": Opportunity.Kind.choices,
        "topics": interests.topics(),
        "is_youth": is_youth,
        "has_interests": is_youth and interests.topics_of(user.youth).exists(),
        "coming_up": selectors.coming_up(user, now=now)[:3] if is_youth else [],
        "places": places.suggested(user, now)[:5],
    }
    return render(request, "activities/opportunities.html", context)


@require_safe
@login_required
def one(request: HttpRequest, public_id: UUID) -> HttpResponse:
    user, now = user_of(request), db.now()
    found = get_object_or_404(selectors.readable_by(user, now=now), public_id=public_id)
    own = selectors.bookings_of(user).filter(opportunity=found).order_by("-made_at").first()
    live = own if own and (own.is_live or own.status in (Booking.Status.ATTENDED, Booking.Status.MISSED)) else None
    waits_before = 0
    if live and live.status == Booking.Status.WAITING:
        waits_before = found.bookings.filter(status=Booking.Status.WAITING, made_at__lt=live.made_at).count()
    context = {
        "opportunity": found,
        "own": live,
        "was": own if live is None else None,
        "place_in_line": waits_before + 1,
        "is_youth": hasattr(user, "youth"),
        "may_book": hasattr(user, "youth") and found.starts_at > now and not found.cancelled_at,
        "is_ahead": found.starts_at > now,
    }
    return render(request, "activities/opportunity.html", context)


@require_safe
@login_required
def mine(request: HttpRequest) -> HttpResponse:
    """Where a youth goes, and where they were."""
    user, now = youth_of(request).user, db.now()
    context = {
        "coming_up": selectors.coming_up(user, now=now),
        "been_to": selectors.been_to(user, now=now)[:30],
    }
    return render(request, "activities/chances/mine.html", context)


@require_POST
@login_required
def book(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Take a seat, or a place on the list: whichever the button that was pressed said."""
    youth_of(request)
    may_wait = request.POST.get("then") == "wait"

    def call() -> str:
        made = booking.book(opportunity_id=public_id, by=user_of(request), may_wait=may_wait, now=db.now())
        return {
            Booking.Status.ASKED: _("Der Platz ist für Dich frei gehalten. Jetzt fragen wir Deine Eltern."),
            Booking.Status.WAITING: _("Du stehst auf der Warteliste. Wird etwas frei, sagen wir Dir Bescheid."),
        }.get(Booking.Status(made.status), _("Gebucht! Am Tag vorher erinnern wir Dich."))

    return _act(request, public_id, call)


@require_POST
@login_required
def give_back(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Cancel one's own booking of a date."""
    own = selectors.bookings_of(youth_of(request).user).exclude(status=Booking.Status.CANCELLED)
    found = get_object_or_404(own, opportunity__public_id=public_id)

    def call() -> str:
        booking.cancel(booking_id=found.public_id, by=user_of(request), now=db.now())
        return _("Abgesagt. Danke, dass Du Bescheid gibst: So kommt jemand anderes hin.")

    return _act(request, public_id, call)


def _act(request: HttpRequest, public_id: UUID, call: Callable[[], str]) -> HttpResponse:
    """Do something with a seat, say how it went and lead back to the date."""
    try:
        said = call()
    except (Opportunity.DoesNotExist, Booking.DoesNotExist):
        raise Http404 from None
    except DomainError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, said)
    if selectors.readable_by(user_of(request), now=db.now()).filter(public_id=public_id).exists():
        return redirect("activities:opportunity", public_id)
    return redirect("activities:my-dates")
