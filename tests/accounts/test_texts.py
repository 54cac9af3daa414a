"""Pages of the club's own words: in versions, in languages, and never more than words."""

from datetime import timedelta
from html.parser import HTMLParser

import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.urls import reverse

from accounts.models import Operator, SiteText
from accounts.texts import markup, publishing, selectors
from clevervibes.lib import db, periods
from tests.factories import NOON, make_club, make_user

TODAY = periods.berlin_date(NOON)
PAGES = {
    "help": "help", "imprint": "imprint", "terms": "terms", "accessibility": "accessibility", "privacy": "privacy",
}  # fmt: skip


def make_text(german: str = "Wir helfen.", *, kind: str = "help", valid_from=TODAY, now=NOON, **fields) -> SiteText:
    draft = SiteText.objects.create(kind=kind, german=german, **fields)
    return publishing.publish(draft=draft, valid_from=valid_from, by=None, now=now)


def make_operator(name: str = "Probe e.V.", *, now=NOON, **fields) -> Operator:
    named = {field: f"{field} von {name}" for field in ("representative", "press", "supervisory", "register_court")}
    draft = Operator.objects.create(
        legal_name=name, street="Weg 1", postcode="44532", town="Lünen", register_number="VR 1", tax_number="1/2",
        email="verein@example.org", phone="02306 1", **named, **fields,
    )  # fmt: skip
    return publishing.publish(draft=draft, valid_from=periods.berlin_date(now), by=None, now=now)


# ── Marks, and nothing else ──────────────────────────────────────────────────────────────────────
def test_marks_become_headings_lists_and_links():
    page = markup.render(
        "## Für Dich\n\n### Wie?\nSo **geht** es.\nZweite Zeile.\n\n- eins\n- [zwei](/hilfe/)\n\n1. Schritt\n2. Schritt"
    )

    assert page.html == (
        '<h2 id="s-fur-dich">Für Dich</h2>\n<h3 id="s-wie">Wie?</h3>\n'
        "<p>So <strong>geht</strong> es.<br>Zweite Zeile.</p>\n"
        '<ul><li>eins</li><li><a href="/hilfe/">zwei</a></li></ul>\n<ol><li>Schritt</li><li>Schritt</li></ol>'
    )
    assert [(heading.level, heading.words, heading.anchor) for heading in page.headings] == [
        (2, "Für Dich", "s-fur-dich"),
        (3, "Wie?", "s-wie"),
    ]


def test_two_headings_of_the_same_words_have_two_anchors():
    anchors = [heading.anchor for heading in markup.render("## Kosten?\n\n## Kosten!\n\n## 費用").headings]

    assert anchors == ["s-kosten", "s-kosten-2", "s-abschnitt"]


INERT = [
    "<script>alert(1)</script>",
    "## <img src=x onerror=alert(1)>",
    "[Klick](javascript:alert(1))",
    "[Klick](JaVaScRiPt:alert`1`)",
    "[Klick](data:text/html;base64,PHNjcmlwdD4=)",
    "[Klick](vbscript:msgbox)",
    "[Klick](//boese.example/)",
    "[Klick](/\\boese.example/)",
    "[Klick](http://boese.example/)",
    '[Klick](/x"onmouseover="alert)',
    "[Klick](/x'onmouseover='alert)",
    "[Klick](https://boese.example/<script>)",
    "[Klick](https://name@boese.example/)",
    "[<b>Klick</b>](/hilfe/)",
    "**<svg/onload=alert(1)>**",
    "- <iframe src=//boese.example>",
    "1. <style>*{display:none}</style>",
    "[a](/b)[c](javascript:d)**<e>**",
    "&lt;script&gt; &#x3c;script&#x3e;",
    "{{ secret }} {% debug %} ${7*7} =HYPERLINK(1)",
    "[a](\u0001javascript:alert(1))",
    "<!--[if IE]><script>alert(1)</script><![endif]-->",
]
OURS = {"p", "br", "h2", "h3", "ul", "ol", "li", "strong", "a"}


class Tags(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict]] = []
        self.text = ""
        self.comments: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text += data

    def handle_comment(self, data):
        self.comments.append(data)


