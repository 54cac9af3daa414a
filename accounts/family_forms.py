"""Forms of families: adults who join, youths who are brought along, phones that are shared."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts import shared_phone
from accounts.forms import SignUpForm
from accounts.models import Club
from accounts.registration import NewPerson
from clevervibes.lib.errors import DomainError
from clevervibes.lib.widgets import DateInput, PinInput


class PinField(forms.CharField):
    """Four digits that somebody chooses; those everybody tries first are refused."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", _("PIN aus vier Ziffern"))
        super().__init__(widget=PinInput(), max_length=4, **kwargs)

    def validate(self, value: str) -> None:
        super().validate(value)
        if value and not shared_phone.is_good_pin(value):
            raise ValidationError(shared_phone.BadPin.message)


class AdultSignUpForm(SignUpForm):
    """A guardian or trusted person gets an account. On a shared phone they choose their PIN at once."""

    last_name = forms.CharField(
        label=_("Nachname"), max_length=60, widget=forms.TextInput(attrs={"autocomplete": "family-name"})
    )
    pin = PinField(help_text=_("Damit bestätigen Sie auf diesem Handy. Kinder sollten sie nicht kennen."))

    field_order = ["first_name", "last_name", "username", "password", "mailbox", "pin", "club", "remember"]

    def __init__(self, *args: Any, club: Club | None = None, phone: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].help_text = _("Damit melden Sie sich an.")
        # Whoever is invited belongs where the youth does.
        if club is not None:
            self.fields.pop("club", None)
            self._only_club = club
        elif "club" in self.fields:
            self.fields["club"].label = _("Ihr Club")
        # A shared phone keeps its people anyway; an own one has no use for a PIN.
        del self.fields["remember" if phone else "pin"]


class BringYouthForm(SignUpForm):
    """A guardian brings a youth along. The youth may set the password on the own phone later."""

    birth_date = forms.DateField(
        label=_("Geburtsdatum"),
        help_text=_("Der Club ist für alle von 12 bis 20."),
        widget=DateInput(attrs={"min": "1900-01-01"}),
    )

    field_order = ["first_name", "birth_date", "username", "password"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("mailbox", "club", "remember"):
            self.fields.pop(name, None)
        self.fields["first_name"].label = _("Vorname Ihres Kindes")
        self.fields["first_name"].widget.attrs["autocomplete"] = "off"
        self.fields["username"].label = _("Benutzername Ihres Kindes")
        self.fields["username"].help_text = _("Damit meldet es sich an. Am besten nicht der volle Name.")
        self.fields["username"].widget.attrs["autocomplete"] = "off"
        self.fields["password"].required = False
        self.fields["password"].help_text = _(
            "Leer lassen, wenn Ihr Kind es selbst auf seinem Handy setzt: Danach zeigen wir Ihnen einen QR-Code dafür."
        )

    def for_club(self, club: Club | None) -> NewPerson:
        self._only_club = club
        return self.person()


class MailInvitationForm(forms.Form):
    email = forms.EmailField(label=_("E-Mail-Adresse"), max_length=254)


class AddPersonForm(forms.Form):
    """Somebody of the family signs in on a shared phone, once, with the password."""

    login = forms.CharField(
        label=_("Benutzername"),
        max_length=254,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
    )
    password = forms.CharField(
        label=_("Passwort"), strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "off"})
    )
    pin = PinField(
        required=False, help_text=_("Nur für Eltern und Vertrauenspersonen: Damit bestätigen sie auf diesem Handy.")
    )

    def refuse(self, error: DomainError) -> None:
        field = "pin" if isinstance(error, shared_phone.NoPin | shared_phone.BadPin) else None
        self.add_error(field, str(error))


class ChoosePinForm(forms.Form):
    """Whoever has just the phone in their hand does not know the password."""

    password = forms.CharField(
        label=_("Ihr Passwort"), strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "current-password"})
    )
    pin = PinField(label=_("Neue PIN aus vier Ziffern"))


class NewPasswordForm(forms.Form):
    password = forms.CharField(
        label=_("Neues Passwort"),
        strip=False,
        help_text=_("Mindestens 10 Zeichen. Drei Wörter hintereinander sind gut."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password", "minlength": "10", "maxlength": "128"}),
    )


class LookUpForm(forms.Form):
    """Whoever is locked out cannot show a QR, but knows both names."""

    username = forms.CharField(
        label=_("Benutzername"),
        max_length=150,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
    )
    first_name = forms.CharField(
        label=_("Vorname"), max_length=40, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
