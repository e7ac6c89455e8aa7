"""Gymnasium environments in which an action is one step of thought."""
