"""Plane geometry with exact numbers."""
