"""The value of a tree: what each operation and function means, in steps of an `Evaluation`.

Inverse functions have no value on their branch cuts, where books differ: arcsin 2, say. arccot is π/2 - arctan.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import TypeAlias

from reasoning_gym.checker import balls, elementary
from reasoning_gym.checker.balls import Ball, Unknown
from reasoning_gym.checker.evaluation import Evaluation, NoValue
from reasoning_gym.checker.limits import MAX_FACTORIAL
from reasoning_gym.checker.rationals import Rational
from reasoning_gym.checker.tree import Name, Node, Number

_HALF, _QUARTER = Fraction(1, 2), Fraction(1, 4)
_PARTS = 120  # of a half turn: of which multiples an arctangent is recognized as one
_MANY = 10_000

Operation: TypeAlias = "Callable[[Evaluation, list[int]], int]"


def value_of(node: Node, evaluation: Evaluation, point: Mapping[str, Rational]) -> int:
    """The step that holds the value of a tree, the variables having their values at the point.

    Raises:
        Unknown: if a higher precision may be needed.
        NoValue: if there is none.
        Refused: if the work is used up.
    """
    evaluation.work.spend(2)
    if isinstance(node, Number):
        return evaluation.number(node.value)
    if isinstance(node, Name):
        return _named(node.name, evaluation, point)
    if not takes(node.head, len(node.args)):
        raise NoValue(f"no value for {node.head!r} of {len(node.args)} arguments")
    if node.head == "^" and node.args[0] == Name("e") and "e" not in point:
        return evaluation.exponential(value_of(node.args[1], evaluation, point))
    arguments = [value_of(argument, evaluation, point) for argument in node.args]
    return _OPERATIONS[node.head][2](evaluation, arguments)


def takes(head: str, arguments: int) -> bool:
    """Whether an operation is one that gives a number, and has so many arguments."""
    entry = _OPERATIONS.get(head)
    return entry is not None and entry[0] <= arguments <= entry[1]


def _named(name: str, evaluation: Evaluation, point: Mapping[str, Rational]) -> int:
    if name in point:
        return evaluation.number(point[name])
    if name == "pi":
        return evaluation.pi()
    if name == "e":
        return evaluation.exponential(evaluation.number(1))
    if name == "i":
        return evaluation.unit(_QUARTER)
    raise NoValue(f"{name} has no value")


# logarithms and roots


def _logarithm(e: Evaluation, args: Sequence[int]) -> int:
    """ln(x) / ln(base); to base ten unless one is given."""
    base = args[1] if len(args) > 1 else e.number(10)
    return e.divide(e.logarithm(args[0]), e.logarithm(base))


def _root(e: Evaluation, x: int, index: int) -> int:
    whole = _whole(e, index)
    if whole < 1:
        raise NoValue("the index of a root is a whole number from 1")
    return e.root(x, whole)


# inverse trigonometric functions


def _arctangent(e: Evaluation, x: int) -> int:
    """arctan(x) = i/2 (ln(1 - ix) - ln(1 + ix)), which is real for real x."""
    if isinstance(e.value(x), Ball):
        return e.number(0) if e.rational(x) == 0 else _named_angle(e, e.arctangent(x))
    turned = e.multiply([e.unit(_QUARTER), x])
    one = e.number(1)
    logarithms = e.subtract(_off_cut(e, e.subtract(one, turned)), _off_cut(e, e.add([one, turned])))
    return e.multiply([e.number(_HALF), e.unit(_QUARTER), logarithms])


def _named_angle(e: Evaluation, arctangent: int) -> int:
    """An arctangent, as a multiple of π/120 if it is proved to be one."""
    (tangent,) = e.steps[arctangent].args
    quotient = balls.divide(_real(e, arctangent), elementary.pi(e.bits), e.bits)
    below, times = balls.floors(balls.multiply(quotient, Ball(_PARTS, 0, 0), e.bits))
    if times != below + 1:
        return arctangent
    turn = Fraction(times, _PARTS)
    sine, cosine = e.cosine_of_pi(_HALF - turn), e.cosine_of_pi(turn)
    if not e.vanishes(e.subtract(sine, e.multiply([tangent, cosine]))):
        return arctangent
    return e.multiply([e.number(turn), e.pi()])


def _off_cut(e: Evaluation, x: int) -> int:
    """ln(x), unless x is negative: where an inverse function has its branch cut, and its side isn't agreed upon."""
    if e.is_negative(x):
        raise NoValue("a branch cut")
    return e.logarithm(x)


