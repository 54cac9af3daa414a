"""The look: every component draws, nothing inline, the same dark in both places."""

import re
from datetime import date
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.template import Context, Template
from django.test import RequestFactory
from django.urls import get_resolver

from clevervibes import plots
from tests.factories import make_offer, make_user, make_youth

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


# ── Plots ────────────────────────────────────────────────────────────────────────────────────────
def test_columns_stack_to_the_height_of_their_sum():
    chart = plots.columns(
        title="Stunden",
        unit="h",
        labels=["Jan", "Feb"],
        series=[plots.Series("a", [30, 0]), plots.Series("b", [70, 50])],
    )
    january = [mark for mark in chart.marks if mark.tip.startswith("Jan")]
    assert sum(mark.height for mark in january) == plots.PLOT
    assert chart.rows == [["Jan", "30", "70", "100"], ["Feb", "0", "50", "50"]]


@pytest.mark.parametrize(
    "chart",
    [
        plots.bars(title="Leer", unit="h", data=[]),
        plots.bars(title="Null", unit="h", data=[("a", 0)]),
        plots.columns(title="Leer", unit="h", labels=[], series=[plots.Series("a", [])]),
        plots.columns(title="Null", unit="h", labels=["a"], series=[plots.Series("a", [0])]),
        plots.lines(title="Leer", unit="h", labels=[], series=[]),
        plots.lines(title="Eins", unit="h", labels=["a"], series=[plots.Series("a", [3])]),
        plots.year(title="Leer", unit="h", on=2026, data={}),
    ],
    ids=lambda chart: chart.title,
)
def test_plots_of_little_or_nothing_are_drawn(chart):
    page = Template("{% load club %}{% plot chart %}").render(Context({"chart": chart}))
    assert f">{chart.title}</title>" in page


def test_year_has_a_square_for_every_day_of_a_leap_year():
    chart = plots.year(title="Jahr", unit="min", on=2028, data={date(2028, 2, 29): 90})
    assert len(chart.marks) == 366
    assert [mark.tip for mark in chart.marks if mark.css == "heat-4"] == ["29. Februar: 90 min"]
    assert chart.rows == [["28. Februar", "90"]]


@pytest.mark.parametrize(("most", "top"), [(0, 1), (1, 1), (4, 4), (5, 6), (23, 30), (100, 100), (270, 300)])
def test_axis_ends_at_a_round_number(most, top):
    assert plots._scale(most)[0] == top


