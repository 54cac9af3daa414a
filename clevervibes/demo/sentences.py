"""What youths write: one sentence what they did, sometimes one what they learned, and with whom it fits."""

from dataclasses import dataclass

RELATIONS = {
    "p": "parent",
    "s": "sibling",
    "g": "grandparent",
    "r": "relative",
    "m": "mentor",
    "f": "friend",
    "o": "other",
    "c": "company",
}


@dataclass(frozen=True)
class Sentence:
    who: str  # letters of RELATIONS
    did: str
    learned: str = ""
    minutes: tuple[int, ...] = (30, 45, 60, 60, 90)
    language: str = ""  # of the family that says so; empty: any

    @property
    def relations(self) -> list[str]:
        return [RELATIONS[letter] for letter in self.who]


SHORT, LONG, HALF_DAY = (30, 30, 45), (90, 120, 120, 150), (150, 180, 180, 210, 240)

SENTENCES: dict[str, list[Sentence]] = {
    "lernen": [
        Sentence("pmf", "Mathe für die Arbeit am Donnerstag geübt: Bruchrechnung, Seite 84.", "Erst kürzen, dann malnehmen."),
        Sentence("pgs", "Englisch-Vokabeln abgefragt, Unit 3.", "", SHORT),
        Sentence("pm", "Referat über den Wasserkreislauf geübt, dreimal laut.", "Langsamer reden, dann hört man mir zu."),
        Sentence("sf", "Zusammen Hausaufgaben gemacht und uns gegenseitig kontrolliert."),
        Sentence("pr", "Physik: den Stromkreis aus dem Heft nachgebaut, diesmal leuchtet sie.", "Reihe und parallel."),
        Sentence("pgm", "Deutsch: Inhaltsangabe geschrieben und zweimal überarbeitet.", "Inhaltsangaben stehen im Präsens."),
        Sentence("mf", "Lernplan für die Prüfungswochen gemacht, mit Pausen.", "Der Kalender hilft mehr als der gute Wille."),
        Sentence("pg", "Erdkunde: alle Bundesländer mit Hauptstädten, bis es saß.", "", SHORT),
        Sentence("fm", "Biologie wiederholt: Zelle, Zellkern, Mitochondrien.", "", LONG),
        Sentence("p", "Die verhauene Mathearbeit in Ruhe durchgerechnet.", "Zwei Fehler waren nur abgeschrieben."),
        Sentence("gr", "Bei den Hausaufgaben in Geschichte hat mir jemand geholfen, der dabei war.", "Wie es 1989 wirklich war."),
        Sentence("fs", "Karteikarten für Chemie geschrieben und ausgetauscht.", "", SHORT),
    ],
    "lesen": [
        Sentence("s", "Zwei Kapitel vorgelesen, mit verstellten Stimmen.", "", SHORT),
        Sentence("pg", "Abwechselnd vorgelesen, jeder eine Seite.", "Das Wort „verschmitzt“."),
        Sentence("g", "Die Zeitung zusammen gelesen und über den Artikel zum Hafen diskutiert.", "", SHORT),
        Sentence("pf", "In der Bücherei gestöbert und danach eine Stunde gelesen.", "", LONG),
        Sentence("s", "Vorlesen vor dem Einschlafen, heute das mit dem Drachen.", "", SHORT),
        Sentence("fm", "Buchclub: über das Ende gestritten.", "Man kann dasselbe Buch ganz verschieden lesen."),
        Sentence("pr", "Ein Märchen auf Türkisch und auf Deutsch gelesen und verglichen.", "", SHORT, "tr"),
        Sentence("gp", "Alte Briefe aus der Schublade gelesen und die Schrift entziffert.", "Sütterlin, ein bisschen."),
        Sentence("o", "Im Seniorenheim vorgelesen, vier Leute haben zugehört.", "Laut und langsam ist nicht dasselbe."),
        Sentence("pm", "Einen langen Artikel über künstliche Intelligenz gelesen und zusammengefasst."),
    ],
    "nachhilfe": [
        Sentence("f", "Einem aus der 6 das Einmaleins mit Spielkarten beigebracht.", "Erklären ist schwerer als rechnen."),
        Sentence("m", "Nachhilfe Mathe: lineare Funktionen, endlich verstanden.", "Steigung ist wie eine Treppe."),
        Sentence("s", "Die Kommaregeln erklärt, mit Beispielen aus dem Chat.", "Ich konnte sie selbst nicht alle.", SHORT),
        Sentence("m", "Englisch-Nachhilfe, nur gesprochen.", "Einfach weiterreden, auch wenn ein Wort fehlt."),
        Sentence("fm", "Lerngruppe vor der Französischarbeit geleitet.", "", LONG),
        Sentence("m", "Nachhilfe Chemie: Gleichungen ausgeglichen, bis sie aufgingen."),
        Sentence("f", "Einem Freund, der neu ist, die Matheaufgaben in einfachem Deutsch erklärt."),
        Sentence("ms", "Rechtschreibung geübt mit dem Programm aus der Bücherei.", "", SHORT),
    ],
    "bewerbung": [
        Sentence("pm", "Lebenslauf geschrieben, die dritte Fassung ist es jetzt.", "Praktika stehen oben.", LONG),
        Sentence("m", "Vorstellungsgespräch geübt, mit Kamera.", "Ich sage nicht mehr dauernd „halt“."),
        Sentence("p", "Nach Ausbildungsplätzen gesucht und fünf aufgeschrieben.", "", LONG),
        Sentence("mr", "Anschreiben für das Praktikum in der Tischlerei fertig gemacht.", "Ein Satz, warum gerade dort."),
        Sentence("pf", "Bewerbungsfoto gemacht, Hemd gebügelt, gelacht.", "", SHORT),
        Sentence("p", "Beim Betrieb angerufen und nach einem Schnuppertag gefragt. Sie haben Ja gesagt!", "", SHORT),
        Sentence("m", "Meine Stärken aufgeschrieben und zu jeder ein Beispiel gefunden."),
        Sentence("pm", "Einstellungstest geübt: Dreisatz, Logik, Allgemeinwissen.", "Nicht an einer Aufgabe hängen bleiben."),
    ],
    "betrieb": [
        Sentence("pr", "Bei der Arbeit im Krankenhaus mitgegangen und Fragen gestellt.", "", LONG),
        Sentence("r", "In der Kfz-Werkstatt über die Schulter geschaut.", "Drehmoment ist nicht Gefühlssache.", LONG),
        Sentence("c", "Tag der offenen Tür bei einer Elektrofirma, selbst eine Lampe verdrahtet.", "Die fünf Sicherheitsregeln.", HALF_DAY),
        Sentence("pf", "Auf der Ausbildungsmesse mit sechs Betrieben gesprochen.", "Fragen vorher aufschreiben.", HALF_DAY),
        Sentence("c", "In der Bäckerei um halb fünf zugeschaut.", "Warum Teig Ruhe braucht.", LONG),
        Sentence("m", "Einen Nachmittag im Büro begleitet und das Protokoll mitgeschrieben.", "", LONG),
        Sentence("g", "Im Besucherbergwerk gewesen und gehört, wie es unter Tage war.", "Was ein Steiger ist.", LONG),
    ],
    "technik": [
        Sentence("pg", "Hochbeet gebaut und Salat gepflanzt.", "Akkuschrauber: kleine Stufe zuerst.", LONG),
        Sentence("pf", "Fahrrad repariert, neuer Bremszug, neue Klingel."),
        Sentence("f", "In Python ein Zahlenratespiel programmiert.", "Schleifen brauchen ein Ende.", LONG),
        Sentence("ps", "Insektenhotel aus Resten gebaut und aufgehängt.", "", LONG),
        Sentence("p", "Den tropfenden Wasserhahn repariert.", "Erst Wasser abdrehen. Erst.", SHORT),
        Sentence("fm", "Roboter im Jugendzentrum gebaut, er fährt der Linie nach.", "", LONG),
        Sentence("gr", "Im Schrebergarten Kartoffeln geerntet und das Gewächshaus abgedichtet.", "", LONG),
        Sentence("sp", "Sterne angeschaut und drei Sternbilder gefunden.", "Der Polarstern ist gar nicht der hellste.", SHORT),
        Sentence("f", "Vogelzählung am See, 14 Arten.", "Haubentaucher haben einen Kamm."),
        Sentence("pm", "Altes Radio aufgeschraubt, gereinigt, es spielt wieder.", "Löten, ohne sich zu verbrennen."),
    ],
    "kultur": [
        Sentence("pg", "Im Museum die Ausstellung über den Bergbau angeschaut.", "Wie tief 800 Meter sind.", LONG),
        Sentence("gf", "Zusammen Gitarre und Akkordeon gespielt, das neue Stück klappt fast."),
        Sentence("p", "Stadtführung mitgemacht, auf einmal kennt man seine Straße.", "", LONG),
        Sentence("f", "Fürs Schultheater geprobt, Szene 4 sitzt.", "", LONG),
        Sentence("ps", "Töpfern im Kulturhaus, meine Schale ist heil geblieben.", "", LONG),
        Sentence("rg", "Alte Fotos von Lünen sortiert und Geschichten dazu aufgeschrieben.", "Wo früher der Kanal ging."),
        Sentence("fs", "Im Chor die zweite Stimme geübt.", "Atmen vor dem Ton."),
        Sentence("pf", "Im Theater gewesen, danach noch lange darüber geredet.", "", LONG),
        Sentence("p", "Ein Bild aus der Ausstellung nachgemalt, mit Acryl.", "Schatten sind nicht schwarz.", LONG),
    ],
    "sprachen": [
        Sentence("gr", "Am Telefon nur Türkisch gesprochen, eine ganze Stunde.", "", SHORT, "tr"),
        Sentence("f", "Tandem: halb Polnisch, halb Deutsch.", "Sch, cz, sz, alles verschieden."),
        Sentence("p", "Den Brief von der Schule übersetzt und zusammen beantwortet.", "Was „Erziehungsberechtigte“ heißt.", SHORT, "tr"),
        Sentence("fm", "Im Sprachcafé Deutsch mit neuen Nachbarn geübt.", "Auf Ukrainisch bis zehn zählen.", LONG),
        Sentence("ps", "Einen Film auf Englisch geschaut und danach die Wörter aufgeschrieben.", "", LONG),
        Sentence("g", "Plattdeutsch gelernt. Ich verstehe jetzt die Witze.", "", SHORT, "de"),
        Sentence("f", "Mit der Brieffreundin aus Frankreich videotelefoniert.", "Je ne sais pas hilft immer."),
        Sentence("pf", "Auf Englisch gekocht: nur wer es auf Englisch sagt, bekommt den Löffel."),
        Sentence("gf", "Briefe von früher vorgelesen und die schweren Wörter nachgeschlagen.", "", SHORT),
    ],
    "ehrenamt": [
        Sentence("o", "Für Frau Wilke eingekauft und den Müll runtergebracht.", "", SHORT),
        Sentence("fm", "Beim Training die F-Jugend betreut.", "Loben wirkt besser als rufen.", LONG),
        Sentence("po", "Beim Stadtteilfest am Kuchenstand geholfen und abgerechnet.", "Wechselgeld laut vorzählen.", HALF_DAY),
        Sentence("f", "Müll am Kanal gesammelt, elf Säcke.", "", LONG),
        Sentence("or", "Im Tierheim mit den Hunden spazieren gewesen.", "Erst schnuppern lassen.", LONG),
        Sentence("om", "Bei der Tafel Kisten sortiert.", "Was „mindestens haltbar“ heißt.", LONG),
        Sentence("fo", "Handy-Sprechstunde im Seniorentreff: Fotos verschicken, Schrift größer stellen."),
        Sentence("p", "Beim Blutspenden im Gemeindehaus am Empfang geholfen.", "", HALF_DAY),
        Sentence("fs", "Laternen für den Kindergarten gebastelt, 24 Stück.", "", LONG),
    ],
    "alltag": [
        Sentence("pg", "Linsensuppe nach Familienrezept gekocht.", "Zitrone kommt ganz zum Schluss."),
        Sentence("p", "Haushaltsbuch für diesen Monat angefangen.", "Handyvertrag und Streaming sind zusammen 41 Euro.", SHORT),
        Sentence("ps", "Waschmaschine, Trockner, Bügeln: ein ganzer Nachmittag."),
        Sentence("pr", "Steuererklärung angeschaut. Also, was ein Finanzamt will.", "Brutto ist nicht netto."),
        Sentence("f", "Zu dritt gekocht, eingekauft mit 12 Euro für alle.", "Der Kilopreis steht klein unten.", LONG),
        Sentence("gp", "Baklava gebacken, sechs Bleche für das Fest.", "Butter wird geklärt.", LONG),
        Sentence("p", "Fahrplan, Fahrkarte, Umsteigen: allein bis Dortmund geplant, eine saß nur daneben.", "", LONG),
        Sentence("p", "Einen Brief vom Amt gelesen und verstanden, was zu tun ist.", "Fristen anstreichen.", SHORT),
        Sentence("mf", "Erste-Hilfe-Kurs im Jugendzentrum, stabile Seitenlage geübt.", "Erst 112, dann helfen.", HALF_DAY),
        Sentence("sp", "Fenster geputzt und mein Zimmer gestrichen.", "Abkleben dauert länger als streichen.", HALF_DAY),
    ],
}  # fmt: skip
