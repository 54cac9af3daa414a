"""The language of the page: the one a person chose, else the phone's."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation

Next = Callable[[HttpRequest], HttpResponse]


def own_language(get_response: Next) -> Next:
    """Speak the language kept with the person, on every phone they use. Guests keep the phone's (LocaleMiddleware)."""

    def middleware(request: HttpRequest) -> HttpResponse:
        # Without the cookie there is nobody to ask, and a public page stays free of the session.
        if settings.SESSION_COOKIE_NAME in request.COOKIES and request.user.is_authenticated:
            translation.activate(request.user.language)
            request.LANGUAGE_CODE = translation.get_language()
        return get_response(request)

    return middleware
