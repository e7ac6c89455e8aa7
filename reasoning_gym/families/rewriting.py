"""Checks work that is written as the whole expression again after each step, as `3*4+5`, `12+5`, `17`."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from reasoning_gym.checker.calculations import MAX_LINE
from reasoning_gym.checker.equality import guarded
from reasoning_gym.checker.limits import Refused, Undefined, Unreadable
from reasoning_gym.checker.rationals import Rational
from reasoning_gym.checker.syntax import Node, parse
from reasoning_gym.families.numbers import sides, value_of
from reasoning_gym.families.steps import Measure
from reasoning_gym.problem import CORRECT, Verdict, incorrect


def check_rewriting(
    step: str,
    thoughts: Sequence[str],
    written: str,
    value: Rational,
    measure: Callable[[Node, str], Measure],
    most: Measure,
) -> Verdict:
    """Whether a line has the question's value and is nearer to its end than the question and every right line before.

    Args:
        step: an expression, or a chain of equal ones of which the last counts as what remains.
        thoughts: the lines before; those of another value count for nothing.
        written: the question's expression.
        value: its value.
        measure: how much of an expression, as a tree and as text, is left to do; it can't fall for ever.
        most: what no part of the measure may exceed, so that an expression isn't blown up to be taken back bit by bit;
            no more lines than the sum of its parts are right.
    """

    def decide() -> Verdict:
        expressions = _expressions(step)
        if any(value_of(expression) != value for expression in expressions):
            return incorrect("its value isn't the question's")
        reached = measure(expressions[-1], _last(step))
        if any(part > bound for part, bound in zip(reached, most, strict=True)):
            return incorrect("is longer than the work needs")
        lines = [(line, node) for line in (written, *thoughts) if (node := _remaining(line, value)) is not None]
        if any(reached >= measure(node, _last(line)) for line, node in lines):
            return incorrect("is no nearer to the end than the lines before")
        return CORRECT if len(lines) <= sum(most) else incorrect(f"takes more than {sum(most)} lines")

    return guarded(decide)


def _expressions(line: str) -> list[Node]:
    """The expressions of a=b=c.

    Raises:
        Unreadable, Refused: if the line can't be read, or is too long.
    """
    if len(line) > MAX_LINE:
        raise Refused(f"the line has {len(line)} characters, more than {MAX_LINE}")
    return sides(parse(line))


def _last(line: str) -> str:
    """The text of the last expression of a=b=c."""
    return line.rpartition("=")[2]


def _remaining(line: str, value: Rational) -> Node | None:
    """What a line leaves to do; None if it hasn't the question's value."""
    try:
        last = _expressions(line)[-1]
        return last if value_of(last) == value else None
    except (Unreadable, Refused, Undefined):
        return None
