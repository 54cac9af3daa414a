"""Pages of shared time: a youth's entries, the inbox of whoever confirms, dates and places."""

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from accounts import selectors as people
from accounts.access import user_of
from accounts.models import YouthProfile
from activities import approvals, entries, selectors
from activities.forms import EntryForm, ReturnForm
from activities.models import SharedTimeEntry
from clevervibes.lib import db, periods
from clevervibes.lib.errors import DomainError
from clevervibes.lib.limits import counting

PAGE = 40


def _youth(request: HttpRequest) -> YouthProfile:
    """Return the youth who is signed in; the pages of an own time exist for nobody else."""
    youth: YouthProfile | None = getattr(user_of(request), "youth", None)
    if youth is None:
        raise Http404
    return youth


@login_required
def entry_list(request: HttpRequest) -> HttpResponse:
    youth = _youth(request)
    now = db.now()
    page = Paginator(selectors.entries_of(user_of(request)), PAGE).get_page(request.GET.get("page"))
    week = periods.week(periods.berlin_date(now))
    context = {
        "page": page,
        "weeks": selectors.by_week(page.object_list),
        "minutes_this_week": selectors.minutes_in(youth, week),
        "may_not_log": _may_not_log(youth, now),
        "has_consent": people.has_consent(youth, at=now),
    }
    return render(request, "activities/entries.html", context)


def _may_not_log(youth: YouthProfile, now: datetime) -> str:
    try:
        entries.require_may_log(youth, now)
    except DomainError as error:
        return str(error)
    return ""


@login_required
def new_entry(request: HttpRequest) -> HttpResponse:
    youth = _youth(request)
    now = db.now()
    if _may_not_log(youth, now):
        # Before anything is typed in vain; the list says why, and what stays possible.
        return redirect("activities:entries")
    form = EntryForm(request.POST or None, initial=_suggestion(now))
    if request.method == "POST" and form.is_valid():
        submit = request.POST.get("then") != "draft"
        try:
            with counting((entries.LOGGED_A_DAY, str(youth.public_id)), now=now):
                entry = entries.log(youth=youth, by=user_of(request), details=form.details(), submit=submit, now=now)
        except DomainError as error:
            form.refuse(error)
        else:
            _say_what_happens(request, entry)
            return redirect("activities:entries")
    return _entry_page(request, form)


@login_required
def edit_entry(request: HttpRequest, public_id: UUID) -> HttpResponse:
    entry = get_object_or_404(selectors.entries_of(user_of(request)), public_id=public_id)
    if not entry.is_editable:
        return redirect(entry)
    form = EntryForm(request.POST or None, initial=EntryForm.initial_of(entry))
    if request.method == "POST" and form.is_valid():
        submit = request.POST.get("then") != "draft"
        try:
            entry = entries.edit(
                entry_id=public_id,
                by=user_of(request),
                details=form.details(),
                submit=submit,
                now=db.now(),
            )
        except DomainError as error:
            form.refuse(error)
        else:
            _say_what_happens(request, entry)
            return redirect("activities:entries")
    return _entry_page(request, form, entry)


def _entry_page(request: HttpRequest, form: EntryForm, entry: SharedTimeEntry | None = None) -> HttpResponse:
    context = {"form": form, "entry": entry, "returned": selectors.why_returned(entry) if entry else None}
    return render(request, "activities/entry_form.html", context, status=422 if form.errors else 200)


def _suggestion(now: datetime) -> dict[str, object]:
    """Suggest the hour that has just ended: the usual case is writing down what was a moment ago."""
    end = now.astimezone(periods.BERLIN).replace(second=0, microsecond=0)
    end -= timedelta(minutes=end.minute % 15)
    start = end - timedelta(hours=1)
    if start.date() != end.date():
        return {"day": end.date()}
    return {"day": end.date(), "starts": start.time(), "ends": end.time()}


def _say_what_happens(request: HttpRequest, entry: SharedTimeEntry) -> None:
    if entry.status == entry.Status.SUBMITTED:
        messages.success(request, _("Eingereicht! Sobald es bestätigt ist, werden daraus Coins."))
    else:
        messages.info(request, _("Als Entwurf gespeichert. Einreichen kannst Du ihn bis 14 Tage danach."))


@login_required
def entry(request: HttpRequest, public_id: UUID) -> HttpResponse:
    entry = get_object_or_404(
        selectors.entries_of(user_of(request)).prefetch_related("reviews__by"),
        public_id=public_id,
    )
    return render(request, "activities/entry.html", {"entry": entry, "steps": entry.reviews.all()})


