"""What people type about a shared time, turned into moments that exist."""

from datetime import UTC, date, datetime, time, timedelta

from django import forms
from django.core.exceptions import ValidationError
from django.utils import translation
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from activities import selectors
from activities.approvals import REASONS
from activities.entries import MAX_MINUTES, Details
from activities.models import Category, Relation, SharedTimeEntry
from clevervibes.lib.periods import BERLIN
from clevervibes.lib.widgets import Chips, DateInput, Tiles, TimeInput


class MissingHour(ValidationError):
    """A wall-clock time that the change to summer time skips."""


def berlin_moment(day: date, at: time) -> datetime:
    """Return the moment of a Berlin wall clock; in the doubled hour of autumn the earlier one.

    :raises MissingHour: in the hour that does not exist in spring.
    """
    moment = datetime.combine(day, at, BERLIN)
    if moment.astimezone(UTC).astimezone(BERLIN).time() != at:
        raise MissingHour(_("Diese Uhrzeit gab es nicht: Die Uhr wurde von 2 auf 3 Uhr vorgestellt."))
    return moment


class EntryForm(forms.Form):
    """One shared time, as a youth tells it: day, from, to, with whom, what."""

    category = forms.ModelChoiceField(
        label=_("Was habt Ihr gemacht?"),
        queryset=Category.objects.none(),
        to_field_name="slug",
        empty_label=None,
        widget=Tiles,
        error_messages={
            "required": _("Such Dir eine Kategorie aus."),
            "invalid_choice": _("Diese Kategorie gibt es nicht mehr. Such Dir eine andere aus."),
        },
    )
    day = forms.DateField(
        label=_("Tag"),
        widget=DateInput,
        error_messages={"required": _("An welchem Tag war das?"), "invalid": _("Diesen Tag gibt es nicht.")},
    )
    starts = forms.TimeField(
        label=pgettext_lazy("time of day", "von"),
        widget=TimeInput,
        error_messages={"required": _("Wann habt Ihr angefangen?"), "invalid": _("Schreib die Uhrzeit so: 15:30")},
    )
    ends = forms.TimeField(
        label=pgettext_lazy("time of day", "bis"),
        widget=TimeInput,
        error_messages={"required": _("Wann wart Ihr fertig?"), "invalid": _("Schreib die Uhrzeit so: 16:30")},
    )
    companion_relation = forms.ChoiceField(
        label=_("Mit wem?"),
        choices=Relation.choices,
        widget=Chips,
        error_messages={"required": _("Mit wem warst Du zusammen?"), "invalid_choice": _("Such Dir eins davon aus.")},
    )
    companion_name = forms.CharField(
        label=_("Vorname"),
        required=False,
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"max_length": _("Der Vorname reicht (höchstens 40 Zeichen).")},
    )
    did = forms.CharField(
        label=_("Was genau? Ein Satz reicht."),
        min_length=3,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2, "maxlength": 500}),
        error_messages={
            "required": _("Schreib in einem Satz, was Ihr gemacht habt."),
            "max_length": _("Das ist zu lang: höchstens 500 Zeichen. Dein Text ist noch da, kürz ihn einfach."),
            "min_length": _("Ein paar Worte mehr, bitte."),
        },
    )
    learned = forms.CharField(
        label=_("Was hast Du gelernt?"),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2, "maxlength": 500}),
        error_messages={
            "max_length": _("Das ist zu lang: höchstens 500 Zeichen. Dein Text ist noch da, kürz ihn einfach.")
        },
    )

    # The rules of activities.entries name model fields; people see these.
    FIELD_OF = {"starts_at": "starts", "ends_at": "ends"}

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["category"].queryset = selectors.categories()  # type: ignore[attr-defined]

    def clean(self) -> dict:
        cleaned = super().clean() or {}
        day, starts, ends = (cleaned.get(name) for name in ("day", "starts", "ends"))
        if day and starts and ends:
            if not 2020 <= day.year <= 2100:
                self.add_error("day", _("Stimmt das Jahr?"))
                return cleaned
            try:
                cleaned["starts_at"] = berlin_moment(day, starts)
            except MissingHour as error:
                self.add_error("starts", error)
            try:
                cleaned["ends_at"] = berlin_moment(self._day_of_end(day, starts, ends), ends)
            except MissingHour as error:
                self.add_error("ends", error)
        return cleaned

    @staticmethod
    def _day_of_end(day: date, starts: time, ends: time) -> date:
        """Past midnight the clock reads less than at the start; only a short evening is meant that way."""
        minutes = (ends.hour - starts.hour) * 60 + ends.minute - starts.minute
        return day + timedelta(days=1) if minutes < 0 and minutes + 24 * 60 <= MAX_MINUTES else day

    def details(self) -> Details:
        names = ("category", "starts_at", "ends_at", "companion_relation", "companion_name", "did", "learned")
        return Details(**{name: self.cleaned_data[name] for name in names})

    def refuse(self, error: Exception) -> None:
        """Put a refusal beside the field it is about."""
        field = self.FIELD_OF.get(getattr(error, "field", ""), None)
        self.add_error(field, str(error))

    @classmethod
    def initial_of(cls, entry: SharedTimeEntry) -> dict[str, object]:
        starts = entry.starts_at.astimezone(BERLIN)
        ends = entry.ends_at.astimezone(BERLIN) if entry.ends_at else None
        return {
            "category": entry.category,
            "day": starts.date(),
            "starts": starts.time(),
            "ends": ends.time() if ends else None,
            "companion_relation": entry.companion_relation,
            "companion_name": entry.companion_name,
            "did": entry.did,
            "learned": entry.learned,
        }


class ReturnForm(forms.Form):
    """Why an entry goes back: tapped reasons, own words, or both."""

    chip = forms.MultipleChoiceField(
        choices=lambda: list(REASONS.items()),
        required=False,
        error_messages={"invalid_choice": _("Diesen Grund gibt es nicht mehr. Bitte wählen Sie einen anderen.")},
    )
    reason = forms.CharField(
        required=False,
        max_length=200,
        error_messages={"max_length": _("Das ist zu lang: höchstens 200 Zeichen. Ihr Text ist noch da.")},
    )

    def sentence(self, language: str) -> str:
        """Return the reason in the words of whoever has to act on it: tapped in Turkish, read in German."""
        with translation.override(language):
            chips = [str(REASONS[chip]) for chip in self.cleaned_data["chip"]]
        return ", ".join(filter(None, [*chips, self.cleaned_data["reason"]]))
