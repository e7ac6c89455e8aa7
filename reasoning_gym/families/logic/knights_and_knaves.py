"""Knights who tell the truth and knaves who lie: who is what, from what they say?"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import combinations
from typing import NamedTuple, TypeAlias, cast

import numpy as np

from reasoning_gym.checker.equality import guarded
from reasoning_gym.checker.limits import Unreadable
from reasoning_gym.families.chances import Chances
from reasoning_gym.families.readings import plain, read_items
from reasoning_gym.family import ANSWER_FORMAT, Family, family
from reasoning_gym.problem import CORRECT, Problem, Question, Verdict, incorrect, unreadable

# What somebody says: its kind, then people by their places and what they are said to be.
Claim: TypeAlias = "tuple[str | int, ...]"
Literal: TypeAlias = "tuple[int, bool]"  # a person's place, and whether a knight
Worlds: TypeAlias = int  # bit w stands for the world in which bit i of w says whether person i is a knight

_ALL_NAMES = (
    "Amy Ann Ben Bob Cid Dan Eli Eva Fay Gus Hal Ian Ivy Jan Jim Kay Ken Lea Leo Max Meg Pat Ray Sam Sue Ted Tom"
)
_NAMES = tuple(_ALL_NAMES.split())
_KINDS = ("knave", "knight")
_FORMAT = ANSWER_FORMAT.format(answer="the names of all knights, such as Ann, Bob")
_ABOUT_IF = " 'If' is false only where its condition is true and the rest is false."
_RULE = "Knights tell the truth, knaves lie."
_LITERAL = r"([A-Z][a-z]{2}) (?:is )?(?:a )?(knight|knave)"
_LINE = re.compile(
    rf"(?:(?P<conditions>{_LITERAL}(?: ?, ?{_LITERAL}){{0,5}}) ?-> ?)?(?P<result>{_LITERAL}|contradiction)"
    rf"(?: ?; ?(?P<lesson>{_LITERAL}))?",
    re.ASCII,
)
_READ_LITERAL = re.compile(_LITERAL, re.ASCII)


class _Level(NamedTuple):
    people: int
    claims: tuple[str, ...]


_LEVELS = (
    _Level(2, ("is", "same", "both", "either")),
    _Level(3, ("is", "same", "both")),
    _Level(3, ("same", "both", "either", "exactly", "least")),
    _Level(4, ("is", "same", "both", "either", "exactly")),
    _Level(5, ("same", "both", "either", "exactly", "least", "most", "if")),
    _Level(6, ("both", "either", "exactly", "least", "most", "if", "if")),
)


@family(category="logic", levels=6)
class KnightsAndKnaves(Family):
    """Find out who is a knight, who tells the truth, and who is a knave, who lies.

    Statement: `Knights tell the truth, knaves lie. Ann: 'Bob is a knave.' Bob: 'Ann and I are both knaves.'
        Who is a knight?`
        Exactly one distribution of knights and knaves fits what is said, and there is at least one knight.
    Thoughts: what somebody must be by what one person says; where nothing follows so, what would follow if somebody
        were a knight or a knave, up to a contradiction: `Bob knight -> contradiction; Bob knave`.
    Answer: the names of all knights, in any order.
    Level: 2 to 6 people, who speak of one, of two, of how many knights there are, and with 'if'. Guessing pays about
        0.41 at level 1, 0.19 at levels 2 and 3, 0.09 at level 4 and less above.
    Verified: by going through all distributions.
    Checked step by step: a plain line must be entailed by all that is said; a conditional one by the statements of at
        most two people together with earlier lines, unless its condition holds. Either must say more than the
        earlier lines do together.

        Knights tell the truth, knaves lie. Eva: 'Pat and I are of the same kind.' Pat: 'Eva is a knight.'
            Who is a knight?
        Pat knight
        Eva knight
        Answer: Eva, Pat
    """

    def generate(self, rng: np.random.Generator, level: int) -> Problem:
        chances = Chances(rng)
        people, kinds = _LEVELS[level - 1]
        names = tuple(sorted(chances.several(_NAMES, people)))
        while True:
            world = chances.whole(1, (1 << people) - 1)
            claims = _draw_claims(chances, world, people, kinds)
            if _fitting(claims) == 1 << world and _work(claims) is not None:
                break
        said = " ".join(f"{name}: '{_spoken(names, place, claims[place])}'" for place, name in enumerate(names))
        form = _FORMAT + _ABOUT_IF * ("if" in kinds)
        question = Question(self.name, level, f"{_RULE} {said} Who is a knight?", form, (names, claims))
        return Problem(question, ", ".join(name for place, name in enumerate(names) if world >> place & 1))

    def reference_thoughts(self, problem: Problem) -> tuple[str, ...]:
        names, claims = _given(problem.question)
        steps = _work(claims) or []
        return (*(_written(names, step) for step in steps), f"Answer: {problem.answer}")

    def check_conclusion(self, question: Question, thoughts: Sequence[str], answer: str) -> Verdict:
        del thoughts
        names, claims = _given(question)

        def decide() -> Verdict:
            folded = {name.lower(): place for place, name in enumerate(names)}
            items = [item.lower() for item in read_items(re.sub(r",? and ", ", ", plain(answer)))]
            if len(set(items)) < len(items) or not all(item in folded for item in items):
                raise Unreadable("the names of all knights were asked for, each once")
            world = sum(1 << folded[item] for item in items)
            return CORRECT if _fitting(claims) >> world & 1 else incorrect("that doesn't fit what is said")

        return guarded(decide)

    def check_step(self, question: Question, thoughts: Sequence[str], step: str) -> Verdict:
        names, claims = _given(question)
        line = _read(names, step)
        if line is None:
            return unreadable(f"{step[:60]!r} is no line such as 'Ann knight' or 'Ann knight -> Bob knave'")
        told = _all_worlds(len(names))
        for text in thoughts:
            before = _read(names, text)
            told &= before.worlds(len(names)) if before and _follows(before, claims, told) else told
        if not _follows(line, claims, told):
            return incorrect("it doesn't follow from what is said and the earlier lines")
        return CORRECT if told & ~line.worlds(len(names)) else incorrect("the earlier lines say so already")


class _Step(NamedTuple):
    """Conditions, and what follows; a result of None is a contradiction."""

    conditions: tuple[Literal, ...]
    result: Literal | None

    def worlds(self, people: int) -> Worlds:
        """The worlds in which it is true."""
        supposed = _where(self.conditions, people)
        return _all_worlds(people) & ~supposed | (_where((self.result,), people) if self.result else 0)


def _given(question: Question) -> tuple[tuple[str, ...], tuple[Claim, ...]]:
    return cast("tuple[tuple[str, ...], tuple[Claim, ...]]", question.given)


def _all_worlds(people: int) -> Worlds:
    return (1 << (1 << people)) - 1


@cache
def _knight(place: int, people: int) -> Worlds:
    """The worlds in which somebody is a knight."""
    return sum(1 << world for world in range(1 << people) if world >> place & 1)


def _where(literals: Sequence[Literal], people: int) -> Worlds:
    worlds = _all_worlds(people)
    for place, knight in literals:
        column = _knight(place, people)
        worlds &= column if knight else ~column
    return worlds


@cache
def _counted(kind: str, count: int, people: int) -> Worlds:
    """The worlds with exactly, at least or at most so many knights."""
    fits = {"exactly": int.__eq__, "least": int.__ge__, "most": int.__le__}[kind]
    return sum(1 << world for world in range(1 << people) if fits(world.bit_count(), count))


def _truth(claim: Claim, people: int) -> Worlds:
    """The worlds in which a claim is true."""
    kind, *places = claim
    numbers = cast("list[int]", places)
    if kind in {"exactly", "least", "most"}:
        return _counted(str(kind), numbers[0], people)
    if kind == "is":
        return _where(((numbers[0], bool(numbers[1])),), people)
    one, other = numbers[:2]
    if kind == "same":
        equal = _all_worlds(people) & ~(_knight(one, people) ^ _knight(other, people))
        return equal if numbers[2] else _all_worlds(people) & ~equal
    first, second = (
        _where(((place, bool(knight)),), people) for place, knight in zip((one, other), numbers[2:], strict=True)
    )
    if kind == "both":
        return first & second
    return first | second if kind == "either" else _all_worlds(people) & ~first | second


def _columns(claims: Sequence[Claim]) -> list[Worlds]:
    """For each person the worlds that fit what is said: a knight says what is true, a knave what is false."""
    people = len(claims)
    return [_all_worlds(people) & ~(_knight(i, people) ^ _truth(claim, people)) for i, claim in enumerate(claims)]


def _fitting(claims: Sequence[Claim]) -> Worlds:
    worlds = _all_worlds(len(claims))
    for column in _columns(claims):
        worlds &= column
    return worlds


def _draw_claims(chances: Chances, world: int, people: int, kinds: Sequence[str]) -> tuple[Claim, ...]:
    """For each person a claim that is true if the person is a knight in a world, and false if not."""
    claims: list[Claim] = []
    for place in range(people):
        while True:
            claim = _draw_claim(chances, place, people, chances.pick(kinds))
            if _truth(claim, people) >> world & 1 == world >> place & 1:
                break
        claims.append(claim)
    return tuple(claims)


def _draw_claim(chances: Chances, speaker: int, people: int, kind: str) -> Claim:
    others = [place for place in range(people) if place != speaker]
    knight = int(chances.happens(0.5))
    if kind == "is":
        return kind, chances.pick(others), knight
    if kind == "same":
        return kind, speaker, chances.pick(others), knight
    if kind in {"exactly", "least", "most"}:
        return kind, chances.whole(1, people - 1 if kind != "least" else people)
    if people > 2 and chances.happens(0.6):
        one, other = sorted(chances.several(others, 2))
    else:
        one, other = speaker, chances.pick(others)
    if kind == "if":
        return kind, one, other, int(chances.happens(0.5)), knight
    return kind, one, other, knight, knight


def _spoken(names: Sequence[str], speaker: int, claim: Claim) -> str:
    kind, *places = claim
    numbers = cast("list[int]", places)
    if kind in {"exactly", "least", "most"}:
        much = {"exactly": "Exactly", "least": "At least", "most": "At most"}[str(kind)]
        return f"{much} {numbers[0]} of us {len(names)} {'is a knight' if numbers[0] == 1 else 'are knights'}."
    if kind == "is":
        return f"{names[numbers[0]]} is a {_KINDS[numbers[1]]}."
    one, other = ("I" if place == speaker else names[place] for place in numbers[:2])
    if kind == "same":
        return f"{other} and I are {'of the same kind' if numbers[2] else 'of different kinds'}."
    first, second = (_KINDS[knight] for knight in numbers[2:])
    if kind == "if":
        return f"If {one} {'am' if one == 'I' else 'is'} a {first}, {other} is a {second}."
    if kind == "both":
        return f"{other} and I are both {first}s." if one == "I" else f"{one} and {other} are both {first}s."
    return f"At least one of {f'{other} and me' if one == 'I' else f'{one} and {other}'} is a {first}."


def _written(names: Sequence[str], step: _Step) -> str:
    if step.result is None:
        ((place, knight),) = step.conditions
        return f"{names[place]} {_KINDS[knight]} -> contradiction; {names[place]} {_KINDS[not knight]}"
    literals = [f"{names[place]} {_KINDS[knight]}" for place, knight in (*step.conditions, step.result)]
    return " -> ".join(literals)


def _read(names: Sequence[str], text: str) -> _Step | None:
    """The step that a line states; None if it is no such line, or speaks of others."""
    match = _LINE.fullmatch(text)
    if match is None or any(name not in names for name, _ in _READ_LITERAL.findall(text)):
        return None
    conditions, results, lessons = (
        tuple((names.index(name), kind == "knight") for name, kind in _READ_LITERAL.findall(match[group] or ""))
        for group in ("conditions", "result", "lesson")
    )
    if not results and not conditions:
        return None
    if lessons and (results or len(conditions) != 1 or lessons[0] != (conditions[0][0], not conditions[0][1])):
        return None
    return _Step(conditions, results[0] if results else None)


def _follows(step: _Step, claims: Sequence[Claim], told: Worlds) -> bool:
    """Whether a step follows from what is said, not only because its condition can't be."""
    people = len(claims)
    columns = _columns(claims)
    supposed = told & _where(step.conditions, people)
    true = step.worlds(people)
    fitting = _fitting(claims) & supposed
    if fitting or not step.conditions:
        return not fitting & ~true
    grounds = [*columns, *(one & other for one, other in combinations(columns, 2))]
    if step.result is None:
        return any(not supposed & ground for ground in grounds)
    return any(supposed & ground and not supposed & ground & ~true for ground in grounds)


