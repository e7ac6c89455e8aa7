"""Families of algorithms that are carried out by hand."""
