from allauth.account.models import EmailAddress
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin, TabularInline
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from accounts.models import (
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
from clevervibes.lib.admin import ReadOnly

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
    fields = ["text", "given_by", "given_at", "how", "withdrawn_at"]
    extra = 0


@admin.register(YouthProfile)
class YouthProfileAdmin(ModelAdmin):
    list_display = ["user", "club", "birth_date", "joined_at", "paused_at"]
    list_filter = ["user__club"]
    list_select_related = ["user__club"]
    search_fields = ["user__first_name", "user__username", "public_id"]
    autocomplete_fields = ["user"]
    inlines = [GuardianshipInline, TrustedPersonInline, ConsentInline]

    @admin.display(description=_("Club"))
    def club(self, youth: YouthProfile) -> Club | None:
        return youth.user.club

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
class ConsentTextAdmin(ModelAdmin):
    list_display = ["version", "published_at", "sha256"]
    readonly_fields = ["sha256"]

    # People agreed to these very words: what is published stays, a change is a new version.
    def has_change_permission(self, request: HttpRequest, obj: ConsentText | None = None) -> bool:
        return super().has_change_permission(request, obj) and not (obj and obj.published_at)

    def has_delete_permission(self, request: HttpRequest, obj: ConsentText | None = None) -> bool:
        return super().has_delete_permission(request, obj) and not (obj and obj.published_at)


@admin.register(Sighting)
class SightingAdmin(ModelAdmin):
    list_display = ["person", "seen_at", "seen_by", "contact_point"]
    list_select_related = ["person", "seen_by", "contact_point__organisation"]
    autocomplete_fields = ["person", "seen_by"]
