"""Sessions in the database, whose cookie is taken away by nobody but whoever signs out."""

from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.contrib.sessions.middleware import SessionMiddleware as DjangosMiddleware
from django.http import HttpRequest, HttpResponse


class SessionStore(DatabaseStore):
    """Remembers whether this request ended the session, or only did not find it."""

    was_ended = False

    def flush(self) -> None:
        super().flush()
        self.was_ended = True


class SessionMiddleware(DjangosMiddleware):
    """Leave the cookie alone where a session is only not found (any more).

    Signing in gives the session a new key. What was asked for with the old one at that moment (the service worker, a
    picture that is not there) and is answered later would have Django delete the cookie, and with it the sign-in of a
    second ago.
    """

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        answer: HttpResponse = super().process_response(request, response)
        cookie = answer.cookies.get(settings.SESSION_COOKIE_NAME)
        if cookie is not None and not cookie.value and not getattr(request.session, "was_ended", False):
            del answer.cookies[settings.SESSION_COOKIE_NAME]
        return answer
