"""Percentages: parts, wholes, rates, changes and what was there before them."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple, TypeAlias, cast

import numpy as np

from reasoning_gym.checker.equality import guarded
from reasoning_gym.checker.rationals import Rational
from reasoning_gym.families.decimals import check_decimal, decimal
from reasoning_gym.families.derivations import Plan, Rule, check_derivation, plan, read_rules
from reasoning_gym.families.readings import spaced
from reasoning_gym.family import ANSWER_FORMAT, Family, family
from reasoning_gym.problem import Problem, Question, Verdict

_NUMBER_FORMAT = ANSWER_FORMAT.format(answer="the exact number as a decimal")
_RATE_FORMAT = ANSWER_FORMAT.format(answer="the number of percent, exactly")
_MOST_PLACES = 4  # of a number in a question

Changes: TypeAlias = "tuple[int, ...]"  # one after the other, in percent: 15 is a rise, -15 a fall


class _Asked(NamedTuple):
    """A question: `numbers` are what it says besides the changes, as decimals."""

    kind: str  # one of those in _TEXTS, or "change" or "before"
    numbers: tuple[str, ...]
    changes: Changes


# How each kind is asked, for a rate and one or two numbers.
_TEXTS = {
    "part": "What is {rate}% of {0}?",
    "whole": "{rate}% of what number is {0}?",
    "rate": "What percent of {0} is {1}?",
    "rise": "From {0} to {1}: a rise of what percent?",
    "fall": "From {0} to {1}: a fall of what percent?",
}
# A share is the rate over 100, a factor 1 plus or minus a share; both are at hand at once, and may be stated. So is 100
# plus or minus the rate where the number before a change is asked.
_PART = (
    "product = whole * rate; part = product / 100; hundredth = whole / 100; part = hundredth * rate; "
    "stated = rate / 100; part = whole * share; inverse = 100 / rate; part = whole / inverse; tenth = whole / 10; "
    "tens = rate / 10; part = tenth * tens"
)
_WHOLE = (
    "product = part * 100; whole = product / rate; hundredth = part / rate; whole = hundredth * 100; "
    "stated = rate / 100; whole = part / share; inverse = 100 / rate; whole = part * inverse"
)
_RATE = (
    "product = part * 100; rate = product / whole; share = part / whole; rate = share * 100; "
    "hundredth = whole / 100; rate = part / hundredth"
)
_RATIO = (
    f"{_RATE}; ratio = new / whole; percent = ratio * 100; hundredfold = new * 100; percent = hundredfold / whole; "
    "percent = new / hundredth; "
)
_RULES = {
    "part": _PART,
    "whole": _WHOLE,
    "rate": _RATE,
    "rise": f"part = new - whole; {_RATIO} rate = percent - 100; excess = ratio - 1; rate = excess * 100",
    "fall": f"part = whole - new; {_RATIO} rate = 100 - percent; excess = 1 - ratio; rate = excess * 100",
}
_CHANGE = (
    _PART + "; total = whole {sign} part; percent = 100 {sign} rate; scaled = whole * percent; total = scaled / 100; "
    "total = hundredth * percent; multiplier = percent / 100; multiplier = 1 {sign} share; total = whole * factor"
)
_BEFORE = (
    "percent = 100 {sign} rate; counted = 100 {sign} rate; product = total * 100; whole = product / percent; "
    "hundredth = total / percent; "
    "whole = hundredth * 100; stated = rate / 100; multiplier = percent / 100; multiplier = 1 {sign} share; "
    "whole = total / factor"
)

_KINDS = (("part",), ("part",), ("change",), ("rate", "whole"), ("rise", "fall"), ("before",), ("change",), ("before",))
_CHANGES = (1, 1, 1, 1, 1, 1, 2, 2)  # by level


@family(category="arithmetic", levels=8)
class Percentage(Family):
    """Work out a part, a whole, a rate, a number after changes in percent, or the one before them.

    Statement: `What is 15% of 80?`, `15% of what number is 12?`, `What percent of 80 is 12?`,
    `From 80 to 92: a rise of what percent?`, `Increase 80 by 15%, then decrease by 20%`, or
    `What number increased by 15% is 92?`.
    Thoughts: one calculation a line, with whole numbers before the division by 100: `80*15=1200`, `1200/100=12`.
    Answer: a decimal, worked out; where the rate is asked, with or without %. A fraction is incorrect, and so is a
    rate as a share of 1.
    Level: 1 parts that are whole numbers (380 different questions), 2 any parts, 3 one change, 4 rates and wholes,
    5 the rate of a change, 6 the number before a change, 7 two changes, 8 the number before two changes.
    Verified: by exact arithmetic.
    Checked step by step: a line must be a true calculation that works out, from numbers at hand, a quantity which
    is new: a product, a part, a hundredth, a share, a factor such as 1.15, a total. Several may be in one line.

        What is 15% of 80?
        80*15=1200
        1200/100=12
        Answer: 12
    """

    def generate(self, rng: np.random.Generator, level: int) -> Problem:
        while True:
            asked = _draw(rng, level)
            if asked is not None:
                break
        answer_format = _RATE_FORMAT if _is_rate_asked(asked) else _NUMBER_FORMAT
        question = Question(self.name, level, _statement(asked), answer_format, tuple(asked))
        return Problem(question, decimal(_value(asked)))

    def reference_thoughts(self, problem: Problem) -> tuple[str, ...]:
        return (*dict.fromkeys(_lines(_asked(problem.question))), f"Answer: {problem.answer}")

    def check_step(self, question: Question, thoughts: Sequence[str], step: str) -> Verdict:
        return check_derivation(_plan(_asked(question)), thoughts, step)

    def check_conclusion(self, question: Question, thoughts: Sequence[str], answer: str) -> Verdict:
        del thoughts
        asked = _asked(question)
        return guarded(lambda: check_decimal(_without_sign(answer) if _is_rate_asked(asked) else answer, _value(asked)))


def _asked(question: Question) -> _Asked:
    return _Asked(*cast("tuple[str, tuple[str, ...], Changes]", question.given))


def _is_rate_asked(asked: _Asked) -> bool:
    return asked.kind in {"rate", "rise", "fall"}


def _without_sign(answer: str) -> str:
    """A rate without its %."""
    text = spaced(answer)
    for sign in ("\\%", "%", "percent", "per cent"):
        if text.endswith(sign):
            return text.removesuffix(sign)
    return answer


def _draw(rng: np.random.Generator, level: int) -> _Asked | None:
    """A question of a level; None if its numbers have too many places."""
    draws = rng.random(6).tolist()
    kind = _KINDS[level - 1][int(draws[0] * len(_KINDS[level - 1]))]
    whole: Rational = 2 + int(draws[1] * 499)
    rates = [2 + int(draw * 98) for draw in draws[2:4]]
    if level == 1:
        whole, rates = 20 * (1 + int(draws[1] * 20)), [5 * (1 + int(draw * 19)) for draw in draws[2:4]]
    changes = tuple(rate if sign < 0.5 else -rate for rate, sign in zip(rates, draws[4:], strict=True))
    changes = changes[: _CHANGES[level - 1]]
    part = Fraction(whole * rates[0], 100)
    if kind == "part" or kind == "whole":
        return _Asked(kind, (decimal(whole if kind == "part" else part),), (rates[0],))
    if kind == "rate":
        return _Asked(kind, (str(whole), decimal(part)), ())
    if kind in {"rise", "fall"}:
        return _Asked(kind, (str(whole), decimal(whole + part if kind == "rise" else whole - part)), ())
    total = _changed(whole, changes)
    if (total * 10**_MOST_PLACES).denominator > 1 or len(set(map(abs, changes))) < len(changes):
        return None
    return _Asked(kind, (decimal(whole if kind == "change" else total),), changes)


def _changed(whole: Rational, changes: Changes) -> Fraction:
    total = Fraction(whole)
    for change in changes:
        total *= Fraction(100 + change, 100)
    return total


def _statement(asked: _Asked) -> str:
    kind, numbers, changes = asked
    if kind in _TEXTS:
        return _TEXTS[kind].format(*numbers, rate=changes[0] if changes else "")
    past = "d" if kind == "before" else ""
    verbs = [f"{'increase' if change > 0 else 'decrease'}{past} by {abs(change)}%" for change in changes]
    if kind == "change":
        verbs[0] = verbs[0].replace(" ", f" {numbers[0]} ", 1).capitalize()
        return ", then ".join(verbs)
    return f"What number {', then '.join(verbs)}{',' if len(verbs) > 1 else ''} is {numbers[0]}?"


def _value(asked: _Asked) -> Fraction:
    kind, numbers, changes = asked
    first, last = Fraction(numbers[0]), Fraction(numbers[-1])
    if kind == "part":
        return first * changes[0] / 100
    if kind == "whole":
        return first * 100 / changes[0]
    if kind == "rate":
        return last * 100 / first
    if kind in {"rise", "fall"}:
        return abs(last - first) * 100 / first
    return _changed(first, changes) if kind == "change" else first / _changed(1, changes)


def _lines(asked: _Asked) -> list[str]:
    """The calculations as a person would make them."""
    kind, numbers, changes = asked
    first, last = Fraction(numbers[0]), Fraction(numbers[-1])
    if kind == "part":
        return _part_lines(first, changes[0])
    if kind == "whole":
        return _quotient_lines(first, Fraction(changes[0]))
    if kind == "rate":
        return _quotient_lines(last, first)
    if kind in {"rise", "fall"}:
        high, low = max(first, last), min(first, last)
        return [_line(high, "-", low), *_quotient_lines(high - low, first)]
    lines: list[str] = []
    for change in changes if kind == "change" else reversed(changes):
        sign, rate = ("+" if change > 0 else "-"), abs(change)
        if kind == "change":
            lines += [*_part_lines(first, rate), _line(first, sign, first * rate / 100)]
            first *= Fraction(100 + change, 100)
        else:
            lines += [_line(Fraction(100), sign, Fraction(rate)), *_quotient_lines(first, Fraction(100 + change))]
            first *= Fraction(100, 100 + change)
    return lines


def _part_lines(whole: Fraction, rate: int) -> list[str]:
    return [_line(whole, "*", Fraction(rate)), _line(whole * rate, "/", Fraction(100))]


def _quotient_lines(part: Fraction, divisor: Fraction) -> list[str]:
    return [_line(part, "*", Fraction(100)), _line(part * 100, "/", divisor)]


def _line(left: Fraction, operation: str, right: Fraction) -> str:
    results = {"+": left + right, "-": left - right, "*": left * right, "/": left / right}
    return f"{decimal(left)}{operation}{decimal(right)}={decimal(results[operation])}"


def _plan(asked: _Asked) -> Plan:
    """What can be worked out on the way."""
    kind, numbers, changes = asked
    first, last = Fraction(numbers[0]), Fraction(numbers[-1])
    if kind in {"part", "whole"}:
        rate = changes[0]
        return plan(
            {"whole" if kind == "part" else "part": first, "rate": rate, "share": Fraction(rate, 100)},
            read_rules(_RULES[kind]),
        )
    if kind in _RULES:
        return plan({"whole": first, "part" if kind == "rate" else "new": last}, read_rules(_RULES[kind]))
    given: dict[str, Rational] = {"total0" if kind == "change" else f"total{len(changes)}": first}
    for place, change in enumerate(changes, 1):
        given[f"rate{place}"] = abs(change)
        given[f"share{place}"] = Fraction(abs(change), 100)
        if kind == "before":
            given[f"percent{place}"] = 100 + change
        given[f"factor{place}"] = Fraction(100 + change, 100)
    places = range(1, len(changes) + 1)
    rules = [_changes_rules(kind, place, changes[place - 1] > 0) for place in places]
    return plan(given, [rule for each in (rules if kind == "change" else reversed(rules)) for rule in each])


def _changes_rules(kind: str, place: int, rises: bool) -> list[Rule]:
    """The rules for one of several changes: its total is the next one's whole."""
    text = (_CHANGE if kind == "change" else _BEFORE).replace("{sign}", "+" if rises else "-")
    names = {"whole": f"total{place - 1}", "total": f"total{place}"}
    return [
        Rule(*(part if not part.isalpha() else names.get(part, f"{part}{place}") for part in rule))
        for rule in read_rules(text)
    ]
