"""Filters and order of a list of the team, kept under a name: for oneself, or for the team of a club."""
