"""Rules that are compositions of named functions: which ones fit examples, and how a person works with them."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from typing import Generic, NamedTuple, TypeAlias, TypeVar

from reasoning_gym.problem import CORRECT, Verdict, incorrect, unreadable

Thing = TypeVar("Thing", bound=Hashable)
Rule: TypeAlias = "tuple[str, ...]"  # the names of functions, the one that is applied first in front

_RULE = re.compile(r"rule: ?([a-z0-9 ,]{1,200})", re.ASCII)
_LONGEST = 1_000  # characters of a line


class Language(NamedTuple, Generic[Thing]):
    """The functions that rules are made of, in the order in which they are tried, and how to write a thing."""

    functions: Mapping[str, Callable[[Thing], Thing]]
    write: Callable[[Thing], str]
    undone: Mapping[str, Callable[[Thing], Thing]] = {}  # what undoes a function, where something does; saves time


class Riddle(NamedTuple, Generic[Thing]):
    """What a rule of at least one and at most so many functions makes of some things; and of another one?"""

    most: int
    examples: tuple[tuple[Thing, Thing], ...]
    query: Thing


def statement(language: Language[Thing], riddle: Riddle[Thing]) -> str:
    """The riddle in a line, such as `Rule of at most 1 step: [1,2]->[2,1]; [3,4]->?`."""
    write = language.write
    examples = "; ".join(f"{write(before)}->{write(after)}" for before, after in riddle.examples)
    steps = "1 step" if riddle.most == 1 else f"at most {riddle.most} steps"
    return f"Rule of {steps}: {examples}; {write(riddle.query)}->?"


def path(language: Language[Thing], rule: Rule, thing: Thing) -> list[Thing]:
    """A thing, and what each function of a rule in turn makes of it."""
    things = [thing]
    for name in rule:
        things.append(language.functions[name](things[-1]))
    return things


def fits(language: Language[Thing], rule: Rule, riddle: Riddle[Thing]) -> bool:
    """Whether a rule explains all the examples."""
    return all(path(language, rule, before)[-1] == after for before, after in riddle.examples)


def solutions(language: Language[Thing], riddle: Riddle[Thing]) -> dict[Thing, Rule]:
    """What the rules that fit the examples make of the query, each with the first such rule, the shortest first.

    All rules are looked at, in the order of their lengths; those that do the same to the examples and the query
    are followed once.
    """
    targets = tuple(after for _, after in riddle.examples)
    start = (*(before for before, _ in riddle.examples), riddle.query)
    seen: set[tuple[Thing, ...]] = set()
    layer: list[_Reached[Thing]] = [_Reached(start, ())]
    found: dict[Thing, Rule] = {}
    for _ in range(riddle.most - 1):
        following: list[_Reached[Thing]] = []
        for things, rule in layer:
            for name, function in language.functions.items():
                made = tuple(map(function, things))
                if made not in seen:
                    seen.add(made)
                    following.append(_Reached(made, (*rule, name)))
                    if made[:-1] == targets:
                        found.setdefault(made[-1], (*rule, name))
        layer = following
    for things, rule in _one_step_from(language, layer, targets[0]):
        if (*map(language.functions[rule[-1]], things[:-1]),) == targets:
            found.setdefault(language.functions[rule[-1]](things[-1]), rule)
    return found


def sole_output(language: Language[Thing], riddle: Riddle[Thing]) -> Thing | None:
    """What the query becomes, if all rules that fit agree on it and have as many functions as is allowed."""
    if riddle.most > 1 and solutions(language, riddle._replace(most=riddle.most - 1)):
        return None
    found = list(solutions(language, riddle))
    return found[0] if len(found) == 1 else None


def drawn(language: Language[Thing], draw: Callable[[], Riddle[Thing] | None]) -> tuple[Riddle[Thing], Thing]:
    """A riddle with a sole output, and that output; draws until there is one."""
    while True:
        riddle = draw()
        output = riddle and sole_output(language, riddle)
        if riddle and output:
            return riddle, output


class _Reached(NamedTuple, Generic[Thing]):
    """What a rule makes of the examples and of the query."""

    things: tuple[Thing, ...]
    rule: Rule


def _one_step_from(
    language: Language[Thing], layer: Sequence[_Reached[Thing]], target: Thing
) -> Iterator[_Reached[Thing]]:
    """What is a step before the first example's target, with the rule that has this step at its end."""
    for name, function in language.functions.items():
        undo = language.undone.get(name)
        before = undo(target) if undo else None
        for things, rule in layer:
            if things[0] == before if undo else function(things[0]) == target:
                yield _Reached(things, (*rule, name))


def lines(language: Language[Thing], riddle: Riddle[Thing], rule: Rule) -> Iterator[str]:
    """The rule, what it makes of each example step by step where it has several, and what of the query."""
    yield f"rule: {', '.join(rule)}"
    inputs = [before for before, _ in riddle.examples] if len(rule) > 1 else []
    for thing in dict.fromkeys([*inputs, riddle.query]):
        yield "->".join(map(language.write, path(language, rule, thing)))


def check_line(language: Language[Thing], riddle: Riddle[Thing], thoughts: Sequence[str], line: str) -> Verdict:
    """Whether a line names a rule that fits, or says what the rule makes of a thing of the riddle, in so many steps.

    The first rule that fits is the rule; another one says nothing new, as all give the query the same.
    """
    rule: Rule = ()
    reached: dict[Thing, int] = {}  # how many functions were applied to a thing of the riddle
    for earlier in thoughts:
        if not rule:
            rule = _fitting_rule(language, riddle, earlier)
        else:
            reached.update(_progress(language, riddle, rule, earlier))
    if line.startswith("rule"):
        if rule:
            return incorrect("a rule is named already")
        return CORRECT if _fitting_rule(language, riddle, line) else incorrect("no such rule, or it fails an example")
    if not rule:
        return unreadable("a rule was expected, such as 'rule: reverse'")
    for thing, length in _progress(language, riddle, rule, line).items():
        known = len(rule) == 1 and thing != riddle.query  # the question says it
        return incorrect("says nothing new") if known or length <= reached.get(thing, 0) else CORRECT
    return incorrect(f"{line[:60]!r} isn't what the rule makes of a thing of the question")


def _fitting_rule(language: Language[Thing], riddle: Riddle[Thing], line: str) -> Rule:
    """The rule that a line names; empty if it names none that fits."""
    match = _RULE.fullmatch(line)
    rule = tuple(name.strip() for name in match[1].split(",")) if match else ()
    readable = len(rule) <= riddle.most and all(name in language.functions for name in rule)
    return rule if readable and fits(language, rule, riddle) else ()


def _progress(language: Language[Thing], riddle: Riddle[Thing], rule: Rule, line: str) -> dict[Thing, int]:
    """The thing of the riddle that a line follows through the rule, and through how many functions; else nothing."""
    if len(line) > _LONGEST or "->" not in line:
        return {}
    stated = "".join(line.split(" ")).split("->")
    for thing in (*(before for before, _ in riddle.examples), riddle.query):
        texts = list(map(language.write, path(language, rule, thing)))
        if stated == texts[: len(stated)]:
            return {thing: len(stated) - 1}
    return {}
