"""Questions whose work names what it works out: `ways=5-2+1=4`, `AB^2=3^2+4^2=25`, `P=4/36`.

A family says which quantities a step may name and what each is; a line is a step if it is true and brings one
of them nearer to a number, each at most a few times, so that a trace can't go on for ever.
"""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType
from typing import NamedTuple, TypeAlias

from reasoning_gym.checker.algebra import Algebra
from reasoning_gym.checker.equality import equal, guarded
from reasoning_gym.checker.limits import Refused, Undefined, Unreadable
from reasoning_gym.checker.rationals import Rational, rational, square_root
from reasoning_gym.checker.shapes import is_number, is_worked_out
from reasoning_gym.checker.syntax import Apply, Name, Node, Number, parse
from reasoning_gym.families.formulas import formula
from reasoning_gym.families.readings import plain, unlabelled
from reasoning_gym.families.steps import Measure, magnitude, operations, small_algebra
from reasoning_gym.family import Family
from reasoning_gym.problem import CORRECT, Question, Verdict, incorrect

Exact: TypeAlias = "Rational | Node"  # a tree for what isn't rational: roots and multiples of pi

_MAX_LINE = 1_000  # characters
_MAX_PARTS = 12  # statements in a line
_MAX_SIDES = 8  # of a=b=c
_MAX_OPERATIONS = 40  # of one side
_MAX_STATEMENTS = 3  # about one quantity
_MAX_OF_ASKED = 5  # about the one that is asked for
_CLOSED = frozenset({"+", "*", "/", "neg", "^", "sqrt", "mixed"})
_HALVES = frozenset({"1/2", "0.5"})
_SPACES = re.compile(r"\s+", re.ASCII)


class Quantities(NamedTuple):
    """What a question asks for and all that a step may name, the asked one included."""

    asked: str
    values: Mapping[str, Exact]  # by names without spaces
    aliases: Mapping[str, str] = MappingProxyType({})  # other names of the same quantities
    given: Mapping[str, Exact] = MappingProxyType({})  # what the question says of others; a step may refer to these

    def name_of(self, text: str) -> str | None:
        """The quantity that a text names; None if it names none."""
        name = _unspaced(text)
        name = self.aliases.get(name, name)
        return name if name in self.values else None


class Working(NamedTuple):
    """A line of reference thoughts: a quantity, and the equal expressions that end in what it is."""

    name: str
    sides: tuple[str, ...]

    @property
    def text(self) -> str:
        """The line, no side twice."""
        return "=".join(dict.fromkeys((self.name, *self.sides)))


def working(name: str, *sides: object) -> Working:
    """A line that says in steps what a quantity is."""
    return Working(name, tuple(map(str, sides)))


def grouped(statements: Sequence[str], size: int) -> list[str]:
    """Several short statements in each line."""
    return ["; ".join(statements[i : i + size]) for i in range(0, len(statements), size)]


def trace(lines: Sequence[Working]) -> tuple[str, ...]:
    """The lines and the answer, which is what the last line ends in; that line goes where it says nothing else."""
    last = lines[-1]
    answer = last.sides[-1]
    shown = lines[:-1] if last.text == f"{last.name}={answer}" else lines
    return (*(line.text for line in shown), f"Answer: {answer}")


def worked_values(lines: Iterable[Working]) -> dict[str, Exact]:
    """What the lines say that their quantities are."""
    return {_unspaced(line.name): exact(line.sides[-1]) for line in lines}


@lru_cache(maxsize=4096)
def exact(text: str) -> Exact:
    """The value of an expression of a family's own: a rational number where it is one."""
    node = parse(text)
    value = rational(node)
    return node if value is None else value


class NamedQuantities(Family):
    """A family whose steps each say what a named quantity is; names are free of spaces, lines may hold several.

    `name=expression=...=value`. Without a name the expressions are those of the asked quantity; with one, all but the
    last may refer to other quantities, as `P=ways/total=1/6`.
    """

    @abstractmethod
    def quantities(self, question: Question) -> Quantities:
        """The quantities of a question, worked out from what is given."""

    def bare(self, answer: str) -> str:
        """An answer without what only dresses it."""
        return plain(answer)

    def is_value(self, node: Node, value: Exact) -> bool:
        """Whether an answer is written as a value should be, and has the value."""
        return is_value(node, value)

    def check_step(self, question: Question, thoughts: Sequence[str], step: str) -> Verdict:
        return guarded(lambda: check_named(self.quantities(question), thoughts, step))

    def check_conclusion(self, question: Question, thoughts: Sequence[str], answer: str) -> Verdict:
        del thoughts
        quantities = self.quantities(question)

        def decide() -> Verdict:
            node = _value_stated(unlabelled(self.bare(answer), question.statement), quantities)
            right = self.is_value(node, quantities.values[quantities.asked])
            return CORRECT if right else incorrect("isn't the value, worked out")

        return guarded(decide)


