"""From minutes to coins: the policy, the runs, and what each youth got for which hour.

Every youth has one axis, counted in units. An item (an entry in a run) covers a range of it, a payment covers
its coins in units on the same axis, first in, first out. So hours, runs and sponsors are tied exactly, also
through carry and quota.
"""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import BrinIndex
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Club, User
from activities.models import Category, SharedTimeEntry
from clevervibes.lib import history, periods, roles
from coins.models.funding import FundingPool
from coins.models.ledger import LedgerAccount

UNITS_PER_COIN = 252_000
# Credit = counted minutes × weight in percent × (2520 ÷ minutes per coin): never a fraction.
UNITS_OF_A_POLICY = 2520
MINUTES_PER_COIN = [minutes for minutes in range(1, 241) if UNITS_OF_A_POLICY % minutes == 0]
DAY_MINUTES = 24 * 60
# Beyond reason, and far within the columns that count coins.
MOST_COINS_A_YEAR = 1_000_000


def between(least: int, most: int) -> list[MinValueValidator | MaxValueValidator]:
    return [MinValueValidator(least), MaxValueValidator(most)]


@history.kept()
class ConversionPolicy(models.Model):
    """The rules for entries that start from `valid_from` (Monday 00:00 Berlin) on, until the next one takes over."""

    valid_from = models.DateField(_("gilt ab"), unique=True, help_text=_("Ein Montag in der Zukunft."))
    minutes_per_coin = models.PositiveSmallIntegerField(
        _("Minuten je Coin"), default=6, validators=between(1, MINUTES_PER_COIN[-1])
    )
    host_weight_percent = models.PositiveSmallIntegerField(
        _("Zeit mit einem Betrieb zählt (%)"), default=150, validators=between(1, 1_000)
    )
    day_cap_minutes = models.PositiveSmallIntegerField(
        _("Minuten am Tag höchstens"), default=240, validators=between(1, DAY_MINUTES)
    )
    host_day_cap_minutes = models.PositiveSmallIntegerField(
        _("… mit einem Betrieb"), default=480, validators=between(1, DAY_MINUTES)
    )
    week_cap_minutes = models.PositiveSmallIntegerField(
        _("Minuten in der Woche höchstens"), default=720, validators=between(1, 7 * DAY_MINUTES)
    )
    year_cap_coins = models.PositiveIntegerField(
        _("Coins im Jahr höchstens"), default=600, validators=between(0, MOST_COINS_A_YEAR)
    )

    class Meta:
        verbose_name = _("Umrechnungskurs")
        verbose_name_plural = _("Umrechnungskurse")
        ordering = ["-valid_from"]
        constraints = [
            models.CheckConstraint(
                condition=Q(minutes_per_coin__in=MINUTES_PER_COIN), name="coins_policy_minutes_divide_units",
                violation_error_message=_("Die Minuten je Coin müssen 2520 ohne Rest teilen, wie 5, 6, 7 oder 8."),
            ),
            models.CheckConstraint(
                condition=Q(valid_from__iso_week_day=1), name="coins_policy_starts_on_monday",
                violation_error_message=_("Ein neuer Kurs gilt ab einem Montag."),
            ),
            models.CheckConstraint(
                condition=Q(host_weight_percent__gte=1), name="coins_policy_weight_positive",
                violation_error_message=_("Zeit mit einem Betrieb muss wenigstens mit einem Prozent zählen."),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.valid_from:%d.%m.%Y}"

    def clean(self) -> None:
        """Refuse caps that contradict each other."""
        wrong = {}
        # What is out of its own range is missing here and has been refused already.
        day, host_day, week = self.day_cap_minutes, self.host_day_cap_minutes, self.week_cap_minutes
        if None not in (day, host_day) and host_day < day:
            wrong["host_day_cap_minutes"] = _("Mit einem Betrieb können am Tag nicht weniger Minuten zählen als sonst.")
        if None not in (day, week) and week < day:
            wrong["week_cap_minutes"] = _("In der Woche können nicht weniger Minuten zählen als an einem Tag.")
        if wrong:
            raise ValidationError(wrong)


class ConversionRun(models.Model):
    """One run for one club: everything approved before the cutoff that no run before took.

    Started, it is only a club and a cutoff. Laid out, it has chunks of youths, which are counted. When all are, what is
    there to give is shared out, and the chunks are paid. Closed, all are paid.
    """

    class State(models.IntegerChoices):
        PLANNING = 0, _("wird geplant")
        COUNTING = 1, _("zählt")
        PAYING = 2, _("zahlt aus")
        CLOSED = 3, _("abgeschlossen")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    club = models.ForeignKey(Club, models.PROTECT, related_name="conversion_runs", verbose_name=_("Club"))
    cutoff = models.DateTimeField(_("Stichtag"))
    # Berlin date of the cutoff: the booking day, the year of the cap, the year that lots count from.
    effective_on = models.DateField(_("Buchungstag"))
    policy = models.ForeignKey(ConversionPolicy, models.PROTECT, related_name="+", verbose_name=_("Jahresgrenze aus"))
    state = models.SmallIntegerField(_("Stand"), choices=State, default=State.PLANNING)
    started_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("gestartet von")
    )
    started_at = models.DateTimeField(_("begonnen"))
    # Counted and shared out: it is decided who gets what.
    planned_at = models.DateTimeField(_("geplant"), null=True, blank=True)
    closed_at = models.DateTimeField(_("abgeschlossen"), null=True, blank=True)
    # What the plan found and decided.
    youths = models.IntegerField(_("Jugendliche"), default=0)
    entries = models.IntegerField(_("Einträge"), default=0)
    minutes = models.BigIntegerField(_("Minuten"), default=0)
    counted_minutes = models.BigIntegerField(_("davon zählen"), default=0)
    earned_coins = models.BigIntegerField(_("neu verdient"), default=0)
    open_coins = models.BigIntegerField(_("offen, alte und neue"), default=0)
    # The quota as two integers: everybody gets released / due of what is due to them.
    due_coins = models.BigIntegerField(_("fällig"), default=0)
    released_coins = models.BigIntegerField(_("freigegeben"), default=0)
    # Planned for people who were gone when it came to paying: back to the pools.
    leftover_coins = models.BigIntegerField(_("zurück in die Töpfe"), default=0)
    # What was confirmed and not counted when it was shared out: {why: [entries, youths]}, see coins.report.
    waiting = models.JSONField(_("was wartete"), default=dict, db_default={}, blank=True)

    class Meta:
        verbose_name = _("Umrechnungslauf")
        verbose_name_plural = _("Umrechnungsläufe")
        ordering = ["-cutoff"]
        constraints = [
            models.UniqueConstraint(fields=["club", "cutoff"], name="coins_one_run_per_cutoff"),
            models.UniqueConstraint(
                fields=["closed_at"], condition=Q(closed_at=None), nulls_distinct=False, name="coins_one_open_run"
            ),
            models.CheckConstraint(
                condition=Q(released_coins__gte=0, released_coins__lte=F("due_coins")),
                name="coins_run_releases_at_most_due",
            ),
            models.CheckConstraint(
                condition=Q(state__lt=3, closed_at=None) | Q(state=3, closed_at__isnull=False),
                name="coins_run_closed_at",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.cutoff.astimezone(periods.BERLIN):%d.%m.%Y %H:%M}"

    @property
    def is_stopped(self) -> bool:
        return self.closed_at is None and self.stops.filter(resumed_at=None).exists()


class RunStop(models.Model):
    """Somebody of the team told a run to wait: until `resumed_at` nobody takes anything of it to count or to pay.

    A row of its own and no column of the run: that one is locked while a run is laid out or shared out, and who wants
    to stop it should not have to wait for that.
    """

    run = models.ForeignKey(ConversionRun, models.CASCADE, related_name="stops")
    at = models.DateTimeField(_("angehalten"))
    by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("von"))
    reason = models.CharField(_("Grund"), max_length=300)
    resumed_at = models.DateTimeField(_("fortgesetzt"), null=True, blank=True)
    resumed_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    resumed_reason = models.CharField(max_length=300, blank=True, default="")

    class Meta:
        verbose_name = _("Halt eines Laufs")
        verbose_name_plural = _("Halte eines Laufs")
        ordering = ["at"]
        constraints = [
            models.UniqueConstraint(
                fields=["run"], condition=Q(resumed_at=None), name="coins_run_stopped_once_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(resumed_at=None) | Q(resumed_at__gte=F("at")), name="coins_run_resumed_after_its_stop"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.run}: {self.reason}"


class RunPool(models.Model):
    """How much one pool releases for a run, and where it stands in the line along which youths are laid."""

    run = models.ForeignKey(ConversionRun, models.PROTECT, related_name="pools")
    pool = models.ForeignKey(FundingPool, models.PROTECT, related_name="runs", verbose_name=_("Fördertopf"))
    line_from = models.BigIntegerField()  # coins released by the pools before it
    coins = models.BigIntegerField(_("freigegeben"))
    leftover_coins = models.BigIntegerField(_("davon zurück"), default=0)

    class Meta:
        ordering = ["line_from"]
        constraints = [
            models.UniqueConstraint(fields=["run", "pool"], name="coins_pool_once_per_run"),
            models.CheckConstraint(condition=Q(coins__gt=0, line_from__gte=0), name="coins_pool_releases_something"),
        ]

    def __str__(self) -> str:
        return f"{self.pool}: {self.coins}"


class Axis(models.Model):
    """Where a youth stands: units credited so far, units covered by payments so far. Open coins lie between."""

    account = models.OneToOneField(
        LedgerAccount, models.PROTECT, primary_key=True, related_name="axis", db_constraint=False
    )
    end_units = models.BigIntegerField(default=0)
    covered_units = models.BigIntegerField(default=0)
    # Given up when the youth left: earned, never to be paid. Items and payments stay what they were.
    dropped_units = models.BigIntegerField(default=0, db_default=0)
    # Coins paid in one Berlin year, for its cap.
    paid_year = models.SmallIntegerField(default=0)
    paid_year_coins = models.IntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    covered_units__gte=0, dropped_units__gte=0, end_units__gte=F("covered_units") + F("dropped_units")
                ),
                name="coins_axis_covered_of_end",
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.account_id}: {self.covered_units}/{self.end_units}"

    @property
    def open_coins(self) -> int:
        # Round down: the rest is carried on until it is a whole coin.
        return (self.end_units - self.covered_units - self.dropped_units) // UNITS_PER_COIN


