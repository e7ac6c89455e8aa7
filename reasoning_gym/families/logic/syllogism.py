"""Syllogisms: does a statement with all, no, some or some-not follow from others?"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import pairwise, product
from typing import NamedTuple, TypeAlias, cast

import numpy as np

from reasoning_gym.checker.equality import guarded
from reasoning_gym.families.chances import Chances
from reasoning_gym.families.readings import read_word
from reasoning_gym.family import ANSWER_FORMAT, Family, family
from reasoning_gym.problem import CORRECT, Problem, Question, Verdict, incorrect, unreadable

Regions: TypeAlias = int  # bit r stands for the people who are in just the sets whose bits are in r

ALL, NO, SOME, SOME_NOT = "all", "no", "some", "some not"
_ALL_SETS = (
    "actors bakers boxers cooks divers drivers farmers hikers judges monks nurses pilots poets rowers singers skiers "
    "tailors waiters weavers writers"
)
_SETS = tuple(_ALL_SETS.split())
_FORMAT = ANSWER_FORMAT.format(answer="yes or no; 'all' and 'no' say nothing about whether there are any")
_LINE = re.compile(r"(all|no|some) ([a-z]{2,10}) are (not )?([a-z]{2,10})\.?", re.ASCII)
_MODEL = re.compile(r"model: ?([a-z+; ]{1,400})", re.ASCII)
_NOBODY = "nobody"


class Statement(NamedTuple):
    """Such as `some poets are not pilots`."""

    kind: str
    subject: str
    predicate: str


class _Level(NamedTuple):
    links: int  # premises from the conclusion's one set to its other
    extra: int  # premises that aren't needed
    kinds: tuple[str, ...]  # of the conclusion
    some: bool = True  # whether premises may say some and some-not


_LEVELS = (
    _Level(2, 0, (ALL, NO), some=False),
    _Level(2, 0, (NO, SOME, SOME_NOT)),
    _Level(3, 0, (ALL, NO, SOME, SOME_NOT)),
    _Level(4, 1, (ALL, NO, SOME, SOME_NOT)),
    _Level(5, 1, (NO, SOME, SOME_NOT)),
    _Level(6, 2, (NO, SOME, SOME_NOT)),
)


@family(category="logic", levels=6)
class Syllogism(Family):
    """Decide whether a categorical statement follows from others.

    Statement: `All poets are pilots; no pilots are cooks. Does it follow that no cooks are poets?` As in modern logic,
        'all' and 'no' are also true where there are none; the question says so. The premises can be true together.
    Thoughts: statements that follow, each from two before; where the answer is no, instead a model: all people that
        there need be, each by the sets that he or she is in, so that the premises are true and the conclusion is false.
    Answer: yes or no. About half the questions of a level have either, so guessing pays 0.5; by the
        conclusion's kind up to 0.59.
    Level: 2 to 6 premises from one end of the conclusion to the other, and up to 2 that lead nowhere; 'some' from
        level 2.
    Verified: by all regions of the Venn diagram: which must be empty, and where somebody must be.
    Checked step by step: a statement must be entailed by the premises, and by no single one of them or of the earlier
        lines; a model must be a counter-example.

        No rowers are tailors; all farmers are tailors. Does it follow that no farmers are rowers?
        no farmers are rowers
        Answer: yes
    """

    def generate(self, rng: np.random.Generator, level: int) -> Problem:
        chances = Chances(rng)
        chosen = _LEVELS[level - 1]
        wanted = chances.happens(0.5)
        while True:
            premises, conclusion = _valid(chances, chances.pick(chosen.kinds), chosen)
            if not wanted:
                premises, conclusion = _spoiled(chances, premises, conclusion)
            if conclusion.kind not in chosen.kinds or (not chosen.some and any(map(_is_some, premises))):
                continue
            if _suits(premises, conclusion) and _follows(premises, conclusion) == wanted:
                break
        texts = sorted(map(_text, premises), key=lambda text: (len(text), text))
        told = "; ".join(texts)
        statement = f"{told[0].upper()}{told[1:]}. Does it follow that {_text(conclusion)}?"
        question = Question(self.name, level, statement, _FORMAT, (tuple(map(_read_known, texts)), tuple(conclusion)))
        return Problem(question, "yes" if wanted else "no")

    def reference_thoughts(self, problem: Problem) -> tuple[str, ...]:
        premises, conclusion = _given(problem.question)
        if problem.answer == "yes":
            return (*map(_text, _derivation(premises, conclusion)), "Answer: yes")
        people = ["+".join(names) for names in _counter_example(premises, conclusion)]
        return (f"model: {'; '.join(people) or _NOBODY}", "Answer: no")

    def check_conclusion(self, question: Question, thoughts: Sequence[str], answer: str) -> Verdict:
        del thoughts
        premises, conclusion = _given(question)

        def decide() -> Verdict:
            says = read_word(answer, ("yes", "no")) == "yes"
            return CORRECT if says == _follows(premises, conclusion) else incorrect("the regions say otherwise")

        return guarded(decide)

    def check_step(self, question: Question, thoughts: Sequence[str], step: str) -> Verdict:
        premises, conclusion = _given(question)
        names = _names(premises, conclusion)
        model = _MODEL.fullmatch(step)
        if model is not None:
            models = [found[1] for found in map(_MODEL.fullmatch, thoughts) if found]
            if any(_check_model(premises, conclusion, text).correct for text in models):
                return incorrect("there was a model already")
            return _check_model(premises, conclusion, model[1])
        line = _read(step)
        if line is None or not {line.subject, line.predicate} <= set(names):
            return unreadable(f"{step[:60]!r} is no line such as 'all poets are cooks', nor a model")
        if not _entails(premises, line, names):
            return incorrect("it doesn't follow from the premises")
        earlier = [each for each in map(_read, thoughts) if each and {each.subject, each.predicate} <= set(names)]
        known = [each for each in earlier if _entails(premises, each, names)]
        if any(_entails(single, line, names) for single in ((), *((each,) for each in (*premises, *known)))):
            return incorrect("a premise or an earlier line says so already")
        return CORRECT


def _given(question: Question) -> tuple[tuple[Statement, ...], Statement]:
    premises, conclusion = cast("tuple[tuple[tuple[str, str, str], ...], tuple[str, str, str]]", question.given)
    return tuple(Statement(*premise) for premise in premises), Statement(*conclusion)


def _is_some(statement: Statement) -> bool:
    return statement.kind in {SOME, SOME_NOT}


def _text(statement: Statement) -> str:
    kind, subject, predicate = statement
    return f"{kind.split()[0]} {subject} are {'not ' if kind == SOME_NOT else ''}{predicate}"


def _read(text: str) -> Statement | None:
    match = _LINE.fullmatch(text.lower()) if len(text) < 60 else None
    if match is None or (match[3] and match[1] != "some"):
        return None
    return Statement(SOME_NOT if match[3] else match[1], match[2], match[4])


def _read_known(text: str) -> Statement:
    statement = _read(text)
    assert statement is not None
    return statement


def _names(premises: Sequence[Statement], conclusion: Statement) -> tuple[str, ...]:
    return tuple(sorted({name for each in (*premises, conclusion) for name in each[1:]}))


@cache
def _inside(place: int, sets: int) -> Regions:
    """The regions inside one of some sets."""
    return sum(1 << region for region in range(1 << sets) if region >> place & 1)


def _meant(statement: Statement, names: Sequence[str]) -> Regions:
    """The regions that are said to be empty by all and no, and not all empty by some and some-not."""
    subject, predicate = (_inside(names.index(name), len(names)) for name in statement[1:])
    return subject & predicate if statement.kind in {NO, SOME} else subject & ~predicate


def _empty(premises: Sequence[Statement], names: Sequence[str]) -> Regions:
    """The regions that the premises say are empty."""
    empty = 0
    for premise in premises:
        if premise.kind in {ALL, NO}:
            empty |= _meant(premise, names)
    return empty


def _entails(premises: Sequence[Statement], conclusion: Statement, names: Sequence[str]) -> bool:
    """Whether consistent premises entail a conclusion.

    What all and no say is true if its regions must be empty. What some and some-not say is true if one premise
    has somebody there and leaves no other region; otherwise each premise's somebody may be elsewhere.
    """
    empty, meant = _empty(premises, names), _meant(conclusion, names)
    if conclusion.kind in {ALL, NO}:
        return not meant & ~empty
    return any(not _meant(each, names) & ~empty & ~meant for each in premises if _is_some(each))


def _follows(premises: Sequence[Statement], conclusion: Statement) -> bool:
    return _entails(premises, conclusion, _names(premises, conclusion))


def _consistent(premises: Sequence[Statement], names: Sequence[str]) -> bool:
    """Whether there may be somebody wherever a premise says so."""
    empty = _empty(premises, names)
    return all(_meant(each, names) & ~empty for each in premises if _is_some(each))


def _suits(premises: Sequence[Statement], conclusion: Statement) -> bool:
    """Whether premises are consistent, say different things, and none by itself decides the question."""
    names = _names(premises, conclusion)
    said = {(each.kind in {ALL, NO}, _meant(each, names)) for each in premises}
    if len(said) < len(premises) or not _consistent(premises, names):
        return False
    return not any(_entails((each,), conclusion, names) for each in premises)


def _valid(chances: Chances, kind: str, level: _Level) -> tuple[tuple[Statement, ...], Statement]:
    """Premises that lead from the first to the last of some sets, others that don't, and what follows."""
    links = level.links
    spare = (level.extra + 1) // 2
    drawn = chances.several(_SETS, links + 1 + spare)
    sets, others = drawn[: links + 1], drawn
    turn = chances.whole(0, links - 1)  # where the chain turns round
    second = chances.whole(turn + 1, links - 1) if kind == SOME_NOT and turn < links - 1 else links
    premises: list[Statement] = []
    for i, (one, other) in enumerate(pairwise(sets)):
        forward = {ALL: True, NO: i < turn, SOME: i > turn, SOME_NOT: turn < i < second and second < links}[kind]
        if kind != ALL and i == turn:
            middle = SOME if kind == SOME_NOT and second < links else kind
            premises.append(_either_way(chances, Statement(middle, one, other)))
        elif i == second:
            premises.append(_either_way(chances, Statement(NO, one, other)))
        else:
            premises.append(Statement(ALL, one, other) if forward else Statement(ALL, other, one))
    for _ in range(level.extra):
        one, other = chances.several(others, 2)
        premises.append(Statement(chances.pick((ALL, NO, SOME, SOME_NOT)), one, other))
    return tuple(premises), _either_way(chances, Statement(kind, sets[0], sets[-1]))