@pytest.mark.parametrize("typed", INERT)
def test_what_is_typed_is_shown_and_never_run(typed):
    seen = Tags(markup.render(typed).html)

    assert {tag for tag, _ in seen.tags} <= OURS
    assert seen.comments == []
    for tag, attributes in seen.tags:
        assert attributes.keys() <= ({"href"} if tag == "a" else {"id"})
        assert attributes.get("href", "/") in {"/", "/hilfe/", "/b"}
    assert seen.text.strip()


def test_a_long_line_of_marks_is_read_in_one_go():
    """No pattern goes back over what it has read."""
    text = "[" * 50_000 + "*" * 50_000

    assert text in markup.render(text).html


# ── Versions ─────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.django_db
def test_a_new_version_holds_from_its_day_and_the_old_one_stays_readable(client):
    make_club()
    today = periods.berlin_date(db.now())
    first = make_text("Alte Worte.", kind="terms", valid_from=today, now=db.now())
    second = make_text("Neue Worte.", kind="terms", valid_from=today + timedelta(days=7), now=db.now())

    page = client.get("/teilnahme/").content.decode()
    versions = client.get("/teilnahme/fassungen/").content.decode()
    old = client.get(reverse("version", args=[first.public_id])).content.decode()

    assert "Alte Worte." in page
    assert "Neue Worte." not in page
    assert (first.version, second.version) == (1, 2)
    assert versions.index(str(second.public_id)) < versions.index(str(first.public_id)) < versions.index("gilt jetzt")
    assert "Alte Worte." in old
    assert first.sha256 in old
    assert selectors.text_for("terms", club=None, on=today + timedelta(days=7)) == second


@pytest.mark.django_db
def test_a_version_takes_no_day_that_is_over_and_none_before_another():
    make_text(valid_from=TODAY + timedelta(days=3))
    draft = SiteText.objects.create(kind="help", german="Neu.")

    for day in (TODAY - timedelta(days=1), TODAY + timedelta(days=2)):
        with pytest.raises(publishing.TooEarly):
            publishing.publish(draft=draft, valid_from=day, by=None, now=NOON)
    done = publishing.publish(draft=draft, valid_from=TODAY + timedelta(days=3), by=None, now=NOON)
    again = publishing.publish(draft=draft, valid_from=TODAY + timedelta(days=9), by=None, now=NOON)

    assert (done.version, again.version, again.valid_from) == (2, 2, TODAY + timedelta(days=3))


@pytest.mark.django_db
@pytest.mark.parametrize("model", [SiteText, Operator])
def test_what_is_published_is_neither_changed_nor_deleted(model):
    by = make_user()
    row = make_text() if model is SiteText else make_operator()
    rows = model.objects.filter(pk=row.pk)

    for change in ({"valid_from": TODAY + timedelta(days=1)}, {"published_at": None}, {"published_by": by}):
        with pytest.raises(IntegrityError), transaction.atomic():
            rows.update(**change)
    with pytest.raises(IntegrityError), transaction.atomic():
        rows.delete()
    if model is SiteText:
        with pytest.raises(IntegrityError), transaction.atomic():
            rows.update(german="Anders.")


@pytest.mark.django_db
def test_who_published_may_be_erased():
    by = make_user()
    draft = SiteText.objects.create(kind="help", german="Wir helfen.")
    publishing.publish(draft=draft, valid_from=TODAY, by=by, now=NOON)

    by.delete()

    assert SiteText.objects.get().published_by is None


@pytest.mark.django_db
def test_a_hash_that_does_not_fit_is_refused():
    draft = SiteText.objects.create(kind="help", german="Wir helfen.", turkish="Yardım ederiz.")

    with pytest.raises(IntegrityError), transaction.atomic():
        SiteText.objects.filter(pk=draft.pk).update(turkish="Başka.")


# ── Whose words ──────────────────────────────────────────────────────────────────────────────────
@pytest.mark.django_db
def test_words_of_a_club_go_before_those_of_all(client):
    here, there = make_club("Lünen"), make_club("Selm")
    make_text("Für alle.")
    make_text("Nur in Selm.", club=there)

    assert selectors.text_for("help", club=here, on=TODAY).german == "Für alle."
    assert selectors.text_for("help", club=there, on=TODAY).german == "Nur in Selm."
    assert selectors.text_for("help", club=None, on=TODAY).german == "Für alle."
    assert "Nur in Selm." in client.get(f"/hilfe/?ort={there.slug}").content.decode()
    client.force_login(make_user(club=there))
    assert "Nur in Selm." in client.get("/hilfe/").content.decode()


