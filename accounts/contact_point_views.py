"""`/anlaufstelle/`: scan, "gesehen", the next one; and help for whoever is locked out."""

from datetime import datetime, timedelta
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts import vouching
from accounts.access import user_of
from accounts.family_forms import LookUpForm
from accounts.models import ContactPoint, Sighting, User
from clevervibes.lib import db
from clevervibes.lib.errors import DomainError
from clevervibes.lib.limits import give_back, take

POINT, PERSON = "contact-point", "shown-person"  # in the session
STANDS_THERE = timedelta(minutes=15)


def _point(request: HttpRequest) -> ContactPoint:
    """Return the point of contact that is open: the one chosen, else the first.

    :raises Http404: for everybody who vouches nowhere.
    """
    points = list(vouching.points_of(user_of(request)))
    if not points:
        raise Http404
    chosen = request.session.get(POINT)
    return next((point for point in points if str(point.organisation.public_id) == chosen), points[0])


@never_cache
@require_safe
@login_required
def desk(request: HttpRequest) -> HttpResponse:
    return _desk(request, _point(request), LookUpForm())


def _desk(request: HttpRequest, point: ContactPoint, form: LookUpForm, *, status: int = 200) -> HttpResponse:
    user, now = user_of(request), db.now()
    rows = [(row, vouching.can_undo(row, user, now)) for row in vouching.seen_today(point, now)]
    context = {"point": point, "points": vouching.points_of(user), "rows": rows, "form": form}
    return render(request, "accounts/contact_point.html", context, status=status)


@require_POST
@login_required
def choose_point(request: HttpRequest, public_id: UUID) -> HttpResponse:
    get_object_or_404(vouching.points_of(user_of(request)), organisation__public_id=public_id)
    request.session[POINT] = str(public_id)
    return redirect("accounts:contact-point")


# ── Who stands there ─────────────────────────────────────────────────────────────────────────────
@never_cache
@require_safe
def scanned(request: HttpRequest, token: str) -> HttpResponse:
    """Where a person's QR leads: on to the page about them for who vouches, to a few words for everybody else."""
    user = request.user
    if not isinstance(user, User) or not vouching.points_of(user).exists():
        answer = render(request, "accounts/shown_to_others.html")
    else:
        try:
            _stand_there(request, vouching.person_shown(token, db.now()))
            answer = redirect("accounts:contact-point-person")
        except DomainError as refusal:
            answer = render(request, "accounts/shown_refused.html", {"refusal": refusal}, status=refusal.status)
    answer["Referrer-Policy"] = "no-referrer"
    return answer


@require_POST
@login_required
def look_up(request: HttpRequest) -> HttpResponse:
    """Find somebody by both names, who has no phone with them or is locked out."""
    point, user, now = _point(request), user_of(request), db.now()
    form, status = LookUpForm(request.POST), 400
    if form.is_valid():
        try:
            tried = take((vouching.LOOKED_UP, str(user.pk)), now=now)
            person = vouching.find_by_name(**form.cleaned_data, point=point)
            if person is not None:
                give_back(tried)
                _stand_there(request, person)
                return redirect("accounts:contact-point-person")
            form.add_error(None, _("So heißt hier niemand. Bitte beide Namen genau so, wie sie im Club stehen."))
            status = 404
        except DomainError as refusal:
            form.add_error(None, str(refusal))
            status = refusal.status
    return _desk(request, point, form, status=status)


def _stand_there(request: HttpRequest, person: User) -> None:
    request.session[PERSON] = [str(person.public_id), db.now().isoformat()]


def stands_there(request: HttpRequest) -> User | None:
    """Return who was scanned or found last, for as long as somebody stands at a counter."""
    public_id, since = request.session.get(PERSON) or (None, "")
    at = parse_datetime(since)
    if public_id is None or at is None or at + STANDS_THERE <= db.now():
        return None
    return User.objects.filter(public_id=public_id, is_active=True).first()


@never_cache
@require_safe
@login_required
def person(request: HttpRequest) -> HttpResponse:
    point, who = _point(request), stands_there(request)
    if who is None:
        return redirect("accounts:contact-point")
    return _person_page(request, point, who, db.now())


def _person_page(
    request: HttpRequest, point: ContactPoint, who: User, now: datetime, refusal: DomainError | None = None
) -> HttpResponse:
    if refusal is None and who.club_id != point.organisation.club_id:
        refusal = vouching.OtherClub()
    context = {
        "point": point,
        # Of another club's people not even the name is shown.
        "shown": None if isinstance(refusal, vouching.OtherClub) else vouching.shown(who, now),
        "may_help": vouching.may_help(who, user_of(request)),
        "refusal": refusal,
    }
    return render(request, "accounts/contact_point_person.html", context, status=refusal.status if refusal else 200)


@require_POST
@login_required
def see(request: HttpRequest) -> HttpResponse:
    """ "Gesehen", and on to the next one."""
    point, who, now = _point(request), stands_there(request), db.now()
    if who is None:
        return redirect("accounts:contact-point")
    try:
        vouching.vouch(person=who, point=point, by=user_of(request), now=now)
    except DomainError as refusal:
        return _person_page(request, point, who, now, refusal)
    del request.session[PERSON]
    messages.success(request, _("%s wurde gesehen. Der oder die Nächste, bitte.") % who)
    return redirect("accounts:contact-point")


@require_POST
@login_required
def undo(request: HttpRequest, public_id: UUID) -> HttpResponse:
    user = user_of(request)
    row = get_object_or_404(Sighting.objects.select_related("person"), person__public_id=public_id, seen_by=user)
    try:
        vouching.undo(person=row.person, by=user, now=db.now())
    except DomainError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Zurückgenommen: %s gilt als noch nicht gesehen.") % row.person)
    return redirect("accounts:contact-point")


@require_POST
@login_required
def password_qr(request: HttpRequest) -> HttpResponse:
    """Make the QR by which whoever stands there sets a new password."""
    point, who, now = _point(request), stands_there(request), db.now()
    if who is None:
        return redirect("accounts:contact-point")
    try:
        link = vouching.help_in(person=who, by=user_of(request), now=now)
    except DomainError as refusal:
        return _person_page(request, point, who, now, refusal)
    return redirect("accounts:password-qr", link.public_id)
