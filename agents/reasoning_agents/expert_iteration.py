"""Trains a language model on what it finds when it thinks longer: expert iteration, STaR and AlphaZero-like.

An expert, the model with a search or with many samples, thinks about train problems; the model is
trained towards what the expert came to, so that it has such thoughts at once; and the expert is
better the next time. Anthony et al. 2017, 'Thinking Fast and Slow with Deep Learning and Tree
Search'; Zelikman et al. 2022 (STaR), where the expert is the model's own right chains; Silver et al.
2017, where the policy is trained towards a search's choices. A chain is only ever learned from if the
oracle has paid it. A value head may learn, from all chains, whether the expert came to a right answer. What was learned
in the last updates is learned again (replay).

Figures of an update, beside those that `practice.run` names:

- `solved`, the share of problems for which the expert came to a right answer
- `lessons` found in the update; `replayed`, those that its steps drew from
- `loss`, the mean over its steps; `gradient_norm` before clipping, of the last one
- `value_loss`, the head's mean binary cross-entropy in nats, where it learns
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, ClassVar, Literal, NamedTuple, cast

import numpy as np
import torch
from torch.nn import functional

from reasoning_agents.chains import Chain, MeteredModel, after, closes
from reasoning_agents.language_model.forward import text_config
from reasoning_agents.language_model.loading import Loaded
from reasoning_agents.language_model.local import LocalModel
from reasoning_agents.language_model.step_model import Candidate
from reasoning_agents.language_model.value_head import ValueHead
from reasoning_agents.leaves import Judged, Leaves, Search
from reasoning_agents.mcts_llm import MCTS, MCTSOptions
from reasoning_agents.oracle import Oracle
from reasoning_agents.practice import Learner, Practice, optimizers, places_of_step, randomness, run
from reasoning_agents.rollouts import (
    Segment,
    hidden_states,
    log_probs_of,
    minibatches,
    owners_of,
    sample_groups,
    segments,
)
from reasoning_agents.search.gumbel import improved_policy
from reasoning_agents.signals import Mix, Place, Signal, parse_signal
from reasoning_gym.checker import stated_answer
from reasoning_gym.problem import Question, View


@dataclass(frozen=True, kw_only=True)
class ExpertIteration(Practice):
    """What to train on, for how long, and by which expert."""

    expert: Literal["search", "samples"] = "search"
    # of the search; its leaves are worth the true reward of their roll-outs, where no signal of it has refuted them
    search: MCTSOptions = field(default_factory=lambda: MCTSOptions(evaluation="check", simulations=32))
    target: Literal["chain", "policy"] = "chain"  # the chain found, or the search's improved policy at each thought
    samples: int = 8  # chains for a problem, where they are the expert
    temperature: float = 1.0  # of those
    kept: int = 2  # right chains of a problem that are learned, of the samples, all different
    replay: int = 4  # updates whose lessons are learned in each
    steps: int = 4  # of the optimizer in an update
    lessons: int = 128  # in a step
    value: float = 0.0  # weight of the value head's loss, beside the policy's; 0: no head learns

    def __post_init__(self) -> None:
        """Refuse what can't be trained; see `Practice`."""
        super().__post_init__()
        self.at_least({"samples": 1, "kept": 1, "replay": 1, "steps": 1, "lessons": 1})
        if not self.temperature > 0:
            raise ValueError(f"temperature is {self.temperature}; greedy chains are all alike, give a positive number")
        if self.target == "policy" and self.expert != "search":
            raise ValueError("target is 'policy' but samples have none; set expert = 'search', or target = 'chain'")
        if not self.value >= 0:
            raise ValueError(f"value is {self.value}; give a weight of at least 0")


class Lesson(NamedTuple):
    """Tokens that are to become likelier."""

    segment: Segment
    weight: float  # of each of its sampled tokens


class Outcome(NamedTuple):
    """What the expert had read before a thought, and whether it then came to a right answer."""

    read: tuple[int, ...]
    right: bool


