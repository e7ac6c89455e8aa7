"""Linear congruences in one unknown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import gcd
from typing import NamedTuple, cast

import numpy as np

from reasoning_gym.checker.equality import guarded
from reasoning_gym.checker.syntax import Node, parse
from reasoning_gym.families.congruences import (
    Congruence,
    Written,
    by_adding,
    check_residues,
    congruence_text,
    read_congruence,
    read_product,
    read_remainder,
    read_solutions,
    says_none,
)
from reasoning_gym.families.euclid import Euclid, bezout, combination_line, combinations, divisions
from reasoning_gym.families.notation import add, term
from reasoning_gym.families.stages import check_addition
from reasoning_gym.family import ANSWER_FORMAT, Family, family
from reasoning_gym.problem import CORRECT, Problem, Question, Verdict, incorrect

_NONE = "no solution"
_FORMAT = ANSWER_FORMAT.format(answer=f"all solutions from 0 to below the modulus, such as 2 or 1,4,7, or {_NONE}")


_MOST_DIVISIONS = 10  # of Euclid's algorithm, so that a trace isn't too long
_EASED = 0.65  # of the constants that allow no solution, the share that is changed to one that does


class _Level(NamedTuple):
    moduli: tuple[int, int]
    divisors: int = 1  # the greatest common divisor of factor and modulus is 1 to this
    shift: bool = False  # whether a number stands beside the unknown
    right: bool = False  # whether the unknown stands on the right, too
    euclid: bool = True  # whether the inverse is found by divisions, and not by adding the modulus


_LEVELS = (
    _Level((7, 19), euclid=False),
    _Level((11, 30), shift=True, euclid=False),
    _Level((12, 40), divisors=4, euclid=False),
    _Level((30, 99)),
    _Level((60, 250), divisors=5, shift=True),
    _Level((250, 999), shift=True, right=True),
    _Level((1_000, 9_999), divisors=6, shift=True, right=True),
)


class _Sides(NamedTuple):
    """left*x+shift = right*x+constant mod modulus."""

    left: int
    shift: int
    right: int
    constant: int
    modulus: int

    @property
    def congruence(self) -> Congruence:
        return Congruence(self.left - self.right, self.constant - self.shift, self.modulus)

    @property
    def text(self) -> str:
        left = add((term(self.left, "x"), str(self.shift)))
        return f"{left}={add((term(self.right, 'x'), str(self.constant)))} mod {self.modulus}"


@family(category="number_theory", levels=7, unordered=",")
class LinearCongruence(Family):
    """Solve a linear congruence.

    Statement: `Solve 3x=4 mod 7`.
    Thoughts: the congruence collected and reduced; multiples of the modulus added until the factor divides
        both sides, or the factor's inverse by Euclid's divisions; what the common divisor of factor and modulus says.
    Answer: all solutions from 0 to below the modulus, `6` or `2,5,8`, or `no solution`; `x=2 mod 3` for those three.
    Level: the modulus, from 19 up to 9999; 2 a number beside x; 3, 5 and 7 several solutions or none; from 4 on
        Euclid; from 6 on x on both sides.
    There are about 1,100 different questions at level 1. At levels 3, 5 and 7 `no solution` is right for about a fifth.
    Verified: by solving the congruence, and each number by substitution.
    Checked step by step: a line is a congruence that one move makes of an earlier one, without other solutions, and
        nearer to `x=...` than those before; or a product of the factor that is 1, `3*5=1 mod 7`; or a step of
        Euclid's algorithm with the modulus and the factor; or, where there is no solution, the remainder of the
        constant by a common divisor, `4 mod 3=1`.

        Solve 3x=4 mod 7
        3x=18 mod 7
        x=6 mod 7
        Answer: 6
    """

    def generate(self, rng: np.random.Generator, level: int) -> Problem:
        chosen = _LEVELS[level - 1]
        while (given := _draw(rng, chosen)) is None:
            pass
        question = Question(self.name, level, f"Solve {given.text}", _FORMAT, tuple(given))
        return Problem(question, _answer(given.congruence), chosen.euclid)

    def reference_thoughts(self, problem: Problem) -> tuple[str, ...]:
        given = _given(problem.question)
        lines = dict.fromkeys(_work(given.congruence, euclid=bool(problem.secret)))
        lines.pop(given.text, None)
        return (*lines, f"Answer: {problem.answer}")

    def check_step(self, question: Question, thoughts: Sequence[str], step: str) -> Verdict:
        return check_addition(lambda: _Known(_given(question)), thoughts, step)

    def check_conclusion(self, question: Question, thoughts: Sequence[str], answer: str) -> Verdict:
        del thoughts
        congruence = _given(question).congruence

        def decide() -> Verdict:
            solutions = congruence.solutions
            if says_none(answer):
                return CORRECT if solutions is None else incorrect("there is a solution")
            stated, modulus = read_solutions(answer)
            if solutions is not None and check_residues(stated, modulus, solutions, congruence.modulus):
                return CORRECT
            return incorrect("these aren't all solutions from 0 to below the modulus, and no others")

        return guarded(decide)


def _given(question: Question) -> _Sides:
    return _Sides(*cast("tuple[int, int, int, int, int]", question.given))


def _answer(congruence: Congruence) -> str:
    solutions = congruence.solutions
    if solutions is None:
        return _NONE
    return ",".join(map(str, range(solutions.remainder, congruence.modulus, solutions.modulus)))


def _draw(rng: np.random.Generator, level: _Level) -> _Sides | None:
    """A congruence; None where it would be too easy."""
    low, high = level.moduli
    draws = rng.random(7).tolist()
    common = 1 + int(draws[0] * level.divisors)
    modulus = common * ((low + int(draws[1] * (high - low + 1))) // common)
    rest = modulus // common
    factor = common * (2 + int(draws[2] * (rest - 3)))
    if gcd(factor, modulus) != common:
        return None
    constant = 1 + int(draws[3] * (modulus - 1))
    if constant % common and draws[6] < _EASED:
        constant -= constant % common
    span = max(modulus // 4, 9)
    shift = 1 + int(draws[4] * span) if level.shift else 0
    right = 2 + int(draws[5] * span) if level.right else 0
    if not constant or (level.euclid and len(list(divisions(modulus, factor))) > _MOST_DIVISIONS):
        return None
    return _Sides(factor + right, shift, right, (constant + shift) % modulus, modulus)


def _work(congruence: Congruence, *, euclid: bool) -> Iterator[str]:
    """The lines from the collected congruence to the solutions."""
    yield congruence_text(congruence)
    factor, constant, modulus = congruence
    factor, constant = factor % modulus, constant % modulus
    yield congruence_text(Congruence(factor, constant, modulus))
    common = gcd(factor, modulus)
    if euclid:
        yield from (division.text for division in divisions(modulus, factor))
    elif common > 1:
        yield f"gcd({modulus},{factor})={common}"
    if constant % common:
        yield f"{constant} mod {common}={constant % common}"
        return
    if euclid:
        yield from (combination_line(each, modulus, factor) for each in combinations(modulus, factor))
    reduced = Congruence(factor // common, constant // common, modulus // common)
    yield congruence_text(reduced)
    yield from _by_inverse(reduced) if euclid else by_adding(reduced)


def _by_inverse(congruence: Congruence) -> Iterator[str]:
    factor, constant, modulus = congruence
    if factor == 1:
        return
    inverse = bezout(modulus, factor)[1] % modulus
    yield f"{factor}*{inverse}=1 mod {modulus}"
    if constant > 1 and inverse > 1:
        yield f"x={inverse}*{constant} mod {modulus}"
    yield f"x={inverse * constant} mod {modulus}"
    yield f"x={inverse * constant % modulus} mod {modulus}"


class _Known:
    """The congruences so far, inverses that were found, and what is known of common divisors."""

    def __init__(self, given: _Sides) -> None:
        self.asked = given.congruence
        self.written = [read_congruence(parse(given.text), "x") or Written(given.congruence, 0)]
        self.inverted: set[tuple[int, int]] = set()
        self.divided = {self._pair(self.asked): Euclid(self._pair(self.asked), combines=True)}
        self.has_remainder = False

    def add(self, node: Node) -> Verdict:
        """Take in a line, and say whether it is true and of use.

        Raises:
            Unreadable, Refused, Undefined: if it can't be read, or has no value.
        """
        written = read_congruence(node, "x")
        if written is not None:
            return self._add_congruence(written)
        product = read_product(node)
        if product is not None:
            return self._add_inverse(*product)
        remainder = read_remainder(node)
        if remainder is not None:
            return self._add_remainder(*remainder)
        for euclid in self.divided.values():
            if euclid.add(node).correct:
                return CORRECT
        return incorrect("is no congruence, and no step of Euclid's algorithm with the modulus and the factor")

    def _add_congruence(self, written: Written) -> Verdict:
        solutions = self.asked.solutions
        if solutions is None:
            follows = any(written.congruence.is_like(other.congruence) for other in self.written)
        else:
            follows = written.congruence.solutions == solutions and written.follows_from(self.written)
        if not follows:
            return incorrect("has other solutions, or is more than one move away")
        if not written.is_nearer_than(self.written):
            return incorrect("is no nearer to a solution than the lines before")
        self.written.append(written)
        pair = self._pair(written.congruence)
        self.divided.setdefault(pair, Euclid(pair, combines=True))
        return CORRECT

    def _add_inverse(self, factors: tuple[int, int], result: int, modulus: int) -> Verdict:
        """`3*5=1 mod 7`, where 3 is a factor at hand."""
        if result != 1 or factors[0] * factors[1] % modulus != 1:
            return incorrect("isn't 1, or isn't true")
        for factor in factors:
            for other in self.written:
                key = factor % modulus, modulus
                if key == self._residue(other.congruence) and key not in self.inverted and key[0] != 1:
                    self.inverted.add(key)
                    return CORRECT
        return incorrect("inverts no factor at hand, or is known")

    def _add_remainder(self, number: int, modulus: int, remainder: int) -> Verdict:
        """`4 mod 3=1`, where 3 divides the factor and the modulus but not the constant."""
        for factor, constant, whole in (other.congruence for other in self.written):
            divides = factor % modulus == 0 == whole % modulus and modulus > 1
            if divides and number in (constant, constant % whole) and not self.has_remainder:
                if not 0 < remainder == number % modulus:
                    return incorrect("isn't the remainder, or says nothing")
                self.has_remainder = True
                return CORRECT
        return incorrect("isn't about a common divisor of the factor and the modulus")

    def _residue(self, congruence: Congruence) -> tuple[int, int]:
        return congruence.factor % congruence.modulus, congruence.modulus

    def _pair(self, congruence: Congruence) -> tuple[int, int]:
        """The modulus and the factor, that Euclid's algorithm begins with."""
        factor, modulus = self._residue(congruence)
        return modulus, factor
