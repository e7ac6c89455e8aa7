"""Sums, differences, products and quotients of fractions."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Generator, Sequence
from fractions import Fraction
from functools import cache
from typing import NamedTuple, TypeAlias, cast

import numpy as np

from reasoning_gym.checker.equality import guarded
from reasoning_gym.checker.limits import Refused, Undefined, Unreadable
from reasoning_gym.checker.shapes import is_reduced
from reasoning_gym.checker.syntax import Apply, Node, Number, parse
from reasoning_gym.families.bare_texts import calculation_tree, leaves_of, operations_in, spelled, whole_number
from reasoning_gym.families.numbers import bare, number_of, operations, sides, value_of
from reasoning_gym.family import ANSWER_FORMAT, Family, family
from reasoning_gym.problem import CORRECT, Given, Problem, Question, Verdict, incorrect

_FORMAT = ANSWER_FORMAT.format(answer="the fraction in lowest terms, or the integer")
_PREFIX = "In lowest terms: "
_FRACTION_LEAF = re.compile(r"(?<![\d/.^])(\d+/\d+)(?![\d.^])", re.ASCII)
_LARGEST = 10_000  # denominator of an answer

Leaf: TypeAlias = "tuple[int, int]"  # numerator, denominator from 1


class _Level(NamedTuple):
    fractions: int  # in the question
    operations: str
    denominators: tuple[int, int]  # least and greatest
    alike: bool = False  # all of the same denominator


_LEVELS = (
    _Level(2, "+-", (2, 16), alike=True),
    _Level(2, "*/", (2, 9)),
    _Level(2, "+-", (2, 9)),
    _Level(2, "+-*/", (5, 20)),
    _Level(3, "+-", (2, 9)),
    _Level(3, "+-*/", (2, 9)),
    _Level(4, "+-*/", (2, 12)),
    _Level(5, "+-*/", (2, 15)),
)


class _Part(NamedTuple):
    """A part of an expression as text."""

    text: str
    binding: int  # one of the four below: how tightly it holds together


_SUM, _PRODUCT, _FRACTION, _WHOLE = range(4)

Frame: TypeAlias = "Callable[[_Part], _Part]"  # puts a part where it belongs in the expression around it


@family(category="arithmetic", levels=8)
class FractionArithmetic(Family):
    """Work out an expression of fractions.

    Statement: `In lowest terms: 1/2+1/6`. Every part of it is positive.
    Thoughts: the whole expression after each step: to a common denominator, over one fraction bar, worked out;
    a division becomes a product first. The leftmost sum, product or quotient of plain fractions comes first.
    Answer: a fraction in lowest terms or an integer; a mixed number in lowest terms will do. An equal fraction
    that isn't in lowest terms is incorrect, and so is a decimal.
    Level: 1 like denominators, 2 products and quotients, 3 unlike denominators below 10 (700 to 1,500 different
    questions each), 4 larger denominators, 5 to 8 three to five fractions, with brackets from 6.
    Verified: by exact evaluation.
    Checked step by step: a line must have the question's value and be nearer to one fraction than the line
    before: fewer operations, fewer divisions, fewer unlike denominators or smaller numbers, in this order.

        In lowest terms: 1/2+1/6
        3/6+1/6
        (3+1)/6
        4/6
        Answer: 2/3
    """

    def generate(self, rng: np.random.Generator, level: int) -> Problem:
        chosen = _LEVELS[level - 1]
        while True:
            tree, value = _draw(rng, chosen)
            if value.denominator <= _LARGEST and not (chosen.alike and value == 1):  # a sum of 1 is too frequent
                break
        question = Question(self.name, level, _PREFIX + _text(tree).text, _FORMAT, (tree,))
        return Problem(question, str(value))

    def ask(self, text: str) -> Question | None:
        node = parse(_FRACTION_LEAF.sub(r"(\1)", spelled(text)))  # 2/3*8/5 is a product of two
        tree = calculation_tree(node, _read_leaf, "+-*/")
        if all(_leaf(leaf)[1] == 1 for leaf in leaves_of(tree)) and "/" not in operations_in(tree):
            return None
        _evaluate(tree)  # raises where it has no value
        return Question(self.name, _nearest_level(tree), _PREFIX + _text(tree).text, _FORMAT, (tree,))

    def reference_thoughts(self, problem: Problem) -> tuple[str, ...]:
        tree = problem.question.given[0]
        written = problem.question.statement.removeprefix(_PREFIX)
        lines: list[str] = []
        for line in _lines(tree):
            if line not in (written, problem.answer):
                lines.append(line)
            written = line
        return (*lines, f"Answer: {problem.answer}")

    def check_step(self, question: Question, thoughts: Sequence[str], step: str) -> Verdict:
        value = _evaluate(question.given[0])

        def decide() -> Verdict:
            expressions = sides(parse(step))
            if any(value_of(expression) != value for expression in expressions):
                return incorrect("its value isn't the question's")
            if _measure(expressions[-1]) >= _last_measure(question, thoughts, value):
                return incorrect("is no nearer to one fraction than the line before")
            return CORRECT

        return guarded(decide)

    def check_conclusion(self, question: Question, thoughts: Sequence[str], answer: str) -> Verdict:
        del thoughts

        def decide() -> Verdict:
            node = parse(bare(answer))
            if number_of(node) != _evaluate(question.given[0]):
                return incorrect("the values differ")
            return CORRECT if _in_lowest_terms(node) else incorrect("not a fraction in lowest terms")

        return guarded(decide)


def _read_leaf(node: Node) -> Leaf | None:
    """A whole number, or one over another."""
    whole = whole_number(node)
    if whole is not None:
        return whole, 1
    if not (isinstance(node, Apply) and node.head == "/"):
        return None
    top, bottom = map(whole_number, node.args)
    if bottom == 0:
        raise Undefined("a fraction over zero")
    return None if top is None or bottom is None else (top, bottom)


def _nearest_level(tree: Given) -> int:
    """The first level that asks for so many fractions with such denominators and operations, or the last."""
    leaves, operations = [_leaf(leaf) for leaf in leaves_of(tree)], operations_in(tree)
    bottoms = {bottom for _, bottom in leaves}
    return next(
        (
            number
            for number, level in enumerate(_LEVELS, 1)
            if len(leaves) <= level.fractions
            and set(operations) <= set(level.operations)
            and max(bottoms) <= level.denominators[1]
            and not (level.alike and len(bottoms) > 1)
        ),
        len(_LEVELS),
    )


@cache
def _fractions(lowest: int, highest: int) -> tuple[Leaf, ...]:
    """Fractions between 0 and 1 in lowest terms, by their denominators."""
    return tuple((n, d) for d in range(lowest, highest + 1) for n in range(1, d) if math.gcd(n, d) == 1)


def _draw(rng: np.random.Generator, level: _Level) -> tuple[Given, Fraction]:
    """A random tree of positive fractions and its value."""
    draws = rng.random(3 * level.fractions - 2).tolist()
    pool = _fractions(*level.denominators)
    leaves = [pool[int(draw * len(pool))] for draw in draws[: level.fractions]]
    if level.alike:
        pool = _fractions(leaves[0][1], leaves[0][1])
        leaves[1:] = [pool[int(draw * len(pool))] for draw in draws[1 : level.fractions]]
    parts: list[tuple[Given, Fraction]] = [(leaf, Fraction(*leaf)) for leaf in leaves]
    places, kinds = draws[level.fractions :: 2], draws[level.fractions + 1 :: 2]
    for place, kind in zip(places, kinds, strict=True):
        left = int(place * (len(parts) - 1))
        operation = level.operations[int(kind * len(level.operations))]
        parts[left] = _join(parts[left], parts.pop(left + 1), operation)
    return parts[0]


def _join(left: tuple[Given, Fraction], right: tuple[Given, Fraction], operation: str) -> tuple[Given, Fraction]:
    """Two parts as one; a difference of equal parts becomes their sum, one below 0 is turned round."""
    if operation == "-" and left[1] == right[1]:
        operation = "+"
    if operation == "-" and left[1] < right[1]:
        left, right = right, left
    return (operation, left[0], right[0]), _apply(operation, left[1], right[1])


def _apply(operation: str, left: Fraction, right: Fraction) -> Fraction:
    if operation in "+-":
        return left + right if operation == "+" else left - right
    if operation == "/" and not right:
        raise Undefined("a division by zero")
    return left * right if operation == "*" else left / right


def _evaluate(tree: Given) -> Fraction:
    if _is_leaf(tree):
        return Fraction(*_leaf(tree))
    operation, left, right = _branch(tree)
    return _apply(operation, _evaluate(left), _evaluate(right))


def _is_leaf(tree: Given) -> bool:
    return isinstance(tree, tuple) and len(tree) == 2


def _leaf(tree: Given) -> Leaf:
    return cast("Leaf", tree)


def _branch(tree: Given) -> tuple[str, Given, Given]:
    return cast("tuple[str, Given, Given]", tree)


def _chain(tree: Given) -> list[tuple[str, Given]]:
    """The terms of a sum, the factors of a product or the two parts of a quotient, each with its operation.

    The first one's operation is that of the whole: a sum and a product reach as far left as they can.
    """
    operation, left, right = _branch(tree)
    if operation != "/" and not _is_leaf(left):
        first = _branch(left)[0]
        if first == operation or {first, operation} == {"+", "-"}:
            return [*_chain(left), (operation, right)]
    return [("+" if operation == "-" else operation, left), (operation, right)]


def _text(tree: Given) -> _Part:
    """The expression as it is written in the question."""
    if _is_leaf(tree):
        return _written(*_leaf(tree))
    chain = _chain(tree)
    return _joined([operation for operation, _ in chain], [_text(part) for _, part in chain])


def _written(top: int, bottom: int) -> _Part:
    return _Part(str(top), _WHOLE) if bottom == 1 else _Part(f"{top}/{bottom}", _FRACTION)


def _joined(signs: Sequence[str], parts: Sequence[_Part]) -> _Part:
    """The parts of a chain as one text, with brackets where they are needed."""
    if signs[0] == "/":
        left, right = (part.text if part.binding == _WHOLE else f"({part.text})" for part in parts)
        return _Part(f"{left}/{right}", _PRODUCT)
    binding = _PRODUCT if signs[0] == "*" else _SUM
    texts = [
        f"({part.text})" if part.binding < binding or (part.binding == binding and place) else part.text
        for place, part in enumerate(parts)
    ]
    return _Part(texts[0] + "".join(sign + text for sign, text in zip(signs[1:], texts[1:], strict=True)), binding)


def _lines(tree: Given) -> list[str]:
    """Every line of the working, up to the fraction that may still have to be reduced."""
    steps = _solve(tree, lambda part: part)
    lines: list[str] = []
    try:
        while True:
            lines.append(next(steps).text)
    except StopIteration as stop:
        lines.append(_written(*cast("Leaf", stop.value)).text)
    return lines


def _solve(tree: Given, frame: Frame) -> Generator[_Part, None, Leaf]:
    """Yields the whole expression after each step of the work on a part; returns the part as one fraction.

    The fraction is as the last step leaves it, not in lowest terms.
    """
    if _is_leaf(tree):
        return _leaf(tree)
    chain = _chain(tree)
    signs = [sign for sign, _ in chain]
    parts = [_text(part) for _, part in chain]
    leaves: list[Leaf] = []
    for place, (_, part) in enumerate(chain):

        def around(inner: _Part, place: int = place) -> _Part:
            return frame(_joined(signs, [*parts[:place], inner, *parts[place + 1 :]]))

        leaf = yield from _solve(part, around)
        if not _is_leaf(part):
            value = Fraction(*leaf)
            leaf = value.numerator, value.denominator
            yield around(_written(*leaf))
        leaves.append(leaf)
        parts[place] = _written(*leaf)
    work = _add if signs[0] == "+" else _multiply if signs[0] == "*" else _divide
    return (yield from work(signs, leaves, frame))


def _add(signs: Sequence[str], leaves: Sequence[Leaf], frame: Frame) -> Generator[_Part, None, Leaf]:
    bottom = math.lcm(*(d for _, d in leaves))
    tops = [n * (bottom // d) for n, d in leaves]
    if len({d for _, d in leaves}) > 1 and all(d > 1 for _, d in leaves):
        yield frame(_joined(signs, [_Part(f"{top}/{bottom}", _FRACTION) for top in tops]))
    if bottom > 1:
        yield frame(_Part(f"({_joined(signs, [_Part(str(top), _WHOLE) for top in tops]).text})/{bottom}", _FRACTION))
    return sum(-top if sign == "-" else top for sign, top in zip(signs, tops, strict=True)), bottom


def _multiply(signs: Sequence[str], leaves: Sequence[Leaf], frame: Frame) -> Generator[_Part, None, Leaf]:
    del signs
    bottoms = [d for _, d in leaves if d > 1]
    if len(bottoms) > 1:  # otherwise the product has this form already
        yield frame(_Part(f"({'*'.join(str(n) for n, _ in leaves)})/({'*'.join(map(str, bottoms))})", _FRACTION))
    return math.prod(n for n, _ in leaves), math.prod(bottoms)


def _divide(signs: Sequence[str], leaves: Sequence[Leaf], frame: Frame) -> Generator[_Part, None, Leaf]:
    del signs
    (top, bottom), (other_top, other_bottom) = leaves
    if other_bottom == 1:  # by a whole number
        if bottom > 1:
            yield frame(_Part(f"{top}/({bottom}*{other_top})", _FRACTION))
        return top, bottom * other_top
    upside_down = [leaves[0], (other_bottom, other_top)]
    yield frame(_joined("**", [_written(*leaf) for leaf in upside_down]))
    return (yield from _multiply("**", upside_down, frame))


def _in_lowest_terms(node: Node) -> bool:
    """Whether a number is an integer, a reduced fraction, or a whole number and a reduced fraction below 1."""
    if isinstance(node, Apply) and node.head == "neg":
        return _in_lowest_terms(node.args[0])
    if isinstance(node, Apply) and node.head == "mixed":
        return is_reduced(node.args[1]) and value_of(node.args[1]) < 1
    return is_reduced(node) and not (isinstance(node, Number) and node.places is not None)


def _measure(node: Node) -> tuple[int, int, int, int]:
    """How far an expression is from one fraction: operations, divisions, unlike denominators, size of the numbers."""
    return operations(node), *_divisions_unlike_and_size(node)


def _divisions_unlike_and_size(node: Node) -> tuple[int, int, int]:
    if not isinstance(node, Apply):
        return 0, 0, abs(int(node.value)) if isinstance(node, Number) else 0
    inside = [_divisions_unlike_and_size(argument) for argument in node.args]
    divisions, unlike, size = (sum(column) for column in zip(*inside, strict=True))
    if node.head == "+":
        unlike += len({_denominator(term) for term in node.args} - {None}) - 1
    return divisions + (node.head == "/"), unlike, size


def _denominator(term: Node) -> Node | None:
    """The denominator of a term of a sum; None where the term is no plain fraction yet."""
    if isinstance(term, Apply) and term.head == "neg":
        return _denominator(term.args[0])
    if isinstance(term, Apply):
        plain = term.head == "/" and isinstance(term.args[0], Number) and isinstance(term.args[1], Number)
        return term.args[1] if plain else None
    return Number(1)


def _last_measure(question: Question, thoughts: Sequence[str], value: Fraction) -> tuple[int, int, int, int]:
    """The measure of the last line that has the question's value, or of the question."""
    for line in reversed(thoughts):
        try:
            last = sides(parse(line))[-1]
            if value_of(last) == value:
                return _measure(last)
        except (Unreadable, Refused, Undefined):
            continue
    return _measure(parse(question.statement.removeprefix(_PREFIX)))
