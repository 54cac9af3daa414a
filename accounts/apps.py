from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = _("Mitglieder")

    def ready(self) -> None:
        from accounts.cases import news as _of_cases  # noqa: F401 (registers its topics)
        from accounts.protection import news as _of_protection  # noqa: F401 (registers its topics)
        from accounts.security import mails  # noqa: F401 (registers its topics)
