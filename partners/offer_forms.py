"""What a manager fills in about an offer."""

from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from activities.forms import berlin_moment
from clevervibes.lib import periods
from clevervibes.lib.pictures import PictureFormField, Redrawn
from clevervibes.lib.widgets import Chips, DateInput, TimeInput
from partners import offers
from partners.models import Offer, OfferChange
from partners.models.catalog import MAX_PRICE_COINS
from partners.templatetags.partners import LOOKS

MAX_STOCK, MAX_PER_MONTH = 100_000, 100
_WHOLE = _("Bitte schreiben Sie eine ganze Zahl.")


def _too_long(number: int) -> Any:
    return _("Das ist zu lang: höchstens %(number)s Zeichen. Ihr Text ist noch da.") % {"number": number}


class StockShown(forms.Form):
    """A form that remembers the stock it showed: youths take from it meanwhile, so the difference counts."""

    @property
    def was(self) -> str:
        """Return what the hidden field beside the stock says."""
        if self.is_bound:
            return str(self.data.get("initial-stock", ""))
        stock = self.initial.get("stock")
        return "" if stock is None else str(stock)

    def stock_shown(self) -> int | None:
        try:
            shown: int | None = self.fields["stock"].clean(self.was)
        except ValidationError:
            return None
        return shown


