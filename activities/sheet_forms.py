"""What somebody types off a Wochenzettel."""

from datetime import timedelta
from typing import Any

from django import forms
from django.forms import BaseFormSet, formset_factory
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import User
from activities import selectors, sheets
from activities.entries import Details, WrongTime
from activities.forms import DoubledHour, EntryForm, MissingHour, berlin_moment
from activities.models import Category, Relation, SharedTimeEntry, Sheet
from clevervibes.lib.errors import DomainError
from clevervibes.lib.widgets import TimeInput


class CodeForm(forms.Form):
    """The code beside the QR."""

    code = forms.CharField(
        label=_("Code vom Wochenzettel"),
        max_length=20,
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false", "data-code": ""}
        ),
    )


class LineForm(forms.Form):
    """One line of the paper. What is left empty is no line."""

    day = forms.ChoiceField(label=_("Tag"), required=True)
    starts = forms.TimeField(label=pgettext_lazy("time of day", "von"), widget=TimeInput)
    ends = forms.TimeField(label=pgettext_lazy("time of day", "bis"), widget=TimeInput)
    category = forms.ModelChoiceField(
        label=_("Kategorie"), queryset=Category.objects.none(), to_field_name="slug", empty_label=_("bitte wählen")
    )
    companion_relation = forms.ChoiceField(
        label=_("Mit wem?"), choices=[("", _("bitte wählen")), *Relation.choices], required=True
    )
    companion_name = forms.CharField(label=_("Vorname"), required=False, max_length=40)
    did = forms.CharField(label=_("Was genau?"), min_length=3, max_length=500)

    FIELD_OF = {"starts_at": "starts", "ends_at": "ends", "category": "category", "did": "did", "day": "day"}

    def __init__(self, *args: Any, sheet: Sheet, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        days = [sheet.monday + timedelta(days=number) for number in range(7)]
        choices = [(day.isoformat(), date_format(day, "l, j. F")) for day in days]
        self.fields["day"].choices = [("", _("bitte wählen")), *choices]  # type: ignore[attr-defined]
        self.fields["category"].queryset = selectors.categories()  # type: ignore[attr-defined]
        self.days = {day.isoformat(): day for day in days}

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        day, starts, ends = self.days.get(cleaned.get("day", "")), cleaned.get("starts"), cleaned.get("ends")
        if day and starts and ends:
            until = EntryForm._day_of_end(day, starts, ends)
            for name, on, at in (("starts", day, starts), ("ends", until, ends)):
                try:
                    # Nobody can ask the paper which of the doubled hours was meant: the first one.
                    cleaned[f"{name}_at"] = berlin_moment(on, at)
                except DoubledHour:
                    cleaned[f"{name}_at"] = berlin_moment(on, at, second=False)
                except MissingHour as error:
                    self.add_error(name, error)
        return cleaned

    def details(self) -> Details:
        names = ("category", "starts_at", "ends_at", "companion_relation", "companion_name", "did")
        return Details(**{name: self.cleaned_data[name] for name in names})

    def refuse(self, error: DomainError) -> None:
        """Put a refusal beside the field it is about."""
        field = getattr(error, "field", "starts_at" if isinstance(error, WrongTime) else "")
        self.add_error(self.FIELD_OF.get(field), str(error))


class _Lines(BaseFormSet):
    def get_form_kwargs(self, index: int | None) -> dict[str, Any]:
        return {**super().get_form_kwargs(index), "empty_permitted": True, "use_required_attribute": False}


Lines = formset_factory(LineForm, formset=_Lines, extra=sheets.LINES, max_num=sheets.LINES, absolute_max=sheets.LINES)


class SignedForm(forms.Form):
    """Whose signature it is, and which printed times are ticked."""

    signed_by = forms.ModelChoiceField(
        label=_("Wessen Unterschrift steht darauf?"), queryset=User.objects.none(), to_field_name="public_id",
        empty_label=None, widget=forms.RadioSelect,
        error_messages={"required": _("Bitte wählen Sie, wer unterschrieben hat."),
                        "invalid_choice": _("Diese Person bestätigt hier nicht mehr. Bitte wählen Sie neu.")},
    )  # fmt: skip
    ticked = forms.ModelMultipleChoiceField(
        queryset=SharedTimeEntry.objects.none(), to_field_name="public_id", required=False,
        error_messages={"invalid_choice": _("Inzwischen hat sich etwas geändert. Bitte vergleichen Sie die Liste noch"
                                            " einmal mit dem Papier.")},
    )  # fmt: skip

    def __init__(self, *args: Any, sheet: Sheet, now: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        signed_by: Any = self.fields["signed_by"]
        signed_by.queryset = sheets.signers(sheet.youth, now)
        signed_by.label_from_instance = lambda person: person.get_full_name() or person.username
        ticked: Any = self.fields["ticked"]
        ticked.queryset = sheets.waiting_on(sheet)