@require_POST
@login_required
def submit_entry(request: HttpRequest, public_id: UUID) -> HttpResponse:
    return _act(request, lambda: entries.submit(entry_id=public_id, by=user_of(request), now=db.now()))


@require_POST
@login_required
def withdraw_entry(request: HttpRequest, public_id: UUID) -> HttpResponse:
    return _act(
        request,
        lambda: entries.withdraw(entry_id=public_id, by=user_of(request), now=db.now()),
        said=_("Zurückgezogen. Der Eintrag zählt nicht mehr."),
    )


def _act(request: HttpRequest, call: Callable[[], SharedTimeEntry], said: str = "") -> HttpResponse:
    try:
        entry = call()
    except SharedTimeEntry.DoesNotExist:
        raise Http404 from None
    except DomainError as error:
        messages.error(request, str(error))
    else:
        if said:
            messages.info(request, said)
        else:
            _say_what_happens(request, entry)
    return redirect("activities:entries")


# ── Whoever confirms ─────────────────────────────────────────────────────────────────────────────
@login_required
def inbox(request: HttpRequest) -> HttpResponse:
    """Everything that waits for this person, on one page; two buttons an entry."""
    if not people.youths_confirmed_by(user_of(request)).exists():
        raise Http404
    context = {
        "youths": selectors.inbox_by_youth(selectors.inbox(user_of(request))),
        "recent": selectors.recently_approved_by(user_of(request), now=db.now())[:20],
        "reasons": approvals.REASONS,
    }
    return render(request, "activities/inbox.html", context)


@require_POST
@login_required
def approve(request: HttpRequest) -> HttpResponse:
    """Approve one, several or all that were on the page."""
    ids = _uuids(request.POST.getlist("entry"))
    approved = approvals.approve_all(entry_ids=ids, by=user_of(request), now=db.now())
    if approved:
        text = ngettext("%d Eintrag bestätigt. Danke!", "%d Einträge bestätigt. Danke!", len(approved))
        messages.success(request, text % len(approved))
    if len(approved) < len(ids):
        messages.info(request, _("Was sich inzwischen geändert hat, steht unten noch einmal."))
    return redirect("activities:inbox")


@login_required
def return_entry(request: HttpRequest, public_id: UUID) -> HttpResponse:
    entry = get_object_or_404(
        selectors.entries_confirmed_by(user_of(request)).select_related("category", "youth__user"),
        public_id=public_id,
    )
    form, status = ReturnForm(request.POST if request.method == "POST" else None), 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            reason = form.sentence(entry.youth.user.language)
            try:
                approvals.return_(entry_id=public_id, by=user_of(request), reason=reason, now=db.now())
            except DomainError as refusal:
                form.add_error("reason" if refusal.code == approvals.ReasonMissing.code else None, str(refusal))
            else:
                messages.info(request, _("Zurückgegeben. %s kann den Eintrag jetzt ändern.") % entry.youth)
                return redirect("activities:inbox")
    context = {
        "entry": entry,
        "form": form,
        "reasons": approvals.REASONS,
        "ticked": request.POST.getlist("chip"),
    }
    return render(request, "activities/return.html", context, status=status)


@require_POST
@login_required
def undo_approval(request: HttpRequest, public_id: UUID) -> HttpResponse:
    try:
        approvals.undo(entry_id=public_id, by=user_of(request), now=db.now())
    except SharedTimeEntry.DoesNotExist:
        raise Http404 from None
    except DomainError as error:
        messages.error(request, str(error))
    else:
        messages.info(request, _("Zurückgenommen. Der Eintrag wartet wieder auf Bestätigung."))
    return redirect("activities:inbox")


def _uuids(texts: list[str]) -> list[UUID]:
    try:
        return [UUID(text) for text in texts]
    except ValueError:
        raise Http404 from None


# ── Dates and places ─────────────────────────────────────────────────────────────────────────────
@login_required
def opportunities(request: HttpRequest) -> HttpResponse:
    context = {
        "opportunities": selectors.opportunities_for(user_of(request), now=db.now()),
        "places": selectors.places_for(user_of(request)),
    }
    return render(request, "activities/opportunities.html", context)


@login_required
def opportunity(request: HttpRequest, public_id: UUID) -> HttpResponse:
    found = get_object_or_404(selectors.opportunities_for(user_of(request), now=db.now()), public_id=public_id)
    return render(request, "activities/opportunity.html", {"opportunity": found})


@login_required
def place(request: HttpRequest, public_id: UUID) -> HttpResponse:
    found = get_object_or_404(selectors.places_for(user_of(request)), public_id=public_id)
    return render(request, "activities/place.html", {"place": found})
