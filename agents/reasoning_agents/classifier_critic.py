"""A critic that is a neural network: any sequence classifier that transformers loads, or a small one from nothing.

It reads the question and the thoughts as text. Its probabilities are calibrated by a temperature (Guo et al. 2017,
section 4.2) on questions that are held back from training.
"""

from __future__ import annotations

import copy
import json
import os
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional
from torch.optim import AdamW
from transformers import (
    AutoModelForSequenceClassification,
    AutoTokenizer,
    LlamaConfig,
    LlamaForSequenceClassification,
    PreTrainedModel,
    PreTrainedTokenizerBase,
)

from reasoning_agents.critic import Example, bare
from reasoning_agents.language_model.forward import position_limit
from reasoning_agents.language_model.loading import locate
from reasoning_agents.language_model.tokenizer import build_character_tokenizer
from reasoning_agents.learning import write_json
from reasoning_agents.supervised import Shape
from reasoning_gym.problem import State
from reasoning_gym.spaces import tokenizable

TEMPERATURE_FILE = "critic.json"
_COOLEST, _HOTTEST = 0.05, 20.0  # temperatures that are tried
_CHARS_A_TOKEN = 16  # more than any token has, mostly; bounds what is tokenized
_AT_ONCE = 64  # processes scored together
SMALL = Shape(width=64, layers=2, heads=4, feed_forward=128, context=1024)


