"""People and who may act for whom."""

import hashlib
import uuid
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth.models import AbstractUser, UserManager
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from accounts.cases.models import Case, CaseWord  # noqa: F401 (Django looks for an app's models here)
from accounts.notices.models import Digest, MailSettings, Notice  # noqa: F401 (Django looks for an app's models here)
from accounts.outlook.models import Outlook  # noqa: F401 (Django looks for models here)
from accounts.protection.models import Concern, ConcernLook, ProtectionMember  # noqa: F401 (Django looks here)
from accounts.saved_views.models import SavedView  # noqa: F401 (Django looks for models here)
from accounts.security.models import ApiToken, MailLink, SignIn  # noqa: F401 (Django looks for models here)
from accounts.team import rights
from accounts.team.models import StaffRole  # noqa: F401 (Django looks for models here)
from accounts.texts.models import Operator, SiteText  # noqa: F401 (Django looks for models here)
from clevervibes.lib import history, periods


@history.kept()
class Club(models.Model):
    """A place with a team of its own: people and organisations belong to one, coins are valid in all."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    slug = models.SlugField(_("Kürzel"), unique=True)
    name = models.CharField(_("Name"), max_length=80)
    town = models.CharField(_("Ort"), max_length=80)
    contact_email = models.EmailField(_("Kontakt"), blank=True)
    contact_phone = models.CharField(_("Telefon"), max_length=40, blank=True)
    emergency_phone = models.CharField(_("Notfallnummer"), max_length=40, blank=True)

    class Meta:
        verbose_name = _("Club")
        verbose_name_plural = _("Clubs")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


@history.kept(without=("password", "last_login", "is_demo"), about_people=True)
class User(AbstractUser):
    """Anybody who signs in. What they may do follows from their rows elsewhere, never from a flag here."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    club = models.ForeignKey(Club, models.PROTECT, null=True, blank=True, verbose_name=_("Club"), related_name="users")
    language = models.CharField(_("Sprache"), max_length=2, default="de", choices=settings.LANGUAGES)
    # Lifted by the team for a legal guardian or a children's home; empty means the usual number.
    max_youths = models.PositiveSmallIntegerField(_("Jugendliche höchstens"), null=True, blank=True)
    max_youths_why = models.CharField(_("Grund der Ausnahme"), max_length=200, blank=True)
    # Made by seed_demo: its password is printed for everybody, so `check --deploy` fails while one exists.
    is_demo = models.BooleanField(_("Demo-Zugang"), default=False, editable=False)

    objects: ClassVar[UserManager["User"]] = UserManager()  # type: ignore[assignment]

    class Meta(AbstractUser.Meta):
        verbose_name = _("Person")  # type: ignore[assignment]
        verbose_name_plural = _("Personen")  # type: ignore[assignment]
        constraints = [
            models.UniqueConstraint(Lower("email"), condition=~Q(email=""), name="accounts_one_user_per_mail"),
            # Phones start a word with a capital letter: Mia and mia sign in to one account.
            models.UniqueConstraint(Lower("username"), name="accounts_one_user_per_name"),
            models.CheckConstraint(
                condition=Q(max_youths=None) | ~Q(max_youths_why=""), name="accounts_more_youths_with_a_reason"
            ),
        ]

    def __str__(self) -> str:
        return self.get_full_name() or self.username

    # Rights follow from roles per club alone: Django's flag of a superuser opens only what a rule gives to operations.
    def has_perm(self, perm: str, obj: Any = None) -> bool:
        return rights.has_perm(self, perm, obj)

    def has_perms(self, perm_list: Iterable[str], obj: Any = None) -> bool:
        return all(self.has_perm(perm, obj) for perm in perm_list)

    def has_module_perms(self, app_label: str) -> bool:
        return rights.has_module_perms(self, app_label)

    def reach(self, rows: models.QuerySet, do: str = "view") -> models.QuerySet:
        """Return those of `rows` that this person of the team may `do` something to; see accounts.team.rights."""
        return rights.reach(self, rows, do)

    def may(self, do: str, model: type[models.Model], row: models.Model | None = None) -> bool:
        """Say whether this person of the team may `do` something to rows of `model`; see accounts.team.rights."""
        return rights.may(self, do, model, row)

    def clubs_working_on(self, model: type[models.Model]) -> set[int]:
        """Return the clubs in which this person does more to rows of `model` than look."""
        return rights.clubs_worked_in(self, model)


