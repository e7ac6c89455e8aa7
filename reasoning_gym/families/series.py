"""Exact power series of expressions at a point: the first coefficients, where they are rational.

Knuth, The Art of Computer Programming, vol. 2, section 4.7: each coefficient of a quotient, power or
exponential by a recurrence from those before.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple, TypeAlias

from reasoning_gym.checker.limits import Refused, Undefined, Unreadable
from reasoning_gym.checker.rationals import Rational, divide, power, rational, refuse_large, square_root, tidy
from reasoning_gym.checker.syntax import Apply, Name, Node, parse

ORDER = 8  # how many coefficients are kept
INFINITY = "oo"
MAX_LINE = 300  # characters of a line whose series is worked out
_MAX_EXPONENT = 60
_MAX_BITS = 2_000  # of a coefficient

Point: TypeAlias = "Rational | str"  # a number, or INFINITY
_Dense: TypeAlias = "list[Rational]"  # coefficients from exponent 0 on


class Series(NamedTuple):
    """Coefficients of t**start, t**(start+1), and so on; what follows them isn't known.

    The variable is point+t, or 1/t at infinity.
    """

    start: int
    coefficients: tuple[Rational, ...]

    @property
    def lead(self) -> tuple[int, Rational]:
        """The least exponent and its coefficient.

        Raises:
            Undefined: if all known coefficients are 0.
        """
        for place, coefficient in enumerate(self.coefficients):
            if coefficient:
                return self.start + place, coefficient
        raise Undefined("is zero, or smaller than can be seen")

    def coefficient(self, exponent: int) -> Rational:
        """The coefficient of a power of t.

        Raises:
            Refused: if it isn't known.
        """
        place = exponent - self.start
        if place >= len(self.coefficients):
            raise Refused(f"the coefficient of the power {exponent} isn't known")
        return self.coefficients[place] if place >= 0 else 0


@lru_cache(maxsize=1024)
def series_of_text(text: str, point: Point = 0) -> Series:
    """As `series_of`, for what a question gives.

    >>> [series_of_text("sin(2x)/x").coefficient(i) for i in range(3)]
    [2, 0, Fraction(-4, 3)]
    """
    return series_of(parse(text), point)


def series_of(node: Node, point: Point = 0) -> Series:
    """The series of an expression in x.

    Raises:
        Unreadable: if it holds anything but numbers, x, and functions whose coefficients are rational here.
        Undefined, Refused: if it has no value near the point, or asks for too much work.
    """
    if isinstance(node, Name):
        if node.name != "x":
            raise Unreadable(f"{node.name} has no rational value here")
        return Series(-1, _padded([1])) if isinstance(point, str) else Series(0, _padded([point, 1]))
    value = rational(node)
    if value is not None:
        return _constant(value)
    assert isinstance(node, Apply)
    if node.head == "^":
        return _power(node, point)
    operation = _OPERATIONS.get(node.head)
    if operation is None:
        raise Unreadable(f"{node.head} isn't known here")
    first, *others = (series_of(argument, point) for argument in node.args)
    for other in others:
        first = operation(first, other)
    found = first if others else operation(first, _constant(1))
    refuse_large(found.coefficients, _MAX_BITS)
    return found


def limit(series: Series) -> Rational | None:
    """The value at t=0; None where it is infinite."""
    if not any(series.coefficients):
        series.coefficient(0)  # raises where the coefficients don't reach that far
        return 0
    exponent, coefficient = series.lead
    return None if exponent < 0 else coefficient if exponent == 0 else 0


def _padded(coefficients: _Dense) -> tuple[Rational, ...]:
    return (*coefficients, *[0] * (ORDER - len(coefficients)))


def _constant(value: Rational) -> Series:
    return Series(0, _padded([value]))


def _plus(left: Series, right: Series) -> Series:
    start = min(left.start, right.start)
    end = min(each.start + len(each.coefficients) for each in (left, right))
    return Series(start, tuple(tidy(left.coefficient(i) + right.coefficient(i)) for i in range(start, end)))


def _minus(series: Series, _: Series) -> Series:
    return Series(series.start, tuple(-coefficient for coefficient in series.coefficients))


def _times(left: Series, right: Series) -> Series:
    size = min(len(left.coefficients), len(right.coefficients))
    return Series(left.start + right.start, tuple(_product(left.coefficients, right.coefficients, size)))


def _product(left: _Dense | tuple[Rational, ...], right: _Dense | tuple[Rational, ...], size: int) -> _Dense:
    total: _Dense = [0] * size
    for i, a in enumerate(left[:size]):
        if a:
            for j, b in enumerate(right[: size - i]):
                total[i + j] += a * b
    return [tidy(each) for each in total]


def _stripped(series: Series) -> Series:
    """Without zeros in front."""
    exponent, _ = series.lead
    return Series(exponent, series.coefficients[exponent - series.start :])


def _over(left: Series, right: Series) -> Series:
    return _times(left, _raised(right, -1))


def _raised(series: Series, exponent: Rational) -> Series:
    """A power with any rational exponent: with f = 1 + ..., g = f**q satisfies f g' = q f' g."""
    series = _stripped(series)
    lead, *rest = series.coefficients
    start = series.start * exponent
    if not isinstance(tidy(start), int):
        raise Unreadable("a root has no power series here")
    f = [1, *(divide(each, lead) for each in rest)]
    g: _Dense = [1]
    for n in range(1, len(f)):
        g.append(tidy(Fraction(sum((exponent * k - (n - k)) * f[k] * g[n - k] for k in range(1, n + 1))) / n))
    scale = _root(lead, exponent)
    return Series(int(start), tuple(tidy(scale * each) for each in g))


def _root(value: Rational, exponent: Rational) -> Rational:
    """A power of a number, if it is rational."""
    if value == 1:
        return 1
    base: Rational | None = value if exponent.denominator == 1 else None
    if exponent.denominator == 2:
        base = square_root(value)
    if base is None:
        raise Unreadable("a root isn't rational")
    return power(base, exponent.numerator)


def _power(node: Apply, point: Point) -> Series:
    base, exponent = node.args
    if base == Name("e"):
        return _exponential(series_of(exponent, point), _constant(1))
    value = rational(exponent)
    if value is None or max(value, -value) > _MAX_EXPONENT or value.denominator > 2:
        raise Unreadable("a power with a whole or half exponent was expected")
    if value == 0:
        return _constant(1)
    found = series_of(base, point)
    if value < 0 or value.denominator > 1:
        return _raised(found, value)
    total = found
    for _ in range(value.numerator - 1):
        total = _times(total, found)
        refuse_large(total.coefficients, _MAX_BITS)
    return total


def _dense(series: Series, constant: Rational) -> _Dense:
    """The coefficients from exponent 0 on, if the constant is the one at which a function has rational coefficients."""
    if any(series.coefficient(i) for i in range(series.start, 0)) or series.coefficient(0) != constant:
        raise Unreadable("the function has no rational series here")
    return [series.coefficient(i) for i in range(series.start + len(series.coefficients))][:ORDER]


def _exponential(series: Series, _: Series) -> Series:
    f = _dense(series, 0)
    g: _Dense = [1]
    for n in range(1, len(f)):
        g.append(tidy(Fraction(sum(k * f[k] * g[n - k] for k in range(1, n + 1))) / n))
    return Series(0, tuple(g))


def _circular(series: Series) -> tuple[Series, Series]:
    """Sine and cosine."""
    f = _dense(series, 0)
    sine: _Dense = [0]
    cosine: _Dense = [1]
    for n in range(1, len(f)):
        sine.append(tidy(Fraction(sum(k * f[k] * cosine[n - k] for k in range(1, n + 1))) / n))
        cosine.append(tidy(Fraction(-sum(k * f[k] * sine[n - k] for k in range(1, n + 1))) / n))
    return Series(0, tuple(sine)), Series(0, tuple(cosine))


def _logarithm(series: Series, _: Series) -> Series:
    f = _dense(series, 1)
    g: _Dense = [0]
    for n in range(1, len(f)):
        known = sum(k * g[k] * f[n - k] for k in range(1, n))
        g.append(tidy(f[n] - Fraction(known) / n))
    return Series(0, tuple(g))


_OPERATIONS: Mapping[str, Callable[[Series, Series], Series]] = {
    "+": _plus,
    "neg": _minus,
    "*": _times,
    "/": _over,
    "sqrt": lambda series, _: _raised(series, Fraction(1, 2)),
    "sin": lambda series, _: _circular(series)[0],
    "cos": lambda series, _: _circular(series)[1],
    "tan": lambda series, _: _over(*_circular(series)),
    "ln": _logarithm,
}
