"""Arithmetic and geometric sequences: terms, sums, and where a term stands."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple, TypeAlias, cast

import numpy as np

from reasoning_gym.checker.equality import guarded
from reasoning_gym.checker.limits import Refused, Undefined, Unreadable
from reasoning_gym.checker.points import variables
from reasoning_gym.checker.rationals import Rational, divide, power, tidy, whole_root
from reasoning_gym.checker.shapes import is_reduced
from reasoning_gym.checker.syntax import Apply, Name, Node, Number, parse
from reasoning_gym.families.draws import nonzero, whole
from reasoning_gym.families.notation import add, number
from reasoning_gym.families.notation import power as raised
from reasoning_gym.families.numbers import bare
from reasoning_gym.families.steps import (
    Measure,
    bits,
    check_bounded,
    occurrences,
    operations,
    sides,
    stated_number,
    value_where,
)
from reasoning_gym.family import ANSWER_FORMAT, Family, family
from reasoning_gym.problem import CORRECT, Given, Problem, Question, Verdict, incorrect

_FORMAT = ANSWER_FORMAT.format(answer="the number")
_INDEXED = re.compile(r"([aS])_(\d{1,4})", re.ASCII)
_MOST_UNKNOWN = 2  # quantities that aren't known yet, in one line
_STEP_NAME = {"arithmetic": "d", "geometric": "r"}

Facts: TypeAlias = "tuple[tuple[str, str], ...]"  # names and their values as texts


class Solved(NamedTuple):
    """A question's sequence: its first term, its difference or ratio, how far the question goes, and n."""

    kind: str
    first: Rational
    step: Rational
    furthest: int
    place: int | None = None  # n, where a_n is given

    def term(self, k: int) -> Rational:
        """The k-th term."""
        if self.kind == "arithmetic":
            return tidy(self.first + (k - 1) * self.step)
        return tidy(self.first * power(self.step, k - 1))

    def total(self, k: int) -> Rational:
        """The sum of the first k terms."""
        if self.kind == "arithmetic":
            return divide(k * (self.first + self.term(k)), 2)
        return divide(self.first * (power(self.step, k) - 1), self.step - 1)

    def value(self, name: str) -> Rational | None:
        """What a name stands for; None for one that the question has no use for."""
        indexed = _INDEXED.fullmatch(name)
        if indexed and 1 <= int(indexed[2]) <= self.furthest:
            return self.term(int(indexed[2])) if indexed[1] == "a" else self.total(int(indexed[2]))
        if name == _STEP_NAME[self.kind]:
            return self.step
        if self.place is None:
            return None
        return self.place if name == "n" else self.term(self.place) if name == "a_n" else None


@family(category="algebra", levels=8)
class SequenceTerm(Family):
    """Find a term, a sum of terms or the place of a term of an arithmetic or geometric sequence.

    Statement: `Arithmetic sequence: a_1=3, d=4. Find a_10`. d is the difference and r the ratio of neighbours; S_k is
        the sum of the first k terms, written out where it is asked for.
    Thoughts: the difference or ratio from two terms where it isn't given, then the formula with its numbers, worked
        out.
    Answer: a whole number or a fraction, worked out.
    Level: 1 a term of an arithmetic sequence (2,560 different questions); 2 with signs and larger places; 3 a term of
        a geometric one (4,800); 4 an arithmetic sum; 5 an arithmetic sequence by two of its terms; 6 a geometric sum;
        7 which term has a value; 8 a geometric sequence by two of its terms, or an arithmetic one by its first term
        and a sum. Guessing pays up to 6 %, at level 7.
    Verified: by the exact value.
    Checked step by step: an equation between the sequence's quantities that is true, and not whatever the value of
        those that aren't known yet (at most two), and simpler than the last such one of the same unknowns.

        Arithmetic sequence: a_1=3, d=4. Find a_10
        a_10=3+9*4
        a_10=3+36
        Answer: 39
    """

    def generate(self, rng: np.random.Generator, level: int) -> Problem:
        kind, facts, asked = _DRAWS[level - 1](rng)
        stated = ", ".join(f"{_long(name)}={value}" for name, value in facts)
        statement = f"{kind.capitalize()} sequence: {stated}. Find {_long(asked)}"
        question = Question(self.name, level, statement, _FORMAT, (kind, facts, asked))
        return Problem(question, number(_asked_value(question.given)))

    def reference_thoughts(self, problem: Problem) -> tuple[str, ...]:
        lines = dict.fromkeys(_worked(problem.question.given))
        return (*lines, f"Answer: {problem.answer}")

    def check_step(self, question: Question, thoughts: Sequence[str], step: str) -> Verdict:
        def decide() -> Verdict:
            solved = _solved(question.given)
            known = {name for name, _ in _facts(question.given)}
            best: dict[frozenset[str], Measure] = {}
            for line in thoughts:
                _learn(line, solved, known, best)
            return _check(parse(step), solved, known, best)

        return check_bounded(thoughts, decide)

    def check_conclusion(self, question: Question, thoughts: Sequence[str], answer: str) -> Verdict:
        del thoughts  # the sequence is known by the question

        def decide() -> Verdict:
            stated = stated_number(parse(bare(answer).replace("$", "")), str(question.given[2]))
            return CORRECT if stated == _asked_value(question.given) else incorrect("the values differ")

        return guarded(decide)