@history.kept(about_people=True)
class YouthProfile(models.Model):
    """A young person of the club, 12 to 20 years old on the day of joining."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    user = models.OneToOneField(User, models.CASCADE, related_name="youth", verbose_name=_("Person"))
    birth_date = models.DateField(_("Geburtsdatum"))
    joined_at = models.DateTimeField(_("dabei seit"))
    # "Anhalten" by the team: nothing counts and nothing is spent until it is resumed.
    paused_at = models.DateTimeField(_("angehalten"), null=True, blank=True)
    paused_why = models.CharField(_("Satz für die Familie"), max_length=300, blank=True)
    paused_reason = models.CharField(_("Grund, nur für das Team"), max_length=300, blank=True)
    paused_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("angehalten von")
    )
    left_at = models.DateTimeField(_("ausgetreten"), null=True, blank=True)
    # Lifted by the team for a home with many carers; empty means the usual number.
    max_guardians = models.PositiveSmallIntegerField(_("Eltern höchstens"), null=True, blank=True)
    max_guardians_why = models.CharField(_("Grund der Ausnahme"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("Jugendliche/r")
        verbose_name_plural = _("Jugendliche")
        constraints = [
            models.CheckConstraint(
                condition=Q(max_guardians=None) | ~Q(max_guardians_why=""), name="accounts_more_guardians_with_a_reason"
            ),
        ]

    def __str__(self) -> str:
        return self.user.first_name or self.user.username

    @property
    def first_name(self) -> str:
        return str(self)

    def age_on(self, day: date) -> int:
        return periods.age(self.birth_date, day)

    def age_at(self, moment: datetime) -> int:
        return self.age_on(periods.berlin_date(moment))


class EndedBy(models.TextChoices):
    """Which side ended a link between two people."""

    ADULT = "adult", _("von der erwachsenen Seite")
    FAMILY = "family", _("von der Familie")
    TEAM = "team", _("vom Team")
    AGE = "age", _("durch den Geburtstag")


@history.kept(about_people=True)
class Guardianship(models.Model):
    """A guardian and a youth. Ended ones stay, so that old approvals keep their reason."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    guardian = models.ForeignKey(User, models.CASCADE, related_name="guardianships", verbose_name=_("Elternteil"))
    youth = models.ForeignKey(
        YouthProfile, models.CASCADE, related_name="guardianships", verbose_name=_("Jugendliche/r")
    )
    started_at = models.DateTimeField(_("seit"))
    ended_at = models.DateTimeField(_("beendet"), null=True, blank=True)
    ended_how = models.CharField(_("wie beendet"), max_length=10, choices=EndedBy, blank=True)
    ended_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("beendet von")
    )
    ended_why = models.CharField(_("Grund, nur für das Team"), max_length=300, blank=True)
    # "Anhalten" by the team: this guardian sees and confirms nothing until it is resumed.
    paused_at = models.DateTimeField(_("angehalten"), null=True, blank=True)
    paused_why = models.CharField(_("Satz für die Familie"), max_length=300, blank=True)
    paused_reason = models.CharField(_("Angehalten, weil (nur für das Team)"), max_length=300, blank=True)
    paused_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("angehalten von")
    )

    class Meta:
        verbose_name = _("Elternteil")
        verbose_name_plural = _("Eltern")
        constraints = [
            models.UniqueConstraint(
                fields=["guardian", "youth"], condition=Q(ended_at=None), name="accounts_one_live_guardianship"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.guardian} → {self.youth}"


@history.kept(about_people=True)
class TrustedPerson(models.Model):
    """Somebody who may confirm a youth's time and nothing else: grandmother, mentor, trainer."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    person = models.ForeignKey(User, models.CASCADE, related_name="trusted_by", verbose_name=_("Vertrauensperson"))
    youth = models.ForeignKey(
        YouthProfile, models.CASCADE, related_name="trusted_people", verbose_name=_("Jugendliche/r")
    )
    named_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+", verbose_name=_("benannt von"))
    started_at = models.DateTimeField(_("seit"))
    ended_at = models.DateTimeField(_("beendet"), null=True, blank=True)
    ended_how = models.CharField(_("wie beendet"), max_length=10, choices=EndedBy, blank=True)
    ended_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("beendet von")
    )
    ended_why = models.CharField(_("Grund, nur für das Team"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("Vertrauensperson")
        verbose_name_plural = _("Vertrauenspersonen")
        constraints = [
            models.UniqueConstraint(
                fields=["person", "youth"], condition=Q(ended_at=None), name="accounts_trusted_once_per_youth"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} → {self.youth}"


class OneTimeLink(models.Model):
    """A link or QR that opens one door once: join a family, or set a new password.

    The token is not kept, only its hash; accounts.links computes it anew from the row's id and a key outside of the
    database whenever the page of the person who made it is drawn.
    """

    class Purpose(models.TextChoices):
        GUARDIAN = "guardian", _("Einladung an ein Elternteil")
        TRUSTED = "trusted", _("Einladung an eine Vertrauensperson")
        PASSWORD = "password", _("neues Passwort")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    purpose = models.CharField(_("Zweck"), max_length=10, choices=Purpose)
    token_sha256 = models.CharField(max_length=64, unique=True)
    about = models.ForeignKey(User, models.CASCADE, related_name="one_time_links", verbose_name=_("für"))
    made_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+", verbose_name=_("von"))
    created_at = models.DateTimeField(_("erstellt"))
    expires_at = models.DateTimeField(_("gilt bis"))
    sent_to = models.EmailField(_("geschickt an"), blank=True)
    used_at = models.DateTimeField(_("benutzt"), null=True, blank=True)
    used_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("benutzt von")
    )
    revoked_at = models.DateTimeField(_("zurückgezogen"), null=True, blank=True)

    class Meta:
        verbose_name = _("Einladung")
        verbose_name_plural = _("Einladungen")
        constraints = [
            # A new one takes the place of the last: what hangs on a fridge from last month opens nothing.
            models.UniqueConstraint(
                fields=["about", "purpose"],
                condition=Q(used_at=None, revoked_at=None),
                name="accounts_one_open_link_per_purpose",
            ),
            models.CheckConstraint(
                condition=Q(used_at=None) | Q(revoked_at=None), name="accounts_link_used_or_revoked"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_purpose_display()}: {self.about}"


class ConfirmPin(models.Model):
    """Four digits that confirm on a phone several people share. Hashed like a password; tries are counted."""

    user = models.OneToOneField(User, models.CASCADE, related_name="confirm_pin", verbose_name=_("Person"))
    pin_hash = models.CharField(max_length=128)
    set_at = models.DateTimeField(_("gesetzt"))

    class Meta:
        verbose_name = _("PIN")
        verbose_name_plural = _("PINs")

    def __str__(self) -> str:
        return str(self.user)


class SharedPhone(models.Model):
    """A phone that several people of a family use. Which phone it is stands in its session, nowhere else."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    created_at = models.DateTimeField(_("seit"))
    ended_at = models.DateTimeField(_("beendet"), null=True, blank=True)
    people = models.ManyToManyField(User, through="SharedPhonePerson", related_name="shared_phones")

    class Meta:
        verbose_name = _("gemeinsames Handy")
        verbose_name_plural = _("gemeinsame Handys")

    def __str__(self) -> str:
        return str(self.public_id)


class SharedPhonePerson(models.Model):
    """Somebody who signed in on a shared phone and may be switched to there by one tap."""

    phone = models.ForeignKey(SharedPhone, models.CASCADE, related_name="places", verbose_name=_("Handy"))
    person = models.ForeignKey(User, models.CASCADE, related_name="phone_places", verbose_name=_("Person"))
    added_at = models.DateTimeField(_("seit"))
    # A fingerprint of the password at that time: who changes it leaves every shared phone.
    password_mark = models.CharField(max_length=64)

    class Meta:
        verbose_name = _("Person am gemeinsamen Handy")
        verbose_name_plural = _("Personen am gemeinsamen Handy")
        constraints = [
            models.UniqueConstraint(fields=["phone", "person"], name="accounts_once_per_phone"),
        ]

    def __str__(self) -> str:
        return f"{self.person}"


@history.kept()
class ConsentText(models.Model):
    """One version of the text people consent to. The German text binds, the Turkish one stands beside it.

    A draft until it is published; then PostgreSQL refuses to change or delete it, and checks the hash of every row.
    """

    version = models.PositiveIntegerField(_("Version"), unique=True)
    german = models.TextField(_("Text auf Deutsch (bindend)"))
    turkish = models.TextField(_("Text auf Türkisch"), blank=True)
    sha256 = models.CharField(_("Prüfsumme"), max_length=64, editable=False)
    published_at = models.DateTimeField(_("veröffentlicht"), null=True, blank=True, editable=False)
    published_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, editable=False, related_name="+",
        verbose_name=_("veröffentlicht von"),
    )  # fmt: skip
    # From then on the versions before it do not suffice any more; until then people have time to answer.
    required_from = models.DateTimeField(_("nötig ab"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("Einwilligungstext")
        verbose_name_plural = _("Einwilligungstexte")
        ordering = ["-version"]
        constraints = [
            models.CheckConstraint(
                condition=Q(published_at=None, required_from=None)
                | Q(published_at__isnull=False, required_from__isnull=False, required_from__gte=F("published_at")),
                name="accounts_published_text_is_required_later",
            ),
        ]

    def __str__(self) -> str:
        return f"Version {self.version}"

    def save(self, *args: object, **kwargs: object) -> None:
        # A browser sends other line ends than it was given; the hash must not depend on who typed.
        self.german, self.turkish = ("\n".join(text.splitlines()) for text in (self.german, self.turkish))
        self.sha256 = hashlib.sha256(self.german.encode()).hexdigest()
        super().save(*args, **kwargs)  # type: ignore[arg-type]


@history.kept(about_people=True)
class Consent(models.Model):
    """Who consented for whom, to which text, when and how; a withdrawal is written beside it."""

    class How(models.TextChoices):
        SCREEN = "screen", _("am Bildschirm")
        PAPER = "paper", _("auf Papier")

    class Ended(models.TextChoices):
        SCREEN = "screen", _("am Bildschirm widerrufen")
        PAPER = "paper", _("beim Team widerrufen")
        # Nobody said no: whoever had said yes is no guardian any more, and no other is there.
        LAPSED = "lapsed", _("entfallen, kein Elternteil mehr da")

    youth = models.ForeignKey(YouthProfile, models.CASCADE, related_name="consents", verbose_name=_("Jugendliche/r"))
    text = models.ForeignKey(ConsentText, models.PROTECT, related_name="consents", verbose_name=_("Text"))
    # What was on the screen or the sheet, kept apart from the text it must equal.
    text_sha256 = models.CharField(_("Prüfsumme"), max_length=64, blank=True, editable=False)
    given_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+", verbose_name=_("von"))
    given_at = models.DateTimeField(_("am"))
    how = models.CharField(_("wie"), max_length=10, choices=How, default=How.SCREEN)
    recorded_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("eingetragen von")
    )
    note = models.CharField(_("Vermerk des Teams"), max_length=300, blank=True)
    withdrawn_at = models.DateTimeField(_("widerrufen"), null=True, blank=True)
    withdrawn_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("widerrufen von")
    )
    withdrawn_how = models.CharField(_("Ende"), max_length=10, choices=Ended, blank=True)

    class Meta:
        verbose_name = _("Einwilligung")
        verbose_name_plural = _("Einwilligungen")
        indexes = [models.Index(fields=["youth"], condition=Q(withdrawn_at=None), name="accounts_live_consents")]
        constraints = [
            models.CheckConstraint(
                condition=Q(withdrawn_at=None) | Q(withdrawn_at__gte=F("given_at")),
                name="accounts_consent_withdrawn_after_given",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.youth}, {self.text}"


class Ending(models.Model):
    """A youth's last days with coins: consent was withdrawn, or the 21st birthday has come.

    Until `spend_until` coins can still be spent; then they go back to their pools, and the person is erased.
    """

    class Why(models.TextChoices):
        WITHDRAWN = "withdrawn", _("Einwilligung widerrufen")
        TURNED_21 = "turned_21", _("21 geworden")

    youth = models.ForeignKey(YouthProfile, models.CASCADE, related_name="endings", verbose_name=_("Jugendliche/r"))
    why = models.CharField(_("weshalb"), max_length=10, choices=Why)
    started_at = models.DateTimeField(_("seit"))
    spend_until = models.DateTimeField(_("einlösen bis"))
    called_off_at = models.DateTimeField(_("aufgehoben"), null=True, blank=True)
    outlook_at = models.DateTimeField(_("nach dem Weiter gefragt"), null=True, blank=True)

    class Meta:
        verbose_name = _("Austritt auf Zeit")
        verbose_name_plural = _("Austritte auf Zeit")
        constraints = [
            models.UniqueConstraint(
                fields=["youth", "why"], condition=Q(called_off_at=None), name="accounts_one_live_ending"
            ),
        ]
        indexes = [
            models.Index(fields=["spend_until"], condition=Q(called_off_at=None), name="accounts_endings_by_last_day"),
        ]

    def __str__(self) -> str:
        return f"{self.youth.user.username}, {self.get_why_display()}"


class Birthday(models.Model):
    """A birthday that changes something: due once, announced once, processed once. See accounts.birthdays."""

    youth = models.ForeignKey(YouthProfile, models.CASCADE, related_name="birthdays", verbose_name=_("Jugendliche/r"))
    years = models.PositiveSmallIntegerField(_("wird"), choices=[(16, "16"), (18, "18"), (21, "21")])
    due_at = models.DateTimeField(_("am"))  # 00:00 Berlin
    told_at = models.DateTimeField(_("angekündigt"), null=True, blank=True)
    done_at = models.DateTimeField(_("erledigt"), null=True, blank=True)
    outlook_at = models.DateTimeField(_("nach dem Weiter gefragt"), null=True, blank=True)

    class Meta:
        verbose_name = _("Geburtstag")
        verbose_name_plural = _("Geburtstage")
        constraints = [
            models.UniqueConstraint(fields=["youth", "years"], name="accounts_one_birthday_per_age"),
            models.CheckConstraint(
                condition=Q(done_at=None) | Q(done_at__gte=F("due_at")), name="accounts_birthday_done_when_due"
            ),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(done_at=None), name="accounts_birthdays_to_come"),
        ]

    def __str__(self) -> str:
        return f"{self.youth}, {self.years}"


