"""What is published of the seals: a stranger tells from it alone that one old row was changed, and which."""

import random
import re
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection

from clevervibes.lib import db, periods
from coins import proof, publication, reconciliation, seal
from coins.models import Alarm, DayProof, DaySeal, LedgerSeal, Transfer
from tests.coins import books
from tests.coins.test_seal import FEW, make_transfers
from tests.concurrency import chosen_seed, in_parallel, let_transactions_end, reports, scaled

pytestmark = pytest.mark.django_db(transaction=True)

VERIFIER = settings.BASE_DIR / "clevervibes" / "openness" / "verify.py"
MONDAY = date(2026, 9, 14)


def publish(day: date = MONDAY, most: int = publication.TRANSFERS_IN_A_DAY_SEAL) -> int | None:
    let_transactions_end()
    seal.seal(transfers_in_a_seal=FEW)
    return publication.publish(day=day, transfers_in_one=most)


def export(folder: Path, name: str = "siegel.txt") -> Path:
    """What the public address answers, after the look of a night."""
    publication.note_proof(publication.prove(), now=db.now())
    file = folder / name
    file.write_text("".join(publication.export()))
    return file


def verify(*files: Path) -> tuple[int, str]:
    """Run the script as a stranger does: nothing of ours in its way, no database."""
    answer = subprocess.run(
        [sys.executable, "-I", "-S", VERIFIER, *files], capture_output=True, text=True, check=False,
        env={"PYTHONIOENCODING": "utf-8"}, cwd="/",
    )  # fmt: skip
    assert "Traceback" not in answer.stderr + answer.stdout, answer.stderr
    return answer.returncode, answer.stdout


def three_days(transfers: int = 10) -> None:
    for days in range(3):
        make_transfers(transfers)
        publish(MONDAY + timedelta(days=days))