@pytest.mark.django_db
def test_a_draft_is_nowhere(client):
    make_club()
    draft = SiteText.objects.create(kind="help", german="Noch geheim.")

    assert "Noch geheim." not in client.get("/hilfe/").content.decode()
    assert client.get(reverse("version", args=[draft.public_id])).status_code == 404
    assert client.get("/kaffee/fassungen/").status_code == 404


@pytest.mark.django_db
def test_german_stands_in_and_binds(client):
    make_club()
    make_text("Wir helfen.", turkish="Yardım ederiz.")
    turkish = {"HTTP_ACCEPT_LANGUAGE": "tr"}

    said = client.get("/hilfe/", **turkish).content.decode()
    german = client.get("/hilfe/?sprache=de", **turkish).content.decode()
    english = client.get("/hilfe/?sprache=en").content.decode()

    assert 'lang="tr">' in said
    assert "Yardım ederiz." in said
    assert "Wir helfen." not in said
    assert "Wir helfen." in german
    assert "nur auf Deutsch" in english
    assert "Wir helfen." in english


# ── The pages ────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.django_db
@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("filled", [False, True])
def test_a_page_is_read_without_a_cookie_empty_or_not(client, name, filled):
    make_club()
    if filled:
        make_text("## Überschrift\n\nWorte.", kind=PAGES[name])
        make_operator("Sport & Spiel <e.V.>")

    answer = client.get(reverse(name))
    page = answer.content.decode()

    assert answer.status_code == 200
    assert not answer.cookies
    assert ("<p>Worte.</p>" in page) is filled
    if filled and name in {"imprint", "privacy"}:
        assert "Sport &amp; Spiel &lt;e.V.&gt;" in page


@pytest.mark.django_db
def test_the_foot_of_a_page_leads_to_all_of_them(client):
    page = client.get("/").content.decode()

    for name in PAGES:
        assert f'href="{reverse(name)}"' in page


# ── The team ─────────────────────────────────────────────────────────────────────────────────────
@pytest.fixture
def boss(client):
    user = make_user("Svenja", is_staff=True, is_superuser=True)
    client.force_login(user)
    return user


@pytest.mark.django_db
def test_a_draft_is_written_looked_at_and_published(client, boss):
    make_club()
    add = reverse("admin:accounts_sitetext_add")

    client.post(add, {"kind": "help", "club": "", "german": "## Neu\n\n<b>Worte</b>", "turkish": "", "english": ""})
    draft = SiteText.objects.get()
    preview = client.get(reverse("admin:accounts_sitetext_preview", args=[draft.pk])).content.decode()
    publish = reverse("admin:accounts_sitetext_publish", args=[draft.pk])
    early = client.post(publish, {"valid_from": "2020-01-01"}).content.decode()
    client.post(publish, {"valid_from": periods.berlin_date(db.now()).isoformat()})
    draft.refresh_from_db()

    assert "&lt;b&gt;Worte&lt;/b&gt;" in preview
    assert "Frühestens ab heute" in early
    assert (draft.version, draft.published_by) == (1, boss)
    assert client.get(reverse("admin:accounts_sitetext_publish", args=[draft.pk])).status_code in {403, 404}
    # The next version begins with the words of this one.
    assert "## Neu" in client.get(f"{add}?nach={draft.pk}").content.decode()


# ── What must be there before it serves anybody ──────────────────────────────────────────────────
@pytest.mark.django_db
def test_the_demo_says_everything_the_law_asks_for():
    from clevervibes.demo import words

    words.publish(by=make_user(), now=NOON)

    assert selectors.missing(on=TODAY) == []
    assert selectors.without_operator(on=TODAY) == []
    assert all("<" not in text.german + text.turkish for text in SiteText.objects.all())
    assert {text.kind for text in SiteText.objects.exclude(turkish="")} >= {"help", "terms"}
    call_command("check")
