"""The environment that a policy over whole thoughts practises in: read as a local model reads, and resumable."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

import gymnasium as gym
import numpy as np
from gymnasium.utils import RecordConstructorArgs
from numpy.typing import ArrayLike, NDArray
from transformers import PreTrainedTokenizerBase

from reasoning_agents.language_model.prompts import Prompt
from reasoning_agents.language_model.transcript import Stops, Transcript, thought_of
from reasoning_gym.env import reasoning_env
from reasoning_gym.problem import View
from reasoning_gym.wrappers import Tokenizer, TokenThoughts

MOST_DRAWS = 1_000  # in a row that may fall on problems that are set aside


class ModelThoughts(TokenThoughts):
    """Shows exactly the token ids that a `LocalModel` reads of a state, and takes the ids that it samples.

    With V token ids of the model, Q = `max_question_tokens`, T = `max_thought_tokens`, N the environment's
    `max_thoughts`, and P = min(`context`, Q + N (T + 1)):

    Observation: Box, int64 [P] in [0, V): the prompt, then a line a thought, padded at the end. A line is
    read with the ids that its thought was sampled with, as `Transcript` says.
    Action: MultiDiscrete [T], each in [0, V). The thought ends where the model's own would: at an end mark,
    at a line break behind visible text, or where the context is full. What follows is left aside.

    Args:
        env: the environment, wrapped or not.
        tokenizer: the model's.
        prompt: how the model is asked.
        stops: what ends a thought of the model.
        context: tokens that the model can read.
        max_question_tokens: tokens that a prompt may have.
        max_thought_tokens: tokens that a thought may have, what ends it included.
    """

    def __init__(
        self,
        env: gym.Env[Any, Any],
        tokenizer: PreTrainedTokenizerBase,
        prompt: Prompt,
        stops: Stops,
        context: int,
        max_question_tokens: int,
        max_thought_tokens: int,
    ) -> None:
        super().__init__(env, cast("Tokenizer", tokenizer), max_question_tokens, max_thought_tokens)
        RecordConstructorArgs.__init__(
            self,
            _disable_deepcopy=True,
            tokenizer=tokenizer,
            prompt=prompt,
            stops=stops,
            context=context,
            max_question_tokens=max_question_tokens,
            max_thought_tokens=max_thought_tokens,
        )
        self._transcript = Transcript(tokenizer, prompt)
        self._stops = stops
        self._context = context
        longest = max_question_tokens + self._reasoning.limits.max_thoughts * (max_thought_tokens + 1)
        self.observation_space = gym.spaces.Box(0, stops.size - 1, (min(context, longest),), np.int64)
        self.action_space = gym.spaces.MultiDiscrete(np.full(max_thought_tokens, stops.size))

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[NDArray[np.int64], dict[str, Any]]:
        """Reset the environment inside.

        Raises:
            ValueError: if the prompt is too long.
        """
        self._transcript.forget()
        found = super().reset(seed=seed, options=options)
        length, most = len(self._ids()), min(self.max_question_tokens, self._context - 1)
        if length > most:
            raise ValueError(
                f"the prompt of {found[1]['question_id']} has {length} tokens, and {most} may be read; "
                "raise max_question_tokens, or use a model with a longer context"
            )
        return found

    def step(self, action: ArrayLike) -> tuple[NDArray[np.int64], float, bool, bool, dict[str, Any]]:
        """Think the thought that the token ids spell.

        Raises:
            ValueError: if the action isn't T token ids.
        """
        spoken = self.spoken(action)
        self._transcript.remember(self._reasoning.view(), self._thought(spoken), spoken)
        return super().step(action)

    def thought(self, action: ArrayLike) -> str:
        """The thought that an action spells in the present state. Raises as `step` does."""
        return self._thought(self.spoken(action))

    def spoken(self, action: ArrayLike) -> tuple[int, ...]:
        """An action's ids up to what ends the thought, that included. Raises as `step` does."""
        room = max(self._context - len(self._ids()), 0)
        return self._stops.cut(self.token_ids(action)[:room])

    def _thought(self, spoken: Sequence[int]) -> str:
        return thought_of(self._transcript.decode(spoken))[0]

    def _ids(self) -> tuple[int, ...]:
        """All that the model reads of the state."""
        question, thoughts = self._reasoning.state
        return self._transcript.ids(View(question, thoughts, 0))

    def _observation(self) -> NDArray[np.int64]:
        """The state as token ids, int64 [P]."""
        observation = np.full(self.observation_space.shape or (), self._pad, np.int64)
        ids = self._ids()[: len(observation)]
        observation[: len(ids)] = ids
        return observation


class TrainProblems(gym.Wrapper[Any, Any, Any, Any], RecordConstructorArgs):
    """Asks problems that it draws itself, none that is set aside, and can be put back to where it was.

    The n-th problem is a function of the seed and n alone. `progress` is a plain value that JSON can hold;
    `go_on` takes it up again in another process, and shows the observation that was shown then.

    Args:
        env: the environment, wrapped or not; its problems must be those of the train split.
        seed: one or more integers.
        set_aside: statements of questions that must not be asked, because they are measured on.
        limits_end: whether an episode that ran out of thoughts or characters counts as ended, and is worth
            what it earned; else it counts as cut off, and a learner may estimate what it would have earned.

    Raises:
        ValueError: if the environment is on another split.
    """

    def __init__(
        self,
        env: gym.Env[Any, Any],
        seed: Sequence[int],
        set_aside: frozenset[str] = frozenset(),
        limits_end: bool = True,
    ) -> None:
        RecordConstructorArgs.__init__(self, seed=list(seed), set_aside=sorted(set_aside), limits_end=limits_end)
        super().__init__(env)
        self._reasoning = reasoning_env(env)
        if self._reasoning.mix.split != "train":
            raise ValueError(
                f"the split is {self._reasoning.mix.split!r}; only train problems may be learned from, "
                "use split='train'"
            )
        self._seed = tuple(seed)
        self._set_aside = set_aside
        self._limits_end = limits_end
        self._begun = 0  # episodes
        self._actions: list[list[int]] = []  # of this episode

    @property
    def progress(self) -> dict[str, Any]:
        """The episodes that were begun, and the actions in the present one."""
        return {"begun": self._begun, "actions": [list(action) for action in self._actions]}

    def go_on(self, progress: Mapping[str, Any]) -> Any:
        """Go to where `progress` was taken; returns the observation."""
        self._begun = int(progress["begun"]) - 1
        observation, _ = self.reset()
        for action in progress["actions"]:
            observation = self.step(np.array(action))[0]
        return observation

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        """Ask the next problem. What is drawn depends on the wrapper's own seed alone.

        Raises:
            ValueError: if all that is drawn is set aside.
        """
        del seed, options
        rng = np.random.default_rng([*self._seed, self._begun])
        self._begun += 1
        self._actions = []
        for _ in range(MOST_DRAWS):
            found = self.env.reset(options={"index": int(rng.random() * self._reasoning.mix.size)})
            if self._reasoning.state.question.statement not in self._set_aside:
                return found
        raise ValueError(
            f"{MOST_DRAWS} problems in a row were among the {len(self._set_aside)} that are set aside; "
            "set fewer aside, or draw from more problems"
        )

    def step(self, action: Any) -> tuple[Any, Any, bool, bool, dict[str, Any]]:
        """Step the environment inside."""
        self._actions.append(np.asarray(action, np.int64).tolist())
        observation, reward, terminated, truncated, info = self.env.step(action)
        if self._limits_end:
            return observation, reward, terminated or truncated, False, info
        return observation, reward, terminated, truncated, info
