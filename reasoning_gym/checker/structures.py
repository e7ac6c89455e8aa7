"""Compares trees: values, equations, inequalities, sets of reals, sets, tuples, matrices and what is made of them."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction

from reasoning_gym.checker.algebra import ONE, Algebra, Polynomial, number
from reasoning_gym.checker.algebra import Form as AlgebraicForm
from reasoning_gym.checker.calculus import derivative
from reasoning_gym.checker.constants import sign
from reasoning_gym.checker.equality import equal
from reasoning_gym.checker.limits import Refused
from reasoning_gym.checker.nodes import (
    STRUCTURES,
    Kind,
    as_matrix,
    as_sequence,
    assignments,
    has_sign_pair,
    is_logical,
    kind_of,
    label,
    named_value,
    single,
    split_constant,
    unit_vectors,
    values_of,
    with_sign,
)
from reasoning_gym.checker.points import variables
from reasoning_gym.checker.policy import Context, Policy
from reasoning_gym.checker.rationals import rational
from reasoning_gym.checker.regions import (
    MIRRORED,
    REALS,
    Region,
    Regions,
    Undecided,
    describes_region,
    is_infinite,
)
from reasoning_gym.checker.shapes import factors, is_expanded, is_number, is_reduced, is_worked_out
from reasoning_gym.checker.tree import RELATIONS, Apply, Name, Node, Number
from reasoning_gym.problem import CORRECT, Status, Verdict, incorrect, unproved

_VALUES: frozenset[Kind] = frozenset({"number", "expression", "antiderivative"})
_PLAIN_SEQUENCES = frozenset({"tuple", "list", "bracket", "angle", "matrix", "row"})


def compare_nodes(answer: Node, reference: Node, kind: Kind, context: Context) -> Verdict:
    """Whether one tree answers what another, of some kind, is the right answer to.

    Raises:
        Unreadable, Undefined, Refused: as `equal`.
    """
    given, wanted = _name_of(answer), _name_of(reference)
    if kind in STRUCTURES and None not in (given, wanted) and given != wanted:
        return incorrect(f"{wanted} was asked for")
    return _COMPARISONS[kind](answer, reference, context)


def _name_of(node: Node) -> str | None:
    """The name in `A = …`; y and f(x), f(t), … may be the same."""
    name = label(node.args[0]) if isinstance(node, Apply) and node.head == "=" else None
    return "y" if name is not None and name[1:2] == "(" and name[0] in "fy" else name


def _compare_items(answer: Node, reference: Node, context: Context) -> Verdict:
    return compare_nodes(answer, reference, kind_of(reference), context)


# values


def compare_values(answer: Node, reference: Node, context: Context) -> Verdict:
    """Whether an answer is one value, and that of the reference."""
    stated = _value_of(answer, context)
    if stated is None:
        return incorrect("one value was asked for")
    inexact = False
    if isinstance(reference, Apply) and reference.head == "approx":
        reference, inexact = reference.args[0], True
    if split_constant(reference) is not None and kind_of(stated) == "antiderivative":
        return _compare_antiderivatives(stated, reference, context)
    if is_infinite(reference) or is_infinite(stated):
        return CORRECT if reference == stated else incorrect("the values differ")
    policy = context.policy
    if policy.form is not None:
        refusal = _wrong_form(stated, reference, policy, context.algebra)
        if refusal is not None:
            return refusal
    if stated == reference:  # whose value is taken for granted
        return CORRECT
    verdict = equal(stated, reference, context.algebra, deadline=policy.deadline)
    if not verdict.correct and (inexact or policy.rounding):
        digits = 0 if inexact else policy.significant_digits
        if _rounds_to(stated, reference, digits, context.algebra):
            return CORRECT
    return verdict


def _value_of(node: Node, context: Context) -> Node | None:
    """The one value that an answer states: 5, x = 5, {5}, x = 2+3 = 5; None if it states none, or several."""
    node = single(node)
    if isinstance(node, Apply):
        if node.head == "approx":
            return _value_of(node.args[0], context)
        if node.head == "about":  # 4/3 ≈ 1.33: the value is what is said exactly, if the rest agrees with it
            exact, rounded = _value_of(node.args[0], context), node.args[1]
            if exact is None or not isinstance(rounded, Apply):
                return None
            return exact if _rounds_to(exact, rounded.args[0], 0, context.algebra) else None
        if node.head == "=" and context.policy.assignment:
            left, right = node.args
            if label(left) is not None or _is_true((node,), context):
                return _value_of(right, context.unnamed())
            return None
        if node.head == "chain" and context.policy.assignment:
            links = [link for link in node.args if isinstance(link, Apply) and link.head == "="]
            if len(links) < len(node.args):
                return None
            last = links[-1].args[1]
            if label(links[0].args[0]) is not None and variables(last):
                claims = links[1:]
            elif label(links[0].args[0]) is not None:  # A = pi r^2 = 25 pi: a formula is no claim about numbers
                sides = [link.args[1] for link in links]
                known = [side for side in sides if not variables(side)]
                claims = [Apply("=", pair) for pair in itertools.pairwise(known)]
            else:
                claims = links
            return _value_of(links[-1].args[1], context.unnamed()) if _is_true(claims, context) else None
        if node.head in {"or", "and", "list", "set"}:
            values = values_of(node)
            alike = values is not None and len(set(values)) == 1 and len(assignments(node)) < 2
            return _value_of(values[0], context) if values is not None and alike else None
        if has_sign_pair(node):  # 42 ± 0
            above, below = with_sign(node, 1), with_sign(node, -1)
            alike = kind_of(above) in _VALUES and equal(above, below, context.algebra).correct
            return above if alike else None
    if node == Name("...") or kind_of(node) not in _VALUES:
        return None
    return node


def _is_true(links: Sequence[Apply], context: Context) -> bool:
    """Whether every equality of a chain is an identity."""
    if any(kind_of(side) not in _VALUES for link in links for side in link.args):
        return False
    if len({bool(variables(side)) for link in links for side in link.args}) > 1:
        return False  # 0 x = 0 is true of every x, and states nothing
    return all(equal(link.args[0], link.args[1], context.algebra).correct for link in links)


def _wrong_form(answer: Node, reference: Node, policy: Policy, algebra: Algebra) -> Verdict | None:
    """Why an answer hasn't the form that is demanded; None if it has."""
    if policy.form == "number":
        if is_number(reference) and not is_worked_out(answer):
            return incorrect("a number was asked for, worked out")
    elif policy.form == "reduced":
        if rational(reference) is not None and not (is_number(answer) and is_reduced(answer)):
            return incorrect("a number in lowest terms was asked for")
    elif policy.form == "expanded":
        if not is_expanded(answer):
            return incorrect("an expanded expression was asked for")
    elif not _same_factors(answer, reference, algebra):
        return incorrect("the factors differ from those that were asked for")
    return None


