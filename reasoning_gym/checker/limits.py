"""How much work a text may ask for. Counted in work, so that a verdict is the same on a slow machine."""

from __future__ import annotations

MAX_CHARACTERS = 4_000  # of an answer or a reference
MAX_DEPTH = 60  # of nested brackets, functions and powers
MAX_HEIGHT = 150  # of the tree that a text stands for
MAX_DIGITS = 2_000  # of one number in the text
MAX_BITS = 14_000  # of a coefficient
MAX_VALUE_BITS = 40_000  # of a number that is computed
MAX_TERMS = 4_000  # of a polynomial
MAX_WORK = 50_000  # products of two short terms, in all, for one verdict; one takes about a microsecond
MAX_KEY = 20_000  # characters of the normal form of a function's argument
MAX_EXPONENT = 2_000  # of a sum that is multiplied out
MAX_FACTORED = 10**12  # the largest number that is split into primes
MAX_FACTORIAL = 3_000


class Unreadable(ValueError):
    """The text isn't, as a whole, something that this grammar can read."""


class Refused(ValueError):
    """The text can be read, but asks for more work than the limits allow."""


class Undefined(ValueError):
    """The text can be read and has no value, like 1/0."""


class Work:
    """Counts work down; raises `Refused` when none is left."""

    __slots__ = ("left",)

    def __init__(self, allowed: int = MAX_WORK) -> None:
        self.left = allowed

    def spend(self, amount: int) -> None:
        """Take from what is left.

        Raises:
            Refused: if that is more than is left.
        """
        self.left -= amount
        if self.left < 0:
            raise Refused("needs more work than is allowed")
