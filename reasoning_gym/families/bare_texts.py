"""Reads a bare text, such as `3x + 5 = 2x - 7`, as families spell what they ask; no word says what is wanted."""

from __future__ import annotations

import re
from collections.abc import Callable

from reasoning_gym.checker.limits import Refused, Unreadable
from reasoning_gym.checker.points import variables
from reasoning_gym.checker.syntax import Apply, Node, Number, parse
from reasoning_gym.problem import Given

MOST_OPERATIONS = 60  # of a calculation, far more than any level asks: its tree is walked by recursion
_SPELLINGS = str.maketrans(
    {"−": "-", "–": "-", "×": "*", "·": "*", "⋅": "*", "∗": "*", "÷": "/", "∕": "/", "≤": "<=", "⩽": "<=", "≥": ">=",
     "⩾": ">=", "²": "^2", "³": "^3", "⁴": "^4", "⁵": "^5"}
)  # fmt: skip
_APART = re.compile(r"\d\s+[\d.]", re.ASCII)
_TIMES = re.compile(r"(?<=[\d)])\*(?=[a-z(])", re.ASCII)


def spelled(text: str) -> str:
    """The text in small letters and the families' symbols, without spaces.

    Raises:
        Unreadable: if only a space keeps two numbers apart.

    >>> spelled("3 × (4 − 2)"), spelled("X**2 = 9")
    ('3*(4-2)', 'x^2=9')
    """
    if _APART.search(text):
        raise Unreadable("two numbers stand side by side")
    return "".join(text.translate(_SPELLINGS).lower().split()).replace("**", "^")


def spelled_algebra(text: str) -> str:
    """As `spelled`, with no sign of multiplication behind a number or bracket and before a letter or bracket.

    >>> spelled_algebra("3*x + 5 = 2*(x - 7)")
    '3x+5=2(x-7)'
    """
    return _TIMES.sub("", spelled(text))


def read_algebra(text: str, names: frozenset[str]) -> tuple[str, Apply]:
    """A text as `spelled_algebra`, and its tree, in which some of these variables and no others occur.

    Raises:
        Unreadable, Refused: if it is anything else.
    """
    written = spelled_algebra(text)
    node = parse(written)
    found = variables(node)
    if not isinstance(node, Apply) or not found or not found <= names:
        raise Unreadable(f"an operation on {' or '.join(sorted(names))} was expected")
    return written, node


def calculation_tree(node: Node, leaf: Callable[[Node], Given | None], operations: str) -> Given:
    """A calculation as families give it: a leaf, or (operation, left tree, right tree).

    Args:
        node: the calculation.
        leaf: the leaf that a node is, or None if it is an operation.
        operations: that may occur, of `+`, `-`, `*`, `/` and `^`.

    Raises:
        Unreadable: if the node is anything else.
        Refused: if there are more than `MOST_OPERATIONS`.

    >>> calculation_tree(parse("3*4-(7-2)"), whole_number, "+-*")
    ('-', ('*', 3, 4), ('-', 7, 2))
    """
    if _size(node) > MOST_OPERATIONS:
        raise Refused(f"more than {MOST_OPERATIONS} operations")
    return _tree(node, leaf, operations)


def whole_number(node: Node) -> int | None:
    """The leaf that a whole number from 0 is."""
    return node.value if isinstance(node, Number) and isinstance(node.value, int) and _is_plain(node) else None


def operations_in(tree: Given) -> tuple[str, ...]:
    """The operations of a tree, each as often as it occurs."""
    if not isinstance(tree, tuple) or not isinstance(tree[0], str):
        return ()
    operation, left, right = tree
    return (operation, *operations_in(left), *operations_in(right)) if isinstance(operation, str) else ()


def leaves_of(tree: Given) -> tuple[Given, ...]:
    """The leaves of a tree, from the left."""
    if not isinstance(tree, tuple) or not isinstance(tree[0], str):
        return (tree,)
    return tuple(leaf for part in tree[1:] for leaf in leaves_of(part))


def _is_plain(number: Number) -> bool:
    return number.value >= 0 and number.places is None


def _size(node: Node) -> int:
    return len(node.args) - 1 + sum(map(_size, node.args)) if isinstance(node, Apply) else 0


def _tree(node: Node, leaf: Callable[[Node], Given | None], operations: str) -> Given:
    found = leaf(node)
    if found is not None:
        return found
    if not isinstance(node, Apply) or node.head not in operations:
        raise Unreadable("a calculation with other numbers and operations was expected")
    first, *others = node.args
    tree = _tree(first, leaf, operations)
    for each in others:
        operation, part = _signed(node.head, each)
        tree = (operation, tree, _tree(part, leaf, operations))
    return tree


def _signed(head: str, part: Node) -> tuple[str, Node]:
    """The operation that a part of a sum, product or quotient is joined by, and the part without its sign."""
    if head == "+" and isinstance(part, Apply) and part.head == "neg":
        return "-", part.args[0]
    if head == "+" and isinstance(part, Number) and part.value < 0:
        return "-", part._replace(value=-part.value)
    return head, part
