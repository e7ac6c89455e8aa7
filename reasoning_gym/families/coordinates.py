"""Points and lines in the plane: the lines of work that lead to them, and answers that state them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from functools import lru_cache
from typing import TypeAlias, cast

from reasoning_gym.checker.limits import Unreadable
from reasoning_gym.checker.rationals import rational
from reasoning_gym.checker.shapes import is_number, is_worked_out
from reasoning_gym.checker.syntax import Apply, Name, Node, Number, parse
from reasoning_gym.families.named_quantities import Quantities, Working, worked_values, working
from reasoning_gym.families.notation import add, bracketed, polynomial, term
from reasoning_gym.families.readings import plain
from reasoning_gym.families.steps import small_algebra
from reasoning_gym.families.surds import root

Line: TypeAlias = "tuple[int, int, int]"  # a, b and c of ax+by=c
Pair: TypeAlias = "tuple[Fraction, Fraction]"

_NAMED_POINT = re.compile(r"\s*(?:[A-Z]|\(\s*x\s*,\s*y\s*\))\s*=?\s*(?=\()", re.ASCII)
_X, _Y = Name("x"), Name("y")


def read_point(answer: str) -> Pair:
    """The point that an answer states, its coordinates worked out: `(3,1/2)`, `M=(3,1/2)` or `x=3, y=1/2`.

    Raises:
        Unreadable, Refused, Undefined: if it states anything else.
    """
    node = parse(_NAMED_POINT.sub("", plain(answer), count=1))
    if not (isinstance(node, Apply) and node.head in {"tuple", "list", "and"} and len(node.args) == 2):
        raise Unreadable("a point was asked for, such as (3,1/2)")
    named = {part.args[0]: part.args[1] for part in node.args if isinstance(part, Apply) and part.head == "="}
    first, second = (named[_X], named[_Y]) if set(named) == {_X, _Y} else node.args
    if not (is_worked_out(first) and is_worked_out(second)):
        raise Unreadable("the coordinates were asked for as numbers, worked out")
    return Fraction(cast("Fraction", rational(first))), Fraction(cast("Fraction", rational(second)))


def is_line(answer: str, line: tuple[Fraction, Fraction, Fraction]) -> bool:
    """Whether an answer is an equation of the line ax+by=c, with no calculation of numbers left to do.

    Raises:
        Unreadable, Refused, Undefined: if it is no equation of numbers, x and y.
    """
    node = parse(plain(answer))
    if not (isinstance(node, Apply) and node.head == "=" and all(map(_is_tidy, node.args))):
        raise Unreadable("an equation of a line was asked for, such as y=2x-3")
    algebra = small_algebra()
    left, right = map(algebra.form, node.args)
    found = algebra.difference(left, right)
    a, b, c = line
    monomials = {(("x", 1),): a, (("y", 1),): b, (): -c}
    if not set(found) <= set(monomials):
        return False
    own = [Fraction(found.get(monomial, 0)) for monomial in monomials]
    wanted = list(monomials.values())
    return any(own) and all(own[i] * wanted[j] == own[j] * wanted[i] for i in range(3) for j in range(i))


def _is_tidy(node: Node) -> bool:
    """Whether an expression of x, y and numbers leaves no calculation between numbers."""
    if is_number(node):
        return is_worked_out(node)
    if not isinstance(node, Apply):
        return node in {_X, _Y}
    if node.head == "neg":
        return _is_tidy(node.args[0])
    if node.head == "/":
        return isinstance(node.args[1], Number) and _is_tidy(node.args[0])
    return node.head in {"+", "*"} and sum(map(is_number, node.args)) <= 1 and all(map(_is_tidy, node.args))


def written_line(line: Line) -> str:
    """The equation of a line with whole coefficients.

    >>> written_line((2, -1, 5)), written_line((1, 3, -2))
    ('2x-y=5', 'x+3y=-2')
    """
    a, b, c = line
    return f"{add((term(a, 'x'), term(b, 'y')))}={c}"


def lines_of(kind: str, facts: Sequence[int]) -> list[Working]:
    """The way from what is given to what is asked."""
    return _SOLVERS[kind](*facts)


@lru_cache(maxsize=1024)
def quantities_of(kind: str, facts: tuple[int, ...]) -> Quantities:
    """The numbers that a step may name; the last is asked for, alone or with others."""
    lines = lines_of(kind, facts)
    return Quantities(lines[-1].name, worked_values(lines))


def _n(value: object) -> str:
    return bracketed(str(value))


def _minus(one: int, other: int) -> str:
    return f"{one}-{_n(other)}"


def _slope(ax: int, ay: int, bx: int, by: int) -> list[Working]:
    up, along = by - ay, bx - ax
    return [working("m", f"({_minus(by, ay)})/({_minus(bx, ax)})", f"{up}/{_n(along)}", Fraction(up, along))]


def _midpoint(ax: int, ay: int, bx: int, by: int) -> list[Working]:
    return [
        working(name, f"({one}+{_n(other)})/2", f"{one + other}/2", Fraction(one + other, 2))
        for name, one, other in (("x", ax, bx), ("y", ay, by))
    ]


def _distance(ax: int, ay: int, bx: int, by: int) -> list[Working]:
    dx, dy = bx - ax, by - ay
    square = dx * dx + dy * dy
    return [
        working("dx", _minus(bx, ax), dx),
        working("dy", _minus(by, ay), dy),
        working("d^2", f"{_n(dx)}^2+{_n(dy)}^2", f"{dx * dx}+{dy * dy}", square),
        working("d", f"sqrt({square})", root(Fraction(square))),
    ]


def _intercept(slope: Fraction, x: int | Fraction, y: int | Fraction) -> Working:
    return working("b", f"{y}-{_n(slope)}*{_n(x)}", y - slope * x)


def _through(ax: int, ay: int, bx: int, by: int) -> list[Working]:
    (slope,) = _slope(ax, ay, bx, by)
    return [slope, _intercept(Fraction(slope.sides[-1]), ax, ay)]


def _parallel(a: int, b: int, c: int, x: int, y: int) -> list[Working]:
    del c
    slope = Fraction(-a, b)
    return [working("m", f"-{_n(a)}/{_n(b)}", slope), _intercept(slope, x, y)]


def _perpendicular(a: int, b: int, c: int, x: int, y: int) -> list[Working]:
    del c
    slope = Fraction(-a, b)
    return [
        working("k", f"-{_n(a)}/{_n(b)}", slope),
        working("m", f"-1/({slope})", -1 / slope),
        _intercept(-1 / slope, x, y),
    ]


def _bisector(ax: int, ay: int, bx: int, by: int) -> list[Working]:
    """The line through the midpoint at right angles."""
    across, up = (line._replace(name=f"m{line.name}") for line in _midpoint(ax, ay, bx, by))
    (slope,) = _slope(ax, ay, bx, by)
    turned = -1 / Fraction(slope.sides[-1])
    middle = Fraction(across.sides[-1]), Fraction(up.sides[-1])
    return [
        across,
        up,
        slope._replace(name="k"),
        working("m", f"-1/({slope.sides[-1]})", turned),
        _intercept(turned, *middle),
    ]


def _meeting(a: int, b: int, c: int, d: int, e: int, f: int) -> list[Working]:
    """Where ax+by=c and dx+ey=f meet, by determinants."""
    whole, across, up = a * e - d * b, c * e - f * b, a * f - d * c
    return [
        working("D", f"{a}*{_n(e)}-{_n(d)}*{_n(b)}", whole),
        working("Dx", f"{c}*{_n(e)}-{_n(f)}*{_n(b)}", across),
        working("Dy", f"{a}*{_n(f)}-{_n(d)}*{_n(c)}", up),
        working("x", f"{across}/{_n(whole)}", Fraction(across, whole)),
        working("y", f"{up}/{_n(whole)}", Fraction(up, whole)),
    ]


def _off_line(a: int, b: int, c: int, x: int, y: int) -> list[Working]:
    """By how much a point misses the line, and the square of the line's normal."""
    miss = c - a * x - b * y
    return [
        working("miss", f"{c}-{_n(a)}*{_n(x)}-{_n(b)}*{_n(y)}", miss),
        working("n^2", f"{_n(a)}^2+{_n(b)}^2", f"{a * a}+{b * b}", a * a + b * b),
    ]


