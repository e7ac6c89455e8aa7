"""Sums, products, powers and quotients of complex numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple, cast

import numpy as np

from reasoning_gym.checker.equality import guarded
from reasoning_gym.checker.limits import Refused, Unreadable
from reasoning_gym.checker.rationals import Rational, divide, refuse_large, tidy
from reasoning_gym.checker.shapes import is_number
from reasoning_gym.checker.syntax import Apply, Name, Node, Number, parse
from reasoning_gym.families.derivatives import terms_of
from reasoning_gym.families.draws import nonzero, whole
from reasoning_gym.families.notation import add, is_sum, number, power, term
from reasoning_gym.families.numbers import bare, number_of
from reasoning_gym.families.steps import (
    Measure,
    answered,
    bits,
    check_bounded,
    divisions,
    expression_measure,
    last_right,
    sides,
)
from reasoning_gym.families.traces import thoughts_of
from reasoning_gym.family import ANSWER_FORMAT, Family, family
from reasoning_gym.problem import CORRECT, Given, Problem, Question, Verdict, incorrect

_FORMAT = ANSWER_FORMAT.format(answer="the number in the form a+bi")
_I = Name("i")
_MAX_POWER = 100


class Complex(NamedTuple):
    """re + im i."""

    re: Rational
    im: Rational

    @property
    def text(self) -> str:
        """The number as it is written."""
        return add((number(self.re), term(self.im, "i")))

    def plus(self, other: Complex) -> Complex:
        """The sum."""
        return Complex(tidy(self.re + other.re), tidy(self.im + other.im))

    def times(self, other: Complex) -> Complex:
        """The product."""
        return Complex(tidy(self.re * other.re - self.im * other.im), tidy(self.re * other.im + self.im * other.re))

    def inverse(self) -> Complex:
        """One over the number. Raises Undefined for 0."""
        norm = self.re * self.re + self.im * self.im
        return Complex(divide(self.re, norm), divide(-self.im, norm))

    def raised(self, exponent: int) -> Complex:
        """The number to a whole power from 0."""
        result = Complex(1, 0)
        for _ in range(exponent):
            result = result.times(self)
            refuse_large(result)
        return result


class Part(NamedTuple):
    """A term of the question: its text after each step, the last being its value's."""

    texts: tuple[str, ...]
    value: Complex


class Shape(NamedTuple):
    """One term, or a sum or difference of two."""

    parts: tuple[Part, ...]
    sign: int = 1


@family(category="algebra", levels=7)
class ComplexArithmetic(Family):
    """Work out an expression of complex numbers.

    Statement: `Compute: (3+2i)(1-4i)`.
    Thoughts: products multiplied out term by term, i^2 replaced by -1, collected; a quotient with the conjugate of its
        denominator first; a sum by its real parts, then its imaginary ones.
    Answer: a+bi with whole numbers or fractions, `-5/17+14i/17` or `(-5+14i)/17`; a calculation isn't accepted.
    Level: 1 sums and differences; 2 products; 3 a product or a square and a number; 4 quotients; 5 cubes, and powers of
        i; 6 a quotient and a product; 7 two quotients, or a quotient and a cube.
    Verified: by exact evaluation.
    Checked step by step: an expression of the same value that is worked out further than the last such line: fewer
        divisions by complex numbers, less to multiply out, i written less often, fewer operations, smaller numbers.

        Compute: (3+2i)-(1-4i)
        3+2i-1+4i
        2+2i+4i
        Answer: 2+6i
    """

    def generate(self, rng: np.random.Generator, level: int) -> Problem:
        shape = _DRAWS[level - 1](rng)
        text = _joined([part.texts[0] for part in shape.parts], shape.sign)
        question = Question(self.name, level, f"Compute: {text}", _FORMAT, (text,))
        return Problem(question, _value(question.given).text, secret=shape)

    def reference_thoughts(self, problem: Problem) -> tuple[str, ...]:
        return thoughts_of(_worked(cast("Shape", problem.secret)), problem, str(problem.question.given[0]))

    def check_step(self, question: Question, thoughts: Sequence[str], step: str) -> Verdict:
        def decide() -> Verdict:
            node = parse(step)
            if not _has_value(node, question.given):
                return incorrect("the value is another one")
            last = last_right(thoughts, lambda line: _has_value(line, question.given)) or _node(question.given)
            return CORRECT if _measure(node) < _measure(last) else incorrect("worked out no further than the last")

        return check_bounded(thoughts, decide)

    def check_conclusion(self, question: Question, thoughts: Sequence[str], answer: str) -> Verdict:
        del thoughts  # the value needs no more than the question

        def decide() -> Verdict:
            stated = _stated(answered(parse(bare(answer)), _node(question.given)))
            return CORRECT if stated == _value(question.given) else incorrect("the values differ")

        return guarded(decide)


