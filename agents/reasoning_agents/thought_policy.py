"""A policy of stable-baselines3 whose action is a whole thought of a language model.

The log-probability of an action is that of the thought: the sum over its tokens, at the temperature that it
is sampled with. That is the action whose expected reward the policy-gradient theorem is about. A mean over the
tokens would weigh each thought by one over its length, which is the gradient of something else: of two ways to
the same answer the short thoughts would be pushed harder. The price of the sum is that a ratio of whole thoughts
leaves the clipping range n times sooner than that of a token, for n tokens; the cure is smaller steps or a wider
range, which leave the direction right.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, cast

import numpy as np
import torch
from gymnasium import spaces
from stable_baselines3.common.policies import ActorCriticPolicy
from stable_baselines3.common.type_aliases import PyTorchObs, Schedule
from torch import Tensor
from torch.optim import Adam, Optimizer
from torch.optim.optimizer import ParamsT
from transformers import PreTrainedModel

from reasoning_agents.agent import Cost
from reasoning_agents.language_model import loading
from reasoning_agents.language_model.forward import text_config
from reasoning_agents.language_model.local import LocalModel
from reasoning_agents.language_model.value_head import ValueHead
from reasoning_agents.rollouts import hidden_states, owners_of


@dataclass(frozen=True, slots=True)
class Thinking:
    """What a policy thinks with, in plain values: stable-baselines3 pickles what it hands to a policy."""

    base: str  # the folder, or the Hugging Face id, of the model to begin with
    max_thought_tokens: int  # T
    temperature: float = 1.0  # of the thoughts that are sampled; their log-probabilities are at it too
    to_base: bool = False  # whether the entropy's place holds minus the KL divergence to the base
    seed: int = 0  # of the thoughts
    device: str = "cpu"
    dtype: str = "float32"
    batch_tokens: int = 8192  # read at once in a pass over given thoughts, padding included

    def __post_init__(self) -> None:
        """Refuse what can't be sampled with.

        Raises:
            ValueError: for a number out of range.
        """
        if not 0 < self.temperature < float("inf"):
            raise ValueError(f"temperature is {self.temperature}; it must be above 0")
        if self.batch_tokens < 1:
            raise ValueError(f"batch_tokens is {self.batch_tokens}; it must be at least 1")


class SharedAdam(Adam):
    """Adam whose last group of parameters, the value head, has a multiple of the rate that is set for all.

    stable-baselines3 sets one rate for all groups. A head that begins at nothing has to follow the rewards
    sooner than a trained model may move.
    """

    def __init__(self, params: ParamsT, lr: float = 1e-3, *, value_share: float = 1.0, **options: Any) -> None:
        super().__init__(params, lr=lr, **options)
        self.value_share = value_share

    def step(self, closure: Any = None) -> Any:
        """One update of all parameters."""
        group = self.param_groups[-1]
        rate = group["lr"]
        group["lr"] = rate * self.value_share
        result = cast("Any", super()).step(closure)
        group["lr"] = rate
        return result


class _Scores(NamedTuple):
    """Of B states, and a thought in each."""

    values: Tensor  # [B]
    log_probs: Tensor  # [B], of the whole thoughts, at the policy's temperature
    divergences: Tensor  # [B], KL(policy | base) of the next token, summed over the thought's tokens; 0 without a base


class _Row(NamedTuple):
    """A state and a thought in it, and which of the texts that are read holds them."""

    text: int
    state: tuple[int, ...]
    thought: tuple[int, ...]


class ThoughtPolicy(ActorCriticPolicy):
    """Samples thoughts token by token, and reads them again for their log-probabilities and values.

    Observations are those of `ModelThoughts`: token ids as the model reads them, int64 [B, P], padded at the
    end. Actions are token ids [B, T], what ends the thought included, and padding behind it. Dropout is
    always off: with it the first ratio of new to old probability wouldn't be 1.
    """

    def __init__(
        self,
        observation_space: spaces.Space[Any],
        action_space: spaces.Space[Any],
        lr_schedule: Schedule,
        *,
        thinking: Thinking,
        **options: Any,
    ) -> None:
        self.thinking = thinking
        self.calls = 0  # to sample thoughts; each has randomness of its own
        self.only_value = False  # whether what is learned is the value head alone
        self.cost = Cost()  # of all that the policy read and thought
        construct = cast("Callable[..., None]", cast("Any", super()).__init__)  # its spaces are untyped upstream
        construct(observation_space, action_space, lr_schedule, **options)

    def _build(self, lr_schedule: Schedule) -> None:
        """Load the model, put a value head on it, and make the optimizer; there is nothing else to learn."""
        thinking = self.thinking
        loaded = loading.load(thinking.base, device=thinking.device, dtype=thinking.dtype)
        self.model = loaded.model
        width = cast("int", text_config(self.model).hidden_size)
        self.value_head = loaded.value_head or ValueHead(width).to(self.model.device)
        self.prompt = loaded.prompt
        self.tokenizer = loaded.tokenizer
        self.local = LocalModel(
            self.model,
            self.tokenizer,
            prompt=self.prompt,
            value_head=self.value_head,
            max_thought_tokens=thinking.max_thought_tokens,
        )
        _check_head(self.model)
        self._base: tuple[PreTrainedModel, ...] = ()  # in a tuple, so that its weights aren't the policy's parameters
        if thinking.to_base:
            again = loading.load(thinking.base, device=thinking.device, dtype=thinking.dtype)
            self._base = (again.model.requires_grad_(False),)
        self.pad = int(cast("int", self.tokenizer.pad_token_id))
        make = cast("Callable[..., Optimizer]", self.optimizer_class)
        groups = [{"params": list(self.model.parameters())}, {"params": list(self.value_head.parameters())}]
        self.optimizer = make(groups, lr=lr_schedule(1), **self.optimizer_kwargs)

    def _get_constructor_parameters(self) -> dict[str, Any]:
        known = super()._get_constructor_parameters()
        names = ("observation_space", "action_space", "lr_schedule", "optimizer_class", "optimizer_kwargs")
        return {**{name: known[name] for name in names}, "thinking": self.thinking}

    def set_training_mode(self, mode: bool) -> None:
        """Leave dropout off, whatever is asked for."""
        super().set_training_mode(False)

    def forward(self, obs: Tensor, deterministic: bool = False) -> tuple[Tensor, Tensor, Tensor]:
        """Thoughts [B, T] with the values of the states [B, 1] and their log-probabilities [B]."""
        states = self._states(obs)
        thoughts, log_probs = self._think(states, deterministic)
        if self.thinking.temperature == 1 and self.model.dtype == torch.float32:
            values = self.local.values_after(states).clone()  # cheap: the sampler keeps what it has read
        else:  # the sampler's numbers are of temperature 1, and another order of rounding
            values, log_probs, _ = self._score(states, thoughts)
        return self._padded(thoughts), values.unsqueeze(1), log_probs

    def evaluate_actions(self, obs: PyTorchObs, actions: Tensor) -> tuple[Tensor, Tensor, Tensor | None]:
        """Values [B, 1] and log-probabilities [B] of given thoughts; in place of the entropy, minus the KL to the base.

        PPO adds `ent_coef` times the mean entropy to what it maximises, so with the divergence in its place
        `ent_coef` is the coefficient of a penalty on leaving the base.
        """
        states = self._states(cast("Tensor", obs))
        scores = self._score(states, self._spoken(states, actions), base=True)
        log_probs, divergences = scores.log_probs, scores.divergences
        if self.only_value:
            log_probs, divergences = log_probs.detach(), divergences.detach()
        return scores.values.unsqueeze(1), log_probs, -divergences

    def predict_values(self, obs: PyTorchObs) -> Tensor:
        """The value head after the last token of each state, [B, 1]."""
        states = self._states(cast("Tensor", obs))
        return self._score(states, [()] * len(states)).values.unsqueeze(1)

    def _predict(self, observation: PyTorchObs, deterministic: bool = False) -> Tensor:
        thoughts, _ = self._think(self._states(cast("Tensor", observation)), deterministic)
        return self._padded(thoughts)

    def _states(self, observations: Tensor) -> list[tuple[int, ...]]:
        """The token ids of observations [B, P] without the padding behind them."""
        ids = observations.long()
        places = torch.arange(1, ids.shape[1] + 1, device=ids.device)
        lengths: list[int] = _lists(((ids != self.pad) * places).amax(dim=1))
        rows: list[list[int]] = _lists(ids)
        return [tuple(row[:length]) for row, length in zip(rows, lengths, strict=True)]

    def _think(self, states: Sequence[tuple[int, ...]], deterministic: bool) -> tuple[list[tuple[int, ...]], Tensor]:
        """The ids of a thought after each state, and their log-probabilities at temperature 1, [B].

        The randomness depends on the seed, the number of the call, and the row.
        """
        if deterministic:
            found = self.local.continue_ids(states, 0.0)
        else:
            self.calls += 1
            rngs = [np.random.default_rng([self.thinking.seed, self.calls, row]) for row in range(len(states))]
            found = self.local.continue_ids(states, self.thinking.temperature, rngs)
        thoughts = [thought for thought, _ in found]
        tokens = sum(map(len, thoughts))
        self.cost.add(Cost(tokens=tokens, forward_passes=tokens))
        return thoughts, torch.tensor([log_prob for _, log_prob in found], device=self.model.device)

    def _spoken(self, states: Sequence[tuple[int, ...]], actions: Tensor) -> list[tuple[int, ...]]:
        """The thoughts that actions [B, T] spell, as they were sampled; actions come back as floats."""
        rows: list[list[int]] = _lists(actions.long())
        rooms = [max(self.local.context - len(state), 0) for state in states]
        return [self.local.stops.cut(row[:room]) for row, room in zip(rows, rooms, strict=True)]

    def _padded(self, thoughts: Sequence[tuple[int, ...]]) -> Tensor:
        """Thoughts as actions, int64 [B, T]."""
        most = self.thinking.max_thought_tokens
        rows = [[*thought, *[self.pad] * (most - len(thought))] for thought in thoughts]
        return torch.tensor(rows, device=self.model.device)

    def _score(
        self, states: Sequence[tuple[int, ...]], thoughts: Sequence[tuple[int, ...]], *, base: bool = False
    ) -> _Scores:
        """Score a thought in each of B states. What is a prefix of another row's text is read with that text.

        The states of an episode are prefixes of its last one, so a batch that holds an episode reads it once.
        """
        texts = [(*state, *thought[:-1]) for state, thought in zip(states, thoughts, strict=True)]
        owners = owners_of(texts)
        unique = sorted(set(owners))
        members: dict[int, list[int]] = {owner: [] for owner in unique}
        for index, owner in enumerate(owners):
            members[owner].append(index)
        order: list[int] = []
        parts: list[_Scores] = []
        for group in _groups([len(texts[owner]) for owner in unique], self.thinking.batch_tokens):
            read = [unique[place] for place in group]
            rows = [_Row(row, states[i], thoughts[i]) for row, owner in enumerate(read) for i in members[owner]]
            parts.append(self._score_group([texts[owner] for owner in read], rows, base))
            order += [index for owner in read for index in members[owner]]
        times = 2 if base and self._base else 1
        tokens = sum(len(texts[owner]) for owner in unique)
        self.cost.add(Cost(prompt_tokens=times * tokens, forward_passes=times * len(unique)))
        place = torch.tensor(order, device=self.model.device).argsort()
        values, log_probs, divergences = (torch.cat(column)[place] for column in zip(*parts, strict=True))
        return _Scores(values, log_probs, divergences)

    def _score_group(self, texts: Sequence[tuple[int, ...]], rows: Sequence[_Row], base: bool) -> _Scores:
        """Read R texts in one pass, padded on the right, where causality alone masks the padding; score S rows."""
        device = self.model.device
        longest = max(map(len, texts))
        ids = torch.tensor([[*text, *[0] * (longest - len(text))] for text in texts], device=device)
        hidden = hidden_states(self.model, ids)  # [R, L, C]
        read = torch.tensor([row.text for row in rows], device=device)  # [S]
        lasts = torch.tensor([len(row.state) - 1 for row in rows], device=device)  # [S]
        last = hidden[read, lasts].float()
        values = cast("Tensor", self.value_head(last.detach() if self.only_value else last))
        # [N] each, of all tokens of all thoughts: the row, the place before the token, the token
        of_row = [number for number, row in enumerate(rows) for _ in row.thought]
        places = [len(row.state) - 1 + offset for row in rows for offset in range(len(row.thought))]
        tokens = [token for row in rows for token in row.thought]
        which, before, targets = (
            torch.tensor(each, dtype=torch.long, device=device) for each in (of_row, places, tokens)
        )
        log_probs = self._log_probs(self.model, hidden[read[which], before])  # [N, V]
        nothing = torch.zeros(len(rows), device=device)
        thought_log_probs = nothing.index_add(0, which, log_probs.gather(1, targets.unsqueeze(1)).squeeze(1))
        divergences = nothing
        if base and self._base:
            with torch.no_grad():
                theirs = self._log_probs(self._base[0], hidden_states(self._base[0], ids)[read[which], before])
            divergences = nothing.index_add(0, which, (log_probs.exp() * (log_probs - theirs)).sum(dim=1))
        return _Scores(values, thought_log_probs, divergences)

    def _log_probs(self, model: PreTrainedModel, states: Tensor) -> Tensor:
        """Log-probabilities of the next token at the policy's temperature, float32 [N, V]."""
        return torch.log_softmax(_head(model)(states).float() / self.thinking.temperature, dim=-1)


