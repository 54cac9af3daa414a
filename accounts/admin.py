from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django import forms
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from django.db.models import Max, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action
from unfold.forms import AdminPasswordChangeForm, UserCreationForm

from accounts import birthdays, consent, families, registration, reveals, selectors, stops, vouching
from accounts.access import require_fresh, user_of
from accounts.admin_forms import (
    BirthDateForm,
    EndForm,
    GuardianForm,
    PaperConsentForm,
    PersonForm,
    PublishForm,
    SightingForm,
    StopForm,
    SureForm,
    WithdrawalForm,
    YouthForm,
)
from accounts.cases import admin as _cases  # noqa: F401 (registers its pages)
from accounts.masking import MaskedUntilReason
from accounts.models import (
    BirthDateChange,
    Birthday,
    Club,
    Consent,
    ConsentText,
    ContactPoint,
    EndedBy,
    Ending,
    Erasure,
    Guardianship,
    Membership,
    OneTimeLink,
    Organisation,
    Reveal,
    Sighting,
    TrustedPerson,
    User,
    YouthProfile,
)
from accounts.outlook import admin as _outlook  # noqa: F401 (registers its page)
from accounts.proof import AsksForProof
from accounts.protection import admin as _protection  # noqa: F401 (registers its pages)
from accounts.team import admin as _team  # noqa: F401 (registers its pages)
from accounts.texts import admin as _texts  # noqa: F401 (registers its pages)
from clevervibes.lib import db
from clevervibes.lib.admin import ModelAdmin, ReadOnly, ServicePage, TabularInline
from clevervibes.lib.team import ADMIN, AUDITOR, CATALOG, EVERYBODY, OPS, SUPPORT, Rule


def may_change(page: ModelAdmin, request: HttpRequest) -> bool:
    """Say whether somebody may act on rows that nobody edits by hand."""
    return page.may(request, "change")


def _is_one_of(rows: QuerySet, object_id: str | int | None) -> bool:
    """Say whether an action fits the row it is offered for; where none is named yet, it may."""
    return object_id is None or rows.filter(pk=object_id).exists()


# Rights follow from roles per club, never from Django's groups; addresses stand with the person; secrets are nobody's.
admin.site.unregister([Group, EmailAddress, Authenticator])


@admin.register(Club)
class ClubAdmin(ModelAdmin):
    rule = Rule(view=EVERYBODY, add=[OPS], change=[ADMIN, OPS], club="pk")
    list_display = ["name", "town", "contact_email"]
    prepopulated_fields = {"slug": ["town"]}
    actions_detail = ["flyer", "turkish_flyer"]

    # Drawn by the house, which knows the address of the first page.
    @action(description=_("Faltblatt"), url_path="flyer", icon="picture_as_pdf", permissions=["view"])
    def flyer(self, request: HttpRequest, object_id: str) -> HttpResponse:
        club = self.row_to("view", request, object_id)
        return redirect(reverse("flyer", args=[club.public_id]) + "?sprache=de")

    @action(description=_("Faltblatt auf Türkisch"), url_path="flyer-tr", icon="picture_as_pdf", permissions=["view"])
    def turkish_flyer(self, request: HttpRequest, object_id: str) -> HttpResponse:
        club = self.row_to("view", request, object_id)
        return redirect(reverse("flyer", args=[club.public_id]) + "?sprache=tr")


