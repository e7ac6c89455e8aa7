"""Compares equations and inequalities: up to a constant factor, and solutions only with what is solved."""

from __future__ import annotations

from collections.abc import Sequence

from reasoning_gym.checker.algebra import ONE, Algebra, number
from reasoning_gym.checker.algebra import Form as AlgebraicForm
from reasoning_gym.checker.nodes import kind_of, label, single
from reasoning_gym.checker.points import variables
from reasoning_gym.checker.policy import Context
from reasoning_gym.checker.regions import MIRRORED, describes_region
from reasoning_gym.checker.tree import RELATIONS, Apply, Node
from reasoning_gym.checker.values import VALUES, compare_values, constant_ratio, stated_name, stated_value
from reasoning_gym.problem import CORRECT, Verdict, incorrect, unproved


def compare_equations(answer: Node, reference: Node, context: Context) -> Verdict:
    """Equations agree if their sides' differences agree up to a constant factor; a solution must be solved for."""
    assert isinstance(reference, Apply)
    if reference.head == "chain":
        named = stated_name(single(answer))
        if named is not None and named != _label_of(reference):
            return incorrect(f"a value of {_label_of(reference)} was asked for")
        wanted = stated_value(reference, context)
        return (
            incorrect("the reference contradicts itself") if wanted is None else compare_values(answer, wanted, context)
        )
    left, right = reference.args
    name = label(left)
    if name is None and label(right) is not None and not variables(left):
        return compare_equations(answer, Apply("=", (right, left)), context)
    answer = single(answer)
    if isinstance(answer, Apply) and answer.head == "=" and not variables(answer):
        answer = stated_value(answer, context) or answer  # 6*7 = 42
    if not (isinstance(answer, Apply) and answer.head == "="):
        if name is not None and context.policy.assignment and kind_of(right) in VALUES:
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
            return compare_values(given[1], right, context)
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
    if constant_ratio(*cross) is not None:
        return CORRECT
    if not all(_may_be_multiplied_out(difference, algebra) for difference in (first, second)):
        return unproved("a denominator may be zero at a solution")
    return CORRECT if constant_ratio(first.num, second.num) is not None else incorrect("the equations differ")


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


def compare_inequalities(answer: Node, reference: Node, context: Context) -> Verdict:
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
    ratio = constant_ratio(forms[0].num, forms[1].num)
    return ratio is not None and (ratio > 0 or wanted.head in {"=", "!="})
