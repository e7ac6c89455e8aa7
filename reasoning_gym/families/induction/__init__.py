"""Induction: rules inferred from examples and applied to something new."""
