"""Families of calculus."""
