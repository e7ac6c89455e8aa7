"""Systems of congruences: the Chinese remainder theorem."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import gcd, lcm, prod
from typing import NamedTuple, cast

import numpy as np

from reasoning_gym.checker.equality import guarded
from reasoning_gym.checker.limits import Unreadable
from reasoning_gym.checker.points import variables
from reasoning_gym.checker.shapes import polynomial_of
from reasoning_gym.checker.syntax import Apply, Name, Node
from reasoning_gym.families.congruences import (
    Congruence,
    Residues,
    Written,
    by_adding,
    check_residues,
    congruence_text,
    read_congruence,
    read_product,
    read_solutions,
)
from reasoning_gym.families.stages import check_addition
from reasoning_gym.families.steps import small_algebra
from reasoning_gym.family import ANSWER_FORMAT, Family, family
from reasoning_gym.problem import CORRECT, Problem, Question, Verdict, incorrect

_FORMAT = ANSWER_FORMAT.format(answer="the least x, 0 or more, that solves all of them")
_LETTERS = "kmnt"  # for how often a modulus is added
_MOST_LETTERS = 5  # in a trace
_MOST_SAID = 16  # congruences for x in a trace


class _Level(NamedTuple):
    size: int  # how many congruences
    moduli: tuple[int, int]
    factors: bool = False  # whether x has factors
    coprime: bool = True  # whether no two moduli have a divisor in common


_LEVELS = (
    _Level(2, (3, 9)),
    _Level(2, (5, 20)),
    _Level(2, (11, 60)),
    _Level(3, (3, 13)),
    _Level(3, (5, 20), factors=True),
    _Level(3, (8, 45), coprime=False),
    _Level(4, (5, 30)),
)


@family(category="number_theory", levels=7)
class ChineseRemainder(Family):
    """Solve two to four congruences at once.

    Statement: `Solve x=2 mod 5; x=3 mod 7`.
    Thoughts: from the largest modulus on, `x=3+7k` is put into the next congruence, which is solved for k; so two
        become one, `x=17 mod 35`.
    Answer: the least x from 0, `17`, or `x=17 mod 35`.
    Level: 1 to 3 two congruences, moduli up to 9, 20 and 60; 4 three; 5 with factors, `3x=1 mod 5`; 6 moduli that
        have divisors in common; 7 four congruences.
    There are about 430 different questions at level 1.
    Verified: by substitution, and the bound by the least common multiple of the moduli.
    Checked step by step: a line is a congruence for x that follows from the given ones and says more than each of
        those at hand, or the same in a simpler form; or it writes x by a new letter, `x=3+7k`, as one of them says;
        or puts that into a given one; or is a congruence for the letter that one move makes of an earlier one,
        each simpler than the last; or inverts a factor, `3*5=1 mod 7`.

        Solve x=2 mod 5; x=3 mod 7
        x=3+7k
        3+7k=2 mod 5
        7k=4 mod 5
        2k=4 mod 5
        k=2 mod 5
        x=17 mod 35
        Answer: 17
    """

    def generate(self, rng: np.random.Generator, level: int) -> Problem:
        while (given := _draw(rng, _LEVELS[level - 1])) is None:
            pass
        statement = f"Solve {'; '.join(map(congruence_text, given))}"
        question = Question(self.name, level, statement, _FORMAT, tuple(map(tuple, given)))
        return Problem(question, str(_solution(given).remainder))

    def reference_thoughts(self, problem: Problem) -> tuple[str, ...]:
        given = _given(problem.question)
        lines = dict.fromkeys(_work(given))
        for congruence in given:
            lines.pop(congruence_text(congruence), None)
        return (*lines, f"Answer: {problem.answer}")

    def check_step(self, question: Question, thoughts: Sequence[str], step: str) -> Verdict:
        return check_addition(lambda: _Known(_given(question)), thoughts, step)

    def check_conclusion(self, question: Question, thoughts: Sequence[str], answer: str) -> Verdict:
        del thoughts
        solution = _solution(_given(question))

        def decide() -> Verdict:
            stated, modulus = read_solutions(answer)
            if len(stated) == 1 and check_residues(stated, modulus, solution, solution.modulus):
                return CORRECT
            return incorrect("isn't the least solution from 0")

        return guarded(decide)


def _given(question: Question) -> tuple[Congruence, ...]:
    return tuple(Congruence(*each) for each in cast("tuple[tuple[int, int, int], ...]", question.given))


def _draw(rng: np.random.Generator, level: _Level) -> tuple[Congruence, ...] | None:
    """Congruences, the smallest modulus first; None where one of them would have nothing to do."""
    low, high = level.moduli
    draws = rng.random(2 * level.size + 1).tolist()
    moduli = sorted(low + int(draw * (high - low + 1)) for draw in draws[: level.size])
    whole = lcm(*moduli)
    shared = any(whole == lcm(*moduli[:i], *moduli[i + 1 :]) for i in range(level.size))
    if shared or _is_coprime(moduli) != level.coprime:
        return None
    x = moduli[-1] + int(draws[-1] * (whole - moduli[-1]))
    found: list[Congruence] = []
    for draw, modulus in zip(draws[level.size :], moduli, strict=False):
        factor = 2 + int(draw * (modulus - 3)) if level.factors else 1
        found.append(Congruence(factor, factor * x % modulus, modulus))
    return tuple(found) if all(gcd(each.factor, each.modulus) == 1 for each in found) else None


def _is_coprime(moduli: Sequence[int]) -> bool:
    whole = 1
    for modulus in moduli:
        if gcd(whole, modulus) > 1:
            return False
        whole *= modulus
    return True


def _merged(some: Residues, other: Residues) -> Residues:
    """What two congruences say together; they don't contradict each other."""
    common = gcd(some.modulus, other.modulus)
    modulus = other.modulus // common
    times = (other.remainder - some.remainder) // common * pow(some.modulus // common, -1, modulus) % modulus
    return Residues(some.remainder + some.modulus * times, some.modulus * modulus)