@dataclass(frozen=True, kw_only=True)
class ClassifierTraining:
    """How a classifier learns."""

    epochs: int = 3
    batch: int = 32  # examples in a step
    learning_rate: float = 1e-3  # of AdamW, falling to 0 on a straight line
    weight_decay: float = 0.01
    gradient_clip: float = 1.0  # largest norm of the gradient
    held_back: float = 0.1  # share of the questions that the temperature is fitted on
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuse what can't be trained.

        Raises:
            ValueError: says which field, its value, and what to give.
        """
        for name in ("epochs", "batch"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} is {getattr(self, name)}; give at least 1")
        if not 0 < self.held_back < 1:
            raise ValueError(f"held_back is {self.held_back}; give a share between 0 and 1")


class ClassifierCritic:
    """A `Critic` by a sequence classifier of two classes, of which the second is a person's."""

    def __init__(
        self, model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, *, max_tokens: int = 1024, heat: float = 1.0
    ) -> None:
        """Take a model as it is.

        Args:
            model: a sequence classifier with two labels.
            tokenizer: its own; needs a padding token.
            max_tokens: of a process; of a longer one the end is read.
            heat: the temperature that its log-odds are divided by.

        Raises:
            ValueError: if the model hasn't two labels, or the tokenizer no padding token.
        """
        labels = int(cast("Any", model.config).num_labels)
        if labels != 2:
            raise ValueError(f"the classifier has {labels} labels; a critic needs two, a model's and a person's")
        if tokenizer.pad_token_id is None:
            raise ValueError("the tokenizer has no pad_token; set tokenizer.pad_token")
        self.model = cast("PreTrainedModel", cast("Any", model).eval())
        self.tokenizer = tokenizer
        self.max_tokens = min(max_tokens, position_limit(model))
        self.heat = heat

    @classmethod
    def small(cls, shape: Shape = SMALL, seed: int = 0) -> Self:
        """A small Llama-like classifier that reads characters and has learned nothing."""
        tokenizer = build_character_tokenizer()
        config = cast("Callable[..., LlamaConfig]", LlamaConfig)(
            vocab_size=len(tokenizer),
            hidden_size=shape.width,
            intermediate_size=shape.feed_forward,
            num_hidden_layers=shape.layers,
            num_attention_heads=shape.heads,
            num_key_value_heads=shape.heads,
            max_position_embeddings=shape.context,
            attention_dropout=0.0,
            pad_token_id=cast("int", tokenizer.pad_token_id),
            num_labels=2,
        )
        with _drawing(seed):
            make = cast("Callable[..., PreTrainedModel]", LlamaForSequenceClassification)
            return cls(make(config), tokenizer, max_tokens=shape.context)

    @classmethod
    def load(cls, path_or_id: str | Path, *, max_tokens: int = 1024, seed: int = 0) -> Self:
        """A classifier from a folder, without the network, or by its Hugging Face id; as it is, or as `save` left it.

        Raises:
            FileNotFoundError: if there is no such folder, or it holds no model or no tokenizer.
            ValueError: if it hasn't two labels.
        """
        source, local = locate(path_or_id)
        try:
            load = cast(
                "Callable[..., PreTrainedModel]", cast("Any", AutoModelForSequenceClassification).from_pretrained
            )
            with _drawing(seed):  # the head of a model that comes without one
                model = load(source, local_files_only=local)
            read = cast("Callable[..., PreTrainedTokenizerBase]", cast("Any", AutoTokenizer).from_pretrained)
            tokenizer = read(source, local_files_only=local)
        except OSError as error:
            raise FileNotFoundError(f"the classifier {source!r} can't be loaded: {error}") from error
        known = Path(source, TEMPERATURE_FILE)
        table: dict[str, Any] = json.loads(known.read_text(encoding="utf-8")) if known.exists() else {}
        heat = float(table.get("heat", 1.0))
        return cls(model, tokenizer, max_tokens=int(table.get("max_tokens", max_tokens)), heat=heat)

    def save(self, folder: str | Path) -> None:
        """Write the model, its tokenizer and its temperature."""
        os.makedirs(folder, exist_ok=True)
        cast("Any", self.model).save_pretrained(folder)
        cast("Any", self.tokenizer).save_pretrained(folder)
        write_json(Path(folder) / TEMPERATURE_FILE, {"max_tokens": self.max_tokens, "heat": self.heat})

    def fit(self, examples: Sequence[Example], training: ClassifierTraining | None = None) -> Self:
        """A copy that has learned from examples, either kind weighing as much as the other.

        Raises:
            ValueError: without examples of both kinds to learn from and to hold back.
        """
        training = training or ClassifierTraining()
        learned, kept = _parted(examples, training)
        critic = type(self)(copy.deepcopy(self.model), self.tokenizer, max_tokens=self.max_tokens)
        _learn(critic, learned, training)
        odds = critic.odds([each.state for each in kept])
        critic.heat = best_heat(odds, np.array([each.human for each in kept], dtype=bool))
        return critic

    def score(self, states: Sequence[State]) -> NDArray[np.float64]:
        """See `Critic`."""
        plain = [state._replace(thoughts=bare(state.thoughts)) for state in states]
        return np.exp(-np.logaddexp(0.0, -self.odds(plain) / self.heat))

    def score_thoughts(self, states: Sequence[State]) -> list[NDArray[np.float64]]:
        """See `Critic`: each thought is read as if it were all."""
        if not states:
            return []
        scores = self.score([State(state.question, (thought,)) for state in states for thought in state.thoughts])
        return list(np.split(scores, np.cumsum([len(state.thoughts) for state in states])[:-1]))

    @torch.no_grad()
    def odds(self, states: Sequence[State]) -> NDArray[np.float64]:
        """Log-odds [B] that processes are a person's, before the temperature."""
        found = np.empty(len(states))
        texts = [self.token_ids(state) for state in states]
        order = sorted(range(len(texts)), key=lambda place: len(texts[place]))
        for begin in range(0, len(order), _AT_ONCE):
            some = order[begin : begin + _AT_ONCE]
            logits = self.logits([texts[place] for place in some])
            found[some] = (logits[:, 1] - logits[:, 0]).double().cpu().numpy()
        return found

    def logits(self, texts: Sequence[Sequence[int]]) -> Tensor:
        """What the model says of texts as token ids: float32 [B, 2]."""
        pad = cast("int", self.tokenizer.pad_token_id)
        longest = max(map(len, texts))
        ids = torch.tensor([[*text, *[pad] * (longest - len(text))] for text in texts], device=self.model.device)
        mask = torch.tensor([[1] * len(text) + [0] * (longest - len(text)) for text in texts], device=self.model.device)
        output = cast("Callable[..., Any]", self.model)(input_ids=ids, attention_mask=mask)
        return cast("Tensor", output.logits).float()

    def token_ids(self, state: State) -> list[int]:
        """A process as the model reads it; at least one token."""
        most = self.max_tokens * _CHARS_A_TOKEN
        text = tokenizable("\n".join([state.question.statement[:most], "", *state.thoughts])[-most:])
        ids = cast("list[int]", cast("Any", self.tokenizer).encode(text, add_special_tokens=False))
        return ids[-self.max_tokens :] or [cast("int", self.tokenizer.pad_token_id)]


