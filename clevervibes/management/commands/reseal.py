"""`manage.py reseal`: the second step of changing `CODE_KEYS`, see docs/operations.md."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from accounts.security import second_factor
from partners import resealing


class Command(BaseCommand):
    help = (
        "Seal with the newest of CODE_KEYS what only its owner may read: secrets of code apps, codes of live holds. "
        "Afterwards the older keys may leave the settings. Run it again as often as you like."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        if len(settings.CODE_KEYS) < 2:
            raise CommandError('CODE_KEYS has one key only. Put the new one before it: CODE_KEYS="new old".')
        self.stdout.write(f"code apps: {second_factor.reseal_apps()}, codes of live holds: {resealing.reseal_codes()}")