def _either_way(chances: Chances, statement: Statement) -> Statement:
    """The same said of the sets in the other order, where that is the same."""
    kind, one, other = statement
    return Statement(kind, other, one) if kind in {NO, SOME} and chances.happens(0.5) else statement


def _spoiled(
    chances: Chances, premises: Sequence[Statement], conclusion: Statement
) -> tuple[tuple[Statement, ...], Statement]:
    """The same with one statement turned round or of another kind."""
    which = chances.whole(0, len(premises) + 1)
    if which >= len(premises):
        return tuple(premises), _changed(chances, conclusion)
    return tuple(_changed(chances, each) if i == which else each for i, each in enumerate(premises)), conclusion


def _changed(chances: Chances, statement: Statement) -> Statement:
    kind, one, other = statement
    if kind in {ALL, SOME_NOT} and chances.happens(0.5):
        return Statement(kind, other, one)
    return Statement(chances.pick([each for each in (ALL, NO, SOME, SOME_NOT) if each != kind]), one, other)


def _inferences(one: Statement, other: Statement) -> Iterator[Statement]:
    """What follows from two statements that share a set: the valid syllogisms, first figure and those like it."""
    for a, b in _spellings(one):
        for c, d in _spellings(other):
            if b != c or a == d:
                continue
            kinds = one.kind, other.kind
            if kinds == (ALL, ALL):
                yield Statement(ALL, a, d)
            elif kinds == (ALL, NO):
                yield Statement(NO, a, d)
            elif kinds == (SOME, ALL):
                yield Statement(SOME, a, d)
            elif kinds == (SOME, NO):
                yield Statement(SOME_NOT, a, d)
    if (one.kind, other.kind) == (SOME_NOT, ALL):
        if one.predicate == other.predicate and one.subject != other.subject:
            yield Statement(SOME_NOT, one.subject, other.subject)
        if one.subject == other.subject and one.predicate != other.predicate:
            yield Statement(SOME_NOT, other.predicate, one.predicate)


