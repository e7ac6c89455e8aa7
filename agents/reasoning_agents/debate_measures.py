"""How a challenger of debates is measured: what it makes of chains of which is known what is true."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from itertools import groupby
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from reasoning_agents.challenger import WRONG, best_action, first_wrong
from reasoning_agents.judging import Choice, Lesson, areas
from reasoning_agents.roc import BOOTSTRAPS, auc, interval
from reasoning_agents.self_consistency import majority
from reasoning_gym.problem import CORRECT
from reasoning_gym.selfplay.reasoning_debate import ACCEPT, NO_ANSWER_STATED, Judgement, payoff


class Heard(NamedTuple):
    """A chain of thoughts about a problem, and what is true of it."""

    problem: int  # its index
    kind: str  # of prover: "reference", "planted", "sampled" or "greedy"
    answer: str | None  # that it states
    right: bool  # whether that is right
    first_wrong: int  # the number of the first wrong thought, from 1; 0 if none is
    judged: Lesson  # its thoughts, [n]

    @property
    def log_prob(self) -> float:
        """Log-probability of all its thoughts by the policy, at temperature 1."""
        return sum(each.log_prob for each in self.judged)

    @property
    def learned(self) -> Lesson:
        """Its thoughts up to the first wrong one."""
        return self.judged[: self.first_wrong] if self.first_wrong else self.judged


class Reply(NamedTuple):
    """What the challenger makes of a chain."""

    heard: Heard
    log_odds: NDArray[np.float64]  # [n], that each thought is right if those before it are
    all_right: float  # logarithm of the probability that all are
    action: int  # 0 accepts

    @property
    def accepted(self) -> bool:
        """Whether there is an answer and it is believed."""
        return self.action == ACCEPT and self.heard.answer is not None

    @property
    def won(self) -> float:
        """What the challenger has won."""
        if self.heard.answer is None:
            return 0.0 - NO_ANSWER_STATED
        return 0.0 - payoff(Judgement(CORRECT if self.heard.right else WRONG, self.heard.first_wrong), self.action)


def reply(heard: Heard, log_odds: NDArray[np.float64]) -> Reply:
    """What a challenger does that gives a chain's thoughts these log-odds [n]."""
    all_right = -float(np.logaddexp(0.0, -log_odds).sum())
    return Reply(heard, log_odds, all_right, best_action(first_wrong(log_odds)))


Statistic: TypeAlias = Callable[[NDArray[Any]], float]  # of the problems' weights, [P]


class Figures:
    """Figures of problems, each with its interval by the same bootstrap over them."""

    def __init__(self, problems: Sequence[int], rng: np.random.Generator) -> None:
        self.place = {problem: place for place, problem in enumerate(problems)}
        count = len(self.place)
        self.draws = rng.multinomial(count, np.full(count, 1 / count), size=BOOTSTRAPS)
        self.found: dict[str, float] = {}

    def add(self, name: str, statistic: Statistic) -> None:
        """Add a figure; nothing where there is none, such as a mean of nothing."""
        value = statistic(np.ones(len(self.place)))
        if not math.isnan(value):
            self.found |= interval(name, value, [statistic(weights) for weights in self.draws], len(self.place))

    def mean(self, some: Sequence[Reply], of: Callable[[Reply], float]) -> Statistic:
        """The mean of a number of some chains."""
        place, values = self._places(some), np.array([of(each) for each in some], dtype=np.float64)
        return lambda weights: _ratio(float(weights[place] @ values), float(weights[place].sum()))

    def area(self, right: Sequence[Reply], wrong: Sequence[Reply]) -> Statistic:
        """The area under the ROC curve of how probably all of a chain is right."""
        place = self._places([*right, *wrong])
        scores = np.array([each.all_right for each in (*right, *wrong)])
        labels = np.arange(len(scores)) < len(right)
        return lambda weights: auc(scores, labels, weights[place])

    def _places(self, some: Sequence[Reply]) -> NDArray[np.int64]:
        return np.array([self.place[each.heard.problem] for each in some], dtype=np.int64)


def measure(replies: Sequence[Reply], rng: np.random.Generator) -> dict[str, float]:
    """The figures that the docstring of `debate` names, of replies to chains of all kinds about the same problems.

    Args:
        replies: those about a problem follow one another; of greedy and of reference chains there is one of each.
        rng: draws the bootstrap.
    """
    kinds: dict[str, list[Reply]] = {kind: [] for kind in ("reference", "planted", "sampled", "greedy")}
    for each in replies:
        kinds[each.heard.kind].append(each)
    figures = Figures(list(dict.fromkeys(each.heard.problem for each in replies)), rng)
    return {
        **_thought_areas(kinds["reference"], kinds["planted"], rng),
        **_as_challenger(figures, kinds),
        **_as_filter(figures, kinds),
    }


