"""What a password must not be: short, endless, or one that is guessed first."""

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from accounts.models import User

YOUTH, TEAM = User(username="mia.liest", first_name="Mia"), User(username="svenja", is_staff=True)


def why(password, user=YOUTH):
    """Return the codes of what is wrong with a password."""
    try:
        validate_password(password, user)
    except ValidationError as error:
        return {part.code for part in error.error_list}
    return set()


@pytest.mark.parametrize(
    ("user", "length", "refused"),
    [(YOUTH, 9, True), (YOUTH, 10, False), (TEAM, 13, True), (TEAM, 14, False), (None, 10, False)],
)
def test_ten_characters_fourteen_for_the_team(user, length, refused):
    assert why("tqxvk rzwpjmnbl"[:length], user) == ({"password_too_short"} if refused else set())


@pytest.mark.parametrize(("length", "refused"), [(128, False), (129, True), (100_000, True)])
def test_no_longer_than_anybody_types(length, refused):
    assert why(("tanzende Lampe " * 7000)[:length]) == ({"password_too_long"} if refused else set())


@pytest.mark.parametrize(
    "password",
    ["password123", "Passwort2026!", "P@ssw0rd2024", "!!schalke04!!", "Fußball-2026", "clevervibes1", "galatasaray1905",
     "qwertzuiop", "Sommer 2026!!", "1234567890", "f.u.s.s.b.a.l.l"],
)  # fmt: skip
def test_what_is_guessed_first_is_refused_also_with_trimmings(password):
    assert "password_too_common" in why(password)


@pytest.mark.parametrize(
    "password",
    ["tanzende blaue Lampe", "rosa Elefanten fliegen", "drei kluge worte", "mavi at koşuyor", "x7!Qf2#pLz9v",
     "483-ali-92746", "Sommerregen am Kanal"],
)  # fmt: skip
def test_words_in_a_row_and_random_signs_are_good(password):
    assert why(password) == set()


def test_ones_own_name_is_none():
    assert why("mia.liest1") == {"password_too_similar"}
