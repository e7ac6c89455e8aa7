r"""Reads plain text and LaTeX into one small tree: all of the text, or an error. A Pratt parser.

Conventions where notation is ambiguous: `-x^2` is -(x²); `a/b c` is (a/b)·c, as in every programming
language; `sin 2x` is sin(2x) and `sin x cos x` is sin(x)·cos(x); `2^3^2` is 2^(3²); `log` is to base
ten; `1 1/2` and `1\\frac12` are mixed numbers; a word of up to three different letters is a product of
variables; `e` and `i` are the constants unless the caller declares them variables.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple, TypeAlias

from reasoning_gym.checker.limits import MAX_DEPTH, MAX_HEIGHT, Refused, Unreadable
from reasoning_gym.checker.tokens import Token, tokenize


class Number(NamedTuple):
    """A number as written. `places` counts the digits after a decimal point; None for an integer."""

    value: int | Fraction
    places: int | None = None


class Name(NamedTuple):
    """A variable or a constant: one letter, a Greek letter, `pi`, `e`, `i`, `oo`; `x_1` with its index."""

    name: str


class Apply(NamedTuple):
    """An operation on nodes.

    Heads: `+` and `*` (two or more arguments), `/`, `//` (rounded down), `^`, `neg`, `+-` (one or two), `!`,
    `%`, `deg`, `|` (absolute value), a function's name (`log` may have a base as second argument, `root` has
    the index as second), relations `= != < <= > >=` (two), `chain` (a<b<c as its relations), `in`, `union`,
    `and or not -> <->`, `tuple`, `list` (commas without brackets), `set`, `bracket` (a list in `[]`), `interval[]`,
    `interval[)`, `interval(]`, `mixed` (whole number, fraction).
    """

    head: str
    args: tuple[Node, ...]


Node: TypeAlias = "Number | Name | Apply"

RELATIONS = frozenset({"=", "!=", "<", "<=", ">", ">="})
_CLOSERS = frozenset({")", "]", "}", "}set", "end", ",", ";"})
_INFIX: dict[str, tuple[int, int]] = {  # symbol: how tightly it binds on its left and right
    "<->": (4, 5), "->": (7, 6), "or": (8, 9), "and": (10, 11),
    "=": (14, 15), "!=": (14, 15), "<": (14, 15), "<=": (14, 15), ">": (14, 15), ">=": (14, 15), "in": (14, 15),
    "union": (16, 17), "+": (20, 21), "-": (20, 21), "+-": (20, 21),
    "*": (30, 31), "/": (30, 31), "//": (30, 31), ":": (30, 31),
    "^": (51, 40),
}  # fmt: skip
_NOT, _SIGN, _PRODUCT, _POSTFIX = 12, 29, 30, 60


def parse(text: str) -> Node:
    """The tree of a text: all of it, or an error.

    Raises:
        Unreadable: if the text as a whole isn't in the grammar.
        Refused: if it is longer or more deeply nested than the limits allow.
    """
    tokens = tokenize(strip_mathematics_marks(text))
    node = _Parser(tokens).whole()
    if len(tokens) > MAX_HEIGHT:  # a shorter text can't make a higher tree
        _refuse_high(node)
    return node


def strip_mathematics_marks(text: str) -> str:
    r"""Take off what says 'this is mathematics': `$…$`, `\\(…\\)`, `\\[…\\]`, white space, a final full stop."""
    text = text.strip()
    for opener, closer in (("$$", "$$"), ("$", "$"), ("\\(", "\\)"), ("\\[", "\\]")):
        if text.startswith(opener) and text.endswith(closer) and len(text) >= len(opener) + len(closer):
            text = text[len(opener) : len(text) - len(closer)].strip()
            break
    if text.endswith(".") and not text[:-1].endswith("."):
        text = text[:-1].rstrip()
    return text


def _refuse_high(node: Node) -> None:
    """Refuse a tree that recursion over it couldn't bear, such as 1/1/1/…."""
    level: list[Node] = [node]
    for _ in range(MAX_HEIGHT):
        level = [argument for parent in level if isinstance(parent, Apply) for argument in parent.args]
        if not level:
            return
    raise Refused(f"operations nested more than {MAX_HEIGHT} deep")


