"""Exact values of calculations with whole numbers, fractions and decimals: the fast path of the checker."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from typing import TypeAlias

from reasoning_gym.checker.limits import MAX_BITS, MAX_FACTORED, MAX_FACTORIAL, MAX_VALUE_BITS, Refused, Undefined
from reasoning_gym.checker.tree import Name, Node, Number

Rational: TypeAlias = "int | Fraction"

_SMALL_PRIME_LIMIT = 10_000
_STRONG_BASES = (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41)
_STRONG_BASES_LIMIT = 3_317_044_064_679_887_385_961_981
_MAX_ROOT_BITS = 4_000  # of a number whose root of a higher index than 2 is looked for


def rational(node: Node) -> Rational | None:
    """The exact value of a tree of numbers and rational operations; None if it holds anything else.

    Raises:
        Undefined: for a division by zero.
        Refused: for a power or factorial whose value would be too large.
    """
    if isinstance(node, Number):
        return node.value
    if isinstance(node, Name):
        return None
    operation = _OPERATIONS.get(node.head)
    if operation is None:
        return None
    values: list[Rational] = []
    size = 0
    for argument in node.args:
        value = rational(argument)
        if value is None:
            return None
        values.append(value)
        size += value.numerator.bit_length()
        if size > 4 * MAX_VALUE_BITS:
            raise Refused(f"numbers of {size} bits together are larger than {4 * MAX_VALUE_BITS}")
    if len(values) != _ARGUMENTS.get(node.head, len(values)):
        return None
    result = operation(values)
    if result is not None:
        refuse_large((result,), MAX_VALUE_BITS)
    return result


def refuse_large(values: Iterable[Rational], limit: int = MAX_BITS) -> None:
    """Raise `Refused` if a number has more than so many bits above or below."""
    if (size := bits(values)) > limit:
        raise Refused(f"a number of {size} bits is larger than {limit}")


def bits(values: Iterable[Rational]) -> int:
    """How many bits the longest numerator or denominator has."""
    longest = 0
    for value in values:
        size = value.bit_length() if isinstance(value, int) else _bits_of_fraction(value)
        if size > longest:
            longest = size
    return longest


def _bits_of_fraction(value: Fraction) -> int:
    return max(value.numerator.bit_length(), value.denominator.bit_length())


def tidy(value: Rational) -> Rational:
    """A whole number as int, anything else as a Fraction."""
    return value.numerator if value.denominator == 1 else value


def divide(left: Rational, right: Rational) -> Rational:
    """Left / right, exactly.

    Raises:
        Undefined: if right is zero.
    """
    if right == 0:
        raise Undefined("divides by zero")
    if isinstance(left, int) and isinstance(right, int):
        return left // right if left % right == 0 else Fraction(left, right)
    return tidy(Fraction(left) / right)


def power(base: Rational, exponent: int) -> Rational:
    """Base ** exponent, its size estimated before it is computed.

    Raises:
        Undefined: for 0 to a negative power.
        Refused: if the value would have more than MAX_VALUE_BITS bits.
    """
    if exponent == 0:
        return 1
    if base == 0 and exponent < 0:
        raise Undefined("divides by zero")
    if base in (0, 1, -1):
        return base if exponent % 2 else base * base
    size = max(base.numerator.bit_length(), base.denominator.bit_length())
    if size * abs(exponent) > MAX_VALUE_BITS:
        raise Refused(f"a power has more than {MAX_VALUE_BITS} bits")
    return tidy(Fraction(base) ** exponent) if exponent < 0 else base**exponent


def square_root(value: Rational) -> Rational | None:
    """The rational square root of a value from 0; None if it has none."""
    if value < 0:
        return None
    above, below = math.isqrt(value.numerator), math.isqrt(value.denominator)
    if above * above != value.numerator or below * below != value.denominator:
        return None
    return tidy(Fraction(above, below))


def whole_root(number: int, index: int) -> int | None:
    """The exact root of a positive whole number; None if it has none."""
    if number == 1 or index >= number.bit_length():  # a root of 2 or more would be too large
        return 1 if number == 1 else None
    if index == 2:
        root = math.isqrt(number)
    elif number.bit_length() > _MAX_ROOT_BITS:
        return None
    else:
        root = 1 << (number.bit_length() // index + 1)  # Newton's method from above, on whole numbers
        while (better := ((index - 1) * root + number // root ** (index - 1)) // index) < root:
            root = better
    return root if root**index == number else None


def is_surely_prime(number: int) -> bool:
    """Whether a number that `prime_factors` gave is proved prime: by trial, or by the bases of Sorenson and Webster.

    J. Sorenson, J. Webster, 'Strong pseudoprimes to twelve prime bases', 2017: these are enough below 3.3 · 10^24.
    """
    if number < _SMALL_PRIME_LIMIT**2:
        return True
    if number >= _STRONG_BASES_LIMIT:
        return False
    odd = number - 1
    twos = (odd & -odd).bit_length() - 1
    odd >>= twos
    for base in _STRONG_BASES:
        power = pow(base, odd, number)
        if power in (1, number - 1):
            continue
        for _ in range(twos - 1):
            power = power * power % number
            if power == number - 1:
                break
        else:
            return False
    return True


def factorial(value: Rational) -> int:
    """Value!

    Raises:
        Undefined: for anything but a whole number from 0.
        Refused: above MAX_FACTORIAL.
    """
    if not isinstance(value, int) or value < 0:
        raise Undefined("the factorial of anything but a whole number from 0")
    if value > MAX_FACTORIAL:
        raise Refused(f"a factorial is larger than {MAX_FACTORIAL}!")
    return math.factorial(value)


def prime_factors(number: int) -> dict[int, int]:
    """Prime factors of a positive whole number with their exponents.

    Beyond MAX_FACTORED a last factor may stay composite if it has no factor below 10,000.
    """
    found: dict[int, int] = {}
    divisor = 2
    while divisor * divisor <= number and (divisor < _SMALL_PRIME_LIMIT or number <= MAX_FACTORED):
        while number % divisor == 0:
            found[divisor] = found.get(divisor, 0) + 1
            number //= divisor
        divisor += 1 if divisor == 2 else 2
    if number > 1:
        found[number] = found.get(number, 0) + 1
    return found


def cost_of_factors(number: int) -> int:
    """About how much work `prime_factors` is, in products of two terms."""
    divisors = math.isqrt(number) if number <= MAX_FACTORED else _SMALL_PRIME_LIMIT
    return divisors * (1 + number.bit_length() // 1000) // 16


def _sum(values: list[Rational]) -> Rational:
    total: Rational = 0
    for value in values:
        total += value
        refuse_large((total,), MAX_VALUE_BITS)  # sums of fractions grow as fast as products
    return tidy(total)


def _product(values: list[Rational]) -> Rational:
    if sum(value.numerator.bit_length() + value.denominator.bit_length() for value in values) > 2 * MAX_VALUE_BITS:
        raise Refused("a product is too large")
    return tidy(math.prod(values))


def _power(values: list[Rational]) -> Rational | None:
    base, exponent = values
    return power(base, exponent) if isinstance(exponent, int) else None


def _binomial(values: list[Rational]) -> Rational:
    top, bottom = values
    if not (isinstance(top, int) and isinstance(bottom, int) and top >= 0 and bottom >= 0):
        raise Undefined("a binomial coefficient of anything but whole numbers from 0")
    if top > MAX_FACTORIAL:
        raise Refused(f"a binomial coefficient of a number larger than {MAX_FACTORIAL}")
    return math.comb(top, bottom)


def _whole(values: list[Rational]) -> list[int]:
    whole = [value for value in values if isinstance(value, int)]
    if len(whole) < len(values):
        raise Undefined("gcd and lcm need whole numbers")
    return whole


_ARGUMENTS: Mapping[str, int] = {"binom": 2, "abs": 1, "floor": 1, "ceil": 1}
_OPERATIONS: Mapping[str, Callable[[list[Rational]], Rational | None]] = {
    "+": _sum,
    "*": _product,
    "/": lambda values: divide(values[0], values[1]),
    "//": lambda values: math.floor(divide(values[0], values[1])),
    "neg": lambda values: -values[0],
    "^": _power,
    "mixed": _sum,
    "base": lambda values: values[0],
    "%": lambda values: divide(values[0], 100),
    "!": lambda values: factorial(values[0]),
    "|": lambda values: max(values[0], -values[0]),
    "abs": lambda values: max(values[0], -values[0]),
    "floor": lambda values: math.floor(values[0]),
    "ceil": lambda values: math.ceil(values[0]),
    "binom": _binomial,
    "gcd": lambda values: math.gcd(*_whole(values)),
    "lcm": lambda values: math.lcm(*_whole(values)),
    "max": lambda values: max(values),
    "min": lambda values: min(values),
}
