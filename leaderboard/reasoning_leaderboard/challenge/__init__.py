"""Challenges: rounds of secret problems, sessions that play them, and the audit of what was revealed."""
