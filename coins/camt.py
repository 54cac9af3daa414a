"""Reading the bank's statements: camt.053 (ISO 20022), versions 02 and 08, as the German banks deliver them.

A small reader that looks at what a club's books need and refuses the rest by line and reason. It builds no tree: a
file of ten thousand entries passes through in a few megabytes. Nothing is read from anywhere but the bytes at hand.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from hashlib import sha256
from typing import NoReturn
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser
from django.utils.translation import gettext_lazy as _

from clevervibes.lib import periods
from clevervibes.lib.errors import DomainError

MAX_BYTES = 25 * 1024 * 1024
MAX_ENTRIES = 20_000
MAX_CENTS = 10**13  # a hundred billion euros
DEEPEST, MOST_ALIVE = 40, 1_000_000  # elements in one another, and since the last entry
VERSIONS = frozenset({"camt.053.001.02", "camt.053.001.08"})

_SPACE = "urn:iso:std:iso:20022:tech:xsd:"
_AMOUNT = re.compile(r"(?P<euros>[0-9]{1,13})(?:\.(?P<cents>[0-9]{1,5}))?")
_NO_REFERENCE = frozenset({"", "NONREF", "NOTPROVIDED"})
_OPENING, _CLOSING = ("OPBD", "PRCD", "ITBD"), ("CLBD",)


class WrongFile(DomainError):
    """A file that cannot be read as a statement: nothing of it is stored."""

    code = "wrong_file"
    field = "file"
    status = 400
    message = _("Zeile {line}: {why}")


@dataclass
class Line:
    """One movement of the account: what the bank booked, in cents; money that left is negative."""

    reference: str
    amount_cents: int
    booked_on: date
    name: str = ""
    iban: str = ""
    text: str = ""
    end_to_end_id: str = ""
    batch_ids: tuple[str, ...] = ()
    why: str = ""  # of what came back


@dataclass
class Statement:
    """A statement of one account, checked: its opening and its lines make its closing balance."""

    statement_id: str
    sequence: str
    iban: str
    opening_cents: int
    closing_cents: int
    closing_on: date
    lines: list[Line] = field(default_factory=list)


def read(data: bytes) -> list[Statement]:
    """Return the statements in a file, in its order.

    :raises WrongFile: with the line and the reason, if any part of it is not as it must be.
    """
    if len(data) > MAX_BYTES:
        _refuse(1, _("Die Datei ist größer als 25 MB. Bitte lassen Sie sich kürzere Zeiträume geben."))
    reader = _Reader()
    parser = DefusedXMLParser(target=reader, forbid_dtd=True)
    reader.parser = parser.parser
    try:
        parser.feed(data)
        parser.close()
    except ParseError as error:
        _refuse(error.position[0], _("Das ist kein vollständiges XML. Ist die Datei ganz und unverändert?"))
    except DefusedXmlException:
        _refuse(reader.line, _("Die Datei enthält Verweise, die ein Kontoauszug nicht enthält."))
    except (UnicodeError, LookupError, ValueError):
        _refuse(reader.line, _("Die Zeichen der Datei sind nicht lesbar."))
    if not reader.statements:
        _refuse(reader.line, _("Darin ist kein Kontoauszug."))
    return reader.statements


def _refuse(line: int, why: object) -> NoReturn:
    raise WrongFile(line=line, why=why)


class _Node:
    """An element with what is in it, as long as its entry is read."""

    __slots__ = ("children", "currency", "line", "tag", "text")

    def __init__(self, tag: str, line: int, currency: str) -> None:
        self.tag, self.line, self.currency, self.text = tag, line, currency, ""
        self.children: list[_Node] = []

    def all(self, path: str) -> Iterator["_Node"]:
        first, _slash, rest = path.partition("/")
        for child in self.children:
            if child.tag == first:
                if rest:
                    yield from child.all(rest)
                else:
                    yield child

    def first(self, *paths: str) -> "_Node | None":
        return next((node for path in paths for node in self.all(path)), None)

    def word(self, *paths: str) -> str:
        """Return the text of the first of `paths` that has one, on one line."""
        texts = (" ".join(node.text.split()) for path in paths for node in self.all(path))
        return next((text for text in texts if text), "")


class _Reader:
    """What the parser tells of elements. Those above an entry are forgotten as soon as they have been read."""

    parser: object

    def __init__(self) -> None:
        self.statements: list[Statement] = []
        self.stack: list[_Node] = []
        self.entries = self.alive = 0
        self.open_lines: list[Line] = []

    @property
    def line(self) -> int:
        return int(getattr(self.parser, "CurrentLineNumber", 1))

    def start(self, name: str, attributes: dict[str, str]) -> None:
        space, _brace, tag = name.rpartition("}")
        if not self.stack:
            version = space.removeprefix("{").removeprefix(_SPACE)
            if tag != "Document" or version not in VERSIONS:
                why = _("Das ist kein Kontoauszug im Format camt.053 (Version 02 oder 08), sondern „{what}“.")
                _refuse(self.line, str(why).format(what=(version or tag)[:60]))
        self.alive += 1
        if len(self.stack) >= DEEPEST or self.alive > MOST_ALIVE:
            _refuse(self.line, _("Die Datei ist größer oder tiefer verschachtelt, als ein Kontoauszug es ist."))
        node = _Node(tag, self.line, attributes.get("Ccy", ""))
        if self.stack:
            self.stack[-1].children.append(node)
        self.stack.append(node)

    def data(self, text: str) -> None:
        if self.stack:
            self.stack[-1].text += text

    def end(self, name: str) -> None:
        node = self.stack.pop()
        if node.tag == "Ntry":
            lines = _lines_of(node)
            self.entries += max(len(lines), 1)
            if self.entries > MAX_ENTRIES:
                _refuse(node.line, _("Mehr als 20.000 Umsätze auf einmal. Bitte teilen Sie den Zeitraum."))
            self.open_lines += lines
            self.alive = 0
            self.stack[-1].children.pop()
        elif node.tag == "Stmt":
            self.statements.append(_statement_of(node, self.open_lines))
            self.open_lines = []
            self.stack[-1].children.pop()

    def close(self) -> None:
        """The file is over."""


# ── A statement ──────────────────────────────────────────────────────────────────────────────────
def _statement_of(node: _Node, lines: list[Line]) -> Statement:
    iban = node.word("Acct/Id/IBAN").replace(" ", "").upper()
    if not iban:
        _refuse(node.line, _("Der Auszug nennt keine IBAN."))
    statement_id = node.word("Id")[:35]
    if not statement_id:
        _refuse(node.line, _("Der Auszug hat keine Kennung."))
    opening = _balance(node, _OPENING)
    closing = _balance(node, _CLOSING)
    if opening is None or closing is None:
        _refuse(node.line, _("Dem Auszug fehlt der Anfangs- oder der Endsaldo."))
    opening_cents, closing_cents = _signed(opening), _signed(closing)
    if opening_cents + sum(line.amount_cents for line in lines) != closing_cents:
        _refuse(closing.line, _("Anfangssaldo und Umsätze ergeben nicht den Endsaldo. Ist die Datei ganz?"))
    return Statement(
        statement_id=statement_id,
        sequence=node.word("ElctrncSeqNb", "LglSeqNb")[:18],
        iban=iban[:34],
        opening_cents=opening_cents,
        closing_cents=closing_cents,
        closing_on=_day(closing, "Dt"),
        lines=_named(lines, statement_id),
    )


def _balance(node: _Node, codes: tuple[str, ...]) -> _Node | None:
    found = {balance.word("Tp/CdOrPrtry/Cd"): balance for balance in reversed(list(node.all("Bal")))}
    return next((found[code] for code in codes if code in found), None)


def _named(lines: list[Line], statement_id: str) -> list[Line]:
    """Give each line a reference that no other line has: the bank's, where it has one."""
    seen: dict[str, int] = {}
    for number, line in enumerate(lines):
        if not line.reference:
            line.reference = sha256(f"{statement_id} {number}".encode()).hexdigest()[:40]
        # Some banks give all entries of a day the same one.
        seen[line.reference] = count = seen.get(line.reference, 0) + 1
        if count > 1:
            line.reference = f"{line.reference[:60]}#{count}"
    return lines


