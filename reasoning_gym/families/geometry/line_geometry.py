"""Points and lines in coordinates: slopes, midpoints, distances, equations, and where lines meet."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import cast

import numpy as np

from reasoning_gym.checker.equality import guarded
from reasoning_gym.families.coordinates import (
    is_line,
    lines_of,
    quantities_of,
    read_point,
    slope_form,
    written_line,
)
from reasoning_gym.families.draws import nonzero
from reasoning_gym.families.named_quantities import NamedQuantities, Quantities, Working, trace
from reasoning_gym.family import ANSWER_FORMAT, family
from reasoning_gym.problem import CORRECT, Problem, Question, Verdict, incorrect

_FORMATS = {
    "number": ANSWER_FORMAT.format(answer="the exact number, such as 5/2 or 3sqrt(2)"),
    "point": ANSWER_FORMAT.format(answer="the point, such as (3,1/2)"),
    "line": ANSWER_FORMAT.format(answer="an equation of the line, such as y=2x-1/3"),
}
_KINDS = (
    ("slope",),
    ("midpoint",),
    ("distance",),
    ("through",),
    ("parallel", "perpendicular"),
    ("meeting",),
    ("gap", "foot", "mirror", "bisector"),
    ("circumcentre", "orthocentre"),
)
_STATEMENTS = {
    "slope": "Slope of the line through {points}?",
    "midpoint": "Midpoint of {points}?",
    "distance": "Distance between {points}?",
    "through": "Equation of the line through {points}?",
    "parallel": "Equation of the line through {points} parallel to {lines}?",
    "perpendicular": "Equation of the line through {points} perpendicular to {lines}?",
    "bisector": "Equation of the perpendicular bisector of {points}?",
    "meeting": "Where do the lines {lines} meet?",
    "gap": "Distance of {points} from the line {lines}?",
    "foot": "Foot of the perpendicular from {points} to the line {lines}?",
    "mirror": "Mirror image of {points} in the line {lines}?",
    "circumcentre": "Centre of the circle through {points}?",
    "orthocentre": "Where do the altitudes of the triangle {points} meet?",
}
_LINES = {"parallel": 1, "perpendicular": 1, "meeting": 2, "gap": 1, "foot": 1, "mirror": 1}
_ANSWERS = {"slope": "number", "distance": "number", "gap": "number", "through": "line", "parallel": "line",
            "perpendicular": "line", "bisector": "line"}  # fmt: skip


@family(category="geometry", levels=8)
class LineGeometry(NamedQuantities):
    """Work out a slope, a point, a distance or an equation of a line.

    Statement: `Slope of the line through A(1,2), B(4,8)?`
    Thoughts: m, the slope, and b, where the line meets the y-axis; k, the slope of a line at right angles; x and y of a
    point, mx and my of a midpoint; dx, dy, d^2 and d of a distance; the determinants D, Dx and Dy; a1, b1, c1, a2, b2
    and c2 of two lines a1*x+b1*y=c1; how much a point's ax+by misses c, and t, by how much of (a,b) it is moved.
    Answer: a number, a point, or any equation of the line that leaves no numbers to combine.
    Level: 1 slope (about 8,500 questions), 2 midpoint, 3 distance, 4 the line through two points, 5 parallel and
    perpendicular lines, 6 where two lines meet, 7 distance, foot, mirror image and perpendicular bisector, 8 centres of
    triangles.
    Verified: by exact arithmetic; an equation by its coefficients.
    Checked step by step: a line is true and brings what it names nearer to a number.

        Slope of the line through A(5,2), B(9,10)?
        m=(10-2)/(9-5)=8/4=2
        Answer: 2
    """

    def generate(self, rng: np.random.Generator, level: int) -> Problem:
        kinds = _KINDS[level - 1]
        kind = kinds[int(rng.random() * len(kinds))]
        while not _is_fit(kind, facts := _drawn(rng, kind, level)):
            pass
        form = _FORMATS[_ANSWERS.get(kind, "point")]
        question = Question(self.name, level, _statement(kind, facts), form, (kind, facts))
        return Problem(question, _answer(kind, lines_of(kind, facts)))

    def reference_thoughts(self, problem: Problem) -> tuple[str, ...]:
        kind, facts = _given(problem.question)
        lines = lines_of(kind, facts)
        if _ANSWERS.get(kind) == "number":
            return trace(lines)
        return (*(line.text for line in lines), f"Answer: {problem.answer}")

    def quantities(self, question: Question) -> Quantities:
        return quantities_of(*_given(question))

    def check_conclusion(self, question: Question, thoughts: Sequence[str], answer: str) -> Verdict:
        kind, _ = _given(question)
        if _ANSWERS.get(kind) == "number":
            return super().check_conclusion(question, thoughts, answer)
        values = self.quantities(question).values

        def decide() -> Verdict:
            if kind in _ANSWERS:
                slope, intercept = Fraction(str(values["m"])), Fraction(str(values["b"]))
                right = is_line(answer, (slope, Fraction(-1), -intercept))
            else:
                right = read_point(answer) == (values["x"], values["y"])
            return CORRECT if right else incorrect("isn't what was asked for")

        return guarded(decide)


def _given(question: Question) -> tuple[str, tuple[int, ...]]:
    return cast("tuple[str, tuple[int, ...]]", question.given)


def _drawn(rng: np.random.Generator, kind: str, level: int) -> tuple[int, ...]:
    """Coefficients of the lines, then coordinates of the points, in their order."""
    bound = {1: 12, 2: 20, 3: 12, 8: 6}.get(level, 9)
    if kind == "meeting":
        a, b, d, e, x, y = nonzero(rng, bound, 6)
        return (a, b, a * x + b * y, d, e, d * x + e * y)
    if kind in {"gap", "foot", "mirror"}:
        a, b, times = nonzero(rng, 5, 3)
        x, y = nonzero(rng, bound, 2)
        return (a, b, a * x + b * y, x + times * a, y + times * b)
    if kind in _LINES:
        return tuple(nonzero(rng, bound, 5))
    drawn = nonzero(rng, bound, 6 if level == 8 else 4)
    if level == 1:
        drawn = [abs(n) for n in drawn]
    points = sorted(zip(drawn[::2], drawn[1::2], strict=True))
    return tuple(coordinate for point in points for coordinate in point)


def _is_fit(kind: str, facts: tuple[int, ...]) -> bool:
    """Whether the figure isn't degenerate, and no step has a factor of 0."""
    if kind == "meeting":
        a, b, c, d, e, f = facts
        return a * e != b * d and a > 0 and d > 0 and c != 0 and f != 0 and (a, b, c) < (d, e, f)
    if kind in _LINES:
        a, b, c, x, y = facts
        return a * x + b * y != c and a > 0 and 0 not in facts
    corners = list(zip(facts[::2], facts[1::2], strict=True))
    if any(len(set(coordinates)) < len(corners) for coordinates in zip(*corners, strict=True)):
        return False
    if len(corners) < 3:
        return True
    (ax, ay), (bx, by), (cx, cy) = corners
    return (bx - ax) * (cy - ay) != (cx - ax) * (by - ay)


def _statement(kind: str, facts: Sequence[int]) -> str:
    count = 3 * _LINES.get(kind, 0)
    lines = [written_line((facts[i], facts[i + 1], facts[i + 2])) for i in range(0, count, 3)]
    points = [f"{letter}({x},{y})" for letter, x, y in zip("ABC", facts[count::2], facts[count + 1 :: 2], strict=False)]
    return _STATEMENTS[kind].format(points=", ".join(points), lines=" and ".join(lines))


def _answer(kind: str, lines: Sequence[Working]) -> str:
    form = _ANSWERS.get(kind, "point")
    if form == "line":
        return slope_form(lines)
    return f"({lines[-2].sides[-1]},{lines[-1].sides[-1]})" if form == "point" else lines[-1].sides[-1]
