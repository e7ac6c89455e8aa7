"""Trains a policy against a critic: to be right, and to think as people do. Both learn in turn.

As in a generative adversarial network (Goodfellow et al. 2014) the critic learns to tell people's thought processes,
the reference thoughts of train problems, from the policy's; the policy is trained by GRPO, paid by the checker and by
how human the critic finds its thoughts (Ho & Ermon 2016 do so without a checker). What keeps that from going wrong:

- a wrong answer is paid nothing, however human its thoughts (`reasoning_gym.wrappers.critic_reward`, "multiply")
- the critic learns from right chains alone, so that it is about how somebody thinks, not about who is wrong
- it sees older policies' chains too, so that none of the ways to be told apart comes back (replay)
- it isn't taught while it is too strong: a critic that tells all apart pays all alike (`strongest`)
- a divergence from the base can be kept small (`kl`, see `GRPO`)
- training ends early if the policy collapses: if it is right much less often than it has been (`collapse`)

A thought can be made to cost (`thought_cost`), as where thinking is paid for: that drives a policy to skip steps.

Figures of an update, beside those of `grpo` and `practice.run`, where `reward` is what the policy is paid:

- `right`, the share of its chains, and `likeness`, how close right chains are to the reference's (see `likeness`): the
  critic never sees it
- `critic_auc` of the critic as it was before it saw these chains; `critic_score`, its mean for right chains

`training.json` has, on problems that are held back (95 %: Wilson's of shares, else by a bootstrap over problems):

- `accuracy` of greedy chains, `likeness` and `exact`, the share of right greedy chains that is the reference's
- `fresh_auc`: how well a critic that is trained anew, with all learners, on new chains, tells right ones from people's,
  by cross-validation; `fresh_all_auc` the same with wrong ones; `before_accuracy` and so on: the same of the base
- `collapsed`, 1 if it was ended early
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import SequenceMatcher
from functools import partial
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from reasoning_agents.chains import Chain
from reasoning_agents.critic import Critic, Example, bare, report
from reasoning_agents.games.ratings import rate
from reasoning_agents.grpo import GRPO, GroupLearner
from reasoning_agents.language_model.loading import Loaded
from reasoning_agents.practice import chains_about, randomness, run, write
from reasoning_agents.roc import BOOTSTRAPS, auc, interval
from reasoning_agents.rollouts import Group, Rollout, reward_of
from reasoning_agents.text_critics import TextCritic, TextCriticSettings
from reasoning_gym.problem import State
from reasoning_gym.wrappers import critic_reward

_QUICK = TextCriticSettings(learners=("logistic",), groups=("length", "numbers", "steps", "progress"))


@dataclass(frozen=True, kw_only=True)
class SelfPlayCritic(GRPO):
    """What to train on, for how long, and how much the critic has to say."""

    weight: float = 1.0  # of the critic in the reward, in [0, 1]; with 0 there is none, for comparison
    thought_cost: float = 0.0  # the share of its reward that a chain loses with each thought before the answer
    critic: TextCriticSettings = field(default_factory=lambda: _QUICK)  # the one that is trained against
    critic_updates: int = 2  # updates of the policy for each of the critic
    replay: int = 4  # updates whose chains the critic learns from
    strongest: float = 0.95  # area under the curve of new chains above which the critic isn't taught
    collapse: float = 0.5  # training ends where the share of right chains falls below this share of the most so far

    def __post_init__(self) -> None:
        """Refuse what can't be trained; see `GRPO`."""
        super().__post_init__()
        self.at_least({"critic_updates": 1, "replay": 1, "validation_updates": 1})
        for name in ("weight", "thought_cost", "strongest", "collapse"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name} is {getattr(self, name)}; it must be from 0 to 1")


class Thinking(NamedTuple):
    """A chain about a problem as a critic sees it, beside the reference's."""

    problem: int  # its index
    state: State  # without artefacts
    reference: State  # without artefacts
    right: bool
    same: bool  # whether its thoughts before the last are the reference's to the letter


def likeness(thoughts: Sequence[str], reference: Sequence[str]) -> float:
    """How close thoughts are to the reference's: 2 M / (a + b) of their a and b lines, M equal ones in order.

    1 if they are the same; Ratcliff & Metzener 1988, as difflib has it.
    """
    return SequenceMatcher(None, thoughts, reference, autojunk=False).ratio() if thoughts or reference else 1.0


Read: TypeAlias = tuple[int, tuple[str, ...], bool]  # a problem's index, thoughts about it, whether a person's


