"""The queue between pages and workers, looked into, and worked off where a test wants to say what happens when."""

from dataclasses import dataclass
from queue import Empty
from typing import Any

from django.utils.module_loading import import_string

from clevervibes.celery import app


@dataclass(frozen=True)
class Message:
    """A task as it was sent."""

    name: str
    args: list[Any]

    def deliver(self) -> None:
        import_string(self.name)(*self.args)


class Queue:
    """The queue of this test process. Nothing takes from it but the test."""

    def take(self) -> list[Message]:
        """Take all that waits, in the order in which it was sent."""
        taken = []
        with app.connection_for_read() as connection, connection.SimpleQueue(app.conf.task_default_queue) as waiting:
            while True:
                try:
                    message = waiting.get_nowait()
                except Empty:
                    return taken
                message.ack()
                taken.append(Message(message.headers["task"], message.payload[0]))

    def work(self) -> list[str]:
        """Deliver what waits, and what is sent meanwhile, until nothing is left; return what it was."""
        done = []
        while messages := self.take():
            for message in messages:
                message.deliver()
                done.append(message.name.rpartition(".")[2])
        return done
