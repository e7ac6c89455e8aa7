"""Sums, products, powers and inverses modulo a number."""

from __future__ import annotations

import math
import re
from collections.abc import Generator, Iterable, Mapping, Sequence
from typing import NamedTuple, TypeAlias, cast

import numpy as np

from reasoning_gym.checker.equality import guarded
from reasoning_gym.checker.limits import Refused, Undefined, Unreadable
from reasoning_gym.checker.rationals import Rational
from reasoning_gym.checker.syntax import Apply, Node, Number, parse
from reasoning_gym.families.bare_texts import calculation_tree, leaves_of, whole_number
from reasoning_gym.families.numbers import check_number, value_of
from reasoning_gym.family import ANSWER_FORMAT, Family, family
from reasoning_gym.problem import CORRECT, Given, Problem, Question, Verdict, incorrect

_FORMAT = ANSWER_FORMAT.format(answer="the integer from 0 to below the modulus")
_SEGMENT = re.compile(r"(?P<expression>.+?)\s*(?:\(\s*)?\\?[bp]?mod[\s{]*(?P<modulus>\d{1,9})[})]*\s*", re.ASCII)
_MOST_ASKED = 10_000  # exponent of a question that a person asks
_MOST_PARTS = 16  # of a sum or product in a line
_PRIMES = tuple(n for n in range(2, 1_000) if all(n % d for d in range(2, math.isqrt(n) + 1)))

# A part of the question's expression: where it stands in the tree, and a power of it.
Target: TypeAlias = "tuple[tuple[int, ...], int]"


class _Level(NamedTuple):
    shape: Given  # the expression's tree, with the letters a, b, c and k for its numbers
    numbers: tuple[int, int]  # least and greatest of a, b and c
    exponents: tuple[int, int]  # of k
    moduli: tuple[int, int]
    prime: bool = True  # whether the modulus is prime; then neither a nor b is congruent to 0 or 1


_LEVELS = (
    _Level(("+", "a", "b"), (13, 30), (1, 1), (7, 12), prime=False),
    _Level(("*", "a", "b"), (13, 30), (1, 1), (7, 13)),
    _Level(("+", ("*", "a", "b"), "c"), (13, 30), (1, 1), (7, 13)),
    _Level(("^", "a", "k"), (2, 30), (3, 9), (11, 23)),
    _Level(("+", ("*", ("^", "a", "k"), "b"), "c"), (10, 49), (5, 15), (11, 29)),
    _Level(("^", "a", -1), (2, 99), (1, 1), (11, 47)),
    _Level(("^", "a", "k"), (100, 999), (20, 99), (101, 999), prime=False),
    _Level(("+", ("*", ("^", "a", "k"), ("^", "b", -1)), "c"), (100, 999), (10, 63), (101, 127)),
)


@family(category="number_theory", levels=8)
class ModularArithmetic(Family):
    """Work out an expression of whole numbers modulo another.

    Statement: `Compute: (17*23+5) mod 7`.
    Thoughts: each number reduced, each operation, each result reduced, from left to right; powers by squaring,
    the exponent's binary digits from the left; an inverse modulo a prime p as the power p-2.
    Answer: the integer from 0 to below the modulus.
    Level: 1 a sum, 2 a product, 3 both, 4 a power, 5 a power in a sum, 6 an inverse, 7 and 8 three digits.
    Verified: by evaluating modulo the modulus.
    Checked step by step: a line is true and works out a part of the question's expression from its numbers,
    or from what earlier lines made of them.

        Compute: (17*23+5) mod 7
        17 mod 7=3
        23 mod 7=2
        3*2=6
        6+5=11
        11 mod 7=4
        Answer: 4
    """

    def generate(self, rng: np.random.Generator, level: int) -> Problem:
        chosen = _LEVELS[level - 1]
        while True:
            draws = rng.random(5).tolist()
            a, b, c = (_between(chosen.numbers, draw) for draw in draws[:3])
            modulus = _modulus(chosen, draws[4])
            if not chosen.prime or (a % modulus > 1 and b % modulus > 1):
                break
        numbers = {"a": a, "b": b, "c": c, "k": _between(chosen.exponents, draws[3])}
        tree = _filled(chosen.shape, numbers)
        question = Question(self.name, level, f"Compute: {_written(tree)} mod {modulus}", _FORMAT, (tree, modulus))
        return Problem(question, str(_evaluate(tree, modulus)))

    def ask(self, text: str) -> Question | None:
        node = parse(text)
        if not (isinstance(node, Apply) and node.head == "mod"):
            return None
        modulus = whole_number(node.args[1])
        tree = calculation_tree(node.args[0], _read_leaf, "+*^")
        if modulus is None or not 1 < modulus < _PRIMES[-1] or not _can_be_worked_out(tree, modulus):
            return None
        written = f"Compute: {_written(tree)} mod {modulus}"
        return Question(self.name, _nearest_level(tree, modulus), written, _FORMAT, (tree, modulus))

    def reference_thoughts(self, problem: Problem) -> tuple[str, ...]:
        tree, modulus = _given(problem.question)
        return (*_work(tree, modulus), f"Answer: {problem.answer}")

    def check_step(self, question: Question, thoughts: Sequence[str], step: str) -> Verdict:
        def decide() -> Verdict:
            known = _Known(*_given(question))
            for line in thoughts:
                known.learn(line)
            return known.add(_read(step, known.modulus))

        return guarded(decide)

    def check_conclusion(self, question: Question, thoughts: Sequence[str], answer: str) -> Verdict:
        del thoughts
        return check_number(answer, _evaluate(*_given(question)))


