#!/usr/bin/env python
"""Django's command line for the Clever Vibes Club."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clevervibes.settings")
    if sys.version_info < (3, 11):  # noqa: UP036 (the very line that tells somebody with an older one)
        sys.exit(
            f"Python 3.11 or newer is needed, this is {sys.version.split()[0]}. ./club finds one if it is installed."
        )
    try:
        from django.core.management import execute_from_command_line
        from django.db.utils import OperationalError
    except ImportError:
        sys.exit("Django is not installed here. Run ./club manage … instead: it makes the environment first.")
    try:
        execute_from_command_line(sys.argv)
    except OperationalError as error:
        reason = str(error).strip().splitlines()[0]
        sys.exit(f"The database does not answer ({reason}). Check DATABASE_URL and that PostgreSQL is running.")


if __name__ == "__main__":
    main()
