from django.apps import AppConfig


class ClubhouseConfig(AppConfig):
    """The house around the four apps: start page, demo, components."""

    name = "clevervibes"
    verbose_name = "Clever Vibes Club"
