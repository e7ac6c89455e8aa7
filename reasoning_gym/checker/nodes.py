"""What kind of answer a tree is, and the values, labels and entries that it holds."""

from __future__ import annotations

from typing import Literal, TypeAlias

from reasoning_gym.checker.limits import Refused
from reasoning_gym.checker.points import variables
from reasoning_gym.checker.regions import describes_region
from reasoning_gym.checker.shapes import is_number
from reasoning_gym.checker.tree import CONSTANTS, RELATIONS, Apply, Name, Node, Number

Kind: TypeAlias = Literal[
    "number", "expression", "antiderivative", "equation", "inequality", "interval", "set", "tuple", "matrix",
    "piecewise", "congruence", "ratio", "quantity", "date", "time", "choice", "statement", "text",
]  # fmt: skip
KINDS: tuple[Kind, ...] = (
    "number", "expression", "antiderivative", "equation", "inequality", "interval", "set", "tuple", "matrix",
    "piecewise", "congruence", "ratio", "quantity", "date", "time", "choice", "statement", "text",
)  # fmt: skip

_COLLECTIONS = frozenset({"set", "list", "or", "and"})
_LISTS = frozenset({"bracket", "interval[]", "list"})
_SIGNS = frozenset({"+-", "-+"})
_FUNCTION_LETTERS = frozenset("fghpqyFGHPQTV")
_INTEGRATION_CONSTANTS = frozenset({"C", "c", "K", "k", "C_1", "c_1", "const"})
_MAX_ITEMS = 400


def kind_of(node: Node) -> Kind:
    """The kind of a parsed answer."""
    if is_number(node):
        return "number"
    if not isinstance(node, Apply):
        return "expression"
    head = node.head
    if head == "approx":
        return kind_of(node.args[0])
    if head in RELATIONS or head in {"chain", "and", "or", "union", "intersection", "difference", "in", "such",
                                     "domain", "tuple", "list"} or head.startswith("interval"):  # fmt: skip
        return _kind_of_statement(node)
    if head in {"set"} | _SIGNS:
        return "set"
    if head in {"bracket", "angle"}:
        return "matrix" if as_matrix(node) is not None else "tuple"
    if head in {"matrix", "row"}:
        return "matrix"
    if head in {"mod", "equiv"}:
        return "congruence"
    if head == "cases":
        return "piecewise" if all(isinstance(row, Apply) and len(row.args) == 2 for row in node.args) else "set"
    if head in {"not", "->", "<->"}:
        return "statement"
    if has_sign_pair(node):
        return "set"
    if head in {"*", "/", "neg"} and _multiple_of_matrix(node) is not None:
        return "matrix"
    return "antiderivative" if _has_integration_constant(node) else "expression"


def _kind_of_statement(node: Apply) -> Kind:
    head = node.head
    if head in {"interval[]", "interval[)", "interval(]"} and as_matrix(node) is not None:
        return "matrix"
    if describes_region(node):
        return "interval"
    if head == "tuple":
        return "tuple"
    if head == "list":
        return "set"
    if head in {"or", "and"}:
        return "set" if values_of(node) is not None or not is_logical(node) else "statement"
    if head == "in":
        return "set" if values_of(node.args[1]) is not None else "statement"
    if head == "=":
        return "set" if has_sign_pair(node) else "equation"
    if head == "chain":
        return "equation" if all(isinstance(link, Apply) and link.head == "=" for link in node.args) else "inequality"
    return "inequality" if head in RELATIONS else "statement"


def is_logical(node: Node) -> bool:
    """Whether a node is a formula of propositional logic over names."""
    if isinstance(node, Apply):
        return node.head in {"and", "or", "not", "->", "<->"} and all(map(is_logical, node.args))
    return isinstance(node, Name)


# values


def values_of(node: Node) -> tuple[Node, ...] | None:
    """The values of `{1, 2}`, `1, 2`, `x=1 or x=2`, `x = 1, 2`, `1 and 2`, `±2`; None if the node isn't a set.

    Raises:
        Refused: for more than 400 values.
    """
    if isinstance(node, Apply):
        head = node.head
        if head == "=" and label(node.args[0]) is not None:
            return values_of(node.args[1])
        if head == "in":
            return values_of(node.args[1])
        if head in _COLLECTIONS:
            found: list[Node] = []
            for item in node.args:
                inner = (item,) if head == "set" and _is_nested(item) else values_of(item)
                if inner is None:
                    return None
                found += inner
            if len(found) > _MAX_ITEMS:
                raise Refused(f"more than {_MAX_ITEMS} values")
            return tuple(found)
        if head in RELATIONS or head in {"chain", "not", "->", "<->", "union", "intersection", "difference", "such"}:
            return None
    if has_sign_pair(node):
        return (with_sign(node, 1), with_sign(node, -1))
    return (node,)


def _is_nested(node: Node) -> bool:
    return isinstance(node, Apply) and node.head == "set"


