"""Families of arithmetic."""
