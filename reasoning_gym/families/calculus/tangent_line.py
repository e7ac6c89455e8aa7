"""Tangents and normals to curves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import NamedTuple, cast

import numpy as np

from reasoning_gym.checker.equality import guarded
from reasoning_gym.checker.limits import Refused, Undefined, Unreadable
from reasoning_gym.checker.points import variables
from reasoning_gym.checker.rationals import Rational, divide, tidy
from reasoning_gym.checker.shapes import is_expanded
from reasoning_gym.checker.syntax import Apply, Node, parse
from reasoning_gym.families.derivatives import check_part, read_slope
from reasoning_gym.families.draws import nonzero, whole
from reasoning_gym.families.elementary import KINDS, Piece, chain, monomial, slope_of
from reasoning_gym.families.function_lines import (
    MOST_LINES,
    About,
    abouts,
    check_derivative,
    check_value,
    read_about,
    read_line,
    readable,
    value_line,
)
from reasoning_gym.families.notation import add, bracketed, number, polynomial, quotient, raised, term
from reasoning_gym.families.numbers import bare, sides
from reasoning_gym.families.series import series_of_text
from reasoning_gym.families.steps import Measure, expression_measure, small_algebra
from reasoning_gym.family import ANSWER_FORMAT, Family, family
from reasoning_gym.problem import CORRECT, Problem, Question, Verdict, incorrect

_FORMAT = ANSWER_FORMAT.format(answer="the line as y=mx+c")
_SLOPE = "m"  # the name of a normal's slope


class _Drawn(NamedTuple):
    text: str
    at: int
    lines: tuple[str, ...]  # up to the values of the function and its derivative


class _Line(NamedTuple):
    """y = slope*x + constant."""

    slope: Rational
    constant: Rational


@family(category="calculus", levels=6)
class TangentLine(Family):
    """Find the tangent, or the normal, to a curve at a point.

    Statement: `Find the tangent to y=x^2+3x at x=2`, or `Find the normal to y=x^2+3x at x=2`.
    Thoughts: the derivatives of parts where they are needed, the derivative; its value and the function's at the point;
        a normal's slope m; the line through the point, multiplied out.
    Answer: the line, `y=7x-4`; any equation of it whose sides are multiplied out and collected.
    Level: 1 quadratics; 2 cubics; 3 reciprocals and square roots; 4 quotients; 5 sums with e^x, sin, cos and ln at 0;
        6 normals to quadratics and cubics.
    There are about 19,000 different questions at level 1 and 970 at level 3.
    Verified: by the exact value and slope of the function at the point.
    Checked step by step: a line says what f or its derivative is at the point, `f(2)=4+6=10`, worked out further than
        before; or what the derivative is, `f'(x)=2x+3`, or that of a part, `(x^2)'=2x`; or the normal's slope,
        `m=-1/7`; or is an equation of the line asked for, simpler than the last.

        Find the tangent to y=x^2+3x at x=2
        f'(x)=2x+3
        f(2)=4+6=10
        f'(2)=4+3=7
        y=10+7(x-2)
        y=7x-14+10
        Answer: y=7x-4
    """

    def generate(self, rng: np.random.Generator, level: int) -> Problem:
        text, at, lines = _DRAWS[level - 1](rng)
        kind = "normal" if level == self.levels else "tangent"
        while series_of_text(text, at).coefficient(1) == 0:
            text, at, lines = _DRAWS[level - 1](rng)
        question = Question(self.name, level, f"Find the {kind} to y={text} at x={at}", _FORMAT, (kind, text, at))
        line = _line(question)
        return Problem(question, f"y={polynomial((line.constant, line.slope))}", lines)

    def reference_thoughts(self, problem: Problem) -> tuple[str, ...]:
        question = problem.question
        kind, _, at = _given(question)
        lines = list(cast("tuple[str, ...]", problem.secret))
        slope, (value, steepness) = _line(question).slope, _values(question)
        if kind == "normal":
            lines.append(f"{_SLOPE}={number(slope) if abs(steepness) == 1 else f'-1/{bracketed(number(steepness))}'}")
        if at:
            run = f"({polynomial((-at, 1))})"
            lines += [f"y={add((number(value), term(slope, run)))}"] if slope != 1 else []
            lines.append(f"y={add((term(slope, 'x'), number(-slope * at), number(value)))}")
        wanted = dict.fromkeys(lines)
        wanted.pop(problem.answer, None)
        return (*wanted, f"Answer: {problem.answer}")

    def check_step(self, question: Question, thoughts: Sequence[str], step: str) -> Verdict:
        def decide() -> Verdict:
            stated = read_slope(step)
            if stated is not None:
                return check_part(_given(question)[1], thoughts, stated)
            about = read_about(step)
            if about is not None:
                return _check_about(question, about, list(abouts(thoughts, about.name)))
            node = read_line(step)
            if "y" not in variables(node):
                return _check_slope(question, thoughts, step)
            return _check_equation(question, thoughts, node)

        return guarded(decide)

    def check_conclusion(self, question: Question, thoughts: Sequence[str], answer: str) -> Verdict:
        del thoughts

        def decide() -> Verdict:
            node = parse(bare(answer))
            if not _is_line(node, _line(question)):
                return incorrect("is another line")
            assert isinstance(node, Apply)
            return CORRECT if all(map(is_expanded, node.args)) else incorrect("isn't multiplied out and collected")

        return guarded(decide)


def _given(question: Question) -> tuple[str, str, int]:
    return cast("tuple[str, str, int]", question.given)


def _values(question: Question) -> tuple[Rational, Rational]:
    """The function and its derivative at the point."""
    _, text, at = _given(question)
    series = series_of_text(text, at)
    return series.coefficient(0), series.coefficient(1)


def _line(question: Question) -> _Line:
    kind, _, at = _given(question)
    value, slope = _values(question)
    slope = divide(-1, slope) if kind == "normal" else slope
    return _Line(slope, value - slope * at)


def _is_line(node: Node, line: _Line) -> bool:
    """Whether a node is an equation of a line.

    Raises:
        Unreadable, Undefined, Refused: if it is no equation of expressions, or asks for too much.
    """
    if not (isinstance(node, Apply) and node.head == "="):
        raise Unreadable("an equation was expected, such as y=2x+1")
    form = small_algebra().form(Apply("+", (node.args[0], Apply("neg", (node.args[1],)))))
    x, y, one = (("x", 1),), (("y", 1),), ()
    if not set(form.num) <= {x, y, one} or set(form.den) != {one} or not form.num.get(y):
        return False
    factor = form.num[y]
    return (form.num.get(x, 0), form.num.get(one, 0)) == (-factor * line.slope, -factor * line.constant)


# steps


def _check_about(question: Question, about: About, earlier: Sequence[About]) -> Verdict:
    """A line about f or f'."""
    _, text, at = _given(question)
    if about.at is None and about.name == "f'":
        return check_derivative(about, parse(text), earlier)
    if about.at != at or about.name not in ("f", "f'"):
        return incorrect("neither about f nor about f' at the point")
    value = _values(question)[about.name == "f'"]
    return check_value(about, value, [other for other in earlier if _is_true(other, at, value)])


