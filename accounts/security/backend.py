"""Who a name and a password belong to."""

from allauth.account.auth_backends import AuthenticationBackend
from django.db.models.functions import Lower
from django.http import HttpRequest

from accounts.models import User


class Backend(AuthenticationBackend):
    """allauth's, with exactly one password compared per try.

    allauth's own compares a known mail address twice and an unknown one once: the time would tell who is a member.
    """

    def _authenticate(self, request: HttpRequest | None, **credentials: object) -> User | None:
        login = str(credentials.get("username") or credentials.get("email") or "")
        return self._check_password(find(login), str(credentials.get("password") or ""))


def find(login: str) -> User | None:
    """Return whom a username or a mail address names, whatever its capital letters; None for nobody.

    Usernames that people choose hold no @, so one never names somebody else's mailbox.
    """
    name = login.strip().lower()
    people = User.objects.alias(name=Lower("username"), mail=Lower("email"))
    # Both are asked for everybody: known and unknown take the same time.
    by_name, by_mail = people.filter(name=name).first(), people.exclude(mail="").filter(mail=name).first()
    return by_name or by_mail
