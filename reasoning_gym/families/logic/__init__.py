"""Families of logic."""
