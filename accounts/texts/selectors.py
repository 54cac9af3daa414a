"""Which words hold where and when."""

from dataclasses import dataclass
from datetime import date

from django.db.models import F, Q, QuerySet

from accounts.models import Club
from accounts.texts.models import LANGUAGES, Operator, SiteText

BINDING = "de"


def published(kind: str, *, club: Club | None) -> QuerySet[SiteText]:
    """Return the versions of a page that hold in `club`, or did, or will, the latest first."""
    return _latest_first(SiteText.objects.filter(kind=kind), club)


def text_for(kind: str, *, club: Club | None, on: date) -> SiteText | None:
    """Return the words of a page on a day. Without a club: those of all clubs, else of the first that has some."""
    return published(kind, club=club).filter(valid_from__lte=on).first()


def operator_for(club: Club | None, *, on: date) -> Operator | None:
    """Return who runs the club, as published for that day; see `text_for`."""
    return _latest_first(Operator.objects.all(), club).filter(valid_from__lte=on).first()


def _latest_first(rows: QuerySet, club: Club | None) -> QuerySet:
    rows = rows.filter(published_at__isnull=False)
    if club is None:
        return rows.order_by(F("club__name").asc(nulls_first=True), "-valid_from", "-version")
    # A club's own words go before those of all, however old they are.
    return rows.filter(Q(club=club) | Q(club=None)).order_by(F("club").asc(nulls_last=True), "-valid_from", "-version")


@dataclass(frozen=True)
class Said:
    """A text in the language somebody reads, or in German where it does not speak theirs."""

    text: SiteText
    language: str
    wanted: str

    @property
    def words(self) -> str:
        said: str = getattr(self.text, LANGUAGES[self.language])
        return said

    @property
    def stands_in(self) -> bool:
        """Whether the binding German stands in for a language that is missing."""
        return self.language != self.wanted

    @property
    def others(self) -> list[str]:
        """Return the other languages it speaks."""
        return [code for code, name in LANGUAGES.items() if code != self.language and getattr(self.text, name)]


def say(text: SiteText, language: str) -> Said:
    name = LANGUAGES.get(language)
    speaks = name is not None and bool(getattr(text, name))
    return Said(text, language if speaks else BINDING, language)


def missing(*, on: date) -> list[str]:
    """Name what the law or the club's promise wants people to read and nobody has published, by club."""
    found = []
    for club in _clubs():
        kinds = [kind for kind in SiteText.Kind if text_for(kind, club=club, on=on) is None]
        found += [f"{club or 'all'}: {kind.value}" for kind in kinds]
    return found


def without_operator(*, on: date) -> list[str]:
    """Return the clubs of which nobody is named who runs them."""
    return [str(club or "all") for club in _clubs() if operator_for(club, on=on) is None]


def _clubs() -> list[Club | None]:
    """Return all clubs; before the first one, what is to hold for all."""
    return [*Club.objects.all()] or [None]
