"""The whole club as an installation runs it: both stores, web, worker, beat and watch, each a real process.

Started by the very lines of docker-compose.yml, with its settings: https behind a proxy, and no relaxation of a demo.
"""

import http.client
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import yaml
from django.conf import settings
from kombu import Connection

from clevervibes.celery import app
from tests.rigs.chaos import wait_for
from tests.rigs.cluster import ROOT, DurableServer, club, house, load

SERVICES = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
NAME = "club.example"
ALARM_MAIL = "vorstand@verein.example"
DATABASE = "club"
LOOKS_EVERY_SECONDS = 2
OURS = ("web", "worker", "beat", "watch")


class Running:
    """A club at work in a folder of its own. What its processes say is in `logs/`, their letters are in `mail/`."""

    def __init__(self, place: Any, **variables: str) -> None:
        self.house = place
        self.server = DurableServer(place)
        load(self.server)
        self.port, self.valkey_port = club().free_port(), club().free_port()
        self.redis_url, self._every = "", LOOKS_EVERY_SECONDS
        self.start_valkey()
        self.variables = {
            **{name: os.environ[name] for name in ("LANG", "HOME") if name in os.environ},
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            # The same as the test's own, which makes and reads things beside the club.
            "SECRET_KEY": settings.SECRET_KEY,
            "CODE_KEYS": " ".join(settings.CODE_KEYS),
            "DATABASE_URL": self.server.url("DATABASE_URL", DATABASE),
            "REDIS_URL": self.redis_url,
            "PUBLIC_URL": f"https://{NAME}",
            "ALLOWED_HOSTS": NAME,
            "BEHIND_PROXY": "1",
            "MAIL_FOLDER": str(place.private("mail")),
            "ALARM_MAIL": ALARM_MAIL,
            "STATIC_ROOT": str(place.private("static")),
            "MEDIA_ROOT": str(place.private("media")),
            "SAMPLE_PERCENT": "0",
            "LOG_LEVEL": "INFO",
            **variables,
        }

    # Processes
    def collect_files(self) -> None:
        """Lay out styles and scripts, as the image has them; without them only the API and /healthz answer."""
        command = ["collectstatic", "--noinput", "--verbosity", "0"]
        subprocess.run([sys.executable, "manage.py", *command], cwd=ROOT, env=self.variables, check=True, timeout=300)

    def start(self, *names: str, every: int = LOOKS_EVERY_SECONDS) -> None:
        """Start services of docker-compose.yml, and wait until web answers if it is one of them."""
        for name in names:
            more = []
            if name == "watch":
                self._every, more = every, ["--every", str(every)]
            self.house.start(name, [*self._line(name), *more], cwd=ROOT, env=self._environment(name))
            if name == "web":
                wait_for(self._answers, "the first answer of web", pause=0.1)

    def keep_up(self) -> None:
        """Start again what ended by itself, as `restart: unless-stopped` does.

        A worker with work at hand ends when Valkey goes: kombu stumbles while it gives the work back.
        """
        for row in list(self.house.children):
            if row[0] in OURS and row[1].poll() is not None:
                assert SERVICES[row[0]]["restart"] == "unless-stopped"
                self.house.children.remove(row)
                self.start(row[0], every=self._every)

    def _line(self, name: str) -> list[str]:
        """Return the command of a service, with this folder's places instead of the image's."""
        here = {
            "--bind=0.0.0.0:8000": f"--bind=127.0.0.1:{self.port}",
            "--schedule=/tmp/beat-schedule": f"--schedule={self.house.private('beat')}/schedule",
            "/tmp/looked": str(self._looked),  # noqa: S108 (a word of that file)
        }
        return [here.get(word, word) for word in SERVICES[name]["command"]]

    def _environment(self, name: str) -> dict[str, str]:
        long = {"STATEMENT_TIMEOUT": SERVICES[name]["environment"].get("STATEMENT_TIMEOUT", "15s")}
        return {**self.variables, **long}

    def kill(self, name: str) -> None:
        """End a service with all its processes, without a word."""
        ((_name, child, _stop),) = [row for row in self.house.children if row[0] == name]
        with suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()
        self.house.children = [row for row in self.house.children if row[0] != name]

    def start_valkey(self) -> None:
        """Start Valkey where it was before; it comes back empty."""
        self.redis_url = club().start_valkey(self.house, self.valkey_port)["REDIS_URL"]

    def send(self, task: str) -> None:
        """Send a task to the worker now, and not when beat would."""
        with Connection(f"{self.redis_url}/0") as broker:
            app.send_task(task, connection=broker, queue="celery")

    # What is seen from outside
    def _answers(self) -> bool:
        try:
            return Visitor(self).get("/healthz?only=web").status == 200
        except OSError:
            return False

    def failing(self) -> list[str]:
        """Return the parts that /healthz names."""
        self.keep_up()
        answer = Visitor(self).get("/healthz")
        assert answer.status == (503 if answer.json()["failing"] else 200)
        failing: list[str] = answer.json()["failing"]
        return failing

    def be_well(self) -> None:
        """Wait until every part says that it works."""
        wait_for(lambda: not self.failing(), "a club that is well", pause=0.2)

    def letters(self) -> list[EmailMessage]:
        """Return the letters that have left, each that is whole."""
        self.keep_up()
        found = []
        for file in sorted(Path(self.variables["MAIL_FOLDER"]).glob("*.log")):
            whole = file.read_bytes().split(b"-" * 79)[:-1]
            found += [message_from_bytes(letter.strip(), policy=policy.default) for letter in whole]
        return found

    def alarms(self) -> list[str]:
        """Return the subjects of the alarms that have left."""
        return [str(letter["Subject"]).strip() for letter in self.letters() if letter["To"] == ALARM_MAIL]

    def let_watch_look(self, times: int = 3) -> None:
        """Wait until the watch has looked so many times."""
        for _ in range(times):
            before = self._last_look()
            wait_for(lambda before=before: self._last_look() > before, "a look of the watch", pause=0.1)

    @property
    def _looked(self) -> Path:
        return self.house.folder / "looked"

    def _last_look(self) -> int:
        return self._looked.stat().st_mtime_ns if self._looked.exists() else 0

    def said(self, *names: str) -> str:
        """Return all that the services wrote."""
        return "\n".join((self.house.folder / "logs" / f"{name}.log").read_text() for name in names)

    # The database
    def ask(self, query: str, *values: object) -> list[tuple]:
        """Return what the superuser reads or changes right now."""
        self.keep_up()
        session = self.server.session(DATABASE)
        try:
            with session.cursor() as cursor:
                cursor.execute(query, values or None)
                return cursor.fetchall() if cursor.description else []
        finally:
            session.close()

    def opened(self):
        return self.server.opened(DATABASE)


