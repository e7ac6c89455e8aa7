"""Lines that solve a condition on x: equations and inequalities, joined by `and` and `or`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from reasoning_gym.checker.compare import check_stated, parse_reference
from reasoning_gym.checker.equality import guarded
from reasoning_gym.checker.limits import Unreadable
from reasoning_gym.checker.nodes import has_sign_pair, with_sign
from reasoning_gym.checker.points import variables
from reasoning_gym.checker.rationals import Rational, rational
from reasoning_gym.checker.shapes import coefficients, factors, is_number, polynomial_of
from reasoning_gym.checker.syntax import Apply, Name, Node, Number, parse
from reasoning_gym.families.real_sets import (
    ALL,
    NONE,
    RealSet,
    atoms,
    critical,
    is_worked_out,
    read_word,
    solutions,
    stated_set,
    without_bars,
)
from reasoning_gym.families.roots import divides, split
from reasoning_gym.families.steps import Measure, bits, earlier, equation_measure, occurrences, small_algebra
from reasoning_gym.problem import CORRECT, Given, Verdict, incorrect

_X = frozenset("x")


class Asked(NamedTuple):
    """A question's condition, and what may be said of its solutions."""

    node: Apply
    right: RealSet
    candidates: RealSet  # of an equation with bars: the solutions with brackets of either sign in their place
    ends: frozenset[Rational]  # where a relation on the way may turn true or false
    tops: tuple[tuple[Rational, ...], ...]  # of each relation: the numerator of left minus right, the constant first


@lru_cache(maxsize=1024)
def asked(given: tuple[Given, ...]) -> Asked:
    """What a question asks whose condition is given as a text."""
    node = parse(str(given[0]))
    assert isinstance(node, Apply)
    right = solutions(node)
    algebra = small_algebra()
    ends = {end for relation in atoms(node) for end in critical(relation, "x", algebra)}
    if not _depth(node):
        tops = tuple(tuple(_numerator(relation)) for relation in atoms(node))
        return Asked(node, right, right, frozenset(ends), tops)
    zeros = [Apply("=", (side, Number(0))) for side in node.args]
    ends |= {end for each in zeros for end in critical(each, "x", algebra)}
    return Asked(node, right, solutions(Apply("or", tuple(without_bars(node)))), frozenset(ends), ())


def check_condition(node: Node, given: Asked, thoughts: Sequence[str]) -> Verdict:
    """Whether a line has the question's solutions, from relations that its own lead to, and is further on.

    Of an equation with absolute values, a line may also have all candidates, until one has the solutions only.

    Raises:
        Unreadable, Undefined, Refused: if the line is no such condition.
    """
    region = solutions(node)
    last, last_region = next(earlier(thoughts, lambda line: _judged(line, given)), (given.node, given.candidates))
    if region != given.right and not region == last_region == given.candidates:
        return incorrect("the solutions differ")
    if not all(_belongs(atom, given) for atom in atoms(_without_signs(node))):
        return incorrect("a relation that the question doesn't lead to")
    return CORRECT if condition_measure(node) < condition_measure(last) else incorrect("no step further than the last")


def check_solutions(answer: str, right: RealSet) -> Verdict:
    """Whether an answer states a set of numbers, worked out, in any notation. Never raises on the answer."""

    def decide() -> Verdict:
        word = read_word(answer)
        if word is not None or right.text == NONE:
            return CORRECT if word == right.text else incorrect("the solutions differ")
        text = stated_set(answer)
        node = parse(text)
        if not is_worked_out(node) or not _is_solved(node, right):
            return incorrect("a solved condition was asked for, such as x<2 or x>=5")
        return check_stated(text, parse_reference("(-oo,oo)" if right.text == ALL else right.text))

    return guarded(decide)


def _is_solved(node: Node, right: RealSet) -> bool:
    """Whether no case is left to drop: only ends of the right set are named, and what `and` joins bounds two sides."""
    signs = [with_sign(node, 1), with_sign(node, -1)] if has_sign_pair(node) else [node]
    return all(set(_numbers(each)) <= set(right.breaks) and _is_simple(each) for each in signs)


def _numbers(node: Node) -> Iterator[Rational]:
    """The numbers that an answer names."""
    value = rational(node) if is_number(node) else None
    if value is not None:
        yield value
    elif isinstance(node, Apply):
        for argument in node.args:
            yield from _numbers(argument)


