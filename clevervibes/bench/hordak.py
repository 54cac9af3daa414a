"""django-hordak beside us: in a throw-away environment and a database of its own on the same server."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import django
import psycopg2

from clevervibes.bench.players import Players, play
from clevervibes.bench.scratch import Scratch

VERSION = "2.0.0"
_PACKAGES = [f"django-hordak=={VERSION}", f"Django=={django.get_version()}"]
_SCRIPT = Path(__file__).with_name("hordak_peer.py")
_INSTALL_SECONDS = 300


class NotInstalled(Exception):
    """The peer cannot be had here, in a sentence. What would be compared with it stays open."""


class Hordak:
    """Installed with its first use. Close it to throw the environment away."""

    def __init__(self, scratch: Scratch) -> None:
        self._scratch = scratch
        self._folder: Path | None = None
        self._database = ""
        self._trouble = ""

    def close(self) -> None:
        if self._folder:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None

    def trouble(self) -> str:
        """Return why the peer cannot be had here, or "" once it is ready."""
        try:
            self._get_ready()
        except NotInstalled:
            return self._trouble
        return ""

    def transfers(self, *, processes: int, seconds: float) -> float:
        """Return how many `transfer_to` so many processes finish in a second, all together.

        :raises NotInstalled: if it cannot be had.
        """
        with self._players("transfer", seconds, processes) as players:
            players.say("go")
            return sum(result["done"] / result["seconds"] for result in players.results())

    def bulk(self, *, transactions: int) -> float:
        """Return how many transactions of two legs a second one connection writes in bulk.

        :raises NotInstalled: if it cannot be had.
        """
        (result,) = play(self._players("bulk", transactions, 1))
        return result["done"] / result["seconds"]

    def _players(self, work: str, number: float, processes: int) -> Players:
        self._get_ready()
        return self._run(work, number, processes)

    def _run(self, work: str, number: float, processes: int) -> Players:
        assert self._folder is not None
        # Isolated: a module of ours must not stand in for one of its own.
        command = [str(self._folder / "bin" / "python"), "-I", str(_SCRIPT), work, str(number)]
        variables = {"PATH": os.environ.get("PATH", ""), **self._scratch.libpq("owner", self._database)}
        return Players([[*command, str(seed)] for seed in range(processes)], variables)

    def _get_ready(self) -> None:
        if self._trouble:
            raise NotInstalled(self._trouble)
        if self._folder is None:
            try:
                self._folder = _installed()
            except NotInstalled as error:
                self._trouble = str(error)
                raise
            self._database = self._scratch.make("hordak")
            play(self._run("setup", 0, 1))


def _installed() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="hordak-"))
    python = str(folder / "bin" / "python")
    driver = f"psycopg2-binary=={psycopg2.__version__.split()[0]}"
    if uv := shutil.which("uv"):
        make, install = [uv, "venv", "--quiet", str(folder)], [uv, "pip", "install", "--python", python]
    else:
        make, install = [sys.executable, "-m", "venv", str(folder)], [python, "-m", "pip", "install"]
    try:
        for command in (make, [*install, "--quiet", *_PACKAGES, driver]):
            subprocess.run(command, check=True, capture_output=True, text=True, timeout=_INSTALL_SECONDS)
    except (OSError, subprocess.SubprocessError) as error:
        shutil.rmtree(folder, ignore_errors=True)
        said = getattr(error, "stderr", "") or str(error)
        raise NotInstalled(f"django-hordak could not be installed: {said.strip().splitlines()[-1][:200]}") from None
    return folder