class OfferForm(StockShown):
    """An offer as its shop writes it: `terms` the team looks at, `conditions` hold at once."""

    title = forms.CharField(
        label=_("Was gibt es?"), max_length=80, help_text=_("Kurz, wie auf einem Preisschild: „Zwei Kugeln Eis“."),
        error_messages={"required": _("Bitte schreiben Sie, was es gibt."), "max_length": _too_long(80)},
    )  # fmt: skip
    text = forms.CharField(
        label=_("Beschreibung"), max_length=1000, required=False, widget=forms.Textarea,
        help_text=_("Ein, zwei Sätze mit Du: was dabei ist, und was man mitbringen oder beachten muss."),
        error_messages={"max_length": _too_long(1000)},
    )  # fmt: skip
    picture = PictureFormField(
        label=_("Bild"), required=False, widget=forms.FileInput,
        help_text=_("JPG, PNG oder WebP, höchstens 10 MB. Ohne Bild zeigen wir ein Zeichen der Kategorie."),
    )  # fmt: skip
    no_picture = forms.BooleanField(label=_("Bild entfernen"), required=False)
    category = forms.ChoiceField(
        label=_("Kategorie"), choices=Offer.Category.choices,
        widget=Chips(icons={value: icon for value, (icon, _tint) in LOOKS.items()}),
        error_messages={"required": _("Bitte wählen Sie, wo Jugendliche danach suchen.")},
    )  # fmt: skip
    price_coins = forms.IntegerField(
        label=_("Preis in Coins"), min_value=1, max_value=MAX_PRICE_COINS,
        help_text=_("Ein Coin sind 10 Cent, die Sie vom Verein bekommen: 30 Coins sind 3 Euro."),
        error_messages={
            "required": _("Bitte schreiben Sie, wie viele Coins es kostet."), "invalid": _WHOLE,
            "min_value": _("Mindestens 1 Coin: Verschenken geht über den Club nicht."),
            "max_value": _("Höchstens 10.000 Coins. Haben Sie sich vertippt?"),
        },
    )  # fmt: skip
    vat_percent = forms.TypedChoiceField(
        label=_("Umsatzsteuer"), choices=Offer.Vat.choices, coerce=int, initial=Offer.Vat.FULL,
        help_text=_("Steht so auf Ihrer Abrechnung."),
    )  # fmt: skip
    minimum_age = forms.IntegerField(
        label=_("Ab welchem Alter?"), min_value=12, max_value=20, initial=12,
        error_messages={
            "required": _("Bitte schreiben Sie ein Alter von 12 bis 20."), "invalid": _WHOLE,
            "min_value": _("Ab 12: Jünger ist im Club niemand."), "max_value": _("Höchstens 20: Älter ist niemand."),
        },
    )  # fmt: skip
    stock = forms.IntegerField(
        label=_("Wie viele gibt es noch?"), min_value=0, max_value=MAX_STOCK, required=False,
        help_text=_("Leer: so viele, wie gefragt sind. Vorgemerktes ist schon abgezogen."),
        error_messages={
            "invalid": _WHOLE, "min_value": _("Weniger als keines geht nicht."),
            "max_value": _("Höchstens 100.000. Für unbegrenzt lassen Sie das Feld leer."),
        },
    )  # fmt: skip
    per_youth_per_month = forms.IntegerField(
        label=_("Wie oft im Monat je Jugendliche/n?"), min_value=1, max_value=MAX_PER_MONTH, required=False,
        help_text=_("Leer: so oft jemand mag."),
        error_messages={
            "invalid": _WHOLE, "min_value": _("Mindestens einmal. Für unbegrenzt lassen Sie das Feld leer."),
            "max_value": _("Höchstens 100-mal. Für unbegrenzt lassen Sie das Feld leer."),
        },
    )  # fmt: skip
    starts_on = forms.DateField(
        label=_("Im Katalog ab"), widget=DateInput,
        error_messages={"required": _("Bitte wählen Sie einen Tag."), "invalid": _("Bitte wählen Sie einen Tag.")},
    )  # fmt: skip
    last_day = forms.DateField(
        label=_("Letzter Tag"), widget=DateInput, required=False, help_text=_("Leer: bis auf Weiteres."),
        error_messages={"invalid": _("Bitte wählen Sie einen Tag.")},
    )  # fmt: skip
    event_on = forms.DateField(
        label=_("Nur für Veranstaltungen: Tag"), widget=DateInput, required=False,
        help_text=_("Codes gelten dann bis 48 Stunden nach dem Ende statt 14 Tage."),
        error_messages={"invalid": _("Bitte wählen Sie einen Tag.")},
    )  # fmt: skip
    event_until = forms.TimeField(
        label=_("Ende der Veranstaltung"), widget=TimeInput, required=False,
        error_messages={"invalid": _("Bitte schreiben Sie eine Uhrzeit wie 18:30.")},
    )  # fmt: skip

    def __init__(self, *args: Any, offer: Offer | None = None, change: OfferChange | None = None, now: datetime,
                 **kwargs: Any) -> None:  # fmt: skip
        self.offer, self.shown, self.now = offer, change or offer, now
        kwargs["initial"] = _initial(offer, change, now)
        super().__init__(*args, **kwargs)
        if self.shown is None or not self.shown.picture:
            del self.fields["no_picture"]

    @property
    def picture_is_lost(self) -> bool:
        """A browser does not send a file again by itself: whoever has to correct something chooses it again."""
        return bool(self.errors and self.files.get("picture"))

    def clean_title(self) -> str:
        return " ".join(str(self.cleaned_data["title"]).split())

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        starts, last = given.get("starts_on"), given.get("last_day")
        if starts and last and last < starts:
            self.add_error("last_day", _("Der letzte Tag liegt vor dem ersten."))
        on, until = given.get("event_on"), given.get("event_until")
        if bool(on) != bool(until):
            self.add_error("event_until" if on else "event_on", _("Tag und Uhrzeit gehören zusammen."))
        elif on and until:
            given["event_ends_at"] = self._event_end(on, until, starts)
        return given

    def _event_end(self, on: Any, until: time, starts: Any) -> datetime | None:
        try:
            ends_at = berlin_moment(on, until, second=True)
        except ValidationError as error:
            self.add_error("event_until", error)
            return None
        if starts and on < starts:
            self.add_error("event_on", _("Die Veranstaltung liegt vor dem ersten Tag im Katalog."))
        return ends_at

    def terms(self) -> dict[str, Any]:
        given = {name: self.cleaned_data[name] for name in offers.TERMS if name != "picture"}
        picture = self.cleaned_data.get("picture")
        if self.cleaned_data.get("no_picture") and not isinstance(picture, Redrawn):
            picture = False
        return {**given, "picture": offers.picture_given(picture, self.shown)}

    def conditions(self) -> dict[str, Any]:
        given = self.cleaned_data
        last = given["last_day"]
        return {
            "stock": given["stock"],
            "per_youth_per_month": given["per_youth_per_month"],
            "valid_from": self._starts_at(),
            "valid_until": periods.midnight(last + timedelta(days=1)) if last else None,
            "event_ends_at": given.get("event_ends_at"),
        }

    def _starts_at(self) -> datetime:
        # The moment it had is kept while the day stays the same.
        if self.offer and periods.berlin_date(self.offer.valid_from) == self.cleaned_data["starts_on"]:
            return self.offer.valid_from
        return periods.midnight(self.cleaned_data["starts_on"])


def _initial(offer: Offer | None, change: OfferChange | None, now: datetime) -> dict[str, Any]:
    if offer is None:
        return {"starts_on": periods.berlin_date(now)}
    ends = offer.event_ends_at.astimezone(periods.BERLIN) if offer.event_ends_at else None
    return {
        **offers.terms_of(change or offer),
        "stock": offer.stock,
        "per_youth_per_month": offer.per_youth_per_month,
        "starts_on": periods.berlin_date(offer.valid_from),
        # Half-open: the last day is the one before.
        "last_day": periods.berlin_date(offer.valid_until - timedelta(microseconds=1)) if offer.valid_until else None,
        "event_on": ends.date() if ends else None,
        "event_until": ends.time() if ends else None,
    }


class StockForm(StockShown):
    """How many are left, from the shelf itself."""

    stock = forms.IntegerField(
        label=_("Wie viele gibt es noch?"), min_value=0, max_value=MAX_STOCK, required=False,
        help_text=_("Leer: so viele, wie gefragt sind."), error_messages=OfferForm.base_fields["stock"].error_messages,
    )  # fmt: skip
