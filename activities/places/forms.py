"""What youths and hosts fill in about places."""

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from activities.forms import berlin_moment
from activities.models import Place, PlaceInterest, Portfolio
from activities.places import interest
from activities.places.hosting import Details
from clevervibes.lib import periods
from clevervibes.lib.errors import DomainError
from clevervibes.lib.widgets import Chips, DateInput, TimeInput

Reach, Reply = PlaceInterest.Reach, PlaceInterest.Reply


class Refusable(forms.Form):
    def refuse(self, error: DomainError) -> None:
        """Put a refusal beside the field that it is about."""
        field = getattr(error, "field", None)
        self.add_error(field if field in self.fields else None, str(error))


class PortfolioField(forms.ModelChoiceField):
    def label_from_instance(self, portfolio: Portfolio) -> str:
        day = date_format(periods.berlin_date(portfolio.made_at), "DATE_FORMAT")
        return _("Portfolio vom {day}").format(day=day)


class InterestForm(Refusable):
    """What the company is to see: a portfolio or none, and one way to reach the youth."""

    portfolio = PortfolioField(
        label=_("Was soll der Betrieb sehen?"), queryset=Portfolio.objects.none(), required=False,
        widget=forms.RadioSelect, empty_label=_("Nur meinen Vornamen, kein Portfolio"), blank=True,
    )  # fmt: skip
    reach = forms.ChoiceField(
        label=_("Wie erreicht Dich der Betrieb?"),
        choices=Reach.choices,
        widget=Chips(icons={"club": "users", "mail": "mail", "phone": "phone"}),
        help_text=_("Ein Weg reicht. Über den Club heißt: Das Team gibt es Dir weiter."),
    )
    reach_at = forms.CharField(
        label=_("E-Mail oder Telefon"), max_length=254, required=False,
        help_text=_("Nur, wenn Du E-Mail oder Telefon gewählt hast."),
        error_messages={"max_length": _("Das ist zu lang. Bitte prüf die Adresse.")},
    )  # fmt: skip

    def __init__(self, *args: Any, portfolios: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["portfolio"].queryset = portfolios  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        try:
            interest.contact(given.get("reach", Reach.CLUB), given.get("reach_at", ""))
        except interest.ReachMissing as error:
            self.refuse(error)
        return given


class PlaceForm(forms.ModelForm):
    """A place as its host writes it; what youths read waits for the team."""

    class Meta:
        model = Place
        fields = ["kind", "title", "text", "topic", "where", "starts_on", "apply_until", "minimum_age"]
        widgets = {"kind": Chips, "starts_on": DateInput, "apply_until": DateInput, "text": forms.Textarea}
        labels = {
            "title": _("Überschrift"),
            "text": _("Was erwartet jemanden bei Ihnen?"),
            "where": _("Wo? Ort und wie man hinkommt"),
            "minimum_age": _("Ab welchem Alter?"),
        }
        help_texts = {
            "text": _(
                "Schreiben Sie, wie Sie mit einer 14-Jährigen sprechen würden: kurz, freundlich, ohne Fachwörter."
            )
        }

    def __init__(self, *args: Any, today: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        self.fields["kind"].choices = Place.Kind.choices  # type: ignore[attr-defined]
        self.fields["minimum_age"].min_value, self.fields["minimum_age"].max_value = 12, 20  # type: ignore[attr-defined]

    def clean_minimum_age(self) -> int:
        age: int = self.cleaned_data["minimum_age"]
        if not 12 <= age <= 20:
            raise ValidationError(_("Bitte ein Alter von 12 bis 20."))
        return age

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        for name in ("starts_on", "apply_until"):
            on = given.get(name)
            if on and name in self.changed_data and not self.today <= on <= self.today + timedelta(days=1100):
                self.add_error(name, _("Bitte einen Tag in den nächsten drei Jahren."))
        return given

    def details(self) -> Details:
        return Details(**{name: self.cleaned_data[name] for name in self.Meta.fields})


class ReplyForm(Refusable):
    """One of four set replies; a date and a place for an invitation alone."""

    reply = forms.ChoiceField(
        label=_("Ihre Antwort"), choices=Reply.choices,
        widget=Chips(icons={"invite": "calendar", "query": "circle-help", "filled": "users", "no": "x"}),
        error_messages={"required": _("Bitte wählen Sie eine Antwort.")},
    )  # fmt: skip
    day = forms.DateField(label=_("Tag"), widget=DateInput)
    at = forms.TimeField(label=_("Uhrzeit"), widget=TimeInput)
    where = forms.ChoiceField(label=_("Treffpunkt"), widget=forms.RadioSelect)
    # A browser would ask for the date of a refusal too.
    use_required_attribute = False

    def __init__(self, *args: Any, points: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["where"].choices = [(point, point) for point in points]  # type: ignore[attr-defined]
        self.fields["where"].initial = points[0]
        invites = not self.is_bound or self.data.get("reply") == Reply.INVITE
        for name in ("day", "at", "where"):
            self.fields[name].required = invites

    def meets_at(self) -> datetime | None:
        """Return the moment of an invitation; None for the other replies, or without one."""
        day, at = self.cleaned_data.get("day"), self.cleaned_data.get("at")
        if self.cleaned_data.get("reply") != Reply.INVITE or not day or not at:
            return None
        try:
            return berlin_moment(day, at, second=False)
        except ValidationError:
            return None
