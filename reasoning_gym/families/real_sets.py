"""Sets of real numbers that conditions on one variable describe, exactly, where all their ends are rational.

`|2x-3|=7`, `x<2 or x>5`, `(x-1)/(x+2)>=0` and what `and` and `or` make of these.
"""

from __future__ import annotations

import itertools
import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from fractions import Fraction
from typing import NamedTuple

from reasoning_gym.checker.algebra import Algebra
from reasoning_gym.checker.limits import Refused, Undefined, Unreadable
from reasoning_gym.checker.nodes import has_sign_pair, with_sign
from reasoning_gym.checker.points import variables
from reasoning_gym.checker.rationals import Rational, tidy
from reasoning_gym.checker.shapes import coefficients, is_number
from reasoning_gym.checker.tree import RELATIONS, Apply, Name, Node, Number
from reasoning_gym.families.notation import number
from reasoning_gym.families.numbers import bare
from reasoning_gym.families.readings import plain
from reasoning_gym.families.roots import has_real_root, split
from reasoning_gym.families.steps import small_algebra, value_where

NONE, ALL = "no solution", "all real numbers"
_IN = r"(?:x ?(?:\\in|in|∈) ?)"
_R = r"(?:\\mathbb ?\{?R\}?|ℝ|R)"
_NUMBER = r"-?(?:\d{1,9}(?:[./]\d{1,9})?|\\[dt]?frac\{\d{1,9}\}\{\d{1,9}\})"
_NONE = re.compile(
    r"(?:(?:the (?:equation|inequality)|it|x) has |there (?:are|is|exists?) )?"
    r"no (?:real )?(?:solutions?|numbers?|values?|roots?)(?: exists?)?|(?:the )?empty set"
    rf"|{_IN}?(?:\\emptyset|\\varnothing|∅)",
    re.ASCII | re.IGNORECASE,
)
_ALL = re.compile(
    r"(?:x (?:is|can be) |(?:is )?(?:always )?true for |for )?"
    r"(?:all|any|every) (?:real )?(?:numbers?|x|values?(?: (?:of|for) x)?)"
    rf"|{_IN}?(?:all (?:real numbers|reals)|{_R})|(?:is )?always true",
    re.ASCII | re.IGNORECASE,
)
_ALL_BUT = re.compile(
    rf"{_IN}?(?:{_R}|all (?:real numbers|reals|numbers|real x|x)) ?"
    r"(?:\\setminus|\\backslash|\\|-|except(?: for)?|other than|but) ?"
    rf"(?:\\?\{{ ?(?P<listed>{_NUMBER}) ?\\?\}}|(?:x ?= ?)?(?P<named>{_NUMBER}))",
    re.ASCII | re.IGNORECASE,
)
_BUILT = re.compile(  # {x | x<2}
    rf"(?:\\left ?)?\\?\{{ ?(?:x|{_IN}{_R}) ?(?:\\mid|\\vert|[|:]) ?"
    r"(?P<condition>[^{}|:]{0,200}x[^{}|:]{0,200}?) ?(?:\\right ?)?\\?\}",
    re.ASCII,
)
_MEMBER = re.compile(rf"{_IN}(?=[\[({{\\])", re.ASCII)
_DRESS = re.compile(r"\$|\\[()]", re.ASCII)
_MAX_ATOMS = 12  # relations in one condition
_MAX_BARS = 3  # absolute values in one relation
_MAX_BARS_IN_ALL = 8  # in one condition
_CONDITIONS = RELATIONS | frozenset(
    ["and", "or", "chain", "list", "set", "in", "union", "domain", "tuple", "interval[]", "interval[)", "interval(]"]
)
_COMPARE: dict[str, Callable[[Rational, Rational], bool]] = {
    "=": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}


class RealSet(NamedTuple):
    """Breaks in ascending order, and which pieces of the line belong to the set.

    Of 2n+1 pieces the first lies below all breaks, the second is the first break itself, the third lies between
    the first two, and so on. No break can be left out.
    """

    breaks: tuple[Rational, ...]
    pieces: tuple[bool, ...]

    @property
    def text(self) -> str:
        """The set as a condition on x: `x<2 or 3<=x<5`."""
        if not self.breaks:
            return ALL if self.pieces[0] else NONE
        if len(self.breaks) == 1 and self.pieces == (True, False, True):
            return f"x!={number(self.breaks[0])}"
        return " or ".join(_written(self, first, last) for first, last in _runs(self.pieces))

    def holds_at(self, x: Rational) -> bool:
        """Whether a number belongs to the set."""
        place = bisect_left(self.breaks, x)
        on_break = place < len(self.breaks) and self.breaks[place] == x
        return self.pieces[2 * place + on_break]


