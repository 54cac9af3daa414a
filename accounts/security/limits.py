"""How often somebody may try to get in. The numbers are the club's promise; the counting is lib.limits."""

import ipaddress
from datetime import datetime, timedelta

from allauth.account.adapter import get_adapter
from django.http import HttpRequest

from accounts.models import User
from clevervibes.lib.limits import Limit, Try, take

# Misses only: a try is counted before it is looked at and given back when it was right.
LOGIN_ACCOUNT = Limit("login-account", 5, timedelta(minutes=30))
LOGIN_ADDRESS = Limit("login-address", 20, timedelta(hours=1))
CODE_ACCOUNT = Limit("code-account", 10, timedelta(days=1))  # of an authenticator app, and recovery codes
# Accounts that were made; what the form refused does not count.
SIGN_UP_ADDRESS = Limit("sign-up-address", 5, timedelta(hours=1))
# Mails that somebody else can have sent to a mailbox: resets, invitations, confirmations.
MAIL_BOX_HOUR = Limit("mail-box-hour", 2, timedelta(hours=1))
MAIL_BOX_DAY = Limit("mail-box-day", 5, timedelta(days=1))
MAIL_ADDRESS_DAY = Limit("mail-address-day", 5, timedelta(days=1))

# Who has one address of IPv6 has the other 2**64 of its network too.
_NETWORK_BITS = 64


def address_of(request: HttpRequest) -> str:
    """Return where a request comes from: an address, with IPv6 its network."""
    address = ipaddress.ip_address(get_adapter().get_client_ip(request))
    if address.version == 6:
        return str(ipaddress.ip_network(f"{address}/{_NETWORK_BITS}", strict=False).network_address)
    return str(address)


def account_of(user: User) -> str:
    return f"user:{user.pk}"


def count_login(request: HttpRequest, *, account: str, now: datetime) -> Try:
    """Count a password for `account`; give it back when it was right.

    :raises lib.limits.TooOften: after 5 misses in 30 minutes at the account, or 20 in an hour from the address.
    """
    return take((LOGIN_ACCOUNT, account), (LOGIN_ADDRESS, address_of(request)), now=now)


def count_mail(request: HttpRequest, *, mailbox: str, now: datetime) -> Try:
    """Count a mail that a request has sent to `mailbox`, whether or not anybody is known there.

    :raises lib.limits.TooOften: past 2 an hour or 5 a day to the mailbox, or 5 a day from the address.
    """
    box = mailbox.lower()
    return take((MAIL_BOX_HOUR, box), (MAIL_BOX_DAY, box), (MAIL_ADDRESS_DAY, address_of(request)), now=now)