def _forced(columns: Sequence[Worlds], known: Worlds, people: int) -> Iterator[Literal]:
    """What people must be by one statement and what is known; the same person may come twice."""
    for column in columns:
        left = known & column
        for place in range(people):
            knight = _knight(place, people)
            if known & knight and known & ~knight and left:
                if not left & knight:
                    yield place, False
                elif not left & ~knight:
                    yield place, True


def _chain(columns: Sequence[Worlds], known: Worlds, supposed: Literal, people: int) -> list[_Step] | None:
    """What follows from a supposition, one statement at a time, up to a contradiction; None if there is none."""
    steps: list[_Step] = []
    known &= _where((supposed,), people)
    while not any(not known & column for column in columns):
        literal = next(_forced(columns, known, people), None)
        if literal is None:
            return None
        steps.append(_Step((supposed,), literal))
        known &= _where((literal,), people)
    return [*steps, _Step((supposed,), None)]


def _needed(columns: Sequence[Worlds], known: Worlds, chain: list[_Step], people: int) -> list[_Step]:
    """A chain without the steps that its contradiction can do without."""
    for step in reversed(chain[:-1]):
        shorter = [each for each in chain if each is not step]
        if _holds(columns, known & _where(step.conditions, people), shorter, people):
            chain = shorter
    return chain


