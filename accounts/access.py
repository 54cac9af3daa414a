"""Who is asking."""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from rest_framework.request import Request

from accounts.models import User


def user_of(request: HttpRequest | Request) -> User:
    """Return the person who is signed in, for views that guests never reach.

    :raises PermissionDenied: for a guest, if a view forgot to keep them out.
    """
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user
