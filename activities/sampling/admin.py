"""The team's queue: which entries to look at before they count, what is known about them, what was decided."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db.models import Case, IntegerField, When
from django.http import HttpRequest, HttpResponse
from django.template.defaultfilters import date as said_date
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.timesince import timesince
from django.utils.timezone import localtime
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display

from accounts import reveals
from accounts.access import user_of
from accounts.masking import MaskedUntilReason
from accounts.models import YouthProfile
from activities import selectors
from activities.models import Sample
from activities.sampling import deciding, draw, raising, weeks
from activities.sampling.forms import NoteForm, SaidForm
from clevervibes.lib import db, periods
from clevervibes.lib.admin import ModelAdmin, OpenFirst, ReadOnly, ServicePage
from clevervibes.lib.team import SUPPORT, Rule

Why, Decision = Sample.Why, Sample.Decision


class StillOpen(OpenFirst):
    closed_by = "decided_at"


@admin.register(Sample)
class SampleAdmin(MaskedUntilReason, ReadOnly, ServicePage, ModelAdmin):
    """Opened with a reason, as every record of a youth. Each decision has one of its own."""

    rule = Rule(view=[SUPPORT], change=[SUPPORT], club="entry__youth__user__club")
    list_display = ["shown_why", "shown_youth", "category", "on", "minutes", "waits", "shown_decision"]
    list_filter = [StillOpen, "why", "entry__youth__user__club"]
    list_select_related = ["entry__youth__user", "entry__category"]
    search_fields = ["public_id", "entry__public_id"]
    # The heaviest first, paper before all, and what waits longest.
    ordering = [
        Case(*(When(why=why, then=place) for place, why in enumerate(Why)), output_field=IntegerField()).asc(),
        "raised_at",
        "pk",
    ]
    actions_detail = ["let_pass", "send_back", "reject"]
    fieldsets = [
        (_("Anlass"), {"fields": ["shown_why", "note", "raised_by", "raised_at"]}),
        (
            _("Der Eintrag"),
            {
                "fields": [
                    "youth",
                    "category",
                    "span",
                    "minutes",
                    "companion",
                    "did",
                    "learned",
                    "claimed",
                    "confirmed",
                    "paper",
                ]
            },
        ),
        (_("Was sonst bekannt ist"), {"fields": ["steps", "last_weeks", "earlier", "drawn", "record"]}),
        (_("Entscheidung"), {"fields": ["shown_decision", "reason", "decided_by", "decided_at"]}),
    ]
    readonly_fields = [
        "shown_why", "youth", "category", "span", "minutes", "companion", "did", "learned", "claimed", "confirmed",
        "paper", "steps", "last_weeks", "earlier", "drawn", "record", "shown_decision",
    ]  # fmt: skip

    # What a button does, what it is called on its page, and whether the family reads the reason.
    decisions: ClassVar[dict[str, tuple[Callable[..., Sample], Any, type[forms.Form]]]] = {
        "let_pass": (deciding.let_pass, _("Passt: zählt beim nächsten Lauf"), NoteForm),
        "send_back": (deciding.send_back, _("Zurück an die Familie"), SaidForm),
        "reject": (deciding.reject, _("Ablehnen"), SaidForm),
    }

    def youth_of(self, row: Sample) -> YouthProfile:
        return row.entry.youth

    # ── Deciding ──
    @action(description=_("Passt …"), url_path="let-pass", icon="check", permissions=["decide"])
    def let_pass(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._decide(request, object_id, "let_pass")

    @action(description=_("Zurück an die Familie …"), url_path="send-back", icon="undo", permissions=["decide"])
    def send_back(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._decide(request, object_id, "send_back")

    @action(description=_("Ablehnen …"), url_path="reject", icon="close", permissions=["decide"])
    def reject(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._decide(request, object_id, "reject")

    def _decide(self, request: HttpRequest, object_id: str, name: str) -> HttpResponse:
        if asked := self.ask_first(request, object_id):
            return asked
        sample = self.row_to("change", request, object_id)
        service, title, form = self.decisions[name]

        def call(request: HttpRequest, form: forms.Form) -> str:
            reason = form.cleaned_data["words"]
            service(sample_id=sample.public_id, by=user_of(request), reason=reason, now=db.now())
            return gettext("Entschieden.")

        return self.serve(
            request, form(request.POST or None), call, title=title, button=title,
            notice_template="activities/admin/_sample.html", entry=sample.entry,
        )  # fmt: skip

    def has_decide_permission(self, request: HttpRequest, object_id: str | int | None = None) -> bool:
        if not self.may(request, "change"):
            return False
        return object_id is None or deciding.open_samples().filter(pk=object_id).exists()

    # ── What is shown ──
    @display(
        description=_("Anlass"),
        label={
            Why.PAPER.label: "info", Why.MARKED.label: "danger", Why.WEEKS.label: "warning",
            Why.AGAIN.label: "warning", Why.DRAWN.label: "success",
        },
    )  # fmt: skip
    def shown_why(self, sample: Sample) -> str:
        return str(sample.get_why_display())

    @display(
        description=_("Entscheidung"),
        label={
            Decision.FITS.label: "success", Decision.FAMILY.label: "warning", Decision.REJECTED.label: "danger",
            _("offen"): "info",
        },
    )  # fmt: skip
    def shown_decision(self, sample: Sample) -> str:
        return str(sample.get_decision_display() or _("offen"))

    @admin.display(description=_("Jugendliche/r"))
    def shown_youth(self, sample: Sample) -> str:
        return reveals.masked_person(sample.entry.youth.user)

    @admin.display(description=_("Jugendliche/r"))
    def youth(self, sample: Sample) -> str:
        user = sample.entry.youth.user
        return f"{user.first_name} ({user.username})"

    @admin.display(description=_("Kategorie"))
    def category(self, sample: Sample) -> str:
        return str(sample.entry.category)

    @admin.display(description=_("Tag"), ordering="entry__starts_at")
    def on(self, sample: Sample) -> str:
        return said_date(localtime(sample.entry.starts_at), "d.m.Y")

    @admin.display(description=_("Wann"))
    def span(self, sample: Sample) -> str:
        entry = sample.entry
        starts = said_date(localtime(entry.starts_at), "l, j. F Y, H:i")
        return f"{starts}–{said_date(localtime(entry.ends_at), 'H:i')}" if entry.ends_at else starts

    @admin.display(description=_("Minuten"), ordering="entry__duration_minutes")
    def minutes(self, sample: Sample) -> int:
        return sample.entry.duration_minutes

    @admin.display(description=_("wartet seit"), ordering="raised_at")
    def waits(self, sample: Sample) -> str:
        return timesince(sample.raised_at, sample.decided_at, depth=1)

    @admin.display(description=_("mit wem"))
    def companion(self, sample: Sample) -> str:
        entry = sample.entry
        return ", ".join(filter(None, [entry.companion_name, entry.get_companion_relation_display()]))

    @admin.display(description=_("Was sie gemacht haben"))
    def did(self, sample: Sample) -> str:
        return sample.entry.did

    @admin.display(description=_("Was gelernt wurde"))
    def learned(self, sample: Sample) -> str:
        return sample.entry.learned

    @admin.display(description=_("eingetragen von"))
    def claimed(self, sample: Sample) -> str:
        return str(sample.entry.claimed_by or "–")

    @admin.display(description=_("bestätigt von"))
    def confirmed(self, sample: Sample) -> str:
        entry = sample.entry
        if entry.host_confirmed:
            return str(_("dem Betrieb"))
        return f"{entry.reviewed_by or '–'} ({entry.get_status_display()})"

    @admin.display(description=_("Wochenzettel"))
    def paper(self, sample: Sample) -> str:
        sheet = sample.entry.sheet
        if sheet is None:
            return "–"
        said = {"code": sheet.code, "signed": sheet.signed_by or "–", "seen": sheet.entered_by or "–"}
        return gettext("%(code)s, unterschrieben von %(signed)s, gesehen von %(seen)s") % said

    @admin.display(description=_("Was bisher geschah"))
    def steps(self, sample: Sample) -> SafeString:
        rows = sample.entry.reviews.select_related("by")
        return format_html_join(
            "", "<div>{} · {} · {}{}</div>",
            ((said_date(localtime(row.at), "d.m.Y H:i"), row.get_step_display(), row.by or "–",
              f" · „{row.reason}“" if row.reason else "") for row in rows),
        )  # fmt: skip

    @admin.display(description=_("Eingereicht oder bestätigt, nach Wochen"))
    def last_weeks(self, sample: Sample) -> SafeString:
        monday = weeks.monday_of(sample.entry)
        found = [(monday - timedelta(weeks=back)) for back in range(4)]
        rows = ((said_date(day, "d.m."), selectors.minutes_in(sample.entry.youth, periods.week(day))) for day in found)
        return format_html_join("", "<div>" + str(_("Woche ab {}: {} Minuten")) + "</div>", rows)

    @admin.display(description=_("Frühere Stichproben"))
    def earlier(self, sample: Sample) -> SafeString:
        rows = (
            Sample.objects.filter(entry__youth=sample.entry.youth_id, decided_at__isnull=False)
            .exclude(pk=sample.pk)
            .order_by("-decided_at")[:10]
        )
        return format_html_join(
            "", "<div>{} · {} · {} · „{}“</div>",
            ((said_date(localtime(row.decided_at), "d.m.Y"), row.get_why_display(), row.get_decision_display(),
              row.reason) for row in rows),
        ) or SafeString("–")  # fmt: skip

    @admin.display(description=_("Die Ziehung, wiederholt"))
    def drawn(self, sample: Sample) -> str:
        """Draw the entry once more, by the share and the version of then, or of now if it was not drawn."""
        entry = sample.entry
        version = sample.drawn_version or raising.versions_of([entry])[entry.pk]
        percent = draw.percent() if sample.drawn_percent is None else sample.drawn_percent
        number = draw.number_of(draw.secret(), entry.public_id, version)
        whole, rest = divmod(draw.hundredths(number), 100)
        return gettext("%(number)s von 100; gezogen wird, was unter %(share)s liegt") % {
            "number": f"{whole},{rest:02}", "share": percent,
        }  # fmt: skip

    @admin.display(description=_("Zeiteintrag"))
    def record(self, sample: Sample) -> SafeString:
        url = reverse("admin:activities_sharedtimeentry_change", args=[sample.entry_id])
        return format_html('<a class="underline" href="{}">{}</a>', url, _("Eintrag öffnen"))


class MarksForALook:
    """For the page of an entry: have it looked at before it counts."""

    @action(description=_("Vormerken zum Anschauen …"), url_path="mark", icon="visibility", permissions=["mark"])
    def mark(self, request: HttpRequest, object_id: str) -> HttpResponse:
        if asked := self.ask_first(request, object_id):  # type: ignore[attr-defined]
            return asked
        entry = self.row_to("change", request, object_id)  # type: ignore[attr-defined]

        def call(request: HttpRequest, form: forms.Form) -> str:
            reason = form.cleaned_data["words"]
            deciding.mark(entry_id=entry.public_id, by=user_of(request), reason=reason, now=db.now())
            return gettext("Vorgemerkt: Der Eintrag zählt erst, wenn jemand aus dem Team ihn angeschaut hat.")

        form, title = NoteForm(request.POST or None), _("Vormerken zum Anschauen")
        return ServicePage.serve(self, request, form, call, title=title, button=title)  # type: ignore[arg-type]

    def has_mark_permission(self, request: HttpRequest, object_id: str | int | None = None) -> bool:
        return request.user.has_perm("activities.change_sample")