# reading


def _node(given: tuple[Given, ...]) -> Node:
    return parse(str(given[0]))


@lru_cache(maxsize=1024)
def _value(given: tuple[Given, ...]) -> Complex:
    return _evaluate(_node(given))


def _evaluate(node: Node) -> Complex:
    """The value of an expression of rational numbers and i.

    Raises:
        Unreadable, Undefined, Refused: if it holds anything else, has no value, or one that is too large.
    """
    if isinstance(node, Number):
        return Complex(node.value, 0)
    if node == _I:
        return Complex(0, 1)
    if not isinstance(node, Apply) or node.head not in {"+", "*", "/", "^", "neg", "mixed"}:
        raise Unreadable("an expression of numbers and i was expected")
    if node.head == "^":
        return _power(_evaluate(node.args[0]), node.args[1])
    first, *others = map(_evaluate, node.args)
    if node.head == "neg":
        return first.times(Complex(-1, 0))
    for other in others:
        if node.head in {"+", "mixed"}:
            first = first.plus(other)
        else:
            first = first.times(other.inverse() if node.head == "/" else other)
        refuse_large(first)
    return first


def _power(base: Complex, exponent: Node) -> Complex:
    value = number_of(exponent)
    if not isinstance(value, int) or abs(value) > _MAX_POWER:
        raise Refused(f"an exponent is no whole number up to {_MAX_POWER}")
    return base.raised(value) if value >= 0 else base.inverse().raised(-value)


def _has_value(node: Node, given: tuple[Given, ...]) -> bool:
    """Whether an expression, or every side of an equality, has the question's value."""
    return all(_evaluate(side) == _value(given) for side in sides(node))


def _measure(node: Node) -> Measure:
    last = sides(node)[-1]
    return (_complex_divisions(last), *expression_measure(last, bits), divisions(last))


def _complex_divisions(node: Node) -> int:
    """How many divisions by numbers that aren't real are written."""
    if not isinstance(node, Apply):
        return 0
    here = node.head == "/" and _evaluate(node.args[1]).im != 0
    return here + sum(map(_complex_divisions, node.args))


def _stated(node: Node) -> Complex:
    """The number that `a+bi`, `bi+a` or `(a+bi)/c` states.

    Raises:
        Unreadable: if anything is left to work out.
        Undefined: for a fraction over zero.
    """
    if isinstance(node, Apply) and node.head == "/" and is_number(node.args[1]) and len(terms_of(node.args[0])) == 2:
        return _stated(node.args[0]).times(Complex(number_of(node.args[1]), 0).inverse())
    terms = terms_of(node)
    real = [each for each in terms if is_number(each)]
    imaginary = [_factor_of_i(each) for each in terms if not is_number(each)]
    if len(real) > 1 or len(imaginary) > 1:
        raise Unreadable("a number a+bi was asked for, worked out")
    return Complex(number_of(real[0]) if real else 0, imaginary[0] if imaginary else 0)


def _factor_of_i(node: Node) -> Rational:
    """The number b of `bi`, `b*i`, `-i` or `ai/c`."""
    if node == _I:
        return 1
    if isinstance(node, Apply) and node.head == "neg":
        return -_factor_of_i(node.args[0])
    if isinstance(node, Apply) and node.head == "/" and is_number(node.args[1]):
        return divide(_factor_of_i(node.args[0]), number_of(node.args[1]))
    if isinstance(node, Apply) and node.head == "*" and len(node.args) == 2 and _I in node.args:
        return number_of(node.args[0] if node.args[1] == _I else node.args[1])
    raise Unreadable("a number a+bi was asked for, worked out")


# working it out


def _joined(texts: Sequence[str], sign: int) -> str:
    """Two terms as one expression; what follows a minus keeps its brackets."""
    if len(texts) == 1:
        return texts[0]
    left, right = texts
    if sign > 0:
        return add((left, right))
    return f"{left}-({right})" if is_sum(right) or right.startswith("-") else f"{left}-{right}"


def _worked(shape: Shape) -> Iterator[str]:
    """The whole expression after each step on its first term, then on its second, then of adding them."""
    texts = [part.texts[0] if len(part.texts) > 1 else part.value.text for part in shape.parts]
    for place, part in enumerate(shape.parts):
        subtracted_fraction = place and shape.sign < 0 and "/" in part.texts[-2:][0]
        for text in part.texts[1 : -1 if subtracted_fraction else None]:
            texts[place] = text
            yield _joined(texts, shape.sign)
    if len(shape.parts) == 2:
        left, right = (part.value for part in shape.parts)
        right = right.times(Complex(shape.sign, 0))
        if shape.sign < 0:
            yield add((left.text, right.text))
        if left.re and right.re:
            yield add((number(tidy(left.re + right.re)), term(left.im, "i"), term(right.im, "i")))


