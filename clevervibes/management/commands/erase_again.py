"""`manage.py erase_again`: after a restore, erase once more whoever was erased since the backup was made."""

import sys
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandParser

from accounts.models import Erased
from clevervibes import erasure
from clevervibes.lib import db


class Command(BaseCommand):
    help = (
        "Read numbers of erased people from standard input and erase those who are back. "
        "With --list print the numbers instead, to be kept beside the backups."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--list", action="store_true", help="print the numbers of everybody erased so far")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["list"]:
            for person in Erased.objects.order_by("erased_at").values_list("person", flat=True):
                self.stdout.write(str(person))
            return
        listed = [UUID(line.strip()) for line in sys.stdin if line.strip()]
        done = erasure.erase_again(listed, now=db.now())
        self.stdout.write(f"{done} of {len(listed)} erased again")
