"""A small real mail server on a port of its own, that can be told to behave badly."""

import socket
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message

# What it may do to a letter; anything else is taken.
HANGS_UP_WHILE_WRITING = "hangs up in the middle of the letter"
HANGS_UP_HAVING_IT = "takes the letter and hangs up without a word"
SILENT_HAVING_IT = "takes the letter and says nothing"
REFUSES_FOR_NOW = "451 to the recipient"
REFUSES_FOR_GOOD = "550 to the recipient"
CLOSES_AFTER_ONE = "421 after the first letter"


@dataclass
class MailServer:
    """`letters` is what it has taken; `before_the_last_word` is called while a client waits for it."""

    mood: str = ""
    letters: list[Message] = field(default_factory=list)
    talks: int = 0
    before_the_last_word: Callable[[], object] = field(default=lambda: None)
    _socket: socket.socket = field(default_factory=lambda: socket.create_server(("127.0.0.1", 0)))
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _open: list[socket.socket] = field(default_factory=list)

    @property
    def port(self) -> int:
        return self._socket.getsockname()[1]

    def copies(self) -> Counter[str]:
        """Return how often each letter was taken, by its Message-ID."""
        return Counter(letter["Message-ID"] for letter in self.letters)

    def recipients(self) -> Counter[str]:
        return Counter(letter["To"] for letter in self.letters)

    def serve(self) -> None:
        with suppress(OSError):  # the listening socket was closed: the end
            while True:
                client, _address = self._socket.accept()
                self._open.append(client)
                threading.Thread(target=self._talk, args=[client], daemon=True).start()

    def close(self) -> None:
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        for client in self._open:
            with suppress(OSError):
                client.shutdown(socket.SHUT_RDWR)
            client.close()

    def _talk(self, client: socket.socket) -> None:
        with suppress(OSError, ValueError), client, client.makefile("rwb") as line:
            self.talks += 1
            taken = 0

            def say(words: str) -> None:
                line.write(f"{words}\r\n".encode())
                line.flush()

            say("220 post.example ESMTP")
            while asked := line.readline():
                match asked.split()[0].upper():
                    case b"EHLO" | b"HELO":
                        say("250 post.example")
                    case b"RCPT" if self.mood == REFUSES_FOR_NOW:
                        say("451 4.3.0 later")
                    case b"RCPT" if self.mood == REFUSES_FOR_GOOD:
                        say("550 5.1.1 nobody of that name")
                    case b"MAIL" if self.mood == CLOSES_AFTER_ONE and taken:
                        say("421 enough for today")
                        return
                    case b"DATA":
                        say("354 go on")
                        if self.mood == HANGS_UP_WHILE_WRITING:
                            line.readline()
                            return
                        text = []
                        while (part := line.readline()) and part != b".\r\n":
                            text.append(part.removeprefix(b".") if part.startswith(b"..") else part)
                        if not part:
                            return
                        with self._lock:
                            self.letters.append(message_from_bytes(b"".join(text)))
                        taken += 1
                        self.before_the_last_word()
                        if self.mood == HANGS_UP_HAVING_IT:
                            return
                        if self.mood == SILENT_HAVING_IT:
                            line.readline()  # until the client gives up
                            return
                        say("250 taken")
                    case b"QUIT":
                        say("221 bye")
                        return
                    case _:
                        say("250 fine")


@contextmanager
def running(mood: str = "") -> Iterator[MailServer]:
    server = MailServer(mood)
    threading.Thread(target=server.serve, daemon=True).start()
    try:
        yield server
    finally:
        server.close()
