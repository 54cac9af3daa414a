"""`/profil/portfolio/`: choosing, versions with their links, badges, a learning goal; `/nachweis/` for everybody."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.access import user_of
from activities.models import LearningGoal, Portfolio
from activities.portfolio import badges, choosing, goals, links, sheet, versions
from activities.portfolio.forms import GoalForm, MakeForm
from activities.views import youth_of
from clevervibes.lib import db, limits, qr
from clevervibes.lib.errors import DomainError

# Two boxes and a hidden name each: below the number of fields that a form may have.
A_PAGE = 50
VERSIONS_SHOWN = 30


# ── The own page ─────────────────────────────────────────────────────────────────────────────────
@require_safe
@login_required
def portfolio_home(request: HttpRequest) -> HttpResponse:
    return _home(request)


def _home(request: HttpRequest, *, goal_form: GoalForm | None = None, status: int = 200) -> HttpResponse:
    youth, user = youth_of(request), user_of(request)
    context = {
        "youth": youth,
        "versions": versions.versions_of(user)[:VERSIONS_SHOWN],
        "picked": choosing.picked(youth).count(),
        "choosable": choosing.choosable(user).count(),
        "badges": badges.of(youth),
        "goal": goals.open_goal(user),
        "past_goals": goals.of(user).exclude(reached_at=None)[:20],
        "form": MakeForm(),
        "goal_form": goal_form or GoalForm(),
    }
    return render(request, "activities/portfolio/home.html", context, status=status)


@require_safe
@login_required
def choose(request: HttpRequest) -> HttpResponse:
    youth = youth_of(request)
    page = Paginator(choosing.choosable(youth.user), A_PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "picked": choosing.picked(youth).count()}
    return render(request, "activities/portfolio/choose.html", context)


@require_POST
@login_required
def keep_choice(request: HttpRequest) -> HttpResponse:
    """Keep the ticks of one page, or tick everything, or nothing; then lead on to where the button said."""
    youth = youth_of(request)
    if request.POST.get("what") == "all":
        choosing.choose_all(youth=youth)
    elif request.POST.get("what") == "none":
        choosing.choose_none(youth=youth)
    else:
        shown, picks, learned = (_uuids(request.POST.getlist(name)) for name in ("shown", "pick", "learned"))
        choosing.choose(youth=youth, shown=shown, picks=picks, learned=learned)
    if request.POST.get("then") == "done":
        return redirect("activities:portfolio-home")
    page = request.POST.get("then", "")
    address = reverse("activities:portfolio-choose")
    return redirect(f"{address}?page={page}" if page.isascii() and page.isdigit() else address)


@require_POST
@login_required
def make(request: HttpRequest) -> HttpResponse:
    youth, form, now = youth_of(request), MakeForm(request.POST), db.now()
    form.is_valid()
    try:
        with limits.counting((versions.A_DAY, str(youth.public_id)), now=now):
            made = versions.make(
                youth=youth, by=user_of(request), shows_last_name=form.cleaned_data["shows_last_name"], now=now
            )
    except versions.NothingPicked as error:
        messages.error(request, str(error))
        return redirect("activities:portfolio-choose")
    except DomainError as error:
        messages.error(request, str(error))
        return redirect("activities:portfolio-home")
    messages.success(request, _("Dein Portfolio ist da. Schau es Dir an, bevor Du es zeigst."))
    return redirect(made)


# ── One version ──────────────────────────────────────────────────────────────────────────────────
@require_safe
@login_required
def portfolio(request: HttpRequest, public_id: UUID) -> HttpResponse:
    found = get_object_or_404(versions.versions_of(user_of(request)), public_id=public_id)
    url = links.url_of(found)
    context = {
        "portfolio": found,
        "contents": versions.contents_of(found),
        "url": url,
        "qr": qr.draw(url) if url else None,
    }
    return render(request, "activities/portfolio/portfolio.html", context)


@require_safe
@login_required
def portfolio_sheet(request: HttpRequest, public_id: UUID) -> HttpResponse:
    found = get_object_or_404(versions.versions_of(user_of(request)), public_id=public_id, revoked_at=None)
    answer = HttpResponse(sheet.draw(found), content_type="application/pdf")
    answer["Content-Disposition"] = f'attachment; filename="portfolio-{found.sheet.lower()}.pdf"'
    return answer


@require_POST
@login_required
def revoke(request: HttpRequest, public_id: UUID) -> HttpResponse:
    try:
        versions.revoke(portfolio_id=public_id, by=user_of(request), now=db.now())
    except Portfolio.DoesNotExist:
        raise Http404 from None
    messages.info(request, _("Zurückgezogen. Der Link und der QR-Code öffnen nichts mehr."))
    return redirect("activities:portfolio-home")


# ── The learning goal ────────────────────────────────────────────────────────────────────────────
@require_POST
@login_required
def set_goal(request: HttpRequest) -> HttpResponse:
    youth, form = youth_of(request), GoalForm(request.POST)
    if form.is_valid():
        try:
            goals.set_goal(youth=youth, by=user_of(request), text=form.cleaned_data["text"], now=db.now())
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Angepinnt. Dein Lernziel steht jetzt auf Deiner Startseite."))
            return redirect("activities:portfolio-home")
    return _home(request, goal_form=form, status=422)


@require_POST
@login_required
def reach_goal(request: HttpRequest, public_id: UUID) -> HttpResponse:
    return _close(request, goals.reach, public_id, _("Geschafft! Das steht jetzt in Deiner Liste."))


@require_POST
@login_required
def let_go_of_goal(request: HttpRequest, public_id: UUID) -> HttpResponse:
    return _close(request, goals.let_go, public_id, _("Weg ist es. Such Dir aus, was Du stattdessen lernen willst."))


def _close(request: HttpRequest, call: Callable[..., LearningGoal], public_id: UUID, said: str) -> HttpResponse:
    try:
        call(goal_id=public_id, by=user_of(request), now=db.now())
    except LearningGoal.DoesNotExist:
        raise Http404 from None
    messages.success(request, said)
    return redirect("activities:portfolio-home")


# ── For everybody who has the sheet ──────────────────────────────────────────────────────────────
@require_safe
def proof(request: HttpRequest, token: str) -> HttpResponse:
    """Confirm the sums of a sheet, and say nothing else. What is unknown and what was revoked look the same."""
    now: datetime = db.now()
    found = versions.confirmed_by(token, now)
    context = {"portfolio": found, "sums": versions.sums_of(found) if found else None, "now": now}
    answer = render(request, "activities/portfolio/proof.html", context, status=200 if found else 404)
    answer["Referrer-Policy"] = "no-referrer"
    answer["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    answer["Cache-Control"] = "no-store, private"
    return answer


def _uuids(texts: list[str]) -> list[UUID]:
    try:
        return [UUID(text) for text in texts]
    except ValueError:
        raise Http404 from None