def _read_leaf(node: Node) -> int | None:
    """A whole number, or the -1 of an inverse."""
    return -1 if node == Number(-1) else whole_number(node)


def _can_be_worked_out(tree: Given, modulus: int) -> bool:
    """Whether every power is one of a number, every inverse one by a prime that has it, and nothing is subtracted."""
    if isinstance(tree, int):
        return tree >= 0
    operation, left, right = _branch(tree)
    if operation == "-":
        return False
    if operation != "^":
        return _can_be_worked_out(left, modulus) and _can_be_worked_out(right, modulus)
    if not isinstance(left, int) or not isinstance(right, int) or left < 0:
        return False
    return 1 <= right <= _MOST_ASKED or (right == -1 and modulus in _PRIMES and left % modulus > 0)


def _nearest_level(tree: Given, modulus: int) -> int:
    """The first level of this shape with such a modulus and such numbers, or the last of this shape."""
    shaped = [(number, level) for number, level in enumerate(_LEVELS, 1) if _has_shape(tree, level.shape)]
    largest = max(cast("int", leaf) for leaf in leaves_of(tree))
    bound = ((number, max(level.numbers[1], level.exponents[1]), level.moduli[1]) for number, level in shaped)
    fitting = (number for number, most, greatest in bound if largest <= most and modulus <= greatest)
    return next(fitting, shaped[-1][0] if shaped else len(_LEVELS))


def _has_shape(tree: Given, shape: Given) -> bool:
    """Whether a tree is a shape with its letters replaced."""
    if not isinstance(shape, tuple) or not isinstance(tree, tuple):
        return isinstance(tree, int) and (isinstance(shape, str) or tree == shape)
    return tree[0] == shape[0] and all(map(_has_shape, tree[1:], shape[1:]))


def _given(question: Question) -> tuple[Given, int]:
    return cast("tuple[Given, int]", question.given)


def _branch(tree: Given) -> tuple[str, Given, Given]:
    return cast("tuple[str, Given, Given]", tree)


def _between(ends: tuple[int, int], draw: float) -> int:
    low, high = ends
    return low + int(draw * (high - low + 1))


def _modulus(level: _Level, draw: float) -> int:
    if not level.prime:
        return _between(level.moduli, draw)
    low, high = level.moduli
    primes = [prime for prime in _PRIMES if low <= prime <= high]
    return primes[int(draw * len(primes))]


def _filled(shape: Given, numbers: Mapping[str, int]) -> Given:
    """The tree with its letters replaced."""
    if isinstance(shape, tuple):
        operation, *parts = shape
        return (operation, *(_filled(part, numbers) for part in parts))
    return numbers[shape] if isinstance(shape, str) else shape


def _written(tree: Given) -> str:
    """The expression, a sum in brackets."""
    if isinstance(tree, int):
        return str(tree)
    operation, left, right = _branch(tree)
    text = f"{_written(left)}{operation}{_written(right)}"
    return f"({text})" if operation == "+" else text


