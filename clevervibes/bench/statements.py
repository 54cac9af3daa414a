"""Where the time of a stretch of code went, statement by statement."""

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, transaction

_LONGEST = 90
_MOST = 8


class Statements:
    """Counts and times every statement that goes through Django, and every commit."""

    def __init__(self) -> None:
        self.calls: dict[str, int] = {}
        self.seconds: dict[str, float] = {}
        self._examples: dict[str, tuple[str, Any]] = {}
        self._began = time.perf_counter()
        self._lasted = 0.0

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, *arguments: Any) -> Any:
        label = _label(sql)
        self._examples[label] = sql, params
        with self._timed(label):
            return execute(sql, params, *arguments)

    @contextmanager
    def watching(self) -> Iterator[None]:
        commit = connection.commit

        def timed_commit() -> None:
            with self._timed("COMMIT"):
                commit()

        connection.commit = timed_commit  # type: ignore[method-assign]
        try:
            with connection.execute_wrapper(self):
                yield
        finally:
            del connection.commit
            self._lasted = time.perf_counter() - self._began

    @contextmanager
    def _timed(self, label: str) -> Iterator[None]:
        began = time.perf_counter()
        try:
            yield
        finally:
            self.calls[label] = self.calls.get(label, 0) + 1
            self.seconds[label] = self.seconds.get(label, 0.0) + time.perf_counter() - began

    @property
    def number(self) -> int:
        return sum(calls for label, calls in self.calls.items() if label != "COMMIT")

    def report(self) -> list[str]:
        """Return a line for each of the longest statements, one for the others, and one for all that is none."""
        labels = sorted(self.seconds, key=self.seconds.__getitem__, reverse=True)
        lines = [_line(self.seconds[label], f"{self.calls[label]:,} × {label}") for label in labels[:_MOST]]
        if others := labels[_MOST:]:
            calls = sum(self.calls[label] for label in others)
            lines.append(_line(sum(self.seconds[label] for label in others), f"{calls:,} others"))
        return [*lines, _line(self._lasted - sum(self.seconds.values()), "Python and BEGIN")]

    def longest_read(self) -> list[str]:
        """Return what the longest query of the ORM takes to plan and to run, once more and alone."""
        reads = [label for label in self.seconds if label.startswith("SELECT … FROM")]
        if not reads:
            return []
        label = max(reads, key=self.seconds.__getitem__)
        sql, params = self._examples[label]
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN (ANALYZE, COSTS OFF) {sql}", params)
            times = [str(row[0]) for row in cursor.fetchall() if " Time: " in row[0]]
        return [f"{label}: {', '.join(times)}"]


@contextmanager
def counted(wanted: bool = True) -> Iterator[Statements | None]:
    """Count what runs meanwhile; unless `wanted`, stand aside and yield nothing."""
    if not wanted:
        yield None
        return
    statements = Statements()
    with statements.watching():
        yield statements


def _label(sql: str) -> str:
    # The ORM names every column; which table it is says more.
    return re.sub(r'^SELECT "[^(]*? FROM ', "SELECT … FROM ", " ".join(sql.split()))[:_LONGEST]


def _line(seconds: float, what: str) -> str:
    return f"{seconds * 1000:,.1f} ms in {what}"
