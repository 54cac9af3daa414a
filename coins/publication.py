"""What is published of the seals, day by day, and what the books say to it now.

From the published text alone a stranger can tell whether the past was rewritten (docs/verifier.md). It holds a line for
each transfer, a salted hash; nothing about who, what or how much.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection

from clevervibes.lib import db, periods
from coins.models import DayProof, DaySeal

TRANSFERS_IN_A_DAY_SEAL = 50_000  # about 4 MB of text
FINDINGS_PUBLISHED = 1_000
NO_SEAL = "0" * 64


@dataclass(frozen=True)
class Finding:
    """A published line that the books no longer say, or a day seal that is not as it was written (no line)."""

    number: int
    day: date
    line: int | None
    what: str  # changed, missing, inserted; broken: the day seal itself
    digest: str | None  # the line as the books say it now
    transfer: int | None  # for the team alone

    def __str__(self) -> str:
        where = f"day seal {self.number} of {self.day.isoformat()}"
        if self.line is not None:
            where += f", line {self.line}"
        named = f" (transfer {self.transfer})" if self.transfer is not None else ""
        return f"{where}: {self.what}{named}"


@db.service
def publish(*, day: date, transfers_in_one: int = TRANSFERS_IN_A_DAY_SEAL) -> int | None:
    """Publish what was sealed since the last day seal and return how many that made; None while another publishes.

    A day is published once: called again it changes nothing. A day without bookings has a seal as well.
    """
    db.be_patient()
    with connection.cursor() as cursor:
        cursor.execute("SELECT coins_publish(%s, %s)", [day, transfers_in_one])
        written: int | None = cursor.fetchone()[0]
    return written


@db.service
def prove(*, findings: int = FINDINGS_PUBLISHED) -> list[Finding]:
    """Ask the books for every published line; return at most `findings` that are no longer what they were."""
    db.be_patient()
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM coins_prove_days(%s)", [findings])
        return [Finding(*row) for row in cursor.fetchall()]


@db.service
def note_proof(found: list[Finding], *, now: datetime) -> DayProof:
    """Publish what a look at the books found; a second one on the same day takes its place."""
    last = DaySeal.objects.order_by("-number").values_list("number", flat=True).first()
    proof, _new = DayProof.objects.update_or_create(
        proved_on=periods.berlin_date(now),
        defaults={
            "upto": last or 0,
            "findings": [[finding.what, finding.number, finding.line, finding.digest] for finding in found],
        },
    )
    return proof


# ── The public text ──────────────────────────────────────────────────────────────────────────────
def texts(*, first: int = 1, last: int | None = None) -> Iterator[str]:
    """Yield the public text of each day seal from number `first` to `last`, the oldest first."""
    numbers = DaySeal.objects.filter(number__gte=first).order_by("number").values_list("number", flat=True)
    for number in numbers if last is None else numbers.filter(number__lte=last):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT coins_day_text(d) || 'seal ' || encode(d.hash, 'hex') || E'\\n'"
                " FROM coins_dayseal d WHERE number = %s",
                [number],
            )
            yield cursor.fetchone()[0]


def proof_text() -> str:
    """Return the latest look at the books as it is published; empty before the first."""
    proof = DayProof.objects.order_by("-proved_on").first()
    if proof is None:
        return ""
    lines = ["clever-vibes-proof 1", f"day {proof.proved_on.isoformat()}", f"seals {proof.upto}"]
    lines.append(f"findings {len(proof.findings)}")
    for parts in proof.findings:
        lines.append(" ".join(str(part) if part is not None else "-" for part in parts))
    return "\n".join([*lines, "end", ""])


def export() -> Iterator[str]:
    """Yield all that is published of the seals, in parts: what docs/verifier.md checks."""
    yield from texts()
    yield proof_text()
