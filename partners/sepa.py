"""The bank's file: SEPA credit transfers as pain.001.001.09 (ISO 20022, as the German banks take it since 2023)."""

import re
import secrets
import unicodedata
from collections.abc import Sequence
from datetime import datetime
from xml.etree import ElementTree

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from sepaxml import SepaTransfer
from sepaxml.validation import try_valid_xml

from clevervibes.lib.errors import DomainError
from partners.models import Payout, PayoutFile

SCHEMA = "pain.001.001.09"
# What every bank of the area takes: letters, digits and these (EPC217-08). Umlauts are written out.
_WRITTEN_OUT = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "ß": "ss", "&": "+"})
_NOT_TAKEN = re.compile(r"[^A-Za-z0-9/?:().,'+ -]")
_ID_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


# In the demo: no bank has it.
_DEMO_ACCOUNT = ("DE02100100100006820101", "Pro Lünen e.V.")


class NoOwnAccount(DomainError):
    code = "no_own_account"
    message = _("Das Konto des Clubs ist nicht eingetragen (CLUB_IBAN, CLUB_ACCOUNT_HOLDER).")


def new_id(kind: str) -> str:
    """Return an id that no other money ever had or will have: 24 random letters behind the kind."""
    return f"CVC-{kind}-" + "".join(secrets.choice(_ID_LETTERS) for _letter in range(24))


def file(made: PayoutFile, payouts: Sequence[Payout]) -> str:
    """Return the XML for `payouts`, validated against its schema.

    :raises NoOwnAccount: if the installation does not say from which account is paid.
    """
    iban, holder = own_account()
    transfer = SepaTransfer(
        {
            "name": plain(holder, 70), "IBAN": iban, "batch": True,
            "currency": "EUR",
        },
        schema=SCHEMA,
        clean=False,
    )  # fmt: skip
    for payout in payouts:
        transfer.add_payment(
            {
                "name": plain(payout.bank_account.holder, 70),
                "IBAN": payout.bank_account.iban,
                "amount": payout.amount_cents,
                "description": plain(f"Clever Vibes Club {payout.settlement.number}", 140),
                "execution_date": made.executes_on,
                "endtoend_id": payout.end_to_end_id,
            }
        )
    xml = _steady(transfer.export(validate=False), made.message_id, made.created_at)
    try_valid_xml(xml.encode(), SCHEMA)
    return xml


def own_account() -> tuple[str, str]:
    """Return IBAN and holder of the account that partners are paid from.

    :raises NoOwnAccount: if the installation does not say.
    """
    if settings.CLUB_IBAN and settings.CLUB_ACCOUNT_HOLDER:
        return settings.CLUB_IBAN, settings.CLUB_ACCOUNT_HOLDER
    if settings.DEMO:
        return _DEMO_ACCOUNT
    raise NoOwnAccount


def plain(text: str, longest: int) -> str:
    """Return `text` in the letters that every bank takes."""
    written_out = unicodedata.normalize("NFKD", text.translate(_WRITTEN_OUT))
    kept = _NOT_TAKEN.sub("", written_out.encode("ascii", "ignore").decode())
    return " ".join(kept.split())[:longest] or "-"


def _steady(xml: bytes, message_id: str, at: datetime) -> str:
    """Put in our own moment and our own id of the payment, where the library draws some."""
    tree = ElementTree.fromstring(xml)  # noqa: S314 (written a line above)
    space = {"": f"urn:iso:std:iso:20022:tech:xsd:{SCHEMA}"}
    ElementTree.register_namespace("", space[""])
    ours = {"GrpHdr/MsgId": message_id, "GrpHdr/CreDtTm": f"{at:%Y-%m-%dT%H:%M:%S}", "PmtInf/PmtInfId": message_id}
    for path, text in ours.items():
        for node in tree.iterfind(f".//{path}", space):
            node.text = text
    return ElementTree.tostring(tree, encoding="unicode", xml_declaration=True)
