"""Figures of triangles and the ways from their given angles to the one that is asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import NamedTuple, TypeAlias

from reasoning_gym.families.named_quantities import Exact, Quantities

Fact: TypeAlias = "tuple[str, int]"  # an angle and its degrees, or two equal lengths 'AC=CD' and 0


class Step(NamedTuple):
    """An angle, or a sum of angles, and how it comes from those before."""

    name: str
    expression: str
    value: int


class Figure(NamedTuple):
    """What a question says of a figure, and which angle it asks for."""

    kind: str
    letters: str  # of the triangle, the special corner first; of a fan, the corner off the line first
    facts: tuple[Fact, ...]
    asked: str


def angle(end: str, corner: str, other: str) -> str:
    """An angle's name: its corner in the middle, its ends in alphabetical order."""
    return f"{min(end, other)}{corner}{max(end, other)}"


def corners_of(figure: Figure, index: int) -> tuple[str, str, str]:
    """The names of a fan's triangle's angles: at the point before, at the corner off the line, at the point behind."""
    top, left, right = figure.letters[0], figure.letters[index + 1], figure.letters[index + 2]
    return angle(top, left, right), angle(left, top, right), angle(top, right, left)


def equal_sides(figure: Figure, index: int) -> dict[str, tuple[int, int]]:
    """For each pair of equal sides that a fan's triangle may have, which two of its angles are equal then."""
    top, left, right = figure.letters[0], figure.letters[index + 1], figure.letters[index + 2]
    return {
        f"{top}{left}={top}{right}": (0, 2),
        f"{top}{left}={left}{right}": (1, 2),
        f"{top}{right}={left}{right}": (0, 1),
    }


def steps_of(figure: Figure) -> list[Step]:
    """The way from what is given to what is asked."""
    return _SOLVERS[figure.kind](figure)


def _sum_steps(figure: Figure) -> list[Step]:
    (one, a), (other, b) = figure.facts
    return [Step(f"{one}+{other}", f"{a}+{b}", a + b), Step(figure.asked, f"180-{a + b}", 180 - a - b)]


