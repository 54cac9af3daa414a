"""A night's backup, made and brought back by the scripts of clevervibes/deploy on clusters of their own."""

import os
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from accounts.models import User
from clevervibes import erased_list, erasure
from clevervibes.lib import db
from clevervibes.lib.models import Heartbeat
from coins.models import Transfer
from tests.concurrency import chosen_seed, scaled, tell
from tests.factories import make_account, make_rich_youth
from tests.rigs import cluster
from tests.rigs.chaos import wait_for
from tests.rigs.cluster import DurableServer

pytestmark = pytest.mark.slow

SCRIPTS = cluster.ROOT / "clevervibes" / "deploy"
KEY = "a key of thirty-two characters .."
ERASED = 20
RTO_SECONDS = 3600


@dataclass
class Site:
    """A durable server whose log is archived, and the folder its backups go to."""

    server: DurableServer
    folder: Path  # reachable by whoever PostgreSQL runs as
    backups: Path

    def run(self, script: str, *arguments: object, key: str = KEY, **more: str) -> subprocess.CompletedProcess:
        """Run a script of ours as the user of the database."""
        options = {**self.server.postgres.options}
        options["env"] = {**self.variables(key), **more}
        return subprocess.run(
            [str(self.folder / "deploy" / script), *map(str, arguments)],
            capture_output=True, text=True, check=False, **options,
        )  # fmt: skip

    def variables(self, key: str = KEY) -> dict[str, str]:
        binaries = self.server.postgres.bin
        return {
            "PATH": f"{binaries}:/usr/bin:/bin",
            "LC_ALL": "C.UTF-8",
            "BACKUPS": str(self.backups),
            "BACKUP_KEY": key,
            "MEDIA_ROOT": str(self.folder / "media"),
            "ERASED_LIST": str(self.folder / "erased.txt"),
            "PGHOST": str(self.server.postgres.folder),
            "PGUSER": "postgres",
            "PGPASSWORD": self.server.house.secrets()["superuser"],
        }

    def back_up(self) -> None:
        done = self.run("backup", "full")
        assert done.returncode == 0, done.stderr

    def archive_now(self) -> None:
        """Have the log archived up to here, as `archive_timeout` does after five minutes."""
        with closing(self.server.session("club")) as session, session.cursor() as cursor:
            cursor.execute("SELECT pg_walfile_name(pg_switch_wal())")
            (piece,) = cursor.fetchone()
        wait_for(lambda: (self.backups / "wal" / f"{piece}.gpg").exists(), f"the archive of {piece}", seconds=60)

    @contextmanager
    def restored(self, *options: str) -> Iterator[tuple[DurableServer, Path]]:
        """Yield a server of its own on the data of the backup, recovered, and the folder with the notes."""
        with cluster.house(durable=True) as house:
            house.secrets()
            shutil.copy(self.server.house.folder / "secrets.json", house.folder / "secrets.json")
            data, notes = house.folder / "pg" / "data", self.folder / f"notes-{house.folder.name}"
            postgres = cluster.club().Postgres(house)
            media = self.folder / f"media-{house.folder.name}"
            done = self.run("restore", data, "--media", media, "--notes", notes, *options)
            assert done.returncode == 0, done.stderr
            assert (media / "picture.png").read_bytes() == b"a picture"
            # What the piece of the log is fetched with.
            postgres.options["env"] = {**postgres.options["env"], **self.variables()}
            server = DurableServer.__new__(DurableServer)
            server.house, server.postgres = house, postgres
            object.__setattr__(server, "urls", postgres.start())
            wait_for(lambda: not in_recovery(server), "the end of the recovery", seconds=60)
            yield server, notes


def in_recovery(server: DurableServer) -> bool:
    with closing(server.session("club")) as session, session.cursor() as cursor:
        cursor.execute("SELECT pg_is_in_recovery()")
        return cursor.fetchone()[0]


