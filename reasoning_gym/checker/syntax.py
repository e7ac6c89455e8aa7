r"""Reads plain text and LaTeX into one small tree: all of the text, or an error. A Pratt parser.

Conventions where notation is ambiguous: `-x^2` is -(x²); `a/b c` is (a/b)·c, as in every programming
language; `sin 2x` is sin(2x) and `sin x cos x` is sin(x)·cos(x); `\\sin^{-1}` is the inverse; `2^3^2` is
2^(3²); `log` is to base ten; `1 1/2` and `1\\frac12` are mixed numbers; a word of up to three different
letters is a product of variables; `e` and `i` are the constants unless the caller declares them variables.
"""

from __future__ import annotations

import re

from reasoning_gym.checker.limits import MAX_DEPTH, MAX_HEIGHT, Refused, Unreadable
from reasoning_gym.checker.tokens import tokenize
from reasoning_gym.checker.tree import RELATIONS, Apply, Name, Node, Number

__all__ = ["RELATIONS", "Apply", "Name", "Node", "Number", "parse", "parse_stripped", "strip_mathematics_marks"]

_ENDS = frozenset(
    [")", "]", "}", "}set", "end", ",", ";", "|", "mid", "rangle", "rfloor", "rceil", "newline", "\\end", "if",
     "otherwise", "..."]
)  # fmt: skip
_INFIX: dict[str, tuple[int, int]] = {  # symbol: how tightly it binds on its left and right
    "choose": (2, 3),
    "over": (2, 3), "<->": (4, 5), "->": (7, 6), "or": (8, 9), "and": (10, 11), "&": (10, 11), "mod": (13, 19),
    "=": (14, 15), "!=": (14, 15), "<": (14, 15), "<=": (14, 15), ">": (14, 15), ">=": (14, 15), "in": (14, 15),
    "equiv": (14, 15), "approx": (14, 15),
    "union": (16, 17), "intersection": (16, 17), "difference": (16, 17),
    ":": (18, 19),  # of a ratio: 6:3x is 6:(3x)
    "+": (20, 21), "-": (20, 21), "+-": (20, 21), "-+": (20, 21),
    "*": (30, 31), "/": (30, 31), "//": (30, 31),
    "^": (51, 40),
}  # fmt: skip
_NOT, _RELATION, _SIGN, _PRODUCT, _POWER, _POSTFIX = 12, 15, 29, 30, 40, 60
_INVERSES = {name: f"arc{name}" for name in ("sin", "cos", "tan", "cot", "sec", "csc", "sinh", "cosh", "tanh")}
_MATRICES = frozenset({"matrix", "pmatrix", "bmatrix", "Bmatrix", "smallmatrix", "array"})
_DETERMINANTS = frozenset({"vmatrix", "Vmatrix"})
_DOLLAR = re.compile(r"(?<!\\)\$")
_MATHEMATICS = re.compile(r"(?<!\\)\$(?=[^\s$])([^$]*?)(?<=[^\s\\])\$(?![\d])")


def parse(text: str) -> Node:
    """The tree of a text: all of it, or an error.

    Raises:
        Unreadable: if the text as a whole isn't in the grammar.
        Refused: if it is longer or more deeply nested than the limits allow.
    """
    return parse_stripped(strip_mathematics_marks(text))


def parse_stripped(text: str) -> Node:
    """As `parse`, for a text whose marks of mathematics were taken off before."""
    tokens = tokenize(text)
    node = _Parser(tokens.kinds, tokens.values, tokens.spaced).whole()
    if len(tokens.kinds) > MAX_HEIGHT:  # a shorter text can't make a higher tree
        _refuse_high(node)
    return node


