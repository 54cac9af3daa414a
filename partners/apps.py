from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PartnersConfig(AppConfig):
    name = "partners"
    verbose_name = _("Partner")

    def ready(self) -> None:
        from partners import bank_results, endings  # noqa: F401 (they register themselves)
        from partners.joining import letters  # noqa: F401 (it registers itself)