@pytest.fixture
def site(django_db_setup, django_db_blocker) -> Iterator[Site]:
    with django_db_blocker.unblock(), cluster.house(durable=True) as house:
        # Whoever runs PostgreSQL (nobody, under root) can neither read every checkout nor write everywhere.
        postgres = cluster.club().Postgres(house)
        folder = house.folder / "pg" / "ground"
        shutil.copytree(SCRIPTS, folder / "deploy")
        (folder / "backups").mkdir()
        (folder / "media").mkdir()
        (folder / "media" / "picture.png").write_bytes(b"a picture")
        if owner := postgres.options.get("user"):
            for path in [folder, *folder.rglob("*")]:
                os.chown(path, owner, postgres.options["group"])
        server = DurableServer(house)
        site = Site(server, folder, folder / "backups")
        server.run(
            "postgres", "ALTER SYSTEM SET archive_mode = on", "ALTER SYSTEM SET archive_timeout = 300",
            f"ALTER SYSTEM SET archive_command = '{folder}/deploy/backup wal %p %f'",
        )  # fmt: skip
        with (postgres.data / "pg_hba.conf").open("a") as rules:
            rules.write("local replication all scram-sha-256\n")
        server.stop_immediately()
        server.postgres.options["env"] = {**server.postgres.options["env"], **site.variables()}
        server.start_again()
        cluster.load(server)
        with server.opened("club"):
            yield site


def after_restore(server: DurableServer, notes: Path, *options: str) -> subprocess.CompletedProcess:
    variables = {**os.environ, **server.urls}
    command = [sys.executable, "manage.py", "after_restore", "--notes", str(notes), *options]
    return subprocess.run(command, cwd=cluster.ROOT, env=variables, capture_output=True, text=True, check=False)


def test_last_nights_backup_comes_back_and_the_erased_stay_erased(site, settings):
    settings.ERASED_LIST = str(site.folder / "erased.txt")
    people = [make_rich_youth(f"Kind{n}", coins=10).user.public_id for n in range(ERASED + 3)]
    site.back_up()
    assert Heartbeat.objects.filter(name="backup").exists()

    # Erased after the backup was made; the club goes on.
    assert erasure.erase_again(people[:ERASED], now=db.now()) == ERASED
    assert erased_list.keep(now=db.now()) == ERASED
    make_account(coins=7)
    transfers = Transfer.objects.count()
    assert site.run("backup", "files").returncode == 0
    site.archive_now()

    with site.restored("--until", "counted") as (server, notes):
        with server.opened("club"):
            assert User.objects.filter(public_id__in=people).count() == len(people), "the older backup knows them all"
        said = after_restore(server, notes, "--counted")
        assert said.returncode == 0, said.stdout + said.stderr
        with server.opened("club"):
            back = User.objects.filter(public_id__in=people[:ERASED]).count()
            assert User.objects.filter(public_id__in=people).count() == 3
    assert "counts and sums: 0 of" in said.stdout
    assert f"{ERASED} were back, back again 0 of {ERASED}" in said.stdout
    assert "books: 0 invariants broken" in said.stdout

    # To the last piece of the log that was archived.
    with site.restored() as (server, notes):
        with server.opened("club"):
            assert Transfer.objects.count() == transfers
            assert User.objects.filter(public_id__in=people).count() == 3
        said = after_restore(server, notes)
        assert said.returncode == 0, said.stdout + said.stderr
    tell(
        "B1, B2 restore into a fresh cluster, erased people back again",
        bad=back,
        of=ERASED,
        seed=0,
        more="tables that differ 0, invariants broken 0",
    )


def test_a_restored_demo_is_open_again_within_the_hour(site, settings, tmp_path):
    """RTO: from the call of the script to books that are proven; RIG_SCALE for a demo of more youths."""
    settings.DEMO, settings.MEDIA_ROOT = True, tmp_path
    youths = scaled(40)
    call_command("seed_demo", youths=youths, pictures=False, stdout=StringIO(), stderr=StringIO())
    transfers = Transfer.objects.count()
    site.back_up()

    began = time.monotonic()
    with site.restored("--until", "counted") as (server, notes):
        recovered = time.monotonic()
        said = after_restore(server, notes, "--counted")
        took = time.monotonic() - began
        assert said.returncode == 0, said.stdout + said.stderr
        with server.opened("club"):
            assert Transfer.objects.count() == transfers
    bad = int(took > RTO_SECONDS)
    tell(
        "B1 the demo restored, later than within an hour", bad=bad, of=1, seed=0,
        more=f"{youths} youths, {transfers} transfers: {recovered - began:.0f} s until PostgreSQL was open, "
        f"{took:.0f} s until all was compared and proven",
    )  # fmt: skip
    assert not bad


