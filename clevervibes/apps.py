from django.apps import AppConfig
from django.contrib.staticfiles import apps as staticfiles


class ClubhouseConfig(AppConfig):
    """The house around the four apps: start page, demo, components."""

    name = "clevervibes"
    verbose_name = "Clever Vibes Club"

    def ready(self) -> None:
        from clevervibes import checks  # noqa: F401 (registers itself)


class CollectedFilesConfig(staticfiles.StaticFilesConfig):
    """Collect what a page can ask for; the rest only costs time to compress at every first start."""

    ignore_patterns = [
        *staticfiles.StaticFilesConfig.ignore_patterns,
        "rest_framework",  # the browsable API is off
        "htmax-*",
        "htmx-4*",
        "ext",
        # Where DEBUG is off, the short versions are served.
        "htmx-2.js",
        "jquery.js",
        "select2.full.js",
        "xregexp.js",
    ]
