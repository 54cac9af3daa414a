"""What the team reads first: ways of contact, also where somebody hides them."""

import pytest

from activities import opportunities
from activities.chances import words
from activities.models import HeldWord
from tests.factories import NOON, make_date, make_user

pytestmark = pytest.mark.django_db

HELD = [
    "Ruf an: 0176 1234567", "+49 (2306) 12 34 56", "0 1 7 6 - 1 2 3 4 5 6 7", "０１７６１２３４５６７",
    "01\u200b76 123\u200b4567",
    "mia@example.org", "mia (at) example (dot) org", "mia[at]example.org", "Mail an jette at nordlicht . de",
    "https://t.me/jette", "www.nordlicht-tischlerei.de", "nordlicht.de/kontakt", "folgt @jette_nissen", "auf WhatsApp",
    "Insta: jette", "Schreib mir einfach", "nur wir zwei",
]  # fmt: skip
FINE = [
    "Tor 2, Gewerbering 14, 44532 Lünen", "Am 14.03.2027 von 15.30 bis 17.00 Uhr", "von 15:00-17:30 Uhr",
    "4.000 Quadratmeter, 62 Leute, 3,5 Jahre",
    "Signale setzen mit Licht und Ton", "Raum 2.14, 3. Stock", "ab 14 Jahren",
    "Wir arbeiten mit Privatkunden", "Das Brett gehört danach Dir.",
]  # fmt: skip


@pytest.mark.parametrize("text", HELD)
def test_ways_of_contact_are_found(text):
    assert words.found_in(text)


@pytest.mark.parametrize("text", FINE)
def test_ordinary_words_are_not(text):
    assert words.found_in(text) == []


@pytest.mark.parametrize("field", words.TEXTS)
def test_every_text_of_a_date_is_looked_at(field):
    date = make_date(release=False, **{field: "Schreib an jette@example.org"})
    with pytest.raises(opportunities.WordsToRead) as refusal:
        opportunities.release(opportunity_id=date.public_id, by=make_user(), now=NOON)
    assert "jette@example.org" in str(refusal.value)
    assert (
        opportunities.release(opportunity_id=date.public_id, by=make_user(), words_read=True, now=NOON).released_at
        == NOON
    )


def test_the_team_keeps_the_list():
    assert words.found_in("Komm in den Keller") == []
    HeldWord.objects.create(word="Keller")
    assert words.found_in("Komm in den KELLER") == ["Keller"]
    assert words.found_in("Kellerfenster") == []
