"""Decides whether two expressions are equal: proved exactly, refuted exactly or by enclosures, or neither."""

from __future__ import annotations

from collections.abc import Callable

from reasoning_gym.checker.algebra import Algebra, is_algebraic
from reasoning_gym.checker.constants import is_zero, sign
from reasoning_gym.checker.last_resort import ask_sympy
from reasoning_gym.checker.limits import MAX_WORK, Refused, Undefined, Unreadable, Work
from reasoning_gym.checker.points import refuted, variables
from reasoning_gym.checker.rationals import rational
from reasoning_gym.checker.tree import Apply, Node, Number
from reasoning_gym.problem import CORRECT, Status, Verdict, incorrect, refused, unproved, unreadable

_OF_WHOLE_NUMBERS = frozenset({"gcd", "lcm", "!", "binom"})
_PLAIN = frozenset({"+", "*", "/", "neg", "^", "%", "mixed"})
_POLES = {"tan": "cos", "sec": "cos", "cot": "sin", "csc": "sin", "coth": "sinh", "csch": "sinh"}


def guarded(decide: Callable[[], Verdict]) -> Verdict:
    """The verdict, where what goes wrong while reading a text is a verdict too.

    For use where the text is a model's: an unreadable, undefined or excessive text never raises.
    """
    try:
        return decide()
    except Unreadable as error:
        return unreadable(str(error))
    except Undefined as error:
        return incorrect(f"undefined: {error}")
    except Refused as error:
        return refused(str(error))


def equal(left: Node, right: Node, algebra: Algebra | None = None, *, deadline: float = 0.0) -> Verdict:
    """Whether two expressions are equal wherever both are defined.

    In stages: exact values, normal forms, exact zero tests of constants, refutation at a point by enclosures, and
    at last, if a deadline in seconds is given, sympy in a process of its own.

    Raises:
        Unreadable, Undefined, Refused: if one side isn't an expression, has no value, or is too much work.
    """
    a, b = rational(left), rational(right)
    if a is not None and b is not None:
        return CORRECT if a == b else incorrect("the values differ")
    algebra = algebra or Algebra()
    difference = algebra.difference(algebra.form(left), algebra.form(right))
    if not difference and not algebra.holds_kernels:
        return CORRECT  # nothing but polynomials and roots of numbers: a zero below would have been seen
    if not difference:
        return CORRECT if _is_defined(left, algebra) and _is_defined(right, algebra) else unproved("may divide by zero")
    if is_algebraic(difference):
        return incorrect("the expressions differ")
    if not (variables(left) or variables(right)):
        zero = is_zero(_difference(left, right), algebra.work)
        if zero is not None:
            return CORRECT if zero else incorrect("the values differ")
        plain, other = _without_bars(left, algebra), _without_bars(right, algebra)
        if (plain, other) != (left, right):
            return equal(plain, other, algebra, deadline=deadline)
    elif refuted(left, right, algebra.work):
        return incorrect("the values differ at a point")
    if any("sin(" in key for monomial in difference for key, _ in monomial) and _equal_taken_apart(
        left, right, algebra
    ):
        return CORRECT
    if deadline > 0:
        answer = ask_sympy(left, right, deadline=deadline)
        if answer == "equal":
            return CORRECT
        if answer == "different":
            return incorrect("the expressions differ")
        if answer == "timed_out":
            return Verdict(Status.TIMED_OUT, f"not decided within {deadline:g} seconds")
    return unproved("neither equality nor difference could be proved")


def _difference(left: Node, right: Node) -> Node:
    """Left - right as one sum, whichever of them are sums, so that it looks the same from either side."""
    terms, taken = (node.args if isinstance(node, Apply) and node.head == "+" else (node,) for node in (left, right))
    return Apply("+", (*terms, *(Apply("neg", (term,)) for term in taken)))


def _without_bars(node: Node, algebra: Algebra) -> Node:
    """A constant with |u| written as u or -u, wherever the sign of u can be proved."""
    if not isinstance(node, Apply):
        return node
    args = tuple(_without_bars(argument, algebra) for argument in node.args)
    if node.head in {"|", "abs"} and (found := sign(args[0], algebra.work)) is not None:
        return args[0] if found >= 0 else Apply("neg", args)
    return Apply(node.head, args)


def _is_defined(node: Node, algebra: Algebra) -> bool:
    """Whether what an expression divides by, or takes the logarithm of, is provably not zero everywhere.

    Normal forms find most of these zeros themselves. They miss those that only a deeper identity shows, as in
    0/(√(5+2√6) - √2 - √3).
    """
    if not isinstance(node, Apply):
        return True
    if node.head in _OF_WHOLE_NUMBERS and rational(node) is None and not any(map(variables, node.args)):
        return False
    critical = _critical(node)
    if critical is not None and _holds_kernel(critical):
        form = algebra.form(critical)
        if not is_algebraic(form.num) and not refuted(critical, Number(0), algebra.work):
            return False
    return all(_is_defined(argument, algebra) for argument in node.args)


def _critical(node: Apply) -> Node | None:
    """What must not be zero for a node to have a value, its arguments having theirs."""
    if node.head == "/":
        return node.args[1]
    if node.head == "^":
        exponent = node.args[1]
        return node.args[0] if not isinstance(exponent, Number) or exponent.value < 0 else None
    if node.head in _POLES:
        return Apply(_POLES[node.head], node.args)
    return node.args[0] if node.head in {"ln", "log"} else None


def _holds_kernel(node: Node) -> bool:
    """Whether an expression may be zero without its normal form showing it: it holds more than roots of numbers."""
    if not isinstance(node, Apply):
        return False
    if node.head in {"sqrt", "cbrt"}:
        return not isinstance(node.args[0], Number)
    if node.head in _PLAIN and (node.head != "^" or isinstance(node.args[1], Number)):
        return any(map(_holds_kernel, node.args))
    return True


def _equal_taken_apart(left: Node, right: Node, algebra: Algebra) -> bool:
    """Whether the addition formulas prove what the plain normal forms didn't; too much work proves nothing."""
    apart = Algebra(Work(min(algebra.work.left, MAX_WORK // 8)), algebra.variables)
    apart.adds_angles = True
    try:
        return not apart.difference(apart.form(left), apart.form(right))
    except (Refused, Undefined):
        return False
