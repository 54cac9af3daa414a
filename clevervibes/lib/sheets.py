"""CSV files that German spreadsheets open by a double click: `;`, UTF-8 with BOM, no formula gets through."""

import csv
import io
from collections.abc import Iterable, Sequence

from django.http import HttpResponse

# A cell that starts like this is executed by spreadsheets. Numbers of ours never pass as text.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def text(value: object) -> str:
    """Return somebody's text as a cell that no spreadsheet takes for a formula."""
    cell = str(value)
    return f"'{cell}" if cell.lstrip().startswith(_FORMULA) or cell.startswith(_FORMULA) else cell


def amount(cents: int) -> str:
    """Return cents as euros, with a comma and without a sign for thousands: -1250 → -12,50."""
    whole, rest = divmod(abs(cents), 100)
    return f"{'-' if cents < 0 else ''}{whole},{rest:02d}"


def download(name: str, rows: Iterable[Sequence[object]]) -> HttpResponse:
    """Answer `rows` as the file `name`. Texts of people go through `text` first."""
    file = io.StringIO()
    csv.writer(file, delimiter=";", lineterminator="\r\n").writerows(rows)
    response = HttpResponse("\ufeff" + file.getvalue(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
