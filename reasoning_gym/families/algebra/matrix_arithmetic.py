"""Sums, multiples, products and powers of small matrices."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple, TypeAlias, cast

import numpy as np

from reasoning_gym.checker.equality import guarded
from reasoning_gym.checker.shapes import is_number
from reasoning_gym.checker.syntax import Apply, Node, Number, parse
from reasoning_gym.families.draws import nonzero, whole
from reasoning_gym.families.matrices import Matrix, Value, evaluate, product, rows_of, text
from reasoning_gym.families.notation import add
from reasoning_gym.families.numbers import bare
from reasoning_gym.families.steps import Measure, answered, bits, check_simpler, operations, sides
from reasoning_gym.families.traces import thoughts_of
from reasoning_gym.family import ANSWER_FORMAT, Family, family
from reasoning_gym.problem import CORRECT, Given, Problem, Question, Verdict, incorrect

_FORMAT = ANSWER_FORMAT.format(answer="the matrix, as in [[1,2],[3,4]]")

Integers: TypeAlias = "tuple[tuple[int, ...], ...]"


class Work(NamedTuple):
    """A question's expression, and the lines that work it out."""

    question: str
    lines: tuple[str, ...]


@family(category="algebra", levels=7)
class MatrixArithmetic(Family):
    """Work out an expression of matrices of integers.

    Statement: `Compute: [[1,2],[3,4]]*[[5,6],[7,8]]`.
    Thoughts: each entry of a sum or product as a calculation, `[[1*5+2*7,1*6+2*8],[3*5+4*7,3*6+4*8]]`, its products,
        its sums; products before sums, from the left.
    Answer: the matrix, worked out: `[[19,22],[43,50]]`, also in round brackets or as a LaTeX matrix.
    Level: 1 sums and differences of 2x2 matrices; 2 of their multiples; 3 products; 4 a 2x3 by a 3x2 matrix or
        the other way round; 5 a product and a sum, squares; 6 products of three and cubes; 7 products of 3x3 matrices.
    Verified: by exact evaluation.
    Checked step by step: an expression of the same value with fewer operations between matrices than the last such
        line, or as many and fewer in their entries.

        Compute: [[1,2],[3,4]]+[[5,6],[7,8]]
        [[1+5,2+6],[3+7,4+8]]
        Answer: [[6,8],[10,12]]
    """

    def generate(self, rng: np.random.Generator, level: int) -> Problem:
        work = _DRAWS[level - 1](rng)
        question = Question(self.name, level, f"Compute: {work.question}", _FORMAT, (work.question,))
        value = _value(question.given)
        assert isinstance(value, tuple)
        return Problem(question, text(value), secret=work)

    def reference_thoughts(self, problem: Problem) -> tuple[str, ...]:
        return thoughts_of(cast("Work", problem.secret).lines, problem)

    def check_step(self, question: Question, thoughts: Sequence[str], step: str) -> Verdict:
        return check_simpler(
            step,
            str(question.given[0]),
            thoughts,
            is_right=lambda node: _has_value(node, question.given),
            measure=_measure,
        )

    def check_conclusion(self, question: Question, thoughts: Sequence[str], answer: str) -> Verdict:
        del thoughts  # the value needs no more than the question

        def decide() -> Verdict:
            node = answered(parse(bare(answer)), parse(str(question.given[0])))
            rows = rows_of(node)
            if rows is None or not all(is_number(entry) for row in rows for entry in row):
                return incorrect("a matrix was asked for, worked out")
            return CORRECT if evaluate(node) == _value(question.given) else incorrect("the matrices differ")

        return guarded(decide)


@lru_cache(maxsize=1024)
def _value(given: tuple[Given, ...]) -> Value:
    return evaluate(parse(str(given[0])))


def _has_value(node: Node, given: tuple[Given, ...]) -> bool:
    """Whether an expression, or every side of an equality, has the question's value."""
    return all(evaluate(side) == _value(given) for side in sides(node))


def _measure(node: Node) -> Measure:
    """Operations between matrices, operations in their entries, and the size of the numbers."""
    last = sides(node)[-1]
    entries = [entry for matrix in _matrices(last) for row in matrix for entry in row]
    return (_between(last), sum(map(operations, entries)), sum(map(bits, entries)) + bits(last))


def _between(node: Node) -> int:
    """How many operations stand outside matrices; a power counts as so many products."""
    if rows_of(node) is not None or not isinstance(node, Apply):
        return 0
    if node.head == "^" and isinstance(node.args[1], Number):
        return max(int(node.args[1].value) - 1, 0) + _between(node.args[0])
    own = 0 if node.head == "neg" else len(node.args) - 1
    return own + sum(map(_between, node.args))


def _matrices(node: Node) -> Iterator[tuple[tuple[Node, ...], ...]]:
    rows = rows_of(node)
    if rows is not None:
        yield rows
    elif isinstance(node, Apply):
        for argument in node.args:
            yield from _matrices(argument)


# working it out


def _written(left: Integers, right: Integers) -> str:
    """The product with each entry as a sum of products."""
    columns = tuple(zip(*right, strict=True))
    return text([[_sum_of_products(row, column) for column in columns] for row in left])


