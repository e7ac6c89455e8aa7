"""Areas of polygons with whole-number corners, and the lattice points inside."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import cmp_to_key, lru_cache
from typing import NamedTuple, TypeAlias, cast

import numpy as np

from reasoning_gym.families import drawing
from reasoning_gym.families.draws import nonzero, whole
from reasoning_gym.families.named_quantities import Exact, NamedQuantities, Quantities
from reasoning_gym.families.notation import add, bracketed
from reasoning_gym.family import ANSWER_FORMAT, family
from reasoning_gym.problem import Problem, Question

_AREA = ANSWER_FORMAT.format(answer="the exact area")
_INSIDE = ANSWER_FORMAT.format(answer="the integer")
_LETTERS = "ABCDEFGHIJ"

Point: TypeAlias = "tuple[int, int]"


class _Level(NamedTuple):
    corners: int
    bound: int  # of the coordinates
    signed: bool = False  # whether coordinates may be negative
    lattice: bool = False  # whether the lattice points inside are asked for


_LEVELS = (
    _Level(3, 12),
    _Level(3, 9),
    _Level(4, 9),
    _Level(5, 9),
    _Level(6, 9, signed=True),
    _Level(5, 9, lattice=True),
    _Level(8, 20, signed=True),
    _Level(7, 20, signed=True, lattice=True),
)


@family(category="geometry", levels=8)
class PolygonArea(NamedQuantities):
    """Work out the area of a polygon from its corners, or how many lattice points lie inside.

    Statement: `Area of the polygon A(1,2) B(7,2) C(4,5)?` The corners go round anticlockwise, no side crosses
    another. At levels 6 and 8: `How many lattice points lie strictly inside the polygon …?`
    Thoughts: at level 1 the triangle's base and height. Otherwise one term of the shoelace formula a corner,
    t1=xA*yB-xB*yA and so on, their sum S and the area. For lattice points g1, g2, …, the greatest common divisors
    of each side's two differences, their sum b, which is the number of lattice points on the border, and
    inside=area-b/2+1 (Pick).
    Answer: the exact area, half of an integer, or the number of points.
    Level: 1 triangles with a side along an axis (over 100,000 questions), 2 any triangle, 3 and 4 four and five
    corners, 5 six with negative coordinates, 6 lattice points of five corners, 7 eight corners, 8 lattice points of
    seven.
    Verified: by the shoelace formula, and Pick's theorem.
    Checked step by step: a line is true and brings what it names nearer to a number.

        Area of the polygon A(6,10) B(12,1) C(7,10)?
        base=7-6=1
        height=10-1=9
        area=1*9/2=9/2
        Answer: 9/2
    """

    def generate(self, rng: np.random.Generator, level: int) -> Problem:
        chosen = _LEVELS[level - 1]
        corners = _along_an_axis(rng, chosen.bound) if level == 1 else _star(rng, chosen)
        named = " ".join(f"{letter}({x},{y})" for letter, (x, y) in zip(_LETTERS, corners, strict=False))
        statement = f"Area of the polygon {named}?"
        if chosen.lattice:
            statement = f"How many lattice points lie strictly inside the polygon {named}?"
        asked = "inside" if chosen.lattice else "area"
        question = Question(self.name, level, statement, _INSIDE if chosen.lattice else _AREA, (asked, corners))
        return Problem(question, str(self.quantities(question).values[asked]))

    def reference_thoughts(self, problem: Problem) -> tuple[str, ...]:
        asked, corners = _given(problem.question)
        values = self.quantities(problem.question).values
        if "base" in values:
            return (*_triangle_lines(corners, values), f"Answer: {problem.answer}")
        lines = _shoelace_lines(corners, values)
        if asked == "inside":
            lines += _lattice_lines(len(corners), values)
        return (*lines, f"Answer: {problem.answer}")

    def quantities(self, question: Question) -> Quantities:
        return _quantities(*_given(question))

    def picture(self, question: Question) -> str:
        corners = _given(question)[1]
        labels = [f"{letter}({x},{y})" for letter, (x, y) in zip(_LETTERS, corners, strict=False)]
        return drawing.polygon(corners, labels)


def _given(question: Question) -> tuple[str, tuple[Point, ...]]:
    return cast("tuple[str, tuple[Point, ...]]", question.given)


def _along_an_axis(rng: np.random.Generator, bound: int) -> tuple[Point, ...]:
    """A triangle with a horizontal or a vertical side."""
    while True:
        first, second, level, across, apex, turned = whole(rng, 1, bound, 6)
        if first != second and apex != level:
            break
    points = [(first, level), (second, level), (across, apex)]
    return _anticlockwise([(y, x) for x, y in points] if turned % 2 else points)


def _star(rng: np.random.Generator, level: _Level) -> tuple[Point, ...]:
    """Corners in order round a middle that sees them all, so that no side crosses another; none lies on a side."""
    middle = 0 if level.signed else (level.bound + 1) // 2
    while True:
        drawn = (nonzero(rng, level.bound, 2 * level.corners) if level.signed
                 else whole(rng, 1, level.bound, 2 * level.corners))  # fmt: skip
        points = list(zip(drawn[::2], drawn[1::2], strict=True))
        if level.corners == 3:
            if _cross(*points) != 0:
                return _anticlockwise(points)
            continue
        points = _round(points, (middle, middle))
        if not points or any(_cross(*three) == 0 for three in _threes(points)):
            continue
        if not level.lattice or _inside(points) > 0:
            return _from_lowest(points)


def _anticlockwise(points: Sequence[Point]) -> tuple[Point, ...]:
    return _from_lowest(points if _cross(points[0], points[1], points[2]) > 0 else points[::-1])


def _from_lowest(points: Sequence[Point]) -> tuple[Point, ...]:
    first = points.index(min(points))
    return (*points[first:], *points[:first])


def _threes(points: Sequence[Point]) -> list[tuple[Point, Point, Point]]:
    return [(points[i - 2], points[i - 1], points[i]) for i in range(len(points))]


def _cross(a: Point, b: Point, c: Point) -> int:
    """Twice the signed area of a triangle."""
    return (b[0] - a[0]) * (c[1] - a[1]) - (c[0] - a[0]) * (b[1] - a[1])


def _round(points: Sequence[Point], middle: Point) -> list[Point]:
    """Points in anticlockwise order round a middle; empty unless it sees each of them to the left of the one before."""

    def upper(point: Point) -> bool:
        return (point[1], point[0]) > (middle[1], middle[0])

    def order(one: Point, other: Point) -> int:
        return upper(other) - upper(one) or -_cross(middle, one, other)

    ordered = sorted(points, key=cmp_to_key(order))
    turns = [_cross(middle, ordered[i - 1], ordered[i]) for i in range(len(ordered))]
    return ordered if min(turns) > 0 else []


def _terms(corners: Sequence[Point]) -> list[tuple[int, int, int, int]]:
    """xA, yB, xB, yA for each side."""
    return [(x, v, u, y) for (x, y), (u, v) in zip(corners, (*corners[1:], corners[0]), strict=True)]


def _gaps(corners: Sequence[Point]) -> list[int]:
    """Into how many parts lattice points divide each side."""
    return [math.gcd(u - x, v - y) for x, v, u, y in _terms(corners)]


def _inside(corners: Sequence[Point]) -> int:
    double = sum(x * v - u * y for x, v, u, y in _terms(corners))
    return (double - sum(_gaps(corners))) // 2 + 1


@lru_cache(maxsize=1024)
def _quantities(asked: str, corners: tuple[Point, ...]) -> Quantities:
    terms = [x * v - u * y for x, v, u, y in _terms(corners)]
    total = sum(terms)
    values: dict[str, Exact] = {f"t{i}": term for i, term in enumerate(terms, 1)}
    values |= {"S": total, "area": total // 2 if total % 2 == 0 else Fraction(total, 2)}
    if asked == "inside":
        values |= {f"g{i}": gap for i, gap in enumerate(_gaps(corners), 1)}
        values |= {"b": sum(_gaps(corners)), "inside": _inside(corners)}
    side = _axis_side(corners)
    if side:
        values |= {"base": abs(side[0] - side[1]), "height": abs(side[2] - side[3])}
    return Quantities(asked, values)


def _axis_side(corners: Sequence[Point]) -> tuple[int, int, int, int] | None:
    """The ends of a triangle's side along an axis, and the two ends of the height on it; larger before smaller."""
    for axis in (1, 0):
        for a, b, c in _threes(corners) if len(corners) == 3 else ():
            if a[axis] == b[axis]:
                base, height = (a[1 - axis], b[1 - axis]), (c[axis], a[axis])
                return max(base), min(base), max(height), min(height)
    return None


