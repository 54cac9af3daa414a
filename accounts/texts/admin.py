"""Where the team writes what the club says, looks at it, and publishes it for good."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import ForeignKey
from django.forms import Field as FormField
from django.forms.models import model_to_dict
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action
from unfold.widgets import UnfoldAdminTextInputWidget

from accounts.access import user_of
from accounts.texts import publishing, views
from accounts.texts.models import Operator, SiteText, Version
from clevervibes.lib import db, periods
from clevervibes.lib.admin import ModelAdmin, ServicePage
from clevervibes.lib.team import ADMIN, EVERYBODY, OPS, Rule

KEPT = ["version", "valid_from", "published_at", "published_by"]


class PublishForm(forms.Form):
    valid_from = forms.DateField(
        label=_("Gilt ab"), widget=UnfoldAdminTextInputWidget(attrs={"type": "date"}),
        help_text=_("Bis dahin steht auf der Seite die bisherige Fassung. Veröffentlichtes bleibt, wie es ist."),
    )  # fmt: skip


class VersionAdmin(ServicePage, ModelAdmin):
    """A draft is an ordinary row; published it stays, and a change is the next version."""

    rule = Rule(
        view=EVERYBODY, add=[ADMIN, OPS], change=[ADMIN, OPS], delete=[ADMIN, OPS], club="club",
    )  # fmt: skip
    list_select_related = ["club", "published_by"]
    actions_detail = ["publish", "next_version"]
    service_title = _("Veröffentlichen")
    service_button = _("Für immer veröffentlichen")

    # ── Drafts: Django's own form makes and changes them ──
    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        return admin.ModelAdmin.add_view(self, request, form_url, extra_context)

    def has_change_permission(self, request: HttpRequest, obj: Version | None = None) -> bool:
        return admin.ModelAdmin.has_change_permission(self, request, obj) and not (obj and obj.published_at)

    def has_delete_permission(self, request: HttpRequest, obj: Version | None = None) -> bool:
        return admin.ModelAdmin.has_delete_permission(self, request, obj) and not (obj and obj.published_at)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        # Among several there may be one that stays; drafts are deleted one by one.
        found = super().get_actions(request)
        found.pop("delete_selected", None)
        return found

    def formfield_for_foreignkey(self, db_field: ForeignKey, request: HttpRequest, **kwargs: Any) -> FormField | None:
        field: Any = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if db_field.name == "club" and field is not None:
            # What holds for all is written by whoever may do so for all.
            field.required = not user_of(request).may("add", self.model, self.model())
        return field

    def save_model(self, request: HttpRequest, obj: Version, form: forms.ModelForm, change: bool) -> None:
        if not user_of(request).may("change" if change else "add", self.model, obj):
            raise PermissionDenied
        super().save_model(request, obj, form, change)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Begin the next version with the words of the one it comes from."""
        found: dict[str, Any] = super().get_changeform_initial_data(request)
        before = found.pop("nach", "")
        if before.isascii() and before.isdecimal():
            row = self.get_queryset(request).filter(pk=int(before)).first()
            if row is not None:
                found = model_to_dict(row)
        return found

    # ── Publishing ──
    @action(description=_("Veröffentlichen …"), url_path="publish", icon="publish", permissions=["publish"])
    def publish(self, request: HttpRequest, object_id: str) -> HttpResponse:
        draft = self.row_to("change", request, object_id)
        if draft.published_at:
            raise Http404

        def call(request: HttpRequest, form: PublishForm) -> str:
            now = db.now()
            done = publishing.publish(draft=draft, **form.cleaned_data, by=user_of(request), now=now)
            return _("%(what)s ist veröffentlicht.") % {"what": done}

        today = periods.berlin_date(db.now()).isoformat()
        form = PublishForm(request.POST if request.method == "POST" else None, initial={"valid_from": today})
        return self.serve(request, form, call, title=_("Veröffentlichen: %(what)s") % {"what": draft})

    def has_publish_permission(self, request: HttpRequest, object_id: str | int | None = None) -> bool:
        row = self.model._default_manager.filter(pk=object_id).first() if object_id else None
        return self.has_change_permission(request, row)

    @action(description=_("Neue Fassung"), url_path="next", icon="content_copy", permissions=["next_version"])
    def next_version(self, request: HttpRequest, object_id: str) -> HttpResponse:
        row = self.row_to("change", request, object_id)
        messages.info(request, _("Ein Entwurf mit diesem Inhalt. Erst Speichern legt ihn an."))
        return redirect(reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_add") + f"?nach={row.pk}")

    def has_next_version_permission(self, request: HttpRequest, object_id: str | int | None = None) -> bool:
        row = self.model._default_manager.filter(pk=object_id).first() if object_id else None
        return self.has_add_permission(request) and (row is None or row.published_at is not None)


@admin.register(SiteText)
class SiteTextAdmin(VersionAdmin):
    list_display = ["kind", "club", "version", "valid_from", "published_by"]
    list_filter = ["kind", "club", ("published_at", admin.EmptyFieldListFilter)]
    fields = ["kind", "club", "german", "turkish", "english", *KEPT, "sha256"]
    readonly_fields = [*KEPT, "sha256"]
    actions_detail = ["preview", "publish", "next_version"]

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change, **kwargs)
        if "german" in form.base_fields:
            form.base_fields["german"].help_text = _(
                "Leerzeile: neuer Absatz. ## Überschrift, ### Frage, - Liste, 1. Schritte, **fett**, "
                "[Wörter](https://… oder /seite/). HTML wird gezeigt, wie es getippt ist."
            )
        return form

    @action(description=_("Vorschau"), url_path="preview", icon="visibility", permissions=["view"])
    def preview(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Show a draft as people will read it."""
        text = self.row_to("view", request, object_id)
        context = {"kind": SiteText.Kind(text.kind), **views.content(text, views.language_of(request))}
        return render(request, "texts/version.html", context)


@admin.register(Operator)
class OperatorAdmin(VersionAdmin):
    list_display = ["legal_name", "club", "version", "valid_from", "published_by"]
    list_filter = ["club", ("published_at", admin.EmptyFieldListFilter)]
    fields = [
        "club", "legal_name", "street", "postcode", "town", "representative", "register_court", "register_number",
        "tax_number", "email", "phone", "press", "data_protection", "supervisory", *KEPT,
    ]  # fmt: skip
    readonly_fields = KEPT
