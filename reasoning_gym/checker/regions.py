"""Sets of real numbers: intervals, their unions, and the inequalities that describe them.

A region is a sorted tuple of disjoint intervals that don't touch. Its ends are expressions; they are put
in order by exact means, or not at all.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cmp_to_key
from typing import NamedTuple, TypeAlias

from reasoning_gym.checker.algebra import Algebra
from reasoning_gym.checker.constants import sign
from reasoning_gym.checker.equality import equal
from reasoning_gym.checker.limits import Refused
from reasoning_gym.checker.points import variables
from reasoning_gym.checker.rationals import rational
from reasoning_gym.checker.tree import RELATIONS, Apply, Name, Node


class Interval(NamedTuple):
    """All x from low to high; an infinite end is None and open."""

    low: Node | None
    low_closed: bool
    high: Node | None
    high_closed: bool


Region: TypeAlias = "tuple[Interval, ...]"

REALS: Region = (Interval(None, False, None, False),)
MIRRORED = {"=": "=", "!=": "!=", "<": ">", ">": "<", "<=": ">=", ">=": "<="}
_BRACKETED = frozenset({"interval[]", "interval[)", "interval(]"})
_OF_REGIONS = frozenset({"union", "intersection", "difference", "such", "domain"})
_CONDITIONS = RELATIONS | {"chain", "in", "and", "or"}
_MAX_INTERVALS = 200


class Undecided(ValueError):
    """The order of two ends could not be proved."""


class Described(NamedTuple):
    """A region, and the variable whose values it holds if the text names one."""

    region: Region
    variable: str | None = None


def describes_region(node: Node) -> bool:
    """Whether a text can only mean a set of real numbers: intervals, solved inequalities, and what is made of them."""
    if not isinstance(node, Apply):
        return False
    head = node.head
    if head in _BRACKETED or head in _OF_REGIONS:
        return head != "interval[]" or not any(isinstance(end, Apply) and end.head in _BRACKETED for end in node.args)
    if head == "tuple":
        return len(node.args) == 2 and any(map(is_infinite, node.args))
    if head == "in":
        return describes_region(node.args[1])
    if head in RELATIONS:
        return head != "=" and isolated(node) is not None
    if head == "chain":
        return _between(node) is not None
    if head in {"and", "or", "list"}:
        return any(map(describes_region, node.args)) and all(
            describes_region(part) or isolated(part) is not None for part in node.args
        )
    return False


def is_infinite(node: Node) -> bool:
    """Whether a node is ∞ or -∞."""
    return node == Name("oo") or (isinstance(node, Apply) and node.head == "neg" and node.args[0] == Name("oo"))


def isolated(node: Node) -> tuple[str, str, Node] | None:
    """Variable, relation and bound of `x > 3` or `3 < x`; None if the variable doesn't stand alone."""
    if not isinstance(node, Apply) or node.head not in RELATIONS:
        return None
    left, right = node.args
    for side, other, head in ((left, right, node.head), (right, left, MIRRORED[node.head])):
        if isinstance(side, Name) and variables(side) and not variables(other):
            return side.name, head, other
    return None


def _between(node: Apply) -> tuple[Apply, Apply] | None:
    """The two relations of `a < x <= b`; None for any other chain."""
    if len(node.args) != 2:
        return None
    first, second = node.args
    if not (isinstance(first, Apply) and isinstance(second, Apply)):
        return None
    middle = first.args[1]
    alike = {first.head, second.head} <= {"<", "<="} or {first.head, second.head} <= {">", ">="}
    outside = (first.args[0], second.args[1])
    if not alike or not isinstance(middle, Name) or any(middle.name in variables(end) for end in outside):
        return None
    return (first, second) if variables(middle) else None


