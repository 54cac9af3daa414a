"""Mail leaves after the transaction that wrote it, by one visit to the mail server for many letters.

A mail server may take minutes; a transaction that waits for it would be ended by the database, and a letter that has
left would count as not sent. So whoever delivers a message of the outbox only writes the letter (`send`); the relay
commits and then goes to the server. What is known about each letter afterwards decides when it is tried again.
"""

import re
import smtplib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends import smtp
from django.utils.crypto import salted_hmac

# How long the server may think about a letter it has in full. Who hangs up earlier does not know whether it was taken,
# and sends it again: RFC 5321 asks for ten minutes, a task has less than five.
LAST_WORD_SECONDS = 120

_tray: ContextVar[list[EmailMessage] | None] = ContextVar("letters", default=None)


class ServerDown(Exception):
    """Nobody answers, or nobody lets us in: no letter would leave now, so it is no fault of this one."""


class InDoubt(Exception):
    """The server had the letter in full and never said whether it took it."""


class OneLetterEach(RuntimeError):
    """A message wrote two letters: if the second were refused, the first would be sent again with it."""


# ── Writing ──────────────────────────────────────────────────────────────────────────────────────
def send(letter: EmailMessage) -> None:
    """Send `letter` once the delivery that writes it is committed; outside of one, now."""
    letter.extra_headers.setdefault("Auto-Submitted", "auto-generated")  # no answer by a machine that is on holiday
    tray = _tray.get()
    if tray is None:
        letter.send()
    elif tray:
        raise OneLetterEach
    else:
        tray.append(letter)


@contextmanager
def written(name: str) -> Iterator[list[EmailMessage]]:
    """Collect what is written inside. The letter is called by `name` for good: tried again, it is the same letter.

    Mailboxes that look at the Message-ID keep only one of two copies.
    """
    letters: list[EmailMessage] = []
    token = _tray.set(letters)
    try:
        yield letters
    finally:
        _tray.reset(token)
    for letter in letters:
        letter.extra_headers["Message-ID"] = message_id(name)


def message_id(name: str) -> str:
    """Return the Message-ID that belongs to `name`; it tells nothing about it."""
    digest = salted_hmac("clevervibes.lib.post", name, algorithm="sha256").hexdigest()[:32]
    return f"<{digest}@{urlsplit(settings.PUBLIC_URL).hostname}>"


# ── Sending ──────────────────────────────────────────────────────────────────────────────────────
class Postman:
    """One visit to the mail server, from the first letter to the end of the block."""

    def __init__(self) -> None:
        self._server: smtp.EmailBackend | None = None
        self._is_down = False

    def __enter__(self) -> "Postman":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self._leave()

    def deliver(self, letter: EmailMessage) -> None:
        """Hand `letter` over; returns once the server has said that it took it.

        :raises ServerDown: if no letter can leave; asked once a visit, so that a long queue does not wait each time.
        :raises InDoubt: if the connection broke between the end of the letter and the server's answer.
        :raises smtplib.SMTPException, OSError: if this letter was not taken.
        """
        backend = get_connection()
        if not isinstance(backend, SmtpBackend):
            backend.send_messages([letter])
            return
        if self._server is not None:
            # A server may close after so many letters or seconds; as long as it has nothing of this one, ask anew.
            with suppress(smtplib.SMTPServerDisconnected):
                self._hand_over(self._server, letter)
                return
        self._hand_over(self._enter(backend), letter)

    def _enter(self, backend: "SmtpBackend") -> "SmtpBackend":
        if self._is_down:
            raise ServerDown
        try:
            backend.open()
            backend.connection.ehlo_or_helo_if_needed()  # type: ignore[union-attr]
        except (OSError, smtplib.SMTPException) as error:
            self._is_down = True
            raise ServerDown from error
        self._server = backend
        return backend

    def _hand_over(self, backend: smtp.EmailBackend, letter: EmailMessage) -> None:
        talk = backend.connection
        try:
            backend.send_messages([letter])
        except BaseException as error:
            self._leave()
            if getattr(talk, "waits_for_last_word", False):
                raise InDoubt from error
            raise

    def _leave(self) -> None:
        if self._server is not None:
            with suppress(OSError, smtplib.SMTPException):
                self._server.close()
            self._server = None


class Talk(smtplib.SMTP):
    """Smtplib's conversation, that knows when a letter is out of our hands."""

    waits_for_last_word = False

    def data(self, msg: Any) -> tuple[int, bytes]:
        """Send a letter (bytes, as Django writes it) in two steps: all of it, then the line that says so."""
        code, answer = self.docmd("data")
        if code != 354:
            raise smtplib.SMTPDataError(code, answer)
        text: bytes = re.sub(rb"(?m)^\.", b"..", msg)
        self.send(text if text.endswith(b"\r\n") else text + b"\r\n")
        patience = self.sock.gettimeout()  # type: ignore[union-attr]
        self.sock.settimeout(LAST_WORD_SECONDS)  # type: ignore[union-attr]
        # Without this line the server forgets it all; with it, it may have taken it before we hear so.
        self.waits_for_last_word = True
        self.send(b".\r\n")
        code, answer = self.getreply()
        self.waits_for_last_word = code == -1  # something that is no answer
        self.sock.settimeout(patience)  # type: ignore[union-attr]
        return code, answer


class SmtpBackend(smtp.EmailBackend):
    """Django's, with a conversation that says when it does not know."""

    @property
    def connection_class(self) -> type[smtplib.SMTP]:
        return Talk