def _arcsine(e: Evaluation, x: int) -> int:
    """arcsin(x) = arctan(x / sqrt(1 - x²)) for real |x| < 1, else -i ln(ix + sqrt(1 - x²))."""
    square = e.subtract(e.number(1), e.whole_power(x, 2))
    if e.is_negative(square):
        raise NoValue("a branch cut")
    root = e.root(square, 2)
    if isinstance(e.value(x), Ball):
        if e.rational(root) == 0:
            return e.multiply([e.number(_HALF * (e.sign(x) or 0)), e.pi()])
        if e.sign(square) != 1:
            raise Unknown("near a branch cut")
        return _arctangent(e, e.divide(x, root))
    logarithm = e.logarithm(e.add([e.multiply([e.unit(_QUARTER), x]), root]))
    return e.multiply([e.unit(-_QUARTER), logarithm])


def _from_quarter_turn(e: Evaluation, angle: int) -> int:
    """π/2 - angle."""
    return e.subtract(e.multiply([e.number(_HALF), e.pi()]), angle)


# hyperbolic functions


def _hyperbolic_sine(e: Evaluation, x: int) -> int:
    """(exp(x) - exp(-x)) / 2."""
    return e.multiply([e.number(_HALF), e.subtract(e.exponential(x), e.exponential(e.negative(x)))])


def _hyperbolic_cosine(e: Evaluation, x: int) -> int:
    """(exp(x) + exp(-x)) / 2."""
    return e.multiply([e.number(_HALF), e.add([e.exponential(x), e.exponential(e.negative(x))])])


def _hyperbolic_tangent(e: Evaluation, x: int) -> int:
    """1 - 2 / (exp(2x) + 1)."""
    one, two = e.number(1), e.number(2)
    return e.subtract(one, e.divide(two, e.add([e.exponential(e.multiply([two, x])), one])))


def _inverse_hyperbolic_sine(e: Evaluation, x: int) -> int:
    """ln(x + sqrt(x² + 1)), odd."""
    if e.sign(x) == -1:
        return e.negative(_inverse_hyperbolic_sine(e, e.negative(x)))
    square = e.add([e.whole_power(x, 2), e.number(1)])
    if e.is_negative(square):
        raise NoValue("a branch cut")
    return e.logarithm(e.add([x, e.root(square, 2)]))


def _inverse_hyperbolic_cosine(e: Evaluation, x: int) -> int:
    """ln(x + sqrt(x + 1) sqrt(x - 1)): Kahan, 'Branch cuts for complex elementary functions', 1987."""
    one = e.number(1)
    roots = e.multiply([e.root(e.add([x, one]), 2), e.root(e.subtract(x, one), 2)])
    return e.logarithm(e.add([x, roots]))


def _inverse_hyperbolic_tangent(e: Evaluation, x: int) -> int:
    """(ln(1 + x) - ln(1 - x)) / 2."""
    one = e.number(1)
    logarithms = e.subtract(_off_cut(e, e.add([one, x])), _off_cut(e, e.subtract(one, x)))
    return e.multiply([e.number(_HALF), logarithms])


# functions of real and of whole numbers


def _real(e: Evaluation, x: int) -> Ball:
    """The value of a number that must be real."""
    known = e.is_real(x)
    if known is None:
        raise Unknown("what may not be real")
    value = e.value(x)
    if not isinstance(value, Ball):
        raise NoValue("a real function of a complex number")
    return value


def _floor(e: Evaluation, x: int) -> int:
    exact = e.rational(x)
    if exact is not None:
        return e.number(math.floor(exact))
    low, high = balls.floors(_real(e, x))
    if low != high and (high != low + 1 or not e.vanishes(e.subtract(x, e.number(high)))):
        raise Unknown("a number that may be on either side of a whole number")
    return e.number(high)


def _ceiling(e: Evaluation, x: int) -> int:
    return e.negative(_floor(e, e.negative(x)))


def _largest(e: Evaluation, args: Sequence[int]) -> int:
    best = args[0]
    for x in args[1:]:
        side = balls.sign(balls.subtract(_real(e, best), _real(e, x), e.bits))
        if side is None:
            best = e.larger(best, x)
        elif side < 0:
            best = x
    return best