def _isosceles_steps(figure: Figure) -> list[Step]:
    top, one, other = tuple(figure.letters)
    name, degrees = figure.facts[1]
    both = f"{one}+{other}"
    if name == top:
        rest = 180 - degrees
        return [Step(both, f"180-{degrees}", rest), Step(figure.asked, f"{rest}/2", rest // 2)]
    second = other if name == one else one
    return [
        Step(second, name, degrees),
        Step(both, f"2*{degrees}", 2 * degrees),
        Step(top, f"180-{2 * degrees}", 180 - 2 * degrees),
    ]


def _ratio_steps(figure: Figure) -> list[Step]:
    parts = dict(figure.facts)
    total = sum(parts.values())
    own = parts[figure.asked]
    return [
        Step("parts", "+".join(map(str, parts.values())), total),
        Step("part", f"180/{total}", 180 // total),
        Step(figure.asked, f"{own}*{180 // total}", own * 180 // total),
    ]


def _parallel_steps(figure: Figure) -> list[Step]:
    """All into the small triangle, its third angle, and from there to what is asked."""
    p, q, r = tuple(figure.letters)
    at_p = angle(q, p, r)
    small = {angle(p, q, r): angle(p, "D", "E"), angle(p, r, q): angle(p, "E", "D")}
    beside = {angle(q, "D", "E"): angle(p, "D", "E"), angle(r, "E", "D"): angle(p, "E", "D")}
    steps: list[Step] = []
    known: dict[str, int] = {}
    for name, degrees in figure.facts:
        if name in small:
            steps.append(Step(small[name], name, degrees))
        if name in beside:
            steps.append(Step(beside[name], f"180-{degrees}", 180 - degrees))
        known[small.get(name, beside.get(name, name))] = 180 - degrees if name in beside else degrees
    a, b = known.values()
    (third,) = {at_p, *small.values()} - set(known)
    steps.append(Step(third, f"180-{a}-{b}", 180 - a - b))
    if figure.asked in small:
        steps.append(Step(figure.asked, third, 180 - a - b))
    if figure.asked in beside:
        steps.append(Step(figure.asked, f"180-{180 - a - b}", a + b))
    return steps


def _incentre_steps(figure: Figure) -> list[Step]:
    p, q, r = tuple(figure.letters)
    name, degrees = figure.facts[0]
    whole, half = f"{q}+{r}", f"I{q}{r}+I{r}{q}"
    rest = 180 - degrees
    if name == p:
        return [
            Step(whole, f"180-{degrees}", rest),
            Step(half, f"{rest}/2", rest // 2),
            Step(figure.asked, f"180-{rest // 2}", 180 - rest // 2),
        ]
    return [
        Step(half, f"180-{degrees}", rest),
        Step(whole, f"2*{rest}", 2 * rest),
        Step(p, f"180-{2 * rest}", 180 - 2 * rest),
    ]


def _bisector_steps(figure: Figure) -> list[Step]:
    p, q, r = tuple(figure.letters)
    sizes = dict(figure.facts)
    corner = r if figure.asked.endswith(r) else q
    top = 180 - sizes[q] - sizes[r]
    return [
        Step(p, f"180-{sizes[q]}-{sizes[r]}", top),
        Step(angle(corner, p, "D"), f"{top}/2", top // 2),
        Step(figure.asked, f"180-{sizes[corner]}-{top // 2}", 180 - sizes[corner] - top // 2),
    ]


def _altitude_steps(figure: Figure) -> list[Step]:
    p, q, r = tuple(figure.letters)
    sizes = dict(figure.facts)
    corner = q if sizes[q] > sizes[r] else r  # the altitude's foot is nearer to the larger angle
    half, rest = (180 - sizes[q] - sizes[r]) // 2, 90 - sizes[corner]
    return [
        Step(p, f"180-{sizes[q]}-{sizes[r]}", 2 * half),
        Step(angle(corner, p, "D"), f"{2 * half}/2", half),
        Step(angle(corner, p, "H"), f"90-{sizes[corner]}", rest),
        Step(figure.asked, f"{half}-{rest}", half - rest),
    ]


def _fan_steps(figure: Figure) -> list[Step]:
    facts = dict(figure.facts)
    steps: list[Step] = []
    last = len(figure.letters) - 3
    whole = angle(figure.letters[1], figure.letters[0], figure.letters[-1])
    for index in range(last + 1):
        names = corners_of(figure, index)
        known = {name: facts[name] for name in names if name in facts}
        if index:
            before = steps[-1].value
            steps.append(Step(names[0], f"180-{before}", 180 - before))
            known[names[0]] = 180 - before
        wanted = figure.asked if index == last and figure.asked != whole else names[2]
        pair = next((pair for sides, pair in equal_sides(figure, index).items() if sides in facts), None)
        steps += _found(names, known, wanted, pair)
    if figure.asked == whole:
        start, end = facts[corners_of(figure, 0)[0]], steps[-1].value
        steps.append(Step(whole, f"180-{start}-{end}", 180 - start - end))
    return steps


def _found(
    names: tuple[str, str, str], known: Mapping[str, int], wanted: str, pair: tuple[int, int] | None
) -> list[Step]:
    """The steps to one angle of a triangle, from two others, or from one and two equal angles."""
    if pair is None:
        a, b = known.values()
        return [Step(wanted, f"180-{a}-{b}", 180 - a - b)]
    ((name, size),) = known.items()
    equal = [names[place] for place in pair]
    if name not in equal:
        return [Step(wanted, f"(180-{size})/2", (180 - size) // 2)]
    (other,) = set(equal) - {name}
    first = Step(other, name, size)
    return [first] if wanted == other else [first, Step(wanted, f"180-{size}-{size}", 180 - 2 * size)]


_SOLVERS: Mapping[str, Callable[[Figure], list[Step]]] = {
    "sum": _sum_steps,
    "isosceles": _isosceles_steps,
    "ratio": _ratio_steps,
    "parallel": _parallel_steps,
    "incentre": _incentre_steps,
    "bisector": _bisector_steps,
    "altitude": _altitude_steps,
    "fan": _fan_steps,
}


@lru_cache(maxsize=1024)
def quantities_of(figure: Figure) -> Quantities:
    """The angles of a figure that can be worked out, by all their names."""
    given = {name: degrees for name, degrees in figure.facts if degrees}
    if figure.kind == "ratio":
        given = {}
    found = {step.name: step.value for step in steps_of(figure)}
    found |= {name: degrees for name, degrees in _more(figure, {**given, **found}).items() if name not in given}
    aliases = {name[::-1]: name for name in (*found, *given) if len(name) == 3 and name.isupper()}
    p, q, r = tuple(figure.letters[:3])
    if figure.kind not in {"fan", "parallel"}:
        ends = {p: (q, r), q: (p, r), r: (p, q)}
        for corner, (one, other) in ends.items():
            aliases |= {one + corner + other: corner, other + corner + one: corner}
    elif figure.kind == "parallel":
        aliases |= {p: angle(q, p, r), q: angle(p, q, r), r: angle(p, r, q)}
    aliases |= {f"angle{name}": aliases.get(name, name) for name in (*found, *given, *aliases)}
    return Quantities(figure.asked, dict[str, Exact](found), aliases, given)


def _more(figure: Figure, known: Mapping[str, int]) -> dict[str, int]:
    """Angles that another way of working may name."""
    p, q, r = tuple(figure.letters[:3])
    if figure.kind == "isosceles":
        base = (180 - known[p]) // 2
        return {q: base, r: base}
    if figure.kind == "parallel":
        at_q, at_r = known[angle(p, "D", "E")], known[angle(p, "E", "D")]
        return {
            angle(q, p, r): 180 - at_q - at_r,
            **{angle(p, q, r): at_q, angle(q, "D", "E"): 180 - at_q},
            **{angle(p, r, q): at_r, angle(r, "E", "D"): 180 - at_r},
        }
    if figure.kind != "fan":
        return {}
    more: dict[str, int] = {}
    for index in range(len(figure.letters) - 2):
        names = corners_of(figure, index)
        missing = [name for name in names if name not in known]
        if len(missing) == 1:
            more[missing[0]] = 180 - sum(known[name] for name in names if name in known)
    return more
