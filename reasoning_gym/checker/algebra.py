"""Proves identities: expressions as quotients of polynomials in independent generators, over ℚ.

An expression becomes num/den, two polynomials whose generators are variables, roots of primes
(`#2` with an exponent between 0 and 1), `I`, `pi`, and kernels: `e**x`, `sin(x)`, `ln(x)`, … keyed by
their argument's own normal form. Two expressions whose cross product vanishes are equal wherever both are
defined. Where only variables, I and roots of primes occur the converse holds too, since these are
independent over ℚ (Besicovitch 1940 for the roots).

Conventions: variables are real; roots and powers are principal, but an odd root of a negative
number is the real one; (e^u)^r = e^(ru).
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from functools import lru_cache

from reasoning_gym.checker.forms import HALF, Field, is_algebraic
from reasoning_gym.checker.limits import Refused, Undefined, Unreadable
from reasoning_gym.checker.polynomials import ONE, Form, Polynomial, form_key, generator, number
from reasoning_gym.checker.rationals import rational
from reasoning_gym.checker.tree import Apply, Name, Node, Number

__all__ = ["HALF", "ONE", "Algebra", "Form", "Polynomial", "generator", "is_algebraic", "number"]

_NODE = 4  # work beside that of the polynomials
_MAX_SHIFT = 20  # (n+k)! is written with n!, and binom(n, k) multiplied out, up to this k
_MAX_DETERMINANT = 6  # rows


class Algebra(Field):
    """The forms of expressions under one allowance of work; both sides of a comparison share one."""

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
        head = node.head
        if head not in _RING:
            value = rational(node)
            if value is not None:
                return number(value)
        self.work.spend(_NODE + len(node.args))
        if head == "det":
            return self.determinant(node.args[0])
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
        return Form(generator(self.key_of(name)))

    def key_of(self, name: str) -> str:
        """The generator of a variable; `I` stands for the imaginary unit."""
        return "I_" if name == "I" else name

    def arithmetic(self, head: str, forms: list[Form]) -> Form:
        """An arithmetic operation on forms."""
        if head in {"+", "mixed"}:
            return self.sum(forms)
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
        if head == "deg":
            return self.times(Form({(("pi", 1),): Fraction(1, 180)}), forms[0])
        if head == "!":
            return self.factorial(forms[0])
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
        if name in _HYPERBOLIC:
            return self.hyperbolic(name, first)
        if name in _INVERSES:
            return self.inverse_function(name, first)
        if name == "abs":
            return self.absolute(first)
        if name == "binom":
            return self.binomial(*forms)
        if name in _SYMMETRIC:
            return self.kernel(name, *sorted(forms, key=form_key))
        return self.kernel(name, *forms)

    def hyperbolic(self, name: str, argument: Form) -> Form:
        """The hyperbolic functions, by exponentials."""
        up = self.exponential("e", argument)
        down = self.inverse(up)
        sine = self.times(number(HALF), self.plus(up, self.times(number(-1), down)))
        cosine = self.times(number(HALF), self.plus(up, down))
        over = {"sinh": (sine, number(1)), "cosh": (cosine, number(1)), "tanh": (sine, cosine),
                "coth": (cosine, sine), "sech": (number(1), cosine), "csch": (number(1), sine)}[name]  # fmt: skip
        return self.times(over[0], self.inverse(over[1]))

    def inverse_function(self, name: str, argument: Form) -> Form:
        """The inverse functions, by arcsin, arctan and ln; exact at values that are known."""
        one, minus = number(1), number(-1)
        if name == "arccos":
            return self.complement(self.inverse_function("arcsin", argument))
        if name == "arccot":
            return self.complement(self.inverse_function("arctan", argument))
        if name in {"arcsec", "arccsc"}:
            return self.inverse_function("arccos" if name == "arcsec" else "arcsin", self.inverse(argument))
        if name == "arctanh":
            quotient = self.times(self.plus(one, argument), self.inverse(self.plus(one, self.times(minus, argument))))
            return self.times(number(HALF), self.logarithm(quotient))
        if name in {"arcsinh", "arccosh"}:
            square = self.plus(self.times(argument, argument), one if name == "arcsinh" else minus)
            return self.logarithm(self.plus(argument, self.root(square, HALF)))
        sign, positive = self.normal_sign(argument)
        if not positive.num:
            return number(0)
        turn = self.known_angle(name, positive)
        if turn is not None:
            return Form({(("pi", 1),): sign * turn})
        return self.times(number(sign), self.kernel(name, positive))

    def complement(self, angle: Form) -> Form:
        """π/2 - angle."""
        return self.plus(Form({(("pi", 1),): HALF}), self.times(number(-1), angle))

    def known_angle(self, name: str, value: Form) -> Fraction | None:
        """The multiple of π, from 0 to 1/2, whose sine or tangent is a number made of roots; None if it isn't known."""
        if any(key[0] != "#" for part in (value.num, value.den) for monomial in part for key, _ in monomial):
            return None
        for turn, known in _known_values(name):
            if not self.difference(known, value):
                return turn
        return None

    def factorial(self, argument: Form) -> Form:
        """(n+k)! as a multiple of n!, for an n without a constant term."""
        shift = argument.num.get((), 0) if argument.den == ONE else 0
        if not isinstance(shift, int) or not 0 < abs(shift) <= _MAX_SHIFT or len(argument.num) < 2:
            return self.kernel("factorial", argument)
        base = self.plus(argument, number(-shift))
        product = number(1)
        for step in range(1, shift + 1) if shift > 0 else range(shift + 1, 1):
            product = self.times(product, self.plus(base, number(step)))
        whole = self.kernel("factorial", base)
        return self.times(whole, product if shift > 0 else self.inverse(product))

    def binomial(self, top: Form, bottom: Form) -> Form:
        """binom(n, k) = n (n-1) … (n-k+1) / k!, for a small whole k; else by factorials."""
        count = bottom.constant
        if isinstance(count, int) and 0 <= count <= _MAX_SHIFT:
            product = number(1)
            for step in range(count):
                factor = self.plus(top, number(-step))
                product = self.times(product, self.times(factor, number(Fraction(1, step + 1))))
            return product
        rest = self.plus(top, self.times(number(-1), bottom))
        return self.times(self.factorial(top), self.inverse(self.times(self.factorial(bottom), self.factorial(rest))))

    def determinant(self, matrix: Node) -> Form:
        """The determinant of a matrix of expressions, by minors of its first row.

        Raises:
            Unreadable: if it isn't square.
            Refused: above six rows.
        """
        rows = [row.args for row in matrix.args if isinstance(row, Apply)] if isinstance(matrix, Apply) else []
        if not rows or any(len(row) != len(rows) for row in rows):
            raise Unreadable("a determinant needs a square matrix")
        if len(rows) > _MAX_DETERMINANT:
            raise Refused(f"a determinant of more than {_MAX_DETERMINANT} rows")
        return self.minors([[self.form(entry) for entry in row] for row in rows])

    def minors(self, rows: list[list[Form]]) -> Form:
        """The determinant of a square matrix of forms."""
        if len(rows) == 1:
            return rows[0][0]
        total = number(0)
        for column, entry in enumerate(rows[0]):
            if entry.num:
                minor = self.minors([row[:column] + row[column + 1 :] for row in rows[1:]])
                total = self.plus(total, self.times(number(-1 if column % 2 else 1), self.times(entry, minor)))
        return total

    def difference(self, left: Form, right: Form) -> Polynomial:
        """Zero exactly if left = right: the numerator of left - right over the product of denominators."""
        if left.den == right.den:
            return {} if left.num == right.num else self.add(left.num, right.num, -1)
        return self.add(self.multiply(left.num, right.den), self.multiply(right.num, left.den), -1)


