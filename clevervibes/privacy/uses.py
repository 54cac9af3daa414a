"""What data is for, on which ground, for how long, and who sees it: each field has one of these few uses."""

from dataclasses import dataclass
from enum import Enum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Basis(Enum):
    """The legal ground, in the words of the record of processing."""

    CONSENT = _("Einwilligung (Art. 6 Abs. 1 a DSGVO)")
    CONTRACT = _("Mitgliedschaft und Vereinbarung (Art. 6 Abs. 1 b DSGVO)")
    LAW = _("gesetzliche Pflicht zur Buchführung (Art. 6 Abs. 1 c DSGVO)")
    INTEREST = _("berechtigtes Interesse an Sicherheit und Betrieb (Art. 6 Abs. 1 f DSGVO)")
    NONE = _("kein Bezug zu einer Person")


class Kept(Enum):
    """How long: every class is kept by a task or goes with its row (see clevervibes.privacy.retention)."""

    PERSON = _("bis zur Löschung der Person")
    LINK = _("bis zur Löschung einer der beiden Personen")
    DAYS_30 = _("30 Tage, nachdem es erledigt ist")
    DAYS_90 = _("90 Tage")
    DONE_90 = _("90 Tage, nachdem es erledigt ist")
    DONE_YEAR = _("ein Jahr, nachdem es abgeschlossen ist")
    DAY = _("bis der Zähler abgelaufen ist, längstens 90 Tage")
    SESSION = _("bis zum Abmelden, längstens ein Jahr")
    BOOKS = _("zehn Jahre nach dem Geschäftsjahr; nach einer Löschung nur noch mit einer zufälligen Nummer")
    PARTNER = _("solange die Organisation dabei ist, in Büchern zehn Jahre")
    RESTORE = _("solange es Sicherungen gibt, die älter sind: 90 Tage")
    HOUSE = _("solange der Club besteht")


class Eyes(Enum):
    """Who gets to see it, besides the person."""

    SELF = _("die Person selbst")
    GUARDIANS = _("Eltern bis zum 18. Geburtstag")
    FAMILY = _("die Familie und ihre Vertrauenspersonen")
    TEAM = _("das Club-Team")
    FINANCE = _("die Buchhaltung des Vereins")
    SHOP = _("der Partner, ohne Namen von Jugendlichen")
    POINT = _("die Anlaufstelle")
    PROTECTION = _("namentlich benannte Menschen im Schutz-Team")
    COMPANY = _("der Betrieb, den sich jemand ausgesucht hat, höchstens 90 Tage")
    SHEET = _("wer das Blatt bekommt, nur die Summen")
    HOST = _("der Ausrichter, nur Vornamen")
    EVERYBODY = _("alle")
    MACHINE = pgettext_lazy("who sees it", "niemand, nur die Technik")


@dataclass(frozen=True)
class Use:
    """One purpose with its ground, its time and its eyes. A `secret` is named in an export, never shown."""

    purpose: str | Promise
    basis: Basis
    kept: Kept
    eyes: tuple[Eyes, ...]
    secret: bool = False


_TEAM_AND = (Eyes.SELF, Eyes.TEAM)

