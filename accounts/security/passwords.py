"""What a password must not be: too short, endlessly long, or a common one with a few digits behind it."""

import re

from django.contrib.auth.password_validation import CommonPasswordValidator, MinimumLengthValidator
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from accounts.models import User

OWN, TEAM, LONGEST = 10, 14, 128
# Beside the 20,000 that everybody tries first: words of here, which those lists do not know.
OF_HERE = {
    "passwort", "kennwort", "geheim", "hallo", "schatz", "liebe", "fussball", "fußball", "borussia", "dortmund",
    "schalke", "luenen", "lünen", "lippe", "selm", "werne", "ruhrgebiet", "sommer", "winter", "herbst", "frühling",
    "schule", "clever", "vibes", "clevervibes", "clevervibesclub", "club", "coins", "clevercoins", "prolünen",
    "proluenen", "qwertz", "qwertzuiop", "sifre", "şifre", "galatasaray", "fenerbahce", "fenerbahçe", "besiktas",
    "beşiktaş",
}  # fmt: skip
# What people put in the place of a letter.
_LETTERS = str.maketrans("013457@$!", "oleastasi")
_SHORTEST_STEM = 4  # with less, what stands around it is the password


class LengthValidator(MinimumLengthValidator):
    """At least 10 characters, 14 for the team; no more than anybody types."""

    def __init__(self) -> None:
        super().__init__(OWN)

    def validate(self, password: str, user: User | None = None) -> None:
        MinimumLengthValidator(TEAM if user is not None and user.is_staff else OWN).validate(password, user)
        if len(password) > LONGEST:
            raise ValidationError(_("Bitte höchstens 128 Zeichen."), code="password_too_long")


class GuessedFirstValidator(CommonPasswordValidator):
    """None of the common ones, also not with digits and signs around it or in the place of letters."""

    def validate(self, password: str, user: User | None = None) -> None:
        for stem in _stems(password.lower()):
            if stem in OF_HERE or stem in self.passwords:
                raise ValidationError(
                    _("Das gehört zu dem, was zuerst geraten wird. Drei Wörter hintereinander sind besser."),
                    code="password_too_common",
                )


def _stems(password: str) -> set[str]:
    """Return what a password comes down to: without its trimmings, and with letters for what stands for them."""
    bare = re.sub(r"^[\W\d_]+|[\W\d_]+$", "", password)
    stems = {password, re.sub(r"[\W_]", "", password), bare, bare.translate(_LETTERS)}
    return {stem for stem in stems if len(stem) >= _SHORTEST_STEM}
