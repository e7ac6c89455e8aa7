"""Whole numbers as products of primes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import cast

import numpy as np

from reasoning_gym.checker.equality import guarded
from reasoning_gym.checker.rationals import prime_factors
from reasoning_gym.checker.syntax import Number, parse
from reasoning_gym.families.factoring import at_hand_after, split_line, whole_factors
from reasoning_gym.families.numbers import bare, sides
from reasoning_gym.family import ANSWER_FORMAT, Family, family
from reasoning_gym.problem import CORRECT, Problem, Question, Verdict, incorrect

_FORMAT = ANSWER_FORMAT.format(answer="the product of primes")
# the least and the greatest number, and the greatest prime in it, by level
_LEVELS = (
    (4, 99, 47),
    (100, 499, 47),
    (300, 1_999, 47),
    (2_000, 9_999, 97),
    (10_000, 99_999, 97),
    (100_000, 999_999, 199),
    (1_000_000, 99_999_999, 499),
    (100_000_000, 9_999_999_999, 997),
)
_PRIMES = tuple(n for n in range(2, 1_000) if all(n % d for d in range(2, math.isqrt(n) + 1)))
_DRAWS = 64  # more than any number here has prime factors, several times over


@family(category="number_theory", levels=8, unordered="*")
class PrimeFactorisation(Family):
    """Write a composite number as a product of primes.

    Statement: `Factorise: 84`.
    Thoughts: the smallest prime is split off, one at a time.
    Answer: a product of primes in any order, powers allowed: `2*2*3*7`, `2^2*3*7`.
    Level: the size of the number, from below 100 to 10 digits, and of its primes, from 47 to 997.
    There are 72 different questions at level 1, about 220 at level 2 and 600 at level 3.
    Verified: by multiplying out, and by proving that each factor is prime.
    Checked step by step: a line writes a number at hand as a product, `42=2*21`; or the question's number as
    a longer product than before.

        Factorise: 84
        84=2*42
        42=2*21
        21=3*7
        Answer: 2*2*3*7
    """

    def generate(self, rng: np.random.Generator, level: int) -> Problem:
        low, high, greatest = _LEVELS[level - 1]
        pool = [prime for prime in _PRIMES if prime <= greatest]
        number = _draw(rng, pool, low, high)
        primes = [prime for prime, power in sorted(prime_factors(number).items()) for _ in range(power)]
        question = Question(self.name, level, f"Factorise: {number}", _FORMAT, (number,))
        return Problem(question, "*".join(map(str, primes)), tuple(primes))

    def reference_thoughts(self, problem: Problem) -> tuple[str, ...]:
        primes = cast("tuple[int, ...]", problem.secret)
        lines: list[str] = []
        number = _number(problem.question)
        for prime in primes[:-1]:
            lines.append(f"{number}={prime}*{number // prime}")
            number //= prime
        return (*lines, f"Answer: {problem.answer}")

    def check_step(self, question: Question, thoughts: Sequence[str], step: str) -> Verdict:
        def decide() -> Verdict:
            at_hand = [_number(question)]
            for line in thoughts:
                at_hand = at_hand_after(at_hand, line, _number(question)) or at_hand
            written, products = split_line(step)
            if any(math.prod(product) != written for product in products):
                return incorrect(f"{step[:60]} is false")
            if at_hand_after(at_hand, step, _number(question)) is None:
                return incorrect("splits no number at hand into smaller ones")
            return CORRECT

        return guarded(decide)

    def check_conclusion(self, question: Question, thoughts: Sequence[str], answer: str) -> Verdict:
        del thoughts
        number = _number(question)

        def decide() -> Verdict:
            expressions = sides(parse(bare(answer)))
            if len(expressions) > 2 or (len(expressions) == 2 and expressions[0] != Number(number)):
                return incorrect("a product was asked for")
            stated = whole_factors(expressions[-1])
            if math.prod(stated) != number:
                return incorrect("the product is another number")
            # Every factor divides the number, whose primes are small: the proof that it is prime is short.
            composite = next((factor for factor in stated if prime_factors(factor) != {factor: 1}), None)
            return CORRECT if composite is None else incorrect(f"{composite} is not prime")

        return guarded(decide)


def _draw(rng: np.random.Generator, pool: Sequence[int], low: int, high: int) -> int:
    """A product of at least two primes of the pool, from low to high; small primes are more frequent."""
    while True:
        goal, *draws = rng.random(_DRAWS).tolist()
        enough = low + goal * (high - low)
        number, count = 1, 0
        for draw in draws:
            number, count = number * pool[int(draw * draw * len(pool))], count + 1
            if number > high:
                number, count = 1, 0
            elif number >= enough and count > 1:
                return number


def _number(question: Question) -> int:
    return cast("int", question.given[0])
