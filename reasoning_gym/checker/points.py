"""Values of expressions at points: floats suggest where two of them differ, enclosures prove it."""

from __future__ import annotations

import cmath
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction

from reasoning_gym.checker import boxes
from reasoning_gym.checker.constants import evaluations, is_zero
from reasoning_gym.checker.evaluation import NoValue
from reasoning_gym.checker.limits import Refused, Undefined, Work
from reasoning_gym.checker.operations import takes
from reasoning_gym.checker.rationals import Rational, rational
from reasoning_gym.checker.tree import CONSTANTS, Apply, Name, Node, Number

# near 1 but nowhere special; variables take them in alphabetical order, shifted for each trial
_GENERIC = tuple(Fraction(n, d) for n, d in ((19, 26), (25, 19), (15, 26), (40, 21), (13, 43), (28, 17), (11, 12)))
_TRIALS = 6
_WHOLE = (5, 3, 7, 4, 2, 6, 8)  # for factorials and the like
_SUGGESTIVE = 1e-9  # the relative difference of floats that is worth a proof
_PRECISION = 256  # bits at which a difference must show
_LARGEST = 1e120


def refuted(left: Node, right: Node, work: Work) -> bool:
    """Whether it is proved that the two differ at a point where both have a value.

    False says nothing: they may be equal, too close, or too much work.
    """
    names = sorted(variables(left) | variables(right))
    if not names:
        return is_zero(Apply("+", (left, Apply("neg", (right,)))), work) is False
    try:
        return _differ_somewhere(left, right, names, work)
    except Refused:
        return False


def variables(node: Node) -> set[str]:
    """The names in a tree that aren't constants."""
    if isinstance(node, Name):
        return set() if node.name in CONSTANTS else {node.name}
    if isinstance(node, Apply):
        return {name for argument in node.args for name in variables(argument)}
    return set()


def value_at(node: Node, point: Mapping[str, float]) -> complex | None:
    """About the value at a point; None where it is undefined, too large or not an expression."""
    try:
        value = _value(node, point)
        small = abs(value) < _LARGEST
    except (ValueError, OverflowError, ZeroDivisionError, TypeError, KeyError):
        return None
    return value if small else None


def _count(node: Node) -> int:
    """How many nodes a tree has."""
    return 1 + sum(map(_count, node.args)) if isinstance(node, Apply) else 1


