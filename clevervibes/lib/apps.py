from django.apps import AppConfig
from django.db.backends.signals import connection_created
from django.db.models.signals import post_migrate
from django.utils.module_loading import autodiscover_modules


class LibConfig(AppConfig):
    name = "clevervibes.lib"
    label = "lib"
    verbose_name = "Werkzeuge"

    def ready(self) -> None:
        from clevervibes.lib import history, roles

        connection_created.connect(history.listen, dispatch_uid="lib.history")
        post_migrate.connect(roles.grant_after_migrate, dispatch_uid="lib.grants")
        # Modules that say how a topic of the outbox is delivered register themselves on import.
        autodiscover_modules("notifications")
