"""What somebody of the team must look at, now."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Alarm(models.Model):
    """The proof failed or a run is stuck. Stays on the team's first page until somebody says what was done about it."""

    class Kind(models.TextChoices):
        LEDGER = "ledger", _("Die Bücher stimmen nicht")
        SEAL = "seal", _("Ein Siegel ist gebrochen")
        PROOF = "proof", _("Die Prüfung der Bücher ist abgebrochen")
        SEAL_BEHIND = "seal_behind", _("Buchungen bleiben ohne Siegel")
        RUN_OPEN = "run_open", _("Ein Umrechnungslauf wird nicht fertig")
        VOLUME = "volume", _("Es wird viel eingelöst: Meldegrenze")
        BANK = "bank", _("Kontoauszug und Bücher sagen nicht dasselbe")
        GUESSING = "guessing", _("An den Theken werden Codes geraten")
        CLEARING = "clearing", _("Auf einem Verrechnungskonto ist etwas übrig")
        BEAT = "beat", _("Der Taktgeber steht: Nichts beginnt mehr von selbst")
        WORKER = "worker", _("Im Hintergrund wird nichts mehr erledigt")
        OUTBOX = "outbox", _("Nachrichten gehen nicht hinaus")
        BACKUP = "backup", _("Die Sicherung fehlt, ist alt oder gescheitert")
        CACHE = "cache", _("Der Zwischenspeicher antwortet nicht")

    kind = models.CharField(_("Alarm"), max_length=40, choices=Kind)
    # Of accounts and rows alone, never of people: it goes out by mail.
    detail = models.TextField(_("Befund"))
    raised_at = models.DateTimeField(_("ausgelöst"))
    seen_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("gesehen von"),
    )
    seen_at = models.DateTimeField(_("gesehen"), null=True, blank=True)
    note = models.TextField(_("Was war los, was ist getan?"), max_length=2000, blank=True)

    class Meta:
        verbose_name = _("Alarm")
        verbose_name_plural = _("Alarme")
        ordering = ["-raised_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["kind"], condition=Q(seen_at=None), name="coins_alarm_once_while_unseen"),
            models.CheckConstraint(condition=Q(seen_at=None) | ~Q(note=""), name="coins_alarm_seen_with_a_note"),
        ]

    def __str__(self) -> str:
        return str(self.get_kind_display())
