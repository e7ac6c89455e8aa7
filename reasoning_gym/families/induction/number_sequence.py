"""The next term of a number sequence, of which a declared set of rules leaves one possibility."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple, TypeAlias, cast

import numpy as np

from reasoning_gym.families.draws import nonzero, whole
from reasoning_gym.families.numbers import check_number
from reasoning_gym.family import ANSWER_FORMAT, Family, family
from reasoning_gym.problem import CORRECT, Problem, Question, Verdict, incorrect, unreadable

Terms: TypeAlias = "tuple[int, ...]"

_FORMAT = ANSWER_FORMAT.format(
    answer="the next term. The rule is one of: add the same number; multiply by the same integer; add two numbers "
    "in turn; add numbers that grow by the same number; take the sum of the two terms before; multiply by an integer "
    "and add a number; two sequences in turn, each by one of the first two rules"
)
_KINDS = ("a", "AG", "GT", "TQ", "QFM", "FMI", "TQFMI")  # the initials of the rules drawn, by level
_SCALE = (1, 1, 1, 1, 1, 1, 3)  # of starts and increments, by level
_SHOWN = 6  # terms, at least: every rule is determined by four of them, so that two are left to test it
_PLACES = {"odd places": slice(0, None, 2), "even places": slice(1, None, 2)}
_ROW = re.compile(
    r"(differences|second differences|ratios|sums|odd places|even places)"
    r"(?: of (differences|odd places|even places))?:? (-?\d{1,12}(?:, ?-?\d{1,12}){0,12})",
    re.ASCII,
)
_EQUATION = re.compile(r"(-?\d{1,12}) ?([-+*]) ?(-?\d{1,12}) ?= ?(-?\d{1,12})", re.ASCII)
_STEP = re.compile(r"(-?\d{1,12}) ?\* ?(-?\d{1,12}) ?([-+]) ?(\d{1,12}) ?= ?(-?\d{1,12})", re.ASCII)
_OPERATIONS = {"+": operator.add, "-": operator.sub, "*": operator.mul}


@family(category="induction", levels=7)
class NumberSequence(Family):
    """Find the next term of a sequence of integers.

    Statement: `Next term: 3,7,11,15,19,23`. Six to eight terms. The rules that are allowed are named with the question:
        add the same number; multiply by the same integer; add two numbers in turn; add numbers that grow by the
        same number; take the sum of the two terms before; multiply by an integer and add a number; two sequences in
        turn, each by one of the first two rules. All rules of this set that fit the terms agree in the next one.
    Thoughts: the row of differences, of ratios, of sums of neighbours or of every other term that shows the rule,
        and what is added to the last term.
    Answer: an integer.
    Level: 1 has 1,200 different questions of the first rule, 2 about 16,000 of the first two; from then on rules that
        take more rows to see, and at the last level all but these two, with larger numbers.
    Verified: by fitting every rule of the set.
    Checked step by step: a row must be the true one of the terms, or of an earlier kind of row, and be new; a
        calculation must be right and give the next term, or the next difference, from the last one: by a sum or
        difference, by a product where the terms or differences are multiplied, or by both: `63*2+1=127`.

        Next term: 3,7,11,15,19,23
        differences 4,4,4,4,4
        23+4=27
        Answer: 27
    """

    def generate(self, rng: np.random.Generator, level: int) -> Problem:
        """Draw terms until all rules that fit them agree in the next."""
        kinds = _KINDS[level - 1]
        while True:
            kind = kinds[int(rng.integers(len(kinds)))]
            terms = _DRAWS[kind](rng, _SCALE[level - 1])
            nexts = {fit.after(terms) for fit in _fits(terms)}
            if len(nexts) == 1 and len(set(terms)) > 2:
                break
        statement = f"Next term: {_listed(terms)}"
        return Problem(Question(self.name, level, statement, _FORMAT, (terms,)), str(nexts.pop()))

    def reference_thoughts(self, problem: Problem) -> tuple[str, ...]:
        terms = _given(problem.question)
        return (*next(_fits(terms)).explained(terms), f"Answer: {problem.answer}")

    def check_step(self, question: Question, thoughts: Sequence[str], step: str) -> Verdict:
        terms = _given(question)
        if not any(pattern.fullmatch(step) for pattern in (_ROW, _EQUATION, _STEP)):
            return unreadable(f"{step[:60]!r} is neither a row such as 'differences 4,4' nor a sum such as '23+4=27'")
        fact = _fact(terms, step)
        if not fact:
            return incorrect("the row or the calculation is wrong, or doesn't give what comes next")
        return incorrect("says nothing new") if fact in {_fact(terms, line) for line in thoughts} else CORRECT

    def check_conclusion(self, question: Question, thoughts: Sequence[str], answer: str) -> Verdict:
        del thoughts
        return check_number(answer, _next_term(_given(question)))


class _Rule(NamedTuple):
    after: Callable[[Terms], int | None]  # the next term; None where the rule doesn't fit
    explained: Callable[[Terms], tuple[str, ...]]


def _given(question: Question) -> Terms:
    return cast("Terms", question.given[0])


def _listed(numbers: Sequence[int]) -> str:
    return ",".join(map(str, numbers))


def _fits(terms: Terms) -> Iterator[_Rule]:
    """The rules that explain all the terms, the simplest first."""
    return (rule for rule in _RULES if rule.after(terms) is not None)


@lru_cache(maxsize=1024)
def _next_term(terms: Terms) -> int:
    return cast("int", next(_fits(terms)).after(terms))


def _differences(terms: Terms) -> Terms:
    return tuple(b - a for a, b in pairwise(terms))


def _ratios(terms: Terms) -> Terms:
    """The quotients of neighbours; empty unless they all are integers."""
    if 0 in terms[:-1] or any(b % a for a, b in pairwise(terms)):
        return ()
    return tuple(b // a for a, b in pairwise(terms))


def _same_number_added(terms: Terms) -> int | None:
    steps = _differences(terms)
    return terms[-1] + steps[0] if len(set(steps)) == 1 else None


def _multiplied(terms: Terms) -> int | None:
    if not any(terms[1:]):
        return 0  # 0 is an integer to multiply by, too
    ratios = _ratios(terms)
    return terms[-1] * ratios[0] if len(set(ratios)) == 1 else None


def _two_numbers_in_turn(terms: Terms) -> int | None:
    steps = _differences(terms)
    return terms[-1] + steps[-2] if steps[2:] == steps[:-2] else None


def _growing_steps(terms: Terms) -> int | None:
    step = _same_number_added(_differences(terms))
    return None if step is None else terms[-1] + step


def _two_before(terms: Terms) -> int | None:
    return terms[-2] + terms[-1] if _sums(terms) == terms[2:] else None


def _sums(terms: Terms) -> Terms:
    """The sums of neighbours, but for the last two, which make the next term."""
    return tuple(a + b for a, b in pairwise(terms[:-1]))


def _multiplied_steps(terms: Terms) -> int | None:
    """Multiply by an integer and add a number: then the steps are multiplied by that integer."""
    step = _multiplied(_differences(terms))
    return None if step is None else terms[-1] + step


def _next_place(terms: Terms) -> str:
    """The places to which the next term belongs."""
    return "even places" if len(terms) % 2 else "odd places"


def _two_sequences(terms: Terms) -> int | None:
    nexts = {name: _simple_next(terms[place]) for name, place in _PLACES.items()}
    return None if None in nexts.values() else nexts[_next_place(terms)]


def _simple_next(terms: Terms) -> int | None:
    added = _same_number_added(terms)
    return _multiplied(terms) if added is None else added


def _sum(a: int, b: int) -> str:
    return f"{a}{b:+}={a + b}"


def _second_differences(terms: Terms) -> Terms:
    return _differences(_differences(terms))


_MEASURES: dict[str, Callable[[Terms], Terms]] = {
    "differences": _differences,
    "second differences": _second_differences,
    "ratios": _ratios,
    "sums": _sums,
}


def _explain_added(terms: Terms, of: str = "") -> tuple[str, ...]:
    steps = _differences(terms)
    return f"differences{of} {_listed(steps)}", _sum(terms[-1], steps[0])


def _explain_multiplied(terms: Terms, of: str = "") -> tuple[str, ...]:
    ratios = _ratios(terms)
    return f"ratios{of} {_listed(ratios)}", f"{terms[-1]}*{ratios[0]}={terms[-1] * ratios[0]}"


def _explain_in_turn(terms: Terms) -> tuple[str, ...]:
    steps = _differences(terms)
    return f"differences {_listed(steps)}", _sum(terms[-1], steps[-2])


def _explain_growing(terms: Terms) -> tuple[str, ...]:
    steps = _differences(terms)
    growth = _second_differences(terms)
    row = f"differences {_listed(steps)}"
    last = steps[-1] + growth[0]
    return row, f"second differences {_listed(growth)}", _sum(steps[-1], growth[0]), _sum(terms[-1], last)


def _explain_two_before(terms: Terms) -> tuple[str, ...]:
    return f"sums {_listed(_sums(terms))}", _sum(terms[-2], terms[-1])


def _explain_multiplied_steps(terms: Terms) -> tuple[str, ...]:
    steps = _differences(terms)
    lines = _explain_multiplied(steps, " of differences")
    return f"differences {_listed(steps)}", *lines, _sum(terms[-1], steps[-1] * _ratios(steps)[0])


def _explain_two_sequences(terms: Terms) -> tuple[str, ...]:
    name = _next_place(terms)
    part = terms[_PLACES[name]]
    explain = _explain_multiplied if _same_number_added(part) is None else _explain_added
    return (*(f"{each} {_listed(terms[place])}" for each, place in _PLACES.items()), *explain(part, f" of {name}"))


_RULES = (
    _Rule(_same_number_added, _explain_added),
    _Rule(_multiplied, _explain_multiplied),
    _Rule(_two_numbers_in_turn, _explain_in_turn),
    _Rule(_growing_steps, _explain_growing),
    _Rule(_two_before, _explain_two_before),
    _Rule(_multiplied_steps, _explain_multiplied_steps),
    _Rule(_two_sequences, _explain_two_sequences),
)


def _fact(terms: Terms, line: str) -> str:
    """The name of the row, or of the next number, that a line states rightly; empty if it does neither."""
    row = _ROW.fullmatch(line)
    if row is not None:
        name = f"{row[1]} of {row[2]}" if row[2] else row[1]
        name = "second differences" if name == "differences of differences" else name
        stated = tuple(map(int, row[3].split(",")))
        return name if stated == _row(terms, name) else ""
    step = _STEP.fullmatch(line)
    if step is not None:
        a, b, added = int(step[1]), int(step[2]), int(step[3] + step[4])
        right = any(_is_step(terms, *numbers, added, int(step[5])) for numbers in ((a, b), (b, a)))
        return "next term" if right else ""
    equation = _EQUATION.fullmatch(line)
    if equation is None:
        return ""
    a, b, result = int(equation[1]), int(equation[3]), int(equation[4])
    true = _OPERATIONS[equation[2]](a, b) == result
    return _next_number(terms, equation[2], a, b, result) if true else ""


def _row(terms: Terms, name: str) -> Terms:
    """The row of a name; empty if there is none."""
    kind, _, of = name.partition(" of ")
    base = _row(terms, of) if of else terms
    if kind in _PLACES:
        return () if of else terms[_PLACES[kind]]
    return _MEASURES[kind](base)


def _is_step(terms: Terms, last: int, factor: int, added: int, result: int) -> bool:
    """Whether the last term times a factor and a number more is the next, as every term comes from the one before."""
    follows = all(a * factor + added == b for a, b in pairwise(terms))
    return follows and last == terms[-1] and result == last * factor + added


def _next_number(terms: Terms, symbol: str, a: int, b: int, result: int) -> str:
    """Whether a calculation goes from the last term to the next, or from the last difference to the next."""
    following, steps = _next_term(terms), _differences(terms)
    rows = [terms] if _two_sequences(terms) is None else [terms, terms[_PLACES[_next_place(terms)]]]
    if result == following and any(_leads_on(row, symbol, a, b) for row in rows):
        return "next term"
    if result == following - terms[-1] != steps[-1] and _leads_on(steps, symbol, a, b):
        return "next difference"
    return ""


def _leads_on(row: Terms, symbol: str, a: int, b: int) -> bool:
    """Whether a calculation starts from the last number of a row, and multiplies only where the row is multiplied."""
    starts = row[-1] in (a, -b if symbol == "-" else b)
    return starts and (symbol != "*" or _multiplied(row) is not None)


def _draw_small_added(rng: np.random.Generator, scale: int) -> Terms:
    (start,), (step,) = whole(rng, 0, 99, 1), whole(rng, 1, 12 * scale, 1)
    return tuple(start + step * i for i in range(_SHOWN))


def _draw_added(rng: np.random.Generator, scale: int) -> Terms:
    (start,), (step,) = nonzero(rng, 99, 1), nonzero(rng, 40 * scale, 1)
    return tuple(start + step * i for i in range(_SHOWN))


def _draw_multiplied(rng: np.random.Generator, scale: int) -> Terms:
    (start,) = nonzero(rng, 60 * scale, 1)
    factor = (2, 3, -2, -3)[int(rng.integers(4))]
    return tuple(start * factor**i for i in range(_SHOWN))


def _draw_in_turn(rng: np.random.Generator, scale: int) -> Terms:
    start, *steps = nonzero(rng, 20 * scale, 3)
    return tuple(start + steps[0] * ((i + 1) // 2) + steps[1] * (i // 2) for i in range(_SHOWN))


def _draw_growing(rng: np.random.Generator, scale: int) -> Terms:
    start, step, growth = nonzero(rng, 12 * scale, 3)
    return tuple(start + step * i + growth * (i * (i - 1) // 2) for i in range(_SHOWN))


def _draw_two_before(rng: np.random.Generator, scale: int) -> Terms:
    terms = nonzero(rng, 30 * scale, 2)
    while len(terms) < _SHOWN:
        terms.append(terms[-2] + terms[-1])
    return tuple(terms)


def _draw_multiplied_steps(rng: np.random.Generator, scale: int) -> Terms:
    start, added = nonzero(rng, 20 * scale, 2)
    factor = (2, 3, -2, -3)[int(rng.integers(4))]
    terms = [start]
    while len(terms) < _SHOWN:
        terms.append(terms[-1] * factor + added)
    return tuple(terms)


def _draw_two_sequences(rng: np.random.Generator, scale: int) -> Terms:
    shown, added = int(rng.integers(_SHOWN, _SHOWN + 3)), rng.random(2).tolist()
    starts, steps = nonzero(rng, 20 * scale, 2), nonzero(rng, 9 * scale, 2)
    terms: list[int] = []
    for i in range(shown):
        side, turn = i % 2, i // 2
        sign = 2 + (steps[side] > 0)
        terms.append(starts[side] + steps[side] * turn if added[side] < 0.6 else starts[side] * sign**turn)
    return tuple(terms)


_DRAWS: dict[str, Callable[[np.random.Generator, int], Terms]] = {
    "a": _draw_small_added,
    "A": _draw_added,
    "G": _draw_multiplied,
    "T": _draw_in_turn,
    "Q": _draw_growing,
    "F": _draw_two_before,
    "M": _draw_multiplied_steps,
    "I": _draw_two_sequences,
}
