"""A calculation, enclosed: its steps, shared where equal, each with the ball or box that holds its value.

What is rational stays exact, and angles that are rational multiples of π become roots of unity. Roots, powers and
logarithms are principal, but odd roots of negative real numbers are real.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction

from reasoning_gym.checker import balls, boxes, elementary
from reasoning_gym.checker.balls import Ball, Unknown
from reasoning_gym.checker.boxes import Box, Value
from reasoning_gym.checker.degrees import without_powers
from reasoning_gym.checker.limits import MAX_VALUE_BITS, Work
from reasoning_gym.checker.rationals import Rational, tidy
from reasoning_gym.checker.separation import Step, separation

_EXACT_BITS = 2_000  # of a fraction that is kept exact
_MAX_RADICAND = 2_000  # bits of a whole number that powers are taken out of
_MAX_MULTIPLE = 12  # of an arctangent
_HALF, _QUARTER = Fraction(1, 2), Fraction(1, 4)
_RATIONAL_COSINES: Mapping[Fraction, Rational] = {Fraction(0): 1, Fraction(1, 3): _HALF, _HALF: 0}


class NoValue(ArithmeticError):
    """The expression has no value here, or none that is agreed upon, at whatever precision."""


class Evaluation:
    """Steps and their values at one precision, in bits. Methods take steps, by position, and give the result's.

    Raises, in all methods:
        Unknown: if a higher precision may be needed.
        NoValue: if no precision helps.
        Refused: if the work is used up.
    """

    def __init__(self, bits: int, work: Work) -> None:
        self.bits = bits
        self.work = work
        self.steps: list[Step] = []
        self.missing = 0  # bits of precision that the last proof of zero lacked, if it can be told
        self._values: list[Value | None] = []
        self._known: dict[Step, int] = {}
        self._numbers: dict[Rational, int] = {}
        self._multiples_of_pi: dict[int, tuple[Rational, Rational]] = {}
        self._sines: dict[int, tuple[Value, Value]] = {}

    # values

    def value(self, k: int) -> Value:
        """What is known of a step's value."""
        value = self._values[k]
        if value is None:
            value = self._values[k] = balls.enclosed(self.steps[k].number, self.bits)
        return value

    def rational(self, k: int) -> Rational | None:
        """The value, if it is known to be this rational number."""
        step = self.steps[k]
        return step.number if step.kind == "number" else None

    def sign(self, k: int) -> int | None:
        """The sign of a number that is known to be real, and not zero unless that is exact."""
        value = self.value(k)
        return balls.sign(value) if isinstance(value, Ball) else None

    def vanishes(self, k: int) -> bool | None:
        """Whether the value is zero; None if that isn't known."""
        exact = self.rational(k)
        if exact is not None:
            return exact == 0
        value = self.value(k)
        if boxes.excludes_zero(value):
            return False
        size = boxes.size(value)
        if size is not None and size < 1 and self.steps[k].kind == "+" and (pair := self._of_arcs(k)):
            k = pair[0]  # |x| < 2 is zero if its sine is
            size = boxes.size(self.value(k))
        return True if self._within_separation(k, size, imaginary=False) else None

    def is_real(self, k: int) -> bool | None:
        """Whether the value is real; None if that isn't known. Its imaginary part is forgotten if it is zero."""
        value = self.value(k)
        if isinstance(value, Ball):
            return True
        if balls.sign(value.imag):
            return False
        if not self._within_separation(k, balls.magnitude(value.imag) + 1, imaginary=True):
            return None
        self._values[k] = value.real
        return True

    def _within_separation(self, k: int, size: int | None, *, imaginary: bool) -> bool:
        """Whether a value below 2**size in absolute value must be zero."""
        bound = separation(self.steps, self._values, k, self.work, imaginary=imaginary)
        self.missing = 0 if bound is None or size is None else max(0, size + bound)
        return size is None or (bound is not None and size <= -bound)

    def _step(self, kind: str, args: tuple[int, ...] = (), number: Rational = 0, degree: int = 0) -> int:
        step = Step(kind, args, number, degree)
        known = self._known.get(step)
        if known is not None:
            return known
        cost = _cost(kind, degree, self.bits) * max(1, len(args) - 1)
        for k in args:
            if isinstance(self._values[k], Box):
                cost *= 4
                break
        self.work.spend(cost)
        return self._append(step, _ENCLOSURES[kind](self, step))

    def _append(self, step: Step, value: Value | None) -> int:
        self._known[step] = k = len(self.steps)
        self.steps.append(step)
        self._values.append(value)
        return k

    def sine_and_cosine(self, k: int) -> tuple[Value, Value]:
        """Enclosures of both."""
        pair = self._sines.get(k)
        if pair is None:
            pair = self._sines[k] = boxes.sine_and_cosine(self.value(k), self.bits)
        return pair

    # arithmetic

    def number(self, value: Rational) -> int:
        """A rational number."""
        k = self._numbers.get(value)
        if k is None:
            self.work.spend(1)
            k = self._numbers[value] = self._append(Step("number", (), tidy(value)), None)
        return k

    def pi(self) -> int:
        """The number π."""
        k = self._step("pi")
        self._multiples_of_pi[k] = (1, 0)
        return k

    def unit(self, turns: Fraction) -> int:
        """The number exp(2πi turns)."""
        turns %= 1
        if turns.denominator <= 2:
            return self.number(-1 if turns else 1)
        return self._step("unit", number=turns)

    def add(self, terms: Sequence[int]) -> int:
        """The sum."""
        total: Rational = 0
        rest: list[int] = []
        for k in self._collected(terms):
            exact = self.rational(k)
            if exact is None:
                rest.append(k)
                continue
            self._pay_for(total, exact)
            total += exact
            if _is_long(total):
                rest.append(self.number(total))
                total = 0
        if total or not rest:
            rest.append(self.number(total))
        if len(rest) == 1:
            return rest[0]
        multiples = [self._multiples_of_pi[k] for k in rest if k in self._multiples_of_pi]
        if len(multiples) < len(rest):
            return self._step("+", tuple(rest))
        multiple = sum(real for real, _ in multiples), sum(imag for _, imag in multiples)
        result = self._step("+", tuple(rest)) if any(multiple) else self.number(0)
        self._multiples_of_pi[result] = multiple
        return result

    def _collected(self, terms: Sequence[int]) -> Sequence[int]:
        """The terms, those that are rational multiples of one step put together."""
        coefficients: dict[tuple[int, ...], Rational] = {}
        for k in terms:
            step = self.steps[k]
            exact = self.rational(step.args[0]) if step.kind == "*" else None
            key, coefficient = ((k,), 1) if exact is None else (step.args[1:], exact)
            coefficients[key] = coefficients.get(key, 0) + coefficient
        if len(coefficients) == len(terms):
            return terms
        return [self.multiply([self.number(times), *key]) for key, times in coefficients.items()]

    def multiply(self, factors: Sequence[int]) -> int:
        """The product."""
        total: Rational = 1
        turns: Rational = 0
        rest: list[int] = []
        for k in self._flat(factors):
            step = self.steps[k]
            if step.kind == "number":
                self._pay_for(total, step.number)
                total *= step.number
                if _is_long(total):
                    rest.append(self.number(total))
                    total = 1
            elif step.kind == "unit":
                turns += step.number
            else:
                rest.append(k)
        if not total:
            return self.number(0)
        multiple = self._multiples_of_pi.get(rest[0]) if len(rest) == 1 else None
        if turns:
            unit = self.unit(Fraction(turns))
            exact = self.rational(unit)
            if exact is None:
                rest.append(unit)
            else:
                total *= exact
        rest.sort()
        if total != 1 or not rest:
            rest.insert(0, self.number(total))
        if len(rest) == 1:
            return rest[0]
        result = self._step("*", tuple(rest))
        if multiple:
            self._note_multiple_of_pi(result, multiple, total, turns % 1)
        return result

    def _flat(self, factors: Sequence[int]) -> Sequence[int]:
        """The factors, products with a rational coefficient taken apart."""
        if all(self.steps[k].kind != "*" for k in factors):
            return factors
        flat: list[int] = []
        for k in factors:
            args = self.steps[k].args if self.steps[k].kind == "*" else ()
            flat += args if args and self.rational(args[0]) is not None else (k,)
        return flat

    def _note_multiple_of_pi(
        self, k: int, multiple: tuple[Rational, Rational], times: Rational, turns: Rational
    ) -> None:
        real, imag = multiple[0] * times, multiple[1] * times
        if turns in (0, _HALF):  # a half turn is in the sign
            self._multiples_of_pi[k] = (real, imag)
        elif turns == _QUARTER:
            self._multiples_of_pi[k] = (-imag, real)
        elif turns == 3 * _QUARTER:
            self._multiples_of_pi[k] = (imag, -real)

    def _pay_for(self, a: Rational, b: Rational) -> None:
        """Count exact arithmetic as work; a sum or product of fractions takes greatest common divisors."""
        length = a.numerator.bit_length() + b.numerator.bit_length()
        if isinstance(a, int) and isinstance(b, int):
            self.work.spend(length * length >> 24)
        else:
            length += a.denominator.bit_length() + b.denominator.bit_length()
            self.work.spend(1 + (length * length >> 20))

    def negative(self, k: int) -> int:
        """-x."""
        return self.multiply([self.number(-1), k])

    def subtract(self, a: int, b: int) -> int:
        """The difference x - y."""
        return self.add([a, self.negative(b)])

    def divide(self, a: int, b: int) -> int:
        """The quotient x / y."""
        step = self.steps[b]
        if step.kind == "number":
            if not step.number:
                raise NoValue("divides by zero")
            return self.multiply([a, self.number(1 / Fraction(step.number))])
        if step.kind == "unit":
            return self.multiply([self.unit(-Fraction(step.number)), a])
        if step.kind == "radical":  # 1/sqrt(2) = sqrt(2)/2
            inverse = self.number(1 / Fraction(step.number))
            return self.multiply([inverse, a, self.whole_power(b, step.degree - 1)])
        if step.kind == "*" and self.rational(step.args[0]) is not None:
            return self.divide(self.divide(a, step.args[0]), self.multiply(step.args[1:]))
        self._refuse_zero(b)
        return self._step("/", (a, b))

    def inverse(self, k: int) -> int:
        """1 / x."""
        return self.divide(self.number(1), k)

    def _refuse_zero(self, k: int) -> None:
        if not boxes.excludes_zero(self.value(k)):
            if self.vanishes(k):
                raise NoValue("no value at zero")
            raise Unknown("what may be zero")

    # powers and roots

    def whole_power(self, base: int, exponent: int) -> int:
        """The power of a whole exponent; 0 ** 0 = 1."""
        if exponent < 0:
            return self.inverse(self.whole_power(base, -exponent))
        if exponent < 2:
            return base if exponent else self.number(1)
        step = self.steps[base]
        if step.degree and step.kind != "^" and exponent % step.degree == 0:  # of a root of that degree
            radicand = step.args[0] if step.args else self.number(step.number)
            return self.whole_power(radicand, exponent // step.degree)
        if step.kind == "unit":
            return self.unit(step.number * Fraction(exponent))
        if step.kind == "number":
            value = step.number
            length = max(value.numerator.bit_length(), value.denominator.bit_length()) * exponent
            if value in (0, 1, -1):
                return self.number(value ** (2 - exponent % 2))
            if length <= (MAX_VALUE_BITS if isinstance(value, int) else _EXACT_BITS):
                self.work.spend(length * length >> 24)
                return self.number(value**exponent)
        return self._step("^", (base,), degree=exponent)

    def power(self, base: int, exponent: int) -> int:
        """The power x ** y: that of a root for rational y, else exp(y ln x)."""
        exact = self.rational(exponent)
        if exact is not None:
            if exact.denominator == 1:
                return self.whole_power(base, exact.numerator)
            return self.whole_power(self.root(base, exact.denominator), exact.numerator)
        if self.rational(base) == 1:
            return self.number(1)
        if self.is_real(base) is not False and self.sign(base) != 1 and self.is_real(exponent) is not False:
            # the exponent may be a fraction with an odd denominator in disguise, and the power real
            raise Unknown("a power of what may be negative")
        return self.exponential(self.multiply([exponent, self.logarithm(base)]))

    def root(self, k: int, index: int) -> int:
        """The root of a whole index >= 1."""
        if index == 1:
            return k
        exact = self.rational(k)
        if exact is not None:
            return self._root_of_rational(exact, index)
        if not boxes.excludes_zero(self.value(k)) and self.vanishes(k):
            return self.number(0)
        if self.is_negative(k) and index % 2 == 0:
            return self.multiply([self.unit(Fraction(1, 2 * index)), self.root(self.negative(k), index)])
        return self._step("root", (k,), degree=index)

    def is_negative(self, k: int) -> bool:
        """Whether a value is proved to be real and negative."""
        real, imag = boxes.parts(self.value(k))
        return real.mid < 0 and not balls.sign(imag) and self.is_real(k) is True and self.sign(k) == -1

    def _root_of_rational(self, value: Rational, index: int) -> int:
        if value < 0:
            positive = self._root_of_rational(-value, index)
            return (
                self.negative(positive) if index % 2 else self.multiply([self.unit(Fraction(1, 2 * index)), positive])
            )
        if value in (0, 1):
            return self.number(value)
        above, below = value.numerator, value.denominator
        length = above.bit_length() + (index - 1) * below.bit_length()
        if length > _MAX_RADICAND:
            return self._step("root", (self.number(value),), degree=index)
        outside, inside = without_powers(above * below ** (index - 1), index)
        factor = self.number(Fraction(outside, below) if below > 1 else outside)
        if inside == 1:
            return factor
        for prime in (2, 3, 5, 7):
            while index % prime == 0 and (whole := balls.integer_root(inside, prime)) ** prime == inside:
                inside, index = whole, index // prime
        radical = self._step("radical", number=inside, degree=index)
        return self.multiply([factor, radical]) if outside != below else radical

    def absolute(self, k: int) -> int:
        """|x|."""
        if self.is_real(k):
            side = self.sign(k)
            if side is not None:
                return self.negative(k) if side < 0 else k
            return self._step("absolute", (k,))
        return self._step("modulus", (k,))

    def larger(self, a: int, b: int) -> int:
        """The larger of two real numbers."""
        return self._step("max", (a, b))

    # exponential and logarithm

    def exponential(self, k: int) -> int:
        """The exponential."""
        step = self.steps[k]
        if self.rational(k) == 0:
            return self.number(1)
        multiple = self._multiples_of_pi.get(k)
        if multiple and not multiple[0]:
            return self.unit(Fraction(multiple[1], 2))
        if step.kind == "ln":
            return step.args[0]
        if step.kind == "*" and len(step.args) == 2:
            exponent, logarithm = step.args
            if self.rational(exponent) is not None and self.steps[logarithm].kind == "ln":
                return self.power(self.steps[logarithm].args[0], exponent)
        return self._step("exp", (k,))

    def logarithm(self, k: int) -> int:
        """The principal logarithm."""
        if self.rational(k) == 1:
            return self.number(0)
        self._refuse_zero(k)
        step = self.steps[k]
        if step.kind == "unit":
            turns = step.number if step.number <= _HALF else step.number - 1
            return self.multiply([self.number(2 * turns), self.unit(_QUARTER), self.pi()])
        if step.kind == "exp" and self.is_real(step.args[0]):
            return step.args[0]
        if self.is_negative(k):
            half_turn = self.multiply([self.unit(_QUARTER), self.pi()])
            return self.add([self.logarithm(self.negative(k)), half_turn])
        return self._step("ln", (k,))

    # angles

    def sine(self, k: int) -> int:
        """The sine."""
        if self.rational(k) == 0:
            return k
        multiple = self._multiples_of_pi.get(k)
        if multiple and not multiple[1]:
            return self.cosine_of_pi(_HALF - multiple[0])
        pair = self._of_arcs(k)
        return pair[0] if pair else self._step("sin", (k,))

    def cosine(self, k: int) -> int:
        """The cosine."""
        if self.rational(k) == 0:
            return self.number(1)
        multiple = self._multiples_of_pi.get(k)
        if multiple and not multiple[1]:
            return self.cosine_of_pi(Fraction(multiple[0]))
        pair = self._of_arcs(k)
        return pair[1] if pair else self._step("cos", (k,))

    def arctangent(self, k: int) -> int:
        """The arctangent of a real number."""
        return self._step("arctan", (k,))

    def cosine_of_pi(self, turn: Fraction) -> int:
        """The cosine of π turn; one step for all angles of equal or opposite cosine."""
        turn %= 2
        turn = min(turn, 2 - turn)
        if turn > _HALF:
            return self.negative(self.cosine_of_pi(1 - turn))
        if turn in _RATIONAL_COSINES:
            return self.number(_RATIONAL_COSINES[turn])
        return self._step("cosine", number=turn)

    def _of_arcs(self, k: int) -> tuple[int, int] | None:
        """Sine and cosine of a sum of arctangents, their whole multiples and multiples of π, as algebraic numbers."""
        step = self.steps[k]
        multiple = self._multiples_of_pi.get(k)
        if multiple:
            return (self.sine(k), self.cosine(k)) if not multiple[1] else None
        if step.kind == "arctan":
            square = self.add([self.number(1), self.whole_power(step.args[0], 2)])
            cosine = self.divide(self.root(square, 2), square)
            return self.multiply([step.args[0], cosine]), cosine
        pairs: list[tuple[int, int]] = []
        if step.kind == "*" and len(step.args) == 2:
            times = self.rational(step.args[0])
            if self.steps[step.args[1]].kind == "arctan" and isinstance(times, int) and abs(times) <= _MAX_MULTIPLE:
                pair = self._of_arcs(step.args[1])
                if pair:
                    pairs = [pair if times > 0 else (self.negative(pair[0]), pair[1])] * abs(times)
        elif step.kind == "+":
            known = [self._of_arcs(part) for part in step.args]
            pairs = [pair for pair in known if pair]
            if len(pairs) < len(known):
                return None
        if not pairs:
            return None
        sine, cosine = pairs[0]
        for other_sine, other_cosine in pairs[1:]:
            sine, cosine = (
                self.add([self.multiply([sine, other_cosine]), self.multiply([cosine, other_sine])]),
                self.subtract(self.multiply([cosine, other_cosine]), self.multiply([sine, other_sine])),
            )
        return sine, cosine


def _is_long(value: Rational) -> bool:
    """Whether a number is too long to go on with exactly."""
    if isinstance(value, int):
        return value.bit_length() > MAX_VALUE_BITS
    return max(value.numerator.bit_length(), value.denominator.bit_length()) > _EXACT_BITS


def _sum(evaluation: Evaluation, step: Step) -> Value:
    total = evaluation.value(step.args[0])
    for k in step.args[1:]:
        total = boxes.add(total, evaluation.value(k), evaluation.bits)
    return total


def _product(evaluation: Evaluation, step: Step) -> Value:
    total = evaluation.value(step.args[0])
    for k in step.args[1:]:
        total = boxes.multiply(total, evaluation.value(k), evaluation.bits)
    return total


def _enclosure(function: Callable[..., Value]) -> Callable[[Evaluation, Step], Value]:
    return lambda evaluation, step: function(*map(evaluation.value, step.args), evaluation.bits)


_ENCLOSURES: Mapping[str, Callable[[Evaluation, Step], Value]] = {
    "+": _sum,
    "*": _product,
    "/": _enclosure(boxes.divide),
    "^": lambda evaluation, step: boxes.power(evaluation.value(step.args[0]), step.degree, evaluation.bits),
    "root": lambda evaluation, step: boxes.root(evaluation.value(step.args[0]), step.degree, evaluation.bits),
    "radical": lambda evaluation, step: boxes.root(Ball(int(step.number), 0, 0), step.degree, evaluation.bits),
    "unit": lambda evaluation, step: boxes.root_of_unity(Fraction(step.number), evaluation.bits),
    "cosine": lambda evaluation, step: elementary.sine_and_cosine_of_pi(Fraction(step.number), evaluation.bits)[1],
    "pi": lambda evaluation, step: elementary.pi(evaluation.bits),
    "absolute": _enclosure(boxes.modulus),
    "modulus": _enclosure(boxes.modulus),
    "max": _enclosure(boxes.larger),
    "exp": _enclosure(boxes.exponential),
    "ln": _enclosure(boxes.logarithm),
    "sin": lambda evaluation, step: evaluation.sine_and_cosine(step.args[0])[0],
    "cos": lambda evaluation, step: evaluation.sine_and_cosine(step.args[0])[1],
    "arctan": _enclosure(elementary.arctangent),
}
_SERIES = frozenset({"exp", "ln", "sin", "cos", "arctan", "unit", "cosine"})


@functools.lru_cache(maxsize=1024)
def _cost(kind: str, degree: int, bits: int) -> int:
    """About how much work a step is, as measured: a unit is one to two microseconds."""
    product = 3 + (math.isqrt(bits) ** 3 >> 15)
    series = 12 + bits * bits // 10_000
    if kind in _SERIES:
        return series
    if kind == "^":
        return 2 * degree.bit_length() * product
    if kind in {"root", "radical"}:
        return 3 * product if degree == 2 else series if degree <= 4 else 2 * series
    return product
