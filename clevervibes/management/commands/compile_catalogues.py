"""Compile the catalogues, so that a machine without gettext speaks every language too."""

from pathlib import Path
from typing import Any

import polib
from django.conf import settings
from django.core.management.base import BaseCommand


class Command(BaseCommand):
    help = "Write a .mo beside every .po under LOCALE_PATHS. Needs polib, not msgfmt."
    requires_system_checks = []

    def handle(self, **options: Any) -> None:
        for folder in settings.LOCALE_PATHS:
            for path in sorted(Path(folder).glob("*/LC_MESSAGES/*.po")):
                catalogue = polib.pofile(str(path))
                catalogue.save_as_mofile(str(path.with_suffix(".mo")))
                left = len(catalogue) - len(catalogue.translated_entries())
                self.stdout.write(f"{path.parts[-3]}: {len(catalogue.translated_entries())} texts, {left} stay German")