class BirthDateChange(models.Model):
    """A birth date was corrected by the team: from what, to what, why. Goes with the person."""

    youth = models.ForeignKey(
        YouthProfile, models.CASCADE, related_name="birth_date_changes", verbose_name=_("Jugendliche/r")
    )
    before = models.DateField(_("bisher"))
    after = models.DateField(_("jetzt"))
    reason = models.CharField(_("Grund"), max_length=300)
    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+", verbose_name=_("von"))
    at = models.DateTimeField(_("am"))

    class Meta:
        verbose_name = _("Berichtigtes Geburtsdatum")
        verbose_name_plural = _("Berichtigte Geburtsdaten")
        constraints = [
            models.CheckConstraint(condition=~Q(reason=""), name="accounts_birth_date_change_has_a_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.youth} {self.at:%d.%m.%Y}"


class Reveal(models.Model):
    """Somebody of the team opened the record of a youth, and why. The family sees it."""

    youth = models.ForeignKey(YouthProfile, models.CASCADE, related_name="reveals", verbose_name=_("Jugendliche/r"))
    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+", verbose_name=_("von"))
    reason = models.CharField(_("Grund"), max_length=200)
    at = models.DateTimeField(_("am"))

    class Meta:
        verbose_name = _("Blick in eine Akte")
        verbose_name_plural = _("Blicke in Akten")
        ordering = ["-at"]
        constraints = [models.CheckConstraint(condition=~Q(reason=""), name="accounts_reveal_has_a_reason")]

    def __str__(self) -> str:
        return f"{self.by}, {self.at:%d.%m.%Y}"


class Erasure(models.Model):
    """Somebody is to be erased on a day; until then it can be called off. Goes with the person."""

    class Why(models.TextChoices):
        ASKED = "asked", _("auf Wunsch")
        ENDED = "ended", _("nach den letzten 90 Tagen")
        NEVER = "never", _("ohne Einwilligung geblieben")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    person = models.ForeignKey(User, models.CASCADE, related_name="erasures", verbose_name=_("Person"))
    why = models.CharField(_("weshalb"), max_length=10, choices=Why, default=Why.ASKED)
    asked_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+", verbose_name=_("beauftragt von"))
    asked_at = models.DateTimeField(_("beauftragt"))
    due_at = models.DateTimeField(_("gelöscht wird ab"))
    called_off_at = models.DateTimeField(_("zurückgenommen"), null=True, blank=True)
    outlook_at = models.DateTimeField(_("nach dem Weiter gefragt"), null=True, blank=True)

    class Meta:
        verbose_name = _("Löschung")
        verbose_name_plural = _("Löschungen")
        constraints = [
            models.UniqueConstraint(
                fields=["person"], condition=Q(called_off_at=None), name="accounts_one_erasure_at_a_time"
            ),
            models.CheckConstraint(condition=Q(due_at__gt=F("asked_at")), name="accounts_erasure_cools_off"),
        ]
        indexes = [models.Index(fields=["due_at"], condition=Q(called_off_at=None), name="accounts_erasures_to_come")]

    def __str__(self) -> str:
        return f"{self.person.username}, {self.due_at:%d.%m.%Y}"


class Erased(models.Model):
    """A random number that is nobody's any more. After an older backup was restored, whoever has it is erased again."""

    person = models.UUIDField(unique=True)
    erased_at = models.DateTimeField()

    class Meta:
        verbose_name = _("Gelöschte Nummer")
        verbose_name_plural = _("Gelöschte Nummern")

    def __str__(self) -> str:
        return str(self.person)


@history.kept()
class Organisation(models.Model):
    """A company, shop, school or youth centre; what it is to the club stands in 1:1 rows on it."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    club = models.ForeignKey(Club, models.PROTECT, related_name="organisations", verbose_name=_("Club"))
    name = models.CharField(_("Name"), max_length=120)
    street = models.CharField(_("Straße und Hausnummer"), max_length=120, blank=True)
    postcode = models.CharField(_("Postleitzahl"), max_length=10, blank=True)
    town = models.CharField(_("Ort"), max_length=80, blank=True)
    about = models.TextField(_("Über uns"), blank=True)
    is_shown = models.BooleanField(
        _("auf der Startseite nennen"), default=False, db_default=False,
        help_text=_("Nur, wenn die Organisation zugestimmt hat."),
    )  # fmt: skip
    members = models.ManyToManyField(User, through="Membership", related_name="organisations")

    class Meta:
        verbose_name = _("Organisation")
        verbose_name_plural = _("Organisationen")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


@history.kept()
class ContactPoint(models.Model):
    """A school, youth centre or library that vouches for people on sight."""

    organisation = models.OneToOneField(Organisation, models.CASCADE, related_name="contact_point")
    opening_hours = models.CharField(_("Öffnungszeiten"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("Anlaufstelle")
        verbose_name_plural = _("Anlaufstellen")

    def __str__(self) -> str:
        return self.organisation.name


@history.kept(about_people=True)
class Membership(models.Model):
    """What a person does for an organisation."""

    class Role(models.TextChoices):
        MANAGER = "manager", _("leitet den Partner")
        CONTACT = "contact", _("Kontakt des Förderers")
        HOST = "host", _("richtet Chancen aus")
        VOUCHER = "voucher", _("bürgt an der Anlaufstelle")

    user = models.ForeignKey(User, models.CASCADE, related_name="memberships", verbose_name=_("Person"))
    organisation = models.ForeignKey(
        Organisation, models.CASCADE, related_name="memberships", verbose_name=_("Organisation")
    )
    role = models.CharField(_("Rolle"), max_length=10, choices=Role)

    class Meta:
        verbose_name = _("Mitarbeit")
        verbose_name_plural = _("Mitarbeit")
        constraints = [
            models.UniqueConstraint(fields=["user", "organisation", "role"], name="accounts_membership_once"),
        ]

    def __str__(self) -> str:
        return f"{self.user}, {self.get_role_display()}, {self.organisation}"


class Sighting(models.Model):
    """Somebody was seen in person, once: a guardian under 18, the youth from 18. No document is kept."""

    person = models.OneToOneField(User, models.CASCADE, related_name="sighting", verbose_name=_("Person"))
    seen_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+", verbose_name=_("gesehen von"))
    contact_point = models.ForeignKey(
        ContactPoint, models.SET_NULL, null=True, blank=True, related_name="sightings", verbose_name=_("Anlaufstelle")
    )
    seen_at = models.DateTimeField(_("gesehen am"))

    class Meta:
        verbose_name = _("Gesehen")
        verbose_name_plural = _("Gesehen")

    def __str__(self) -> str:
        return f"{self.person.username} {self.seen_at:%d.%m.%Y}"
