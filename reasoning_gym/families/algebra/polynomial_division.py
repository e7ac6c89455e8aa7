"""Polynomials divided with remainder."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple, TypeAlias, cast

import numpy as np

from reasoning_gym.checker.equality import guarded
from reasoning_gym.checker.limits import Refused, Undefined, Unreadable
from reasoning_gym.checker.rationals import Rational, divide
from reasoning_gym.checker.shapes import factors, is_expanded, polynomial_of
from reasoning_gym.checker.syntax import Apply, Node, Number, parse
from reasoning_gym.families.derivatives import terms_of
from reasoning_gym.families.draws import nonzero, whole
from reasoning_gym.families.notation import add, is_sum, polynomial
from reasoning_gym.families.readings import spaced
from reasoning_gym.families.roots import divides
from reasoning_gym.families.steps import (
    Measure,
    bits,
    check_bounded,
    earlier,
    expression_measure,
    last_right,
    sides,
    small_algebra,
)
from reasoning_gym.family import ANSWER_FORMAT, Family, family
from reasoning_gym.problem import CORRECT, Given, Problem, Question, Verdict, incorrect

_FORMAT = ANSWER_FORMAT.format(answer="the quotient q and the remainder r, as in 'q=x+1, r=3'")
_WORDS = re.compile(
    r"(?:the )?(?:quotient ?(?:is|=|:)? ?)?(?P<quotient>[^=:]+?) ?[,;]? ?(?:and |with )?(?:the |a )?"
    r"(?:remainder|rest) ?(?:is|of|=|:)? ?(?P<remainder>[^=:]+)",
    re.ASCII | re.IGNORECASE,
)
_LETTERS = re.compile(
    r"q ?(?:\(x\) ?)?[=:] ?(?P<quotient>[^=:]+?) ?(?:[,;]|[,;]? and) ?r ?(?:\(x\) ?)?[=:] ?(?P<remainder>[^=:]+)",
    re.ASCII | re.IGNORECASE,
)

Coefficients: TypeAlias = "tuple[int, ...]"  # the constant first
Found: TypeAlias = "list[Rational]"


class Division(NamedTuple):
    """top = quotient * bottom + remainder."""

    top: Coefficients
    bottom: Coefficients
    quotient: Coefficients
    remainder: Coefficients


class Asked(NamedTuple):
    """The two polynomials of a question, the constant first."""

    top: Found
    bottom: Found


@family(category="algebra", levels=7)
class PolynomialDivision(Family):
    """Divide one polynomial by another, with remainder.

    Statement: `Divide: (x^2+3x-5)/(x-2)`.
    Thoughts: long division; after each term of the quotient, the dividend as what is found of the quotient times the
        divisor, plus what is left.
    Answer: quotient and remainder: `q=x+5, r=5`; also `x+5, remainder 5`, `x+5; 5`, `(x+5, 5)`. A remainder of 0 is
        to be named. Both multiplied out and collected.
    Level: 1 a quadratic by x-a (about 6,000 different questions); 2 a cubic; 3 leading coefficients, terms that are
        missing; 4 a quartic; 5 a cubic by a quadratic; 6 a quartic by a quadratic with a leading coefficient; 7 fifth
        degree by the second or third. One remainder in six is 0.
    Verified: quotient times divisor plus remainder is the dividend, and the remainder's degree is below the divisor's.
    Checked step by step: the dividend as a multiple of the divisor plus a rest of lower degree than at the last such
        line, or written more simply; or, once, the product of the divisor and the next term of the quotient; or what
        is left as a difference, `x^2+3x-5-(x^2-2x)=5x-5`.

        Divide: (x^2+3x-5)/(x-2)
        x(x-2)+5x-5
        (x+5)(x-2)+5
        Answer: q=x+5, r=5
    """

    def generate(self, rng: np.random.Generator, level: int) -> Problem:
        division = _DRAWS[level - 1](rng)
        top, bottom = polynomial(division.top), polynomial(division.bottom)
        question = Question(self.name, level, f"Divide: ({top})/({bottom})", _FORMAT, (top, bottom))
        answer = f"q={polynomial(division.quotient)}, r={polynomial(division.remainder)}"
        return Problem(question, answer, secret=division)

    def reference_thoughts(self, problem: Problem) -> tuple[str, ...]:
        return (*_worked(cast("Division", problem.secret)), f"Answer: {problem.answer}")

    def check_step(self, question: Question, thoughts: Sequence[str], step: str) -> Verdict:
        def decide() -> Verdict:
            asked, node = _asked(question.given), parse(step)
            last = last_right(thoughts, lambda line: _leaves_something(line, question.given))
            left = asked.top if last is None else _left(last, asked) or []
            rest = _left(node, asked)
            if rest is None:
                return _check_product(node, asked, left, thoughts)
            further = len(rest) < len(left) or (
                len(rest) == len(left) and last is not None and _size(node, asked) < _size(last, asked)
            )
            return CORRECT if further else incorrect("what is left is no smaller than before")

        return check_bounded(thoughts, decide)

    def check_conclusion(self, question: Question, thoughts: Sequence[str], answer: str) -> Verdict:
        del thoughts  # multiplying out needs no more than the question

        def decide() -> Verdict:
            asked = _asked(question.given)
            nodes = _read_pair(answer)
            if not all(map(is_expanded, nodes)):
                return incorrect("something is left to multiply out or collect")
            quotient, remainder = (_coefficients(node) for node in nodes)
            if len(remainder) >= len(asked.bottom):
                return incorrect("the remainder can be divided further")
            total = _plus(_times(quotient, asked.bottom), remainder)
            return CORRECT if total == asked.top else incorrect("quotient times divisor plus remainder differ")

        return guarded(decide)


@lru_cache(maxsize=1024)
def _asked(given: tuple[Given, ...]) -> Asked:
    top, bottom = (_coefficients(parse(str(text))) for text in given)
    return Asked(top, bottom)


def _coefficients(node: Node) -> Found:
    """The coefficients of a polynomial in x, the constant first; none of 0.

    Raises:
        Unreadable, Undefined, Refused: as `Algebra.form`, and for anything else.
    """
    found = polynomial_of(node, "x", small_algebra())
    if found is None:
        raise Unreadable("a polynomial in x was expected")
    return _trimmed(found)


def _trimmed(found: Found) -> Found:
    while found and not found[-1]:
        found.pop()
    return found


def _plus(one: Found, other: Found) -> Found:
    size = max(len(one), len(other))
    padded = ([*each, *[0] * (size - len(each))] for each in (one, other))
    return _trimmed([a + b for a, b in zip(*padded, strict=True)])


def _times(one: Found, other: Found) -> Found:
    if not one or not other:
        return []
    result: Found = [0] * (len(one) + len(other) - 1)
    for i, a in enumerate(one):
        for j, b in enumerate(other):
            result[i + j] += a * b
    return result


# reading


def _read_pair(answer: str) -> tuple[Node, Node]:
    """Quotient and remainder of an answer.

    Raises:
        Unreadable, Refused: if it doesn't state both.
    """
    text = spaced(spaced(answer).replace("$", " "))
    match = _WORDS.fullmatch(text) or _LETTERS.fullmatch(text)
    if match:
        return parse(match["quotient"]), parse(match["remainder"])
    node = parse(text.replace(";", ","))
    if isinstance(node, Apply) and node.head in {"list", "tuple"} and len(node.args) == 2:
        return node.args[0], node.args[1]
    raise Unreadable("a quotient and a remainder were expected, such as 'q=x+1, r=3'")


def _left(node: Node, asked: Asked) -> Found | None:
    """What a line leaves of the dividend beside a multiple of the divisor, or once that is taken away."""
    rest = _rest(node, asked)
    return _difference(node, asked) if rest is None else rest


@lru_cache(maxsize=1024)
def _leaves_something(line: Node, given: tuple[Given, ...]) -> bool:
    """Whether a line says what is left; each is asked about at every later step."""
    try:
        return _left(line, _asked(given)) is not None
    except (Unreadable, Undefined, Refused):
        return False


def _difference(node: Node, asked: Asked) -> Found | None:
    """What a true line `x^2+3x-5-(x^2-2x)=5x-5` leaves of the dividend; None for other lines."""
    if not (isinstance(node, Apply) and node.head == "=" and is_expanded(node.args[1])):
        return None
    if not isinstance(node.args[0], Apply) or node.args[0].head != "+" or is_expanded(node.args[0]):
        return None
    taken, left = (_coefficients(side) for side in node.args)
    multiple = _plus(asked.top, [-c for c in left])
    return left if taken == left and len(left) < len(asked.top) and divides(asked.bottom, multiple) else None


def _rest(node: Node, asked: Asked) -> Found | None:
    """What a line leaves of the dividend beside a multiple of the divisor; None for other lines."""
    last = sides(node)[-1]
    if any(_coefficients(side) != asked.top for side in sides(node)):
        return None
    rest: Found = []
    multiples = 0
    for term in terms_of(last):
        if any(_is_divisor(factor, asked) for factor, _ in factors(term)):
            multiples += 1
        elif not is_expanded(term):
            return None
        else:
            rest = _plus(rest, _coefficients(term))
    return rest if multiples else None


def _is_divisor(node: Node, asked: Asked) -> bool:
    return not isinstance(node, Number) and _coefficients(node) == asked.bottom


def _size(node: Node, asked: Asked) -> Measure:
    """Of lines that leave the same, a difference is the furthest from the answer."""
    if _rest(node, asked) is None:
        return (1,)
    return 0, *expression_measure(sides(node)[-1], bits)[1:]  # fewer letters, even where more is left to multiply out


def _check_product(node: Node, asked: Asked, left: Found, thoughts: Sequence[str]) -> Verdict:
    """Whether a line `x(x-2)=x^2-2x` multiplies the divisor by the next term of the quotient, for the first time."""
    product = _product(node, asked)
    if product is None or len(left) < len(asked.bottom):
        return incorrect("neither the dividend as a multiple of the divisor and a rest, nor a product for it")
    shift = len(left) - len(asked.bottom)
    term: Found = [*[0] * shift, divide(left[-1], asked.bottom[-1])]
    if product != _times(term, asked.bottom):
        return incorrect("the divisor is to be multiplied by the next term of the quotient")
    known = any(product == other for other in earlier(thoughts, lambda line: _product(line, asked)))
    return incorrect("the product is there already") if known else CORRECT


def _product(node: Node, asked: Asked) -> Found | None:
    """The multiple of the divisor that a true line multiplies out."""
    if not (isinstance(node, Apply) and node.head == "=" and is_expanded(node.args[1])):
        return None
    left, right = (_coefficients(side) for side in node.args)
    is_multiple = any(_is_divisor(factor, asked) for factor, _ in factors(node.args[0]))
    return right if left == right and is_multiple else None


# working it out


def _worked(division: Division) -> Iterator[str]:
    """The dividend after each term of the quotient."""
    rest, found = list[Rational](division.top), list[Rational]([0] * len(division.quotient))
    for power in reversed(range(len(division.quotient))):
        if not division.quotient[power]:
            continue
        found[power] = division.quotient[power]
        step: Found = [*[0] * power, -division.quotient[power]]
        rest = _plus(rest, _times(step, list(division.bottom)))
        text = polynomial(found)
        yield add((f"{_factor(text)}({polynomial(division.bottom)})", polynomial(rest)))


def _factor(text: str) -> str:
    """A polynomial as it stands before a bracket."""
    return f"({text})" if is_sum(text) else {"1": "", "-1": "-"}.get(text, text)


# levels


def _division(quotient: Sequence[int], bottom: Sequence[int], remainder: Sequence[int]) -> Division:
    top = [0] * (len(quotient) + len(bottom) - 1)
    for i, a in enumerate(quotient):
        for j, b in enumerate(bottom):
            top[i + j] += a * b
    for i, c in enumerate(remainder):
        top[i] += c
    return Division(tuple(top), tuple(bottom), tuple(quotient), tuple(remainder))


def _draw(
    rng: np.random.Generator, degree: int, bottom: Sequence[int], *, bound: int = 9, leading: int = 1
) -> Division:
    """A quotient of a degree and a remainder, drawn for a divisor; the quotient's constant isn't 0."""
    (first,) = whole(rng, 1, leading, 1)
    quotient = [*whole(rng, -bound, bound, degree - 1), *nonzero(rng, bound, 1)][::-1]
    remainder = [0] if rng.random() < 1 / 6 else whole(rng, -bound, bound, len(bottom) - 1)
    return _division([*quotient, first], bottom, remainder)


def _quadratic(rng: np.random.Generator) -> Division:
    return _draw(rng, 1, [*nonzero(rng, 9, 1), 1])


def _cubic(rng: np.random.Generator) -> Division:
    return _draw(rng, 2, [*nonzero(rng, 6, 1), 1])


def _leading(rng: np.random.Generator) -> Division:
    (slope,) = whole(rng, 1, 3, 1)
    return _draw(rng, 2, [*nonzero(rng, 5, 1), slope], leading=5)


def _quartic(rng: np.random.Generator) -> Division:
    return _draw(rng, 3, [*nonzero(rng, 5, 1), 1], leading=3)


def _by_quadratic(rng: np.random.Generator) -> Division:
    return _draw(rng, 1, [*nonzero(rng, 9, 1), *whole(rng, -9, 9, 1), 1], leading=4)


def _quartic_by_quadratic(rng: np.random.Generator) -> Division:
    (first,) = whole(rng, 1, 3, 1)
    return _draw(rng, 2, [*nonzero(rng, 6, 1), *whole(rng, -6, 6, 1), first], leading=4)


def _fifth_degree(rng: np.random.Generator) -> Division:
    degree, first = whole(rng, 2, 3, 1)[0], whole(rng, 1, 2, 1)[0]
    bottom = [*nonzero(rng, 5, 1), *whole(rng, -5, 5, degree - 1), first]
    return _draw(rng, 5 - degree, bottom, leading=4)


_DRAWS: tuple[Callable[[np.random.Generator], Division], ...] = (
    _quadratic,
    _cubic,
    _leading,
    _quartic,
    _by_quadratic,
    _quartic_by_quadratic,
    _fifth_degree,
)
