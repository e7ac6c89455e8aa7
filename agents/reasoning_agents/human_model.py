"""How probable a thought process is to a model that has heard people only, as features of a critic.

Gehrmann et al. 2019, 'GLTR: Statistical Detection and Visualization of Generated Text', read off a language model how
unexpected each word is. Here the model has counted the n-grams of people's thoughts (`ngram_model`), and of no model's.

A text that was learned from is likelier than one like it that wasn't. So the questions are put into parts by their
text alone, and a process is measured by the model that has learned from people's thoughts about the questions of all
*other* parts. No text is measured by a model that has heard anybody on its question, whether the critic then learns
from it or scores it, and both are measured in the same way.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Self, TypeAlias

import numpy as np
from numpy.typing import NDArray

from reasoning_agents.ngram_model import NGramModel, Reading
from reasoning_agents.thought_features import Features, Text, read, tokens_of
from reasoning_gym.problem import State

Lines: TypeAlias = list[list[str]]  # the tokens of each thought

PARTS: Final = 5  # of the questions
_DIGIT = re.compile(r"\d")


def words(text: Text) -> Lines:
    """Words and marks, and of each number only where it comes from: the question, a result before it, or nowhere."""
    known = dict.fromkeys((each.result for each in text.calculations), "<result>") | dict.fromkeys(
        text.given, "<given>"
    )
    return [
        [known.get(token, "<number>") if token[0].isdigit() else token for token in tokens_of(line)]
        for line in text.lines
    ]


def characters(text: Text) -> Lines:
    """Characters, in lower case, all digits alike."""
    return [list(_DIGIT.sub("0", line.lower())) for line in text.lines]


KINDS: Final[Mapping[str, tuple[Callable[[Text], Lines], int]]] = {  # of tokens, and the order of their model
    "words": (words, 3),
    "characters": (characters, 5),
}


@dataclass(frozen=True)
class HumanModel:
    """A `Measure` of processes: what models make of them that have heard people, none on the same question."""

    kinds: tuple[str, ...]  # of `KINDS`
    models: Sequence[Mapping[str, NGramModel]]  # [PARTS], by kind: the one for a part's questions

    @classmethod
    def fit(cls, states: Sequence[State], kinds: Sequence[str]) -> Self:
        """Learn from people's processes, about more than one part's questions.

        Raises:
            ValueError: if nothing is left to learn from without some part's questions.
        """
        parts = [part(state.question.statement) for state in states]
        texts = [read(state) for state in states]
        models: list[Mapping[str, NGramModel]] = []
        for number in range(PARTS):
            heard = [text for text, other in zip(texts, parts, strict=True) if other != number and text.lines]
            if not heard:
                raise ValueError(f"people thought about {len(states)} questions; give more for a human-only model")
            models.append({kind: _learned(heard, kind) for kind in kinds})
        return cls(tuple(kinds), models)

    def __call__(self, states: Sequence[State]) -> NDArray[np.float64]:
        """What is measured of B processes, [B, F]; `names` has the columns."""
        rows = [list(self._measure(state).values()) for state in states]
        return np.array(rows, dtype=np.float64).reshape(len(rows), len(self.names))

    @property
    def names(self) -> list[str]:
        """What the columns are called."""
        return [f"{kind} {name}" for kind in self.kinds for name in likelihood([], KINDS[kind][1])]

    def _measure(self, state: State) -> Features:
        text, models = read(state), self.models[part(state.question.statement)]
        found: Features = {}
        for kind in self.kinds:
            tokens, order = KINDS[kind]
            seen = likelihood([models[kind].read(line) for line in tokens(text)], order)
            found |= {f"{kind} {name}": value for name, value in seen.items()}
        return found


def likelihood(readings: Sequence[Reading], order: int) -> Features:
    """What a model of this order makes of a process: log-probabilities a token, and how much it has never seen."""
    if not readings:
        readings = [Reading(np.zeros(1), np.full(1, order))]
    log_probs = np.concatenate([each.log_probs for each in readings])
    known = np.concatenate([each.known for each in readings])
    lines = [float(each.log_probs.mean()) for each in readings]
    return {
        "mean": float(log_probs.mean()),
        "sum": float(log_probs.sum()),
        "spread": float(log_probs.std()),
        "lowest_line": min(lines),
        "highest_line": max(lines),
        "first_line": lines[0],
        "last_line": lines[-1],
        "least": float(log_probs.min()),
        **{f"unseen_{length}": float((known < length).mean()) for length in range(1, order + 1)},
    }


def part(question: str) -> int:
    """Which part a question is in, by its text alone: below `PARTS`."""
    return hashlib.sha256(question.encode("utf-8", "surrogatepass")).digest()[0] % PARTS


def _learned(texts: Sequence[Text], kind: str) -> NGramModel:
    tokens, order = KINDS[kind]
    return NGramModel.fit([line for text in texts for line in tokens(text)], order)
