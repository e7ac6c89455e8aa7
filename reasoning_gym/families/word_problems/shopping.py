"""Shopping: what goods cost, what is taken off, what is paid and what is left."""

from __future__ import annotations

from typing import NamedTuple, TypeAlias, cast

import numpy as np

from reasoning_gym.families.chances import Chances
from reasoning_gym.families.wording import (
    PEOPLE,
    Person,
    Thing,
    a,
    counted,
    dollars,
    listing,
    sentence,
    things,
)
from reasoning_gym.families.workings import Amount, WordProblem, Workings, writable, written
from reasoning_gym.family import ANSWER_FORMAT, family
from reasoning_gym.problem import Problem, Question

Bill: TypeAlias = "tuple[tuple[tuple[int, int], ...], tuple[str, int], tuple[str, int]]"  # goods, discount, ending

_FORMAT = ANSWER_FORMAT.format(answer="the number of dollars")
_SHOPS = (
    ("grocery", things("apple, orange, lemon, peach, mango/mangoes, melon, pear, coconut, onion, pumpkin, cucumber")),
    ("stationer", things("pen, pencil, eraser, notebook, ruler, folder, marker, envelope, brush, stapler, calendar")),
    ("bakery", things("bun, muffin, cookie, bagel, pie, cake, roll, pretzel, tart, loaf of bread/loaves of bread")),
    ("toy shop", things("ball, kite, puzzle, doll, board game, toy car, card game, balloon, teddy bear, toy train")),
    ("bookshop", things("novel, comic, magazine, map, cookbook, dictionary, atlas, poster, bookmark, picture book")),
    ("clothes shop", things("hat, shirt, cap, belt, scarf/scarves, tie, sweater, apron, jacket, dress, umbrella")),
    ("garden centre", things("rose, tulip, flower pot, shovel, bag of soil/bags of soil, bush, cactus/cacti")),
)  # fmt: skip


class _Level(NamedTuple):
    kinds: int  # of goods
    cents: int  # prices are multiples of this
    discounts: tuple[str, ...]
    endings: tuple[str, ...]
    asides: int  # sentences with numbers that nothing depends on


_LEVELS = (
    _Level(1, 100, ("none",), ("total",), 0),
    _Level(1, 100, ("none",), ("change", "left"), 0),
    _Level(2, 50, ("none",), ("total", "change", "left", "short"), 0),
    _Level(2, 25, ("none", "coupon", "each"), ("change", "left", "share", "short", "weeks"), 1),
    _Level(3, 10, ("percent", "coupon"), ("change", "left", "share", "weeks"), 1),
    _Level(4, 5, ("percent", "tax"), ("change", "left", "share", "weeks"), 2),
)


@family(category="word_problems", levels=6)
class Shopping(WordProblem):
    """Work out what is paid, what comes back, or what is missing when somebody goes shopping.

    Statement: `Mia buys 3 pens at $4 each. How many dollars does she pay?`
    Thoughts: one calculation a line, with its result, in dollars.
    Answer: a number of dollars, exact; a dollar sign before it is allowed.
    Level: more kinds of goods (1 to 4), cents from level 3; from level 4 coupons, percentages, shares, several weeks,
        and sentences with numbers that nothing depends on. The most frequent answer pays 0.08 at level 1 and 0.11 at
        level 2, less than 0.03 above.
    Verified: by working the bill out again.
    Checked step by step: a line is a true calculation with numbers of the question or of earlier lines, whose result,
        by what the numbers mean, is a part of a way to the answer, and new.

        Mia buys 3 pens at $4 each. How many dollars does she pay?
        3*4=12
        Answer: 12
    """

    money = True
    dollars = True

    def generate(self, rng: np.random.Generator, level: int) -> Problem:
        chances = Chances(rng)
        while True:
            bill = _draw(chances, _LEVELS[level - 1])
            statement = _tell(chances, bill, _LEVELS[level - 1].asides)
            workings, asked = _work(bill)
            if asked.value > 0 and writable(workings, statement):
                break
        question = Question(self.name, level, statement, _FORMAT, bill)
        return Problem(question, written(asked.value, money=True))

    def workings(self, question: Question) -> tuple[Workings, Amount]:
        return _work(cast("Bill", question.given))