@admin.register(User)
class UserAdmin(AsksForProof, MaskedUntilReason, DjangoUserAdmin, ModelAdmin):  # type: ignore[misc]
    """Rights, mail address and password: each of them opens an account to somebody else."""

    rule = Rule(view=[SUPPORT, ADMIN, OPS], add=[ADMIN], change=[SUPPORT, ADMIN, OPS], club="club")
    form = PersonForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    list_display = ["username", "shown_first_name", "shown_last_name", "club", "is_staff"]
    list_filter = ["club", "is_staff", "is_active"]
    list_select_related = ["club", "youth"]
    fieldsets = [
        (None, {"fields": ["username", "password"]}),
        (_("Person"), {"fields": ["first_name", "last_name", "email", "club", "language"]}),
        (_("Team"), {"fields": ["is_active", "is_staff", "is_superuser"]}),
        (_("Ausnahme: mehr als 6 Jugendliche"), {"fields": ["max_youths", "max_youths_why"]}),
        (_("Zuletzt"), {"fields": ["last_login", "date_joined"]}),
    ]
    # Whoever belongs to the team has a role there, which two people give; the flag of operations is set on the machine.
    readonly_fields = ["is_staff", "is_superuser", "last_login", "date_joined"]
    actions_detail = ["password_qr"]

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        # The mail address of a colleague opens what the colleague may: that is for whoever gives roles.
        if obj is not None and obj.is_staff and not request.user.has_perm("accounts.add_user", obj):
            return False
        return super().has_change_permission(request, obj)

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> HttpResponse:
        require_fresh(request)
        return self.ask_first(request, id) or super().user_change_password(request, id, form_url)

    @action(description=_("QR für neues Passwort"), url_path="password-qr", icon="qr_code", permissions=["password_qr"])
    def password_qr(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Help somebody who stands at the team's desk and is locked out."""
        if asked := self.ask_first(request, object_id):
            return asked
        person = self.row_to("change", request, object_id)

        def call(request: HttpRequest, form: forms.Form) -> HttpResponse:
            link = vouching.help_in(person=person, by=user_of(request), now=db.now())
            return redirect("accounts:password-qr", link.public_id)

        title = _("Steht %(who)s vor Ihnen?") % {"who": person}
        button = _("QR für neues Passwort")
        return self.serve(request, SureForm(request.POST or None), call, title=title, button=button)

    def has_password_qr_permission(self, request: HttpRequest, object_id: str | int | None = None) -> bool:
        person = User.objects.filter(pk=object_id).first() if object_id is not None else None
        return self.has_change_permission(request) and (
            object_id is None or (person is not None and vouching.may_help(person, user_of(request)))
        )

    serve = ServicePage.serve

    def youth_of(self, row: User) -> YouthProfile | None:
        return getattr(row, "youth", None)

    @admin.display(description=_("Vorname"), ordering="first_name")
    def shown_first_name(self, user: User) -> str:
        return reveals.masked(user.first_name) if self.youth_of(user) else user.first_name

    @admin.display(description=_("Nachname"), ordering="last_name")
    def shown_last_name(self, user: User) -> str:
        return reveals.masked(user.last_name) if self.youth_of(user) else user.last_name

    # Deleted by a click, a person would leave coins behind that belong to nobody: the rule gives that to no role.


class GuardianshipInline(ReadOnly, TabularInline):
    model = Guardianship
    fields = ["guardian", "started_at", "paused_at", "ended_at", "ended_how"]
    show_change_link = True
    extra = 0


class TrustedPersonInline(ReadOnly, TabularInline):
    model = TrustedPerson
    fields = ["person", "named_by", "started_at", "ended_at", "ended_how"]
    show_change_link = True
    extra = 0


class ConsentInline(ReadOnly, TabularInline):
    model = Consent
    fields = ["text", "given_by", "given_at", "how", "withdrawn_at", "withdrawn_by", "withdrawn_how"]
    extra = 0


class BirthdayInline(ReadOnly, TabularInline):
    model = Birthday
    fields = ["years", "due_at", "told_at", "done_at"]
    extra = 0


class BirthDateChangeInline(ReadOnly, TabularInline):
    model = BirthDateChange
    fields = ["before", "after", "reason", "by", "at"]
    extra = 0


class SeenFilter(admin.SimpleListFilter):
    """Whose hours wait because nobody of the family was seen yet."""

    title = _("gesehen")
    parameter_name = "gesehen"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, Any]]:
        return [("nein", _("noch niemand"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[YouthProfile]) -> QuerySet[YouthProfile]:
        if self.value() != "nein":
            return queryset
        now = db.now()
        standing, earning = selectors.youths_in_standing(now), selectors.earning_youths(now)
        return queryset.filter(pk__in=standing.values("pk")).exclude(pk__in=earning.values("pk"))


@admin.register(YouthProfile)
class YouthProfileAdmin(MaskedUntilReason, ServicePage, ModelAdmin):
    rule = Rule(view=[SUPPORT], add=[SUPPORT], change=[SUPPORT], club="user__club")
    list_display = ["username", "shown_name", "club", "joined_at", "paused_at"]
    list_filter = ["user__club", SeenFilter, ("paused_at", admin.EmptyFieldListFilter)]
    list_select_related = ["user__club"]
    search_fields = ["user__first_name", "user__username", "public_id"]
    autocomplete_fields = ["user"]
    inlines = [
        GuardianshipInline,
        TrustedPersonInline,
        ConsentInline,
        BirthdayInline,
        BirthDateChangeInline,
    ]
    actions_detail = ["timeline", "family_view", "birth_date", "stop", "resume"]
    form = YouthForm
    fields = [
        "user", "birth_date", "joined_at", "left_at", "paused_at", "paused_by", "paused_why", "paused_reason",
        "max_guardians", "max_guardians_why",
    ]  # fmt: skip
    readonly_fields = ["paused_at", "paused_by", "paused_why", "paused_reason"]
    service_title = _("Geburtsdatum berichtigen")

    def youth_of(self, row: YouthProfile) -> YouthProfile:
        return row

    @admin.display(description=_("Benutzername"), ordering="user__username")
    def username(self, youth: YouthProfile) -> str:
        return youth.user.username

    @admin.display(description=_("Vorname"))
    def shown_name(self, youth: YouthProfile) -> str:
        return reveals.masked(youth.user.first_name)

    @admin.display(description=_("Club"))
    def club(self, youth: YouthProfile) -> Club | None:
        return youth.user.club

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return admin.ModelAdmin.has_add_permission(self, request)

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        return admin.ModelAdmin.add_view(self, request, form_url, extra_context)

    def get_readonly_fields(self, request: HttpRequest, obj: YouthProfile | None = None) -> list[str]:
        # Rights hang on the age: once somebody has joined, it is corrected with a reason that stays.
        return [*super().get_readonly_fields(request, obj), *(["birth_date"] if obj else [])]

    @action(description=_("Geburtsdatum berichtigen …"), url_path="birth-date", icon="cake", permissions=["birth_date"])
    def birth_date(self, request: HttpRequest, object_id: str) -> HttpResponse:
        if asked := self.ask_first(request, object_id):
            return asked
        youth = self.row_to("change", request, object_id)

        def call(request: HttpRequest, form: BirthDateForm) -> str:
            birthdays.change_birth_date(youth=youth, **form.cleaned_data, by=user_of(request), now=db.now())
            return _("Das Geburtsdatum von %(youth)s ist berichtigt.") % {"youth": youth}

        form = BirthDateForm(request.POST or None, initial={"birth_date": youth.birth_date.isoformat()})
        return self.serve(request, form, call)

    @action(description=_("Anhalten …"), url_path="stop", icon="pause", permissions=["stop"])
    def stop(self, request: HttpRequest, object_id: str) -> HttpResponse:
        if asked := self.ask_first(request, object_id):
            return asked
        youth = self.row_to("change", request, object_id)

        def call(request: HttpRequest, form: StopForm) -> str:
            stops.stop_youth(youth=youth, **form.cleaned_data, by=user_of(request), now=db.now())
            return _("%(youth)s ist angehalten.") % {"youth": youth}

        form = StopForm(request.POST or None, initial={"sentence": youth.paused_why, "reason": youth.paused_reason})
        return self.serve(request, form, call, title=_("Anhalten: %(who)s") % {"who": youth}, button=_("Anhalten"))

    @action(description=_("Weitermachen lassen …"), url_path="resume", icon="play_arrow", permissions=["resume"])
    def resume(self, request: HttpRequest, object_id: str) -> HttpResponse:
        if asked := self.ask_first(request, object_id):
            return asked
        youth = self.row_to("change", request, object_id)

        def call(request: HttpRequest, form: forms.Form) -> str:
            stops.resume_youth(youth=youth, by=user_of(request), now=db.now())
            return _("%(youth)s macht weiter.") % {"youth": youth}

        title = _("Weitermachen lassen: %(who)s") % {"who": youth}
        return self.serve(request, SureForm(request.POST or None), call, title=title, button=_("Weitermachen lassen"))

    # Both pages know more than people, so the house serves them; each asks for its reason.
    @action(description=_("Verlauf"), url_path="timeline", icon="timeline", permissions=["view"])
    def timeline(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return redirect("staff-timeline", self.row_to("view", request, object_id).pk)

    @action(description=_("Wie die Familie es sieht"), url_path="family", icon="family_restroom", permissions=["view"])
    def family_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return redirect("staff-family-view", self.row_to("view", request, object_id).pk)

    def has_stop_permission(self, request: HttpRequest, object_id: str | int | None = None) -> bool:
        return self.has_change_permission(request)

    def has_resume_permission(self, request: HttpRequest, object_id: str | int | None = None) -> bool:
        stopped = YouthProfile.objects.filter(paused_at__isnull=False)
        return self.has_change_permission(request) and _is_one_of(stopped, object_id)

    def has_birth_date_permission(self, request: HttpRequest, object_id: str | int | None = None) -> bool:
        return self.has_change_permission(request)

    # Deleted by a click, a person would leave coins behind that belong to nobody: the rule gives that to no role.


@admin.register(Reveal)
class RevealAdmin(ReadOnly, ModelAdmin):
    """Who of the team opened which record, and why."""

    rule = Rule(view=[ADMIN, AUDITOR], club="youth__user__club")
    list_display = ["at", "by", "username", "reason"]
    # Of all people only those who looked: the others are no business of a filter.
    list_filter = [("by", admin.RelatedOnlyFieldListFilter)]
    list_select_related = ["by", "youth__user"]
    date_hierarchy = "at"

    @admin.display(description=_("Jugendliche/r"))
    def username(self, reveal: Reveal) -> str:
        return reveal.youth.user.username


@admin.register(Ending)
class EndingAdmin(ReadOnly, ModelAdmin):
    """Whose last 90 days with coins run, and until when."""

    rule = Rule(view=[SUPPORT], club="youth__user__club")
    list_display = ["username", "why", "started_at", "spend_until", "called_off_at"]
    list_filter = ["why", ("called_off_at", admin.EmptyFieldListFilter)]
    list_select_related = ["youth__user"]
    search_fields = ["youth__user__username"]
    fields = list_display
    date_hierarchy = "spend_until"

    @admin.display(description=_("Benutzername"), ordering="youth__user__username")
    def username(self, ending: Ending) -> str:
        return ending.youth.user.username


@admin.register(Erasure)
class ErasureAdmin(ReadOnly, ModelAdmin):
    """Who is to be erased and when. Called off by whoever may order it, or by a new consent."""

    rule = Rule(view=[SUPPORT, ADMIN], club="person__club")
    list_display = ["username", "why", "asked_at", "due_at", "called_off_at"]
    list_filter = ["why", ("called_off_at", admin.EmptyFieldListFilter)]
    list_select_related = ["person"]
    search_fields = ["person__username"]
    fields = list_display
    date_hierarchy = "due_at"

    @admin.display(description=_("Benutzername"), ordering="person__username")
    def username(self, erasure: Erasure) -> str:
        return erasure.person.username


@admin.register(Guardianship)
class GuardianshipAdmin(MaskedUntilReason, ServicePage, ReadOnly, ModelAdmin):
    """Who stands for whom. Added and ended by services, so that numbers hold and all are told."""

    rule = Rule(view=[SUPPORT], add=[SUPPORT], change=[SUPPORT], club="youth__user__club")
    list_display = ["shown_guardian", "shown_youth", "started_at", "paused_at", "ended_at", "ended_how"]
    list_filter = [("ended_at", admin.EmptyFieldListFilter), "ended_how", "youth__user__club"]
    list_select_related = ["guardian", "youth__user"]
    search_fields = ["guardian__first_name", "guardian__username", "youth__user__first_name", "youth__user__username"]
    actions_detail = ["stop", "resume", "end"]

    def youth_of(self, row: Guardianship) -> YouthProfile | None:
        return row.youth

    @admin.display(description=_("Jugendliche/r"), ordering="youth__user__first_name")
    def shown_youth(self, link: Guardianship) -> str:
        return reveals.masked_person(link.youth.user)

    @admin.display(description=_("Elternteil"), ordering="guardian__first_name")
    def shown_guardian(self, link: Guardianship) -> str:
        return reveals.masked_person(link.guardian)

    service_form = GuardianForm
    service_title = _("Elternteil eintragen")

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return ServicePage.has_add_permission(self, request, obj)

    def call_service(self, request: HttpRequest, form: forms.Form) -> str:
        link = registration.add_guardian(**form.cleaned_data, now=db.now())
        names = f"{link.guardian.username} → {link.youth.user.username}"
        return _("%(link)s ist eingetragen.") % {"link": names}

    @action(description=_("Anhalten …"), url_path="stop", icon="pause", permissions=["decide"])
    def stop(self, request: HttpRequest, object_id: str) -> HttpResponse:
        if asked := self.ask_first(request, object_id):
            return asked
        link = self.row_to("change", request, object_id)

        def call(request: HttpRequest, form: StopForm) -> str:
            stops.stop_guardianship(guardianship=link, **form.cleaned_data, by=user_of(request), now=db.now())
            return _("%(link)s ist angehalten.") % {"link": link}

        form = StopForm(request.POST or None, initial={"sentence": link.paused_why, "reason": link.paused_reason})
        return self.serve(request, form, call, title=_("Anhalten: %(who)s") % {"who": link}, button=_("Anhalten"))

    @action(description=_("Weitermachen lassen …"), url_path="resume", icon="play_arrow", permissions=["resume"])
    def resume(self, request: HttpRequest, object_id: str) -> HttpResponse:
        if asked := self.ask_first(request, object_id):
            return asked
        link = self.row_to("change", request, object_id)

        def call(request: HttpRequest, form: forms.Form) -> str:
            stops.resume_guardianship(guardianship=link, by=user_of(request), now=db.now())
            return _("%(link)s geht weiter.") % {"link": link}

        title = _("Weitermachen lassen: %(who)s") % {"who": link}
        return self.serve(request, SureForm(request.POST or None), call, title=title, button=_("Weitermachen lassen"))

    @action(description=_("Beenden …"), url_path="end", icon="link_off", permissions=["decide"])
    def end(self, request: HttpRequest, object_id: str) -> HttpResponse:
        if asked := self.ask_first(request, object_id):
            return asked
        link = self.row_to("change", request, object_id)

        def call(request: HttpRequest, form: EndForm) -> str:
            why = form.cleaned_data["why"]
            families.end_guardianship(
                guardianship=link, by=user_of(request), how=EndedBy.TEAM, why=why, now=db.now()
            )  # fmt: skip
            return _("%(link)s ist beendet, alle erfahren es.") % {"link": link}

        title = _("Beenden: %(who)s") % {"who": link}
        return self.serve(request, EndForm(request.POST or None), call, title=title, button=_("Beenden"))

    def has_decide_permission(self, request: HttpRequest, object_id: str | int | None = None) -> bool:
        return may_change(self, request) and _is_one_of(Guardianship.objects.filter(ended_at=None), object_id)

    def has_resume_permission(self, request: HttpRequest, object_id: str | int | None = None) -> bool:
        stopped = Guardianship.objects.filter(ended_at=None, paused_at__isnull=False)
        return may_change(self, request) and _is_one_of(stopped, object_id)


@admin.register(TrustedPerson)
class TrustedPersonAdmin(MaskedUntilReason, ServicePage, ReadOnly, ModelAdmin):
    rule = Rule(view=[SUPPORT], change=[SUPPORT], club="youth__user__club")
    list_display = ["shown_person", "shown_youth", "started_at", "ended_at", "ended_how"]
    list_filter = [("ended_at", admin.EmptyFieldListFilter), "ended_how", "youth__user__club"]
    list_select_related = ["person", "youth__user", "named_by"]
    search_fields = ["person__first_name", "person__username", "youth__user__first_name", "youth__user__username"]
    actions_detail = ["end"]

    def youth_of(self, row: TrustedPerson) -> YouthProfile | None:
        return row.youth

    @admin.display(description=_("Jugendliche/r"), ordering="youth__user__first_name")
    def shown_youth(self, link: TrustedPerson) -> str:
        return reveals.masked_person(link.youth.user)

    @admin.display(description=_("Vertrauensperson"), ordering="person__first_name")
    def shown_person(self, link: TrustedPerson) -> str:
        return reveals.masked_person(link.person)

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False  # they are named by the family, never by the team

    @action(description=_("Beenden …"), url_path="end", icon="link_off", permissions=["decide"])
    def end(self, request: HttpRequest, object_id: str) -> HttpResponse:
        if asked := self.ask_first(request, object_id):
            return asked
        link = self.row_to("change", request, object_id)

        def call(request: HttpRequest, form: EndForm) -> str:
            why = form.cleaned_data["why"]
            families.end_trust(trust=link, by=user_of(request), how=EndedBy.TEAM, why=why, now=db.now())
            return _("%(link)s ist beendet, alle erfahren es.") % {"link": link}

        title = _("Beenden: %(who)s") % {"who": link}
        return self.serve(request, EndForm(request.POST or None), call, title=title, button=_("Beenden"))

    def has_decide_permission(self, request: HttpRequest, object_id: str | int | None = None) -> bool:
        return may_change(self, request) and _is_one_of(TrustedPerson.objects.filter(ended_at=None), object_id)


@admin.register(OneTimeLink)
class OneTimeLinkAdmin(MaskedUntilReason, ReadOnly, ModelAdmin):
    """When which door was offered and used. Never the token: it is not even kept."""

    rule = Rule(view=[SUPPORT], club="about__club")
    list_display = ["purpose", "shown_about", "created_at", "expires_at", "used_at", "revoked_at"]
    list_filter = ["purpose"]
    list_select_related = ["about__youth"]
    search_fields = ["about__username", "about__first_name"]
    fields = ["purpose", "about", "made_by", "created_at", "expires_at", "used_at", "used_by", "revoked_at"]

    def youth_of(self, row: OneTimeLink) -> YouthProfile | None:
        return getattr(row.about, "youth", None)

    @admin.display(description=_("für"), ordering="about__first_name")
    def shown_about(self, link: OneTimeLink) -> str:
        return reveals.masked_person(link.about)


class MembershipInline(TabularInline):
    """Who works where: what somebody may do there follows from it."""

    model = Membership
    autocomplete_fields = ["user"]
    extra = 0


@admin.register(Organisation)
class OrganisationAdmin(AsksForProof, ModelAdmin):
    """With whom it belongs to: roles are given here."""

    rule = Rule(view=EVERYBODY, add=[CATALOG, ADMIN], change=[CATALOG, ADMIN], club="club")
    list_display = ["name", "town", "club"]
    list_filter = ["club"]
    search_fields = ["name"]
    inlines = [MembershipInline]


class ContactPointForm(forms.ModelForm):
    class Meta:
        labels = {"organisation": _("Organisation")}


@admin.register(ContactPoint)
class ContactPointAdmin(ModelAdmin):
    rule = Rule(
        view=[SUPPORT, CATALOG, ADMIN], add=[CATALOG, ADMIN], change=[CATALOG, ADMIN], club="organisation__club"
    )
    form = ContactPointForm
    list_display = ["place", "opening_hours"]
    list_select_related = ["organisation"]
    autocomplete_fields = ["organisation"]

    @admin.display(description=_("Organisation"), ordering="organisation__name")
    def place(self, point: ContactPoint) -> str:
        return str(point)


@admin.register(ConsentText)
class ConsentTextAdmin(ServicePage, ModelAdmin):
    """People agreed to these very words: what is published stays, a change is a new version."""

    rule = Rule(view=EVERYBODY, add=[ADMIN, OPS], change=[ADMIN, OPS], delete=[ADMIN, OPS])
    list_display = ["version", "published_at", "required_from", "published_by", "sha256"]
    list_select_related = ["published_by"]
    fields = ["version", "german", "turkish", "sha256", "published_at", "published_by", "required_from"]
    readonly_fields = ["version", "sha256", "published_at", "published_by", "required_from"]
    actions_detail = ["publish"]
    service_title = _("Einwilligungstext veröffentlichen")
    service_button = _("Für immer veröffentlichen")

    def has_change_permission(self, request: HttpRequest, obj: ConsentText | None = None) -> bool:
        return admin.ModelAdmin.has_change_permission(self, request, obj) and not (obj and obj.published_at)

    def has_delete_permission(self, request: HttpRequest, obj: ConsentText | None = None) -> bool:
        return admin.ModelAdmin.has_delete_permission(self, request, obj) and not (obj and obj.published_at)

    # A draft is an ordinary row: Django's own form makes it, only publishing is a service.
    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        return admin.ModelAdmin.add_view(self, request, form_url, extra_context)

    def save_model(self, request: HttpRequest, obj: ConsentText, form: forms.ModelForm, change: bool) -> None:
        if not change:
            newest = ConsentText.objects.aggregate(version=Max("version"))["version"] or 0
            obj.version = newest + 1
        super().save_model(request, obj, form, change)

    @action(description=_("Veröffentlichen …"), url_path="publish", icon="publish", permissions=["publish"])
    def publish(self, request: HttpRequest, object_id: str) -> HttpResponse:
        text = self.row_to("change", request, object_id)
        if text.published_at:
            raise Http404

        def call(request: HttpRequest, form: PublishForm) -> str:
            days = form.cleaned_data["days_to_answer"]
            published = consent.publish(text=text, by=user_of(request), days_to_answer=days, now=db.now())
            return _("%(text)s ist veröffentlicht, alle werden neu gefragt.") % {"text": published}

        form = PublishForm(request.POST or None, initial={"days_to_answer": consent.DAYS_TO_ANSWER})
        return self.serve(request, form, call, notice_template="accounts/admin/_publish.html", text=text)

    def has_publish_permission(self, request: HttpRequest, object_id: str | int | None = None) -> bool:
        text = ConsentText.objects.filter(pk=object_id).first() if object_id else None
        return self.has_change_permission(request, text)


@admin.register(Consent)
class ConsentAdmin(MaskedUntilReason, ServicePage, ReadOnly, ModelAdmin):
    """Every yes and no. Added here is what the team has on paper; withdrawn is on the page of a consent."""

    rule = Rule(view=[SUPPORT], add=[SUPPORT], club="youth__user__club")
    list_display = ["shown_youth", "text", "shown_giver", "given_at", "how", "withdrawn_at", "shown_withdrawer"]
    list_filter = ["text", "how", "withdrawn_how"]
    list_select_related = ["youth__user", "text", "given_by", "withdrawn_by"]
    search_fields = ["youth__user__first_name", "youth__user__username"]
    date_hierarchy = "given_at"
    actions_detail = ["withdraw"]
    service_form = PaperConsentForm
    service_title = _("Einwilligung auf Papier eintragen")
    service_button = _("Eintragen")

    def youth_of(self, row: Consent) -> YouthProfile | None:
        return row.youth

    @admin.display(description=_("Jugendliche/r"), ordering="youth__user__first_name")
    def shown_youth(self, given: Consent) -> str:
        return reveals.masked_person(given.youth.user)

    @admin.display(description=_("von"))
    def shown_giver(self, given: Consent) -> str:
        return reveals.masked_person(given.given_by)

    @admin.display(description=_("widerrufen von"))
    def shown_withdrawer(self, given: Consent) -> str:
        return reveals.masked_person(given.withdrawn_by)

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return ServicePage.has_add_permission(self, request, obj)

    def call_service(self, request: HttpRequest, form: forms.Form) -> str:
        given = consent.record_on_paper(**form.cleaned_data, by=user_of(request), now=db.now())
        return _("Die Einwilligung für %(youth)s ist eingetragen.") % {"youth": given.youth.user.username}

    @action(description=_("Widerruf eintragen …"), url_path="withdraw", icon="undo", permissions=["withdraw"])
    def withdraw(self, request: HttpRequest, object_id: str) -> HttpResponse:
        if asked := self.ask_first(request, object_id):
            return asked
        given = self.row_to("add", request, object_id)

        def call(request: HttpRequest, form: WithdrawalForm) -> str:
            consent.withdraw(youth=given.youth, by=form.cleaned_data["said_by"], recorded_by=user_of(request),
                             now=db.now())  # fmt: skip
            return _("Der Widerruf für %(youth)s ist eingetragen.") % {"youth": given.youth}

        form = WithdrawalForm(request.POST or None, youth=given.youth)
        return self.serve(request, form, call, title=_("Widerruf eintragen"), button=_("Widerruf eintragen"))

    def has_withdraw_permission(self, request: HttpRequest, object_id: str | int | None = None) -> bool:
        return ServicePage.has_add_permission(self, request)


@admin.register(Sighting)
class SightingAdmin(ServicePage, ModelAdmin):
    """Who was seen. Added here is whom the team itself has seen; a mistake is deleted."""

    rule = Rule(view=[SUPPORT], add=[SUPPORT], delete=[SUPPORT], club="person__club")
    list_display = ["shown_person", "seen_at", "seen_by", "contact_point"]
    list_select_related = ["person", "seen_by", "contact_point__organisation"]
    search_fields = ["person__username", "person__first_name"]
    fields = list_display
    readonly_fields = ["shown_person"]
    service_form = SightingForm
    service_title = _("Gesehen")
    service_button = _("Gesehen")

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def call_service(self, request: HttpRequest, form: forms.Form) -> str:
        row = vouching.vouch_as_team(**form.cleaned_data, by=user_of(request), now=db.now())
        return _("%(person)s ist gesehen.") % {"person": row.person.username}

    @admin.display(description=_("Person"), ordering="person__first_name")
    def shown_person(self, row: Sighting) -> str:
        return reveals.masked_person(row.person)
