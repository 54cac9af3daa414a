"""The club in figures for its team: who is there, how much time, how many coins. Sums only, nobody is named."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count, Exists, F, OuterRef, Q, Sum
from django.db.models.functions import TruncWeek
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from accounts.models import User, YouthProfile
from accounts.team import rights
from activities.models import SharedTimeEntry
from clevervibes import plots
from clevervibes.lib import periods
from coins.models import Alarm, Balance, ConversionRun, FundingPool, LedgerAccount, LedgerSeal
from coins.numbers import euros, said
from partners.models import Redemption

WEEKS = 12
Kind = LedgerAccount.Kind


@dataclass(frozen=True)
class Figure:
    label: str | Promise
    value: str
    note: str = ""


def of(user: User, at: datetime) -> tuple[list[Figure], list[plots.Chart]]:
    """Return the figures and plots of the clubs that somebody works for; none for whoever works for none."""
    clubs = rights.clubs_of(user)
    if not clubs:
        return [], []
    monday = periods.berlin_date(at) - timedelta(days=periods.berlin_date(at).weekday())
    weeks = [monday - timedelta(weeks=back) for back in reversed(range(WEEKS))]
    minutes = _minutes(clubs, weeks[0])
    this, last = (sum(minutes.get(day, (0, 0))) for day in (monday, monday - timedelta(weeks=1)))
    figures = [
        _youths(clubs, at, monday),
        Figure(_("Stunden diese Woche"), _hours(this), _("letzte Woche %(hours)s") % {"hours": _hours(last)}),
        *_coins(clubs),
    ]
    return figures, [_hours_plot(weeks, minutes), _coins_plot(clubs, weeks[:-1])]


def _youths(clubs: set[int], at: datetime, monday: date) -> Figure:
    since = periods.midnight(monday - timedelta(weeks=3))
    recent = Exists(SharedTimeEntry.objects.filter(youth=OuterRef("pk"), starts_at__gte=since))
    found = YouthProfile.objects.filter(user__club__in=clubs, left_at=None).aggregate(
        all=Count("pk"), active=Count("pk", filter=recent)
    )
    note = _("von %(all)s, mit einer Zeit in den letzten vier Wochen") % {"all": said(found["all"])}
    return Figure(_("Jugendliche aktiv"), said(found["active"]), note)


def _minutes(clubs: set[int], since: date) -> dict[date, tuple[int, int]]:
    """Return approved minutes by the Monday of their week: with the family, with companies."""
    rows = (
        SharedTimeEntry.objects.filter(
            youth__user__club__in=clubs, status=SharedTimeEntry.Status.APPROVED, starts_at__gte=periods.midnight(since)
        )
        .order_by()
        .annotate(week=TruncWeek("starts_at", tzinfo=periods.BERLIN))
        .values("week")
        .annotate(
            home=Sum("duration_minutes", filter=Q(host_confirmed=False), default=0),
            host=Sum("duration_minutes", filter=Q(host_confirmed=True), default=0),
        )
    )
    return {periods.berlin_date(row["week"]): (row["home"], row["host"]) for row in rows}


def _coins(clubs: set[int]) -> list[Figure]:
    pools = FundingPool.objects.filter(Q(sponsor__organisation__club__in=clubs) | Q(sponsor=None, club__in=clubs))
    held = Balance.objects.aggregate(
        youths=Sum("posted", filter=Q(account__youth_link__youth__user__club__in=clubs), default=0),
        pools=Sum("posted", filter=Q(account__kind=Kind.POOL, account__owner__in=pools.values("public_id")), default=0),
        trust=Sum("posted", filter=Q(account__kind=Kind.TRUST), default=0),
    )
    seal = LedgerSeal.objects.order_by("-seq").values_list("sealed_at", flat=True).first()
    doubts = Alarm.objects.filter(kind=Alarm.Kind.LEDGER, seen_at=None).exists()
    when = _("zuletzt gesiegelt am %(day)s") % {"day": date_format(periods.berlin_date(seal), "j. F")} if seal else ""
    return [
        Figure(_("Coins bei Jugendlichen"), said(held["youths"]), _("in Töpfen %(n)s") % {"n": said(held["pools"])}),
        Figure(_("Deckung"), _("bitte prüfen") if doubts else _("vollständig"),
               _("%(euros)s zurückgelegt") % {"euros": euros(held["trust"])} + (f", {when}" if when else "")),
    ]  # fmt: skip


def _hours_plot(weeks: list[date], minutes: dict[date, tuple[int, int]]) -> plots.Chart:
    found = [minutes.get(day, (0, 0)) for day in weeks]
    series = [
        plots.Series(_("mit der Familie"), [home for home, _host in found]),
        plots.Series(_("mit Betrieben"), [host for _home, host in found]),
    ]
    title = _("Bestätigte Stunden je Woche")
    return plots.columns(title=title, unit=_("Stunden"), labels=_labels(weeks), series=series, write=_hours, step=60)


def _coins_plot(clubs: set[int], weeks: list[date]) -> plots.Chart:
    # Whole weeks: one that has just begun would look like a fall.
    runs = ConversionRun.objects.filter(
        club__in=clubs, state=ConversionRun.State.CLOSED, effective_on__gte=weeks[0]
    ).values_list("effective_on", F("released_coins") - F("leftover_coins"))
    spent = (
        Redemption.objects.filter(
            partner__organisation__club__in=clubs, undone_at=None, redeemed_at__gte=periods.midnight(weeks[0])
        )
        .order_by()
        .annotate(week=TruncWeek("redeemed_at", tzinfo=periods.BERLIN))
        .values_list("week")
        .annotate(coins=Sum("price_coins"))
    )
    paid_by_week = _by_week((day - timedelta(days=day.weekday()), coins) for day, coins in runs)
    spent_by_week = _by_week((periods.berlin_date(week), coins) for week, coins in spent)
    series = [
        plots.Series(_("ausgezahlt"), [paid_by_week.get(day, 0) for day in weeks]),
        plots.Series(_("eingelöst"), [spent_by_week.get(day, 0) for day in weeks]),
    ]
    return plots.lines(title=_("Coins je Woche"), unit=_("Coins"), labels=_labels(weeks), series=series)


def _by_week(rows: Iterable[tuple[date, int]]) -> dict[date, int]:
    found: dict[date, int] = {}
    for monday, number in rows:
        found[monday] = found.get(monday, 0) + number
    return found


def _labels(weeks: list[date]) -> list[str]:
    return [date_format(day, "j.n.") for day in weeks]


def _hours(minutes: plots.Number) -> str:
    # Round down: an hour is said when it is full.
    return said(int(minutes) // 60)
