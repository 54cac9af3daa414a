"""`manage.py watch`: look at the house every minute and raise alarms."""

import time
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from clevervibes.operations.watch import Watch


class Command(BaseCommand):
    help = "Look every minute whether beat, worker, outbox, backup and stores are well, and send alarms by mail."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--every", type=int, default=60, metavar="SECONDS", help="60 where nothing is said")
        parser.add_argument("--once", action="store_true", help="look once and end")
        parser.add_argument("--alive", type=Path, help="a file that is touched at each look")

    def handle(self, *args: Any, **options: Any) -> None:
        watch = Watch()
        while True:
            # First what has just been started gets time to show that it works.
            if not options["once"]:
                time.sleep(options["every"])
            watch.look()
            if options["alive"]:
                options["alive"].touch()
            if options["once"]:
                return
