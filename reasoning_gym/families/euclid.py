"""Euclid's algorithm in lines: divisions such as `48=2*18+12`, and back from them `6=3*18-48`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from reasoning_gym.checker.limits import Refused, Undefined, Unreadable
from reasoning_gym.checker.rationals import rational
from reasoning_gym.checker.syntax import Apply, Node, Number, parse
from reasoning_gym.families.congruences import read_remainder
from reasoning_gym.families.notation import add
from reasoning_gym.families.numbers import sides
from reasoning_gym.problem import CORRECT, Verdict, incorrect

_MOST_TERMS = 8  # of a sum in a line
_MOST_SLOW = 8  # lines that divide, and leave more than a division has to


class Division(NamedTuple):
    """`number=quotient*divisor+remainder`."""

    number: int
    quotient: int
    divisor: int
    remainder: int

    @property
    def text(self) -> str:
        """The line that says so.

        >>> Division(48, 2, 18, 12).text, Division(12, 2, 6, 0).text
        ('48=2*18+12', '12=2*6')
        """
        rest = f"+{self.remainder}" if self.remainder else ""
        return f"{self.number}={self.quotient}*{self.divisor}{rest}"


class Combination(NamedTuple):
    """`value=u*a+v*b` for the numbers a and b that the algorithm began with."""

    value: int
    u: int
    v: int


def divisions(a: int, b: int) -> Iterator[Division]:
    """The divisions of Euclid's algorithm, the last without remainder."""
    while b:
        quotient, remainder = divmod(a, b)
        yield Division(a, quotient, b, remainder)
        a, b = b, remainder


def combinations(a: int, b: int) -> Iterator[Combination]:
    """Each remainder but 0 as a combination of a and b, in the order of the divisions."""
    before, last = Combination(a, 1, 0), Combination(b, 0, 1)
    for division in divisions(a, b):
        if not division.remainder:
            return
        q = division.quotient
        before, last = last, Combination(division.remainder, before.u - q * last.u, before.v - q * last.v)
        yield last


def combination_line(combination: Combination, a: int, b: int) -> str:
    """The line that writes a remainder as a combination.

    >>> combination_line(Combination(6, -1, 3), 48, 18)
    '6=3*18-1*48'
    """
    parts = sorted(((combination.u, a), (combination.v, b)), reverse=True)
    return f"{combination.value}={add(f'{factor}*{number}' for factor, number in parts)}"


class Euclid:
    """What lines have shown about the greatest common divisor of some numbers."""

    def __init__(self, numbers: Sequence[int], *, combines: bool = False) -> None:
        self.left = set(numbers)  # numbers with the same divisors in common as the given ones
        self.chain = list(dict.fromkeys(numbers))  # the given numbers, and remainders as they came up
        self.combines = combines  # whether combinations are of use
        # remainder -> place in the chain of what it was last written in, and whether that was to be collected
        self.written_in: dict[int, tuple[int, bool]] = {}
        self.named: int | None = None  # their divisor, where it was said and is still to be combined
        self.slow = 0  # divisions that left more than they had to

    @property
    def divisor(self) -> int | None:
        """The greatest common divisor, once it is found."""
        return next(iter(self.left)) if len(self.left) == 1 else None

    def learn(self, lines: Sequence[str]) -> None:
        """Take in earlier lines; those that are no valid steps teach nothing."""
        for line in lines:
            try:
                self.add(parse(line))
            except (Unreadable, Refused, Undefined):
                continue

    def add(self, node: Node) -> Verdict:
        """Take in a line, and say whether it is true and brings the divisor nearer.

        Raises:
            Unreadable: if it is no equation of whole numbers.
            Refused, Undefined: as `rational`.
        """
        remainder = read_remainder(node)
        if remainder is not None:
            return self._leave(*remainder)
        expressions = sides(node)
        if len(expressions) < 2:
            raise Unreadable("a division was expected, such as 48=2*18+12")
        if len({rational(expression) for expression in expressions}) > 1:
            return incorrect("the line is false")
        if isinstance(expressions[0], Apply) and expressions[0].head == "gcd":
            return self._replace(expressions)
        result, *written = expressions if isinstance(expressions[0], Number) else expressions[::-1]
        if not (isinstance(result, Number) and isinstance(result.value, int) and result.value > 0):
            raise Unreadable("a division was expected, such as 48=2*18+12")
        found = [self._take(result.value, list(terms(each))) for each in written]
        return CORRECT if any(found) else incorrect("divides no number at hand, or says nothing new")

    def _take(self, number: int, parts: list[Term]) -> bool:
        return self._divided(number, parts) or self._combined(number, parts)

    def _leave(self, number: int, divisor: int, rest: int) -> Verdict:
        """`48 mod 18=12`."""
        if not {number, divisor} <= self.left or divisor >= number or rest != number % divisor:
            return incorrect("isn't the remainder of a number at hand by another")
        self._remove(number, rest)
        return CORRECT

    def _replace(self, expressions: Sequence[Node]) -> Verdict:
        """`gcd(48,18)=gcd(18,12)`, `gcd(48,18)=gcd(18,12)=gcd(12,6)`, or `gcd(12,6)=6`."""
        first, *others = map(numbers_of, expressions)
        last = others[-1]
        if not set(first) <= self.left or len(set(first)) < 2 or min(last) < 0 or sum(last) >= sum(set(first)):
            return incorrect("isn't about numbers at hand, or makes them no smaller")
        reached = set(first)
        if not all(len(numbers) == 1 or self._reach(numbers, reached) for numbers in others):
            return incorrect("has numbers that no division leaves")
        if self.combines and len(last) == 1 and set(first) == self.left:
            was_named, self.named = self.named, last[0]  # the divisions may still come
            return incorrect("was said before") if was_named else CORRECT
        self.left = self.left - set(first) | {number for number in last if number}
        self.chain += [number for number in dict.fromkeys(last) if number and number not in self.chain]
        return CORRECT

    def _reach(self, numbers: Sequence[int], reached: set[int]) -> bool:
        """Whether each number is one at hand, or what is left of one divided by another; those are at hand then."""
        for number in sorted(set(numbers) - reached, reverse=True):
            divisors = [
                divisor
                for other in reached
                for divisor in reached - {other, 0}
                if number < other
                and ((other - number) % divisor == 0 or ((other + number) % divisor == 0 and 2 * number <= divisor))
            ]
            if not divisors or not self._may_leave(little=any(number < divisor for divisor in divisors)):
                return False
            reached.add(number)
        return True

    def _may_leave(self, *, little: bool) -> bool:
        """Whether a division may leave what it leaves; only a few may leave more than they have to."""
        self.slow += not little
        return little or self.slow <= _MOST_SLOW

    def _divided(self, number: int, parts: list[Term]) -> bool:
        """Take in `number=q*divisor+rest`, if it is a division of a number at hand by another."""
        if number not in self.left or not 1 <= len(parts) <= 2:
            return False
        for part, other in ((parts[0], parts[1:]), (parts[-1], parts[:-1])):
            rest = sum(map(value_of, other))
            for divisor in {part.factor, part.number} & self.left - {number}:
                if value_of(part) >= divisor and abs(rest) < number:
                    may = self._may_leave(little=_leaves_little(rest, divisor))
                    if may:
                        self._remove(number, abs(rest))
                    return may
        return False

    def _remove(self, number: int, rest: int) -> None:
        self.left.discard(number)
        if rest:
            self.left.add(rest)
            if rest not in self.chain:
                self.chain.append(rest)

    def _combined(self, number: int, parts: list[Term]) -> bool:
        """Take in `number=u*a+v*b`, if a and b came up before the number and before what it was last written in."""
        places = {number: place for place, number in enumerate(self.chain)}
        held: dict[int, int] = {}
        for part in parts:
            base = min((n for n in (part.number, part.factor) if n in places), key=places.__getitem__, default=None)
            if base is None:
                return False
            held[base] = held.get(base, 0) + value_of(part) // base
        used = [base for base, factor in held.items() if factor]
        if number not in places and number != self.named:  # 12=48-2*18, without the division before
            larger = max(used, default=0)
            if not (set(used) <= self.left and len(used) == 2 and held[larger] == 1 and number < larger):
                return False
            if not self._may_leave(little=_leaves_little(number, min(used))):
                return False
            self._remove(larger, number)
        elif not self.combines or not used or number not in (*self.chain[2:], self.named):
            return False
        written_in = max(places[base] for base in used), len(parts) > 2
        if written_in >= self.written_in.get(number, (places.get(number, len(places)), False)):
            return False
        self.written_in[number] = written_in
        return True


