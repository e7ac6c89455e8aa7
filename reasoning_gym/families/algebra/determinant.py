"""Determinants of integer matrices."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import TypeAlias, cast

import numpy as np

from reasoning_gym.checker.equality import guarded
from reasoning_gym.checker.limits import Undefined
from reasoning_gym.checker.rationals import Rational, divide
from reasoning_gym.checker.syntax import Apply, Node, parse
from reasoning_gym.families.draws import nonzero, whole
from reasoning_gym.families.matrices import Matrix, Value, determinant, evaluate, rows_of, text
from reasoning_gym.families.notation import add
from reasoning_gym.families.numbers import bare, number_of
from reasoning_gym.families.steps import Measure, answered, bits, check_bounded, last_right, operations, sides
from reasoning_gym.family import ANSWER_FORMAT, Family, family
from reasoning_gym.problem import CORRECT, Given, Problem, Question, Verdict, incorrect

_FORMAT = ANSWER_FORMAT.format(answer="the integer")
_LARGEST = 6  # rows of a matrix in a line

Integers: TypeAlias = "tuple[tuple[int, ...], ...]"


@family(category="algebra", levels=6)
class Determinant(Family):
    """Find the determinant of a matrix of integers.

    Statement: `Compute: det([[1,2],[3,4]])`.
    Thoughts: 2x2 by ad-bc; 3x3 by the minors of the first row, `1*det([[5,6],[8,9]])-2*det([[4,6],[7,9]])+…`; 4x4 by
        row operations that leave the determinant as it is, column by column, then the product of the diagonal.
    Answer: an integer, worked out.
    Level: 1 2x2 with entries 1 to 9 (6,561 different questions); 2 2x2 with entries to 20; 3 3x3 with entries 1 to 5;
        4 3x3 with entries to 9; 5 4x4 of which elimination is done in two columns; 6 4x4. At level 3 six answers in a
        hundred are 0, elsewhere three or fewer.
    Verified: by exact elimination.
    Checked step by step: an expression of the same value that is worked out further than the last such line: smaller
        determinants, fewer entries other than 0, fewer operations. Of one determinant that becomes another of its
        size, rows may change only into rows with more zeros (or columns, likewise).

        Compute: det([[1,2],[3,4]])
        1*4-2*3
        4-6
        Answer: -2
    """

    def generate(self, rng: np.random.Generator, level: int) -> Problem:
        matrix = _DRAWS[level - 1](rng)
        statement = f"det({text(matrix)})"
        question = Question(self.name, level, f"Compute: {statement}", _FORMAT, (statement,))
        return Problem(question, str(determinant(matrix)), secret=matrix)

    def reference_thoughts(self, problem: Problem) -> tuple[str, ...]:
        matrix = cast("Integers", problem.secret)
        lines = dict.fromkeys(_by_rows(matrix) if len(matrix) > 3 else _by_minors(matrix))
        steps = [line for line in lines if line not in {problem.answer, problem.question.given[0]}]
        return (*steps, f"Answer: {problem.answer}")

    def check_step(self, question: Question, thoughts: Sequence[str], step: str) -> Verdict:
        def decide() -> Verdict:
            node = parse(step)
            if not _has_value(node, question.given):
                return incorrect("the value is another one")
            last = last_right(thoughts, lambda line: _has_value(line, question.given)) or parse(str(question.given[0]))
            if not _is_row_operation(sides(last)[-1], sides(node)[-1]):
                return incorrect("a row changes that gets no more zeros")
            return CORRECT if _measure(node) < _measure(last) else incorrect("worked out no further than the last")

        return check_bounded(thoughts, decide)

    def check_conclusion(self, question: Question, thoughts: Sequence[str], answer: str) -> Verdict:
        del thoughts  # the value needs no more than the question

        def decide() -> Verdict:
            node = answered(parse(bare(answer)), parse(str(question.given[0])))
            return CORRECT if number_of(node) == _value(question.given) else incorrect("the values differ")

        return guarded(decide)


@lru_cache(maxsize=1024)
def _value(given: tuple[Given, ...]) -> Value:
    return evaluate(parse(str(given[0])))


def _has_value(node: Node, given: tuple[Given, ...]) -> bool:
    """Whether an expression, or every side of an equality, has the question's value."""
    return all(evaluate(side) == _value(given) for side in sides(node))


def _measure(node: Node) -> Measure:
    """How many determinants of each size there are, the largest first; what is left below the diagonal; the size.

    Below the diagonal the first column comes first: to clear it may fill a zero further on.
    """
    last = sides(node)[-1]
    matrices = list(_determinants(last))
    sizes = [sum(len(matrix) == size for matrix in matrices) for size in range(_LARGEST, 0, -1)]
    columns = [j for matrix in matrices for i, row in enumerate(matrix) for j, entry in enumerate(row[:i]) if entry]
    below = map(columns.count, range(_LARGEST))
    entries = sum(1 for matrix in matrices for row in matrix for entry in row if entry)
    return (*sizes, *below, entries, operations(last), bits(last))


def _determinants(node: Node) -> Iterator[Matrix]:
    """The matrices whose determinants an expression holds."""
    if not isinstance(node, Apply):
        return
    if node.head == "det":
        argument = node.args[0] if len(node.args) == 1 else Apply("bracket", node.args)
        value = evaluate(argument)
        if rows_of(argument) is None or not isinstance(value, tuple):
            raise Undefined("a determinant of a matrix that is written out was expected")
        yield value
        return
    for argument in node.args:
        yield from _determinants(argument)


