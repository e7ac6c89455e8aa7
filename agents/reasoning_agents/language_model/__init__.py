"""Language models seen as proposers and scorers of thoughts."""
