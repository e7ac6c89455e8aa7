"""Wrappers: thoughts as token ids, records of episodes, rewards for valid or human thoughts, levels by success."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping, Sequence
from itertools import takewhile
from typing import Any, Literal, Protocol, TypeAlias, cast, get_args

import gymnasium as gym
import numpy as np
from gymnasium.utils import RecordConstructorArgs
from numpy.typing import ArrayLike, NDArray

from reasoning_gym.env import reasoning_env
from reasoning_gym.episodes import episode_of, repair, write
from reasoning_gym.family import get_family
from reasoning_gym.problem import State, Verdict
from reasoning_gym.spaces import tokenizable

CriticMode: TypeAlias = Literal["add", "multiply"]


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
        spelled = list(takewhile(lambda token_id: token_id not in self._ends, self.token_ids(action)))
        return self.tokenizer.decode(spelled, skip_special_tokens=True)

    def token_ids(self, action: ArrayLike) -> list[int]:
        """An action as its T token ids.

        Raises:
            ValueError: if it isn't T token ids, as integers or as floats that stand for integers.
        """
        given = np.asarray(action)
        with np.errstate(invalid="ignore"):  # what isn't finite is refused below
            ids = given.astype(np.int64)
        if given.shape != (self.max_thought_tokens,) or (ids != given).any() or not self.action_space.contains(ids):
            most = int(cast("gym.spaces.MultiDiscrete", self.action_space).nvec[0]) - 1
            raise ValueError(f"the action is {given!r}; give {self.max_thought_tokens} token ids from 0 to {most}")
        found: list[int] = ids.tolist()
        return found

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
            ids = self.tokenizer.encode(tokenizable(text), add_special_tokens=False)
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


class StepVerified(gym.Wrapper[Any, Any, Any, Any], RecordConstructorArgs):
    """Adds a small reward for a valid thought and a penalty for an invalid one, and changes no optimal policy.

    The family's `check_thought` says whether a thought is valid; it never consults the reference. With the
    potential Φ(s) = `bonus` · valid thoughts of s - `penalty` · invalid thoughts of s, and Φ = 0 once the episode
    has ended, a step from s to s' is paid `discount` · Φ(s') - Φ(s) on top of its reward: A. Y. Ng, D. Harada,
    S. Russell, 'Policy invariance under reward transformations', ICML 1999, theorem 1. So what was paid for
    valid thoughts is taken back at the end, and the sum of an episode from its start is the environment's own.
    An episode that is cut off has ended too: running out of thoughts must not pay.

    Info: `thought_verdict`, the verdict on the thought.

    Args:
        env: the environment, wrapped or not.
        bonus: for a valid thought, from 0.
        penalty: for an invalid one, from 0.
        discount: the learner's own; with another one the policy is no longer unchanged.

    Raises:
        TypeError: if there is no ReasoningEnv inside.
        ValueError: for a number out of range.
    """

    def __init__(self, env: gym.Env[Any, Any], bonus: float = 0.1, penalty: float = 0.1, discount: float = 1.0) -> None:
        RecordConstructorArgs.__init__(self, bonus=bonus, penalty=penalty, discount=discount)
        super().__init__(env)
        for name, value, most in (
            ("bonus", bonus, math.inf),
            ("penalty", penalty, math.inf),
            ("discount", discount, 1),
        ):
            if not 0 <= value <= most or value == math.inf:
                raise ValueError(f"{name} is {value!r}; it must be from 0{f' to {most}' if most == 1 else ''}")
        self.bonus, self.penalty, self.discount = bonus, penalty, discount
        self._reasoning = reasoning_env(env)
        self._known: tuple[State, float] | None = None  # a state and its potential

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        """Step the environment inside, and add what the potential gained."""
        before = self._reasoning.state
        potential = self.potential(before)
        observation, reward, terminated, truncated, info = self.env.step(action)
        after = self._reasoning.state
        verdict = self._verdict(before, after.thoughts[-1])
        gained = potential + (self.bonus if verdict.correct else -self.penalty)
        self._known = (after, gained)
        ended = terminated or truncated
        info["thought_verdict"] = verdict
        shaped = float(reward) + (0.0 if ended else self.discount * gained) - potential
        return observation, shaped, terminated, truncated, info

    def potential(self, state: State) -> float:
        """The potential of a state in which the episode goes on."""
        if self._known is not None and self._known[0] == state:
            return self._known[1]
        total = 0.0
        for count, thought in enumerate(state.thoughts):
            verdict = self._verdict(State(state.question, state.thoughts[:count]), thought)
            total += self.bonus if verdict.correct else -self.penalty
        return total

    def _verdict(self, state: State, thought: str) -> Verdict:
        question = state.question
        return get_family(question.family).check_thought(question, state.thoughts, thought)


class Scorer(Protocol):
    """What scores thought processes; a `Critic` of the agents is one."""

    def score(self, states: Sequence[State]) -> ArrayLike:
        """How human-like each of B thought processes is, [B], in [0, 1]."""
        ...


def critic_reward(reward: float, score: float, mode: CriticMode, weight: float) -> float:
    """A checked reward with a critic's score: a right answer's is never below a wrong one's, whatever the scores.

    Args:
        reward: 1.0 or 0.0, what the checker pays.
        score: how human-like the thoughts are, in [0, 1]; what isn't a number counts as 0.
        mode: "add", reward + weight · score; "multiply", reward · (1 - weight + weight · score).
        weight: of the critic, in [0, 1].
    """
    known = _within_bounds(score)
    return reward + weight * known if mode == "add" else reward * (1 - weight + weight * known)


def _within_bounds(score: float) -> float:
    return 0.0 if math.isnan(score) else min(max(score, 0.0), 1.0)


class CriticReward(gym.Wrapper[Any, Any, Any, Any], RecordConstructorArgs):
    """Pays at the end of an episode for human thoughts too, or for them alone where no checker can decide.

    Where the question's family has a checker, the reward of the last step becomes `critic_reward` of it. The critic can
    make up for no wrong answer: with "multiply" a wrong one is paid 0, with "add" at most `weight`, and a right one at
    least 1. Where the family says that there is no checker (`has_checker`), an episode that ends with an answer is paid
    the score itself. One that is cut off is paid nothing for its thoughts.

    Info, at the end: `critic_score`, in [0, 1], and `checked_reward`, what the environment paid.

    Args:
        env: the environment, wrapped or not.
        critic: scores a state with all its thoughts; see `reasoning_agents.critic`.
        mode: "add" or "multiply".
        weight: of the critic, in [0, 1].

    Raises:
        TypeError: if there is no ReasoningEnv inside.
        ValueError: for an unknown mode, or a weight out of range.
    """

    def __init__(
        self, env: gym.Env[Any, Any], critic: Scorer, mode: CriticMode = "multiply", weight: float = 0.5
    ) -> None:
        RecordConstructorArgs.__init__(self, critic=critic, mode=mode, weight=weight, _disable_deepcopy=True)
        super().__init__(env)
        if mode not in get_args(CriticMode):
            raise ValueError(f"mode is {mode!r}; use one of {', '.join(map(repr, get_args(CriticMode)))}")
        if not 0 <= weight <= 1:
            raise ValueError(f"weight is {weight!r}; it must be from 0 to 1")
        self.critic, self.weight = critic, weight
        self.mode: CriticMode = mode
        self._reasoning = reasoning_env(env)

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        """Step the environment inside; at the end of an episode, ask the critic."""
        observation, reward, terminated, truncated, info = self.env.step(action)
        paid = float(reward)
        if terminated or truncated:
            state = self._reasoning.state
            score = _within_bounds(float(np.asarray(self.critic.score([state]), dtype=np.float64)[0]))
            info |= {"critic_score": score, "checked_reward": paid}
            if not get_family(state.question.family).has_checker:
                paid = float(terminated) * score
            elif terminated:
                paid = critic_reward(paid, score, self.mode, self.weight)
        return observation, paid, terminated, truncated, info


class Curriculum(gym.Wrapper[Any, Any, Any, Any], RecordConstructorArgs):
    """Raises the level of a family when its problems are solved, and lowers it when they aren't.

    Each reset draws a family by the environment's weights and asks a problem at that family's level. Once `window`
    episodes at a level are counted, the level rises by one if at least the share `raise_at` of the last ones was
    right, and falls by one if at most `lower_at` was; then counting begins anew. A reset with an option of its
    own (`index`, `level`, `family`) is left alone and not counted.

    Each environment of a vector has a curriculum of its own. `progress` is a plain value that JSON can hold: read it
    with `envs.call("progress")`, and restore it with `envs.set_attr("progress", values)`.

    Args:
        env: the environment, wrapped or not; its own levels don't matter.
        start: the level that every family begins at.
        window: episodes that a decision rests on.
        raise_at: the share of right answers from which the level rises.
        lower_at: the share up to which it falls.

    Raises:
        TypeError: if there is no ReasoningEnv inside.
        ValueError: for a number out of range.
    """

    def __init__(
        self,
        env: gym.Env[Any, Any],
        start: int = 1,
        window: int = 20,
        raise_at: float = 0.8,
        lower_at: float = 0.3,
    ) -> None:
        RecordConstructorArgs.__init__(self, start=start, window=window, raise_at=raise_at, lower_at=lower_at)
        super().__init__(env)
        if start < 1 or window < 1:
            raise ValueError(f"start is {start!r}, window is {window!r}; both must be at least 1")
        if not 0 <= lower_at < raise_at <= 1:
            raise ValueError(f"lower_at is {lower_at!r}, raise_at is {raise_at!r}; use 0 <= lower_at < raise_at <= 1")
        self.window, self.raise_at, self.lower_at = window, raise_at, lower_at
        self._parts = {part.family.name: part for part in reasoning_env(env).mix.parts}
        self._levels = {name: min(start, part.family.levels) for name, part in self._parts.items()}
        self._outcomes: dict[str, list[bool]] = {name: [] for name in self._parts}
        self._counted: str | None = None  # the family of the episode that goes on, if it counts

    @property
    def levels(self) -> dict[str, int]:
        """The level of each family."""
        return dict(self._levels)

    @property
    def progress(self) -> dict[str, dict[str, Any]]:
        """For each family its level, and the outcomes at it that were counted so far."""
        return {name: {"level": level, "outcomes": list(self._outcomes[name])} for name, level in self._levels.items()}

    @progress.setter
    def progress(self, progress: Mapping[str, Mapping[str, Any]]) -> None:
        if set(progress) != set(self._parts):
            raise ValueError(
                f"the progress is of {', '.join(sorted(progress))}; this environment has {', '.join(self._parts)}"
            )
        for name, kept in progress.items():
            level, most = kept["level"], self._parts[name].family.levels
            if not isinstance(level, int) or not 1 <= level <= most:
                raise ValueError(f"the progress has level {level!r} of {name}, which has levels 1 to {most}")
        self._levels = {name: kept["level"] for name, kept in progress.items()}
        self._outcomes = {name: [bool(each) for each in kept["outcomes"]] for name, kept in progress.items()}
        self._counted = None

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        """Ask the next question, at the level of its family."""
        self._counted = None
        if options:
            return self.env.reset(seed=seed, options=options)
        if seed is not None:
            self.env.reset(seed=seed)  # the draw below comes from the generator that it seeds
        names = list(self._parts)
        weights = np.array([self._parts[name].weight for name in names])
        name = names[int(self.env.unwrapped.np_random.choice(len(names), p=weights / weights.sum()))]
        self._counted = name
        return self.env.reset(options={"family": name, "level": self._levels[name]})

    def step(self, action: Any) -> tuple[Any, Any, bool, bool, dict[str, Any]]:
        """Step the environment inside, and count an episode that has ended."""
        observation, reward, terminated, truncated, info = self.env.step(action)
        if self._counted is not None and "verdict" in info:
            self._count(self._counted, info["verdict"].correct)
            self._counted = None
        return observation, reward, terminated, truncated, info

    def _count(self, name: str, right: bool) -> None:
        outcomes = self._outcomes[name]
        outcomes.append(right)
        if len(outcomes) < self.window:
            return
        share = sum(outcomes) / len(outcomes)
        change = 1 if share >= self.raise_at else -1 if share <= self.lower_at else 0
        level = min(max(self._levels[name] + change, 1), self._parts[name].family.levels)
        self._outcomes[name] = outcomes[1:] if level == self._levels[name] else []
        self._levels[name] = level
