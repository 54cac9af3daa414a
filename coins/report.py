"""What a run does, or would do, told for people: quota, pools, categories, caps, who waits. Sums, never a name."""

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from django.db import connection
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Sum
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import selectors as people
from activities import selectors as shared_time
from activities.models import SharedTimeEntry
from clevervibes.lib import sheets
from coins import funding, planning
from coins.models import ConversionItem, ConversionRun, FundingPool, RunPool
from coins.models.conversion import UNITS_PER_COIN
from coins.numbers import said

State = ConversionRun.State
Cut = ConversionItem.Cut

WAITS: dict[str, str | Promise] = {
    "seen": gettext_lazy("Es wurde noch niemand gesehen"),
    "consent": gettext_lazy("Die Einwilligung fehlt"),
    "look": gettext_lazy("Das Team sieht noch darauf: Stichprobe oder Hinweis"),
    "stopped": gettext_lazy("Vom Team angehalten"),
}


@dataclass(frozen=True)
class PoolRow:
    """One pool in a run. What is None is not known any more when the run is over."""

    name: str
    sponsor: str
    pays: int = 0
    available: int | None = None
    limit: int | None = None  # coins a week
    may: int = 0  # coins it may release now
    why_not: str = ""
    back: int = 0
    youths: int | None = None

    @property
    def left(self) -> int | None:
        return None if self.available is None else self.available - self.pays


@dataclass(frozen=True)
class Theme:
    """What was done in one category; `coins` is rounded down, the rest is in the others."""

    name: str
    entries: int
    minutes: int
    counted: int
    coins: int


@dataclass(frozen=True)
class Row:
    label: str | Promise
    entries: int | None
    youths: int | None
    amount: str = ""


@dataclass(frozen=True)
class Report:
    run: ConversionRun
    quota: str
    pools: list[PoolRow]
    themes: list[Theme]
    cuts: list[Row]
    waits: list[Row]
    spread: list[tuple[int, int]] = field(default_factory=list)  # coins, youths who get them

    @property
    def paid_coins(self) -> int:
        return self.run.released_coins - self.run.leftover_coins

    @property
    def open_before(self) -> int:
        return self.run.open_coins - self.run.earned_coins

    @property
    def stays_open(self) -> int:
        return self.run.open_coins - self.paid_coins

    @property
    def is_empty(self) -> bool:
        """Say whether there was nothing to count and nothing to pay."""
        return not (self.run.entries or self.run.open_coins)


def of(run: ConversionRun, line: "list[tuple[int, PoolRow]] | None" = None) -> Report:
    """Return what is known of a run that is shared out; `line` are its pools as they stood before (`open_pools`)."""
    spread, capped = _spread(run)
    themes, cuts = _items(run)
    if capped[1]:
        cuts.append(Row(_("Jahresgrenze"), None, capped[0], _("%(n)s Coins bleiben offen") % {"n": said(capped[1])}))
    return Report(run, quota(run), _pools(run, line), themes, cuts, waits(run), spread)


def quota(run: ConversionRun) -> str:
    """Say in a sentence how much of what is due is paid."""
    words = {"released": said(run.released_coins), "due": said(run.due_coins)}
    if not run.due_coins:
        return _("Es sind keine Coins fällig.")
    if run.released_coins == run.due_coins:
        return _("Alle fälligen Coins: %(due)s von %(due)s, nichts bleibt wegen der Töpfe offen.") % words
    if not run.released_coins:
        return _("Die Töpfe geben gerade nichts her: Alle %(due)s fälligen Coins bleiben offen.") % words
    return _("Diese Woche %(released)s von %(due)s, der Rest bleibt offen. Alle bekommen denselben Anteil.") % words


# ── Who waits ────────────────────────────────────────────────────────────────────────────────────
def waiting(run: ConversionRun) -> dict[str, list[int]]:
    """Return the confirmed hours that this run does not count, as {why: [entries, youths]}."""
    # An entry that an earlier run has taken waits for nothing any more.
    taken = ConversionItem.objects.filter(account__youth_link__youth=OuterRef("youth"), entry=OuterRef("pk"))
    found: dict[str, list[int]] = {}
    looked_at = _per_youth(shared_time.entries_looked_at(run.cutoff).filter(youth__user__club=run.club_id), taken)
    if looked_at:
        found["look"] = [sum(looked_at.values()), len(looked_at)]
    unready: QuerySet[Any] = people.youths_waiting_to_earn(run.cutoff, club=run.club)
    entries = _per_youth(shared_time.convertible_entries(run.cutoff).filter(youth__in=unready.values("pk")), taken)
    youths: Counter[str] = Counter()
    sums: Counter[str] = Counter()
    for youth, why in unready.filter(pk__in=list(entries)).values_list("pk", "waits_for"):
        youths[why] += 1
        sums[why] += entries[youth]
    return found | {why: [sums[why], youths[why]] for why in sorted(youths)}