def _triangle_lines(corners: Sequence[Point], values: Mapping[str, Exact]) -> list[str]:
    start, end, top, foot = cast("tuple[int, int, int, int]", _axis_side(corners))
    base, height = values["base"], values["height"]
    return [f"base={start}-{end}={base}", f"height={top}-{foot}={height}", f"area={base}*{height}/2={values['area']}"]


def _shoelace_lines(corners: Sequence[Point], values: Mapping[str, Exact]) -> list[str]:
    lines = [
        f"t{i}={_factor(x)}*{_factor(v)}-{_factor(u)}*{_factor(y)}={values[f't{i}']}"
        for i, (x, v, u, y) in enumerate(_terms(corners), 1)
    ]
    terms = add(str(values[f"t{i}"]) for i in range(1, len(lines) + 1))
    return [*lines, f"S={terms}={values['S']}", f"area={values['S']}/2{_whole(values['area'])}"]


def _factor(value: int) -> str:
    return bracketed(str(value))


def _whole(value: Exact) -> str:
    """What stands behind a division that comes out even."""
    return f"={value}" if isinstance(value, int) else ""


def _lattice_lines(sides: int, values: Mapping[str, Exact]) -> list[str]:
    gaps = [values[f"g{i}"] for i in range(1, sides + 1)]
    border = values["b"]
    return [
        "; ".join(f"g{i}={gap}" for i, gap in enumerate(gaps, 1)),
        f"b={'+'.join(map(str, gaps))}={border}",
        f"inside={values['area']}-{border}/2+1={values['inside']}",
    ]
