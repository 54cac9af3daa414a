"""What was asked and found, added up over the roles, also where several workers asked."""

from collections.abc import Iterator
from typing import Any

# What a test notes with `record_property(name, [asked, bad])`.
NAMES = {"matrix": "mismatches", "swap": "leaks"}


def counted(terminalreporter: Any) -> Iterator[str]:
    """Yield a line per kind of question, for the end of a test run."""
    reports = [*terminalreporter.getreports("passed"), *terminalreporter.getreports("failed")]
    noted = [note for report in reports if report.when == "call" for note in report.user_properties]
    for name, bad in NAMES.items():
        found = [value for key, value in noted if key == name]
        if found:
            asked, wrong = (sum(numbers) for numbers in zip(*found, strict=True))
            yield f"access, {name}: {_size()} routes, {asked} questions, {wrong} {bad}"


def _size() -> str:
    from tests.access.asking import ROLES
    from tests.access.routes import routes

    return f"{len(ROLES)} roles × {len(routes())}"
