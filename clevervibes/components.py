"""The page of components: everything the look consists of, in every state. Never part of a production.

Its samples are no texts of the product, so they are not up for translation.
"""

from datetime import date, timedelta

from django import forms
from django.conf import settings
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from clevervibes import plots
from clevervibes.lib import widgets
from clevervibes.templatetags.club import CHIPS, TINTS

SECTIONS = [
    ("karten-light", "Karten"),
    ("listen-light", "Listen"),
    ("status-light", "Status"),
    ("knoepfe-light", "Knöpfe"),
    ("meldungen-light", "Meldungen"),
    ("angebote-light", "Angebote"),
    ("wege-light", "Wege"),
    ("plots-light", "Zahlenbilder"),
    ("formulare", "Formulare"),
    ("dialoge", "Dialog"),
    ("karten-dark", "Dunkel"),
]


class SampleForm(forms.Form):
    """One field of each kind."""

    name = forms.CharField(label="Vorname", max_length=40, help_text="So, wie Dich alle nennen.")
    did = forms.CharField(label="Was habt ihr gemacht?", max_length=280, widget=forms.Textarea)
    learned = forms.CharField(label="Was hast Du gelernt?", max_length=280, required=False, widget=forms.Textarea)
    category = forms.ChoiceField(
        label="Worum ging es?",
        choices=[
            ("learning", "Lernen & Hausaufgaben"),
            ("reading", "Lesen & Vorlesen"),
            ("company", "Betrieb erleben"),
            ("culture", "Kultur & Museum"),
            ("nature", "Technik & Natur"),
            ("daily", "Alltag lernen"),
        ],
        widget=widgets.Tiles(
            icons={
                "learning": "pencil-ruler", "reading": "book-open", "company": "factory", "culture": "landmark",
                "nature": "flask-conical", "daily": "cooking-pot",
            }
        ),
    )  # fmt: skip
    companion = forms.ChoiceField(
        label="Mit wem?",
        choices=[("mother", "Mama"), ("father", "Papa"), ("grandma", "Oma"), ("mentor", "Mentorin")],
        widget=widgets.Chips(icons={"mentor": "graduation-cap"}),
    )
    reasons = forms.MultipleChoiceField(
        label="Was soll geändert werden?",
        choices=[("time", "Die Uhrzeit"), ("day", "Der Tag"), ("what", "Was wir gemacht haben")],
        widget=widgets.ChipsMultiple,
        required=False,
    )
    club = forms.ChoiceField(label="Dein Club", choices=[("", "Bitte wählen"), ("luenen", "Lünen")])
    on = forms.DateField(label="Tag", widget=widgets.DateInput)
    starts = forms.TimeField(label="Von", widget=widgets.TimeInput)
    ends = forms.TimeField(label="Bis", widget=widgets.TimeInput)
    picture = forms.FileField(label="Bild", required=False, help_text="JPG oder PNG, höchstens 5 MB.")
    password = forms.CharField(label="Passwort", widget=forms.PasswordInput)
    code = forms.CharField(label="Einlöse-Code", widget=widgets.CodeInput)
    pin = forms.CharField(label="PIN", widget=widgets.PinInput)
    digest = forms.ChoiceField(
        label="Wann soll die Wochenmail kommen?",
        choices=[("sat", "Samstag, 16 Uhr"), ("sun", "Sonntag, 9 Uhr"), ("never", "Gar nicht")],
        widget=forms.RadioSelect,
    )
    agrees = forms.BooleanField(label="Ich bin einverstanden.")
    reminders = forms.BooleanField(
        label="Erinnere mich", required=False, widget=widgets.Switch, help_text="Am Tag vorher, als Mail."
    )
    fixed = forms.CharField(label="Mitgliedsnummer", initial="CV-0042", disabled=True, required=False)


def sample_charts() -> list[plots.Chart]:
    months = ["Jan", "Feb", "Mär", "Apr", "Mai", "Jun", "Jul", "Aug", "Sep", "Okt", "Nov", "Dez"]
    return [
        plots.bars(
            title="Stunden nach Thema",
            unit="Stunden",
            data=[
                ("Lernen & Hausaufgaben", 812),
                ("Lesen & Vorlesen", 640),
                ("Betrieb erleben", 433),
                ("Bewerbung", 51),
            ],
        ),
        plots.columns(
            title="Stunden im Jahr",
            unit="Stunden",
            labels=months,
            series=[
                plots.Series("in der Familie", [80, 95, 120, 140, 132, 90, 60, 45, 150, 180, 170, 110]),
                plots.Series("in Betrieben", [10, 20, 24, 60, 72, 30, 12, 0, 44, 90, 66, 15]),
            ],
        ),
        plots.lines(
            title="Coins im Umlauf",
            unit="Coins",
            labels=months,
            series=[
                plots.Series("verdient", [120, 300, 520, 800, 1100, 1300, 1420, 1500, 1800, 2300, 2750, 3100]),
                plots.Series("eingelöst", [0, 60, 180, 420, 600, 900, 1000, 1050, 1200, 1500, 1900, 2400]),
            ],
        ),
        plots.year(
            title="Dein Jahr",
            unit="Minuten",
            on=2026,
            data={date(2026, 1, 1) + timedelta(days=n * 3): (n * 37) % 150 for n in range(105)},
        ),
    ]


def show(request: HttpRequest) -> HttpResponse:
    if not (settings.DEMO or settings.DEBUG):
        raise Http404
    now = timezone.now()
    return render(
        request,
        "components.html",
        {
            "sections": SECTIONS,
            "themes": [("light", "Hell"), ("dark", "Dunkel")],
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
            "charts": sample_charts(),
            "page": Paginator(range(95), 20).page(2),
            "form": SampleForm(initial={"category": "reading", "companion": "grandma", "reminders": True}, prefix="a"),
            "bad_form": SampleForm({"b-category": "company"}, prefix="b"),
        },
    )  # fmt: skip
