"""Trains a challenger for `reasoning_debate_v0`: it finds the first wrong thought of a chain without asking a checker.

The challenger is a policy with a judge, a copy of it that gives for each thought the probability that it is right if
those before it are (see `judging`). From these follow the probabilities of which thought is the first wrong one, from
these what each action is expected to win, and the challenger takes the action that wins most. So nothing is learned
about payoffs, and what is learned is used by every search too (the signal `process-reward`).

In an update a prover debates train problems, and the debate's judge labels what it said: thoughts before the first
wrong one are right, that one is wrong, and what comes after it is not learned. The prover is

- honest, as far as it can be: the policy, which samples chains;
- honest and right: the reference thoughts;
- wrong on purpose: the reference thoughts with an error planted (`plant_error`).

A prover that has learned to deceive a challenger (see `debate_prover`) may be one more. How much one could win that has
the pick of the policy's samples, knows which are wrong and knows the challenger, is measured (`liar_payoff`).

Figures of an update, beside those that `practice.run` names: `thoughts`, `right`, `loss` and `gradient_norm`, as
`process_reward` has them; where it is validated, `auc`, `within_auc`, `found` and `false_accusations`.

`training.json` has, on problems that are held back (n is theirs; 95 %, by a bootstrap over problems):

- `auc`, of planted wrong thoughts and the reference's thoughts up to that place, the one in its place included; nobody
  is shown what comes after; `within_auc`, of the two in the same place; `policy_auc` and `policy_within_auc`, of the
  policy's own log-probability, which costs nothing
- `chain_auc`, of whole reference chains and whole chains with a planted error; `sampled_auc`, of chains that the policy
  sampled, all right or not
- `found`, the share of planted errors that is pointed at exactly, when nobody is shown what comes after;
  `false_accusations`, the share of whole reference chains that is not accepted
- `honest_payoff`, `planted_payoff`, `sampled_payoff`: what the challenger wins in the mean against whole reference
  chains, whole chains with a planted error, and sampled chains; `liar_payoff`, against a prover that has sampled
  `samples` chains and says the one that pays it most. One that sees every first wrong thought wins 0, 1, and where
  no thought is wrong 0
- `accuracy` of sampled chains; `accepted`, the share of them that the challenger accepts; `accepted_accuracy` of those,
  and `accepted_gain`, by how much that is more; with `greedy_` before, the same of greedy chains
- of `samples` chains of each problem: `majority_accuracy` of their most frequent answer, `accepted_majority_accuracy`
  of that of the accepted ones (of all, where none is), `believed_accuracy` of the one that the challenger finds right
  most probably, `likeliest_accuracy` of the likeliest by the policy; with `_gain` instead of `_accuracy`, by how much
  the last three are more than the majority
- `policy_accuracy` and `copy_accuracy`, as in `process_reward`: the copy has learned to think, too
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from itertools import groupby
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from reasoning_agents.chains import Chain, MeteredModel, after, sample_chains
from reasoning_agents.judging import Judged, JudgeLearner, Judging, Lesson
from reasoning_agents.language_model.loading import Loaded
from reasoning_agents.language_model.local import LocalModel
from reasoning_agents.language_model.step_model import StepModel
from reasoning_agents.oracle import Oracle
from reasoning_agents.practice import Learner, Practice, randomness, run
from reasoning_agents.process_reward import Choice, areas
from reasoning_agents.roc import BOOTSTRAPS, auc, interval
from reasoning_agents.self_consistency import majority
from reasoning_gym.checker import stated_answer
from reasoning_gym.problem import CORRECT, View, incorrect
from reasoning_gym.selfplay.adapters import Opponent
from reasoning_gym.selfplay.planted import plant_error
from reasoning_gym.selfplay.reasoning_debate import (
    ACCEPT,
    NO_ANSWER_STATED,
    Judgement,
    first_refused,
    payoff,
    refuse_unchecked,
)
from reasoning_gym.selfplay.turns import Turn

_AT_ONCE = 64  # chains that a playing challenger reads together; bounds the memory
_WRONG = incorrect("the answer is not right")

# ---- what follows from how probably each thought is right


def first_wrong(log_odds: NDArray[np.float64]) -> NDArray[np.float64]:
    """How probably each thought is the first wrong one, [n + 1]: at 0 that none is, at k that the k-th is.

    Args:
        log_odds: [n], that a thought is right if those before it are.

    >>> first_wrong(np.array([0.0, 0.0])).tolist()
    [0.25, 0.5, 0.25]
    """
    right = np.exp(-np.logaddexp(0.0, -log_odds))
    wrong = np.exp(-np.logaddexp(0.0, log_odds))
    so_far = np.concatenate([[1.0], np.cumprod(right)])  # that the first k are right
    return np.concatenate([so_far[-1:], so_far[:-1] * wrong])


@lru_cache
def stakes(thoughts: int) -> NDArray[np.float64]:
    """What the challenger wins by each action, if each thought of so many is the first wrong one, [n + 1, n + 1].

    An answer after a wrong thought is taken for wrong: it nearly always is, and a challenger that expects no luck
    accepts less.
    """
    truths = [Judgement(_WRONG if k else CORRECT, k) for k in range(thoughts + 1)]
    return np.array([[0.0 - payoff(truth, pointed) for truth in truths] for pointed in range(thoughts + 1)])


def best_action(belief: NDArray[np.float64]) -> int:
    """The action that is expected to win most, by a belief [n + 1] as of `first_wrong`: 0 accepts, k points at k.

    Of equal ones the first.

    >>> best_action(np.array([0.9, 0.05, 0.05])), best_action(np.array([0.3, 0.1, 0.6]))
    (0, 2)
    """
    return int(np.argmax(stakes(len(belief) - 1) @ belief))


# ---- who plays


class Challenger:
    """An opponent that plays the challenger by what a model's process-reward model says; see `best_action`.

    A thought that the model can't hold counts as wrong: the burden of proof is the prover's.

    Raises:
        ValueError: if the model has no process-reward model.
    """

    def __init__(self, model: LocalModel) -> None:
        if model.process_reward is None:
            raise ValueError(
                "the model has no process-reward model to ask; train one with method = 'debate' or 'process-reward'"
            )
        self.model = model

    def __call__(self, turn: Turn, rng: np.random.Generator) -> int:
        """Accept, or point at a thought.

        Raises:
            ValueError: if it is asked in a game without views.
        """
        del rng
        if turn.view is None:
            raise ValueError("the turn has no view; this challenger is for ReasoningDebate")
        return best_action(self.belief(turn.view))

    def belief(self, view: View) -> NDArray[np.float64]:
        """How probably each of n thoughts is the first wrong one, [n + 1]; see `first_wrong`."""
        return self.beliefs([view])[0]

    def beliefs(self, views: Sequence[View]) -> list[NDArray[np.float64]]:
        """The beliefs about B chains, [B][n + 1]."""
        begins = range(0, len(views), _AT_ONCE)
        return [belief for begin in begins for belief in self._beliefs(views[begin : begin + _AT_ONCE])]

    def _beliefs(self, views: Sequence[View]) -> list[NDArray[np.float64]]:
        given = [self._places(view) for view in views]
        flat = [place for places in given for place in places]
        shown = [before for before, _ in flat]
        scored = self.model.score(shown, [[thought] for _, thought in flat])
        judged = iter(self.model.judge(shown, [candidate for (candidate,) in scored]) or [])
        found: list[NDArray[np.float64]] = []
        for view, places in zip(views, given, strict=True):
            right = np.zeros(len(view.thoughts))
            right[: len(places)] = [next(judged).score for _ in places]
            with np.errstate(divide="ignore"):
                found.append(first_wrong(np.log(right) - np.log1p(-right)))
        return found

    def _places(self, view: View) -> list[tuple[View, str]]:
        """The thoughts, each with what comes before it, as far as the model can hold them."""
        befores = [View(view.question, view.thoughts[:count], 1) for count in range(len(view.thoughts))]
        places = list(zip(befores, view.thoughts, strict=True))
        return [(before, thought) for before, thought in places if self._holds(before, thought)]

    def _holds(self, view: View, thought: str) -> bool:
        transcript = self.model.transcript
        return len(transcript.ids(view)) + len(transcript.thought_ids(view, thought)) <= self.model.context


def prover(model: StepModel, temperature: float = 1.0) -> Opponent:
    """An opponent that plays the prover as a language model thinks, and never means to be wrong.

    Raises:
        ValueError: when it is asked in a game without views.
    """

    def prove(turn: Turn, rng: np.random.Generator) -> str:
        if turn.view is None:
            raise ValueError("the turn has no view; this prover is for ReasoningDebate")
        (proposal,) = model.propose([turn.view], 1, temperature, [rng])
        return proposal.candidates[0].thought

    return prove


# ---- how it learns


@dataclass(frozen=True, kw_only=True)
class DebateTraining(Judging):
    """What to debate about, for how long, and what the prover says."""

    chains: int = 4  # that the policy samples about a problem, at `temperature`
    planted: int = 2  # reference chains with an error, for a problem
    samples: int = 8  # chains of each problem that is held back
    prover: str | None = None  # the folder of a model that may lie, see `debate_prover`, which says as many chains

    def __post_init__(self) -> None:
        """Refuse what can't be trained; see `Judging`."""
        super().__post_init__()
        self.at_least({"chains": 1, "planted": 1, "samples": 2})


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


