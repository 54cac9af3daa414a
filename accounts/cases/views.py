"""`/fragen/`: asking the team, the own questions and their answers."""

from uuid import UUID, uuid4

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import user_of
from accounts.cases import asking
from accounts.cases.forms import AskForm, MoreForm
from accounts.cases.subjects import read
from accounts.models import Case
from clevervibes.lib import db
from clevervibes.lib.errors import DomainError

PAGE = 20


@never_cache
@require_safe
@login_required
def cases(request: HttpRequest) -> HttpResponse:
    page = Paginator(asking.cases_of(user_of(request)), PAGE).get_page(request.GET.get("page"))
    return render(request, "accounts/cases/cases.html", {"page": page})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def ask(request: HttpRequest) -> HttpResponse:
    """Ask about the thing that the link named, or about anything."""
    if request.method == "POST":
        form = AskForm(request.POST)
        if form.is_valid():
            try:
                case = asking.ask(
                    by=user_of(request), text=form.cleaned_data["text"], about=form.about, now=db.now(),
                    key=form.cleaned_data["key"],
                )  # fmt: skip
            except DomainError as error:
                form.add_error("text", str(error))
            else:
                messages.success(request, _("Angekommen! Die Antwort steht hier und kommt als Nachricht."))
                return redirect("accounts:case", case.public_id)
    else:
        about = read(request.GET.get("zu"), request.GET.get("was"))
        form = AskForm(initial={"key": uuid4(), "zu": about.path, "was": about.label})
    status = 422 if form.errors else 200
    return render(request, "accounts/cases/ask.html", {"form": form, "about": form.about}, status=status)


@never_cache
@require_safe
@login_required
def case(request: HttpRequest, public_id: UUID) -> HttpResponse:
    return _page(request, _own(request, public_id), MoreForm())


@never_cache
@require_POST
@login_required
def add(request: HttpRequest, public_id: UUID) -> HttpResponse:
    own, form = _own(request, public_id), MoreForm(request.POST)
    if form.is_valid():
        try:
            asking.add(case_id=public_id, by=user_of(request), text=form.cleaned_data["text"], now=db.now())
        except DomainError as error:
            form.add_error("text", str(error))
        else:
            messages.success(request, _("Angekommen!"))
            return redirect("accounts:case", public_id)
    return _page(request, own, form)


@require_POST
@login_required
def close(request: HttpRequest, public_id: UUID) -> HttpResponse:
    try:
        asking.close(case_id=public_id, by=user_of(request), now=db.now())
    except Case.DoesNotExist:
        raise Http404 from None
    messages.info(request, _("Erledigt. Danke fürs Bescheidsagen."))
    return redirect("accounts:cases")


def _own(request: HttpRequest, public_id: UUID) -> Case:
    return get_object_or_404(asking.cases_of(user_of(request)), public_id=public_id)


def _page(request: HttpRequest, case: Case, form: MoreForm) -> HttpResponse:
    context = {"case": case, "words": case.words.all(), "form": form}
    return render(request, "accounts/cases/case.html", context, status=422 if form.errors else 200)
