"""Lengths and areas in circles, as exact multiples of pi and of roots."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, cast

import numpy as np

from reasoning_gym.families.circles import Fact, lines_of, quantities_of
from reasoning_gym.families.draws import between, pick
from reasoning_gym.families.named_quantities import NamedQuantities, Quantities, trace
from reasoning_gym.family import ANSWER_FORMAT, family
from reasoning_gym.problem import Problem, Question

_FORMAT = ANSWER_FORMAT.format(answer="the exact value, such as 9pi/2, 3sqrt(2) or 6pi-9sqrt(3)")
_ANGLES = tuple(sorted({*range(10, 360, 10), *range(15, 360, 15), *range(12, 360, 12)} - {180}))


class _Task(NamedTuple):
    kind: str
    facts: tuple[Fact, ...]


@family(category="geometry", levels=8)
class Circle(NamedQuantities):
    """Work out a length or an area of a circle or a part of one.

    Statement: `A circle has radius 7. What is its area?`
    Thoughts: what the answer is made of, each named: r, share of the circle, sector, triangle, half of a chord.
    Answer: the exact value with pi and roots where they are needed, in any exact form with nothing left to work out;
    a decimal number in place of pi is wrong.
    Level: 1 area and circumference (about 390 questions), 2 one from the other (about 400), 3 arcs and sectors
    (about 4,000), 4 perimeters of sectors and parts of rings, 5 chords and tangents (about 2,800), 6 segments (about
    800), 7 figures in and around circles (about 1,000), 8 two circles (about 5,500).
    Verified: by exact arithmetic with pi and roots.
    Checked step by step: a line is true and brings what it names nearer to a number.

        A circle has radius 7. What is its area?
        area=7^2*pi=49pi
        Answer: 49pi
    """

    def generate(self, rng: np.random.Generator, level: int) -> Problem:
        while (task := _DRAWN[level - 1](rng.random(5).tolist())) is None:
            pass
        question = Question(self.name, level, _STATEMENTS[task.kind].format(*task.facts), _FORMAT, tuple(task))
        return Problem(question, lines_of(*task)[-1].sides[-1])

    def reference_thoughts(self, problem: Problem) -> tuple[str, ...]:
        return trace(lines_of(*_task(problem.question)))

    def quantities(self, question: Question) -> Quantities:
        return quantities_of(*_task(question))


def _task(question: Question) -> _Task:
    return _Task(*cast("tuple[str, tuple[Fact, ...]]", question.given))


def _whole_circle(draws: Sequence[float]) -> _Task:
    known = pick(("radius", "diameter"), draws[0])
    return _Task("round", (known, between((2, 99), draws[1]), pick(("area", "circumference"), draws[2])))


def _inverse(draws: Sequence[float]) -> _Task:
    known, asked = ("area", "circumference") if draws[0] < 0.5 else ("circumference", "area")
    return _Task("inverse", (known, between((2, 200), draws[1]), asked))


def _sector(draws: Sequence[float]) -> _Task:
    return _Task(
        "sector", (between((2, 30), draws[0]), pick(_ANGLES, draws[1]), pick(("arc length", "area"), draws[2]))
    )


def _edges(draws: Sequence[float]) -> _Task | None:
    if draws[0] < 0.4:
        return _Task("sector", (between((2, 30), draws[1]), pick(_ANGLES, draws[2]), "perimeter"))
    if draws[0] < 0.7:
        inner = between((2, 30), draws[1])
        return _Task("ring", (inner, inner + between((1, 20), draws[2]), pick(_ANGLES, draws[3])))
    radius, arc = between((2, 30), draws[1]), between((1, 40), draws[2])
    return _Task("arc", (radius, arc)) if arc < 2 * radius else None


def _chord(draws: Sequence[float]) -> _Task | None:
    small, large = between((1, 30), draws[0]), between((2, 31), draws[1])
    kind = pick(("chord", "distance", "radius", "tangent", "beyond"), draws[2])
    if kind == "distance":
        small = 2 * small
        return _Task(kind, (small, large)) if small < 2 * large else None
    if kind == "radius":
        return _Task(kind, (2 * small, large))
    return _Task(kind, (small, large)) if small < large else None


def _segment(draws: Sequence[float]) -> _Task:
    angle = pick((30, 45, 60, 90, 120, 135, 150), draws[1])
    return _Task("segment", (between((2, 60), draws[0]), angle, pick(("smaller", "larger"), draws[2])))


def _figure(draws: Sequence[float]) -> _Task:
    kind = pick(("square in", "hexagon in", "triangle in", "square around", "rectangle", "incircle"), draws[0])
    if kind in {"rectangle", "incircle"}:
        one, other = sorted((between((2, 25), draws[1]), between((2, 25), draws[2])))
        return _Task(kind, (one, other))
    return _Task(kind, (between((2, 99), draws[1]),))


def _two(draws: Sequence[float]) -> _Task:
    kind = pick(("lens", "crossing", "reuleaux", "outer", "outer", "inner", "inner", "belt"), draws[0])
    if kind in {"lens", "crossing", "reuleaux"}:
        return _Task(kind, (between((2, 90), draws[1]),))
    small, gap = between((1, 15), draws[1]), between((1, 15), draws[3])
    if kind == "belt":
        return _Task(kind, (small, 2 * small + gap))
    large = small + between((1, 12), draws[2])
    return _Task(kind, (small, large, small + large + gap))


_DRAWN: Sequence[Callable[[Sequence[float]], _Task | None]] = (
    _whole_circle, _inverse, _sector, _edges, _chord, _segment, _figure, _two
)  # fmt: skip

_STATEMENTS: Mapping[str, str] = {
    "round": "A circle has {0} {1}. What is its {2}?",
    "inverse": "A circle has {0} {1}pi. What is its {2}?",
    "sector": "A sector has radius {0} and angle {1} degrees. What is its {2}?",
    "ring": "Two circles about one centre have radii {0},{1}. Area between them, within {2} degrees at the centre?",
    "arc": "A sector has radius {0} and arc length {1}pi. What is its area?",
    "chord": "A chord of a circle with radius {1} has distance {0} from the centre. Length of the chord?",
    "distance": "A chord of a circle with radius {1} has length {0}. Its distance from the centre?",
    "radius": "A chord of length {0} has distance {1} from the centre. Radius of the circle?",
    "tangent": "A point has distance {1} from the centre of a circle with radius {0}. Length of a tangent from it?",
    "beyond": (
        "A tangent from a point to a circle with radius {0} has length {1}. The point's distance from the centre?"
    ),
    "segment": (
        "A chord cuts a circle with radius {0}; its ends make an angle of {1} degrees at the centre. Area of the {2} "
        "part?"
    ),
    "square in": "A square has its corners on a circle with radius {0}. Area between them?",
    "hexagon in": "A regular hexagon has its corners on a circle with radius {0}. Area between them?",
    "triangle in": "An equilateral triangle has its corners on a circle with radius {0}. Area between them?",
    "square around": "A circle with radius {0} touches all sides of a square. Area between them?",
    "rectangle": "A rectangle with sides {0},{1} has its corners on a circle. Area of the circle?",
    "incircle": "A circle touches all sides of a right triangle with legs {0},{1}. Radius of the circle?",
    "lens": "Two circles with radius {0} go through each other's centre. Area of their overlap?",
    "crossing": "Two circles with radius {0} meet at right angles. Area of their overlap?",
    "reuleaux": (
        "An equilateral triangle has side {0}; each corner is the centre of a circle through the other two. Area "
        "common to the three circles?"
    ),
    "outer": (
        "Circles with radii {0},{1} have centres {2} apart. Length of an outer common tangent between the points of "
        "contact?"
    ),
    "inner": (
        "Circles with radii {0},{1} have centres {2} apart. Length of an inner common tangent between the points of "
        "contact?"
    ),
    "belt": (
        "A tight belt runs around two circles with radius {0} and centres {1} apart, without crossing itself. Its "
        "length?"
    ),
}
