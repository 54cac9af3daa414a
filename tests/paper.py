"""Read what a PDF says, as whoever prints it does."""

import os
import shutil
import subprocess

import pytest


def text_on(paper: bytes, *arguments: str) -> str:
    """Return the words of a PDF, a form feed after each page. Where nothing reads one the test is skipped; CI fails."""
    if not shutil.which("pdftotext"):
        missing = pytest.fail if os.environ.get("CI") else pytest.skip
        missing("nothing here reads a PDF: apt-get install poppler-utils")
    read = subprocess.run(["pdftotext", *arguments, "-", "-"], input=paper, capture_output=True, check=True)
    return read.stdout.decode()