def _smallest(e: Evaluation, args: Sequence[int]) -> int:
    return e.negative(_largest(e, [e.negative(x) for x in args]))


def _whole(e: Evaluation, x: int) -> int:
    """The value of a number that must be a whole number, and is known exactly."""
    exact = e.rational(x)
    if not isinstance(exact, int):
        raise NoValue("a function of whole numbers")
    return exact


def _up_to_factorial(e: Evaluation, x: int) -> int:
    """The value of a whole number that has a factorial within the limits."""
    value = _whole(e, x)
    if not 0 <= value <= MAX_FACTORIAL:
        raise NoValue("a factorial out of range")
    e.work.spend(value)
    return value


def _one(operation: Callable[[Evaluation, int], int]) -> tuple[int, int, Operation]:
    return 1, 1, lambda e, args: operation(e, args[0])


def _two(operation: Callable[[Evaluation, int, int], int]) -> tuple[int, int, Operation]:
    return 2, 2, lambda e, args: operation(e, args[0], args[1])


def _several(operation: Operation) -> tuple[int, int, Operation]:
    return 1, _MANY, operation


_OPERATIONS: Mapping[str, tuple[int, int, Operation]] = {  # the least and most arguments, and what is done
    "+": _several(Evaluation.add),
    "*": _several(Evaluation.multiply),
    "/": _two(Evaluation.divide),
    "//": _two(lambda e, a, b: _floor(e, e.divide(a, b))),
    "^": _two(Evaluation.power),
    "neg": _one(Evaluation.negative),
    "mixed": _two(lambda e, a, b: e.add([a, b])),
    "%": _one(lambda e, x: e.multiply([e.number(Fraction(1, 100)), x])),
    "deg": _one(lambda e, x: e.multiply([e.number(Fraction(1, 180)), x, e.pi()])),
    "|": _one(Evaluation.absolute),
    "abs": _one(Evaluation.absolute),
    "sqrt": _one(lambda e, x: e.root(x, 2)),
    "cbrt": _one(lambda e, x: e.root(x, 3)),
    "root": _two(_root),
    "exp": _one(Evaluation.exponential),
    "ln": _one(Evaluation.logarithm),
    "log": (1, 2, _logarithm),
    "sin": _one(Evaluation.sine),
    "cos": _one(Evaluation.cosine),
    "tan": _one(lambda e, x: e.divide(e.sine(x), e.cosine(x))),
    "cot": _one(lambda e, x: e.divide(e.cosine(x), e.sine(x))),
    "sec": _one(lambda e, x: e.inverse(e.cosine(x))),
    "csc": _one(lambda e, x: e.inverse(e.sine(x))),
    "arcsin": _one(_arcsine),
    "arccos": _one(lambda e, x: _from_quarter_turn(e, _arcsine(e, x))),
    "arctan": _one(_arctangent),
    "arccot": _one(lambda e, x: _from_quarter_turn(e, _arctangent(e, x))),
    "arcsec": _one(lambda e, x: _from_quarter_turn(e, _arcsine(e, e.inverse(x)))),
    "arccsc": _one(lambda e, x: _arcsine(e, e.inverse(x))),
    "sinh": _one(_hyperbolic_sine),
    "cosh": _one(_hyperbolic_cosine),
    "tanh": _one(_hyperbolic_tangent),
    "coth": _one(lambda e, x: e.inverse(_hyperbolic_tangent(e, x))),
    "sech": _one(lambda e, x: e.inverse(_hyperbolic_cosine(e, x))),
    "csch": _one(lambda e, x: e.inverse(_hyperbolic_sine(e, x))),
    "arcsinh": _one(_inverse_hyperbolic_sine),
    "arccosh": _one(_inverse_hyperbolic_cosine),
    "arctanh": _one(_inverse_hyperbolic_tangent),
    "floor": _one(_floor),
    "ceil": _one(_ceiling),
    "max": _several(_largest),
    "min": _several(_smallest),
    "!": _one(lambda e, x: e.number(math.factorial(_up_to_factorial(e, x)))),
    "binom": _two(lambda e, n, m: e.number(math.comb(_up_to_factorial(e, n), _up_to_factorial(e, m)))),
    "gcd": _several(lambda e, args: e.number(math.gcd(*(_whole(e, x) for x in args)))),
    "lcm": _several(lambda e, args: e.number(math.lcm(*(_whole(e, x) for x in args)))),
}