# ── An entry ─────────────────────────────────────────────────────────────────────────────────────
def _lines_of(entry: _Node) -> list[Line]:
    # Announced or for information only: the balance does not know of it.
    if entry.word("Sts/Cd", "Sts") not in ("BOOK", ""):
        return []
    amount_cents = _signed(entry)
    if not amount_cents:
        return []
    booked_on = _day(entry, "BookgDt")
    reference = entry.word("AcctSvcrRef", "NtryRef")
    reference = "" if reference in _NO_REFERENCE else reference[:60]
    details = list(entry.all("NtryDtls/TxDtls"))
    amounts = [_detail_cents(detail, amount_cents) for detail in details]
    if len(details) < 2 or sum(amounts) != amount_cents or not all(amounts):
        # One movement, or several of which the bank does not say how much each was.
        return [_line(entry, details[:1], reference, amount_cents, booked_on)]
    return [
        _line(entry, [detail], f"{reference}/{number}" if reference else "", cents, booked_on)
        for number, (detail, cents) in enumerate(zip(details, amounts, strict=True), 1)
    ]


def _line(entry: _Node, details: list[_Node], reference: str, amount_cents: int, booked_on: date) -> Line:
    line = Line(reference=reference, amount_cents=amount_cents, booked_on=booked_on)
    batches = [entry.word("NtryDtls/Btch/MsgId"), entry.word("NtryDtls/Btch/PmtInfId")]
    text = entry.word("AddtlNtryInf")
    for detail in details:
        # The other side: who paid, or who was paid.
        side = "Dbtr" if amount_cents > 0 else "Cdtr"
        line.name = detail.word(f"RltdPties/{side}/Nm", f"RltdPties/{side}/Pty/Nm")[:70]
        line.iban = detail.word(f"RltdPties/{side}Acct/Id/IBAN").replace(" ", "").upper()[:34]
        line.end_to_end_id = detail.word("Refs/EndToEndId")[:35]
        line.why = " ".join(
            part for part in (detail.word("RtrInf/Rsn/Cd", "RtrInf/Rsn/Prtry"), detail.word("RtrInf/AddtlInf")) if part
        )[:200]  # fmt: skip
        batches += [detail.word("Refs/MsgId"), detail.word("Refs/PmtInfId")]
        remittance = " ".join(" ".join(node.text.split()) for node in detail.all("RmtInf/Ustrd"))
        text = remittance or detail.word("RmtInf/Strd/CdtrRefInf/Ref", "AddtlTxInf") or text
    line.batch_ids = tuple(dict.fromkeys(each[:35] for each in batches if each not in _NO_REFERENCE))
    line.text = text[:400]
    return line