def _thought_areas(references: Sequence[Reply], planted: Sequence[Reply], rng: np.random.Generator) -> dict[str, float]:
    """Areas of planted thoughts and of the reference's up to that place."""
    reference = {each.heard.problem: each for each in references}
    choices: list[Choice] = []
    scores: list[float] = []
    for each in planted:
        right, last = reference[each.heard.problem], each.heard.first_wrong
        for step in range(1, last + 1):
            both = [right, each] if step == last else [right]
            choices.append(Choice(each.heard.problem, step, tuple(one.heard.judged[step - 1] for one in both)))
            scores += [float(one.log_odds[step - 1]) for one in both]
    by_policy = [judged.log_prob for choice in choices for judged in choice.judged]
    found = areas(choices, np.array(scores), rng)
    alone = areas(choices, np.array(by_policy), rng)
    return {**found, **{f"policy_{name}": value for name, value in alone.items() if "step" not in name}}


def _as_challenger(figures: Figures, kinds: Mapping[str, Sequence[Reply]]) -> dict[str, float]:
    """How the challenger does in debates."""
    references, planted, sampled = kinds["reference"], kinds["planted"], kinds["sampled"]
    stated = [each for each in sampled if each.heard.answer is not None]
    right = [each for each in stated if not each.heard.first_wrong]
    figures.add("chain_auc", figures.area(references, planted))
    figures.add("sampled_auc", figures.area(right, [each for each in stated if each.heard.first_wrong]))
    figures.add("found", figures.mean(planted, _found))
    figures.add("false_accusations", figures.mean(references, lambda each: each.action != ACCEPT))
    liars = [min(some, key=lambda each: each.won) for some in _replies_by_problem(sampled)]
    for name, some in (("honest", references), ("planted", planted), ("sampled", sampled), ("liar", liars)):
        figures.add(f"{name}_payoff", figures.mean(some, lambda each: each.won))
    return figures.found


def _found(planted: Reply) -> float:
    """1 if the planted error is pointed at when nothing is shown of what comes after it, else 0."""
    place = planted.heard.first_wrong
    return float(best_action(first_wrong(planted.log_odds[:place])) == place)


def _as_filter(figures: Figures, kinds: Mapping[str, Sequence[Reply]]) -> dict[str, float]:
    """How often the policy's answers are right, all of them and those that the challenger lets pass."""
    for prefix, some in (("", kinds["sampled"]), ("greedy_", kinds["greedy"])):
        everyone = figures.mean(some, _is_right)
        passed = figures.mean([each for each in some if each.accepted], _is_right)
        figures.add(f"{prefix}accuracy", everyone)
        figures.add(f"{prefix}accepted", figures.mean(some, lambda each: each.accepted))
        figures.add(f"{prefix}accepted_accuracy", passed)
        figures.add(f"{prefix}accepted_gain", _difference(passed, everyone))
    groups = _replies_by_problem(kinds["sampled"])
    most = figures.mean([_most_frequent(some) for some in groups], _is_right)
    figures.add("majority_accuracy", most)
    for name, choose in _CHOICES.items():
        chosen = figures.mean([choose(some) for some in groups], _is_right)
        figures.add(f"{name}_accuracy", chosen)
        figures.add(f"{name}_gain", _difference(chosen, most))
    return figures.found


def _is_right(each: Reply) -> float:
    return float(each.heard.right)


def _most_frequent(replies: Sequence[Reply]) -> Reply:
    """A chain with the most frequent answer."""
    by_chain = {id(each.heard): each for each in replies}
    return by_chain[id(majority([each.heard for each in replies])[0])]


def _most_frequent_accepted(replies: Sequence[Reply]) -> Reply:
    """A chain with the most frequent answer of those that are accepted; of all, if none is."""
    return _most_frequent([each for each in replies if each.accepted] or replies)


def _most_believed(replies: Sequence[Reply]) -> Reply:
    return max(replies, key=lambda each: (each.heard.answer is not None, each.all_right))


def _likeliest(replies: Sequence[Reply]) -> Reply:
    return max(replies, key=lambda each: (each.heard.answer is not None, each.heard.log_prob))


_CHOICES: Mapping[str, Callable[[Sequence[Reply]], Reply]] = {
    "accepted_majority": _most_frequent_accepted,
    "believed": _most_believed,
    "likeliest": _likeliest,
}


def _replies_by_problem(replies: Sequence[Reply]) -> list[list[Reply]]:
    return [list(some) for _, some in groupby(replies, key=lambda each: each.heard.problem)]


def _difference(one: Statistic, other: Statistic) -> Statistic:
    return lambda weights: one(weights) - other(weights)


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else math.nan
