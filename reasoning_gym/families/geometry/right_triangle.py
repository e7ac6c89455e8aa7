"""Sides, altitudes and ratios of right triangles, exactly."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import cache
from typing import cast

import numpy as np

from reasoning_gym.families.draws import between, pick
from reasoning_gym.families.named_quantities import NamedQuantities, Quantities, trace
from reasoning_gym.families.pythagoras import Fact, Figure, lines_of, quantities_of, side
from reasoning_gym.family import ANSWER_FORMAT, family
from reasoning_gym.problem import Problem, Question

_FORMAT = ANSWER_FORMAT.format(answer="the exact value, such as 5/2 or 3sqrt(2)")
_TRIANGLES = ("ABC", "KLM", "PQR", "XYZ")
_LONGEST = 60  # hypotenuse of whole sides
_MOST = 30  # side of the triangles of level 8

_PREFACES = {
    "sides": "Triangle {whole} has a right angle at {c};",
    "altitude": "Triangle {whole} has a right angle at {c}, H is the foot of the altitude from {c};",
    "ratio": "Triangle {whole} has a right angle at {c};",
    "angle": "Triangle {whole} has a right angle at {c};",
    "general": "In triangle {whole}, H is the foot of the altitude from {c};",
}


@family(category="geometry", levels=8)
class RightTriangle(NamedQuantities):
    """Work out a length or a ratio in a right triangle.

    Statement: `Triangle ABC has a right angle at C; AC=3, BC=4. AB?`
    Thoughts: squares of sides, AB^2=3^2+4^2=25, then sides, ratios such as sin A, or parts of a side, each from those
    before.
    Answer: the exact value: a number, or one with a square root, in any exact form with nothing left to work out but
    squares under the root.
    Level: 1 the hypotenuse (about 600 questions) and 2 a leg (about 1,200), all whole numbers, 3 square roots (about
    9,000), 4 the altitude on the hypotenuse and the parts that it makes (about 11,000), 5 sine, cosine and tangent, 6
    angles of 30, 45 and 60 degrees, 7 two or three triangles with common sides, 8 altitude and area of a
    triangle whose altitude meets its base.
    Verified: by working the lengths out from what is given.
    Checked step by step: a line is true and brings what it names nearer to a number.

        Triangle PQR has a right angle at R; PR=9, QR=12. PQ?
        PQ^2=9^2+12^2=81+144=225
        Answer: 15
    """

    def generate(self, rng: np.random.Generator, level: int) -> Problem:
        while (figure := _DRAWN[level - 1](rng.random(8).tolist())) is None:
            pass
        question = Question(self.name, level, _statement(figure), _FORMAT, tuple(figure))
        return Problem(question, lines_of(figure)[-1].sides[-1])

    def reference_thoughts(self, problem: Problem) -> tuple[str, ...]:
        return trace(lines_of(_figure(problem.question)))

    def quantities(self, question: Question) -> Quantities:
        return quantities_of(_figure(question))


def _figure(question: Question) -> Figure:
    return Figure(*cast("tuple[str, str, tuple[Fact, ...], str]", question.given))


def _statement(figure: Figure) -> str:
    if figure.kind == "chain":
        points = figure.letters
        others = [f"A{points[i]}{points[i + 1]} at {points[i]}" for i in range(2, len(points) - 1)]
        preface = f"Triangle ABC has a right angle at B, {', '.join(others)};"
    else:
        preface = _PREFACES[figure.kind].format(whole="".join(sorted(figure.letters)), c=figure.letters[0])
    facts = [f"angle {name}={size}" if len(name) == 1 else f"{name}={size}" for name, size in figure.facts]
    asked = f"Area of triangle {''.join(sorted(figure.letters))}" if figure.asked == "area" else figure.asked
    return f"{preface} {', '.join(facts)}. {asked}?"


@cache
def _triples() -> tuple[tuple[int, int, int], ...]:
    """Right triangles with whole sides: two legs in either order, and the hypotenuse."""
    legs = range(1, _LONGEST)
    return tuple(
        (a, b, c)
        for a in legs
        for b in legs
        if (c := math.isqrt(a * a + b * b)) ** 2 == a * a + b * b and c <= _LONGEST
    )


@cache
def _with_feet_inside() -> tuple[tuple[int, int, int], ...]:
    """Sides next to a base and the base, of triangles whose altitude cuts it at a half or a whole number."""
    found: list[tuple[int, int, int]] = []
    for base in range(4, _MOST + 1):
        for left in range(4, _MOST + 1):
            for right in range(abs(base - left) + 1, min(base + left, _MOST + 1)):
                double = left * left + base * base - right * right  # twice the base times the part beside `left`
                if left != right and 0 < double < 2 * base * base and double % base == 0:
                    found.append((left, right, base))
    return tuple(found)


def _corners(draws: Sequence[float]) -> tuple[str, str, str]:
    """The corner with the right angle, and the two others."""
    letters = pick(_TRIANGLES, draws[0])
    turn = int(draws[1] * 3)
    one, other = sorted(set(letters) - {letters[turn]})
    return letters[turn], one, other


def _legs(whole: bool, draws: Sequence[float]) -> tuple[int, int]:
    """Two legs; where the hypotenuse needn't be whole, any two."""
    a, b, _ = pick(_triples(), draws[0])
    return (a, b) if whole else (between((1, 20), draws[0]), between((1, 20), draws[1]))


