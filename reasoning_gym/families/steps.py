"""How far a line of algebra is worked out, so that a step can be asked to make progress as well as to be true.

Measures are tuples that get smaller as a line gets simpler; a step that must make its measure strictly
smaller can't be repeated for ever.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import TypeAlias, TypeVar

from reasoning_gym.checker.algebra import Algebra
from reasoning_gym.checker.equality import guarded
from reasoning_gym.checker.limits import Refused, Undefined, Unreadable, Work
from reasoning_gym.checker.points import variables
from reasoning_gym.checker.rationals import Rational, divide, rational, tidy
from reasoning_gym.checker.shapes import polynomial_of
from reasoning_gym.checker.syntax import Apply, Name, Node, Number, parse
from reasoning_gym.families.numbers import number_of
from reasoning_gym.problem import CORRECT, Given, Verdict, incorrect

Judgement = TypeVar("Judgement")
Measure: TypeAlias = "tuple[int, ...]"

_WORK = 20_000  # products of two terms, for one line
_MAX_FACTORS = 40  # of a product, beyond which it counts no more
_MOST_LINES = 40  # of a trace, beyond which it only goes round in lines that are true


def small_algebra() -> Algebra:
    """Room for what these families ask, and for less than half of what the checker would allow a single answer."""
    return Algebra(Work(_WORK))


def check_bounded(thoughts: Sequence[str], decide: Callable[[], Verdict]) -> Verdict:
    """The verdict on a step, as `guarded`; after more lines than any working needs, nothing is a step."""
    if len(thoughts) >= _MOST_LINES:
        return incorrect(f"{_MOST_LINES} lines are enough; the answer is due")
    return guarded(decide)


def check_simpler(
    step: str,
    question: str,
    thoughts: Sequence[str],
    *,
    is_right: Callable[[Node], bool],
    measure: Callable[[Node], Measure],
) -> Verdict:
    """Whether a line is the question's expression in other words, and simpler than the last line that is.

    Args:
        step: the line.
        question: the expression that is asked about, which stands in for a line while there is none.
        thoughts: the lines before.
        is_right: whether an expression is equal to the question's.
        measure: is to fall from line to line.
    """

    def decide() -> Verdict:
        node = parse(step)
        if not is_right(node):
            return incorrect("isn't equal to what the question gives")
        last = last_right(thoughts, is_right) or parse(question)
        return CORRECT if measure(node) < measure(last) else incorrect("no simpler than the last such line")

    return check_bounded(thoughts, decide)


def earlier(thoughts: Sequence[str], judge: Callable[[Node], Judgement | None]) -> Iterator[Judgement]:
    """What a judgement says of the lines, the last first; those that it can't judge are passed over."""
    for line in reversed(thoughts):
        try:
            judgement = judge(parse(line))
        except (Unreadable, Undefined, Refused):
            continue
        if judgement is not None:
            yield judgement


def last_right(thoughts: Sequence[str], is_right: Callable[[Node], bool]) -> Node | None:
    """The last line that is right."""
    for right, node in earlier(thoughts, lambda node: (is_right(node), node)):
        if right:
            return node
    return None


def sides(node: Node) -> tuple[Node, ...]:
    """The expressions of `a=b=c`; any other node is its own only side."""
    if isinstance(node, Apply) and node.head == "=":
        return node.args
    if isinstance(node, Apply) and node.head == "chain" and all(is_equation(link) for link in node.args):
        links = [link for link in node.args if isinstance(link, Apply)]
        return (links[0].args[0], *(link.args[1] for link in links))
    return (node,)


def answered(node: Node, asked: Node) -> Node:
    """What `question=answer` states; any other answer is itself."""
    return node.args[1] if isinstance(node, Apply) and node.head == "=" and node.args[0] == asked else node


def is_equation(node: Node) -> bool:
    """Whether a node says that one expression equals another."""
    return isinstance(node, Apply) and node.head == "="


def equation(text: str) -> Apply:
    """The equation that a text states.

    Raises:
        Unreadable, Refused: if it states anything else, or can't be read.
    """
    node = parse(text)
    if not (isinstance(node, Apply) and node.head == "="):
        raise Unreadable("an equation was expected")
    return node


def difference(node: Apply, variable: str, algebra: Algebra | None = None) -> list[Rational] | None:
    """Left side minus right side as a polynomial's coefficients, the constant first; None if it is no polynomial.

    Raises:
        Unreadable, Undefined, Refused: as `Algebra.form`.
    """
    algebra = algebra or small_algebra()
    left, right = (polynomial_of(side, variable, algebra) for side in node.args)
    if left is None or right is None:
        return None
    degree = max(len(left), len(right))
    padded = [side + [0] * (degree - len(side)) for side in (left, right)]
    total = [tidy(a - b) for a, b in zip(*padded, strict=True)]
    while total and not total[-1]:
        total.pop()
    return total


def linear_root(node: Apply, variable: str) -> Rational | None:
    """The only solution of a linear equation; None if it is another kind of equation.

    Raises:
        Unreadable, Undefined, Refused: as `Algebra.form`.
    """
    found = difference(node, variable)
    return divide(-found[0], found[1]) if found is not None and len(found) == 2 else None


@lru_cache(maxsize=1024)
def facts(given: tuple[Given, ...]) -> tuple[Apply, ...]:
    """The equations that a question gives as texts."""
    return tuple(equation(str(text)) for text in given)