def test_axis_of_minutes_counts_in_whole_hours():
    chart = plots.columns(
        title="Woche", unit="Std.", labels=["A"], series=[plots.Series("a", [79 * 60])], step=60,
        write=lambda minutes: str(minutes // 60),
    )  # fmt: skip
    assert [word.text for word in chart.words] == ["20", "40", "60", "80 Std.", "A"]


# ── Headers ──────────────────────────────────────────────────────────────────────────────────────
POLICY = (
    "default-src 'none'; script-src 'self'{script}; style-src 'self'{style}; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; manifest-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; "
    "object-src 'none'; report-uri /csp/"
)


def policy_of(response) -> set[str]:
    return {part.strip() for part in response["Content-Security-Policy"].split(";")}


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/", "/anmelden/", "/offline/", "/sw.js", "/manifest.webmanifest", "/gibt-es-nicht/"])
def test_public_pages_allow_nothing_from_elsewhere_and_nothing_inline(client, path):
    response = client.get(path)
    assert policy_of(response) == set(POLICY.format(script="", style="").split("; "))
    page = response.content.decode()
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=|https?://(?!www\.w3\.org/)", page)


@pytest.mark.django_db
def test_staff_pages_alone_get_what_their_theme_needs(client):
    client.force_login(make_user(is_staff=True))
    response = client.get("/admin/")
    assert policy_of(response) == set(POLICY.format(script=" 'unsafe-eval'", style=" 'unsafe-inline'").split("; "))


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/", "/offline/", "/sw.js", "/manifest.webmanifest", "/gibt-es-nicht/"])
def test_pages_without_a_form_leave_no_cookie(client, path):
    assert not client.get(path).cookies


@pytest.mark.django_db
def test_opening_the_address_of_a_button_shows_a_page(client):
    page = client.get("/profil/sprache/")

    assert page.status_code == 405
    assert page["Allow"] == "POST"
    assert "Diese Seite gibt es nicht" in page.content.decode()


@pytest.mark.django_db
def test_a_form_that_cannot_be_read_is_answered_in_german(client, mia):
    client.force_login(mia)

    page = client.post(f"/belohnungen/{make_offer().public_id}/vormerken/", {"price": "1"})

    assert page.status_code == 400
    assert "Das ist nicht angekommen" in page.content.decode()


def test_error_page_is_drawn_without_request_or_database():
    response = get_resolver().resolve_error_handler(500)(RequestFactory().get("/"))
    assert response.status_code == 500
    assert "Da ist etwas kaputtgegangen" in response.content.decode()


# ── Signing in and out ───────────────────────────────────────────────────────────────────────────
@pytest.fixture
def mia():
    user = make_youth("Mia").user
    user.set_password("lange-genug-1")
    user.save()
    return user


@pytest.mark.django_db
def test_sign_in_leads_to_the_page_that_was_asked_for(client, mia):
    response = client.post("/anmelden/", {"login": mia.username, "password": "lange-genug-1", "next": "/zeiten/"})
    assert (response.status_code, response["Location"]) == (302, "/zeiten/")


@pytest.mark.django_db
def test_staff_sign_in_through_the_same_door(client, mia):
    assert client.get("/admin/", follow=True).redirect_chain[-1][0] == "/anmelden/?next=%2Fadmin%2F"
    client.force_login(mia)
    assert client.get("/admin/", follow=True).status_code == 403


@pytest.mark.django_db
def test_wrong_password_is_said_kindly_and_keeps_the_name(client, mia):
    page = client.post("/anmelden/", {"login": mia.username, "password": "falsch-falsch"}).content.decode()
    assert "Name oder Passwort stimmt nicht" in page
    assert f'value="{mia.username}"' in page


@pytest.mark.django_db
def test_signing_out_clears_what_the_browser_kept(client, mia):
    client.force_login(mia)
    response = client.post("/anmelden/abmelden/")
    assert (response.status_code, response["Location"]) == (302, "/")
    assert response["Clear-Site-Data"] == '"cache", "storage"'
    assert "_auth_user_id" not in client.session


@pytest.mark.django_db
def test_demo_names_are_offered_in_the_demo_alone(client, settings, mia):
    type(mia).objects.update(is_demo=True)
    for demo in (True, False):
        settings.DEMO = demo
        assert (f'data-value="{mia.username}"' in client.get("/anmelden/").content.decode()) is demo


# ── What is kept without a connection ────────────────────────────────────────────────────────────
def test_service_worker_keeps_files_and_pages_that_are_nobodys(client):
    response = client.get("/sw.js")
    assert response["Content-Type"] == "text/javascript"
    kept = re.findall(r'"(/[^"]*)"', response.content.decode())
    pages = {path for path in kept if not path.startswith("/static/")}
    assert pages == {
        "/offline/",
        "/theke/",
        "/theke/offline/",
    }  # the counter's address is named, its kept page is not it
    for path in ("/offline/", "/theke/offline/"):
        page = client.get(path)
        assert page.status_code == 200
        assert not page.cookies  # neither a session nor a token


# ── In a browser ─────────────────────────────────────────────────────────────────────────────────
PHONE, DESKTOP = (360, 740), (1280, 800)


@pytest.mark.parametrize(
    ("size", "scheme"),
    [
        pytest.param(PHONE, "light", id="phone-light"),
        pytest.param(DESKTOP, "dark", id="desktop-dark"),
        pytest.param(PHONE, "dark", id="phone-dark", marks=pytest.mark.slow),
        pytest.param(DESKTOP, "light", id="desktop-light", marks=pytest.mark.slow),
    ],
)
@pytest.mark.parametrize("path", ["/", "/anmelden/", "/bausteine/", "/offline/"])
def test_page_is_accessible_quiet_and_fits(live_server, page, settings, path, size, scheme):
    settings.DEMO = True
    said = []
    page.on("console", lambda message: said.append(message.text) if message.type in ("error", "warning") else None)
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    page.goto(live_server.url + path)
    bad = [
        found["id"] for found in Axe().run(page).response["violations"] if found["impact"] in ("serious", "critical")
    ]
    assert bad == []
    assert said == []
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
