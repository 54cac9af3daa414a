from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ActivitiesConfig(AppConfig):
    name = "activities"
    verbose_name = _("Gemeinsam-Zeit")

    def ready(self) -> None:
        from activities import asked_about  # noqa: F401 (registers its pages)
