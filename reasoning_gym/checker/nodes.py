"""What kind of answer a tree is, and the values, labels and entries that it holds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeAlias

from reasoning_gym.checker.limits import Refused
from reasoning_gym.checker.points import variables
from reasoning_gym.checker.rationals import rational
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

STRUCTURES: frozenset[Kind] = frozenset({"interval", "set", "tuple", "matrix", "piecewise"})
_COLLECTIONS = frozenset({"set", "list", "or", "and"})
_LISTS = frozenset({"bracket", "interval[]", "list"})
_SIGNS = frozenset({"+-", "-+"})
_OPERATIONS = frozenset({"+", "*", "/", "^", "neg", "%", "mixed"})
_KINDS_OF_HEADS: Mapping[str, Kind] = {
    "set": "set", "+-": "set", "-+": "set", "matrix": "matrix", "row": "matrix", "mod": "congruence",
    "equiv": "congruence", "not": "statement", "->": "statement", "<->": "statement",
}  # fmt: skip
_STATEMENTS = RELATIONS | {
    "chain", "and", "or", "union", "intersection", "difference", "in", "such", "domain", "tuple", "list",
    "interval[]", "interval[)", "interval(]",
}  # fmt: skip
_FUNCTION_LETTERS = frozenset("fgh")
_NAMED_VALUES = frozenset({"sin", "cos", "tan", "det"})
_INVERTIBLE = frozenset("fghABCDMPQRSTU")
_UNIT_VECTORS = {"vec_i": 0, "vec_j": 1, "vec_k": 2}
_MAX_ENTRIES = 400
_MAX_POWER = 12  # of a matrix
_INTEGRATION_CONSTANTS = frozenset({"C", "c", "K", "k", "C_1", "c_1", "const"})
_MAX_ITEMS = 400


def kind_of(node: Node) -> Kind:
    """The kind of a parsed answer."""
    if not isinstance(node, Apply):
        return "number" if isinstance(node, Number) else "tuple" if node.name in _UNIT_VECTORS else "expression"
    head = node.head
    if head in _OPERATIONS:
        return _kind_of_value(node)
    kind = _KINDS_OF_HEADS.get(head)
    if kind is not None:
        return kind
    if head == "approx":
        inside = kind_of(node.args[0])
        return inside if inside in {"number", "expression"} else "statement"
    if head in {"bracket", "angle"}:
        return "matrix" if as_matrix(node) is not None else "tuple"
    if head == "cases":
        return "piecewise" if all(isinstance(row, Apply) and len(row.args) == 2 for row in node.args) else "set"
    if head in _STATEMENTS:
        return _kind_of_statement(node)
    return "set" if has_sign_pair(node) else "expression"


def _kind_of_value(node: Apply) -> Kind:
    """The kind of an arithmetic operation: mostly an expression, unless it holds a ±, a matrix or unit vectors."""
    if is_number(node):
        return "number"
    special = _special(node)
    if special is not None:
        return special
    return "antiderivative" if node.head == "+" and _has_integration_constant(node) else "expression"


def _special(node: Apply) -> Kind | None:
    """What a ±, a matrix or a unit vector among the operands makes of an operation."""
    for argument in node.args:
        if isinstance(argument, Apply):
            if argument.head in _SIGNS:
                return "set"
            if argument.head in _VECTORS:
                return "matrix"
            found = _special(argument)
            if found is not None:
                return found
        elif isinstance(argument, Name) and argument.name in _UNIT_VECTORS:
            return "tuple" if unit_vectors(node) is not None else None
    return None


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
    if is_logical(node) and (head == "or" or any(isinstance(part, Apply) for part in node.args)):
        return "statement"
    if head in {"or", "and"}:
        return "set" if values_of(node) is not None or not is_logical(node) else "statement"
    if head == "in":
        return "set" if values_of(node.args[1]) is not None else "statement"
    if head == "=":
        return _kind_of_equation(node)
    if head == "chain":
        return "equation" if all(isinstance(link, Apply) and link.head == "=" for link in node.args) else "inequality"
    return "inequality" if head in RELATIONS else "statement"


def _kind_of_equation(node: Apply) -> Kind:
    """That of what is named in `A = …` where it is no plain value; else an equation."""
    if has_sign_pair(node):
        return "set"
    if label(node.args[0]) is not None or _is_tuple_of_names(node.args[0]):
        named = kind_of(node.args[1])
        if named in STRUCTURES:
            return named
    return "equation"


def _is_tuple_of_names(node: Node) -> bool:
    return isinstance(node, Apply) and node.head == "tuple" and None not in map(label, node.args)


def named_value(node: Node) -> Node:
    """What is said of `(x, y)` in `(x, y) = (1, 2)`, or of P in `P = (1, 2)`; anything else as it is."""
    if (
        isinstance(node, Apply)
        and node.head == "="
        and (label(node.args[0]) is not None or _is_tuple_of_names(node.args[0]))
    ):
        return node.args[1]
    return node


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
            return values_of(node.args[1]) if label(node.args[0]) is not None else None
        if head in _COLLECTIONS:
            found: list[Node] = []
            for item in node.args:
                inner = (item,) if _is_nested(item) else values_of(item)
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
    """What the left side of `x = 5`, `f(x) = 5`, `AB = 5`, `dy/dx = 5`, `A^{-1} = …` names; None if it is no name."""
    if isinstance(node, Name):
        return None if node.name in CONSTANTS else node.name
    if not isinstance(node, Apply):
        return None
    args = node.args
    if node.head == "^" and isinstance(args[0], Name) and args[0].name[0] in _INVERTIBLE:
        return f"{args[0].name}^-1" if args[1] == Number(-1) else None
    if node.head == "/":
        above, below = map(_spelt, args)
        return f"{above}/{below}" if above and below and above[0] == below[0] == "d" and len(below) > 1 else None
    if node.head in _NAMED_VALUES and variables(node):
        return f"{node.head}()"  # the value of cos x, det A
    if node.head != "*":
        return None
    first, *others = args
    if isinstance(first, Apply) and len(others) == 1 and (inverse := label(first)) is not None and "^-1" in inverse:
        return f"{inverse}()"  # f^{-1}(x)
    spelt = _spelt(node)
    if spelt is None:
        return None
    if spelt.isupper() or (spelt[0] == "m" and spelt[1:].startswith("angle_")):
        return spelt
    return f"{spelt[0]}()" if len(spelt) == 2 and spelt[0] in _FUNCTION_LETTERS else None


def _spelt(node: Node) -> str | None:
    """The letters of a product of names, such as AB or dx; None for anything else."""
    if isinstance(node, Name):
        return node.name
    if isinstance(node, Apply) and node.head == "*" and all(isinstance(each, Name) for each in node.args):
        return "".join(each.name for each in node.args if isinstance(each, Name))
    return None


def assignments(node: Node) -> dict[str, Node]:
    """The names that the items of a set, a list or a disjunction give a value; the last where one has several."""
    items = node.args if isinstance(node, Apply) and node.head in _COLLECTIONS else (node,)
    found: dict[str, Node] = {}
    for item in items:
        if isinstance(item, Apply) and item.head == "=" and (pairs := _pairs(*item.args)) is not None:
            found.update(pairs)
        elif isinstance(item, Apply) and item.head in {"=", "in"} and (name := label(item.args[0])) is not None:
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


def _has_integration_constant(node: Apply) -> bool:
    """Whether an expression ends in `+ C`, C being its only capital and not its only variable."""
    if Name("C") not in node.args:
        return False
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
        return unit_vectors(node)
    if node.head in {"tuple", "list", "angle", "bracket", "interval[]", "row"}:
        return node.args
    rows = as_matrix(node)
    if rows is None:
        return unit_vectors(node)
    if len(rows) == 1:
        return rows[0]
    return tuple(row[0] for row in rows) if len(rows[0]) == 1 else None


def unit_vectors(node: Node) -> tuple[Node, ...] | None:
    """The coordinates of a sum of unit vectors such as `2 i - 3 j`, three of them if k occurs; else None."""
    found: list[list[Node]] = [[], [], []]
    for term in node.args if isinstance(node, Apply) and node.head == "+" else (node,):
        negative = isinstance(term, Apply) and term.head == "neg"
        inside = term.args[0] if isinstance(term, Apply) and negative else term
        parts = inside.args if isinstance(inside, Apply) and inside.head == "*" else (inside,)
        axes = [_UNIT_VECTORS[part.name] for part in parts if isinstance(part, Name) and part.name in _UNIT_VECTORS]
        if len(axes) != 1:
            return None
        rest = tuple(part for part in parts if not (isinstance(part, Name) and part.name in _UNIT_VECTORS))
        factor = Number(1) if not rest else rest[0] if len(rest) == 1 else Apply("*", rest)
        found[axes[0]].append(Apply("neg", (factor,)) if negative else factor)
    coordinates = [
        Number(0) if not terms else Apply("+", tuple(terms)) if len(terms) > 1 else terms[0] for terms in found
    ]
    return tuple(coordinates if found[2] else coordinates[:2])


def as_matrix(node: Node) -> tuple[tuple[Node, ...], ...] | None:
    """The rows of a matrix, of one written as lists in a list, or of a calculation with matrices; else None.

    Raises:
        Refused: if a product or a power would be large.
    """
    if not isinstance(node, Apply):
        return None
    head = node.head
    if head == "matrix":
        return tuple(row.args for row in node.args if isinstance(row, Apply))
    if head in {"bracket", "interval[]"}:
        rows = tuple(row.args for row in node.args if isinstance(row, Apply) and row.head in _LISTS)
        return rows if len(rows) == len(node.args) and len({len(row) for row in rows}) == 1 else None
    return _calculated(node) if head in _MATRIX_OPERATIONS and _holds_matrix(node) else None


_Rows: TypeAlias = "tuple[tuple[Node, ...], ...]"
_VECTORS = frozenset({"matrix", "angle"})
_MATRIX_OPERATIONS = frozenset({"+", "*", "/", "neg", "^"})


def _holds_matrix(node: Node) -> bool:
    if not isinstance(node, Apply):
        return False
    return node.head in _VECTORS or (node.head in _MATRIX_OPERATIONS and any(map(_holds_matrix, node.args)))


def _calculated(node: Apply) -> _Rows | None:
    """The rows of a sum, a product, a multiple or a power of matrices; None if it makes no sense."""
    parts = [_as_operand(each) for each in node.args]
    first = parts[0]
    if node.head == "neg" and first is not None:
        return tuple(tuple(Apply("neg", (entry,)) for entry in row) for row in first)
    if node.head == "/" and first is not None and parts[1] is None:
        return tuple(tuple(Apply("/", (entry, node.args[1])) for entry in row) for row in first)
    if node.head == "^" and first is not None and isinstance(node.args[1], Number):
        power = node.args[1].value
        if not isinstance(power, int) or not 1 <= power <= _MAX_POWER:
            return None
        total: _Rows | None = first
        for _ in range(power - 1):
            total = None if total is None else _product(total, first)
        return total
    if node.head == "+":
        return _added([part for part in parts if part is not None]) if None not in parts else None
    if node.head != "*":
        return None
    rows: _Rows | None = None
    scalars: list[Node] = []
    for each, part in zip(node.args, parts, strict=True):
        if part is None:
            scalars.append(each)
        else:
            rows = part if rows is None else _product(rows, part)
            if rows is None:
                return None
    if rows is None:
        return None
    return tuple(tuple(Apply("*", (*scalars, entry)) if scalars else entry for entry in row) for row in rows)


def _as_operand(node: Node) -> _Rows | None:
    """A matrix, or a vector in angles as its only row."""
    return (node.args,) if isinstance(node, Apply) and node.head == "angle" else as_matrix(node)


def _added(matrices: list[_Rows]) -> _Rows | None:
    shapes = {(len(rows), len(rows[0])) for rows in matrices}
    if len(shapes) > 1:
        return None
    return tuple(
        tuple(Apply("+", entries) for entries in zip(*rows, strict=True)) for rows in zip(*matrices, strict=True)
    )


def _product(left: _Rows, right: _Rows) -> _Rows | None:
    """The product of two matrices; entries that are numbers are worked out, so that powers stay small."""
    if len(left[0]) != len(right):
        return None
    if len(left) * len(right) * len(right[0]) > _MAX_ENTRIES:
        raise Refused(f"a product of matrices with more than {_MAX_ENTRIES} products of entries")
    columns = tuple(zip(*right, strict=True))
    return tuple(
        tuple(
            _worked_out(Apply("+", tuple(Apply("*", pair) for pair in zip(row, column, strict=True))))
            for column in columns
        )
        for row in left
    )


def _worked_out(node: Node) -> Node:
    value = rational(node)
    return node if value is None else Number(value)