class _Learner(GroupLearner[SelfPlayCritic]):
    """Pays groups of chains by the checker and by a critic, and teaches the critic what they were."""

    def __init__(self, config: SelfPlayCritic, loaded: Loaded) -> None:
        super().__init__(config, loaded)
        self.known: list[list[Read]] = []  # of the last updates, the newest last
        self.read: list[Read] = []  # what the critic has learned from
        self.begun: dict[str, float] | None = None  # what the base came to
        self.most_right = 0.0  # share of right chains in an update so far
        self.collapsed = False
        self.opponent: Critic | None = None

    def practise(self, indices: Sequence[int], share: float) -> dict[str, float]:
        """See `Learner`. After a collapse nothing is learned any more."""
        if self.collapsed:
            return {"collapsed": 1.0}
        groups = self.sample(indices)
        seen = [self.thinking(group.problem, each.chain, each.reward) for group in groups for each in group.rollouts]
        scores = self.judge(seen)
        figures = self._figures(seen, scores)
        figures |= self.learn_from(self.paid(groups, scores), share)
        self.teach(seen, figures)
        self.most_right = max(self.most_right, figures["right"])
        self.collapsed = figures["right"] < self.config.collapse * self.most_right
        return figures

    def thinking(self, problem: int, chain: Chain, reward: float) -> Thinking:
        """A chain as a critic sees it."""
        question = self.oracle.view(problem).question
        thoughts = tuple(candidate.thought for candidate in chain.candidates)
        reference = self.oracle.reference_thoughts(problem)
        states = (State(question, bare(thoughts)), State(question, bare(reference)))
        return Thinking(problem, *states, reward == 1, thoughts[:-1] == reference[:-1])

    def judge(self, seen: Sequence[Thinking]) -> NDArray[np.float64]:
        """How human the critic finds chains, [N]; all alike while there is no critic."""
        if self.opponent is None:
            return np.ones(len(seen))
        return self.opponent.score([each.state for each in seen])

    def paid(self, groups: Sequence[Group], scores: NDArray[np.float64]) -> list[Group]:
        """The groups with what the policy is paid, by scores of their chains one after the other."""
        each_score = iter(scores)

        def pay(rollout: Rollout) -> Rollout:
            before = max(len(rollout.chain.candidates) - 1, 0)
            checked = rollout.reward * (1 - self.config.thought_cost) ** before
            return rollout._replace(
                reward=critic_reward(checked, float(next(each_score)), "multiply", self.config.weight)
            )

        return [group._replace(rollouts=tuple(map(pay, group.rollouts))) for group in groups]

    def teach(self, seen: Sequence[Thinking], figures: Mapping[str, float]) -> None:
        """Have the critic learn from chains that were right, and forget those that are too old."""
        config = self.config
        if not config.weight:
            return
        self.known = [*self.known, _read(each for each in seen if each.right)][-config.replay :]
        due = self.updates % config.critic_updates == 0
        if due and (self.opponent is None or figures.get("critic_auc", 0.0) <= config.strongest):
            read = [each for update in self.known for each in update]
            taught = self._critic(read)
            if taught is not None:
                self.read, self.opponent = read, taught

    def _critic(self, read: Sequence[Read]) -> Critic | None:
        """A critic that has learned from this; None if that is too little."""
        settings = replace(self.config.critic, seed=self.config.seed)
        examples = self.examples(read)
        return TextCritic.fit(examples, settings) if _questions(examples) >= 2 * settings.folds else None

    def examples(self, read: Iterable[Read]) -> list[Example]:
        """What a critic learns from."""
        return [
            Example(State(self.oracle.view(problem).question, thoughts), human) for problem, thoughts, human in read
        ]

    def _figures(self, seen: Sequence[Thinking], scores: NDArray[np.float64]) -> dict[str, float]:
        right = np.array([each.right for each in seen], dtype=bool)
        found = {"right": float(right.mean())}
        if not right.any():
            return found
        found["likeness"] = float(np.mean([_likeness(each) for each in seen if each.right]))
        if self.opponent is not None:
            references = list({each.problem: each.reference for each in seen if each.right}.values())
            everyone = np.concatenate([scores[right], self.opponent.score(references)])
            human = np.arange(len(everyone)) >= right.sum()
            found |= {"critic_auc": auc(everyone, human), "critic_score": float(scores[right].mean())}
        return found

    def validate(self) -> dict[str, float]:
        """See `Learner`; the first time, all that is measured in the end is measured of the base."""
        if self.begun is None:
            self.begun = self._measure()
        return super().validate()

    def outcome(self) -> dict[str, float]:
        """See `Learner`: of the weights that are saved."""
        if self.best is not None:
            write(self.trained, self.best[1])
        begun = {f"before_{name}": value for name, value in (self.begun or {}).items()}
        return {**self._measure(), **begun, "collapsed": float(self.collapsed)}

    def _measure(self) -> dict[str, float]:
        """What the policy comes to on the problems that are held back."""
        self.local.forget()
        greedy = self._think(0.0, "greedy")
        right = np.array([each.right for each in greedy], dtype=np.float64)
        close = np.array([_likeness(each) for each in greedy])
        same = np.array([each.same for each in greedy], dtype=np.float64)
        rng = randomness(self.config.seed, 0, "bootstrap")
        draws = rng.multinomial(len(greedy), np.full(len(greedy), 1 / len(greedy)), size=BOOTSTRAPS)
        found = _rate("accuracy", right) | _mean("likeness", close, right, draws) | _rate("exact", same[right > 0])
        sampled = self._think(self.config.temperature, "fresh")
        for name, some in (("fresh", [each for each in sampled if each.right]), ("fresh_all", sampled)):
            found |= self._fresh(name, some)
        return found

    def _think(self, temperature: float, purpose: str) -> list[Thinking]:
        """A chain about each problem that is held back."""
        chains = chains_about(self, self.policy, self.held_back, 1, temperature, purpose)
        return [
            self.thinking(index, chain, reward_of(self.oracle, index, chain))
            for index, (chain,) in zip(self.held_back, chains, strict=True)
        ]

    def _fresh(self, name: str, seen: Sequence[Thinking]) -> dict[str, float]:
        """How well a critic that has learned nothing so far can tell chains from the reference's."""
        settings = TextCriticSettings(seed=self.config.seed)
        examples = self.examples(_read(seen))
        if _questions(examples) < 2 * settings.folds:
            return {}
        critic = TextCritic.fit(examples, settings)
        found = report(critic.out_of_fold, critic.examples, randomness(self.config.seed, 0, "fresh bootstrap"))
        return found.area(f"{name}_auc")

    def state(self) -> dict[str, object]:
        """See `Learner`; the critic is kept as what it has learned from."""
        own = {"known": self.known, "read": self.read, "begun": self.begun}
        own |= {"most_right": self.most_right, "collapsed": self.collapsed}
        return {**super().state(), **own}

    def restore(self, state: Mapping[str, Any] | None) -> float:
        """See `Learner`."""
        spent = super().restore(state)
        if state is not None:
            self.known, self.read, self.begun = state["known"], state["read"], state["begun"]
            self.most_right, self.collapsed = state["most_right"], state["collapsed"]
            self.opponent = self._critic(self.read)
        return spent