class _Parser:
    """One pass over the tokens; `binding` is how tightly the caller holds the operand to its left."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        self.tokens = tokens
        self.position = 0
        self.depth = 0

    @property
    def next(self) -> Token:
        return self.tokens[self.position]

    def take(self) -> Token:
        token = self.tokens[self.position]
        self.position += 1
        return token

    def expect(self, kind: str) -> None:
        if self.next.kind != kind:
            raise Unreadable(f"expected {kind!r} and found {self.next.text or 'the end'!r}")
        self.position += 1

    def whole(self) -> Node:
        items = self.items("end")
        self.expect("end")
        if not items:
            raise Unreadable("the text is empty")
        return items[0] if len(items) == 1 else Apply("list", tuple(items))

    def items(self, closer: str) -> list[Node]:
        """Expressions with commas or semicolons between them, up to a closing token that is left there."""
        found: list[Node] = []
        if self.next.kind == closer:
            return found
        while True:
            found.append(self.expression(0))
            if self.next.kind not in {",", ";"}:
                return found
            self.take()
            if self.next.kind == "and":  # 'x=1, and y=2'
                self.take()

    def expression(self, binding: int) -> Node:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise Refused(f"nested more than {MAX_DEPTH} deep")
        left = self.operand(binding)
        while (grown := self.extend(left, binding)) is not None:
            left = grown
        self.depth -= 1
        return left

    def extend(self, left: Node, binding: int) -> Node | None:
        """What `left` becomes with the operator that follows it, or None where it ends."""
        token = self.next
        if token.kind in {"!", "%", "deg"} and binding < _POSTFIX:
            self.take()
            return Apply(token.kind, (left,))
        if token.kind in _INFIX:
            left_binding, right_binding = _INFIX[token.kind]
            if left_binding <= binding:
                return None
            self.take()
            if token.kind == "^" and self.next.kind == "deg":  # 90^\\circ
                self.take()
                return Apply("deg", (left,))
            return _join(token.kind, left, self.expression(right_binding))
        if token.kind in _CLOSERS or token.kind == "|" or binding >= _PRODUCT:
            return None
        return self.juxtaposed(left)

    def juxtaposed(self, left: Node) -> Node:
        """Implicit multiplication, or a mixed number; two bare numbers side by side are an error."""
        if self.next.kind in {"number", "frac"} and isinstance(last := _last_factor(left), Number):
            mixed = last is left and self.mixed(last)
            if not mixed:
                raise Unreadable("two numbers stand side by side")
            return mixed
        return _join("*", left, self.expression(_PRODUCT + 1))

    def mixed(self, whole: Number) -> Node | None:
        r"""`1 1/2` or `1\\frac{1}{2}`, the whole number of which has been read."""
        if not isinstance(whole.value, int):
            return None
        if self.next.kind == "frac":
            fraction = self.operand()
            assert isinstance(fraction, Apply)
            return Apply("mixed", (whole, fraction)) if all(_is_integer(n) for n in fraction.args) else None
        ahead = self.tokens[self.position : self.position + 4]
        numbers = len(ahead) == 4 and ahead[0].kind == ahead[2].kind == "number" and ahead[1].kind == "/"
        if not (numbers and ahead[0].spaced and ahead[0].places is None and ahead[2].places is None):
            return None
        self.position += 3
        return Apply("mixed", (whole, Apply("/", (Number(ahead[0].value), Number(ahead[2].value)))))

    def operand(self, binding: int = 0) -> Node:
        token = self.take()
        kind = token.kind
        if kind == "number":
            return Number(token.value, token.places)
        if kind == "name":
            return self.indexed(token.text)
        if kind == "function":
            return self.function(token.text)
        if kind in {"(", "["}:
            return self.bracketed(kind)
        if kind == "{":
            return self.braced("}")
        if kind == "{set":
            return self.braced("}set")
        if kind == "|":
            inside = self.expression(0)
            self.expect("|")
            return Apply("|", (inside,))
        if kind in {"-", "+", "+-"}:
            inside = self.expression(max(_SIGN, binding))
            return inside if kind == "+" else _negative(inside) if kind == "-" else Apply("+-", (inside,))
        if kind == "not":
            return Apply("not", (self.expression(_NOT),))
        if kind == "frac":
            return Apply("/", (self.argument(), self.argument()))
        if kind == "wrapper":
            return self.argument()
        raise Unreadable(f"{token.text or 'the end'!r} stands where a value was expected")

    def indexed(self, name: str) -> Node:
        """A name with its index, as in `x_1` or `x_{12}`."""
        if self.next.kind != "_":
            return Name(name)
        self.take()
        index = self.argument()
        if isinstance(index, Number) and index.places is None:
            return Name(f"{name}_{index.value}")
        if isinstance(index, Name):
            return Name(f"{name}_{index.name}")
        raise Unreadable(f"the index of {name} is neither a whole number nor a name")

    def argument(self) -> Node:
        """What a LaTeX command takes: a braced group or a single token."""
        if self.next.kind == "{":
            self.take()
            inside = self.expression(0)
            self.expect("}")
            return inside
        token = self.take()
        if token.kind == "number" and len(token.text) == 1:
            return Number(token.value)
        if token.kind == "name":
            return Name(token.text)
        raise Unreadable(f"expected {{…}} and found {token.text or 'the end'!r}")

    def bracketed(self, opener: str) -> Node:
        """(a), (a, b), [a, b], [a, b), (a, b]."""
        items: list[Node] = []
        if self.next.kind not in {")", "]"}:
            items = self.items(")")
        closer = self.take()
        if closer.kind not in {")", "]"}:
            raise Unreadable(f"expected a closing bracket and found {closer.text or 'the end'!r}")
        pair = opener + closer.kind
        if len(items) == 1 and pair in {"()", "[]"}:
            return items[0] if pair == "()" else Apply("bracket", tuple(items))
        if pair == "()":
            return Apply("tuple", tuple(items))
        if pair != "[]" and len(items) != 2:
            raise Unreadable("an interval has two ends")
        return Apply("interval" + pair, tuple(items)) if len(items) == 2 else Apply("bracket", tuple(items))

    def braced(self, closer: str) -> Node:
        """`{a, b}` as a set. LaTeX braces around one expression only group, unless they hold the whole text."""
        begins = self.position == 1
        items = self.items(closer)
        self.expect(closer)
        if closer == "}" and len(items) == 1 and not (begins and self.next.kind == "end"):
            return items[0]
        return Apply("set", tuple(items))

    def function(self, name: str) -> Node:
        if name == "binom" and self.next.kind == "{":
            return Apply("binom", (self.argument(), self.argument()))
        second: Node | None = None
        if name == "sqrt" and self.next.kind == "[":
            self.take()
            second = self.expression(0)
            self.expect("]")
            name = "root"
        if name == "log" and self.next.kind == "_":
            self.take()
            second = self.subscript()
        power: Node | None = None
        if self.next.kind == "^" and name not in {"sqrt", "root"}:  # sin^2 x
            self.take()
            power = self.expression(_INFIX["^"][1])
        arguments = self.arguments()
        if second is not None:
            arguments = (*arguments, second)
        node = Apply(name, arguments)
        return node if power is None else Apply("^", (node, power))

    def subscript(self) -> Node:
        if self.next.kind in {"{", "name"}:
            return self.argument()
        return self.operand()

    def arguments(self) -> tuple[Node, ...]:
        """What a function is applied to: brackets, braces, or the product that follows it."""
        if self.next.kind in {"(", "["}:
            opener = self.take().kind
            closer = ")" if opener == "(" else "]"
            items = self.items(closer)
            self.expect(closer)
            if not items:
                raise Unreadable("a function has no argument")
            return tuple(items)
        if self.next.kind == "{":
            return (self.argument(),)
        product = self.expression(_PRODUCT + 1) if self.next.kind not in {"-", "+"} else self.operand()
        while self.next.kind in {"name", "number", "("} and isinstance(_last_factor(product), Number | Name):
            product = _join("*", product, self.expression(_PRODUCT + 1))
        return (product,)


def _join(symbol: str, left: Node, right: Node) -> Node:
    """The node of an infix operator; sums and products of the same kind stay flat."""
    if symbol == "-":
        symbol, right = "+", _negative(right)
    if symbol == ":":
        symbol = "/"
    if symbol in {"+", "*", "or", "and", "union"} and isinstance(left, Apply) and left.head == symbol:
        return Apply(symbol, (*left.args, right))
    if symbol in RELATIONS and isinstance(left, Apply) and (left.head in RELATIONS or left.head == "chain"):
        links = left.args if left.head == "chain" else (left,)
        last = links[-1]
        assert isinstance(last, Apply)
        return Apply("chain", (*links, Apply(symbol, (last.args[1], right))))
    return Apply(symbol, (left, right))


def _negative(node: Node) -> Node:
    if isinstance(node, Number) and node.value > 0:
        return Number(-node.value, node.places)
    return Apply("neg", (node,))


def _last_factor(node: Node) -> Node:
    return node.args[-1] if isinstance(node, Apply) and node.head == "*" else node


def _is_integer(node: Node) -> bool:
    return isinstance(node, Number) and node.places is None
