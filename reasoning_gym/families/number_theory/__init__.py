"""Families of number theory."""
