"""The own family: who is in it, who is invited, who leaves; a youth brought along by a guardian."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import BadRequest
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import families, links, phone_session, registration, selectors, shared_phone, vouching
from accounts.access import user_of
from accounts.family_forms import AdultSignUpForm, BringYouthForm, MailInvitationForm
from accounts.invitation_views import sign_up_adult, speak, text_read
from accounts.models import EndedBy, Guardianship, OneTimeLink, TrustedPerson, User, YouthProfile
from accounts.registration import ADULT_AGE, MAX_TRUSTED
from accounts.security import limits
from clevervibes.lib import db, qr
from clevervibes.lib.errors import DomainError
from clevervibes.lib.limits import give_back, take

Purpose = OneTimeLink.Purpose


# ── The family ───────────────────────────────────────────────────────────────────────────────────
@dataclass(frozen=True)
class Family:
    """One youth and the people around them, as one of them sees it."""

    youth: YouthProfile
    is_own: bool
    is_adult: bool
    guardianships: list[Guardianship]
    trusts: list[TrustedPerson]
    invitations: list[OneTimeLink]
    may_name: bool
    may_help: bool  # the QR for a new password

    @property
    def invites_guardian(self) -> bool:
        return not self.is_adult and not any(link.purpose == Purpose.GUARDIAN for link in self.invitations)

    @property
    def invites_trusted(self) -> bool:
        is_full = len(self.trusts) >= MAX_TRUSTED
        return self.may_name and not is_full and not any(link.purpose == Purpose.TRUSTED for link in self.invitations)

    @property
    def has_actions(self) -> bool:
        return self.invites_guardian or self.invites_trusted or (self.may_help and not self.is_own)


@never_cache
@require_safe
@login_required
def family(request: HttpRequest) -> HttpResponse:
    user, now = user_of(request), db.now()
    own: YouthProfile | None = getattr(user, "youth", None)
    youths = [*([own] if own else []), *selectors.youths_guarded_by(user).order_by("user__first_name", "pk")]
    context = {
        "families": [_family_of(youth, user, now) for youth in youths],
        "trusts": TrustedPerson.objects.filter(person=user, ended_at=None).select_related("youth__user"),
        "is_youth": own is not None,
        "phone": phone_session.phone_of(request),
        "phones": shared_phone.phones_of(user),
    }
    return render(request, "accounts/family.html", context)


def _family_of(youth: YouthProfile, user: User, now: datetime) -> Family:
    return Family(
        youth=youth,
        is_own=youth.user_id == user.pk,
        is_adult=youth.age_at(now) >= ADULT_AGE,
        guardianships=list(
            youth.guardianships.filter(ended_at=None).select_related("guardian").order_by("started_at", "pk")
        ),
        trusts=list(youth.trusted_people.filter(ended_at=None).select_related("person").order_by("started_at", "pk")),
        invitations=list(families.invitations_seen_by(user, now).filter(about=youth.user)),
        may_name=families.may_name(youth, user, now),
        may_help=vouching.may_help(youth.user, user),
    )


def _youths_of(user: User) -> QuerySet[YouthProfile]:
    """Return the youths whose family `user` may arrange: oneself and those one is a guardian of."""
    return (
        (YouthProfile.objects.filter(user=user) | selectors.youths_guarded_by(user)).distinct().select_related("user")
    )


# ── Inviting ─────────────────────────────────────────────────────────────────────────────────────
@require_POST
@login_required
def invite(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Make an invitation for a youth's family, in the place of the open one."""
    user = user_of(request)
    youth = get_object_or_404(_youths_of(user), public_id=public_id)
    service = {
        Purpose.GUARDIAN: families.invite_guardian,
        Purpose.TRUSTED: families.invite_trusted_person,
    }.get(request.POST.get("purpose"))  # type: ignore[call-overload]
    if service is None:
        raise BadRequest("Nobody is invited for this purpose.")
    try:
        take((families.INVITED_A_DAY, str(user.pk)), now=db.now())
        link = service(youth=youth, by=user, now=db.now())
    except DomainError as refusal:
        messages.error(request, str(refusal))
        return redirect("accounts:family")
    return redirect("accounts:family-invitation", link.public_id)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def show_invitation(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Show an open invitation as link and QR; a POST sends it by mail."""
    user, now = user_of(request), db.now()
    link = families.invitations_seen_by(user, now).filter(public_id=public_id).first()
    if link is None:
        # Used, withdrawn, run out, or somebody else's: the family page shows how things are.
        get_object_or_404(families.invitations_ever_seen_by(user), public_id=public_id)
        return redirect("accounts:family")
    form, status = MailInvitationForm(request.POST or None), 200
    if request.method == "POST" and form.is_valid():
        email, counted = form.cleaned_data["email"], None
        try:
            counted = limits.count_mail(request, mailbox=email, now=now)
            families.send_invitation(link=link, email=email, by=user, now=now)
        except DomainError as refusal:
            if counted:
                give_back(counted)
            form.add_error("email", str(refusal))
            status = refusal.status
        else:
            messages.success(request, _("Die Einladung ist unterwegs."))
            return redirect("accounts:family-invitation", link.public_id)
    return render(request, "accounts/invitation_shown.html", {**links.shown(link), "form": form}, status=status)


@require_POST
@login_required
def withdraw_invitation(request: HttpRequest, public_id: UUID) -> HttpResponse:
    user, now = user_of(request), db.now()
    link = get_object_or_404(families.invitations_ever_seen_by(user), public_id=public_id)
    try:
        done = families.withdraw_invitation(youth=link.about.youth, purpose=link.purpose, by=user, now=now)
    except DomainError as refusal:
        messages.error(request, str(refusal))
    else:
        if done:
            messages.success(request, _("Die Einladung gilt nicht mehr."))
    return redirect("accounts:family")


# ── Leaving ──────────────────────────────────────────────────────────────────────────────────────
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def end_guardianship(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Say what ending means, then end it: for oneself, or as the youth."""
    user, now = user_of(request), db.now()
    link = get_object_or_404(families.guardianships_seen_by(user), public_id=public_id)
    if request.method == "POST":
        how = EndedBy.ADULT if link.guardian_id == user.pk else EndedBy.FAMILY
        families.end_guardianship(guardianship=link, by=user, how=how, now=now)
        messages.success(request, _("Beendet. Alle Beteiligten erfahren es."))
        return redirect("accounts:family")
    others = link.youth.guardianships.filter(ended_at=None).exclude(pk=link.pk).exists()
    waits = not others and link.youth.age_at(now) < registration.OWN_CONSENT_AGE
    context = {"person": link.guardian, "youth": link.youth, "is_own": link.guardian_id == user.pk, "waits": waits}
    return render(request, "accounts/end_link.html", {**context, "is_guardian": True})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def end_trust(request: HttpRequest, public_id: UUID) -> HttpResponse:
    user, now = user_of(request), db.now()
    link = get_object_or_404(families.trusts_seen_by(user, now), public_id=public_id)
    if request.method == "POST":
        how = EndedBy.ADULT if link.person_id == user.pk else EndedBy.FAMILY
        families.end_trust(trust=link, by=user, how=how, now=now)
        messages.success(request, _("Beendet. Alle Beteiligten erfahren es."))
        return redirect("accounts:family")
    context = {"person": link.person, "youth": link.youth, "is_own": link.person_id == user.pk, "waits": False}
    return render(request, "accounts/end_link.html", {**context, "is_guardian": False})


# ── Guardian first ───────────────────────────────────────────────────────────────────────────────
@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def sign_up_guardian(request: HttpRequest) -> HttpResponse:
    """A guardian joins before the youth does; the youth is the next page."""
    if request.user.is_authenticated:
        return redirect("accounts:bring-youth")
    speak(request)
    form = AdultSignUpForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        answer = sign_up_adult(request, form, to=reverse("accounts:bring-youth"))
        if answer is not None:
            return answer
    return render(request, "accounts/sign_up_guardian.html", {"form": form})


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def bring_youth(request: HttpRequest) -> HttpResponse:
    """A guardian signs a youth up and consents, in one."""
    user, now = user_of(request), db.now()
    form, status = BringYouthForm(request.POST or None), 200
    if request.method == "POST" and form.is_valid():
        try:
            youth = families.bring_youth(
                guardian=user,
                person=form.for_club(user.club),
                birth_date=form.cleaned_data["birth_date"],
                text=text_read(request),
                now=now,
            )
        except DomainError as refusal:
            age = registration.TooYoung | registration.TooOld | families.OfAge
            field = "username" if isinstance(refusal, registration.UsernameTaken) else None
            form.add_error("birth_date" if isinstance(refusal, age) else field, str(refusal))
            status = refusal.status
        else:
            if not youth.user.has_usable_password():
                link = vouching.make_password_link(person=youth.user, by=user, now=db.now())
                return redirect("accounts:password-qr", link.public_id)
            return redirect("accounts:joined", youth.public_id)
    context = {"form": form, "text": selectors.current_text()}
    return render(request, "accounts/bring_youth.html", context, status=status)


# ── The QR for a new password ────────────────────────────────────────────────────────────────────
@require_POST
@login_required
def make_password_qr(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """A guardian helps their child: a QR that sets a new password on the child's phone."""
    user = user_of(request)
    youth = get_object_or_404(selectors.youths_guarded_by(user), public_id=public_id)
    try:
        link = vouching.help_in(person=youth.user, by=user, now=db.now())
    except DomainError as refusal:
        messages.error(request, str(refusal))
        return redirect("accounts:family")
    return redirect("accounts:password-qr", link.public_id)


@never_cache
@require_safe
@login_required
def show_password_qr(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Show the QR to whoever made it, and nobody else."""
    user, now = user_of(request), db.now()
    link = get_object_or_404(
        OneTimeLink.objects.select_related("about"), public_id=public_id, purpose=Purpose.PASSWORD, made_by=user
    )
    try:
        links.require_open(link, now)
    except links.LinkClosed as refusal:
        context = {"link": link, "person": link.about, "refusal": refusal}
        return render(request, "accounts/password_qr.html", context, status=refusal.status)
    url = links.url_of(link)
    context = {"link": link, "person": link.about, "qr": qr.draw(url) if url else None}
    return render(request, "accounts/password_qr.html", context)


# ── What I show ──────────────────────────────────────────────────────────────────────────────────
@never_cache
@require_safe
@login_required
def show_me(request: HttpRequest) -> HttpResponse:
    """The QR for a point of contact: who I am, for ten minutes."""
    user, now = user_of(request), db.now()
    context = {
        "qr": qr.draw(vouching.url_to_show(user, now)),
        "until": now + vouching.SHOWN_FOR,
        "seconds": int(vouching.SHOWN_FOR.total_seconds()) - 60,
        "points": vouching.points_near(user),
        "sighting": getattr(user, "sighting", None),
    }
    return render(request, "accounts/show_me.html", context)