def real_set(breaks: Iterable[Rational], holds_at: Callable[[Rational], bool]) -> RealSet:
    """The set of all x where something is true that can change at some breaks only."""
    ordered = sorted(set(breaks))
    kept: list[Rational] = []
    pieces = [holds_at(point) for point in samples(ordered)]
    joined = [pieces[0]]
    for i, each in enumerate(ordered):
        at, after = pieces[2 * i + 1 : 2 * i + 3]
        if at == after == joined[-1]:
            continue
        kept.append(each)
        joined += [at, after]
    return RealSet(tuple(kept), tuple(joined))


def samples(breaks: Sequence[Rational]) -> list[Rational]:
    """A number of each piece that some breaks, ascending, cut the line into."""
    if not breaks:
        return [0]
    between = [tidy((Fraction(a) + b) / 2) for a, b in itertools.pairwise(breaks)]
    points = [tidy(breaks[0] - 1)]
    for each, after in zip(breaks, [*between, tidy(breaks[-1] + 1)], strict=True):
        points += [each, after]
    return points


def solutions(condition: Node, variable: str = "x") -> RealSet:
    """The real numbers for which a condition is true; where a side has no value, it isn't.

    Raises:
        Unreadable: if it is no condition on this variable only, between rational functions and absolute values.
        Undefined, Refused: as `Algebra.form`, and if an end of the set may be irrational.
    """
    if has_sign_pair(condition):
        condition = Apply("or", (with_sign(condition, 1), with_sign(condition, -1)))
    relations = atoms(condition)
    if len(relations) > _MAX_ATOMS:
        raise Refused(f"more than {_MAX_ATOMS} relations in one line")
    if sum(map(bars, relations)) > _MAX_BARS_IN_ALL:
        raise Refused(f"more than {_MAX_BARS_IN_ALL} absolute values in one line")
    algebra = small_algebra()
    breaks = {each for relation in relations for each in critical(relation, variable, algebra)}
    return real_set(breaks, lambda x: _is_true(condition, variable, x))


def atoms(condition: Node) -> list[Apply]:
    """The relations that a condition is made of.

    Raises:
        Unreadable: if it is made of anything else.
    """
    if isinstance(condition, Apply):
        if condition.head in {"and", "or", "chain"} or _is_list_of_equations(condition):
            return [atom for argument in condition.args for atom in atoms(argument)]
        if condition.head in RELATIONS:
            return [condition]
    raise Unreadable("a condition was expected, such as x<2 or x>=5")


def _is_list_of_equations(node: Apply) -> bool:
    return node.head == "list" and all(isinstance(each, Apply) and each.head == "=" for each in node.args)


def _is_true(condition: Node, variable: str, x: Rational) -> bool:
    assert isinstance(condition, Apply)
    if condition.head in {"and", "chain"}:
        return all(_is_true(part, variable, x) for part in condition.args)
    if condition.head in {"or", "list"}:
        return any(_is_true(part, variable, x) for part in condition.args)
    try:
        left, right = (value_where(side, {variable: x}) for side in condition.args)
    except Undefined:
        return False
    if left is None or right is None:
        raise Unreadable("an expression of numbers and one variable was expected")
    return _COMPARE[condition.head](left, right)


def critical(relation: Apply, variable: str, algebra: Algebra) -> Iterator[Rational]:
    """Where a relation may turn true or false: zeros of the sides' difference, of what bars hold, and of denominators.

    Each absolute value is taken as what it holds and as minus that.
    """
    if not variables(relation) <= {variable}:
        raise Unreadable(f"{variable} was expected as the only variable")
    left, right = relation.args
    total = Apply("+", (left, Apply("neg", (right,))))
    if bars(total) > _MAX_BARS:
        raise Refused(f"more than {_MAX_BARS} absolute values in one relation")
    for expression in (total, *_inside(total)):
        yield from zeros_and_poles(expression, variable, algebra)


