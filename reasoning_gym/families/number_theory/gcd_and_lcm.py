"""Greatest common divisors, least common multiples, and divisors as combinations."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from math import gcd, lcm, prod
from typing import NamedTuple, cast

import numpy as np

from reasoning_gym.checker.equality import guarded
from reasoning_gym.checker.limits import Refused, Undefined, Unreadable
from reasoning_gym.checker.rationals import prime_factors, rational
from reasoning_gym.checker.syntax import Apply, Node, Number, parse
from reasoning_gym.families.bare_texts import spelled
from reasoning_gym.families.euclid import Euclid, bezout, combination_line, combinations, divisions
from reasoning_gym.families.factoring import at_hand_after, split_line
from reasoning_gym.families.named_values import read_named
from reasoning_gym.families.numbers import check_number, sides
from reasoning_gym.family import ANSWER_FORMAT, Family, family
from reasoning_gym.problem import CORRECT, Problem, Question, Verdict, incorrect

_FORMATS = {
    "gcd": ANSWER_FORMAT.format(answer="the greatest common divisor"),
    "lcm": ANSWER_FORMAT.format(answer="the least common multiple"),
    "bezout": ANSWER_FORMAT.format(answer="integers x and y, such as x=1,y=-2"),
}

_ASKED = re.compile(r"(?P<asked>gcd|lcm)\((?P<numbers>[1-9]\d{0,11}(?:,[1-9]\d{0,11})+)\)", re.ASCII)


class _Level(NamedTuple):
    asked: str
    size: int  # how many numbers
    divisor: int  # their greatest common divisor is 1 to this
    quotient: int  # the numbers over that divisor are 2 to this
    lengths: tuple[int, int]  # least and greatest count of divisions


_LEVELS = (
    _Level("gcd", 2, 15, 12, (2, 3)),
    _Level("gcd", 2, 30, 33, (3, 5)),
    _Level("lcm", 2, 9, 15, (2, 4)),
    _Level("gcd", 3, 30, 33, (3, 8)),
    _Level("gcd", 2, 99, 101, (5, 9)),
    _Level("bezout", 2, 9, 24, (3, 4)),
    _Level("bezout", 2, 20, 50, (4, 6)),
    _Level("bezout", 2, 40, 250, (6, 9)),
)


@family(category="number_theory", levels=8, many_answers=True, unordered=",")
class GcdAndLcm(Family):
    """Find a greatest common divisor, a least common multiple, or the divisor as a combination of the numbers.

    Statement: `Find gcd(48,18)`, `Find lcm(48,18)`, or `Find integers x,y with 48x+18y=gcd(48,18)`.
    Thoughts: Euclid's divisions `48=2*18+12`, down to the one without remainder. For a multiple, one number over the
        divisor, times the other. For a combination, each remainder in terms of the two numbers: `6=3*18-1*48`.
    Answer: the number; or the integers, `x=-1,y=3`, of which any right pair is accepted.
    Level: 1 and 2 the divisor, up to 180 and 990; 3 the multiple; 4 the divisor of three numbers; 5 the divisor,
        up to 9999; 6 to 8 combinations, up to 216, 1000 and 10000.
    There are about 450 different questions at level 1, 6,500 at level 2, 500 at level 3, 600 at level 6 and 7,000 at
    level 7. Guessing pays about 10 % at levels 1 and 6, else less.
    Verified: by computing the divisor or multiple; a pair by substitution.
    Checked step by step: a line divides a number at hand by another, `48=2*18+12`, `12=48-2*18` or `48 mod 18=12`, or
        replaces them, `gcd(48,18)=gcd(18,12)`; or splits a number into factors, `48=2*24`; or works out the multiple
        from the divisor or the primes; or, where a combination is asked for, writes a remainder in terms of numbers
        that came up earlier than those it was last written in, or collects that.

        Find gcd(48,18)
        48=2*18+12
        18=1*12+6
        12=2*6
        Answer: 6
    """

    def generate(self, rng: np.random.Generator, level: int) -> Problem:
        chosen = _LEVELS[level - 1]
        while True:
            numbers = _draw(rng, chosen)
            shortest, longest = chosen.lengths
            if numbers and shortest <= len(list(_divisions(numbers))) <= longest:
                break
        question = Question(
            self.name, level, _statement(chosen.asked, numbers), _FORMATS[chosen.asked], (chosen.asked, numbers)
        )
        return Problem(question, _answer(chosen.asked, numbers))

    def ask(self, text: str) -> Question | None:
        match = _ASKED.fullmatch(spelled(text))
        if match is None:
            return None
        asked, numbers = match["asked"], tuple(sorted(map(int, match["numbers"].split(",")), reverse=True))
        level = _nearest_level(asked, numbers)
        if level is None:
            return None
        return Question(self.name, level, _statement(asked, numbers), _FORMATS[asked], (asked, numbers))

    def reference_thoughts(self, problem: Problem) -> tuple[str, ...]:
        asked, numbers = _given(problem.question)
        lines = list(_divisions(numbers))
        if asked == "lcm":
            (a, b), divisor = numbers, gcd(*numbers)
            lines += [f"{a}/{divisor}={a // divisor}"] if divisor > 1 else []
            lines.append(f"{a // divisor}*{b}={lcm(a, b)}")
        if asked == "bezout":
            a, b = numbers
            lines += [combination_line(each, a, b) for each in combinations(a, b)]
        return (*lines, f"Answer: {problem.answer}")

    def check_step(self, question: Question, thoughts: Sequence[str], step: str) -> Verdict:
        def decide() -> Verdict:
            asked, numbers = _given(question)
            factors = _Factors(numbers, _wanted(asked, numbers), thoughts)
            if asked != "bezout" and factors.add(step):
                return CORRECT
            euclid = Euclid(numbers, combines=asked == "bezout")
            euclid.learn(thoughts)
            node = parse(step)
            if asked == "lcm" and euclid.divisor is not None:
                return _check_multiple(numbers, thoughts, node, factors.known)
            return euclid.add(node)

        return guarded(decide)

    def check_conclusion(self, question: Question, thoughts: Sequence[str], answer: str) -> Verdict:
        del thoughts
        asked, numbers = _given(question)
        if asked != "bezout":
            return check_number(answer, _wanted(asked, numbers))

        def decide() -> Verdict:
            found = read_named(answer, "xy")
            value = sum(n * number for n, number in zip(found, numbers, strict=True))
            return CORRECT if value == gcd(*numbers) else incorrect(f"the combination is {value}")

        return guarded(decide)


def _nearest_level(asked: str, numbers: Sequence[int]) -> int | None:
    """The first level that asks for this of so many numbers up to such a size, or the last; None if none does."""
    kinds = [(number, level) for number, level in enumerate(_LEVELS, 1) if level[:2] == (asked, len(numbers))]
    fitting = (number for number, level in kinds if max(numbers) <= level.divisor * level.quotient)
    return next(fitting, kinds[-1][0] if kinds else None)


def _draw(rng: np.random.Generator, level: _Level) -> tuple[int, ...]:
    """Numbers, the largest first; empty where they would be too easy."""
    first, *others = rng.random(1 + level.size).tolist()
    divisor = 1 + int(first * level.divisor)
    parts = sorted((2 + int(draw * (level.quotient - 1)) for draw in others), reverse=True)
    if gcd(*parts) > 1 or len(set(parts)) < len(parts):
        return ()
    if level.size == 3 and (gcd(parts[0], parts[1]) == 1 or not parts[1] % parts[2]):
        return ()  # the third number would have nothing to do
    if level.asked == "bezout" and min(map(abs, bezout(parts[0], parts[1]))) < 2:
        return ()  # x=1 or y=1 is too good a guess
    return tuple(divisor * part for part in parts)


def _statement(asked: str, numbers: Sequence[int]) -> str:
    listed = ",".join(map(str, numbers))
    if asked == "bezout":
        return f"Find integers x,y with {numbers[0]}x+{numbers[1]}y=gcd({listed})"
    return f"Find {asked}({listed})"


def _answer(asked: str, numbers: tuple[int, ...]) -> str:
    if asked == "bezout":
        x, y = bezout(numbers[0], numbers[1])
        return f"x={x},y={y}"
    return str(_wanted(asked, numbers))


def _wanted(asked: str, numbers: Sequence[int]) -> int:
    return gcd(*numbers) if asked == "gcd" else lcm(*numbers)


def _given(question: Question) -> tuple[str, tuple[int, ...]]:
    return cast("tuple[str, tuple[int, ...]]", question.given)


def _divisions(numbers: Sequence[int]) -> Iterator[str]:
    """The divisions of the first two numbers, then of their divisor and the next."""
    divisor, *others = numbers
    for number in others:
        a, b = max(divisor, number), min(divisor, number)
        if a % b or len(numbers) == 2 or number != others[0]:
            yield from (division.text for division in divisions(a, b))
        divisor = gcd(a, b)


class _Factors:
    """The numbers as products, as lines such as `48=2*24` split them, and the wanted number by those."""

    def __init__(self, numbers: Sequence[int], wanted: int, thoughts: Sequence[str]) -> None:
        self.wanted, self.is_stated = wanted, False
        self.at_hand = {number: [number] for number in numbers}
        for line in thoughts:
            self.add(line)

    def add(self, line: str) -> bool:
        """Take in a line, and say whether it splits a number, or makes the wanted one of their primes."""
        split = {number: at_hand_after(factors, line, number) for number, factors in self.at_hand.items()}
        for number, factors in split.items():
            self.at_hand[number] = factors or self.at_hand[number]
        return any(split.values()) or self._state(line)

    @property
    def known(self) -> set[int]:
        """The factors at hand."""
        return {factor for factors in self.at_hand.values() for factor in factors}

    def _state(self, line: str) -> bool:
        """Take in `2^4*3^2=144`, once the numbers are products of primes."""
        primes = self.known
        try:
            number, products = split_line(line)
        except (Unreadable, Refused, Undefined):
            return False
        if self.is_stated or number != self.wanted or any(prime not in prime_factors(prime) for prime in primes):
            return False
        self.is_stated = all(prod(each) == number and primes.issuperset(each) for each in products)
        return self.is_stated


def _check_multiple(numbers: Sequence[int], thoughts: Sequence[str], node: Node, factors: set[int]) -> Verdict:
    """Whether a line works out the multiple, or what it is made of, from the numbers, their divisor and factors."""
    known: set[int] = set()
    for line in thoughts:
        try:
            known |= _results(numbers, known | factors, parse(line))
        except (Unreadable, Refused, Undefined):
            continue
    new = _results(numbers, known | factors, node) - known
    return CORRECT if new else incorrect("works out nothing new on the way to the multiple")


def _results(numbers: Sequence[int], known: set[int], node: Node) -> set[int]:
    """The result of a calculation with numbers at hand that leads to the multiple."""
    expressions = sides(node)
    values = {rational(expression) for expression in expressions}
    divisor = gcd(*numbers)
    leads = {number // divisor for number in numbers} | {lcm(*numbers), numbers[0] * numbers[1]}
    result = values.pop()
    if values or len(expressions) < 2 or not isinstance(result, int) or result not in leads:
        return set()
    written = max(map(_written, expressions), key=len)
    return {result} if len(written) > 1 and written <= {*numbers, divisor, *known} else set()


def _written(node: Node) -> set[int]:
    """The numbers that are written in a node."""
    if isinstance(node, Number) and isinstance(node.value, int):
        return {node.value}
    return set[int]().union(*map(_written, node.args)) if isinstance(node, Apply) else set()
