"""Wrappers: thoughts as token ids for learners that want arrays, and a record of each episode."""

from __future__ import annotations

import os
from typing import Any, Protocol

import gymnasium as gym
import numpy as np
from gymnasium.utils import RecordConstructorArgs
from numpy.typing import ArrayLike, NDArray

from reasoning_gym.env import reasoning_env
from reasoning_gym.episodes import episode_of, repair, write

_SURROGATES = dict.fromkeys(range(0xD800, 0xE000), "\ufffd")  # tokenizers take none


class Tokenizer(Protocol):
    """What turns texts into token ids and back; a fast tokenizer of transformers is one."""

    @property
    def pad_token_id(self) -> int | None:
        """The id that fills up what is shorter than its place."""
        ...

    @property
    def eos_token_id(self) -> int | None:
        """The id that ends a thought."""
        ...

    def __len__(self) -> int:
        """How many token ids there are."""
        ...

    def encode(self, text: str, *, add_special_tokens: bool = True) -> list[int]:
        """The token ids of a text."""
        ...

    def decode(self, token_ids: list[int], *, skip_special_tokens: bool = False) -> str:
        """The text of token ids."""
        ...


class TokenThoughts(
    gym.Wrapper[NDArray[np.int64], ArrayLike, Any, Any],
    RecordConstructorArgs,
):
    """Shows the question and the thoughts as padded token ids, and takes a thought as padded token ids.

    With V token ids, Q = `max_question_tokens`, T = `max_thought_tokens` and N = the environment's
    `max_thoughts`:

    Observation: Box, int64 [Q + N T] in [0, V): the question in the first Q places, thought n in the T
    places from Q + n T on. What is too long for its place is cut at the end, where a question has the
    format of its answer, which is the same for the whole family.
    Action: MultiDiscrete [T], each in [0, V). The thought is what stands before the first end mark or
    padding. Learners may hand it back as floats.

    Raises:
        ValueError: if the tokenizer has no padding or no end mark, or a length is below 1.
    """

    def __init__(
        self, env: gym.Env[Any, Any], tokenizer: Tokenizer, max_question_tokens: int, max_thought_tokens: int
    ) -> None:
        RecordConstructorArgs.__init__(
            self,
            _disable_deepcopy=True,
            tokenizer=tokenizer,
            max_question_tokens=max_question_tokens,
            max_thought_tokens=max_thought_tokens,
        )
        super().__init__(env)
        if min(max_question_tokens, max_thought_tokens) < 1:
            raise ValueError(
                f"max_question_tokens is {max_question_tokens}, max_thought_tokens is {max_thought_tokens}; "
                "both must be at least 1"
            )
        self.tokenizer = tokenizer
        self.max_question_tokens = max_question_tokens
        self.max_thought_tokens = max_thought_tokens
        self._reasoning = reasoning_env(env)
        self._pad = _special(tokenizer.pad_token_id, "pad_token")
        self._ends = {self._pad, _special(tokenizer.eos_token_id, "eos_token")}
        self._known: dict[str, NDArray[np.int64]] = {}  # token ids of this episode's texts
        length = max_question_tokens + self._reasoning.limits.max_thoughts * max_thought_tokens
        self.observation_space = gym.spaces.Box(0, len(tokenizer) - 1, (length,), np.int64)
        self.action_space = gym.spaces.MultiDiscrete(np.full(max_thought_tokens, len(tokenizer)))

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[NDArray[np.int64], dict[str, Any]]:
        """Reset the environment inside; the observation is its question as token ids."""
        self._known.clear()
        _, info = self.env.reset(seed=seed, options=options)
        return self._observation(), info

    def step(self, action: ArrayLike) -> tuple[NDArray[np.int64], float, bool, bool, dict[str, Any]]:
        """Think the thought that the token ids spell.

        Raises:
            ValueError: if the action isn't T token ids.
        """
        _, reward, terminated, truncated, info = self.env.step(self.thought(action))
        return self._observation(), float(reward), terminated, truncated, info

    def thought(self, action: ArrayLike) -> str:
        """The thought that an action spells.

        Raises:
            ValueError: if the action isn't T token ids, as integers or as floats that stand for integers.
        """
        given = np.asarray(action)
        with np.errstate(invalid="ignore"):  # what isn't finite is refused below
            ids = given.astype(np.int64)
        if given.shape != (self.max_thought_tokens,) or (ids != given).any() or not self.action_space.contains(ids):
            raise ValueError(
                f"the action is {given!r}; give {self.max_thought_tokens} token ids from 0 to {len(self.tokenizer) - 1}"
            )
        spelled: list[int] = []
        for token_id in ids.tolist():
            if token_id in self._ends:
                break
            spelled.append(token_id)
        return self.tokenizer.decode(spelled, skip_special_tokens=True)

    def _observation(self) -> NDArray[np.int64]:
        """The state as token ids, int64 [Q + N T]."""
        state = self._reasoning.state
        observation = np.full(self.observation_space.shape or (), self._pad, np.int64)
        observation[: self.max_question_tokens] = self._padded(state.question.text, self.max_question_tokens)
        start = self.max_question_tokens
        for thought in state.thoughts:
            stop = start + self.max_thought_tokens
            observation[start:stop] = self._padded(thought, self.max_thought_tokens)
            start = stop
        return observation

    def _padded(self, text: str, length: int) -> NDArray[np.int64]:
        """The token ids of a text, int64 [length]: cut, or filled up."""
        if text not in self._known:
            ids = self.tokenizer.encode(text.translate(_SURROGATES), add_special_tokens=False)
            self._known[text] = np.array(ids, np.int64)
        known = self._known[text][:length]
        return np.concatenate([known, np.full(length - len(known), self._pad, np.int64)])


def _special(token_id: int | None, name: str) -> int:
    if token_id is None:
        raise ValueError(f"the tokenizer has no {name}; set tokenizer.{name}, for instance to its end-of-text token")
    return token_id


class RecordEpisodes(gym.Wrapper[Any, Any, Any, Any], RecordConstructorArgs):
    """Appends a record of each finished episode to a file: one line of JSON, see `reasoning_gym.episodes`.

    It may stand inside or outside of other wrappers, and in each environment of a vector: they
    share the file. What an episode's record holds is the thoughts that the environment saw.
    """

    def __init__(self, env: gym.Env[Any, Any], path: str | os.PathLike[str]) -> None:
        """Record the episodes of an environment in a file, which is made or gone on with."""
        RecordConstructorArgs.__init__(self, path=os.fspath(path))
        super().__init__(env)
        self.path = os.fspath(path)
        self._reasoning = reasoning_env(env)
        repair(self.path)

    def step(self, action: Any) -> tuple[Any, Any, bool, bool, dict[str, Any]]:
        """Step the environment inside; at the end of an episode, write its record."""
        observation, reward, terminated, truncated, info = self.env.step(action)
        if "verdict" in info:
            self._write(info)
        return observation, reward, terminated, truncated, info

    def _write(self, info: dict[str, Any]) -> None:
        env = self._reasoning
        spec = env.spec
        episode = episode_of(
            env.state,
            info,
            env.limits,
            env_id=None if spec is None else spec.id,
            env_kwargs=None if spec is None else spec.kwargs,
        )
        write(self.path, episode)