def label(node: Node) -> str | None:
    """What the left side of `x = 5`, `f(x) = 5`, `AB = 5` names; None if it is no name."""
    if isinstance(node, Name):
        return None if node.name in CONSTANTS else node.name
    if not isinstance(node, Apply) or node.head != "*":
        return None
    first, *others = node.args
    if not isinstance(first, Name):
        return None
    if all(isinstance(other, Name) and len(other.name) == 1 and other.name.isupper() for other in node.args):
        return "".join(other.name for other in node.args if isinstance(other, Name))
    if len(others) == 1 and isinstance(others[0], Name | Number) and first.name[0] in _FUNCTION_LETTERS:
        return f"{first.name}()"
    return None


def assignments(node: Node) -> dict[str, Node]:
    """The names that the items of a set, a list or a disjunction give a value; the last where one has several."""
    items = node.args if isinstance(node, Apply) and node.head in _COLLECTIONS else (node,)
    found: dict[str, Node] = {}
    for item in items:
        if isinstance(item, Apply) and item.head == "=" and (pairs := _pairs(*item.args)) is not None:
            found.update(pairs)
        elif isinstance(item, Apply) and item.head == "=" and (name := label(item.args[0])) is not None:
            found[name] = item.args[1]
    return found


def _pairs(names: Node, values: Node) -> dict[str, Node] | None:
    """What `(x, y) = (1, 2)` gives each name; None for anything else."""
    if not (isinstance(names, Apply) and names.head == "tuple"):
        return None
    labels, entries = [label(each) for each in names.args], as_sequence(values)
    if entries is None or len(entries) != len(labels) or None in labels:
        return None
    return {name: value for name, value in zip(labels, entries, strict=True) if name is not None}


def single(node: Node) -> Node:
    """The value in `{5}`, `[5]`; anything else as it is."""
    while isinstance(node, Apply) and node.head in {"set", "bracket"} and len(node.args) == 1:
        node = node.args[0]
    return node


def has_sign_pair(node: Node) -> bool:
    """Whether a ± or ∓ stands anywhere in a tree."""
    return isinstance(node, Apply) and (node.head in _SIGNS or any(map(has_sign_pair, node.args)))


def with_sign(node: Node, sign: int) -> Node:
    """The tree with every ± read as plus or as minus, and every ∓ the other way."""
    if not isinstance(node, Apply):
        return node
    arguments = tuple(with_sign(argument, sign) for argument in node.args)
    if node.head not in _SIGNS:
        return Apply(node.head, arguments)
    positive = (sign > 0) == (node.head == "+-")
    last = arguments[-1] if positive else Apply("neg", (arguments[-1],))
    return last if len(arguments) == 1 else Apply("+", (arguments[0], last))


def _has_integration_constant(node: Node) -> bool:
    """Whether an expression ends in `+ C`, C being its only capital and not its only variable."""
    names = variables(node)
    if "C" not in names or len(names) < 2 or any(name[0].isupper() for name in names - {"C"}):
        return False
    return split_constant(node) is not None


def split_constant(node: Node) -> Node | None:
    """The terms beside an arbitrary constant that is added; None if there is none."""
    if not (isinstance(node, Apply) and node.head == "+"):
        return None
    rest = [term for term in node.args if not (isinstance(term, Name) and term.name in _INTEGRATION_CONSTANTS)]
    if len(rest) != len(node.args) - 1 or variables(Apply("+", tuple(rest))) & {"C"}:
        return None
    return rest[0] if len(rest) == 1 else Apply("+", tuple(rest))


# collections


def as_sequence(node: Node) -> tuple[Node, ...] | None:
    """The entries of a tuple, a list, a vector, a row or a column; None for anything else."""
    if not isinstance(node, Apply):
        return None
    if node.head in {"tuple", "list", "angle", "bracket", "interval[]", "row"}:
        return node.args
    if node.head == "matrix":
        rows = [row.args for row in node.args if isinstance(row, Apply)]
        if len(rows) == 1:
            return rows[0]
        if all(len(row) == 1 for row in rows):
            return tuple(row[0] for row in rows)
    return None


def as_matrix(node: Node) -> tuple[tuple[Node, ...], ...] | None:
    """The rows of a matrix, also of one written as lists in a list; None for anything else."""
    if not isinstance(node, Apply):
        return None
    if node.head == "matrix":
        return tuple(row.args for row in node.args if isinstance(row, Apply))
    if node.head in {"*", "/", "neg"}:
        return _multiple_of_matrix(node)
    if node.head in {"bracket", "interval[]"}:
        rows = tuple(row.args for row in node.args if isinstance(row, Apply) and row.head in _LISTS)
        if len(rows) == len(node.args) and len({len(row) for row in rows}) == 1:
            return rows
    return None


def _multiple_of_matrix(node: Apply) -> tuple[tuple[Node, ...], ...] | None:
    """The rows of a matrix times or over what stands beside it."""
    at = next((i for i, each in enumerate(node.args) if isinstance(each, Apply) and each.head == "matrix"), None)
    if at is None or (node.head == "/" and at):
        return None
    rows = as_matrix(node.args[at])
    assert rows is not None

    def entry(inside: Node) -> Node:
        return Apply(node.head, (*node.args[:at], inside, *node.args[at + 1 :]))

    return tuple(tuple(map(entry, row)) for row in rows)
