"""The number and the sum of divisors, and Euler's totient, from the factors of a number."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import NamedTuple, cast

import numpy as np

from reasoning_gym.checker.equality import guarded
from reasoning_gym.checker.rationals import prime_factors
from reasoning_gym.families.factoring import at_hand_after
from reasoning_gym.families.named_quantities import Quantities, check_named
from reasoning_gym.families.numbers import check_number
from reasoning_gym.family import ANSWER_FORMAT, Family, family
from reasoning_gym.problem import CORRECT, Problem, Question, Verdict

_NAMES = {"d": "the number of divisors", "sigma": "the sum of divisors", "phi": "Euler's totient"}
_PRIMES = (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47)


class _Level(NamedTuple):
    name: str
    patterns: tuple[tuple[int, ...], ...]  # exponents of the primes, in any order
    primes: int  # how many of the least primes may be in the number
    highest: int


_LEVELS = (
    _Level("d", ((2, 1), (3, 1), (2, 2), (4, 1), (2, 1, 1), (5, 2)), 10, 2_999),
    _Level("sigma", ((2, 1), (3, 1), (1, 1, 1), (1, 1), (2, 2)), 10, 999),
    _Level("phi", ((2, 1), (3, 1), (1, 1, 1), (2, 2), (2, 1, 1)), 13, 2_999),
    _Level("d", ((3, 2, 1), (4, 2, 1), (3, 3), (4, 3), (6, 2), (2, 2, 2), (5, 2, 1), (6, 1, 1)), 10, 99_999),
    _Level("sigma", ((2, 1, 1), (3, 2), (2, 2, 1), (3, 1, 1), (1, 1, 1, 1), (4, 1, 1)), 10, 30_000),
    _Level("phi", ((2, 1, 1), (3, 2, 1), (2, 2, 1), (1, 1, 1, 1), (3, 1, 1), (2, 1, 1, 1)), 15, 300_000),
)


@family(category="number_theory", levels=6)
class DivisorFunction(Family):
    """Find the number of divisors, the sum of divisors, or Euler's totient of a number.

    Statement: `Find d(84), the number of divisors`, `Find sigma(84), the sum of divisors`, or
        `Find phi(84), Euler's totient`.
    Thoughts: primes split off the number, the smallest first; the function of each prime power, for d the exponents
        plus 1; then their product.
    Answer: the number.
    Level: 1 d of numbers below 3000; 2 sigma, to 999; 3 phi, to 2999; 4 d, to 99999; 5 sigma, to 30000; 6 phi, to
        300000.
    There are about 240 different questions at level 1, 180 at level 2, 450 at levels 3 and 4, 800 at level 5 and 6,000
    at level 6. Guessing pays about 20 % at level 1, 17 % at level 4, and less than 10 % at the others.
    Verified: from the prime factors.
    Checked step by step: a line writes a number at hand as a product, `84=2*42`; or says what the function is of the
        number or of a part of it that has no prime in common with the rest, nearer to a number than before:
        `sigma(4)=1+2+4=7`, `sigma(84)=7*4*8`.

        Find d(84), the number of divisors
        84=2*42
        42=2*21
        21=3*7
        d(84)=(2+1)*(1+1)*(1+1)=3*2*2
        Answer: 12
    """

    def generate(self, rng: np.random.Generator, level: int) -> Problem:
        chosen = _LEVELS[level - 1]
        pattern = chosen.patterns[int(rng.integers(len(chosen.patterns)))]
        while (number := _draw(rng, chosen, pattern)) > chosen.highest:
            pass
        asked = _NAMES[chosen.name]
        question = Question(
            self.name,
            level,
            f"Find {chosen.name}({number}), {asked}",
            ANSWER_FORMAT.format(answer=asked),
            (chosen.name, number),
        )
        return Problem(question, str(_value(chosen.name, prime_factors(number))))

    def reference_thoughts(self, problem: Problem) -> tuple[str, ...]:
        name, number = _given(problem.question)
        return (*_splits(number), *_work(name, number), f"Answer: {problem.answer}")

    def check_step(self, question: Question, thoughts: Sequence[str], step: str) -> Verdict:
        name, number = _given(question)
        at_hand, others = [number], list[str]()
        for line in thoughts:
            split = at_hand_after(at_hand, line, number)
            at_hand = split or at_hand
            others += [] if split else [line]
        if at_hand_after(at_hand, step, number):
            return CORRECT
        return guarded(lambda: check_named(_quantities(name, number), others, step))

    def check_conclusion(self, question: Question, thoughts: Sequence[str], answer: str) -> Verdict:
        del thoughts
        name, number = _given(question)
        return check_number(answer, _value(name, prime_factors(number)))


def _given(question: Question) -> tuple[str, int]:
    return cast("tuple[str, int]", question.given)


def _draw(rng: np.random.Generator, level: _Level, pattern: Sequence[int]) -> int:
    primes = [_PRIMES[int(i)] for i in rng.permutation(level.primes)[: len(pattern)]]
    return math.prod(int(prime**exponent) for prime, exponent in zip(primes, pattern, strict=True))


def _of_power(name: str, prime: int, exponent: int) -> int:
    if name == "d":
        return exponent + 1
    if name == "sigma":
        return sum(int(prime**i) for i in range(exponent + 1))
    return int(prime**exponent) - int(prime ** (exponent - 1))


def _value(name: str, powers: Mapping[int, int]) -> int:
    return math.prod(_of_power(name, prime, exponent) for prime, exponent in powers.items())


def _quantities(name: str, number: int) -> Quantities:
    """The function of the number and of each part that has no prime in common with the rest."""
    powers = prime_factors(number)
    values: dict[str, int] = {}
    for size in range(1, len(powers) + 1):
        for primes in combinations(powers, size):
            part = {prime: powers[prime] for prime in primes}
            product = math.prod(prime**exponent for prime, exponent in part.items())
            values[f"{name}({product})"] = _value(name, part)
            if size == 1 and product not in primes:
                values[f"{name}({primes[0]}^{powers[primes[0]]})"] = _value(name, part)
    return Quantities(f"{name}({number})", values)


def _splits(number: int) -> Iterator[str]:
    primes = [prime for prime, exponent in sorted(prime_factors(number).items()) for _ in range(exponent)]
    for prime in primes[:-1]:
        yield f"{number}={prime}*{number // prime}"
        number //= prime


def _work(name: str, number: int) -> Iterator[str]:
    """The function of each prime power, and of the number."""
    powers = sorted(prime_factors(number).items())
    values = "*".join(str(_of_power(name, *power)) for power in powers)
    if name == "d":
        sums = "*".join(f"({exponent}+1)" for _, exponent in powers)
        yield f"d({number})={sums}={values}"
        return
    for prime, exponent in powers:
        whole = prime**exponent
        written = (
            "+".join(str(prime**i) for i in range(exponent + 1)) if name == "sigma" else f"{whole}-{whole // prime}"
        )
        yield f"{name}({whole})={written}={_of_power(name, prime, exponent)}"
    if len(powers) > 1:
        yield f"{name}({number})={values}"
