"""What makes the club installable: manifest, service worker, the page shown without a connection."""

import hashlib

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

# All that the offline page and the first glance of any page need. Pages of people are never kept.
KEPT = [
    "clevervibes/css/tokens.css",
    "clevervibes/css/base.css",
    "clevervibes/css/components.css",
    "clevervibes/fonts/rubik-latin-wght-normal.woff2",
    "clevervibes/img/icons.svg",
    "clevervibes/img/tiles.svg",
    "clevervibes/img/logo.svg",
    "clevervibes/js/app.js",
    # The counter and a youth's code work where there is no connection.
    "django_htmx/htmx-2.min.js",
    "partners/partners.css",
    "partners/counter.js",
    "partners/waiting.js",
    "partners/camera.js",
    "partners/scan-worker.js",
    "partners/vendor/jsQR-1.4.0.js",
    "partners/card.js",
]


@require_safe
@cache_control(max_age=3600)
def manifest(request: HttpRequest) -> JsonResponse:
    icon = "clevervibes/img/icon-{}.png"
    body = {
        "id": "/",
        "name": "Clever Vibes Club",
        "short_name": "Clever Vibes",
        "description": _("Gemeinsame Zeit wird zu Coins, Coins werden zu Belohnungen."),
        "lang": "de",
        "start_url": "/start/",
        "scope": "/",
        "display": "standalone",
        "background_color": "#f6f5ef",
        "theme_color": "#0a5f4e",
        "icons": [
            {"src": static("clevervibes/img/logo.svg"), "type": "image/svg+xml", "sizes": "any"},
            {"src": static(icon.format(192)), "type": "image/png", "sizes": "192x192"},
            {"src": static(icon.format(512)), "type": "image/png", "sizes": "512x512"},
            {
                "src": static(icon.format("512-maskable")),
                "type": "image/png",
                "sizes": "512x512",
                "purpose": "maskable",
            },
        ],
    }
    return JsonResponse(body, content_type="application/manifest+json", json_dumps_params={"ensure_ascii": False})


@require_safe
@cache_control(no_cache=True)
def service_worker(request: HttpRequest) -> HttpResponse:
    """Serve the worker from the root, so that it may answer for every page of the club."""
    files = [static(name) for name in KEPT]
    # File names carry a hash of their content: the cache's name changes when, and only when, one of them does, or the
    # counter's page that is kept with them.
    version = hashlib.sha256("".join([*files, render_to_string("partners/shell.html")]).encode()).hexdigest()[:12]
    return render(request, "sw.js", {"files": files, "version": version}, content_type="text/javascript")


@require_safe
@cache_control(max_age=3600)
def offline(request: HttpRequest) -> HttpResponse:
    return render(request, "offline.html")
