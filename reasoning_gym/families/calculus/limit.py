"""Limits of functions, at a number and at infinity."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple, cast

import numpy as np

from reasoning_gym.checker.calculus import derivative
from reasoning_gym.checker.equality import equal, guarded
from reasoning_gym.checker.limits import Refused, Undefined, Unreadable
from reasoning_gym.checker.points import variables
from reasoning_gym.checker.rationals import Rational
from reasoning_gym.checker.shapes import factors
from reasoning_gym.checker.syntax import Apply, Name, Node, Number, parse
from reasoning_gym.families.draws import nonzero, whole
from reasoning_gym.families.elementary import times
from reasoning_gym.families.function_lines import MOST_LINES, check_calculation, read_line, readable
from reasoning_gym.families.notation import add, bracketed, number, polynomial, power, quotient, term
from reasoning_gym.families.numbers import check_number
from reasoning_gym.families.series import INFINITY, limit, series_of, series_of_text
from reasoning_gym.families.steps import Measure, expression_measure, small_algebra
from reasoning_gym.families.traces import thoughts_of
from reasoning_gym.family import ANSWER_FORMAT, Family, family
from reasoning_gym.problem import CORRECT, Problem, Question, Verdict, incorrect

_FORMAT = ANSWER_FORMAT.format(answer="the limit")
_PLAIN, _PREPARED, _RAW = range(3)  # how near an expression is to putting the point in


class _Drawn(NamedTuple):
    text: str
    point: int | str
    lines: tuple[str, ...]


@family(category="calculus", levels=8)
class Limit(Family):
    """Find the limit of a function at a number or at infinity; it is always a rational number.

    Statement: `Find the limit of (x^2+x-6)/(x-2) as x->2`.
    Thoughts: the function rewritten until the point may be put in, a common factor or a standard quotient such as
        sin(3x)/(3x) first; then the point put in, and the calculation.
    Answer: the number.
    Level: 1 polynomials; 2 quotients with no zero below; 3 and 4 quotients 0/0 of polynomials; 5 quotients of
        polynomials at infinity; 6 square roots; 7 standard limits of sin, tan, ln and e^x at 0; 8 quotients that are
        0/0 twice, by derivatives.
    There are about 5,000 different questions at level 1, 760 at level 3, 7,000 at level 6, 1,800 at level 7 and
    1,100 at level 8.
    Verified: by the exact power series of the function at the point.
    Checked step by step: a line is an expression equal to the function that is nearer to putting the point in
        (nothing is 0/0 in it, or a common factor or standard quotient is seen), or as near and simpler; or, for 0/0,
        the quotient of both derivatives; or a calculation that has the limit's value, with fewer operations left
        than the last.

        Find the limit of x^2+3x-1 as x->2
        2^2+3*2-1
        4+6-1
        Answer: 9
    """

    def generate(self, rng: np.random.Generator, level: int) -> Problem:
        text, point, lines = _DRAWS[level - 1](rng)
        question = Question(self.name, level, f"Find the limit of {text} as x->{point}", _FORMAT, (text, point))
        return Problem(question, number(_limit(text, point)), lines)

    def reference_thoughts(self, problem: Problem) -> tuple[str, ...]:
        return thoughts_of(cast("tuple[str, ...]", problem.secret), problem)

    def check_step(self, question: Question, thoughts: Sequence[str], step: str) -> Verdict:
        return guarded(lambda: _check_line(_given(question), thoughts, read_line(step)))

    def check_conclusion(self, question: Question, thoughts: Sequence[str], answer: str) -> Verdict:
        del thoughts
        return check_number(answer, _limit(*_given(question)))


def _given(question: Question) -> tuple[str, int | str]:
    return cast("tuple[str, int | str]", question.given)


def _limit(text: str, point: int | str) -> Rational:
    found = limit(series_of_text(text, point))
    assert found is not None  # every function is drawn with a finite limit
    return found


# steps


def _check_line(given: tuple[str, int | str], thoughts: Sequence[str], node: Node) -> Verdict:
    """Whether a line is true and makes progress."""
    earlier = list(readable(thoughts))
    if not variables(node):
        return check_calculation(_limit(*given), earlier, node)
    function = parse(given[0])
    reached: list[Measure] = [_measure(function, given[1])]
    for line in earlier:
        function, reached, _ = _after(function, reached, given[1], line)
    _, _, verdict = _after(function, reached, given[1], node)
    return verdict


def _after(function: Node, reached: list[Measure], point: int | str, line: Node) -> tuple[Node, list[Measure], Verdict]:
    """The function and how near it was brought, after a line; the same as before if the line is no step."""
    try:
        if variables(line) != {"x"}:
            return function, reached, incorrect("has other variables than x")
        measure = _measure(line, point)
        verdict = equal(line, function, small_algebra())
        if verdict.correct:
            if measure < min(reached) and len(reached) <= MOST_LINES:
                return function, [*reached, measure], CORRECT
            return function, reached, incorrect("is no nearer to putting the point in")
        if _is_derived(line, function, point):
            return line, [measure], CORRECT
    except (Unreadable, Refused, Undefined) as error:
        return function, reached, incorrect(str(error))
    return function, reached, verdict


def _measure(node: Node, point: int | str) -> Measure:
    stage = _PLAIN if _is_plain(node, point) else _PREPARED if _is_prepared(node, point) else _RAW
    return stage, *expression_measure(node)


def _is_plain(node: Node, point: int | str) -> bool:
    """Whether the point can be put in at once: nothing is infinite, or divided by what becomes 0."""
    if isinstance(node, Number):
        return True
    if isinstance(node, Name):
        return point != INFINITY
    if node.head == "/":
        top, bottom = node.args
        below = limit(series_of(bottom, point)) if variables(bottom) else 1
        whole = below is None or (below != 0 and _is_plain(bottom, point))
        return whole and _is_plain(top, point)
    if node.head == "^" and node.args[0] == Name("e"):
        return _is_plain(node.args[1], point)
    return all(_is_plain(argument, point) for argument in node.args)


def _is_prepared(node: Node, point: int | str) -> bool:
    """Whether a part is a standard quotient, or a quotient with a common factor that becomes 0."""
    if not isinstance(node, Apply):
        return False
    if node.head == "/" and (_is_standard(node) or _has_common_factor(node, point)):
        return True
    return any(_is_prepared(argument, point) for argument in node.args)


def _has_common_factor(node: Apply, point: int | str) -> bool:
    above, below = ({factor for factor, _ in factors(argument)} for argument in node.args)
    return any(variables(factor) and limit(series_of(factor, point)) == 0 for factor in above & below)


def _is_standard(node: Apply) -> bool:
    """Whether a quotient is sin(u)/u, tan(u)/u, ln(1+u)/u or (e^u-1)/u, or one of these turned over."""
    for above, below in (node.args, node.args[::-1]):
        one = Number(1)
        known = [
            Apply("sin", (below,)),
            Apply("tan", (below,)),
            Apply("ln", (Apply("+", (one, below)),)),
            Apply("ln", (Apply("+", (below, one)),)),
            Apply("+", (Apply("^", (Name("e"), below)), Number(-1))),
        ]
        if above in known and variables(below):
            return True
    return False


def _is_derived(line: Node, function: Node, point: int | str) -> bool:
    """Whether a line is the quotient of the derivatives of both sides of a quotient 0/0, and less often 0/0."""
    order = _order(function, point)
    if not (order and isinstance(function, Apply)) or _order(line, point) >= order:
        return False
    algebra = small_algebra()
    above, below = (derivative(algebra, algebra.form(side), "x") for side in function.args)
    return bool(below.num) and not algebra.difference(algebra.times(below, algebra.form(line)), above)


def _order(node: Node, point: int | str) -> int:
    """How often the sides of a quotient 0/0 can be differentiated until the lower one isn't 0; 0 for anything else."""
    if not (isinstance(node, Apply) and node.head == "/" and variables(node.args[1])):
        return 0
    above, below = (series_of(side, point) for side in node.args)
    return below.lead[0] if limit(above) == limit(below) == 0 else 0


