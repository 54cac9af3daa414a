"""The reader of bank statements: what it reads, and what it refuses, by line and reason."""

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from coins import camt, references
from tests.coins.camt_files import DAY, OURS, Entry, document, file, statement


@pytest.mark.parametrize("version", ["02", "08"])
def test_both_versions_say_the_same(version):
    data = file(
        Entry(
            25_000, name="Stadtwerke & Söhne", iban="DE89370400440532013000", text="Förderung\n 2026", reference="A1"
        ),
        Entry(-1_050, name="Bank", text="Entgelt", reference="A2"),
        opening=100, version=version,
    )  # fmt: skip

    (found,) = camt.read(data)

    assert (found.iban, found.opening_cents, found.closing_cents, found.closing_on) == (OURS, 100, 24_050, DAY)
    first, second = found.lines
    assert (first.amount_cents, first.name, first.iban) == (25_000, "Stadtwerke & Söhne", "DE89370400440532013000")
    assert (first.text, first.reference, first.booked_on) == ("Förderung 2026", "A1", DAY)
    assert (second.amount_cents, second.name) == (-1_050, "Bank")


def test_a_batch_of_several_is_several_lines_if_the_bank_says_how_much_each_was():
    parts = (Entry(100, text="eins"), Entry(250, text="zwei"))
    (whole,) = camt.read(file(Entry(350, parts=parts, reference="S")))
    assert [(line.amount_cents, line.text, line.reference) for line in whole.lines] == [
        (100, "eins", "S/1"), (250, "zwei", "S/2"),
    ]  # fmt: skip

    (unclear,) = camt.read(file(Entry(351, parts=parts, reference="S")))
    assert [(line.amount_cents, line.reference) for line in unclear.lines] == [(351, "S")]


def test_what_is_announced_only_is_no_movement():
    (found,) = camt.read(file(Entry(100), Entry(900, status="PDNG"), Entry(800, status="INFO")))

    assert [line.amount_cents for line in found.lines] == [100]


def test_lines_of_one_reference_are_told_apart_and_those_without_get_one():
    entries = [Entry(100, reference="TAG"), Entry(100, reference="TAG"), Entry(5, reference="NONREF")]

    (found,) = camt.read(file(*entries, name="X"))
    (again,) = camt.read(file(*entries, name="X"))

    names = [line.reference for line in found.lines]
    assert names[:2] == ["TAG", "TAG#2"]
    assert len(set(names)) == 3
    assert names == [line.reference for line in again.lines]


def test_several_statements_in_one_file():
    found = camt.read(document(statement(Entry(100)), statement(Entry(-40), opening=100)))

    assert [each.closing_cents for each in found] == [100, 60]


WRONG = {
    "empty": (b"", 1, "kein vollständiges XML"),
    "no xml": (b"Datum;Betrag\n1.9.;5", 1, "kein vollständiges XML"),
    "cut off": (file(Entry(100))[:-30], 4, "kein vollständiges XML"),
    "another format": (
        b'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.052.001.08"/>', 1, "camt.052.001.08",
    ),
    "html": (b"<html><body/></html>", 1, "html"),
    "nothing in it": (document(), 4, "kein Kontoauszug"),
    "entity": (
        b'<?xml version="1.0"?>\n<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>\n<Document>&b;</Document>', 2,
        "Verweise",
    ),
    "external": (
        b'<?xml version="1.0"?>\n<!DOCTYPE x SYSTEM "file:///etc/passwd">\n<Document/>', 2, "Verweise",
    ),
    "dollars": (file(Entry(100), Entry(200, currency="USD")), 5, "nicht in Euro"),
    "balance": (file(Entry(100), closing=99), 3, "ergeben nicht den Endsaldo"),
    "no iban": (file(Entry(100), iban=""), 3, "keine IBAN"),
    "amount": (file(Entry(100)).replace(b">1.00<", b">1,00<", 1), 3, "Betrag"),
    "negative": (file(Entry(100)).replace(b">1.00<", b">-1.00<"), 4, "Betrag"),
    "tenth of a cent": (file(Entry(100)).replace(b">1.00<", b">1.005<"), 4, "Betrag"),
    "not a number": (file(Entry(100)).replace(b">1.00<", b">NaN<"), 4, "Betrag"),
    "astronomic": (file(Entry(100)).replace(b">1.00<", b">9999999999999.00<"), 4, "Betrag"),
    "arabic digits": (file(Entry(100)).replace(b">1.00<", ">١.٠٠<".encode()), 4, "Betrag"),
    "day": (file(Entry(100)).replace(b"<BookgDt><Dt>2026-09-17", b"<BookgDt><Dt>2026-02-31"), 4, "Datum"),
    "year": (file(Entry(100)).replace(b"<BookgDt><Dt>2026", b"<BookgDt><Dt>9999"), 4, "Datum"),
    "side": (file(Entry(100)).replace(b"CRDT</CdtDbtInd><Sts>", b"BOTH</CdtDbtInd><Sts>"), 4, "kam oder ging"),
    "no balance": (file(Entry(100)).replace(b"CLBD", b"XXXX"), 3, "Endsaldo"),
    "bytes": (b'<?xml version="1.0" encoding="klingon"?><a/>', 1, ""),
    "deep": (b'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08">' + b"<a>" * 50, 1, "verschachtelt"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_file_is_refused_by_line_and_reason(name):
    data, line, why = WRONG[name]

    with pytest.raises(camt.WrongFile) as refused:
        camt.read(data)

    assert str(refused.value).startswith(f"Zeile {line}:"), refused.value
    assert why in str(refused.value)


def test_a_file_too_big_is_refused_before_it_is_read(monkeypatch):
    monkeypatch.setattr(camt, "MAX_BYTES", 100)
    with pytest.raises(camt.WrongFile, match="25 MB"):
        camt.read(file(Entry(100)))


def test_too_many_lines_are_refused(monkeypatch):
    monkeypatch.setattr(camt, "MAX_ENTRIES", 3)
    with pytest.raises(camt.WrongFile, match=r"20\.000"):
        camt.read(file(*[Entry(100)] * 4))


@given(st.binary(max_size=300))
@hypothesis_settings(max_examples=100, deadline=None)
def test_any_bytes_are_refused_with_a_sentence(noise):
    with pytest.raises(camt.WrongFile):
        camt.read(noise)


ONE = file(Entry(100, text="Förderung"), Entry(-5), version="02")


@given(st.data())
@hypothesis_settings(max_examples=100, deadline=None)
def test_a_file_with_any_byte_changed_is_read_or_refused(data):
    whole = bytearray(ONE)
    for _change in range(data.draw(st.integers(1, 4))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))

    try:
        found = camt.read(bytes(whole))
    except camt.WrongFile:
        return
    for each in found:
        assert each.opening_cents + sum(line.amount_cents for line in each.lines) == each.closing_cents


# ── Words that name a pool ───────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("number", [1, 12, 9_999, 123_456])
def test_a_reference_is_found_as_people_type_it(number):
    words = references.of(references.POOL, number)

    for typed in (words, words.lower(), words.replace("-", " "), words.replace("-", ""), f"Spende {words}, danke"):
        assert references.found_in(typed) == [("T", number)]


def test_one_wrong_digit_names_no_other_pool():
    words = references.of(references.POOL, 1234)

    for place in range(4, len(words)):
        for digit in "0123456789":
            if words[place].isdigit() and words[place] != digit:
                assert references.found_in(words[:place] + digit + words[place + 1 :]) == []
    assert references.found_in(words.replace("CVT", "CVZ")) == []
