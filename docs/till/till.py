#!/usr/bin/env python3
"""A till of the Clever Vibes Club, with nothing but Python's own library. See docs/till.md.

    CLUB_URL=https://club.example.org CLUB_TOKEN=cvt_… python till.py CCCC-DDDD

It looks a code up, asks, redeems, and offers to take it back. Whatever happens to an answer on its way (the connection
breaks, the server restarts, another call is in flight), the same key is sent again, so a code is redeemed once.
"""

import json
import os
import sys
import time
import urllib.error
import urllib.request
import uuid
from typing import Any

# An answer that does not come is asked for again, under the same key, for about this long in all.
TRIES, FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 6, 1, 20
TIMEOUT_SECONDS = 10


class Refused(Exception):
    """The club says no, for good: `code` for programs, the text for people, to be shown as it is."""

    def __init__(self, status: int, code: str, detail: str) -> None:
        self.status, self.code = status, code
        super().__init__(detail)


class NoAnswer(Exception):
    """Nobody knows whether it was booked. Keep the key and call again with it: the answer will be the one of then."""


class Till:
    """The calls of one counter. Its token opens one shop's counter and nothing else; keep it like a password."""

    def __init__(self, url: str, token: str, *, sleep: Any = time.sleep) -> None:
        self.url, self.token, self.sleep = url.rstrip("/"), token, sleep

    def look_up(self, text: str) -> dict[str, Any]:
        """Say what a typed code or a scanned QR code is for. Nothing is booked yet."""
        name = "token" if "#" in text or len(text) == 32 else "code"
        return self._post("counter/look-up/", {name: text})

    def redeem(self, hold: str, *, key: str) -> dict[str, Any]:
        """Hand it over. `key` is a UUID made for this one tap and kept until an answer has come."""
        return self._post("counter/redemptions/", {"hold": hold}, key=key)

    def undo(self, redemption: str, reason: str, *, key: str) -> dict[str, Any]:
        """Take it back, within 15 minutes."""
        return self._post(f"counter/redemptions/{redemption}/undo/", {"reason": reason}, key=key)

    def _post(self, path: str, body: dict[str, Any], *, key: str = "") -> dict[str, Any]:
        pause = FIRST_PAUSE_SECONDS
        for attempt in range(TRIES):
            if attempt:
                self.sleep(pause)
            try:
                return self._once(path, body, key)
            except urllib.error.HTTPError as error:
                said = _read(error)
                wait = int(error.headers.get("Retry-After") or 0)
                # In flight, too often, or the server has to catch its breath: it says when to come again.
                if wait > LONGEST_PAUSE_SECONDS or (error.code < 500 and not wait):
                    raise Refused(error.code, said.get("code", ""), said.get("detail", str(error))) from None
                pause = wait or min(pause * 2, LONGEST_PAUSE_SECONDS)
            except OSError:  # no connection, or it broke before the answer was there
                pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
        raise NoAnswer(path)

    def _once(self, path: str, body: dict[str, Any], key: str) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        if key:
            headers["Idempotency-Key"] = key
        request = urllib.request.Request(f"{self.url}/api/v1/{path}", json.dumps(body).encode(), headers)
        with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as answer:
            found: dict[str, Any] = json.load(answer)
            return found


def _read(error: urllib.error.HTTPError) -> dict[str, Any]:
    try:
        return dict(json.load(error))
    except ValueError:
        return {}  # not from the club: a proxy in between


def main() -> int:
    till = Till(os.environ["CLUB_URL"], os.environ["CLUB_TOKEN"])
    text = sys.argv[1] if len(sys.argv) > 1 else input("Code: ")
    try:
        found = till.look_up(text)
        if input(f"{found['item']}, {found['price']} Coins. Einlösen? [j/n] ").strip().lower() != "j":
            return 0
        made = till.redeem(found["hold"], key=str(uuid.uuid4()))
        print(f"Eingelöst: {made['item']}")
        if input("Zurücknehmen? [j/n] ").strip().lower() == "j":
            till.undo(made["id"], "Falsch eingelöst", key=str(uuid.uuid4()))
            print("Zurückgenommen.")
    except Refused as refusal:
        print(refusal)
        return 1
    except NoAnswer:
        print("Keine Verbindung. Später mit demselben Schlüssel noch einmal versuchen.")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