def _is_square(number: int) -> bool:
    return math.isqrt(number) ** 2 == number


def _facts(*facts: Fact) -> tuple[Fact, ...]:
    return tuple(sorted(facts))


def _hypotenuse(draws: Sequence[float]) -> Figure:
    c, a, b = _corners(draws)
    x, y, _ = pick(_triples(), draws[2])
    return Figure("sides", c + a + b, _facts((side(c, a), x), (side(c, b), y)), side(a, b))


def _leg(draws: Sequence[float]) -> Figure:
    c, a, b = _corners(draws)
    x, _, z = pick(_triples(), draws[2])
    known, asked = (a, b) if draws[3] < 0.5 else (b, a)
    return Figure("sides", c + a + b, _facts((side(c, known), x), (side(a, b), z)), side(c, asked))


def _with_roots(draws: Sequence[float]) -> Figure | None:
    c, a, b = _corners(draws)
    x, y = between((1, 20), draws[2]), between((1, 20), draws[3])
    if draws[4] < 0.5:
        if _is_square(x * x + y * y):
            return None
        return Figure("sides", c + a + b, _facts((side(c, a), x), (side(c, b), y)), side(a, b))
    if x >= y or _is_square(y * y - x * x):
        return None
    known, asked = (a, b) if draws[5] < 0.5 else (b, a)
    return Figure("sides", c + a + b, _facts((side(c, known), x), (side(a, b), y)), side(c, asked))


def _altitude(draws: Sequence[float]) -> Figure:
    c, a, b = _corners(draws)
    x, y = _legs(draws[4] < 0.6, draws[2:])
    asked = side(pick((c, a, b), draws[5]), "H")
    return Figure("altitude", c + a + b, _facts((side(c, a), x), (side(c, b), y)), asked)


def _ratio(draws: Sequence[float]) -> Figure | None:
    c, a, b = _corners(draws)
    asked = f"{pick(('sin', 'cos', 'tan'), draws[5])} {pick((a, b), draws[6])}"
    x, y = _legs(draws[4] < 0.5, draws[2:])
    if draws[7] < 0.4 and not asked.startswith("tan"):
        return Figure("ratio", c + a + b, _facts((side(c, a), x), (side(c, b), y)), asked)
    known = a if draws[7] < 0.7 else b
    longest = max(x, y) if draws[4] >= 0.5 else math.isqrt(x * x + y * y)
    shorter = min(x, y) if draws[4] >= 0.5 else x
    if shorter == longest or asked == f"cos {known}" or asked == f"sin {b if known == a else a}":
        return None  # the hypotenuse has no leg of that length, or the ratio's sides are given
    return Figure("ratio", c + a + b, _facts((side(c, known), shorter), (side(a, b), longest)), asked)


def _angle(draws: Sequence[float]) -> Figure | None:
    c, a, b = _corners(draws)
    corner = pick((a, b), draws[2])
    sides = (side(c, a), side(c, b), side(a, b))
    given, asked = pick(sides, draws[3]), pick(sides, draws[4])
    size = between((2, 40), draws[5])
    if given == asked:
        return None
    return Figure("angle", c + a + b, ((corner, pick((30, 45, 60), draws[6])), (given, size)), asked)


def _chain(draws: Sequence[float]) -> Figure:
    points = "ABCD" if draws[0] < 0.5 else "ABCDE"
    legs = [points[i : i + 2] for i in range(len(points) - 1)]
    sizes = {leg: between((2, 12), draw) for leg, draw in zip(legs, draws[1:], strict=False)}
    last = "A" + points[-1]
    if draws[6] < 0.5:
        return Figure("chain", points, _facts(*sizes.items()), last)
    asked = pick(legs[1:], draws[5])
    del sizes[asked]
    longest = math.isqrt(sum(size * size for size in sizes.values())) + between((1, 5), draws[7])
    return Figure("chain", points, _facts(*sizes.items(), (last, longest)), asked)


def _general(draws: Sequence[float]) -> Figure:
    c, a, b = _corners(draws)
    left, right, base = pick(_with_feet_inside(), draws[2])
    asked = pick((side(c, "H"), "area"), draws[3])
    return Figure("general", c + a + b, _facts((side(c, a), left), (side(c, b), right), (side(a, b), base)), asked)


_DRAWN: Sequence[Callable[[Sequence[float]], Figure | None]] = (
    _hypotenuse, _leg, _with_roots, _altitude, _ratio, _angle, _chain, _general
)  # fmt: skip