def _lists(ids: Tensor) -> Any:
    """Token ids as integers, in lists as deep as the tensor has axes."""
    return cast("Any", ids).tolist()


def _groups(lengths: Sequence[int], most: int) -> Iterable[list[int]]:
    """Indices of rows in groups of like length, each of at most `most` tokens with padding, or of one row."""
    group: list[int] = []
    for index in sorted(range(len(lengths)), key=lambda index: lengths[index]):
        if group and (len(group) + 1) * lengths[index] > most:
            yield group
            group = []
        group.append(index)
    if group:
        yield group


def _head(model: PreTrainedModel) -> Callable[[Tensor], Tensor]:
    """What turns last hidden states into logits."""
    return cast("Callable[[Tensor], Tensor]", cast("Any", model).get_output_embeddings())


@torch.no_grad()
def _check_head(model: PreTrainedModel) -> None:
    """Refuse a model that does more to its logits than its head; only the logits of thoughts are made.

    Raises:
        ValueError: for such a model.
    """
    ids = torch.zeros((1, 2), dtype=torch.long, device=model.device)
    logits = cast("Tensor", cast("Callable[..., Any]", model)(input_ids=ids, use_cache=False).logits)
    if not torch.allclose(logits.float(), _head(model)(hidden_states(model, ids)).float(), atol=1e-3, rtol=1e-3):
        raise ValueError(
            f"{type(model).__name__} caps or scales the logits that its head gives; use a model that doesn't"
        )
