"""The tree that a text stands for: numbers, names and operations on them."""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple, TypeAlias


class Number(NamedTuple):
    """A number as written. `places` counts the digits after a decimal point; None for an integer."""

    value: int | Fraction
    places: int | None = None


class Name(NamedTuple):
    """A variable or a constant: one letter, a Greek letter, `pi`, `e`, `i`, `oo`; `x_1` with its index, `y'`.

    `...` stands for what a list leaves out.
    """

    name: str


class Apply(NamedTuple):
    """An operation on nodes.

    Values: `+` and `*` (two or more arguments), `/`, `//` (rounded down), `^`, `neg`, `+-` and `-+` (one or two), `!`,
    `%`, `deg`, `|` (absolute value), `mixed` (whole number, fraction), `base` (value, base), a function's name (`log`
    may have a base as second argument, `root` has the index as second), `binom`, `det`, `approx` (marked inexact).
    `about` is a value with its approximation.
    Relations: `= != < <= > >=` (two), `chain` (a<b<c as its relations), `equiv`, `mod` (value or relation, modulus),
    `in`, `such` (variable, condition). Logic: `and or not -> <->`.
    Collections: `tuple`, `list` (commas without brackets), `set`, `bracket` (a list in `[]`), `angle` (in `⟨⟩`),
    `interval[]`, `interval[)`, `interval(]`, `union`, `intersection`, `difference`, `domain` (ℝ, ℤ, …), `matrix` and
    its `row`s, `cases` (rows of a value and a condition).
    """

    head: str
    args: tuple[Node, ...]


Node: TypeAlias = "Number | Name | Apply"

RELATIONS = frozenset({"=", "!=", "<", "<=", ">", ">="})
CONSTANTS = frozenset({"pi", "e", "i", "oo"})