def _questions(examples: Sequence[Example]) -> int:
    """How many different questions examples are about."""
    return len({each.state.question.statement for each in examples})


def _read(seen: Iterable[Thinking]) -> list[Read]:
    """Chains, and the references of their problems once each."""
    chains = list(seen)
    references = {each.problem: each.reference.thoughts for each in chains}
    people: list[Read] = [(problem, thoughts, True) for problem, thoughts in references.items()]
    return [*((each.problem, each.state.thoughts, False) for each in chains), *people]


def _likeness(each: Thinking) -> float:
    return likeness(each.state.thoughts, each.reference.thoughts)


def _rate(name: str, outcomes: NDArray[np.float64]) -> dict[str, float]:
    """A share of outcomes, each 0 or 1, with Wilson's interval; nothing of none."""
    if not len(outcomes):
        return {}
    found = rate(float(outcomes.sum()), len(outcomes))
    return {name: found.value, f"{name}_low": found.low, f"{name}_high": found.high, f"{name}_n": found.n}


def _mean(
    name: str, values: NDArray[np.float64], weights: NDArray[np.float64], draws: NDArray[np.int64]
) -> dict[str, float]:
    """The weighted mean of values [N] with 95 % by a bootstrap of so many draws [D, N]; nothing without a weight."""
    if not weights.any():
        return {}
    drawn = draws @ weights
    resampled = (draws @ (values * weights))[drawn > 0] / drawn[drawn > 0]
    mean = float(np.average(values, weights=weights))
    return interval(name, mean, resampled.tolist(), int((weights > 0).sum()))


train = partial(run, _Learner)  # train(config, base, out): see `practice.run`
