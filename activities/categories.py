"""The categories a club starts with, stored by a migration. The team may change them."""

from django.utils.translation import gettext_noop as _

# slug, name (stored in German, translated when shown), icon and tint as the look names them, examples: what counts
TO_START_WITH = [
    ("lernen", _("Lernen & Hausaufgaben"), "pencil-ruler", "mint",
     "zusammen Hausaufgaben machen, für eine Arbeit üben, Vokabeln abfragen"),
    ("lesen", _("Lesen & Vorlesen"), "book-open", "sky",
     "ein Buch gemeinsam lesen, Geschwistern vorlesen, Zeitung lesen und darüber reden"),
    ("nachhilfe", _("Nachhilfe"), "graduation-cap", "violet",
     "Nachhilfe geben oder bekommen, jemandem eine Aufgabe erklären"),
    ("bewerbung", _("Bewerbung"), "file-text", "amber",
     "Lebenslauf schreiben, Gespräch üben, nach einer Ausbildung suchen"),
    ("betrieb", _("Betrieb erleben"), "factory", "clay",
     "einen Betrieb besuchen, schnuppern, Leute nach ihrem Beruf fragen"),
    ("technik", _("Technik & Natur"), "flask-conical", "mint",
     "etwas bauen oder reparieren, programmieren, forschen, im Garten arbeiten"),
    ("kultur", _("Kultur & Museum"), "landmark", "rose",
     "Museum, Theater oder Bücherei besuchen, zusammen musizieren"),
    ("sprachen", _("Sprachen"), "languages", "violet",
     "eine Sprache üben, für Oma übersetzen, Deutsch miteinander lernen"),
    ("ehrenamt", _("Ehrenamt"), "hand-heart", "rose",
     "beim Vereinsfest helfen, für Nachbarn einkaufen, die Jüngeren trainieren"),
    ("alltag", _("Alltag lernen"), "cooking-pot", "amber",
     "nach Rezept kochen, Haushaltsbuch führen, einen Brief vom Amt verstehen"),
]  # fmt: skip
# Shown too, so that nobody has to guess: this is what does not count.
NOT_COUNTING = [
    ("schule", _("Unterricht in der Schule"), "school", "plain", "Schulstunden, Ganztag, Klassenfahrten"),
    ("arbeit", _("Bezahlte Arbeit"), "briefcase", "plain", "Nebenjob, Ausbildung, Mitarbeit in einem Betrieb"),
]


def rows() -> list[dict[str, object]]:
    """Return the fields of each category, in the order in which they are shown."""
    marked = [(row, True) for row in TO_START_WITH] + [(row, False) for row in NOT_COUNTING]
    return [
        {"slug": slug, "name": name, "icon": icon, "tint": tint, "examples": examples, "counts": counts,
         "position": position}
        for position, ((slug, name, icon, tint, examples), counts) in enumerate(marked, start=1)
    ]  # fmt: skip
