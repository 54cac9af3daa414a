"""The look: every component draws, nothing inline, the same dark in both places."""

import re
from pathlib import Path

import pytest
from django.template import Context, Template

from tests.factories import make_youth

CSS = Path(__file__).resolve().parents[2] / "clevervibes/static/clevervibes/css"


@pytest.mark.django_db
def test_components_are_shown_in_the_demo_and_unknown_elsewhere(client, settings):
    settings.DEMO = True
    assert client.get("/bausteine/").status_code == 200
    settings.DEMO = False
    assert client.get("/bausteine/").status_code == 404


def test_dark_values_are_the_same_by_system_setting_and_by_attribute():
    tokens = (CSS / "tokens.css").read_text()
    by_system = re.search(r"prefers-color-scheme: dark\) \{\s*:root \{(.*?)\}", tokens, re.S)
    by_attribute = re.search(r'\[data-theme="dark"\] \{(.*?)\}', tokens, re.S)
    assert by_system.group(1).split() == by_attribute.group(1).split()


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("{{ 135|hours }}", "2 h 15"),
        ("{{ 45|hours }}", "45 min"),
        ("{{ 120|hours }}", "2 h"),
        ("{{ 12400|number }}", "12.400"),
        ("{{ -7|number }}", "−7"),
        ("{{ 123456|euros }}", "1.234,56 €"),
        ("{{ -5|euros }}", "−0,05 €"),
        ("{{ 'Mia Yılmaz'|initials }}", "MY"),
        ("{{ ''|initials }}", "?"),
    ],
)
def test_numbers_are_written_the_german_way(source, shown):
    assert Template("{% load club %}" + source).render(Context()).replace("\xa0", " ") == shown


@pytest.mark.django_db
def test_youth_gets_the_five_doors_in_the_bar(client):
    client.force_login(make_youth().user)
    page = client.get("/anmelden/abmelden/").content.decode()
    shown = re.findall(r'nav__label">([^<]+)<', page)
    assert shown[:4] == ["Start", "Zeiten", "Neu", "Chancen"]
