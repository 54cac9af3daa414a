"""How many people must stand behind a number before anybody who does not know them reads it."""

LEAST = 5
