"""Compares values: numbers and expressions, in a form that may be demanded, rounded or up to a constant where asked."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from fractions import Fraction

from reasoning_gym.checker.algebra import ONE, Algebra, Polynomial
from reasoning_gym.checker.calculus import derivative
from reasoning_gym.checker.constants import sign
from reasoning_gym.checker.equality import equal
from reasoning_gym.checker.limits import Refused
from reasoning_gym.checker.nodes import (
    Kind,
    assignments,
    has_sign_pair,
    kind_of,
    label,
    single,
    split_constant,
    values_of,
    with_sign,
)
from reasoning_gym.checker.points import variables
from reasoning_gym.checker.policy import Context, Policy
from reasoning_gym.checker.rationals import rational
from reasoning_gym.checker.regions import is_infinite
from reasoning_gym.checker.shapes import factors, is_expanded, is_number, is_reduced, is_worked_out
from reasoning_gym.checker.tree import Apply, Name, Node, Number
from reasoning_gym.problem import CORRECT, Verdict, incorrect, unproved

VALUES: frozenset[Kind] = frozenset({"number", "expression", "antiderivative"})


def compare_values(answer: Node, reference: Node, context: Context) -> Verdict:
    """Whether an answer is one value, and that of the reference."""
    stated = stated_value(answer, context)
    if stated is None:
        return incorrect("one value was asked for")
    inexact = False
    if isinstance(reference, Apply) and reference.head == "approx":
        reference, inexact = reference.args[0], True
    if split_constant(reference) is not None and kind_of(stated) == "antiderivative":
        return compare_antiderivatives(stated, reference, context)
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


def stated_value(node: Node, context: Context) -> Node | None:
    """The one value that an answer states: 5, x = 5, {5}, x = 2+3 = 5; None if it states none, or several."""
    node = single(node)
    if isinstance(node, Apply):
        if node.head == "approx":
            return stated_value(node.args[0], context)
        if node.head == "about":  # 4/3 ≈ 1.33: the value is what is said exactly, if the rest agrees with it
            exact, rounded = stated_value(node.args[0], context), node.args[1]
            if exact is None or not isinstance(rounded, Apply):
                return None
            return exact if _rounds_to(exact, rounded.args[0], 0, context.algebra) else None
        if node.head == "=" and context.policy.assignment:
            left, right = node.args
            if label(left) is not None or _is_true((node,), context):
                return stated_value(right, context.unnamed())
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
            return stated_value(links[-1].args[1], context.unnamed()) if _is_true(claims, context) else None
        if node.head in {"or", "and", "list", "set"}:
            values = values_of(node)
            alike = values is not None and len(set(values)) == 1 and len(assignments(node)) < 2
            return stated_value(values[0], context) if values is not None and alike else None
        if has_sign_pair(node):  # 42 ± 0
            above, below = with_sign(node, 1), with_sign(node, -1)
            alike = kind_of(above) in VALUES and equal(above, below, context.algebra).correct
            return above if alike else None
    if node == Name("...") or kind_of(node) not in VALUES:
        return None
    return node


def _is_true(links: Sequence[Apply], context: Context) -> bool:
    """Whether every equality of a chain is an identity."""
    if any(kind_of(side) not in VALUES for link in links for side in link.args):
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
    return first.den == second.den == ONE and constant_ratio(first.num, second.num) in {1, -1}


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


def compare_antiderivatives(answer: Node, reference: Node, context: Context) -> Verdict:
    """Equality up to a constant. Where the reference writes the constant, so must the answer."""
    stated = stated_value(answer, context)
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


def stated_name(node: Node) -> str | None:
    """The name in `A = …`; y and f(x), f(t), … may be the same."""
    name = label(node.args[0]) if isinstance(node, Apply) and node.head == "=" else None
    return "y" if name is not None and name[1:2] == "(" and name[0] in "fy" else name


def constant_ratio(first: Polynomial, second: Polynomial) -> Fraction | None:
    """The constant c with first = c · second; None if there is none."""
    if set(first) != set(second) or not first:
        return None
    lead = max(first, key=repr)
    ratio = Fraction(first[lead]) / second[lead]
    return ratio if all(first[monomial] == ratio * second[monomial] for monomial in first) else None
