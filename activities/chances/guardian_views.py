"""What guardians are asked about dates: plainly, with everything they want to know before a yes."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts import selectors as people
from accounts.access import user_of
from activities.chances import booking, selectors
from activities.models import Booking
from clevervibes.lib import db
from clevervibes.lib.errors import DomainError


@require_safe
@login_required
def questions(request: HttpRequest) -> HttpResponse:
    """What waits for a guardian's yes, and where their youths go."""
    user, now = user_of(request), db.now()
    if not people.youths_guarded_by(user, at=now).exists():
        raise Http404
    context = {
        "asked": selectors.asked_of(user, at=now),
        "coming_up": selectors.coming_up_for_youths_of(user, at=now),
    }
    return render(request, "activities/chances/questions.html", context)


@require_safe
@login_required
def question(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """One date a youth wants to go to. Opening it answers nothing."""
    now = db.now()
    found = get_object_or_404(selectors.bookings_guarded_by(user_of(request), at=now), public_id=public_id)
    context = {
        "booking": found,
        "date": found.opportunity,
        "is_ahead": found.starts_at > now,
        "is_read": found.opportunity.released_at is not None,
        "was_no": found.ended_why == Booking.Ended.GUARDIAN,
    }
    return render(request, "activities/chances/question.html", context)


@require_POST
@login_required
def answer(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Say yes or no, or take a no back."""
    get_object_or_404(selectors.bookings_guarded_by(user_of(request), at=db.now()), public_id=public_id)
    said = request.POST.get("answer")
    try:
        if said == "again":
            booking.allow_again(booking_id=public_id, by=user_of(request), now=db.now())
            messages.success(request, _("Ihr Nein ist zurückgenommen. Ihr Kind kann den Termin neu buchen."))
        elif said in ("yes", "no"):
            booking.answer(booking_id=public_id, by=user_of(request), yes=said == "yes", now=db.now())
            messages.success(
                request, _("Danke! Der Platz steht.") if said == "yes" else _("Danke. Der Platz ist wieder frei.")
            )
    except Booking.DoesNotExist:
        raise Http404 from None
    except DomainError as error:
        messages.error(request, str(error))
    return redirect("activities:guarded-dates")
