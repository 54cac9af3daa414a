"""Every language says what the German source says: complete, compiled, with the same placeholders."""

import re
import shutil
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from string import Formatter

import polib
import pytest
from django.conf import settings
from django.core.management import call_command
from django.urls import reverse
from django.utils import translation

from accounts.models import User
from activities import approvals
from activities.models import Category
from clevervibes.lib import db
from tests.factories import guardian_of, make_category, make_entry, make_youth

LOCALE = Path(settings.LOCALE_PATHS[0])
FILES = {file.parts[-3]: file for file in sorted(LOCALE.glob("*/LC_MESSAGES/django.po"))}
COMPLETE = ["de", "en"]  # Turkish shows German where it says nothing; German holds what libraries say in English


@pytest.fixture(scope="module", params=FILES)
def catalogue(request):
    return polib.pofile(str(FILES[request.param]))


# ── The files ────────────────────────────────────────────────────────────────────────────────────
def test_each_language_has_a_catalogue():
    assert FILES.keys() == dict(settings.LANGUAGES).keys()


@pytest.mark.parametrize("language", FILES)
def test_catalogue_is_compiled(language):
    compiled = FILES[language].with_suffix(".mo").read_bytes()

    assert compiled == polib.pofile(str(FILES[language])).to_binary(), "run ./club manage compile_catalogues"


def test_command_compiles_what_it_finds(tmp_path, settings, capsys):
    settings.LOCALE_PATHS = [tmp_path]
    folder = tmp_path / "en" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    shutil.copy(FILES["en"], folder)

    call_command("compile_catalogues")

    assert (folder / "django.mo").read_bytes() == FILES["en"].with_suffix(".mo").read_bytes()
    assert capsys.readouterr().out.startswith("en: ")


@pytest.mark.parametrize("language", COMPLETE)
def test_nothing_is_left_untranslated(language):
    assert [entry.msgid for entry in polib.pofile(str(FILES[language])).untranslated_entries()] == []


def test_nothing_is_guessed_or_left_over(catalogue):
    assert len(catalogue) > 50
    assert [entry.msgid for entry in catalogue.fuzzy_entries()] == []
    assert [entry.msgid for entry in catalogue.obsolete_entries()] == []


def test_plurals_have_all_their_forms(catalogue):
    forms = int(re.search(r"nplurals=(\d)", catalogue.metadata["Plural-Forms"])[1])

    for entry in catalogue:
        if not any(entry.msgstr_plural.values()):
            continue
        assert [bool(entry.msgstr_plural.get(form)) for form in range(forms)] == [True] * forms, entry.msgid


def placeholders(text: str) -> list[str]:
    named = re.findall(r"%(?:\(\w+\))?[sd]", text.replace("%%", ""))
    return sorted(named + [f"{{{name}}}" for _, name, _, _ in Formatter().parse(text) if name is not None])


def test_placeholders_are_those_of_the_source(catalogue):
    found = 0
    for entry in catalogue.translated_entries():
        source = placeholders(entry.msgid_plural or entry.msgid)
        for said in entry.msgstr_plural.values() if entry.msgid_plural else [entry.msgstr]:
            assert placeholders(said) == source, entry.msgid
        found += len(source)

    assert found


def test_spaces_at_the_ends_are_kept(catalogue):
    """A part of a sentence that loses its space sticks to the next."""
    for entry in catalogue.translated_entries():
        if entry.msgstr:
            assert (entry.msgid[0].isspace(), entry.msgid[-1].isspace()) == (
                entry.msgstr[0].isspace(),
                entry.msgstr[-1].isspace(),
            ), entry.msgid


# ── The sources ──────────────────────────────────────────────────────────────────────────────────
ROOT = settings.BASE_DIR
COLLECTED = ["en", "tr"]  # the German one holds no text of ours
# Turkish is for families and youths; these pages are for shops and the team.
NOT_FOR_FAMILIES = re.compile(
    r"/admin/|^templates/unfold/|^templates/operations/|^templates/partners/(_offer_rows|_standing|shelf|_redem|_settl|_shops|_unsettled|_?counter|shell|desk"
    r"|handover|receipt|scan|settlements|statement|till|undo|bank|counters/|email/|news/|joining/)"
    r"|^templates/accounts/(contact_point|shown_)"
    r"|^templates/coins/(news/(agreement_|pledge_|contacts_)|email/)|^templates/impact/|^templates/openness/_auditors"
    r"|^templates/activities/(hosting/|places/host_|sheet_"
    r"|news/(interest_(arrived|gone|queried)|place_released|chance_list_due))"
)


@pytest.fixture(scope="module")
def collected(tmp_path_factory) -> dict[str, polib.POFile]:
    """Collect the texts from a copy of the sources, as the first step of docs/translations.md does."""
    if not shutil.which("xgettext"):
        pytest.skip("no gettext here: apt-get install gettext")
    copy = tmp_path_factory.mktemp("sources")
    shutil.copy(ROOT / "manage.py", copy)
    for top in ("accounts", "activities", "clevervibes", "coins", "partners", "templates"):
        shutil.copytree(ROOT / top, copy / top, ignore=shutil.ignore_patterns("static", "__pycache__"))
    languages = [part for language in COLLECTED for part in ("-l", language)]
    command = [sys.executable, "manage.py", "makemessages", *languages, "--no-obsolete", "--verbosity", "0"]
    subprocess.run(command, cwd=copy, check=True)
    return {language: polib.pofile(str(copy / FILES[language].relative_to(ROOT))) for language in COLLECTED}


