"""Processes that get ready, start on one word, and say in JSON how it went. Their other side is bench.play."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from types import TracebackType
from typing import IO, Any

from django.conf import settings

from clevervibes.bench.scratch import Scratch

_TO_GET_READY_SECONDS = 120


class PlayerFailed(RuntimeError):
    """A process ended without a result; the end of what it complained about is the message."""


class Players:
    """Several processes side by side. Leaving the context ends those that still run."""

    def __init__(self, commands: Sequence[list[str]], variables: dict[str, str]) -> None:
        self._commands, self._variables = commands, variables
        self._processes: list[subprocess.Popen[str]] = []
        self._complaints: list[IO[str]] = []
        self._files = ExitStack()

    def __enter__(self) -> "Players":
        try:
            for command in self._commands:
                self._start(command)
            for number, process in enumerate(self._processes):
                assert process.stdout is not None
                if process.stdout.readline().strip() != "ready":
                    raise PlayerFailed(self._complaint(number))
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._end()

    def _start(self, command: list[str]) -> None:
        complaints = tempfile.TemporaryFile("w+")  # noqa: SIM115 (closed in _end)
        self._complaints.append(self._files.enter_context(complaints))
        self._processes.append(
            subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=complaints, text=True,
                env=self._variables, cwd=settings.BASE_DIR,
            )
        )  # fmt: skip

    def _end(self) -> None:
        for process in self._processes:
            process.kill()
            process.communicate()
        self._files.close()

    def say(self, word: str) -> None:
        for process in self._processes:
            assert process.stdin is not None
            process.stdin.write(f"{word}\n")
            process.stdin.flush()

    def results(self) -> list[dict[str, Any]]:
        """Wait until all have played and return what they say, in their order."""
        said = [process.communicate()[0] for process in self._processes]
        for number, process in enumerate(self._processes):
            if process.returncode:
                raise PlayerFailed(self._complaint(number))
        return [json.loads(text) for text in said]

    def _complaint(self, number: int) -> str:
        self._processes[number].wait(_TO_GET_READY_SECONDS)
        self._complaints[number].seek(0)
        return self._complaints[number].read()[-2000:]


def of_the_club(play: str, scratch: Scratch, database: str, *parameters: dict[str, Any]) -> Players:
    """Return a process of the club per set of parameters; each plays `play` in `database` as the app's role."""
    return Players(club_commands(play, *parameters), club_variables(scratch, database))


def club_commands(play: str, *parameters: dict[str, Any]) -> list[list[str]]:
    """Return the command for each set of parameters; `play` is "module:function" of this package."""
    program = [sys.executable, "-m", "clevervibes.bench.play", *play.split(":")]
    return [[*program, json.dumps(own)] for own in parameters]


def club_variables(scratch: Scratch, database: str, **more: str) -> dict[str, str]:
    """Return the environment of a process of the club that works in `database` and knows no owner."""
    privileged = {"DATABASE_OWNER_URL", "DATABASE_OWNER_URL_FILE", "DATABASE_SUPERUSER_URL", "DATABASE_URL_FILE"}
    ours = {name: value for name, value in os.environ.items() if name not in privileged}
    measured = {"DATABASE_URL": scratch.address(database), "STATEMENT_TIMEOUT": "10min"}
    return {**ours, **measured, "NO_WAKE_RELAY": "1", "LOG_LEVEL": "WARNING", "DEBUG": "", **more}


def play(players: Players) -> list[dict[str, Any]]:
    """Let all play at once and return what they say."""
    with players:
        players.say("go")
        return players.results()