# levels


def _put_in(coefficients: Sequence[int], point: int) -> str:
    """A polynomial with a number put in, nothing worked out."""
    at = f"({point})" if point < 0 else f"{point}"
    parts = [
        term(c, "") if not i else f"{'-' if c == -1 else '' if c == 1 else f'{c}*'}{power(at, i)}"
        for i, c in reversed(list(enumerate(coefficients)))
        if c
    ]
    return add(parts)


def _powers(coefficients: Sequence[int], point: int) -> str:
    """The same with each term worked out."""
    return add(number(c * point**i) for i, c in reversed(list(enumerate(coefficients))) if c)


def _value(coefficients: Sequence[int], point: int) -> int:
    return sum(c * point**i for i, c in enumerate(coefficients))


def _ratio(top: int, bottom: int) -> str:
    return number(top) if bottom == 1 else f"{top}/{bracketed(number(bottom))}"


def _polynomial(rng: np.random.Generator) -> _Drawn:
    (b, c), (lead, point) = nonzero(rng, 9, 2), whole(rng, 2, 5, 2)
    coefficients = (c, b, lead - 1)
    return _Drawn(polynomial(coefficients), point, (_put_in(coefficients, point), _powers(coefficients, point)))


def _quotient(rng: np.random.Generator) -> _Drawn:
    (a, b, c, d, point), lead = nonzero(rng, 6, 5), int(rng.integers(1, 4))
    above, below = (a, b, lead), (c, d)
    if not _value(below, point) or _value(above, point) in (0, _value(below, point)):
        return _quotient(rng)
    lines = (
        f"({_put_in(above, point)})/({_put_in(below, point)})",
        f"({_powers(above, point)})/({_powers(below, point)})",
        _ratio(_value(above, point), _value(below, point)),
    )
    return _Drawn(quotient(polynomial(above), polynomial(below)), point, lines)