# ── Publishing ───────────────────────────────────────────────────────────────────────────────────
def test_each_day_is_published_once_and_covers_every_sealed_transfer():
    make_transfers(10)

    assert publish() == 1
    assert publish() == 0
    make_transfers(20)
    assert publish(MONDAY + timedelta(days=1)) == 1
    assert publish(MONDAY + timedelta(days=2)) == 1

    rows = list(DaySeal.objects.all())
    assert [(row.number, row.transfers) for row in rows] == [(1, 13), (2, 23), (3, 0)]
    assert [len(row.lines) // 32 for row in rows] == [16, 32, 16], "a quiet day looks like one with a few"
    assert sum(row.transfers for row in rows) == Transfer.objects.count()
    assert rows[-1].to_seq == LedgerSeal.objects.latest("seq").seq
    assert publication.prove() == []


def test_a_great_day_is_cut_and_the_parts_follow_each_other():
    make_transfers(30)

    assert publish(most=10) == 4

    assert {row.day for row in DaySeal.objects.all()} == {MONDAY}
    assert sum(row.transfers for row in DaySeal.objects.all()) == 33
    assert publication.prove() == []


def test_publishers_at_once_make_one_chain():
    make_transfers(10)
    let_transactions_end()
    seal.seal()

    results = in_parallel(*[lambda: publication.publish(day=MONDAY)] * 4)

    assert {type(result) for result in results} <= {int, type(None)}, results
    assert DaySeal.objects.count() == 1


def test_nobody_publishes_for_a_day_that_has_not_come():
    tomorrow = periods.berlin_date(db.now()) + timedelta(days=2)

    with pytest.raises(Exception, match="has not come"):
        publication.publish(day=tomorrow)


@pytest.mark.parametrize("statement", ["UPDATE coins_dayseal SET day = day", "DELETE FROM coins_dayseal"])
def test_what_is_published_stays(statement, superuser_sql):
    publish()
    superuser_sql.execute(f"SET ROLE {settings.DATABASES['owner']['USER']}")

    with pytest.raises(Exception, match="append-only"):
        superuser_sql.execute(statement)


# ── The verifier ─────────────────────────────────────────────────────────────────────────────────
def test_the_verifier_confirms_an_honest_export(tmp_path):
    three_days()
    earlier = export(tmp_path, "frueher.txt")
    publish(MONDAY + timedelta(days=3))

    code, said = verify(export(tmp_path), earlier)

    assert code == 0, said
    assert "In Ordnung: 4 Siegel vom 14.09.2026 bis 17.09.2026, 64 Zeilen." in said
    assert "Alle 3 Siegel der früheren Datei sind unverändert enthalten." in said
    last = DaySeal.objects.latest("number")
    assert f"4:{bytes(last.hash).hex()}" in said


def test_a_shell_can_check_a_seal_too(tmp_path):
    three_days()
    text = next(publication.texts(first=2))
    body, _, last = text[:-1].rpartition("\n")

    answer = subprocess.run(["sha256sum"], input=f"{body}\n", capture_output=True, text=True, check=True)

    assert last == f"seal {answer.stdout.split()[0]}"


def change_one_row(superuser_sql, source: random.Random, ids: list[int], folder: Path) -> tuple[bool, str]:
    """Change an old row as a superuser can; say whether books and verifier name the day and line of it."""
    lines = where_published()
    superuser_sql.execute("SET session_replication_role = replica")
    row = source.choice(ids)
    superuser_sql.execute("CREATE TEMP TABLE kept AS SELECT * FROM coins_transfer WHERE id = %s", [row])
    what = source.choice(["amount = amount + 1", "debit_id = debit_id + 1", "effective_on = effective_on - 1", ""])
    if what:
        superuser_sql.execute(f"UPDATE coins_transfer SET {what} WHERE id = %s", [row])
    else:
        superuser_sql.execute("DELETE FROM coins_transfer WHERE id = %s", [row])
    number, day, line = lines[row]
    found = publication.prove()
    code, said = verify(export(folder))
    superuser_sql.execute(
        "DELETE FROM coins_transfer WHERE id = %s; INSERT INTO coins_transfer OVERRIDING SYSTEM VALUE"
        " SELECT * FROM kept; DROP TABLE kept",
        [row],
    )
    inside = (number, day, line) in {(one.number, one.day, one.line) for one in found}
    outside = code == 1 and f"Siegel {number} vom {day:%d.%m.%Y}, Zeile {line}: " in said
    return inside and outside, f"{what or 'delete'}: {found} / {said}"


def where_published() -> dict[int, tuple[int, date, int]]:
    """Return per transfer the day seal, day and line it is published in."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT l.transfer, d.number, d.day, l.line FROM coins_dayseal d"
            " CROSS JOIN LATERAL coins_day_lines(d, 9223372036854775807) l"
        )
        return {row[0]: tuple(row[1:]) for row in cursor.fetchall()}


@pytest.mark.parametrize("rows", [pytest.param(8, id="8"), pytest.param(100, id="100", marks=pytest.mark.slow)])
def test_one_changed_old_row_is_named_by_the_books_and_by_a_stranger(superuser_sql, tmp_path, rows):
    three_days(transfers=40 if rows > 10 else 12)
    ids = list(Transfer.objects.values_list("pk", flat=True))
    seed = chosen_seed()
    source = random.Random(seed)

    results = [change_one_row(superuser_sql, source, ids, tmp_path) for _round in range(scaled(rows))]

    bad = [said for good, said in results if not good]
    reports.append(f"one old row changed: named by day and line inside and outside, bad {len(bad)} of {len(results)}"
                   f" (seed {seed})")  # fmt: skip
    assert bad == []
    assert verify(export(tmp_path))[0] == 0, "all is put back"


@pytest.mark.corrupts_ledger
def test_the_night_raises_an_alarm_and_publishes_what_it_found(superuser_sql, tmp_path):
    make_transfers(10)
    publish()
    row, (number, _day, line) = sorted(where_published().items())[4]
    superuser_sql.execute("SET session_replication_role = replica")
    superuser_sql.execute("UPDATE coins_transfer SET amount = amount + 1 WHERE id = %s", [row])

    proof.nightly()

    detail = Alarm.objects.get(kind=Alarm.Kind.SEAL).detail
    assert f"transfer {row}: changed since seal" in detail
    proved = DayProof.objects.get()
    assert [finding[:3] for finding in proved.findings] == [["changed", number, line]]
    with pytest.raises(CommandError):
        call_command("ledger_seal", "--verify")


def rewrite(superuser_sql, row: int) -> None:
    superuser_sql.execute("SET session_replication_role = replica")
    superuser_sql.execute("UPDATE coins_transfer SET amount = amount + 1 WHERE id = %s", [row])


@pytest.mark.corrupts_ledger
def test_whoever_rewrites_the_line_too_is_found_by_the_seal(superuser_sql, tmp_path):
    three_days()
    row, (number, day, _line) = sorted(where_published().items())[15]
    rewrite(superuser_sql, row)
    superuser_sql.execute(
        "UPDATE coins_dayseal s SET lines = (SELECT string_agg(digest, '' ORDER BY line)"
        " FROM coins_day_lines(s, 9223372036854775807)) || substr(lines, (transfers * 32 + 1)::int) WHERE number = %s",
        [number],
    )

    code, said = verify(export(tmp_path))

    assert code == 1
    assert f"Siegel {number} vom {day:%d.%m.%Y}: passt nicht zu seinen Zeilen" in said
    assert {finding.what for finding in publication.prove()} == {"broken"}


@pytest.mark.corrupts_ledger
def test_whoever_writes_the_whole_chain_anew_is_found_by_an_earlier_copy_and_by_the_check(superuser_sql, tmp_path):
    three_days()
    earlier = export(tmp_path, "frueher.txt")
    rewrite(superuser_sql, min(where_published()))
    superuser_sql.execute("DELETE FROM coins_dayseal; DELETE FROM coins_ledgerseal")
    for days in range(3):
        publish(MONDAY + timedelta(days=days))
    new = export(tmp_path)

    assert verify(new)[0] == 0, "by itself the new chain looks whole"
    code, said = verify(new, earlier)
    assert code == 1
    assert "Siegel 1 vom 14.09.2026, Zeile 1: war früher anders." in said


@pytest.mark.corrupts_ledger
def test_a_seal_below_the_published_ones_that_was_written_anew_breaks_the_check(superuser_sql):
    three_days()
    superuser_sql.execute("SET session_replication_role = replica; DELETE FROM coins_ledgerseal")
    make_transfers(1)
    let_transactions_end()
    seal.seal()

    bad = {result.name for result in reconciliation.check() if result.bad}

    assert "the published seals are those of the chain" in bad


DAMAGES = {
    "a line changed": (lambda text: text.replace("\n3 ", "\n3 0", 1), "Zeile 3 ist verändert"),
    "one digit changed": (
        lambda text: re.sub(r"\n3 (.)", lambda found: f"\n3 {'1' if found[1] == '0' else '0'}", text, count=1),
        "passt nicht zu seinen Zeilen",
    ),
    "a line dropped": (lambda text: re.sub(r"\n3 \w+", "", text, count=1), "Zeile 3 ist verändert, fehlt"),
    "two lines swapped": (
        lambda text: re.sub(r"\n(3 \w+)\n(4 \w+)", r"\n\2\n\1", text, count=1),
        "Zeile 3 ist verändert, fehlt oder steht an falscher Stelle",
    ),
    "two hashes swapped": (
        lambda text: re.sub(r"\n3 (\w+)\n4 (\w+)", r"\n3 \2\n4 \1", text, count=1),
        "passt nicht zu seinen Zeilen",
    ),
    "a day dropped": (
        lambda text: text[: text.index("clever-vibes-seal", 9)] + text[text.rindex("clever-vibes-seal") :],
        "folgt nicht auf",
    ),
    "the first day dropped": (lambda text: text[text.index("clever-vibes-seal", 9) :], "ist nicht das erste"),
    "cut in a line": (lambda text: text[:1000], "hört mitten in Zeile"),
    "cut after a line": (lambda text: "\n".join(text.split("\n")[:12]) + "\n", "hört nach Zeile 12 auf"),
    "cut after a seal": (lambda text: text[: text.rindex("clever-vibes-proof")], "Die Prüfung der Bücher fehlt"),
    "the last day dropped": (
        lambda text: text[: text.rindex("clever-vibes-seal")] + text[text.index("clever-vibes-proof") :],
        "Es fehlt etwas",
    ),
    "another day": (lambda text: text.replace("day 2026-09-15", "day 2026-09-13"), "ist älter als"),
    "nothing": (lambda text: "", "Darin ist kein Siegel"),
    "a web page": (lambda text: "<html>\n", "hier müsste der Anfang eines Siegels stehen"),
    "no text": (lambda text: "ä\n", "ist keine Textdatei von uns"),
}


def test_a_damaged_file_gets_a_clear_sentence_each(tmp_path):
    three_days(transfers=5)
    whole = export(tmp_path).read_text()
    file = tmp_path / "kaputt.txt"

    for name, (damage, said) in DAMAGES.items():
        damaged = damage(whole)
        assert damaged != whole, name
        file.write_text(damaged, encoding="utf-8")
        code, answer = verify(file)
        assert (code, said in answer) == (1, True), f"{name}: {answer}"
    assert verify(tmp_path / "gibt-es-nicht.txt")[0] == 1
    assert verify()[0] == 1


def test_nothing_of_a_transfer_is_in_what_is_published(tmp_path):
    account = books.make_youth(coins=7_777_777)
    publish()

    text = export(tmp_path).read_text()

    # Numbers, days, hashes: nothing else has a place there.
    words = set(re.sub(r"\b[0-9a-f]{64}\b", "", text).split())
    known = {"clever-vibes-seal", "clever-vibes-proof", "number", "day", "previous", "salt", "lines", "seal", "seals",
             "findings", "end", "2026-09-14", f"{periods.berlin_date(db.now()):%Y-%m-%d}"}  # fmt: skip
    assert words - known <= {str(number) for number in range(17)}
    assert str(account.owner) not in text
    # Who knows all but the salt cannot try: without it no line is the hash of a transfer.
    with connection.cursor() as cursor:
        cursor.execute("SELECT encode(sha256(coins_transfer_bytes(t)), 'hex') FROM coins_transfer t")
        assert not {digest for (digest,) in cursor.fetchall()} & set(text.split())
        cursor.execute("SELECT encode(secret, 'hex') FROM coins_dayseal")
        assert cursor.fetchone()[0] not in text
