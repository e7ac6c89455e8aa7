"""Matrices of rational numbers: reads `[[1,2],[3,4]]`, evaluates expressions of them, and writes them."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import TypeAlias

from reasoning_gym.checker.limits import Refused, Undefined, Unreadable
from reasoning_gym.checker.rationals import Rational, divide, rational, refuse_large, tidy
from reasoning_gym.checker.syntax import Apply, Name, Node

Matrix: TypeAlias = "tuple[tuple[Rational, ...], ...]"
Value: TypeAlias = "Rational | Matrix"

_MAX_ROWS = 6
_MAX_POWER = 12
_LISTS = frozenset({"interval[]", "bracket"})  # how [1,2] and [1,2,3] are read


def rows_of(node: Node) -> tuple[tuple[Node, ...], ...] | None:
    """The entries of `[[1,2],[3,4]]`, `((1,2),(3,4))` or a LaTeX matrix; None for anything else.

    Raises:
        Refused: if it is too large.
    """
    if not isinstance(node, Apply) or node.head not in {*_LISTS, "tuple", "matrix"}:
        return None
    inner = {"matrix": {"row"}, "tuple": {"tuple"}}.get(node.head, _LISTS)
    rows = tuple(row.args for row in node.args if isinstance(row, Apply) and row.head in inner)
    if len(rows) < len(node.args) or len({len(row) for row in rows}) != 1:
        return None
    if max(len(rows), len(rows[0])) > _MAX_ROWS:
        raise Refused(f"a matrix of more than {_MAX_ROWS} rows or columns")
    return rows


def evaluate(node: Node) -> Value:
    """The value of an expression of numbers, matrices and determinants.

    Raises:
        Unreadable, Undefined, Refused: if it holds anything else, has no value, or one that is too large.
    """
    rows = rows_of(node)
    if rows is not None:
        return tuple(tuple(number_in(entry) for entry in row) for row in rows)
    value = rational(node)
    if value is not None:
        return value
    if isinstance(node, Name) or not isinstance(node, Apply):
        raise Unreadable("an expression of matrices was expected")
    if node.head == "det":
        return determinant(_matrix(node.args))
    if node.head == "^":
        return power(evaluate(node.args[0]), node.args[1])
    if node.head not in {"+", "*", "neg"}:
        raise Unreadable(f"{node.head!r} has no place in an expression of matrices")
    first, *others = map(evaluate, node.args)
    if node.head == "neg":
        return times(-1, first)
    for other in others:
        first = plus(first, other) if node.head == "+" else times(first, other)
    return first


def number_in(node: Node) -> Rational:
    """The value of an entry: an expression of numbers."""
    value = rational(node)
    if value is None:
        raise Unreadable("an entry is no expression of numbers")
    return value


def _matrix(arguments: Sequence[Node]) -> Matrix:
    """What stands behind `det`: `[[1,2],[3,4]]`, of which the outer brackets may be taken for the function's."""
    value = evaluate(arguments[0] if len(arguments) == 1 else Apply("bracket", tuple(arguments)))
    if not isinstance(value, tuple) or len(value) != len(value[0]):
        raise Unreadable("a determinant needs a square matrix")
    return value


def plus(left: Value, right: Value) -> Value:
    """The sum of two numbers or of two matrices of one shape."""
    if isinstance(left, tuple) and isinstance(right, tuple):
        if (len(left), len(left[0])) != (len(right), len(right[0])):
            raise Undefined("matrices of different shapes have no sum")
        return tuple(
            tuple(tidy(a + b) for a, b in zip(row, other, strict=True)) for row, other in zip(left, right, strict=True)
        )
    if isinstance(left, tuple) or isinstance(right, tuple):
        raise Undefined("a number and a matrix have no sum")
    return tidy(left + right)


def times(left: Value, right: Value) -> Value:
    """The product of two numbers, of a number and a matrix, or of two matrices that fit."""
    if isinstance(left, tuple) and isinstance(right, tuple):
        return product(left, right)
    if isinstance(left, tuple):
        return times(right, left)
    if isinstance(right, tuple):
        return tuple(tuple(tidy(left * entry) for entry in row) for row in right)
    refuse_large((left, right))
    return tidy(left * right)


def product(left: Matrix, right: Matrix) -> Matrix:
    """The product of two matrices.

    Raises:
        Undefined: if their shapes don't fit.
    """
    if len(left[0]) != len(right):
        raise Undefined("matrices of these shapes have no product")
    columns = tuple(zip(*right, strict=True))
    result = tuple(
        tuple(tidy(sum(a * b for a, b in zip(row, column, strict=True))) for column in columns) for row in left
    )
    refuse_large(entry for row in result for entry in row)
    return result


def power(base: Value, exponent: Node) -> Value:
    """A matrix or a number to a small whole power."""
    count = number_in(exponent)
    if not isinstance(count, int) or not 1 <= count <= _MAX_POWER:
        raise Refused(f"an exponent is no whole number from 1 to {_MAX_POWER}")
    result = base
    for _ in range(count - 1):
        result = times(result, base)
    return result


def determinant(matrix: Matrix) -> Rational:
    """The determinant, by elimination."""
    rows = [[Fraction(entry) for entry in row] for row in matrix]
    total = Fraction(1)
    for column in range(len(rows)):
        pivot = next((i for i in range(column, len(rows)) if rows[i][column]), None)
        if pivot is None:
            return 0
        if pivot != column:
            rows[column], rows[pivot] = rows[pivot], rows[column]
            total = -total
        total *= rows[column][column]
        for row in rows[column + 1 :]:
            factor = Fraction(divide(row[column], rows[column][column]))
            row[:] = [a - factor * b for a, b in zip(row, rows[column], strict=True)]
    return tidy(total)


def text(matrix: Sequence[Sequence[object]]) -> str:
    """A matrix of numbers or texts as it is written.

    >>> text(((1, 2), (3, 4)))
    '[[1,2],[3,4]]'
    """
    rows = (",".join(map(str, row)) for row in matrix)
    return f"[{','.join(f'[{row}]' for row in rows)}]"
