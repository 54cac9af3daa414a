"""The base of every refusal a person can read."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class DomainError(Exception):
    """A rule of the club said no.

    `code` is for machines (API, tests), `message` for people: what happened and what helps. A subclass
    lives in the module that raises it and may fill `{placeholders}` of its message by keyword.
    """

    code: str = "refused"
    message: str | Promise = _("Das geht gerade nicht.")
    status: int = 409
    retry_after_seconds: int | None = None

    def __init__(self, **values: object) -> None:
        self.values = values
        super().__init__(values)

    def __str__(self) -> str:
        return str(self.message).format(**self.values)