def _common_factor(rng: np.random.Generator, *, below_degree: int) -> _Drawn:
    """(x-point) u / ((x-point) v), with v=1 or linear."""
    (point, b, d), (a, c) = nonzero(rng, 7, 3), whole(rng, 1, 4, 2)
    above, below = (b, a), ((d, c) if below_degree == 2 else (1,))
    if not _value(below, point) or not _value(above, point) or above == below:
        return _common_factor(rng, below_degree=below_degree)
    root = (-point, 1)
    texts = [polynomial(each) for each in (times(root, above), times(root, below), above, below, root)]
    lines = [f"({texts[4]})({texts[2]})/{f'(({texts[4]})({texts[3]}))' if below_degree == 2 else f'({texts[4]})'}"]
    if below_degree == 2:
        lines.append(f"({texts[2]})/({texts[3]})")
        lines.append(f"({_put_in(above, point)})/({_put_in(below, point)})")
        lines.append(_ratio(_value(above, point), _value(below, point)))
    else:
        lines += [texts[2], _put_in(above, point)]
    return _Drawn(quotient(texts[0], texts[1]), point, tuple(lines))


def _linear_below(rng: np.random.Generator) -> _Drawn:
    return _common_factor(rng, below_degree=1)


def _quadratic_below(rng: np.random.Generator) -> _Drawn:
    return _common_factor(rng, below_degree=2)


def _at_infinity(rng: np.random.Generator) -> _Drawn:
    (a, b, c, d), (lead, other, degree) = nonzero(rng, 9, 4), whole(rng, 2, 9, 3)
    if lead == other:
        return _at_infinity(rng)
    degree = 2 + degree % 2
    above, below = [[low, middle, *[0] * (degree - 2), top] for low, middle, top in ((a, b, lead), (c, d, other))]
    divided = [
        add(term(x, "") if i == degree else f"{x}/{power('x', degree - i)}" for i, x in _downwards(each) if x)
        for each in (above, below)
    ]
    lines = (f"({divided[0]})/({divided[1]})", f"{lead}/{other}")
    return _Drawn(quotient(polynomial(above), polynomial(below)), INFINITY, lines)