def _is_simple(node: Node) -> bool:
    """Whether each `and` joins equations only, or one lower and one upper bound, besides what is left out by !=."""
    if not isinstance(node, Apply):
        return True
    if node.head == "and":
        joined = [each for each in node.args if not (isinstance(each, Apply) and each.head == "!=")]
        bounds = [_bound(each) for each in joined]
        if len(joined) > 1 and not set(bounds) <= {"="} and sorted(bounds) != ["<", ">"]:
            return False
    return all(map(_is_simple, node.args))


def _bound(node: Node) -> str:
    """`<` of an upper bound of x, `>` of a lower one, `=` of a value or an equation; empty for anything else."""
    if is_number(node):
        return "="
    if not isinstance(node, Apply) or node.head not in {"<", "<=", ">", ">=", "="}:
        return ""
    sign = node.head[0]
    return sign if isinstance(node.args[0], Name) or sign == "=" else "<>"[sign == "<"]


@lru_cache(maxsize=1024)
def _judged(line: Node, given: Asked) -> tuple[Node, RealSet] | None:
    region = solutions(line)
    return (line, region) if region in (given.right, given.candidates) else None


def _belongs(atom: Apply, given: Asked) -> bool:
    """Whether a relation can turn true or false only where the question's can.

    A factor without real roots, which changes nothing, must be one of the question's all the same.
    """
    if not variables(atom) or not set(critical(atom, "x", small_algebra())) <= given.ends:
        return False
    if _depth(atom):
        return True
    top = _numerator(atom)
    if not any(top[1:]):  # x<x+1 says nothing of x
        return False
    rest = split(top).rest
    return len(rest) == 1 or any(divides(rest, each) for each in given.tops)


def _numerator(relation: Apply) -> list[Rational]:
    """The numerator of left minus right, the constant first."""
    left, right = relation.args
    form = small_algebra().form(Apply("+", (left, Apply("neg", (right,)))))
    return coefficients(form.num, "x") or [0]


def _without_signs(node: Node) -> Node:
    """The condition with each ± written as two."""
    return Apply("or", (with_sign(node, 1), with_sign(node, -1))) if has_sign_pair(node) else node


# how far a condition is solved


def condition_measure(node: Node) -> Measure:
    """Of a condition that is to be solved for x: nested bars, the furthest stage, then the size of all relations."""
    relations = atoms(_without_signs(node))
    sizes = [equation_measure(each, _X, bits) for each in relations]
    totals = (sum(column) for column in zip(*sizes, strict=True))
    return (max(map(_depth, relations)), max(map(_stage, relations)), *totals)


def _depth(node: Node) -> int:
    """How deep absolute values are nested."""
    if not isinstance(node, Apply):
        return 0
    return (node.head in {"|", "abs"}) + max(map(_depth, node.args), default=0)


def _stage(relation: Apply) -> int:
    """0 solved, 1 linear, 2 factored, 3 x once; 4 one fraction or polynomial, 5 anything against 0; 6 x on one side."""
    left, right = relation.args
    if "x" in variables(left) and "x" in variables(right):
        return 1 if all(map(_is_linear, relation.args)) else 7
    side, other = (left, right) if "x" in variables(left) else (right, left)
    if side == Name("x") and is_number(other):
        return 0
    if _is_linear(side):
        return 1
    top, bottom = side.args if isinstance(side, Apply) and side.head == "/" else (side, Number(1))
    against_zero = rational(other) == 0
    if against_zero and all(map(_is_factored, (top, bottom))):
        return 2
    if occurrences(side, _X) == 1:
        return 3
    if not against_zero:
        return 6
    return 4 if all(_degree(part) is not None for part in (top, bottom)) else 5


def _degree(node: Node) -> int | None:
    try:
        found = polynomial_of(node, "x", small_algebra())
    except Unreadable:
        return None
    return None if found is None else len(found) - 1


def _is_linear(node: Node) -> bool:
    degree = _degree(node)
    return degree is not None and degree <= 1


def _is_factored(node: Node) -> bool:
    """Whether a product has linear factors only, up to constants."""
    return all(map(_is_linear, (base for base, _ in factors(node))))
