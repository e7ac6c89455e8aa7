"""An n-gram language model by interpolated Kneser-Ney smoothing, and what it makes of lines of tokens.

Kneser and Ney 1995, 'Improved backing-off for m-gram language modeling'; in its interpolated form, Chen and Goodman
1999, 'An empirical study of smoothing techniques for language modeling', section 2.7. It learns by counting, in a
second or two.

Each line is read by itself, from its first token to its end. The time is linear in the tokens, whatever they are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from typing import Final, NamedTuple, Self, TypeAlias

import numpy as np
from numpy.typing import NDArray

Gram: TypeAlias = tuple[str, ...]

BEGIN: Final = "<begin>"  # stands before a line, as often as the longest context needs
END: Final = "<end>"  # is the last token of every line
_FALLBACK_DISCOUNT = 0.5  # where no n-gram of an order is there once or twice


class Reading(NamedTuple):
    """What a model makes of a line of T tokens and its end."""

    log_probs: NDArray[np.float64]  # [T + 1], natural logarithms
    known: NDArray[np.int64]  # [T + 1], how long an n-gram that ends here was learned; 0 for an unknown token


class _Order(NamedTuple):
    """The n-grams of one length."""

    counts: Counter[Gram]  # of the longest how often they were seen, of others how many tokens they were seen after
    totals: Counter[Gram]  # the sum of the counts that have a context
    followers: Counter[Gram]  # how many tokens were seen after a context
    discount: float  # that is taken off every count, in (0, 1]


class NGramModel:
    """Probabilities of the next token after those before it: 1 in all, over `vocabulary` and one unknown token."""

    def __init__(self, orders: Sequence[_Order]) -> None:
        """Take what was counted, the shortest n-grams first; `NGramModel.fit` counts."""
        self._orders = tuple(orders)

    @classmethod
    def fit(cls, lines: Collection[Sequence[str]], order: int) -> Self:
        """Learn from lines of tokens, with contexts of at most `order` - 1 tokens.

        Raises:
            ValueError: for an order below 1, or without lines.
        """
        if order < 1:
            raise ValueError(f"order is {order}; give at least 1")
        if not lines:
            raise ValueError("there are no lines to learn from; give at least one")
        counts = Counter(gram for line in lines for gram in _grams(line, order))
        orders = [_order(counts)]
        for _ in range(order - 1):
            counts = Counter(gram[1:] for gram in counts)  # of distinct n-grams: how many tokens come before the rest
            orders.append(_order(counts))
        return cls(orders[::-1])

    @property
    def order(self) -> int:
        """The length of its longest n-grams."""
        return len(self._orders)

    @property
    def vocabulary(self) -> list[str]:
        """The tokens that it knows, the end of a line among them."""
        return [token for (token,) in self._orders[0].counts]

    def read(self, line: Sequence[str]) -> Reading:
        """The log-probability of every token of a line and of its end, each after those before it."""
        found = [self._next(gram) for gram in _grams(line, self.order)]
        return Reading(np.log([probability for probability, _ in found]), np.array([known for _, known in found]))

    def _next(self, gram: Gram) -> tuple[float, int]:
        """The probability of an n-gram's last token after the others, and how long an end of it is known.

        What the discount takes off is shared out as the next shorter order says; the shortest shares it out evenly.
        """
        probability, known = 1 / (len(self._orders[0].counts) + 1), 0
        for length, (counts, totals, followers, discount) in enumerate(self._orders, 1):
            here = gram[-length:]
            total = totals[here[:-1]]
            if not total:
                break
            count = counts[here]
            shared = discount * followers[here[:-1]] / total
            probability = max(count - discount, 0.0) / total + shared * probability
            known = length if count else known
        return probability, known


def _grams(line: Sequence[str], order: int) -> Iterator[Gram]:
    """The n-grams that end at each token of a line and at its end."""
    padded = (*[BEGIN] * (order - 1), *line, END)
    return (padded[place : place + order] for place in range(len(padded) - order + 1))


def _order(counts: Counter[Gram]) -> _Order:
    """The n-grams of one length, with the discount of Ney, Essen and Kneser 1994."""
    totals: Counter[Gram] = Counter()
    followers: Counter[Gram] = Counter()
    for gram, count in counts.items():
        totals[gram[:-1]] += count
        followers[gram[:-1]] += 1
    often = Counter(counts.values())
    seldom = often[1] + 2 * often[2]
    return _Order(counts, totals, followers, often[1] / seldom if often[1] else _FALLBACK_DISCOUNT)
