"""Sums, differences, products and quotients of decimals."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import NamedTuple, TypeAlias, cast

import numpy as np

from reasoning_gym.checker.syntax import Apply, Node, Number
from reasoning_gym.families.decimals import check_decimal, decimal, places_of
from reasoning_gym.families.rewriting import check_rewriting
from reasoning_gym.families.steps import Measure
from reasoning_gym.family import ANSWER_FORMAT, Family, family
from reasoning_gym.problem import Given, Problem, Question, Verdict

_FORMAT = ANSWER_FORMAT.format(answer="the exact value as a decimal")
_PREFIX = "Evaluate: "
_MOST_PLACES, _LARGEST = 5, 10_000  # of the value of any part
_TENS = frozenset(10**places for places in range(1, 13))

Leaf: TypeAlias = "tuple[int, int]"  # digits as a whole number, decimal places: (345, 2) is 3.45


class _Level(NamedTuple):
    operations: str  # drawn from
    size: int  # how many operations
    places: tuple[int, int]  # least and most
    digits: tuple[int, int]  # the least and the greatest number that the digits make


_LEVELS = (
    _Level("+-", 1, (1, 1), (2, 99)),
    _Level("+-", 1, (1, 3), (12, 999)),
    _Level("*", 1, (0, 2), (2, 49)),
    _Level("/", 1, (0, 1), (2, 39)),
    _Level("*/", 1, (1, 2), (12, 199)),
    _Level("+-*", 2, (0, 2), (2, 99)),
    _Level("+-*/", 3, (0, 2), (2, 99)),
    _Level("+-*/", 4, (0, 2), (2, 199)),
)


class _Shown(NamedTuple):
    """A part of an expression as text, on its way to a number."""

    text: str
    binding: int  # one of the three below: how tightly it holds together


_SUM, _PRODUCT, _NUMBER = range(3)
Tree: TypeAlias = "Given | _Shown"  # a leaf, or (operation, left tree, right tree)


@family(category="arithmetic", levels=8)
class DecimalArithmetic(Family):
    """Work out an expression of decimals exactly.

    Statement: `Evaluate: 1.2+3.45*0.2`. The value of every part is positive and has at most five places.
    Thoughts: the whole expression after each step, the leftmost operation first of those that are ready: with
    whole numbers over a power of ten, `(120+69)/100`, worked out, and back to a decimal; a divisor is made whole first.
    Answer: a decimal; zeros at its end are free. A fraction is incorrect.
    Level: 1 sums and differences of one place, 2 of up to three, 3 products (about 15,000 different questions),
    4 quotients (about 4,500), 5 both with more digits, 6 to 8 two to four operations.
    Verified: by exact evaluation.
    Checked step by step: a line must have the question's value and be nearer to one decimal than all before:
    fewer operations, fewer decimals in them, fewer divisions by a power of ten, or terms of as many places.

        Evaluate: 1.2+3.5
        (12+35)/10
        47/10
        Answer: 4.7
    """

    def generate(self, rng: np.random.Generator, level: int) -> Problem:
        while True:
            tree = _draw(rng, _LEVELS[level - 1])
            if tree is not None:
                break
        question = Question(self.name, level, _PREFIX + _text(tree).text, _FORMAT, (tree,))
        return Problem(question, decimal(_evaluate(tree)))

    def reference_thoughts(self, problem: Problem) -> tuple[str, ...]:
        lines = list(_lines(problem.question.given[0]))
        return (*lines[:-1], f"Answer: {lines[-1]}")

    def check_step(self, question: Question, thoughts: Sequence[str], step: str) -> Verdict:
        written = question.statement.removeprefix(_PREFIX)
        size = _size(question.given[0])
        most = size, 2 * size + 2, size + 1, size
        value = _evaluate(question.given[0])
        return check_rewriting(step, thoughts, written, value, lambda node, _: _measure(node), most)

    def check_conclusion(self, question: Question, thoughts: Sequence[str], answer: str) -> Verdict:
        del thoughts
        return check_decimal(answer, _evaluate(question.given[0]))


def _draw(rng: np.random.Generator, level: _Level) -> Given | None:
    """A random tree; None where a part grows too long."""
    draws = rng.random(4 * level.size + 2).tolist()
    low, high = level.digits
    fewest, most = level.places
    parts: list[Given] = []
    for digits, places in zip(draws[: level.size + 1], draws[level.size + 1 :], strict=False):
        number = low + int(digits * (high - low + 1))
        parts.append((number + (number % 10 == 0), fewest + int(places * (most - fewest + 1))))
    choices = draws[2 * level.size + 2 :]
    for place, kind in zip(choices[::2], choices[1::2], strict=True):
        left = int(place * (len(parts) - 1))
        joined = _join(parts[left], parts.pop(left + 1), level.operations[int(kind * len(level.operations))])
        if joined is None:
            return None
        parts[left] = joined
    return parts[0]


def _join(left: Given, right: Given, operation: str) -> Given | None:
    """Two parts as one; a difference below 0 is turned round, and a dividend is the product of what was drawn."""
    a, b = _evaluate(left), _evaluate(right)
    if operation == "/":
        if not (_is_leaf(left) and _is_leaf(right)) or _leaf(right)[0] in (1, 10, 100):
            return None
        left = _leaf_of(a * b)
        return (operation, left, right) if left[1] <= _MOST_PLACES else None
    if operation == "-" and a < b:
        left, right = right, left
    tree = (operation, left, right)
    value = _evaluate(tree)
    whole = operation == "*" and a.denominator == b.denominator == 1  # no product of decimals
    return tree if 0 < value < _LARGEST and places_of(value) <= _MOST_PLACES and not whole else None


def _is_leaf(tree: Tree) -> bool:
    return isinstance(tree, tuple) and len(tree) == 2 and isinstance(tree[0], int)


def _leaf(tree: Tree) -> Leaf:
    return cast("Leaf", tree)


def _branch(tree: Tree) -> tuple[str, Tree, Tree]:
    return cast("tuple[str, Tree, Tree]", tree)


def _leaf_of(value: Fraction) -> Leaf:
    places = places_of(value)
    return int(value * 10**places), places


def _evaluate(tree: Tree) -> Fraction:
    if _is_leaf(tree):
        digits, places = _leaf(tree)
        return Fraction(digits, 10**places)
    operation, left, right = _branch(tree)
    a, b = _evaluate(left), _evaluate(right)
    if operation in "+-":
        return a + b if operation == "+" else a - b
    return a * b if operation == "*" else a / b


def _size(tree: Tree) -> int:
    """How many operations an expression has."""
    return 0 if _is_leaf(tree) else 1 + sum(map(_size, _branch(tree)[1:]))


def _text(tree: Tree) -> _Shown:
    """The expression as it is written."""
    if isinstance(tree, _Shown):
        return tree
    if _is_leaf(tree):
        return _Shown(decimal(_evaluate(tree)), _NUMBER)
    operation, left, right = _branch(tree)
    binding = _SUM if operation in "+-" else _PRODUCT
    a, b = _text(left), _text(right)
    left_text = f"({a.text})" if a.binding < binding else a.text
    right_text = f"({b.text})" if b.binding <= binding else b.text
    return _Shown(f"{left_text}{operation}{right_text}", binding)


def _lines(tree: Tree) -> Iterator[str]:
    """The whole expression after each step."""
    while not _is_leaf(tree):
        path = _ready(tree)
        part = tree
        for turn in path:
            part = _branch(part)[turn]
        operation, left, right = _branch(part)
        for shown in _working(operation, _leaf(left), _leaf(right)):
            yield _text(_put(tree, path, shown)).text
        tree = _put(tree, path, _leaf_of(_evaluate(part)))
        yield _text(tree).text


def _ready(tree: Tree) -> tuple[int, ...]:
    """The way to the leftmost operation on two numbers: which part of each branch, 1 or 2."""
    _, left, right = _branch(tree)
    for turn, part in ((1, left), (2, right)):
        if not _is_leaf(part):
            return (turn, *_ready(part))
    return ()


def _put(tree: Tree, path: Sequence[int], part: Tree) -> Tree:
    """The tree with a part replaced."""
    if not path:
        return part
    branch = list(_branch(tree))
    branch[path[0]] = cast("str", _put(branch[path[0]], path[1:], part))
    return cast("Tree", tuple(branch))


def _working(operation: str, left: Leaf, right: Leaf) -> Iterator[_Shown]:
    """What stands between two decimals and their sum, difference, product or quotient."""
    (a, places), (b, other_places) = left, right
    if operation == "/":
        yield from _division(left, right)
    elif operation == "*":
        if bottom := places + other_places:
            yield _Shown(f"{a}*{b}/{10**bottom}", _PRODUCT)
            yield _Shown(f"{a * b}/{10**bottom}", _PRODUCT)
    elif bottom := max(places, other_places):
        a, b = a * 10 ** (bottom - places), b * 10 ** (bottom - other_places)
        yield _Shown(f"({a}{operation}{b})/{10**bottom}", _PRODUCT)
        yield _Shown(f"{a + b if operation == '+' else a - b}/{10**bottom}", _PRODUCT)


def _division(left: Leaf, right: Leaf) -> Iterator[_Shown]:
    """The divisor made whole, then the quotient of whole numbers over a power of ten."""
    dividend, divisor = Fraction(left[0], 10 ** left[1]) * 10 ** right[1], right[0]
    if right[1]:
        yield _Shown(f"{decimal(dividend)}/{divisor}", _PRODUCT)
    places = places_of(dividend)
    if places and not dividend * 10**places % divisor:
        yield _Shown(f"{dividend * 10**places}/{divisor}/{10**places}", _PRODUCT)
        yield _Shown(f"{dividend * 10**places / divisor}/{10**places}", _PRODUCT)


def _measure(node: Node) -> Measure:
    """How far an expression is from one decimal.

    In this order: operations but for divisions by powers of ten, decimals among their operands, such divisions,
    terms of another number of places.
    """
    if not isinstance(node, Apply):
        return 0, 0, 0, 0
    real, decimals, tens, unaligned = map(sum, zip(*map(_measure, node.args), strict=True))
    if node.head == "neg":
        return real, decimals, tens, unaligned
    if _is_over_ten(node):
        return real, decimals, tens + 1, unaligned
    operands = [part.args[0] if isinstance(part, Apply) and part.head == "neg" else part for part in node.args]
    decimals += sum(map(_weight, operands))
    if node.head == "+":
        unaligned += len({part.places or 0 for part in operands if isinstance(part, Number)} or {0}) - 1
    return real + max(len(operands) - 1, 1), decimals, tens, unaligned


def _weight(operand: Node) -> int:
    """How far an operand is from a whole number; one that is an operation itself waits for it."""
    if isinstance(operand, Number):
        return int(operand.places is not None)
    return 2 if _is_over_ten(operand) and isinstance(operand, Apply) and isinstance(operand.args[0], Number) else 0


def _is_over_ten(node: Node) -> bool:
    """Whether a node is a quotient by 10, 100, and so on."""
    if not (isinstance(node, Apply) and node.head == "/" and isinstance(node.args[1], Number)):
        return False
    return node.args[1].value in _TENS
