"""Compares trees by the kind of the reference: here sets of reals, sets, tuples, matrices, cases and congruences."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction

from reasoning_gym.checker.algebra import Algebra
from reasoning_gym.checker.equality import equal
from reasoning_gym.checker.nodes import (
    STRUCTURES,
    Kind,
    as_matrix,
    as_sequence,
    assignments,
    is_logical,
    kind_of,
    label,
    named_value,
    unit_vectors,
    values_of,
)
from reasoning_gym.checker.policy import Context, Policy
from reasoning_gym.checker.rationals import rational
from reasoning_gym.checker.regions import REALS, Region, Regions, Undecided
from reasoning_gym.checker.relations import compare_equations, compare_inequalities
from reasoning_gym.checker.shapes import is_worked_out
from reasoning_gym.checker.tree import Apply, Name, Node, Number
from reasoning_gym.checker.values import compare_antiderivatives, compare_values, stated_name
from reasoning_gym.problem import CORRECT, Status, Verdict, incorrect, unproved


def compare_nodes(answer: Node, reference: Node, kind: Kind, context: Context) -> Verdict:
    """Whether one tree answers what another, of some kind, is the right answer to.

    Raises:
        Unreadable, Undefined, Refused: as `equal`.
    """
    given, wanted = stated_name(answer), stated_name(reference)
    if kind in STRUCTURES and None not in (given, wanted) and given != wanted:
        return incorrect(f"{wanted} was asked for")
    return _COMPARISONS[kind](answer, reference, context)


def _compare_items(answer: Node, reference: Node, context: Context) -> Verdict:
    return compare_nodes(answer, reference, kind_of(reference), context)


# sets of real numbers


def _compare_regions(answer: Node, reference: Node, context: Context) -> Verdict:
    regions = Regions(context.algebra)
    sequence = reference.head == "interval[]" if isinstance(reference, Apply) else False
    if sequence and isinstance(answer, Apply) and answer.head in {"list", "angle", "matrix"}:
        return _compare_sequences(answer, reference, context)
    try:
        wanted = regions.describe(named_value(reference))
        if wanted is None:
            return CORRECT if answer == reference else incorrect("another set")
        given = regions.describe(named_value(answer))
        if given is None:
            return incorrect("a set of real numbers was asked for")
        if context.policy.form == "number" and not all(
            _is_worked_out_end(end) for i in given.region for end in (i.low, i.high)
        ):
            return incorrect("numbers were asked for, worked out")
        if given.variable and wanted.variable and given.variable != wanted.variable:
            return incorrect(f"{wanted.variable} was asked for")
        return CORRECT if regions.same(given.region, wanted.region) else incorrect("the sets of numbers differ")
    except Undecided as error:
        return unproved(str(error))


def _is_worked_out_end(end: Node | None) -> bool:
    return end is None or rational(end) is None or is_worked_out(end)


# collections


def _compare_sets(answer: Node, reference: Node, context: Context) -> Verdict:
    if is_logical(answer) and is_logical(reference):
        return _compare_statements(answer, reference, context)
    point = named_value(answer)
    listed = isinstance(point, Apply) and point.head in {"tuple", "angle", "bracket", "interval[]"}
    if isinstance(reference, Apply) and reference.head == "list" and listed and not assignments(reference):
        return _compare_sequences(point, reference, context)  # a list has an order too
    if kind_of(answer) == "interval":
        return _compare_regions(answer, reference, context)
    wanted, given = values_of(reference), values_of(answer)
    named, naming = assignments(reference), assignments(answer)
    if len(named) > 1 or len(naming) > 1:
        stems = {name.partition("_")[0] for name in {*named, *naming}}
        if len(named) > 1 and set(named) == set(naming):
            return _compare_assignments(answer, reference, context)
        if len(stems) > 1 or None in (wanted, given):  # x=1, y=2: which name has which value is part of the answer
            return _compare_assignments(answer, reference, context)
    elif len({*named, *naming}) > 1:
        return incorrect("values of different names")  # x_1=2, x_2=3 are two values of x
    if wanted is None or given is None:
        return incorrect("a set of values was asked for")
    if (reference,) in (wanted, given):  # what is no set after all
        return CORRECT if answer == reference else incorrect("a set of values was asked for")
    if Name("...") in wanted or Name("...") in given:  # what is left out is known from the order
        return _compare_in_order(given, wanted, context)
    return same_set(given, wanted, context)


def _compare_assignments(answer: Node, reference: Node, context: Context) -> Verdict:
    """x=1, y=2 in any order, or as the point (1, 2) where the names stand in alphabetical order."""
    sides: list[dict[str, Node]] = []
    for node, other in ((answer, reference), (reference, answer)):
        named = assignments(node)
        point = None if named else as_sequence(node)
        names = assignments(other)
        if point is not None and len(point) == len(names) and list(names) == sorted(names) and _is_point(node):
            named = dict(zip(names, point, strict=True))
        elif not isinstance(node, Apply) or (node.head != "=" and len(named) < len(node.args)):
            return incorrect("a value for each name was asked for")
        sides.append(named)
    given, wanted = sides
    if set(given) != set(wanted):
        return incorrect("values of other names")
    return _compare_in_order([given[name] for name in wanted], list(wanted.values()), context)


def _is_set(node: Node) -> bool:
    return isinstance(node, Apply) and node.head == "set"


def _is_point(node: Node) -> bool:
    return isinstance(node, Apply) and node.head in {"tuple", "angle"}


def same_set(given: Sequence[Node], wanted: Sequence[Node], context: Context | None = None) -> Verdict:
    """Whether two collections hold the same values, in any order, repeated ones once.

    All items share one allowance of work.
    """
    context = context or Context(Policy(), Algebra())
    numbers = [[rational(item) for item in items] for items in (given, wanted)]
    if context.policy.form is None and all(None not in items for items in numbers):
        return CORRECT if set(numbers[0]) == set(numbers[1]) else incorrect("the sets differ")
    context.algebra.work.spend(len(given) * len(wanted))
    inner = context.unnamed() if not (assignments(Apply("list", tuple(given)))) else context
    for some, others in ((given, wanted), (wanted, given)):
        for item in some:
            best: Verdict | None = None
            for other in others:
                if _is_set(item) != _is_set(other):
                    continue
                verdict = _compare_items(item, other, inner) if some is given else _compare_items(other, item, inner)
                if verdict.correct:
                    break
                if best is None or best.status is not Status.UNPROVED:
                    best = verdict
            else:
                undecided = best is not None and best.status not in {Status.INCORRECT}
                return best if best is not None and undecided else incorrect("the sets differ")
    return CORRECT


def _compare_sequences(answer: Node, reference: Node, context: Context) -> Verdict:
    ordered = isinstance(answer, Apply) and answer.head == "=" and not assignments(reference)  # (x, y) = (1, 2)
    if not ordered and assignments(answer) and len({*assignments(answer), *assignments(reference)}) > 1:
        return _compare_assignments(answer, reference, context)
    answer, reference = named_value(answer), named_value(reference)
    wanted = as_sequence(reference)
    if wanted is None:
        return CORRECT if answer == reference else incorrect("another statement")
    given = as_sequence(answer)
    if given is None:
        if isinstance(reference, Apply) and reference.head == "tuple" and len(wanted) == 2:
            return _compare_open_interval(answer, reference, context)
        return incorrect("an ordered tuple was asked for")
    if (
        isinstance(answer, Apply)
        and answer.head == "interval[]"
        and isinstance(reference, Apply)
        and reference.head == "tuple"
    ):
        return incorrect("another kind of brackets")
    if (
        len(given) != len(wanted)
        and {len(given), len(wanted)} == {2, 3}
        and None not in (unit_vectors(answer) or unit_vectors(reference), 0)
    ):
        given, wanted = (each if len(each) == 3 else (*each, Number(0)) for each in (given, wanted))
    return _compare_in_order(given, wanted, context)


def _compare_open_interval(answer: Node, reference: Node, context: Context) -> Verdict:
    """(0, 1) may be the interval 0 < x < 1."""
    if kind_of(answer) != "interval":
        return incorrect("an ordered tuple was asked for")
    return _compare_regions(answer, reference, context)


def _compare_in_order(given: Sequence[Node], wanted: Sequence[Node], context: Context) -> Verdict:
    if len(given) != len(wanted):
        return incorrect(f"{len(given)} values where {len(wanted)} were asked for")
    for item, other in zip(given, wanted, strict=True):
        if Name("...") in (item, other):
            if item != other:
                return incorrect("the lists leave out different values")
            continue
        verdict = _compare_items(item, other, context.unnamed())
        if not verdict.correct:
            return verdict
    return CORRECT


def _compare_matrices(answer: Node, reference: Node, context: Context) -> Verdict:
    answer, reference = named_value(answer), named_value(reference)
    wanted, given = as_matrix(reference), as_matrix(answer)
    if wanted is None:
        return _compare_sequences(answer, reference, context)
    if given is None or len(wanted) == 1 or len(wanted[0]) == 1:
        sequence = as_sequence(answer) if given is None else None
        column = as_sequence(reference)
        if sequence is not None and column is not None:
            return _compare_in_order(sequence, column, context)
        if given is None:
            return incorrect("a matrix was asked for")
    if len(given) != len(wanted) or len(given[0]) != len(wanted[0]):
        return incorrect("a matrix of another shape")
    return _compare_in_order([x for row in given for x in row], [x for row in wanted for x in row], context)


# the others


def _compare_piecewise(answer: Node, reference: Node, context: Context) -> Verdict:
    """The same values on the same regions, in any order."""
    answer, reference = named_value(answer), named_value(reference)
    regions = Regions(context.algebra)
    try:
        wanted, given = _pieces(reference, regions), _pieces(answer, regions)
    except Undecided as error:
        return unproved(str(error))
    if wanted is None or given is None:
        return incorrect("a definition by cases was asked for")
    if len({name for pieces in (wanted, given) for _, _, name in pieces if name is not None}) > 1:
        return incorrect("another variable")
    if len(wanted) != len(given):
        return incorrect("another number of cases")
    try:
        for value, region, _ in wanted:
            match = [other for other, place, _ in given if regions.same(region, place)]
            if not match:
                return incorrect("the cases differ")
            verdict = _compare_items(match[0], value, context)
            if not verdict.correct:
                return verdict
    except Undecided as error:
        return unproved(str(error))
    return CORRECT


def _pieces(node: Node, regions: Regions) -> list[tuple[Node, Region, str | None]] | None:
    if not (isinstance(node, Apply) and node.head == "cases"):
        return None
    found: list[tuple[Node, Region, str | None]] = []
    for row in node.args:
        if not isinstance(row, Apply) or len(row.args) != 2:
            return None
        value, condition = row.args
        if condition == Name("otherwise"):
            covered = regions.union(interval for _, region, _ in found for interval in region)
            found.append((value, regions.complement(covered) if covered else REALS, None))
            continue
        described = regions.describe(condition)
        if described is None:
            return None
        found.append((value, described.region, described.variable))
    return found


def _compare_congruences(answer: Node, reference: Node, context: Context) -> Verdict:
    given, wanted = _congruence(answer), _congruence(reference)
    if wanted is None:
        return CORRECT if answer == reference else incorrect("another statement")
    if given is None:
        return incorrect("a congruence was asked for")
    if given[0] and wanted[0] and given[0] != wanted[0]:
        return incorrect(f"{wanted[0]} was asked for")
    verdict = equal(given[2], wanted[2], context.algebra)
    if not verdict.correct:
        return incorrect("another modulus")
    residue, other, modulus = (rational(part) for part in (given[1], wanted[1], wanted[2]))
    if residue is None or other is None or not modulus:
        return equal(given[1], wanted[1], context.algebra)
    same = (Fraction(residue) - other) / modulus
    return CORRECT if same.denominator == 1 else incorrect("another residue")


def _congruence(node: Node) -> tuple[str | None, Node, Node] | None:
    """Name, residue and modulus of `x ≡ 3 (mod 5)` or `3 mod 5`."""
    if not (isinstance(node, Apply) and node.head == "mod"):
        return None
    value, modulus = node.args
    if isinstance(value, Apply) and value.head in {"equiv", "="}:
        left, right = value.args
        if label(left) is None and label(right) is not None:
            left, right = right, left
        name = label(left)
        return None if name is None else (name, right, modulus)
    return None, value, modulus


def _compare_statements(answer: Node, reference: Node, _context: Context) -> Verdict:
    """The same statement, but for the order of what 'and' and 'or' join."""
    return CORRECT if _unordered(answer) == _unordered(reference) else incorrect("another statement")


def _unordered(node: Node) -> object:
    if not isinstance(node, Apply):
        return node
    args = tuple(map(_unordered, node.args))
    return node.head, frozenset(args) if node.head in {"and", "or", "<->"} else args


_COMPARISONS: Mapping[Kind, Callable[[Node, Node, Context], Verdict]] = {
    "number": compare_values,
    "expression": compare_values,
    "antiderivative": compare_antiderivatives,
    "equation": compare_equations,
    "inequality": compare_inequalities,
    "interval": _compare_regions,
    "set": _compare_sets,
    "tuple": _compare_sequences,
    "matrix": _compare_matrices,
    "piecewise": _compare_piecewise,
    "congruence": _compare_congruences,
    "statement": _compare_statements,
}