def _holds(columns: Sequence[Worlds], known: Worlds, chain: Sequence[_Step], people: int) -> bool:
    """Whether each step of a chain follows from one statement and those before, and the last is a contradiction."""
    for step in chain:
        if step.result is None:
            return any(not known & column for column in columns)
        if step.result not in _forced(columns, known, people):
            return False
        known &= _where((step.result,), people)
    return False


def _work(claims: Sequence[Claim]) -> list[_Step] | None:
    """The deductions that settle everybody; None where they would need two suppositions at once."""
    people = len(claims)
    columns = _columns(claims)
    known = _all_worlds(people)
    steps: list[_Step] = []
    while known.bit_count() > 1:
        literal = next(_forced(columns, known, people), None)
        if literal is not None:
            steps.append(_Step((), literal))
        else:
            suppositions = [(place, knight) for place in range(people) for knight in (True, False)]
            open_ones = [
                each for each in suppositions if 0 < (known & _where((each,), people)).bit_count() < known.bit_count()
            ]
            chains = [chain for each in open_ones if (chain := _chain(columns, known, each, people)) is not None]
            if not chains:
                return None
            chain = _needed(columns, known, min(chains, key=len), people)
            steps += chain
            place, knight = chain[-1].conditions[0]
            literal = place, not knight
        known &= _where((literal,), people)
    return steps
