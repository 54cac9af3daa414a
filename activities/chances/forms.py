"""What youths tick, hosts write and guardians answer."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q, QuerySet
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from activities import interests, selectors
from activities.chances import attendance, hosting
from activities.forms import berlin_moment
from activities.models import Booking, Category, Host, Opportunity, Topic
from clevervibes.lib.periods import BERLIN
from clevervibes.lib.widgets import Chips, ChipsMultiple, DateInput, Tiles, TimeInput

KIND_ICONS: dict[str, str] = {
    Opportunity.Kind.VISIT: "factory",
    Opportunity.Kind.TRIAL: "shirt",
    Opportunity.Kind.WORKSHOP: "wrench",
    Opportunity.Kind.TRAINING: "message-circle",
    Opportunity.Kind.CLUB: "pencil-ruler",
}


class InterestsForm(forms.Form):
    topics = forms.ModelMultipleChoiceField(
        label=_("Tipp an, was Dich neugierig macht"),
        queryset=Topic.objects.none(),
        to_field_name="slug",
        required=False,
        widget=ChipsMultiple,
        error_messages={
            "invalid_choice": _("Eins davon gibt es nicht mehr. Schau noch einmal nach."),
            "invalid_list": _("Eins davon gibt es nicht mehr. Schau noch einmal nach."),
        },
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["topics"].queryset = interests.topics()  # type: ignore[attr-defined]


class FilterForm(forms.Form):
    """What a list of dates is narrowed down to; whatever else is asked for is left out."""

    class When(models.TextChoices):
        WEEK = "woche", _("in 7 Tagen")
        MONTH = "monat", _("in 30 Tagen")

    thema = forms.ModelChoiceField(queryset=Topic.objects.none(), to_field_name="slug", required=False)
    art = forms.ChoiceField(choices=Opportunity.Kind.choices, required=False)
    wann = forms.ChoiceField(choices=When.choices, required=False)
    frei = forms.BooleanField(required=False)
    suche = forms.CharField(max_length=60, required=False)

    DAYS = {When.WEEK: 7, When.MONTH: 30}

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["thema"].queryset = interests.topics()  # type: ignore[attr-defined]
        self.is_valid()
        self.chosen = {name: value for name, value in self.cleaned_data.items() if value}

    def narrow(self, dates: QuerySet[Opportunity], *, now: datetime) -> QuerySet[Opportunity]:
        asked = self.chosen
        if "thema" in asked:
            dates = dates.filter(topic=asked["thema"])
        if "art" in asked:
            dates = dates.filter(kind=asked["art"])
        if "wann" in asked:
            dates = dates.filter(starts_at__lt=now + timedelta(days=self.DAYS[asked["wann"]]))
        if "frei" in asked:
            dates = dates.filter(Q(free__gt=0))
        if "suche" in asked:
            word = asked["suche"]
            dates = dates.filter(
                Q(title__icontains=word) | Q(host__organisation__name__icontains=word) | Q(way__icontains=word)
                | Q(where__icontains=word) | Q(host__organisation__town__icontains=word)
            )  # fmt: skip
        return dates


class Repeat(models.TextChoices):
    ONCE = "once", _("einmal")
    WEEKLY = "weekly", _("jede Woche")
    FORTNIGHTLY = "fortnightly", _("alle zwei Wochen")


class DateForm(forms.Form):
    """One date, or a series of them, as a host describes it."""

    key = forms.UUIDField(required=False, widget=forms.HiddenInput)
    host = forms.ModelChoiceField(
        label=_("Für wen?"), queryset=Host.objects.none(), to_field_name="public_id", empty_label=None
    )
    kind = forms.ChoiceField(label=_("Was ist es?"), choices=Opportunity.Kind.choices, widget=Tiles(icons=KIND_ICONS))
    title = forms.CharField(
        label=_("Überschrift"), max_length=120, min_length=3,
        help_text=_("Was macht neugierig? „Funken sehen: ein Nachmittag in der Schweißerei“"),
    )  # fmt: skip
    text = forms.CharField(
        label=_("Was passiert dort?"), max_length=1500, min_length=10, widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("Bitte mit Du. Ohne Telefonnummern, Mailadressen und Links: Fragen laufen über das Club-Team."),
    )  # fmt: skip
    topic = forms.ModelChoiceField(
        label=_("Berufsfeld"), queryset=Topic.objects.none(), to_field_name="slug", required=False,
        empty_label=_("für alle, kein bestimmtes"),
    )  # fmt: skip
    category = forms.ModelChoiceField(
        label=_("Als was zählt die Zeit?"), queryset=Category.objects.none(), to_field_name="slug", empty_label=None
    )
    day = forms.DateField(label=_("Tag"), widget=DateInput, error_messages={"invalid": _("Diesen Tag gibt es nicht.")})
    starts = forms.TimeField(
        label=pgettext_lazy("time of day", "von"), widget=TimeInput,
        error_messages={"invalid": _("Bitte die Uhrzeit so schreiben: 15:30")},
    )  # fmt: skip
    ends = forms.TimeField(
        label=pgettext_lazy("time of day", "bis"), widget=TimeInput,
        error_messages={"invalid": _("Bitte die Uhrzeit so schreiben: 16:30")},
    )  # fmt: skip
    repeat = forms.ChoiceField(label=_("Wie oft?"), choices=Repeat.choices, initial=Repeat.ONCE, widget=Chips)
    times = forms.IntegerField(
        label=_("Wie viele Termine?"), min_value=2, max_value=hosting.MAX_IN_SERIES, required=False,
        help_text=_("Nur bei einer Reihe. Jeder Termin lässt sich danach einzeln ändern oder absagen."),
    )  # fmt: skip
    where = forms.CharField(label=_("Treffpunkt"), max_length=200, help_text=_("Tor, Eingang, Stockwerk"))
    way = forms.CharField(
        label=_("Wie weit ist es?"), max_length=120, required=False,
        help_text=_("In Worten: „in Lünen, 10 Minuten vom Bahnhof“"),
    )  # fmt: skip
    wear = forms.CharField(label=_("Was soll man anziehen?"), max_length=200, required=False)
    seats = forms.IntegerField(label=_("Plätze"), min_value=1, max_value=hosting.MAX_SEATS)
    minimum_age = forms.IntegerField(label=_("Ab welchem Alter?"), min_value=12, max_value=20, initial=12)
    contact_name = forms.CharField(
        label=_("Ansprechperson vor Ort"), max_length=80,
        help_text=_("Vor- und Nachname. Das Club-Team sieht einmal das Führungszeugnis, erst dann geht es online."),
    )  # fmt: skip
    never_alone = forms.BooleanField(
        label=_("Es sind immer mindestens zwei Erwachsene dabei. Niemand ist mit einem jungen Menschen allein."),
        required=False,
    )

    # What the rules of hosting name and what people see is the same here.
    PLAIN = ("kind", "category", "topic", "title", "text", "where", "way", "wear", "seats", "minimum_age",
             "contact_name", "never_alone")  # fmt: skip

    def __init__(self, *args: object, hosts: QuerySet[Host], date: Opportunity | None = None, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["host"].queryset = hosts  # type: ignore[attr-defined]
        self.fields["topic"].queryset = interests.topics()  # type: ignore[attr-defined]
        self.fields["category"].queryset = selectors.categories()  # type: ignore[attr-defined]
        if date is not None:
            # What exists is one date: it neither moves to another host nor becomes several.
            for name in ("host", "repeat", "times", "key"):
                del self.fields[name]
        elif hosts.count() == 1:
            self.fields["host"].widget = forms.HiddenInput()
            self.fields["host"].initial = hosts[0].public_id
        self.moments: list[tuple[datetime, datetime]] = []

    def clean(self) -> dict:
        cleaned = super().clean() or {}
        if (
            cleaned.get("repeat", Repeat.ONCE) != Repeat.ONCE
            and not cleaned.get("times")
            and "times" not in self.errors
        ):
            self.add_error("times", _("Wie viele Termine sollen es werden?"))
        if all(cleaned.get(name) is not None for name in ("day", "starts", "ends")):
            self._read_clock(cleaned)
        return cleaned

    def _read_clock(self, cleaned: dict) -> None:
        """Turn day and clock into moments: the same clock each week, also when it is set back or forward."""
        if not 2020 <= cleaned["day"].year <= 2100:
            self.add_error("day", _("Stimmt das Jahr?"))
            return
        repeat = cleaned.get("repeat", Repeat.ONCE)
        days = {Repeat.WEEKLY: 7, Repeat.FORTNIGHTLY: 14}.get(repeat, 0)
        for number in range((cleaned.get("times") or 1) if days else 1):
            day = cleaned["day"] + timedelta(days=number * days)
            try:
                # Nobody invites youths at two in the night, so the first of a doubled hour will do.
                ends_at = berlin_moment(day, cleaned["ends"], second=False)
                self.moments.append((berlin_moment(day, cleaned["starts"], second=False), ends_at))
            except ValidationError as error:
                self.add_error("starts", error)
                return

    def details(self) -> list[hosting.Details]:
        said = {name: self.cleaned_data[name] for name in self.PLAIN}
        return [hosting.Details(starts_at=start, ends_at=end, **said) for start, end in self.moments]

    def refuse(self, error: Exception) -> None:
        """Put a refusal beside the field it is about."""
        field = getattr(error, "field", None)
        self.add_error(field if field in self.fields else None, str(error))

    @classmethod
    def initial_of(cls, date: Opportunity) -> dict[str, object]:
        starts, ends = (moment.astimezone(BERLIN) for moment in (date.starts_at, date.ends_at))
        return {
            **{name: getattr(date, name) for name in cls.PLAIN},
            "topic": date.topic and date.topic.slug,
            "category": date.category.slug,
            "day": starts.date(),
            "starts": starts.time(),
            "ends": ends.time(),
        }


class ListForm(forms.Form):
    """The attendance list: a length of stay for each who booked, all of it unless somebody says otherwise."""

    def __init__(self, *args: object, date: Opportunity, bookings: Sequence[Booking], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.bookings = bookings
        lengths = attendance.lengths(date)
        choices = [(lengths[0], gettext("die ganze Zeit ({time})").format(time=_length(lengths[0])))]
        choices += [(minutes, _length(minutes)) for minutes in lengths[1:]]
        choices.append((0, gettext("war nicht da")))
        for booking in bookings:
            self.fields[self.name_of(booking)] = forms.TypedChoiceField(
                label=booking.youth.first_name, choices=choices, coerce=int, required=False, initial=lengths[0],
                empty_value=str(lengths[0]),
            )  # fmt: skip

    @staticmethod
    def name_of(booking: Booking) -> str:
        return f"b-{booking.public_id}"

    def rows(self) -> list[tuple[Booking, forms.BoundField]]:
        return [(booking, self[self.name_of(booking)]) for booking in self.bookings]

    def minutes(self) -> dict[UUID, int]:
        return {booking.public_id: int(self.cleaned_data[self.name_of(booking)]) for booking in self.bookings}


def _length(minutes: int) -> str:
    """Write minutes as people say them: 2 h 30."""
    whole, rest = divmod(minutes, 60)
    if not whole:
        return f"{rest} {gettext('min')}"
    return f"{whole} {gettext('h')} {rest:02d}" if rest else f"{whole} {gettext('h')}"


class CancelDateForm(forms.Form):
    why = forms.ChoiceField(
        label=_("Weshalb fällt er aus?"), choices=Opportunity.Why.choices, widget=forms.RadioSelect,
        error_messages={"required": _("Bitte wählen Sie einen Grund. Die Jugendlichen lesen ihn."),
                        "invalid_choice": _("Bitte wählen Sie einen der Gründe.")},
    )  # fmt: skip
