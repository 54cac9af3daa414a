"""Amounts as people read them."""

from django.utils.formats import number_format


def said(number: int) -> str:
    """Return 12345 as 12.345."""
    return number_format(number, use_l10n=True, force_grouping=True)


def euros(cents: int) -> str:
    """Return 125050 (cents) as 1.250,50 €."""
    whole, rest = divmod(abs(cents), 100)
    return f"{'-' if cents < 0 else ''}{said(whole)},{rest:02} €"
