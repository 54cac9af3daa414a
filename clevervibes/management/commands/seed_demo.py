"""Fill an empty database with the demo and print who can sign in."""

import time
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from clevervibes.demo import seeding
from clevervibes.demo.logins import table
from clevervibes.lib import db


class Command(BaseCommand):
    help = "Make the demo: a club in Lünen with half a year behind it, a small one beside it. Same seed, same data."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--youths", type=int, default=40, help="how many youths (default: 40)")
        parser.add_argument("--weeks", type=int, default=26, help="how many weeks back the story begins (default: 26)")
        parser.add_argument("--seed", type=int, default=1, help="another seed tells another story (default: 1)")
        parser.add_argument("--no-pictures", action="store_false", dest="pictures", help="some seconds faster")
        parser.add_argument("--logins", action="store_true", help="only print who can sign in")

    def handle(self, *, youths: int, weeks: int, logins: bool, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("Not a demo: its people have a known password. Set DEMO=1 where that is wanted.")
        if youths < seeding.SMALLEST_CLUB or weeks < 1:
            raise CommandError(f"At least {seeding.SMALLEST_CLUB} youths and 1 week, please.")
        if not logins:
            self._seed(youths=youths, weeks=weeks, seed=options["seed"], pictures=options["pictures"])
        elif not seeding.is_whole():
            raise CommandError("There is no demo yet. Make one without --logins.")
        self.stdout.write(table())

    def _seed(self, **wanted: Any) -> None:
        # What happens goes to stderr: stdout is the table, which ./club keeps for later starts.
        say = self.stderr.write
        started = time.monotonic()
        try:
            seeding.seed(**wanted, now=db.now(), say=say)
        except seeding.AlreadyThere as there:
            if not there.whole:
                raise CommandError("There is a club already, and it is no whole demo. Nothing was changed.") from None
            say("The demo is there already. Nothing was changed.")
        else:
            say(f"The demo is ready ({time.monotonic() - started:.1f} s).")