def _detail_cents(detail: _Node, of_entry: int) -> int:
    """Return what a part of an entry moved; 0 if the bank does not say. Its sign is its own, else the entry's."""
    amount = detail.first("Amt", "AmtDtls/TxAmt/Amt")
    if amount is None or amount.currency != "EUR":
        return 0
    sign = detail.word("CdtDbtInd")
    positive = sign == "CRDT" if sign else of_entry > 0
    return _cents(amount) * (1 if positive else -1)


# ── Values ───────────────────────────────────────────────────────────────────────────────────────
def _signed(node: _Node) -> int:
    """Return the amount of a balance or an entry, money that left as a negative number."""
    amount = node.first("Amt")
    if amount is None:
        _refuse(node.line, _("Hier fehlt ein Betrag."))
    if amount.currency != "EUR":
        _refuse(amount.line, _("Hier steht ein Betrag, der nicht in Euro ist. Der Club bucht nur Euro."))
    sign = {"CRDT": 1, "DBIT": -1}.get(node.word("CdtDbtInd"))
    if sign is None:
        _refuse(node.line, _("Hier steht nicht, ob Geld kam oder ging."))
    return sign * _cents(amount)


def _cents(amount: _Node) -> int:
    found = _AMOUNT.fullmatch(amount.text.strip())
    fraction = (found["cents"] or "") if found else ""
    # Of a part of a cent nobody could say who has it.
    if found is None or fraction[2:].strip("0"):
        _refuse(amount.line, _("Dieser Betrag ist nicht lesbar."))
    cents = int(found["euros"]) * 100 + int(fraction[:2].ljust(2, "0"))
    if cents > MAX_CENTS:
        _refuse(amount.line, _("Dieser Betrag ist nicht lesbar."))
    return cents


def _day(node: _Node, tag: str) -> date:
    text = node.word(f"{tag}/Dt", f"{tag}/DtTm", tag)
    try:
        if "T" in text:
            moment = datetime.fromisoformat(text)
            return periods.berlin_date(moment) if moment.tzinfo else moment.date()
        day = date.fromisoformat(text[:10])
    except ValueError:
        _refuse(node.line, _("Hier fehlt das Datum, oder es ist keines."))
    if not 2000 <= day.year <= 2200:
        _refuse(node.line, _("Hier fehlt das Datum, oder es ist keines."))
    return day