def _leaves_little(rest: int, divisor: int) -> bool:
    """Whether a remainder is the usual one, or the least of both signs."""
    return 0 <= rest < divisor or 2 * abs(rest) <= divisor


class Term(NamedTuple):
    """A term of a sum: times*factor*number, all of them whole, factor and number positive."""

    times: int
    factor: int
    number: int


def value_of(term: Term) -> int:
    """The term worked out."""
    return term.times * term.factor * term.number


def terms(node: Node, times: int = 1) -> Iterator[Term]:
    """The terms of a sum of products of at most two whole numbers, brackets around sums dissolved.

    Raises:
        Unreadable: if it is anything else.

    >>> [value_of(term) for term in terms(parse("18-2*(48-2*18)"))]
    [18, -96, 72]
    """
    if isinstance(node, Number) and isinstance(node.value, int):
        yield Term(times if node.value > 0 else -times, 1, abs(node.value))
    elif isinstance(node, Apply) and node.head == "neg":
        yield from terms(node.args[0], -times)
    elif isinstance(node, Apply) and node.head == "+" and len(node.args) <= _MOST_TERMS:
        for argument in node.args:
            yield from terms(argument, times)
    elif isinstance(node, Apply) and node.head == "*" and len(node.args) == 2:
        yield from _product(node, times)
    else:
        raise Unreadable("a sum of products of two whole numbers was expected")


def _product(node: Apply, times: int) -> Iterator[Term]:
    left, right = node.args if isinstance(node.args[0], Number) else node.args[::-1]
    if not (isinstance(left, Number) and isinstance(left.value, int)):
        raise Unreadable("a sum of products of two whole numbers was expected")
    if isinstance(right, Number) and isinstance(right.value, int):
        sign = -1 if (left.value < 0) != (right.value < 0) else 1
        yield Term(sign * times, abs(left.value), abs(right.value))
    else:
        yield from terms(right, times * left.value)


def numbers_of(node: Node) -> list[int]:
    """The whole numbers of `gcd(48,18)` or `gcd(48-2*18,18)`, or of a number by itself.

    Raises:
        Unreadable: if it is anything else.
    """
    args = node.args if isinstance(node, Apply) and node.head == "gcd" else (node,)
    found = [value for value in map(rational, args) if isinstance(value, int)]
    if len(found) < len(args):
        raise Unreadable("whole numbers were expected")
    return found


def bezout(a: int, b: int) -> tuple[int, int]:
    """The factors u and v of Euclid's algorithm with u*a+v*b=gcd(a,b).

    >>> bezout(48, 18)
    (-1, 3)
    """
    *_, last = (Combination(b, 0, 1), *combinations(a, b))
    return last.u, last.v
