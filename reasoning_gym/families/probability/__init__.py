"""Chances: dice, urns, cards, and how many ways there are."""
