"""Processes of their own that begin the same thing at the same moment, again and again."""

import multiprocessing
import os
import time
from datetime import datetime
from typing import Any
from unittest import mock

STARTS = 8
_PATIENCE_SECONDS = 60


class Starters:
    """Eight processes on one database. `at_once` has all of them call the same service."""

    def __init__(self, variables: dict[str, str], *, without_locks: bool = False) -> None:
        context = multiprocessing.get_context("spawn")
        self.barrier = context.Barrier(STARTS)
        self.ways = []
        with mock.patch.dict(os.environ, variables):
            for _ in range(STARTS):
                here, there = context.Pipe()
                process = context.Process(target=_serve, args=(there, self.barrier, without_locks), daemon=True)
                process.start()
                self.ways.append((process, here))

    def at_once(self, service: str, cutoff: datetime) -> list[str]:
        """Have everybody start `service`; return what became of each: "done", or the name of what was raised."""
        for _process, way in self.ways:
            way.send((service, cutoff))
        return [way.recv() for _process, way in self.ways if way.poll(_PATIENCE_SECONDS)]

    def end(self) -> None:
        for process, _way in self.ways:
            process.kill()
            process.join()


def _serve(way: Any, barrier: Any, without_locks: bool) -> None:
    import django

    django.setup()
    from django.db import connection
    from django.db.models import QuerySet

    from accounts.models import Club
    from clevervibes.lib import db
    from coins import conversion
    from partners import settlement

    if without_locks:
        QuerySet.select_for_update = lambda self, **_how: self
        conversion._refuse_before_the_last = lambda club, cutoff: None
        # Each rests between what it saw and what it writes.
        lines_of = settlement._lines
        settlement._lines = lambda redemption: time.sleep(0.2) or lines_of(redemption)
    services = {
        "convert": lambda cutoff: conversion.start(club=Club.objects.order_by("pk")[0], cutoff=cutoff, now=db.now()),
        "settle": lambda cutoff: settlement.settle_all(cutoff=cutoff, now=db.now()),
    }
    while True:
        service, cutoff = way.recv()
        connection.ensure_connection()
        barrier.wait(_PATIENCE_SECONDS)
        try:
            services[service](cutoff)
        except Exception as error:
            way.send(type(error).__name__)
        else:
            way.send("done")
