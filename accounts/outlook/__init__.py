"""„Wie geht es weiter?“: one voluntary question at 18, at 21 and on leaving; only a number is kept."""
