"""Ten invented shops and their sixty offers. A coin is ten cents: a scoop of ice cream 16, a film 95."""

from dataclasses import dataclass, field

from clevervibes.demo.names import ascii_name
from clevervibes.demo.pictures import canvas as c

FOOD, CINEMA, SPORT, LEARNING, TECH, STYLE, OUTING = "food", "cinema", "sport", "learning", "tech", "style", "outing"


@dataclass(frozen=True)
class Deal:
    title: str
    text: str
    price_coins: int
    picture: tuple  # motif, ground, colours …
    category: str = FOOD
    vat_percent: int = 19
    stock: int | None = None
    per_youth_per_month: int | None = None
    minimum_age: int = 12
    details: dict = field(default_factory=dict)  # of the picture
    # Weeks before today in which it came into the catalog; negative: is still waiting for its release.
    since_weeks: int = 26
    # Days until it ends, counted from today.
    ends_in_days: int | None = None
    # Days until it happens, for what happens at one time.
    event_in_days: int | None = None


@dataclass(frozen=True)
class Shop:
    username: str
    name: str
    about: str
    street: str
    manager: tuple[str, str]
    deals: tuple[Deal, ...]
    town: str = "Lünen"
    postcode: str = "44532"


SHOPS = (
    Shop(
        "baeckerei", "Bäckerei Kornblum", "Handwerk seit drei Generationen. Wir backen, wenn Lünen noch schläft.",
        "Am Alten Markt 7", ("Hatice", "Demir"),
        (
            Deal("Buttercroissant", "Frisch aus dem Ofen, außen knusprig, innen weich. Bis 11 Uhr meistens noch warm.",
                 16, ("croissant", "sun"), vat_percent=7),
            Deal("Rosinenschnecke", "Mit Zimt und dicken Rosinen. Reicht für zwei, wenn Ihr Euch gern habt.",
                 22, ("raisin_snail", "clay"), vat_percent=7),
            Deal("Belegtes Brötchen", "Käse, Tomate, Salat, auf Wunsch mit Ei. Gern auch vegan, sag einfach Bescheid.",
                 32, ("filled_roll", "mint"), vat_percent=7),
            Deal("Heißer Kakao", "Mit Sahnehaube und Schokostreuseln. Zum Sitzenbleiben und Quatschen.",
                 28, ("cocoa", "sky")),
            Deal("Frühstückstüte für zwei", "Zwei Brötchen, zwei Croissants, ein Glas Marmelade vom Chef. Am Vortag "
                 "bestellen, ab 6 Uhr abholen.", 75, ("breakfast_bag", "rose"), vat_percent=7, per_youth_per_month=2),
            Deal("Geburtstagsmuffin", "Mit Kerze und Streuseln. Sag uns, für wen er ist, dann steht der Name drauf.",
                 26, ("muffin", "violet"), vat_percent=7),
        ),
    ),
    Shop(
        "kino", "Filmpalast am Kanal", "Drei Säle, rote Sessel, echtes Popcorn.",
        "Hafenstraße 21", ("Jens", "Overbeck"),
        (
            Deal("Kinokarte, jeder Film", "Gilt an jedem Tag für jeden Film in 2D. Denk an Deinen Ausweis, wenn der "
                 "Film ab 16 ist.", 95, ("ticket", "sky"), CINEMA, 7, details={"sign": "film"}),
            Deal("Kino zu zweit", "Zwei Karten für denselben Film. Nimm jemanden mit, dem Du danke sagen willst.",
                 180, ("ticket", "rose", c.VIOLET), CINEMA, 7, details={"several": True}),
            Deal("Popcorn, kleine Tüte", "Süß, salzig oder halb und halb.", 38, ("popcorn", "mint"), CINEMA),
            Deal("Popcorn und Getränk", "Mittlere Tüte und ein halber Liter nach Wahl.", 68, ("popcorn", "violet"),
                 CINEMA, details={"drink": True}),
            Deal("3D-Brille", "Deine eigene zum Behalten. Einmal holen, immer dabei.", 12, ("glasses_3d", "mint"),
                 CINEMA, stock=40),
            Deal("Blick in den Vorführraum", "Wie kommt der Film auf die Leinwand? Jens zeigt Dir Server, Projektor "
                 "und die alte Spule. 30 Minuten.", 45, ("cinema_seats", "violet"), OUTING, 7, stock=6, since_weeks=9),
            Deal("Klappe, die erste: Filmworkshop", "Ein Samstag vom Drehbuch bis zum Schnitt. Am Ende läuft Euer Film "
                 "auf der großen Leinwand.", 240, ("clapper", "rose"), LEARNING, 7, stock=8, per_youth_per_month=1,
                 since_weeks=6, ends_in_days=40),
        ),
    ),
    Shop(
        "kletterhalle", "Kletterhalle Senkrecht", "In der alten Maschinenhalle geht es nach oben: 14 Meter hoch.",
        "Zechenring 3", ("Nils", "Hagedorn"),
        (
            Deal("Bouldern, Tageskarte", "Den ganzen Tag klettern ohne Seil, mit dicken Matten darunter.",
                 85, ("climbing_wall", "mint"), SPORT, 7),
            Deal("Kletterschuhe leihen", "In allen Größen, frisch desinfiziert.", 30, ("climbing_shoes", "sun"), SPORT),
            Deal("Schnupperkurs am Seil", "Zwei Stunden mit Trainerin: einbinden, sichern, vertrauen. Unter 18 "
                 "unterschreibt ein Elternteil.", 150, ("carabiner", "sky"), SPORT, stock=10, per_youth_per_month=1),
            Deal("Chalkbag", "Genäht aus alten Kletterseilen und Zeltstoff, jeder ist anders.", 120,
                 ("chalk_bag", "clay"), SPORT, stock=7, since_weeks=15),
            Deal("Kurs: Vorstieg", "Vier Abende für alle, die schon sichern können. Danach kletterst Du ganz oben mit.",
                 380, ("summit", "sky"), SPORT, stock=3, minimum_age=14, per_youth_per_month=1, since_weeks=10),
        ),
    ),
    Shop(
        "eiscafe", "Eiscafé Fiocco", "Eis aus Milch vom Hof, ohne Pulver. Von März bis zum ersten Schnee.",
        "Lippeufer 2", ("Chiara", "Conti"),
        (
            Deal("Eine Kugel Eis", "In der Waffel oder im Becher. Heute gibt es 22 Sorten.", 16,
                 ("ice_cone", "sky", c.BLUSH), vat_percent=7),
            Deal("Zwei Kugeln Eis", "Eine für Dich, eine auch für Dich.", 30,
                 ("ice_cone", "mint", c.HONEY, c.ROSE), vat_percent=7),
            Deal("Drei Kugeln mit Streuseln", "Für Tage, die lang waren.", 44,
                 ("ice_cone", "violet", c.COCOA, c.MINT, c.CREAM), vat_percent=7),
            Deal("Spaghetti-Eis", "Vanille, Erdbeersoße, weiße Schokolade. Der Klassiker.", 62,
                 ("spaghetti_ice", "rose")),
            Deal("Milchshake", "Erdbeere, Schoko, Vanille oder Pistazie, immer mit Kirsche.", 48,
                 ("milkshake", "violet")),
            Deal("Fruchteis am Stiel", "Aus Orange, Beere und Minze, ohne Milch.", 20, ("ice_lolly", "sun"),
                 vat_percent=7),
        ),
    ),
    Shop(
        "buchladen", "Buchhandlung Eselsohr", "Wir lesen alles, was wir verkaufen. Fast alles.",
        "Kirchgasse 12", ("Dorothee", "Pohl"),
        (
            Deal("Taschenbuch nach Wahl", "Eines von über tausend bis 11 Euro. Wir beraten Dich gern, auch ohne "
                 "Coins.", 105, ("open_book", "sun"), LEARNING, 7),
            Deal("Comic oder Manga", "Ein Band Deiner Reihe. Ist er nicht da, bestellen wir ihn bis morgen.",
                 78, ("comic", "clay"), LEARNING, 7),
            Deal("Notizbuch und Bleistift", "Kariert, liniert oder leer, mit Spirale.", 48, ("notebook", "rose"),
                 LEARNING, stock=25),
            Deal("Drei Lesezeichen", "Von Kindern aus Lünen gezeichnet.", 14, ("bookmarks", "sky"), LEARNING, stock=60),
            Deal("Buchgutschein über 50 Coins", "Zum Anrechnen auf jedes Buch im Laden.", 50,
                 ("gift_card", "mint", c.VIOLET), LEARNING, 7),
            Deal("Überraschungsstapel", "Drei gute gebrauchte Bücher. Du nennst zwei, die Du mochtest, wir suchen aus.",
                 90, ("book_stack", "mint"), LEARNING, 7, stock=5, since_weeks=18),
        ),
    ),
    Shop(
        "schwimmbad", "Hallenbad Seepferd", "25-Meter-Becken, Sprungturm, Rutsche und Menschen, die aufpassen.",
        "Wiesenweg 40", ("Silke", "Tiemann"),
        (
            Deal("Eintritt für zwei Stunden", "An allen Tagen, auch in den Ferien.", 35, ("swim_ring", "sun"), SPORT,
                 7),
            Deal("Tageskarte", "Von 8 bis 20 Uhr, mit Rutsche.", 55, ("pool_ladder", "sun"), SPORT, 7),
            Deal("Sprungtraining am Turm", "Eine Stunde mit Silke: vom Einer, vom Dreier, und wer mag, vom Fünfer.",
                 60, ("diving_tower", "rose"), SPORT, 7, stock=8, since_weeks=11),
            Deal("Schwimmbrille", "Beschlägt nicht, passt auf fast jedes Gesicht.", 98, ("goggles", "mint"), SPORT,
                 stock=12),
            Deal("Poolparty-Karte", "Jeden ersten Freitag: Musik, Reifen, Luftmatratzen bis 21 Uhr.", 50,
                 ("beach_ball", "violet"), OUTING, 7, per_youth_per_month=1),
            Deal("Pommes rot-weiß", "Am Kiosk, auch ohne Badehose.", 36, ("fries", "mint")),
        ),
    ),
    Shop(
        "radwerkstatt", "Radwerk Kettenblatt", "Wir reparieren erst und verkaufen dann.",
        "Bahnhofstraße 58", ("Piotr", "Wójcik"),
        (
            Deal("Fahrrad-Check", "Bremsen, Licht, Kette, Luft. Danach fährt es wieder, wie es soll.", 140,
                 ("bicycle", "mint"), TECH, per_youth_per_month=1),
            Deal("Schlauch wechseln lernen", "Mit Deinem Rad und unserem Werkzeug. Der Schlauch ist dabei.", 65,
                 ("inner_tube", "clay"), LEARNING),
            Deal("Lichtset mit Akku", "Hell genug für den Kanalweg im November.", 190, ("bike_light", "violet"), TECH,
                 stock=9),
            Deal("Fahrradklingel", "Messing, laut, in einer Minute montiert.", 70, ("bell", "rose"), TECH, stock=15),
            Deal("Fahrradhelm", "Geprüft, verstellbar, in Grün oder Blau.", 290, ("helmet", "sun"), SPORT, stock=4,
                 since_weeks=20),
            Deal("Schrauber-Nachmittag", "Du baust drei Stunden mit am Rad für jemanden, der keines hat. Werkzeugkunde "
                 "inbegriffen.", 40, ("tool_belt", "rose"), LEARNING, stock=6, per_youth_per_month=1, since_weeks=8),
        ),
    ),
    Shop(
        "museum", "Museum im Förderturm", "Kohle, Kristalle und Geschichten von unter Tage.",
        "Zechenring 1", ("Dr. Wiebke", "Lohmann"),
        (
            Deal("Eintritt mit Turmfahrt", "Mit dem Aufzug auf 40 Meter und einmal durch alle Räume.", 30,
                 ("winding_tower", "sky"), OUTING, 7),
            Deal("Familienkarte", "Zwei Große, bis zu vier Junge. Sonntags mit Vorführung der Maschine.", 90,
                 ("museum", "mint"), OUTING, 7),
            Deal("Taschenlampenführung", "Abends im Dunkeln durchs Museum. Was war das eben?", 60, ("torch", "sky"),
                 OUTING, 7, stock=10, ends_in_days=55, since_weeks=14),
            Deal("Kristalle züchten", "Der Kasten für zu Hause: In drei Wochen wächst Dein eigener Kristall.", 130,
                 ("crystals", "violet"), LEARNING, stock=6),
            Deal("Grubenlampe als Anhänger", "Klein, aus Messing, leuchtet wirklich.", 85, ("miners_lamp", "mint"),
                 STYLE, stock=14),
            Deal("Experimentierwerkstatt", "Ein Nachmittag im Labor: Es blubbert, raucht und riecht ein bisschen.", 75,
                 ("flask", "rose"), LEARNING, 7, stock=9, minimum_age=12, since_weeks=7),
        ),
    ),
    Shop(
        "pizzeria", "Pizzeria Nonna Rosa", "Steinofen, lange Tafel, und Nonna sagt, ob Du satt bist.",
        "Ludgeristraße 9", ("Matteo", "Ferrante"),
        (
            Deal("Pizza Margherita", "Aus dem Steinofen, auf Wunsch mit extra Basilikum.", 88, ("pizza", "mint")),
            Deal("Pizzastück auf die Hand", "Jeden Tag eine andere Sorte, immer eine ohne Fleisch.", 30,
                 ("pizza_slice", "sky"), vat_percent=7),
            Deal("Nudeln mit Tomatensoße", "Die Soße kocht seit heute früh.", 82, ("pasta", "sun")),
            Deal("Tiramisu", "Ohne Alkohol, mit viel Kakao.", 46, ("tiramisu", "rose")),
            Deal("Limonade, hausgemacht", "Zitrone, Ingwer oder Holunder.", 28, ("lemonade", "violet", c.PEACH,
                 c.GREEN)),
            Deal("Pizza backen mit Nonna", "Teig kneten, belegen, essen. Dauert zwei Stunden und macht satt.", 160,
                 ("pizza_baking", "violet"), OUTING, stock=6, per_youth_per_month=1, since_weeks=7),
        ),
        town="Selm", postcode="59379",
    ),
    Shop(
        "musikschule", "Musikschule Klangspeicher", "Üben darf laut sein. Wir haben dicke Wände.",
        "Speicherweg 5", ("Tobias", "Lindner"),
        (
            Deal("Schnupperstunde Gitarre", "45 Minuten, die Gitarre stellen wir. Du gehst mit zwei Akkorden nach "
                 "Hause.", 110, ("guitar", "mint"), LEARNING, 0, per_youth_per_month=1),
            Deal("Schnupperstunde Schlagzeug", "45 Minuten Lärm mit System.", 110, ("drums", "violet"), LEARNING, 0,
                 per_youth_per_month=1),
            Deal("Drei Plektren", "Weich, mittel, hart. Find heraus, was Dir liegt.", 18, ("picks", "sun"), TECH,
                 stock=30),
            Deal("Konzertkarte", "Für das Winterkonzert unserer Bands. Vorn ist es am lautesten.", 55,
                 ("ticket", "rose", c.GREEN), CINEMA, 7, stock=20, details={"sign": "note"}, ends_in_days=26,
                 event_in_days=26, since_weeks=5),
            Deal("Eine Stunde Bandraum", "Mit Anlage, Schlagzeug und zwei Mikros. Für bis zu fünf Leute.", 90,
                 ("microphone", "mint"), LEARNING, 0),
            Deal("Eigener Song im Studio", "Zwei Stunden aufnehmen und mischen, mit Tobias am Regler.", 260,
                 ("headphones", "rose"), LEARNING, 0, stock=2, minimum_age=14, per_youth_per_month=1, since_weeks=-1),
        ),
    ),
)  # fmt: skip


def file_name(title: str) -> str:
    return f"{ascii_name(title)}.webp"