_RING = frozenset({"+", "*", "/", "neg", "^"})
_ARITHMETIC = frozenset({"+", "*", "/", "^", "neg", "%", "mixed", "|", "deg", "!"})
_TRIGONOMETRIC = frozenset({"sin", "cos", "tan", "cot", "sec", "csc"})
_HYPERBOLIC = frozenset({"sinh", "cosh", "tanh", "coth", "sech", "csch"})
_INVERSES = frozenset(
    ["arcsin", "arccos", "arctan", "arccot", "arcsec", "arccsc", "arcsinh", "arccosh", "arctanh"]
)  # fmt: skip
_SYMMETRIC = frozenset({"gcd", "lcm", "max", "min"})
_ROOTS: Mapping[str, int | None] = {"sqrt": 2, "cbrt": 3, "root": None}
_FUNCTIONS: Mapping[str, tuple[int, ...]] = {
    **dict.fromkeys(_TRIGONOMETRIC | _HYPERBOLIC | _INVERSES, (1,)),
    **dict.fromkeys(("ln", "exp", "sqrt", "cbrt", "abs", "floor", "ceil"), (1,)),
    **dict.fromkeys(_SYMMETRIC, tuple(range(1, 10))),
    "log": (1, 2),
    "root": (2,),
    "binom": (2,),
}


@lru_cache(maxsize=2)
def _known_values(name: str) -> tuple[tuple[Fraction, Form], ...]:
    """The multiples of π/12 in the range of arcsin or arctan from 0, and their sines or tangents."""
    algebra = Algebra()
    known: list[tuple[Fraction, Form]] = []
    for twelfths in range(1, 7 if name == "arcsin" else 6):
        turn = Fraction(twelfths, 12)
        sine, cosine = algebra.trigonometric(Form({(("pi", 1),): turn}))
        known.append((turn, sine if name == "arcsin" else algebra.times(sine, algebra.inverse(cosine))))
    return tuple(known)
