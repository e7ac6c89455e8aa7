"""Figures of right triangles and the ways from what is given to what is asked, by Pythagoras and ratios of sides."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple, TypeAlias

from reasoning_gym.families.named_quantities import Exact, Quantities, Working, exact, worked_values, working
from reasoning_gym.families.surds import root

Fact: TypeAlias = "tuple[str, int]"  # a side or an angle, and its size

_RATIOS = {  # of 30, 45 and 60 degrees
    ("sin", 30): "1/2", ("sin", 45): "sqrt(2)/2", ("sin", 60): "sqrt(3)/2",
    ("cos", 30): "sqrt(3)/2", ("cos", 45): "sqrt(2)/2", ("cos", 60): "1/2",
    ("tan", 30): "sqrt(3)/3", ("tan", 45): "1", ("tan", 60): "sqrt(3)",
}  # fmt: skip
_SQUARES = {"1/2": Fraction(1, 4), "sqrt(2)/2": Fraction(1, 2), "sqrt(3)/2": Fraction(3, 4), "1": Fraction(1),
            "sqrt(3)/3": Fraction(1, 3), "sqrt(3)": Fraction(3)}  # fmt: skip


class Figure(NamedTuple):
    """What a question says of a figure, and what it asks for."""

    kind: str
    letters: str  # the corner with the right angle first, or the one with the altitude
    facts: tuple[Fact, ...]
    asked: str


def side(one: str, other: str) -> str:
    """The name of a side."""
    return min(one, other) + max(one, other)


def _square_of(side: str, terms: Sequence[tuple[str, str]]) -> Working:
    """The square of a side as a sum or difference of squares: signs and sides that are known."""
    texts = "".join(f"{sign}{_divisor(size)}^2" for sign, size in terms).lstrip("+")
    squares = [exact(f"({size})^2") for _, size in terms]
    values = "".join(f"{sign}{square}" for (sign, _), square in zip(terms, squares, strict=True)).lstrip("+")
    return working(f"{side}^2", texts, values, exact(values))


def _root_of(side: str, square: Fraction) -> Working:
    """A side from its square; a root that comes out isn't written."""
    text = root(square)
    return working(side, text) if "sqrt" not in text else working(side, f"sqrt({square})", text)


def _third_side(figure: Figure, sizes: Mapping[str, int], asked: str) -> list[Working]:
    """Pythagoras, for the side that isn't given."""
    hypotenuse = side(figure.letters[1], figure.letters[2])
    known = sorted(size for name, size in sizes.items() if len(name) == 2)
    terms = [("+", str(size)) for size in sizes.values()]
    if asked != hypotenuse:
        terms = [("+", str(known[1])), ("-", str(known[0]))]
    line = _square_of(asked, terms)
    return [line, _root_of(asked, Fraction(line.sides[-1]))]


def _divisor(text: str) -> str:
    return text if text.isdigit() or (text.startswith("sqrt(") and text.endswith(")")) else f"({text})"


def _altitude_lines(figure: Figure) -> list[Working]:
    c, a, b = tuple(figure.letters)
    sizes = dict(figure.facts)
    x, y = sizes[side(c, a)], sizes[side(c, b)]
    lines = _third_side(figure, sizes, side(a, b))
    hypotenuse, square = _divisor(lines[1].sides[-1]), x * x + y * y
    if figure.asked == side(c, "H"):
        return [*lines, working(figure.asked, f"{x}*{y}/{hypotenuse}", root(Fraction((x * y) ** 2, square)))]
    leg = x if figure.asked == side(a, "H") else y
    return [*lines, working(figure.asked, f"{leg}^2/{hypotenuse}", root(Fraction(leg**4, square)))]


def _ratio_lines(figure: Figure) -> list[Working]:
    c, a, b = tuple(figure.letters)
    function, corner = figure.asked.split()
    opposite, beside, longest = side(c, b if corner == a else a), side(c, corner), side(a, b)
    top, bottom = {"sin": (opposite, longest), "cos": (beside, longest), "tan": (opposite, beside)}[function]
    sizes = dict(figure.facts)
    texts = {name: str(size) for name, size in sizes.items()}
    squares = {name: Fraction(size * size) for name, size in sizes.items()}
    lines: list[Working] = []
    missing = ({top, bottom} - set(sizes)) or None
    if missing:
        lines = _third_side(figure, sizes, missing.pop())
        texts[lines[1].name] = lines[1].sides[-1]
        squares[lines[1].name] = Fraction(lines[0].sides[-1])
    quotient = f"{texts[top]}/{_divisor(texts[bottom])}"
    return [*lines, working(figure.asked, quotient, root(squares[top] / squares[bottom]))]


def _angle_lines(figure: Figure) -> list[Working]:
    c, a, b = tuple(figure.letters)
    (corner, degrees), (given, size) = figure.facts
    longest, beside = side(a, b), side(c, corner)
    function = "tan" if longest not in {given, figure.asked} else "cos" if beside in {given, figure.asked} else "sin"
    over = longest if function != "tan" else beside  # the ratio's lower side
    ratio = _RATIOS[function, degrees]
    sign, factor = ("*", _SQUARES[ratio]) if given == over else ("/", 1 / _SQUARES[ratio])
    factor_text = ratio if ratio.isdigit() else f"({ratio})"
    value = root(size * size * factor)
    return [working(f"{function} {corner}", ratio), working(figure.asked, f"{size}{sign}{factor_text}", value)]


