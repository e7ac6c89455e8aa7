"""Compares an answer with a reference: the reference's kind picks the one comparison that applies."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Literal, TypeAlias

from reasoning_gym.checker.algebra import Algebra
from reasoning_gym.checker.equality import equal, guarded
from reasoning_gym.checker.extract import extract_answer, unboxed
from reasoning_gym.checker.limits import MAX_CHARACTERS, Refused, Unreadable
from reasoning_gym.checker.rationals import rational
from reasoning_gym.checker.shapes import is_number
from reasoning_gym.checker.syntax import RELATIONS, Apply, Name, Node, Number, parse, strip_mathematics_marks
from reasoning_gym.problem import CORRECT, Verdict, incorrect, unreadable

Kind: TypeAlias = Literal["number", "expression", "equation", "set", "tuple", "statement", "text"]
KINDS: tuple[Kind, ...] = ("number", "expression", "equation", "set", "tuple", "statement", "text")

_INTEGER = re.compile(r"-?(?:0|[1-9]\d{0,17})", re.ASCII)
_CURRENCY = re.compile(r"^(-?)\s*(?:\\?\$|€|£|¥)\s*(?=[\d.])", re.ASCII)
_WORD = re.compile(r"[A-Za-z][A-Za-z' -]*", re.ASCII)
_TEXT = re.compile(r"\\(?:text|mathrm|textbf|mbox)\s*\{([^{}]*)\}", re.ASCII)
_WORDS_ONLY = re.compile(r"[a-z]{4,}|yes|no|true|false", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Policy:
    """What counts as equal beyond equality itself. Strict by default."""

    rounding: bool = False  # accept a value that rounds to a decimal reference, at the reference's own places
    significant_digits: int = 3  # a decimal reference needs at least so many for that
    assignment: bool = True  # accept 'x = 5' for 5 and 5 for 'x = 5'
    worked_out: bool = False  # where the reference is a number, accept no calculation of it, such as '2*21' for 42


@dataclass(frozen=True, slots=True)
class Reference:
    """A reference answer, parsed once."""

    text: str
    kind: Kind
    node: Node | None  # None for text


def parse_reference(text: str, kind: Kind | None = None) -> Reference:
    """Read a reference answer; its kind is seen from its form unless given.

    Raises:
        ValueError: if the reference can't be read as that kind. That is a mistake in the data, never the answer's.
    """
    if kind is not None and kind not in KINDS:
        raise ValueError(f"kind is {kind!r}; use one of {', '.join(KINDS)}")
    bare = _bare(text)
    if not bare:
        raise ValueError("the reference is empty; give the right answer as text")
    if kind == "text" or (kind is None and _WORDS_ONLY.fullmatch(_words(bare))):
        return Reference(text, "text", None)
    try:
        node = _group(parse(_without_currency(bare)))
    except (Unreadable, Refused) as error:
        if kind is None and _WORD.fullmatch(_words(bare)):
            return Reference(text, "text", None)
        raise ValueError(f"can't read the reference {text[:80]!r}: {error}; correct it, or say kind='text'") from error
    found = kind_of(node)
    if kind is not None and kind != found and (kind, found) not in _READ_AS:
        raise ValueError(f"the reference {text[:80]!r} is of kind {found!r}, not {kind!r}; correct one of them")
    return Reference(text, kind or found, node)


_READ_AS = frozenset({("expression", "number"), ("set", "number"), ("set", "expression"), ("number", "expression")})


def check(
    answer: str, reference: str | Reference, *, kind: Kind | None = None, policy: Policy | None = None
) -> Verdict:
    """Whether a stated answer equals the reference. Never raises on the answer, whatever it holds.

    Args:
        answer: a bare answer, or a model's whole response, from which the stated answer is taken first.
        reference: the right answer as text, or parsed before.
        kind: what the reference is, where its form alone would mislead.
        policy: what counts as equal; strict by default.

    Raises:
        ValueError: if the reference can't be read.
    """
    policy = policy or Policy()
    if isinstance(reference, str):
        if kind is None and answer == reference and _INTEGER.fullmatch(answer):
            return CORRECT
        reference = parse_reference(reference, kind)
    stated = extract_answer(answer) if len(answer) <= 100 * MAX_CHARACTERS else None
    return check_stated(answer if stated is None else stated, reference, policy)


def check_stated(answer: str, reference: Reference, policy: Policy) -> Verdict:
    """As `check`, for an answer that was taken from its text already: all of it must be the answer."""
    bare = _bare(answer)
    if not bare:
        return unreadable("the answer is empty")
    if reference.node is None:
        same = _words(bare).casefold() == _words(_bare(reference.text)).casefold()
        return CORRECT if same else incorrect("another text")
    if _INTEGER.fullmatch(bare) and isinstance(reference.node, Number) and reference.node.places is None:
        return CORRECT if int(bare) == reference.node.value else incorrect("the values differ")
    return guarded(lambda: _compare(_group(parse(_without_currency(bare))), reference, policy))


def kind_of(node: Node) -> Kind:
    """The kind of a parsed answer."""
    if is_number(node):
        return "number"
    if isinstance(node, Apply):
        if node.head in {"set", "list"}:
            return "set"
        if node.head == "or":
            return "set" if _solutions(node) is not None else "statement"
        if node.head in {"tuple", "bracket"} or node.head.startswith("interval"):
            return "tuple"
        if node.head == "=":
            return "equation"
        if node.head in RELATIONS or node.head in {"chain", "and", "not", "->", "<->", "in", "union"}:
            return "statement"
        if node.head == "+-":
            return "set"
    return "set" if has_sign_pair(node) else "expression"


def _compare(answer: Node, reference: Reference, policy: Policy, algebra: Algebra | None = None) -> Verdict:
    assert reference.node is not None
    kind, node = reference.kind, reference.node
    algebra = algebra or Algebra()
    if kind in {"number", "expression"}:
        return _compare_values(_unassigned(answer) if policy.assignment else answer, node, policy, algebra)
    if kind == "equation":
        return _compare_equations(answer, node, policy, algebra)
    if kind == "set":
        return _compare_sets(answer, node, policy, algebra)
    if kind == "tuple":
        return _compare_sequences(answer, node, policy, algebra)
    return CORRECT if answer == node else incorrect("another statement")


def _compare_values(answer: Node, reference: Node, policy: Policy, algebra: Algebra) -> Verdict:
    if kind_of(answer) not in {"number", "expression"}:
        return incorrect("one value was asked for")
    if policy.worked_out and is_number(reference) and not is_number(answer):
        return incorrect("a number was asked for, worked out")
    verdict = equal(answer, reference, algebra)
    if not verdict.correct and policy.rounding and _rounds_to(answer, reference, policy):
        return CORRECT
    return verdict


def _rounds_to(answer: Node, reference: Node, policy: Policy) -> bool:
    """Whether an inexact reference is the answer rounded to the reference's own places."""
    if not isinstance(reference, Number) or not reference.places:
        return False
    exact = rational(answer)
    if exact is None or len(str(abs(reference.value * 10**reference.places))) < policy.significant_digits:
        return False
    return abs(Fraction(exact) - reference.value) * 2 <= Fraction(1, 10**reference.places)


