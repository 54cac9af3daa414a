"""What adults write to youths holds no way of contact, or waits until the team has read it.

Nobody writes to a youth through the club, and what a host says about a date is no way around that: numbers, addresses,
links, and the words that the team lists are found, also where they are written wide or with odd letters.
"""

import re
import unicodedata

from activities.models import HeldWord, Opportunity

# Seven digits or more, however they are grouped: fewer are times, years, prices and postcodes.
_NUMBER = re.compile(r"(?<!\w)\+?\d(?:[\s/().–-]{0,2}\d){6,}")
_MAIL = re.compile(r"[\w.+-]+\s?(?:@|\(at\)|\[at\]|\bat\b)\s?[\w-]+\s?(?:\.|\(dot\)|\[dot\]|\(punkt\))\s?[a-z]{2,}")
_LINK = re.compile(r"https?:\S+|www\.\S+|[\w-]+\.(?:de|com|net|org|info|io|me|app|eu|gg|tv|ly)\b(?:/\S*)?")
_NAME = re.compile(r"(?<![\w.])@\w[\w.]{2,}")
# What is not seen when it is read.
_UNSEEN = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad"))
# 14.03.2027 and 15.30–17.00 are no numbers to call.
_DATE = re.compile(r"\b\d{1,2}\.\s?\d{1,2}\.(?:\s?\d{2,4})?|\b\d{1,2}[:.]\d{2}\b")

TEXTS = ("title", "text", "where", "way", "wear", "contact_name")


def listed() -> list[str]:
    """Return the words of the team's list."""
    return list(HeldWord.objects.values_list("word", flat=True))


def found_in(*texts: str, words: list[str] | None = None) -> list[str]:
    """Return what in `texts` the team has to read first, as it was written; empty if there is nothing.

    `words` is the team's list, if it was read already.
    """
    plain = unicodedata.normalize("NFKC", " \n ".join(texts)).translate(_UNSEEN)
    found = [match.group().strip() for pattern in (_MAIL, _LINK, _NAME) for match in pattern.finditer(plain.lower())]
    found += [match.group().strip() for match in _NUMBER.finditer(_DATE.sub(" – ", plain))]
    words = listed() if words is None else words
    found += [word for word in words if re.search(rf"(?<!\w){re.escape(word.lower())}(?!\w)", plain.lower())]
    return list(dict.fromkeys(found))


def found_on(date: Opportunity, *, words: list[str] | None = None) -> list[str]:
    """Return what in the texts of a date the team has to read first; `words` as in `found_in`."""
    return found_in(*(getattr(date, name) for name in TEXTS), words=words)
