"""Angles in triangles: sums, isosceles ones, ratios, parallels, bisectors, and triangles side by side."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import cast

import numpy as np

from reasoning_gym.families.angle_chasing import Fact, Figure, angle, corners_of, equal_sides, quantities_of, steps_of
from reasoning_gym.families.draws import between
from reasoning_gym.families.named_quantities import NamedQuantities, Quantities
from reasoning_gym.families.readings import plain
from reasoning_gym.family import ANSWER_FORMAT, family
from reasoning_gym.problem import Problem, Question, Verdict

_FORMAT = ANSWER_FORMAT.format(answer="the number of degrees")
_DEGREES = re.compile(r"\s{0,3}(?:degrees?|deg|\^?\s?\{?\\circ\}?|\\degree|°)$", re.ASCII)
_DEGREE = re.compile(r"\^?\s?(?:\{\\circ\}|\\circ(?![A-Za-z]))|°", re.ASCII)
_ANGLE = re.compile(r"(?:\bm\s?)?(?:∠|\\angle(?![A-Za-z]))", re.ASCII)
_TRIANGLES = ("ABC", "KLM", "PQR", "XYZ")
_LEAST, _MOST = 5, 40  # degrees of the angles that a fan's triangles have at the common corner
_FAN = "BCDEG"  # points on a line, seen from A


@family(category="geometry", levels=8)
class TriangleAngles(NamedQuantities):
    """Work out an angle from others.

    Statement: `In triangle ABC, angle A=50, angle B=60. Angle C?` All angles are whole numbers of degrees.
    Thoughts: one angle a line, or a sum of two, worked out from those before. Three letters name the angle at the
    middle one.
    Answer: a whole number of degrees.
    Level: 1 the third angle (about 40,000 questions), 2 isosceles triangles (about 3,700), 3 two triangles side by side
    and so an exterior angle, 4 angles in a ratio (about 9,500), 5 a parallel to a side, 6 bisectors and altitudes,
    7 three and 8 four triangles side by side, some of them isosceles.
    Verified: by working the angles out from what is given.
    Checked step by step: a line is true and brings what it names nearer to a number.

        In triangle ABC, angle A=50, angle B=60. Angle C?
        A+B=50+60=110
        C=180-110=70
        Answer: 70
    """

    def generate(self, rng: np.random.Generator, level: int) -> Problem:
        while (figure := _drawn(level, rng.random(16).tolist())) is None:
            pass
        question = Question(self.name, level, _statement(figure), _FORMAT, tuple(figure))
        return Problem(question, str(self.quantities(question).values[figure.asked]))

    def reference_thoughts(self, problem: Problem) -> tuple[str, ...]:
        steps = steps_of(_figure(problem.question))
        return (*(f"{step.name}={step.expression}={step.value}" for step in steps), f"Answer: {problem.answer}")

    def quantities(self, question: Question) -> Quantities:
        return quantities_of(_figure(question))

    def bare(self, answer: str) -> str:
        return _DEGREES.sub("", _ANGLE.sub("angle ", plain(answer)))

    def check_step(self, question: Question, thoughts: Sequence[str], step: str) -> Verdict:
        return super().check_step(question, [*map(_unsigned, thoughts)], _unsigned(step))


_PREFACES = {
    "sum": "In triangle {whole}, ",
    "isosceles": "In triangle {whole}, ",
    "ratio": "In triangle {whole}, ",
    "parallel": "In triangle {whole}, D lies on {p}{q}, E lies on {p}{r} and DE is parallel to {q}{r}; ",
    "incentre": "In triangle {whole}, the bisectors of angles {q} and {r} meet at I; ",
    "bisector": "In triangle {whole}, the bisector of angle {p} meets {q}{r} at D; ",
    "altitude": (
        "In triangle {whole}, the bisector of angle {p} meets {q}{r} at D, the altitude from {p} meets {q}{r} at H; "
    ),
}


def _unsigned(line: str) -> str:
    """A line without signs for angles and degrees."""
    return _DEGREE.sub("", _ANGLE.sub("angle ", line))


def _figure(question: Question) -> Figure:
    return Figure(*cast("tuple[str, str, tuple[Fact, ...], str]", question.given))


def _statement(figure: Figure) -> str:
    first, *others = list(figure.letters)
    if figure.kind == "fan":
        preface = f"Points {', '.join(others)} lie in this order on a line, {first} does not; "
    else:
        preface = _PREFACES[figure.kind].format(
            p=first, q=others[0], r=others[1], whole="".join(sorted(figure.letters))
        )
    if figure.kind == "ratio":
        names, parts = zip(*figure.facts, strict=True)
        return f"{preface}angles {':'.join(names)}={':'.join(map(str, parts))}. Angle {figure.asked}?"
    facts = [f"angle {name}={degrees}" if degrees else name for name, degrees in figure.facts]
    return f"{preface}{', '.join(facts)}. Angle {figure.asked}?"


def _drawn(level: int, draws: Sequence[float]) -> Figure | None:
    """A figure of a level; None where the draws give none."""
    if level in {3, 7, 8}:
        return _fan({3: 2, 7: 3, 8: 4}[level], level > 3, draws)
    letters = _TRIANGLES[int(draws[0] * 4)]
    turn = int(draws[1] * 3)
    p, q, r = letters[turn], *list(letters[:turn] + letters[turn + 1 :])
    first, second = between((10, 160), draws[2]), between((10, 160), draws[3])
    if level in {1, 5, 6} and first + second > 170:
        return None
    if level == 1:
        return Figure("sum", p + q + r, ((q, first), (r, second)), p)
    if level == 2:
        return _isosceles((p, q, r), draws[4:])
    if level == 4:
        return _ratio(letters, draws[4:])
    if level == 5:
        return _parallel((p, q, r), (first, second), draws[4:])
    return _lines_of((p, q, r), (first, second), draws[4])


def _isosceles(corners: tuple[str, str, str], draws: Sequence[float]) -> Figure:
    p, q, r = corners
    base = between((10, 85), draws[0])
    equal = (f"{p}{q}={p}{r}", 0)
    one = q if draws[1] < 0.5 else r
    if draws[2] < 0.5:
        return Figure("isosceles", p + q + r, (equal, (p, 180 - 2 * base)), one)
    return Figure("isosceles", p + q + r, (equal, (one, base)), p)


def _ratio(letters: str, draws: Sequence[float]) -> Figure | None:
    total = (9, 10, 12, 15, 18, 20, 30, 36)[int(draws[0] * 8)]
    first, second = between((1, total - 2), draws[1]), between((1, total - 2), draws[2])
    parts = (first, second, total - first - second)
    if parts[2] < 1 or math.gcd(*parts) > 1:
        return None
    return Figure("ratio", letters, tuple(zip(letters, parts, strict=True)), letters[int(draws[3] * 3)])


def _parallel(corners: tuple[str, str, str], angles: tuple[int, int], draws: Sequence[float]) -> Figure | None:
    """Two of the three angles are given, each by one of its names or by its neighbour; the third is asked."""
    p, q, r = corners
    at_p = 180 - sum(angles)
    groups: list[list[Fact]] = [[(angle(q, p, r), at_p)]]
    for corner, size, other in ((q, angles[0], r), (r, angles[1], q)):
        here, there = ("D", "E") if corner == q else ("E", "D")
        names = (angle(p, corner, other), angle(p, here, there), angle(corner, here, there))
        groups.append(list(zip(names, (size, size, 180 - size), strict=True)))
    chosen = [group[int(draw * len(group))] for group, draw in zip(groups, draws, strict=False)]
    if sum("D" in name for name, _ in chosen) != 1:  # all in one triangle: the parallel would say nothing
        return None
    asked = chosen.pop(int(draws[3] * 3))
    return Figure("parallel", p + q + r, tuple(chosen), asked[0])


def _lines_of(corners: tuple[str, str, str], angles: tuple[int, int], kind: float) -> Figure | None:
    """A figure with bisectors or an altitude, all of whose angles are whole."""
    p, q, r = corners
    at_q, at_r = angles
    top = 180 - at_q - at_r
    if top % 2:
        return None
    both = ((q, at_q), (r, at_r))
    if kind < 0.2:
        return Figure("incentre", p + q + r, ((p, top),), f"{q}I{r}")
    if kind < 0.4:
        return Figure("incentre", p + q + r, ((f"{q}I{r}", 90 + top // 2),), p)
    if kind < 0.7:
        return Figure("bisector", p + q + r, both, f"{p}D{q}" if kind < 0.55 else f"{p}D{r}")
    if at_q == at_r or max(at_q, at_r) >= 90:
        return None
    return Figure("altitude", p + q + r, both, f"D{p}H")


def _fan(count: int, isosceles: bool, draws: Sequence[float]) -> Figure | None:
    """Triangles side by side, from one corner to points on a line; None where an angle isn't whole or too small."""
    figure = Figure("fan", "A" + _FAN[: count + 1], (), "")
    angles = [between((10, 60), draws[0]), between((10, 60), draws[1])]
    angles.append(180 - sum(angles))
    facts: list[Fact] = list(zip(corners_of(figure, 0)[:2], angles[:2], strict=True))
    whole = isosceles and draws[15] < 0.5  # whether the angle of the whole fan is asked for
    asked = ""
    for index in range(1, count):
        names, left = corners_of(figure, index), 180 - angles[2]
        kind, size, which = draws[3 * index + 3 : 3 * index + 6]
        place = 2 if index == count - 1 and not whole and which < 0.5 else 1
        if isosceles and kind < 0.6:
            sides, equal = list(equal_sides(figure, index).items())[int(size * 3)]
            angles = _with_equal_sides(left, equal)
            facts.append((sides, 0))
        else:
            apex = between((_LEAST, max(min(_MOST, angles[2] - _LEAST), _LEAST)), size)
            angles = [left, apex, angles[2] - apex]
            facts.append((names[place], angles[place]))
        asked = names[3 - place]
        if min(angles) < _LEAST:
            return None
    if whole:
        asked = angle(figure.letters[1], "A", figure.letters[-1])
    return figure._replace(facts=tuple(facts), asked=asked)


def _with_equal_sides(left: int, equal: tuple[int, int]) -> list[int]:
    """A triangle's angles from the one at the point before; none where they aren't whole."""
    if equal == (1, 2):
        return [left, (180 - left) // 2, (180 - left) // 2] if left % 2 == 0 else [0]
    other = 180 - 2 * left
    return [left, other, left] if equal == (0, 2) else [left, left, other]