def _value_stated(answer: str, quantities: Quantities) -> Node:
    """The value of `P=1/6` or `1/6`.

    Raises:
        Unreadable, Refused: if it can't be read; a ratio such as 1:6 may be meant as odds.
    """
    if ":" in answer:
        raise Unreadable("a ratio isn't a number")
    name, equals, rest = answer.partition("=")
    return parse(rest if equals and quantities.name_of(name) == quantities.asked else answer)


def check_named(quantities: Quantities, thoughts: Sequence[str], step: str) -> Verdict:
    """Whether every statement of a line is true and brings its quantity nearer to a number.

    Raises:
        Unreadable, Refused, Undefined: if one can't be read or has no value.
    """
    algebra = small_algebra()  # one allowance for the line and all before it
    before = [part for line in thoughts for part in _statements(line)]
    for part in _statements(step) or [""]:
        statement = _read(part, quantities)
        if not _is_true(statement, quantities, algebra):
            return incorrect(f"{part[:60]} is false")
        known = list(_earlier(before, statement.name, quantities, algebra))
        algebra.work.spend(1)  # raises if none was left to judge the lines before
        most = _MAX_OF_ASKED if statement.name == quantities.asked else _MAX_STATEMENTS
        if len(known) >= most or not all(map(statement.nearer_than, known)):
            return incorrect(f"says no more of {statement.name} than earlier lines")
        before.append(part)
    return CORRECT


class _Statement(NamedTuple):
    name: str
    sides: tuple[Node, ...]

    def nearer_than(self, other: _Statement) -> bool:
        """Whether this one's last side is simpler than the other's."""
        return _measure(self.sides[-1]) < _measure(other.sides[-1])


def _is_true(statement: _Statement, quantities: Quantities, algebra: Algebra) -> bool:
    value = quantities.values[statement.name]
    return all(has_value(node, value, algebra) for node in statement.sides)


def _measure(node: Node) -> Measure:
    """How far an expression is from a number: the sizes of what stands under roots, operations, size of the numbers."""
    return _under_roots(node), operations(node), magnitude(node)


def _under_roots(node: Node) -> int:
    if not isinstance(node, Apply):
        return 0
    if _is_root(node) and (value := rational(node.args[0])) is not None:
        return abs(value.numerator) + value.denominator - 1
    return sum(map(_under_roots, node.args))


def _statements(line: str) -> list[str]:
    """The statements of a line; one that is too long makes none."""
    if len(line) > _MAX_LINE or line.count(";") >= _MAX_PARTS:
        return []
    return [part for part in line.split(";") if part.strip()]


def _unspaced(name: str) -> str:
    return _SPACES.sub("", name)


def _read(part: str, quantities: Quantities) -> _Statement:
    """The statement of a text.

    Raises:
        Unreadable, Refused: if it states nothing of a quantity.
    """
    texts = part.split("=")
    name = quantities.name_of(texts[0])
    if name is not None:
        texts = texts[1:]
    elif (name := quantities.name_of(texts[-1])) is not None:
        texts = texts[:-1]
    if not 1 <= len(texts) <= _MAX_SIDES or len(set(map(_unspaced, texts))) < len(texts):
        raise Unreadable("a statement such as name=2*3=6 was expected, no side twice")
    sides = (*(_side(text, name, quantities) if name else parse(text) for text in texts[:-1]), parse(texts[-1]))
    work = list(map(operations, sides))
    if max(work) > _MAX_OPERATIONS:
        raise Refused(f"more than {_MAX_OPERATIONS} operations in one expression")
    if name is None and sum(work) == 0:
        raise Unreadable("a number without a name says nothing")
    return _Statement(name or quantities.asked, sides)


def _side(text: str, name: str, quantities: Quantities) -> Node:
    """An expression, which may refer to other quantities."""
    known = {**quantities.given, **quantities.values}
    known |= {alias: known[target] for alias, target in quantities.aliases.items() if target in known}
    own = {other for other in known if quantities.aliases.get(other, other) == name}
    return formula(text, {other: value for other, value in known.items() if other not in own})


