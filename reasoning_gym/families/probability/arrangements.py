"""How many ways there are: orders, choices, letters, rows, sums, numbers, and what is left when some are excluded."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, cast

import numpy as np

from reasoning_gym.families.arranging import Fact, lines_of, quantities_of
from reasoning_gym.families.draws import between, pick
from reasoning_gym.families.named_quantities import NamedQuantities, Quantities, trace
from reasoning_gym.family import ANSWER_FORMAT, family
from reasoning_gym.problem import Problem, Question

_FORMAT = ANSWER_FORMAT.format(answer="the integer")
_THINGS = ("books", "cards", "coins", "flags", "keys", "letters", "people", "pictures", "songs", "stamps")
_GROUPS = (("woman", "man"), ("girl", "boy"), ("cat", "dog"), ("poet", "painter"))
_ROWS = (("people", "stand in a row"), ("books", "stand on a shelf"), ("pictures", "hang in a row"),
         ("songs", "are played one by one"), ("cars", "are parked in a row"), ("cards", "lie in a row"),
         ("runners", "finish one by one"), ("flags", "fly in a row"))  # fmt: skip
_LETTERS = "BCDEGHKLMNPQRSUVWXYZ"


class _Task(NamedTuple):
    kind: str
    facts: tuple[Fact, ...]
    nouns: tuple[str, ...] = ()


@family(category="probability", levels=8)
class Arrangements(NamedQuantities):
    """Count the ways to order, to choose or to share.

    Statement: `How many ways are there to put 3 of 7 different books in order?`
    Thoughts: N as a product or quotient of factorials and of choices C(n,k), worked out; where ways are excluded or
    added, the parts before: `all`, `together`, `over`, `ways(2)`, each said in what it is made of.
    Answer: the whole number, worked out.
    Level: 1 orders (about 470 questions), 2 choices (about 740), 3 letters with repeats, 4 committees of two groups
    (about 3,500), 5 rows with a condition (about 500), 6 sums of whole numbers (about 10,000), 7 numbers from digits,
    8 what is left when some are excluded.
    Verified: by the formulas that count them.
    Checked step by step: a line is true and brings what it names nearer to a number.

        How many ways are there to put 3 of 5 different coins in order?
        N=5*4*3=60
        Answer: 60
    """

    def generate(self, rng: np.random.Generator, level: int) -> Problem:
        while (task := _DRAWN[level - 1](rng.random(16).tolist())) is None:
            pass
        statement = _statement(task)
        question = Question(self.name, level, statement, _FORMAT, (task.kind, task.facts))
        return Problem(question, lines_of(task.kind, task.facts)[-1].sides[-1])

    def reference_thoughts(self, problem: Problem) -> tuple[str, ...]:
        return trace(lines_of(*_given(problem.question)))

    def quantities(self, question: Question) -> Quantities:
        return quantities_of(*_given(question))


def _given(question: Question) -> tuple[str, tuple[Fact, ...]]:
    return cast("tuple[str, tuple[Fact, ...]]", question.given)


def _orders(draws: Sequence[float]) -> _Task:
    count = between((4, 15), draws[0])
    return _Task("order", (count, between((2, 4), draws[1]) if draws[2] < 0.9 else count), (pick(_THINGS, draws[3]),))


def _choices(draws: Sequence[float]) -> _Task:
    count = between((5, 20), draws[0])
    return _Task("choose", (count, between((2, min(count - 2, 6)), draws[1])), (pick(_THINGS, draws[2]),))


def _repeats(draws: Sequence[float]) -> _Task | None:
    kinds = between((2, 4), draws[0])
    counts = [between((1, 4), draw) for draw in draws[1 : 1 + kinds]]
    letters = sorted({pick(_LETTERS, draw) for draw in draws[5 : 5 + kinds]})
    if len(letters) < kinds or not 4 <= sum(counts) <= 10 or max(counts) == 1:
        return None
    return _Task("repeats", ("".join(letter * count for letter, count in zip(letters, counts, strict=True)),))


def _committees(draws: Sequence[float]) -> _Task:
    ones, others = between((3, 9), draws[0]), between((3, 9), draws[1])
    groups = pick(_GROUPS, draws[2])
    if draws[3] < 0.5:
        chosen = (between((1, 3), draws[4]), between((1, 3), draws[5]))
        return _Task("committee", (ones, others, *chosen), groups)
    size = between((3, 5), draws[4])
    return _Task("at least", (ones, others, size, between((1, min(size - 1, ones)), draws[5])), groups)


def _row(draws: Sequence[float]) -> _Task:
    kinds = ("together", "apart", "before", "ends", "not first", "inside", "between", "round", "round pair")
    kind = pick(kinds, draws[0])
    count = between((5, 12), draws[1])
    if kind.startswith("round"):
        return _Task(kind, (count,), ("people", "sit at a round table"))
    facts = (count, between((2, 4), draws[3])) if kind == "together" else (count,)
    return _Task(kind, facts, pick(_ROWS, draws[2]))


def _sums(draws: Sequence[float]) -> _Task | None:
    parts = between((2, 5), draws[0])
    least = [between((0, 3), draw) for draw in draws[1 : 1 + parts]]
    total = between((6, 20), draws[6])
    return _Task("sum", (total, *least)) if total - sum(least) >= 3 else None


def _numbers(draws: Sequence[float]) -> _Task | None:
    digits = "".join(digit for digit, draw in zip("0123456789", draws, strict=False) if draw < 0.55)
    length = between((3, 5), draws[10])
    rule = pick(("", "even", "odd"), draws[11])
    repeated = "repeated" if draws[12] < 0.4 else "different"
    evens = sum(int(digit) % 2 == 0 for digit in digits)
    if not length <= len(digits) <= 7 or not 1 < evens < len(digits):  # with 0 and another even digit, if any
        return None
    return _Task("numbers", (digits, length, rule, repeated))


def _excluding(draws: Sequence[float]) -> _Task | None:
    if draws[0] < 0.15:
        return _Task("onto", (between((4, 8), draws[1]), between((2, 4), draws[2])), (pick(_THINGS[:5], draws[3]),))
    if draws[0] < 0.6:
        letters = sorted({pick(_LETTERS, draw) for draw in draws[1:4]})
        counts = [between((1, 3), draw) for draw in draws[4:7]]
        apart = between((2, 4), draws[7])
        if len(letters) < 3 or not 3 <= sum(counts) <= 7 or apart > sum(counts) + 1:
            return None
        word = "".join(letter * count for letter, count in zip(letters, counts, strict=True))
        return _Task("no two", ("A" * apart + word,))
    parts, most = between((3, 5), draws[1]), between((3, 9), draws[2])
    total = between((most + 1, 2 * most + 1), draws[3])
    return _Task("bounded", (total, parts, most)) if total < parts * most - 1 else None


_DRAWN: Sequence[Callable[[Sequence[float]], _Task | None]] = (
    _orders, _choices, _repeats, _committees, _row, _sums, _numbers, _excluding
)  # fmt: skip


_STATEMENTS = {
    "order": "How many ways are there to put {1} of {0} different {noun} in order?",
    "choose": "How many ways are there to choose {1} of {0} different {noun}?",
    "repeats": "How many different orders have the letters {0}?",
    "committee": "How many groups of {some} and {rest} can be chosen from {ones} and {others}?",
    "at least": "How many groups of {2} with at least {least} can be chosen from {ones} and {others}?",
    "together": "In how many orders are {names} next to each other?",
    "apart": "In how many orders are A and B not next to each other?",
    "before": "In how many orders does A come before B, directly or not?",
    "ends": "In how many orders are A and B at the two ends?",
    "not first": "In how many orders is A not the first?",
    "inside": "In how many orders is A at neither end?",
    "between": "In how many orders is B somewhere between A and C?",
    "round": "How many orders are there, if it only counts who sits left and right of whom?",
    "round pair": "In how many orders do A and B sit side by side, if it only counts who sits left and right of whom?",
    "onto": "In how many ways can {0} different {noun} be given to {1} children, if each child gets at least one?",
    "no two": "In how many orders of the letters {0} are no two A's next to each other?",
    "bounded": "How many solutions has {sum}={0} in integers from 0 to {2}?",
    "sum": "How many solutions has {sum}={0} in integers {bounds}?",
    "numbers": (
        "How many {rule}numbers with {1} digits can be made from the digits {digits} ({repeated}, the first digit "
        "isn't 0)?"
    ),
}
_NAMED = {"apart": 2, "before": 2, "ends": 2, "not first": 1, "inside": 1, "between": 3, "round": 0, "round pair": 2}
_PLURALS = {"woman": "women", "man": "men"}


def _statement(task: _Task) -> str:
    """The question in words."""
    kind, facts, nouns = task
    template = _STATEMENTS[kind]
    if kind in {*_NAMED, "together"}:
        named = list("ABCD"[: _NAMED.get(kind, int(facts[-1]))])
        among = f", {_and(named)} among them," if named else ""
        return f"{facts[0]} {nouns[0]}{among} {nouns[1]}. {template.format(names=_and(named))}"
    if kind in {"committee", "at least"}:
        return template.format(*facts, **_groups(task))
    if kind == "numbers":
        repeated = "digits may repeat" if facts[3] == "repeated" else "no digit twice"
        rule = f"{facts[2]} " if facts[2] else ""
        return template.format(*facts, digits=",".join(str(facts[0])), rule=rule, repeated=repeated)
    unknowns = "abcde"[: int(facts[1]) if kind == "bounded" else len(facts) - 1]
    bounds = ", ".join(f"{name}>={least}" for name, least in zip(unknowns, facts[1:], strict=False))
    return template.format(*facts, noun="".join(nouns), sum="+".join(unknowns), bounds=bounds)


def _and(names: Sequence[str]) -> str:
    """`A`, `A and B`, `A, B and C`."""
    return " and ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))


def _groups(task: _Task) -> dict[str, str]:
    """How many of each group, in words."""
    ones, others, first, second = cast("tuple[int, int, int, int]", task.facts)
    one, other = task.nouns
    return {
        "ones": _counted(ones, one),
        "others": _counted(others, other),
        "some": _counted(first, one),
        "rest": _counted(second, other),
        "least": _counted(second, one),
    }


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun if count == 1 else _PLURALS.get(noun, f'{noun}s')}"
