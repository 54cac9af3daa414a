"""Forty invented youths and the people around them, in Lünen and in Selm."""

import random
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Youth:
    first_name: str
    age: int
    joined_weeks_ago: int = 26
    # Entries a week, on average; from about 1.9 on the year's cap stops the coins before the story ends.
    pace: float = 1.2
    likes: tuple[str, ...] = ("lernen", "lesen", "alltag", "technik")
    state: str = "active"
    username: str = ""


# Under 16 and nobody has consented: may look around and keep drafts.
NO_GUARDIAN, NO_CONSENT = "no guardian", "no consent"
# Confirmed hours wait until somebody was seen at a point of contact.
NOT_SEEN = "not seen"
STOPPED = "stopped"
# Joined with a guardian, had their 18th birthday since and decides alone.
TURNED_18 = "turned 18"


@dataclass(frozen=True)
class Person:
    first_name: str
    last_name: str
    username: str = ""
    language: str = "de"


@dataclass(frozen=True)
class Family:
    last_name: str
    guardians: tuple[str, ...]
    youths: tuple[Youth, ...]
    language: str = "de"
    club: str = "luenen"
    trusted: tuple[Person, ...] = ()
    grandparent: str = "Oma"
    relative: str = "Tante Inge"
    # Nobody has looked into the inbox for so many days.
    late_days: int = 0
    usernames: dict[str, str] = field(default_factory=dict)


MENTOR = Person("Karin", "Albers", "mentorin")
TRAINER = Person("Sven", "Rüter", "trainer")

FAMILIES = (
    Family(
        "Berger", ("Sabine", "Thomas"),
        (
            Youth("Mia", 14, pace=1.6, likes=("lesen", "technik", "ehrenamt", "lernen"), username="mia"),
            Youth("Ben", 12, 16, 1.6, ("lernen", "alltag", "technik")),
        ),
        trusted=(Person("Ursula", "Berger", "oma-ursula"),), grandparent="Ursula", relative="Onkel Frank", late_days=4,
        usernames={"Sabine": "sabine"},
    ),
    Family(
        "Yılmaz", ("Fatma", "Murat"),
        (
            Youth("Emir", 13, pace=1.5, likes=("lernen", "sprachen", "technik"), username="emir"),
            Youth("Elif", 15, pace=1.5, likes=("lesen", "kultur", "nachhilfe", "sprachen"), username="elif"),
            Youth("Ayşe", 17, pace=1.5, likes=("bewerbung", "ehrenamt", "betrieb", "alltag"), username="ayse"),
        ),
        language="tr", grandparent="Emine", relative="Onkel Orhan", late_days=8, usernames={"Fatma": "fatma"},
    ),
    Family(
        "Kowalski", ("Beata",),
        (
            Youth("Lena", 16, pace=1.4, likes=("bewerbung", "nachhilfe", "kultur", "betrieb"), username="lena"),
            Youth("Kuba", 13, 22, 1.6, ("lernen", "sprachen")),
        ),
        grandparent="Halina", relative="Tante Ewa", usernames={"Beata": "beata"},
    ),
    Family(
        "Hartmann", (),
        (Youth("Noah", 19, pace=1.4, likes=("betrieb", "bewerbung", "ehrenamt", "technik"), username="noah"),),
        trusted=(MENTOR,), grandparent="Heinz", relative="Onkel Jörg",
    ),
    Family(
        "Al-Sayed", ("Rima",),
        (
            Youth("Karim", 16, 20, 1.6, ("sprachen", "lernen", "ehrenamt")),
            Youth("Amira", 12, 1, 1.6, ("lesen", "sprachen"), NO_CONSENT),
        ),
        grandparent="Salma", relative="Onkel Bassam",
    ),
    Family(
        "Schulte", ("Petra", "Dirk"),
        (
            Youth("Finn", 13, pace=1.6, likes=("technik", "alltag")),
            Youth("Jule", 15, pace=2.3, likes=("kultur", "lesen", "ehrenamt")),
        ),
        grandparent="Gerda", relative="Tante Moni",
    ),
    Family("Demirci", ("Zeynep",), (Youth("Deniz", 14, 24, 1.6, ("technik", "sprachen", "lernen")),), language="tr",
           grandparent="Nuriye", relative="Onkel Hakan"),
    Family(
        "Petrenko", ("Oksana",),
        (
            Youth("Danylo", 15, pace=1.6, likes=("sprachen", "technik", "lernen")),
            Youth("Sofiia", 12, 10, 1.6, ("lesen", "kultur", "sprachen")),
        ),
        grandparent="Halyna", relative="Tante Iryna",
    ),
    Family("Rossi", ("Paolo",), (Youth("Giulia", 17, pace=1.6, likes=("alltag", "kultur", "bewerbung")),),
           grandparent="Nonna Lucia", relative="Onkel Enzo", late_days=16),
    Family("Wagner", ("Stefanie",), (Youth("Tim", 18, 26, 1.6, ("betrieb", "bewerbung", "technik"), TURNED_18),),
           trusted=(TRAINER,), grandparent="Erwin"),
    Family("Nowak", ("Marta",), (Youth("Oliwia", 14, 5, 1.8, ("lernen", "lesen"), NOT_SEEN),), grandparent="Zofia",
           usernames={"Marta": "marta"}),
    Family(
        "Öztürk", ("Hülya", "Kemal"),
        (
            Youth("Can", 16, pace=1.6, likes=("ehrenamt", "technik", "bewerbung")),
            Youth("Defne", 13, 14, 1.6, ("lesen", "kultur")),
        ),
        language="tr", grandparent="Ayten", relative="Tante Sibel",
    ),
    Family("Krämer", ("Anke",), (Youth("Lukas", 15, 23, 1.6, ("technik", "alltag"), STOPPED),), grandparent="Walter"),
    Family("Vogt", (), (Youth("Jonas", 13, 0, 1.6, ("lernen", "technik"), NO_GUARDIAN, "jonas"),)),
    Family(
        "Hoffmann", ("Birgit",),
        (
            Youth("Emma", 17, pace=1.8, likes=("nachhilfe", "bewerbung", "lesen")),
            Youth("Paul", 14, 18, 1.6, ("lernen", "ehrenamt")),
        ),
        grandparent="Lore", relative="Onkel Rainer",
    ),
    Family("Haddad", (), (Youth("Yusuf", 18, 19, 1.6, ("ehrenamt", "sprachen", "betrieb")),), trusted=(TRAINER,),
           grandparent="Nadia"),
    Family("Becker", ("Sandra",), (Youth("Leonie", 13, 21, 1.6, ("lesen", "kultur", "alltag")),), grandparent="Christa"),
    Family("Doğan", ("Gülten",), (Youth("Baran", 17, 12, 1.6, ("bewerbung", "betrieb", "alltag")),), language="tr",
           grandparent="Hatun"),
    Family(
        "Fischer", ("Michael",),
        (
            Youth("Anton", 15, pace=1.6, likes=("technik", "lernen")),
            Youth("Clara", 12, 8, 1.6, ("lesen", "technik", "kultur")),
        ),
        grandparent="Renate",
    ),
    Family("López", ("Carmen",), (Youth("Mateo", 14, 3, 1.8, ("sprachen", "lernen"), NOT_SEEN),), grandparent="Pilar"),
    Family("Schneider", (), (Youth("Hannah", 20, pace=1.6, likes=("nachhilfe", "ehrenamt", "kultur")),),
           trusted=(MENTOR,), grandparent="Marlies"),
    Family("Weiß", ("Julia",), (Youth("Nele", 16, 15, 1.6, ("kultur", "lesen", "bewerbung")),), grandparent="Ilse"),
    Family("Ivanov", (), (Youth("Maksim", 18, 17, 1.6, ("technik", "betrieb")),), trusted=(TRAINER,),
           grandparent="Galina"),
    Family("Brandt", ("Ralf",), (Youth("Marlon", 15, 11, 1.6, ("ehrenamt", "alltag")),), grandparent="Hilde",
           late_days=10),
    Family("Kaya", ("Sevgi",), (Youth("Melis", 12, 6, 1.6, ("lesen", "sprachen", "alltag")),), language="tr",
           grandparent="Zehra"),
    Family("Tran", (), (Youth("Minh", 19, 13, 1.6, ("nachhilfe", "technik", "bewerbung")),), trusted=(MENTOR,),
           grandparent="Thi Hoa"),
    # The small club next door.
    Family(
        "Lehmann", ("Katrin",),
        (
            Youth("Greta", 15, 8, 1.8, ("lesen", "kultur", "lernen"), username="greta"),
            Youth("Oskar", 13, 8, 1.6, ("technik", "lernen")),
        ),
        club="selm", grandparent="Elfriede", usernames={"Katrin": "katrin"},
    ),
    Family("Aksoy", ("Serap",), (Youth("Ela", 16, 7, 1.6, ("bewerbung", "sprachen")),), language="tr", club="selm",
           grandparent="Hanife"),
    Family("Voß", (), (Youth("Henri", 19, 6, 1.6, ("betrieb", "technik")),), club="selm",
           trusted=(Person("Ines", "Kühn", "anlaufstelle-selm"),), grandparent="Günter"),
)  # fmt: skip

