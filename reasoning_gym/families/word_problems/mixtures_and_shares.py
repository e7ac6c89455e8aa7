"""Mixtures, shares and percentages: ratios, concentrations, discounts and profit."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from reasoning_gym.families.chances import Chances
from reasoning_gym.families.stories import Story, StoryFamily, ranges
from reasoning_gym.families.workings import Amount, Workings
from reasoning_gym.family import family
from reasoning_gym.problem import Question

_LIQUIDS = ("salt", "sugar", "acid", "alcohol", "vinegar", "syrup")
_PAIRS = (
    ("red paint", "white paint"), ("orange juice", "water"), ("cement", "sand"), ("flour", "sugar"), ("oil", "vinegar"),
    ("oats", "raisins"), ("peanuts", "almonds"), ("milk", "cocoa"),
)  # fmt: skip
_GOODS = ("jacket", "bicycle", "lamp", "radio", "table", "watch", "camera", "suitcase", "guitar", "chair")


@family(category="word_problems", levels=6)
class MixturesAndShares(StoryFamily):
    """Work out shares of a ratio, percentages, concentrations of mixtures, discounts and profit.

    Statement: `A jacket costs $80. Its price is reduced by 25%. How many dollars does it cost now?`
    Thoughts: one calculation a line, with its result; numbers that aren't whole are fractions.
    Answer: a number, exact; the question says of what.
    Level: 1 one percentage or part, 2 shares of a ratio, 3 prices after a change, 4 two changes and ratios of three, 5
        mixing two solutions, 6 what to add, and working back from a result.
    Verified: by working it out again.
    Checked step by step: a line is a true calculation with numbers of the question or of earlier lines, whose result,
        by what the numbers mean, is a part of a way to the answer, and new.

        132 students of a school come by bus. That is 66% of all its students. How many students are there?
        132*100/66=200
        Answer: 200
    """

    dollars = True

    def stories(self) -> Mapping[str, Story]:
        return _STORIES

    def kinds(self, level: int) -> Sequence[str]:
        return _KINDS[level - 1]

    def asks_for_dollars(self, question: Question) -> bool:
        return "ow many dollars" in question.statement

    def words(self, chances: Chances) -> Mapping[str, object]:
        first, second = chances.pick(_PAIRS)
        return {"solute": chances.pick(_LIQUIDS), "first": first, "second": second, "good": chances.pick(_GOODS)}


def _percent_of(work: Workings, whole: Amount, rate: Amount) -> Amount:
    """The part of a whole that a percentage is."""
    return work.step(whole * rate / work.fact(100))


def _part(work: Workings, n: Sequence[Amount]) -> Amount:
    return _percent_of(work, n[0], n[1])


def _rate(work: Workings, n: Sequence[Amount]) -> Amount:
    """How many percent of n[1] n[0] is."""
    return work.step(n[0] * work.fact(100) / n[1])


def _whole(work: Workings, n: Sequence[Amount]) -> Amount:
    """What n[0] is n[1] percent of."""
    return work.step(n[0] * work.fact(100) / n[1])


def _share(work: Workings, n: Sequence[Amount]) -> Amount:
    """The first share of n[0] in the ratio of the others."""
    return work.step(work.step(n[0] / _parts(work, n[1:])) * n[1])


def _parts(work: Workings, ratio: Sequence[Amount]) -> Amount:
    parts = ratio[0]
    for each in ratio[1:]:
        parts += each
    return work.step(parts)


def _other_share(work: Workings, n: Sequence[Amount]) -> Amount:
    """The second of two in the ratio n[1] to n[2], the first being n[0]."""
    return work.step(work.step(n[0] / n[1]) * n[2])


def _total_from_share(work: Workings, n: Sequence[Amount]) -> Amount:
    return work.step(work.step(n[0] / n[1]) * _parts(work, n[1:]))


def _share_from_difference(work: Workings, n: Sequence[Amount]) -> Amount:
    """The greater share, which is n[1] parts and n[0] more than the other of n[2] parts."""
    return work.step(work.step(n[0] / work.step(n[1] - n[2])) * n[1])


def _changed(work: Workings, whole: Amount, rate: int, sign: int) -> Amount:
    """A whole that grows or shrinks by a percentage."""
    percent, hundred = work.percent(rate)
    remaining = hundred + percent if sign > 0 else hundred - percent
    work.aside(remaining, whole * remaining)
    part = work.step(whole * percent / hundred)
    return work.step(whole + part if sign > 0 else whole - part)


def _reduced(work: Workings, n: Sequence[Amount]) -> Amount:
    return _changed(work, n[0], int(n[1].value), -1)


def _increased(work: Workings, n: Sequence[Amount]) -> Amount:
    return _changed(work, n[0], int(n[1].value), 1)


def _up_and_down(work: Workings, n: Sequence[Amount]) -> Amount:
    return _changed(work, _increased(work, n), int(n[2].value), -1)


def _down_twice(work: Workings, n: Sequence[Amount]) -> Amount:
    return _changed(work, _reduced(work, n), int(n[2].value), -1)


def _profit(work: Workings, n: Sequence[Amount]) -> Amount:
    """The profit on n[0] pieces bought at n[1] and sold at n[2]."""
    work.aside(n[2] * n[0] - n[1] * n[0])
    return work.step(work.step(n[2] - n[1]) * n[0])


def _profit_rate(work: Workings, n: Sequence[Amount]) -> Amount:
    """How many percent more n[1] is than n[0]."""
    return work.step(work.step(n[1] - n[0]) * work.fact(100) / n[0])


def _concentration(work: Workings, n: Sequence[Amount]) -> Amount:
    """Of n[0] of one solution with n[1] percent and n[2] of another with n[3] percent."""
    hundred = work.fact(100)
    pure = work.step(work.step(n[0] * n[1] / hundred) + work.step(n[2] * n[3] / hundred))
    work.aside((n[0] * n[1] + n[2] * n[3]) / (n[0] + n[2]))
    return work.step(pure * hundred / work.step(n[0] + n[2]))


def _diluted(work: Workings, n: Sequence[Amount]) -> Amount:
    """The concentration of n[0] with n[1] percent after n[2] of water is added."""
    hundred = work.fact(100)
    pure = work.step(n[0] * n[1] / hundred)
    return work.step(pure * hundred / work.step(n[0] + n[2]))


def _mixed_price(work: Workings, n: Sequence[Amount]) -> Amount:
    """The price of a kilogram of n[0] at n[1] and n[2] at n[3]."""
    return work.step(work.step(work.step(n[0] * n[1]) + work.step(n[2] * n[3])) / work.step(n[0] + n[2]))


def _water_to_add(work: Workings, n: Sequence[Amount]) -> Amount:
    """How much water makes n[0] with n[1] percent into one with n[2] percent."""
    hundred = work.fact(100)
    pure = work.step(n[0] * n[1] / hundred)
    return work.step(work.step(pure * hundred / n[2]) - n[0])


def _strong_to_add(work: Workings, n: Sequence[Amount]) -> Amount:
    """How much with n[3] percent makes n[0] with n[1] percent into one with n[2] percent."""
    missing = work.step(n[0] * work.step(n[2] - n[1]))
    return work.step(missing / work.step(n[3] - n[2]))


def _before_reduction(work: Workings, n: Sequence[Amount]) -> Amount:
    """What is n[0] after a reduction by n[1] percent."""
    hundred = work.fact(100)
    return work.step(n[0] * hundred / work.step(hundred - n[1]))


def _before_increase(work: Workings, n: Sequence[Amount]) -> Amount:
    hundred = work.fact(100)
    return work.step(n[0] * hundred / work.step(hundred + n[1]))


def _percentage(chances: Chances) -> tuple[int, ...]:
    whole, rate = 5 * chances.whole(4, 160), chances.whole(2, 95)
    return (whole, rate) if whole * rate % 100 == 0 and whole != 100 else ()


def _rate_of(chances: Chances) -> tuple[int, ...]:
    numbers = _percentage(chances)
    return (numbers[0] * numbers[1] // 100, numbers[0]) if numbers else ()


def _whole_of(chances: Chances) -> tuple[int, ...]:
    numbers = _percentage(chances)
    return (numbers[0] * numbers[1] // 100, numbers[1]) if numbers else ()


def _coprime(chances: Chances, count: int) -> list[int]:
    """Different parts of a ratio in lowest terms."""
    while True:
        parts = chances.several(range(2, 10), count)
        if math.gcd(*parts) == 1:
            return parts


def _ratio(chances: Chances) -> tuple[int, ...]:
    one, other = _coprime(chances, 2)
    return chances.whole(3, 30) * (one + other), one, other


def _ratio_and_share(chances: Chances) -> tuple[int, ...]:
    one, other = _coprime(chances, 2)
    return chances.whole(3, 30) * one, one, other


def _ratio_and_difference(chances: Chances) -> tuple[int, ...]:
    less, more = sorted(_coprime(chances, 2))
    return (chances.whole(3, 30) * (more - less), more, less) if more - less > 1 else ()


def _ratio_of_three(chances: Chances) -> tuple[int, ...]:
    parts = _coprime(chances, 3)
    return (chances.whole(3, 20) * sum(parts), *parts)


def _change(chances: Chances) -> tuple[int, ...]:
    price, rate = 20 * chances.whole(2, 25), 5 * chances.whole(1, 12)
    return price, rate


def _two_changes(chances: Chances) -> tuple[int, ...]:
    price, one, other = 100 * chances.whole(1, 9), 10 * chances.whole(1, 5), 10 * chances.whole(1, 5)
    return price, one, other


def _purchase(chances: Chances) -> tuple[int, ...]:
    price = chances.whole(5, 40)
    return chances.whole(4, 40), price, price + chances.whole(2, 20)


def _sale(chances: Chances) -> tuple[int, ...]:
    price, rate = _change(chances)
    return (price, price + price * rate // 100) if price * rate % 100 == 0 else ()


def _two_solutions(chances: Chances) -> tuple[int, ...]:
    one, other = chances.several(range(5, 65, 5), 2)
    return 2 * chances.whole(1, 15), one, 2 * chances.whole(1, 15), other


def _solution_and_water(chances: Chances) -> tuple[int, ...]:
    return 2 * chances.whole(2, 20), 5 * chances.whole(2, 12), 2 * chances.whole(1, 15)


def _to_be_diluted(chances: Chances) -> tuple[int, ...]:
    weak, strong = sorted(chances.several(range(5, 65, 5), 2))
    return 2 * chances.whole(2, 25), strong, weak


def _to_be_strengthened(chances: Chances) -> tuple[int, ...]:
    weak, wanted, strong = sorted(chances.several(range(5, 85, 5), 3))
    return 2 * chances.whole(2, 25), weak, wanted, strong


def _result_of_change(chances: Chances, sign: int) -> tuple[int, ...]:
    price, rate = _change(chances)
    result = price * (100 + sign * rate)
    return (result // 100, rate) if result % 100 == 0 else ()


def _reduced_to(chances: Chances) -> tuple[int, ...]:
    return _result_of_change(chances, -1)


def _increased_to(chances: Chances) -> tuple[int, ...]:
    return _result_of_change(chances, 1)


# fmt: off
_STORIES = {
    "part": Story((
        "{A} has {0} liters of a {solute} solution that is {1}% {solute}. How many liters of {solute} are in it?",
        "A school has {0} students. {1}% of them come by bus. How many students come by bus?",
        "{A} saves {1}% of {0} dollars. How many dollars does {A.they} save?",
    ), _percentage, _part),
    "rate": Story((
        "{0} of the {1} students of a school come by bus. What percentage of the students is that?",
        "{A} has read {0} of the {1} pages of a book. What percentage of the pages has {A.they} read?",
    ), _rate_of, _rate, "percent, without the sign"),
    "whole": Story((
        "{0} students of a school come by bus. That is {1}% of all its students. How many students are there?",
        "{A} has read {0} pages, which is {1}% of {A.their} book. How many pages does the book have?",
    ), _whole_of, _whole),
    "share": Story((
        "{A} and {B} share ${0} in the ratio {1}:{2}. How many dollars does {A} get?",
        "{first} and {second} are mixed in the ratio {1}:{2}. How many kg of {first} are in {0} kg of the mixture?",
        "For {1} cups of {first}, a mix needs {2} cups of {second}. How many cups of {first} are in {0} cups of it?",
    ), _ratio, _share),
    "other_share": Story((
        "{first} and {second} are mixed in the ratio {1}:{2}. How many kg of {second} go with {0} kg of {first}?",
        "{A} and {B} share some money in the ratio {1}:{2}. {A} gets ${0}. How many dollars does {B} get?",
    ), _ratio_and_share, _other_share),
    "total_from_share": Story((
        "{A} and {B} share some money in the ratio {1}:{2}. {A} gets ${0}. How many dollars do they share?",
        "{first} and {second} are mixed in the ratio {1}:{2}. "
        "How many kilograms of the mixture can be made with {0} kg of {first}?",
    ), _ratio_and_share, _total_from_share),
    "reduced": Story((
        "A {good} costs ${0}. Its price is reduced by {1}%. How many dollars does it cost now?",
        "{A} buys a {good} for {1}% less than its usual price of ${0}. How many dollars does {A.they} pay?",
    ), _change, _reduced, "dollars"),
    "increased": Story((
        "A {good} costs ${0}. Its price rises by {1}%. How many dollars does it cost then?",
        "{A} buys a {good} for ${0} and sells it at a profit of {1}%. For how many dollars does {A.they} sell it?",
    ), _change, _increased, "dollars"),
    "profit": Story((
        "{A} buys {0} toys at ${1} each and sells them all at ${2} each. "
        "How many dollars of profit does {A.they} make?",
    ), _purchase, _profit, "dollars"),
    "up_and_down": Story((
        "The price of a {good} is ${0}. It is raised by {1}%, and later the new price is reduced by {2}%. "
        "How many dollars does the {good} cost in the end?",
    ), _two_changes, _up_and_down, "dollars"),
    "down_twice": Story((
        "A {good} costs ${0}. It is reduced by {1}% in a sale, and members get another {2}% off the sale price. "
        "How many dollars does a member pay?",
    ), _two_changes, _down_twice, "dollars"),
    "share_of_three": Story((
        "{A}, {B} and {C} share ${0} in the ratio {1}:{2}:{3}. How many dollars does {A} get?",
    ), _ratio_of_three, _share, "dollars"),
    "share_from_difference": Story((
        "{A} and {B} share some money in the ratio {1}:{2}. {A} gets ${0} more than {B}. "
        "How many dollars does {A} get?",
    ), _ratio_and_difference, _share_from_difference, "dollars"),
    "profit_rate": Story((
        "{A} buys a {good} for ${0} and sells it for ${1}. What is {A.their} profit, in percent of the price that "
        "{A.they} paid?",
    ), _sale, _profit_rate, "percent, without the sign"),
    "concentration": Story((
        "{A} mixes {0} liters of a {1}% {solute} solution with {2} liters of a {3}% {solute} solution. "
        "What percentage of the mixture is {solute}?",
    ), _two_solutions, _concentration, "percent, without the sign"),
    "diluted": Story((
        "{A} adds {2} liters of water to {0} liters of a {1}% {solute} solution. What percentage of the result is "
        "{solute}?",
    ), _solution_and_water, _diluted, "percent, without the sign"),
    "mixed_price": Story((
        "{A} mixes {0} kg of tea at ${1} per kilogram with {2} kg of tea at ${3} per kilogram. "
        "How many dollars is a kilogram of the mixture worth?",
    ), ranges((2, 20), (5, 30), (2, 20), (5, 30)), _mixed_price, "dollars"),
    "water_to_add": Story((
        "How many liters of water must {A} add to {0} liters of a {1}% {solute} solution to make it a {2}% solution?",
    ), _to_be_diluted, _water_to_add, "liters"),
    "strong_to_add": Story((
        "How many liters of a {3}% {solute} solution must {A} add to {0} liters of a {1}% {solute} solution to get "
        "a {2}% solution?",
    ), _to_be_strengthened, _strong_to_add, "liters"),
    "before_reduction": Story((
        "After a reduction by {1}%, a {good} costs ${0}. How many dollars did it cost before?",
    ), _reduced_to, _before_reduction, "dollars"),
    "before_increase": Story((
        "{A} sells a {good} for ${0}, which is {1}% more than {A.they} paid for it. How many dollars did {A.they} pay?",
    ), _increased_to, _before_increase, "dollars"),
}
# fmt: on
_KINDS = (
    ("part", "rate", "whole"),
    ("share", "other_share", "total_from_share"),
    ("reduced", "increased", "profit"),
    ("up_and_down", "down_twice", "share_of_three", "share_from_difference", "profit_rate"),
    ("concentration", "diluted", "mixed_price"),
    ("water_to_add", "strong_to_add", "before_reduction", "before_increase"),
)
