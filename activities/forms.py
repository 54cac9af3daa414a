"""What people type about a shared time, turned into moments that exist."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta

from django import forms
from django.core.exceptions import ValidationError
from django.utils import translation
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from activities import selectors
from activities.approvals import REASONS
from activities.entries import MAX_MINUTES, Details, Overlaps
from activities.habits import DURATIONS, Companion
from activities.models import Category, Relation, SharedTimeEntry
from clevervibes.lib.periods import BERLIN
from clevervibes.lib.widgets import Chips, DateInput, Tiles, TimeInput


class MissingHour(ValidationError):
    """A wall-clock time that the change to summer time skips."""


class DoubledHour(ValidationError):
    """A wall-clock time that the change to winter time repeats."""


def berlin_moment(day: date, at: time, *, second: bool | None = None) -> datetime:
    """Return the moment of a Berlin wall clock, in UTC; `second` says which one in the doubled hour of autumn.

    :raises MissingHour: in the hour that does not exist in spring.
    :raises DoubledHour: in the hour that exists twice, if `second` does not say which.
    """
    moment = datetime.combine(day, at, BERLIN)
    if moment.astimezone(UTC).astimezone(BERLIN).time() != at:
        raise MissingHour(_("Diese Uhrzeit gab es nicht: Die Uhr wurde von 2 auf 3 Uhr vorgestellt."))
    if moment.utcoffset() == moment.replace(fold=1).utcoffset():
        return moment.astimezone(UTC)
    if second is None:
        raise DoubledHour(
            _("Diese Stunde gab es zweimal, die Uhr wurde von 3 auf 2 Uhr zurückgestellt. Welche war es?")
        )
    return moment.replace(fold=int(second)).astimezone(UTC)


def is_second(moment: datetime) -> bool | None:
    """Say whether `moment` is in the second of the doubled hours; None if its wall clock exists once."""
    local = moment.astimezone(BERLIN)
    twice = local.utcoffset() != local.replace(fold=1 - local.fold).utcoffset()
    return bool(local.fold) if twice else None


class AskedTogether(forms.ChoiceField):
    """Has to be answered, but may be by another field: what is missing, the form says."""

    def clean(self, value: object) -> str:
        return "" if value in self.empty_values else str(super().clean(value))


class WhichHour(forms.ChoiceField):
    """Asked in the doubled hour alone."""

    def __init__(self) -> None:
        first, second = _("die erste (noch Sommerzeit)"), _("die zweite (schon Winterzeit)")
        super().__init__(
            label=_("Welche der beiden Stunden?"), required=False, widget=Chips, choices=[("1", first), ("2", second)]
        )


class EntryForm(forms.Form):
    """One shared time, as a youth tells it: day, from, to, with whom, what.

    `key` names the entry that the form will become, so that sending it twice makes one.
    """

    key = forms.UUIDField(required=False, widget=forms.HiddenInput)
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
    starts_which = WhichHour()
    ends = forms.TimeField(
        label=pgettext_lazy("time of day", "bis"),
        widget=TimeInput,
        error_messages={"required": _("Wann wart Ihr fertig?"), "invalid": _("Schreib die Uhrzeit so: 16:30")},
    )
    ends_which = WhichHour()
    # Who was there the last times: one tap instead of two fields.
    who = AskedTogether(
        label=_("Mit wem?"),
        widget=Chips,
        error_messages={"invalid_choice": _("Such Dir eins davon aus.")},
    )
    companion_relation = AskedTogether(
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

    DURATIONS = DURATIONS
    # The rules of activities.entries name model fields; people see these.
    FIELD_OF = {"starts_at": "starts", "ends_at": "ends", "category": "category", "did": "did"}
    # Only while it is not clear may a doubled hour be asked for.
    HOURS = {"starts": "starts_which", "ends": "ends_which"}

    def __init__(self, *args: object, companions: Sequence[Companion] = (), **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["category"].queryset = selectors.categories()  # type: ignore[attr-defined]
        self.categories = list(self.fields["category"].queryset)  # type: ignore[attr-defined]
        self.companions = {companion.value: companion for companion in companions}
        self.fields["who"].choices = [(value, one.label) for value, one in self.companions.items()]  # type: ignore[attr-defined]
        self.in_the_way: SharedTimeEntry | None = None

    @property
    def asks_for_start(self) -> bool:
        return self._asks("starts")

    @property
    def asks_for_end(self) -> bool:
        return self._asks("ends")

    def _asks(self, name: str) -> bool:
        """Say whether the doubled hour is to be shown: it was hit, or the entry lies in it."""
        which = self[self.HOURS[name]]
        return bool(which.value() or which.errors)

    @property
    def names_somebody_new(self) -> bool:
        """Say whether the fields for somebody else than the last companions have to be open."""
        fields = ("companion_relation", "companion_name")
        return not self.companions or any(self[name].value() or self[name].errors for name in fields)

    def clean(self) -> dict:
        cleaned = super().clean() or {}
        self._clean_companion(cleaned)
        day, starts, ends = (cleaned.get(name) for name in ("day", "starts", "ends"))
        if day and not 2020 <= day.year <= 2100:
            self.add_error("day", _("Stimmt das Jahr?"))
        elif day and starts and ends:
            self._read_clock("starts", day, starts)
            self._read_clock("ends", self._day_of_end(day, starts, ends), ends)
        return cleaned

    def _clean_companion(self, cleaned: dict) -> None:
        # What was filled in by hand is meant, whoever of the last companions was still marked.
        if cleaned.get("companion_relation") or "companion_relation" in self.errors:
            return
        chosen = self.companions.get(cleaned.get("who", ""))
        if chosen and not cleaned.get("companion_name"):
            cleaned["companion_relation"], cleaned["companion_name"] = chosen.relation, chosen.name
        else:
            self.add_error("companion_relation", self.fields["companion_relation"].error_messages["required"])

    def _read_clock(self, name: str, day: date, at: time) -> None:
        which = self.cleaned_data.get(self.HOURS[name])
        try:
            self.cleaned_data[f"{name}_at"] = berlin_moment(day, at, second=which == "2" if which else None)
        except MissingHour as error:
            self.add_error(name, error)
        except DoubledHour as error:
            self.add_error(self.HOURS[name], error)

    @staticmethod
    def _day_of_end(day: date, starts: time, ends: time) -> date:
        """Past midnight the clock reads less than at the start; only a short evening is meant that way.

        On a night that skips an hour the clock runs an hour further than the time.
        """
        minutes = (ends.hour - starts.hour) * 60 + ends.minute - starts.minute
        return day + timedelta(days=1) if minutes < 0 and minutes + 24 * 60 <= MAX_MINUTES + 60 else day

    def details(self) -> Details:
        names = ("category", "starts_at", "ends_at", "companion_relation", "companion_name", "did", "learned")
        return Details(**{name: self.cleaned_data[name] for name in names})

    def refuse(self, error: Exception) -> None:
        """Put a refusal beside the field it is about."""
        if isinstance(error, Overlaps):
            self.in_the_way = error.other
        field = self.FIELD_OF.get(getattr(error, "field", ""), None)
        self.add_error(field, str(error))

    @classmethod
    def initial_of(cls, entry: SharedTimeEntry, companions: Sequence[Companion] = ()) -> dict[str, object]:
        starts = entry.starts_at.astimezone(BERLIN)
        ends = entry.ends_at.astimezone(BERLIN) if entry.ends_at else None
        told = Companion(entry.companion_relation, entry.companion_name)
        return {
            "category": entry.category,
            "day": starts.date(),
            "starts": starts.time(),
            "starts_which": _which(entry.starts_at),
            "ends": ends.time() if ends else None,
            "ends_which": _which(entry.ends_at) if entry.ends_at else "",
            "did": entry.did,
            "learned": entry.learned,
            **_companion_initial(told, companions),
        }


def _which(moment: datetime) -> str:
    return {None: "", False: "1", True: "2"}[is_second(moment)]


def _companion_initial(told: Companion, companions: Sequence[Companion]) -> dict[str, str]:
    if told in companions:
        return {"who": told.value}
    if told.relation:
        return {"companion_relation": told.relation, "companion_name": told.name}
    # The timer has stopped and nobody was named yet.
    return {"who": companions[0].value} if companions else {}


class ProposalForm(EntryForm):
    """The same, as a guardian tells it."""

    WORDS = {
        "category": _("Was haben Sie zusammen gemacht?"),
        "companion_relation": _("Wer war dabei?"),
        "did": _("Was genau? Ein Satz reicht."),
    }
    SENTENCES = {
        "category": {"required": _("Bitte wählen Sie eine Kategorie."),
                     "invalid_choice": _("Diese Kategorie gibt es nicht mehr. Bitte wählen Sie eine andere.")},
        "starts": {"required": _("Wann haben Sie angefangen?"), "invalid": _("Bitte die Uhrzeit so schreiben: 15:30")},
        "ends": {"required": _("Wann waren Sie fertig?"), "invalid": _("Bitte die Uhrzeit so schreiben: 16:30")},
        "companion_relation": {"required": _("Wer war dabei?"), "invalid_choice": _("Bitte wählen Sie eins davon.")},
        "did": {"required": _("Bitte schreiben Sie in einem Satz, was Sie gemacht haben."),
                "max_length": _("Das ist zu lang: höchstens 500 Zeichen. Ihr Text ist noch da.")},
    }  # fmt: skip

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        del self.fields["learned"]
        for name, label in self.WORDS.items():
            self.fields[name].label = label
        for name, sentences in self.SENTENCES.items():
            self.fields[name].error_messages.update(sentences)

    def details(self) -> Details:
        self.cleaned_data["learned"] = ""
        return super().details()


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
