"""Signs and zeros of constant expressions, proved: enclosures show what isn't zero, a separation bound what is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from reasoning_gym.checker import balls
from reasoning_gym.checker.balls import Ball, Unknown
from reasoning_gym.checker.evaluation import Evaluation, NoValue
from reasoning_gym.checker.limits import Refused, Work
from reasoning_gym.checker.operations import value_of
from reasoning_gym.checker.rationals import Rational
from reasoning_gym.checker.separation import MAX_BOUND
from reasoning_gym.checker.tree import Node

_FIRST_PRECISION = 64  # bits
_LAST_PRECISION = 1_024  # where nothing says how many bits a proof needs
_SPARE = 32


def sign(node: Node, work: Work) -> int | None:
    """-1, 0 or 1 for a real constant expression, proved; None if it isn't real or could not be decided."""
    try:
        for evaluation, last in evaluations(node, work, {}):
            if evaluation.vanishes(last):
                return 0
            real = evaluation.is_real(last)
            if real is False:
                return None
            value = evaluation.value(last)
            if isinstance(value, Ball) and balls.sign(value):
                return balls.sign(value)
    except (NoValue, Refused):
        return None
    return None


def is_zero(node: Node, work: Work) -> bool | None:
    """Whether a constant expression, real or complex, is zero: proved either way, or None."""
    try:
        for evaluation, last in evaluations(node, work, {}):
            zero = evaluation.vanishes(last)
            if zero is not None:
                return zero
    except (NoValue, Refused):
        return None
    return None


def evaluations(
    node: Node, work: Work, point: Mapping[str, Rational], most: int = _LAST_PRECISION
) -> Iterator[tuple[Evaluation, int]]:
    """Enclosures of an expression's value at a point, at growing precision.

    Beyond `most` bits it goes on only if a proof of zero has said how many more it needs.

    Raises:
        NoValue: if there is none.
        Refused: if the work is used up.
    """
    bits = _FIRST_PRECISION
    while bits <= 2 * MAX_BOUND:
        evaluation = Evaluation(bits, work)
        try:
            last = value_of(node, evaluation, point)
        except Unknown:
            last = None
        if last is not None:
            yield evaluation, last
        missing = evaluation.missing
        if not missing and bits >= most:
            return
        bits = min(4 * bits, bits + missing + _SPARE) if missing else 4 * bits
