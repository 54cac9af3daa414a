"""Where the time of a stretch of code went, statement by statement."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection

_LONGEST = 90
_MOST = 8


class Statements:
    """Counts and times every statement that goes through Django; BEGIN and COMMIT do not."""

    def __init__(self) -> None:
        self.calls: dict[str, int] = {}
        self.seconds: dict[str, float] = {}
        self._began = time.perf_counter()
        self._lasted = 0.0

    def __call__(self, execute: Callable[..., Any], sql: str, *arguments: Any) -> Any:
        began = time.perf_counter()
        try:
            return execute(sql, *arguments)
        finally:
            label = " ".join(sql.split())[:_LONGEST]
            self.calls[label] = self.calls.get(label, 0) + 1
            self.seconds[label] = self.seconds.get(label, 0.0) + time.perf_counter() - began

    @property
    def number(self) -> int:
        return sum(self.calls.values())

    def finish(self) -> None:
        self._lasted = time.perf_counter() - self._began

    def report(self) -> list[str]:
        """Return a line for each of the longest statements, one for the others, and one for all that is none."""
        labels = sorted(self.seconds, key=self.seconds.__getitem__, reverse=True)
        lines = [_line(self.seconds[label], f"{self.calls[label]:,} × {label}") for label in labels[:_MOST]]
        if others := labels[_MOST:]:
            calls = sum(self.calls[label] for label in others)
            lines.append(_line(sum(self.seconds[label] for label in others), f"{calls:,} others"))
        return [*lines, _line(self._lasted - sum(self.seconds.values()), "Python, BEGIN and COMMIT")]


@contextmanager
def counted(wanted: bool = True) -> Iterator[Statements | None]:
    """Count what runs meanwhile; unless `wanted`, stand aside and yield nothing."""
    if not wanted:
        yield None
        return
    statements = Statements()
    with connection.execute_wrapper(statements):
        yield statements
    statements.finish()


def _line(seconds: float, what: str) -> str:
    return f"{seconds * 1000:,.1f} ms in {what}"