def _points(names: Sequence[str]) -> Iterator[dict[str, Rational]]:
    """Generic points with positive coordinates, with negative ones and with both, and at last whole numbers."""
    for trial in range(_TRIALS):
        signs = (-1, -1) if trial == 1 else (1, -1) if trial == 3 else (1, 1)
        point: dict[str, Rational] = {}
        for i, name in enumerate(names):
            cycle, k = divmod(i + trial, len(_GENERIC))
            point[name] = signs[i % 2] * (_GENERIC[k] + cycle + trial // 3)
        yield point
    yield {name: _WHOLE[i % len(_WHOLE)] + i // len(_WHOLE) for i, name in enumerate(names)}


def _differ_somewhere(left: Node, right: Node, names: Sequence[str], work: Work) -> bool:
    """Whether enclosures tell the two apart at one of the points, first of all at those where floats do."""
    difference = Apply("+", (left, Apply("neg", (right,))))
    nodes = _count(difference)
    close: Mapping[str, Rational] | None = None
    for point in _points(names):
        work.spend(nodes // 2)
        at = {name: float(value) for name, value in point.items()}
        a, b = value_at(left, at), value_at(right, at)
        if a is not None and b is not None and abs(a - b) <= _SUGGESTIVE * (abs(a) + abs(b)):
            close = close or point
        elif (a is None) == (b is None) and _differ(difference, point, work):
            return True
    return close is not None and _differ(difference, close, work)


def _differ(difference: Node, point: Mapping[str, Rational], work: Work) -> bool:
    """Whether a difference is proved to be other than zero at a point."""
    try:
        return any(
            boxes.excludes_zero(evaluation.value(last))
            for evaluation, last in evaluations(difference, work, point, _PRECISION)
        )
    except NoValue:
        return False


def _value(node: Node, point: Mapping[str, float]) -> complex:
    if isinstance(node, Number):
        return complex(node.value)
    if isinstance(node, Name):
        return complex(point[node.name]) if node.name in point else _CONSTANTS[node.name]
    if not takes(node.head, len(node.args)):
        raise ValueError(f"no numeric value for {node.head!r}")
    values = [_value(argument, point) for argument in node.args]
    if node.head == "^" and values[0].real < 0 and not values[0].imag and values[1].real % 1:
        return _power_of_negative(values[0], values[1], _exact(node.args[1]))
    value = _OPERATIONS[node.head](values)
    return value if value.imag else complex(value.real)  # no -0.0, which is on the wrong side of a branch cut


def _exact(node: Node) -> Rational | None:
    try:
        return rational(node)
    except (Refused, Undefined):
        return None


def _power_of_negative(base: complex, exponent: complex, exact: Rational | None) -> complex:
    """A power p/q of a negative number: real for odd q."""
    if exact is None or exact.denominator % 2 == 0:
        return _power([base, exponent])
    return _power([-base, exponent]) * (-1 if exact.numerator % 2 else 1)


def _power(values: Sequence[complex]) -> complex:
    base, exponent = values
    if abs(exponent) > 4000:
        raise OverflowError
    if not (base.imag or exponent.imag or (base.real < 0 and exponent.real % 1)):
        return complex(math.pow(base.real, exponent.real))
    return complex(base**exponent)


def _root(value: complex, index: complex) -> complex:
    if index.imag or index.real < 1 or index.real % 1:
        raise ValueError("the index of a root is a whole number from 1")
    if value.imag == 0 and value.real < 0 and index.real % 2 == 1:
        return complex(-((-value.real) ** (1 / index.real)))
    return value ** (1 / index)


def _logarithm(values: Sequence[complex]) -> complex:
    return cmath.log(values[0]) / cmath.log(values[1] if len(values) > 1 else 10)


def _real(value: complex) -> float:
    if value.imag:
        raise ValueError("a real function of a complex number")
    return value.real


def _whole(value: complex) -> int:
    if value.imag or value.real % 1 or abs(value) > 1e15:
        raise ValueError("a function of whole numbers")
    return int(value.real)


def _factorial(value: complex) -> complex:
    if _whole(value) > 150:
        raise OverflowError
    return complex(math.factorial(_whole(value)))


def _of(function: Callable[[complex], complex]) -> Callable[[Sequence[complex]], complex]:
    return lambda values: function(values[0])


_CONSTANTS = {"pi": complex(math.pi), "e": complex(math.e), "i": 1j}
_OPERATIONS: dict[str, Callable[[Sequence[complex]], complex]] = {
    "+": lambda values: sum(values, 0j),
    "mixed": lambda values: sum(values, 0j),
    "*": lambda values: math.prod(values, start=1 + 0j),
    "/": lambda values: values[0] / values[1],
    "//": lambda values: complex(math.floor(_real(values[0] / values[1]))),
    "^": _power,
    "neg": _of(lambda value: -value),
    "%": _of(lambda value: value / 100),
    "deg": _of(lambda value: value * math.pi / 180),
    "|": _of(lambda value: complex(abs(value))),
    "abs": _of(lambda value: complex(abs(value))),
    "!": _of(_factorial),
    "binom": lambda values: complex(math.comb(_whole(values[0]), _whole(values[1]))),
    "sqrt": _of(cmath.sqrt),
    "cbrt": _of(lambda value: _root(value, 3)),
    "root": lambda values: _root(values[0], values[1]),
    "exp": _of(cmath.exp),
    "ln": _of(cmath.log),
    "log": _logarithm,
    "sin": _of(cmath.sin),
    "cos": _of(cmath.cos),
    "tan": _of(cmath.tan),
    "cot": _of(lambda value: 1 / cmath.tan(value)),
    "sec": _of(lambda value: 1 / cmath.cos(value)),
    "csc": _of(lambda value: 1 / cmath.sin(value)),
    "arcsin": _of(cmath.asin),
    "arccos": _of(cmath.acos),
    "arctan": _of(cmath.atan),
    "arccot": _of(lambda value: math.pi / 2 - cmath.atan(value)),
    "arcsec": _of(lambda value: cmath.acos(1 / value)),
    "arccsc": _of(lambda value: cmath.asin(1 / value)),
    "sinh": _of(cmath.sinh),
    "cosh": _of(cmath.cosh),
    "tanh": _of(cmath.tanh),
    "coth": _of(lambda value: 1 / cmath.tanh(value)),
    "sech": _of(lambda value: 1 / cmath.cosh(value)),
    "csch": _of(lambda value: 1 / cmath.sinh(value)),
    "arcsinh": _of(cmath.asinh),
    "arccosh": _of(cmath.acosh),
    "arctanh": _of(cmath.atanh),
    "floor": _of(lambda value: complex(math.floor(_real(value)))),
    "ceil": _of(lambda value: complex(math.ceil(_real(value)))),
    "gcd": lambda values: complex(math.gcd(*map(_whole, values))),
    "lcm": lambda values: complex(math.lcm(*map(_whole, values))),
    "max": lambda values: complex(max(map(_real, values))),
    "min": lambda values: complex(min(map(_real, values))),
}
