"""Families of algebra."""
