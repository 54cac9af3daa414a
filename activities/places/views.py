"""`/chancen/plaetze/` and `/chancen/anfragen/`: what a youth finds, sends and takes back, and what a guardian says."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import user_of
from accounts.registration import OWN_CONSENT_AGE
from activities.models import Place, PlaceInterest
from activities.places import interest as interests
from activities.places import shown
from activities.places.forms import InterestForm
from activities.portfolio import versions
from activities.views import youth_of
from clevervibes.lib import db
from clevervibes.lib.errors import DomainError

A_PAGE = 20
State = PlaceInterest.State


# ── Finding ──────────────────────────────────────────────────────────────────────────────────────
@require_safe
@login_required
def places(request: HttpRequest) -> HttpResponse:
    user, now = user_of(request), db.now()
    kind = request.GET.get("art", "")
    found = interests.suggested(user, now)
    if kind in Place.Kind.values:
        found = found.filter(kind=kind)
    youth = getattr(user, "youth", None)
    context = {
        "page": Paginator(found, A_PAGE).get_page(request.GET.get("page")),
        "kinds": Place.Kind.choices,
        "kind": kind if kind in Place.Kind.values else "",
        "mine": _by_place(user, now) if youth else {},
        "youth": youth,
    }
    return render(request, "activities/places/places.html", context)


def _by_place(user: object, now: datetime) -> dict[int, str]:
    """Return the places a youth has answered that is still going on."""
    live = interests.of_youth(user).filter(state__in=PlaceInterest.LIVE, until__gt=now)  # type: ignore[arg-type]
    return dict(live.order_by().values_list("place", "state"))


@require_safe
@login_required
def place(request: HttpRequest, public_id: UUID) -> HttpResponse:
    user, now = user_of(request), db.now()
    found = get_object_or_404(interests.open_places(user, now), public_id=public_id)
    youth = getattr(user, "youth", None)
    own = interests.of_youth(user).filter(place=found, state__in=PlaceInterest.LIVE, until__gt=now).first()
    too_young = youth is not None and youth.age_at(now) < found.minimum_age
    context = {"place": found, "youth": youth, "interest": own, "too_young": too_young}
    return render(request, "activities/places/place.html", context)


# ── Showing interest ─────────────────────────────────────────────────────────────────────────────
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def express(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Choose what to show, look at exactly that, send it."""
    youth, user, now = youth_of(request), user_of(request), db.now()
    found = get_object_or_404(interests.open_places(user, now), public_id=public_id)
    own = interests.of_youth(user).filter(place=found, state__in=PlaceInterest.LIVE, until__gt=now).first()
    if own:
        return redirect(own)
    portfolios = versions.versions_of(user).filter(revoked_at=None)[:10]
    known = versions.versions_of(user).filter(pk__in=[one.pk for one in portfolios])
    initial = {"portfolio": portfolios[0].pk if portfolios else "", "reach": "club"}
    form = InterestForm(request.POST if request.method == "POST" else None, initial=initial, portfolios=known)
    preview = None
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        preview = shown.draft(youth, given["portfolio"], given["reach"], given["reach_at"].strip())
        if request.POST.get("then") == "send":
            try:
                made = interests.express(place_id=public_id, youth=youth, by=user, now=now, **given)
            except DomainError as error:
                form.refuse(error)
                preview = None
            else:
                return _sent(request, made)
        elif request.POST.get("then") == "back":
            preview = None
    context = {
        "place": found, "form": form, "preview": preview, "asks_first": youth.age_at(now) < OWN_CONSENT_AGE,
        "has_portfolio": bool(portfolios),
    }  # fmt: skip
    return render(request, "activities/places/express.html", context, status=422 if form.errors else 200)


def _sent(request: HttpRequest, made: PlaceInterest) -> HttpResponse:
    if made.state == State.ASKED:
        messages.success(request, _("Deine Eltern sind gefragt. Erst wenn sie zustimmen, geht es an den Betrieb."))
    else:
        messages.success(request, _("Abgeschickt! Die Antwort steht hier und hinter der Glocke."))
    return redirect(made)


@require_safe
@login_required
def interest_list(request: HttpRequest) -> HttpResponse:
    """The own ones, or those of the youths in one's care."""
    user, now = user_of(request), db.now()
    family = interests.seen_by_family(user, now)
    if getattr(user, "youth", None) is None and not family.exists():
        raise Http404
    page = Paginator(family, A_PAGE).get_page(request.GET.get("page"))
    rows = [(row, interests.state_at(row, now), row.youth.user_id == user.pk) for row in page.object_list]
    return render(request, "activities/places/interests.html", {"page": page, "rows": rows})


@require_safe
@login_required
def interest(request: HttpRequest, public_id: UUID) -> HttpResponse:
    return _interest(request, public_id)


def _interest(request: HttpRequest, public_id: UUID, *, error: str = "", status: int = 200) -> HttpResponse:
    user, now = user_of(request), db.now()
    found = get_object_or_404(interests.seen_by_family(user, now), public_id=public_id)
    own, state = found.youth.user_id == user.pk, interests.state_at(found, now)
    asks = found.youth.age_at(now) < OWN_CONSENT_AGE
    context = {
        "interest": found,
        "own": own,
        "state": state,
        "is_live": state in PlaceInterest.LIVE,
        "shown": shown.of(found),
        "steps": found.steps.select_related("by"),
        "may_answer": not own and state == State.ASKED and asks,
        "may_send": own and state == State.ASKED and not asks,
        "may_withdraw": state in PlaceInterest.LIVE and (own or (asks and state == State.OPEN)),
        "error": error,
    }
    return render(request, "activities/places/interest.html", context, status=status)


@require_POST
@login_required
def withdraw(request: HttpRequest, public_id: UUID) -> HttpResponse:
    return _act(request, public_id, interests.withdraw, _("Zurückgezogen. Der Betrieb sieht ab sofort nichts mehr."))


@require_POST
@login_required
def send_oneself(request: HttpRequest, public_id: UUID) -> HttpResponse:
    return _act(request, public_id, interests.send_oneself, _("Abgeschickt! Die Antwort steht hier."))


@require_POST
@login_required
def agree(request: HttpRequest, public_id: UUID) -> HttpResponse:
    return _act(request, public_id, interests.agree, _("Danke! Der Betrieb sieht es jetzt und antwortet hier."))


@require_POST
@login_required
def decline(request: HttpRequest, public_id: UUID) -> HttpResponse:
    return _act(request, public_id, interests.decline, _("Nicht abgeschickt. Der Betrieb erfährt nichts davon."))


def _act(request: HttpRequest, public_id: UUID, call: Callable[..., PlaceInterest], said: str) -> HttpResponse:
    try:
        done = call(interest_id=public_id, by=user_of(request), now=db.now())
    except PlaceInterest.DoesNotExist:
        raise Http404 from None
    except DomainError as error:
        return _interest(request, public_id, error=str(error), status=error.status)
    messages.success(request, said)
    return redirect(done)
