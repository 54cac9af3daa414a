"""The categories a club starts with. The team may change them; what is there already is left as it is."""

from activities.models import Category
from clevervibes.lib import db

# slug, name, icon and tint as the look names them, examples that say what counts
TO_START_WITH = [
    ("lernen", "Lernen & Hausaufgaben", "pencil-ruler", "mint",
     "zusammen Hausaufgaben machen, für eine Arbeit üben, Vokabeln abfragen"),
    ("lesen", "Lesen & Vorlesen", "book-open", "sky",
     "ein Buch gemeinsam lesen, Geschwistern vorlesen, Zeitung lesen und darüber reden"),
    ("nachhilfe", "Nachhilfe", "graduation-cap", "violet",
     "Nachhilfe geben oder bekommen, jemandem eine Aufgabe erklären"),
    ("bewerbung", "Bewerbung", "file-text", "amber",
     "Lebenslauf schreiben, Gespräch üben, nach einer Ausbildung suchen"),
    ("betrieb", "Betrieb erleben", "factory", "clay",
     "einen Betrieb besuchen, schnuppern, Leute nach ihrem Beruf fragen"),
    ("technik", "Technik & Natur", "flask-conical", "mint",
     "etwas bauen oder reparieren, programmieren, forschen, im Garten arbeiten"),
    ("kultur", "Kultur & Museum", "landmark", "rose",
     "Museum, Theater oder Bücherei besuchen, zusammen musizieren"),
    ("sprachen", "Sprachen", "languages", "violet",
     "eine Sprache üben, für Oma übersetzen, Deutsch miteinander lernen"),
    ("ehrenamt", "Ehrenamt", "hand-heart", "rose",
     "beim Vereinsfest helfen, für Nachbarn einkaufen, die Jüngeren trainieren"),
    ("alltag", "Alltag lernen", "cooking-pot", "amber",
     "nach Rezept kochen, Haushaltsbuch führen, einen Brief vom Amt verstehen"),
]  # fmt: skip
# Shown too, so that nobody has to guess: this is what does not count.
NOT_COUNTING = [
    ("schule", "Unterricht in der Schule", "school", "plain", "Schulstunden, Ganztag, Klassenfahrten"),
    ("arbeit", "Bezahlte Arbeit", "briefcase", "plain", "Nebenjob, Ausbildung, Mitarbeit in einem Betrieb"),
]


@db.service
def ensure() -> dict[str, Category]:
    """Return the categories by slug, made if need be. Doing it again changes nothing."""
    rows = [(row, True) for row in TO_START_WITH] + [(row, False) for row in NOT_COUNTING]
    for position, ((slug, name, icon, tint, examples), counts) in enumerate(rows, start=1):
        Category.objects.get_or_create(
            slug=slug,
            defaults={
                "name": name, "icon": icon, "tint": tint, "examples": examples, "counts": counts, "position": position,
            },
        )  # fmt: skip
    return {category.slug: category for category in Category.objects.all()}
