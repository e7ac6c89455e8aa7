"""Trains any language model further on reference thoughts: supervised fine-tuning.

A model begins from its own weights, on the CPU or a GPU, with all weights or adapters (`lora_rank`). The question is
masked out of the loss. As in all practice an update is a function of the weights, the optimizer's state, the seed and
the update's number.

Figures of an update, beside those that `practice.run` names: `loss`, in nats a token; `gradient_norm` before clipping.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, cast

from reasoning_agents.chains import after
from reasoning_agents.language_model.transcript import Transcript
from reasoning_agents.practice import Learner, Practice, randomness, run
from reasoning_agents.rollouts import Segment, log_probs_of, minibatches
from reasoning_agents.supervised import hurried
from reasoning_gym.problem import View


@dataclass(frozen=True, kw_only=True)
class FineTuning(Practice):
    """What to train on, for how long, and how."""

    skipping: float = 0.0  # share of texts in which steps before the answer are left out, see `hurried`

    def __post_init__(self) -> None:
        """Refuse what can't be trained; see `Practice`."""
        super().__post_init__()
        if not 0 <= self.skipping <= 1:
            raise ValueError(f"skipping is {self.skipping}; it must be from 0 to 1")


class _Learner(Learner[FineTuning]):
    """Makes reference thoughts likelier."""

    def practise(self, indices: Sequence[int], share: float) -> dict[str, float]:
        """See `Learner`."""
        texts = [piece for index in indices for piece in self._pieces(index)]
        count = sum(len(piece.sampled) for piece in texts)
        loss = 0.0
        for places in minibatches(texts, self.config.batch_tokens):
            part = -log_probs_of(self.model, [texts[place] for place in places], 1.0).sum() / count
            cast("Any", part).backward()
            loss += float(part.detach())
        self.trained_tokens += sum(len(piece.tokens) for piece in texts)
        return {"loss": loss, "gradient_norm": self.step(share)}

    def outcome(self) -> dict[str, float]:
        """See `Learner`: here the tokens that are trained on are what it costs."""
        return {"tokens": self.tokens}

    def _pieces(self, index: int) -> list[Segment]:
        rng = randomness(self.config.seed, index, "skipping")
        thoughts = self.oracle.reference_thoughts(index)
        if rng.random() < self.config.skipping:
            thoughts = hurried(thoughts, rng)
        return pieces(self.local.transcript, self.oracle.view(index), thoughts)


train = partial(run, _Learner)  # train(config, base, out): see `practice.run`


def pieces(transcript: Transcript, view: View, thoughts: Sequence[str]) -> list[Segment]:
    """Given thoughts as a model would have sampled them: one segment, and another wherever it would read otherwise.

    A segment is what it reads and then what it is to say; see `rollouts.segments`.
    """
    found: list[Segment] = []
    tokens: tuple[int, ...] = ()
    said: list[int] = []
    for thought in thoughts:
        read = tuple(transcript.ids(view))
        if tokens and read != tokens:
            found.append(Segment(tokens, tuple(said), ()))
            said = []
        own = tuple(transcript.thought_ids(view, thought))
        said += range(len(read), len(read) + len(own))
        tokens = (*read, *own)
        view = after(view, thought)
    return [*found, Segment(tokens, tuple(said), ())] if tokens else found