@pytest.mark.parametrize("language", COLLECTED)
def test_every_text_of_the_source_is_in_the_catalogue_and_no_other(collected, language):
    now = {entry.msgid_with_context for entry in collected[language]}
    kept = {entry.msgid_with_context for entry in polib.pofile(str(FILES[language]))}

    assert len(now) > 500
    assert (now - kept, kept - now) == (set(), set()), "see docs/translations.md"


def test_every_page_of_families_is_turkish(collected):
    german = [
        f"{place}: {entry.msgid}"
        for entry in collected["tr"]
        for place, _line in entry.occurrences
        if place.startswith("templates/") and not NOT_FOR_FAMILIES.search(place) and not entry.translated()
    ]

    assert german == []


# ── The pages ────────────────────────────────────────────────────────────────────────────────────
def speak(client, user: User, language: str) -> None:
    user.language = language
    user.save(update_fields=["language"])
    client.force_login(user)


def words(client, name: str, *args: object) -> str:
    answer = client.get(reverse(name, args=args))
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.fixture
def youth():
    return make_youth("Deniz")


def make_recent_entry(youth, **details):
    now = db.now()
    return make_entry(youth, now=now, starts_at=now - timedelta(hours=3), **details)


@pytest.mark.django_db
def test_a_turkish_mother_reads_her_inbox_in_turkish(client, youth):
    make_recent_entry(youth)
    speak(client, guardian_of(youth), "tr")

    page = words(client, "activities:inbox")

    assert '<html lang="tr"' in page
    for said in (
        "Doğru",
        "Lütfen değiştir",
        "Ailenizin girdiği zamanlar",
        "Okuma ve sesli okuma",
        "1\N{NO-BREAK SPACE}sa",
    ):
        assert said in page
    for german in ("Stimmt", "Bitte ändern", "Lesen", "Bestätigen", "Uhr", "heute", "gestern", "Zum Inhalt"):
        assert german not in page


@pytest.mark.django_db
def test_her_way_around_the_inbox_is_turkish_too(client, youth):
    entry = make_recent_entry(youth)
    speak(client, guardian_of(youth), "tr")

    start = words(client, "start")
    back = words(client, "activities:return", entry.public_id)

    for said in ("Onayınızı bekleyenler", "1 kayıt", "Şimdi onayla", "Ana sayfa"):
        assert said in start
    for said in ("Ne değiştirilmeli?", "saat yanlış", "isteğe bağlı"):
        assert said in back
    for german in ("Wartet auf", "Eintrag", "Abmelden", "Was soll", "Uhrzeit", "freiwillig", "zurückgeben"):
        assert german not in start + back


@pytest.mark.django_db
def test_what_she_confirms_is_thanked_for_in_turkish(client, youth):
    entry = make_recent_entry(youth)
    speak(client, guardian_of(youth), "tr")

    answer = client.post(reverse("activities:approve"), {"entry": entry.public_id}, follow=True)

    assert "1 kayıt onaylandı. Teşekkürler!" in answer.content.decode()
    assert "Hepsi onaylandı" in answer.content.decode()


@pytest.mark.django_db
def test_a_reason_tapped_in_turkish_is_read_in_the_language_of_the_youth(client, youth):
    entry = make_recent_entry(youth)
    speak(client, guardian_of(youth), "tr")

    client.post(reverse("activities:return", args=[entry.public_id]), {"chip": ["time", "who"], "reason": "saat 5"})

    said = entry.reviews.get(step="return").reason
    assert said == "Uhrzeit stimmt nicht, war nicht mit uns, saat 5"


@pytest.mark.django_db
def test_a_youth_reads_english(client, youth):
    make_recent_entry(youth)
    speak(client, youth.user, "en")

    times = words(client, "activities:entries")

    assert '<html lang="en"' in times
    for said in ("My times", "waiting", "about 10 coins", "Reading &amp; reading aloud", "Rewards"):
        assert said in times
    for german in ("Meine Zeiten", "wartet", "Belohnungen", "Hauptmenü"):
        assert german not in times


@pytest.mark.django_db
@pytest.mark.parametrize(("language", "said"), [("tr", "Zamanınız değerli."), ("en", "Your time is worth something.")])
def test_the_front_door_speaks_the_language_of_the_phone(client, language, said):
    page = client.get(reverse("home"), headers={"accept-language": language}).content.decode()

    assert f'<html lang="{language}"' in page
    assert said in page
    assert "Zeit" not in page


@pytest.mark.parametrize("refusal", [approvals.OwnClaim, approvals.AlreadyTaken, approvals.ReasonMissing])
@pytest.mark.parametrize("language", ["tr", "en"])
def test_a_refusal_is_said_in_the_language_of_the_page(refusal, language):
    error = refusal()
    with translation.override("de"):
        german = str(error)
    with translation.override(language):
        assert str(error) != german


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["tr", "en"])
def test_the_categories_of_the_start_are_translated_when_shown(language):
    found = Category.objects.all()

    assert len(found) > 10
    for category in found:
        with translation.override(language):
            assert str(category) != category.name
        with translation.override("de"):
            assert str(category) == category.name


@pytest.mark.django_db
def test_a_category_of_the_teams_own_keeps_its_name():
    category = make_category("Kanufahren auf der Lippe")

    with translation.override("tr"):
        assert str(category) == "Kanufahren auf der Lippe"
