#!/usr/bin/env python3
"""Prüft die öffentlichen Siegel des Clever Vibes Club, ohne ihn zu fragen und ohne Netz.

    python3 verify.py siegel.txt                 das ist in sich stimmig
    python3 verify.py siegel.txt frueher.txt     und noch dasselbe wie in der Datei von früher

Am Ende steht 0, wenn alles stimmt, sonst 1 und je Befund eine Zeile mit Tag und Zeile. Was damit gefunden wird und was
nicht, steht in docs/verifier.md.
"""

# ruff: noqa: T201 (it has nothing but a console)
# For whoever does not trust us: standard library alone, and readable from top to bottom in a few minutes.
import hashlib
import re
import sys

NO_SEAL = "0" * 64
HASH = re.compile(r"[0-9a-f]{64}")
MOST_NAMED = 20
WHAT = {"changed": "geändert", "missing": "fehlt", "inserted": "neu dazugekommen", "broken": "Siegel gebrochen"}


class Unreadable(Exception):
    """The file is not what it should be; says where."""


class Seal:
    def __init__(self, number, day, previous, lines, seal, text):
        self.number, self.day, self.previous, self.lines, self.seal = number, day, previous, lines, seal
        self.holds = hashlib.sha256(text.encode()).hexdigest() == seal

    def __str__(self):
        return f"Siegel {self.number} vom {german(self.day)}"


class Proof:
    """What the books said on a night to everything published."""

    def __init__(self, day, upto, findings):
        self.day, self.upto, self.findings = day, upto, findings


class Reader:
    """Reads a file line by line and knows where it is."""

    def __init__(self, name):
        self.name = name
        try:
            with open(name, encoding="ascii", newline="\n") as file:
                text = file.read()
        except OSError as error:
            raise Unreadable(f"{name}: lässt sich nicht öffnen ({error.strerror}).") from None
        except UnicodeDecodeError:
            raise Unreadable(f"{name}: ist keine Textdatei von uns.") from None
        # A browser under Windows may have changed the ends of the lines; nothing else.
        self.lines = text.replace("\r\n", "\n").split("\n")
        self.at = 0
        if self.lines.pop():
            raise Unreadable(f"{name}: hört mitten in Zeile {len(self.lines) + 1} auf.")

    def more(self):
        return self.at < len(self.lines)

    def line(self):
        if not self.more():
            raise Unreadable(f"{self.name}: hört nach Zeile {self.at} auf, ein Siegel ist nicht vollständig.")
        self.at += 1
        return self.lines[self.at - 1]

    def value(self, name, pattern):
        found = re.fullmatch(f"{name} ({pattern})", self.line())
        if not found:
            raise self.wrong(f"„{name} …“")
        return found[1]

    def wrong(self, expected):
        return Unreadable(f"{self.name}, Zeile {self.at}: hier müsste {expected} stehen.")


def read(name):
    """Return the seals of a file in its order, and its proof or None."""
    reader, seals, proof = Reader(name), [], None
    while reader.more():
        start, first = reader.at, reader.line()
        if proof is None and first == "clever-vibes-seal 1":
            seals.append(read_seal(reader, start))
        elif proof is None and first == "clever-vibes-proof 1":
            proof = read_proof(reader)
        else:
            raise reader.wrong("der Anfang eines Siegels")
    if not seals:
        raise Unreadable(f"{name}: Darin ist kein Siegel.")
    return seals, proof


def read_seal(reader, start):
    number = int(reader.value("number", r"\d{1,18}"))
    day = reader.value("day", r"\d{4}-\d\d-\d\d")
    previous = reader.value("previous", HASH.pattern)
    reader.value("salt", HASH.pattern)
    count = int(reader.value("lines", r"\d{1,9}"))
    lines = []
    for place in range(1, count + 1):
        found = re.fullmatch(rf"{place} ({HASH.pattern})", reader.line())
        if not found:
            raise Unreadable(
                f"{reader.name}, Zeile {reader.at}: Siegel {number} vom {german(day)}, Zeile {place} ist verändert,"
                " fehlt oder steht an falscher Stelle."
            )
        lines.append(found[1])
    text = "\n".join(reader.lines[start : reader.at]) + "\n"
    return Seal(number, day, previous, lines, reader.value("seal", HASH.pattern), text)