@contextmanager
def running(**variables: str) -> Iterator[Running]:
    """Yield a club whose stores run; of one that failed pytest shows what its processes said last."""
    with house() as place:
        here = Running(place, **variables)
        try:
            yield here
        finally:
            for log in sorted((place.folder / "logs").glob("*.log")):
                last = log.read_text(errors="replace").splitlines()[-15:]
                print(f"── {log.stem}", *(line[:400] for line in last), sep="\n")


# ── Somebody at the pages ────────────────────────────────────────────────────────────────────────
class Answer:
    def __init__(self, response: http.client.HTTPResponse) -> None:
        self.status, self.headers, self.text = response.status, response.headers, response.read().decode()

    def json(self) -> Any:
        return json.loads(self.text)


class Visitor:
    """A browser as far as cookies and forms go, behind the proxy that says https."""

    def __init__(self, place: Running, **headers: str) -> None:
        self.port = place.port
        self.cookies: dict[str, str] = {}
        self.headers = {"Host": NAME, "X-Forwarded-Proto": "https", **headers}

    def get(self, path: str) -> Answer:
        return self._ask("GET", path)

    def send(self, path: str, *, on: str = "", **fields: object) -> Answer:
        """Fill the form that `on` (or `path` itself) shows in and send it to `path`."""
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', self.get(on or path).text)
        body = urlencode({"csrfmiddlewaretoken": token.group(1) if token else "", **fields}, doseq=True)
        more = {"Content-Type": "application/x-www-form-urlencoded", "Referer": f"https://{NAME}{on or path}"}
        return self._ask("POST", path, body, **more)

    def call(self, path: str, body: object = None, *, method: str = "", **headers: str) -> Answer:
        """Call the API."""
        text = None if body is None else json.dumps(body)
        more = {name.replace("_", "-"): value for name, value in headers.items()}
        return self._ask(
            method or ("GET" if text is None else "POST"), f"/api/v1/{path}", text,
            **{"Content-Type": "application/json"}, **more,
        )  # fmt: skip

    def _ask(self, method: str, path: str, body: str | None = None, **more: str) -> Answer:
        kept = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        try:
            line.request(method, path, body, {**self.headers, **more, **({"Cookie": kept} if kept else {})})
            answer = Answer(line.getresponse())
        finally:
            line.close()
        for given in answer.headers.get_all("Set-Cookie", []):
            self.cookies |= {name: cookie.value for name, cookie in SimpleCookie(given).items()}
        return answer
