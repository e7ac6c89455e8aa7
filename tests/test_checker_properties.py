"""Properties of the checker over random expressions: what is printed is read back, exact rewrites are equal."""

from __future__ import annotations

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from reasoning_gym.checker import Apply, Name, Node, Number, Policy, check, parse
from reasoning_gym.problem import Status

QUICK = Policy(deadline=0)
FUNCTIONS = ("sin", "cos", "ln", "exp", "arctan", "sinh")

numbers = st.integers(0, 60).map(Number)
names = st.sampled_from([Name("x"), Name("y"), Name("t"), Name("pi")])


def trees(leaves: int = 12) -> st.SearchStrategy[Node]:
    def grow(inner: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
        pair = st.tuples(inner, inner)
        return st.one_of(
            pair.map(lambda p: Apply("+", p)),
            pair.map(lambda p: Apply("*", p)),
            pair.map(lambda p: Apply("/", p)),
            st.tuples(inner, st.integers(0, 3).map(Number)).map(lambda p: Apply("^", p)),
            inner.map(lambda node: Apply("neg", (node,))),
            inner.map(lambda node: Apply("sqrt", (node,))),
            inner.map(lambda node: Apply("|", (node,))),
            st.tuples(st.sampled_from(FUNCTIONS), inner).map(lambda p: Apply(p[0], (p[1],))),
        )

    return st.recursive(st.one_of(numbers, names), grow, max_leaves=leaves)


def plain(node: Node) -> str:
    """The tree in plain text, with every bracket."""
    if isinstance(node, Number):
        return str(node.value)
    if isinstance(node, Name):
        return node.name
    inside = [plain(argument) for argument in node.args]
    if node.head in {"+", "*", "/", "^"}:
        return "(" + f"){node.head}(".join(inside) + ")"
    if node.head == "neg":
        return f"-({inside[0]})"
    return f"abs({inside[0]})" if node.head == "|" else f"{node.head}({inside[0]})"


def latex(node: Node) -> str:
    """The tree in LaTeX."""
    if isinstance(node, Number):
        return str(node.value)
    if isinstance(node, Name):
        return "\\pi " if node.name == "pi" else node.name
    inside = [latex(argument) for argument in node.args]
    if node.head == "/":
        return f"\\frac{{{inside[0]}}}{{{inside[1]}}}"
    if node.head == "sqrt":
        return f"\\sqrt{{{inside[0]}}}"
    if node.head == "^":
        return f"\\left({inside[0]}\\right)^{{{inside[1]}}}"
    if node.head in {"+", "*"}:
        sign = {"+": "+", "*": "\\cdot "}[node.head]
        return sign.join(f"\\left({each}\\right)" for each in inside)
    if node.head == "neg":
        return f"-\\left({inside[0]}\\right)"
    if node.head == "|":
        return f"\\left|{inside[0]}\\right|"
    return f"\\{node.head}\\left({inside[0]}\\right)"


def folded(node: Node) -> Node:
    """The tree as the parser joins it: sums and products flat, the sign of a number in it, one name for |x|."""
    if not isinstance(node, Apply):
        return node
    args = tuple(folded(argument) for argument in node.args)
    if node.head in {"+", "*"} and isinstance(args[0], Apply) and args[0].head == node.head:
        args = (*args[0].args, *args[1:])
    if node.head == "neg" and isinstance(args[0], Number) and args[0].value > 0:
        return Number(-args[0].value)
    return Apply("|" if node.head == "abs" else node.head, args)


@settings(max_examples=300)
@given(trees())
def test_what_is_printed_is_read_back_in_plain_text_and_in_latex(tree):
    assert folded(parse(plain(tree))) == folded(tree)
    assert folded(parse(latex(tree))) == folded(tree)


def rewritten(node: Node, rule: int) -> Node:
    """An expression that is equal wherever both are defined, by one of several exact rules."""
    one: Node = Number(1)
    square = Apply(
        "+", (Apply("^", (Apply("sin", (Name("t"),)), Number(2))), Apply("^", (Apply("cos", (Name("t"),)), Number(2))))
    )
    doubled = Apply("+", (node, node))
    rules: tuple[Node, ...] = (
        Apply("+", (Number(7), node, Number(-7))),
        Apply("/", (Apply("*", (Number(6), node)), Number(6))),
        Apply("*", (node, square)),
        Apply("+", (Apply("*", (Number(3), node)), Apply("neg", (doubled,)))),
        Apply("/", (Apply("*", (node, Apply("+", (Name("x"), Number(11))))), Apply("+", (Number(11), Name("x"))))),
        Apply("neg", (Apply("neg", (node,)),)),
        Apply(
            "*",
            (
                Apply("/", (Apply("sqrt", (Number(12),)), Number(2))),
                node,
                Apply("/", (one, Apply("sqrt", (Number(3),)))),
            ),
        ),
        Apply(
            "+",
            (
                node,
                Apply("ln", (Number(6),)),
                Apply("neg", (Apply("+", (Apply("ln", (Number(2),)), Apply("ln", (Number(3),)))),)),
            ),
        ),
    )
    return rules[rule % len(rules)]


@settings(max_examples=300)
@given(trees(7), st.integers(0, 7), st.integers(0, 7))
def test_exact_rewrites_are_equal_from_either_side(tree, first, second):
    left, right = plain(tree), plain(rewritten(rewritten(tree, first), second))
    try:
        forth, back = (check(a, b, policy=QUICK) for a, b in ((left, f"{right}+x-x"), (right, f"{left}+x-x")))
    except ValueError:  # a reference without a value
        assume(False)
        raise
    assume(not {forth.status, back.status} & {Status.REFUSED, Status.UNREADABLE})
    assume(not forth.reason.startswith("undefined"))
    assert forth.status in {Status.CORRECT, Status.UNPROVED}
    assert forth.correct == back.correct


@settings(max_examples=300)
@given(trees(7), st.integers(0, 7), st.fractions(-3, 3, max_denominator=40))
def test_a_changed_constant_is_never_equal(tree, rule, constant):
    assume(constant)
    text = f"{plain(rewritten(tree, rule))}+({constant})"
    try:
        verdict = check(text, f"{plain(tree)}+x-x", policy=QUICK)
    except ValueError:  # a reference without a value
        assume(False)
        raise
    assert not verdict.correct


@given(st.fractions(), st.fractions())
def test_rationals_are_equal_exactly_if_their_values_are(a, b):
    assert check(f"{a}", f"{b}").correct == (a == b)
    assert check(f"\\frac{{{a.numerator}}}{{{a.denominator}}}", f"{a}").correct


@given(st.lists(st.integers(-30, 30), min_size=1, max_size=8), st.randoms())
def test_sets_have_no_order_and_tuples_do(values, random):
    shuffled = values[:]
    random.shuffle(shuffled)
    listed, other = (", ".join(map(str, each)) for each in (values, shuffled))
    assert check(f"\\{{{other}\\}}", f"\\{{{listed}\\}}").correct
    if len(values) > 1:
        assert check(f"({other}, 31, 0)", f"({listed}, 31, 0)").correct == (values == shuffled)


@given(st.text(max_size=80))
def test_no_text_is_accepted_for_a_number_that_it_does_not_hold(text):
    assert not check(text.replace("7", ""), "271828", policy=QUICK).correct
