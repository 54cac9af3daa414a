"""*Etwas war nicht okay*: what is read by named people alone."""
