"""An account of one's own, by whichever form: tries are counted, a mail address is optional."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

from django.contrib import messages
from django.http import HttpRequest
from django.utils.translation import gettext as _

from accounts.forms import SignUpForm
from accounts.registration import NewPerson, UsernameTaken
from accounts.security import limits
from clevervibes.lib.errors import DomainError
from clevervibes.lib.limits import Try, give_back, take

Made = TypeVar("Made")


def sign_up(request: HttpRequest, form: SignUpForm, make: Callable[..., Made], *, now: datetime) -> Made | None:
    """Have the service `make` give the `person` of a form an account; None if the form now says why not."""
    tries: list[Try] = []
    person = form.person()
    try:
        tries.append(take((limits.SIGN_UP_ADDRESS, limits.address_of(request)), now=now))
        person = _with_countable_mailbox(request, person, tries, now)
        made = make(person=person)
    except DomainError as refusal:
        for counted in tries:
            give_back(counted)
        form.add_error("username" if isinstance(refusal, UsernameTaken) else None, str(refusal))
        return None
    if person.mailbox:
        messages.success(request, _("Bitte ins Postfach schauen: Der Link in der Mail bestätigt die Adresse."))
    elif form.cleaned_data.get("mailbox"):
        messages.warning(request, _("Die E-Mail-Adresse ging gerade nicht. Im Profil geht es später noch einmal."))
    return made


def _with_countable_mailbox(request: HttpRequest, person: NewPerson, tries: list[Try], now: datetime) -> NewPerson:
    """Return the person without a mail address if one more mail would be too many: the account matters more."""
    if not person.mailbox:
        return person
    try:
        tries.append(limits.count_mail(request, mailbox=person.mailbox, now=now))
    except DomainError:
        return replace(person, mailbox="")
    return person
