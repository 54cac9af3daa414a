"""The team's sample of confirmed entries: a draw of some, all where something stands out, decided by people."""