def _spellings(statement: Statement) -> list[tuple[str, str]]:
    one, other = statement[1:]
    return [(one, other), (other, one)] if statement.kind in {NO, SOME} else [(one, other)]


def _derivation(premises: Sequence[Statement], conclusion: Statement) -> list[Statement]:
    """The statements that lead to the conclusion, itself last, each by two statements before; as few as found."""
    parents: dict[Statement, tuple[Statement, ...]] = dict.fromkeys(premises, ())
    goals = {Statement(conclusion.kind, *names) for names in _spellings(conclusion)}
    known = list(premises)
    for place, new in enumerate(known):  # grows while it is walked
        if new in goals:
            return _ancestors(new, parents)
        for old, swapped in product(known[: place + 1], (False, True)):
            pair = (new, old) if swapped else (old, new)
            for found in _inferences(*pair):
                if not any(Statement(found.kind, *names) in parents for names in _spellings(found)):
                    parents[found] = pair
                    known.append(found)
    raise ValueError(f"{_text(conclusion)} doesn't follow from {'; '.join(map(_text, premises))}")


def _ancestors(statement: Statement, parents: dict[Statement, tuple[Statement, ...]]) -> list[Statement]:
    """What was inferred on the way to a statement, in order."""
    needed: list[Statement] = []
    pending = [statement]
    for each in pending:  # grows while it is walked
        if parents[each] and each not in needed:
            needed.append(each)
            pending += parents[each]
    order = list(parents)
    return sorted(needed, key=order.index)