def _same_factors(answer: Node, reference: Node, algebra: Algebra) -> bool:
    """Whether the factors of two products agree, up to their order and constant factors."""
    given, wanted = (
        [(base, power) for base, power in factors(node) if variables(base)] for node in (answer, reference)
    )
    if sum(power for _, power in given) != sum(power for _, power in wanted):
        return False
    left = [(base, power) for base, power in wanted]
    for base, power in given:
        for at, (other, remaining) in enumerate(left):
            if remaining and _proportional(base, other, algebra):
                taken = min(power, remaining)
                left[at], power = (other, remaining - taken), power - taken
        if power:
            return False
    return True


def _proportional(left: Node, right: Node, algebra: Algebra) -> bool:
    first, second = algebra.form(left), algebra.form(right)
    return first.den == second.den == ONE and _ratio_of(first.num, second.num) in {1, -1}


def _rounds_to(answer: Node, reference: Node, digits: int, algebra: Algebra) -> bool:
    """Whether an inexact reference is the answer rounded to the reference's own places."""
    negative = isinstance(reference, Apply) and reference.head == "neg"
    size = reference.args[0] if isinstance(reference, Apply) and negative else reference
    if not isinstance(size, Number) or (size.places is None and digits):
        return False
    places = size.places or 0
    if len(str(abs(size.value * 10**places))) < digits or variables(answer):
        return False
    half = Fraction(1, 2 * 10**places)
    value = rational(reference)
    assert value is not None
    above = Apply("+", (answer, Number(half - value)))
    below = Apply("+", (Number(value + half), Apply("neg", (answer,))))
    return all(sign(gap, algebra.work) in {0, 1} for gap in (above, below))


