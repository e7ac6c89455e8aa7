"""Propositional entailment: does a literal follow from premises?"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import product
from typing import NamedTuple, TypeAlias, cast

import numpy as np

from reasoning_gym.checker.equality import guarded
from reasoning_gym.checker.limits import Refused, Unreadable
from reasoning_gym.checker.syntax import Apply, Name, Node, parse
from reasoning_gym.families.readings import read_word
from reasoning_gym.family import ANSWER_FORMAT, Family, family
from reasoning_gym.problem import CORRECT, Problem, Question, Verdict, incorrect

Literal: TypeAlias = "tuple[str, bool]"  # a variable, and whether it is asserted

_VARIABLES = (2, 3, 3, 4, 5, 6, 7, 8)  # by level
_RULES = (1, 2, 3, 4, 5, 7, 9, 11)
_NAMES = "pqrstuvw"
_FORMAT = ANSWER_FORMAT.format(answer="yes or no")
_VALUATION = re.compile(r"[a-z]=[TF](?: ?, ?[a-z]=[TF]){0,11}", re.ASCII)


class _Rule(NamedTuple):
    """`left -> right`, or, written as a disjunction, `not left or right`."""

    left: Literal
    right: Literal
    as_disjunction: bool


@family(category="logic", levels=8)
class PropositionalEntailment(Family):
    """Decide whether a literal follows from premises.

    Statement: `Does not q follow from p; p->not q?`. Premises are literals, implications and
        disjunctions; at least one literal, never contradictory.
    Thoughts: literals that follow, in the order of deduction; where the answer is no, then a valuation
        that makes the premises true and the conclusion false: `p=T,q=F`.
    Answer: yes or no. About half the questions of a level have either, so guessing pays 0.5.
    Level: more variables (2 to 8) and more rules (1 to 11).
    Verified: by truth table.
    Checked step by step: a formula must be entailed by the premises, and be equivalent to none of them, to
        no earlier step and to no tautology; a valuation must be a counter-example.

        Does r follow from p; p->q; not q or r?
        q
        r
        Answer: yes
    """

    def generate(self, rng: np.random.Generator, level: int) -> Problem:
        """Draw rules and facts until the answer is the one that a coin chose."""
        wanted = bool(rng.random() < 0.5)
        names = [_NAMES[i] for i in rng.permutation(len(_NAMES))[: _VARIABLES[level - 1]]]
        while True:
            drawn = _draw(rng, names, _RULES[level - 1])
            if drawn is None:
                continue
            rules, facts, goal = drawn
            derived = _propagate(rules, facts)
            if derived is None or (goal in derived) != wanted:
                continue
            if wanted:
                thoughts = _needed(rules, facts, derived, goal)
                break
            counter_example = _model(rules, facts, goal, names)
            if counter_example is not None:
                thoughts = [*(_text(each) for each in derived if each not in facts), _valuation(counter_example)]
                break
        premises = tuple(sorted([*map(_text, facts), *map(_rule_text, rules)], key=lambda text: (len(text), text)))
        statement = f"Does {_text(goal)} follow from {'; '.join(premises)}?"
        question = Question(self.name, level, statement, _FORMAT, given=(premises, _text(goal)))
        return Problem(question, "yes" if wanted else "no", secret=tuple(thoughts))

    def reference_thoughts(self, problem: Problem) -> tuple[str, ...]:
        """The deductions, or those that can be made and a counter-example."""
        return (*cast("tuple[str, ...]", problem.secret), f"Answer: {problem.answer}")

    def check_conclusion(self, question: Question, thoughts: Sequence[str], answer: str) -> Verdict:
        """Whether the answer is what the truth table says."""
        del thoughts

        def decide() -> Verdict:
            word = read_word(answer, ("yes", "no"))
            premises, goal = _given(question)
            table = _Table(_names((*premises, goal)))
            follows = not table.premises(premises) & ~table.truth(goal)
            return CORRECT if (word == "yes") == follows else incorrect("the truth table says otherwise")

        return guarded(decide)

    def check_step(self, question: Question, thoughts: Sequence[str], step: str) -> Verdict:
        """Whether a formula is entailed and new, or a valuation a counter-example."""
        premises, goal = _given(question)
        if _VALUATION.fullmatch(step):
            values = _read_valuation(step)
            if any(_VALUATION.fullmatch(line) and _read_valuation(line) == values for line in thoughts):
                return incorrect("repeats an earlier valuation")
            return _check_counter_example(premises, goal, values)
        return guarded(lambda: _check_formula(premises, goal, thoughts, parse(step)))


def _draw(
    rng: np.random.Generator, names: Sequence[str], count: int
) -> tuple[list[_Rule], list[Literal], Literal] | None:
    """Rules, one or two facts and a goal that isn't a fact or its opposite; None where a rule is idle."""
    draws = rng.random((count + 3, 5)).tolist()
    rules: list[_Rule] = []
    for first, second, sign, other_sign, form in draws[:count]:
        i = int(first * len(names))
        j = (i + 1 + int(second * (len(names) - 1))) % len(names)
        rules.append(_Rule((names[i], sign < 0.6), (names[j], other_sign < 0.6), form < 0.3))
    facts: list[Literal] = [
        (names[int(which * len(names))], sign < 0.6) for which, sign, *_ in draws[count : count + 2]
    ]
    if draws[-1][2] < 0.7 or facts[0][0] == facts[1][0]:
        facts = facts[:1]
    goal = (names[int(draws[-1][0] * len(names))], draws[-1][1] < 0.6)
    if goal[0] in {name for name, _ in facts} or len({_rule_text(rule) for rule in rules}) < count:
        return None
    return rules, facts, goal


