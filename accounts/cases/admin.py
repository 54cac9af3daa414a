"""The team's queue of questions: what waits longest stands first."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.defaultfilters import linebreaksbr
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.timesince import timesince
from django.utils.timezone import localtime
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display

from accounts import reveals
from accounts.access import user_of
from accounts.cases import asking
from accounts.cases.forms import AnswerForm
from accounts.cases.subjects import Subject
from accounts.models import Case
from clevervibes.lib import db
from clevervibes.lib.admin import ModelAdmin, OpenFirst, ReadOnly, ServicePage
from clevervibes.lib.team import SUPPORT, Rule

State = Case.State


class Waiting(OpenFirst):
    """Open, or answered and not yet said to be done."""

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        if self.value() is None:
            return queryset.filter(state=State.OPEN)
        return queryset if self.value() == "alle" else queryset.exclude(state=State.OPEN)


@admin.register(Case)
class CaseAdmin(ReadOnly, ServicePage, ModelAdmin):
    """What somebody has written to the team is read without a reason; who it is stays a letter and a number.

    The link to what it is about leads to a record, which asks for one.
    """

    rule = Rule(view=[SUPPORT], change=[SUPPORT], club="by__club")
    list_display = ["waits", "label", "shown_by", "role", "shown_state", "asked_at"]
    list_filter = [Waiting, "by__club"]
    list_select_related = ["by__youth", "by__club"]
    ordering = ["since", "pk"]
    fields = ["shown_by", "role", "about", "shown_state", "waits", "shown_words"]
    readonly_fields = fields
    actions_detail = ["answer", "done"]
    service_title = _("Antworten")

    @action(description=_("Antworten …"), url_path="answer", icon="reply", permissions=["answer"])
    def answer(self, request: HttpRequest, object_id: str) -> HttpResponse:
        case = get_object_or_404(self.get_queryset(request), pk=object_id)

        def call(request: HttpRequest, form: forms.Form) -> str:
            asking.answer(case_id=case.public_id, by=user_of(request), now=db.now(), **form.cleaned_data)
            return gettext("Die Antwort ist unterwegs.")

        return self.serve(
            request, AnswerForm(request.POST or None), call, title=_("Antworten"), button=_("Antwort schicken"),
            notice_template="accounts/admin/_case.html", case=case, words=case.words.all(),
        )  # fmt: skip

    @action(description=_("Erledigt …"), url_path="done", icon="check", permissions=["answer"])
    def done(self, request: HttpRequest, object_id: str) -> HttpResponse:
        case = get_object_or_404(self.get_queryset(request), pk=object_id)

        def call(request: HttpRequest, form: forms.Form) -> str:
            asking.set_aside(case_id=case.public_id, by=user_of(request), now=db.now())
            return gettext("Erledigt.")

        title = _("Ohne Antwort erledigt?")
        return self.serve(request, forms.Form(request.POST or None), call, title=title, button=_("Erledigt"))

    def has_answer_permission(self, request: HttpRequest, object_id: str | int | None = None) -> bool:
        if not self.may(request, "change"):
            return False
        return object_id is None or self.get_queryset(request).filter(pk=object_id).exists()

    # ── What is shown ──
    @display(
        description=_("Stand"),
        label={State.OPEN.label: "warning", State.ANSWERED.label: "info", State.CLOSED.label: "success"},
    )
    def shown_state(self, case: Case) -> str:
        return str(case.get_state_display())

    @admin.display(description=_("wartet seit"), ordering="since")
    def waits(self, case: Case) -> str:
        return timesince(case.since, depth=1) if case.is_open else "–"

    @admin.display(description=_("Person"))
    def shown_by(self, case: Case) -> str:
        return reveals.masked_person(case.by)

    @admin.display(description=_("schreibt als"))
    def role(self, case: Case) -> str:
        return str(_("Jugendliche/r (Du)") if hasattr(case.by, "youth") else _("Erwachsene (Sie)"))

    @admin.display(description=_("Worum es geht"))
    def about(self, case: Case) -> Any:
        url = Subject(case.path, case.label).staff_url
        return format_html('<a class="underline" href="{}">{}</a>', url, case.label) if url else case.label or "–"

    @admin.display(description=_("Was geschrieben wurde"))
    def shown_words(self, case: Case) -> SafeString:
        rows = (
            (
                f"{localtime(word.at):%d.%m.%Y %H:%M}",
                _("Team") if word.from_team else _("Frage"),
                linebreaksbr(word.text, autoescape=True),
            )
            for word in case.words.all()
        )
        return format_html_join("", '<div class="mb-3"><b>{} · {}</b><br>{}</div>', rows)