def _earlier(parts: Sequence[str], name: str, quantities: Quantities, algebra: Algebra) -> Iterator[_Statement]:
    """The true statements of earlier lines about a quantity."""
    for part in parts:
        texts = part.split("=")
        named = quantities.name_of(texts[0]) or quantities.name_of(texts[-1]) or quantities.asked
        if named != name:
            continue
        try:
            statement = _read(part, quantities)
            if _is_true(statement, quantities, algebra):
                yield statement
        except (Unreadable, Refused, Undefined):
            continue


def has_value(node: Node, value: Exact, algebra: Algebra | None = None) -> bool:
    """Whether an expression of numbers, square roots and pi has a value, exactly.

    Raises:
        Unreadable: if it holds anything else.
        Undefined, Refused: if it has no value, or asks for too much work.
    """
    found = rational(node)
    if found is not None:
        return not isinstance(value, Name | Apply | Number) and found == value
    if not _is_closed(node):
        raise Unreadable("an expression of numbers, square roots and pi was expected")
    other = value if isinstance(value, Name | Apply | Number) else Number(value)
    return equal(node, other, algebra or small_algebra()).correct


def _is_closed(node: Node) -> bool:
    """Whether an expression holds numbers, square roots and pi only, and whole powers."""
    if not isinstance(node, Apply):
        return isinstance(node, Number) or node.name == "pi"
    if node.head == "^" and not (_is_root(node) or isinstance(rational(node.args[1]), int)):
        return False
    return node.head in _CLOSED and all(map(_is_closed, node.args))


def _is_root(node: Node) -> bool:
    """Whether a node is a square root in either notation."""
    if not isinstance(node, Apply):
        return False
    return node.head == "sqrt" or (node.head == "^" and str(rational(node.args[1])) in _HALVES)


def is_value(node: Node, value: Exact) -> bool:
    """Whether a node is a value with no calculation left to do, and this one.

    A number, or a sum of as many multiples of roots and pi as the value has; a root of a square is left to do.

    Raises:
        Unreadable, Undefined, Refused: as `has_value`.
    """
    if not isinstance(value, Name | Apply | Number):
        return is_worked_out(node) and rational(node) == value
    return len(_terms(node)) <= len(_terms(value)) and all(map(_is_multiple, _terms(node))) and has_value(node, value)


def is_equal_number(node: Node, value: Exact) -> bool:
    """Whether a node is one number of this value, a fraction in lowest terms or not."""
    return is_number(node) and rational(node) == value


def _unsigned(node: Node) -> Node:
    return node.args[0] if isinstance(node, Apply) and node.head == "neg" else node


def _terms(node: Node) -> tuple[Node, ...]:
    """The terms of a sum, also of one over a number: (1+sqrt(5))/2."""
    if isinstance(node, Apply) and node.head == "/" and isinstance(node.args[1], Number):
        whole = node.args[0]
        return whole.args if isinstance(whole, Apply) and whole.head == "+" else (node,)
    return node.args if isinstance(node, Apply) and node.head == "+" else (node,)


def _is_multiple(term: Node) -> bool:
    """Whether a term is a quotient of products with at most one number, one root and one pi each."""
    for factors in _over_and_under(_unsigned(term)):
        kinds = list(map(_kind, factors))
        if "" in kinds or len(set(kinds)) < len(kinds):
            return False
    return True


def _over_and_under(node: Node) -> tuple[list[Node], list[Node]]:
    """The factors above and below the bar."""
    if not (isinstance(node, Apply) and node.head in {"*", "/"}):
        return [node], []
    over, under = list[Node](), list[Node]()
    for place, part in enumerate(node.args):
        above, below = _over_and_under(part)
        if node.head == "/" and place == 1:
            above, below = below, above
        over += above
        under += below
    return over, under


def _kind(factor: Node) -> str:
    """What a factor is: a number, a root that isn't one, or pi; empty for anything else."""
    if isinstance(factor, Number):
        return "number"
    if factor == Name("pi"):
        return "pi"
    if isinstance(factor, Apply) and _is_root(factor) and is_number(factor.args[0]):
        radicand = rational(factor.args[0])
        return "root" if radicand is not None and square_root(radicand) is None else ""
    return ""