def _gap(a: int, b: int, c: int, x: int, y: int) -> list[Working]:
    miss, normal = _off_line(a, b, c, x, y)
    size, square = abs(int(miss.sides[-1])), int(normal.sides[-1])
    return [miss, normal, working("d", f"{size}/sqrt({square})", root(Fraction(size * size, square)))]


def _moved(times: int, a: int, b: int, c: int, x: int, y: int) -> list[Working]:
    """The point moved along the normal: once to the line, twice to its mirror image."""
    miss, normal = _off_line(a, b, c, x, y)
    size, square = int(miss.sides[-1]), int(normal.sides[-1])
    step = Fraction(times * size, square)
    written = f"2*{_n(size)}/{square}" if times == 2 else f"{size}/{square}"
    return [
        miss,
        normal,
        working("t", written, step),
        working("x", f"{x}+{_n(a)}*{_n(step)}", x + a * step),
        working("y", f"{y}+{_n(b)}*{_n(step)}", y + b * step),
    ]


def _foot(a: int, b: int, c: int, x: int, y: int) -> list[Working]:
    return _moved(1, a, b, c, x, y)


def _mirror(a: int, b: int, c: int, x: int, y: int) -> list[Working]:
    return _moved(2, a, b, c, x, y)


def _equal_distance(name: str, ax: int, ay: int, bx: int, by: int) -> tuple[list[Working], Line]:
    """The coefficients of the line of points as far from A as from B."""
    line = (2 * (bx - ax), 2 * (by - ay), bx * bx + by * by - ax * ax - ay * ay)
    return [
        working(f"a{name}", f"2*({_minus(bx, ax)})", line[0]),
        working(f"b{name}", f"2*({_minus(by, ay)})", line[1]),
        working(f"c{name}", f"{_n(bx)}^2+{_n(by)}^2-{_n(ax)}^2-{_n(ay)}^2", line[2]),
    ], line


