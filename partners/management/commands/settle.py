from argparse import ArgumentParser
from datetime import date, datetime, timedelta

from django.core.management.base import BaseCommand, CommandError

from clevervibes.lib import db, periods
from partners import settlement


class Command(BaseCommand):
    help = "Make the partners' statements of a month (default: the last whole one), or up to this moment."

    def add_arguments(self, parser: ArgumentParser) -> None:
        until = parser.add_mutually_exclusive_group()
        until.add_argument("--month", type=_month, help="a Berlin month, e.g. 2026-10")
        until.add_argument("--cutoff", choices=["now"], help="settle everything up to this moment")

    def handle(self, *args: object, month: date | None, cutoff: str | None, **options: object) -> None:
        now = db.now()
        until = now if cutoff else settlement.month_cutoff(month or _last_month(now))
        if not cutoff and now < until + settlement.SETTLES_AFTER:
            raise CommandError(f"This month is settled from {until + settlement.SETTLES_AFTER:%d.%m.%Y %H:%M} UTC on.")
        report = settlement.settle_all(cutoff=until, now=now)
        for made in report.settlements:
            self.stdout.write(f"{made.number}  {made.get_status_display()}  {made.partner}")
        self.stdout.write(
            f"{len(report.settlements)} settlements up to {until.astimezone(periods.BERLIN):%d.%m.%Y %H:%M}"
        )
        if report.failed:
            raise CommandError("Not settled, see the log: " + ", ".join(map(str, report.failed)))


def _month(text: str) -> date:
    return datetime.strptime(text, "%Y-%m").replace(tzinfo=periods.BERLIN).date()


def _last_month(now: datetime) -> date:
    return periods.berlin_date(now).replace(day=1) - timedelta(days=1)
