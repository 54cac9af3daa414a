"""The random numbers of whoever was erased, in a file beside the database: it must outlive the database's loss.

An older backup brings people back; `manage.py after_restore` reads the list and erases them again.
"""

import os
from datetime import datetime
from pathlib import Path
from uuid import UUID

from django.conf import settings

from accounts.models import Erased
from clevervibes.lib import db
from clevervibes.privacy.retention import RESTORE


def keep(*, now: datetime) -> int:
    """Write down whoever is not on the list yet, drop whom no backup knows any more; return how many were new.

    The database is asked each time, so nobody is missing for long if the file could not be written for a while.
    """
    if not settings.ERASED_LIST:
        return 0
    path = Path(settings.ERASED_LIST)
    # Two workers at once would each write a list without the other's people.
    with db.one_of("list of the erased", 1) as is_in:
        if not is_in:
            return 0
        known = read(path)
        erased = dict(Erased.objects.filter(erased_at__gte=now - RESTORE).values_list("person", "erased_at"))
        wanted = {person: at for person, at in {**known, **erased}.items() if at >= now - RESTORE}
        if wanted != known:
            _write(path, wanted)
        return len(erased.keys() - known.keys())


def read(path: Path) -> dict[UUID, datetime]:
    """Return the people of a list, and when they were erased."""
    if not path.exists():
        return {}
    lines = [line.split() for line in path.read_text().splitlines() if line.strip()]
    return {UUID(person): datetime.fromisoformat(at) for person, at in lines}


def _write(path: Path, people: dict[UUID, datetime]) -> None:
    unfinished = path.with_name(path.name + ".new")
    with unfinished.open("w") as file:
        file.writelines(f"{person} {at.isoformat()}\n" for person, at in people.items())
        file.flush()
        os.fsync(file.fileno())
    unfinished.chmod(0o644)  # whoever makes the backups is another user; the numbers lead nowhere
    unfinished.replace(path)