def strip_mathematics_marks(text: str) -> str:
    r"""Take off what says 'this is mathematics': `$…$`, `\\(…\\)`, `\\[…\\]`, white space, a final full stop."""
    text = text.strip()
    if not text:
        return text
    if text[-1] == "\\" and text[-2:-1] != "\\":  # of a space at the end, `\\ `
        text = text[:-1].rstrip()
    if text[-1:] == "." and text[-2:-1] != ".":
        text = text[:-1].rstrip()
    first = text[:1]
    if first == "\\":
        for opener, closer in (("\\(", "\\)"), ("\\[", "\\]")):
            if text.startswith(opener) and text.endswith(closer) and text.find(closer) == len(text) - 2:
                return strip_mathematics_marks(text[2:-2])
    if "$" in text:
        if first == "$" and text[-1] == "$" and len(text) > 1:
            width = 2 if text.startswith("$$") and text.endswith("$$") and len(text) > 3 else 1
            inside = text[width:-width]
            if "$" not in inside.replace("\\$", ""):
                return strip_mathematics_marks(inside)
        if len(_DOLLAR.findall(text)) % 2 == 0:
            text = _MATHEMATICS.sub(r" \1 ", text).strip()
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

    def __init__(self, kinds: list[str], values: list[str | Node], spaced: list[bool]) -> None:
        self.kinds = kinds
        self.values = values
        self.spaced = spaced
        self.position = 0
        self.depth = 0
        self.bars = 0  # how many |…| are open: elsewhere, a bar opens one
        self.environments = 0  # how many are open: within one, & ends an entry

    @property
    def text(self) -> str:
        """The next token as it stands in the text, for a message."""
        return _spelling(self.values[self.position])

    def expect(self, kind: str) -> None:
        if self.kinds[self.position] != kind:
            raise Unreadable(f"expected {kind!r} and found {self.text!r}")
        self.position += 1

    def accept(self, kind: str) -> bool:
        found = self.kinds[self.position] == kind
        self.position += found
        return found

    def whole(self) -> Node:
        items = self.items("end")
        self.expect("end")
        if not items:
            raise Unreadable("the text is empty")
        return items[0] if len(items) == 1 else Apply("list", tuple(items))

    def items(self, closer: str) -> list[Node]:
        """Expressions with commas or semicolons between them, up to a closing token that is left there."""
        found: list[Node] = []
        if self.kinds[self.position] == closer:
            return found
        while True:
            found.append(self.expression(0))
            if self.kinds[self.position] not in {",", ";"}:
                return found
            self.position += 1
            if self.kinds[self.position] in {"and", "or"}:  # 'x=1, and y=2'
                self.position += 1

    def expression(self, binding: int) -> Node:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise Refused(f"nested more than {MAX_DEPTH} deep")
        left = self.operand(binding)
        kinds = self.kinds
        while True:
            kind = kinds[self.position]
            if kind in _ENDS or (kind == "&" and self.environments):
                if kind != "|" or self.bars or binding >= _PRODUCT:
                    break
                left = self.juxtaposed(left)
                continue
            powers = _INFIX.get(kind)
            if powers is not None:
                if powers[0] <= binding:
                    break
                self.position += 1
                left = self.infix(kind, left, powers[1])
            elif kind in {"!", "%", "deg"}:
                if binding >= _POSTFIX:
                    break
                self.position += 1
                if kind == "!" and kinds[self.position] == "!":
                    raise Unreadable("a double factorial isn't known here")
                left = Apply(kind, (left,))
            elif kind in {"pmod", "("} and self.modulus_follows():
                if binding >= _INFIX["mod"][0]:
                    break
                left = self.modulus(left)
            elif binding >= _PRODUCT:
                break
            else:
                left = self.juxtaposed(left)
        self.depth -= 1
        return left

    def infix(self, kind: str, left: Node, right_binding: int) -> Node:
        if kind == "^":
            if self.accept("deg"):  # 90^\\circ
                return Apply("deg", (left,))
            if self.kinds[self.position] == "{" and self.kinds[self.position + 1 : self.position + 3] == ["deg", "}"]:
                self.position += 3
                return Apply("deg", (left,))
            if isinstance(left, Name) and self.accept("'"):
                return Name(left.name + "'")
        if kind == "&":
            kind = "and"
        right = self.expression(right_binding)
        if kind == "approx":
            return Apply("=" if isinstance(left, Name) else "about", (left, Apply("approx", (right,))))
        if kind == "choose":
            return Apply("binom", (left, right))
        if kind == "over":
            kind = "/"
        return _join(kind, left, right)

    def modulus_follows(self) -> bool:
        return self.kinds[self.position] == "pmod" or self.kinds[self.position + 1] == "mod"

    def modulus(self, left: Node) -> Node:
        r"""`(mod 5)` or `\\pmod{5}` behind a value or a relation."""
        if self.accept("pmod"):
            return Apply("mod", (left, self.argument()))
        self.position += 2
        modulus = self.expression(0)
        self.expect(")")
        return Apply("mod", (left, modulus))

    def juxtaposed(self, left: Node) -> Node:
        """Implicit multiplication, or a mixed number; two bare numbers side by side are an error."""
        kind = self.kinds[self.position]
        if kind in {"number", "frac", "value"} and isinstance(last := _last_factor(left), Number):
            mixed = self.mixed(last) if last is left else None
            if mixed is None:
                raise Unreadable("two numbers stand side by side")
            return mixed
        return _join("*", left, self.expression(_PRODUCT + 1))

    def mixed(self, whole: Number) -> Node | None:
        r"""`1 1/2`, `1½` or `1\\frac{1}{2}`, the whole number of which has been read."""
        if not isinstance(whole.value, int):
            return None
        if self.kinds[self.position] in {"frac", "value"}:
            fraction = self.operand()
            proper = isinstance(fraction, Apply) and fraction.head == "/" and all(_is_integer(n) for n in fraction.args)
            return Apply("mixed", (whole, fraction)) if proper else None
        at = self.position
        if self.kinds[at : at + 3] != ["number", "/", "number"] or not self.spaced[at]:
            return None
        top, bottom = self.values[at], self.values[at + 2]
        if not (isinstance(top, Number) and isinstance(bottom, Number) and top.places is bottom.places is None):
            return None
        self.position += 3
        return Apply("mixed", (whole, Apply("/", (top, bottom))))

    def operand(self, binding: int = 0) -> Node:
        at = self.position
        self.position = at + 1
        kind = self.kinds[at]
        value = self.values[at]
        if kind == "number" or kind == "value":
            assert not isinstance(value, str)
            return value
        if kind == "name":
            assert isinstance(value, str)
            return self.name(value) if self.kinds[at + 1] in {"_", "'", "("} else Name(value)
        reader = _OPERANDS.get(kind)
        if reader is not None:
            return reader(self, kind, binding)
        self.position = at
        raise Unreadable(f"{self.text!r} stands where a value was expected")

    def name(self, name: str) -> Node:
        """A name with its index and primes, as in `x_1`, `a_{n+1}` or `y'`; `C(5,2)` as a binomial coefficient."""
        while self.accept("'"):
            name += "'"
        at = self.position
        if (
            self.kinds[at] == "("
            and self.kinds[at + 2 : at + 4] == [")", "="]
            and self.kinds[at + 1] in {"name", "number"}
        ):
            self.position += 3  # f(x) = …
            return Name(f"{name}({_spelling(self.values[at + 1])})")
        if self.kinds[at] == "(" and name in {"P", "E"} and (end := self.closing(at)) and self.kinds[end + 1] == "=":
            self.position = end + 1  # P(X > 2) = …
            return Name(f"{name}({''.join(map(_spelling, self.values[at + 1 : end]))})")
        if self.kinds[at] == "(" and name in {"Gamma", "zeta"}:
            raise Unreadable(f"the function {name} isn't known here")
        if self.accept("_"):
            return Name(f"{name}_{self.index()}")
        if name == "C" and self.kinds[self.position : self.position + 5] == ["(", "number", ",", "number", ")"]:
            top, bottom = self.values[self.position + 1], self.values[self.position + 3]
            assert isinstance(top, Number)
            assert isinstance(bottom, Number)
            self.position += 5
            return Apply("binom", (top, bottom))
        return Name(name)

    def closing(self, opening: int) -> int | None:
        """Where the round bracket at some position is closed; None if it isn't."""
        depth = 0
        for at in range(opening, len(self.kinds) - 1):
            depth += (self.kinds[at] == "(") - (self.kinds[at] == ")")
            if not depth:
                return at
        return None

    def index(self) -> str:
        """An index as it is spelt: `1`, `n`, `{n+1}`."""
        if not self.accept("{"):
            if self.kinds[self.position] not in {"number", "name"}:
                raise Unreadable(f"{self.text!r} stands where an index was expected")
            self.position += 1
            return _spelling(self.values[self.position - 1])
        start, depth = self.position, 1
        while depth:
            if self.kinds[self.position] == "end":
                raise Unreadable("an index without an end")
            depth += (self.kinds[self.position] == "{") - (self.kinds[self.position] == "}")
            self.position += 1
        spelt = "".join(map(_spelling, self.values[start : self.position - 1]))
        return spelt if spelt.isalnum() else f"{{{spelt}}}"

    def argument(self) -> Node:
        """What a LaTeX command takes: a braced group or a single token."""
        if self.accept("{"):
            inside = self.expression(0)
            self.expect("}")
            return inside
        value = self.values[self.position]
        if self.kinds[self.position] == "number" and isinstance(value, Number):
            self.position += 1
            return value
        if self.kinds[self.position] == "name" and isinstance(value, str):
            self.position += 1
            return Name(value)
        raise Unreadable(f"expected {{…}} and found {self.text!r}")

    def bracketed(self, opener: str, _binding: int) -> Node:
        """(a), (a, b), [a, b], [a, b), (a, b]."""
        items: list[Node] = []
        if self.kinds[self.position] not in {")", "]"}:
            items = self.items(")")
        closer = self.kinds[self.position]
        if closer not in {")", "]"}:
            raise Unreadable(f"expected a closing bracket and found {self.text!r}")
        self.position += 1
        pair = opener + closer
        if len(items) == 1 and pair in {"()", "[]"}:
            inside = items[0]
            if isinstance(inside, Apply) and inside.head == "matrix":
                return inside
            return inside if pair == "()" else Apply("bracket", (inside,))
        if pair == "()":
            return Apply("tuple", tuple(items))
        if pair != "[]" and len(items) != 2:
            raise Unreadable("an interval has two ends")
        return Apply("interval" + pair, tuple(items)) if len(items) == 2 else Apply("bracket", tuple(items))

    def reversed_interval(self, _kind: str, _binding: int) -> Node:
        """`]a, b[`, the other notation of an open interval."""
        last = next((at for at in range(self.position, len(self.kinds)) if self.kinds[at] in {"[", "]"}), None)
        closed = last is not None and self.kinds[last] == "]"
        if last is not None:
            self.kinds[last] = "]"  # a closing bracket, whichever way it looks
        items = self.items("]")
        if len(items) != 2:
            raise Unreadable("an interval has two ends")
        self.expect("]")
        return Apply("interval(]" if closed else "tuple", tuple(items))

    def angled(self, kind: str, _binding: int) -> Node:
        """⟨a, b⟩, also written <a, b>."""
        closer = "rangle" if kind == "langle" else ">"
        items: list[Node] = [self.expression(_RELATION)]
        while self.accept(","):
            items.append(self.expression(_RELATION))
        self.expect(closer)
        return Apply("angle", tuple(items))

    def braced(self, kind: str, _binding: int) -> Node:
        """`{a, b}` as a set. LaTeX braces around one expression only group, unless they hold the whole text."""
        closer = "}" if kind == "{" else "}set"
        begins = self.position == 1
        if self.kinds[self.position] == "\\begin":  # \\left\\{ before a piecewise definition
            rows = self.operand()
            self.accept(closer)
            return Apply("cases", rows.args) if isinstance(rows, Apply) and rows.head in {"matrix", "list"} else rows
        if self.kinds[self.position] == "name" and self.kinds[self.position + 1] in {":", "|", "mid"} | {"in"}:
            found = self.such_that(closer)
            if found is not None:
                return found
        items = self.items(closer)
        self.expect(closer)
        if closer == "}" and len(items) == 1 and not (begins and self.kinds[self.position] == "end"):
            return items[0]
        return Apply("set", tuple(items))

    def such_that(self, closer: str) -> Node | None:
        r"""`{x | x > 3}`, `{x : x > 3}`, `{x \\in \\mathbb{R} \\mid x > 3}`; None if the braces hold something else."""
        start = self.position
        variable = self.values[start]
        assert isinstance(variable, str)
        self.position += 1
        domain: Node | None = None
        if self.accept("in"):
            domain = self.expression(_PRODUCT + 1)
        if self.kinds[self.position] not in {":", "|", "mid"}:
            self.position = start
            return None
        self.position += 1
        items = self.items(closer)
        self.expect(closer)
        condition = items[0] if len(items) == 1 else Apply("and", tuple(items))
        if domain is not None and domain != Apply("domain", (Name("R"),)):
            raise Unreadable("a set within another domain than the real numbers isn't known here")
        return Apply("such", (Name(variable), condition))

    def absolute(self, kind: str, _binding: int) -> Node:
        """|x|, or the determinant of a matrix between bars."""
        self.bars += 1
        inside = self.expression(0)
        self.expect(kind)
        self.bars -= 1
        if isinstance(inside, Apply) and inside.head == "matrix":
            return Apply("det", (inside,))
        return Apply("|", (inside,))

    def rounded(self, kind: str, _binding: int) -> Node:
        """⌊x⌋ and ⌈x⌉."""
        inside = self.expression(0)
        self.expect("r" + kind[1:])
        return Apply("floor" if kind == "lfloor" else "ceil", (inside,))

    def signed(self, kind: str, binding: int) -> Node:
        inside = self.expression(max(_SIGN, binding))
        if kind == "+":
            return inside
        return _negative(inside) if kind == "-" else Apply(kind, (inside,))

    def negation(self, _kind: str, _binding: int) -> Node:
        return Apply("not", (self.expression(_NOT),))

    def approximate(self, _kind: str, _binding: int) -> Node:
        return Apply("approx", (self.expression(_RELATION),))

    def fraction(self, _kind: str, _binding: int) -> Node:
        return Apply("/", (self.argument(), self.argument()))

    def wrapped(self, _kind: str, _binding: int) -> Node:
        return self.argument()

    def ellipsis(self, _kind: str, _binding: int) -> Node:
        return Name("...")

    def function(self, _kind: str, _binding: int) -> Node:
        name = self.values[self.position - 1]
        assert isinstance(name, str)
        if name == "binom" and self.kinds[self.position] == "{":
            return Apply("binom", (self.argument(), self.argument()))
        second: Node | None = None
        if name == "sqrt" and self.accept("["):
            second = self.expression(0)
            self.expect("]")
            name = "root"
        if name == "log" and self.accept("_"):
            second = self.subscript()
        power: Node | None = None
        if self.kinds[self.position] == "^" and name not in {"sqrt", "root"}:  # sin^2 x
            self.position += 1
            power = self.expression(_POWER)
        arguments = self.arguments(name)
        if second is not None:
            arguments = (*arguments, second)
        if name == "det" and len(arguments) == 1:
            return Apply("det", arguments)
        if power is None:
            return Apply(name, arguments)
        if power == Number(-1):
            if name not in _INVERSES:
                raise Unreadable(f"{name}^(-1) is ambiguous; write the inverse or the quotient out")
            return Apply(_INVERSES[name], arguments)
        return Apply("^", (Apply(name, arguments), power))

    def subscript(self) -> Node:
        return self.argument() if self.kinds[self.position] in {"{", "name", "number"} else self.operand()

    def arguments(self, name: str) -> tuple[Node, ...]:
        """What a function is applied to: brackets, braces, or the product that follows it."""
        kind = self.kinds[self.position]
        if kind in {"(", "["}:
            self.position += 1
            closer = ")" if kind == "(" else "]"
            items = self.items(closer)
            self.expect(closer)
            if not items:
                raise Unreadable("a function has no argument")
            return tuple(items)
        if kind == "{":
            return (self.argument(),)
        if name in {"sqrt", "cbrt", "root"}:
            return (self.operand(),)
        product = self.operand() if kind in {"-", "+"} else self.expression(_PRODUCT + 1)
        while self.kinds[self.position] in {"name", "number", "("}:
            last = _last_factor(product)
            if (
                not isinstance(last, Number if self.kinds[self.position] == "(" else Number | Name)
                or self.modulus_follows()
            ):
                break
            product = _join("*", product, self.expression(_PRODUCT + 1))
        return (product,)

    def environment(self, _kind: str, _binding: int) -> Node:
        """A matrix, a determinant, a piecewise definition or a system, between its begin and its end."""
        name = self.values[self.position - 1]
        assert isinstance(name, str)
        rows: list[list[Node]] = [[]]
        self.environments += 1
        while self.kinds[self.position] != "\\end":
            if self.accept("newline"):
                rows.append([])
            elif not self.accept("&"):
                rows[-1].append(self.cell())
        if self.values[self.position] != name:
            raise Unreadable(f"{name} ends as {self.text!r}")
        self.environments -= 1
        self.position += 1
        filled = [tuple(row) for row in rows if row]
        if not filled:
            raise Unreadable(f"an empty {name}")
        if name in _MATRICES or name in _DETERMINANTS:
            if len({len(row) for row in filled}) > 1:
                raise Unreadable("the rows of a matrix differ in length")
            matrix = Apply("matrix", tuple(Apply("row", row) for row in filled))
            return Apply("det", (matrix,)) if name in _DETERMINANTS else matrix
        if name in {"cases", "dcases", "rcases"}:
            return Apply("cases", tuple(Apply("row", row) for row in filled))
        return Apply("list", tuple(item for row in filled for item in row))

    def cell(self) -> Node:
        """One entry of a matrix, or one side of a row of a piecewise definition."""
        self.accept("if")
        if self.accept("otherwise"):
            return Name("otherwise")
        inside = self.expression(0)
        while self.kinds[self.position] in {",", ";"}:
            self.position += 1
        if self.kinds[self.position] not in {"&", "newline", "\\end", "if", "otherwise"}:
            raise Unreadable(f"{self.text!r} stands where an entry ends")
        return inside