def chains_about(
    learner: Learner[Any], model: MeteredModel, indices: Sequence[int], k: int, temperature: float, purpose: str
) -> list[list[Chain]]:
    """K chains of a model about each of B problems of a learner, [B][K]; `purpose` keeps their randomness apart."""
    config: Practice = learner.config
    at_once = max(config.chains_at_once // k, 1)
    found: list[list[Chain]] = []
    for begin in range(0, len(indices), at_once):
        some = indices[begin : begin + at_once]
        views = [learner.oracle.view(index) for index in some]
        model.ledger.open(len(views))
        rngs = [randomness(config.seed, index, purpose) for index in some]
        found += sample_chains(model, range(len(views)), views, k, temperature, rngs)
    return found


def judge(oracle: Oracle, index: int, thoughts: Sequence[str]) -> Judgement:
    """What is true of a chain that states an answer: what `ReasoningDebate.judge` says, by an oracle that counts."""
    right = oracle.reward(index, thoughts) == 1
    refused = first_refused(oracle.view(index).question, thoughts)
    return Judgement(CORRECT if right else _WRONG, refused or (0 if right else len(thoughts)))


class _Learner(JudgeLearner[DebateTraining]):
    """Lets provers say chains, has them judged, and teaches the copy to tell which thoughts are wrong.

    Raises:
        ValueError: for a family without a check of single thoughts.
    """

    def __init__(self, config: DebateTraining, loaded: Loaded) -> None:
        super().__init__(config, loaded)
        refuse_unchecked(part.family for part in self.oracle.mix.parts)
        self.liar = None if config.prover is None else _load(config.prover, config)
        self.heard: list[Heard] = []  # about the problems that are held back

    def practise(self, indices: Sequence[int], share: float) -> dict[str, float]:
        """See `Learner`."""
        heard = self._debate(indices)
        lessons = self.by_policy([_to_learn(some) for some in heard])
        self.begin([each for lesson in lessons for each in lesson])
        return self.learn(lessons, share)

    def _debate(self, indices: Sequence[int]) -> list[list[Heard]]:
        """What provers say about B problems in an update, [B][chains]."""
        config = self.config
        models = [self.policy]
        if self.liar is not None:
            self.liar.forget()
            models.append(MeteredModel(self.liar, self.policy.ledger))
        sampled = [
            chains_about(self, model, indices, config.chains, config.temperature, f"debate {self.updates}")
            for model in models
        ]
        return [
            [
                *(each for some in sampled for each in self.hear(index, "sampled", map(said, some[place]))),
                *self.references(index, config.planted),
            ]
            for place, index in enumerate(indices)
        ]

    def references(self, index: int, planted: int) -> list[Heard]:
        """The reference chain of a problem, and some with an error; fewer where none was found to plant."""
        rng = randomness(self.config.seed, self.updates, f"plant {index}")
        wrong = [plant_error(*self.oracle.mix.problem(index), rng) for _ in range(planted)]
        return [
            *self.hear(index, "reference", [self.oracle.reference_thoughts(index)]),
            *self.hear(index, "planted", [each.thoughts for each in wrong if each is not None]),
        ]

    def hear(self, index: int, kind: str, chains: Iterable[Sequence[str]]) -> list[Heard]:
        """Chains about a problem, labelled by the debate's judge."""
        view = self.oracle.view(index)
        found: list[Heard] = []
        for thoughts in chains:
            answer, first = judge(self.oracle, index, thoughts)
            judged = tuple(
                self.judged(after(view, *thoughts[:count]), thought, not first or count + 1 < first)
                for count, thought in enumerate(thoughts)
            )
            found.append(Heard(index, kind, stated_answer(thoughts[-1]), answer.correct, first, judged))
        return found

    def validate(self) -> dict[str, float]:
        """Measure how well errors on the problems that are held back are found."""
        found = self._measure()
        names = ("auc", "within_auc", "found", "false_accusations")
        return {name: found[name] for name in names if name in found}

    def outcome(self) -> dict[str, float]:
        """See `Learner`: all that the module's docstring names."""
        return {**self._measure(), **self.accuracies()}

    def _measure(self) -> dict[str, float]:
        if not self.heard:
            self.heard = self._hear_about_held_back()
        lessons = _by_problem(self.heard)
        odds = iter(self.log_odds([tuple(each for one in some for each in one.judged) for some in lessons]).tolist())
        replies = [reply(one, np.array([next(odds) for _ in one.judged])) for some in lessons for one in some]
        return measure(replies, randomness(self.config.seed, 0, "bootstrap"))

    def _hear_about_held_back(self) -> list[Heard]:
        """What provers say about the problems that are held back, one problem after the other."""
        config = self.config
        sampled = chains_about(self, self.policy, self.held_back, config.samples, config.temperature, "held back")
        greedy = chains_about(self, self.policy, self.held_back, 1, 0.0, "held back")
        heard = [
            [
                *self.hear(index, "sampled", map(said, some)),
                *self.hear(index, "greedy", map(said, one)),
                *self.references(index, 1),
            ]
            for index, some, one in zip(self.held_back, sampled, greedy, strict=True)
        ]
        lessons = self.by_policy([tuple(each for one in some for each in one.judged) for some in heard])
        return [one for some, lesson in zip(heard, lessons, strict=True) for one in _with_thoughts(some, lesson)]

    def state(self) -> dict[str, object]:
        """See `Learner`; and what it is measured on, which provers aren't asked for twice."""
        heard = [(*each[:-1], [tuple(judged) for judged in each.judged]) for each in self.heard]
        return {**super().state(), "heard": heard}

    def restore(self, state: Mapping[str, Any] | None) -> float:
        """See `Learner`."""
        if state is not None:
            self.heard = [
                Heard(problem, kind, answer, right, first, tuple(Judged(*one) for one in judged))
                for problem, kind, answer, right, first, judged in state["heard"]
            ]
        return super().restore(state)


train = partial(run, _Learner)  # train(config, base, out): see `practice.run`


def _load(folder: str, config: DebateTraining) -> LocalModel:
    tokens = config.max_thought_tokens
    return LocalModel.load(folder, device=config.device, dtype=config.dtype, max_thought_tokens=tokens)


def said(chain: Chain) -> tuple[str, ...]:
    """The thoughts of a chain."""
    return tuple(candidate.thought for candidate in chain.candidates)


def _to_learn(heard: Sequence[Heard]) -> Lesson:
    """The thoughts of chains with an answer about a problem, up to their first wrong ones, each once."""
    thoughts = [each for one in heard if one.answer is not None for each in one.learned]
    return tuple({each.tokens: each for each in thoughts}.values())


def _by_problem(heard: Sequence[Heard]) -> list[list[Heard]]:
    """Chains about the same problem together; they follow one another."""
    return [list(some) for _, some in groupby(heard, key=lambda each: each.problem)]


def _with_thoughts(heard: Sequence[Heard], thoughts: Lesson) -> list[Heard]:
    """Chains with other records of their thoughts, which are given one after the other."""
    each_one = iter(thoughts)
    return [one._replace(judged=tuple(next(each_one) for _ in one.judged)) for one in heard]


# ---- how it is measured


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
        return 0.0 - payoff(Judgement(CORRECT if self.heard.right else _WRONG, self.heard.first_wrong), self.action)


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
    """The figures that the module's docstring names, of replies to chains of all kinds about the same problems.

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
