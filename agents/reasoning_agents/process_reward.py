"""Trains a process-reward model on labels that a program makes: which of a policy's thoughts are right, one by one.

The policy thinks about train problems, its thoughts are labelled, and a copy of it learns to tell the right ones, as
`judging` says; no person labels, see `process_reward_from_labels` for that. A label is what the family's check says of
the thought, or, where there is none, whether any of some roll-outs from there comes to a right answer (Wang et al.
2024, Math-Shepherd, hard estimation). After right thoughts the policy is asked for candidates until one is right, so
that there are right ones to learn where it is mostly wrong. What comes after a wrong thought is not asked for.

`training.json` has `policy_accuracy` and `copy_accuracy` beside the areas: greedy accuracies on the problems that are
held back. The copy has learned to think, too, and a search by what it says has to be held against thinking with it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal

from reasoning_agents.agent import generator
from reasoning_agents.chains import Chain, MeteredModel, after, closes, sample_chains
from reasoning_agents.judging import Choice, ChoiceTrainee, Judged, PractisedJudging, Source, accuracies, judged_of
from reasoning_agents.language_model.local import LocalModel
from reasoning_agents.language_model.step_model import Candidate
from reasoning_agents.language_model.transcript import thought_of
from reasoning_agents.practice import draw_problems, make_oracle, run, texts_of
from reasoning_gym.family import get_family
from reasoning_gym.problem import Status, View
from reasoning_gym.step_labels import LabelledStep, Rated


@dataclass(frozen=True, kw_only=True)
class ProcessReward(PractisedJudging):
    """What to train on, for how long, and by which labels."""

    candidates: int = 4  # of a thought, drawn at a time
    draws: int = 4  # of candidates after the same thoughts, at most, while none is right
    labels: Literal["check", "rollouts"] = "check"  # by the family's check, or by roll-outs and the true reward
    roll_outs: int = 8  # after a thought, at the same temperature
    compared: int = 8  # candidates after the same thoughts, in validation

    def __post_init__(self) -> None:
        """Refuse what can't be trained; see `PractisedJudging`."""
        super().__post_init__()
        self.at_least({"candidates": 1, "draws": 1, "roll_outs": 1, "compared": 2})


