"""The next prime after a number, and how many primes an interval holds."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from functools import cache
from typing import NamedTuple, cast

import numpy as np

from reasoning_gym.checker.equality import guarded
from reasoning_gym.checker.limits import Refused, Undefined, Unreadable
from reasoning_gym.families.factoring import split_line
from reasoning_gym.families.numbers import check_number
from reasoning_gym.family import ANSWER_FORMAT, Family, family
from reasoning_gym.problem import CORRECT, Problem, Question, Verdict, incorrect

_FORMATS = {
    "next": ANSWER_FORMAT.format(answer="the prime"),
    "count": ANSWER_FORMAT.format(answer="how many there are, both ends included"),
}
_LIST = r"\d{1,5}(?: ?, ?\d{1,5}){0,59}"
# five digits at most, so that the primes up to the root are few
_DIVIDED = re.compile(rf"(?P<number>\d{{1,5}}) ?mod ?(?P<divisors>{_LIST}) ?= ?(?P<remainders>{_LIST})", re.ASCII)

_QUOTIENT = re.compile(
    r"(?P<number>\d{1,5}) ?(?:/ ?(?P<divisor>\d{1,5}) ?= ?(?P<quotient>\d{1,5})|mod ?(?P<modulus>\d{1,5}) ?= ?0)",
    re.ASCII,
)


class _Level(NamedTuple):
    asked: str
    lowest: int
    highest: int  # of the number, or of the interval's beginning
    longest: int  # of the interval
    most: int  # primes in the interval


_LEVELS = (
    _Level("next", 8, 200, 0, 0),
    _Level("count", 12, 200, 20, 5),
    _Level("next", 200, 1_000, 0, 0),
    _Level("count", 200, 1_000, 36, 6),
    _Level("next", 1_000, 10_000, 0, 0),
    _Level("count", 1_000, 10_000, 50, 7),
)


@family(category="number_theory", levels=6)
class PrimeSearch(Family):
    """Find the next prime after a number, or count the primes of an interval.

    Statement: `Find the next prime after 90`, or `Count the primes from 90 to 110`.
    Thoughts: the odd numbers in order: a composite one as a product, `91=7*13`; a prime with its remainders by all
        primes up to its square root, `97 mod 2,3,5,7=1,1,2,6`.
    Answer: the prime; or how many there are, both ends included.
    Level: 1, 3 and 5 the next prime after a number below 200, 1000 and 10000; 2, 4 and 6 the primes of intervals there,
        of up to 21, 37 and 51 numbers.
    There are 192 different questions at level 1, about 3,100 at level 2, 800 at level 3 and 9,000 at level 5.
    Guessing pays 20 % at level 2, 17 % at level 4 and 14 % at level 6.
    Verified: by testing each number for primality.
    Checked step by step: a line is about a number that the question asks about, and that no earlier line was about: it
        is a product of smaller numbers, or divided by one, `91/7=13` or `91 mod 7=0`; or its remainders by some
        numbers are right and none is 0, and all primes up to its square root are among those.

        Find the next prime after 90
        91=7*13
        93=3*31
        95=5*19
        97 mod 2,3,5,7=1,1,2,6
        Answer: 97
    """

    def generate(self, rng: np.random.Generator, level: int) -> Problem:
        chosen = _LEVELS[level - 1]
        given: tuple[str | int, ...]
        if chosen.asked == "next":
            number = int(rng.integers(chosen.lowest, chosen.highest))
            statement, given = f"Find the next prime after {number}", ("next", number)
        else:
            low, high = _interval(rng, chosen)
            statement, given = f"Count the primes from {low} to {high}", ("count", low, high)
        question = Question(self.name, level, statement, _FORMATS[chosen.asked], given)
        return Problem(question, str(_value(question)))

    def reference_thoughts(self, problem: Problem) -> tuple[str, ...]:
        lines = [_line(number) for number in _asked(problem.question) if number % 2]
        return (*lines, f"Answer: {problem.answer}")

    def check_step(self, question: Question, thoughts: Sequence[str], step: str) -> Verdict:
        def decide() -> Verdict:
            number = _settled(step)
            if number not in _asked(question):
                return incorrect(f"the question isn't about {number}")
            return incorrect(f"{number} was settled before") if number in _known(thoughts) else CORRECT

        return guarded(decide)

    def check_conclusion(self, question: Question, thoughts: Sequence[str], answer: str) -> Verdict:
        del thoughts
        return check_number(answer, _value(question))


def _asked(question: Question) -> range:
    """The numbers that a question is about: up to the prime that is looked for, or an interval."""
    kind, low, *high = cast("tuple[str, int, int]", question.given)
    return range(low + 1, _next_prime(low) + 1) if kind == "next" else range(low, high[0] + 1)


def _value(question: Question) -> int:
    numbers = _asked(question)
    return numbers[-1] if question.given[0] == "next" else sum(map(_is_prime, numbers))


@cache
def _is_prime(number: int) -> bool:
    return number > 1 and all(number % divisor for divisor in range(2, math.isqrt(number) + 1))


def _next_prime(number: int) -> int:
    number += 1
    while not _is_prime(number):
        number += 1
    return number


def _interval(rng: np.random.Generator, level: _Level) -> tuple[int, int]:
    """An interval with a number of primes that is drawn first, so that none is too frequent."""
    wanted = 1 + int(rng.integers(level.most))
    while True:
        for place, size in rng.random((16, 2)).tolist():
            low = level.lowest + int(place * (level.highest - level.lowest))
            high = low + 4 + int(size * (level.longest - 3))
            if sum(map(_is_prime, range(low, high + 1))) == wanted:
                return low, high


def _primes_to_root(number: int) -> list[int]:
    return [divisor for divisor in range(2, math.isqrt(number) + 1) if _is_prime(divisor)]


def _line(number: int) -> str:
    """What shows that a number is composite, or prime."""
    divisors = _primes_to_root(number)
    least = next((divisor for divisor in divisors if number % divisor == 0), None)
    if least is not None:
        return f"{number}={least}*{number // least}"
    listed, remainders = (",".join(map(str, each)) for each in (divisors, (number % n for n in divisors)))
    return f"{number} mod {listed}={remainders}"


def _settled(line: str) -> int:
    """The number that a line shows to be composite or prime.

    Raises:
        Unreadable: if it shows neither.
        Undefined: if what it says is false.
    """
    divided, quotient = (pattern.fullmatch(line.strip()) for pattern in (_DIVIDED, _QUOTIENT))
    if quotient is not None:
        return _composite(quotient)
    if divided is None:
        number, products = split_line(line)
        if any(len(product) < 2 or math.prod(product) != number for product in products):
            raise Undefined("no product of smaller numbers, or another number's")
        return number
    number = int(divided["number"])
    divisors, remainders = (list(map(int, divided[name].split(","))) for name in ("divisors", "remainders"))
    if len(divisors) != len(remainders) or len(set(divisors)) < len(divisors) or min(divisors) < 2:
        raise Unreadable("as many remainders as divisors were expected, each divisor once")
    pairs = zip(divisors, remainders, strict=True)
    if 0 in remainders or any(number % divisor != remainder for divisor, remainder in pairs):
        raise Undefined("a remainder is another one, or 0")
    if max(divisors) >= number or not set(_primes_to_root(number)) <= set(divisors):
        raise Unreadable("all primes up to the square root were expected")
    return number


def _composite(match: re.Match[str]) -> int:
    """The number of `91/7=13` or `91 mod 7=0`.

    Raises:
        Undefined: if it is false, or true of any number.
    """
    number, divisor = int(match["number"]), int(match["divisor"] or match["modulus"])
    is_false = number % max(divisor, 1) or (match["quotient"] and int(match["quotient"]) * divisor != number)
    if is_false or not 1 < divisor < number:
        raise Undefined("no division of that number without remainder")
    return number


def _known(thoughts: Sequence[str]) -> Iterator[int]:
    """The numbers that earlier lines have settled."""
    for line in thoughts:
        try:
            yield _settled(line)
        except (Unreadable, Undefined, Refused):
            continue
