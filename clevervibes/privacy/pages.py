"""`/profil/daten/`: see, correct, take along and erase what is stored about oneself or a youth in one's care."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from accounts import erasures, reveals, selectors
from accounts.access import user_of
from accounts.models import SiteText, User
from accounts.outlook import asking as outlook
from accounts.outlook.forms import OutlookForm
from accounts.texts import selectors as wording
from accounts.texts import views as texts
from clevervibes.lib import db, periods
from clevervibes.lib.errors import DomainError
from clevervibes.privacy import export, record

REVEALS_SHOWN = 20


class NameForm(forms.ModelForm):
    class Meta:
        model = User
        fields = ["first_name", "last_name"]
        labels = {"first_name": gettext_lazy("Vorname"), "last_name": gettext_lazy("Nachname")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["first_name"].required = True


@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    """What is stored about people, for everybody to read: the table is the inventory itself."""
    club, today = texts.club_of(request), periods.berlin_date(db.now())
    text = wording.text_for(SiteText.Kind.PRIVACY, club=club, on=today)
    context = {
        "activities": record.personal(),
        "operator": wording.operator_for(club, on=today),
        **texts.content(text, texts.language_of(request)),
    }
    return render(request, "privacy/privacy.html", context)


@require_safe
@login_required
def data(request: HttpRequest) -> HttpResponse:
    """What is stored and why, and the four things one can do about it."""
    return _page(request, _person(request))


@require_POST
@login_required
def take_along(request: HttpRequest) -> HttpResponse:
    """Everything about a person, to be read or as a file. Counted, so not by GET."""
    person, now = _person(request), db.now()
    try:
        export.count(person, now=now)
    except DomainError as error:
        return _page(request, person, error=str(error), status=error.status)
    if request.POST.get("as") == "json":
        answer = JsonResponse(export.as_json(person, now=now), json_dumps_params={"ensure_ascii": False, "indent": 1})
        answer["Content-Disposition"] = 'attachment; filename="clever-vibes-daten.json"'
        return answer
    return render(request, "privacy/export.html", {"person": person, "tables": export.tables(person), "now": now})


@require_POST
@login_required
def correct(request: HttpRequest) -> HttpResponse:
    """Put one's name right. Who is a member stays; what hangs on the age is corrected by the team."""
    person = _person(request)
    form = NameForm(request.POST, instance=User.objects.get(pk=person.pk))
    if not form.is_valid():
        return _page(request, person, form=form, status=422)
    form.instance.save(update_fields=["first_name", "last_name"])
    messages.success(request, _("Gespeichert."))
    return redirect(_back(request, person))


@require_POST
@login_required
def erase(request: HttpRequest) -> HttpResponse:
    person = _person(request)
    try:
        erasures.order(person=person, by=user_of(request), now=db.now())
    except DomainError as error:
        return _page(request, person, error=str(error), status=error.status)
    return redirect(_back(request, person))


@require_POST
@login_required
def keep(request: HttpRequest) -> HttpResponse:
    person = _person(request)
    try:
        erasures.call_off(person=person, by=user_of(request), now=db.now())
    except DomainError as error:
        return _page(request, person, error=str(error), status=error.status)
    messages.success(request, _("Die Löschung ist zurückgenommen. Es bleibt alles, wie es ist."))
    return redirect(_back(request, person))


def _person(request: HttpRequest) -> User:
    """Return whom the page is about: oneself, or with `?youth=` a youth one is guardian of.

    :raises Http404: if it is somebody else's.
    """
    user = user_of(request)
    asked = request.GET.get("youth")
    if not asked:
        return user
    try:
        youth = selectors.youths_guarded_by(user, at=db.now()).filter(public_id=UUID(asked)).first()
    except ValueError:
        raise Http404 from None
    if youth is None:
        raise Http404
    person: User = youth.user
    return person


def _back(request: HttpRequest, person: User) -> str:
    youth = f"?youth={person.youth.public_id}" if person.pk != request.user.pk else ""
    return reverse("data") + youth


def _page(request: HttpRequest, person: User, *, form: forms.BaseForm | None = None, error: str = "",
          status: int = 200) -> HttpResponse:  # fmt: skip
    user, now = user_of(request), db.now()
    why_not = ""
    try:
        erasures.require_may_order(person=person, by=user, now=now)
    except DomainError as refusal:
        why_not = str(refusal)
    question = outlook.question_for(user, now) if person.pk == user.pk else None
    context = {
        "question": question,
        "outlook_form": OutlookForm() if question else None,
        "person": person,
        "own": person.pk == user.pk,
        "is_youth": hasattr(person, "youth"),
        "query": f"?youth={person.youth.public_id}" if person.pk != user.pk else "",
        "family": selectors.youths_guarded_by(user, at=now).order_by("user__first_name"),
        "form": form or NameForm(instance=person),
        "reveals": reveals.of(person.youth)[:REVEALS_SHOWN] if hasattr(person, "youth") else [],
        "erasure": erasures.waiting_for(person),
        "why_not": why_not,
        "error": error,
        "activities": record.personal(),
    }
    return render(request, "privacy/data.html", context, status=status)
