"""Invented sponsors, hosts and points of contact, what they give and what they show."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Fund:
    """A sponsor with one pool."""

    name: str
    contact: tuple[str, str]
    weekly_limit_coins: int
    # (weeks before today, euro)
    deposits: tuple[tuple[int, int], ...]
    kind: str = "donation"
    street: str = ""
    username: str = ""
    club: str = "luenen"
    # Pays for every club instead of its own.
    for_all: bool = False
    # A second contact with an open invitation: name, mailbox.
    invited: tuple[str, str] | tuple[()] = ()
    # (euro, days from today until they are due, days before today when they were promised)
    pledges: tuple[tuple[int, int, int], ...] = ()
    # Days from today until the agreement ends; 0: open.
    ends_in_days: int = 0


FUNDS = (
    Fund("Kranz Metalltechnik GmbH", ("Anja", "Kranz"), 120, ((26, 300), (12, 250)), street="Gewerbering 14", username="foerderer",
         invited=("Paul Kranz", "paul.kranz@example.org"), pledges=((250, -80, 95), (100, -5, 60), (250, 20, 60))),
    Fund("Lippe Wohnbau eG", ("Gerd", "Asbeck"), 100, ((26, 250), (9, 200)), street="Parkweg 2"),
    Fund("Volta Energie Ruhr", ("Samira", "Benali"), 120, ((25, 500),), "sponsoring", "Kraftwerkstraße 1", for_all=True,
         ends_in_days=23),
    Fund("Zahnarztpraxis Dr. Aydın", ("Dr. Leyla", "Aydın"), 60, ((24, 120), (10, 100)), street="Am Markt 11"),
    Fund("Spedition Ruhrkanal", ("Uwe", "Plate"), 80, ((22, 300),), "sponsoring", "Hafenstraße 80"),
    Fund("Bürgerstiftung Kanalhafen", ("Elisabeth", "von Reken"), 90, ((26, 400),), street="Kirchgasse 1", for_all=True),
    Fund("Datenfluss Systeme", ("Timo", "Rehberg"), 80, ((18, 200), (4, 100)), "sponsoring", "Speicherweg 9"),
    Fund("Baustoffe Ternedde", ("Hubert", "Ternedde"), 80, ((9, 150),), street="Industriestraße 6", club="selm"),
)  # fmt: skip


@dataclass(frozen=True)
class Point:
    name: str
    street: str
    opening_hours: str
    voucher: tuple[str, str]
    username: str
    about: str
    club: str = "luenen"


POINTS = (
    Point("Jugendzentrum Kanalkante", "Kanalstraße 17", "Mo–Fr 14–20 Uhr, Sa 12–18 Uhr", ("Melanie", "Stark"), "anlaufstelle",
          "Kicker, Werkstatt, Küche, und immer jemand, der zuhört."),
    Point("Bücherei am Lippeufer", "Lippeufer 30", "Di–Fr 10–18 Uhr, Sa 10–14 Uhr", ("Ruth", "Sander"), "buecherei",
          "Lesen, lernen, leihen. Der Ausweis ist bis 18 kostenlos."),
    Point("Gesamtschule Nordring", "Nordring 5", "Schulbüro Mo–Do 7:30–15 Uhr", ("Özgür", "Polat"), "schule",
          "Unsere Schulsozialarbeit ist Anlaufstelle für den Club."),
    Point("Treff am Bahnhof", "Bahnhofsplatz 3", "Mi und Fr 15–19 Uhr", ("Ines", "Kühn"), "anlaufstelle-selm",
          "Der offene Treff für alle ab 12 in Selm.", club="selm"),
)  # fmt: skip


POINT_NAMES = {point.name: point.username for point in POINTS}


@dataclass(frozen=True)
class Date:
    """An opportunity: so many days from today, at an hour of the day, so many hours long."""

    kind: str
    category: str
    title: str
    text: str
    in_days: int
    at: tuple[int, int]
    hours: float
    seats: int
    where: str = ""
    wear: str = ""
    minimum_age: int = 12
    released: bool = True
    topic: str = ""
    way: str = ""


@dataclass(frozen=True)
class Job:
    """A place."""

    kind: str
    title: str
    text: str
    # Month in which it begins, next time it comes round.
    month: int
    released: bool = True


@dataclass(frozen=True)
class Company:
    """A host. One that is a sponsor or point of contact too has the same name there."""

    name: str
    industry: str
    about: str
    contact: tuple[str, str]
    dates: tuple[Date, ...] = ()
    jobs: tuple[Job, ...] = ()
    street: str = ""
    username: str = ""
    club: str = "luenen"


HOSTS = (
    Company(
        "Kranz Metalltechnik GmbH", "Metallbau",
        "Wir drehen, fräsen und schweißen mit 62 Leuten, davon neun in der Ausbildung.", ("Ole", "Kranz"),
        (
            Date("visit", "betrieb", "Funken sehen: ein Nachmittag in der Schweißerei",
                 "Wir zeigen Dir alle Stationen vom Blech bis zum Geländer. Wer mag, schweißt unter Aufsicht seinen "
                 "Namen.", 6, (15, 0), 2.5, 10, "Tor 2, Gewerbering 14",
                 "Feste Schuhe, lange Hose. Helm und Brille gibt es von uns.", 14, topic="maschinen", way="Lünen-Süd, Bus R11 hält vor dem Tor"),
            Date("trial", "betrieb", "Schnuppertag Industriemechanik",
                 "Einen Tag lang mit Azubi Jannis an der Drehmaschine. Mittagessen in der Kantine ist dabei.",
                 19, (8, 0), 6, 2, "Empfang, Gewerbering 14", "Feste Schuhe, keine weiten Ärmel", 15, topic="maschinen", way="Lünen-Süd, Bus R11 hält vor dem Tor"),
        ),
        (
            Job("apprenticeship", "Ausbildung Metallbauer/in",
                "Dreieinhalb Jahre, vier Plätze. Hauptsache, Du packst gern an; Noten schauen wir danach an.", 8),
            Job("placement", "Schülerpraktikum in der Fertigung", "Zwei oder drei Wochen, wir richten uns nach Deiner Schule.", 1),
        ),
        username="betrieb",
    ),
    Company(
        "Datenfluss Systeme", "Informatik",
        "Wir bauen Software für Stadtwerke. Bei uns fragt man, bevor man googelt.", ("Timo", "Rehberg"),
        (
            Date("workshop", "technik", "Deine erste Webseite",
                 "Drei Stunden, ein Laptop, am Ende steht Deine Seite im Netz. Vorkenntnisse: keine.",
                 9, (15, 30), 3, 12, "Speicherweg 9, 2. Stock", topic="computer", way="10 Minuten zu Fuß vom Bahnhof"),
            Date("visit", "betrieb", "Wie arbeitet eigentlich ein Rechenzentrum?",
                 "Kalt, laut, blinkt: ein Rundgang mit vielen Türen.", 24, (16, 0), 1.5, 8, "Speicherweg 9, Pforte",
                 "Pulli mitbringen", 14, topic="computer", way="10 Minuten zu Fuß vom Bahnhof"),
        ),
        (
            Job("dual", "Duales Studium Informatik", "Drei Tage Betrieb, zwei Tage Hochschule in Dortmund.", 10),
            Job("apprenticeship", "Ausbildung Fachinformatik", "Anwendungsentwicklung, zwei Plätze.", 8),
        ),
    ),
    Company(
        "Seniorenhaus Sonnengarten", "Pflege",
        "84 Bewohnerinnen und Bewohner, ein großer Garten, eine Katze namens Herr Müller.", ("Gabriele", "Fenske"),
        (
            Date("visit", "ehrenamt", "Kaffeenachmittag mit Geschichten",
                 "Zuhören, erzählen, Kuchen essen. Wer Gitarre spielt, bringt sie mit.", 4, (14, 30), 2, 6,
                 "Eingang Rosenweg 8", topic="pflege", way="in der Innenstadt, gleich hinter dem Rathaus"),
            Date("trial", "betrieb", "Ein Vormittag in der Pflege",
                 "Mit Frühstück, Übergabe und ehrlichen Antworten auf alle Fragen.", 16, (8, 30), 4, 3, "Eingang Rosenweg 8",
                 "Bequeme Kleidung, saubere Schuhe", 15, topic="pflege", way="in der Innenstadt, gleich hinter dem Rathaus"),
        ),
        (
            Job("apprenticeship", "Ausbildung Pflegefachkraft", "Drei Jahre, Start zweimal im Jahr, Übernahme zugesagt.", 4),
            Job("placement", "Praktikum in der Betreuung", "Vorlesen, spielen, spazieren gehen. Ab 14.", 1),
        ),
        street="Rosenweg 8",
    ),
    Company(
        "Tischlerei Nordlicht", "Handwerk",
        "Möbel nach Maß aus Holz von hier.", ("Jette", "Nissen"),
        (
            Date("workshop", "technik", "Frühstücksbrett aus Eiche", "Sägen, schleifen, ölen. Das Brett gehört danach Dir.",
                 12, (14, 0), 3, 6, "Werkstatt, Mühlenweg 4", "Alte Kleidung, Haare zusammenbinden", topic="handwerk", way="Brambauer, 5 Minuten von der U-Bahn"),
        ),
        (Job("placement", "Praktikum in der Werkstatt", "Eine Woche, eigenes kleines Werkstück.", 2),),
        street="Mühlenweg 4",
    ),
    Company(
        "Jugendzentrum Kanalkante", "Jugendarbeit", "", ("Melanie", "Stark"),
        (
            Date("club", "lernen", "Hausaufgaben-Club", "Ein ruhiger Raum, zwei, die helfen, Tee und Kekse.",
                 3, (15, 0), 1.5, 15, "Raum 3"),
            Date("club", "lernen", "Hausaufgaben-Club", "Ein ruhiger Raum, zwei, die helfen, Tee und Kekse.",
                 10, (15, 0), 1.5, 15, "Raum 3"),
            Date("training", "bewerbung", "Bewerbungstraining: 30 Sekunden über mich",
                 "Üben, lachen, noch einmal üben. Mit echten Fragen aus echten Gesprächen.", 13, (17, 0), 2, 10,
                 "Café im Erdgeschoss", topic="buero", way="an der Kanalbrücke"),
            Date("workshop", "technik", "Repair-Café", "Bring mit, was kaputt ist. Wir haben Werkzeug und Geduld.",
                 20, (14, 0), 3, 20, "Werkstatt im Keller", released=False),
        ),
    ),
    Company(
        "Theater am Schleusentor", "Kultur", "Ein kleines Haus mit großer Bühne.", ("Leonid", "Marx"),
        (
            Date("visit", "kultur", "Hinter der Bühne", "Licht, Ton, Kostüme, und einmal selbst im Scheinwerfer stehen.",
                 8, (16, 30), 2, 14, "Bühneneingang, Schleusenstraße 2", topic="kunst", way="am Schleusentor, mit dem Rad am schönsten"),
        ),
        street="Schleusenstraße 2",
    ),
    Company(
        "Gärtnerei Grünspecht", "Gartenbau", "Stauden, Obstbäume und ein Gewächshaus voller Tomaten.", ("Lothar", "Specht"),
        (
            Date("workshop", "technik", "Apfelbaum schneiden", "Mit Leiter, Säge und viel Theorie am lebenden Baum.",
                 27, (10, 0), 3, 8, "Hofladen, Ackerweg 21", "Gummistiefel", topic="natur", way="zwischen Lünen und Selm, Haltestelle Ackerweg"),
        ),
        (Job("apprenticeship", "Ausbildung Gärtner/in", "Fachrichtung Zierpflanzenbau, ein Platz.", 8, released=False),),
        street="Ackerweg 21",
    ),
    Company(
        "Baustoffe Ternedde", "Handel", "Alles vom Sandkorn bis zum Dachziegel.", ("Hubert", "Ternedde"),
        (
            Date("visit", "betrieb", "Gabelstapler, Lager, Logistik", "Ein Rundgang durch 4.000 Quadratmeter Lager.",
                 11, (15, 0), 2, 8, "Industriestraße 6, Selm", "Feste Schuhe", 14, topic="verkehr", way="Industriegebiet Selm, Bus 226"),
        ),
        (Job("apprenticeship", "Ausbildung Fachkraft für Lagerlogistik", "Drei Jahre, zwei Plätze.", 8),),
        club="selm",
    ),
)  # fmt: skip
