from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CoinsConfig(AppConfig):
    name = "coins"
    verbose_name = _("Clever Coins")

    def ready(self) -> None:
        from activities.sampling import weeks
        from coins import asked_about, filled_weeks  # noqa: F401 (registers its pages)

        weeks.counted_by(filled_weeks.COUNTING)