def _is_row_operation(before: Node, after: Node) -> bool:
    """Whether one determinant becomes another by steps that only bring zeros; true of all other lines."""
    old, new = list(_determinants(before)), list(_determinants(after))
    if len(old) != 1 or len(new) != 1 or len(old[0]) != len(new[0]):
        return True
    transposed = tuple(zip(*old[0], strict=True)), tuple(zip(*new[0], strict=True))
    return _brings_zeros(old[0], new[0]) or _brings_zeros(*transposed)


def _brings_zeros(old: Matrix, new: Matrix) -> bool:
    """Whether every row of the new matrix is a multiple of an old one, or has more zeros than one that is gone.

    More in all, or more before its first other entry.
    """
    gone = [_direction(row) for row in old]
    changed: list[tuple[Rational, ...]] = []
    for row in map(_direction, new):
        if row in gone:
            gone.remove(row)
        else:
            changed.append(row)
    return all(
        row.count(0) > min(other.count(0) for other in gone) or _leading(row) > min(map(_leading, gone))
        for row in changed
    )


def _direction(row: Sequence[Rational]) -> tuple[Rational, ...]:
    """The same for all multiples of a row."""
    first = next((entry for entry in row if entry), 1)
    return tuple(divide(entry, first) for entry in row)


def _leading(row: Sequence[Rational]) -> int:
    """How many zeros stand before the first other entry."""
    return next((i for i, entry in enumerate(row) if entry), len(row))


# working it out


def _bracketed(value: int) -> str:
    return f"({value})" if value < 0 else str(value)


def _two_by_two(matrix: Integers) -> tuple[str, str]:
    """The determinant ad-bc as two products, and as a difference."""
    (a, b), (c, d) = matrix
    products = add((f"{a}*{_bracketed(d)}", f"-{_bracketed(b)}*{_bracketed(c)}"))
    return products, add((str(a * d), str(-b * c))) if a * d and b * c else str(a * d - b * c)


def _by_minors(matrix: Integers) -> Iterator[str]:
    """By the minors of the first row."""
    if len(matrix) == 2:
        yield from _two_by_two(matrix)
        return
    entries = [entry if j % 2 == 0 else -entry for j, entry in enumerate(matrix[0])]
    minors = [tuple(row[:j] + row[j + 1 :] for row in matrix[1:]) for j in range(3)]
    values = [int(determinant(minor)) for minor in minors]
    yield add(f"{entry}*det({text(minor)})" for entry, minor in zip(entries, minors, strict=True))
    yield add(f"{entry}*({_two_by_two(minor)[0]})" for entry, minor in zip(entries, minors, strict=True))
    yield add(f"{entry}*{_bracketed(value)}" for entry, value in zip(entries, values, strict=True))
    yield add(str(entry * value) for entry, value in zip(entries, values, strict=True))


def _by_rows(matrix: Integers) -> Iterator[str]:
    """By elimination, one column a line; each pivot divides what stands below it."""
    rows = [list(row) for row in matrix]
    for column in range(len(rows) - 1):
        for row in rows[column + 1 :]:
            factor = row[column] // rows[column][column]
            row[:] = [a - factor * b for a, b in zip(row, rows[column], strict=True)]
        yield f"det({text(rows)})"
    yield "*".join(_bracketed(rows[i][i]) if i else str(rows[0][0]) for i in range(len(rows)))


# levels


def _square(entries: Sequence[int]) -> Integers:
    size = 2 if len(entries) == 4 else 3
    return tuple(tuple(entries[i * size : (i + 1) * size]) for i in range(size))


def _small(rng: np.random.Generator) -> Integers:
    return _square(whole(rng, 1, 9, 4))


def _signed(rng: np.random.Generator) -> Integers:
    return _square(nonzero(rng, 20, 4))


def _small_three(rng: np.random.Generator) -> Integers:
    return _square(whole(rng, 1, 5, 9))


def _signed_three(rng: np.random.Generator) -> Integers:
    return _square(nonzero(rng, 9, 9))


def _half_eliminated(rng: np.random.Generator) -> Integers:
    """A 4x4 matrix with zeros in its first column."""
    return _times_lower(rng, 1)


def _four(rng: np.random.Generator) -> Integers:
    return _times_lower(rng, 0)


def _times_lower(rng: np.random.Generator, start: int) -> Integers:
    """A lower triangular matrix with ones on its diagonal times an upper one, so that elimination stays in integers."""
    factors, above, diagonal = nonzero(rng, 3, 6), nonzero(rng, 5, 6), nonzero(rng, 5, 4)
    rows: list[list[int]] = []
    places = iter(above)
    upper = [[diagonal[i] if j == i else next(places) if j > i else 0 for j in range(4)] for i in range(4)]
    multiples = iter(factors)
    for i in range(4):
        row = list(upper[i])
        for j in range(start, i):
            factor = next(multiples)
            row = [a + factor * b for a, b in zip(row, upper[j], strict=True)]
        rows.append(row)
    return tuple(map(tuple, rows))


_DRAWS: tuple[Callable[[np.random.Generator], Integers], ...] = (
    _small,
    _signed,
    _small_three,
    _signed_three,
    _half_eliminated,
    _four,
)
