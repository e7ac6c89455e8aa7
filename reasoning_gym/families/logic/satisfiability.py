"""Satisfiability: values of variables that make all clauses true, or a proof that there are none."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple, TypeAlias, cast

import numpy as np

from reasoning_gym.checker.equality import guarded
from reasoning_gym.checker.limits import Unreadable
from reasoning_gym.families.chances import Chances
from reasoning_gym.families.readings import spaced
from reasoning_gym.family import ANSWER_FORMAT, Family, family
from reasoning_gym.problem import CORRECT, Problem, Question, Verdict, incorrect

Clause: TypeAlias = "frozenset[int]"  # variables from 1, negative where negated

_NAMES = "pqrstuvw"
_NONE = "unsatisfiable"
_FORMATS = (
    ANSWER_FORMAT.format(answer="values, T or F, for all variables, such as p=T,q=F"),
    ANSWER_FORMAT.format(answer=f"values, T or F, for all variables, such as p=T,q=F, or '{_NONE}'"),
)
_VALUES = re.compile(r"[a-z] ?= ?[TtFf](?:(?: ?[,;] ?| and | )[a-z] ?= ?[TtFf]){0,11}", re.ASCII)
_PAIR = re.compile(r"([a-z]) ?= ?([TtFf])", re.ASCII)
_LITERALS = r"(?:not )?[a-z](?:, ?(?:not )?[a-z]){0,11}"
_LEMMA = re.compile(
    rf"(?:suppose (?P<supposed>{_LITERALS})|forced) ?: ?(?:(?P<chain>{_LITERALS}), ?)?contradiction", re.ASCII
)
_LITERAL = re.compile(r"(not )?([a-z])(?=,| or |$)", re.ASCII)
_MOST_LINES = 30


class _Level(NamedTuple):
    variables: int
    clauses: int
    sizes: tuple[int, int]  # literals of a clause
    impossible: float  # share of unsatisfiable questions


_LEVELS = (
    _Level(3, 5, (2, 2), 0),
    _Level(4, 8, (2, 3), 0),
    _Level(4, 9, (2, 3), 0.5),
    _Level(5, 13, (2, 3), 0.5),
    _Level(6, 18, (2, 3), 0.5),
    _Level(7, 24, (2, 3), 0.5),
)


@family(category="logic", levels=6)
class Satisfiability(Family):
    """Find values of variables that make all clauses true, or prove that there are none.

    Statement: `Satisfy p or q; not p or r; not q or not r; p or not r`. At most one assignment of values does.
    Thoughts: values that the clauses force, one by one, or where none is forced at once, that are right in the end:
        `p=T`. Where none are, suppositions and what clauses with one literal left force then, up to a contradiction, so
        that the opposite is known: `suppose p: q, not r, contradiction`; at last `forced: not p, q, contradiction`.
    Answer: values of all variables, `p=T,q=F,r=T`; or 'unsatisfiable', from level 3 on.
    Level: 3 to 7 variables and 5 to 24 clauses. From level 3 half of the questions have no answer but 'unsatisfiable',
        so saying always so pays 0.5 there; a guess at values pays 1/8 at level 1, 1/16 at
        level 2 and less above.
    Verified: by the clauses; 'unsatisfiable' by going through all values. Any values that satisfy the clauses would
        be accepted.
    Checked step by step: values must be new and leave the clauses satisfiable; each literal of a chain must be forced
        by one clause and what stands before it, the contradiction by another; what a chain shows must be new, and
        nothing may be supposed that another chain could do without.

        Satisfy q or r; not r or u; q or not r; q or not u; r or not u
        q=T
        r=T
        u=T
        Answer: q=T,r=T,u=T
    """

    def generate(self, rng: np.random.Generator, level: int) -> Problem:
        chances = Chances(rng)
        chosen = _LEVELS[level - 1]
        wanted = not chances.happens(chosen.impossible)
        while True:
            clauses = _draw(chances, chosen)
            if _models(clauses).bit_count() != wanted or len(_variables(clauses)) < chosen.variables:
                continue
            if wanted or len(_refutation(clauses)) <= _MOST_LINES:
                break
        texts = tuple(sorted(map(_text, clauses), key=lambda text: (len(text), text)))
        question = Question(self.name, level, f"Satisfy {'; '.join(texts)}", _FORMATS[chosen.impossible > 0], texts)
        return Problem(question, _stated(_steps(_given(question))[0]) if wanted else _NONE)

    def reference_thoughts(self, problem: Problem) -> tuple[str, ...]:
        clauses = _given(problem.question)
        if problem.answer == _NONE:
            return (*(lemma.line for lemma in _refutation(clauses)), f"Answer: {_NONE}")
        return (*_steps(clauses)[1], f"Answer: {problem.answer}")

    def check_conclusion(self, question: Question, thoughts: Sequence[str], answer: str) -> Verdict:
        del thoughts
        clauses = _given(question)

        def decide() -> Verdict:
            text = spaced(answer)
            if text.lower() == _NONE:
                return incorrect("the clauses can be satisfied") if _models(clauses) else CORRECT
            values = _read_values(text, clauses)
            if len(values) < len(_variables(clauses)):
                raise Unreadable("values for all variables were asked for")
            return CORRECT if all(clause & values for clause in clauses) else incorrect("a clause is false")

        return guarded(decide)

    def check_step(self, question: Question, thoughts: Sequence[str], step: str) -> Verdict:
        clauses = _given(question)
        known, values = list(clauses), frozenset[int]()
        for line in thoughts:
            if _check_line(clauses, known, values, line).correct:
                lemma = _read_lemma(line)
                known += [_negated(lemma[0])] if lemma else []
                values |= frozenset() if lemma else _read_values(line, clauses)
        return _check_line(clauses, known, values, step)


class _Lemma(NamedTuple):
    """A clause that was shown, and the line that shows it."""

    clause: Clause
    line: str


def _given(question: Question) -> tuple[Clause, ...]:
    return tuple(map(_parsed, cast("tuple[str, ...]", question.given)))


def _parsed(text: str) -> Clause:
    return frozenset((_NAMES.index(name) + 1) * (-1 if negated else 1) for negated, name in _LITERAL.findall(text))


def _text(clause: Iterable[int]) -> str:
    ordered = sorted(clause, key=abs)
    return " or ".join(f"{'not ' if literal < 0 else ''}{_NAMES[abs(literal) - 1]}" for literal in ordered)


def _stated(values: Iterable[int]) -> str:
    return ",".join(f"{_NAMES[abs(value) - 1]}={'T' if value > 0 else 'F'}" for value in sorted(values, key=abs))


def _variables(clauses: Iterable[Clause]) -> list[int]:
    return sorted({abs(literal) for clause in clauses for literal in clause})


def _draw(chances: Chances, level: _Level) -> list[Clause]:
    """Different clauses of different variables, none of which implies another."""
    clauses: list[Clause] = []
    low, high = level.sizes
    variables = chances.several(range(1, len(_NAMES) + 1), level.variables)
    while len(clauses) < level.clauses:
        places = chances.several(variables, chances.whole(low, high))
        clause = frozenset(place * (1 if chances.happens(0.5) else -1) for place in places)
        if not any(clause <= other or other <= clause for other in clauses):
            clauses.append(clause)
    return clauses


def _models(clauses: Sequence[Clause]) -> int:
    """The values that satisfy all clauses, as a column of a truth table: bit r stands for row r."""
    variables = _variables(clauses)
    rows = (1 << (1 << len(variables))) - 1
    columns: dict[int, int] = {}
    for place, variable in enumerate(variables):
        period = 1 << place  # so many rows of false, so many of true, and again
        columns[variable] = rows // ((1 << 2 * period) - 1) * ((1 << 2 * period) - (1 << period))
        columns[-variable] = rows & ~columns[variable]
    for clause in clauses:
        true = 0
        for literal in clause:
            true |= columns[literal]
        rows &= true
    return rows


def _satisfiable(clauses: Sequence[Clause], values: Iterable[int]) -> bool:
    return bool(_models([*clauses, *(frozenset((value,)) for value in values)]))


def _units(clauses: Sequence[Clause], values: set[int]) -> Iterator[int]:
    """What clauses with one literal left force, one after another; 0 for a contradiction, and then no more."""
    changed = True
    while changed:
        changed = False
        for clause in clauses:
            if clause & values:
                continue
            left = [literal for literal in clause if -literal not in values]
            if len(left) > 1:
                continue
            if not left:
                yield 0
                return
            values.add(left[0])
            changed = True
            yield left[0]


def _contradicts(clauses: Sequence[Clause], supposed: Iterable[int]) -> bool:
    return 0 in _units(clauses, set(supposed))


def _steps(clauses: Sequence[Clause]) -> tuple[set[int], list[str]]:
    """Values that satisfy the clauses, and the lines that lead to them: what is forced, else the first that may be."""
    values: set[int] = set()
    lines: list[str] = []
    variables = _variables(clauses)
    while len(values) < len(variables):
        forced = next(_units(clauses, set(values)), None)
        if forced is None:
            free = next(each for each in variables if each not in values and -each not in values)
            forced = free if _satisfiable(clauses, {*values, free}) else -free
        values.add(forced)
        lines.append(_stated((forced,)))
    return values, lines


def _refutation(clauses: Sequence[Clause]) -> list[_Lemma]:
    """What follows one after another, up to a contradiction: cases by variables, from the inside."""
    lemmas: list[_Lemma] = []
    _refute(clauses, lemmas, ())
    return lemmas


def _refute(clauses: Sequence[Clause], lemmas: list[_Lemma], supposed: tuple[int, ...]) -> None:
    """Show that a supposition is impossible, by its cases if need be; there are as many as variables at most."""
    known = _known(clauses, lemmas)
    if not _contradicts(known, supposed):
        values = set(supposed)
        for _ in _units(known, values):
            pass
        variable = _busiest(known, values)
        _refute(clauses, lemmas, (*supposed, variable))
        if not _contradicts(_known(clauses, lemmas), supposed):
            _refute(clauses, lemmas, (*supposed, -variable))
    _show(clauses, lemmas, supposed)


def _known(clauses: Sequence[Clause], lemmas: Sequence[_Lemma]) -> list[Clause]:
    return [*clauses, *(lemma.clause for lemma in lemmas)]


def _negated(literals: Iterable[int]) -> Clause:
    """The clause that says that not all of some literals are true; also the opposites of a clause."""
    return frozenset(-literal for literal in literals)


def _busiest(clauses: Sequence[Clause], values: set[int]) -> int:
    """The free variable that is in the shortest open clauses most often, the first in the alphabet of those."""
    weights: dict[int, int] = {}
    for clause in clauses:
        if not clause & values:
            left = [abs(literal) for literal in clause if -literal not in values]
            for variable in left:
                weights[variable] = weights.get(variable, 0) + 4 ** (4 - min(len(left), 4))
    return max(sorted(weights), key=weights.__getitem__)


def _show(clauses: Sequence[Clause], lemmas: list[_Lemma], supposed: Sequence[int]) -> None:
    """Add a line that shows that a supposition is impossible, without what it can do without, unless that is known."""
    known = _known(clauses, lemmas)
    left = sorted(supposed, key=abs)
    for literal in list(left):
        fewer = [each for each in left if each != literal]
        left = fewer if _contradicts(known, fewer) else left
    if any(each <= _negated(left) for each in known):
        return
    start = f"suppose {_listed(left)}" if left else "forced"
    chain = _chain(known, left)
    lemmas.append(_Lemma(_negated(left), f"{start}: {f'{_listed(chain)}, ' if chain else ''}contradiction"))


def _listed(literals: Iterable[int]) -> str:
    return ", ".join(_text((literal,)) for literal in literals)


def _chain(clauses: Sequence[Clause], supposed: Sequence[int]) -> list[int]:
    """The literals that lead from a supposition to a contradiction, each forced by a clause and those before."""
    values = set(supposed)
    forced = [literal for literal in _units(clauses, values) if literal]
    place = {literal: i for i, literal in enumerate([*supposed, *forced])}
    needed = set(_negated(next(clause for clause in clauses if all(-literal in values for literal in clause))))
    chain: list[int] = []
    for literal in reversed(forced):
        if literal in needed:
            chain.insert(0, literal)
            needed |= _negated(_reason(clauses, literal, place)) - {-literal}
    return chain


def _reason(clauses: Sequence[Clause], literal: int, place: dict[int, int]) -> Clause:
    """A clause that forces a literal by literals before it."""
    late = len(place)
    return next(
        clause
        for clause in clauses
        if literal in clause and all(place.get(-other, late) < place[literal] for other in clause if other != literal)
    )


def _read_values(text: str, clauses: Sequence[Clause]) -> frozenset[int]:
    """The values that a text states.

    Raises:
        Unreadable: if it states anything else, or gives a variable two values.
    """
    if len(text) > 120 or _VALUES.fullmatch(text.strip("()[]{} \\")) is None:
        raise Unreadable(f"{text[:40]!r} states no values such as p=T,q=F")
    pairs = _PAIR.findall(text)
    names = {_NAMES[variable - 1] for variable in _variables(clauses)}
    if len({name for name, _ in pairs}) < len(pairs) or not {name for name, _ in pairs} <= names:
        raise Unreadable("a value is given twice, or for no variable of the question")
    return frozenset((_NAMES.index(name) + 1) * (1 if value in "Tt" else -1) for name, value in pairs)


def _read_lemma(text: str) -> tuple[list[int], list[int]] | None:
    """The supposition and the chain of `suppose p, q: not r, contradiction`; None if a text is no such line."""
    match = _LEMMA.fullmatch(text) if len(text) <= 300 else None
    if match is None:
        return None
    supposed, chain = (
        [(ord(name) - ord(_NAMES[0]) + 1) * (-1 if negated else 1) for negated, name in _LITERAL.findall(part or "")]
        for part in (match["supposed"], match["chain"])
    )
    return supposed, chain


def _check_lemma(known: Sequence[Clause], supposed: Sequence[int], chain: Sequence[int]) -> Verdict:
    """Whether each literal of a chain is forced, a clause is false in the end, and what that shows is new."""
    values = set(supposed)
    if any(-literal in values for literal in values) or any(clause <= _negated(supposed) for clause in known):
        return incorrect("a clause before says so, or the supposition contradicts itself")
    for literal in chain:
        if literal in values or not any(
            literal in clause and _negated(clause - {literal}) <= values for clause in known
        ):
            return incorrect(f"{_text((literal,))} isn't forced by one clause")
        values.add(literal)
    if not any(_negated(clause) <= values for clause in known):
        return incorrect("no clause is false in the end")
    for spare in supposed:
        if _contradicts(known, {*supposed} - {spare}):
            return incorrect(f"it needn't suppose {_text((spare,))}")
    return CORRECT


def _check_line(clauses: Sequence[Clause], known: Sequence[Clause], values: frozenset[int], line: str) -> Verdict:
    lemma = _read_lemma(line)
    if lemma is not None:
        if not {abs(literal) for literal in (*lemma[0], *lemma[1])} <= set(_variables(clauses)):
            return incorrect("it speaks of a variable that isn't in the question")
        return _check_lemma(known, *lemma)

    def decide() -> Verdict:
        news = _read_values(line, clauses)
        if news & values or any(-value in values for value in news):
            return incorrect("a value was stated before")
        if not _satisfiable(clauses, values | news):
            return incorrect("the clauses can't be satisfied with these values")
        return CORRECT

    return guarded(decide)