def _propagate(rules: Sequence[_Rule], facts: Sequence[Literal]) -> list[Literal] | None:
    """All literals that unit propagation yields, facts first; None for a contradiction."""
    derived = list(facts)
    for literal in derived:  # grows while it is walked
        for rule in rules:
            for condition, result in ((rule.left, rule.right), (_opposite(rule.right), _opposite(rule.left))):
                if condition == literal and result not in derived:
                    if _opposite(result) in derived:
                        return None
                    derived.append(result)
    return derived


def _needed(rules: Sequence[_Rule], facts: Sequence[Literal], derived: Sequence[Literal], goal: Literal) -> list[str]:
    """The chain of literals from a fact to the goal."""
    chain = [goal]
    while chain[0] not in facts:
        before = derived[: derived.index(chain[0])]
        chain.insert(0, next(literal for literal in before if _yields(rules, literal, chain[0])))
    return [_text(literal) for literal in chain[1:]]


def _yields(rules: Sequence[_Rule], literal: Literal, result: Literal) -> bool:
    return any(
        (rule.left, rule.right) == (literal, result)
        or (_opposite(rule.right), _opposite(rule.left)) == (literal, result)
        for rule in rules
    )


def _model(
    rules: Sequence[_Rule], facts: Sequence[Literal], goal: Literal, names: Sequence[str]
) -> dict[str, bool] | None:
    """The first valuation, true before false in alphabetical order, of the premises without the goal."""
    ordered = sorted(names)
    for values in product((True, False), repeat=len(ordered)):
        valuation = dict(zip(ordered, values, strict=True))
        if valuation[goal[0]] == goal[1] or any(valuation[name] != sign for name, sign in facts):
            continue
        if all(valuation[r.left[0]] != r.left[1] or valuation[r.right[0]] == r.right[1] for r in rules):
            used = {goal[0], *(name for name, _ in facts), *(x[0] for rule in rules for x in (rule.left, rule.right))}
            return {name: value for name, value in valuation.items() if name in used}
    return None


def _opposite(literal: Literal) -> Literal:
    return literal[0], not literal[1]


def _text(literal: Literal) -> str:
    return literal[0] if literal[1] else f"not {literal[0]}"


def _rule_text(rule: _Rule) -> str:
    if rule.as_disjunction:
        return " or ".join(sorted([_text(_opposite(rule.left)), _text(rule.right)], key=lambda text: text[-1]))
    return f"{_text(rule.left)}->{_text(rule.right)}"