def read_proof(reader):
    day = reader.value("day", r"\d{4}-\d\d-\d\d")
    upto = int(reader.value("seals", r"\d{1,18}"))
    findings = []
    for _count in range(int(reader.value("findings", r"\d{1,9}"))):
        found = re.fullmatch(rf"({'|'.join(WHAT)}) (\d{{1,18}}) (\d{{1,9}}|-) ({HASH.pattern}|-)", reader.line())
        if not found:
            raise reader.wrong("ein Befund der Prüfung")
        findings.append((found[1], int(found[2]), None if found[3] == "-" else int(found[3])))
    if reader.line() != "end":
        raise reader.wrong("„end“")
    return Proof(day, upto, findings)


# ── Looking ──────────────────────────────────────────────────────────────────────────────────────
def look_at_chain(seals):
    """Yield what does not hold in the file alone: each seal is of its own text and names the one before it."""
    before = None
    for seal in seals:
        if not seal.holds:
            yield f"{seal}: passt nicht zu seinen Zeilen; mindestens eine ist nachträglich geändert."
        if before is None:
            if seal.number != 1 or seal.previous != NO_SEAL:
                yield f"{seal}: ist nicht das erste; davor fehlt etwas."
        elif seal.number != before.number + 1:
            yield f"{seal}: folgt nicht auf {before}; dazwischen fehlt etwas, oder die Reihenfolge stimmt nicht."
        elif seal.previous != before.seal:
            yield f"{seal}: knüpft nicht an {before} an; eines von beiden ist nachträglich geändert."
        elif seal.day < before.day:
            yield f"{seal}: ist älter als {before}."
        before = seal


def look_at_proof(seals, proof):
    """Yield what the books said differently when the club last asked them."""
    if proof is None:
        yield "Die Prüfung der Bücher fehlt: Die Datei ist nicht vollständig."
        return
    if proof.upto != seals[-1].number:
        yield f"Die Prüfung reicht bis Siegel {proof.upto}, die Datei bis {seals[-1].number}: Es fehlt etwas."
    by_number = {seal.number: seal for seal in seals}
    for what, number, line in proof.findings:
        where = str(by_number.get(number, f"Siegel {number}")) + (f", Zeile {line}" if line is not None else "")
        yield f"{where}: {WHAT[what]}, sagen die Bücher am {german(proof.day)}."


def look_back(seals, earlier):
    """Yield what is no longer as it was in the file of an earlier day."""
    now = {seal.number: seal for seal in seals}
    for old in earlier:
        new = now.get(old.number)
        if new is None:
            yield f"{old}: gibt es nicht mehr."
            continue
        if new.seal == old.seal and new.lines == old.lines:
            continue
        changed = [
            place
            for place, pair in enumerate(zip(old.lines, new.lines), 1)  # noqa: B905 (also for older Pythons)
            if pair[0] != pair[1]
        ]
        shorter, longer = sorted((len(old.lines), len(new.lines)))
        changed += range(shorter + 1, longer + 1)
        for place in changed:
            yield f"{old}, Zeile {place}: war früher anders."
        if not changed:
            yield f"{old}: war früher anders (das Siegel selbst, nicht seine Zeilen)."


def german(day):
    return ".".join(reversed(day.split("-")))


def main(arguments):
    if not 1 <= len(arguments) <= 2:
        print(__doc__.strip())
        return 1
    try:
        seals, proof = read(arguments[0])
        earlier = read(arguments[1])[0] if arguments[1:] else []
    except Unreadable as error:
        print(f"NICHT IN ORDNUNG. {error}")
        return 1
    findings = [*look_at_chain(seals), *look_at_proof(seals, proof), *look_back(seals, earlier)]
    if earlier:
        findings += [f"In der früheren Datei: {finding}" for finding in look_at_chain(earlier)]
    for finding in findings[:MOST_NAMED]:
        print(finding)
    if len(findings) > MOST_NAMED:
        print(f"… und {len(findings) - MOST_NAMED} weitere")
    if findings:
        print("NICHT IN ORDNUNG. Bitte heben Sie beide Dateien auf und fragen Sie den Club.")
        return 1
    last, lines = seals[-1], sum(len(seal.lines) for seal in seals)
    print(f"In Ordnung: {len(seals)} Siegel vom {german(seals[0].day)} bis {german(last.day)}, {lines} Zeilen.")
    print(f"Gegen die Bücher geprüft am {german(proof.day)}, ohne Abweichung.")
    if earlier:
        print(f"Alle {len(earlier)} Siegel der früheren Datei sind unverändert enthalten.")
    print(f"Zum Aufheben: {last.number}:{last.seal}")
    return 0


if __name__ == "__main__":
    # Whatever the console speaks: better a question mark than an error.
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="replace")
    sys.exit(main(sys.argv[1:]))
