"""What the first night does in a club, so that the public page of the demo has something to say."""

from datetime import date, datetime

from accounts.models import User
from clevervibes.lib import db, periods
from clevervibes.openness import figures
from coins import bank, journal, publication, seal
from coins.models import LedgerAccount

IBAN = "DE75512108001245126199"  # nobody's: an example of the standard
_STATEMENT = """<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt>
<GrpHdr><MsgId>DEMO</MsgId><CreDtTm>{day}T20:00:00</CreDtTm></GrpHdr>
<Stmt><Id>DEMO-{day}</Id><ElctrncSeqNb>1</ElctrncSeqNb><CreDtTm>{day}T20:00:00</CreDtTm>
<Acct><Id><IBAN>{iban}</IBAN></Id><Ccy>EUR</Ccy></Acct>{opening}{closing}</Stmt>
</BkToCstmrStmt></Document>
"""
_BALANCE = (
    '<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy="EUR">{amount}</Amt>'
    "<CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>{day}</Dt></Dt></Bal>"
)


def pass_by(*, by: User, now: datetime) -> None:
    """Compare with a statement of the bank, seal, publish, prove and count."""
    _compare(periods.berlin_date(now) - periods.ONE_DAY, by, now)
    seal.seal()
    publication.publish(day=periods.berlin_date(db.now()))
    publication.note_proof(publication.prove(), now=db.now())
    figures.take(now=now)


def _compare(day: date, by: User, now: datetime) -> None:
    """Read a statement of a day without movements, on which the bank says what the books say."""
    world = LedgerAccount.objects.filter(kind=LedgerAccount.Kind.WORLD).first()
    cents = -journal.balance_on(world, day) if world else 0
    amount = f"{cents // 100}.{cents % 100:02}"
    opening, closing = (_BALANCE.format(code=code, amount=amount, day=day.isoformat()) for code in ("OPBD", "CLBD"))
    text = _STATEMENT.format(day=day.isoformat(), iban=IBAN, opening=opening, closing=closing)
    for statement in bank.read(data=text.encode(), by=by, now=now):
        bank.start_booking(statement=statement, by=by, now=now)