def _compare_equations(answer: Node, reference: Node, policy: Policy, algebra: Algebra) -> Verdict:
    """Equations agree if their sides' differences agree up to a constant factor."""
    assert isinstance(reference, Apply)
    solved = isinstance(reference.args[0], Name)
    if not (isinstance(answer, Apply) and answer.head == "="):
        if solved and policy.assignment and kind_of(answer) in {"number", "expression"}:
            return _compare_values(answer, reference.args[1], policy, algebra)
        return incorrect("an equation was asked for")
    if solved and isinstance(answer.args[0], Name) and answer.args[0] == reference.args[0]:
        return _compare_values(answer.args[1], reference.args[1], policy, algebra)
    if solved and not _mentions(reference.args[1]):
        return incorrect("the equation is not solved")
    return equivalent_equations(answer, reference, algebra)


def equivalent_equations(left: Apply, right: Apply, algebra: Algebra | None = None) -> Verdict:
    """Whether two equations are the same up to a constant factor other than 0."""
    algebra = algebra or Algebra()
    first = algebra.difference(*(algebra.form(side) for side in left.args))
    second = algebra.difference(*(algebra.form(side) for side in right.args))
    if not first or not second:
        return CORRECT if not first and not second else incorrect("only one of the equations is always true")
    if set(first) != set(second):
        return incorrect("the equations differ")
    lead = max(first)
    same = all(first[monomial] * second[lead] == second[monomial] * first[lead] for monomial in first)
    return CORRECT if same else incorrect("the equations differ")


def _compare_sets(answer: Node, reference: Node, policy: Policy, algebra: Algebra) -> Verdict:
    wanted, given = _solutions(reference), _solutions(answer)
    if wanted is None or given is None:
        return incorrect("a set of values was asked for")
    if len(_assigned(reference)) > 1:  # x=1, y=2: which name has which value is part of the answer
        if not (isinstance(answer, Apply) and isinstance(reference, Apply)) or answer.head not in {"list", "set", "or"}:
            return incorrect("a value for each name was asked for")
        given, wanted, policy = answer.args, reference.args, replace(policy, assignment=False)
    elif len({name.partition("_")[0] for name in _assigned(reference) | _assigned(answer)}) > 1:
        return incorrect("values of different names")  # x_1=2, x_2=3 are two values of x
    return same_set(given, wanted, policy, algebra)