def _bracket(value: Complex) -> str:
    return f"({value.text})" if value.re or value.im < 0 else value.text


def _plain(value: Complex) -> Part:
    """A number by itself, in brackets in the question only."""
    return Part((f"({value.text})",), value)


def _multiplied(left: Complex, right: Complex) -> tuple[str, str]:
    """A product term by term, and with i^2 replaced by -1."""
    first = number(left.re * right.re), term(left.re * right.im, "i"), term(left.im * right.re, "i")
    last = left.im * right.im
    return add((*first, term(last, "i^2"))), add((*first, number(-last)))


def _product(left: Complex, right: Complex) -> Part:
    value = left.times(right)
    return Part((f"{_bracket(left)}{_bracket(right)}", *_multiplied(left, right), value.text), value)


def _square(base: Complex) -> Part:
    value = base.times(base)
    first, last = (number(base.re * base.re), term(2 * base.re * base.im, "i")), base.im * base.im
    lines = add((*first, term(last, "i^2"))), add((*first, number(-last)))
    return Part((f"{_bracket(base)}^2", *lines, value.text), value)


def _cube(rng: np.random.Generator, bound: int) -> Part:
    """The square worked out beside the third factor, then the product."""
    base = _number(rng, bound)
    while abs(base.re) == abs(base.im):
        base = _number(rng, bound)
    square = _square(base)
    beside = [f"{_bracket(base)}({text})" for text in square.texts[1:]]
    last = _product(base, square.value)
    return Part((f"{_bracket(base)}^3", *beside[:-1], *last.texts), last.value)


def _quotient(top: Complex, bottom: Complex) -> Part:
    conjugate = Complex(bottom.re, -bottom.im)
    norm = bottom.re * bottom.re + bottom.im * bottom.im
    over = top.times(conjugate)
    value = top.times(bottom.inverse())
    widened = f"{_bracket(top)}{_bracket(conjugate)}/({_bracket(bottom)}{_bracket(conjugate)})"
    opened = f"({_multiplied(top, conjugate)[1]})/({bottom.re * bottom.re}+{bottom.im * bottom.im})"
    return Part(
        (
            f"{_bracket(top)}/{_bracket(bottom)}",
            widened,
            opened,
            f"{f'({over.text})' if is_sum(over.text) else over.text}/{norm}",
            value.text,
        ),
        value,
    )


def _power_of_i(factor: int, exponent: int) -> Part:
    left = exponent % 4
    value = Complex(factor, 0).times(Complex(0, 1).raised(left))
    return Part((term(factor, f"i^{exponent}"), term(factor, power("i", left)), value.text), value)


# levels


def _number(rng: np.random.Generator, bound: int) -> Complex:
    return Complex(*nonzero(rng, bound, 2))


def _sums(rng: np.random.Generator) -> Shape:
    left, right = _number(rng, 20), _number(rng, 20)
    return Shape((_plain(left), _plain(right)), 1 if rng.random() < 0.3 else -1)


def _products(rng: np.random.Generator) -> Shape:
    return Shape((_product(_number(rng, 9), _number(rng, 9)),))


def _product_and_number(rng: np.random.Generator) -> Shape:
    left, right, other = (_number(rng, 9) for _ in range(3))
    first = _square(left) if rng.random() < 0.3 else _product(left, right)
    return Shape((first, _plain(other)), 1 if rng.random() < 0.5 else -1)


def _quotients(rng: np.random.Generator) -> Shape:
    return Shape((_whole_quotient(rng) if rng.random() < 0.5 else _quotient(_number(rng, 9), _number(rng, 5)),))


def _whole_quotient(rng: np.random.Generator) -> Part:
    bottom = _number(rng, 5)
    return _quotient(bottom.times(_number(rng, 5)), bottom)


def _powers(rng: np.random.Generator) -> Shape:
    (exponent,), (factor,) = whole(rng, 5, 40, 1), nonzero(rng, 9, 1)
    return Shape((_cube(rng, 5), _power_of_i(abs(factor), exponent)), 1 if factor > 0 else -1)


def _quotient_and_product(rng: np.random.Generator) -> Shape:
    first, second = _whole_quotient(rng), _product(_number(rng, 9), _number(rng, 9))
    return Shape((first, second), 1 if rng.random() < 0.5 else -1)


def _two_quotients(rng: np.random.Generator) -> Shape:
    first = _quotient(_number(rng, 9), _number(rng, 4))
    second = _cube(rng, 4) if rng.random() < 0.4 else _quotient(_number(rng, 9), _number(rng, 4))
    return Shape((first, second), 1 if rng.random() < 0.5 else -1)


_DRAWS: tuple[Callable[[np.random.Generator], Shape], ...] = (
    _sums,
    _products,
    _product_and_number,
    _quotients,
    _powers,
    _quotient_and_product,
    _two_quotients,
)