def _sum_of_products(row: Sequence[int], column: Sequence[int]) -> str:
    return add(f"{a}*{f'({b})' if b < 0 else b}" for a, b in zip(row, column, strict=True))


def _multiplied(left: Integers, right: Integers) -> str:
    """The product with each entry as a sum."""
    columns = tuple(zip(*right, strict=True))
    return text([[add(str(a * b) for a, b in zip(row, column, strict=True)) for column in columns] for row in left])


def _added(left: Integers, right: Integers, sign: int) -> str:
    pairs = [zip(row, other, strict=True) for row, other in zip(left, right, strict=True)]
    return text([[add((str(a), str(sign * b))) for a, b in row] for row in pairs])


def _integers(matrix: Matrix) -> Integers:
    return tuple(tuple(int(entry) for entry in row) for row in matrix)


def _product_lines(left: Integers, right: Integers, frame: Callable[[str], str]) -> tuple[Integers, list[str]]:
    """The product, and the whole expression after each step of it."""
    result = _integers(product(left, right))
    return result, [frame(_written(left, right)), frame(_multiplied(left, right)), frame(text(result))]


def _drawn(rng: np.random.Generator, height: int, width: int, bound: int) -> Integers:
    """A matrix without zeros, so that each entry matters."""
    entries = nonzero(rng, bound, height * width)
    return tuple(tuple(entries[i * width : (i + 1) * width]) for i in range(height))


# levels


def _sum(rng: np.random.Generator) -> Work:
    entries = whole(rng, 1, 9, 8)
    left, right = ((tuple(each[:2]), tuple(each[2:])) for each in (entries[:4], entries[4:]))
    sign = 1 if rng.random() < 0.5 else -1
    return Work(f"{text(left)}{'+-'[sign < 0]}{text(right)}", (_added(left, right, sign),))


def _multiples(rng: np.random.Generator) -> Work:
    left, right, (k, m) = _drawn(rng, 2, 2, 9), _drawn(rng, 2, 2, 9), whole(rng, 2, 5, 2)
    sign = 1 if rng.random() < 0.5 else -1
    scaled = [_integers(tuple(tuple(f * e for e in row) for row in each)) for f, each in ((k, left), (m, right))]
    mark = "+-"[sign < 0]
    line = f"{text(scaled[0])}{mark}{text(scaled[1])}"
    return Work(f"{k}*{text(left)}{mark}{m}*{text(right)}", (line, _added(scaled[0], scaled[1], sign)))


def _product(rng: np.random.Generator) -> Work:
    return _one_product(_drawn(rng, 2, 2, 6), _drawn(rng, 2, 2, 6))


def _oblong_product(rng: np.random.Generator) -> Work:
    height, width = (2, 3) if rng.random() < 0.7 else (3, 2)
    return _one_product(_drawn(rng, height, width, 5), _drawn(rng, width, height, 5))


def _one_product(left: Integers, right: Integers) -> Work:
    _, lines = _product_lines(left, right, lambda inner: inner)
    return Work(f"{text(left)}*{text(right)}", tuple(lines))


def _product_and_sum(rng: np.random.Generator) -> Work:
    left, right, other = _drawn(rng, 2, 2, 6), _drawn(rng, 2, 2, 6), _drawn(rng, 2, 2, 9)
    sign = 1 if rng.random() < 0.5 else -1
    tail = f"{'+-'[sign < 0]}{text(other)}"
    if rng.random() < 0.4:
        right = left
    result, lines = _product_lines(left, right, lambda inner: inner + tail)
    start = f"{text(left)}^2" if right == left else f"{text(left)}*{text(right)}"
    return Work(start + tail, (*lines, _added(result, other, sign)))


def _three(rng: np.random.Generator) -> Work:
    cube = bool(rng.random() < 0.4)
    while True:
        left, right, last = (_drawn(rng, 2, 2, 4) for _ in range(3))
        if cube:
            right = last = left
        result, lines = _product_lines(left, right, _times_matrix(last))
        if all(all(row) for row in result):
            break
    start = f"{text(left)}^3" if right == last == left else "*".join(map(text, (left, right, last)))
    return Work(start, (*lines, *_product_lines(result, last, lambda inner: inner)[1]))


def _times_matrix(last: Integers) -> Callable[[str], str]:
    """Puts the last factor behind an expression."""
    return lambda inner: f"{inner}*{text(last)}"


def _three_by_three(rng: np.random.Generator) -> Work:
    left, right = _drawn(rng, 3, 3, 5), _drawn(rng, 3, 3, 5)
    if rng.random() < 0.3:
        right = left
    _, lines = _product_lines(left, right, lambda inner: inner)
    return Work(f"{text(left)}^2" if right == left else f"{text(left)}*{text(right)}", tuple(lines))


_DRAWS: tuple[Callable[[np.random.Generator], Work], ...] = (
    _sum,
    _multiples,
    _product,
    _oblong_product,
    _product_and_sum,
    _three,
    _three_by_three,
)
