import json
from argparse import ArgumentParser
from dataclasses import asdict

from django.core.management.base import BaseCommand, CommandError

from coins import reconciliation


class Command(BaseCommand):
    help = "Recompute every invariant of the ledger; exit 1 if one does not hold."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="for machines")

    def handle(self, *args: object, **options: bool) -> None:
        results = reconciliation.check()
        if options["json"]:
            self.stdout.write(json.dumps([asdict(result) for result in results], ensure_ascii=False, indent=1))
        else:
            for result in results:
                line = f"{result.bad:>6} bad  {result.name}"
                self.stdout.write(f"{line}: {result.example}" if result.bad else line)
        if failed := [result for result in results if result.bad]:
            raise CommandError(f"{len(failed)} of {len(results)} invariants do not hold.")
