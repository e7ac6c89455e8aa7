"""The working of a word problem: what is calculated from its quantities, and whether a line is a part of that.

Every quantity carries, beside its value, the sum of products of the question's facts that it stands for. So a line
is judged by what its numbers mean: `3*4=12` is a step where 3 and 4 may stand for facts, or results of earlier lines,
whose product is a part of some result on the way to the answer. Each counts once, and only so many that aren't results
themselves are steps, so a trace can't go on for ever.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from typing import TypeAlias

from reasoning_gym.checker.equality import guarded
from reasoning_gym.checker.limits import Refused, Undefined, Unreadable, Work
from reasoning_gym.checker.rationals import Rational, divide
from reasoning_gym.checker.shapes import is_number, is_worked_out
from reasoning_gym.checker.syntax import Apply, Node, Number, parse
from reasoning_gym.families.numbers import number_of, operations, sides, value_of
from reasoning_gym.families.readings import plain
from reasoning_gym.family import Family
from reasoning_gym.problem import CORRECT, Problem, Question, Verdict, incorrect, unreadable

Monomial: TypeAlias = "tuple[tuple[str, int], ...]"  # quantities and their exponents, by name
Form: TypeAlias = "Mapping[Monomial, Rational]"  # a sum of products of facts, none with coefficient 0

_MAX_LINE = 200  # characters
_MAX_OPERATIONS = 12  # of a line
_MAX_READINGS = 64  # of a line that are tried as parts, its numbers standing for one fact or another
_WORK = 10_000  # terms that are added or multiplied for a line, in all its readings
_MAX_TERMS = 40  # of a form
_DETOURS = 2  # lines for each result on the way to the answer that come to something else
_SUM, _PRODUCT, _NUMBER = range(3)  # how tightly a text holds together


@dataclass(frozen=True, slots=True)
class Amount:
    """A quantity: its value, what it is made of, and the calculation that is left to do."""

    value: Fraction
    form: Form
    text: str
    binding: int = _NUMBER

    def __add__(self, other: Amount) -> Amount:
        text = f"{self.text}+{other.text}"
        return Amount(self.value + other.value, _sum(self.form, other.form), text, _SUM)

    def __sub__(self, other: Amount) -> Amount:
        text = f"{self.text}-{_held(other, _SUM + 1)}"
        return Amount(self.value - other.value, _sum(self.form, _scaled(other.form, -1)), text, _SUM)

    def __mul__(self, other: Amount) -> Amount:
        text = f"{_held(self, _PRODUCT)}*{_held(other, _NUMBER if '/' in other.text else _PRODUCT)}"
        return Amount(self.value * other.value, _product(self.form, other.form), text, _PRODUCT)

    def __truediv__(self, other: Amount) -> Amount:
        is_fraction = "/" in self.text and "*" not in self.text
        text = f"{_held(self, _NUMBER if is_fraction else _PRODUCT)}/{_held(other, _NUMBER)}"
        return Amount(self.value / other.value, _product(self.form, _inverse(other.form)), text, _PRODUCT)


class Workings:
    """Facts, and the lines that lead from them to the answer.

    Other lines that a person might write are also steps if their results are parts of those lines' results, or of
    what `aside` was told.
    """

    def __init__(self, *, money: bool = False) -> None:
        self.facts: list[Amount] = []
        self.results: list[Form] = []  # of the lines, and of other ways to the same answer
        self.lines: list[str] = []
        self.idle = False  # whether a line works out what was known
        self._stated: list[Form] = []  # what the lines work out
        self.money = money  # whether values are written with two places where they aren't whole

    def fact(self, value: int | Fraction) -> Amount:
        """A number that the question states, or that everyone knows, such as minutes in an hour."""
        amount = self._as_number(Fraction(value), {((f"f{len(self.facts):02}", 1),): 1})
        self.facts.append(amount)
        return amount

    def cents(self, value: int) -> Amount:
        """A sum of money that the question states, in dollars."""
        return self.fact(Fraction(value, 100))

    def percent(self, value: int) -> tuple[Amount, Amount]:
        """A percentage and the hundred that it is of; 0.2 and 0.8 are other ways to write 20% and what remains."""
        rate, hundred = self.fact(value), self.fact(100)
        share, one = rate / hundred, Amount(Fraction(1), {(): 1}, "1")
        self.facts += [share, one - share, one + share]
        return rate, hundred

    def step(self, calculation: Amount) -> Amount:
        """Write a line that works out a calculation; its result is a number to calculate with.

        A fraction in lowest terms needs no line.
        """
        result = self._as_number(calculation.value, calculation.form)
        if calculation.text != result.text:
            self.lines.append(f"{calculation.text}={result.text}")
            self.idle = self.idle or calculation.form in self._stated or result in self.facts
            self._stated.append(calculation.form)
        self.aside(calculation)
        return result

    def aside(self, *calculations: Amount) -> None:
        """Let calculations, and their parts, be steps as well."""
        self.results += [calculation.form for calculation in calculations]

    def _as_number(self, value: Fraction, form: Form) -> Amount:
        text = written(value, money=self.money)
        return Amount(value, form, text, _NUMBER if "/" not in text else _PRODUCT)


def written(value: Fraction, *, money: bool = False) -> str:
    """A value as a whole number, as dollars and cents, or as a fraction.

    >>> written(Fraction(7, 2)), written(Fraction(7, 2), money=True), written(Fraction(4))
    ('7/2', '3.50', '4')
    """
    cents = value * 100
    if money and value.denominator > 1 and cents.denominator == 1:
        return f"{cents.numerator // 100}.{cents.numerator % 100:02}"
    return str(value)


class WordProblem(Family):
    """A family whose questions are answered by calculations with the facts of a text; the answer is a number."""

    money = False  # whether numbers that aren't whole are dollars and cents
    dollars = False  # whether $ may stand before any number in a line

    @abstractmethod
    def workings(self, question: Question) -> tuple[Workings, Amount]:
        """The lines that work out a question, from what is given, and the answer."""

    def asks_for_dollars(self, question: Question) -> bool:
        """Whether the answer is a number of dollars, so that it may be written as `$3` or `3 dollars`."""
        del question
        return self.dollars

    def reference_thoughts(self, problem: Problem) -> tuple[str, ...]:
        workings, _ = self.workings(problem.question)
        return (*workings.lines, f"Answer: {problem.answer}")

    def check_conclusion(self, question: Question, thoughts: Sequence[str], answer: str) -> Verdict:
        del thoughts
        _, asked = self.workings(question)

        def decide() -> Verdict:
            text = plain(answer)
            if self.asks_for_dollars(question):
                text = text.removeprefix("\\$").removeprefix("$").removesuffix(" dollars")
            if ":" in text:
                return unreadable("a ratio isn't a number")
            node = parse(text)
            if not is_worked_out(node):
                return unreadable("one number was asked for, worked out")
            return CORRECT if number_of(node) == asked.value else incorrect("the values differ")

        return guarded(decide)

    def check_step(self, question: Question, thoughts: Sequence[str], step: str) -> Verdict:
        workings, _ = self.workings(question)

        def decide() -> Verdict:
            known = _Known(workings, dollars=self.dollars)
            for line in thoughts:
                known.learn(line)
            return known.add(step)

        return guarded(decide)


def writable(workings: Workings, statement: str) -> bool:
    """Whether no line says what another one or the question has said."""
    lines = workings.lines
    return not workings.idle and len(set(lines)) == len(lines) and not any(line in statement for line in lines)


class _Known:
    """What the numbers at hand may mean while a trace is read."""

    def __init__(self, workings: Workings, *, dollars: bool) -> None:
        self.results = workings.results
        self.detours = _DETOURS * len(self.results)  # so many are left
        self.dollars = dollars
        self.work = Work(_WORK)
        self.meanings: dict[Fraction, list[Form]] = {}
        for fact in workings.facts:
            self.meanings.setdefault(fact.value, []).append(fact.form)
        self.stated = {value: list(forms) for value, forms in self.meanings.items()}

    def learn(self, line: str) -> None:
        """Take in an earlier line; one that is no step teaches nothing."""
        try:
            self.add(line)
        except (Unreadable, Refused, Undefined):
            return

    def add(self, line: str) -> Verdict:
        """Take in a line if it is a step, and say whether it is.

        Raises:
            Unreadable, Refused, Undefined: if it states no calculation.
        """
        calculations, result = self.read(line)
        if any(value_of(calculation) != result for calculation in calculations):
            return incorrect(f"{line[:60]} is false")
        inner: dict[Fraction, list[Form]] = {}
        self.work = Work(_WORK)
        meanings = [self.forms(calculation, inner) for calculation in calculations]
        if not all(meanings):
            return incorrect("calculates with a number that is neither in the question nor the result of a line")
        parts = [form for form in meanings[0] if form in self.results]
        is_detour = not parts
        parts = parts or [form for form in meanings[0][:_MAX_READINGS] if self.is_part(form)]
        if not parts:
            return incorrect("its result is no part of any way to the answer")
        stated, opposites = self.stated.setdefault(result, []), self.stated.get(-result, [])
        news = [form for form in parts if form not in stated and _scaled(form, -1) not in opposites]
        if not news:
            return incorrect("says nothing new")
        if is_detour and not self.detours:
            return incorrect("there were too many lines that the way to the answer can do without")
        self.detours -= is_detour
        stated.append(news[0])  # one a line: the next line of the same result may mean another
        known = self.meanings.setdefault(result, [])
        known += [form for form in news if form not in known]
        return CORRECT

    def is_part(self, form: Form) -> bool:
        """Whether a form is a part of some result; a number such as 4/4, which stands for no quantity, is none."""
        return any(form) and any(_is_part(form, each) for each in self.results)

    def read(self, line: str) -> tuple[list[Node], Fraction]:
        """The calculations of a line, and the number that they come to."""
        if len(line) > _MAX_LINE:
            raise Refused(f"the line has {len(line)} characters, more than {_MAX_LINE}")
        nodes = sides(parse(line.replace("$", "") if self.dollars else line))
        if not is_worked_out(nodes[-1]):
            nodes.reverse()
        *calculations, result = nodes
        if not calculations or not is_worked_out(result):
            raise Unreadable("a calculation and its result were expected, such as 3*4=12")
        if not all(map(operations, calculations)) or result in calculations:
            raise Unreadable("a number that is worked out already is no calculation")
        if sum(map(operations, calculations)) > _MAX_OPERATIONS:
            raise Refused(f"more than {_MAX_OPERATIONS} operations in a line")
        return calculations, Fraction(value_of(result))

    def forms(self, node: Node, inner: dict[Fraction, list[Form]]) -> list[Form]:
        """What a calculation may mean; `inner` collects its own parts, for what follows in the line."""
        found: list[Form] = []
        if is_number(node):
            value = Fraction(value_of(node))
            for meanings in (self.meanings, inner):
                found += meanings.get(value, [])
                found += [_scaled(form, -1) for form in meanings.get(-value, [])]
        if isinstance(node, Apply) and node.head == "%":
            found += _combined("/", [self.forms(node.args[0], inner), self.meanings.get(Fraction(100), [])], self.work)
        if isinstance(node, Apply) and node.head in {"+", "*", "/", "neg"}:
            for spelling in (node, *_with_fraction(node)):
                choices = [self.forms(argument, inner) for argument in spelling.args]
                found += [form for form in _combined(spelling.head, choices, self.work) if form not in found]
            inner.setdefault(Fraction(value_of(node)), []).extend(found)
        return found


def _with_fraction(node: Apply) -> Iterator[Apply]:
    """What 18*2/3 is as well: 18 times the fraction."""
    product_, *divisor = node.args
    if node.head == "/" and isinstance(product_, Apply) and product_.head == "*" and isinstance(divisor[0], Number):
        *factors, last = product_.args
        if isinstance(last, Number):
            yield Apply("*", (*factors, Apply("/", (last, divisor[0]))))


def _combined(operation: str, choices: Sequence[Sequence[Form]], work: Work) -> list[Form]:
    """The forms that an operation has, each of its operands having one of some; without those that are too long.

    Raises:
        Refused: if there is too much to do.
    """
    first, *others = choices
    forms = [_scaled(form, -1) for form in first] if operation == "neg" else list(first)
    for other in others:
        found: dict[frozenset[tuple[Monomial, Rational]], Form] = {}
        for left, right in product(forms, other):
            work.spend(len(left) * len(right) if operation == "*" else len(left) + len(right))
            right = _inverse(right) if operation == "/" else right
            form = _sum(left, right) if operation == "+" else _product(left, right)
            if 0 < len(form) <= _MAX_TERMS:
                found.setdefault(frozenset(form.items()), form)
        forms = list(found.values())
    return forms


def _is_part(form: Form, whole: Form) -> bool:
    """Whether a form, or its opposite, times some product of quantities is a sum of terms of the whole."""
    term, coefficient = next(iter(form.items()))
    for target, other in whole.items():
        factor = _cofactor(term, target)
        if factor is not None:
            sign = 1 if (coefficient > 0) == (other > 0) else -1
            if all(_covers(whole, _times(each, factor), sign * size, each) for each, size in form.items()):
                return True
    return False


def _covers(whole: Form, target: Monomial, size: Rational, term: Monomial) -> bool:
    available = whole.get(target, 0)
    return (0 < size <= available or available <= size < 0) and _cofactor(term, target) is not None


def _cofactor(term: Monomial, target: Monomial) -> Monomial | None:
    """What a product is to be multiplied by to give another, if nothing cancels thereby."""
    wanted = dict(target)
    for name, exponent in term:
        most = wanted.get(name, 0)
        if abs(exponent) > abs(most) or (exponent > 0) != (most > 0):
            return None
        wanted[name] = most - exponent
    return tuple((name, exponent) for name, exponent in sorted(wanted.items()) if exponent)


def _times(one: Monomial, other: Monomial) -> Monomial:
    exponents = dict(one)
    for name, exponent in other:
        exponents[name] = exponents.get(name, 0) + exponent
    return tuple(sorted((name, exponent) for name, exponent in exponents.items() if exponent))


def _collected(terms: Iterable[tuple[Monomial, Rational]]) -> Form:
    total: dict[Monomial, Rational] = {}
    for monomial, coefficient in terms:
        total[monomial] = total.get(monomial, 0) + coefficient
    return {monomial: coefficient for monomial, coefficient in total.items() if coefficient}


def _sum(one: Form, other: Form) -> Form:
    return _collected([*one.items(), *other.items()])


def _scaled(form: Form, factor: int) -> Form:
    return {monomial: factor * coefficient for monomial, coefficient in form.items()}


def _product(one: Form, other: Form) -> Form:
    return _collected((_times(a, b), x * y) for a, x in one.items() for b, y in other.items())


def _inverse(form: Form) -> Form:
    """One over a form; a sum to be divided by is a quantity of its own."""
    if len(form) == 1:
        ((monomial, coefficient),) = form.items()
        return {tuple((name, -exponent) for name, exponent in monomial): divide(1, coefficient)}
    ordered = sorted(form.items())
    sign = 1 if ordered[0][1] > 0 else -1
    name = "+".join(f"{sign * coefficient}{monomial}" for monomial, coefficient in ordered)
    return {((name, -1),): sign}


def _held(amount: Amount, binding: int) -> str:
    """The text of an amount, in brackets unless it holds together as tightly as asked."""
    return amount.text if amount.binding >= binding else f"({amount.text})"
