"""Measure the ledger beside PostgreSQL's own yardstick and another ledger, on the server at hand."""

import math
import signal
from argparse import ArgumentParser, ArgumentTypeError
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from clevervibes.bench import report, suite
from clevervibes.bench.machine import CannotMeasure


def rows(text: str) -> list[int]:
    try:
        wanted = sorted({int(word) for word in text.split(",")})
    except ValueError:
        wanted = []
    if not wanted or not set(wanted) <= set(suite.ROWS):
        raise ArgumentTypeError(f"rows are {', '.join(map(str, suite.ROWS))}, with a comma between")
    return wanted


class Command(BaseCommand):
    help = "Measure the ledger in scratch databases of its own; they are dropped at the end. Needs an idle machine."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--only", type=rows, default=[], metavar="1,2,…", help="only these rows")
        parser.add_argument("--entries", type=int, default=1_000_000, help="entries of a run (default: 1,000,000)")
        parser.add_argument("--rounds", type=int, default=3, help="how often each figure is measured (default: 3)")
        parser.add_argument("--seconds", type=float, default=5, help="length of a measurement by time (default: 5)")
        parser.add_argument("--large", action="store_true", help="row 9 up to ten million transfers (3 GB)")
        parser.add_argument("--json", action="store_true", help="for machines")
        parser.add_argument(
            "--write", action="store_true", help="write docs/benchmarks.md, its picture and its figures"
        )

    def handle(self, **options: Any) -> None:
        # Whoever asks us to end gets the databases dropped first, as with Ctrl-C.
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        size = {name: options[name] for name in ("only", "entries", "rounds", "seconds", "large")}
        # Not a number is less than nothing, and not more either.
        if not all(0 < size[name] < math.inf for name in ("entries", "rounds", "seconds")):
            raise CommandError("Entries, rounds and seconds are more than 0.")
        if options["write"] and options["only"]:
            raise CommandError("The page shows one run of all rows. Leave --only out, or --write.")
        try:
            result = suite.run(**size, say=self.stderr.write)
        except CannotMeasure as reason:
            raise CommandError(str(reason)) from None
        except KeyboardInterrupt:
            raise CommandError("Broken off. The scratch databases are gone.", returncode=130) from None
        self.stdout.write(result.as_json() if options["json"] else report.table(result))
        if options["write"]:
            for file in report.write(result, settings.BASE_DIR / "docs"):
                self.stderr.write(f"Written: {file.relative_to(settings.BASE_DIR)}")