# Of these the families beyond the forty are put together.
_YOUTHS = ("Lina Marie Felix Leon Zoe Ida Luis Mohamed Sara Nico Aylin Henry Julia Erik Mira Adam Lotta Samuel Nora Jan "
           "Selin Moritz Alina Theo Maja Ali Frieda Levi Kira Milan").split()  # fmt: skip
_GUARDIANS = "Andrea Claudia Martin Aynur Sonja Kai Meryem Dagmar Jörn Agnieszka Samir Heike Uwe Natalia".split()
_NAMES = ("Peters Sommer Aydın Zielinski Busch Winter Arslan Köhler Nguyen Lorenz Şahin Maier Jung Celik Roth Kuhn "
          "Engel Wolff Yıldız Pohl").split()  # fmt: skip


def first(count: int, seed: int) -> list[Family]:
    """Return families with `count` youths together: the written ones first, then as many more as it takes."""
    dice = random.Random(seed)
    chosen: list[Family] = []
    left = count
    for family in FAMILIES:
        if left <= 0:
            return chosen
        youths = family.youths[:left]
        chosen.append(family if len(youths) == len(family.youths) else _with(family, youths))
        left -= len(youths)
    likes = ["lernen", "lesen", "nachhilfe", "bewerbung", "technik", "kultur", "sprachen", "ehrenamt", "alltag"]
    while left > 0:
        youths = tuple(
            Youth(
                dice.choice(_YOUTHS), dice.randint(12, 17), dice.randint(1, 26), dice.uniform(0.6, 1.8),
                tuple(dice.sample(likes, 3)),
            )
            for _ in range(min(left, dice.choice((1, 1, 2))))
        )  # fmt: skip
        chosen.append(Family(dice.choice(_NAMES), (dice.choice(_GUARDIANS),), youths))
        left -= len(youths)
    return chosen


def _with(family: Family, youths: tuple[Youth, ...]) -> Family:
    return Family(**{**vars(family), "youths": youths})