def _compare_antiderivatives(answer: Node, reference: Node, context: Context) -> Verdict:
    """Equality up to a constant. Where the reference writes the constant, so must the answer."""
    stated = _value_of(answer, context)
    if stated is None:
        return incorrect("one expression was asked for")
    given, wanted = split_constant(stated), split_constant(reference)
    if wanted is not None and given is None:
        return incorrect("the constant of integration is missing")
    given, wanted = given or stated, wanted or reference
    algebra = context.algebra
    form = algebra.form(Apply("+", (given, Apply("neg", (wanted,)))))
    if not form.num or form.constant is not None:
        return CORRECT
    names = sorted(variables(given) | variables(wanted))
    try:
        if all(not derivative(algebra, form, algebra.key_of(name)).num for name in names):
            return CORRECT
    except Refused:
        return unproved("the derivative of the difference isn't known")
    return incorrect("the difference is no constant")


# equations and inequalities


def _compare_equations(answer: Node, reference: Node, context: Context) -> Verdict:
    """Equations agree if their sides' differences agree up to a constant factor; a solution must be solved for."""
    assert isinstance(reference, Apply)
    if reference.head == "chain":
        given = _name_of(single(answer))
        if given is not None and given != _label_of(reference):
            return incorrect(f"a value of {_label_of(reference)} was asked for")
        wanted = _value_of(reference, context)
        return (
            incorrect("the reference contradicts itself") if wanted is None else compare_values(answer, wanted, context)
        )
    left, right = reference.args
    name = label(left)
    if name is None and label(right) is not None and not variables(left):
        return _compare_equations(answer, Apply("=", (right, left)), context)
    answer = single(answer)
    if isinstance(answer, Apply) and answer.head == "=" and not variables(answer):
        answer = _value_of(answer, context) or answer  # 6*7 = 42
    if not (isinstance(answer, Apply) and answer.head == "="):
        if name is not None and context.policy.assignment and kind_of(right) in _VALUES:
            if isinstance(answer, Apply) and answer.head == "chain" and _label_of(answer) not in {None, name}:
                return incorrect(f"a value of {name} was asked for")
            return compare_values(answer, right, context)
        return incorrect("an equation was asked for")
    given = answer.args
    if name is not None and label(given[0]) is None and label(given[1]) is not None and not variables(given[0]):
        given = (given[1], given[0])
    if name is not None:
        other = label(given[0])
        if other == name or (other is not None and _same_function(name, other, right)):
            return _compare_items(given[1], right, context)
        if not variables(right):
            return incorrect("the equation is not solved" if other is None else f"a value of {name} was asked for")
    elif label(given[0]) is not None and not variables(given[1]):
        return incorrect("another equation, solved")
    return equivalent_equations(answer, reference, context.algebra)


def _same_function(name: str, other: str, value: Node) -> bool:
    """Whether y and f(x) may name the same: the argument is a variable of the value."""
    called = next((each for each in (name, other) if each != "y"), "")
    return "y" in (name, other) and called[1:2] == "(" and called[2:-1] in variables(value)


def _label_of(chain: Apply) -> str | None:
    first = chain.args[0]
    return label(first.args[0]) if isinstance(first, Apply) else None


