"""Row 3 over HTTP: tills that look a code up and redeem it, through gunicorn with two processes of four threads."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from typing import Any

from django.conf import settings

from accounts.models import User
from clevervibes.bench import players, town
from clevervibes.bench.figures import Figure, Reach
from clevervibes.bench.ground import Ground
from clevervibes.bench.play import Stage
from clevervibes.bench.players import PlayerFailed, club_variables
from clevervibes.lib import db
from partners.counters import devices
from partners.models import Hold, Partner

_TILLS = 8
_PROCESSES, _THREADS = 2, 4
_MOST_PER_SECOND = 200
_PATIENCE_SECONDS = 30
_SLOWEST_MS = 500  # what a counter may take, all in all (SAFETY, B6)


def over_http(ground: Ground, database: str) -> list[Figure]:
    """Measure as many tills as there are threads, each with one call after the other."""
    milliseconds: list[list[float]] = []

    def per_second() -> float:
        played = _play(ground, database)
        milliseconds.append(sorted(played["milliseconds"]))
        return len(played["milliseconds"]) / played["seconds"]

    found = ground.in_turns(
        ours=per_second, su=partial(ground.pgbench.simple_update, clients=_TILLS, accounts=ground.youths)
    )
    name = f"redeemed over HTTP, {_TILLS} tills, gunicorn {_PROCESSES} × {_THREADS}"
    slowest = Reach(at_most=_SLOWEST_MS, of_value=True)
    return [
        Figure(3, name, "per second", found["ours"], Reach(), "simple-update", found["su"]),
        *(
            Figure(3, f"{name}, {share} % within", "ms", [_within(share, part) for part in milliseconds], slowest)
            for share in (50, 95, 99)
        ),
    ]


def _within(percent: int, milliseconds: list[float]) -> float:
    return milliseconds[len(milliseconds) * percent // 100]


def _play(ground: Ground, database: str) -> dict[str, Any]:
    wanted = 100 + round(ground.seconds * _MOST_PER_SECOND)
    town.place_holds(max(wanted - Hold.objects.filter(status=Hold.Status.LIVE).count(), 0))
    ground.scratch.vacuum(database)
    team, now = User.objects.get(username="team"), db.now()
    tokens = {
        partner.pk: devices.make_till(partner=partner, name="Kasse", by=team, now=now)[0]
        for partner in Partner.objects.all()
    }
    with _gunicorn(ground, database) as port:
        given = {"seconds": ground.seconds, "port": port, "tokens": tokens}
        return players.play(players.of_the_club("tills:redeem", ground.scratch, database, given))[0]


@contextmanager
def _gunicorn(ground: Ground, database: str) -> Iterator[int]:
    """Start the server as docker-compose.yml does and yield its port."""
    port = _free_port()
    command = [
        sys.executable, "-m", "gunicorn", "clevervibes.wsgi", "--bind", f"127.0.0.1:{port}",
        "--workers", str(_PROCESSES), "--threads", str(_THREADS),
    ]  # fmt: skip
    with tempfile.TemporaryFile("w+") as log:
        process = subprocess.Popen(
            command, cwd=settings.BASE_DIR, stdout=log, stderr=log, start_new_session=True,
            env=club_variables(ground.scratch, database, PLAIN_HTTP="1", ALLOWED_HOSTS="127.0.0.1"),
        )  # fmt: skip
        try:
            until = time.monotonic() + _PATIENCE_SECONDS
            while not _answers(port):
                if process.poll() is not None or time.monotonic() > until:
                    log.seek(0)
                    raise PlayerFailed(log.read()[-2000:])
                time.sleep(0.1)
            yield port
        finally:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _free_port() -> int:
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        port: int = door.getsockname()[1]
        return port


def _answers(port: int) -> bool:
    with socket.socket() as door:
        door.settimeout(1)
        return door.connect_ex(("127.0.0.1", port)) == 0


# ── The far side ─────────────────────────────────────────────────────────────────────────────────
def redeem(stage: Stage, *, seconds: float, port: int, tokens: dict[str, str]) -> dict[str, Any]:
    """Have every till look up and redeem one code after the other for so many seconds; the redeeming is timed."""
    holds = [(tokens[str(hold.offer.partner_id)], town.token_of(hold)) for hold in town.live_holds()]
    _at_all_tills(port, holds, until=0.0)  # the first calls wait until every process has loaded the club
    stage.ready()
    began = time.perf_counter()
    milliseconds = _at_all_tills(port, holds, until=began + seconds)
    return {"milliseconds": milliseconds, "seconds": time.perf_counter() - began}


def _at_all_tills(port: int, holds: list[tuple[str, str]], *, until: float) -> list[float]:
    """Redeem one hold at each till, and more while there is time; return how long each redeeming took."""

    def stand_at_a_till() -> list[float]:
        calls = Calls(port)
        milliseconds: list[float] = []
        while not milliseconds or time.perf_counter() < until:
            till, token = holds.pop()
            found = calls.post("look-up/", till, {"token": token})
            at = time.perf_counter()
            made = calls.post("redemptions/", till, {"hold": found.get("hold")})
            milliseconds.append((time.perf_counter() - at) * 1000)
            if "redeemed_at" not in made:
                raise RuntimeError(f"a till was refused: {found} {made}")
        return milliseconds

    with ThreadPoolExecutor(_TILLS) as tills:
        stood = [tills.submit(stand_at_a_till) for _till in range(_TILLS)]
        return [took for till in stood for took in till.result()]


class Calls:
    """One connection to the API, kept open as a till keeps it."""

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_PATIENCE_SECONDS)

    def post(self, path: str, till: str, body: dict[str, Any]) -> dict[str, Any]:
        headers = {
            "Authorization": f"Bearer {till}", "Content-Type": "application/json", "Idempotency-Key": str(uuid.uuid4()),
        }  # fmt: skip
        self._connection.request("POST", f"/api/v1/counter/{path}", json.dumps(body), headers)
        answer: dict[str, Any] = json.loads(self._connection.getresponse().read())
        return answer
