"""Families of problems that people wrote, read from files."""
