"""`{% load coin_lines %}`: where a line of the statement is found again, and what it is called there."""

from django import template
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.cases.subjects import Subject
from accounts.models import YouthProfile
from coins.statement import Line

register = template.Library()


@register.simple_tag
def line_subject(line: Line, youth: YouthProfile, is_own: bool) -> Subject:
    """Return what a question about `line` is about: the page of its run, or its place in the statement."""
    whose = "" if is_own else f"?youth={youth.public_id}"
    if line.run:
        path = reverse("coins:run", args=[line.run.line.run.public_id]) + whose
    else:
        path = f"{reverse('coins:statement')}{whose}#buchung-{line.id}"
    said = {"what": line.title, "on": date_format(line.on, "j. F Y"), "coins": f"{line.coins:+d}".replace("-", "−")}
    return Subject(path, _("%(what)s, %(on)s, %(coins)s Coins") % said)