def _evaluate(tree: Given, modulus: int) -> int:
    if isinstance(tree, int):
        return tree % modulus
    operation, left, right = _branch(tree)
    if operation == "^":
        return pow(cast("int", left), cast("int", right), modulus)
    a, b = _evaluate(left, modulus), _evaluate(right, modulus)
    return (a + b if operation == "+" else a * b) % modulus


def _work(tree: Given, modulus: int) -> list[str]:
    """The lines that work out a part of the expression, its own residue last."""
    lines = _residue(tree, modulus)
    found: list[str] = []
    while (line := next(lines, None)) is not None:
        if line not in found:
            found.append(line)
    return found


def _residue(tree: Given, modulus: int) -> Generator[str, None, int]:
    if isinstance(tree, int):
        return (yield from _reduced(tree, modulus))
    operation, left, right = _branch(tree)
    a = yield from _residue(left, modulus)
    if operation == "^":
        return (yield from _power(a, cast("int", right), modulus))
    b = yield from _residue(right, modulus)
    value = a + b if operation == "+" else a * b
    yield f"{a}{operation}{b}={value}"
    return (yield from _reduced(value, modulus))


def _reduced(value: int, modulus: int) -> Generator[str, None, int]:
    if value >= modulus:
        yield f"{value} mod {modulus}={value % modulus}"
    return value % modulus


def _power(base: int, exponent: int, modulus: int) -> Generator[str, None, int]:
    """By squaring: the exponent's binary digits from the left."""
    power, reached = base, 1
    for digit in bin(exponent if exponent > 0 else modulus - 2)[3:]:
        reached *= 2
        yield _power_line(base, reached, (power, power), modulus)
        power = power * power % modulus
        if digit == "1":
            reached += 1
            yield _power_line(base, reached, (power, base), modulus)
            power = power * base % modulus
    if exponent < 0:
        yield f"{base}^-1 mod {modulus}={base}^{modulus - 2} mod {modulus}={power}"
    return power


def _power_line(base: int, reached: int, factors: tuple[int, int], modulus: int) -> str:
    left, right = factors
    value = left * right
    reduction = f"{value} mod {modulus}=" if value >= modulus else ""
    return f"{base}^{reached} mod {modulus}={left}*{right} mod {modulus}={reduction}{value % modulus}"


class _Line(NamedTuple):
    """A true line: an expression, and the number that it is equal to, or congruent."""

    expression: Node
    result: int


def _read(line: str, modulus: int) -> _Line:
    """A line such as `3*2=6`, `17 mod 7=3` or `3^2 mod 7=3*3 mod 7=2`.

    Raises:
        Unreadable: if it states anything else, or something that is false.
        Undefined, Refused: as `rational`, or where there is no inverse.
    """
    segments = [_SEGMENT.fullmatch(segment) for segment in line.split("=")]
    nodes = [
        parse(match["expression"] if match else text) for match, text in zip(segments, line.split("="), strict=True)
    ]
    moduli = {int(match["modulus"]) for match in segments if match}
    result = nodes[-1]
    if len(nodes) < 2 or not (isinstance(result, Number) and isinstance(result.value, int)):
        raise Unreadable("a calculation was expected, such as 3*2=6 or 17 mod 7=3")
    values = [value_of(node) for node in nodes]
    if moduli:
        if moduli != {modulus} or not 0 <= result.value < modulus:
            raise Undefined(f"not an integer from 0 to below {modulus}")
        values = [_modulo(value, modulus) for value in values]
    if len(set(values)) > 1:
        raise Undefined(f"{line[:60]} is false")
    return _Line(nodes[0], result.value)


def _modulo(value: Rational, modulus: int) -> int:
    if math.gcd(value.denominator, modulus) > 1:
        raise Undefined(f"{value.denominator} has no inverse modulo {modulus}")
    return value.numerator * pow(value.denominator, -1, modulus) % modulus


