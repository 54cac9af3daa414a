"""The pages of hosts: their dates, the form, the list of who comes, the code on the wall."""

from uuid import UUID, uuid4

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.access import user_of
from activities.chances import attendance, check_in, hosting, selectors, words
from activities.chances.forms import CancelDateForm, DateForm, ListForm
from activities.models import Booking, Opportunity
from clevervibes.lib import db, qr
from clevervibes.lib.errors import DomainError

A_PAGE = 30


@require_safe
@login_required
def dates(request: HttpRequest) -> HttpResponse:
    """A host's own dates: what has to be done first, then what is to come, then what is over."""
    user, now = user_of(request), db.now()
    hosts = selectors.hosts_of(user)
    if not hosts:
        raise Http404
    own = selectors.with_counts(Opportunity.objects.filter(host__in=hosts)).select_related(
        "host__organisation", "category", "topic"
    )
    over = own.filter(ends_at__lte=now).order_by("-starts_at", "-pk")
    page = Paginator(own.filter(ends_at__gt=now).order_by("starts_at", "pk"), A_PAGE).get_page(request.GET.get("page"))
    context = {
        "hosts": hosts,
        "to_do": [(date, date.ends_at + attendance.WITHIN) for date in attendance.lists_due(over, now)],
        "page": page,
        "rows": [(date, date.state_at(now)) for date in page],
        "over": [(date, date.state_at(now)) for date in over[:10]],
    }
    return render(request, "activities/hosting/dates.html", context)


def _sent(request: HttpRequest) -> QueryDict | None:
    """Return what was sent, also if it is nothing: that is filled in wrongly, not only looked at."""
    return request.POST if request.method == "POST" else None


@login_required
def new(request: HttpRequest) -> HttpResponse:
    """Describe one date or a series; see it as youths will; keep it or send it to the team."""
    hosts = selectors.hosts_of(user_of(request))
    if not hosts:
        raise Http404
    initial = {"key": uuid4(), "seats": 10}
    if copied := _copied(request):
        initial |= {**DateForm.initial_of(copied), "day": None, "host": copied.host.public_id}
    form = DateForm(_sent(request), hosts=hosts, initial=initial)
    return _described(request, form, None)


@login_required
def change(request: HttpRequest, public_id: UUID) -> HttpResponse:
    user = user_of(request)
    date = get_object_or_404(selectors.hosted_by(user), public_id=public_id)
    if date.cancelled_at or date.starts_at <= db.now():
        messages.error(request, str(hosting.CannotChange()))
        return redirect("activities:host-date", public_id)
    form = DateForm(_sent(request), hosts=selectors.hosts_of(user), date=date, initial=DateForm.initial_of(date))
    return _described(request, form, date)


def _copied(request: HttpRequest) -> Opportunity | None:
    try:
        wanted = UUID(request.GET.get("wie", ""))
    except ValueError:
        return None
    return selectors.hosted_by(user_of(request)).filter(public_id=wanted).first()


def _described(request: HttpRequest, form: DateForm, date: Opportunity | None) -> HttpResponse:
    """Show the form, what it would look like, and what the team will have to read; or store what was sent."""
    then = request.POST.get("then")
    shown: Opportunity | None = None
    if form.is_valid():
        details = form.details()
        shown = Opportunity(host=date.host if date else form.cleaned_data["host"], **vars(details[0]))
        if then in ("draft", "send"):
            try:
                kept = _keep(request, form, date, details, send=then == "send")
            except DomainError as error:
                form.refuse(error)
            except Opportunity.DoesNotExist:
                raise Http404 from None
            else:
                return _say_and_lead_on(request, kept, date)
    context = {
        "form": form,
        "date": date,
        "shown": shown,
        "moments": form.moments if shown else [],
        "held": words.found_on(shown) if shown else [],
    }
    return render(request, "activities/hosting/form.html", context, status=422 if form.errors else 200)


def _keep(
    request: HttpRequest, form: DateForm, date: Opportunity | None, details: list[hosting.Details], *, send: bool
) -> list[Opportunity]:
    by, now = user_of(request), db.now()
    if date is not None:
        return [hosting.change(opportunity_id=date.public_id, by=by, details=details[0], send=send, now=now)]
    host = form.cleaned_data["host"]
    return hosting.draft(host=host, by=by, details=details, send=send, key=form.cleaned_data["key"], now=now)


