"""Required forms of an answer: a plain number, an expanded polynomial, a product of irreducible factors."""

from __future__ import annotations

import math
from fractions import Fraction

from reasoning_gym.checker.algebra import ONE, Algebra, Polynomial
from reasoning_gym.checker.rationals import Rational
from reasoning_gym.checker.syntax import Apply, Name, Node, Number


def is_number(node: Node) -> bool:
    """Whether the text is one number: an integer, decimal, fraction, mixed number or percentage, maybe signed.

    A calculation isn't, so that nobody is paid for giving the question back.
    """
    if isinstance(node, Number):
        return True
    if isinstance(node, Name):
        return False
    if node.head in {"neg", "%"}:
        return is_number(node.args[0]) and not (isinstance(node.args[0], Apply) and node.args[0].head == "neg")
    if node.head == "/":
        return all(isinstance(_unsigned(part), Number) for part in node.args)
    return node.head == "mixed"


def is_worked_out(node: Node) -> bool:
    """Whether a text is one number and no division that comes out even, such as 84/2."""
    if not is_number(node):
        return False
    bare = _unsigned(node)
    if not (isinstance(bare, Apply) and bare.head == "/"):
        return True
    top, bottom = map(_unsigned, bare.args)
    if not (isinstance(top, Number) and isinstance(bottom, Number) and bottom.value):
        return True
    return Fraction(Fraction(top.value) / bottom.value).denominator != 1


def is_reduced(node: Node) -> bool:
    """Whether a number is written in lowest terms with a positive denominator other than 1."""
    bare = _unsigned(node)
    if isinstance(bare, Number):
        return True
    if not (isinstance(bare, Apply) and bare.head == "/"):
        return False
    top, bottom = (_unsigned(bare.args[0]), bare.args[1])
    if not (isinstance(top, Number) and isinstance(bottom, Number)):
        return False
    whole = isinstance(top.value, int) and isinstance(bottom.value, int)
    return whole and bottom.value > 1 and math.gcd(int(top.value), int(bottom.value)) == 1


def is_expanded(node: Node) -> bool:
    """Whether an expression is a sum of monomials, no two of them alike: nothing is left to multiply out."""
    terms = node.args if isinstance(node, Apply) and node.head == "+" else (node,)
    seen: set[object] = set()
    for term in terms:
        powers = _monomial(_unsigned(term))
        if powers is None or powers in seen:
            return False
        seen.add(powers)
    return True


def factors(node: Node) -> list[tuple[Node, int]]:
    """The factors of a product with their exponents; a sign counts as the factor -1."""
    if isinstance(node, Apply):
        if node.head == "*":
            return [pair for argument in node.args for pair in factors(argument)]
        if node.head == "neg":
            return [(Number(-1), 1), *factors(node.args[0])]
        if node.head == "^" and isinstance(node.args[1], Number) and isinstance(node.args[1].value, int):
            exponent = node.args[1].value
            if exponent > 0:
                return [(base, power * exponent) for base, power in factors(node.args[0])]
    return [(node, 1)]


def coefficients(polynomial: Polynomial, variable: str) -> list[Rational] | None:
    """Coefficients of a polynomial in one variable, from the constant up; None if it is anything else."""
    degree = 0
    for monomial in polynomial:
        if monomial and not (len(monomial) == 1 and monomial[0][0] == variable and isinstance(monomial[0][1], int)):
            return None
        degree = max(degree, int(monomial[0][1]) if monomial else 0)
    if degree > 100:
        return None
    return [polynomial.get(((variable, i),) if i else (), 0) for i in range(degree + 1)]


def polynomial_of(node: Node, variable: str, algebra: Algebra | None = None) -> list[Rational] | None:
    """Coefficients of an expression that is a polynomial in one variable, from the constant up; else None.

    Raises:
        Unreadable, Undefined, Refused: as `Algebra.form`.
    """
    form = (algebra or Algebra()).form(node)
    return coefficients(form.num, variable) if form.den == ONE else None


def rational_roots(polynomial: list[Rational]) -> list[Fraction]:
    """The distinct rational roots of a polynomial, ascending, by the rational root theorem.

    For small whole coefficients only: the ends' divisors are tried.
    """
    scale = math.lcm(*(c.denominator for c in polynomial))
    whole = [int(c * scale) for c in polynomial]
    found: set[Fraction] = set()
    while whole and whole[0] == 0:
        found.add(Fraction(0))
        whole = whole[1:]
    if len(whole) < 2:
        return sorted(found)
    for top in _divisors(abs(whole[0])):
        for bottom in _divisors(abs(whole[-1])):
            for root in (Fraction(top, bottom), Fraction(-top, bottom)):
                if sum(c * root**i for i, c in enumerate(whole)) == 0:
                    found.add(root)
    return sorted(found)


def _divisors(number: int) -> list[int]:
    small = [d for d in range(1, math.isqrt(number) + 1) if number % d == 0]
    return small + [number // d for d in small]


def _unsigned(node: Node) -> Node:
    return node.args[0] if isinstance(node, Apply) and node.head == "neg" else node


def _monomial(node: Node) -> tuple[tuple[str, int], ...] | None:
    """The powers of a monomial, sorted by name; None if the node isn't one number times powers of names."""
    parts = node.args if isinstance(node, Apply) and node.head == "*" else (node,)
    powers: dict[str, int] = {}
    numbers = 0
    for part in parts:
        if is_number(part):
            numbers += 1
            continue
        base, exponent = part, 1
        if isinstance(part, Apply) and part.head == "/" and isinstance(part.args[1], Number):
            numbers += 1
            inner = _monomial(part.args[0])
            if inner is None:
                return None
            for name, power in inner:
                if name in powers:
                    return None
                powers[name] = power
            continue
        if isinstance(part, Apply) and part.head == "^" and isinstance(part.args[1], Number):
            base = part.args[0]
            exponent = part.args[1].value if isinstance(part.args[1].value, int) else 0
        if not isinstance(base, Name) or base.name in powers or exponent < 1:
            return None
        powers[base.name] = exponent
    return None if numbers > 1 else tuple(sorted(powers.items()))
