"""Checks calculations that each work out one more quantity from those at hand: `80*15=1200`, then `1200/100=12`.

A family says by which rules its quantities follow from each other. There are only so many of them, so a trace
can't go on for ever; and a true calculation that belongs to no rule is no step.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple, TypeAlias

from reasoning_gym.checker.calculations import MAX_LINE
from reasoning_gym.checker.equality import guarded
from reasoning_gym.checker.limits import Refused, Undefined, Unreadable
from reasoning_gym.checker.rationals import Rational, divide, power, rational
from reasoning_gym.checker.shapes import is_number
from reasoning_gym.checker.syntax import Apply, Node, Number, parse
from reasoning_gym.families.numbers import number_of, sides, value_of
from reasoning_gym.problem import CORRECT, Verdict, incorrect

_MOST_OPERANDS = 16  # of a sum or product in a line
_MOST_SIDES = 8  # of a=b=c
_PER_CENT = Number(100)


class Rule(NamedTuple):
    """How a quantity follows from two others."""

    result: str
    left: str
    operation: str  # + - * / ^
    right: str


class Plan(NamedTuple):
    """What a question gives, and what can be worked out from it."""

    given: frozenset[str]
    values: Mapping[str, Rational]  # of what is given and of what follows
    rules: Mapping[tuple[str, str, str], tuple[str, ...]]  # left, operation, right: the results


Known: TypeAlias = "set[str]"  # quantities that are at hand


@lru_cache(maxsize=256)
def read_rules(text: str) -> tuple[Rule, ...]:
    """Rules from a text such as `product = whole * rate; part = product / 100`; numbers stand for themselves.

    >>> read_rules("part = product / 100")
    (Rule(result='part', left='product', operation='/', right='100'),)
    """
    rules: list[Rule] = []
    for line in filter(None, map(str.strip, text.split(";"))):
        result, left, operation, right = line.replace("=", " ").split()
        rules.append(Rule(result, left, operation, right))
    return tuple(rules)


def plan(given: Mapping[str, Rational], rules: Iterable[Rule]) -> Plan:
    """What follows from quantities. Rules stand in an order in which they can be used one after the other.

    Raises:
        ValueError: if two rules give a quantity different values.

    >>> plan({"whole": 80, "rate": 15}, read_rules("product = whole * rate; part = product / 100")).values["part"]
    12
    """
    values = dict(given)
    ways: dict[tuple[str, str, str], tuple[str, ...]] = {}
    for rule in rules:
        for name in (rule.left, rule.right):
            if name.isdecimal():
                values.setdefault(name, int(name))
        if rule.left in values and rule.right in values:
            value = _apply(rule.operation, values[rule.left], values[rule.right])
            if values.setdefault(rule.result, value) != value:
                raise ValueError(f"{rule.result} is {values[rule.result]} and, by {rule}, {value}; correct the rules")
            key = rule.left, rule.operation, rule.right
            ways[key] = (*ways.get(key, ()), rule.result)
    return Plan(frozenset(name for name in values if name in given or name.isdecimal()), values, ways)


def _apply(operation: str, left: Rational, right: Rational) -> Rational:
    if operation == "/":
        return divide(left, right)
    if operation == "^":
        return power(left, int(right))
    return left + right if operation == "+" else left - right if operation == "-" else left * right


def check_derivation(plan: Plan, thoughts: Sequence[str], step: str) -> Verdict:
    """Whether a line is a true calculation that works out a quantity which the lines before don't hold."""

    def decide() -> Verdict:
        known = quantities_at_hand(plan, thoughts)
        if _worked_out(plan, known, step, strict=True) - known:
            return CORRECT
        return incorrect("works out no quantity anew from those at hand")

    return guarded(decide)


def quantities_at_hand(plan: Plan, thoughts: Sequence[str]) -> Known:
    """The quantities that are given and those that lines have worked out."""
    known = set(plan.given)
    for line in thoughts:
        known |= _worked_out(plan, known, line)
    return known


def _worked_out(plan: Plan, known: Known, line: str, *, strict: bool = False) -> Known:
    """The quantities that a line works out; a line that is no true calculation works out none.

    Raises:
        Unreadable, Undefined, Refused: if the line is none, and `strict`.
    """
    try:
        if len(line) > MAX_LINE:
            raise Refused(f"the line has {len(line)} characters, more than {MAX_LINE}")
        expressions = sides(parse(line))
        if not 2 <= len(expressions) <= _MOST_SIDES:
            raise Unreadable("a calculation was expected, such as 3*4=12")
        value = number_of(expressions[-1]) if is_number(expressions[-1]) else number_of(expressions[0])
        if any(value_of(expression) != value for expression in expressions):
            raise Undefined(f"{line[:60]} is false")
        return {name for node in expressions if isinstance(node, Apply) for name in _targets(plan, known, node)}
    except (Unreadable, Undefined, Refused):
        if strict:
            raise
        return set()


def _targets(plan: Plan, known: Known, node: Node) -> Known:
    """The quantities that an expression stands for: a number for those at hand, an operation for what follows."""
    found: Known = set()
    if is_number(node):
        value = rational(node)
        found = {name for name in known if plan.values[name] == value}
    if not isinstance(node, Apply) or len(node.args) > _MOST_OPERANDS:
        return found
    if node.head == "%":
        return found | _follow(plan, _targets(plan, known, node.args[0]), "/", _targets(plan, known, _PER_CENT))
    if node.head in {"+", "*", "/", "^"}:
        (_, first), *others = _operands(node)
        result = _targets(plan, known, first)
        for operation, operand in others:
            result = _follow(plan, result, operation, _targets(plan, known, operand))
        found |= result
    return found


def _operands(node: Apply) -> Iterator[tuple[str, Node]]:
    """The operands, each with its operation: a difference is written as a sum with a negative term."""
    for operand in node.args:
        if node.head == "+" and isinstance(operand, Number) and operand.value < 0:
            yield "-", Number(-operand.value)
        elif node.head == "+" and isinstance(operand, Apply) and operand.head == "neg":
            yield "-", operand.args[0]
        else:
            yield node.head, operand


def _follow(plan: Plan, left: Known, operation: str, right: Known) -> Known:
    """What follows by one operation from quantities that the operands may stand for."""
    orders = [(left, right), (right, left)] if operation in "+*" else [(left, right)]
    return {
        result
        for some, others in orders
        for one in some
        for other in others
        for result in plan.rules.get((one, operation, other), ())
    }