def equivalent_equations(left: Apply, right: Apply, algebra: Algebra | None = None) -> Verdict:
    """Whether two equations are the same up to a constant factor other than 0."""
    algebra = algebra or Algebra()
    first, second = (_sides_difference(equation, algebra) for equation in (left, right))
    if not first.num or not second.num:
        same = not first.num and not second.num
        return CORRECT if same else incorrect("only one of the equations is always true")
    cross = algebra.multiply(first.num, second.den), algebra.multiply(second.num, first.den)
    if _ratio_of(*cross) is not None:
        return CORRECT
    if not all(_may_be_multiplied_out(difference, algebra) for difference in (first, second)):
        return unproved("a denominator may be zero at a solution")
    return CORRECT if _ratio_of(first.num, second.num) is not None else incorrect("the equations differ")


def _sides_difference(equation: Apply, algebra: Algebra) -> AlgebraicForm:
    left, right = map(algebra.form, equation.args)
    return algebra.plus(left, algebra.times(number(-1), right))


def _may_be_multiplied_out(difference: AlgebraicForm, algebra: Algebra) -> bool:
    """Whether the denominator of what an equation sets to zero is never zero where the numerator is.

    So it is if the numerator is a constant other than 0 modulo the denominator, as in y = 1/x, but not in
    y = (x²-1)/(x-1), which excludes x = 1.
    """
    if difference.den == ONE:
        return True
    rest = algebra.remainder(difference.num, difference.den)
    return rest is not None and set(rest) == {()}


def _ratio_of(first: Polynomial, second: Polynomial) -> Fraction | None:
    """The constant c with first = c · second; None if there is none."""
    if set(first) != set(second) or not first:
        return None
    lead = max(first, key=repr)
    ratio = Fraction(first[lead]) / second[lead]
    return ratio if all(first[monomial] == ratio * second[monomial] for monomial in first) else None


def _compare_inequalities(answer: Node, reference: Node, context: Context) -> Verdict:
    """Inequalities agree if one is the other times a positive constant."""
    answer = single(answer)
    if describes_region(answer) and not describes_region(reference):
        return incorrect("another inequality, solved")
    given, wanted = _links(answer), _links(reference)
    if given is None or wanted is None or len(given) != len(wanted):
        return incorrect("an inequality was asked for")
    backwards = [_mirrored(link) for link in reversed(given)]
    verdicts = [_same_links(each, wanted, context.algebra) for each in (given, backwards)]
    return CORRECT if any(verdicts) else incorrect("the inequalities differ")


def _links(node: Node) -> list[Apply] | None:
    """The relations of `a < b` or `a < b <= c`; None for anything else."""
    if not isinstance(node, Apply):
        return None
    links = node.args if node.head == "chain" else (node,)
    found = [link for link in links if isinstance(link, Apply) and link.head in RELATIONS]
    return found if len(found) == len(links) else None


def _mirrored(link: Apply) -> Apply:
    return Apply(MIRRORED[link.head], (link.args[1], link.args[0]))


def _same_links(given: Sequence[Apply], wanted: Sequence[Apply], algebra: Algebra) -> bool:
    return all(
        any(_same_relation(each, asked, algebra) for each in (link, _mirrored(link)))
        for link, asked in zip(given, wanted, strict=True)
    )


def _same_relation(given: Apply, wanted: Apply, algebra: Algebra) -> bool:
    """Whether `a < b` and `c < d` are alike: a - b is a positive multiple of c - d."""
    if given.head != wanted.head:
        return False
    forms = [algebra.form(Apply("+", (link.args[0], Apply("neg", (link.args[1],))))) for link in (given, wanted)]
    if any(form.den != ONE for form in forms):
        return given == wanted
    ratio = _ratio_of(forms[0].num, forms[1].num)
    return ratio is not None and (ratio > 0 or wanted.head in {"=", "!="})


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
    if isinstance(reference, Apply) and reference.head == "list" and _is_point(point) and not assignments(reference):
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
    if assignments(answer) and len({*assignments(answer), *assignments(reference)}) > 1:
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
    "antiderivative": _compare_antiderivatives,
    "equation": _compare_equations,
    "inequality": _compare_inequalities,
    "interval": _compare_regions,
    "set": _compare_sets,
    "tuple": _compare_sequences,
    "matrix": _compare_matrices,
    "piecewise": _compare_piecewise,
    "congruence": _compare_congruences,
    "statement": _compare_statements,
}
