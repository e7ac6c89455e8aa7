"""Chances of cards and hands from small decks."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple, cast

import numpy as np

from reasoning_gym.checker.syntax import Node
from reasoning_gym.families.counting import Factor, choose, plain, power, value_of, worked_out
from reasoning_gym.families.named_quantities import Exact, NamedQuantities, Quantities, is_equal_number
from reasoning_gym.family import ANSWER_FORMAT, family
from reasoning_gym.problem import Problem, Question

_FORMAT = ANSWER_FORMAT.format(answer="the exact fraction")
_SUITS = "ABCDE"


class _Hand(NamedTuple):
    """What a question says, and asks for."""

    low: int  # rank
    high: int  # rank
    suits: int
    cards: int  # that are drawn
    kind: str
    bound: int  # a rank or a number of cards; 0 where the kind has none

    @property
    def ranks(self) -> int:
        """How many ranks there are."""
        return self.high - self.low + 1

    @property
    def total(self) -> int:
        """How many cards the deck has."""
        return self.ranks * self.suits


class _Level(NamedTuple):
    kinds: tuple[str, ...]
    cards: tuple[int, int]  # least and most that are drawn


_LEVELS = (
    _Level(("rank from", "rank to", "suit and rank"), (1, 1)),
    _Level(("suit or rank", "neither"), (1, 1)),
    _Level(("one rank", "one suit", "apart", "all from"), (2, 2)),
    _Level(("one suit", "one rank", "ranks differ", "pair and one"), (3, 3)),
    _Level(("of suit", "some suit", "some rank"), (3, 5)),
    _Level(("two pairs", "one pair", "three and one", "ranks differ", "one suit"), (4, 4)),
    _Level(("full house", "three and two", "two pairs and one", "one pair", "one suit"), (5, 5)),
    _Level(("highest", "lowest", "consecutive", "at least of suit"), (3, 5)),
)

_TEXTS = {
    "rank from": "rank>={bound}",
    "rank to": "rank<={bound}",
    "suit and rank": "suit A and rank>={bound}",
    "suit or rank": "suit A or rank>={bound}",
    "neither": "neither suit A nor rank>={bound}",
    "one rank": "all of one rank",
    "one suit": "all of one suit",
    "apart": "different ranks and different suits",
    "all from": "both ranks>={bound}",
    "ranks differ": "all ranks different",
    "pair and one": "exactly two of one rank",
    "of suit": "exactly {bound} of suit A",
    "some suit": "at least one of suit A",
    "some rank": "at least one of rank {bound}",
    "two pairs": "two pairs of different ranks",
    "one pair": "exactly two of one rank, all others of different ranks",
    "three and one": "exactly three of one rank",
    "full house": "three of one rank, two of another",
    "three and two": "exactly three of one rank, the others of different ranks",
    "two pairs and one": "two pairs of different ranks, one card of a third rank",
    "highest": "highest rank={bound}",
    "lowest": "lowest rank={bound}",
    "consecutive": "ranks are consecutive, in any order and suits",
    "at least of suit": "at least {bound} of suit A",
}


@family(category="probability", levels=8)
class CardProbability(NamedQuantities):
    """Work out the chance of a card or a hand from a deck.

    Statement: `Deck: one card of each rank 2-8 in each suit A-C. Draw 2 at once. P(all of one rank)?`
    Thoughts: how many `ranks` and cards in `total`; the favourable `ways`, or the `others` where that is easier, of
    `all` choices C(n,k); and `P`. For one card also `suit`, `high` and `both`, which are in suit A, of the wanted
    ranks, and both; for sums `ways(2)` with two of the suit, and so on; for the highest rank the hands `within` the
    bound and those of them that stay away from it, `beyond`.
    Answer: the chance as one exact number; a fraction needn't be in lowest terms.
    Level: 1 and 2 one card (about 5,500 and 3,700 questions), 3 two cards (about 2,600), 4 three (about 1,100), 5 suits
    and ranks in hands of three to five (about 8,500), 6 hands of four (about 1,400), 7 hands of five (about 1,300), 8
    highest, lowest, consecutive ranks, and at least k of a suit.
    Verified: by counting choices.
    Checked step by step: a line is true and brings what it names nearer to a number.

        Deck: one card of each rank 2-8 in each suit A-C. Draw 1. P(rank>=5)?
        ranks=8-2+1=7
        total=7*3=21
        ways=4*3=12
        P=12/21
        Answer: 4/7
    """

    def generate(self, rng: np.random.Generator, level: int) -> Problem:
        while not _is_open(hand := _draw(_LEVELS[level - 1], rng.random(6).tolist())):
            pass
        event = _TEXTS[hand.kind].format(bound=hand.bound)
        deck = f"one card of each rank {hand.low}-{hand.high} in each suit A-{_SUITS[hand.suits - 1]}"
        draw = f"Draw {hand.cards}{' at once' if hand.cards > 1 else ''}"
        question = Question(self.name, level, f"Deck: {deck}. {draw}. P({event})?", _FORMAT, tuple(hand))
        return Problem(question, str(self.quantities(question).values["P"]))

    def reference_thoughts(self, problem: Problem) -> tuple[str, ...]:
        hand = _hand(problem.question)
        values = self.quantities(problem.question).values
        return (*_lines(hand, values), f"Answer: {problem.answer}")

    def quantities(self, question: Question) -> Quantities:
        return _quantities(_hand(question))

    def is_value(self, node: Node, value: Exact) -> bool:
        return is_equal_number(node, value)


def _hand(question: Question) -> _Hand:
    return _Hand(*cast("tuple[int, int, int, int, str, int]", question.given))


def _draw(level: _Level, draws: Sequence[float]) -> _Hand:
    """A hand that is neither impossible nor certain."""
    kind = level.kinds[int(draws[0] * len(level.kinds))]
    least, most = level.cards
    cards = least + int(draws[1] * (most - least + 1))
    suits = 2 + int(draws[2] * 4)
    if kind in {"one rank", "full house", "three and two", "three and one"}:
        suits = max(suits, 3)
    ranks = max(4, cards + 1) + int(draws[3] * 8)
    low = 1 + int(draws[4] * 9)
    hand = _Hand(low, low + ranks - 1, suits, cards, kind, 0)
    if kind in {"of suit", "at least of suit"}:
        bound = 1 + int(draws[5] * (cards - 1)) if kind == "of suit" else 2 + int(draws[5] * (cards - 2))
    elif kind in {"highest", "lowest"}:
        bound = low + 1 + int(draws[5] * (ranks - 2))
    elif "rank" in _TEXTS[kind] and "{bound}" in _TEXTS[kind]:
        bound = low + 1 + int(draws[5] * (ranks - 1)) if kind != "rank to" else low + int(draws[5] * (ranks - 1))
    else:
        bound = 0
    return hand._replace(bound=bound)


def _above(hand: _Hand) -> int:
    """How many ranks there are from the bound on."""
    return hand.high - hand.bound + 1


def _ways(hand: _Hand) -> list[Factor]:
    """The favourable choices, or for some kinds the others, as a product."""
    ranks, suits, cards = hand.ranks, hand.suits, hand.cards
    products: Mapping[str, Callable[[], list[Factor]]] = {
        "rank from": lambda: [plain(_above(hand)), plain(suits)],
        "rank to": lambda: [plain(hand.bound - hand.low + 1), plain(suits)],
        "suit and rank": lambda: [plain(_above(hand))],
        "neither": lambda: [plain(suits - 1), plain(hand.bound - hand.low)],
        "one rank": lambda: [plain(ranks), choose(suits, cards)],
        "one suit": lambda: [plain(suits), choose(ranks, cards)],
        "apart": lambda: [choose(ranks, 2), plain(suits), plain(suits - 1)],
        "all from": lambda: [choose(_above(hand) * suits, 2)],
        "ranks differ": lambda: [choose(ranks, cards), power(suits, cards)],
        "pair and one": lambda: [plain(ranks), choose(suits, 2), plain(ranks - 1), plain(suits)],
        "of suit": lambda: [choose(ranks, hand.bound), choose(hand.total - ranks, cards - hand.bound)],
        "some suit": lambda: [choose(hand.total - ranks, cards)],
        "some rank": lambda: [choose(hand.total - suits, cards)],
        "two pairs": lambda: [choose(ranks, 2), choose(suits, 2), choose(suits, 2)],
        "one pair": lambda: [plain(ranks), choose(suits, 2), choose(ranks - 1, cards - 2), power(suits, cards - 2)],
        "three and one": lambda: [plain(ranks), choose(suits, 3), plain(ranks - 1), plain(suits)],
        "full house": lambda: [plain(ranks), choose(suits, 3), plain(ranks - 1), choose(suits, 2)],
        "three and two": lambda: [plain(ranks), choose(suits, 3), choose(ranks - 1, 2), power(suits, 2)],
        "two pairs and one": lambda: [
            choose(ranks, 2), choose(suits, 2), choose(suits, 2), plain(ranks - 2), plain(suits)
        ],
        "consecutive": lambda: [plain(ranks - cards + 1), power(suits, cards)],
    }  # fmt: skip
    return products[hand.kind]()


def _parts(hand: _Hand) -> dict[str, list[Factor]]:
    """The products that a count is the sum or difference of, by name; one product is the count itself."""
    suits, cards, ranks = hand.suits, hand.cards, hand.ranks
    if hand.kind == "suit or rank":
        return {"suit": [plain(ranks)], "high": [plain(_above(hand)), plain(suits)], "both": [plain(_above(hand))]}
    if hand.kind in {"highest", "lowest"}:
        inside = hand.bound - hand.low + 1 if hand.kind == "highest" else _above(hand)
        return {"within": [choose(inside * suits, cards)], "beyond": [choose((inside - 1) * suits, cards)]}
    if hand.kind == "at least of suit":
        return {
            f"ways({number})": [choose(ranks, number), choose(hand.total - ranks, cards - number)][
                : 1 + (number < cards)
            ]
            for number in range(hand.bound, cards + 1)
        }
    return {"others" if hand.kind.startswith("some") else "ways": _ways(hand)}


def _is_open(hand: _Hand) -> bool:
    """Whether an event is neither impossible nor certain."""
    return _quantities(hand).values["P"] not in {0, 1}


def _every(hand: _Hand) -> int:
    """The number of hands, or of cards where one is drawn."""
    return math.comb(hand.total, hand.cards)


@lru_cache(maxsize=1024)
def _quantities(hand: _Hand) -> Quantities:
    values: dict[str, int] = {name: value_of(factors) for name, factors in _parts(hand).items()}
    counts = list(values.values())
    if hand.kind == "suit or rank":
        values["ways"] = counts[0] + counts[1] - counts[2]
    elif hand.kind in {"highest", "lowest"}:
        values["ways"] = counts[0] - counts[1]
    elif "others" in values:
        values["ways"] = _every(hand) - counts[0]
    else:
        values["ways"] = sum(counts)
    values["total"] = hand.total
    if hand.low > 1:
        values["ranks"] = hand.ranks
    if hand.cards > 1:
        values["all"] = _every(hand)
        values |= {
            factor.text: factor.value for factors in _parts(hand).values() for factor in factors if "C" in factor.text
        }
    every = {choose(hand.total, hand.cards).text: "all"} if hand.cards > 1 else {}
    return Quantities("P", {**values, "P": Fraction(values["ways"], _every(hand))}, every)


def _lines(hand: _Hand, values: Mapping[str, Exact]) -> list[str]:
    lines = [f"ranks={hand.high}-{hand.low}+1={hand.ranks}"] if hand.low > 1 else []
    lines.append(f"total={hand.ranks}*{hand.suits}={hand.total}")
    if hand.cards > 1:
        lines.append(f"all={worked_out([choose(hand.total, hand.cards)])}")
    parts = {name: factors for name, factors in _parts(hand).items() if value_of(factors)}
    lines += [f"{name}={worked_out(factors)}" for name, factors in parts.items()]
    if "ways" not in parts:
        counts = [str(value_of(factors)) for factors in parts.values()]
        lines.append(_combined(hand, counts, values["ways"]))
    return [*lines, f"P={values['ways']}/{_every(hand)}"]


def _combined(hand: _Hand, counts: Sequence[str], ways: object) -> str:
    """How the ways come from the counts before."""
    if hand.kind == "suit or rank":
        return f"ways={counts[0]}+{counts[1]}-{counts[2]}={ways}"
    if hand.kind.startswith("some"):
        return f"ways={_every(hand)}-{counts[0]}={ways}"
    sign = "-" if hand.kind in {"highest", "lowest"} else "+"
    return "=".join(dict.fromkeys(("ways", sign.join(counts), str(ways))))