def same_set(
    given: Sequence[Node], wanted: Sequence[Node], policy: Policy | None = None, algebra: Algebra | None = None
) -> Verdict:
    """Whether two collections hold the same values, in any order, repeated ones once.

    All items share one allowance of work.
    """
    policy, algebra = policy or Policy(), algebra or Algebra()
    for some, others in ((given, wanted), (wanted, given)):
        for item in some:
            verdicts = [_compare_item(item, other, policy, algebra) for other in others]
            if not any(verdict.correct for verdict in verdicts):
                return next((v for v in verdicts if v.status == "unproved"), incorrect("the sets differ"))
    return CORRECT


def _compare_item(answer: Node, reference: Node, policy: Policy, algebra: Algebra) -> Verdict:
    kind = kind_of(reference)
    return _compare(answer, Reference("", kind, reference), policy, algebra)


def _compare_sequences(answer: Node, reference: Node, policy: Policy, algebra: Algebra) -> Verdict:
    if not isinstance(answer, Apply) or not isinstance(reference, Apply):
        return incorrect("an ordered tuple was asked for")
    heads = {answer.head, reference.head}
    if len(heads) > 1 and not heads <= {"tuple", "list", "bracket"}:
        return incorrect("another kind of brackets")
    if len(answer.args) != len(reference.args):
        return incorrect(f"{len(answer.args)} values where {len(reference.args)} were asked for")
    for given, wanted in zip(answer.args, reference.args, strict=True):
        verdict = _compare_item(given, wanted, replace(policy, assignment=False), algebra)
        if not verdict.correct:
            return verdict
    return CORRECT


def _solutions(node: Node) -> tuple[Node, ...] | None:
    """The values of `{1, 2}`, `1, 2`, `x=1 or x=2`, `x=1, x=2`, `x = 1, 2`, `±2`; None if the node isn't a set."""
    if isinstance(node, Apply):
        if node.head == "=" and isinstance(node.args[0], Name):
            return _solutions(node.args[1])
        if node.head in {"set", "list", "or"}:
            values: list[Node] = []
            for item in node.args:
                inner = _solutions(item)
                if inner is None:
                    return None
                values += inner
            return tuple(values)
        if node.head in RELATIONS or node.head in {"chain", "and", "not", "->", "<->", "in", "union"}:
            return None
    if has_sign_pair(node):
        return (with_sign(node, 1), with_sign(node, -1))
    return (node,)


def _assigned(node: Node) -> set[str]:
    """The names that the items of a set, a list or a disjunction give a value."""
    items = node.args if isinstance(node, Apply) and node.head in {"set", "list", "or"} else (node,)
    equations = [item for item in items if isinstance(item, Apply) and item.head == "="]
    return {each.args[0].name for each in equations if isinstance(each.args[0], Name)}


def has_sign_pair(node: Node) -> bool:
    """Whether a ± stands anywhere in a tree."""
    return isinstance(node, Apply) and (node.head == "+-" or any(has_sign_pair(argument) for argument in node.args))


def with_sign(node: Node, sign: int) -> Node:
    """The tree with every ± read as plus or as minus."""
    if not isinstance(node, Apply):
        return node
    arguments = tuple(with_sign(argument, sign) for argument in node.args)
    if node.head != "+-":
        return Apply(node.head, arguments)
    last = arguments[-1] if sign > 0 else Apply("neg", (arguments[-1],))
    return last if len(arguments) == 1 else Apply("+", (arguments[0], last))


def _unassigned(node: Node) -> Node:
    """The value of `x = 5`; anything else as it is."""
    if isinstance(node, Apply) and node.head == "=" and isinstance(node.args[0], Name):
        return node.args[1]
    return node


def _mentions(node: Node) -> bool:
    if isinstance(node, Name):
        return node.name not in {"pi", "e", "i", "oo"}
    return isinstance(node, Apply) and any(_mentions(argument) for argument in node.args)


def _group(node: Node) -> Node:
    """`[3]` around a single value is only a bracket."""
    return node.args[0] if isinstance(node, Apply) and node.head == "bracket" and len(node.args) == 1 else node


def _bare(text: str) -> str:
    r"""The text without what surrounds it: white space, `$…$`, one `\\boxed{}`, a final full stop."""
    text = strip_mathematics_marks(text)
    inside = unboxed(text)
    if inside != text:
        text = strip_mathematics_marks(inside)
    return text


def _without_currency(text: str) -> str:
    return _CURRENCY.sub(r"\1", text)


def _words(text: str) -> str:
    """Words without the LaTeX around them, white space folded."""
    return " ".join(_TEXT.sub(r"\1", text).split())