def _solved(congruence: Congruence) -> Residues:
    solutions = congruence.solutions
    assert solutions is not None  # every congruence is drawn with a solution
    return solutions


def _solution(given: Sequence[Congruence]) -> Residues:
    found = Residues(0, 1)
    for congruence in given:
        found = _merged(found, _solved(congruence))
    return found


def _work(given: Sequence[Congruence]) -> Iterator[str]:
    """The lines from the largest modulus to the smallest."""
    for congruence in reversed(given):
        if congruence.factor > 1:
            yield from by_adding(congruence)
            yield _class_text(_solved(congruence))
    largest, *others = [_solved(congruence) for congruence in reversed(given)]
    for letter, other in zip(_LETTERS, others, strict=False):
        remainder, modulus = largest
        shift = f"{remainder}+" if remainder else ""
        yield f"x={shift}{modulus}{letter}"
        yield f"{shift}{modulus}{letter}={other.remainder} mod {other.modulus}"
        constant = (other.remainder - remainder) % other.modulus
        yield congruence_text(Congruence(modulus, constant, other.modulus), letter)
        factor = modulus % other.modulus
        yield congruence_text(Congruence(factor, constant, other.modulus), letter)
        common = gcd(factor, other.modulus)
        reduced = Congruence(factor // common, constant // common, other.modulus // common)
        yield congruence_text(reduced, letter)
        yield from by_adding(reduced, letter)
        largest = _merged(largest, other)
        yield _class_text(largest)


def _class_text(residues: Residues) -> str:
    return congruence_text(Congruence(1, *residues))


class _Known:
    """The congruences for x so far, the letters that it was written by, and the congruences for those."""

    def __init__(self, given: Sequence[Congruence]) -> None:
        self.given = [_solved(congruence) for congruence in given]
        self.solution = _solution(given)
        self.written = [Written(congruence, 0) for congruence in given]
        self.letters: dict[str, Residues] = {}
        self.of_letters: list[tuple[str, Written]] = []
        self.inverted: set[tuple[int, int]] = set()

    def add(self, node: Node) -> Verdict:
        """Take in a line, and say whether it follows and is of use.

        Raises:
            Unreadable, Refused, Undefined: if it can't be read, or has no value.
        """
        if isinstance(node, Apply) and node.head == "=":
            return self._add_letter(node)
        names = variables(node)
        product = None if names else read_product(node)
        if product is not None:
            return self._add_inverse(*product)
        if len(names) != 1:
            raise Unreadable("a congruence in one letter was expected, such as x=17 mod 35")
        (name,) = names
        written = read_congruence(node, name)
        if written is None or written.congruence.solutions is None:
            return incorrect("is no congruence such as x=17 mod 35, or has no solution")
        if name == "x":
            return self._add_congruence(written, written.congruence.solutions)
        return self._add_for_letter(name, written, written.congruence.solutions)

    def _add_inverse(self, factors: tuple[int, int], result: int, modulus: int) -> Verdict:
        """`3*5=1 mod 7`, where 3 is a factor at hand, or the product of the other moduli."""
        if result != 1 or factors[0] * factors[1] % modulus != 1:
            return incorrect("isn't 1, or isn't true")
        written = [congruence for congruence, _ in (*self.written, *(each for _, each in self.of_letters))]
        at_hand = {(each.factor % each.modulus, each.modulus) for each in written}
        at_hand |= {(modulus % each.modulus, each.modulus) for modulus in self._moduli() for each in self.given}
        for factor in factors:
            key = factor % modulus, modulus
            if key in at_hand and key not in self.inverted and key[0] != 1:
                self.inverted.add(key)
                return CORRECT
        return incorrect("inverts no factor at hand, or is known")

    def _moduli(self) -> list[int]:
        """What letters are multiplied by, and for each given modulus the product of the others."""
        whole = prod(each.modulus for each in self.given)
        return [modulus for _, modulus in self.letters.values()] + [whole // each.modulus for each in self.given]

    def _add_congruence(self, written: Written, stated: Residues) -> Verdict:
        if self.solution.modulus % stated.modulus or self.solution.remainder % stated.modulus != stated.remainder:
            return incorrect("doesn't follow")
        known = [(each, each.congruence.solutions or stated) for each in self.written]
        same = [each for each, residues in known if residues.modulus == stated.modulus]
        is_reduced = written.congruence == (1, *stated) or written.operations > 0
        says_more = is_reduced and all(residues.modulus % stated.modulus for _, residues in known)
        if not says_more and not (same and written.is_nearer_than(same) and written.follows_from(same)):
            return incorrect("says no more than the congruences at hand")
        if len(self.written) >= len(self.given) + _MOST_SAID:
            return incorrect("enough lines have said what x is modulo something")
        self.written.append(written)
        return CORRECT

    def _add_letter(self, node: Apply) -> Verdict:
        """`x=3+7k`, where x=3 mod 7 is at hand."""
        left, right = node.args if node.args[0] == Name("x") else node.args[::-1]
        names = variables(right)
        if left != Name("x") or len(names) != 1:
            raise Unreadable("a congruence was expected, or x by another letter, such as x=3+7k")
        (name,) = names
        found = polynomial_of(right, name, small_algebra())
        if found is None or len(found) != 2 or not all(isinstance(each, int) for each in found):
            raise Unreadable("x by another letter was expected, such as x=3+7k")
        remainder, modulus = map(int, found)
        if modulus < 2 or name == "x" or name in self.letters or len(self.letters) >= _MOST_LETTERS:
            return incorrect("the letter has a meaning already, or no modulus, or there are enough letters")
        residues = Residues(remainder % modulus, modulus)
        if any(residues == (start % step, step) for start, step in self.letters.values()):
            return incorrect("was said before")
        if all(each.congruence.solutions != residues for each in self.written):
            verdict = self._add_congruence(Written(Congruence(1, *residues), 0), residues)
            if not verdict.correct:
                return verdict
        self.letters[name] = Residues(remainder, modulus)
        return CORRECT

    def _add_for_letter(self, name: str, written: Written, stated: Residues) -> Verdict:
        """`2k=4 mod 5`, where x=3+7k makes it the same as one of the given congruences."""
        if name not in self.letters:
            return incorrect(f"nothing was said of {name}")
        substituted = [self._substituted(name, each) for each in self.given]
        earlier = [other for letter, other in self.of_letters if letter == name]
        bases = [each for each in (*substituted, *earlier) if each.congruence.solutions == stated]
        if stated.modulus == 1 or not bases or not (written in substituted or written.follows_from(bases)):
            return incorrect("isn't what one of the congruences says, or is more than one move away")
        same = [other for other in earlier if other.congruence.solutions == stated]
        if same and not written.is_nearer_than(same):
            return incorrect("is no simpler than the lines before")
        self.of_letters.append((name, written))
        return CORRECT

    def _substituted(self, name: str, given: Residues) -> Written:
        """What a given congruence says of a letter: `3+7k=2 mod 5`."""
        remainder, modulus = self.letters[name]
        return Written(Congruence(modulus, given.remainder - remainder, given.modulus), int(remainder != 0))
