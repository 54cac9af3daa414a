"""A guardian writes down a time for a youth."""

from datetime import timedelta
from uuid import UUID, uuid4

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from accounts import selectors as people
from accounts.access import user_of
from accounts.models import User, YouthProfile
from activities import entries, habits, pace, proposals, selectors
from activities.forms import ProposalForm
from activities.habits import Companion
from activities.models import Relation, SharedTimeEntry
from clevervibes.lib import db, periods
from clevervibes.lib.errors import DomainError


@login_required
def new(request: HttpRequest, youth_id: UUID) -> HttpResponse:
    user = user_of(request)
    youth = get_object_or_404(people.youths_guarded_by(user), public_id=youth_id)
    companions = _companions(user, youth)
    initial = {"key": uuid4(), "day": periods.berlin_date(db.now()), "who": companions[0].value}
    form = ProposalForm(request.POST or None, initial=initial, companions=companions)
    if request.method == "POST" and form.is_valid():
        try:
            with pace.counted(youth, now := db.now()):
                proposals.propose(
                    youth=youth, by=user, details=form.details(), now=now, public_id=form.cleaned_data["key"]
                )
        except DomainError as error:
            form.refuse(error)
        else:
            messages.success(request, _("Eingetragen. %s bestätigt das noch.") % youth.first_name)
            return redirect("activities:inbox")
    return _page(request, form, youth)


@login_required
def change(request: HttpRequest, public_id: UUID) -> HttpResponse:
    user = user_of(request)
    entry = get_object_or_404(selectors.proposals_of(user), public_id=public_id)
    companions = _companions(user, entry.youth)
    form = ProposalForm(request.POST or None, initial=ProposalForm.initial_of(entry, companions), companions=companions)
    if request.method == "POST" and form.is_valid():
        try:
            entries.edit(entry_id=public_id, by=user, details=form.details(), now=db.now())
        except DomainError as error:
            form.refuse(error)
        else:
            messages.success(request, _("Geändert. %s bestätigt das noch.") % entry.youth.first_name)
            return redirect("activities:inbox")
    return _page(request, form, entry.youth, entry)


def _companions(user: User, youth: YouthProfile) -> list[Companion]:
    """Return whoever asks first, then the people of the youth's last entries."""
    own = Companion(Relation.PARENT, user.first_name)
    return [own, *(one for one in habits.of(youth).companions if one.name != own.name)]


def _page(
    request: HttpRequest, form: ProposalForm, youth: YouthProfile, entry: SharedTimeEntry | None = None
) -> HttpResponse:
    today = periods.berlin_date(db.now())
    context = {
        "form": form,
        "youth": youth,
        "entry": entry,
        "today": today,
        "yesterday": today - timedelta(days=1),
    }
    return render(request, "activities/proposal_form.html", context, status=422 if form.errors else 200)