def _is_true(about: About, at: int, value: Rational) -> bool:
    return about.at == at and guarded(lambda: check_value(about, value, ())).correct


def _check_slope(question: Question, thoughts: Sequence[str], step: str) -> Verdict:
    """`m=-1/7`, for a normal."""
    if _given(question)[0] != "normal":
        return incorrect("neither about the function, nor an equation of the line")
    slope = _line(question).slope
    known = [about for about in _slopes_stated(thoughts) if _is_true(about, 0, slope)]
    stated = list(_slopes_stated([step]))
    return check_value(stated[0], slope, known) if stated else incorrect("neither m=..., nor an equation of the line")


def _slopes_stated(lines: Sequence[str]) -> Iterator[About]:
    for line in lines:
        name, equals, rest = line.partition("=")
        if name.strip() == _SLOPE and equals:
            try:
                yield About(_SLOPE, 0, tuple(sides(read_line(rest))))
            except (Unreadable, Undefined, Refused):
                continue


def _check_equation(question: Question, thoughts: Sequence[str], node: Node) -> Verdict:
    """`y=10+7(x-2)`, and simpler ones."""
    line = _line(question)
    if not _is_line(node, line):
        return incorrect("is another line")
    measure, known = _measure(node), [_measure(other) for other in readable(thoughts) if _is_worth(other, line)]
    if len(known) >= MOST_LINES or any(measure >= other for other in known):
        return incorrect("is no simpler than an earlier line")
    return CORRECT


