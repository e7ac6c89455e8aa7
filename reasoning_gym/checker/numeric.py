"""Values of expressions in floating point. They may refute an equality, never prove one."""

from __future__ import annotations

import cmath
import math
from collections.abc import Callable, Mapping, Sequence

from reasoning_gym.checker.syntax import Apply, Name, Node, Number

# points far from anything special; variables take them in alphabetical order, shifted for each trial
_POINTS = (0.7310585786, 1.3169578969, 0.5772156649, 1.9021130326, 0.3010299957, 1.6449340668, 0.9159655942)
_TRIALS = 6
_TOLERANCE = 1e-7
_LARGEST = 1e120


def refuted(left: Node, right: Node) -> bool:
    """Whether the two differ clearly at two points or more, so that they can't be equal."""
    names = sorted(variables(left) | variables(right))
    differing = 0
    for trial in range(_TRIALS):
        scale = -1 if trial % 3 == 2 else 1 + trial / 5
        point = {name: scale * _POINTS[(i + trial) % len(_POINTS)] for i, name in enumerate(names)}
        a, b = value_at(left, point), value_at(right, point)
        if a is not None and b is not None:
            differing += abs(a - b) > _TOLERANCE * (1e-3 + abs(a) + abs(b))
        if differing >= 2 or (differing and not names):
            return True
    return False


def variables(node: Node) -> set[str]:
    """The names in a tree that aren't constants."""
    if isinstance(node, Name):
        return set() if node.name in {"pi", "e", "i", "oo"} else {node.name}
    if isinstance(node, Apply):
        return {name for argument in node.args for name in variables(argument)}
    return set()


def value_at(node: Node, point: Mapping[str, float]) -> complex | None:
    """The value at a point; None where it is undefined, too large or not an expression."""
    try:
        value = _value(node, point)
        small = abs(value) < _LARGEST
    except (ValueError, OverflowError, ZeroDivisionError, TypeError):
        return None
    return value if small else None


def _value(node: Node, point: Mapping[str, float]) -> complex:
    if isinstance(node, Number):
        return complex(node.value)
    if isinstance(node, Name):
        return _CONSTANTS[node.name] if node.name in _CONSTANTS else complex(point[node.name])
    operation = _OPERATIONS.get(node.head)
    if operation is None:
        raise ValueError(f"no numeric value for {node.head!r}")
    return operation([_value(argument, point) for argument in node.args])


def _power(values: Sequence[complex]) -> complex:
    base, exponent = values
    if abs(exponent) > 4000:
        raise OverflowError
    return base**exponent


def _root(value: complex, index: complex) -> complex:
    if value.imag == 0 and value.real < 0 and index.real % 2 == 1:
        return complex(-((-value.real) ** (1 / index.real)))
    return value ** (1 / index)


def _real(function: Callable[[float], float]) -> Callable[[Sequence[complex]], complex]:
    def apply(values: Sequence[complex]) -> complex:
        if values[0].imag:
            raise ValueError("a real function of a complex number")
        return complex(function(values[0].real))

    return apply


def _of(function: Callable[[complex], complex]) -> Callable[[Sequence[complex]], complex]:
    return lambda values: function(values[0])


_CONSTANTS = {"pi": complex(math.pi), "e": complex(math.e), "i": 1j}
_OPERATIONS: dict[str, Callable[[Sequence[complex]], complex]] = {
    "+": lambda values: sum(values, 0j),
    "mixed": lambda values: sum(values, 0j),
    "*": lambda values: math.prod(values, start=1 + 0j),
    "/": lambda values: values[0] / values[1],
    "^": _power,
    "neg": lambda values: -values[0],
    "%": lambda values: values[0] / 100,
    "|": lambda values: complex(abs(values[0])),
    "abs": lambda values: complex(abs(values[0])),
    "sqrt": _of(cmath.sqrt),
    "cbrt": lambda values: _root(values[0], 3),
    "root": lambda values: _root(values[0], values[1]),
    "exp": _of(cmath.exp),
    "ln": _of(cmath.log),
    "log": lambda values: cmath.log(values[0]) / cmath.log(values[1] if len(values) > 1 else 10),
    "sin": _of(cmath.sin),
    "cos": _of(cmath.cos),
    "tan": _of(cmath.tan),
    "cot": lambda values: 1 / cmath.tan(values[0]),
    "sec": lambda values: 1 / cmath.cos(values[0]),
    "csc": lambda values: 1 / cmath.sin(values[0]),
    "arcsin": _of(cmath.asin),
    "arccos": _of(cmath.acos),
    "arctan": _of(cmath.atan),
    "sinh": _of(cmath.sinh),
    "cosh": _of(cmath.cosh),
    "tanh": _of(cmath.tanh),
    "floor": _real(math.floor),
    "ceil": _real(math.ceil),
    "!": _real(lambda value: math.gamma(value + 1)),
}
