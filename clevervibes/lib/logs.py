"""One JSON line a record, with the request and task it belongs to and nothing about a person.

What an exception says may hold what somebody typed (a key that is missing, the row PostgreSQL names), and so may an
address. So a line says where and what kind, never with which words: safe by how it is made, not by what is looked for.
What is looked for besides is a second net for words that others write.
"""

import json
import logging
import re
import traceback
from contextvars import ContextVar

from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest

from clevervibes.lib.errors import DomainError

request_id: ContextVar[str] = ContextVar("request_id", default="")
task_id: ContextVar[str] = ContextVar("task_id", default="")

# They speak of the code alone.
_ABOUT_CODE = (AttributeError, ImportError, NameError, NotImplementedError, ImproperlyConfigured)

_PERSONAL = [
    (re.compile(r"\?[^\s\"'<>]+"), "?…"),  # a query
    (re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+"), "…@…"),
    (re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,3})?\b"), "(IBAN)"),
    (re.compile(r"\b[34679CDFGHJKMNPQRTVWXY]{4}-[34679CDFGHJKMNPQRTVWXY]{4}\b"), "(code)"),
    (re.compile(r"\bDETAIL:.*", re.DOTALL), "DETAIL: …"),  # PostgreSQL names the values of a row
]


class RequestId(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id, record.task_id = request_id.get(), task_id.get()
        return True


class JsonFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": self.formatTime(record, "%Y-%m-%dT%H:%M:%S%z"),
            "level": record.levelname.lower(),
            "from": record.name,
            "message": message_of(record),
        }
        if request := getattr(record, "request_id", ""):
            line["request"] = request
        if task := getattr(record, "task_id", ""):
            line["task"] = task
        if record.exc_info and record.exc_info[1]:
            line["error"] = trace(record.exc_info[1])
        return json.dumps(line, ensure_ascii=False)


def message_of(record: logging.LogRecord) -> str:
    """Return what a record says, without addresses as they were typed and what a task failed with."""
    request, data = getattr(record, "request", None), getattr(record, "data", None)
    if isinstance(request, HttpRequest):
        return f"{getattr(record, 'status_code', '')} {request.method} {route(request)}".strip()
    if record.name.startswith("celery.") and isinstance(data, dict) and "name" in data:
        return f"task {data['name']} [{data.get('id', '')}] {data.get('description', 'received')}"
    return without_values(record.getMessage())


def route(request: HttpRequest) -> str:
    """Return the pattern an address follows: the address itself may be a link that lets somebody in."""
    match = request.resolver_match
    return f"/{match.route}" if match else "(no route)"


def without_values(text: str) -> str:
    for pattern, instead in _PERSONAL:
        text = pattern.sub(instead, text)
    return text


def trace(error: BaseException) -> str:
    """Return an exception and what led to it as a traceback with our lines and without the exceptions' own words."""
    said = []
    for cause in reversed(_chain(error)):
        said += ["".join(traceback.format_tb(cause.__traceback__)).rstrip(), about(cause)]
    return "\n".join(part for part in said if part)


def _chain(error: BaseException) -> list[BaseException]:
    chain: list[BaseException] = []
    current: BaseException | None = error
    while current is not None and current not in chain:
        chain.append(current)
        current = current.__cause__ or (None if current.__suppress_context__ else current.__context__)
    return chain


def about(error: BaseException) -> str:
    """Return the kind of an exception, with what machines say about it: SQLSTATE, constraint, error number, code."""
    kind = type(error)
    name = kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
    facts = [
        getattr(error, "pgcode", None),
        getattr(getattr(error, "diag", None), "constraint_name", None),
        error.code if isinstance(error, DomainError) else None,
        error.strerror if isinstance(error, OSError) else None,
        getattr(error, "smtp_code", None),
        without_values(str(error)) if isinstance(error, _ABOUT_CODE) else None,
    ]
    return ": ".join([name, *(str(fact) for fact in facts if fact)])
