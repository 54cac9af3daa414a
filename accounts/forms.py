"""Forms for people who join."""

import re
from typing import Any

from django import forms
from django.contrib.auth.forms import UsernameField
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.models import Club, User
from accounts.registration import NewPerson, UsernameTaken
from clevervibes.lib.widgets import DateInput

SHORTEST_NAME, LONGEST_NAME = 3, 30
# No @: a username that looks like a mail address could be somebody else's.
_NAME = re.compile(r"[\w.-]+")
# Names that would pass for the club itself.
_RESERVED = {"admin", "administrator", "club", "clevervibes", "clever-vibes", "support", "team", "verein", "hilfe"}


class SignUpForm(forms.Form):
    """An account of one's own: a username is enough. Base of every form by which somebody joins.

    `person()` says what was typed, for `registration.make_person`. Which club is only asked where there are several.
    """

    first_name = forms.CharField(
        label=_("Vorname"), max_length=40, widget=forms.TextInput(attrs={"autocomplete": "given-name"})
    )
    username = UsernameField(
        label=_("Benutzername"),
        min_length=SHORTEST_NAME,
        max_length=LONGEST_NAME,
        help_text=_("Damit meldest Du Dich an. Am besten nicht Dein voller Name."),
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}),
    )
    password = forms.CharField(
        label=_("Passwort"),
        strip=False,
        help_text=_("Mindestens 10 Zeichen. Drei Wörter hintereinander sind gut."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password", "minlength": "10", "maxlength": "128"}),
    )
    mailbox = forms.EmailField(
        label=_("E-Mail-Adresse"),
        required=False,
        max_length=254,
        help_text=_("Für Nachrichten, und für ein neues Passwort, falls das alte vergessen ist."),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    club = forms.ModelChoiceField(Club.objects.all(), label=_("Dein Club"), empty_label=_("Bitte wählen"))
    remember = forms.BooleanField(
        label=_("Auf diesem Gerät angemeldet bleiben"),
        required=False,
        help_text=_("Nur ankreuzen, wenn sonst niemand dieses Gerät benutzt."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        clubs = list(Club.objects.all()[:2])
        self._only_club = clubs[0] if len(clubs) == 1 else None
        if len(clubs) < 2:
            del self.fields["club"]

    def clean_username(self) -> str:
        name: str = self.cleaned_data["username"].lower()
        if not _NAME.fullmatch(name):
            raise ValidationError(_("Nur Buchstaben, Ziffern, Punkt, Strich und Unterstrich, ohne Leerzeichen."))
        if name in _RESERVED or User.objects.filter(username__iexact=name).exists():
            raise ValidationError(UsernameTaken.message)
        return name

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        # An empty form has nothing to compare a password with.
        if password := given.get("password"):
            like = User(username=given.get("username", ""), first_name=given.get("first_name", ""))
            try:
                validate_password(password, like)
            except ValidationError as error:
                self.add_error("password", error)
        return given

    def person(self) -> NewPerson:
        given = self.cleaned_data
        return NewPerson(
            username=given["username"],
            first_name=given["first_name"],
            last_name=given.get("last_name", ""),
            password=given["password"],
            club=given.get("club") or self._only_club,
            language=(get_language() or "de")[:2],
            mailbox=given.get("mailbox", "").lower(),
        )


class YouthSignUpForm(SignUpForm):
    """A youth joins. Whether the age fits is the service's to say."""

    birth_date = forms.DateField(
        label=_("Geburtsdatum"),
        help_text=_("Der Club ist für alle von 12 bis 20."),
        widget=DateInput(attrs={"autocomplete": "bday", "min": "1900-01-01"}),
    )

    field_order = ["first_name", "birth_date", "username", "password", "mailbox", "club", "remember"]
