from argparse import ArgumentParser
from datetime import UTC, datetime

from django.core.management.base import BaseCommand, CommandError
from django.db.models import Count
from django.utils.dateparse import parse_date, parse_datetime

from accounts.models import Club
from clevervibes.lib import db, periods
from clevervibes.lib.errors import DomainError
from coins import conversion
from coins.models import ConversionRun


class Command(BaseCommand):
    help = "Turn confirmed time into coins, for everything approved before the cutoff."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--cutoff", default="", metavar="D|now",
            help="a day (its 00:00 in Berlin), a moment, or now; without it the last Tuesday 18:00",
        )  # fmt: skip
        parser.add_argument("--club", default="", metavar="SLUG", help="one club; without it all")
        parser.add_argument("--preview", action="store_true", help="only show what the run would do")

    def handle(self, *args: object, **options: object) -> None:
        now = db.now()
        cutoff = self._cutoff(str(options["cutoff"]), now)
        clubs = Club.objects.order_by("pk")
        if options["club"]:
            clubs = clubs.filter(slug=options["club"])
        if not clubs:
            raise CommandError("There is no such club.")
        for club in clubs:
            try:
                if options["preview"]:
                    result = conversion.preview(club=club, cutoff=cutoff, now=now)
                else:
                    tell = self._tell if self.stderr.isatty() or options["verbosity"] > 1 else None  # type: ignore[operator]
                    result = conversion.summary(conversion.convert(club=club, cutoff=cutoff, now=now, tell=tell))
            except DomainError as error:
                raise CommandError(f"{club}: {error}") from None
            self._print(str(club), result, stored=not options["preview"])

    def _cutoff(self, given: str, now: datetime) -> datetime:
        if not given:
            return conversion.last_coin_day(now)
        if given == "now":
            return now
        try:
            if day := parse_date(given):
                return periods.midnight(day)
            if moment := parse_datetime(given):
                # In UTC and in Berlin it is a moment too: at either end of the calendar it may be none.
                berlin = moment.astimezone(periods.BERLIN) if moment.tzinfo else moment.replace(tzinfo=periods.BERLIN)
                return berlin.astimezone(UTC)
        except (ValueError, OverflowError):
            pass
        raise CommandError(f"„{given}“ is neither a day (2026-11-24), nor a moment (2026-11-24T18:00), nor now.")

    def _tell(self, run: ConversionRun) -> None:
        chunks = run.chunks.aggregate(all=Count("pk"), counted=Count("counted_at"), paid=Count("paid_at"))
        done = f"{chunks['paid']} of {chunks['all']} chunks paid"
        if chunks["counted"] < chunks["all"]:
            done = f"{chunks['counted']} of {chunks['all']} chunks counted"
        # On a terminal the line is written over, in a log each one stays.
        self.stderr.write(
            f"{run.club}: {done}",
            ending="\r" if self.stderr.isatty() else "\n",
        )

    def _print(self, club: str, result: conversion.Preview, *, stored: bool) -> None:
        run = result.run
        title = "Umrechnungslauf" if stored else "Vorschau, nichts ist gespeichert"
        self.stdout.write(f"{title}: {club}, Stichtag {run.cutoff.astimezone(periods.BERLIN):%d.%m.%Y %H:%M}")
        for name, number in conversion.figures(result):
            self.stdout.write(f"  {name:<40} {number:>12,}".replace(",", "."))
