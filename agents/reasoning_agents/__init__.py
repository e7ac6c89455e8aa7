"""Agents that reason in the suite: language models, search, learning."""