def test_damage_and_a_wrong_key_are_noticed(site):
    seed = chosen_seed()
    source = random.Random(seed)
    make_rich_youth(coins=10)
    site.back_up()
    (backup,) = (site.backups / "full").iterdir()
    place = site.folder / "restored"
    noticed = 0
    rounds = scaled(5)

    for _ in range(rounds):
        target = source.choice(sorted(backup.glob("*.gpg")))
        whole = target.read_bytes()
        at = source.randrange(len(whole))
        target.write_bytes(whole[:at] + bytes([whole[at] ^ 1 << source.randrange(8)]) + whole[at + 1 :])
        answer = site.run("restore", place)
        noticed += answer.returncode == 1 and "is damaged" in answer.stderr and not place.exists()
        target.write_bytes(whole)

    answer = site.run("restore", place, key="another key of more than twenty")
    assert answer.returncode == 1
    assert "BACKUP_KEY is not the key" in answer.stderr
    assert not place.exists()

    # A piece of the log is the end of it only if it is not there.
    piece = sorted((site.backups / "wal").glob("?" * 24 + ".gpg"))[-1]
    whole = piece.read_bytes()
    piece.write_bytes(whole[:-9] + bytes([whole[-9] ^ 1]) + whole[-8:])
    fetched = site.run("backup", "unwal", piece.name.removesuffix(".gpg"), site.folder / "piece")
    assert fetched.returncode > 125
    assert "damaged" in fetched.stderr
    assert site.run("backup", "unwal", "0" * 24, site.folder / "piece").returncode == 1

    tell(
        "B4 flipped bits in a backup, not noticed",
        bad=rounds - noticed,
        of=rounds,
        seed=seed,
        more="wrong key and damaged log noticed",
    )
    assert noticed == rounds


def test_the_key_is_changed_and_both_backups_come_back(site):
    """docs/operations.md: the old key into BACKUP_KEY_OLD, a full backup at once."""
    new = "another key of more than twenty"
    make_rich_youth(coins=10)
    site.back_up()
    (first,) = (site.backups / "full").iterdir()
    # Of the day before: of one day only the newest is kept.
    before = f"{date.fromisoformat(first.name[:8]) - timedelta(days=1):%Y%m%d}T020000Z"
    first.rename(first.with_name(before))
    changed = {"key": new, "BACKUP_KEY_OLD": KEY}

    made = site.run("backup", "full", **changed)

    assert made.returncode == 0, made.stderr
    # The older one with both keys: its base needs the old one, the newest pictures the new one.
    older = site.folder / "older"
    done = site.run("restore", older, "--backup", before, "--media", site.folder / "older-media", **changed)
    assert done.returncode == 0, done.stderr
    assert (site.folder / "older-media" / "picture.png").read_bytes() == b"a picture"
    assert site.run("restore", site.folder / "none", "--backup", before, key=new).returncode == 1
    # The new one without the old key.
    done = site.run("restore", site.folder / "newer", "--media", site.folder / "newer-media", key=new)
    assert done.returncode == 0, done.stderr
    assert (site.folder / "newer-media" / "picture.png").read_bytes() == b"a picture"
    # A piece of the log of before.
    piece = min((site.backups / "wal").glob("?" * 24 + ".gpg"))
    fetch = ("backup", "unwal", piece.name.removesuffix(".gpg"), site.folder / "piece")
    assert site.run(*fetch, **changed).returncode == 0
    assert site.run(*fetch, key=new).returncode > 125


def test_a_backup_that_fails_says_so(site):
    (site.backups / "full").mkdir()
    (site.backups / "full").chmod(0o500)
    if os.geteuid() == 0:
        os.chown(site.backups / "full", 0, 0)

    assert site.run("backup", "full").returncode == 1
    assert Heartbeat.objects.filter(name="backup_failed").exists()
    assert not Heartbeat.objects.filter(name="backup").exists()