class Found(NamedTuple):
    """What there is to learn from some problems."""

    lessons: list[Lesson]
    outcomes: list[Outcome]
    solved: int  # problems


class _Learner(Learner[ExpertIteration]):
    """Lets the expert think, and learns what it came to."""

    def __init__(self, config: ExpertIteration, loaded: Loaded) -> None:
        if config.value and loaded.value_head is None:
            width = cast("int", text_config(loaded.model).hidden_size)
            loaded = loaded._replace(value_head=ValueHead(width).to(loaded.model.device))
        super().__init__(config, loaded)
        if config.value and loaded.value_head is not None:
            self.trained |= {f"value_head.{name}": weight for name, weight in loaded.value_head.named_parameters()}
            self.optimizers = optimizers(self.trained, config)
        self.replay: list[list[Lesson]] = []  # of the last updates, the newest last
        self.outcomes: list[list[Outcome]] = []  # of the same updates

    def practise(self, indices: Sequence[int], share: float) -> dict[str, float]:
        """See `Learner`."""
        config = self.config
        find = self._search if config.expert == "search" else self._sample
        found = find(indices)
        self.replay = [*self.replay, found.lessons][-config.replay :]
        self.outcomes = [*self.outcomes, found.outcomes if config.value else []][-config.replay :]
        known = [lesson for lessons in self.replay for lesson in lessons]
        figures = {"solved": found.solved / len(indices), "lessons": len(found.lessons), "replayed": len(known)}
        return figures | self._learn(known, [each for outcomes in self.outcomes for each in outcomes], share)

    def _sample(self, indices: Sequence[int]) -> Found:
        """The different right chains among samples, at most `kept` for a problem; and how all samples ended."""
        config = self.config
        at_once = max(config.chains_at_once // config.samples, 1)
        found = Found([], [], 0)
        for begin in range(0, len(indices), at_once):
            some = indices[begin : begin + at_once]
            rngs = [randomness(config.seed, self.updates, index) for index in some]
            for group in sample_groups(self.policy, self.oracle, some, config.samples, config.temperature, rngs):
                right = {
                    tuple(each.thought for each in rollout.chain.candidates): rollout.chain
                    for rollout in group.rollouts
                    if rollout.reward == 1
                }
                found = found._replace(solved=found.solved + bool(right))
                for chain in list(right.values())[: config.kept]:
                    found.lessons.extend(_of_chain(chain))
                for rollout in group.rollouts:
                    found.outcomes.extend(_outcomes(rollout.chain, right=rollout.reward == 1))
        return found

    def _search(self, indices: Sequence[int]) -> Found:
        """What a search comes to on each problem that it solves; and how all searches ended."""
        found = Found([], [], 0)
        for begin in range(0, len(indices), self.config.chains_at_once):
            some = indices[begin : begin + self.config.chains_at_once]
            expert = Expert(self.local, self.config, self.oracle, some, self.updates)
            for thought in expert.think_through():
                found = found._replace(solved=found.solved + thought.right)
                found.lessons.extend(thought.lessons if thought.right else [])
                found.outcomes.extend(_outcomes(thought.chain, right=thought.right))
            self.policy.ledger.total.add(expert.ledger.total)
        return found

    def _learn(self, known: Sequence[Lesson], outcomes: Sequence[Outcome], share: float) -> dict[str, float]:
        """A few steps towards lessons, and outcomes, that are drawn from those known."""
        config = self.config
        losses: list[float] = []
        value_losses: list[float] = []
        norm = 0.0
        rng = randomness(config.seed, self.updates, "replay")
        order = rng.permutation(len(known)) if known else np.zeros(0, dtype=np.int64)
        values = randomness(config.seed, self.updates, "outcomes").permutation(len(outcomes))
        for step in range(config.steps if known else 0):
            batch = [known[place] for place in places_of_step(order, step, config.lessons)]
            total = sum(lesson.weight * len(lesson.segment.sampled) for lesson in batch)
            loss = 0.0
            for some in minibatches([lesson.segment for lesson in batch], config.batch_tokens):
                loss += self._add_gradient([batch[place] for place in some], total)
            if outcomes:
                ended = [outcomes[place] for place in places_of_step(values, step, config.lessons)]
                value_losses.append(self._add_value(ended))
            norm = self.step(share)
            losses.append(loss)
            self.trained_tokens += sum(len(lesson.segment.tokens) for lesson in batch)
        figures = {"loss": float(np.mean(losses)) if losses else 0.0, "gradient_norm": norm}
        return figures | ({"value_loss": float(np.mean(value_losses))} if value_losses else {})

    def _add_value(self, batch: Sequence[Outcome]) -> float:
        """Add the gradient of the value head on outcomes; its mean binary cross-entropy.

        What is a prefix of another text is read with that.
        """
        head = self.loaded.value_head
        assert head is not None
        owners = owners_of([each.read for each in batch])
        unique = sorted(set(owners))
        texts = [Segment(batch[owner].read, (), ()) for owner in unique]
        row = {owner: place for place, owner in enumerate(unique)}
        loss = 0.0
        for some in minibatches(texts, self.config.batch_tokens):
            here = {place: number for number, place in enumerate(some)}
            members = [i for i, owner in enumerate(owners) if row[owner] in here]
            longest = max(len(texts[place].tokens) for place in some)
            padded = [[*texts[place].tokens, *[0] * (longest - len(texts[place].tokens))] for place in some]
            hidden = hidden_states(self.model, torch.tensor(padded, device=self.model.device))
            last = hidden[[here[row[owners[i]]] for i in members], [len(batch[i].read) - 1 for i in members]]
            right = last.new_tensor([float(batch[i].right) for i in members], dtype=torch.float32)
            logits = head.linear(last.float()).squeeze(-1)
            part = functional.binary_cross_entropy_with_logits(logits, right, reduction="sum") / len(batch)
            cast("Any", self.config.value * part).backward()
            loss += float(part.detach())
        self.trained_tokens += sum(len(text.tokens) for text in texts)
        return loss

    def _add_gradient(self, batch: Sequence[Lesson], total: float) -> float:
        """Add a minibatch's gradient; its share of the loss, the weighted mean of -log p in nats a token."""
        log_probs = log_probs_of(self.model, [lesson.segment for lesson in batch], 1.0)
        weights = log_probs.new_tensor([lesson.weight for lesson in batch for _ in lesson.segment.sampled])
        loss = -(weights * log_probs).sum() / total
        cast("Any", loss).backward()
        return float(loss.detach())

    def state(self) -> dict[str, object]:
        """See `Learner`; and what is replayed."""
        replay = [[(*lesson.segment, lesson.weight) for lesson in lessons] for lessons in self.replay]
        outcomes = [[tuple(each) for each in outcomes] for outcomes in self.outcomes]
        return {**super().state(), "replay": replay, "outcomes": outcomes}

    def restore(self, state: Mapping[str, Any] | None) -> float:
        """See `Learner`."""
        if state is not None:
            self.replay = [
                [Lesson(Segment(*segment), weight) for *segment, weight in lessons] for lessons in state["replay"]
            ]
            self.outcomes = [[Outcome(*each) for each in outcomes] for outcomes in state["outcomes"]]
        return super().restore(state)


train = partial(run, _Learner, checkpoint_updates=5)  # train(config, base, out): see `practice.run`


class TrueReward:
    """What the oracle pays for a chain that has ended; of one that goes on it says nothing. For training only."""

    adds_up: ClassVar[bool] = True

    def __init__(self, oracle: Oracle, indices: Mapping[Question, int]) -> None:
        self.oracle = oracle
        self.indices = indices

    def judge(self, model: MeteredModel, places: Sequence[Place]) -> list[float]:
        """See `Signal`: 0 where it pays and where the chain goes on, minus infinity where it doesn't pay."""
        del model
        return [self._judge(place.view, place.candidate.thought) for place in places]

    def _judge(self, view: View, thought: str) -> float:
        if not closes(view, thought):
            return 0.0
        paid = self.oracle.reward(self.indices[view.question], (*view.thoughts, thought))
        return 0.0 if paid else float("-inf")


class Thinking(NamedTuple):
    """What an expert came to on one problem."""

    right: bool  # whether the oracle paid it
    lessons: list[Lesson]
    chain: Chain


class Expert(MCTS):
    """A search that asks the oracle, and remembers what there is to learn from it. For training only."""

    def __init__(
        self, model: LocalModel, config: ExpertIteration, oracle: Oracle, indices: Sequence[int], update: int
    ) -> None:
        self.config = config
        self.oracle = oracle
        self.indices = {oracle.view(index).question: index for index in indices}
        self.local = model
        self.lessons: dict[Question, list[Lesson]] = {question: [] for question in self.indices}
        # each update searches with a seed of its own
        seed = int(randomness(config.seed, update, "search").integers(2**62))
        super().__init__(model, config.search, seed=seed)
        self.watch = self._note if config.target == "policy" else None

    def make_leaves(self) -> Leaves:
        """The leaves of the options, and the true reward with them."""
        guide = parse_signal(self.options.evaluation)
        signals: tuple[Signal, ...] = (*guide.signals, TrueReward(self.oracle, self.indices))
        return Judged(
            self.model,
            Mix((*guide.weights, 1.0), signals),
            self.chosen.choice,
            self.chosen.roll_outs,
            self.limits,
            self.options.prior,
            self.options.discount,
            self.doubt,
        )

    def think_through(self) -> list[Thinking]:
        """Think about all problems to their ends; what it came to on each."""
        views = [self.oracle.view(index) for index in self.indices.values()]
        running = dict(enumerate(views))
        thoughts: list[tuple[str, ...]] = [()] * len(views)
        while running:
            found = self.act(list(running.values()))
            for (row, view), thought in zip(list(running.items()), found, strict=True):
                thoughts[row] += (thought,)
                if stated_answer(thought) is not None or view.thoughts_left <= 1:
                    del running[row]
                else:
                    running[row] = after(view, thought)
        return [
            self._come_to(index, view, had)
            for index, view, had in zip(self.indices.values(), views, thoughts, strict=True)
        ]

    def _come_to(self, index: int, view: View, thoughts: tuple[str, ...]) -> Thinking:
        right = self.oracle.reward(index, thoughts) == 1
        chain = self._chain(view, thoughts)
        lessons = self.lessons[view.question] if self.config.target == "policy" or not right else _of_chain(chain)
        return Thinking(right, lessons, chain)

    def _chain(self, view: View, thoughts: tuple[str, ...]) -> Chain:
        """The chain of thoughts that were had, with the token ids that they were sampled with."""
        transcript = self.local.transcript
        views = [after(view, *thoughts[:count]) for count in range(len(thoughts))]
        ids = [transcript.thought_ids(each, thought) for each, thought in zip(views, thoughts, strict=True)]
        candidates = tuple(Candidate(thought, each, ()) for thought, each in zip(thoughts, ids, strict=True))
        return Chain(candidates, stated_answer(thoughts[-1]), tuple(transcript.ids(each) for each in views))

    def _note(self, search: Search) -> None:
        """Remember the improved policy at the root of a search that has gone on from it."""
        tree = search.tree
        if tree.spent() < 2:
            return
        view = search.view(tree.root)
        read = self.local.transcript.ids(view)
        for child, share in zip(tree.children[tree.root], improved_policy(tree, tree.root), strict=True):
            ids = search.candidates[child].token_ids
            if share > 1e-3 and ids:
                places = tuple(range(len(read), len(read) + len(ids)))
                segment = Segment((*read, *ids), places, ())
                self.lessons[view.question].append(Lesson(segment, share))


def _outcomes(chain: Chain, *, right: bool) -> list[Outcome]:
    return [Outcome(read, right) for read in chain.reads if read]


def _of_chain(chain: Chain) -> list[Lesson]:
    return [Lesson(segment._replace(log_probs=()), 1.0) for segment in segments(chain)]
