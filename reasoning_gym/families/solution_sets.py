"""Reads what says which values solve an equation: `x=2 or x=3`, `{2, 3}`, `x=1±sqrt(2)`."""

from __future__ import annotations

from collections.abc import Sequence

from reasoning_gym.checker.algebra import Algebra, Form, Polynomial
from reasoning_gym.checker.limits import Unreadable
from reasoning_gym.checker.nodes import has_sign_pair, with_sign
from reasoning_gym.checker.shapes import is_number
from reasoning_gym.checker.syntax import Apply, Name, Node, Number


def branches(node: Node) -> list[Node]:
    """The alternatives of a disjunction, a list, a set or a ±."""
    if isinstance(node, Apply):
        if node.head in {"or", "list", "set"}:
            return [branch for argument in node.args for branch in branches(argument)]
        if node.head == "in":
            return [Apply("=", (node.args[0], value)) for value in branches(node.args[1])]
        if node.head == "=" and isinstance(node.args[1], Apply) and node.args[1].head in {"set", "list"}:
            return [Apply("=", (node.args[0], value)) for value in branches(node.args[1])]
        if has_sign_pair(node):
            return [with_sign(node, 1), with_sign(node, -1)]
    return [node]


def listed(node: Node) -> Node:
    """`2 and 3` as the list that it is meant to be."""
    return Apply("list", node.args) if isinstance(node, Apply) and node.head == "and" else node


def worked_out(branch: Node, name: str, algebra: Algebra, most: int = 2) -> Form:
    """The value that `x=2`, `x_1=2` or `2` states for the variable x: a number, or square roots of numbers.

    An index is at most as large as there may be solutions.

    Raises:
        Unreadable: if it is no number, or a calculation that is left to do.
    """
    value = branch
    if isinstance(branch, Apply) and branch.head == "=" and branch.args[0] in _indexed(name, most):
        value = branch.args[1]
    form = algebra.form(value)
    if not (is_number(value) if form.constant is not None else _is_surd(value)):
        raise Unreadable("a solution was asked for as a number, worked out")
    return form


def _indexed(name: str, most: int) -> tuple[Name, ...]:
    return (Name(name), *(Name(f"{name}_{i}") for i in range(1, most + 1)))


def _is_surd(node: Node) -> bool:
    """Whether an expression of square roots leaves no calculation to do, but for taking out squares."""
    if is_number(node):
        return True
    if not isinstance(node, Apply):
        return False
    if node.head == "sqrt":
        return isinstance(node.args[0], Number)
    if node.head == "^":
        return isinstance(node.args[0], Number) and is_number(node.args[1])
    if node.head not in {"+", "*", "/", "neg"} or (node.head == "+" and len(node.args) > 2):
        return False
    return all(map(_is_surd, node.args)) and (node.head == "/" or sum(map(is_number, node.args)) <= 1)


def same_values(some: Sequence[Form], others: Sequence[Form], algebra: Algebra) -> bool:
    """Whether two collections hold the same values, in any order, repeated ones once."""
    equal = [[not algebra.difference(one, other) for other in others] for one in some]
    return all(map(any, equal)) and all(any(row[i] for row in equal) for i in range(len(others)))


def linear_value(polynomial: Polynomial, algebra: Algebra) -> Form | None:
    """The solution of polynomial = 0, where it is linear in x; None where it isn't."""
    slope: Polynomial = {}
    rest: Polynomial = {}
    for monomial, coefficient in polynomial.items():
        others = tuple(part for part in monomial if part[0] != "x")
        if len(others) == len(monomial):
            rest[monomial] = -coefficient
        elif ("x", 1) in monomial:
            slope[others] = coefficient
        else:
            return None
    return algebra.times(Form(rest), algebra.inverse(Form(slope))) if slope else None