_OPERANDS = {
    "function": _Parser.function, "(": _Parser.bracketed, "[": _Parser.bracketed, "]": _Parser.reversed_interval,
    "{": _Parser.braced, "{set": _Parser.braced, "|": _Parser.absolute, "||": _Parser.absolute,
    "-": _Parser.signed, "+": _Parser.signed, "+-": _Parser.signed, "-+": _Parser.signed, "not": _Parser.negation,
    "approx": _Parser.approximate, "frac": _Parser.fraction, "wrapper": _Parser.wrapped, "...": _Parser.ellipsis,
    "langle": _Parser.angled, "<": _Parser.angled, "lfloor": _Parser.rounded, "lceil": _Parser.rounded,
    "\\begin": _Parser.environment,
}  # fmt: skip


def _join(symbol: str, left: Node, right: Node) -> Node:
    """The node of an infix operator; sums and products of the same kind stay flat."""
    if symbol == "-":
        symbol, right = "+", _negative(right)
    elif symbol == ":":
        symbol = "/"
    if isinstance(left, Apply):
        head = left.head
        if symbol == head and symbol in {"+", "*", "or", "and", "union"}:
            return Apply(symbol, (*left.args, right))
        if symbol in RELATIONS and (head in RELATIONS or head == "chain"):
            links = left.args if head == "chain" else (left,)
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


def _spelling(value: str | Node) -> str:
    if isinstance(value, str):
        return value
    return str(value.value) if isinstance(value, Number) else repr(value)