def _say_and_lead_on(request: HttpRequest, kept: list[Opportunity], before: Opportunity | None) -> HttpResponse:
    if before is not None and before.released_at and not kept[0].released_at:
        messages.info(request, _("Geändert. Das Team liest es noch einmal, dann erfahren es alle, die gebucht haben."))
    elif kept[0].sent_at:
        text = ngettext(
            "%d Termin ist beim Team. Sobald es ihn freigibt, sehen ihn die Jugendlichen.",
            "%d Termine sind beim Team. Sobald es sie freigibt, sehen sie die Jugendlichen.",
            len(kept),
        )
        messages.success(request, text % len(kept))
    else:
        messages.success(request, _("Als Entwurf gespeichert. Außer Ihnen sieht das noch niemand."))
    return redirect("activities:host-date", kept[0].public_id) if len(kept) == 1 else redirect("activities:hosting")


@login_required
def date(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """One date: who comes, by first name; after its end, who was there."""
    now = db.now()
    found = get_object_or_404(selectors.with_counts(selectors.hosted_by(user_of(request))), public_id=public_id)
    bookings = list(selectors.list_of(found))
    open_ = [one for one in bookings if one.status == Booking.Status.BOOKED]
    state = found.state_at(now)
    form = None
    if state == Opportunity.State.OVER:
        form = ListForm(_sent(request), date=found, bookings=open_)
        if request.method == "POST" and form.is_valid():
            return _confirmed(request, found, form)
    context = {
        "date": found,
        "state": state,
        "bookings": bookings,
        "checked_in": sum(1 for one in bookings if one.checked_in_at),
        "form": form,
        "until": found.ends_at + attendance.WITHIN,
        "is_late": now > found.ends_at + attendance.WITHIN and not selectors.is_team(user_of(request)),
        "code_is_open": check_in.is_open(found, now),
        "club": found.host.organisation.club,
        "is_ahead": found.starts_at > now,
        "may_send": state == Opportunity.State.DRAFT and found.starts_at > now,
        "siblings": _siblings(request, found),
    }
    return render(request, "activities/hosting/date.html", context, status=422 if form and form.errors else 200)


def _siblings(request: HttpRequest, found: Opportunity) -> list[Opportunity]:
    """Return the other dates of the same series."""
    if not found.series:
        return []
    return list(selectors.hosted_by(user_of(request)).filter(series=found.series).exclude(pk=found.pk))


def _confirmed(request: HttpRequest, found: Opportunity, form: ListForm) -> HttpResponse:
    try:
        attendance.confirm(opportunity_id=found.public_id, by=user_of(request), minutes=form.minutes(), now=db.now())
    except DomainError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Danke! Die Zeiten sind bestätigt, daraus werden Coins."))
    return redirect("activities:host-date", found.public_id)


@require_POST
@login_required
def send(request: HttpRequest, public_id: UUID) -> HttpResponse:
    try:
        hosting.send(opportunity_id=public_id, by=user_of(request), now=db.now())
    except Opportunity.DoesNotExist:
        raise Http404 from None
    except DomainError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Beim Team. Sobald es den Termin freigibt, sehen ihn die Jugendlichen."))
    return redirect("activities:host-date", public_id)


@login_required
def cancel(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Call a date off, for one of four reasons; say before whom that concerns."""
    found = get_object_or_404(selectors.with_counts(selectors.hosted_by(user_of(request))), public_id=public_id)
    form = CancelDateForm(_sent(request))
    if form.is_valid():
        try:
            hosting.cancel(opportunity_id=public_id, by=user_of(request), why=form.cleaned_data["why"], now=db.now())
        except DomainError as error:
            messages.error(request, str(error))
        else:
            messages.success(request, _("Abgesagt. Alle, die gebucht haben oder warten, wissen Bescheid."))
        return redirect("activities:host-date", public_id)
    context = {"form": form, "date": found}
    return render(request, "activities/hosting/cancel.html", context, status=422 if form.errors else 200)


# ── The code on the wall ─────────────────────────────────────────────────────────────────────────
@never_cache
@login_required
def code(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Show the code of this half-minute, as big as the screen; the page renews it, with a script or without.

    The button that opens it notes who does: whoever checks in was seen by them.
    """
    if request.method == "POST":
        try:
            check_in.show(opportunity_id=public_id, by=user_of(request), now=db.now())
        except Opportunity.DoesNotExist:
            raise Http404 from None
        return redirect("activities:date-code", public_id)
    now = db.now()
    found = get_object_or_404(selectors.hosted_by(user_of(request)), public_id=public_id)
    context: dict[str, object] = {"date": found, "is_open": check_in.is_open(found, now)}
    if context["is_open"] and found.code_shown_by_id:
        bookings = list(selectors.list_of(found))
        context |= {
            "qr": qr.draw(check_in.url_of(found, now)),
            "seconds": check_in.seconds_left(now),
            "here": [one.youth.first_name for one in bookings if one.checked_in_at],
            "count": len(bookings),
        }
    return render(request, "activities/hosting/code.html", context)
