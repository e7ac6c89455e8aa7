"""Circles and their parts: the lines that lead from what is given to what is asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from functools import lru_cache, partial
from typing import TypeAlias

from reasoning_gym.families.named_quantities import Exact, Quantities, Working, worked_values, working
from reasoning_gym.families.notation import Rational, add, term
from reasoning_gym.families.surds import root, square_part, surd

# the square of the sine, for angles up to 150 degrees whose sine is a root
_SQUARED_SINES = {30: Fraction(1, 4), 45: Fraction(1, 2), 60: Fraction(3, 4), 90: Fraction(1), 120: Fraction(3, 4),
                  135: Fraction(1, 2), 150: Fraction(1, 4)}  # fmt: skip

Fact: TypeAlias = "int | str"


def _pi(multiple: Rational) -> str:
    return term(multiple, "pi")


def _round_lines(known: str, size: int, asked: str) -> list[Working]:
    lines = [working("r", f"{size}/2", Fraction(size, 2))] if known == "diameter" else []
    radius = Fraction(size) if known == "radius" else Fraction(size, 2)
    return [*lines, _area(radius) if asked == "area" else _circumference(str(radius), radius * radius)]


def _area(radius: Fraction) -> Working:
    return working("area", f"{_based(str(radius))}^2*pi", _pi(radius * radius))


def _based(text: str) -> str:
    return text if text.isdigit() or (text.startswith("sqrt(") and text.endswith(")")) else f"({text})"


def _circumference(radius: str, square: Fraction) -> Working:
    return working("circumference", f"2*{_based(radius)}*pi", _times_pi(4 * square))


def _times_pi(square: Fraction) -> str:
    """The root of a number, times pi."""
    text = root(square)
    top, bar, bottom = text.partition("/")
    return f"{'' if top == '1' else top}pi{bar}{bottom}"


def _inverse_lines(known: str, size: int, asked: str) -> list[Working]:
    del asked
    if known == "circumference":
        return [working("r", f"{size}/2", Fraction(size, 2)), _area(Fraction(size, 2))]
    return [working("r^2", size), working("r", f"sqrt({size})", root(size)), _circumference(root(size), Fraction(size))]


def _sector_lines(radius: int, angle: int, asked: str) -> list[Working]:
    share = Fraction(angle, 360)
    first = working("share", f"{angle}/360", share)
    if asked == "area":
        return [first, working("area", f"{share}*{radius}^2*pi", _pi(share * radius * radius))]
    arc = working("arc", f"{share}*2*{radius}*pi", _pi(2 * share * radius))
    if asked == "arc length":
        return [first, arc]
    return [first, arc, working("perimeter", f"2*{radius}+{arc.sides[-1]}", f"{2 * radius}+{arc.sides[-1]}")]


def _ring_lines(inner: int, outer: int, angle: int) -> list[Working]:
    share, between = Fraction(angle, 360), outer**2 - inner**2
    return [
        working("share", f"{angle}/360", share),
        working("ring", f"{outer}^2*pi-{inner}^2*pi", f"{outer**2}pi-{inner**2}pi", _pi(between)),
        working("area", f"{share}*{_pi(between)}", _pi(share * between)),
    ]


def _arc_lines(radius: int, arc: int) -> list[Working]:
    share = Fraction(arc, 2 * radius)
    return [
        working("share", f"{arc}/(2*{radius})", share),
        working("area", f"{share}*{radius}^2*pi", _pi(share * radius * radius)),
    ]


def _from_square(name: str, long: int, sign: str, other: int) -> list[Working]:
    """A length from Pythagoras: its square, and its root."""
    square = long * long + (other * other if sign == "+" else -other * other)
    lines = [working(f"{name}^2", f"{long}^2{sign}{other}^2", f"{long**2}{sign}{other**2}", square)]
    return [*lines, working(name, *([f"sqrt({square})"] if "sqrt" in root(square) else []), root(square))]


def _chord_lines(near: int, radius: int) -> list[Working]:
    lines = _from_square("half", radius, "-", near)
    return [*lines, working("chord", f"2*{lines[1].sides[-1]}", root(4 * (radius**2 - near**2)))]


def _distance_lines(chord: int, radius: int) -> list[Working]:
    return [working("half", f"{chord}/2", chord // 2), *_from_square("distance", radius, "-", chord // 2)]


def _radius_lines(chord: int, near: int) -> list[Working]:
    return [working("half", f"{chord}/2", chord // 2), *_from_square("r", near, "+", chord // 2)]


def _tangent_lines(radius: int, far: int) -> list[Working]:
    return _from_square("tangent", far, "-", radius)


def _beyond_lines(radius: int, tangent: int) -> list[Working]:
    return _from_square("distance", tangent, "+", radius)


def _segment_lines(radius: int, angle: int, which: str) -> list[Working]:
    angle_of_sector = angle if which == "smaller" else 360 - angle
    sector = Fraction(angle_of_sector, 360) * radius**2
    sine = root(_SQUARED_SINES[angle])
    triangle = root(_SQUARED_SINES[angle] * Fraction(radius**4, 4))
    written = f"{radius}^2*({sine})/2" if "/" in sine else f"{radius}^2/2"
    sign = "-" if which == "smaller" else ""
    return [
        working("sector", f"{angle_of_sector}/360*{radius}^2*pi", _pi(sector)),
        working("triangle", written, triangle),
        working("area", add((_pi(sector), f"{sign}{triangle}"))),
    ]


def _inside_lines(name: str, squared: Fraction, written: str, radius: int) -> list[Working]:
    """The area of a figure with corners on the circle, and what of the circle is outside of it."""
    figure = root(squared * radius**4)
    return [
        working("circle", f"{radius}^2*pi", _pi(radius**2)),
        working(name, written.format(r=radius), figure),
        working("area", add((_pi(radius**2), f"-{figure}"))),
    ]


def _around_lines(radius: int) -> list[Working]:
    side = 2 * radius
    return [
        working("side", f"2*{radius}", side),
        working("square", f"{side}^2", side**2),
        working("circle", f"{radius}^2*pi", _pi(radius**2)),
        working("area", f"{side**2}-{_pi(radius**2)}"),
    ]


def _rectangle_lines(one: int, other: int) -> list[Working]:
    square = one * one + other * other
    return [
        working("d^2", f"{one}^2+{other}^2", f"{one**2}+{other**2}", square),
        working("r^2", f"{square}/4", Fraction(square, 4)),
        working("area", _pi(Fraction(square, 4))),
    ]


def _incircle_lines(one: int, other: int) -> list[Working]:
    longest = _from_square("c", one, "+", other)
    return [*longest, working("r", f"({one}+{other}-{longest[1].sides[-1]})/2", _incircle(one, other))]


def _incircle(one: int, other: int) -> str:
    outside, inside = square_part(one * one + other * other)
    if inside == 1:
        return str(Fraction(one + other - outside, 2))
    return surd(one + other, -outside, inside, 2, reduced=True)


def _lens_lines(radius: int) -> list[Working]:
    """Two segments of 120 degrees, or with circles at right angles of 90."""
    lines = _segment_lines(radius, 120, "smaller")[:2]
    return [*lines, _doubled(lines, Fraction(2 * radius**2, 3), root(Fraction(3 * radius**4, 4)))]


def _crossing_lines(radius: int) -> list[Working]:
    lines = _segment_lines(radius, 90, "smaller")[:2]
    return [*lines, _doubled(lines, Fraction(radius**2, 2), str(radius**2))]


def _doubled(lines: Sequence[Working], sectors: Fraction, triangles: str) -> Working:
    sector, triangle = (line.sides[-1] for line in lines)
    return working("area", f"2*({sector}-{triangle})", add((_pi(sectors), f"-{triangles}")))


def _reuleaux_lines(side: int) -> list[Working]:
    """Three sectors of 60 degrees, which cover the triangle three times."""
    sector, triangle = Fraction(side**2, 6), root(Fraction(3 * side**4, 16))
    twice = root(Fraction(3 * side**4, 4))
    return [
        working("sector", f"60/360*{side}^2*pi", _pi(sector)),
        working("triangle", f"{side}^2*sqrt(3)/4", triangle),
        working("area", f"3*({_pi(sector)})-2*({triangle})", add((_pi(3 * sector), f"-{twice}"))),
    ]


def _outer_lines(small: int, large: int, apart: int) -> list[Working]:
    return [working("side", f"{large}-{small}", large - small), *_from_square("tangent", apart, "-", large - small)]


def _inner_lines(small: int, large: int, apart: int) -> list[Working]:
    return [working("side", f"{small}+{large}", small + large), *_from_square("tangent", apart, "-", small + large)]


def _belt_lines(small: int, apart: int) -> list[Working]:
    return [
        working("straight", f"2*{apart}", 2 * apart),
        working("arcs", f"2*{small}*pi", _pi(2 * small)),
        working("length", f"{2 * apart}+{_pi(2 * small)}"),
    ]


_SOLVERS: Mapping[str, Callable[..., list[Working]]] = {
    "round": _round_lines,
    "inverse": _inverse_lines,
    "sector": _sector_lines,
    "ring": _ring_lines,
    "arc": _arc_lines,
    "chord": _chord_lines,
    "distance": _distance_lines,
    "radius": _radius_lines,
    "tangent": _tangent_lines,
    "beyond": _beyond_lines,
    "segment": _segment_lines,
    "square in": partial(_inside_lines, "square", Fraction(4), "2*{r}^2"),
    "hexagon in": partial(_inside_lines, "hexagon", Fraction(27, 4), "6*{r}^2*sqrt(3)/4"),
    "triangle in": partial(_inside_lines, "triangle", Fraction(27, 16), "3*{r}^2*sqrt(3)/4"),
    "square around": _around_lines,
    "rectangle": _rectangle_lines,
    "incircle": _incircle_lines,
    "lens": _lens_lines,
    "crossing": _crossing_lines,
    "reuleaux": _reuleaux_lines,
    "outer": _outer_lines,
    "inner": _inner_lines,
    "belt": _belt_lines,
}


# where the facts say the radius
_RADIUS = {
    "sector": 0, "arc": 0, "chord": 1, "distance": 1, "tangent": 0, "beyond": 0, "segment": 0, "square in": 0,
    "hexagon in": 0, "triangle in": 0, "square around": 0, "lens": 0, "crossing": 0, "belt": 0,
}  # fmt: skip


def lines_of(kind: str, facts: tuple[Fact, ...]) -> list[Working]:
    """The way from what is given to what is asked."""
    return _SOLVERS[kind](*facts)


@lru_cache(maxsize=1024)
def quantities_of(kind: str, facts: tuple[Fact, ...]) -> Quantities:
    """The lengths and areas that a step may name."""
    lines = lines_of(kind, facts)
    place = _RADIUS.get(kind)
    given: dict[str, Exact] = {} if place is None else {"r": int(facts[place])}
    if kind == "round" and facts[0] == "radius":
        given = {"r": int(facts[1])}
    return Quantities(lines[-1].name, worked_values(lines), given=given)
