"""News about coins."""

from datetime import date

from django.conf import settings
from django.core.mail import EmailMessage
from django.db.models import Sum
from django.template.loader import render_to_string
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts import notifications
from clevervibes.lib import outbox, post
from clevervibes.lib.models import OutboxMessage
from coins import expiry
from coins.models import Alarm, Lot, YouthAccount


@outbox.handles("coins_paid")
def coins_paid(message: OutboxMessage) -> None:
    """Tell a youth that a run has paid coins. Without a mail address the start page says so."""
    if message.to is None:
        return
    notifications.send_mail(
        to=message.to,
        subject=_("Clever Vibes Club: Neue Coins für Dich"),
        template="coins/email/coins_paid",
        context={"coins": message.payload["coins"], "open_coins": message.payload["open"]},
    )


@outbox.handles("alarm")
def alarm_raised(message: OutboxMessage) -> None:
    """Write to ALARM_MAIL. Without an address the log and the team's first page say it."""
    alarm = Alarm.objects.filter(pk=message.payload["alarm"]).first()
    if alarm is None or not settings.ALARM_MAIL:
        return
    context = {"alarm": alarm, "public_url": settings.PUBLIC_URL}
    mail = EmailMessage(
        subject=gettext("Clever Vibes Club: Alarm – %(what)s") % {"what": alarm},
        body=render_to_string("coins/admin/alarm_mail.txt", context),
        to=settings.ALARM_MAIL,
    )
    post.send(mail)


@outbox.handles(expiry.TOPIC)
def coins_expiring(message: OutboxMessage) -> None:
    """Tell a youth how many coins are good until a day, as it is when the mail leaves."""
    account, until = message.payload["account"], date.fromisoformat(message.payload["until"])
    link = YouthAccount.objects.select_related("youth__user").filter(account=account).first()
    coins = Lot.objects.filter(account=account, valid_until=until).aggregate(left=Sum("left", default=0))["left"]
    # Spent or gone in the meantime: there is nothing to tell.
    if link is None or not coins:
        return
    notifications.send_mail(
        to=link.youth.user,
        subject=_("Clever Vibes Club: Deine Coins gelten nicht mehr lange"),
        template="coins/email/coins_expiring",
        context={"coins": coins, "until": until},
    )