def _is_worth(node: Node, line: _Line) -> bool:
    try:
        return _is_line(node, line)
    except (Unreadable, Undefined, Refused):
        return False


def _measure(node: Node) -> Measure:
    return expression_measure(Apply("+", node.args)) if isinstance(node, Apply) else ()


# levels


def _of_polynomial(coefficients: Sequence[int], at: int) -> _Drawn:
    slope = slope_of(coefficients)
    lines = (f"f'(x)={polynomial(slope)}", value_line("f", coefficients, at), value_line("f'", slope, at))
    return _Drawn(polynomial(coefficients), at, lines)


def _quadratic(rng: np.random.Generator) -> _Drawn:
    (a, b, at), (c,) = nonzero(rng, 5, 3), whole(rng, -9, 9, 1)
    return _of_polynomial((c, 2 * b - 1, a), at)


def _cubic(rng: np.random.Generator) -> _Drawn:
    (a, b, c, at), (d,) = nonzero(rng, 4, 4), whole(rng, -9, 9, 1)
    return _of_polynomial((d, c, b, a), at)


def _root_or_reciprocal(rng: np.random.Generator) -> _Drawn:
    (c, at), (a, root, kind) = nonzero(rng, 9, 2), whole(rng, 1, 6, 3)
    root += 1
    if kind > 3:
        b = root * root - a * at
        inside = polynomial((b, a))
        above, below = Fraction(a, 2).as_integer_ratio()
        slope = f"{above}/{f'({below}sqrt({inside}))' if below > 1 else f'sqrt({inside})'}"
        put_in = f"{above}/{f'({below}*{root})' if below > 1 else root}"
        lines = (f"({inside})'={a}", f"f'(x)={slope}", f"f({at})=sqrt({root * root})={root}", f"f'({at})={put_in}")
        return _Drawn(f"sqrt({inside})", at, lines if b else lines[1:])
    c *= at
    steepness = dict.fromkeys((f"f'({at})", f"{-c}/{at * at}", number(tidy(Fraction(-c, at * at)))))
    return _Drawn(f"{c}/x", at, (f"f'(x)={-c}/x^2", f"f({at})={c // at}", "=".join(steepness)))


def _quotient(rng: np.random.Generator) -> _Drawn:
    (b, c, d, at), (a,) = nonzero(rng, 6, 4), whole(rng, 1, 5, 1)
    above, below = a * at + b, c * at + d
    difference = a * d - b * c
    if not below or not difference:
        return _quotient(rng)
    u, v = polynomial((b, a)), polynomial((d, c))
    lines = (
        f"({u})'={a}",
        f"({v})'={c}",
        f"f'(x)={difference}/{raised(v, 2)}",
        f"f({at})={above}/{bracketed(number(below))}",
        f"f'({at})={difference}/{below * below}",
    )
    return _Drawn(quotient(u, v), at, lines)


def _at_zero(rng: np.random.Generator) -> _Drawn:
    (p, q, k), (a, b) = nonzero(rng, 6, 3), whole(rng, 1, 4, 2)
    first, second = sorted(int(n) for n in rng.permutation(4)[:2])
    pieces = [_kind_at_zero(kind, rate, factor) for kind, rate, factor in ((first, a, p), (second, b, q))]
    pieces.append(monomial(k, 1))
    text, slope = add(piece.text for piece in pieces), add(piece.slope for piece in pieces)
    lines = [f"({piece.text})'={piece.slope}" for piece in pieces[:2]] + [f"f'(x)={slope}"]
    for name, function, order in (("f", pieces, 0), ("f'", pieces, 1)):
        values = [series_of_text(piece.text).coefficient(order) for piece in function]
        put_in = add(map(number, values))
        lines.append("=".join(dict.fromkeys((f"{name}(0)", put_in, number(sum(values, 0))))))
    return _Drawn(text, 0, tuple(lines))


def _kind_at_zero(kind: int, rate: int, factor: int) -> Piece:
    """A multiple of sin(ax), cos(ax), e^(ax) or ln(ax+1)."""
    return chain(KINDS[kind], (1, rate) if KINDS[kind] == "ln" else (0, rate), factor)


def _for_normal(rng: np.random.Generator) -> _Drawn:
    return _cubic(rng) if rng.random() < 0.5 else _quadratic(rng)


_DRAWS = (_quadratic, _cubic, _root_or_reciprocal, _quotient, _at_zero, _for_normal)
