"""Model fields that PostgreSQL fills and Django only reads."""

from django.db import models


class SetByDatabase(models.Field):
    """Left out of every INSERT and UPDATE and read back with RETURNING; `db_default` says what the column holds.

    A plain `db_default` would make Django write `DEFAULT` for the column, which needs the INSERT right on it;
    the app's role has none, so that nobody can forge an id, a transaction or a moment.
    """

    generated = True
    db_returning = True

    def __init__(self, *args: object, **kwargs: object) -> None:
        kwargs["editable"] = False
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]

    def contribute_to_class(self, cls: type[models.Model], name: str, *args: object, **kwargs: object) -> None:
        super().contribute_to_class(cls, name, *args, **kwargs)  # type: ignore[arg-type]
        # In a migration the column is an ordinary one with a default, not `GENERATED ALWAYS AS`.
        self.generated = cls.__module__ != "__fake__"  # type: ignore[misc]


class SetByDatabaseBigIntegerField(SetByDatabase, models.BigIntegerField):
    pass


class SetByDatabaseDateTimeField(SetByDatabase, models.DateTimeField):
    pass
