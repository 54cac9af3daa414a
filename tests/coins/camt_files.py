"""Statements of a bank, made up for tests: camt.053 in the two versions that are read."""

from dataclasses import dataclass
from datetime import date
from itertools import count
from xml.sax.saxutils import escape

OURS = "DE75512108001245126199"
DAY = date(2026, 9, 17)
_numbers = count(1)


@dataclass
class Entry:
    """One movement in cents; negative left the account."""

    cents: int
    name: str = ""
    iban: str = ""
    text: str = ""
    end_to_end_id: str = ""
    batch: str = ""
    reference: str = ""
    why: str = ""
    on: date = DAY
    currency: str = "EUR"
    status: str = "BOOK"
    parts: tuple["Entry", ...] = ()


def amount(cents: int, currency: str = "EUR") -> str:
    return f'<Amt Ccy="{currency}">{abs(cents) // 100}.{abs(cents) % 100:02}</Amt>'


def side(cents: int) -> str:
    return f"<CdtDbtInd>{'CRDT' if cents >= 0 else 'DBIT'}</CdtDbtInd>"


def balance(code: str, cents: int, on: date) -> str:
    return (
        f"<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp>{amount(cents)}{side(cents)}"
        f"<Dt><Dt>{on.isoformat()}</Dt></Dt></Bal>"
    )


def statement(*entries: Entry, opening: int = 0, closing: int | None = None, name: str = "", iban: str = OURS,
              on: date = DAY, version: str = "08") -> str:  # fmt: skip
    total = opening + sum(entry.cents for entry in entries if entry.status == "BOOK")
    return (
        f"<Stmt><Id>{name or f'AUSZUG-{next(_numbers)}'}</Id><ElctrncSeqNb>{next(_numbers)}</ElctrncSeqNb>"
        f"<CreDtTm>{on.isoformat()}T20:00:00</CreDtTm><Acct><Id><IBAN>{iban}</IBAN></Id><Ccy>EUR</Ccy></Acct>"
        f"{balance('OPBD', opening, on)}{balance('CLBD', total if closing is None else closing, on)}\n"
        + "\n".join(_entry(entry, version) for entry in entries)
        + "</Stmt>"
    )


def document(*statements: str, version: str = "08") -> bytes:
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.{version}"><BkToCstmrStmt>'
        f"<GrpHdr><MsgId>M{next(_numbers)}</MsgId><CreDtTm>2026-09-17T20:00:00</CreDtTm></GrpHdr>\n"
        + "\n".join(statements)
        + "</BkToCstmrStmt></Document>\n"
    ).encode()


def file(*entries: Entry, version: str = "08", **details) -> bytes:
    return document(statement(*entries, version=version, **details), version=version)


def _entry(entry: Entry, version: str) -> str:
    status = entry.status if version == "02" else f"<Cd>{entry.status}</Cd>"
    parts = "".join(_part(part, version) for part in entry.parts or (entry,))
    batch = f"<Btch><MsgId>{entry.batch}</MsgId><PmtInfId>{entry.batch}</PmtInfId></Btch>" if entry.batch else ""
    return (
        f"<Ntry>{amount(entry.cents, entry.currency)}{side(entry.cents)}<Sts>{status}</Sts>"
        f"<BookgDt><Dt>{entry.on.isoformat()}</Dt></BookgDt><ValDt><Dt>{entry.on.isoformat()}</Dt></ValDt>"
        f"<AcctSvcrRef>{entry.reference or f'REF{next(_numbers):08}'}</AcctSvcrRef>"
        f"<NtryDtls>{batch}{'' if entry.batch else parts}</NtryDtls></Ntry>"
    )


def _part(entry: Entry, version: str) -> str:
    who = "Dbtr" if entry.cents >= 0 else "Cdtr"
    name = f"<Nm>{escape(entry.name)}</Nm>"
    party = name if version == "02" else f"<Pty>{name}</Pty>"
    return (
        f"<TxDtls><Refs><EndToEndId>{entry.end_to_end_id or 'NOTPROVIDED'}</EndToEndId></Refs>"
        f"{amount(entry.cents, entry.currency)}{side(entry.cents)}"
        f"<RltdPties><{who}>{party}</{who}><{who}Acct><Id><IBAN>{entry.iban}</IBAN></Id></{who}Acct></RltdPties>"
        f"<RmtInf><Ustrd>{escape(entry.text)}</Ustrd></RmtInf>"
        + (f"<RtrInf><Rsn><Cd>{entry.why}</Cd></Rsn></RtrInf>" if entry.why else "")
        + "</TxDtls>"
    )
