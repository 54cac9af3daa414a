"""`manage.py after_restore`: what must happen between a restore and the first visitor."""

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import DatabaseError, connection

from clevervibes import erased_list, erasure
from clevervibes.lib import db
from coins import reconciliation, seal


class Command(BaseCommand):
    help = (
        "After a restore, before anybody signs in: compare counts and sums with those of the backup, erase once more "
        "whoever was erased since, and prove the books. Ends with 1 if something does not hold."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--notes", type=Path, required=True, help="the folder clevervibes/deploy/restore wrote")
        parser.add_argument(
            "--counted", action="store_true", help="the restore went up to the count: everything must be equal"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        notes: Path = options["notes"]
        bad = self._compare(notes / "counts", must_be_equal=options["counted"])
        people = erased_list.read(notes / "erased.txt")
        done = erasure.erase_again(people, now=db.now())
        left = erasure.still_here(people)
        self.stdout.write(f"erased people: {len(people)} listed, {done} were back, back again {left} of {len(people)}")
        broken = [result for result in reconciliation.check() if result.bad]
        for result in broken:
            self.stdout.write(f"  {result.name}: {result.bad} bad, {result.example}")
        self.stdout.write(f"books: {len(broken)} invariants broken")
        findings = seal.verify().findings
        for finding in findings:
            self.stdout.write(f"  {finding}")
        self.stdout.write(f"seals: {len(findings)} broken")
        if bad or left or broken or findings:
            self.stdout.write("Do not open yet: docs/operations.md says what to do.")
            sys.exit(1)
        self.stdout.write("All of it holds. The club may open.")

    def _compare(self, counts: Path, *, must_be_equal: bool) -> int:
        """Print what differs from the backup's counts; return how many tables are not as they must be."""
        tables = [line.split("|") for line in counts.read_text().split()]
        differing = 0
        for table, rows, total in tables:
            if _count(table) != (int(rows), int(total)):
                differing += 1
                self.stdout.write(f"  {table}: {rows} rows, sum {total} in the backup; now {_count(table)}")
        said = "must be equal" if must_be_equal else "bookings since are in it too"
        self.stdout.write(f"counts and sums: {differing} of {len(tables)} tables differ ({said})")
        return differing if must_be_equal else 0


_NUMBERS = """
    SELECT string_agg(format('coalesce(%%I, 0)::numeric', attname), ' + ' ORDER BY attnum) FROM pg_attribute
     WHERE attrelid = to_regclass(%s) AND attnum > 0 AND NOT attisdropped
       AND atttypid IN ('int2'::regtype, 'int4'::regtype, 'int8'::regtype)
"""


def _count(table: str) -> tuple[int, int] | None:
    """Return a table's rows and all its whole numbers added up, as clevervibes/deploy/backup does; None if gone."""
    name = connection.ops.quote_name(table)
    try:
        with connection.cursor() as cursor:
            cursor.execute(_NUMBERS, [name])
            numbers = cursor.fetchone()[0] or "0"
            cursor.execute(f"SELECT count(*), coalesce(sum({numbers}), 0) FROM {name}")  # noqa: S608 (names, quoted)
            rows, total = cursor.fetchone()
    except DatabaseError:
        return None
    return rows, int(total)
