"""`/profil/apps/`: which apps are signed in for somebody, and ending that."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.access import user_of
from accounts.models import ApiToken
from accounts.security import tokens
from clevervibes.lib import db


@never_cache
@require_safe
@login_required
def apps(request: HttpRequest) -> HttpResponse:
    return render(request, "accounts/apps.html", {"tokens": tokens.tokens_of(user_of(request), now=db.now())})


@require_POST
@login_required
def end_app(request: HttpRequest, public_id: UUID) -> HttpResponse:
    user = user_of(request)
    token = get_object_or_404(ApiToken, public_id=public_id, user=user)
    tokens.revoke(user=user, public_id=token.public_id, now=db.now())
    messages.success(request, _("„%s“ ist abgemeldet.") % token.name)
    return redirect("accounts:apps")