def _draw(chances: Chances, level: _Level) -> Bill:
    """Goods, a discount and an ending, every sum on the way in whole cents."""
    dearest = 900 if level.cents == 100 else 1_200
    while True:
        goods = tuple(
            (chances.whole(2, 9), level.cents * chances.whole(-(-200 // level.cents), dearest // level.cents))
            for _ in range(level.kinds)
        )
        discount = _chance_discount(chances, chances.pick(level.discounts))
        total = _to_pay(goods, discount)
        ending = _ending(chances, chances.pick(level.endings), total // 100)
        if total % 100 == 0 and (ending[0] != "share" or total // 100 % ending[1] == 0):
            return goods, discount, ending


def _chance_discount(chances: Chances, kind: str) -> tuple[str, int]:
    """A discount with its number: cents or percent."""
    if kind == "none":
        return kind, 0
    if kind == "coupon":
        return kind, 100 * chances.whole(1, 5)
    if kind == "each":
        return kind, 25 * chances.whole(2, 6)
    return kind, 5 * chances.whole(1, 4 if kind == "tax" else 10)


def _to_pay(goods: tuple[tuple[int, int], ...], discount: tuple[str, int]) -> int:
    """What is to be paid, in hundredths of a cent."""
    kind, rate = discount
    total = 100 * sum(count * price for count, price in goods)
    less = {"none": 0, "coupon": 100 * rate, "each": 100 * rate * goods[0][0]}
    return total - less[kind] if kind in less else total * (100 - rate if kind == "percent" else 100 + rate) // 100


def _ending(chances: Chances, kind: str, total: int) -> tuple[str, int]:
    """An ending with its number: cents, people or weeks. The total is in cents."""
    if kind in {"change", "left"}:
        bills = [cents for cents in (1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000) if cents > total]
        return kind, bills[0] if kind == "change" else (total // 100 + chances.whole(1, 40)) * 100
    if kind == "short":
        return kind, max(1, total // 100 - chances.whole(1, max(1, total // 200))) * 100
    return kind, 0 if kind == "total" else chances.whole(2, 6)


def _total(workings: Workings, goods: tuple[tuple[int, int], ...], discount: tuple[str, int]) -> Amount:
    """The lines that lead to what is to be paid."""
    kind, rate = discount
    off = workings.cents(rate) if kind == "each" else None
    costs: list[Amount] = []
    for place, (count, price) in enumerate(goods):
        number, each = workings.fact(count), workings.cents(price)
        if off is not None and place == 0:
            each = workings.step(each - off)
        costs.append(workings.step(number * each))
    total = costs[0]
    for cost in costs[1:]:
        total += cost
    if len(costs) > 1:
        total = workings.step(total)
    if kind == "coupon":
        total = workings.step(total - workings.cents(rate))
    elif kind in {"percent", "tax"}:
        percent, hundred = workings.percent(rate)
        part = workings.step(total * percent / hundred)
        remaining = hundred - percent if kind == "percent" else hundred + percent
        workings.aside(remaining, total * remaining)
        total = workings.step(total - part if kind == "percent" else total + part)
    return total


def _work(bill: Bill) -> tuple[Workings, Amount]:
    goods, discount, (ending, number) = bill
    workings = Workings(money=True)
    total = _total(workings, goods, discount)
    if ending in {"change", "left"}:
        total = workings.step(workings.cents(number) - total)
    elif ending == "short":
        total = workings.step(total - workings.cents(number))
    elif ending == "share":
        total = workings.step(total / workings.fact(number))
    elif ending == "weeks":
        total = workings.step(total * workings.fact(number))
    return workings, total


def _tell(chances: Chances, bill: Bill, asides: int) -> str:
    goods, discount, (ending, number) = bill
    who = chances.pick(PEOPLE)
    shop, wares = chances.pick(_SHOPS)
    bought = chances.several(wares, len(goods))
    told = [_purchase(chances, who, shop, ending, number) + f" {_goods(chances, goods, bought)}."]
    if discount[0] != "none":
        told.append(_discount(chances, who, discount, bought[0], weekly=ending == "weeks"))
    for aside in chances.several(_asides(chances, who, bought[-1]), asides):
        told.insert(chances.whole(1, len(told)), aside)
    return " ".join([*told, _question(chances, who, ending, number)])


def _purchase(chances: Chances, who: Person, shop: str, ending: str, number: int) -> str:
    """The sentence up to the goods, and what the buyer has where that matters."""
    subject = who.name
    before = "Every week, " if ending == "weeks" else ""
    if ending in {"left", "short"}:
        before = f"{who.name} has {dollars(number)}. "
        subject = sentence(who.they)
    walk = chances.pick(("", "", f" goes to the {shop} and", f" stops at the {shop} and"))
    return f"{before}{subject}{walk} {'wants to buy' if ending == 'short' else 'buys'}"


def _goods(chances: Chances, goods: tuple[tuple[int, int], ...], bought: list[Thing]) -> str:
    form = chances.pick(("{} at {} each", "{} for {} each", "{} that cost {} each", "{} at {} apiece"))
    lots = zip(goods, bought, strict=True)
    return listing([form.format(counted(count, thing), dollars(price)) for (count, price), thing in lots])


def _discount(chances: Chances, who: Person, discount: tuple[str, int], thing: Thing, *, weekly: bool) -> str:
    kind, rate = discount
    a_coupon, they_have = (
        f"Each time, {text}" if weekly else sentence(text) for text in ("a coupon", f"{who.they} has")
    )
    forms = {
        "coupon": (
            f"{a_coupon} takes {dollars(rate)} off the total.",
            f"{they_have} a coupon for {dollars(rate)} off the whole bill.",
        ),
        "each": (
            f"{a_coupon} takes {dollars(rate)} off the price of each {thing.one}.",
            f"There is {dollars(rate)} off the price of each {thing.one}.",
        ),
        "percent": (f"The shop takes {rate}% off the total.", f"{sentence(who.they)} gets {rate}% off the whole bill."),
        "tax": (f"A tax of {rate}% is added to the total.", f"The prices are without tax, which is {rate}%."),
    }
    return chances.pick(forms[kind])


def _asides(chances: Chances, who: Person, thing: Thing) -> list[str]:
    """Sentences with numbers that nothing depends on."""
    their = sentence(who.their)
    number = chances.whole(3, 30)
    return [
        f"The shop is {number} minutes away from {who.their} home.",
        f"There are {number} other customers in the shop.",
        f"{their} {chances.pick(('brother', 'sister', 'cousin', 'neighbour'))} is {number + 2} years old.",
        f"Last year, {chances.pick(('one', 'each'))} {thing.one} cost {dollars(5 * chances.whole(20, 180))}.",
        f"{sentence(a(chances.pick(('bag of rice', 'bottle of juice', 'newspaper'))))} costs "
        f"{dollars(25 * chances.whole(4, 20))}, but {who.they} doesn't take one.",
        f"The shop has been open for {number} years.",
    ]


def _question(chances: Chances, who: Person, ending: str, number: int) -> str:
    they = who.they
    if ending == "change":
        paid = f"with a {dollars(number)} bill" if number <= 10_000 else f"{dollars(number)} in cash"
        back = chances.pick((f"of change does {they} get", f"does {they} get back"))
        return f"{sentence(they)} pays {paid}. How many dollars {back}?"
    if ending == "share":
        group = f"{who.name} and {who.their} friends, {number} people in all,"
        return f"{group} split the bill evenly. How many dollars does each of them pay?"
    asked = {
        "total": ("How many dollars does {} pay?", "What does {} pay in all, in dollars?"),
        "left": ("How many dollars does {} have left?", "How many dollars are left?"),
        "short": ("How many more dollars does {} need?",),
        "weeks": (f"How many dollars does {{}} spend in {number} weeks?",),
    }[ending]
    return chances.pick(asked).format(they)
