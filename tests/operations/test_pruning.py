"""Which backups of a made-up year are left: what docs/operations.md promises, and never without the newest."""

import os
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "clevervibes" / "deploy" / "backup"
LAST_DAY = date(2027, 1, 12)  # a Tuesday; the year before it has a week 53

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the script is for the machine of an installation")


def make_backup(folder: Path, day: date, hour: int = 2) -> str:
    """Lay out a backup with a piece of the log of its own, as far as tidying up looks at it."""
    name = f"{day:%Y%m%d}T{hour:02}0000Z"
    backup = folder / "full" / name
    backup.mkdir(parents=True)
    (backup / "starts-with").write_text(piece_of(day))
    (folder / "wal").mkdir(exist_ok=True)
    (folder / "wal" / f"{piece_of(day)}.gpg").touch()
    return name


def piece_of(day: date, timeline: int = 1) -> str:
    """Return the name of the piece of the log in which the backup of a day begins."""
    return f"{timeline:08X}{0:08X}{day.toordinal():08X}"


def prune(folder: Path) -> None:
    bin = folder / "bin"
    bin.mkdir()
    (bin / "gpg").write_text("#!/bin/sh\n")  # it must be there, and is not called
    (bin / "gpg").chmod(0o755)
    variables = {"PATH": f"/usr/bin:/bin:{bin}", "BACKUPS": str(folder), "BACKUP_KEY": "k" * 32}
    subprocess.run(["bash", SCRIPT, "prune"], env=variables, check=True, timeout=120, cwd=os.sep)


def left(folder: Path, of: str = "full") -> list[str]:
    return sorted(path.name for path in (folder / of).iterdir())


def promised(names: list[str]) -> set[str]:
    """Return what is to be kept of a year with a backup each night: 14 days and 8 weeks, of each the newest."""
    days = {date.fromisoformat(name[:8]): name for name in sorted(names)}
    newest_first = sorted(days, reverse=True)
    weeks: dict[tuple[int, int], date] = {}
    for day in newest_first:
        weeks.setdefault(day.isocalendar()[:2], day)
    return {days[day] for day in [*newest_first[:14], *list(weeks.values())[:8]]}


def test_of_a_year_fourteen_days_and_eight_weeks_are_left(tmp_path):
    year = [LAST_DAY - timedelta(days=days) for days in range(365)]
    made = [make_backup(tmp_path, day) for day in year]
    # Before each upgrade one more, on the same day.
    made += [make_backup(tmp_path, day, hour) for day in year[::9] for hour in (0, 14)]
    (tmp_path / "full" / ".unfinished-20270112T150000Z").mkdir()
    # After a restore the log has another timeline, and the same places in it come again.
    for day in (LAST_DAY, year[200]):
        (tmp_path / "wal" / f"{piece_of(day, timeline=2)}.gpg").touch()
    (tmp_path / "wal" / "00000002.history.gpg").touch()

    prune(tmp_path)

    kept = [name for name in left(tmp_path) if not name.startswith(".")]
    assert kept == sorted(promised(made))
    assert len(kept) == 19  # fourteen days lie in three weeks, so five more
    assert kept[-1] == max(made)
    oldest = date.fromisoformat(kept[0][:8])
    assert (LAST_DAY - oldest).days <= 56
    pieces = {f"{piece_of(day)}.gpg" for day in year if day >= oldest}
    assert left(tmp_path, "wal") == sorted({*pieces, f"{piece_of(LAST_DAY, timeline=2)}.gpg", "00000002.history.gpg"})
    assert (tmp_path / "full" / ".unfinished-20270112T150000Z").exists(), "the next backup removes it"


def test_after_months_without_one_the_new_one_alone_is_left(tmp_path):
    for days in range(120, 160):
        make_backup(tmp_path, LAST_DAY - timedelta(days=days))
    newest = make_backup(tmp_path, LAST_DAY)

    prune(tmp_path)

    # Erased people are remembered for 90 days: an older backup would bring them back.
    assert left(tmp_path) == [newest]


@pytest.mark.parametrize("days_apart", [1, 7, 30, 400])
def test_the_newest_stays_however_old_it_is(tmp_path, days_apart):
    made = [make_backup(tmp_path, LAST_DAY - timedelta(days=1000 + days_apart * number)) for number in range(3)]

    prune(tmp_path)

    assert made[0] in left(tmp_path)
    assert f"{piece_of(LAST_DAY - timedelta(days=1000))}.gpg" in left(tmp_path, "wal")
