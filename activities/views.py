"""Pages of shared time: a youth's entries."""

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts import selectors as people
from accounts.access import user_of
from accounts.models import YouthProfile
from activities import approvals, entries, habits, history, pace, proposals, selectors, timer
from activities.forms import EntryForm
from activities.models import SharedTimeEntry
from clevervibes.lib import db, periods
from clevervibes.lib.errors import DomainError

WEEKS_A_PAGE = 6


def youth_of(request: HttpRequest) -> YouthProfile:
    """Return the youth who is signed in; the pages of an own time exist for nobody else."""
    youth: YouthProfile | None = getattr(user_of(request), "youth", None)
    if youth is None:
        raise Http404
    return youth


@require_safe
@login_required
def entry_list(request: HttpRequest) -> HttpResponse:
    youth = youth_of(request)
    now = db.now()
    this_week = periods.week(periods.berlin_date(now))
    listed = selectors.listed(user_of(request))
    page = Paginator(selectors.weeks_of(listed), WEEKS_A_PAGE).get_page(request.GET.get("page"))
    # Whole weeks, so that a week's sum is never that of half a page.
    mondays = [monday.astimezone(periods.BERLIN).date() for monday in page.object_list]
    entries_ = listed.none()
    if mondays:
        entries_ = listed.filter(
            starts_at__gte=periods.week(mondays[-1]).start, starts_at__lt=periods.week(mondays[0]).end
        )
    context = {
        "page": page,
        "weeks": selectors.by_week(entries_),
        "monday": periods.berlin_date(this_week.start),
        "this_week": selectors.entries_in(youth, this_week),
        "timer": timer_shown(youth, now),
        "sent": _just_sent(request),
        "may_not_log": why_not(youth, now),
        "has_consent": people.has_consent(youth, at=now),
    }
    return render(request, "activities/entries.html", context)


def timer_shown(youth: YouthProfile, now: datetime) -> dict[str, object]:
    """Return what the card of the timer shows: nothing running, how long it runs, or that its end is missing."""
    entry = selectors.timer_of(youth)
    if entry is None:
        return {}
    if entry.lacks_end or timer.ran_too_long(entry, now):
        return {"entry": entry, "asks": True}
    # Shown from the tap on; counted are whole minutes of the clock.
    return {"entry": entry, "seconds": int((now - entry.claimed_at).total_seconds())}


def why_not(youth: YouthProfile, now: datetime) -> str:
    """Return the sentence why nothing can be logged any more, or an empty one."""
    try:
        entries.require_may_log(youth, now)
    except DomainError as error:
        return str(error)
    return ""


def _just_sent(request: HttpRequest) -> SharedTimeEntry | None:
    """Return the entry that this page was opened to talk about."""
    for name in ("neu", "fertig"):
        try:
            public_id = UUID(request.GET.get(name, ""))
        except ValueError:
            continue
        return selectors.entries_of(user_of(request)).filter(public_id=public_id).first()
    return None


@login_required
def new_entry(request: HttpRequest) -> HttpResponse:
    youth = youth_of(request)
    now = db.now()
    if why_not(youth, now):
        # Before anything is typed in vain; the list says why, and what stays possible.
        return redirect("activities:entries")
    usual = habits.of(youth)
    initial = {"key": uuid4(), **_suggestion(now, usual)}
    if request.GET.get("wie") == "letztes" and usual.category:
        initial["category"] = usual.category
    form = EntryForm(request.POST or None, initial=initial, companions=usual.companions)
    if request.method == "POST" and form.is_valid():
        submit = request.POST.get("then") != "draft"
        try:
            with pace.counted(youth, now):
                entry = entries.log(
                    youth=youth, by=user_of(request), details=form.details(), submit=submit, now=now,
                    public_id=form.cleaned_data["key"],
                )  # fmt: skip
        except DomainError as error:
            form.refuse(error)
        else:
            return _on_to(request, f"{reverse('activities:entries')}?neu={entry.public_id}")
    return _entry_page(request, form, usual=usual)


@login_required
def edit_entry(request: HttpRequest, public_id: UUID) -> HttpResponse:
    entry = get_object_or_404(
        selectors.entries_of(user_of(request)).prefetch_related("reviews__by"), public_id=public_id
    )
    if not entry.is_editable:
        return redirect(entry)
    usual = habits.of(youth_of(request))
    initial = EntryForm.initial_of(entry, usual.companions)
    if not entry.did and usual.category is None:
        # The timer had to take some category; who has never logged anything is asked.
        del initial["category"]
    form = EntryForm(request.POST or None, initial=initial, companions=usual.companions)
    if request.method == "POST" and form.is_valid():
        submit = request.POST.get("then") != "draft"
        try:
            entry = entries.edit(
                entry_id=public_id, by=user_of(request), details=form.details(), submit=submit, now=db.now()
            )
        except DomainError as error:
            form.refuse(error)
        else:
            return _on_to(request, f"{reverse('activities:entries')}?fertig={entry.public_id}")
    return _entry_page(request, form, entry, usual=usual)