class Regions:
    """Builds and compares regions under one allowance of work."""

    def __init__(self, algebra: Algebra) -> None:
        self.algebra = algebra

    def order(self, left: Node, right: Node) -> int:
        """-1, 0 or 1 as left is less than, equal to or greater than right.

        Raises:
            Undecided: if that can't be proved.
        """
        a, b = rational(left), rational(right)
        if a is not None and b is not None:
            return (a > b) - (a < b)
        if left == right:
            return 0
        if variables(left) | variables(right):
            if equal(left, right, self.algebra).correct:
                return 0
            raise Undecided("ends with variables have no order")
        found = sign(Apply("+", (left, Apply("neg", (right,)))), self.algebra.work)
        if found is None:
            if equal(left, right, self.algebra).correct:
                return 0
            raise Undecided("the order of two ends could not be proved")
        return found

    def starts(self, one: Interval, other: Interval) -> int:
        """The order of two intervals by where they start."""
        if one.low is None or other.low is None:
            return (one.low is not None) - (other.low is not None)
        return self.order(one.low, other.low) or other.low_closed - one.low_closed

    def ends(self, one: Interval, other: Interval) -> int:
        """The order of two intervals by where they end."""
        if one.high is None or other.high is None:
            return (other.high is not None) - (one.high is not None)
        return self.order(one.high, other.high) or one.high_closed - other.high_closed

    def is_empty(self, interval: Interval) -> bool:
        """Whether no number lies in it."""
        if interval.low is None or interval.high is None:
            return False
        order = self.order(interval.low, interval.high)
        return order > 0 or (order == 0 and not (interval.low_closed and interval.high_closed))

    def union(self, intervals: Iterable[Interval]) -> Region:
        """The region that some intervals cover together."""
        found = list(intervals)
        if len(found) > _MAX_INTERVALS:
            raise Refused(f"more than {_MAX_INTERVALS} intervals")
        if len(found) > 1:
            found = sorted((i for i in found if not self.is_empty(i)), key=cmp_to_key(self.starts))
        merged: list[Interval] = []
        for interval in found:
            if merged and self.touch(merged[-1], interval):
                if self.ends(merged[-1], interval) < 0:
                    merged[-1] = merged[-1]._replace(high=interval.high, high_closed=interval.high_closed)
            else:
                merged.append(interval)
        return tuple(merged)

    def touch(self, first: Interval, second: Interval) -> bool:
        """Whether nothing lies between an interval and one that starts no earlier."""
        if first.high is None or second.low is None:
            return True
        order = self.order(second.low, first.high)
        return order < 0 or (order == 0 and (first.high_closed or second.low_closed))

    def intersection(self, one: Region, other: Region) -> Region:
        """What lies in both."""
        if len(one) * len(other) > _MAX_INTERVALS:
            raise Refused(f"more than {_MAX_INTERVALS} intervals")
        found: list[Interval] = []
        for a in one:
            for b in other:
                later = a if self.starts(a, b) > 0 else b
                earlier = a if self.ends(a, b) < 0 else b
                both = Interval(later.low, later.low_closed, earlier.high, earlier.high_closed)
                if not self.is_empty(both):
                    found.append(both)
        return self.union(found)

    def complement(self, region: Region) -> Region:
        """What lies outside."""
        found: list[Interval] = []
        low: Node | None = None
        closed = False
        for interval in region:
            if interval.low is not None:
                found.append(Interval(low, closed, interval.low, not interval.low_closed))
            low, closed = interval.high, not interval.high_closed
            if low is None:
                return tuple(found)
        return (*found, Interval(low, closed, None, False))

    def same(self, one: Region, other: Region) -> bool:
        """Whether two regions hold the same numbers."""
        if len(one) != len(other):
            return False
        return all(
            a.low_closed == b.low_closed
            and a.high_closed == b.high_closed
            and (a.low is None) == (b.low is None)
            and (a.high is None) == (b.high is None)
            and (a.low is None or b.low is None or self.order(a.low, b.low) == 0)
            and (a.high is None or b.high is None or self.order(a.high, b.high) == 0)
            for a, b in zip(one, other, strict=True)
        )

    def describe(self, node: Node) -> Described | None:
        """The region that a node stands for; None if it stands for none.

        A pair in round brackets counts as an open interval, and a finite set as its points.
        """
        if not isinstance(node, Apply):
            return None
        head, args = node.head, node.args
        if head in _BRACKETED or (head == "tuple" and len(args) == 2):
            return self.interval(head, *args)
        if head == "set":
            return Described(self.union(Interval(item, True, item, True) for item in args))
        if head == "domain":
            return Described(REALS) if args[0] == Name("R") else None
        if head in {"in", "such"}:
            inner = self.describe(args[1])
            if inner is None or not isinstance(args[0], Name) or inner.variable not in {None, args[0].name}:
                return None
            return Described(inner.region, args[0].name if head == "in" else None)
        if head == "chain":
            links = _between(node)
            if links is None:
                return None
            (low, variable), (_, high) = (link.args for link in links)
            lower = self.half(variable, low, MIRRORED[links[0].head])
            return self.combine("and", [lower, self.half(variable, high, links[1].head)])
        if head in RELATIONS:
            found = isolated(node)
            return None if found is None else self.half(Name(found[0]), found[2], found[1])
        if head in {"and", "or", "list", "union", "intersection", "difference"}:
            if head in {"or", "and", "list"} and not all(
                isinstance(part, Apply) and part.head in _CONDITIONS for part in args
            ):
                return None  # '(0,1) or [0,1]' names two sets and chooses neither
            return self.combine(head, [self.describe(part) for part in args])
        return None

    def interval(self, head: str, low: Node, high: Node) -> Described | None:
        """The interval between two ends."""
        if low == Name("oo") or (is_infinite(high) and high != Name("oo")):
            return None
        first, last = (None if is_infinite(end) else end for end in (low, high))
        closed = Interval(first, head in {"interval[]", "interval[)"}, last, head in {"interval[]", "interval(]"})
        if (first is None and closed.low_closed) or (last is None and closed.high_closed):
            return None
        return Described((closed,))

    def half(self, variable: Node, bound: Node, head: str) -> Described | None:
        """What `x > bound` says of x."""
        if not isinstance(variable, Name):
            return None
        name = variable.name
        if is_infinite(bound):  # x < ∞ says nothing
            return Described(REALS, name) if (bound == Name("oo")) == (head == "<") and head in {"<", ">"} else None
        if head == "=":
            return Described((Interval(bound, True, bound, True),), name)
        if head == "!=":
            return Described((Interval(None, False, bound, False), Interval(bound, False, None, False)), name)
        closed = head in {"<=", ">="}
        upper = head in {"<", "<="}
        return Described(
            (Interval(None, False, bound, closed) if upper else Interval(bound, closed, None, False),), name
        )

    def combine(self, head: str, parts: list[Described | None]) -> Described | None:
        """The region that several make together; a list means 'and' unless nothing is in all of them."""
        found = [part for part in parts if part is not None]
        names = {part.variable for part in found} - {None}
        if len(found) < len(parts) or len(names) > 1:
            return None
        name = next(iter(names), None)
        if head in {"or", "union"}:
            return Described(self.union(interval for part in found for interval in part.region), name)
        region = found[0].region
        for part in found[1:]:
            other = self.complement(part.region) if head == "difference" else part.region
            region = self.intersection(region, other)
        if head != "list":
            return Described(region, name)
        if not region:
            region = self.union(interval for part in found for interval in part.region)
        if any(self.same(region, part.region) for part in found):
            return None  # of 'x<5, x<3' one says nothing: which is meant isn't clear
        return Described(region, name)