def _height(name: str, top: Sequence[int], one: Sequence[int], other: Sequence[int]) -> tuple[list[Working], Line]:
    """The coefficients of the altitude from a corner."""
    dx, dy = other[0] - one[0], other[1] - one[1]
    across = dx * top[0] + dy * top[1]
    return [
        working(f"a{name}", _minus(other[0], one[0]), dx),
        working(f"b{name}", _minus(other[1], one[1]), dy),
        working(f"c{name}", f"{_n(dx)}*{_n(top[0])}+{_n(dy)}*{_n(top[1])}", across),
    ], (dx, dy, across)


def _circumcentre(ax: int, ay: int, bx: int, by: int, cx: int, cy: int) -> list[Working]:
    first, one = _equal_distance("1", ax, ay, bx, by)
    second, other = _equal_distance("2", ax, ay, cx, cy)
    return [*first, *second, *_meeting(*one, *other)]


def _orthocentre(ax: int, ay: int, bx: int, by: int, cx: int, cy: int) -> list[Working]:
    first, one = _height("1", (ax, ay), (bx, by), (cx, cy))
    second, other = _height("2", (bx, by), (ax, ay), (cx, cy))
    return [*first, *second, *_meeting(*one, *other)]


def slope_form(lines: Sequence[Working]) -> str:
    """`y=mx+b` from the lines that work out m and b."""
    found = {line.name: Fraction(line.sides[-1]) for line in lines}
    return f"y={polynomial((found['b'], found['m']))}"


_SOLVERS: Mapping[str, Callable[..., list[Working]]] = {
    "slope": _slope,
    "midpoint": _midpoint,
    "distance": _distance,
    "through": _through,
    "parallel": _parallel,
    "perpendicular": _perpendicular,
    "bisector": _bisector,
    "meeting": _meeting,
    "gap": _gap,
    "foot": _foot,
    "mirror": _mirror,
    "circumcentre": _circumcentre,
    "orthocentre": _orthocentre,
}
