"""Proves identities: expressions as quotients of polynomials in independent generators, over ℚ.

An expression becomes num/den, two polynomials whose generators are variables, roots of primes
(`#2` with an exponent between 0 and 1), `I`, `pi`, and kernels: `e**x`, `sin(x)`, `ln(x)`, … keyed by
their argument's own normal form. Products are reduced by I² = -1, √p² = p, sin² = 1 - cos²,
b^(u+v) = b^u b^v. Two expressions whose cross product vanishes are equal wherever both are defined.
Where only variables, I and roots of primes occur the converse holds too, since these are
independent over ℚ (Besicovitch 1940 for the roots).

Conventions: variables are real; roots and powers are principal, but an odd root of a negative
number is the real one; (e^u)^r = e^(ru).
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import NamedTuple, TypeAlias

from reasoning_gym.checker import rationals
from reasoning_gym.checker.limits import MAX_EXPONENT, MAX_KEY, MAX_TERMS, Refused, Undefined, Unreadable, Work
from reasoning_gym.checker.rationals import Rational, prime_factors, rational, tidy
from reasoning_gym.checker.syntax import Name, Node, Number

Monomial: TypeAlias = "tuple[tuple[str, Rational], ...]"  # generators with their exponents, sorted
Polynomial: TypeAlias = "dict[Monomial, Rational]"  # no zero coefficients

ONE: Polynomial = {(): 1}
HALF = Fraction(1, 2)
_PLAIN_NAME = re.compile(r"[A-Za-z]+(?:_\w+)?")
_IMAGINARY = re.compile(r"I(?!_)")  # in a key
_MAX_MULTIPLE = 12  # sin(n x) is expanded up to this n


class Form(NamedTuple):
    """num / den."""

    num: Polynomial
    den: Polynomial = ONE

    @property
    def constant(self) -> Rational | None:
        """The value, if it is a rational number."""
        if self.den != ONE or len(self.num) > 1:
            return None
        return 0 if not self.num else self.num.get(())


def number(value: Rational) -> Form:
    """A rational number as a form."""
    return Form({(): value} if value else {})


def generator(key: str, exponent: Rational = 1) -> Polynomial:
    """One generator to a power."""
    return {((key, exponent),): 1}


class Algebra:
    """The arithmetic of forms under one allowance of work; both sides of a comparison share one."""

    def __init__(self, work: Work | None = None, variables: Iterable[str] = ()) -> None:
        self.work = work or Work()
        self.variables = frozenset(variables)  # names that are variables even if they look like constants
        self.arguments: dict[str, Form] = {}  # what each kernel was made from

    # polynomials

    def add(self, left: Polynomial, right: Polynomial, factor: Rational = 1) -> Polynomial:
        """Left + factor · right."""
        self.work.spend(len(left) + len(right))
        total = dict(left)
        for monomial, coefficient in right.items():
            value = total.get(monomial, 0) + factor * coefficient
            if value:
                total[monomial] = value
            else:
                total.pop(monomial, None)
        if len(total) > MAX_TERMS:
            raise Refused(f"a sum of more than {MAX_TERMS} terms")
        rationals.refuse_large(total.values())
        return total

    def multiply(self, left: Polynomial, right: Polynomial) -> Polynomial:
        """Left · right, reduced."""
        if left == ONE:
            return right
        if right == ONE:
            return left
        bits = rationals.bits(left.values()) + rationals.bits(right.values())
        self.work.spend(len(left) * len(right) * (1 + bits // 64))  # large coefficients are more work
        total: Polynomial = {}
        for first, a in left.items():
            for second, b in right.items():
                merged, extra = self.merge(first, second)
                if extra is not None:
                    total = self.add(total, self.multiply({merged: a * b}, extra))
                    continue
                value = total.get(merged, 0) + a * b
                if value:
                    total[merged] = value
                else:
                    del total[merged]
        if len(total) > MAX_TERMS:
            raise Refused(f"a product of more than {MAX_TERMS} terms")
        rationals.refuse_large(total.values())
        return total

    def merge(self, first: Monomial, second: Monomial) -> tuple[Monomial, Polynomial | None]:
        """The product of two monomials: a monomial, and a polynomial to multiply it with if one was reduced."""
        if not first:
            return second, None
        if not second:
            return first, None
        exponents: dict[str, Rational] = dict(first)
        extra: Polynomial | None = None
        for key, exponent in second:
            if key not in exponents:
                exponents[key] = exponent
                continue
            total = exponents[key] + exponent
            rest, factor = self.reduce(key, total)
            if rest:
                exponents[key] = tidy(rest)
            else:
                del exponents[key]
            if factor is not None:
                extra = factor if extra is None else self.multiply(extra, factor)
        return tuple(sorted(exponents.items())), extra

    def reduce(self, key: str, exponent: Rational) -> tuple[Rational, Polynomial | None]:
        """What is left of a generator's exponent, and the polynomial that the rest stands for."""
        kind = key[0]
        if kind == "I" and key == "I":
            whole = int(exponent)
            return whole % 2, ({(): -1} if whole % 4 in (2, 3) else None)
        if kind in "#(" and exponent >= 1:  # a root: its whole part is the radicand itself
            whole = math.floor(exponent)
            radicand: Polynomial = {(): int(key[1:])} if kind == "#" else self.arguments[key].num
            return exponent - whole, self.raise_polynomial(radicand, whole)
        if exponent >= 2 and isinstance(exponent, int):
            if key.startswith("sin("):
                cosine = generator("cos" + key[3:], 2)
                return exponent % 2, self.raise_polynomial({(): 1, **{m: -c for m, c in cosine.items()}}, exponent // 2)
            if key.startswith("abs("):
                square = self.raise_polynomial(self.arguments[key].num, 2)
                return exponent % 2, self.raise_polynomial(square, exponent // 2)
        return exponent, None

    def raise_polynomial(self, base: Polynomial, exponent: int) -> Polynomial:
        """Base ** exponent for a whole exponent from 0."""
        if len(base) == 1:
            ((monomial, coefficient),) = base.items()
            value = rationals.power(coefficient, exponent)
            if all(key[0] not in "#(Isa" for key, _ in monomial):
                return {tuple((key, e * exponent) for key, e in monomial) if exponent else (): value}
        if exponent > MAX_EXPONENT:
            raise Refused(f"the power {exponent} of a sum is larger than {MAX_EXPONENT}")
        result = ONE
        while exponent:
            if exponent & 1:
                result = self.multiply(result, base)
            exponent >>= 1
            if exponent:
                base = self.multiply(base, base)
        return result

    # forms

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
        """Prime factors with their exponents; looking for them is work too."""
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
        if exponent.den != ONE:
            sign, positive = self.normal_sign(exponent)
            return Form(generator(self.key(prefix, positive)[0], sign))
        result = number(1)
        for monomial, coefficient in exponent.num.items():
            if monomial == () and base != "e":
                base_form = number(int(base)) if base.isdigit() else Form(generator(base))
                factor = self.power(base_form, number(coefficient))
            elif base == "e" and len(monomial) == 1 and monomial[0][0].startswith("ln(") and monomial[0][1] == 1:
                factor = self.power(self.arguments[monomial[0][0]], number(coefficient))
            elif base == "e" and ("I", 1) in monomial:  # Euler: e^(iu) = cos u + i sin u
                angle = Form({tuple(part for part in monomial if part[0] != "I"): coefficient})
                sine, cosine = self.trigonometric(angle)
                factor = self.plus(cosine, self.times(Form(generator("I")), sine))
            else:
                factor = Form(generator(self.key(prefix, Form({monomial: 1}))[0], coefficient))
            result = self.times(result, factor)
        return result

    def root(self, base: Form, exponent: Fraction) -> Form:
        """Base ** exponent for an exponent that isn't whole."""
        if not base.num:
            if exponent < 0:
                raise Undefined("divides by zero")
            return base
        if exponent < 0:
            return self.root(self.inverse(base), -exponent)
        if base.den != ONE:
            denominator = Form(base.den).constant
            positive = len(base.den) == 1 and all(
                c > 0 and all(key[0] == "#" or key in ("pi", "e**") for key, _ in m) for m, c in base.den.items()
            )
            if not positive and (denominator is None or denominator < 0):
                return self.kernel("root", base, number(exponent))
            below = self.root(Form(base.den), exponent)
            return self.times(self.root(Form(base.num), exponent), self.inverse(below))
        content, primitive = _content(base.num)
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
            if coefficient == 1 and len(monomial) == 1:
                key, inner = monomial[0]
                # u^(2/3) is |u|^(2/3) where u < 0, so that its square root isn't u^(1/3)
                exact = (0 < inner <= 1 and inner.numerator % 2) or (key.startswith("e**") and "I" not in key)
                if exact and key[0] not in "I#(^":  # ^: u^v for a u that may be negative
                    return generator(key, tidy(inner * exponent))
        key = f"({_polynomial_key(primitive)})"
        self.pay_for(key)
        self.arguments[key] = Form(primitive)
        rest, factor = self.reduce(key, exponent)
        return self.multiply(generator(key, rest), factor or ONE)

    def root_of_minus_one(self, exponent: Fraction) -> Form:
        """(-1) ** exponent: i for a square root, the real root for an odd one."""
        if exponent.denominator == 2:
            return Form(self.raise_polynomial(generator("I"), exponent.numerator))
        if exponent.denominator % 2:  # the real root
            return number(-1 if exponent.numerator % 2 else 1)
        return self.kernel("root", number(-1), number(exponent))

    def root_of_rational(self, value: Rational, exponent: Fraction) -> Form:
        """Value ** exponent for a positive value: roots of primes below 1, the rest multiplied out."""
        result = ONE
        for sign, part in ((1, value.numerator), (-1, value.denominator)):
            for prime, multiplicity in self.prime_factors(part).items():
                total = sign * multiplicity * exponent
                whole = math.floor(total)
                outside: Polynomial = {(): rationals.power(prime, whole)}
                rest = total - whole
                result = self.multiply(result, self.multiply(outside, generator(f"#{prime}", rest) if rest else ONE))
        return Form(result)

    def logarithm(self, form: Form) -> Form:
        """The natural logarithm."""
        if not form.num:
            raise Undefined("the logarithm of zero")
        if form.den != ONE and (form.num == ONE or (Form(form.den).constant or 0) > 0):
            above, below = self.logarithm(Form(form.num)), self.logarithm(Form(form.den))
            return self.plus(above, self.times(number(-1), below))
        if form.den != ONE:
            return self.kernel("ln", form)
        content, primitive = _content(form.num)
        total = number(0)
        for sign, part in ((1, content.numerator), (-1, content.denominator)):
            for prime, multiplicity in self.prime_factors(part).items():
                total = self.plus(total, Form({((f"ln#{prime}", 1),): sign * multiplicity}))
        if primitive == ONE:
            return total
        return self.plus(total, self.logarithm_of_primitive(primitive))

    def logarithm_of_primitive(self, primitive: Polynomial) -> Form:
        """The logarithm of a polynomial without content, taken apart where that is exact."""
        if len(primitive) == 1:
            ((monomial, coefficient),) = primitive.items()
            if coefficient == 1 and len(monomial) == 1:
                key, exponent = monomial[0]
                if key == "e**":
                    return number(exponent)
                if key[0] == "#":
                    return Form({((f"ln{key}", 1),): exponent})
                if key in self.arguments and key.startswith("e**") and "I" not in key:
                    return self.times(self.arguments[key], number(exponent))
                if 0 < exponent < 1:
                    return self.times(self.kernel("ln", Form(generator(key))), number(exponent))
        return self.kernel("ln", Form(primitive))

    # kernels

    def kernel(self, name: str, *arguments: Form) -> Form:
        """A function of which nothing is known but its argument."""
        if len(arguments) == 1:
            key, _ = self.key(name, arguments[0])
        else:
            key = f"{name}?({';'.join(_form_key(argument) for argument in arguments)})"
            self.pay_for(key)
        return Form(generator(key))

    def key(self, prefix: str, argument: Form) -> tuple[str, Form]:
        """The key of a kernel, and its argument, which is remembered under it.

        The argument stands in brackets: without them sin(x)·y and sin(x·y) would be one key in a larger one.
        Only e itself, e^1, has none.
        """
        key = prefix if prefix == "e**" and argument == number(1) else f"{prefix}({_form_key(argument)})"
        self.pay_for(key)
        self.arguments[key] = argument
        return key, argument

    def pay_for(self, key: str) -> None:
        """Count a key as work, and refuse a long one: keys within keys may grow exponentially."""
        self.work.spend(len(key) // 16)
        if len(key) > MAX_KEY:
            raise Refused(f"a function whose argument takes more than {MAX_KEY} characters")

    def normal_sign(self, form: Form) -> tuple[int, Form]:
        """A sign and a form with a positive leading coefficient whose product is the form."""
        if form.num and form.num[max(form.num)] < 0:
            return -1, Form({m: -c for m, c in form.num.items()}, form.den)
        return 1, form

    def trigonometric(self, argument: Form) -> tuple[Form, Form]:
        """(sin, cos) of a form."""
        sign, positive = self.normal_sign(argument)
        if not positive.num:
            return number(0), number(1)
        special = self.special_angle(positive)
        if special is not None:
            sine, cosine = special
        else:
            sine, cosine = self.multiple_angle(positive)
        return (sine if sign > 0 else self.times(number(-1), sine)), cosine

    def special_angle(self, argument: Form) -> tuple[Form, Form] | None:
        """Exact values at multiples of π/12 that are multiples of π/6 or π/4."""
        if argument.den != ONE or list(argument.num) != [(("pi", 1),)]:
            return None
        turns = argument.num[(("pi", 1),)] * 12
        if turns.denominator != 1:
            return None
        sine, cosine = _special_sine(int(turns)), _special_sine(int(turns) + 6)
        if sine is None or cosine is None:
            return None
        result: list[Form] = []
        for square, sign in (sine, cosine):
            value = self.root_of_rational(square, HALF) if square else number(0)
            result.append(self.times(value, number(sign)))
        return result[0], result[1]

    def multiple_angle(self, argument: Form) -> tuple[Form, Form]:
        """Sin and cos of n·u from those of u, u without a whole factor."""
        content, primitive = _content(argument.num)
        times = content.numerator
        if times > _MAX_MULTIPLE:
            times = 1
        base = Form(_scaled(primitive, rationals.divide(content, times)), argument.den)
        sine = Form(generator(self.key("sin", base)[0]))
        cosine = Form(generator(self.key("cos", base)[0]))
        s, c = sine, cosine
        for _ in range(times - 1):
            s, c = (
                self.plus(self.times(s, cosine), self.times(c, sine)),
                self.plus(self.times(c, cosine), self.times(number(-1), self.times(s, sine))),
            )
        return s, c

    def absolute(self, form: Form) -> Form:
        """The absolute value."""
        value = form.constant
        if value is not None:
            return number(max(value, -value))
        if form.den != ONE:
            return self.times(self.absolute(Form(form.num)), self.inverse(self.absolute(Form(form.den))))
        if any(_IMAGINARY.search(key) for monomial in form.num for key, _ in monomial):
            return self.kernel("modulus", form)  # |z|^2 isn't z^2
        content, primitive = _content(form.num)
        if len(primitive) == 1:
            ((monomial, _),) = primitive.items()
            if all(key[0] == "#" or key in ("pi", "e**") or key.startswith("abs(") for key, _ in monomial):
                return Form({monomial: content})
        _, positive = self.normal_sign(Form(primitive))
        return self.times(number(content), self.kernel("abs", positive))

    # trees

    def form(self, node: Node) -> Form:
        """The normal form of an expression.

        Raises:
            Unreadable: if the node isn't an expression (a relation, a set, …).
            Undefined, Refused: if it has no value, or asks for too much work.
        """
        if isinstance(node, Number):
            return number(node.value)
        if isinstance(node, Name):
            return self.name(node.name)
        value = rational(node)
        if value is not None:
            return number(value)
        head = node.head
        if head in _FUNCTIONS:
            return self.function(head, [self.form(argument) for argument in node.args])
        if head not in _ARITHMETIC:
            raise Unreadable(f"{head!r} stands where a value was expected")
        forms = [self.form(argument) for argument in node.args]
        return self.arithmetic(head, forms)

    def name(self, name: str) -> Form:
        """The form of a variable or a constant."""
        if name not in self.variables:
            if name == "e":
                return Form(generator("e**"))
            if name == "i":
                return Form(generator("I"))
            if name == "oo":
                raise Undefined("infinity is no number")
        return Form(generator(name if name != "I" else "I_"))

    def arithmetic(self, head: str, forms: list[Form]) -> Form:
        """An arithmetic operation on forms."""
        if head in {"+", "mixed"}:
            total = forms[0]
            for form in forms[1:]:
                total = self.plus(total, form)
            return total
        if head == "*":
            total = forms[0]
            for form in forms[1:]:
                total = self.times(total, form)
            return total
        if head == "/":
            return self.times(forms[0], self.inverse(forms[1]))
        if head == "^":
            return self.power(forms[0], forms[1])
        if head == "neg":
            return self.times(number(-1), forms[0])
        if head == "%":
            return self.times(number(Fraction(1, 100)), forms[0])
        return self.absolute(forms[0])

    def function(self, name: str, forms: list[Form]) -> Form:
        """A function of forms."""
        allowed = _FUNCTIONS[name]
        if len(forms) not in allowed:
            raise Unreadable(f"{name} takes {allowed[0]} argument{'s' * (allowed[0] > 1)}, not {len(forms)}")
        first = forms[0]
        if name == "exp":
            return self.exponential("e", first)
        if name == "ln":
            return self.logarithm(first)
        if name == "log":
            base = forms[1] if len(forms) == 2 else number(10)
            return self.times(self.logarithm(first), self.inverse(self.logarithm(base)))
        if name in _ROOTS:
            index = _ROOTS[name] or forms[1].constant
            if not isinstance(index, int) or index < 1:
                raise Unreadable("the index of a root is a whole number from 1")
            return self.root(first, Fraction(1, index)) if index > 1 else first
        if name in _TRIGONOMETRIC:
            sine, cosine = self.trigonometric(first)
            over = {"sin": (sine, None), "cos": (cosine, None), "tan": (sine, cosine), "cot": (cosine, sine),
                    "sec": (number(1), cosine), "csc": (number(1), sine)}[name]  # fmt: skip
            return over[0] if over[1] is None else self.times(over[0], self.inverse(over[1]))
        if name in {"sinh", "cosh", "tanh"}:
            return self.hyperbolic(name, first)
        if name == "abs":
            return self.absolute(first)
        return self.kernel(name, *forms)

    def hyperbolic(self, name: str, argument: Form) -> Form:
        """The hyperbolic functions, by exponentials."""
        up = self.exponential("e", argument)
        down = self.inverse(up)
        total = self.plus(up, down)
        difference = self.plus(up, self.times(number(-1), down))
        if name == "tanh":
            return self.times(difference, self.inverse(total))
        return self.times(number(HALF), difference if name == "sinh" else total)

    def difference(self, left: Form, right: Form) -> Polynomial:
        """Zero exactly if left = right: the numerator of left - right over the product of denominators."""
        if left.den == right.den:
            return self.add(left.num, right.num, -1)
        return self.add(self.multiply(left.num, right.den), self.multiply(right.num, left.den), -1)


_ARITHMETIC = frozenset({"+", "*", "/", "^", "neg", "%", "mixed", "|"})
_TRIGONOMETRIC = frozenset({"sin", "cos", "tan", "cot", "sec", "csc"})
_ROOTS: Mapping[str, int | None] = {"sqrt": 2, "cbrt": 3, "root": None}
_FUNCTIONS: Mapping[str, tuple[int, ...]] = {
    **dict.fromkeys(_TRIGONOMETRIC, (1,)),
    **dict.fromkeys(("arcsin", "arccos", "arctan", "sinh", "cosh", "tanh", "ln", "exp", "sqrt", "cbrt", "abs"), (1,)),
    "log": (1, 2),
    "root": (2,),
    "floor": (1,),
    "ceil": (1,),
}


def is_algebraic(polynomial: Polynomial) -> bool:
    """Whether only independent generators occur, so that nonzero means unequal.

    These are variables, I, roots of primes, and one of π and e (each transcendental; whether they depend
    on each other is not known).
    """
    keys = {key for monomial in polynomial for key, _ in monomial}
    if {"pi", "e**"} <= keys:
        return False
    return all(key in {"e**", "I"} or key[0] == "#" or _PLAIN_NAME.fullmatch(key) for key in keys)


def _content(polynomial: Polynomial) -> tuple[Rational, Polynomial]:
    """The positive rational content, and the polynomial divided by it."""
    numerator = math.gcd(*(c.numerator for c in polynomial.values()))
    denominator = math.lcm(*(c.denominator for c in polynomial.values()))
    content = tidy(Fraction(numerator, denominator))
    if content == 1:
        return 1, polynomial
    return content, {m: rationals.divide(c, content) for m, c in polynomial.items()}


def _scaled(polynomial: Polynomial, factor: Rational) -> Polynomial:
    return polynomial if factor == 1 else {m: tidy(c * factor) for m, c in polynomial.items()}


def _special_sine(twelfths: int) -> tuple[Fraction, int] | None:
    """The square and the sign of sin(π·twelfths/12), where the square is rational."""
    turn = twelfths % 24
    sign = 1 if turn < 12 else -1
    squares = {0: Fraction(0), 2: Fraction(1, 4), 3: HALF, 4: Fraction(3, 4), 6: Fraction(1)}
    angle = turn % 12
    square = squares.get(min(angle, 12 - angle))
    return None if square is None else (square, sign)


def _monomial_key(monomial: Monomial) -> str:
    return "*".join(key if exponent == 1 else f"{key}^{exponent}" for key, exponent in monomial)


def _polynomial_key(polynomial: Polynomial) -> str:
    return "+".join(f"{c}*{_monomial_key(m)}" for m, c in sorted(polynomial.items(), key=lambda term: repr(term[0])))


def _form_key(form: Form) -> str:
    if form.den == ONE:
        return _polynomial_key(form.num)
    content, primitive = _content(form.den)
    if primitive[max(primitive)] < 0:
        content = -content
        primitive = {m: -c for m, c in primitive.items()}
    num = {m: rationals.divide(c, content) for m, c in form.num.items()}
    return f"{_polynomial_key(num)}//{_polynomial_key(primitive)}"
