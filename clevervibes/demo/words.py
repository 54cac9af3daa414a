"""What the demo's club says about itself; the words of its pages lie beside, a file per page and language."""

from datetime import datetime
from pathlib import Path

from accounts.models import Operator, SiteText, User
from accounts.texts import publishing
from clevervibes.lib import periods

FOLDER = Path(__file__).parent / "texts"


def publish(*, by: User, now: datetime) -> None:
    """Publish every page and who runs the club: an association that nobody can mistake for one there is."""
    operator = Operator.objects.create(
        legal_name="Demo-Verein Clever Vibes e.V.", street="Musterstraße 1", postcode="44532", town="Lünen",
        representative="Martina Muster (Vorsitzende), Bernd Beispiel (Kasse)", register_court="Amtsgericht Musterstadt",
        register_number="VR 0000", tax_number="000/0000/0000", email="verein@example.org", phone="02306 000000",
        press="Petra Probe, presse@example.org, 02306 000001", data_protection="datenschutz@example.org",
        supervisory="Landesbeauftragte für Datenschutz und Informationsfreiheit Nordrhein-Westfalen, Düsseldorf",
    )  # fmt: skip
    drafts: list[Operator | SiteText] = [operator]
    drafts += [
        SiteText.objects.create(
            kind=kind, german=_words(kind, "de"), turkish=_words(kind, "tr"), english=_words(kind, "en")
        )
        for kind in SiteText.Kind.values
    ]
    for draft in drafts:
        publishing.publish(draft=draft, valid_from=periods.berlin_date(now), by=by, now=now)


def _words(kind: str, language: str) -> str:
    file = FOLDER / f"{kind}.{language}.md"
    return file.read_text() if file.exists() else ""
