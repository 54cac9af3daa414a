"""How many entries a day: far more than anybody needs, far fewer than a script would write."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from accounts.models import YouthProfile
from activities.entries import LOGGED_A_DAY
from clevervibes.lib import limits
from clevervibes.lib.errors import DomainError


class TooManyToday(DomainError):
    code = "too_many_today"
    message = _("Mehr als {most} Einträge am Tag gehen nicht. Morgen geht es weiter.")
    status = 429

    def __init__(self, retry_after_seconds: int | None) -> None:
        self.retry_after_seconds = retry_after_seconds
        super().__init__(most=LOGGED_A_DAY.most)


@contextmanager
def counted(youth: YouthProfile, now: datetime) -> Iterator[None]:
    """Count what is written down inside as one more entry of `youth` today, also what a guardian writes down.

    :raises TooManyToday: if there were too many already.
    """
    try:
        with limits.counting((LOGGED_A_DAY, str(youth.public_id)), now=now):
            yield
    except limits.TooOften as error:
        raise TooManyToday(error.retry_after_seconds) from None