SIGN_IN = Use(_("Anmelden und das Konto schützen"), Basis.CONTRACT, Kept.PERSON, (Eyes.SELF, Eyes.TEAM))
SECRET = Use(_("Anmelden und das Konto schützen"), Basis.CONTRACT, Kept.PERSON, (Eyes.MACHINE,), secret=True)
DEVICES = Use(_("Angemeldet bleiben"), Basis.CONTRACT, Kept.SESSION, (Eyes.SELF,))
APPS = Use(_("Apps angemeldet lassen"), Basis.CONTRACT, Kept.DAYS_30, (Eyes.SELF,))
APPS_SECRET = Use(_("Apps angemeldet lassen"), Basis.CONTRACT, Kept.DAYS_30, (Eyes.MACHINE,), secret=True)
MAIL_LINK = Use(_("Anmelden und das Konto schützen"), Basis.CONTRACT, Kept.DAYS_30, (Eyes.SELF,))
MAIL_LINK_SECRET = Use(_("Anmelden und das Konto schützen"), Basis.CONTRACT, Kept.DAYS_30, (Eyes.MACHINE,), secret=True)
WHO = Use(_("Wissen, wer wer ist"), Basis.CONTRACT, Kept.PERSON, (Eyes.FAMILY, Eyes.TEAM, Eyes.POINT))
NEWS = Use(_("Sagen, was sich ändert"), Basis.CONTRACT, Kept.DAYS_90, (Eyes.SELF,))
REACH = Use(_("Nachrichten schicken"), Basis.CONTRACT, Kept.PERSON, _TEAM_AND)
AGE = Use(_("Altersregeln und Geburtstage"), Basis.CONTRACT, Kept.PERSON, (Eyes.SELF, Eyes.GUARDIANS, Eyes.TEAM))
RIGHTS = Use(_("Rechte im Team"), Basis.CONTRACT, Kept.PERSON, _TEAM_AND)
VIEWS = Use(_("Listen des Teams wiederfinden"), Basis.INTEREST, Kept.PERSON, _TEAM_AND)
FAMILY = Use(_("Wer für wen sorgt und bestätigt"), Basis.CONTRACT, Kept.LINK, (Eyes.FAMILY, Eyes.TEAM))
INVITE = Use(_("Zu einer Familie einladen"), Basis.CONTRACT, Kept.DAYS_30, (Eyes.FAMILY, Eyes.TEAM))
INVITE_SECRET = Use(_("Zu einer Familie einladen"), Basis.CONTRACT, Kept.DAYS_30, (Eyes.MACHINE,), secret=True)
CONSENT = Use(_("Einwilligungen nachweisen"), Basis.CONSENT, Kept.PERSON, (Eyes.SELF, Eyes.GUARDIANS, Eyes.TEAM))
PROTECT = Use(_("Anhalten, wenn etwas nicht stimmt"), Basis.INTEREST, Kept.PERSON, (Eyes.TEAM,))
PROTECT_SAID = Use(_("Anhalten, wenn etwas nicht stimmt"), Basis.INTEREST, Kept.PERSON, (Eyes.FAMILY, Eyes.TEAM))
LEAVING = Use(_("Austreten und löschen"), Basis.LAW, Kept.PERSON, (Eyes.SELF, Eyes.GUARDIANS, Eyes.TEAM))
SEEN = Use(_("Einmal gesehen werden"), Basis.CONTRACT, Kept.PERSON, (Eyes.SELF, Eyes.POINT, Eyes.TEAM))
LOOKED = Use(
    _("Nachvollziehen, wer eine Akte öffnet"), Basis.INTEREST, Kept.PERSON, (Eyes.SELF, Eyes.GUARDIANS, Eyes.TEAM)
)
TIME = Use(_("Gemeinsame Zeit eintragen und bestätigen"), Basis.CONSENT, Kept.PERSON, (Eyes.FAMILY, Eyes.TEAM))
SAMPLE = Use(_("Bestätigte Zeiten in Stichproben anschauen"), Basis.CONSENT, Kept.PERSON, (Eyes.FAMILY, Eyes.TEAM))
SAMPLE_SECRET = Use(_("Stichproben auslosen"), Basis.NONE, Kept.HOUSE, (Eyes.MACHINE,), secret=True)
OUTLOOK = Use(_("Sehen, wohin der Weg aus dem Club führt"), Basis.NONE, Kept.HOUSE, (Eyes.TEAM,))
HELP = Use(_("Fragen beantworten"), Basis.CONTRACT, Kept.DONE_90, (Eyes.SELF, Eyes.TEAM))
CONCERN = Use(_("Jugendliche schützen"), Basis.INTEREST, Kept.DONE_YEAR, (Eyes.PROTECTION,))
PROTECTS = Use(_("Jugendliche schützen"), Basis.INTEREST, Kept.LINK, (Eyes.SELF, Eyes.TEAM))
ASKED = Use(_("Mit dem Link einer Mail bestätigen"), Basis.CONTRACT, Kept.DAYS_30, (Eyes.SELF,))
ASKED_SECRET = Use(_("Mit dem Link einer Mail bestätigen"), Basis.CONTRACT, Kept.DAYS_30, (Eyes.MACHINE,), secret=True)
PAPER = Use(
    _("Gemeinsame Zeit eintragen und bestätigen"), Basis.CONSENT, Kept.PERSON, (Eyes.FAMILY, Eyes.POINT, Eyes.TEAM)
)
COINS = Use(_("Zeit in Coins umrechnen"), Basis.CONSENT, Kept.BOOKS, (Eyes.SELF, Eyes.GUARDIANS, Eyes.FINANCE))
WHOSE = Use(_("Coins einer Person zuordnen"), Basis.CONSENT, Kept.PERSON, (Eyes.SELF, Eyes.GUARDIANS, Eyes.FINANCE))
BOOKS = Use(_("Bücher führen"), Basis.LAW, Kept.BOOKS, (Eyes.FINANCE,))
SEAL_SECRET = Use(_("Bücher führen"), Basis.LAW, Kept.BOOKS, (Eyes.MACHINE,), secret=True)
REWARD = Use(
    _("Belohnungen vormerken und einlösen"), Basis.CONTRACT, Kept.BOOKS, (Eyes.SELF, Eyes.GUARDIANS, Eyes.SHOP)
)
REWARD_CODE = Use(
    _("Belohnungen vormerken und einlösen"), Basis.CONTRACT, Kept.BOOKS, (Eyes.SELF, Eyes.MACHINE), secret=True
)
ORGANISATION = Use(_("Mit Organisationen zusammenarbeiten"), Basis.CONTRACT, Kept.PARTNER, (Eyes.EVERYBODY,))
ENQUIRY = Use(_("Anfragen von Organisationen beantworten"), Basis.CONSENT, Kept.DONE_90, (Eyes.TEAM,))
CLERK = Use(_("Wissen, wer an der Theke steht"), Basis.INTEREST, Kept.DONE_90, (Eyes.SHOP, Eyes.TEAM))
CLERK_SECRET = Use(_("Wissen, wer an der Theke steht"), Basis.INTEREST, Kept.DONE_90, (Eyes.MACHINE,), secret=True)
SHIFT = Use(_("Wissen, wer an der Theke steht"), Basis.INTEREST, Kept.SESSION, (Eyes.SHOP,))
COUNTER = Use(_("Die Theke öffnen"), Basis.CONTRACT, Kept.PARTNER, (Eyes.SHOP, Eyes.TEAM))
COUNTER_SECRET = Use(_("Die Theke öffnen"), Basis.CONTRACT, Kept.PARTNER, (Eyes.MACHINE,), secret=True)
DESK = Use(_("In einen Partnerbereich einladen"), Basis.CONTRACT, Kept.DAYS_30, (Eyes.SHOP, Eyes.TEAM))
DESK_SECRET = Use(_("In einen Partnerbereich einladen"), Basis.CONTRACT, Kept.DAYS_30, (Eyes.MACHINE,), secret=True)
SPONSOR_DOOR = Use(_("Förderer lesen lassen, was ihr Geld bewirkt"), Basis.CONTRACT, Kept.DAYS_30, (Eyes.TEAM,))
SPONSOR_DOOR_SECRET = Use(
    _("Förderer lesen lassen, was ihr Geld bewirkt"), Basis.CONTRACT, Kept.DAYS_30, (Eyes.MACHINE,), secret=True
)
CONTACT = Use(_("Mit Organisationen zusammenarbeiten"), Basis.CONTRACT, Kept.PARTNER, (Eyes.TEAM,))
INTEREST = Use(_("Passende Chancen nach oben stellen"), Basis.CONTRACT, Kept.PERSON, (Eyes.SELF,))
BOOKING = Use(
    _("Chancen buchen und dabei sein"), Basis.CONSENT, Kept.PERSON, (Eyes.SELF, Eyes.GUARDIANS, Eyes.HOST, Eyes.TEAM)
)
CHANCES = Use(_("Betriebe zeigen sich"), Basis.CONTRACT, Kept.PARTNER, (Eyes.EVERYBODY,))
PORTFOLIO = Use(
    _("Zeigen, was man gemacht hat"), Basis.CONSENT, Kept.PERSON, (Eyes.SELF, Eyes.TEAM, Eyes.COMPANY, Eyes.SHEET)
)
PORTFOLIO_SECRET = Use(_("Zeigen, was man gemacht hat"), Basis.CONSENT, Kept.PERSON, (Eyes.MACHINE,), secret=True)
GOAL = Use(_("Sich etwas vornehmen"), Basis.CONSENT, Kept.PERSON, (Eyes.SELF,))
INTEREST = Use(
    _("Sich bei einem Betrieb melden"), Basis.CONSENT, Kept.DONE_90,
    (Eyes.SELF, Eyes.GUARDIANS, Eyes.TEAM, Eyes.COMPANY),
)  # fmt: skip
CERTIFICATE = Use(_("Jugendliche schützen"), Basis.INTEREST, Kept.PARTNER, (Eyes.TEAM,))
DELIVERY = Use(_("Nachrichten zuverlässig zustellen"), Basis.INTEREST, Kept.DAYS_30, (Eyes.MACHINE,))
TWICE = Use(_("Doppelte Eingaben erkennen"), Basis.INTEREST, Kept.DAYS_30, (Eyes.MACHINE,))
LIMITS = Use(_("Angriffe bremsen"), Basis.INTEREST, Kept.DAY, (Eyes.MACHINE,))
SESSION = Use(_("Angemeldet bleiben"), Basis.CONTRACT, Kept.SESSION, (Eyes.MACHINE,), secret=True)
TRAIL = Use(_("Nachvollziehen, was das Team tut"), Basis.INTEREST, Kept.BOOKS, (Eyes.TEAM,))
CHANGED = Use(_("Nachvollziehen, wer was geändert hat"), Basis.INTEREST, Kept.PERSON, (Eyes.TEAM,))
RESTORED = Use(_("Gelöscht bleiben nach einer Wiederherstellung"), Basis.LAW, Kept.RESTORE, (Eyes.MACHINE,))
HOUSE = Use(_("Den Club einrichten"), Basis.NONE, Kept.HOUSE, (Eyes.EVERYBODY,))
