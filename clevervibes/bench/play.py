"""The far side of bench.players: `python -m clevervibes.bench.play MODULE FUNCTION PARAMETERS`.

The function gets a `Stage` first. It prepares itself, calls `stage.ready()`, which returns when all are to start,
plays, and returns what can be said in JSON.
"""

import importlib
import json
import os
import select
import sys

import django


class Stage:
    def ready(self) -> None:
        """Say that all is prepared and wait for the word. Who has nobody to give it ends."""
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        if not sys.stdin.readline():
            sys.exit("nobody is left to play for")

    def is_over(self) -> bool:
        """Tell whether a second word has come, or nobody is left."""
        return bool(select.select([sys.stdin], [], [], 0)[0])


def main() -> None:
    module, function, parameters = sys.argv[1:]
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clevervibes.settings")
    django.setup()
    play = getattr(importlib.import_module(f"clevervibes.bench.{module}"), function)
    sys.stdout.write(json.dumps(play(Stage(), **json.loads(parameters))))


if __name__ == "__main__":
    main()