class _Known:
    """The numbers that are known to be congruent to each part of the question's expression."""

    def __init__(self, tree: Given, modulus: int) -> None:
        self.modulus = modulus
        self.residues: dict[Target, set[int]] = {}
        self.reduced: dict[int, int] = {}  # what lines such as 17 mod 7=3 have said of a number
        self.highest: dict[tuple[int, ...], int] = {}  # power of a base that is wanted
        self.inverted: set[tuple[int, ...]] = set()  # bases whose inverse is wanted
        self.wholes: dict[tuple[str, frozenset[Target]], Target] = {}  # a sum or product by its two parts
        self.plant(tree, ())

    def plant(self, tree: Given, path: tuple[int, ...]) -> Target:
        """Enter a part of the expression and all that it is made of."""
        target: Target = (path, 1)
        if isinstance(tree, int):
            self.residues[target] = {tree}
            return target
        operation, left, right = _branch(tree)
        base = self.plant(left, (*path, 0))
        if operation == "^":
            exponent = cast("int", right)
            self.highest[base[0]] = exponent if exponent > 0 else self.modulus - 2  # Fermat: it is the inverse
            if exponent < 0:
                self.inverted.add(base[0])
            return base[0], exponent
        self.wholes[operation, frozenset((base, self.plant(right, (*path, 1))))] = target
        return target

    def learn(self, line: str) -> None:
        """Take in an earlier line; one that is no valid step teaches nothing."""
        try:
            self.add(_read(line, self.modulus))
        except (Unreadable, Refused, Undefined):
            return

    def add(self, line: _Line) -> Verdict:
        """Take in a true line, and say whether it works out a part of the expression anew."""
        targets = self.targets(line.expression)
        result = line.result
        if not targets:
            targets, result = self.inverse(line)
        if not targets:
            return incorrect("works out no part of the question from numbers at hand")
        if isinstance(line.expression, Number):
            self.reduced[int(line.expression.value)] = result
        news = [target for target in targets if result not in self.residues.setdefault(target, set())]
        for target in news:
            self.residues[target] |= {result, self.reduced.get(result, result)}
        return CORRECT if news else incorrect("says nothing new")

    def targets(self, node: Node) -> set[Target]:
        """The parts of the expression that a node stands for, by the numbers known of them."""
        if isinstance(node, Number):
            return {target for target, known in self.residues.items() if node.value in known}
        if not isinstance(node, Apply):
            return set()
        if node.head == "^":
            exponent = node.args[1]
            value = exponent.value if isinstance(exponent, Number) else 0
            return self.powers(self.targets(node.args[0]), value if isinstance(value, int) else 0)
        if node.head not in {"+", "*"} or len(node.args) > _MOST_PARTS:
            return set()
        first, *others = (self.targets(argument) for argument in node.args)
        for other in others:
            first = set(self.joined(node.head, first, other))
        return first

    def powers(self, bases: Iterable[Target], exponent: int) -> set[Target]:
        """The wanted powers of some parts; a number that is the base itself isn't read as a power of it."""
        found: set[Target] = set()
        bases = list(bases)
        for path, reached in [base for base in bases if base[1] == 1] or bases:
            if exponent == -1 and reached == 1 and path in self.inverted:
                found.add((path, -1))
            if exponent > 0 and 0 < reached * exponent <= self.highest.get(path, 0):
                found.add((path, reached * exponent))
        return found

    def joined(self, operation: str, left: Iterable[Target], right: Sequence[Target] | set[Target]) -> Iterable[Target]:
        """The parts that are the sum or product of two others."""
        for one in left:
            for other in right:
                whole = self.wholes.get((operation, frozenset((one, other))))
                if whole is not None:
                    yield whole
                power = one[1] + other[1]
                if operation == "*" and one[0] == other[0] and 1 < power <= self.highest.get(one[0], 0):
                    yield one[0], power

    def inverse(self, line: _Line) -> tuple[set[Target], int]:
        """The inverse that a line such as `3*5 mod 7=1` shows."""
        node = line.expression
        if not (isinstance(node, Apply) and node.head == "*" and len(node.args) == 2 and line.result == 1):
            return set(), 0
        for number, other in (node.args, node.args[::-1]):
            bases = {target for target in self.targets(number) if target[0] in self.inverted and target[1] == 1}
            if bases and isinstance(other, Number) and isinstance(other.value, int):
                return self.powers(bases, -1), other.value % self.modulus
        return set(), 0