def _per_youth(entries: QuerySet[SharedTimeEntry], taken: QuerySet[ConversionItem]) -> dict[int, int]:
    rows = entries.filter(~Exists(taken)).order_by().values("youth").annotate(n=Count("pk"))
    return dict(rows.values_list("youth", "n"))


def waits(run: ConversionRun) -> list[Row]:
    return [Row(label, *run.waiting[why]) for why, label in WAITS.items() if why in run.waiting]


# ── Pools ────────────────────────────────────────────────────────────────────────────────────────
def open_pools(run: ConversionRun) -> list[tuple[int, PoolRow]]:
    """Return the pools that could pay `run`, first those that stand in line, with what keeps the others from it."""
    may = {capacity.pool.pk: capacity.coins for capacity in planning.capacities(run)}
    pools = funding.with_coins(
        FundingPool.objects.filter(Q(club=run.club_id) | Q(club=None), ended_at=None)
    ).select_related("sponsor__organisation")
    place = {pk: number for number, pk in enumerate(may)}
    rows = []
    for pool in sorted(pools, key=lambda pool: (place.get(pool.pk, len(place)), pool.pk)):
        coins: int = getattr(pool, "coins", 0)
        rows.append(
            (pool.pk, PoolRow(
                name=pool.name, sponsor=str(pool.sponsor or _("Gemeinschaftstopf")), available=coins,
                limit=pool.weekly_limit_coins, may=may.get(pool.pk, 0),
                why_not="" if pool.pk in may else _why_not(pool, coins, run.effective_on),
            ))
        )  # fmt: skip
    return rows


def _why_not(pool: FundingPool, coins: int, on: date) -> str:
    sponsor = pool.sponsor
    if pool.paused_at:
        return _("Topf angehalten")
    if sponsor and sponsor.suspended_at:
        return _("Förderer ausgesetzt")
    if sponsor and sponsor.agreement_from and sponsor.agreement_from > on:
        return _("Vereinbarung ab %(day)s") % {"day": date_format(sponsor.agreement_from, "j. F Y")}
    return _("Wochengrenze erreicht") if coins else _("leer")


def _pools(run: ConversionRun, line: list[tuple[int, PoolRow]] | None) -> list[PoolRow]:
    released = {row.pool_id: row for row in run.pools.select_related("pool__sponsor__organisation")}
    if line is not None:
        return [replace(row, pays=released[pk].coins if pk in released else 0) for pk, row in line]
    youths: dict[int, int] = dict(run.payments.order_by().values_list("pool").annotate(n=Count("pk")))
    return [_paid(row, youths.get(row.pool_id, 0)) for row in released.values()]


def _paid(row: RunPool, youths: int) -> PoolRow:
    return PoolRow(
        name=row.pool.name, sponsor=str(row.pool.sponsor or _("Gemeinschaftstopf")), pays=row.coins,
        back=row.leftover_coins, youths=youths,
    )  # fmt: skip


