"""Trains a process-reward model on thoughts that people rated, such as those of PRM800K.

The policy doesn't think here, and no reward is asked for: questions, thoughts and labels come from files, which
`reasoning_gym.step_labels` reads. The policy only says how likely it finds each thought. A copy of it learns to tell
the right ones, as `judging` says, and is saved and asked in the same way as one that learned from a check.

Some of the questions are held back, with all that is labelled about them, and the areas are measured on those.
`training.json` has, beside what `judging` names: `rows` and `labels` read, `questions` learned from and
`questions_held_back`, `left_out_…` for what `step_labels` leaves out, by why, and `too_long`: thoughts that had more
than `max_thought_tokens` or didn't fit the policy's context, counted each time that they came up.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import NamedTuple

from reasoning_agents.agent import Cost
from reasoning_agents.chains import MeteredModel
from reasoning_agents.judging import Choice, ChoiceTrainee, Judged, Judging, Source, judged_of
from reasoning_agents.language_model.local import LocalModel
from reasoning_agents.language_model.step_model import Candidate
from reasoning_agents.practice import places_of_step, randomness, run
from reasoning_agents.rollouts import minibatches
from reasoning_gym.family import ANSWER_FORMAT
from reasoning_gym.problem import Question, View
from reasoning_gym.step_labels import DecidedStep, Neutral, StepLayout, decide, read_step_labels

ASKED = "step_labels"  # in place of a family's name, in questions that come from a file of labels


@dataclass(frozen=True, kw_only=True)
class ProcessRewardFromLabels(Judging):
    """Which labels to learn from, and for how long; `prompts` are the questions of an update."""

    files: tuple[str, ...]  # JSONL files of labels
    layout: StepLayout = "prm800k"  # of the files
    neutral: Neutral = "right"  # what a rating of 0 counts as; see `step_labels.decide`
    quality_control: bool = False  # whether rows of quality control and screening count too
    written: bool = False  # whether what people wrote themselves is a candidate too
    test_questions: bool = False  # whether questions of the suite's test split are learned from too
    held_back: float = 0.1  # share of the questions that is measured on, and not learned from
    answer_format: str = ANSWER_FORMAT.format(answer="the answer")  # that the policy is asked for, after the question

    def __post_init__(self) -> None:
        """Refuse what can't be trained; see `Judging`."""
        super().__post_init__()
        if not self.files:
            raise ValueError("files is empty; name at least one JSONL file of labels")
        if not 0 < self.held_back < 1:
            raise ValueError(f"held_back is {self.held_back}; give a share between 0 and 1")

    def facts(self) -> dict[str, str]:
        """What the files hold, so that a run isn't taken up on other labels."""
        digest = hashlib.sha256()
        for name in self.files:
            try:
                with Path(name).open("rb") as file:
                    digest.update(hashlib.file_digest(file, "sha256").digest())
            except OSError as error:
                raise ValueError(f"can't read the labels {name!r}: {error}; give the path of a JSONL file") from error
        return {"labels": digest.hexdigest()}


class _Placed(NamedTuple):
    """A labelled thought where it stands."""

    choice: int  # its place among the steps that are looked at
    view: View
    thought: str
    right: bool
    tokens: tuple[int, ...]  # [T], all that is read up to its end


