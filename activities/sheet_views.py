"""The Wochenzettel: printed by the family or at a point of contact, entered there or by the team."""

from datetime import date, timedelta
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import translation
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import selectors as people
from accounts import vouching
from accounts.access import user_of
from accounts.contact_point_views import stands_there
from accounts.models import User, YouthProfile
from accounts.team import rights
from activities import sheet_pdf, sheets
from activities.models import SharedTimeEntry, Sheet
from activities.sheet_forms import CodeForm, Lines, SignedForm
from clevervibes.lib import db, periods
from clevervibes.lib.errors import DomainError

RECENT = 20


# ── Printing ─────────────────────────────────────────────────────────────────────────────────────
@never_cache
@require_safe
@login_required
def choose(request: HttpRequest) -> HttpResponse:
    """Offer this and the last week of oneself, or of the youths one confirms for."""
    youths = list(sheets.sheets_printed_by(user_of(request)).order_by("user__first_name", "pk"))
    if not youths:
        raise Http404
    context = {"youths": youths, "weeks": _weeks(), "is_youth": hasattr(user_of(request), "youth")}
    return render(request, "activities/sheets.html", context)


def _weeks() -> list[tuple[date, date]]:
    today = periods.berlin_date(db.now())
    monday = today - timedelta(days=today.weekday())
    return [(start, start + timedelta(days=6)) for start in (monday, monday - timedelta(days=7))]


@require_POST
@login_required
def make(request: HttpRequest, youth_id: UUID) -> HttpResponse:
    """Make the sheet of a week, or find it, and lead to its paper."""
    youth = get_object_or_404(_printable(request), public_id=youth_id)
    this_week, _last_week = _weeks()
    monday = next((start for start, _sunday in _weeks() if start.isoformat() == request.POST.get("week")), this_week[0])
    try:
        sheet = sheets.make(youth=youth, monday=monday, by=user_of(request), now=db.now())
    except DomainError:
        raise Http404 from None
    return redirect("activities:sheet-paper", sheet.public_id)


def _printable(request: HttpRequest) -> QuerySet[YouthProfile]:
    """Return for whom one may print: the family, everybody for the team, and the children of whoever stands there."""
    user = user_of(request)
    if clubs := rights.clubs_for(user, "enter", Sheet):
        return YouthProfile.objects.filter(user__club__in=clubs).select_related("user")
    guardian = stands_there(request) if vouching.points_of(user).exists() else None
    return people.youths_guarded_by(guardian) if guardian else sheets.sheets_printed_by(user)


@never_cache
@require_safe
@login_required
def paper(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Show the sheet as PDF, in the language of whoever prints it."""
    sheet = get_object_or_404(sheets.seen_by(user_of(request)), public_id=public_id)
    drawn = sheet_pdf.draw(sheet, now=db.now(), language=translation.get_language() or "de")
    answer = HttpResponse(drawn, content_type="application/pdf")
    answer["Content-Disposition"] = f'inline; filename="wochenzettel-{sheet.monday}.pdf"'
    return answer


# ── Entering ─────────────────────────────────────────────────────────────────────────────────────
def _worker(request: HttpRequest) -> User:
    """Return who is signed in, if they enter sheets for the team or at a point of contact.

    :raises Http404: for everybody else.
    """
    user = user_of(request)
    if not sheets.works_at(user):
        raise Http404
    return user


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def desk(request: HttpRequest) -> HttpResponse:
    """Find a sheet by its code, and see what was entered lately."""
    user = _worker(request)
    form, status = CodeForm(request.POST or None), 200
    if request.method == "POST":
        status = 400
        if form.is_valid():
            try:
                return redirect("activities:enter-sheet", sheets.find(form.cleaned_data["code"], by=user).public_id)
            except DomainError as refusal:
                form.add_error("code", str(refusal))
                status = refusal.status
    recent = sheets.at_work_of(user).filter(entered_by=user).order_by("-entered_at")[:RECENT]
    context = {"form": form, "recent": recent, "is_point": vouching.points_of(user).exists()}
    return render(request, "activities/sheet_desk.html", context, status=status)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def enter(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Enter what stands on the paper; what is wrong stands beside its line, and nothing typed is lost."""
    user, now = _worker(request), db.now()
    sheet = get_object_or_404(sheets.at_work_of(user), public_id=public_id)
    if sheet.entered_at and request.method != "POST":
        return _entered(request, sheet)
    data = request.POST if request.method == "POST" else None
    form = SignedForm(data, sheet=sheet, now=now)
    lines = Lines(data, form_kwargs={"sheet": sheet}, prefix="line")
    refusal, status = None, 200
    if data is not None:
        status = 422
        if form.is_valid() & lines.is_valid():
            written = [line for line in lines if line.has_changed()]
            read = sheets.Paper(
                signed_by=form.cleaned_data["signed_by"],
                ticked=[entry.public_id for entry in form.cleaned_data["ticked"]],
                lines=[line.details() for line in written],
            )
            try:
                sheets.enter(sheet_id=public_id, paper=read, by=user, now=now)
            except sheets.LineRefused as refused:
                written[refused.number].refuse(refused.why)
            except DomainError as error:
                refusal, status = error, error.status
            else:
                number = len(read.ticked) + len(read.lines)
                text = ngettext("%d Zeit ist bestätigt.", "%d Zeiten sind bestätigt.", number)
                messages.success(request, text % number)
                return redirect("activities:enter-sheet", public_id)
    context = {
        "sheet": sheet,
        "sunday": sheet.monday + timedelta(days=6),
        "form": form,
        "lines": lines,
        "waiting": sheets.waiting_on(sheet),
        "ticked": data.getlist("ticked") if data else [],
        "refusal": refusal,
    }
    return render(request, "activities/sheet_enter.html", context, status=status)


def _entered(request: HttpRequest, sheet: Sheet) -> HttpResponse:
    confirmed = SharedTimeEntry.objects.filter(sheet=sheet).select_related("category").order_by("starts_at")
    context = {"sheet": sheet, "sunday": sheet.monday + timedelta(days=6), "confirmed": confirmed}
    return render(request, "activities/sheet_entered.html", context)
