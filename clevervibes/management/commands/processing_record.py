"""`manage.py processing_record`: the record of processing activities (Art. 30 GDPR), as Markdown."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from clevervibes.privacy import inventory, record


class Command(BaseCommand):
    help = "Print the record of processing activities (Art. 30 GDPR) as Markdown."

    def handle(self, *args: Any, **options: Any) -> None:
        if missing := inventory.differences():
            raise CommandError("The inventory does not fit the models:\n" + "\n".join(missing))
        self.stdout.write(record.as_markdown())