def _chain_lines(figure: Figure) -> list[Working]:
    """The squares of the hypotenuses from the first triangle on, and back from the last one, to what is asked."""
    points, sizes = figure.letters, dict(figure.facts)
    legs = [points[i : i + 2] for i in range(len(points) - 1)]
    reached = legs.index(figure.asked) if figure.asked in legs else len(legs)
    lines: list[Working] = []
    square = sizes[legs[0]] ** 2
    for place in range(1, reached):
        leg = sizes[legs[place]]
        first = f"{sizes[legs[0]]}^2" if place == 1 else str(square)
        written = working(f"A{points[place + 1]}^2", f"{first}+{leg}^2", f"{square}+{leg**2}", square + leg**2)
        lines.append(written)
        square += leg**2
    if reached < len(legs):
        rest = sizes["A" + points[-1]]
        square, lines = _back(figure, lines, (square, rest), [sizes[leg] for leg in legs[reached + 1 :]])
    return [*lines, _root_of(figure.asked, Fraction(square))]


def _back(
    figure: Figure, lines: list[Working], known: tuple[int, int], legs: Sequence[int]
) -> tuple[int, list[Working]]:
    """From the last hypotenuse back by its legs, and the square of the leg that is asked."""
    before, last = known
    square, points = last * last, figure.letters
    for back, leg in enumerate(reversed(legs)):
        first = f"{last}^2" if back == 0 else str(square)
        name = f"A{points[len(points) - 2 - back]}^2"
        lines = [*lines, working(name, f"{first}-{leg}^2", f"{square}-{leg**2}", square - leg**2)]
        square -= leg**2
    first = f"{last}^2" if not legs else str(square)
    taken = f"{math.isqrt(before)}^2" if not any(line.sides[-1] == str(before) for line in lines) else str(before)
    line = working(f"{figure.asked}^2", f"{first}-{taken}", f"{square}-{before}", square - before)
    return square - before, [*lines, line]


def _general_lines(figure: Figure) -> list[Working]:
    c, a, b = tuple(figure.letters)
    sizes = dict(figure.facts)
    left, right, base = sizes[side(c, a)], sizes[side(c, b)], sizes[side(a, b)]
    double = left * left + base * base - right * right
    part = Fraction(double, 2 * base)
    foot = working(side(a, "H"), f"({left}^2+{base}^2-{right}^2)/(2*{base})", f"{double}/{2 * base}", part)
    square = _square_of(side(c, "H"), [("+", str(left)), ("-", str(part))])
    height = _root_of(side(c, "H"), Fraction(square.sides[-1]))
    if figure.asked != "area":
        return [foot, square, height]
    area = root(Fraction(square.sides[-1]) * base * base / 4)
    return [foot, square, height, working("area", f"{base}*{_divisor(height.sides[-1])}/2", area)]


_SOLVERS: Mapping[str, Callable[[Figure], list[Working]]] = {
    "sides": lambda figure: _third_side(figure, dict(figure.facts), figure.asked),
    "altitude": _altitude_lines,
    "ratio": _ratio_lines,
    "angle": _angle_lines,
    "chain": _chain_lines,
    "general": _general_lines,
}


def lines_of(figure: Figure) -> list[Working]:
    """The way from what is given to what is asked."""
    return _SOLVERS[figure.kind](figure)


def _also_asked(figure: Figure) -> tuple[str, ...]:
    """What else might have been asked, and may be named on another way."""
    c, a, b = (*figure.letters, "")[:3]
    return {
        "altitude": (side(c, "H"), side(a, "H"), side(b, "H")),
        "ratio": tuple(f"{function} {corner}" for function in ("sin", "cos", "tan") for corner in (a, b)),
        "general": ("area",),
    }.get(figure.kind, ())


def _degrees(figure: Figure) -> dict[str, int]:
    """The two angles beside the right one, where one of them is given."""
    (corner, size), _ = figure.facts
    return {name: size if name == corner else 90 - size for name in figure.letters[1:]}


def _ratios(figure: Figure) -> dict[str, Exact]:
    """All ratios of the two angles."""
    return {
        f"{function}{corner}": exact(_RATIOS[function, size])
        for corner, size in _degrees(figure).items()
        for function in ("sin", "cos", "tan")
    }


def _by_degrees(figure: Figure) -> dict[str, str]:
    """Names such as sin30 and sin(30) of these ratios."""
    return {
        name: f"{function}{corner}"
        for corner, size in _degrees(figure).items()
        for function in ("sin", "cos", "tan")
        for name in (f"{function}{size}", f"{function}({size})")
    }


@lru_cache(maxsize=1024)
def quantities_of(figure: Figure) -> Quantities:
    """The lengths and ratios of a figure that a step may name."""
    lines = lines_of(figure)
    for other in _also_asked(figure):
        lines += lines_of(figure._replace(asked=other))
    values = {**(_ratios(figure) if figure.kind == "angle" else {}), **worked_values(lines)}
    aliases = _by_degrees(figure) if figure.kind == "angle" else {}
    for name in values:
        if name[:2].isupper():
            aliases[name[1] + name[0] + name[2:]] = name
        if name[:3] in {"sin", "cos", "tan"}:
            aliases[f"{name[:3]}({name[3]})"] = name
    return Quantities(figure.asked.replace(" ", ""), values, aliases, dict[str, Exact](figure.facts))
