"""Quotients of polynomials with their powers, roots, logarithms, absolute values, sines and cosines."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from fractions import Fraction
from functools import lru_cache

from reasoning_gym.checker import rationals
from reasoning_gym.checker.limits import Undefined
from reasoning_gym.checker.polynomials import (
    ONE,
    Form,
    Monomial,
    Polynomial,
    Ring,
    content_of,
    form_key,
    generator,
    number,
    polynomial_key,
    scaled,
)
from reasoning_gym.checker.rationals import Rational, prime_factors, tidy

HALF = Fraction(1, 2)
_PLAIN_NAME = re.compile(r"[A-Za-z]+'*(?:_\w+|_\{[^{}]*\})?", re.ASCII)
_IMAGINARY = re.compile(r"I(?!_)")  # in a key
_CONSTANTS = frozenset({"I", "pi", "e**"})
_MAX_MULTIPLE = 12  # sin(n x) is expanded up to this n
_MAX_TERMS_OF_ANGLE = 6  # a sine of a sum is expanded up to so many terms
_SMALL, _SMALL_INDEX = 100_000, 100  # whose roots are remembered
_MAX_SQUARE = 30  # terms of a polynomial whose square root is looked for


class Field(Ring):
    """The arithmetic of forms: what Algebra makes expressions of."""

    adds_angles = False  # whether a sine of a sum is taken apart by the addition formulas

    def sum(self, forms: Sequence[Form]) -> Form:
        """The sum of several forms."""
        first = forms[0]
        if all(form.den == ONE for form in forms):
            total = dict(first.num)
            for form in forms[1:]:
                self.work.spend(len(form.num))
                self.accumulate(total, form.num)
            return Form(total)
        for form in forms[1:]:
            first = self.plus(first, form)
        return first

    def plus(self, left: Form, right: Form) -> Form:
        """Left + right."""
        if left.den == right.den:
            return Form(self.add(left.num, right.num), left.den)
        num = self.add(self.multiply(left.num, right.den), self.multiply(right.num, left.den))
        return self.quotient(num, self.multiply(left.den, right.den))

    def quotient(self, num: Polynomial, den: Polynomial) -> Form:
        """Num / den, where den came out of a product: |x|-x and |x|+x are each no zero, but their product is.

        Raises:
            Undefined: if den is zero.
        """
        if not den:
            raise Undefined("divides by zero")
        return Form(num, den)

    def times(self, left: Form, right: Form) -> Form:
        """Left · right."""
        if left.den is ONE and right.den is ONE:
            return Form(self.multiply(left.num, right.num))
        if left.num == right.den:
            return Form(right.num, left.den)
        if right.num == left.den:
            return Form(left.num, right.den)
        return self.quotient(self.multiply(left.num, right.num), self.multiply(left.den, right.den))

    def inverse(self, form: Form) -> Form:
        """1 / form.

        Raises:
            Undefined: if form is zero.
        """
        if not form.num:
            raise Undefined("divides by zero")
        if len(form.num) == 1:
            ((monomial, coefficient),) = form.num.items()
            if all(key == "I" for key, _ in monomial):  # 1/(c i) = -i/c
                sign = -1 if monomial else 1
                return Form(self.multiply(form.den, {monomial: rationals.divide(sign, coefficient)}))
            return Form({m: rationals.divide(c, coefficient) for m, c in form.den.items()}, {monomial: 1})
        return Form(form.den, form.num)

    def power(self, base: Form, exponent: Form) -> Form:
        """Base ** exponent."""
        value = exponent.constant
        if isinstance(value, int):
            if value < 0:
                base, value = self.inverse(base), -value
            return self.quotient(self.raise_polynomial(base.num, value), self.raise_polynomial(base.den, value))
        if value is not None:
            return self.root(base, value)
        constant = base.constant
        if constant is not None and constant > 0:
            return self.exponential_of_rational(constant, exponent)
        if constant is not None and constant < 0:  # (-2)^n = (-1)^n 2^n
            alternating = self.exponential("-1", exponent)
            return self.times(alternating, self.exponential_of_rational(-constant, exponent))
        if base.den == ONE and len(base.num) == 1:
            ((monomial, coefficient),) = base.num.items()
            if (
                coefficient == 1
                and len(monomial) == 1
                and monomial[0][0].startswith("e**")
                and "I" not in monomial[0][0]
            ):
                return self.exponential("e", self.times(self.logarithm(base), exponent))
            if coefficient == 1 and len(monomial) == 1 and monomial[0][1] == 1:
                return self.exponential(monomial[0][0], exponent)
        return self.kernel("power", base, exponent)

    def prime_factors(self, number: int) -> dict[int, int]:
        """Prime factors with their exponents; looking for them is work too.

        Raises:
            Refused: for a number that is too large to be written as the key of a generator.
        """
        rationals.refuse_large((number,))
        self.work.spend(rationals.cost_of_factors(number))
        return prime_factors(number)

    def exponential_of_rational(self, base: Rational, exponent: Form) -> Form:
        """Base ** exponent for a positive rational base: a product over its primes."""
        result = number(1)
        for sign, part in ((1, base.numerator), (-1, base.denominator)):
            for prime, multiplicity in self.prime_factors(part).items():
                scaled = self.times(exponent, number(sign * multiplicity))
                result = self.times(result, self.exponential(f"{prime}", scaled))
        return result

    def exponential(self, base: str, exponent: Form) -> Form:
        """Base ** exponent for a named base (`e`, a prime, a variable): one generator a term of the exponent."""
        prefix = f"{base}**" if base == "e" or base.isdigit() else f"^{base}**"  # ^: the base may be negative
        whole = base.lstrip("-").isdigit()
        if exponent.den != ONE:
            sign, positive = self.normal_sign(exponent)
            return Form(generator(self.key(prefix, positive)[0], sign))
        result = number(1)
        for monomial, coefficient in exponent.num.items():
            if monomial == () and base != "e":
                base_form = number(int(base)) if whole else Form(generator(base))
                factor = self.power(base_form, number(coefficient))
            elif (
                base == "e"
                and (inner := self.under_logarithm(monomial))
                and coefficient.denominator % 2 ** (coefficient.denominator > 1) == 0
            ):
                factor = self.power(inner, number(coefficient))  # an odd root of a negative number would be another
            elif base == "e" and ("I", 1) in monomial:  # Euler: e^(iu) = cos u + i sin u
                angle = Form({tuple(part for part in monomial if part[0] != "I"): coefficient})
                sine, cosine = self.trigonometric(angle)
                factor = self.plus(cosine, self.times(Form(generator("I")), sine))
            else:
                factor = self.power_of_kernel(self.key(prefix, Form({monomial: 1}))[0], coefficient)
            result = self.times(result, factor)
        return result

    def under_logarithm(self, monomial: Monomial) -> Form | None:
        """The z of ln z, where that is all that a monomial is."""
        if len(monomial) == 1 and monomial[0][0].startswith("ln(") and monomial[0][1] == 1:
            return self.arguments[monomial[0][0]]
        return None

    def power_of_kernel(self, key: str, coefficient: Rational) -> Form:
        """A kernel b^u to a power; (-1)^u only to a whole one, the rest being no power of it."""
        if key.startswith("^-1**") and isinstance(coefficient, Fraction):
            inner = self.arguments[key]
            return Form(generator(self.key("^-1**", Form(scaled(inner.num, coefficient)))[0]))
        return Form(generator(key, coefficient))

    def root(self, base: Form, exponent: Fraction) -> Form:
        """Base ** exponent for an exponent that isn't whole."""
        if not base.num:
            if exponent < 0:
                raise Undefined("divides by zero")
            return base
        if exponent < 0:
            return self.inverse(self.root(base, -exponent))
        if base.den != ONE:
            denominator = Form(base.den).constant
            positive = len(base.den) == 1 and all(
                c > 0 and all(key[0] == "#" or key in ("pi", "e**") for key, _ in m) for m, c in base.den.items()
            )
            if not positive and (denominator is None or denominator < 0):
                return self.kernel("root", base, number(exponent))
            below = self.root(Form(base.den), exponent)
            return self.times(self.root(Form(base.num), exponent), self.inverse(below))
        content, primitive = content_of(base.num)
        factor = self.root_of_rational(content, exponent)
        if primitive == ONE:
            return factor
        if primitive == {(): -1}:
            return self.times(factor, self.root_of_minus_one(exponent))
        return self.times(factor, Form(self.root_generator(primitive, exponent)))

    def root_generator(self, primitive: Polynomial, exponent: Fraction) -> Polynomial:
        """A primitive polynomial ** exponent: a generator, or a power of the one that it is."""
        if len(primitive) == 1:
            ((monomial, coefficient),) = primitive.items()
            outside, monomial = self.taken_out(monomial, exponent)
            if not monomial and coefficient == 1:
                return outside
            primitive = {monomial: coefficient}
            if coefficient == 1 and len(monomial) == 1:
                key, inner = monomial[0]
                # u^(2/3) is |u|^(2/3) where u < 0, so that its square root isn't u^(1/3)
                exact = (0 < inner <= 1 and inner.numerator % 2) or (key.startswith("e**") and "I" not in key)
                if exact and key[0] not in "I#(^":  # ^: u^v for a u that may be negative
                    return self.multiply(outside, generator(key, tidy(inner * exponent)))
        else:
            outside = ONE
            if exponent.denominator == 2 and (root := self.square_root(primitive)) is not None:
                return self.raise_polynomial(self.absolute(Form(root)).num, exponent.numerator)
        # a constant may be negative: then its roots of odd index are no powers of those of even index
        mark = "~" if exponent.denominator % 2 == 0 and not self.is_variable(Form(primitive)) else ""
        key = f"({mark}{polynomial_key(primitive)})"
        self.pay_for(key)
        self.arguments[key] = Form(primitive)
        rest, factor = self.reduce(key, exponent)
        return self.multiply(outside, self.multiply(generator(key, rest), factor or ONE))

    def taken_out(self, monomial: Monomial, exponent: Fraction) -> tuple[Polynomial, Monomial]:
        """What of a monomial ** exponent can stand outside of the root, and the monomial that is left inside.

        √(x² y) = |x| √y, since x² is not negative; ∛(x³ y) = x ∛y, since real roots of odd index multiply.
        """
        outside, left = ONE, list[tuple[str, Rational]]()
        odd = exponent.denominator % 2 == 1
        for key, power in monomial:
            real = self.is_real_key(key, power)
            if real and odd and isinstance(power, int) and power >= exponent.denominator:
                whole = power - power % exponent.denominator
                outside = self.multiply(outside, self.raise_polynomial(generator(key), int(whole * exponent)))
                power -= whole
            elif real and not odd and isinstance(power, int) and power >= 2:
                size = self.absolute(Form(generator(key)))
                total = (power - power % 2) * exponent
                if size.num == generator(key) or total.denominator == 1:
                    outside = self.multiply(outside, self.raise_monomial_of(size.num, total))
                    power %= 2
            elif self.is_positive_key(key):
                outside = self.multiply(outside, generator(key, tidy(power * exponent)))
                power = 0
            if power:
                left.append((key, power))
        return outside, tuple(left)

    def raise_monomial_of(self, size: Polynomial, total: Fraction | int) -> Polynomial:
        """|u| ** total, where that is whole, or u is positive itself."""
        if total.denominator == 1:
            return self.raise_polynomial(size, int(total))
        ((monomial, _),) = size.items()
        return {tuple((key, tidy(power * total)) for key, power in monomial): 1}

    def is_positive_key(self, key: str) -> bool:
        """Whether a generator is positive wherever it is defined."""
        if key in {"pi", "e**"} or key[0] == "#":
            return True
        return (key[0].isdigit() or key.startswith("e**")) and self.is_real(self.arguments[key])

    def is_variable(self, form: Form) -> bool:
        """Whether a form holds a variable: then an identity need only hold wherever both of its sides are real."""
        keys = {key for part in (form.num, form.den) for monomial in part for key, _ in monomial}
        return any(
            self.is_variable(self.arguments[key])
            if key in self.arguments
            else key not in _CONSTANTS and key[0] not in "#l"
            for key in keys
        )

    def is_real_key(self, key: str, power: Rational = 1) -> bool:
        """Whether a generator to a power is real wherever it is defined; variables are."""
        if key in self.arguments:
            if key[0] == "^" or key.startswith(("ln", "arcsin", "arcosh", "modulus")):
                return False
            if key[0] == "(":
                return isinstance(power, Fraction) and power.denominator % 2 == 1 and self.is_real(self.arguments[key])
            return isinstance(power, int) and self.is_real(self.arguments[key])
        if key[0] == "#" or key in {"pi", "e**"} or key.startswith("ln#"):
            return True
        return isinstance(power, int) and key != "I" and "?" not in key

    def is_real(self, form: Form) -> bool:
        """Whether a form is real for all real values of its variables."""
        return all(self.is_real_key(k, p) for part in (form.num, form.den) for m in part for k, p in m)

    def remainder(self, dividend: Polynomial, divisor: Polynomial) -> Polynomial | None:
        """What is left of a polynomial in division by another, by leading terms; None for kernels and roots."""
        names = sorted({key for part in (dividend, divisor) for monomial in part for key, _ in monomial})
        if any(
            isinstance(power, Fraction) for part in (dividend, divisor) for monomial in part for _, power in monomial
        ):
            return None

        def lead(polynomial: Polynomial) -> Monomial:
            return max(polynomial, key=lambda m: tuple(dict(m).get(name, 0) for name in names))

        first = lead(divisor)
        left = dict(dividend)
        rest: Polynomial = {}
        while left:
            following = lead(left)
            powers = dict(following)
            for key, power in first:
                powers[key] = powers.get(key, 0) - power
            if any(power < 0 for power in powers.values()):
                rest[following] = left.pop(following)
                continue
            monomial = tuple(sorted((key, power) for key, power in powers.items() if power))
            term: Polynomial = {monomial: rationals.divide(left[following], divisor[first])}
            left = self.add(left, self.multiply(term, divisor), -1)
        return rest

    def square_root(self, square: Polynomial) -> Polynomial | None:
        """The polynomial whose square it is, of variables only; None if there is none, or it is long."""
        if len(square) > _MAX_SQUARE:
            return None
        names = sorted({key for monomial in square for key, _ in monomial})
        if not all(_PLAIN_NAME.fullmatch(key) and key not in {"I", "pi"} for key in names):
            return None
        if any(isinstance(power, Fraction) or power < 0 for monomial in square for _, power in monomial):
            return None

        def lead(polynomial: Polynomial) -> Monomial:
            return max(polynomial, key=lambda m: tuple(dict(m).get(name, 0) for name in names))

        first = lead(square)
        coefficient = rationals.square_root(square[first])
        if coefficient is None or any(power % 2 for _, power in first):
            return None
        root: Polynomial = {tuple((key, power // 2) for key, power in first): coefficient}
        start, factor = next(iter(root.items()))
        rest = self.add(square, self.multiply(root, root), -1)
        for _ in range(_MAX_SQUARE):
            if not rest:
                return root
            following = lead(rest)
            powers = dict(following)
            for key, power in start:
                powers[key] = powers.get(key, 0) - power
            if any(power < 0 for power in powers.values()):
                return None
            monomial = tuple(sorted((key, power) for key, power in powers.items() if power))
            if monomial in root:
                return None
            term: Polynomial = {monomial: rationals.divide(rest[following], 2 * factor)}
            both = self.add(self.add(root, root), term)
            rest = self.add(rest, self.multiply(term, both), -1)
            root = self.add(root, term)
        return None

    def root_of_minus_one(self, exponent: Fraction) -> Form:
        """(-1) ** exponent: i for a square root, the real root for an odd one."""
        if exponent.denominator == 2:
            return Form(self.raise_polynomial(generator("I"), exponent.numerator))
        if exponent.denominator % 2:  # the real root
            return number(-1 if exponent.numerator % 2 else 1)
        return self.kernel("root", number(-1), number(exponent))

    def root_of_rational(self, value: Rational, exponent: Fraction) -> Form:
        """Value ** exponent for a positive value: roots of primes below 1, the rest multiplied out."""
        if value.numerator < _SMALL and value.denominator < _SMALL and exponent.denominator < _SMALL_INDEX:
            self.work.spend(1)
            return Form(_root_of_small(value, exponent))
        return Form(self.root_by_primes(value, exponent))

    def root_by_primes(self, value: Rational, exponent: Fraction) -> Polynomial:
        """Value ** exponent, by the prime factors of the numerator and the denominator."""
        result = ONE
        for sign, part in ((1, value.numerator), (-1, value.denominator)):
            root = rationals.whole_root(part, exponent.denominator)
            if root is not None:
                result = self.multiply(result, {(): rationals.power(root, sign * exponent.numerator)})
                continue
            for prime, multiplicity in self.prime_factors(part).items():
                total = sign * multiplicity * exponent
                whole = math.floor(total)
                rest = total - whole
                result = self.multiply(result, {(): rationals.power(prime, whole)})
                if rest and rationals.is_surely_prime(prime):
                    result = self.multiply(result, generator(f"#{prime}", rest))
                elif rest:  # too large to be split: its roots aren't known to be independent of others
                    result = self.multiply(result, self.root_generator({(): prime}, rest))
        return result

    def logarithm(self, form: Form) -> Form:
        """The natural logarithm."""
        if not form.num:
            raise Undefined("the logarithm of zero")
        reciprocal = form.num == ONE and self.is_variable(form)  # ln(1/x) = -ln x, both for x > 0
        if form.den != ONE and (reciprocal or (Form(form.den).constant or 0) > 0):
            above, below = self.logarithm(Form(form.num)), self.logarithm(Form(form.den))
            return self.plus(above, self.times(number(-1), below))
        if form.den != ONE:
            return self.kernel("ln", form)
        content, primitive = content_of(form.num)
        total = number(0)
        for sign, part in ((1, content.numerator), (-1, content.denominator)):
            for prime, multiplicity in self.prime_factors(part).items():
                total = self.plus(total, Form({((f"ln#{prime}", 1),): sign * multiplicity}))
        if primitive == ONE:
            return total
        return self.plus(total, self.logarithm_of_primitive(primitive))

    def logarithm_of_primitive(self, primitive: Polynomial) -> Form:
        """The logarithm of a polynomial without content, taken apart where that is exact.

        ln(p z) = ln p + ln z for any p > 0, and ln(x²) = 2 ln|x| for a real x.
        """
        if len(primitive) > 1:
            return self.kernel("ln", Form(primitive))
        ((monomial, coefficient),) = primitive.items()
        total, left = number(0), list[tuple[str, Rational]]()
        for key, exponent in monomial:
            part = self.logarithm_of_power(key, exponent)
            if part is None:
                left.append((key, exponent))
            else:
                total = self.plus(total, part)
        if not left and coefficient == 1:
            return total
        if coefficient == 1 and len(left) == 1 and 0 < left[0][1] < 1 and left[0][1].numerator % 2:
            rest = self.times(self.kernel("ln", Form(generator(left[0][0]))), number(left[0][1]))
        else:
            rest = self.kernel("ln", Form({tuple(left): coefficient}))
        return self.plus(total, rest)

    def logarithm_of_power(self, key: str, exponent: Rational) -> Form | None:
        """The logarithm of a generator's power that can't be negative; None where it may be."""
        if key == "e**":
            return number(exponent)
        if key[0] == "#":
            return Form({((f"ln{key}", 1),): exponent})
        if key == "pi" or key.startswith("abs("):
            return self.times(self.kernel("ln", Form(generator(key))), number(exponent))
        if self.is_positive_key(key):
            base, _, _ = key.partition("**")
            slope = number(1) if base == "e" else self.logarithm(number(int(base)))
            return self.times(self.times(self.arguments[key], slope), number(exponent))
        if isinstance(exponent, int) and exponent % 2 == 0 and self.is_real_key(key):
            return self.times(self.logarithm(self.absolute(Form(generator(key)))), number(exponent))
        return None

    # kernels

    def kernel(self, name: str, *arguments: Form) -> Form:
        """A function of which nothing is known but its argument."""
        if len(arguments) == 1:
            key, _ = self.key(name, arguments[0])
        else:
            key = f"{name}?({';'.join(form_key(argument) for argument in arguments)})"
            self.pay_for(key)
        return Form(generator(key))

    def key(self, prefix: str, argument: Form) -> tuple[str, Form]:
        """The key of a kernel, and its argument, which is remembered under it.

        The argument stands in brackets: without them sin(x)·y and sin(x·y) would be one key in a larger one.
        Only e itself, e^1, has none.
        """
        key = prefix if prefix == "e**" and argument == number(1) else f"{prefix}({form_key(argument)})"
        self.pay_for(key)
        self.arguments[key] = argument
        return key, argument

    def normal_sign(self, form: Form) -> tuple[int, Form]:
        """A sign and a form with a positive leading coefficient whose product is the form."""
        if form.num and form.num[max(form.num)] < 0:
            return -1, Form({m: -c for m, c in form.num.items()}, form.den)
        return 1, form

    def trigonometric(self, argument: Form) -> tuple[Form, Form]:
        """(sin, cos) of a form; multiples of π/12 are split off, and where asked for every other term too."""
        if argument.den != ONE or len(argument.num) < 2:
            return self.trigonometric_of_term(argument)
        if self.adds_angles and len(argument.num) <= _MAX_TERMS_OF_ANGLE:
            terms = [Form({monomial: coefficient}) for monomial, coefficient in sorted(argument.num.items(), key=repr)]
        else:
            turn: Polynomial = {
                m: c for m, c in argument.num.items() if m == (("pi", 1),) and (c * 12).denominator == 1
            }
            rest = {m: c for m, c in argument.num.items() if m not in turn}
            terms = [Form(turn), Form(rest)]
        sine, cosine = number(0), number(1)
        for term in terms:
            s, c = self.trigonometric_of_term(term)
            sine, cosine = (
                self.plus(self.times(sine, c), self.times(cosine, s)),
                self.plus(self.times(cosine, c), self.times(number(-1), self.times(sine, s))),
            )
        return sine, cosine

    def trigonometric_of_term(self, argument: Form) -> tuple[Form, Form]:
        """(sin, cos) of a form that isn't taken apart into terms."""
        sign, positive = self.normal_sign(argument)
        if not positive.num:
            return number(0), number(1)
        sine, cosine = self.special_angle(positive) or self.multiple_angle(positive)
        return (sine if sign > 0 else self.times(number(-1), sine)), cosine

    def special_angle(self, argument: Form) -> tuple[Form, Form] | None:
        """Exact values at multiples of π/12."""
        if argument.den != ONE or list(argument.num) != [(("pi", 1),)]:
            return None
        turns = argument.num[(("pi", 1),)] * 12
        if turns.denominator != 1:
            return None
        sine, cosine = _special_sine(int(turns)), _special_sine(int(turns) + 6)
        if sine is None or cosine is None:  # an odd multiple: a quarter of π more than an even one
            s, c = self.special_angle(Form({(("pi", 1),): (turns - 3) / Fraction(12)})) or (number(0), number(1))
            half = self.root(number(HALF), HALF)
            return (
                self.times(half, self.plus(s, c)),
                self.times(half, self.plus(c, self.times(number(-1), s))),
            )
        result: list[Form] = []
        for square, sign in (sine, cosine):
            value = self.root_of_rational(square, HALF) if square else number(0)
            result.append(self.times(value, number(sign)))
        return result[0], result[1]

    def multiple_angle(self, argument: Form) -> tuple[Form, Form]:
        """Sin and cos of n·u from those of u, u without a whole factor."""
        content, primitive = content_of(argument.num)
        times = content.numerator
        if times > _MAX_MULTIPLE:
            times = 1
        base = Form(scaled(primitive, rationals.divide(content, times)), argument.den)
        sine, cosine = self.sine_and_cosine(base)
        s, c = sine, cosine
        for _ in range(times - 1):
            s, c = (
                self.plus(self.times(s, cosine), self.times(c, sine)),
                self.plus(self.times(c, cosine), self.times(number(-1), self.times(s, sine))),
            )
        return s, c

    def sine_and_cosine(self, base: Form) -> tuple[Form, Form]:
        """(sin, cos) of a form without a whole factor: exact for an inverse function, else two kernels."""
        if base.den == ONE and len(base.num) == 1:
            ((monomial, coefficient),) = base.num.items()
            if coefficient == 1 and len(monomial) == 1 and monomial[0][1] == 1:
                key = monomial[0][0]
                if key.startswith("arcsin("):
                    inner = self.arguments[key]
                    square = self.plus(number(1), self.times(number(-1), self.times(inner, inner)))
                    return inner, self.root(square, HALF)
                if key.startswith("arctan("):
                    inner = self.arguments[key]
                    cosine = self.inverse(self.root(self.plus(number(1), self.times(inner, inner)), HALF))
                    return self.times(inner, cosine), cosine
        return Form(generator(self.key("sin", base)[0])), Form(generator(self.key("cos", base)[0]))

    def absolute(self, form: Form) -> Form:
        """The absolute value."""
        value = form.constant
        if value is not None:
            return number(max(value, -value))
        if form.den != ONE:
            return self.times(self.absolute(Form(form.num)), self.inverse(self.absolute(Form(form.den))))
        if any(_IMAGINARY.search(key) for monomial in form.num for key, _ in monomial):
            return self.modulus(form)
        content, primitive = content_of(form.num)
        if len(primitive) == 1:
            ((monomial, _),) = primitive.items()
            return Form(self.multiply({(): content}, self.absolute_of_monomial(monomial)))
        _, positive = self.normal_sign(Form(primitive))
        return self.times(number(content), self.kernel("abs" if self.is_real(positive) else "modulus", positive))

    def absolute_of_monomial(self, monomial: Monomial) -> Polynomial:
        """The product of the absolute values of a monomial's generators."""
        size = ONE
        for key, power in monomial:
            if self.is_positive_key(key) or key.startswith("abs("):
                own = generator(key, power)
            elif self.is_real_key(key) and isinstance(power, int):
                own = self.raise_polynomial(self.kernel("abs", Form(generator(key))).num, power)
            elif self.is_real_key(key, power):
                own = self.kernel("abs", Form(generator(key, power))).num
            else:
                own = self.kernel("modulus", Form(generator(key, power))).num
            size = self.multiply(size, own)
        return size

    def modulus(self, form: Form) -> Form:
        """√(a² + b²) of a + b i, where a and b are real; else a kernel, since |z|² isn't z²."""
        parts: tuple[Polynomial, Polynomial] = ({}, {})
        for monomial, coefficient in form.num.items():
            imaginary = ("I", 1) in monomial
            rest = tuple(part for part in monomial if part != ("I", 1))
            if not self.is_real(Form({rest: 1})):
                return self.kernel("modulus", form)
            parts[imaginary][rest] = coefficient
        real, imaginary_part = (self.raise_polynomial(part, 2) for part in parts)
        squares = self.add(real, imaginary_part)
        return self.root(Form(squares), HALF)


def is_algebraic(polynomial: Polynomial) -> bool:
    """Whether only independent generators occur, so that nonzero means unequal.

    These are variables, I, roots of primes, and one of π and e (each transcendental; whether they depend
    on each other is not known).
    """
    keys = {key for monomial in polynomial for key, _ in monomial}
    if {"pi", "e**"} <= keys:
        return False
    return all(key in {"e**", "I"} or key[0] == "#" or _PLAIN_NAME.fullmatch(key) for key in keys)


def _special_sine(twelfths: int) -> tuple[Fraction, int] | None:
    """The square and the sign of sin(π·twelfths/12), where the square is rational."""
    turn = twelfths % 24
    sign = 1 if turn < 12 else -1
    squares = {0: Fraction(0), 2: Fraction(1, 4), 3: HALF, 4: Fraction(3, 4), 6: Fraction(1)}
    angle = turn % 12
    square = squares.get(min(angle, 12 - angle))
    return None if square is None else (square, sign)


@lru_cache(maxsize=4096)
def _root_of_small(value: Rational, exponent: Fraction) -> Polynomial:
    return Field().root_by_primes(value, exponent)
