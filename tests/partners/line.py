"""A line between browser and server that can be cut, also between a question and its answer."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit


class Line:
    """Passes bytes to and fro. Down, nobody listens any more: as if the server were switched off."""

    def __init__(self, home: str) -> None:
        self.home = (urlsplit(home).hostname, urlsplit(home).port)
        self.swallow = b""  # of a request that starts like this, the answer is lost and the line goes down
        self.swallowed = 0
        self.open: set[socket.socket] = set()
        self.listener: socket.socket | None = None
        self.port = 0
        self.up()
        self.url = f"http://127.0.0.1:{self.port}"

    def up(self) -> None:
        self.listener = socket.create_server(("127.0.0.1", self.port))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._listen, args=[self.listener], daemon=True).start()

    def down(self) -> None:
        if self.listener is not None:
            # Wakes the thread that waits in accept.
            with suppress(OSError):
                self.listener.shutdown(socket.SHUT_RDWR)
            self.listener.close()
            self.listener = None
        for end in list(self.open):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def _listen(self, listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                browser, _address = listener.accept()
                threading.Thread(target=self._carry, args=[browser], daemon=True).start()

    def _carry(self, browser: socket.socket) -> None:
        with suppress(OSError), browser, socket.create_connection(self.home) as server, self._known(browser, server):
            if self.listener is None:
                return  # cut while it was being laid
            threading.Thread(target=self._answers, args=[server, browser], daemon=True).start()
            while data := browser.recv(65536):
                if self.swallow and data.startswith(self.swallow):
                    self._lose_answer(server, data)
                    return
                server.sendall(data)

    def _lose_answer(self, server: socket.socket, data: bytes) -> None:
        """Let the server do its work, and nobody hear of it."""
        with socket.create_connection(self.home) as alone:
            alone.sendall(data.replace(b"Connection: keep-alive", b"Connection: close", 1))
            while alone.recv(65536):
                pass
        self.swallow, self.swallowed = b"", self.swallowed + 1
        self.down()

    def _answers(self, server: socket.socket, browser: socket.socket) -> None:
        with suppress(OSError):
            while data := server.recv(65536):
                browser.sendall(data)
            browser.shutdown(socket.SHUT_RDWR)

    @contextmanager
    def _known(self, *ends: socket.socket) -> Iterator[None]:
        self.open.update(ends)
        try:
            yield
        finally:
            self.open.difference_update(ends)
