"""Rows 3 and 8: the whole redemption at the counter, alone and while a run goes on."""

import time
from collections.abc import Callable
from functools import partial
from typing import Any

from clevervibes.bench import players, runs, tills, town
from clevervibes.bench.figures import Figure, Reach, written
from clevervibes.bench.ground import Ground
from clevervibes.bench.play import Stage
from clevervibes.bench.statements import counted
from clevervibes.lib import db
from partners import redemption
from partners.models import Hold

_MOST_PER_SECOND = 1_500  # more than one core redeems: nobody shall run out of holds
_PACE_PER_SECOND = 100
_SHARE_OF_YOUTHS = 10  # one in ten has coins and stands at a counter while the run goes on


# ── Row 3 ────────────────────────────────────────────────────────────────────────────────────────
def whole_service(ground: Ground) -> list[Figure]:
    with ground.town() as database:
        town.place_holds(1)
        figures = [_statements(ground)]
        for processes in (1, 4, 8):
            found = ground.in_turns(
                ours=partial(_redeemed_per_second, ground, database, processes),
                su=partial(ground.pgbench.simple_update, clients=processes, accounts=ground.youths),
            )
            name = f"redeem(), {processes} connection{'s' if processes > 1 else ''}"
            figure = Figure(
                3, name, "per second", found["ours"], Reach(at_least=0.3), "simple-update", found["su"]
            )  # fmt: skip
            if figure.reached is False:
                figure.profile.extend(_redeem_in(ground, database, processes, profile=True)[0]["profile"])
            figures.append(figure)
        figures += tills.over_http(ground, database)
    return figures


def _statements(ground: Ground) -> Figure:
    hold = Hold.objects.filter(status=Hold.Status.LIVE)[0]
    now = db.now()
    with counted() as statements:
        redemption.redeem(hold=hold, by=None, now=now)
    assert statements
    figure = Figure(3, "redeem(), statements", "", [statements.number], Reach(at_most=6, of_value=True))
    figure.profile.extend(statements.report() if figure.reached is False else [])
    return figure


def _redeemed_per_second(ground: Ground, database: str, processes: int) -> float:
    return sum(result["done"] / result["seconds"] for result in _redeem_in(ground, database, processes))


def _redeem_in(ground: Ground, database: str, processes: int, *, profile: bool = False) -> list[dict[str, Any]]:
    wanted = 50 * processes + round(ground.seconds * _MOST_PER_SECOND * min(processes, ground.cores))
    town.place_holds(max(wanted - Hold.objects.filter(status=Hold.Status.LIVE).count(), 0))
    ground.scratch.vacuum(database)
    parameters = [
        {"seconds": ground.seconds, "place": place, "of": processes, "profile": profile} for place in range(processes)
    ]
    return players.play(players.of_the_club("counter:redeem", ground.scratch, database, *parameters))


def redeem(stage: Stage, *, seconds: float, place: int, of: int, profile: bool) -> dict[str, Any]:
    """Redeem every hold of one's own share for so many seconds."""
    holds = town.live_holds(place, of)
    now = db.now()
    redemption.redeem(hold=holds.pop(), by=None, now=now)  # the first one opens the connection
    stage.ready()
    with counted(profile) as statements:
        began, done = time.perf_counter(), 0
        while (at := time.perf_counter()) < began + seconds and holds:
            redemption.redeem(hold=holds.pop(), by=None, now=now)
            done += 1
    told = [*statements.report(), *statements.longest_read()] if statements else []
    return {"done": done, "seconds": at - began, "profile": told}


# ── Row 8 ────────────────────────────────────────────────────────────────────────────────────────
def beside_a_run(ground: Ground) -> list[Figure]:
    spread: list[str] = []

    def p99(what: str, pace: Callable[[Ground, str], list[float]]) -> float:
        with ground.crowd() as database:
            town.hand_out(every=_SHARE_OF_YOUTHS)
            town.place_holds(_PACE_PER_SECOND * 10 + ground.entries // 50)
            ground.scratch.vacuum(database)
            milliseconds = sorted(pace(ground, database))
        spread.append(_spread(what, milliseconds))
        return milliseconds[int(len(milliseconds) * 0.99)]

    found = ground.in_turns(
        without=partial(p99, "without a run", _pace), beside=partial(p99, "while a run goes on", _pace_beside_run)
    )
    name = f"redeem() {_PACE_PER_SECOND} times a second, 99th percentile while a run goes on"
    figures = [
        Figure(8, name, "ms", found["beside"], Reach(at_most=4.0), "without", found["without"]),
        Figure(8, name, "ms", found["beside"], Reach(at_most=10.0, of_value=True)),
    ]
    for figure in figures:
        figure.profile.extend(spread if figure.reached is False else [])
    return figures


def _spread(what: str, milliseconds: list[float]) -> str:
    parts = {share: milliseconds[int(len(milliseconds) * share / 100)] for share in (50, 90, 99)}
    said = ", ".join(f"{share} % within {written(part)} ms" for share, part in parts.items())
    return f"{what}: {said}, the longest {written(milliseconds[-1])} ms, of {len(milliseconds):,}"


def _pace(ground: Ground, database: str) -> list[float]:
    with players.of_the_club("counter:keep_pace", ground.scratch, database, {}) as counter:
        counter.say("go")
        time.sleep(ground.seconds * 2)
        counter.say("stop")
        return counter.results()[0]["milliseconds"]


def _pace_beside_run(ground: Ground, database: str) -> list[float]:
    with (
        players.of_the_club("counter:keep_pace", ground.scratch, database, {}) as counter,
        runs.one_worker(ground, database) as worker,
    ):
        counter.say("go")
        worker.say("go")
        worker.results()
        counter.say("stop")
        return counter.results()[0]["milliseconds"]


def keep_pace(stage: Stage) -> dict[str, Any]:
    """Redeem at a fixed pace until told to stop; each is timed from when it was due, so none hides behind another."""
    holds = town.live_holds()
    now = db.now()
    redemption.redeem(hold=holds.pop(), by=None, now=now)
    stage.ready()
    milliseconds: list[float] = []
    began = time.perf_counter()
    while not stage.is_over():
        due = began + len(milliseconds) / _PACE_PER_SECOND
        time.sleep(max(due - time.perf_counter(), 0))
        redemption.redeem(hold=holds.pop(), by=None, now=now)
        milliseconds.append((time.perf_counter() - due) * 1000)
    return {"milliseconds": milliseconds}
