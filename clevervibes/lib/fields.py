"""Model fields that PostgreSQL fills and Django only reads."""

from django.db import models


class SetByDatabase(models.Field):
    """Left out of every INSERT and read back with RETURNING.

    A `db_default` would make Django write `DEFAULT` for the column, which needs the INSERT right on it;
    the app's role has none, so that nobody can forge an id, a transaction or a moment.
    """

    generated = True
    db_returning = True

    def __init__(self, *args: object, **kwargs: object) -> None:
        kwargs["editable"] = False
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
