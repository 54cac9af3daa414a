"""Admin pages about youths: what opens a record asks for the reason first, what offers people to choose names none."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.contrib.admin.views.autocomplete import AutocompleteJsonView
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextInputWidget

from accounts import reveals
from accounts.access import user_of
from accounts.models import User, YouthProfile
from clevervibes.lib import changes, db
from clevervibes.lib.admin import ServicePage


class RevealForm(forms.Form):
    reason = forms.CharField(
        label=_("Weshalb öffnen Sie diese Akte?"), max_length=200, widget=UnfoldAdminTextInputWidget,
        help_text=_("Zum Beispiel: Anruf der Mutter wegen der Coins vom Dienstag. Die Familie liest es unter „Daten“."),
    )  # fmt: skip


class MaskedUntilReason:
    """Ask why before the page of one row, or its history, is shown; what is sent before that is not stored."""

    service_page = ServicePage.service_page
    service_title: str | Promise = _("Akte öffnen")
    service_button = ServicePage.service_button

    def youth_of(self, row: Any) -> YouthProfile | None:
        """Return whose record `row` belongs to; None if it is nobody's under protection."""
        raise NotImplementedError

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "",
                    extra_context: Any = None) -> HttpResponse:  # fmt: skip
        asked = self.ask_first(request, object_id)
        return asked or super().change_view(request, object_id, form_url, extra_context)  # type: ignore[misc]

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        asked = self.ask_first(request, object_id)
        return asked or super().history_view(request, object_id, extra_context)  # type: ignore[misc]

    def ask_first(self, request: HttpRequest, object_id: str) -> HttpResponse | None:
        """Return the page that asks why, or None if it was said: for every page about one row, actions too."""
        row = self.get_object(request, unquote(object_id))  # type: ignore[attr-defined]
        # Whoever may not look at all is refused by the page itself.
        if row is None or not self.has_view_or_change_permission(request, row):  # type: ignore[attr-defined]
            return None
        youth = self.youth_of(row)
        if youth is None or reveals.is_open(youth, by=user_of(request), now=db.now()):
            return None

        def call(request: HttpRequest, form: RevealForm) -> HttpResponse:
            reveals.reveal(youth=youth, by=user_of(request), now=db.now(), **form.cleaned_data)
            return redirect(request.path)

        # A form of the page that was open too long brings no reason: it is asked for, nothing is stored.
        # Nor does a form with a reason of its own, which may not be meant for the family.
        is_reason = set(request.POST) - {"csrfmiddlewaretoken", "then"} == {"reason"}
        data = request.POST if request.method == "POST" and is_reason else None
        return ServicePage.serve(
            self, request, RevealForm(data), call,  # type: ignore[arg-type]
            title=_("Akte öffnen"), button=_("Öffnen"),
        )  # fmt: skip


# ── Choosing somebody ────────────────────────────────────────────────────────────────────────────
class MaskedAutocomplete(AutocompleteJsonView):
    """What is found while somebody types. Whom the team looks for it knows by what was said on the telephone."""

    def get_queryset(self) -> QuerySet:
        found: QuerySet = super().get_queryset()
        return found if found.ordered else found.order_by("pk")

    def serialize_result(self, obj: Model, to_field_name: str) -> dict[str, str]:
        return {**super().serialize_result(obj, to_field_name), "text": label_of(obj)}


def label_of(row: Model) -> str:
    """Return what stands for a row where it is offered: youths, and whatever hangs on them, without a name."""
    if isinstance(row, YouthProfile):
        return reveals.masked_person(row.user)
    if isinstance(row, User) and hasattr(row, "youth"):
        return reveals.masked_person(row)
    if isinstance(getattr(row, "youth", None), YouthProfile):
        return f"{row._meta.verbose_name} {reveals.masked_person(row.youth.user)}"  # type: ignore[attr-defined]
    return str(row)


# In the history of a row as well, whose own names its page opens with a reason.
changes.name = label_of


def autocomplete_view(request: HttpRequest) -> HttpResponseBase:
    return MaskedAutocomplete.as_view(admin_site=admin.site)(request)