def _counter_example(premises: Sequence[Statement], conclusion: Statement) -> list[list[str]]:
    """People, each by the sets that he or she is in, who make the premises true and the conclusion false."""
    names = _names(premises, conclusion)
    empty, meant = _empty(premises, names), _meant(conclusion, names)
    allowed = sorted(range(1 << len(names)), key=lambda region: (region.bit_count(), region))
    if _is_some(conclusion):
        empty |= meant
    wanted = [_meant(each, names) for each in premises if _is_some(each)]
    people: list[int] = []
    for regions in [*([meant] if conclusion.kind in {ALL, NO} else []), *wanted]:
        if not any(regions >> region & 1 for region in people):
            people.append(next(region for region in allowed if regions & ~empty & 1 << region))
    return [[name for place, name in enumerate(names) if region >> place & 1] for region in sorted(people)]


def _check_model(premises: Sequence[Statement], conclusion: Statement, text: str) -> Verdict:
    names = _names(premises, conclusion)
    members = [] if text == _NOBODY else [person.strip().split("+") for person in text.split(";")]
    if any(len(set(sets)) < len(sets) or not set(sets) <= set(names) for sets in members):
        return unreadable("a model names people by sets of the question, such as 'poets+cooks; pilots'")
    people = sum(1 << region for region in {sum(1 << names.index(name) for name in sets) for sets in members})
    truths = [bool(people & _meant(each, names)) == _is_some(each) for each in (*premises, conclusion)]
    if not all(truths[:-1]):
        return incorrect("a premise is false in the model")
    return incorrect("the conclusion is true in the model") if truths[-1] else CORRECT