def holds(node: Apply, values: Mapping[str, Rational]) -> bool:
    """Whether an equation between calculations is true once numbers stand for its variables.

    Raises:
        Undefined: where a side has no value.
    """
    left, right = (value_where(side, values) for side in node.args)
    return left is not None and left == right


def value_where(node: Node, values: Mapping[str, Rational]) -> Rational | None:
    """The exact value of an expression once numbers stand for its variables; None if it isn't rational.

    Raises:
        Undefined, Refused: as `rational`.
    """
    return rational(_substituted(node, values))


def _substituted(node: Node, values: Mapping[str, Rational]) -> Node:
    if isinstance(node, Name):
        return Number(values[node.name]) if node.name in values else node
    if isinstance(node, Number):
        return node
    return Apply(node.head, tuple(_substituted(argument, values) for argument in node.args))


def replaced(node: Node, name: str, by: Node) -> Node:
    """The tree with another one in each place of a variable."""
    if isinstance(node, Name):
        return by if node.name == name else node
    if isinstance(node, Number):
        return node
    return Apply(node.head, tuple(replaced(argument, name, by) for argument in node.args))


def value_of(node: Node, name: str) -> Node:
    """The value of `x=5`, `5=x`, `{5}` or `5`."""
    if isinstance(node, Apply):
        if node.head == "set" and len(node.args) == 1:
            return value_of(node.args[0], name)
        if node.head == "=" and Name(name) in node.args:
            return node.args[1] if node.args[0] == Name(name) else node.args[0]
    return node


def stated_number(node: Node, name: str) -> Rational:
    """The number that an answer states for a variable, written out and not left as a calculation.

    Raises:
        Unreadable: if it states anything else.
        Undefined: for a fraction over zero.
    """
    return number_of(value_of(node, name))


def operations(node: Node) -> int:
    """How many operations are written; a sign isn't one."""
    if not isinstance(node, Apply):
        return 0
    own = 0 if node.head == "neg" else max(len(node.args) - 1, 1)
    return own + sum(operations(argument) for argument in node.args)


def signs(node: Node) -> int:
    """How many minus signs stand before something else than a number."""
    if not isinstance(node, Apply):
        return 0
    return (node.head == "neg") + sum(signs(argument) for argument in node.args)


def occurrences(node: Node, names: frozenset[str] | None) -> int:
    """How often some variables are written, or any where None are named."""
    if isinstance(node, Name):
        return int(names is None or node.name in names)
    return sum(occurrences(argument, names) for argument in node.args) if isinstance(node, Apply) else 0


def divisions(node: Node) -> int:
    """How many divisions are written."""
    if not isinstance(node, Apply):
        return 0
    return (node.head == "/") + sum(divisions(argument) for argument in node.args)


def magnitude(node: Node) -> int:
    """The sum of the sizes of all numbers that are written."""
    if isinstance(node, Number):
        return abs(node.value.numerator) + node.value.denominator - 1
    return sum(magnitude(argument) for argument in node.args) if isinstance(node, Apply) else 0


def bits(node: Node) -> int:
    """The binary digits of all numbers that are written.

    As a measure it lets no number go down one by one, where `magnitude` does.
    """
    if isinstance(node, Number):
        return abs(node.value.numerator).bit_length() + node.value.denominator.bit_length() - 1
    return sum(bits(argument) for argument in node.args) if isinstance(node, Apply) else 0


def unexpanded(node: Node) -> int:
    """How much is left to multiply out: 10**k for each product with k factors that are sums."""
    if not isinstance(node, Apply):
        return 0
    if node.head not in {"*", "/", "^", "neg"}:
        return sum(unexpanded(argument) for argument in node.args)
    sums, inside = _sums(node)
    return (10 ** min(sums, _MAX_FACTORS) if sums else 0) + inside


def _sums(node: Node) -> tuple[int, int]:
    """How many factors of a product are sums, each as often as its power says, and what is left inside them."""
    if not isinstance(node, Apply):
        return 0, 0
    if node.head in {"*", "neg"}:
        parts = [_sums(argument) for argument in node.args]
        return sum(part[0] for part in parts), sum(part[1] for part in parts)
    if node.head == "/":
        sums, inside = _sums(node.args[0])
        return sums, inside + unexpanded(node.args[1])
    if node.head == "^" and isinstance(node.args[1], Number) and isinstance(node.args[1].value, int):
        sums, inside = _sums(node.args[0])
        return sums * max(min(node.args[1].value, _MAX_FACTORS), 0), inside
    return int(node.head == "+"), sum(unexpanded(argument) for argument in node.args)


def expression_measure(node: Node, size: Callable[[Node], int] = magnitude) -> Measure:
    """Of an expression that is to be multiplied out and collected.

    In this order: products left to multiply out, how often variables occur, operations, the size of the
    numbers, signs.
    """
    return (unexpanded(node), occurrences(node, None), operations(node), size(node), signs(node))


def equation_measure(node: Apply, names: frozenset[str], size: Callable[[Node], int] = magnitude) -> Measure:
    """Of an equation that is to be solved for one of some variables.

    In this order: divisions beside a variable, products left to multiply out, how often a variable occurs,
    operations, operations beside a variable, whether the variables are on the right only, signs beside a
    variable, the size of the numbers.
    """
    holding = [side for side in node.args if variables(side) & names]
    return (
        sum(divisions(side) for side in holding),
        sum(unexpanded(side) for side in node.args),
        occurrences(node, names),
        sum(operations(side) for side in node.args),
        sum(operations(side) for side in holding),
        int(holding == [node.args[1]]),
        sum(signs(side) for side in holding),
        sum(size(side) for side in node.args),
    )