@contextmanager
def _drawing(seed: int) -> Generator[None]:
    """In which torch draws by a seed; what is drawn elsewhere stays as it was."""
    untyped = cast("Any", torch)
    with untyped.random.fork_rng(devices=[]):
        untyped.manual_seed(seed)
        yield


def best_heat(odds: NDArray[np.float64], human: NDArray[np.bool_]) -> float:
    """The temperature by which log-odds [N] fit best, either kind weighing as much: the least cross-entropy."""
    people = int(human.sum())
    weight = np.where(human, 0.5 / people, 0.5 / (len(human) - people))
    signed = np.where(human, odds, -odds)
    heats = np.geomspace(_COOLEST, _HOTTEST, 200)
    losses = [float((weight * np.logaddexp(0.0, -signed / heat)).sum()) for heat in heats]
    return float(heats[int(np.argmin(losses))])


def _parted(examples: Sequence[Example], training: ClassifierTraining) -> tuple[list[Example], list[Example]]:
    """What is learned from and what is held back; the questions are different.

    Raises:
        ValueError: if either lacks a kind.
    """
    questions = sorted({each.state.question.statement for each in examples})
    rng = np.random.Generator(np.random.PCG64(training.seed))
    back: set[str] = {
        questions[int(i)] for i in rng.permutation(len(questions))[: max(round(len(questions) * training.held_back), 1)]
    }
    parts: tuple[list[Example], list[Example]] = ([], [])
    for each in examples:
        parts[each.state.question.statement in back].append(each)
    for part in parts:
        if len({each.human for each in part}) < 2:
            raise ValueError(f"there are thoughts about {len(questions)} questions; give more, of people and of models")
    return parts


def _learn(critic: ClassifierCritic, examples: Sequence[Example], training: ClassifierTraining) -> None:
    """Train the critic's model in place."""
    texts = [critic.token_ids(each.state) for each in examples]
    human = torch.tensor([int(each.human) for each in examples])
    weights = len(human) / (2 * torch.bincount(human, minlength=2)).float()
    optimizer = AdamW(critic.model.parameters(), lr=training.learning_rate, weight_decay=training.weight_decay)
    rng = np.random.Generator(np.random.PCG64([training.seed, 1]))
    steps = training.epochs * -(-len(texts) // training.batch)
    done = 0
    for _ in range(training.epochs):
        order = rng.permutation(len(texts))
        for begin in range(0, len(order), training.batch):
            some = [int(place) for place in order[begin : begin + training.batch]]
            logits = critic.logits([texts[place] for place in some])
            target = human[some].to(logits.device)
            loss = functional.cross_entropy(logits, target, weight=weights.to(logits.device))
            cast("Any", loss).backward()
            torch.nn.utils.clip_grad_norm_(critic.model.parameters(), training.gradient_clip)
            optimizer.param_groups[0]["lr"] = training.learning_rate * (1 - done / steps)
            cast("Any", optimizer).step()
            optimizer.zero_grad(set_to_none=True)
            done += 1