class LabelledThoughts:
    """A source: thoughts of files, as people labelled them, with the log-probabilities that the policy gives them."""

    def __init__(self, config: ProcessRewardFromLabels, policy: MeteredModel, local: LocalModel) -> None:
        self.config = config
        self.policy = policy
        self.local = local
        self.too_long = 0
        labels = read_step_labels(
            map(Path, config.files),
            config.layout,
            quality_control=config.quality_control,
            written=config.written,
            test_questions=config.test_questions,
        )
        decided, undecided = decide(labels, config.neutral)
        self.steps: dict[str, list[DecidedStep]] = {}  # by question
        for step in decided:
            self.steps.setdefault(step.question, []).append(step)
        self.questions = list(self.steps)
        self.reserved, self.learned = _divided(self.questions, config)
        self.counts = {"rows": labels.rows, "labels": sum(len(step.candidates) for step in decided)}
        left_out = {**labels.left_out, **undecided}
        self.counts |= {f"left_out_{why}": number for why, number in left_out.items()}

    def choices(self, update: int) -> list[Choice]:
        """See `Source`: of the next questions of an order that begins again once all have had their turn."""
        order = randomness(self.config.seed, 0, "questions").permutation(len(self.learned))
        return self._judged([self.learned[place] for place in places_of_step(order, update, self.config.prompts)])

    def held_back(self) -> list[Choice]:
        """See `Source`.

        Raises:
            ValueError: if the policy can read none of them.
        """
        found = self._judged(self.reserved)
        if not found:
            raise ValueError(
                f"all thoughts about the {len(self.reserved)} questions that are held back have more than "
                f"{self.config.max_thought_tokens} tokens, or don't fit the model's context; raise max_thought_tokens"
            )
        return found

    def costs(self) -> dict[str, int]:
        """See `Source`."""
        return {"too_long": self.too_long}

    def restore(self, costs: Mapping[str, int]) -> None:
        """See `Source`."""
        self.too_long = costs["too_long"]

    def outcome(self, copied: LocalModel) -> dict[str, float]:
        """See `Source`: how much was read and learned from. No problem can be thought about and paid."""
        del copied
        return {**self.counts, "questions": len(self.learned), "questions_held_back": len(self.reserved)}

    def _judged(self, numbers: Sequence[int]) -> list[Choice]:
        """All labelled steps about questions, by their numbers, with the policy's log-probabilities."""
        steps = [(number, step) for number in numbers for step in self.steps[self.questions[number]]]
        placed = self._fitting([step for _, step in steps])
        found: dict[int, Judged] = {}
        for some in minibatches(placed, self.config.batch_tokens):
            scored = self.local.score([placed[i].view for i in some], [[placed[i].thought] for i in some])
            for i, (candidate,) in zip(some, scored, strict=True):
                found[i] = self._paid(placed[i], candidate)
        judged: list[list[Judged]] = [[] for _ in steps]
        for i, each in enumerate(placed):
            judged[each.choice].append(found[i])
        return [
            Choice(number, len(step.thoughts) + 1, tuple(candidates))
            for (number, step), candidates in zip(steps, judged, strict=True)
            if candidates
        ]

    def _fitting(self, steps: Iterable[DecidedStep]) -> list[_Placed]:
        """The candidates of steps that the policy can read."""
        found: list[_Placed] = []
        for place, step in enumerate(steps):
            view = View(Question(ASKED, 1, step.question, self.config.answer_format), step.thoughts, 1)
            before = self.local.transcript.ids(view)
            for thought, right in step.candidates.items():
                own = self.local.transcript.thought_ids(view, thought)
                if len(own) > self.config.max_thought_tokens or len(before) + len(own) > self.local.context:
                    self.too_long += 1
                else:
                    found.append(_Placed(place, view, thought, right, (*before, *own)))
        return found

    def _paid(self, placed: _Placed, candidate: Candidate) -> Judged:
        self.policy.ledger.total.add(Cost(prompt_tokens=len(placed.tokens), forward_passes=1))
        return judged_of(self.local, placed.view, candidate.thought, right=placed.right, log_prob=candidate.log_prob)


def _divided(questions: Sequence[str], config: ProcessRewardFromLabels) -> tuple[list[int], list[int]]:
    """Which questions are held back and which are learned from: a draw that doesn't depend on the files' order.

    Raises:
        ValueError: if there aren't two questions.
    """
    if len(questions) < 2:
        raise ValueError(
            f"the labels are about {len(questions)} question, and one must be held back; give labels of more questions"
        )
    ranked = sorted(range(len(questions)), key=lambda number: questions[number])
    count = min(max(round(len(ranked) * config.held_back), 1), len(ranked) - 1)
    drawn = randomness(config.seed, 0, "held back").permutation(len(ranked))[:count]
    reserved = sorted(ranked[int(place)] for place in drawn)
    return reserved, sorted(set(ranked) - set(reserved))


class _Learner(ChoiceTrainee[ProcessRewardFromLabels]):
    """Teaches a copy of the policy to tell the thoughts that people found right."""

    def make_source(self) -> Source:
        """See `ChoiceTrainee`."""
        return LabelledThoughts(self.config, self.policy, self.local)


train = partial(run, _Learner)  # train(config, base, out): see `practice.run`