def _long(name: str) -> str:
    """A sum with what it is the sum of."""
    return f"{name}=a_1+...+a_{name[2:]}" if name.startswith("S_") else name


# the sequence


def _facts(given: tuple[Given, ...]) -> Facts:
    return cast("Facts", given[1])


@lru_cache(maxsize=1024)
def _solved(given: tuple[Given, ...]) -> Solved:
    """The sequence that a question's facts describe."""
    kind, asked = str(given[0]), str(given[2])
    facts = {name: tidy(Fraction(value)) for name, value in _facts(given)}
    places = [int(name[2:]) for name in (*facts, asked) if _INDEXED.fullmatch(name)]
    first, step = (_arithmetic if kind == "arithmetic" else _geometric)(facts)
    solved = Solved(kind, first, step, max(places))
    if "a_n" not in facts:
        return solved
    place = next(n for n in range(1, 1_000) if solved.term(n) == facts["a_n"])
    return solved._replace(place=place, furthest=place)


def _arithmetic(facts: Mapping[str, Rational]) -> tuple[Rational, Rational]:
    """First term and difference from two linear equations in them."""
    rows: list[tuple[Rational, Rational, Rational]] = []
    for name, value in facts.items():
        indexed = _INDEXED.fullmatch(name)
        if name == "d":
            rows.append((0, 1, value))
        elif indexed:
            k = int(indexed[2])
            rows.append((1, k - 1, value) if indexed[1] == "a" else (k, k * (k - 1) // 2, value))
    (a, b, u), (c, d, v) = rows
    scale = a * d - b * c
    return divide(u * d - b * v, scale), divide(a * v - u * c, scale)


def _geometric(facts: Mapping[str, Rational]) -> tuple[Rational, Rational]:
    """First term and ratio from a term and the ratio, or from two terms an odd number of places apart."""
    terms = sorted((int(name[2:]), value) for name, value in facts.items() if _INDEXED.fullmatch(name))
    (i, v), (j, w) = terms[0], terms[-1]
    step = facts["r"] if "r" in facts else _odd_root(divide(w, v), j - i)
    return divide(v, power(step, i - 1)), step


def _odd_root(value: Rational, index: int) -> Rational:
    tops = (whole_root(abs(value.numerator), index), whole_root(value.denominator, index))
    assert tops[0] is not None
    assert tops[1] is not None
    return tidy(Fraction(tops[0] if value > 0 else -tops[0], tops[1]))


@lru_cache(maxsize=1024)
def _asked_value(given: tuple[Given, ...]) -> Rational:
    value = _solved(given).value(str(given[2]))
    assert value is not None
    return value


# steps


def _learn(line: str, solved: Solved, known: set[str], best: dict[frozenset[str], Measure]) -> None:
    """Take in an earlier line; one that is no valid step teaches nothing."""
    try:
        _check(parse(line), solved, known, best)
    except (Unreadable, Undefined, Refused):
        return


def _check(node: Node, solved: Solved, known: set[str], best: dict[frozenset[str], Measure]) -> Verdict:
    """Take in an equation between a sequence's quantities, and say whether it is true and new."""
    equal = sides(node)
    if len(equal) < 2:
        return incorrect("an equation was expected")
    values: dict[str, Rational] = {}
    for name in variables(node):
        value = solved.value(name)
        if value is None:
            return incorrect(f"{name[:20]} is no quantity of this question")
        values[name] = value
    unknown = frozenset(values) - known
    if not 1 <= len(unknown) <= _MOST_UNKNOWN:
        return incorrect("one or two quantities that aren't known yet were expected")
    others = {name: values[name] + 2 * i + 1 for i, name in enumerate(sorted(unknown))}
    if not _holds(equal, values) or _holds(equal, {**values, **others}):
        return incorrect("false, or true of any sequence")
    measure = _measure(equal)
    if unknown in best and measure >= best[unknown]:
        return incorrect("no simpler than the last line about this")
    best[unknown] = measure
    for one, other in ((equal[0], equal[-1]), (equal[-1], equal[0])):
        if isinstance(one, Name) and is_reduced(other):
            known.add(one.name)
    return CORRECT


def _holds(equal: Sequence[Node], values: Mapping[str, Rational]) -> bool:
    found = [value_where(side, values) for side in equal]
    if None in found:
        raise Unreadable("an equation of numbers and quantities of the sequence was expected")
    return len(set(found)) == 1


def _measure(equal: Sequence[Node]) -> Measure:
    """Names, operations and the size of the numbers in the first and the last side."""
    ends = (equal[0], equal[-1])
    return (
        sum(occurrences(side, None) for side in ends),
        sum(map(operations, ends)),
        sum(map(_operations_beside_names, ends)),
        sum(map(bits, ends)),
        sum(map(_minuses, ends)),
    )


def _minuses(node: Node) -> int:
    """How many minus signs are written."""
    if isinstance(node, Number):
        return int(node.value < 0)
    return (node.head == "neg") + sum(map(_minuses, node.args)) if isinstance(node, Apply) else 0


def _operations_beside_names(node: Node) -> int:
    return operations(node) if variables(node) else 0


# working it out


def _bracketed(value: Rational) -> str:
    text = number(value)
    return text if text.isdigit() else f"({text})"


def _worked(given: tuple[Given, ...]) -> Iterator[str]:
    solved, asked = _solved(given), str(given[2])
    facts = {name: tidy(Fraction(value)) for name, value in _facts(given)}
    places = sorted(int(name[2:]) for name in facts if name.startswith("a_") and name != "a_n")
    if len(places) == 2:
        yield from _step_lines(solved, places[0], places[1])
    if asked == "n":
        yield from _place_lines(solved)
    elif any(name.startswith("S_") for name in facts):
        yield from _last_from_sum(solved, asked)
    elif asked.startswith("a_"):
        yield from _term_lines(solved, places[-1], int(asked[2:]))
    elif solved.kind == "arithmetic":
        count = int(asked[2:])
        last = solved.term(count)
        yield from _term_lines(solved, 1, count)
        yield f"a_{count}={number(last)}"
        yield f"{asked}={count}*({add((number(solved.first), number(last)))})/2"
        yield f"{asked}={count}*{_bracketed(tidy(solved.first + last))}/2"
    else:
        count, ratio = int(asked[2:]), _bracketed(solved.step)
        yield f"{asked}={number(solved.first)}*({ratio}^{count}-1)/({number(solved.step)}-1)"
        over, under = (_bracketed(tidy(each - 1)) for each in (power(solved.step, count), solved.step))
        yield f"{asked}={number(solved.first)}*{over}/{under}"


def _step_lines(solved: Solved, i: int, j: int) -> Iterator[str]:
    """The difference or ratio from two terms."""
    v, w = solved.term(i), solved.term(j)
    if solved.kind == "arithmetic":
        yield f"d=({number(w)}-{_bracketed(v)})/{j - i}"
        yield f"d={number(tidy(w - v))}/{j - i}"
        yield f"d={number(solved.step)}"
        return
    yield f"{raised('r', j - i)}={number(w)}/{_bracketed(v)}"
    yield f"{raised('r', j - i)}={number(divide(w, v))}"
    yield f"r={number(solved.step)}"


def _term_lines(solved: Solved, known: int, wanted: int) -> Iterator[str]:
    """A term from one before it."""
    start, count, name = number(solved.term(known)), wanted - known, f"a_{wanted}"
    if solved.kind == "arithmetic":
        yield f"{name}={start}+{count}*{_bracketed(solved.step)}"
        yield f"{name}={add((start, number(tidy(count * solved.step))))}"
        return
    yield f"{name}={start}*{raised(_bracketed(solved.step), count)}"
    yield f"{name}={start}*{_bracketed(power(solved.step, count))}"


def _last_from_sum(solved: Solved, asked: str) -> Iterator[str]:
    """The last term from the first and the sum."""
    count = int(asked[2:])
    total, first = solved.total(count), number(solved.first)
    yield f"{count}*({first}+{asked})/2={number(total)}"
    yield f"{first}+{asked}={number(tidy(solved.first + solved.term(count)))}"


def _place_lines(solved: Solved) -> Iterator[str]:
    """Which term it is: the formula solved for n."""
    place = solved.place or 1
    last, first, step = number(solved.term(place)), number(solved.first), _bracketed(solved.step)
    if solved.kind == "arithmetic":
        yield f"{first}+(n-1)*{step}={last}"
        yield f"(n-1)*{step}={number(tidy(solved.term(place) - solved.first))}"
    else:
        yield f"{first}*{step}^(n-1)={last}"
        yield f"{step}^(n-1)={number(divide(solved.term(place), solved.first))}"
    yield f"n-1={place - 1}"


# levels: the kind, the facts, and what is asked


def _asks(kind: str, facts: Mapping[str, Rational], asked: str) -> tuple[str, Facts, str]:
    return kind, tuple((name, number(tidy(value))) for name, value in facts.items()), asked


Drawn: TypeAlias = "tuple[str, Facts, str]"


def _small_term(rng: np.random.Generator) -> Drawn:
    first, step, place = whole(rng, 1, 20, 1) + whole(rng, 2, 9, 1) + whole(rng, 5, 20, 1)
    return _asks("arithmetic", {"a_1": first, "d": step}, f"a_{place}")


def _large_term(rng: np.random.Generator) -> Drawn:
    (first,), (step,), (place,) = nonzero(rng, 60, 1), nonzero(rng, 20, 1), whole(rng, 10, 99, 1)
    return _asks("arithmetic", {"a_1": first, "d": step}, f"a_{place}")


def _ratio(rng: np.random.Generator) -> Rational:
    pool = (2, 3, 4, 5, -2, -3, Fraction(1, 2), Fraction(1, 3), Fraction(-1, 2), Fraction(3, 2))
    return pool[int(rng.integers(len(pool)))]


def _geometric_term(rng: np.random.Generator) -> Drawn:
    (first,), (place,) = nonzero(rng, 40, 1), whole(rng, 3, 8, 1)
    return _asks("geometric", {"a_1": first, "r": _ratio(rng)}, f"a_{place}")


def _arithmetic_sum(rng: np.random.Generator) -> Drawn:
    (first,), (step,), (count,) = nonzero(rng, 30, 1), nonzero(rng, 12, 1), whole(rng, 5, 50, 1)
    return _asks("arithmetic", {"a_1": first, "d": step}, f"S_{count}")


def _by_two_terms(rng: np.random.Generator) -> Drawn:
    (first,), (step,), (i, gap, more) = nonzero(rng, 40, 1), nonzero(rng, 15, 1), whole(rng, 2, 15, 3)
    terms = {f"a_{i}": first, f"a_{i + gap}": first + gap * step}
    return _asks("arithmetic", terms, f"a_{i + gap + more}")


def _geometric_sum(rng: np.random.Generator) -> Drawn:
    (first,), (count,) = nonzero(rng, 60, 1), whole(rng, 4, 8, 1)
    return _asks("geometric", {"a_1": first, "r": _ratio(rng)}, f"S_{count}")


def _place(rng: np.random.Generator) -> Drawn:
    (first,), (step,), (place,) = nonzero(rng, 40, 1), nonzero(rng, 12, 1), whole(rng, 8, 60, 1)
    if rng.random() < 0.25:
        ratio, place = (2, 3, -2, 5)[abs(step) % 4], 4 + place % 7
        return _asks("geometric", {"a_1": first, "r": ratio, "a_n": first * ratio ** (place - 1)}, "n")
    return _asks("arithmetic", {"a_1": first, "d": step, "a_n": first + (place - 1) * step}, "n")


def _by_terms_or_sum(rng: np.random.Generator) -> Drawn:
    (first,), (step,), (count, more) = nonzero(rng, 40, 1), nonzero(rng, 15, 1), whole(rng, 1, 3, 2)
    if rng.random() < 0.5:
        ratio, gap = _ratio(rng), 3 if count < 3 else 1
        scaled = first * (1 if isinstance(ratio, int) else ratio.denominator**gap)
        terms = {f"a_{count + 1}": scaled, f"a_{count + 1 + gap}": scaled * ratio**gap}
        return _asks("geometric", terms, f"a_{count + 1 + gap + more}")
    count = 5 * count + more + abs(step)
    total = Fraction(count * (2 * first + (count - 1) * step), 2)
    return _asks("arithmetic", {"a_1": first, f"S_{count}": total}, f"a_{count}")


_DRAWS: tuple[Callable[[np.random.Generator], Drawn], ...] = (
    _small_term,
    _large_term,
    _geometric_term,
    _arithmetic_sum,
    _by_two_terms,
    _geometric_sum,
    _place,
    _by_terms_or_sum,
)
