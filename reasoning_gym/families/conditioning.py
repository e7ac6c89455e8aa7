"""Conditional chances: the lines that lead from counts or chances to a chance under a condition."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from functools import lru_cache
from typing import TypeAlias, cast

from reasoning_gym.families.named_quantities import Exact, Quantities, Working, worked_values, working
from reasoning_gym.problem import Given

Fact: TypeAlias = Given
Chance: TypeAlias = "tuple[int, int]"  # numerator, denominator


def lines_of(kind: str, facts: tuple[Fact, ...]) -> list[Working]:
    """The way from what is given to the chance."""
    return _SOLVERS[kind](*facts)


@lru_cache(maxsize=1024)
def quantities_of(kind: str, facts: tuple[Fact, ...]) -> Quantities:
    """The counts and chances that a step may name; conditions may be written with `given` or a bar."""
    lines = lines_of(kind, facts)
    values = worked_values(lines)
    given = _given(kind, facts)
    names = [*values, *given]
    aliases = {name.replace("given", "|"): name for name in names if "given" in name and name != "given"}
    aliases |= {_turned(name): name for name in names if "and" in name}
    asked = lines[-1].name.replace(" ", "")
    return Quantities(asked, values, {"P": asked, **aliases} if asked != "P" else aliases, given)


def _given(kind: str, facts: Sequence[Fact]) -> dict[str, Exact]:
    """The chances of events that the question says."""
    names = {"joint": ("P(A)", "P(B)", "P(AandB)"), "bayes": ("P(A)", "P(BgivenA)", "P(BgivennotA)")}.get(kind, ())
    chances = cast("Sequence[Chance]", facts[:3])
    return {name: Fraction(*chance) for name, chance in zip(names, chances, strict=False)}


def _turned(name: str) -> str:
    """P(BandA) for P(AandB)."""
    one, _, other = name.removeprefix("P(").removesuffix(")").partition("and")
    return f"P({other}and{one})"


def _table(size: int, counts: Sequence[int], row: int, column: int, known: str, negated: int) -> list[Working]:
    """One cell, or with a negated condition its neighbours, over what fulfils the condition."""
    in_row = [counts[row * size + j] for j in range(size) if (j == column) != bool(negated)] if known == "shape" else [
        counts[i * size + column] for i in range(size) if (i == row) != bool(negated)
    ]  # fmt: skip
    fulfil = [
        counts[i * size + j]
        for i in range(size)
        for j in range(size)
        if ((j == column) if known == "shape" else (i == row)) != bool(negated)
    ]
    both, given = sum(in_row), sum(fulfil)
    lines = [working("both", "+".join(map(str, in_row)), both)] if len(in_row) > 1 else []
    return [*lines, working("given", "+".join(map(str, fulfil)), given), _ratio("P", both, given)]


def _ratio(name: str, top: int | Fraction, bottom: int | Fraction) -> Working:
    texts = [str(part) if Fraction(part).denominator == 1 else f"({part})" for part in (top, bottom)]
    return working(name, "/".join(texts), Fraction(top) / Fraction(bottom))


def _joint(a: Chance, b: Chance, together: Chance, asked: str) -> list[Working]:
    at_a, at_b, both = Fraction(*a), Fraction(*b), Fraction(*together)
    if asked in {"A given B", "B given A"}:
        return [_ratio(f"P({asked})", both, at_b if asked == "A given B" else at_a)]
    if asked in {"A given not B", "B given not A"}:
        own, other = asked[0], asked[-1]
        size, condition = (at_a, at_b) if own == "A" else (at_b, at_a)
        return [
            working(f"P({own} and not {other})", f"{size}-{both}", size - both),
            working(f"P(not {other})", f"1-{condition}", 1 - condition),
            _ratio(f"P({asked})", size - both, 1 - condition),
        ]
    either = at_a + at_b - both
    lines = [working("P(A or B)", f"{at_a}+{at_b}-{both}", either)]
    return lines if asked == "A or B" else [*lines, working("P(neither)", f"1-{either}", 1 - either)]


def _bayes(prior: Chance, one: Chance, other: Chance, asked: str) -> list[Working]:
    """Both ways to what is known, their sum, and the share of one of them."""
    at_a, under_a, under_rest = Fraction(*prior), Fraction(*one), Fraction(*other)
    known = asked.rpartition("given ")[2]
    lines = [working("P(not A)", f"1-{at_a}", 1 - at_a)]
    if known == "not B":
        lines += [
            working("P(not B given A)", f"1-{under_a}", 1 - under_a),
            working("P(not B given not A)", f"1-{under_rest}", 1 - under_rest),
        ]
        under_a, under_rest = 1 - under_a, 1 - under_rest
    ways = at_a * under_a, (1 - at_a) * under_rest
    lines += [
        working(f"P(A and {known})", f"{at_a}*{under_a}", ways[0]),
        working(f"P(not A and {known})", f"{1 - at_a}*{under_rest}", ways[1]),
        working(f"P({known})", f"{ways[0]}+{ways[1]}", sum(ways)),
    ]
    if "given" not in asked:
        return lines
    return [*lines, _ratio(f"P({asked})", ways[1] if asked.startswith("not A") else ways[0], sum(ways))]


def _shares(parts: Mapping[str, tuple[str, Fraction]], asked: str) -> list[Working]:
    """The joint chance of each cause, their sum, and the share of one."""
    lines = [working(name, written, value) for name, (written, value) in parts.items()]
    total = sum((value for _, value in parts.values()), Fraction(0))
    lines.append(working("all", "+".join(str(value) for _, value in parts.values()), total))
    return [*lines, _ratio("P", parts[asked][1], total)] if asked else lines


def _machines(priors: Sequence[Chance], faults: Sequence[Chance], asked: int, good: int) -> list[Working]:
    parts: dict[str, tuple[str, Fraction]] = {}
    for name, prior, fault in zip("ABC", priors, faults, strict=True):
        share, under = Fraction(*prior), Fraction(*fault)
        under = 1 - under if good else under
        parts[name] = (f"{share}*{under}", share * under)
    return _shares(parts, "ABC"[asked])


def _tests(prior: Chance, hit: Chance, false: Chance, positive: int, negative: int) -> list[Working]:
    sick = Fraction(*prior)
    parts: dict[str, tuple[str, Fraction]] = {}
    for name, share, chance in (("sick", sick, Fraction(*hit)), ("well", 1 - sick, Fraction(*false))):
        factors = [chance] * positive + [1 - chance] * negative
        value = share
        for factor in factors:
            value *= factor
        parts[name] = ("*".join(map(str, (share, *factors))), value)
    return _shares(parts, "sick")


def _urns(counts: Sequence[int], prior: Chance, asked: str) -> list[Working]:
    parts: dict[str, tuple[str, Fraction]] = {}
    third: list[tuple[str, Fraction]] = []
    share = Fraction(*prior)
    for name, place, chance in (("A", 0, share), ("B", 2, 1 - share)):
        red, total = counts[place], counts[place] + counts[place + 1]
        value = chance * Fraction(red * (red - 1), total * (total - 1))
        parts[name] = (f"{chance}*{red}/{total}*{red - 1}/{total - 1}", value)
        third.append((f"{value}*{red - 2}/{total - 2}", value * Fraction(red - 2, total - 2)))
    lines = _shares(parts, "" if asked == "next red" else asked)
    if asked != "next red":
        return lines
    both, every = sum((value for _, value in third), Fraction(0)), Fraction(lines[-1].sides[-1])
    return [*lines, working("red", "+".join(written for written, _ in third), both), _ratio("P", both, every)]


_SOLVERS: Mapping[str, Callable[..., list[Working]]] = {
    "table": _table,
    "joint": _joint,
    "bayes": _bayes,
    "machines": _machines,
    "tests": _tests,
    "urns": _urns,
}