class DrawnThoughts:
    """A source: candidates that the policy has about train problems, labelled by a check or by roll-outs."""

    def __init__(self, config: ProcessReward, policy: MeteredModel, local: LocalModel) -> None:
        self.config = config
        self.policy = policy
        self.local = local
        self.oracle = make_oracle(config)
        self.reserved = range(config.validation_problems)
        self.set_aside = texts_of(self.oracle, self.reserved)

    def choices(self, update: int) -> list[Choice]:
        """See `Source`."""
        config = self.config
        indices = draw_problems(self.oracle, config, update, self.set_aside)
        views = {index: self.oracle.view(index) for index in indices}
        return self.draw(views, config.candidates, config.draws, f"candidates {update}")

    def held_back(self) -> list[Choice]:
        """See `Source`."""
        views = {index: self.oracle.view(index) for index in self.reserved}
        return self.draw(views, self.config.compared, 1, "compare")

    def rated(self, choices: Sequence[Choice]) -> list[LabelledStep]:
        """Choices as people would have rated them, such as for a file that people are to go through."""
        transcript = self.local.transcript
        found: list[LabelledStep] = []
        for choice in choices:
            question = self.oracle.view(choice.problem).question
            first, asked = choice.judged[0], len(transcript.ids(View(question, (), 1)))
            before = transcript.decode(first.tokens[asked : first.begin]).split("\n")[:-1]
            thoughts = [thought_of(transcript.decode(each.tokens[each.begin :]))[0] for each in choice.judged]
            ratings = [
                Rated(thought, 1 if each.right else -1) for thought, each in zip(thoughts, choice.judged, strict=True)
            ]
            found.append(LabelledStep(question.statement, tuple(before), tuple(ratings)))
        return found

    def costs(self) -> dict[str, int]:
        """See `Source`."""
        return {"oracle_calls": self.oracle.calls}

    def restore(self, costs: Mapping[str, int]) -> None:
        """See `Source`."""
        self.oracle.calls = costs["oracle_calls"]

    def outcome(self, copied: LocalModel) -> dict[str, float]:
        """See `Source`: greedy accuracy of the policy, and of the copy if it was the policy."""
        return accuracies(self.policy, copied, self.oracle, self.reserved, self.config.chains_at_once)

    def draw(self, views: Mapping[int, View], k: int, draws: int, purpose: str) -> list[Choice]:
        """Candidates about problems, labelled, along chains of right thoughts.

        Args:
            views: of the problems, by their indices.
            k: candidates drawn at a time after the same thoughts; equal ones are one.
            draws: at most, while none is right; then the chain ends.
            purpose: of the draws; keeps their randomness apart from others'.
        """
        going = dict(views)
        tried = dict.fromkeys(going, 0)
        known: dict[tuple[int, int], dict[str, Judged]] = {}  # by problem and step, then by thought
        while going:
            shown = list(going.values())
            self.policy.ledger.open(len(shown))
            rngs = [generator(self.config.seed, view, f"{purpose} {tried[i]}") for i, view in going.items()]
            proposals = self.policy.propose(range(len(shown)), shown, k, self.config.temperature, rngs)
            fresh: list[tuple[int, View, Candidate]] = []
            for (index, view), proposal in zip(going.items(), proposals, strict=True):
                had = known.setdefault((index, len(view.thoughts) + 1), {})
                unique = {each.thought: each for each in proposal.candidates if each.token_ids}
                fresh += [(index, view, each) for thought, each in unique.items() if thought not in had]
            labels = self.label([(index, view, each.thought) for index, view, each in fresh], purpose)
            then: dict[int, View] = {}
            ended: set[int] = set()
            for (index, view, candidate), right in zip(fresh, labels, strict=True):
                if right is None:
                    continue
                step = len(view.thoughts) + 1
                known[index, step][candidate.thought] = judged_of(
                    self.local, view, candidate.thought, right=right, log_prob=candidate.log_prob
                )
                if right and index not in then and index not in ended:
                    if closes(view, candidate.thought):
                        ended.add(index)
                    else:
                        then[index] = after(view, candidate.thought)
            for index, view in going.items():
                tried[index] = 0 if index in then else tried[index] + 1
                if index not in then and index not in ended and tried[index] < draws:
                    then[index] = view
            going = then
        return [Choice(index, step, tuple(judged.values())) for (index, step), judged in known.items() if judged]

    def label(self, places: Sequence[tuple[int, View, str]], purpose: str) -> list[bool | None]:
        """Whether thoughts are right, each in a view of a problem; None where nothing tells."""
        if self.config.labels == "check":
            return [_checked(view, thought) for _, view, thought in places]
        ended = [closes(view, thought) for _, view, thought in places]
        found: list[bool | None] = [None] * len(places)
        for place, (problem, view, thought) in enumerate(places):
            if ended[place]:
                found[place] = self.oracle.reward(problem, (*view.thoughts, thought)) == 1
        going = [place for place, over in enumerate(ended) if not over]
        at_once = max(self.config.chains_at_once // self.config.roll_outs, 1)
        for begin in range(0, len(going), at_once):
            some = going[begin : begin + at_once]
            shown = [after(places[place][1], places[place][2]) for place in some]
            rngs = [generator(self.config.seed, view, purpose) for view in shown]
            self.policy.ledger.open(len(some))
            sampled = sample_chains(
                self.policy, range(len(some)), shown, self.config.roll_outs, self.config.temperature, rngs
            )
            for place, view, chains in zip(some, shown, sampled, strict=True):
                found[place] = any(
                    self.oracle.reward(places[place][0], (*view.thoughts, *_thoughts(chain))) == 1 for chain in chains
                )
        return found


class _Learner(ChoiceTrainee[ProcessReward]):
    """Lets the policy think, labels its thoughts, and teaches its copy to tell them."""

    def make_source(self) -> Source:
        """See `ChoiceTrainee`."""
        return DrawnThoughts(self.config, self.policy, self.local)


train = partial(run, _Learner)  # train(config, base, out): see `practice.run`


def _thoughts(chain: Chain) -> tuple[str, ...]:
    return tuple(candidate.thought for candidate in chain.candidates)


def _checked(view: View, thought: str) -> bool | None:
    verdict = get_family(view.question.family).check_thought(view.question, view.thoughts, thought)
    if verdict.correct:
        return True
    return False if verdict.status is Status.INCORRECT else None
