"""`/chancen/gastgeber/plaetze/`: a host's places, and whoever is interested."""

from uuid import UUID, uuid4

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Count, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import selectors as people
from accounts.access import user_of
from activities.models import Host, Place, PlaceInterest
from activities.places import closing, hosting, shown
from activities.places import interest as interests
from activities.places.forms import PlaceForm, ReplyForm
from clevervibes.lib import db, periods
from clevervibes.lib.errors import DomainError

A_PAGE = 20


def _hosts(request: HttpRequest) -> QuerySet[Host]:
    """Return the hosts of whoever asks; these pages exist for nobody else."""
    hosts = hosting.hosts_of(user_of(request)).order_by("organisation__name")
    if not hosts:
        raise Http404
    return hosts


@require_safe
@login_required
def places(request: HttpRequest) -> HttpResponse:
    hosts, user, now = _hosts(request), user_of(request), db.now()
    # Of those who are interested here: to ask it of every youth of the club would be most of the page.
    theirs = PlaceInterest.objects.filter(place__host__in=hosts.order_by()).values("youth")
    standing = people.youths_in_standing(now).filter(pk__in=theirs)
    seen = Q(interests__state="open", interests__until__gt=now, interests__youth__in=standing)
    found = hosting.places_of(user).annotate(
        interested=Count("interests", filter=seen, distinct=True),
        unanswered=Count("interests", filter=seen & Q(interests__reply=""), distinct=True),
    )
    context = {
        "hosts": hosts,
        "page": Paginator(found.order_by("closed_at", "-unanswered", "title", "pk"), A_PAGE).get_page(
            request.GET.get("page")
        ),
        "waiting": interests.shown_to_host(user, now).filter(reply="")[:A_PAGE],
    }
    return render(request, "activities/places/host_places.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def new(request: HttpRequest) -> HttpResponse:
    hosts = _hosts(request)
    host = _chosen(hosts, request.POST.get("host") or request.GET.get("host", ""))
    form = PlaceForm(request.POST if request.method == "POST" else None, today=periods.berlin_date(db.now()))
    if request.method == "POST" and form.is_valid():
        made = hosting.propose(
            host=host, by=user_of(request), details=form.details(), hand_in=request.POST.get("then") != "draft",
            public_id=_uuid(request.POST.get("key")), now=db.now(),
        )  # fmt: skip
        return _stored(request, made)
    context = {"form": form, "host": host, "hosts": hosts, "key": request.POST.get("key") or uuid4()}
    return render(request, "activities/places/host_form.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def change(request: HttpRequest, public_id: UUID) -> HttpResponse:
    _hosts(request)
    found = get_object_or_404(hosting.places_of(user_of(request)), public_id=public_id, closed_at=None)
    host, was_released = found.host, found.released_at is not None
    form = PlaceForm(
        request.POST if request.method == "POST" else None, instance=found, today=periods.berlin_date(db.now())
    )
    if request.method == "POST" and form.is_valid():
        try:
            made = hosting.change(
                place_id=public_id, by=user_of(request), details=form.details(),
                hand_in=request.POST.get("then") != "draft", now=db.now(),
            )  # fmt: skip
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            return _stored(request, made)
    context = {"form": form, "host": host, "place": found, "was_released": was_released}
    return render(request, "activities/places/host_form.html", context, status=422 if form.errors else 200)


def _stored(request: HttpRequest, place: Place) -> HttpResponse:
    said = {
        "draft": _("Als Entwurf gespeichert. Niemand sonst sieht ihn."),
        "submitted": _("Danke! Das Team schaut darüber, dann sehen ihn die Jugendlichen."),
        "released": _("Gespeichert. Der Platz bleibt sichtbar."),
    }
    messages.success(request, said.get(place.standing, ""))
    return redirect("activities:host-place", place.public_id)


@require_safe
@login_required
def place(request: HttpRequest, public_id: UUID) -> HttpResponse:
    _hosts(request)
    user, now = user_of(request), db.now()
    found = get_object_or_404(hosting.places_of(user), public_id=public_id)
    page = Paginator(interests.shown_to_host(user, now).filter(place=found), A_PAGE).get_page(request.GET.get("page"))
    return render(request, "activities/places/host_place.html", {"place": found, "page": page})


@require_POST
@login_required
def close(request: HttpRequest, public_id: UUID) -> HttpResponse:
    _hosts(request)
    how = request.POST.get("how", "")
    if how not in Place.Closed.values:
        raise Http404
    try:
        closed = closing.close(place_id=public_id, by=user_of(request), how=how, now=db.now())
    except Place.DoesNotExist:
        raise Http404 from None
    messages.success(request, _("Geschlossen. Wer noch auf Antwort gewartet hat, hat jetzt eine."))
    return redirect("activities:host-place", closed.public_id)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def interest(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """One youth's interest: what they chose to show, and four answers."""
    _hosts(request)
    user, now = user_of(request), db.now()
    try:
        found = interests.look(interest_id=public_id, by=user, now=now)
    except PlaceInterest.DoesNotExist:
        raise Http404 from None
    form = ReplyForm(request.POST if request.method == "POST" else None, points=interests.meeting_points(found.place))
    if request.method == "POST" and form.is_valid():
        try:
            interests.answer(
                interest_id=public_id, by=user, reply=form.cleaned_data["reply"], meets_at=form.meets_at(),
                meets_where=form.cleaned_data.get("where", ""), now=now,
            )  # fmt: skip
        except PlaceInterest.DoesNotExist:
            raise Http404 from None
        except DomainError as error:
            form.refuse(error)
        else:
            messages.success(request, _("Ihre Antwort ist da. Bis 18 lesen die Eltern sie mit."))
            return redirect("activities:host-interest", public_id)
    context = {"interest": found, "shown": shown.of(found), "form": form, "club": found.place.host.organisation.club}
    return render(request, "activities/places/host_interest.html", context, status=422 if form.errors else 200)


def _chosen(hosts: QuerySet[Host], asked: str) -> Host:
    """Return the host that was asked for, or the first.

    :raises Http404: if it is somebody else's.
    """
    if not asked:
        return hosts[0]
    return get_object_or_404(hosts, public_id=_uuid(asked))


def _uuid(text: str | None) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        raise Http404 from None
