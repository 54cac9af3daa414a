"""Wake-ups for workers. They only shorten a wait: what there is to do stands in the database, and beat asks for it."""

import logging
from collections.abc import Iterable
from typing import Any

from celery import Task
from django.conf import settings

logger = logging.getLogger(__name__)


def send(calls: Iterable[tuple[Task, tuple[Any, ...]]]) -> bool:
    """Send tasks with their arguments; False if the broker cannot be reached. To be called after the commit."""
    if not settings.WAKE_RELAY:
        return True
    try:
        for task, arguments in calls:
            task.delay(*arguments)
    except Exception:
        # One try is enough to know: each would wait for the broker as long as the first.
        logger.warning("the workers could not be woken", exc_info=True)
        return False
    return True