def _on_to(request: HttpRequest, address: str) -> HttpResponse:
    """Lead on; a script that sends the form by itself, to keep it when the net is bad, is told where."""
    if request.headers.get("X-Requested-With") == "fetch":
        return JsonResponse({"go": address})
    return redirect(address)


def _entry_page(
    request: HttpRequest, form: EntryForm, entry: SharedTimeEntry | None = None, *, usual: habits.Habits
) -> HttpResponse:
    today = periods.berlin_date(db.now())
    context = {
        "form": form,
        "entry": entry,
        "returned": selectors.why_returned(entry) if entry else None,
        "usual": usual,
        "today": today,
        "yesterday": today - timedelta(days=1),
    }
    return render(request, "activities/entry_form.html", context, status=422 if form.errors else 200)


def _suggestion(now: datetime, usual: habits.Habits) -> dict[str, object]:
    """Suggest what is usual, just ended: most of what is written down was a moment ago."""
    end = now.astimezone(periods.BERLIN).replace(second=0, microsecond=0)
    end -= timedelta(minutes=end.minute % 15)
    start = end - timedelta(minutes=usual.minutes)
    known: dict[str, object] = {"who": usual.companions[0].value} if usual.companions else {}
    if start.date() != end.date():
        return {"day": end.date(), **known}
    return {"day": end.date(), "starts": start.time(), "ends": end.time(), **known}


def _say_what_happens(request: HttpRequest, entry: SharedTimeEntry) -> None:
    if entry.status == entry.Status.SUBMITTED:
        messages.success(request, _("Eingereicht! Sobald es bestätigt ist, werden daraus Coins."))
    else:
        messages.info(request, _("Als Entwurf gespeichert. Einreichen kannst Du ihn bis 14 Tage danach."))


@require_safe
@login_required
def entry(request: HttpRequest, public_id: UUID) -> HttpResponse:
    entry = get_object_or_404(
        selectors.entries_of(user_of(request)).prefetch_related("reviews__by"),
        public_id=public_id,
    )
    if entry.status == entry.Status.RUNNING:
        return redirect("activities:entries")
    return render(request, "activities/entry.html", {"entry": entry, "steps": history.of(entry)})


@require_POST
@login_required
def submit_entry(request: HttpRequest, public_id: UUID) -> HttpResponse:
    return act(request, lambda: entries.submit(entry_id=public_id, by=user_of(request), now=db.now()))


@require_POST
@login_required
def withdraw_entry(request: HttpRequest, public_id: UUID) -> HttpResponse:
    return act(
        request,
        lambda: entries.withdraw(entry_id=public_id, by=user_of(request), now=db.now()),
        said=_("Zurückgezogen. Der Eintrag zählt nicht mehr."),
    )


@require_POST
@login_required
def confirm_entry(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Say that what a guardian has written down is true."""
    return act(
        request,
        lambda: proposals.confirm(entry_id=public_id, by=user_of(request), now=db.now()),
        said=lambda entry: (
            _("Bestätigt! Das Club-Team schaut noch kurz darauf, danach kommen Deine Coins am nächsten Coin-Tag.")
            if selectors.waits_for_a_look(entry)
            else _("Bestätigt! Deine Coins kommen am nächsten Coin-Tag.")
        ),
    )


def act(
    request: HttpRequest,
    call: Callable[[], SharedTimeEntry],
    said: str | Callable[[SharedTimeEntry], str] = "",
) -> HttpResponse:
    """Do something to an entry, say how it went and lead back to the list it is in."""
    try:
        entry = call()
    except SharedTimeEntry.DoesNotExist:
        raise Http404 from None
    except approvals.OwnClaim:
        # No page offers that: whoever sends it made the request by hand.
        raise PermissionDenied from None
    except DomainError as error:
        messages.error(request, str(error))
    else:
        if said:
            messages.info(request, said(entry) if callable(said) else said)
        else:
            _say_what_happens(request, entry)
    return redirect("activities:entries" if hasattr(user_of(request), "youth") else "activities:inbox")