# ── Themes and caps ──────────────────────────────────────────────────────────────────────────────
def _items(run: ConversionRun) -> tuple[list[Theme], list[Row]]:
    rows = (
        ConversionItem.objects.filter(run=run)
        .order_by()
        .values("category__name", "cut_by")
        .annotate(
            entries=Count("entry"), sum_minutes=Sum("minutes"), sum_counted=Sum("counted_minutes"),
            units=Sum(F("to_units") - F("from_units")),
        )
    )  # fmt: skip
    by_theme: dict[str, list[Any]] = {}
    by_cut: dict[int, list[int]] = {}
    for row in rows:
        numbers = [row["entries"], row["sum_minutes"], row["sum_counted"], row["units"]]
        theme = by_theme.setdefault(row["category__name"], [0] * 4)
        by_theme[row["category__name"]] = [a + b for a, b in zip(theme, numbers, strict=True)]
        if row["cut_by"]:
            entries, minutes = by_cut.get(row["cut_by"], [0, 0])
            by_cut[row["cut_by"]] = [entries + numbers[0], minutes + numbers[1] - numbers[2]]
    themes = [
        Theme(name, entries, minutes, counted, units // UNITS_PER_COIN)
        for name, (entries, minutes, counted, units) in sorted(by_theme.items(), key=lambda one: -one[1][2])
    ]
    cuts = [
        Row(Cut(cut).label, entries, None, _("%(n)s Minuten zählen nicht") % {"n": said(minutes)})
        for cut, (entries, minutes) in sorted(by_cut.items())
    ]
    return themes, cuts


# ── How the coins spread ─────────────────────────────────────────────────────────────────────────
def _spread(run: ConversionRun) -> tuple[list[tuple[int, int]], tuple[int, int]]:
    """Return how many youths get how many coins; and the year's cap: youths it holds up, coins it holds back."""
    with connection.cursor() as cursor:
        cursor.execute(_SPREAD, {"run": run.pk, "coin": UNITS_PER_COIN})
        rows = cursor.fetchall()
    spread = [(coins, youths) for coins, youths, _held, _kept in rows]
    return spread, (sum(row[2] for row in rows), int(sum(row[3] for row in rows)))


# A chunk that is paid has lines, one that is not yet has its tally.
_SPREAD = """
    SELECT coins, count(*), count(*) FILTER (WHERE open > due), coalesce(sum(open - due), 0)
      FROM (SELECT paid_coins AS coins, due_coins AS due, open_in_coins + earned_coins AS open
              FROM coins_conversionline WHERE run_id = %(run)s
            UNION ALL
            SELECT t.coins, t.due, (x.end_units - x.covered_units) / %(coin)s
              FROM coins_runchunk c
             CROSS JOIN LATERAL unnest(c.tally_accounts, c.tally_due, coalesce(c.tally_paid, c.tally_due))
                     AS t (account_id, due, coins)
              JOIN coins_axis x ON x.account_id = t.account_id
             WHERE c.run_id = %(run)s AND c.paid_at IS NULL) each_youth
     GROUP BY coins ORDER BY coins
"""

MOST_STEPS = 12
_ROUND = [1, 2, 5]


def steps(spread: list[tuple[int, int]]) -> list[tuple[str, int]]:
    """Return groups of equal width, at most a dozen besides those who get nothing: a label and the youths in it."""
    if not spread:
        return []
    most = max(coins for coins, _youths in spread)
    width, power = 1, 0
    while most > width * MOST_STEPS:
        power += 1
        width = _ROUND[power % 3] * 10 ** (power // 3)
    counts: Counter[int] = Counter()
    for coins, youths in spread:
        counts[(coins - 1) // width if coins else -1] += youths
    groups = [(_name(step, width), counts[step]) for step in range((most - 1) // width + 1)] if most else []
    return [("0", counts[-1]), *groups] if counts[-1] else groups


def _name(step: int, width: int) -> str:
    first = step * width + 1
    return said(first) if width == 1 else f"{said(first)}–{said(first + width - 1)}"


# ── As a table ───────────────────────────────────────────────────────────────────────────────────
def table(run: ConversionRun) -> list[list[object]]:
    """Return a run in lines for a spreadsheet: what part of it, which one, and the numbers that it has."""
    told = of(run)
    lines: list[list[object]] = [
        [_("Teil"), _("Was"), _("Jugendliche"), _("Einträge"), _("Minuten"), _("davon zählen"), _("Coins")],
        [_("Lauf"), sheets.text(run), run.youths, run.entries, run.minutes, run.counted_minutes, told.paid_coins],
    ]
    for label, coins in (
        (_("vorher offen"), told.open_before), (_("neu verdient"), run.earned_coins), (_("fällig"), run.due_coins),
        (_("bleibt offen"), told.stays_open),
    ):  # fmt: skip
        lines.append([_("Lauf"), label, "", "", "", "", coins])
    for pool in told.pools:
        name = sheets.text(f"{pool.sponsor}: {pool.name}")
        youths = "" if pool.youths is None else pool.youths
        lines.append([_("Topf"), name, youths, "", "", "", pool.pays - pool.back])
    for theme in told.themes:
        lines.append([_("Kategorie"), sheets.text(theme.name), "", theme.entries, theme.minutes, theme.counted,
                      theme.coins])  # fmt: skip
    for coins, youths in told.spread:
        lines.append([_("Verteilung"), _("bekommt so viele Coins"), youths, "", "", "", coins])
    for part, rows in ((_("Grenze"), told.cuts), (_("wartete"), told.waits)):
        for row in rows:
            lines.append([part, str(row.label), _blank(row.youths), _blank(row.entries), "", "", ""])
    return lines


def _blank(number: int | None) -> object:
    return "" if number is None else number