def _downwards(coefficients: Sequence[int]) -> list[tuple[int, int]]:
    return list(reversed(list(enumerate(coefficients))))


def _root(rng: np.random.Generator) -> _Drawn:
    """(sqrt(a x + b) - r) / (c (x - point)) with a point + b = r^2, or turned over."""
    (point,), (a, r, c, turned) = nonzero(rng, 9, 1), whole(rng, 1, 6, 4)
    r += 1
    if r * r == a * point:
        return _root(rng)
    root, line = f"sqrt({polynomial((r * r - a * point, a))})", f"({polynomial((-point, 1))})"
    above, below = f"{root}-{r}", polynomial((-c * point, c))
    if turned < 3:
        top, bottom = Fraction(c, a).as_integer_ratio()
        lines = (
            f"{term(top, line)}({root}+{r})/{line if bottom == 1 else f'({bottom}{line})'}",
            term(Fraction(top, bottom), f"({root}+{r})"),
            _multiple(Fraction(top, bottom), f"{r}+{r}", "*"),
        )
        return _Drawn(quotient(below, above), point, lines)
    top, bottom = Fraction(a, c).as_integer_ratio()
    lines = (
        f"{term(top, line)}/({term(bottom, line)}({root}+{r}))",
        f"{top}/({_multiple(bottom, f'{root}+{r}')})",
        f"{top}/({_multiple(bottom, f'{r}+{r}', '*')})",
    )
    return _Drawn(quotient(above, below), point, lines)


def _multiple(times: Rational, text: str, sign: str = "") -> str:
    """A number times a sum."""
    return text if times == 1 else f"{number(times)}{sign}({text})"


def _standard(rng: np.random.Generator) -> _Drawn:
    (a, b), (first, second) = whole(rng, 2, 12, 2), whole(rng, 2, 9, 2)
    if a == b:
        return _standard(rng)
    u, v = term(a, "x"), term(b, "x")
    top = (f"sin({u})", f"tan({u})", f"ln(1+{u})", f"(e^({u})-1)")[first % 4]
    factor = f"{Fraction(a, b)}*"
    if second < 5:
        lines = (f"{factor}({top}/({u}))", f"{factor}1")
        return _Drawn(f"{top}/({v})", 0, lines)
    bottom = (f"sin({v})", f"tan({v})", f"ln(1+{v})", f"(e^({v})-1)")[second % 4]
    if first % 4 == second % 4:
        return _standard(rng)
    lines = (f"{factor}({top}/({u}))*(({v})/{bottom})", f"{factor}1*1")
    return _Drawn(f"{top}/{bottom}", 0, lines)


def _twice(rng: np.random.Generator) -> _Drawn:
    """(1-cos(ax))/(b x^2), (e^(ax)-1-ax)/(b x^2) or (ax-ln(1+ax))/(b x^2)."""
    (a, kind), b = whole(rng, 2, 16, 2), int(rng.integers(2, 26))
    u, square = term(a, "x"), a * a
    below, once = f"({term(b, 'x^2')})", f"({term(2 * b, 'x')})"
    if kind % 3 == 0:
        above, first, second, end = f"(1-cos({u}))", f"{a}sin({u})", f"{square}cos({u})", f"{square}*1/{2 * b}"
    elif kind % 3 == 1:
        above, first, second = f"(e^({u})-1-{u})", f"({a}e^({u})-{a})", f"{square}e^({u})"
        end = f"{square}*1/{2 * b}"
    else:
        above, first, second = f"({u}-ln(1+{u}))", f"({a}-{a}/(1+{u}))", f"({square}/(1+{u})^2)"
        end = f"{square}/1/{2 * b}"
    return _Drawn(f"{above}/{below}", 0, (f"{first}/{once}", f"{second}/{2 * b}", end))


_DRAWS = (
    _polynomial,
    _quotient,
    _linear_below,
    _quadratic_below,
    _at_infinity,
    _root,
    _standard,
    _twice,
)