def _valuation(values: Mapping[str, bool]) -> str:
    return ",".join(f"{name}={'T' if value else 'F'}" for name, value in sorted(values.items()))


def _read_valuation(line: str) -> tuple[tuple[str, bool], ...]:
    """The pairs of `p=T,q=F`, sorted."""
    return tuple(sorted((pair.strip()[0], pair.strip()[-1] == "T") for pair in line.split(",")))


def _given(question: Question) -> tuple[tuple[Node, ...], Node]:
    premises, goal = cast("tuple[tuple[str, ...], str]", question.given)
    return tuple(_premise(text) for text in premises), _premise(goal)


@lru_cache(maxsize=4096)
def _premise(text: str) -> Node:
    """The tree of a formula that a question states."""
    return parse(text)


def _names(formulas: Sequence[Node]) -> set[str]:
    """The variables of formulas.

    Raises:
        Unreadable: if one holds anything but variables and connectives.
    """
    found: set[str] = set()
    for formula in formulas:
        if isinstance(formula, Name):
            found.add(formula.name)
        elif isinstance(formula, Apply) and formula.head in {"and", "or", "not", "->", "<->"}:
            found |= _names(formula.args)
        else:
            raise Unreadable("a formula holds variables, and, or, not, -> and <-> only")
    return found


class _Table:
    """Columns of a truth table as integers: bit i is the truth in row i."""

    def __init__(self, names: Iterable[str]) -> None:
        ordered = sorted(names)
        self.all = (1 << (1 << len(ordered))) - 1  # true in every row
        self.columns: dict[str, int] = {}
        for place, name in enumerate(ordered):
            period = 1 << place  # so many rows of false, so many of true, and again
            self.columns[name] = self.all // ((1 << 2 * period) - 1) * ((1 << 2 * period) - (1 << period))

    def truth(self, formula: Node) -> int:
        """The column of a formula in the table's variables."""
        if isinstance(formula, Name):
            return self.columns[formula.name]
        assert isinstance(formula, Apply)
        first, *others = (self.truth(argument) for argument in formula.args)
        if formula.head == "not":
            return self.all & ~first
        for other in others:
            if formula.head == "and":
                first &= other
            elif formula.head == "or":
                first |= other
            else:
                first = self.all & (~first | other if formula.head == "->" else ~(first ^ other))
        return first

    def premises(self, premises: Iterable[Node]) -> int:
        """The rows in which all premises are true."""
        rows = self.all
        for premise in premises:
            rows &= self.truth(premise)
        return rows


def _check_formula(premises: Sequence[Node], goal: Node, thoughts: Sequence[str], formula: Node) -> Verdict:
    names = _names((*premises, goal))
    if not _names((formula,)) <= names:
        return incorrect("it speaks of a variable that isn't in the question")
    table = _Table(names)
    column = table.truth(formula)
    if table.premises(premises) & ~column:
        return incorrect("it doesn't follow from the premises")
    known = {table.all, *map(table.truth, (*premises, *_formulas(thoughts, names)))}
    return incorrect("it says no more than a premise or an earlier step") if column in known else CORRECT


def _formulas(thoughts: Sequence[str], names: set[str]) -> Iterator[Node]:
    """The lines so far that are formulas in these variables."""
    for line in thoughts:
        try:
            formula = parse(line)
            if _names((formula,)) <= names:
                yield formula
        except (Unreadable, Refused):
            continue


def _check_counter_example(premises: Sequence[Node], goal: Node, values: Sequence[tuple[str, bool]]) -> Verdict:
    names = [name for name, _ in values]
    if len(set(names)) < len(names) or set(names) != _names((*premises, goal)):
        return incorrect("the valuation leaves variables out, has others, or one twice")
    table = _Table(names)
    row = table.all
    for name, true in values:
        row &= table.columns[name] if true else ~table.columns[name]
    if row & ~table.premises(premises):
        return incorrect("a premise is false under the valuation")
    return incorrect("the conclusion is true under the valuation") if row & table.truth(goal) else CORRECT
