"""Forms that may be sent twice: a double click, a reload, a second try in a tunnel."""

from collections.abc import Callable
from uuid import UUID

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponseRedirect

from clevervibes.lib import idempotency

FIELD = "request_id"  # a UUID the page draws anew, in a hidden field


def redirect_once(request: HttpRequest, call: Callable[[], str], *, who: str = "") -> HttpResponseRedirect:
    """Run `call` once per drawn form and redirect to the address it returns; sent again, the form leads there too.

    `who` names whoever sends the form where nobody is signed in, as on a paired screen.

    A refusal (`DomainError`) passes through and is not kept.

    :raises BadRequest: if the form carries no valid `request_id`.
    """
    try:
        key = UUID(request.POST.get(FIELD, ""))
    except ValueError:
        raise BadRequest("The form carries no request id.") from None
    answer = idempotency.once(
        scope=f"form:{request.user.pk or who}",
        key=key,
        fingerprint=idempotency.fingerprint("POST", request.path, None),
        call=lambda: idempotency.Answer(302, call()),
        wait=True,
    )
    return HttpResponseRedirect(str(answer.body))