def zeros_and_poles(node: Node, variable: str, algebra: Algebra) -> Iterator[Rational]:
    """Those of an expression, with each of its bars taken as plus and as minus what it holds.

    Raises:
        Unreadable: if it is no rational function with bars.
        Undefined, Refused: as `Algebra.form`, and if one of them may be irrational.
    """
    for expression in without_bars(node):
        form = algebra.form(expression)
        for polynomial in (form.num, form.den):
            found = coefficients(polynomial, variable)
            if found is None:
                raise Unreadable("a rational function was expected")
            if any(found):
                yield from _roots(tuple(found))


def _roots(polynomial: tuple[Rational, ...]) -> tuple[Rational, ...]:
    roots, rest = split(polynomial)
    if len(rest) > 1 and has_real_root(rest):
        raise Refused("an end of the set may be irrational")
    return roots


def without_bars(node: Node) -> list[Node]:
    """The expressions that come of an expression when each of its absolute values is replaced by plus or minus it."""
    if not isinstance(node, Apply):
        return [node]
    options = [without_bars(argument) for argument in node.args]
    chosen = [Apply(node.head, args) for args in itertools.product(*options)]
    if node.head in {"|", "abs"}:
        return [each for inner in chosen for each in (inner.args[0], Apply("neg", inner.args))]
    return list(chosen)


def _inside(node: Node) -> Iterator[Node]:
    """What bars stand round and what is divided by, which the normal form of a quotient may have lost."""
    if isinstance(node, Apply):
        if node.head in {"|", "abs"}:
            yield node.args[0]
        elif node.head == "/":
            yield node.args[1]
        elif node.head == "^" and not (isinstance(node.args[1], Number) and node.args[1].value > 0):
            yield node.args[0]
        for argument in node.args:
            yield from _inside(argument)


def bars(node: Node) -> int:
    """How many absolute values are written."""
    if not isinstance(node, Apply):
        return 0
    return (node.head in {"|", "abs"}) + sum(map(bars, node.args))


# writing and reading answers


def _runs(pieces: Sequence[bool]) -> list[tuple[int, int]]:
    """First and last place of each run of pieces that belong to the set."""
    found: list[tuple[int, int]] = []
    for place, inside in enumerate(pieces):
        if inside and found and found[-1][1] == place - 1:
            found[-1] = found[-1][0], place
        elif inside:
            found.append((place, place))
    return found


def _written(region: RealSet, first: int, last: int) -> str:
    """A run of pieces: an odd place is a break, and an even one lies between two."""
    low = number(region.breaks[(first - 1) // 2]) if first else ""
    high = number(region.breaks[last // 2]) if last < 2 * len(region.breaks) else ""
    if first == last and first % 2:
        return f"x={low}"
    opening, closing = "<=" if first % 2 else "<", "<=" if last % 2 else "<"
    if low and high:
        return f"{low}{opening}x{closing}{high}"
    return f"x{closing}{high}" if high else f"x{opening.replace('<', '>')}{low}"


def read_word(answer: str) -> str | None:
    """NONE or ALL where an answer says so in words; else None."""
    text = plain(answer)
    return NONE if _NONE.fullmatch(text) else ALL if _ALL.fullmatch(text) else None


def stated_set(answer: str) -> str:
    r"""The text of an answer with solved conditions in the place of other ways to write a set of numbers.

    >>> stated_set(r"$\{x \mid x<2\}$"), stated_set("x in (-oo,2)"), stated_set(r"R \ {3}")
    ('x<2', '(-oo,2)', 'x!=3')
    """
    text = _DRESS.sub("", bare(answer)).strip()
    built, missing = _BUILT.fullmatch(text), _ALL_BUT.fullmatch(text)
    if missing:
        return f"x!={missing['listed'] or missing['named']}"
    return built["condition"] if built else _MEMBER.sub("", text, count=1) if _MEMBER.match(text) else text


def is_worked_out(node: Node) -> bool:
    """Whether an answer leaves no calculation to do: nothing but numbers, infinities and variables are compared."""
    if isinstance(node, Name) or is_number(node):
        return True
    assert isinstance(node, Apply)
    if node.head == "neg":
        return node.args[0] == Name("oo")
    plain_sign = node.head in {"+-", "-+"} and len(node.args) == 1
    return (plain_sign or node.head in _CONDITIONS) and all(map(is_worked_out, node.args))
