"""Linear equations in two whole unknowns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import gcd
from typing import NamedTuple, cast

import numpy as np

from reasoning_gym.checker.equality import guarded
from reasoning_gym.checker.limits import Unreadable
from reasoning_gym.checker.points import variables
from reasoning_gym.checker.rationals import divide, rational
from reasoning_gym.checker.shapes import polynomial_of
from reasoning_gym.checker.syntax import Apply, Name, Node, Number
from reasoning_gym.families.congruences import read_remainder, says_none
from reasoning_gym.families.euclid import (
    Combination,
    Euclid,
    Term,
    bezout,
    combination_line,
    combinations,
    divisions,
    terms,
    value_of,
)
from reasoning_gym.families.named_values import read_named
from reasoning_gym.families.notation import add, term
from reasoning_gym.families.numbers import sides
from reasoning_gym.families.stages import check_addition
from reasoning_gym.families.steps import difference, operations, small_algebra
from reasoning_gym.family import ANSWER_FORMAT, Family, family
from reasoning_gym.problem import CORRECT, Problem, Question, Verdict, incorrect

_NONE = "no solution"
_FORMATS = {
    kind: ANSWER_FORMAT.format(answer=f"{kind} x and y, such as x=3,y=2, or {_NONE}")
    for kind in ("integers", "positive integers")
}
_MOST_OPERATIONS = 9  # in an equation with one unknown put in
_UNSOLVABLE = 0.2  # share of the questions without a solution, where there may be any


class _Level(NamedTuple):
    positive: bool
    part: int  # the factors over their common divisor are 2 to this
    divisor: int  # which is 1 to this
    times: int  # the constant over that divisor, or each unknown, is 1 to this
    minus: bool = False  # whether y has a minus sign
    euclid: bool = True  # whether solutions are found by divisions, and not by trial


_LEVELS = (
    _Level(True, 12, 1, 9, euclid=False),
    _Level(False, 15, 6, 9),
    _Level(False, 60, 9, 15),
    _Level(False, 200, 12, 25, minus=True),
    _Level(True, 40, 1, 20),
    _Level(True, 250, 9, 60),
)


class _Equation(NamedTuple):
    """a*x+b*y=c."""

    a: int
    b: int
    c: int
    positive: bool

    @property
    def text(self) -> str:
        return f"{add((term(self.a, 'x'), term(self.b, 'y')))}={self.c}"

    def has_solution(self) -> bool:
        common = gcd(self.a, self.b)
        if self.c % common:
            return False
        if not self.positive or self.b < 0:
            return True
        return _least(self)[1] > 0


@family(category="number_theory", levels=6, many_answers=True, unordered=",")
class LinearDiophantine(Family):
    """Find whole numbers x and y that solve a linear equation.

    Statement: `Find positive integers x,y with 3x+5y=19`, or `Find integers x,y with 12x-18y=30`.
    Thoughts: at level 1 one unknown is tried, `19-5*1=14`, until the other comes out whole; then Euclid's divisions,
        the remainder of the constant by the common divisor where there is no solution, else that divisor and
        then the constant as combinations of the factors, and for positive integers the shift by `t`.
    Answer: any solution, `x=3,y=2`, or `no solution`.
    Level: 1 positive, factors to 12; 2 to 4 any integers, factors to 90, 540 and 2400, at 4 with a minus sign; 5 and 6
        positive again, factors to 40 and 2250.
    There are about 900 different questions at level 1. At levels 2 to 4 and 6 a fifth has no solution.
    Verified: by substitution; that there is no solution by the common divisor, and by the solution of least x.
    Checked step by step: a line is a step of Euclid's algorithm with the factors; or a trial; or writes the constant
        as a combination of the factors, `30=10*12-5*18`; or says what all solutions are, `x=10+3t,y=-5-2t`; or
        what x or y may be, or puts that in, `3x+5*2=19`; or divides the equation; or says that the constant leaves a
        remainder.

        Find positive integers x,y with 3x+5y=19
        19-5*1=14
        19-5*2=9
        9/3=3
        Answer: x=3,y=2
    """

    def generate(self, rng: np.random.Generator, level: int) -> Problem:
        chosen = _LEVELS[level - 1]
        solvable = chosen.divisor == 1 or bool(rng.random() >= _UNSOLVABLE)
        while (equation := _draw(rng, chosen, solvable=solvable)) is None:
            pass
        kind = "positive integers" if equation.positive else "integers"
        question = Question(
            self.name,
            level,
            f"Find {kind} x,y with {equation.text}",
            _FORMATS[kind],
            (equation.a, equation.b, equation.c, kind),
        )
        lines = tuple(_by_divisions(equation) if chosen.euclid else _by_trial(equation))
        return Problem(question, lines[-1], lines[:-1])

    def reference_thoughts(self, problem: Problem) -> tuple[str, ...]:
        return (*cast("tuple[str, ...]", problem.secret), f"Answer: {problem.answer}")

    def check_step(self, question: Question, thoughts: Sequence[str], step: str) -> Verdict:
        return check_addition(lambda: _Known(_given(question)), thoughts, step)

    def check_conclusion(self, question: Question, thoughts: Sequence[str], answer: str) -> Verdict:
        del thoughts
        equation = _given(question)

        def decide() -> Verdict:
            if says_none(answer):
                return incorrect("there is a solution") if equation.has_solution() else CORRECT
            x, y = read_named(answer, "xy")
            if equation.positive and min(x, y) <= 0:
                return incorrect("x and y are to be positive")
            value = equation.a * x + equation.b * y
            return CORRECT if value == equation.c else incorrect(f"the left side is {value}")

        return guarded(decide)


def _given(question: Question) -> _Equation:
    a, b, c, kind = cast("tuple[int, int, int, str]", question.given)
    return _Equation(a, b, c, kind == "positive integers")


def _draw(rng: np.random.Generator, level: _Level, *, solvable: bool) -> _Equation | None:
    """An equation; None where it would be too easy."""
    draws = rng.random(5).tolist()
    common = 1 + int(draws[0] * level.divisor)
    first, second = (2 + int(draw * (level.part - 1)) for draw in draws[1:3])
    if gcd(first, second) > 1 or abs(first - second) < 2:
        return None
    x, y = (1 + int(draw * level.times) for draw in draws[3:5])
    c = common * (first * x + second * y if level.positive else x * y)
    if not solvable:
        c += 1 + int(draws[4] * (common - 1))
    a, b = common * first, common * second
    if not level.euclid and first > 5:
        return None  # too many trials
    if (c % common == 0) != solvable or c % a == 0 or c % b == 0 or c in (a + b, a - b, b - a):
        return None  # too good a guess
    if any(c == division.remainder for division in divisions(max(a, b), min(a, b))):
        return None  # its combination would be found on the way to the common divisor's
    return _Equation(a, -b if level.minus else b, c, level.positive)


def _least(equation: _Equation) -> tuple[int, int]:
    """The solution with the least positive x; there is one in whole numbers."""
    common = gcd(equation.a, equation.b)
    a, b, c = equation.a // common, equation.b // common, equation.c // common
    x = c * pow(a, -1, abs(b)) % abs(b) or abs(b)
    return x, (c - a * x) // b


def _solution_text(x: int, y: int) -> str:
    return f"x={x},y={y}"


def _by_trial(equation: _Equation) -> Iterator[str]:
    """Values of y, until x is whole; the answer comes last."""
    a, b, c, _ = equation
    y = 1
    while (c - b * y) % a:
        yield f"{c}-{b}*{y}={c - b * y}"
        y += 1
    yield f"{c}-{b}*{y}={c - b * y}"
    x = (c - b * y) // a
    yield f"{c - b * y}/{a}={x}"
    yield _solution_text(x, y)


def _by_divisions(equation: _Equation) -> Iterator[str]:
    """Euclid's divisions and what follows from them; the answer comes last."""
    a, b, c = equation.a, abs(equation.b), equation.c
    larger, smaller = max(a, b), min(a, b)
    yield from (division.text for division in divisions(larger, smaller))
    common = gcd(a, b)
    if c % common:
        yield f"{c} mod {common}={c % common}"
        yield _NONE
        return
    yield from (combination_line(each, larger, smaller) for each in combinations(larger, smaller))
    factors = [factor * c // common for factor in bezout(larger, smaller)]
    x, y = factors if a == larger else factors[::-1]
    if c != common:
        yield combination_line(Combination(c, x, y), a, b)
    y = y if equation.b > 0 else -y
    if equation.positive and min(x, y) <= 0:
        yield from _shifted(equation, x, y)
        x, y = _least(equation)
    yield _solution_text(x, y)


def _shifted(equation: _Equation, x: int, y: int) -> Iterator[str]:
    """All solutions, and the one of least positive x."""
    common = gcd(equation.a, equation.b)
    steps = equation.b // common, -equation.a // common
    yield ",".join(
        f"{name}={add((str(value), term(step, 't')))}" for name, value, step in zip("xy", (x, y), steps, strict=True)
    )
    least = _least(equation)
    times = (least[0] - x) // steps[0]
    for name, start, step, value in zip("xy", (x, y), steps, least, strict=True):
        factor = f"({times})" if times < 0 else f"{times}"
        yield f"{name}={start}{step:+}*{factor}={value}"


class _Known:
    """What lines have shown of an equation."""

    def __init__(self, equation: _Equation) -> None:
        self.equation = equation
        self.factors = equation.a, abs(equation.b)
        self.euclid = Euclid(sorted(self.factors, reverse=True), combines=True)
        self.tried: dict[tuple[int, int], int] = {}  # factor and value of an unknown -> what is left of the constant
        self.unknowns: dict[str, int] = {}
        self.said: set[str] = set()  # kinds of lines that are of use once
        self.left_over = _MOST_OPERATIONS  # of an equation with one unknown put in
        self.common = 1  # what the equation was divided by

    def add(self, node: Node) -> Verdict:
        """Take in a line, and say whether it is true and of use.

        Raises:
            Unreadable, Refused, Undefined: if it can't be read, or has no value.
        """
        names = variables(node)
        if "t" in names:
            return self._once("solutions") if self._are_solutions(node) else incorrect("aren't all solutions")
        if names == {"x", "y"}:
            return self._divide(node)
        if names in ({"x"}, {"y"}):
            name = next(iter(names))
            return CORRECT if self._put_in(node, name) else self._assign(node, name)
        remainder = read_remainder(node)
        if remainder is not None:
            return self._leave(*remainder)
        if self.equation.positive and self._try(node):
            return CORRECT
        if self._combines(node) and self._once("combination").correct:
            return CORRECT
        return self.euclid.add(node)

    def _once(self, kind: str) -> Verdict:
        if kind in self.said:
            return incorrect("was said before")
        self.said.add(kind)
        return CORRECT

    def _leave(self, number: int, modulus: int, remainder: int) -> Verdict:
        """`31 mod 6=1`, where 6 divides both factors."""
        divides = modulus > 1 and not any(factor % modulus for factor in self.factors)
        if number != self.equation.c or not divides or not 0 < remainder == number % modulus:
            return incorrect("isn't about the constant and a divisor of both factors, or isn't true")
        return self._once("remainder")

    def _try(self, node: Node) -> bool:
        """Take in `19-5*2=9`, or `9/3=3` once that is known."""
        expressions = sides(node)
        if len(expressions) != 2 or rational(expressions[0]) != rational(expressions[1]):
            return False
        written, result = expressions if isinstance(expressions[1], Number) else expressions[::-1]
        if not (isinstance(result, Number) and isinstance(result.value, int) and result.value > 0):
            return False
        if isinstance(written, Apply) and written.head == "/":
            return self._divides_trial(written) and self._once(f"{written}").correct
        parts = list(terms(written)) if isinstance(written, Apply) else []
        if len(parts) != 2 or parts[0] != Term(1, 1, self.equation.c) or value_of(parts[1]) >= 0:
            return False
        for factor, value in ((parts[1].factor, parts[1].number), (parts[1].number, parts[1].factor)):
            if factor in self.factors and (factor, value) not in self.tried and parts[1].times == -1:
                self.tried[factor, value] = result.value
                return True
        return False

    def _divides_trial(self, quotient: Apply) -> bool:
        """Whether what a trial left is divided by the other factor."""
        left, divisor = map(rational, quotient.args)
        other = {self.factors[0]: self.factors[1], self.factors[1]: self.factors[0]}
        return any(left == rest and other[factor] == divisor for (factor, _), rest in self.tried.items())

    def _combines(self, node: Node) -> bool:
        """Whether a line writes the constant as a combination of the factors."""
        expressions = sides(node)
        if len(expressions) != 2 or Number(self.equation.c) not in expressions:
            return False
        written = expressions[1] if expressions[0] == Number(self.equation.c) else expressions[0]
        parts = list(terms(written))
        held = [{part.factor, part.number} & set(self.factors) for part in parts]
        return len(parts) == 2 and all(held) and sum(map(value_of, parts)) == self.equation.c and held[0] != held[1]

    def _are_solutions(self, node: Node) -> bool:
        """Whether `x=10+3t,y=-5-2t` are all solutions."""
        if not (isinstance(node, Apply) and node.head in {"list", "and"} and len(node.args) == 2):
            raise Unreadable("x and y by t were expected, such as x=10+3t,y=-5-2t")
        found = dict(map(_by_parameter, node.args))
        if set(found) != {"x", "y"}:
            return False
        (x, dx), (y, dy) = found["x"], found["y"]
        a, b, c, _ = self.equation
        return a * x + b * y == c and a * dx + b * dy == 0 and abs(dx) == abs(b) // gcd(a, b)

    def _assign(self, node: Node, name: str) -> Verdict:
        """`x=-82+7*12=2`: what x may be, with what is known of y."""
        first, *others = sides(node)
        values = {rational(other) for other in others}
        value = values.pop() if values else None
        if first != Name(name) or values or not isinstance(value, int):
            return incorrect("isn't a value, or isn't true")
        if name in self.unknowns or not self._may_be({**self.unknowns, name: value}):
            return incorrect(f"{name} can't be {value}, or has a value")
        self.unknowns[name] = value
        return CORRECT

    def _put_in(self, node: Node, name: str) -> bool:
        """Take in `3x+5*2=19` or `3x=9`, where y=2 is known, if it leaves less to do than such a line before."""
        held = "y" if name == "x" else "x"
        if held not in self.unknowns or not (isinstance(node, Apply) and node.head == "=") or Name(name) in node.args:
            return False
        a, b, c, _ = self.equation
        factor, other = (a, b) if name == "x" else (b, a)
        rest, left = c - other * self.unknowns[held], operations(node)
        if difference(node, name) not in ([-rest, factor], [rest, -factor]) or left >= self.left_over:
            return False
        self.left_over = left
        return True

    def _may_be(self, values: Mapping[str, int]) -> bool:
        """Whether there is a solution with these values."""
        a, b, c, positive = self.equation
        if positive and min(values.values()) <= 0:
            return False
        if len(values) == 2:
            return a * values["x"] + b * values["y"] == c
        ((name, value),) = values.items()
        factor, other = (a, b) if name == "x" else (b, a)
        rest, left_over = divmod(c - factor * value, other)
        return left_over == 0 and (rest > 0 or not positive)

    def _divide(self, node: Node) -> Verdict:
        """`2x+3y=5` for `12x+18y=30`."""
        if not (isinstance(node, Apply) and node.head == "="):
            raise Unreadable("an equation was expected, such as 2x+3y=5")
        form = small_algebra().form(Apply("+", (node.args[0], Apply("neg", (node.args[1],)))))
        keys = [(("x", 1),), (("y", 1),), ()]
        found = [form.num.get(key, 0) for key in keys]
        own = [self.equation.a, self.equation.b, -self.equation.c]
        divisor = divide(own[0], found[0])
        if not all(isinstance(n, int) for n in found) or len(form.num) > 3 or [n * divisor for n in found] != own:
            return incorrect("is another equation")
        if not isinstance(divisor, int) or divisor <= self.common:
            return incorrect("was known before")
        self.common = divisor
        return CORRECT


def _by_parameter(node: Node) -> tuple[str, tuple[int, int]]:
    """The name, start and step of `x=10+3t`.

    Raises:
        Unreadable: if it is anything else.
    """
    if isinstance(node, Apply) and node.head == "=" and isinstance(node.args[0], Name):
        found = polynomial_of(node.args[1], "t", small_algebra())
        if found is not None and len(found) == 2 and all(isinstance(each, int) for each in found):
            return node.args[0].name, (int(found[0]), int(found[1]))
    raise Unreadable("x and y by t were expected, such as x=10+3t,y=-5-2t")
