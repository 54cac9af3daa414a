"""The page of components: everything the look consists of, in every state. Never part of a production."""

from datetime import timedelta

from django import forms
from django.conf import settings
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from clevervibes.lib import widgets
from clevervibes.templatetags.club import CHIPS, TINTS

SECTIONS = [
    ("karten-light", _("Karten")),
    ("listen-light", _("Listen")),
    ("status-light", _("Status")),
    ("knoepfe-light", _("Knöpfe")),
    ("meldungen-light", _("Meldungen")),
    ("angebote-light", _("Angebote")),
    ("wege-light", _("Wege")),
    ("plots-light", _("Zahlenbilder")),
    ("formulare", _("Formulare")),
    ("dialoge", _("Dialog")),
    ("karten-dark", _("Dunkel")),
]


class SampleForm(forms.Form):
    """One field of each kind."""

    name = forms.CharField(label=_("Vorname"), max_length=40, help_text=_("So, wie Dich alle nennen."))
    did = forms.CharField(label=_("Was habt ihr gemacht?"), max_length=280, widget=forms.Textarea)
    learned = forms.CharField(label=_("Was hast Du gelernt?"), max_length=280, required=False, widget=forms.Textarea)
    category = forms.ChoiceField(
        label=_("Worum ging es?"),
        choices=[
            ("learning", _("Lernen & Hausaufgaben")),
            ("reading", _("Lesen & Vorlesen")),
            ("company", _("Betrieb erleben")),
            ("culture", _("Kultur & Museum")),
            ("nature", _("Technik & Natur")),
            ("daily", _("Alltag lernen")),
        ],
        widget=widgets.Tiles(
            icons={
                "learning": "pencil-ruler", "reading": "book-open", "company": "factory", "culture": "landmark",
                "nature": "flask-conical", "daily": "cooking-pot",
            }
        ),
    )  # fmt: skip
    companion = forms.ChoiceField(
        label=_("Mit wem?"),
        choices=[("mother", _("Mama")), ("father", _("Papa")), ("grandma", _("Oma")), ("mentor", _("Mentorin"))],
        widget=widgets.Chips(icons={"mentor": "graduation-cap"}),
    )
    reasons = forms.MultipleChoiceField(
        label=_("Was soll geändert werden?"),
        choices=[("time", _("Die Uhrzeit")), ("day", _("Der Tag")), ("what", _("Was wir gemacht haben"))],
        widget=widgets.ChipsMultiple,
        required=False,
    )
    club = forms.ChoiceField(label=_("Dein Club"), choices=[("", _("Bitte wählen")), ("luenen", "Lünen")])
    on = forms.DateField(label=_("Tag"), widget=widgets.DateInput)
    starts = forms.TimeField(label=_("Von"), widget=widgets.TimeInput)
    ends = forms.TimeField(label=_("Bis"), widget=widgets.TimeInput)
    picture = forms.FileField(label=_("Bild"), required=False, help_text=_("JPG oder PNG, höchstens 5 MB."))
    password = forms.CharField(label=_("Passwort"), widget=forms.PasswordInput)
    code = forms.CharField(label=_("Einlöse-Code"), widget=widgets.CodeInput)
    pin = forms.CharField(label=_("PIN"), widget=widgets.PinInput)
    digest = forms.ChoiceField(
        label=_("Wann soll die Wochenmail kommen?"),
        choices=[("sat", _("Samstag, 16 Uhr")), ("sun", _("Sonntag, 9 Uhr")), ("never", _("Gar nicht"))],
        widget=forms.RadioSelect,
    )
    agrees = forms.BooleanField(label=_("Ich bin einverstanden."))
    reminders = forms.BooleanField(
        label=_("Erinnere mich"), required=False, widget=widgets.Switch, help_text=_("Am Tag vorher, als Mail.")
    )
    fixed = forms.CharField(label=_("Mitgliedsnummer"), initial="CV-0042", disabled=True, required=False)


def show(request: HttpRequest) -> HttpResponse:
    if not (settings.DEMO or settings.DEBUG):
        raise Http404
    now = timezone.now()
    return render(
        request,
        "components.html",
        {
            "sections": SECTIONS,
            "themes": [("light", _("Hell")), ("dark", _("Dunkel"))],
            "statuses": [status for status, (_look, _icon, word) in CHIPS.items() if word],
            "tints": TINTS,
            "names": ["Mia Yılmaz", "Ben", "Aleksandra Brzęczyszczykiewicz", "Noah König", "Emine", "Jonas Groß"],
            "tiles": [
                "clock", "coin", "people", "check", "book", "wheel", "leaf", "shop", "sun", "gift", "gear", "heart",
                "bars", "stairs", "ticket", "mail", "search", "cloud", "vibes", "dots", "note", "spark", "flask",
            ],
            "arts": ["time", "coins", "rewards", "inbox", "search", "chances", "people", "offline", "lost", "broken"],
            "now": now,
            "yesterday": now - timedelta(days=1),
            "last_week": now - timedelta(days=7, minutes=135),
            "last_week_end": now - timedelta(days=7),
            "next_month": now + timedelta(days=30),
            "page": Paginator(range(95), 20).page(2),
            "form": SampleForm(initial={"category": "reading", "companion": "grandma", "reminders": True}, prefix="a"),
            "bad_form": SampleForm({"b-category": "company"}, prefix="b"),
        },
    )  # fmt: skip
