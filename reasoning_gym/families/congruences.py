"""Linear congruences in lines such as `3x=18 mod 7`: reads them, solves them, and says how far they are solved."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from math import gcd
from typing import NamedTuple

from reasoning_gym.checker.limits import Refused, Undefined
from reasoning_gym.checker.rationals import rational
from reasoning_gym.checker.syntax import Apply, Name, Node, Number
from reasoning_gym.families.notation import term
from reasoning_gym.families.readings import plain, read_integers, spaced
from reasoning_gym.families.steps import Measure, difference, operations

_MODULUS = re.compile(r"\s*\(?\s*\\?[bp]?mod\s*\{?\s*(?P<modulus>\d{1,12})\s*\}?\s*\)?", re.ASCII)
_BETWEEN = re.compile(r"[,;]\s*(?:or|and)\b|\b(?:or|and)\b|[;\n]", re.ASCII)
_ASSIGNED = re.compile(r"(?:(?<=^)|(?<=[,{(]))\s*x\s*(?:=|\\in\b)\s*", re.ASCII)
_NO_SOLUTION = re.compile(r"(?:there (?:is|are) )?no solutions?", re.ASCII)


_MOST_ALIKE = 6  # congruences in a trace with the same factor and modulus
_MOST_OPERATIONS = 24  # that a congruence leaves to do


class Residues(NamedTuple):
    """The integers that leave a remainder, from 0 to below the modulus."""

    remainder: int
    modulus: int


class Congruence(NamedTuple):
    """`factor*x=constant mod modulus`."""

    factor: int
    constant: int
    modulus: int

    @property
    def solutions(self) -> Residues | None:
        """All solutions; None if there are none."""
        common = gcd(self.factor, self.modulus)
        if self.constant % common:
            return None
        modulus = self.modulus // common
        inverse = pow(self.factor // common, -1, modulus)
        return Residues(self.constant // common * inverse % modulus, modulus)

    def is_like(self, other: Congruence) -> bool:
        """Whether factors and constants are congruent modulo the same number."""
        same = self.modulus == other.modulus and not (self.factor - other.factor) % self.modulus
        return same and not (self.constant - other.constant) % self.modulus


class Written(NamedTuple):
    """A congruence and how many operations are left to do in its line, those beside the variable twice."""

    congruence: Congruence
    operations: int

    @property
    def measures(self) -> tuple[Measure, Measure]:
        """Two measures; a congruence is nearer to `x=constant` if one of them is smaller than it ever was.

        In this order: the modulus, in the first negative numbers, the factor that remains (in the first once the
        common divisor of both sides is taken out, in the second modulo the modulus), the factor, operations, its
        sign, the constant.
        """
        factor, constant, modulus = self.congruence
        small = min(factor % modulus, -factor % modulus)
        rest = (abs(factor), self.operations, int(factor < 0), abs(constant))
        negative = (factor < 0) + (constant < 0)
        return (modulus, negative, abs(factor) // gcd(factor, constant), *rest), (modulus, small, *rest)

    def follows_from(self, others: Iterable[Written]) -> bool:
        """Whether this line comes from an earlier one by one move, or says what the variable is.

        A move reduces modulo the modulus, adds it to a constant so that the factor divides it, divides both sides
        by a number, or multiplies them so that the factor becomes 1 or -1.
        """
        factor, constant, modulus = self.congruence
        if factor == 1 and (0 <= constant < modulus or self.operations):
            return any(self.congruence.solutions == other.congruence.solutions for other in others)
        return any(_is_move(other.congruence, self.congruence) for other in others)

    def is_nearer_than(self, others: Iterable[Written]) -> bool:
        """Whether one of the measures is smaller than that of any other, and not too many are like it."""
        known = list(others)
        alike = [other for other in known if other.congruence[::2] == self.congruence[::2]]
        if len(alike) >= _MOST_ALIKE or self.operations > _MOST_OPERATIONS:
            return False
        earlier = [other.measures for other in known]
        return any(all(own < other[i] for other in earlier) for i, own in enumerate(self.measures))


def _is_move(before: Congruence, after: Congruence) -> bool:
    """Whether one congruence comes from another by a move, as in `Written.follows_from`."""
    factor, constant, modulus = before
    if after.is_like(before):
        least = factor % modulus
        reduced = {constant, constant % modulus, constant % modulus - modulus}
        is_multiple = abs(after.factor) > 1 and after.constant % after.factor == 0
        if after.factor in (factor, least, least - modulus) and (after.constant in reduced or is_multiple):
            return True
    if after.factor and factor % after.factor == 0:
        divisor = factor // after.factor
        moduli = modulus, modulus // gcd(modulus, divisor)
        return constant == divisor * after.constant and after.modulus in moduli and after.solutions == before.solutions
    if after.modulus == modulus and factor and after.factor % factor == 0:
        return after.constant == after.factor // factor * constant and after.factor % modulus in (1, modulus - 1)
    return False


def congruence_text(congruence: Congruence, name: str = "x") -> str:
    """The line that states a congruence.

    >>> congruence_text(Congruence(3, 18, 7))
    '3x=18 mod 7'
    """
    return f"{term(congruence.factor, name)}={congruence.constant} mod {congruence.modulus}"


def by_adding(congruence: Congruence, name: str = "x") -> Iterator[str]:
    """The lines that add the modulus until the factor divides both sides, and divide; factor and modulus are coprime.

    >>> list(by_adding(Congruence(3, 4, 7)))
    ['3x=18 mod 7', 'x=6 mod 7']
    """
    factor, constant, modulus = congruence
    while constant % factor:
        constant += modulus
    yield congruence_text(Congruence(factor, constant, modulus), name)
    yield congruence_text(Congruence(1, constant // factor, modulus), name)


def read_congruence(node: Node, name: str) -> Written | None:
    """A linear congruence in one variable; None if a line states anything else.

    Raises:
        Undefined, Refused: as `difference`.
    """
    relation = _relation(node)
    if relation is None:
        return None
    equation, modulus = relation
    found = difference(equation, name)
    if found is None or len(found) != 2 or not all(isinstance(each, int) for each in found):
        return None
    constant, factor = found
    right = equation.args[1]
    if isinstance(right, Name) or (isinstance(right, Apply) and rational(right) is None):
        left_over = 2 * operations(node)
    else:
        left_over = operations(right) + 2 * max(operations(equation.args[0]) - (factor != 1), 0)
    return Written(Congruence(int(factor), -int(constant), modulus), left_over)


def _relation(node: Node) -> tuple[Apply, int] | None:
    """The equation and the modulus of `3x=4 mod 7`."""
    if not (isinstance(node, Apply) and node.head == "mod"):
        return None
    equation, modulus = node.args
    if not (isinstance(modulus, Number) and isinstance(modulus.value, int) and modulus.value > 1):
        return None
    if not (isinstance(equation, Apply) and equation.head in {"=", "equiv"}):
        return None
    return Apply("=", equation.args), modulus.value


def read_product(node: Node) -> tuple[tuple[int, int], int, int] | None:
    """The factors, the result and the modulus of `3*5=1 mod 7` or `3*5 mod 7=1`; None for any other line."""
    relation = _relation(node)
    if relation is not None:
        product, result = relation[0].args
        modulus: int | None = relation[1]
    elif isinstance(node, Apply) and node.head == "=" and isinstance(inner := node.args[0], Apply):
        if inner.head != "mod":
            return None
        product, number = inner.args
        result, modulus = node.args[1], _whole(number)
    else:
        return None
    if not (isinstance(product, Apply) and product.head == "*" and len(product.args) == 2):
        return None
    values = [_whole(each) for each in (*product.args, result)]
    whole = [each for each in values if each is not None]
    if modulus is None or modulus < 2 or len(whole) < len(values):
        return None
    return (whole[0], whole[1]), whole[2], modulus


def read_remainder(node: Node) -> tuple[int, int, int] | None:
    """The number, the modulus and the remainder of `4 mod 3=1`; None for any other line."""
    if not (isinstance(node, Apply) and node.head == "="):
        return None
    inner, result = node.args
    if not (isinstance(inner, Apply) and inner.head == "mod"):
        return None
    number, modulus, remainder = map(_whole, (*inner.args, result))
    if number is None or not modulus or remainder is None:
        return None
    return number, modulus, remainder


def _whole(node: Node) -> int | None:
    try:
        value = rational(node) if isinstance(node, Number | Apply) else None
    except (Undefined, Refused):
        return None
    return value if isinstance(value, int) and abs(value) < 10**18 else None


def read_solutions(answer: str) -> tuple[list[int], int | None]:
    """The integers of `2,5`, `x=2 or x=5` or `x=2 mod 3`, and the modulus where one is named.

    Raises:
        Unreadable, Refused: if it is no such list.

    >>> read_solutions("x=2 or x=5"), read_solutions("x = 2 (mod 3)")
    (([2, 5], None), ([2], 3))
    """
    text = plain(answer).lower().replace("\\equiv", "=").replace("\N{IDENTICAL TO}", "=")
    found = next((match for match in _MODULUS.finditer(text) if match.end() == len(text)), None)
    if found is not None:
        text = text[: found.start()]
    text = _ASSIGNED.sub("", _BETWEEN.sub(",", text))
    return read_integers(text), int(found["modulus"]) if found else None


def says_none(answer: str) -> bool:
    """Whether an answer says that there is no solution.

    Raises:
        Refused: if it is too long to be an answer.
    """
    return _NO_SOLUTION.fullmatch(spaced(answer).lower()) is not None


def check_residues(stated: Sequence[int], modulus: int | None, right: Residues, whole: int) -> bool:
    """Whether integers are all solutions from 0 to below `whole`, or the one below the modulus they come with."""
    if modulus == right.modulus != whole:
        return list(stated) == [right.remainder]
    if modulus not in (None, whole) or len(stated) != whole // right.modulus:
        return False
    return len(set(stated)) == len(stated) and all(
        0 <= each < whole and each % right.modulus == right.remainder for each in stated
    )
