"""The demo: a believable half-year of a club in Lünen, and of a small neighbour."""