class ConversionLine(models.Model):
    """What one run did for one youth, with every number that explains it. Never changed."""

    app_role = roles.APPEND_ONLY

    run = models.ForeignKey(ConversionRun, models.PROTECT, related_name="lines", db_constraint=False)
    account = models.ForeignKey(
        LedgerAccount, models.PROTECT, related_name="conversion_lines", db_constraint=False, db_index=False
    )
    minutes = models.IntegerField(_("Minuten"))
    counted_minutes = models.IntegerField(_("davon zählen"))
    units = models.BigIntegerField()
    carry_in_units = models.IntegerField()
    carry_out_units = models.IntegerField()
    earned_coins = models.IntegerField(_("neu verdient"))
    open_in_coins = models.IntegerField(_("vorher offen"))
    due_coins = models.IntegerField(_("fällig"))  # open before and earned now, within the year's cap
    paid_coins = models.IntegerField(_("ausgezahlt"))
    open_out_coins = models.IntegerField(_("noch offen"))

    class Meta:
        verbose_name = _("Zeile eines Laufs")
        verbose_name_plural = _("Zeilen eines Laufs")
        constraints = [
            models.UniqueConstraint(fields=["account", "run"], name="coins_line_once_per_run"),
            models.CheckConstraint(
                condition=Q(paid_coins__gte=0, paid_coins__lte=F("due_coins"))
                & Q(due_coins__lte=F("open_in_coins") + F("earned_coins"))
                & Q(open_out_coins=F("open_in_coins") + F("earned_coins") - F("paid_coins")),
                name="coins_line_adds_up",
            ),
            models.CheckConstraint(
                condition=Q(counted_minutes__gte=0, counted_minutes__lte=F("minutes"), units__gte=0)
                & Q(carry_in_units__gte=0, carry_in_units__lt=UNITS_PER_COIN)
                & Q(carry_out_units__gte=0, carry_out_units__lt=UNITS_PER_COIN)
                & Q(carry_out_units=F("carry_in_units") + F("units") - F("earned_coins") * UNITS_PER_COIN),
                name="coins_line_loses_nothing",
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.account_id}: {self.paid_coins}"


class ConversionItem(models.Model):
    """One entry in a run: how many of its minutes counted, and which stretch of the youth's axis that is.

    An entry is converted if, and only if, it has an item.
    """

    class Cut(models.IntegerChoices):
        """Which cap let fewer minutes count than there were."""

        NONE = 0, _("nichts gekürzt")
        DAY = 1, _("Tagesgrenze")
        WEEK = 2, _("Wochengrenze")
        CATEGORY = 3, _("Wochengrenze der Kategorie")

    # One index for everything: no entry is counted twice (its youth and day are frozen with the first item), and the
    # days of a youth lie beside each other. A key of the entry alone would be hit all over, and cost half the insert.
    pk = models.CompositePrimaryKey("account", "done_on", "entry")
    run = models.ForeignKey(ConversionRun, models.PROTECT, related_name="items", db_constraint=False, db_index=False)
    account = models.ForeignKey(
        LedgerAccount, models.PROTECT, related_name="conversion_items", db_constraint=False, db_index=False
    )
    # The number stays when the entry is erased: it leads nowhere then, and what a run needs later is copied beside it.
    entry = models.ForeignKey(
        SharedTimeEntry, models.DO_NOTHING, related_name="conversion_items", db_constraint=False, db_index=False
    )
    category = models.ForeignKey(
        Category, models.PROTECT, related_name="conversion_items", db_constraint=False, db_index=False
    )
    policy = models.ForeignKey(
        ConversionPolicy, models.PROTECT, related_name="items", db_constraint=False, db_index=False
    )
    from_units = models.BigIntegerField()
    to_units = models.BigIntegerField()
    done_on = models.DateField(_("Tag"))  # Berlin day of the entry's start
    minutes = models.SmallIntegerField(_("Minuten"))
    counted_minutes = models.SmallIntegerField(_("davon zählen"))
    cut_by = models.SmallIntegerField(_("gekürzt durch"), choices=Cut, default=Cut.NONE)
    with_host = models.BooleanField(_("mit einem Betrieb"))

    class Meta:
        verbose_name = _("Posten eines Laufs")
        verbose_name_plural = _("Posten eines Laufs")
        # Items lie in the order of their runs. A few ranges of pages say where; an insert does not notice them.
        indexes = [BrinIndex(fields=["run"], name="coins_item_by_run", autosummarize=True)]
        constraints = [
            models.CheckConstraint(
                condition=Q(counted_minutes__gte=0, counted_minutes__lte=F("minutes"), minutes__gt=0)
                & Q(to_units__gte=F("from_units"), from_units__gte=0),
                name="coins_item_counts_at_most_all",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.done_on:%d.%m.%Y}: {self.counted_minutes}/{self.minutes}"


class Payment(models.Model):
    """Coins of one pool for one line. The transfer's `source_id` is this row; it covers a stretch of the axis."""

    app_role = roles.APPEND_ONLY

    run = models.ForeignKey(ConversionRun, models.PROTECT, related_name="payments", db_constraint=False, db_index=False)
    account = models.ForeignKey(
        LedgerAccount, models.PROTECT, related_name="payments", db_constraint=False, db_index=False
    )
    pool = models.ForeignKey(
        FundingPool, models.PROTECT, related_name="payments", db_constraint=False, db_index=False,
        verbose_name=_("Fördertopf"),
    )  # fmt: skip
    coins = models.IntegerField(_("Coins"))
    from_units = models.BigIntegerField()
    to_units = models.BigIntegerField()

    class Meta:
        verbose_name = _("Zahlung eines Laufs")
        verbose_name_plural = _("Zahlungen eines Laufs")
        constraints = [
            models.UniqueConstraint(fields=["run", "account", "pool"], name="coins_payment_once_per_pool"),
            models.CheckConstraint(
                condition=Q(coins__gt=0, from_units__gte=0) & Q(to_units=F("from_units") + F("coins") * UNITS_PER_COIN),
                name="coins_payment_covers_its_coins",
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.account_id}: {self.coins}"


class RunChunk(models.Model):
    """A stretch of whole youths. It is counted in one transaction and paid in another, each once, however often tried.

    What counting found waits here for the others: a tally with a place for each youth. Paying makes lines of it, and
    payments, and lets go of it.
    """

    run = models.ForeignKey(ConversionRun, models.PROTECT, related_name="chunks")
    number = models.IntegerField()
    first_account = models.BigIntegerField()
    last_account = models.BigIntegerField()
    # Who works on it, until when; a worker that comes back late finds a higher fence.
    leased_until = models.DateTimeField(null=True, blank=True)
    fence = models.IntegerField(default=0)

    counted_at = models.DateTimeField(null=True, blank=True)
    youths = models.IntegerField(default=0, db_default=0)
    entries = models.IntegerField(default=0, db_default=0)
    minutes = models.BigIntegerField(default=0, db_default=0)
    counted_minutes = models.BigIntegerField(default=0, db_default=0)
    earned_coins = models.BigIntegerField(default=0, db_default=0)
    open_coins = models.BigIntegerField(default=0, db_default=0)
    due_coins = models.BigIntegerField(default=0, db_default=0)
    # One number for each youth, in the order of accounts; `tally_paid` only where less is paid than is due.
    tally_accounts = ArrayField(models.BigIntegerField(), null=True, blank=True)
    tally_minutes = ArrayField(models.IntegerField(), null=True, blank=True)
    tally_counted = ArrayField(models.IntegerField(), null=True, blank=True)
    tally_units = ArrayField(models.BigIntegerField(), null=True, blank=True)
    tally_due = ArrayField(models.IntegerField(), null=True, blank=True)
    tally_paid = ArrayField(models.IntegerField(), null=True, blank=True)

    # Where the line of pools has come to at its first youth, and how much of it its youths take.
    line_from = models.BigIntegerField(default=0, db_default=0)
    coins = models.BigIntegerField(default=0, db_default=0)
    paid_at = models.DateTimeField(null=True, blank=True)
    payments = models.IntegerField(default=0, db_default=0)

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["run", "number"], name="coins_chunk_number_once")]

    def __str__(self) -> str:
        return f"{self.number}"
