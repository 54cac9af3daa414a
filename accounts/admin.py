from typing import Any

from allauth.account.models import EmailAddress
from django import forms
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from django.db.models import Max
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin, TabularInline
from unfold.decorators import action
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from accounts import birthdays, consent
from accounts.access import user_of
from accounts.admin_forms import BirthDateForm, PaperConsentForm, PublishForm, WithdrawalForm
from accounts.models import (
    BirthDateChange,
    Birthday,
    Club,
    Consent,
    ConsentText,
    ContactPoint,
    Guardianship,
    Membership,
    Organisation,
    Sighting,
    TrustedPerson,
    User,
    YouthProfile,
)
from clevervibes.lib import db
from clevervibes.lib.admin import ReadOnly, ServicePage

# Rights follow from roles per club, never from Django's groups; addresses stand with the person.
admin.site.unregister([Group, EmailAddress])


@admin.register(Club)
class ClubAdmin(ModelAdmin):
    list_display = ["name", "town", "contact_email"]
    prepopulated_fields = {"slug": ["town"]}


@admin.register(User)
class UserAdmin(DjangoUserAdmin, ModelAdmin):
    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    list_display = ["username", "first_name", "last_name", "club", "is_staff"]
    list_filter = ["club", "is_staff", "is_active"]
    list_select_related = ["club"]
    fieldsets = [
        (None, {"fields": ["username", "password"]}),
        (_("Person"), {"fields": ["first_name", "last_name", "email", "club", "language"]}),
        (_("Team"), {"fields": ["is_active", "is_staff", "is_superuser"]}),
        (_("Zuletzt"), {"fields": ["last_login", "date_joined"]}),
    ]
    readonly_fields = ["last_login", "date_joined"]

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        # Deleted by a click, a person would leave coins behind that belong to nobody.
        return False


class GuardianshipInline(TabularInline):
    model = Guardianship
    verbose_name, verbose_name_plural = _("Elternteil"), _("Eltern")
    autocomplete_fields = ["guardian"]
    extra = 0


class TrustedPersonInline(TabularInline):
    model = TrustedPerson
    autocomplete_fields = ["person", "named_by"]
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


@admin.register(YouthProfile)
class YouthProfileAdmin(ServicePage, ModelAdmin):
    list_display = ["user", "club", "birth_date", "joined_at", "paused_at"]
    list_filter = ["user__club"]
    list_select_related = ["user__club"]
    search_fields = ["user__first_name", "user__username", "public_id"]
    autocomplete_fields = ["user"]
    inlines = [GuardianshipInline, TrustedPersonInline, ConsentInline, BirthdayInline, BirthDateChangeInline]
    actions_detail = ["birth_date"]
    service_title = _("Geburtsdatum berichtigen")

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
        youth = get_object_or_404(YouthProfile, pk=object_id)

        def call(request: HttpRequest, form: BirthDateForm) -> str:
            birthdays.change_birth_date(youth=youth, **form.cleaned_data, by=user_of(request), now=db.now())
            return _("Das Geburtsdatum von %(youth)s ist berichtigt.") % {"youth": youth}

        form = BirthDateForm(request.POST or None, initial={"birth_date": youth.birth_date.isoformat()})
        return self.serve(request, form, call)

    def has_birth_date_permission(self, request: HttpRequest, object_id: str | int | None = None) -> bool:
        return self.has_change_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        # Deleted by a click, a person would leave coins behind that belong to nobody.
        return False


class MembershipInline(TabularInline):
    model = Membership
    autocomplete_fields = ["user"]
    extra = 0


@admin.register(Organisation)
class OrganisationAdmin(ModelAdmin):
    list_display = ["name", "town", "club"]
    list_filter = ["club"]
    search_fields = ["name"]
    inlines = [MembershipInline]


@admin.register(ContactPoint)
class ContactPointAdmin(ModelAdmin):
    list_display = ["organisation", "opening_hours"]
    autocomplete_fields = ["organisation"]


@admin.register(ConsentText)
class ConsentTextAdmin(ServicePage, ModelAdmin):
    """People agreed to these very words: what is published stays, a change is a new version."""

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
        text = get_object_or_404(ConsentText, pk=object_id, published_at=None)

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
class ConsentAdmin(ServicePage, ReadOnly, ModelAdmin):
    """Every yes and no. Added here is what the team has on paper; withdrawn is on the page of a consent."""

    list_display = ["youth", "text", "given_by", "given_at", "how", "withdrawn_at", "withdrawn_by"]
    list_filter = ["text", "how", "withdrawn_how"]
    list_select_related = ["youth__user", "text", "given_by", "withdrawn_by"]
    search_fields = ["youth__user__first_name", "youth__user__username"]
    date_hierarchy = "given_at"
    actions_detail = ["withdraw"]
    service_form = PaperConsentForm
    service_title = _("Einwilligung auf Papier eintragen")
    service_button = _("Eintragen")

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return ServicePage.has_add_permission(self, request, obj)

    def call_service(self, request: HttpRequest, form: forms.Form) -> str:
        given = consent.record_on_paper(**form.cleaned_data, by=user_of(request), now=db.now())
        return _("Die Einwilligung für %(youth)s ist eingetragen.") % {"youth": given.youth}

    @action(description=_("Widerruf eintragen …"), url_path="withdraw", icon="undo", permissions=["withdraw"])
    def withdraw(self, request: HttpRequest, object_id: str) -> HttpResponse:
        given = get_object_or_404(Consent, pk=object_id)

        def call(request: HttpRequest, form: WithdrawalForm) -> str:
            consent.withdraw(youth=given.youth, by=form.cleaned_data["said_by"], recorded_by=user_of(request),
                             now=db.now())  # fmt: skip
            return _("Der Widerruf für %(youth)s ist eingetragen.") % {"youth": given.youth}

        form = WithdrawalForm(request.POST or None, youth=given.youth)
        return self.serve(request, form, call, title=_("Widerruf eintragen"), button=_("Widerruf eintragen"))

    def has_withdraw_permission(self, request: HttpRequest, object_id: str | int | None = None) -> bool:
        return ServicePage.has_add_permission(self, request)


@admin.register(Sighting)
class SightingAdmin(ModelAdmin):
    list_display = ["person", "seen_at", "seen_by", "contact_point"]
    list_select_related = ["person", "seen_by", "contact_point__organisation"]
    autocomplete_fields = ["person", "seen_by"]
